"""The accuracy of the reconstruction over many sets of patients: measured level by level, and brought together."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from tourmaline.roles import ARMS
from tourmaline.statistics.reconstruction.accuracy.measures import (
    TruePatients,
    compare_arms,
    compare_comparisons,
    compare_early,
    curve_points,
    publish,
)
from tourmaline.statistics.reconstruction.ensemble import reconstruct
from tourmaline.statistics.reconstruction.inputs.summary import LEVELS
from tourmaline.statistics.reconstruction.outputs.estimates import central_range
from tourmaline.statistics.reconstruction.search.conflict import Conflict

LARGE = 200  # patients of an arm of a large trial; those of the sisters have more
# Level, times of survival rates and columns of the risk table that are tried, to see what more of them would add.
REPORTED = ((2, 2, 8), (2, 3, 8), (2, 5, 8), (2, 8, 8), (3, 0, 8), (3, 5, 4), (3, 5, 8), (3, 5, 12))


@dataclass(frozen=True, eq=False)
class Measured:
    """What was measured.

    Attributes
    ----------
    arms : DataFrame
        One row a set, level and arm: `compare_arms`, and `compare_comparisons` and `compare_early` of the set beside it;
        held_out, perturbed (draws of the set that were made of others).
    points : DataFrame
        Curves: `curve_points` with panel, unit and level.
    failures : DataFrame
        set, level and unmet (the reported numbers that were not matched together) of what could not be reconstructed.
    """

    arms: pd.DataFrame
    points: pd.DataFrame
    failures: pd.DataFrame

    def by(self, *columns: str) -> pd.DataFrame:
        """`over_arms` of each group of arms.

        Parameters
        ----------
        *columns : str
            Of `arms`: 'level', 'held_out'; 'large' is whether the arm has `LARGE` patients or more.
        """
        arms = self.arms.assign(large=self.arms["n"] >= LARGE)
        return pd.DataFrame(
            dict(zip(columns, group)) | over_arms(own) for group, own in arms.groupby(list(columns), sort=True)
        )

    def early(self) -> pd.DataFrame:
        """How far the hazard ratio of early follow-up is off, and whether the draws' range holds the true one, by level.

        Returns
        -------
        DataFrame
            level, sets; error and worst (median and largest relative error); width (median over sets of the upper end of the range
            over its lower one) and width_error (its Monte Carlo standard error); least and most: sets whose range holds the
            true ratio, the central 95% over resamples of the draws.
        """
        rows = []
        for level, own in self.arms.drop_duplicates(["set", "level"]).dropna(subset="early").groupby("level"):
            error = (own["early"] / own["true_early"] - 1).abs()
            ends, true = np.stack(own["early_resampled"]), own["true_early"].to_numpy()
            held = ((ends[:, :, 0] <= true[:, None]) & (true[:, None] <= ends[:, :, 1])).sum(axis=0)
            least, most = (int(end) for end in central_range(held))
            row = {"level": level, "sets": len(own), "error": error.median(), "worst": error.max()}
            row["width"] = (own["early_upper"] / own["early_lower"]).median()
            row["width_error"] = np.median(ends[:, :, 1] / ends[:, :, 0], axis=0).std(ddof=1)
            rows.append(row | {"least": least, "most": most})
        return pd.DataFrame(rows)

    def perturbed(self) -> pd.DataFrame:
        """set, level and number of the draws that were made of others, of the sets with such draws."""
        return self.arms.loc[self.arms["perturbed"] > 0, ["set", "level", "perturbed"]].drop_duplicates(
            ["set", "level"]
        )


def over_arms(arms: pd.DataFrame) -> dict[str, float]:
    """Accuracy over some arms of `Measured.arms`.

    Returns
    -------
    dict
        arms (their number), patients (median), and medians over the arms of the largest distance (largest; worst: its maximum), of
        that of the whole curve (whole, whole_worst), of what is left open, of the mean distance, of the error of the RMST (rmst)
        and, where the comparison was measured, of the hazard ratio (ratio, ratio_worst); the mean coverage. Errors and coverage
        are in percent. `*_error` are Monte Carlo standard errors.
    """
    resampled = np.stack(arms["resampled"])
    found = {
        "arms": len(arms),
        "patients": arms["n"].median(),
        "largest": arms["largest"].median(),
        "worst": arms["largest"].max(),
        "whole": arms["whole"].median(),
        "whole_worst": arms["whole"].max(),
        "left_open": arms["left_open"].median(),
        "left_open_error": np.median(resampled[:, :, 0], axis=0).std(ddof=1),
        "mean": arms["mean"].median(),
        "rmst": 100 * arms["rmst_error"].abs().median(),
        "coverage": 100 * arms["coverage"].mean(),
        "coverage_error": 100 * np.mean(resampled[:, :, 1], axis=0).std(ddof=1),
    }
    if "hazard_ratio_error" in arms:
        ratio = 100 * arms["hazard_ratio_error"].abs()
        found |= {"ratio": ratio.median(), "ratio_worst": ratio.max()}
    return found


def numbers_at_risk_alone(sets, patients: dict[str, TruePatients], draws: int, seed: int) -> pd.DataFrame:
    """`compare_arms` of the sets with large arms, reported as ASPIRE was: numbers at risk, no rates, no follow-up but the longest.

    Parameters
    ----------
    sets, patients, draws, seed
        As of `measure`.
    """
    arms = []
    for one in _large(sets, patients):
        trial = publish(patients[one.name], rates=0)
        bare = {name: replace(getattr(trial, name), median_followup=None) for name in ARMS}
        trial = replace(trial, shortest_followup=0.0, **bare)
        arms.append(compare_arms(patients[one.name], reconstruct(trial, 3, draws, seed)))
    return pd.concat(arms)


def _large(sets, patients):
    found = [one for one in sets if min(patients[one.name].arm.sum(), (~patients[one.name].arm).sum()) >= LARGE]
    if not found:
        names = ", ".join(one.name for one in sets)
        raise ValueError(f"none of the data sets ({names}) has {LARGE} patients or more in both arms: add one that has")
    return found


def by_reported(sets, patients: dict[str, TruePatients]) -> pd.DataFrame:
    """How near the reference comes by how much is reported, on the sets with large arms only: one row a number of reported times.

    Parameters
    ----------
    sets, patients
        As of `measure`.

    Returns
    -------
    DataFrame
        level, rates and columns (of `REPORTED`), arms, and medians over the arms of the sets of which both have `LARGE` patients or
        more: largest, mean, rmst (percent).
    """
    rows = []
    for level, rates, columns in REPORTED:
        arms = []
        for one in _large(sets, patients):
            true = patients[one.name]
            try:
                arms.append(compare_arms(true, reconstruct(publish(true, rates, columns), level, draws=0)))
            except Conflict:
                continue
        arms = pd.concat(arms)
        row = {"level": level, "rates": rates, "columns": columns, "arms": len(arms)}
        row |= {"largest": arms["largest"].median(), "mean": arms["mean"].median()}
        rows.append(row | {"rmst": 100 * arms["rmst_error"].abs().median()})
    return pd.DataFrame(rows)


def measure(sets, patients: dict[str, TruePatients], draws: int, seed: int) -> Measured:
    """Report, reconstruct and compare every set at every level.

    Parameters
    ----------
    sets : sequence
        Each with `name` and `unit`.
    patients : dict of str to TruePatients
        By name.
    draws, seed : int
        As of `reconstruct`.

    Returns
    -------
    Measured

    Raises
    ------
    ValueError
        If no set has two arms of `LARGE` patients or more: what is said of such arms needs one.
    """
    _large(sets, patients)
    arms, points, failures = [], [], []
    for one in sets:
        true = patients[one.name]
        trial = publish(true)
        for level in LEVELS:
            try:
                ensemble = reconstruct(trial, level, draws, seed)
            except Conflict as conflict:
                failures.append({"set": one.name, "level": level, "unmet": ", ".join(conflict.unmet)})
                continue
            where = {"set": one.name, "level": level, "held_out": one.held_out, "perturbed": ensemble.perturbed}
            of_set = where | compare_comparisons(true, ensemble) | compare_early(true, ensemble)
            compared = compare_arms(true, ensemble)
            arms.append(compared.assign(**{name: [value] * len(compared) for name, value in of_set.items()}))
            points.append(curve_points(true, ensemble).assign(panel=one.name, unit=one.unit, level=level))
    return Measured(
        pd.concat(arms, ignore_index=True),
        pd.concat(points, ignore_index=True),
        pd.DataFrame(failures, columns=["set", "level", "unmet"]),
    )
