"""How the accuracy of the reconstruction is shown: measures as the cells of tables, whose headings stand beside the notebook."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from tourmaline.digits import with_error

# What the project set out to reach, by level: median over arms of the largest distance, and of the RMST error in percent.
LARGEST_AIM = {1: 0.06, 2: 0.03, 3: 0.03, 4: 0.015}
RMST_AIM = {1: 2, 2: 1, 3: 1, 4: 1}


def of_groups(found: pd.DataFrame, groups: Sequence[str]) -> pd.DataFrame:
    """Accuracy over groups of arms, medians beside what was aimed at.

    Parameters
    ----------
    found : DataFrame
        Of `Measured.by`: level and its other measures.
    groups : sequence of str
        Each group in words.

    Returns
    -------
    DataFrame
        group, arms, patients, and text: largest, worst, whole, left_open, mean, rmst, coverage, ratio_worst.
    """
    rows = [
        {
            "group": group,
            "arms": str(row.arms),
            "patients": f"{row.patients:.0f}",
            "largest": f"{row.largest:.3f} ({LARGEST_AIM[row.level]:g})",
            "worst": f"{row.worst:.3f}",
            "whole": f"{row.whole:.3f} ({row.whole_worst:.3f})",
            "left_open": with_error(row.left_open, 3, row.left_open_error),
            "mean": f"{row.mean:.3f}",
            "rmst": f"{row.rmst:.1f}% ({RMST_AIM[row.level]}%)",
            "coverage": with_error(row.coverage, 0, row.coverage_error) + "%",
            "ratio_worst": f"{row.ratio_worst:.1f}%",
        }
        for group, row in zip(groups, found.itertuples())
    ]
    return pd.DataFrame(rows)


def of_early(found: pd.DataFrame) -> pd.DataFrame:
    """The hazard ratio of early follow-up by level, as text.

    Parameters
    ----------
    found : DataFrame
        Of `Measured.early`.
    """
    rows = [
        {
            "level": str(row.level),
            "sets": str(row.sets),
            "error": f"{100 * row.error:.1f}%",
            "worst": f"{100 * row.worst:.0f}%",
            "width": with_error(row.width, 2, row.width_error),
            "within": f"{row.least}{f' to {row.most}' if row.most > row.least else ''} of {row.sets}",
        }
        for row in found.itertuples()
    ]
    return pd.DataFrame(rows)


def of_arms(arms: pd.DataFrame) -> pd.DataFrame:
    """Every arm, rounded for reading.

    Parameters
    ----------
    arms : DataFrame
        `Measured.arms`.
    """
    rows = [
        {
            "set": row.set,
            "level": str(row.level),
            "arm": row.arm,
            "largest": f"{row.largest:.3f}",
            "at": f"{row.largest_at:.1f}",
            "whole": f"{row.whole:.3f}",
            "rmst": f"{100 * row.rmst_error:+.1f}%",
            "median": f"{row.true_median:.1f}, {row.median:.1f}",
            "true_interval": f"{row.true_lower:.1f} to {row.true_upper:.1f}",
            "found_interval": f"{row.lower:.1f} to {row.upper:.1f}",
            "ratio": f"{row.true_hazard_ratio:.3f}, {row.hazard_ratio:.3f}",
            "p": f"{row.true_p_value:.2g}, {row.p_value:.2g}",
            "coverage": with_error(100 * row.coverage, 0, 100 * row.resampled[:, 1].std(ddof=1)) + "%",
        }
        for row in arms.itertuples()
    ]
    return pd.DataFrame(rows)


def of_reported(found: pd.DataFrame, reported: Sequence[str]) -> pd.DataFrame:
    """Accuracy by how much is reported, as text.

    Parameters
    ----------
    found : DataFrame
        Of `by_reported`.
    reported : sequence of str
        What is reported in each row, in words.
    """
    rows = [
        {
            "reported": words,
            "arms": str(row.arms),
            "largest": f"{row.largest:.3f}",
            "mean": f"{row.mean:.3f}",
            "rmst": f"{row.rmst:.1f}%",
        }
        for words, row in zip(reported, found.itertuples())
    ]
    return pd.DataFrame(rows)


def of_algorithms(found: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """Two algorithms on the same curves, as text: medians and in brackets the worst.

    Parameters
    ----------
    found : DataFrame
        Of `beside_guyot`.
    names : mapping of str to str
        The algorithms in words, by the index of `found`.
    """
    rows = []
    for row in found.itertuples():
        shown = {"largest": "{:.3f}", "whole": "{:.3f}", "rmst": "{:.2f}%", "ratio": "{:.1f}%"}
        both = {name: (getattr(row, name), getattr(row, f"{name}_worst")) for name in shown}
        texts = {name: "{} ({})".format(*map(shown[name].format, pair)) for name, pair in both.items()}
        same = {"same_events": str(row.same_events), "same_ratio": f"{row.same_ratio} of {row.sets}"}
        rows.append({"algorithm": names[row.Index], "arms": str(row.arms)} | texts | same)
    return pd.DataFrame(rows)


def of_sets(sets: Sequence[Any], patients: Mapping[str, Any]) -> pd.DataFrame:
    """The data sets in words: what they are, and why they were chosen.

    Parameters
    ----------
    sets : sequence of PublicSet
    patients : mapping of str to TruePatients
        By the names of the sets.
    """
    rows = [
        {
            "set": one.name,
            "groups": one.groups,
            "size": f"{len(patients[one.name].times)}, {int(np.sum(patients[one.name].events))}",
            "shape": one.shape,
            "held_out": "yes" if one.held_out else "no",
            "source": one.source,
        }
        for one in sets
    ]
    return pd.DataFrame(rows)
