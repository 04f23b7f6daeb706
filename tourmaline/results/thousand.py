"""Absolute effects in the words of a summary of findings: patients of a thousand, and the number needed."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from tourmaline.estimate import Estimate

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from tourmaline.statistics.absolute_effects import NumberNeeded

OF = 1000


def _signed(number: float, above: str, below: str) -> str:
    """A whole number and on which side of 0 it lies."""
    if math.isinf(number):
        return "∞"
    size = f"{abs(number):.0f}"
    return f"{size} {above if number > 0 else below}"


def _more_or_fewer(share: float) -> str:
    text = _signed(OF * share, "more", "fewer")
    return "none" if text.startswith("0 ") else text


def _with_limits(text: str, lower: float | None, upper: float | None, words: Callable[[float], str], to: str) -> str:
    return text if lower is None else f"{text} ({words(lower)} {to} {words(upper)})"


def of_thousand(difference: Estimate) -> str:
    """A difference of shares as patients of a thousand.

    Parameters
    ----------
    difference : Estimate
        A fraction, experimental minus control.

    Examples
    --------
    >>> of_thousand(Estimate(0.0516, -0.0142, 0.1167, 0.95)), of_thousand(Estimate(0.06, 0.0, 0.11, 0.95))
    ('52 more (14 fewer to 117 more)', '60 more (none to 110 more)')
    """
    return _with_limits(_more_or_fewer(difference.value), difference.lower, difference.upper, _more_or_fewer, "to")


def number_needed_in_words(needed: NumberNeeded) -> str:
    """A number needed to treat, with its interval; one that includes no effect runs through infinity.

    Parameters
    ----------
    needed : NumberNeeded

    Examples
    --------
    >>> from tourmaline.statistics.absolute_effects import number_needed
    >>> print(number_needed_in_words(number_needed(Estimate(-0.05, -0.12, 0.01, 0.95))))
    20 to harm (100 to benefit through ∞ to 8 to harm)
    >>> print(number_needed_in_words(number_needed(Estimate(-0.1, -0.2, -0.05, 0.95))))
    10 to harm (5 to 20)
    """

    def words(number: float) -> str:
        return _signed(number, "to benefit", "to harm")

    lower, upper, text = needed.lower, needed.upper, words(needed.value)
    if not needed.through_infinity:
        if lower is not None and abs(lower) > abs(upper):
            lower, upper = upper, lower
        return _with_limits(text, lower, upper, lambda number: f"{abs(number):.0f}", "to")
    return _with_limits(text, lower, upper, words, "to" if math.isinf(lower) or math.isinf(upper) else "through ∞ to")


def effect_columns(effects: pd.DataFrame) -> pd.DataFrame:
    """The columns of a summary of findings that show numbers.

    Parameters
    ----------
    effects : DataFrame
        One row an effect: patients, ratio (Estimate), share (of the control group, a fraction) and gain (Estimate, a
        fraction); the last two missing where there is no absolute effect.

    Returns
    -------
    DataFrame
        With the same index: patients; relative (the ratio with its limits); control and experimental (of a thousand
        patients); difference (in words, '—' where it is missing).
    """
    import pandas as pd

    gains = effects["gain"]
    control = OF * effects["share"].astype(float)
    return pd.DataFrame(
        {
            "patients": effects["patients"].astype(float),
            "relative": [f"{ratio:.2f}" for ratio in effects["ratio"]],
            "control": control,
            "experimental": control + gains.map(lambda gain: OF * gain.value, na_action="ignore").astype(float),
            "difference": gains.map(of_thousand, na_action="ignore").fillna("—"),
        },
        index=effects.index,
    )
