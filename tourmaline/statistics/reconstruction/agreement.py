"""Printed numbers against reconstructed ones: what was used is honoured, what was held out came out, or did not."""

from __future__ import annotations

import numpy as np
import pandas as pd

from tourmaline.statistics.reconstruction.estimates import central_range
from tourmaline.statistics.reconstruction.summary import Window

NOT_REACHED = ("NR", "NE")  # not reached, not estimable


def agreement(printed: pd.DataFrame, estimates: pd.DataFrame, level=0.95) -> pd.DataFrame:
    """Set printed numbers beside what the sets of an ensemble give.

    Parameters
    ----------
    printed : DataFrame
        One row a printed number: quantity (a column of `estimates`), printed (the string) and used (whether it was a
        constraint of the reconstruction); other columns are kept.
    estimates : DataFrame
        Of `reconstruction.estimates`: one row a set, the reference first.
    level : float
        Share of the sets in the range that is shown, in (0, 1).

    Returns
    -------
    DataFrame
        The rows of `printed` with reference, lower, upper (of the middle share of the sets) and agrees. A number that was
        used agrees if every set, the reference too, rounds to what was printed. A number that was held out agrees if that
        range meets the values that round to it: patients who give it are then among those who give all the rest. A wide
        range agrees easily, so it stands beside the verdict.

    Examples
    --------
    >>> printed = pd.DataFrame({"quantity": ["median.control", "p_value"], "printed": ["2.5", "0.01"], "used": [True, False]})
    >>> sets = pd.DataFrame({"median.control": [2.5, 2.46], "p_value": [0.03, 0.02]})
    >>> print(agreement(printed, sets)["agrees"].to_list())
    [True, False]
    """
    rows = []
    for number in printed.itertuples():
        values = estimates[number.quantity].to_numpy(float)
        lower, upper = central_range(values, level)
        agrees = (
            all(prints_as(number.printed, v) for v in values) if number.used else meets(number.printed, lower, upper)
        )
        rows.append({"reference": values[0], "lower": lower, "upper": upper, "agrees": agrees})
    return pd.concat([printed.reset_index(drop=True), pd.DataFrame(rows)], axis=1)


def prints_as(printed: str, value: float) -> bool:
    """Whether a value prints as a string does, by rounding; 'NR' and 'NE' are a value of `inf`.

    Examples
    --------
    >>> prints_as("0.74", 0.7433), prints_as("NE", np.inf), prints_as("20.6", np.inf)
    (True, True, False)
    """
    if printed in NOT_REACHED:
        return bool(np.isinf(value))
    return bool(np.isfinite(value)) and Window.printed(printed).holds(value)


def meets(printed: str, lower: float, upper: float) -> bool:
    """Whether a range holds a value that prints as a string does.

    Examples
    --------
    >>> meets("17.6", 15.7, np.inf), meets("NE", 17.0, 22.0)
    (True, False)
    """
    if printed in NOT_REACHED:
        return bool(np.isinf(upper))
    window = Window.printed(printed)
    return bool(lower <= window.upper and window.lower <= upper)
