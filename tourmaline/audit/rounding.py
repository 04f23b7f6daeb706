"""Which convention of rounding reproduces the paper's percentages, and which method its intervals: found from the digits."""

from __future__ import annotations

import math
from decimal import ROUND_DOWN, ROUND_HALF_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from fractions import Fraction

import pandas as pd

from tourmaline.audit.statistical_rules import binomial_percent
from tourmaline.data.derivations import derivations
from tourmaline.data.ledger import printed_numbers
from tourmaline.statistics.proportions import PROPORTION_INTERVALS, PROPORTION_TESTS, compare_proportions

_MODES = {
    "half-even": ROUND_HALF_EVEN,
    "half-up": ROUND_HALF_UP,
    "half-down": ROUND_HALF_DOWN,
    "truncated": ROUND_DOWN,
}
CONVENTIONS = ("half-even", "half-up", "half-down", "half-up via one decimal", "half-even via one decimal", "truncated")
DEFAULT = "half-even"


def _decimal(value: float | Fraction) -> Decimal:
    if isinstance(value, Fraction):
        return Decimal(value.numerator) / Decimal(value.denominator)
    return Decimal(repr(round(value, 9)))  # the noise of binary arithmetic must not decide a half


def rounded_by(value: float | Fraction, decimals: int, convention: str = DEFAULT) -> Decimal:
    """The value rounded to a number of decimals by a convention.

    Examples
    --------
    >>> [str(rounded_by(12.5, 0, name)) for name in ("half-even", "half-up", "half-down")]
    ['12', '13', '12']
    >>> str(rounded_by(Fraction(29857, 362), 0, "half-up via one decimal"))  # 82.478
    '83'
    """
    mode, _, via = convention.partition(" via ")
    number = _decimal(value)
    if via:
        number = number.quantize(Decimal(1).scaleb(-decimals - 1), rounding=_MODES[mode])
    return number.quantize(Decimal(1).scaleb(-decimals), rounding=_MODES[mode])


def reproduces(value: float | Fraction, printed: str, convention: str = DEFAULT) -> bool:
    """Whether a value, rounded by the convention, is what was reported; '<1' stands for any share below one.

    Examples
    --------
    >>> reproduces(Fraction(4500, 360), "12"), reproduces(0.83, "<1"), reproduces(1.2, "<1")
    (True, True, False)
    """
    if printed.startswith("<"):
        return value < float(printed[1:])
    digits = printed.lstrip("≥≤>").removeprefix("approximately ")
    return rounded_by(value, len(digits.partition(".")[2]), convention) == Decimal(digits)


def _shares() -> pd.DataFrame:
    """Every reported percentage that follows from counts, but for '<1', with its exact value."""
    numbers, rows = printed_numbers(), []
    for id_, (derivation, *_) in derivations().items():
        if derivation.rule == "percentage" and not numbers[id_].printed.startswith("<"):
            *counts, denominator = (int(numbers[name].printed) for name in derivation.input_ids)
            rows.append((id_, numbers[id_].printed, sum(counts), denominator))
    return pd.DataFrame(rows, columns=["id", "printed", "count", "denominator"])


def percentages() -> pd.DataFrame:
    """Every reported percentage that follows from counts, and which conventions reproduce it.

    Returns
    -------
    DataFrame
        Columns id, reported, count, denominator, value (percent), and one column of bool for each of `CONVENTIONS`.
    """
    frame = _shares()
    exact = [Fraction(100 * count, patients) for count, patients in zip(frame["count"], frame["denominator"])]
    frame["value"] = [float(value) for value in exact]
    for name in CONVENTIONS:
        frame[name] = [reproduces(value, printed, name) for value, printed in zip(exact, frame["printed"])]
    return frame


def telling(frame: pd.DataFrame) -> pd.DataFrame:
    """The percentages on which conventions of rounding (truncation aside, which fails for half of them) disagree."""
    names = [name for name in CONVENTIONS if name != "truncated"]
    return frame[~frame[names].all(axis=1)].drop(columns="truncated").reset_index(drop=True)


def interval_methods() -> pd.DataFrame:
    """How many of Table 2's reported interval bounds each method of the interval reproduces, by each way of rounding.

    Returns
    -------
    DataFrame
        One row a method: interval_method, bounds (how many are reported), one column of counts for each of three conventions, and
        misses (the ids that half to even does not reproduce).
    """
    numbers, rows = printed_numbers(), []
    wanted = [found[0] for found in derivations().values() if found[0].rule == "binomial_bound"]
    for method in PROPORTION_INTERVALS:
        hits, misses = dict.fromkeys(("half-even", "half-up", "half-up via one decimal"), 0), []
        for derivation in wanted:
            count, patients, level = (numbers[name].reading.value for name in derivation.inputs)
            value = binomial_percent(int(count), int(patients), level / 100, derivation.options["side"], method)
            for name in hits:
                hits[name] += not math.isnan(value) and reproduces(value, numbers[derivation.id].printed, name)
            if not reproduces(value, numbers[derivation.id].printed):
                misses.append(derivation.id)
        rows.append({"interval_method": method, "bounds": len(wanted), **hits, "misses": " ".join(misses)})
    return pd.DataFrame(rows).sort_values("half-even", ascending=False, ignore_index=True)


def response_tests() -> pd.DataFrame:
    """The P values of response that each test without strata gives, and how many of the reported ones it reproduces.

    Returns
    -------
    DataFrame
        One row a test: test, one column a P value by its id, tests (how many are reported), and reproduced.
    """
    numbers, rows = printed_numbers(), []
    wanted = [found[0] for found in derivations().values() if found[0].rule == "proportions_p"]
    for test in PROPORTION_TESTS:
        found = {
            item.id: compare_proportions(*(int(numbers[name].reading.value) for name in item.inputs), test)
            for item in wanted
        }
        hits = sum(reproduces(value, numbers[id_].printed) for id_, value in found.items())
        rows.append({"test": test, **found, "tests": len(wanted), "reproduced": hits})
    return pd.DataFrame(rows).sort_values("reproduced", ascending=False, kind="stable", ignore_index=True)
