"""Printed numbers against reconstructed ones: what was used is honoured, what was held out came out, or did not."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd

from tourmaline.digits import earned_decimals, with_decimals
from tourmaline.statistics.monte_carlo import is_settled, monte_carlo_error, resampled
from tourmaline.statistics.reconstruction.inputs.rounding_intervals import RoundingInterval
from tourmaline.statistics.reconstruction.outputs.estimates import central_range, range_with_errors

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
        The rows of `printed` with reference, lower, upper (of the middle share of the sets), share (of the sets that round to
        what was printed), the Monte Carlo errors of these three (lower_error, upper_error, share_error), agrees and settled.
        A number that was used agrees if every set, the reference too, rounds to it. A number that was held out agrees if that
        range meets the values that round to it: number by number, so no one set need give them all. A wide range agrees
        easily, so range and share stand beside the verdict. It is not settled where other draws might well change it.

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
    return pd.concat([printed.reset_index(drop=True), pd.DataFrame(rows)], axis=1)


def agreement_in_words(found: pd.DataFrame, arms: dict[str, str], level=0.95) -> tuple[pd.DataFrame, list[bool]]:
    """The agreement as a table for readers: what was used, then what was held out, each under its heading.

    Parameters
    ----------
    found : DataFrame
        Of `agreement`, with what (the number in words), arm ('' for none) and source.
    arms : dict of str to str
        Names of the arms, by control and experimental.
    level : float
        Share of the sets in the range, as given to `agreement`.

    Returns
    -------
    DataFrame
        The cells, one digit more than was printed.
    list of bool
        Whether a row is a heading.
    """
    middle = f"Middle {100 * level:g}% of the sets"
    columns = ["Number", "Printed", "Reconstructed", middle, "Share", "Outcome", "Source"]
    rows, headings = [], []
    for used, heading, words in (
        (True, "Used: every set must give what was printed", ("honoured", "not honoured")),
        (False, "Held out: no set was asked for it", ("came out", "did not come out")),
    ):
        own = found[found["used"] == used]
        rows += [[heading, *[""] * (len(columns) - 1)]] if len(own) else []
        headings += [True] * bool(len(own)) + [False] * len(own)
        for row in own.itertuples():
            name = f"{row.what}, {arms[row.arm]}" if row.arm else row.what
            ends = (row.lower, row.lower_error), (row.upper, row.upper_error)
            middle = " to ".join(_digits(end, row.printed, error) for end, error in ends)
            share = with_decimals(100 * row.share, earned_decimals(0, 100 * row.share_error)) + "%"
            outcome = words[not row.agrees] if row.settled else "on the border"
            rows.append([name, row.printed, _digits(row.reference, row.printed), middle, share, outcome, row.source])
    return pd.DataFrame(rows, columns=columns), headings


def _digits(value, printed, error=None):
    """One digit more than was printed, if its Monte Carlo error allows it; counts as they are; NE where it is not reached."""
    if not np.isfinite(value):
        return "NE"
    decimals = len(printed.partition(".")[2])
    return with_decimals(float(value), earned_decimals(decimals + 1 if decimals or value % 1 else 0, error))


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
