"""Level 4 beside the algorithm that others use, on the same coordinates, numbers at risk and events."""

from __future__ import annotations

import numpy as np
import pandas as pd

from tourmaline.statistics.reconstruction.accuracy.measures import (
    Patients,
    compare_arms,
    compare_comparisons,
    publish,
)
from tourmaline.statistics.reconstruction.ensemble import Ensemble, reconstruct


def beside_guyot(patients: dict[str, Patients], theirs: dict[str, Patients]) -> pd.DataFrame:
    """How near the reference reconstruction at level 4 and that algorithm come to the same patients.

    Parameters
    ----------
    patients : dict of str to Patients
        The true ones, by set; those that the algorithm did not reconstruct are left out of both rows.
    theirs : dict of str to Patients
        Those that the algorithm reconstructed.

    Returns
    -------
    DataFrame
        One row each: medians over arms (over sets for the hazard ratio) and the worst, and how often reported numbers are met.
    """
    trials = {name: publish(patients[name]) for name in patients if name in theirs}
    found = {name: Ensemble(one.times[None], one.events[None], one.arm, 4) for name, one in theirs.items()}
    ours = {name: reconstruct(trial, 4, draws=0) for name, trial in trials.items()}
    return pd.DataFrame(
        {"Algorithm": words} | _nearness(patients, trials, reconstructed)
        for words, reconstructed in (("Guyot and others", found), ("This report, level 4", ours))
    )


def _nearness(patients, trials, reconstructed):
    arms, errors, same_events, same_ratio = [], [], 0, 0
    for name, trial in trials.items():
        true, found = patients[name], reconstructed[name]
        arms.append(compare_arms(true, found))
        compared = compare_comparisons(true, found)
        errors.append(abs(compared["hazard_ratio_error"]))
        same_ratio += trial.hazard_ratio.holds(compared["hazard_ratio"])
        for group, arm in enumerate((trial.control, trial.experimental)):
            same_events += int(found.events[0][found.arm == bool(group)].sum()) == arm.events
    arms = pd.concat(arms)
    return {
        "Arms": str(len(arms)),
        "Largest distance (worst)": _median_and_worst(arms["largest"], "{:.3f}"),
        "Whole curve (worst)": _median_and_worst(arms["whole"], "{:.3f}"),
        "RMST error (worst)": _median_and_worst(100 * arms["rmst_error"].abs(), "{:.2f}%"),
        "Hazard ratio error (worst)": _median_and_worst(100 * np.array(errors), "{:.1f}%"),
        "Arms with the reported events": str(same_events),
        "Sets with the reported hazard ratio": f"{same_ratio} of {len(trials)}",
    }


def _median_and_worst(values, shown):
    return f"{shown.format(np.median(values))} ({shown.format(np.max(values))})"
