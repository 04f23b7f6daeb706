"""The accuracy of the reconstruction over many sets of patients: measured level by level, and brought together."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from tourmaline.digits import with_error
from tourmaline.statistics.reconstruction.accuracy.measures import (
    Patients,
    compare_arms,
    compare_comparisons,
    compare_early,
    curve_points,
    publish,
)
from tourmaline.statistics.reconstruction.ensemble import reconstruct
from tourmaline.statistics.reconstruction.inputs.summary import ARMS, LEVELS
from tourmaline.statistics.reconstruction.outputs.estimates import central_range
from tourmaline.statistics.reconstruction.search.conflict import Conflict

# What the project set out to reach, by level: median over arms of the largest distance, and of the RMST error in percent.
LARGEST_AIM = {1: 0.06, 2: 0.03, 3: 0.03, 4: 0.015}
RMST_AIM = {1: 2, 2: 1, 3: 1, 4: 1}
LARGE = 200  # patients of an arm of a large trial; those of the sisters have more
# Level, times of survival rates and columns of the risk table that are tried, to see what more of them would tell.
PRINTED = ((2, 2, 8), (2, 3, 8), (2, 5, 8), (2, 8, 8), (3, 0, 8), (3, 5, 4), (3, 5, 8), (3, 5, 12))


@dataclass(frozen=True, eq=False)
class Measured:
    """What was measured.

    Attributes
    ----------
    arms : DataFrame
        One row a set, level and arm: `compare_arms`, and `compare_comparisons` and `compare_early` of the set beside it.
    points : DataFrame
        Curves: `curve_points` with panel, unit and level.
    failures : DataFrame
        Set, level and reason of what could not be reconstructed.
    """

    arms: pd.DataFrame
    points: pd.DataFrame
    failures: pd.DataFrame

    def summary(self):
        """One row a level: medians over arms, coverage, and the worst hazard ratio."""
        return pd.DataFrame(
            {"Level": str(level)}
            | _accuracy(own, level)
            | {"HR error, worst": f"{100 * own['hazard_ratio_error'].abs().max():.1f}%"}
            for level, own in self.arms.groupby("level")
        )

    def by_size(self):
        """One row a level and size of the arm: medians over arms, and coverage."""
        return pd.DataFrame(
            {"Level: patients of an arm": f"{level}: {LARGE} or more" if large else f"{level}: below {LARGE}"}
            | {"Arms": str(len(own))}
            | _accuracy(own, level)
            for (level, large), own in self.arms.groupby(["level", self.arms["n"] >= LARGE])
        )

    def by_choice(self):
        """One row a level, and sets on which constants were chosen or not: medians over arms, and coverage."""
        return pd.DataFrame(
            {"Level: sets": f"{level}: {'held out' if held_out else 'constants chosen on them'}"}
            | {"Arms (median of their patients)": f"{len(own)} ({own['n'].median():.0f})"}
            | _accuracy(own, level)
            for (level, held_out), own in self.arms.groupby(["level", "held_out"])
        )

    def early(self):
        """One row a level: how far the hazard ratio of early follow-up is off, and whether the draws' range holds it."""
        rows = []
        for level, own in self.arms.drop_duplicates(["set", "level"]).dropna(subset="early").groupby("level"):
            error = (own["early"] / own["true_early"] - 1).abs()
            ends, true = np.stack(own["early_resampled"]), own["true_early"].to_numpy()
            width = (own["early_upper"] / own["early_lower"]).median()
            width_error = np.median(ends[:, :, 1] / ends[:, :, 0], axis=0).std(ddof=1)
            held = ((ends[:, :, 0] <= true[:, None]) & (true[:, None] <= ends[:, :, 1])).sum(axis=0)
            least, most = (int(end) for end in central_range(held))
            rows.append(
                {
                    "Level": str(level),
                    "Sets": str(len(own)),
                    "Error, median": f"{100 * error.median():.1f}%",
                    "Error, worst": f"{100 * error.max():.0f}%",
                    "Width of the range, median": with_error(width, 2, width_error),
                    "True one within the range": f"{least}{f' to {most}' if most > least else ''} of {len(own)}",
                }
            )
        return pd.DataFrame(rows)

    def arms_table(self):
        """Every arm, rounded for reading."""
        rows = [
            {
                "Set": row.set,
                "Level": str(row.level),
                "Arm": row.arm,
                "Largest distance": f"{row.largest:.3f}",
                "At": f"{row.largest_at:.1f}",
                "Whole curve": f"{row.whole:.3f}",
                "RMST error": f"{100 * row.rmst_error:+.1f}%",
                "Median: true, reconstructed": f"{row.true_median:.1f}, {row.median:.1f}",
                "Its interval: true": f"{row.true_lower:.1f} to {row.true_upper:.1f}",
                "Its interval: reconstructed": f"{row.lower:.1f} to {row.upper:.1f}",
                "Hazard ratio: true, reconstructed": f"{row.true_hazard_ratio:.3f}, {row.hazard_ratio:.3f}",
                "Log-rank P: true, reconstructed": f"{row.true_p_value:.2g}, {row.p_value:.2g}",
                "Coverage": with_error(100 * row.coverage, 0, 100 * row.resampled[:, 1].std(ddof=1)) + "%",
            }
            for row in self.arms.itertuples()
        ]
        return pd.DataFrame(rows)

    def not_rebuilt(self):
        """The failures in words; "none" without any."""
        words = [f"{row[0]} at level {row[1]} ({row[2]})" for row in self.failures.itertuples(index=False)]
        return "; ".join(words) or "none"

    def walked(self):
        """One row a set and level some of whose draws were made of others; one that says none without any."""
        sets = self.arms[self.arms["walked"] > 0].drop_duplicates(["set", "level"])
        rows = [{"set": row.set, "level": str(row.level), "walked": str(row.walked)} for row in sets.itertuples()]
        return pd.DataFrame(rows or [{"set": "none", "level": "", "walked": "0"}])

    def median_largest(self, level):
        """Median over arms of the largest distance at a level."""
        return float(self.arms.loc[self.arms["level"] == level, "largest"].median())

    def aims(self):
        """Name, level, value and Monte Carlo standard error (None without draws) of each measure, level by level."""
        rows = []
        for level, own in self.arms.groupby("level"):
            large = own[own["n"] >= LARGE]
            rows += [
                (name, level, *found)
                for name, found in {
                    "largest": (own["largest"].median(), None),
                    "worst": (own["largest"].max(), None),
                    "whole": (own["whole"].median(), None),
                    "whole_worst": (own["whole"].max(), None),
                    "left_open": (own["left_open"].median(), _left_open_error(own)),
                    "rmst": (100 * own["rmst_error"].abs().median(), None),
                    "ratio": (100 * own["hazard_ratio_error"].abs().median(), None),
                    "coverage": coverage(own),
                    "largest_large": (large["largest"].median(), None),
                    "coverage_large": coverage(large),
                }.items()
            ]
        return rows


