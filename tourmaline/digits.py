"""How many digits of a number are shown: never more than it has earned."""

from __future__ import annotations

import math
from collections.abc import Iterable
from decimal import ROUND_HALF_EVEN, Decimal

# A digit is shown if one unit of it is at least so many Monte Carlo standard errors: then other draws change it by one unit at most.
UNIT_IN_ERRORS = 2.5


def earned_decimals(decimals: int, error: float | None) -> int:
    """The decimals to show of a number that comes from random draws; 0 at least, see `with_error`.

    Parameters
    ----------
    decimals : int
        As many as are wanted.
    error : float or None
        Monte Carlo standard error of the number, in its unit; None, nan or 0 where it does not come from draws.

    Examples
    --------
    >>> earned_decimals(2, 0.004), earned_decimals(2, 0.01), earned_decimals(0, 1.4), earned_decimals(1, None)
    (2, 1, 0, 1)
    """
    while decimals > 0 and not _is_earned(decimals, error):
        decimals -= 1
    return decimals


def shared_decimals(decimals: int, errors: Iterable[float | None]) -> int:
    """The decimals of numbers that are read together, as an estimate and its interval are: as many as each of them has earned.

    Parameters
    ----------
    decimals, errors
        As for `earned_decimals`; the error of each number.

    Examples
    --------
    >>> shared_decimals(3, [0.0001, 0.003]), shared_decimals(3, [])
    (2, 3)
    """
    return min((earned_decimals(decimals, error) for error in errors), default=decimals)


def _is_earned(decimals: int, error: float | None) -> bool:
    return error is None or not math.isfinite(error) or error * UNIT_IN_ERRORS <= float(f"1e{-decimals}")


def with_error(value: float | int, decimals: int, error: float | None) -> str:
    """A number with the decimals that it has earned; if not even its units are certain, with its Monte Carlo standard error.

    To round 96 with an error of 0.8 to tens would make it 100, which misleads more than an uncertain unit does.

    Parameters
    ----------
    value : float or int
    decimals, error
        As for `earned_decimals`.

    Examples
    --------
    >>> with_error(0.348, 2, 0.01), with_error(96.08, 0, 0.78), with_error(27, 0, 1.3), with_error(412.0, 1, 26.0)
    ('0.3', '96 ± 0.8', '27 ± 1', '412 ± 30')
    """
    shown = with_decimals(value, earned_decimals(max(decimals, 0), error))  # editions before 2026-12 have tens as -1
    if _is_earned(0, error):
        return shown
    return f"{shown} ± {Decimal(f'{error:.0e}'):f}"


def with_decimals(value: float | int, decimals: int) -> str:
    """A finite number with its decimals, rounded half to even from its decimal form; 0 has no sign.

    Examples
    --------
    >>> with_decimals(0.7087, 2), with_decimals(-0.04, 1), with_decimals(26.7, -1)
    ('0.71', '0.0', '30')
    """
    digits = Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_EVEN)
    return f"{abs(digits) if digits == 0 else digits:f}"
