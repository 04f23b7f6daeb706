"""Reported numbers against reconstructed ones: numbers that were used as constraints, and numbers that were held out."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd

from tourmaline.statistics.monte_carlo import is_settled, monte_carlo_error, resampled
from tourmaline.statistics.reconstruction.inputs.rounding_intervals import RoundingInterval
from tourmaline.statistics.reconstruction.outputs.estimates import central_range, range_with_errors

NOT_REACHED = ("NR", "NE")  # not reached, not estimable


def agreement(reported: pd.DataFrame, estimates: pd.DataFrame, level=0.95) -> pd.DataFrame:
    """Compare reported numbers with the estimates from the draws of an ensemble.

    Parameters
    ----------
    reported : DataFrame
        One row a reported number: quantity (a column of `estimates`), `printed` (the string) and used (whether it was a
        constraint of the reconstruction); other columns are kept.
    estimates : DataFrame
        Of `reconstruction.estimates`: one row a draw, the reference first.
    level : float
        Level of the reconstruction interval, in (0, 1).

    Returns
    -------
    DataFrame
        The rows of `reported` with reference; lower and upper, the reconstruction interval; share, the fraction of the draws
        that round to the reported number; the Monte Carlo errors of these three (lower_error, upper_error, share_error);
        agrees and settled. A number that was used agrees if every draw, the reference too, rounds to it. A number that was
        held out agrees if the interval contains a value that rounds to it. Each number is judged by itself, so no single draw
        need give them all, and a wide interval agrees easily: interval and share stand beside the verdict. The verdict is not
        settled where additional draws could change it.

    Examples
    --------
    >>> printed = pd.DataFrame({"quantity": ["median.control", "p_value"], "printed": ["2.5", "0.01"], "used": [True, False]})
    >>> sets = pd.DataFrame({"median.control": [2.5, 2.46], "p_value": [0.03, 0.02]})
    >>> print(agreement(printed, sets)["agrees"].to_list())
    [True, False]
    """
    rows = []
    for number in reported.itertuples():
        values = estimates[number.quantity].to_numpy(float)
        (lower, lower_error), (upper, upper_error) = range_with_errors(values, level)
        prints = np.array([prints_as(number.printed, value) for value in values])
        agrees = bool(prints.all()) if number.used else meets(number.printed, lower, upper)
        others = [meets(number.printed, *ends) for ends in resampled(partial(central_range, level=level), values)]
        rows.append(
            {
                "reference": values[0],
                "lower": lower,
                "upper": upper,
                "share": prints.mean(),
                "lower_error": lower_error,
                "upper_error": upper_error,
                "share_error": monte_carlo_error(np.mean, prints),
                "agrees": agrees,
                "settled": number.used or is_settled(agrees, others),
            }
        )
    return pd.concat([reported.reset_index(drop=True), pd.DataFrame(rows)], axis=1)


def prints_as(printed: str, value: float) -> bool:
    """Whether a value prints as a string does, by rounding; 'NR' and 'NE' are a value of `inf`.

    Examples
    --------
    >>> prints_as("0.74", 0.7433), prints_as("NE", np.inf), prints_as("20.6", np.inf)
    (True, True, False)
    """
    if printed in NOT_REACHED:
        return bool(np.isinf(value))
    return bool(np.isfinite(value)) and RoundingInterval.printed(printed).holds(value)


def meets(printed: str, lower: float, upper: float) -> bool:
    """Whether a range holds a value that prints as a string does.

    Examples
    --------
    >>> meets("17.6", 15.7, np.inf), meets("NE", 17.0, 22.0)
    (True, False)
    """
    if printed in NOT_REACHED:
        return bool(np.isinf(upper))
    interval = RoundingInterval.printed(printed)
    return bool(lower <= interval.upper and interval.lower <= upper)
