"""How many digits of a number are shown: never more than it has earned."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_EVEN, Decimal

# A digit is shown if one unit of it is at least so many Monte Carlo standard errors: then other draws change it by one unit at most.
UNIT_IN_ERRORS = 2.5


def earned_decimals(decimals: int, error: float | None) -> int:
    """The decimals to show of a number that comes from random draws; below 0 where even tens are uncertain.

    Parameters
    ----------
    decimals : int
        As many as are wanted.
    error : float or None
        Monte Carlo standard error of the number, in its unit; None, nan or 0 where it does not come from draws.

    Examples
    --------
    >>> earned_decimals(2, 0.004), earned_decimals(2, 0.01), earned_decimals(0, 1.4), earned_decimals(1, None)
    (2, 1, -1, 1)
    """
    if error is None or not math.isfinite(error):
        return decimals
    while error * UNIT_IN_ERRORS > float(f"1e{-decimals}"):
        decimals -= 1
    return decimals


def with_decimals(value: float | int, decimals: int) -> str:
    """A finite number with its decimals, rounded half to even from its decimal form; 0 has no sign.

    Examples
    --------
    >>> with_decimals(0.7087, 2), with_decimals(-0.04, 1), with_decimals(26.7, -1)
    ('0.71', '0.0', '30')
    """
    digits = Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_EVEN)
    return f"{abs(digits) if digits == 0 else digits:f}"
