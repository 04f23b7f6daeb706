"""The named rules by which reported numbers follow from other reported numbers.

A rule takes what was reported, as readings, and returns what comes out: the value from the numbers as reported, and the
interval that their rounding leaves open. A rule of limits (a subset is no larger than its set) has no value, only the
interval. Statistical rules stand in `tourmaline.audit.statistical_rules`.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tourmaline.data.reading import Reading

NAN = math.nan
DAYS_PER_MONTH = 365.25 / 12


@dataclass(frozen=True)
class Recomputed:
    """What a rule makes of its inputs.

    Attributes
    ----------
    value : float
        From the inputs as reported; nan for a rule of limits.
    lower, upper : float
        From all that the inputs may have been before rounding, widened by the rule's own bound if it is approximate.
    """

    value: float
    lower: float
    upper: float


Inputs = Sequence[Reading]
Options = Mapping[str, str]
Rule = Callable[[Inputs, Options], Recomputed]


def over_rounding(function: Callable[..., float], inputs: Inputs) -> Recomputed:
    """The function of the reported values, and its range over their rounding.

    The function must be monotone in each input, so that its extremes lie at ends of the inputs' intervals.
    """
    ends = [sorted({item.lower, item.upper}) for item in inputs]
    values = [function(*corner) for corner in itertools.product(*ends)]
    if any(math.isnan(value) for value in values):
        return Recomputed(NAN, NAN, NAN)
    return Recomputed(function(*(item.value for item in inputs)), min(values), max(values))


def same(inputs: Inputs, options: Options) -> Recomputed:
    """The same fact is reported elsewhere, perhaps with more or fewer digits."""
    (other,) = inputs
    return Recomputed(other.value, other.lower, other.upper)


def next_(inputs: Inputs, options: Options) -> Recomputed:
    """One more: the next grade, day, class or rank."""
    return over_rounding(lambda before: before + 1, inputs)


def week_after(inputs: Inputs, options: Options) -> Recomputed:
    """Doses are given once a week: seven days after the one before."""
    return over_rounding(lambda before: before + 7, inputs)


def total(inputs: Inputs, options: Options) -> Recomputed:
    """Sum of parts; a difference where an input is taken negative."""
    return over_rounding(lambda *parts: sum(parts), inputs)


def total_within(inputs: Inputs, options: Options) -> Recomputed:
    """A sum of parts from which up to `missing` patients may be absent, as the derivation beside it found."""
    found = total(inputs, options)
    return Recomputed(NAN, found.lower - float(options["missing"]), found.upper)


def none(inputs: Inputs, options: Options) -> Recomputed:
    """The paper reports a percentage beside every count but 0: a count without one is of no patient."""
    return Recomputed(0.0, 0.0, 0.0)


def percentage(inputs: Inputs, options: Options) -> Recomputed:
    """100 times the sum of the counts over the last input, their denominator."""

    def of(*numbers: float) -> float:
        *counts, denominator = numbers
        return 100 * sum(counts) / denominator if denominator else NAN

    return over_rounding(of, inputs)


def quotient(inputs: Inputs, options: Options) -> Recomputed:
    """The first input over the second, to the nearest whole number: an allocation ratio of 1:1 leaves unequal arms."""
    found = over_rounding(lambda first, second: first / second if second else NAN, inputs)
    return found if math.isnan(found.value) else Recomputed(float(round(found.value)), found.lower, found.upper)


def smallest(inputs: Inputs, options: Options) -> Recomputed:
    """Lower end of a range over both arms."""
    return over_rounding(min, inputs)


def largest(inputs: Inputs, options: Options) -> Recomputed:
    """Upper end of a range over both arms."""
    return over_rounding(max, inputs)


def between(inputs: Inputs, options: Options) -> Recomputed:
    """A median of two groups together lies between theirs, and a median in its range; determined where the ends agree."""
    lower, upper = min(item.lower for item in inputs), max(item.upper for item in inputs)
    values = {item.value for item in inputs}
    return Recomputed(values.pop() if len(values) == 1 else NAN, lower, upper)


def at_least(inputs: Inputs, options: Options) -> Recomputed:
    """A whole is no smaller than the sum of its parts that do not overlap; a later date is no earlier."""
    return Recomputed(NAN, sum(item.lower for item in inputs), math.inf)


def at_most(inputs: Inputs, options: Options) -> Recomputed:
    """A subset is no larger than its set (a sum, where several inputs make up the set)."""
    return Recomputed(NAN, -math.inf, sum(item.upper for item in inputs))


def at_least_largest(inputs: Inputs, options: Options) -> Recomputed:
    """A union is no smaller than its largest part."""
    return Recomputed(NAN, max(item.lower for item in inputs), math.inf)


def at_most_largest(inputs: Inputs, options: Options) -> Recomputed:
    """A threshold that one of several numbers must reach."""
    return Recomputed(NAN, -math.inf, max(item.upper for item in inputs))


def union(inputs: Inputs, options: Options) -> Recomputed:
    """Patients in any of several overlapping parts: at least the largest part, at most the sum."""
    return Recomputed(NAN, max(item.lower for item in inputs), sum(item.upper for item in inputs))


def share_beyond(inputs: Inputs, options: Options) -> Recomputed:
    """Share (percent) of patients beyond a threshold: at least half if the median lies beyond it, at most half if not."""
    median, threshold = inputs
    strictly = threshold.printed.startswith(">")
    beyond = median.value > threshold.value if strictly else median.value >= threshold.value
    return Recomputed(NAN, 50.0, 100.0) if beyond else Recomputed(NAN, 0.0, 50.0)


def percent_longer(inputs: Inputs, options: Options) -> Recomputed:
    """How much longer, in percent, the first median is than the second."""
    return over_rounding(lambda longer, shorter: 100 * (longer / shorter - 1) if shorter else NAN, inputs)


def hazard_gain(inputs: Inputs, options: Options) -> Recomputed:
    """How much longer, in percent, survival is that a hazard ratio stands for, if hazards are constant: 1/HR - 1."""
    return over_rounding(lambda ratio: 100 * (1 / ratio - 1) if ratio else NAN, inputs)


def later_followup(inputs: Inputs, options: Options) -> Recomputed:
    """Median follow-up (months) at a later data cut-off: the earlier one plus the time between the cut-offs.

    Approximate, within half a month: patients who died or left do not gain follow-up, and the rest are seen once a cycle of
    28 days, so that a median may lag by up to half a cycle.
    """
    found = over_rounding(lambda months, first, second: months + (second - first) / DAYS_PER_MONTH, inputs)
    return Recomputed(found.value, found.lower - 0.5, found.upper + 0.5)


def between_dates(inputs: Inputs, options: Options) -> Recomputed:
    """Median follow-up (months) lies between that of the last and that of the first patient enrolled."""
    first, last, cutoff = (item.value for item in inputs)
    return Recomputed(NAN, (cutoff - last) / DAYS_PER_MONTH, (cutoff - first) / DAYS_PER_MONTH)


def cycles_possible(inputs: Inputs, options: Options) -> Recomputed:
    """No patient received more cycles than began between the first enrolment and the data cut-off."""
    days, first, cutoff = (item.value for item in inputs)
    return Recomputed(NAN, 1.0, (cutoff - first) / days + 1 if days else NAN)


def largest_excess(inputs: Inputs, options: Options) -> Recomputed:
    """A difference (percentage points) that the event named exceeds: two counts and the denominator of each arm."""
    a, b, n, c, d, m = (item.value for item in inputs)
    return Recomputed(NAN, -math.inf, abs(100 * (a + b) / n - 100 * (c + d) / m) if n and m else NAN)
