"""Numbers as they were reported: strings whose digits, and number of digits, are the fact.

A reported value is never stored as a float: '1.0' and '1.00' say different things about precision, '<1' is not a number at
all, and 'NE' (not estimable) and 'NR' (not reached) are findings.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal

NUMBER = re.compile(r"<?(\d+(\.\d+)?|\.\d+)", re.ASCII)  # some journals report .495
THOUSANDS = re.compile(r"[1-9]\d{0,2}(,\d{3})+", re.ASCII)
WITH_COMMAS = re.compile(r"<?[\d,]*\d", re.ASCII)
NO_NUMBER = frozenset({"NE", "NR", "NA"})


def is_printed(text: str) -> bool:
    """Whether `text` is a reported value: a number, a bound such as '<1', or NE, NR, NA.

    Examples
    --------
    >>> is_printed("0.74"), is_printed("<1"), is_printed("NE"), is_printed("0,74")
    (True, True, True, False)
    """
    return text in NO_NUMBER or NUMBER.fullmatch(text) is not None


def comma_hint(text: str, is_legal: Callable[[str], bool]) -> str:
    """A hint at the legal number that is meant where commas are a decimal point, or stand between thousands; else an empty string.

    Examples
    --------
    >>> comma_hint("0,80", is_printed), comma_hint("<0,001", is_printed), comma_hint("1,234", is_printed), comma_hint("a,b", is_printed)
    ('; did you mean 0.80?', '; did you mean <0.001?', '; did you mean 1234?', '')
    """
    meant = text.replace(",", "" if THOUSANDS.fullmatch(text) else ".")
    return f"; did you mean {meant}?" if WITH_COMMAS.fullmatch(text) and is_legal(meant) else ""


def number(text: str) -> float:
    """The reported number as a float; nan for NE, NR, NA, for a bound such as '<1', and for an empty cell.

    Examples
    --------
    >>> number("0.74"), number("<1")
    (0.74, nan)
    """
    return float(text) if NUMBER.fullmatch(text) and not text.startswith("<") else float("nan")


def decimals(text: str) -> int:
    """Number of reported decimals: the precision of the fact.

    Examples
    --------
    >>> decimals("0.740"), decimals("78"), decimals("NE")
    (3, 0, 0)
    """
    return len(text.partition(".")[2])


def percent_agrees(count: int, denominator: int, percent: str) -> bool:
    """Whether a reported percentage can be the rounding of `count` out of `denominator`, by whatever rule of rounding.

    Exact arithmetic: a value exactly half way between two reported ones agrees with both. '<1' agrees with any share
    below one percent; NE, NR and NA agree with none.

    Examples
    --------
    >>> percent_agrees(45, 360, "12"), percent_agrees(45, 360, "13"), percent_agrees(45, 360, "14")
    (True, True, False)
    >>> percent_agrees(3, 362, "<1")
    True
    """
    if percent in NO_NUMBER:
        return False
    if percent.startswith("<"):
        return Decimal(100 * count) < Decimal(percent[1:]) * denominator
    half_unit = Decimal(1).scaleb(-decimals(percent)) / 2
    return abs(Decimal(100 * count) - Decimal(percent) * denominator) <= half_unit * denominator