def coverage(arms):
    """Mean coverage of the band over arms, in percent, and its Monte Carlo standard error."""
    return 100 * arms["coverage"].mean(), _coverage_error(arms)


def _accuracy(arms, level):
    """Cells on some arms at a level, medians beside what was aimed at."""
    covered, error = coverage(arms)
    return {
        "Largest distance (aim)": f"{arms['largest'].median():.3f} ({LARGEST_AIM[level]:g})",
        "Worst": f"{arms['largest'].max():.3f}",
        "Whole curve (worst)": f"{arms['whole'].median():.3f} ({arms['whole'].max():.3f})",
        "Left open": with_error(arms["left_open"].median(), 3, _left_open_error(arms)),
        "Mean distance": f"{arms['mean'].median():.3f}",
        "RMST error (aim)": f"{100 * arms['rmst_error'].abs().median():.1f}% ({RMST_AIM[level]}%)",
        "Coverage": with_error(covered, 0, error) + "%",
    }


def _left_open_error(arms):
    """Monte Carlo standard error of the median over arms of what is left open."""
    return np.median(np.stack(arms["resampled"])[:, :, 0], axis=0).std(ddof=1)


def _coverage_error(arms):
    """Monte Carlo standard error of the mean coverage over arms, in percent."""
    return 100 * np.mean(np.stack(arms["resampled"])[:, :, 1], axis=0).std(ddof=1)


