"""Read a reported claim as numbers: its value, the interval its rounding leaves open, and whether it is an approximation.

The paper reports '0.74', '<1', '≥18', 'approximately 6', 'almost half', 'two', 'III', '1:1' and 'October 30, 2014'. What is
none of these is refused.
"""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from functools import cache

from tourmaline.data.printed import NO_NUMBER, decimals

WORDS = {
    **{
        word: rank
        for rank, word in enumerate(
            ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
        )
    },
    **{word: rank for rank, word in enumerate(["first", "second", "third", "fourth", "fifth"], start=1)},
    "once": 1,
    "twice": 2,
}
ROMAN = {"I": 1, "II": 2, "III": 3, "IV": 4, "V": 5}
ALMOST_HALF = (45.0, 50.0)  # percent: rounds up to a half in steps of a tenth, and stays below it
FIGURE = re.compile(r"(approximately |[<>≤≥])?(\d+(?:\.\d+)?)", re.ASCII)
RANGE = re.compile(r"(\d+(?:\.\d+)?)(?: to |–|-)(\d+(?:\.\d+)?)", re.ASCII)
RATIO = re.compile(r"(\d+):(\d+)", re.ASCII)
DATE = re.compile(r"([A-Z][a-z]+) (\d{1,2}), (\d{4})", re.ASCII)


@dataclass(frozen=True)
class Reading:
    """What a reported string says.

    Attributes
    ----------
    reported : str
        The string.
    value : float
        The number; nan for a bound such as '<1', for a range and for NE, NR, NA. A date is its day number.
    lower, upper : float
        What the number may have been before it was rounded: half a unit of its last digit to either side; the number
        itself where it was counted and not rounded.
    decimals : int
        Number of reported decimals.
    stated : bool
        Whether the paper itself calls it an approximation.
    """

    printed: str
    value: float
    lower: float
    upper: float
    decimals: int = 0
    stated: bool = False

    def __neg__(self) -> Reading:
        return Reading(self.printed, -self.value, -self.upper, -self.lower, self.decimals, self.stated)


def _date(text: str) -> float | None:
    if not DATE.fullmatch(text):
        return None
    try:
        return float(datetime.datetime.strptime(text, "%B %d, %Y").toordinal())
    except ValueError:
        return None


@cache
def reading(text: str, rounded: bool = False) -> Reading | None:
    """The numbers of a reported claim; None if it is not a number.

    Parameters
    ----------
    text : str
        The claim as reported.
    rounded : bool
        Whether the number was measured and rounded (a percentage, a median), rather than counted or chosen.

    Examples
    --------
    >>> reading("0.74", True).lower, reading("192").lower, reading("approximately 6").stated, reading("III").value
    (0.735, 192.0, True, 3.0)
    >>> reading("0,74") is None, reading("<1").upper, reading("almost half").lower
    (True, 1.0, 45.0)
    """
    if text in NO_NUMBER:
        return Reading(text, float("nan"), float("-inf"), float("inf"))
    if found := FIGURE.fullmatch(text):
        sign, digits = found[1] or "", found[2]
        value, places = float(digits), decimals(digits)
        if sign == "<" and rounded:  # '<1' percent: anything below
            return Reading(text, float("nan"), 0.0, value, places)
        half = 0.5 * 10**-places if rounded or sign == "approximately " else 0.0
        lower, upper = round(value - half, places + 1), round(value + half, places + 1)
        return Reading(text, value, lower, upper, places, stated=sign == "approximately ")
    if text == "almost half":
        return Reading(text, float("nan"), *ALMOST_HALF, stated=True)
    if found := RANGE.fullmatch(text):
        return Reading(text, float("nan"), float(found[1]), float(found[2]))
    if found := RATIO.fullmatch(text):
        value = int(found[1]) / int(found[2]) if int(found[2]) else float("nan")
        return Reading(text, value, value, value)
    value = WORDS.get(text.lower(), ROMAN.get(text)) if text else None
    value = _date(text) if value is None else float(value)
    return None if value is None else Reading(text, value, value, value)
