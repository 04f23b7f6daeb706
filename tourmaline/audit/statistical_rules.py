"""The rules that need statistics: binomial intervals, tests of proportions, hazard ratios, required events.

Where the paper's own method needs what is not published (the strata, the patients' times), the rule is approximate: its
interval is widened by a bound that its docstring gives a reason for, and no verdict of it is better than `approximate`.
"""

from __future__ import annotations

import math
from functools import cache
from statistics import NormalDist

from tourmaline.audit.rules import NAN, Inputs, Options, Recomputed, over_rounding
from tourmaline.statistics.monitoring import schoenfeld_events
from tourmaline.statistics.proportions import compare_proportions, proportion_interval

INTERVAL_METHOD = "clopper-pearson"  # reproduces more of Table 2's bounds than any other: `rounding.interval_methods`
# Share by which a z may differ for want of strata, or between Wald's and the log-rank test; and a standard error.
STATISTIC_BOUND = 0.05
_NORMAL = NormalDist()


@cache
def binomial_percent(count: int, patients: int, level: float, side: str, method: str) -> float:
    """One end (percent) of the interval of a proportion; nan where there is none."""
    if not (0 <= count <= patients and patients > 0 and 0 < level < 1):
        return NAN
    lower, upper = proportion_interval(count, patients, level, method)
    return 100 * float(lower if side == "lower" else upper)


def binomial_bound(inputs: Inputs, options: Options) -> Recomputed:
    """One end (percent) of the interval of a response rate, from count, denominator and level."""
    count, patients, level = (item.value for item in inputs)
    value = binomial_percent(int(count), int(patients), level / 100, options["side"], INTERVAL_METHOD)
    return Recomputed(value, value, value)


def two_sided_p(z: float) -> float:
    """Two-sided P value of a standard normal statistic.

    Examples
    --------
    >>> round(two_sided_p(1.959964), 4)
    0.05
    """
    return 2 * _NORMAL.cdf(-abs(z))


def _around(smallest_z: float, largest_z: float) -> tuple[float, float]:
    return two_sided_p(largest_z * (1 + STATISTIC_BOUND)), two_sided_p(smallest_z * (1 - STATISTIC_BOUND))


@cache
def _unstratified_p(count1: int, patients1: int, count2: int, patients2: int) -> float:
    try:
        return compare_proportions(count1, patients1, count2, patients2, "mantel-haenszel")
    except ValueError:
        return NAN


def proportions_p(inputs: Inputs, options: Options) -> Recomputed:
    """P of the Cochran-Mantel-Haenszel test of two response rates, with one stratum.

    Approximate: the paper's text does not name the strata, and their counts are not published. If they are those of the
    randomisation, the arms are balanced in each and the difference keeps its size; its standard error shrinks by the root of
    1 - R^2. Strata that explained a tenth of the variance of response would raise z by a twentieth, which is the bound.
    """
    p = _unstratified_p(*(int(item.value) for item in inputs))
    if math.isnan(p) or p == 0:
        return Recomputed(NAN, NAN, NAN)
    z = abs(_NORMAL.inv_cdf(p / 2))
    return Recomputed(p, *_around(z, z))


def geometric_mean(inputs: Inputs, options: Options) -> Recomputed:
    """Hazard ratio from its interval, which is symmetric on the scale of logarithms."""
    return over_rounding(lambda lower, upper: math.sqrt(lower * upper) if lower > 0 < upper else NAN, inputs)


def _quantile(level: float) -> float:
    return _NORMAL.inv_cdf(0.5 + level / 200) if 0 < level < 100 else NAN


def wald_p(inputs: Inputs, options: Options) -> Recomputed:
    """P of a hazard ratio from the ratio and its interval: Wald's test.

    Approximate: the paper's test is the stratified log-rank test. It differs from Wald's in the information it takes,
    4p(1 - p) with p = HR/(1 + HR), against 1: for a hazard ratio of 0.54 the root of that is 0.955, for 0.74 it is 0.989.
    The bound is a twentieth of z.
    """
    *bounds, level = inputs

    def z(ratio: float, lower: float, upper: float) -> float:
        if not 0 < lower < upper or ratio <= 0:
            return NAN
        return abs(math.log(ratio)) * 2 * _quantile(level.value) / math.log(upper / lower)

    found = over_rounding(z, bounds)
    if math.isnan(found.value):
        return Recomputed(NAN, NAN, NAN)
    return Recomputed(two_sided_p(found.value), *_around(found.lower, found.upper))


def events_bound(inputs: Inputs, options: Options) -> Recomputed:
    """One end of the interval of a hazard ratio, from the ratio and the events of the arms.

    Approximate: log HR has nearly the standard error sqrt(1/events1 + 1/events2) if censoring is alike in both arms; a
    stratified Cox model has a little less information. The bound is a twentieth of the standard error.
    """
    ratio, first, second, level = inputs
    if min(first.value, second.value, ratio.value) <= 0:
        return Recomputed(NAN, NAN, NAN)
    width = _quantile(level.value) * math.sqrt(1 / first.value + 1 / second.value)
    sign = -1 if options["side"] == "lower" else 1
    value = ratio.value * math.exp(sign * width)
    ends = [
        end * math.exp(sign * width * factor)
        for end in (ratio.lower, ratio.upper)
        for factor in (1 - STATISTIC_BOUND, 1 + STATISTIC_BOUND)
    ]
    return Recomputed(value, min(ends), max(ends))


def patients_bound(inputs: Inputs, options: Options) -> Recomputed:
    """Limit of one end of the interval of a hazard ratio: no more patients can have had an event than there were."""
    ratio, first, second, level = inputs
    if min(first.value, second.value, ratio.value) <= 0:
        return Recomputed(NAN, NAN, NAN)
    width = _quantile(level.value) * math.sqrt(1 / first.value + 1 / second.value)
    if options["side"] == "lower":
        return Recomputed(NAN, 0.0, ratio.upper * math.exp(-width))
    return Recomputed(NAN, ratio.lower * math.exp(width), math.inf)


def information_percent(inputs: Inputs, options: Options) -> Recomputed:
    """Share (percent) of the deaths required by the reported power, level and hazard ratio.

    Approximate: Schoenfeld's formula for one analysis. Interim analyses with an O'Brien-Fleming boundary raise the number
    by a factor of up to `inflation` (1.024 for four analyses at power 0.8: Jennison and Turnbull, Group Sequential
    Methods, 2000, table of inflation factors). The design's hazard ratio may have been rounded like any other ratio.
    """

    def share(deaths: float, ratio: float, power: float, alpha: float) -> float:
        if not (0 < ratio != 1 and 0 < alpha < 1 and alpha / 2 < power / 100 < 1):
            return NAN
        return 100 * deaths / schoenfeld_events(ratio, power / 100, alpha)

    found = over_rounding(share, inputs)
    return Recomputed(found.value, found.lower / float(options["inflation"]), found.upper)
