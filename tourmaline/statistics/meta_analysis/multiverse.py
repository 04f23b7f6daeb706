"""Many specifications of one analysis: what each concludes, and which choice moves the conclusion.

A specification is one combination of choices from a set that is defined in advance. All of them together show whether a
conclusion rests on the evidence or on the choices (Steegen et al. 2016; Simonsohn et al. 2020).
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import pandas as pd


def conclusions(lower: Sequence[float], upper: Sequence[float]) -> np.ndarray:
    """What the interval of a ratio says: benefit if all of it is below 1, harm if all is above, otherwise open.

    Parameters
    ----------
    lower, upper : array_like, shape (n,)
        Ends of the intervals, as ratios.

    Returns
    -------
    ndarray of str, shape (n,)
        'benefit', 'open' or 'harm' each.

    Raises
    ------
    ValueError
        If an end is missing, or a lower one is above its upper one.

    Examples
    --------
    >>> print(*conclusions([0.6, 0.8, 1.1], [0.9, 1.2, 1.4]))
    benefit open harm
    """
    lower, upper = np.asarray(lower, float), np.asarray(upper, float)
    if not (lower <= upper).all():  # also if one is nan
        raise ValueError("each interval needs a lower end that is not above its upper end")
    return np.select([upper < 1, lower > 1], ["benefit", "harm"], "open")


def switches(specifications: pd.DataFrame, choices: Sequence[str]) -> pd.DataFrame:
    """What switching one choice does while every other stays.

    Every pair of specifications that differ in one choice alone is compared.

    Parameters
    ----------
    specifications : DataFrame
        One row a specification, no two with the same choices: the choices, and `estimate`, `lower`, `upper` (ratios).
    choices : sequence of str
        The columns that are choices.

    Returns
    -------
    DataFrame
        One row a choice, that which moves the conclusion of the greatest share of pairs first: choice; pairs (how many);
        median_factor and largest_factor (the larger estimate of a pair over the smaller); moved (pairs whose two
        `conclusions` differ).

    Raises
    ------
    ValueError
        If two specifications have the same choices.

    References
    ----------
    Steegen S et al. Perspect Psychol Sci 2016;11:702-12. doi:10.1177/1745691616658637
    Simonsohn U, Simmons JP, Nelson LD. Nat Hum Behav 2020;4:1208-14. doi:10.1038/s41562-020-0912-z

    Examples
    --------
    >>> frame = pd.DataFrame({"model": ["fixed", "random"] * 2, "level": [0.9, 0.9, 0.99, 0.99],
    ...     "estimate": [0.8, 0.9, 0.8, 0.9], "lower": [0.7, 0.7, 0.6, 0.6], "upper": [0.9, 1.1, 1.05, 1.2]})
    >>> switches(frame, ["model", "level"]).round(3).values.tolist()
    [['model', 2, 1.125, 1.125, 1], ['level', 2, 1.0, 1.0, 1]]
    """
    choices = list(choices)
    if specifications.duplicated(choices).any():
        raise ValueError("two specifications have the same choices")
    found = specifications.assign(
        conclusion=conclusions(specifications["lower"], specifications["upper"]),
        log=np.log(specifications["estimate"].to_numpy(float)),
    )
    rows = []
    for choice in choices:
        others = [other for other in choices if other != choice]
        groups = [group for _, group in found.groupby(others, sort=False)] if others else [found]
        pairs = [
            (abs(one.log - other.log), one.conclusion != other.conclusion)
            for group in groups
            for one, other in itertools.combinations(group[["log", "conclusion"]].itertuples(index=False), 2)
        ]
        changes = [change for change, _ in pairs]  # of the logarithm
        rows.append(
            {
                "choice": choice,
                "pairs": len(pairs),
                "median_factor": float(np.exp(np.median(changes))) if pairs else np.nan,
                "largest_factor": float(np.exp(np.max(changes))) if pairs else np.nan,
                "moved": sum(moved for _, moved in pairs),
            }
        )
    frame = pd.DataFrame(rows)
    share = frame["moved"] / frame["pairs"].clip(lower=1)
    order = pd.DataFrame({"share": share, "factor": frame["largest_factor"].fillna(0)})
    return frame.loc[order.sort_values(["share", "factor"], ascending=False, kind="stable").index].reset_index(
        drop=True
    )