def numbers_at_risk_alone(sets, patients: dict[str, Patients], draws: int, seed: int) -> pd.DataFrame:
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
    return [one for one in sets if min(patients[one.name].arm.sum(), (~patients[one.name].arm).sum()) >= LARGE]


def by_printed(sets, patients: dict[str, Patients]) -> pd.DataFrame:
    """How near the reference comes by how much is reported, on the sets with large arms only: one row a number of reported times.

    Parameters
    ----------
    sets, patients
        As of `measure`.

    Returns
    -------
    DataFrame
        Of each level and number of reported times, medians over the arms of the sets of which both have `LARGE` or more.
    """
    rows = []
    for level, rates, columns in PRINTED:
        arms = []
        for one in _large(sets, patients):
            true = patients[one.name]
            try:
                arms.append(compare_arms(true, reconstruct(publish(true, rates, columns), level, draws=0)))
            except Conflict:
                continue
        arms = pd.concat(arms)
        rows.append(
            {
                "Reported": f"{rates or 'no'} rates" + (f", {columns} numbers at risk" if level == 3 else ""),
                "Arms": str(len(arms)),
                "Largest distance": f"{arms['largest'].median():.3f}",
                "Mean distance": f"{arms['mean'].median():.3f}",
                "RMST error": f"{100 * arms['rmst_error'].abs().median():.1f}%",
            }
        )
    return pd.DataFrame(rows)


def measure(sets, patients: dict[str, Patients], draws: int, seed: int) -> Measured:
    """Print, reconstruct and compare every set at every level.

    Parameters
    ----------
    sets : sequence
        Each with `name` and `unit`.
    patients : dict of str to Patients
        By name.
    draws, seed : int
        As of `reconstruct`.

    Returns
    -------
    Measured
    """
    arms, points, failures = [], [], []
    for one in sets:
        true = patients[one.name]
        trial = publish(true)
        for level in LEVELS:
            try:
                ensemble = reconstruct(trial, level, draws, seed)
            except Conflict as conflict:
                failures.append({"Set": one.name, "Level": str(level), "Did not match": ", ".join(conflict.unmet)})
                continue
            where = {"set": one.name, "level": level, "held_out": one.held_out, "walked": ensemble.walked}
            of_set = where | compare_comparisons(true, ensemble) | compare_early(true, ensemble)
            compared = compare_arms(true, ensemble)
            arms.append(compared.assign(**{name: [value] * len(compared) for name, value in of_set.items()}))
            points.append(curve_points(true, ensemble).assign(panel=one.name, unit=one.unit, level=level))
    return Measured(
        pd.concat(arms, ignore_index=True),
        pd.concat(points, ignore_index=True),
        pd.DataFrame(failures, columns=["Set", "Level", "Did not match"]),
    )


def describe(sets, patients: dict[str, Patients]) -> pd.DataFrame:
    """The sets in words: what they are, and why they were chosen."""
    rows = []
    for one in sets:
        true = patients[one.name]
        rows.append(
            {
                "Set": one.name,
                "Groups": one.groups,
                "Patients, events": f"{len(true.times)}, {int(true.events.sum())}",
                "Chosen for": one.shape,
                "Held out": "yes" if one.held_out else "no",
                "Source": one.source,
            }
        )
    return pd.DataFrame(rows)
