"""Level 4 beside the algorithm that others use, on the same coordinates, numbers at risk and events."""

from __future__ import annotations

import numpy as np
import pandas as pd

from tourmaline.statistics.reconstruction.accuracy.measures import (
    TruePatients,
    compare_arms,
    compare_comparisons,
    publish,
)
from tourmaline.statistics.reconstruction.ensemble import Ensemble, reconstruct


def beside_guyot(patients: dict[str, TruePatients], theirs: dict[str, TruePatients]) -> pd.DataFrame:
    """How near the reference reconstruction at level 4 and that algorithm come to the same patients.

    Parameters
    ----------
    patients : dict of str to TruePatients
        The true ones, by set; those that the algorithm did not reconstruct are left out of both rows.
    theirs : dict of str to TruePatients
        Those that the algorithm reconstructed.

    Returns
    -------
    DataFrame
        One row each ('guyot' and 'report', the index): arms, sets; medians over arms, and the worst (`*_worst`), of the largest
        distance, of that of the whole curve (whole) and of the error of the RMST (rmst, percent), and over sets of that of the hazard
        ratio (ratio, percent); same_events (arms with the reported events), same_ratio (sets with the reported hazard ratio).
    """
    trials = {name: publish(patients[name]) for name in patients if name in theirs}
    found = {name: Ensemble(one.times[None], one.events[None], one.arm, 4) for name, one in theirs.items()}
    ours = {name: reconstruct(trial, 4, draws=0) for name, trial in trials.items()}
    rows = [_nearness(patients, trials, reconstructed) for reconstructed in (found, ours)]
    return pd.DataFrame(rows, index=["guyot", "report"])


def _nearness(patients, trials, reconstructed):
    arms, ratio_errors, same_events, same_ratio = [], [], 0, 0
    for name, trial in trials.items():
        true, found = patients[name], reconstructed[name]
        arms.append(compare_arms(true, found))
        compared = compare_comparisons(true, found)
        ratio_errors.append(abs(compared["hazard_ratio_error"]))
        same_ratio += trial.hazard_ratio.holds(compared["hazard_ratio"])
        for group, arm in enumerate((trial.control, trial.experimental)):
            same_events += int(found.events[0][found.arm == bool(group)].sum()) == arm.events
    arms = pd.concat(arms)
    errors = {
        "largest": arms["largest"],
        "whole": arms["whole"],
        "rmst": 100 * arms["rmst_error"].abs(),
        "ratio": 100 * np.array(ratio_errors),
    }
    found = {"arms": len(arms), "sets": len(trials), "same_events": same_events, "same_ratio": same_ratio}
    found |= {name: float(np.median(of)) for name, of in errors.items()}
    return found | {f"{name}_worst": float(np.max(of)) for name, of in errors.items()}
