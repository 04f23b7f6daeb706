"""Level 4 beside the algorithm whose authors' code others use, on the same coordinates, numbers at risk and events.

`data/public/guyot.csv` holds what that code reconstructed (see `benchmarks/guyot.py`): how many of each arm had the event and were
censored at each time.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from tourmaline import paths
from tourmaline.statistics.reconstruction.accuracy.measures import (
    Patients,
    compare_arms,
    compare_comparisons,
    publish,
)
from tourmaline.statistics.reconstruction.ensemble import Ensemble, reconstruct


def reconstructed_by_guyot() -> dict[str, Ensemble]:
    """Patients that the algorithm of Guyot and others reconstructed, by set; a set of which it did not reconstruct both arms is missing.

    Returns
    -------
    dict of str to Ensemble
        Of one row each.

    References
    ----------
    Guyot P, Ades AE, Ouwens MJNM, Welton NJ. BMC Med Res Methodol 2012;12:9. doi:10.1186/1471-2288-12-9
    Baio G. survHE. J Stat Softw 2020;95(14). doi:10.18637/jss.v095.i14
    """
    found = {}
    for name, own in pd.read_csv(paths.PUBLIC / "guyot.csv").groupby("set", sort=False):
        if own["group"].nunique() < 2:
            continue
        own = own.melt(["group", "time"], ["events", "censored"], "event", "patients")
        each = own.loc[own.index.repeat(own["patients"])]
        times, happened, arm = each["time"], each["event"] == "events", each["group"] == 1
        found[name] = Ensemble(times.to_numpy()[None], happened.to_numpy()[None], arm.to_numpy(), 4)
    return found


def beside_guyot(patients: dict[str, Patients]) -> pd.DataFrame:
    """How near the reference reconstruction at level 4 and that algorithm come to the same patients.

    Parameters
    ----------
    patients : dict of str to Patients
        By set; those that the algorithm did not reconstruct are left out of both rows.

    Returns
    -------
    DataFrame
        One row each: medians over arms (over sets for the hazard ratio) and the worst, and how often reported numbers are met.
    """
    theirs = reconstructed_by_guyot()
    trials = {name: publish(patients[name]) for name in patients if name in theirs}
    ours = {name: reconstruct(trial, 4, draws=0) for name, trial in trials.items()}
    return pd.DataFrame(
        {"Algorithm": words} | _nearness(patients, trials, rebuilt)
        for words, rebuilt in (("Guyot and others", theirs), ("This report, level 4", ours))
    )


def _nearness(patients, trials, rebuilt):
    arms, errors, same_events, same_ratio = [], [], 0, 0
    for name, trial in trials.items():
        true, found = patients[name], rebuilt[name]
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
