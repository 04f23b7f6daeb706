"""Hypothetical trials for teaching: numbers drawn from a seed, and what the exercises of the lessons give with them.

A student's numbers are a folder of results like the report's own, in which every label begins with 'Hypothetical'. The answers are
computed with the report's library; the solutions of the lessons' pages are compared with them (`tourmaline.lessons.own_numbers`).

Numbers are drawn again until no answer can be had without work: neither 0 nor 1 nor a number that is given is right anywhere.
"""

from __future__ import annotations

import csv
import functools
import itertools
import json
import math
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from pathlib import Path
from statistics import NormalDist
from typing import Any

import numpy as np
from scipy.integrate import quad

from tourmaline.estimate import Estimate
from tourmaline.lessons.checks import tolerance_of
from tourmaline.results.formats import rounded
from tourmaline.statistics import meta_analysis, monitoring, proportions, survival
from tourmaline.statistics.reproducible import exp, log

LEVEL, ALPHA, POWER, STRICTER = 0.95, 0.05, 0.8, 0.99
SOURCE = "drawn from a seed; no such trial exists"
PERCENT = range(55, 100)  # of hazard ratios
# Of the first trial, whose interval excludes 1: enough for 500 students.
FIRST_PERCENT, FIRST_EVENTS = range(40, 96), range(40, 1000, 3)
SMALLEST_P = 0.001
PRINTED_P = range(70, 131)  # percent: the P value of the log-rank test over that of the interval
NEAR = 1.1  # an answer so many tolerances away is not right
LOG_TWO = math.log(2)
SHORTEST, LONGEST = 5, 30  # months of follow-up of simulated patients
# The last month of a curve, that at which it is read, the horizon of the restricted mean, and how many steps are multiplied.
LAST_MONTH, MONTH, HORIZON, STEPS = 21, 12, 18, 8
EXPERIMENTAL_FIRST = ("experimental", "control")  # the order in which arms are simulated and listed
WITH_FILE = "progression_free_survival"  # the notebook whose rows a lesson analyses
TRIALS = ("Trial A", "Trial B", "Trial C")


class _Numbers:
    """Collects the values of one student, by notebook and name."""

    def __init__(self) -> None:
        self.values: dict[str, dict[str, Any]] = {}
        # What the exercises give besides the numbers that were drawn here: the short table of trials, for example.
        self.given: list[float] = []

    def add(self, name: str, value: Any, label: str, unit: str, decimals: int = 0, drawn: bool = False) -> None:
        """A number that was drawn, or one that was computed from those."""
        notebook, _, key = name.partition("/")
        record = {
            "label": f"Hypothetical: {label}",
            "unit": unit,
            "decimals": decimals,
            "origin": "assumed" if drawn else "recomputed",
            "source": SOURCE,
        }
        if isinstance(value, Estimate):
            record |= {"lower": rounded(value.lower), "upper": rounded(value.upper), "level": value.level}
            value = value.value
        self.values.setdefault(notebook, {})[key] = record | {"value": rounded(value)}

    def unfit(self) -> bool:
        """Whether an exercise is spoilt: 0, 1 or a given number is a right answer, a P value is near 0, or a reduction is an increase."""
        return any(_unfit(records, self.given) for records in self.values.values())


def _unfit(records: Mapping[str, Mapping[str, Any]], given: Iterable[float]) -> bool:
    numbers = {key: one for key, one in records.items() if not isinstance(one["value"], str)}
    drawn = [one for one in numbers.values() if one["origin"] == "assumed"]
    parts = ("value", "lower", "upper", "level")
    known = {0.0, 1.0, *given, *(one[part] for one in drawn for part in parts if part in one)}
    answers = {key: one for key, one in numbers.items() if one["origin"] != "assumed"}
    return any(
        (one["unit"] == "probability" and one["value"] < SMALLEST_P)
        or (key.endswith("reduction") and one["value"] < 0)
        or any(abs(one["value"] - number) <= NEAR * tolerance_of(one) for number in known)
        for key, one in answers.items()
    )


def _reported(ratio: float, events: int) -> Estimate:
    """A hazard ratio as a trial of so many events would report it, to two decimals."""
    half = NormalDist().inv_cdf((1 + LEVEL) / 2) * 2 / math.sqrt(events)
    lower, upper = (round(float(exp(log(ratio) + side * half)), 2) for side in (-1, 1))
    return Estimate(ratio, lower, upper, LEVEL)


def _ratio(generator: np.random.Generator, fewest: int, most: int, excluded: float = 1.0) -> Estimate:
    """A hazard ratio, drawn, of a trial with `fewest` to `most` events."""
    possible = [percent for percent in PERCENT if percent / 100 != excluded]
    ratio = possible[int(generator.integers(len(possible)))] / 100
    return _reported(ratio, int(generator.integers(fewest, most + 1)))


def _from_interval(ratio: Estimate) -> tuple[float, float]:
    return meta_analysis.log_hazard_ratio_from_interval(ratio.value, ratio.lower, ratio.upper, ratio.level)


def _wald_p_value(ratio: Estimate) -> float:
    estimate, error = _from_interval(ratio)
    return math.erfc(abs(estimate / error) / math.sqrt(2))


def _interval(numbers: _Numbers, ratio: Estimate) -> None:
    estimate, error = _from_interval(ratio)
    stricter = meta_analysis.normal_quantile(STRICTER) * error
    numbers.add("lessons/hazard_ratio", ratio, "hazard ratio of progression-free survival, trial A", "ratio", 2, True)
    numbers.add("lessons/stricter_level", STRICTER, "a stricter confidence level", "fraction", 2, True)
    numbers.add("lessons/least_reduction", 100 * (1 - ratio.upper), "smallest reduction of the hazard", "percent")
    numbers.add("lessons/most_reduction", 100 * (1 - ratio.lower), "largest reduction of the hazard", "percent")
    numbers.add("lessons/standard_error", error, "standard error of the log hazard ratio", "statistic", 3)
    numbers.add("lessons/z", estimate / error, "log hazard ratio over its standard error", "statistic", 2)
    numbers.add("lessons/wald_p_value", _wald_p_value(ratio), "P value derived from the interval", "probability")
    upper = math.exp(estimate + stricter)
    numbers.add("lessons/stricter_upper", upper, "upper limit at the stricter level", "ratio", 3)


@functools.cache
def _first_trials() -> list[Estimate]:
    """What the first trial of a student may be, so that its interval excludes 1."""
    possible = itertools.product(FIRST_PERCENT, FIRST_EVENTS)
    near = (pair for pair in possible if 1.9 < rounded(-math.log(pair[0] / 100) * math.sqrt(pair[1]) / 2) < 3.5)
    found = []
    for ratio in dict.fromkeys(_reported(percent / 100, events) for percent, events in near):
        numbers = _Numbers()
        _interval(numbers, ratio)
        if not numbers.unfit():
            found.append(ratio)
    return found


def _first(seed: int, student: int) -> Estimate:
    """The first trial of a student: no two students of a seed have the same one."""
    trials = _first_trials()
    order = np.random.default_rng(seed).permutation(len(trials))
    return trials[order[(student - 1) % len(trials)]]


def _trials(first: Estimate, numbers: _Numbers, generator: np.random.Generator) -> list[Estimate]:
    """The first trial and two others, and what exercises ask of them; returns the three."""
    ratios = [first, _ratio(generator, 200, 600, first.value), _ratio(generator, 200, 600)]
    numbers.given = [number for one in ratios for number in (one.value, one.lower, one.upper)]
    printed = _wald_p_value(first) * int(generator.choice(PRINTED_P)) / 100
    label = "its P value, by a stratified log-rank test"
    numbers.add("lessons/p_value", float(f"{printed:.2g}"), label, "probability", 0, True)
    _interval(numbers, first)
    _several(numbers, ratios)
    _changed(numbers, generator, first, ratios[1:])
    return ratios


def _several(numbers: _Numbers, ratios: list[Estimate]) -> None:
    estimates, errors = map(np.array, zip(*map(_from_interval, ratios)))
    pooled = meta_analysis.fixed_effect(estimates, errors)
    heaviest = int(np.argmax(pooled.weights))
    others = np.arange(len(ratios)) != heaviest
    rest = math.exp(meta_analysis.fixed_effect(estimates[others], errors[others]).estimate)
    ratio = pooled.ratio(LEVEL)
    numbers.add("lessons/heaviest_trial", TRIALS[heaviest], "trial with the largest weight", "text")
    numbers.add("lessons/largest_weight", 100 * pooled.weights[heaviest], "largest weight of a trial", "percent", 1)
    numbers.add("lessons/pooled", ratio, "pooled hazard ratio", "ratio", 3)
    numbers.add("lessons/pooled_upper", ratio.upper, "upper limit of the pooled hazard ratio", "ratio", 3)
    numbers.add("lessons/q", pooled.q, "Cochran's Q", "statistic", 3)
    numbers.add("lessons/degrees_of_freedom", pooled.degrees_of_freedom, "number of trials less one", "count")
    numbers.add("lessons/pooled_without_heaviest", rest, "pooled hazard ratio without that trial", "ratio", 3)
    between = meta_analysis.interaction(estimates[0], errors[0], estimates[1], errors[1])
    limits = [math.exp(limit) for limit in between.interval(LEVEL)]
    indirect = Estimate(math.exp(between.difference), *limits, LEVEL)
    for which, letter in {"first": "A", "second": "B"}.items():
        numbers.add(f"lessons/{which}_arm", f"the treatment of trial {letter}", "arm that is compared", "text", 0, True)
    numbers.add("lessons/power", POWER, "power of the trial to be planned", "fraction", 2, True)
    numbers.add("lessons/indirect", indirect, "indirect hazard ratio", "ratio", 2)
    error = between.standard_error
    numbers.add("lessons/indirect_standard_error", error, "standard error of its logarithm", "statistic", 3)
    numbers.add("lessons/indirect_upper", indirect.upper, "upper limit of the indirect hazard ratio", "ratio", 2)
    numbers.add("lessons/indirect_width", error / errors[0], "width of its interval over that of trial A", "ratio", 2)
    events = monitoring.schoenfeld_events(indirect.value, POWER, ALPHA)
    numbers.add("lessons/head_to_head_events", events, "events that a direct trial needs", "events")


def _harms(numbers: _Numbers, generator: np.random.Generator) -> None:
    sizes = generator.integers(150, 401, 2)
    control = int(generator.integers(5, 31))  # percent
    risks = np.array([control + int(generator.integers(5, 26)), control])
    counts = [int(count) for count in (sizes * risks) // 100]
    four = [counts[0], int(sizes[0]), counts[1], int(sizes[1])]
    for arm, count, size in zip(EXPERIMENTAL_FIRST, four[::2], four[1::2]):
        numbers.add(f"lessons/harm_count_{arm}", count, f"patients with the event, {arm} arm", "patients", 0, True)
        numbers.add(f"lessons/harm_denominator_{arm}", size, f"patients observed, {arm} arm", "patients", 0, True)
        numbers.add(f"lessons/harm_risk_{arm}", 100 * count / size, f"risk, {arm} arm", "percent", 1)
    effect = proportions.risk_effect(*four, "risk-difference")
    by_hand = meta_analysis.binary_effects(*([number] for number in four), "risk-difference").standard_errors[0]
    lower = effect.value - meta_analysis.normal_quantile(LEVEL) * by_hand
    ratio, odds = (proportions.risk_effect(*four, f"{kind}-ratio").value for kind in ("risk", "odds"))
    points = "percentage points"
    numbers.add("lessons/harm_difference", 100 * effect.value, "risk difference", points, 1)
    numbers.add("lessons/harm_risk_ratio", ratio, "risk ratio", "ratio", 2)
    numbers.add("lessons/harm_odds_ratio", odds, "odds ratio", "ratio", 2)
    numbers.add("lessons/harm_standard_error", 100 * by_hand, "standard error of the risk difference", points, 2)
    numbers.add("lessons/harm_difference_lower", 100 * lower, "lower limit of the risk difference", points, 2)
    numbers.add("lessons/number_needed_to_harm", 1 / effect.value, "number needed to harm", "patients", 1)


def _subgroups(numbers: _Numbers, generator: np.random.Generator) -> None:
    high = _ratio(generator, 30, 120)
    standard = _ratio(generator, 100, 300, high.value)
    numbers.given = [POWER]
    for which, name, ratio in (("first", "high", high), ("second", "standard", standard)):
        numbers.add(f"lessons/subgroup_{which}", ratio, f"hazard ratio with {name} risk", "ratio", 2, True)
    (first, first_error), (second, second_error) = _from_interval(high), _from_interval(standard)
    between = meta_analysis.interaction(first, first_error, second, second_error)
    smallest = math.exp(meta_analysis.detectable_difference(between.standard_error, POWER))
    error = between.standard_error
    numbers.add("lessons/subgroup_ratio", math.exp(between.difference), "ratio of the hazard ratios", "ratio", 2)
    numbers.add(
        "lessons/subgroup_standard_error", error, "standard error of the difference of the logarithms", "statistic", 3
    )
    numbers.add("lessons/subgroup_p_value", between.p_value, "P value of the interaction", "probability")
    numbers.add("lessons/subgroup_detectable", smallest, "ratio that a test would find", "ratio", 2)


def _changed(numbers: _Numbers, generator: np.random.Generator, first: Estimate, others: list[Estimate]) -> None:
    """A later analysis of trial A: with more events, so that its standard error is smaller."""
    log_first, error_first = _from_interval(first)
    events = int(4 / error_first**2) * int(generator.integers(15, 21)) // 10  # a standard error of 2 / sqrt(events)
    percent = round(100 * first.value) + int(generator.choice([-5, -4, -3, 3, 4, 5, 6, 7, 8, 9, 10]))
    later = _reported(percent / 100, events)
    log_later, error_later = _from_interval(later)
    change, error = log_later - log_first, math.sqrt(error_first**2 - error_later**2)
    for when, ratio in (("before", first), ("after", later)):
        estimates, errors = map(np.array, zip(*map(_from_interval, [ratio, *others])))
        pooled = math.exp(meta_analysis.fixed_effect(estimates, errors).estimate)
        analysis = {"before": "first", "after": "second"}[when]
        numbers.add(f"lessons/change_{when}", ratio, f"hazard ratio of trial A, {analysis} analysis", "ratio", 2, True)
        numbers.add(f"lessons/change_pooled_{when}", pooled, f"pooled with the {analysis} analysis", "ratio", 3)
    numbers.add("lessons/change_percent", 100 * math.expm1(change), "change of the hazard ratio", "percent", 1)
    numbers.add("lessons/change_standard_error", error, "standard error of the change of its logarithm", "statistic", 3)
    p_value = math.erfc(abs(change) / error / math.sqrt(2))
    numbers.add("lessons/change_p_value", p_value, "P value of the change", "probability")
    verdict = "excludes 1" if later.upper < 1 else "includes 1" if later.upper > 1 else "undecided"  # rounded to 1
    numbers.add("lessons/change_verdict", verdict, "interval of the second analysis", "text")


def _half_up(percent: Fraction) -> int:
    return math.floor(percent + Fraction(1, 2))


def _rounding(numbers: _Numbers, generator: np.random.Generator) -> dict[str, list[int]]:
    """Percentages of a paper that rounds half to even; returns those of which some lie exactly halfway."""

    def drawn(name: str, value: float, label: str, unit: str = "patients") -> None:
        numbers.add(f"lessons/{name}", value, label, unit, 0, True)

    rows: dict[str, list[int]] = {"Reported": [], "Count": [], "Of": []}
    # Of 40 k patients, k times an odd number are some whole number of percent and a half.
    sizes = [40 * int(k) for k in generator.permutation(np.arange(5, 16))[:6]]
    odd = generator.permutation(np.arange(3, 38, 2))
    six = [*odd[:5], next(one for one in odd[5:] if one % 4 == 1)]  # half to even rounds at least the last one down
    halves = [size // 40 * int(one) for size, one in zip(sizes, six)]
    for count, size in [*zip(halves, sizes), *((half + 1, size) for half, size in zip(halves, sizes))]:
        percent = Fraction(100 * count, size)
        for column, number in zip(rows, (round(percent), count, size)):
            rows[column].append(number)
    reported, count, size = (column[0] for column in rows.values())
    possible = sum(round(Fraction(100 * other, size)) == reported for other in range(size + 1))
    up = [_half_up(Fraction(100 * one, of)) for one, of in zip(rows["Count"], rows["Of"])]
    drawn("rounding_count", count, "patients with the characteristic")
    drawn("rounding_patients", size, "patients of the arm")
    drawn("rounding_printed", reported, "their share as reported", "percent")
    numbers.add("lessons/rounding_percent", 100 * count / size, "their share, exactly", "percent", 1)
    numbers.add("lessons/rounding_possible", possible, "counts that this percentage allows", "count")
    numbers.add("lessons/rounding_even", len(up), "percentages that half to even gives", "count")
    hits = sum(one == two for one, two in zip(up, rows["Reported"]))
    numbers.add("lessons/rounding_up", hits, "percentages that half up gives", "count")
    patients = int(generator.integers(300, 801))
    few = int(generator.integers(patients // 200 + 1, math.ceil(patients / 100)))  # above half a percent, below one
    drawn("odd_count", few, "patients with the rare characteristic")
    drawn("odd_patients", patients, "patients of the trial")
    drawn("odd_printed", 1, "their share as reported", "percent")
    numbers.add("lessons/odd_percent", 100 * few / patients, "their share, exactly", "percent", 2)
    return rows


def _boundary(numbers: _Numbers, generator: np.random.Generator) -> None:
    events = int(generator.integers(150, 401))
    planned = events * 100 // int(generator.integers(50, 91))
    p_value = int(generator.integers(1, 41)) / 1000
    spent = float(monitoring.alpha_spent([events / planned], ALPHA)[0])
    ratio = monitoring.hazard_ratio_of_z(monitoring.z_of_p(spent), events)
    verdict = "crosses" if p_value <= spent else "does not cross"
    numbers.add("monitoring/alpha", ALPHA, "two-sided level", "fraction", 2, True)
    numbers.add("monitoring/pfs_p", p_value, "P value of the first analysis", "probability", 0, True)
    numbers.add("monitoring/pfs_events", events, "events at the first analysis", "events", 0, True)
    numbers.add("monitoring/planned_pfs_events", planned, "planned events", "events", 0, True)
    numbers.add("monitoring/pfs_fraction", 100 * events / planned, "share of the planned information", "percent", 1)
    numbers.add("monitoring/pfs_boundary_p", spent, "P value on the boundary", "probability")
    numbers.add("monitoring/pfs_verdict", verdict, "crosses, or does not cross", "text")
    numbers.add("monitoring/pfs_boundary_hazard_ratio", ratio, "hazard ratio on the boundary", "ratio", 2)


def _simulated(generator: np.random.Generator, size: int, median: float) -> tuple[np.ndarray, np.ndarray]:
    """Months to one decimal, and events, of patients with a constant hazard who entered at an even pace."""
    months = -log(1 - generator.random(size)) * (median / LOG_TWO)
    followup = SHORTEST + generator.random(size) * (LONGEST - SHORTEST)
    return np.maximum(np.round(np.minimum(months, followup), 1), 0.1), (months <= followup).astype(int)


Patients = Mapping[str, tuple[np.ndarray, np.ndarray]]  # months and events of each arm


def _analysed(numbers: _Numbers, patients: Patients, curve: Any, fit: survival.Cox, p_value: float) -> None:
    """What an analysis of the rows of simulated patients gives: the curve of the experimental arm, and both arms compared."""
    ratio = Estimate(float(fit.hazard_ratio), *map(float, fit.hazard_ratio_interval(LEVEL)), LEVEL)
    median = Estimate(float(curve.median), *map(float, curve.quantile_interval(0.5, LEVEL)), LEVEL)
    mean = float(survival.rmst(*patients["experimental"], HORIZON).estimate)

    def number(name: str, value: Any, label: str, unit: str, decimals: int = 0, drawn: bool = False) -> None:
        numbers.add(f"{WITH_FILE}/{name}", value, label, unit, decimals, drawn)

    number("horizon", HORIZON, "horizon of the restricted mean", "months", 0, True)
    number("median_experimental", median, "median, experimental arm", "months", 1)
    number("p_value", p_value, "P value of the log-rank test", "probability")
    number("hazard_ratio", ratio, "hazard ratio of Cox's model", "ratio", 2)
    number("rmst_experimental", mean, "restricted mean, experimental arm", "months", 1)


def _curves(numbers: _Numbers, generator: np.random.Generator) -> tuple[dict[str, dict[str, list[str]]], Patients]:
    """A trial of simulated patients: its reported numbers, what exercises ask of them; returns its tables and the patients."""

    def number(name: str, value: float, label: str, unit: str, decimals: int = 0, drawn: bool = False) -> None:
        numbers.add(f"lessons_survival/{name}", value, label, unit, decimals, drawn)

    sizes = {arm: int(generator.integers(120, 301)) for arm in EXPERIMENTAL_FIRST}
    control = int(generator.integers(70, 101)) / 10
    true = {"control": control, "experimental": control * 100 / int(generator.integers(68, 93))}
    patients = {arm: _simulated(generator, sizes[arm], true[arm]) for arm in EXPERIMENTAL_FIRST}
    curves = {arm: survival.kaplan_meier(*patients[arm]) for arm in EXPERIMENTAL_FIRST}
    joined = [np.concatenate([patients[arm][part] for arm in EXPERIMENTAL_FIRST]) for part in (0, 1)]
    group = np.repeat([1, 0], [sizes[arm] for arm in EXPERIMENTAL_FIRST])
    # What a paper would report, with its digits; the exercises start from these.
    medians = {arm: round(float(curves[arm].median), 1) for arm in EXPERIMENTAL_FIRST}
    events = {arm: int(patients[arm][1].sum()) for arm in EXPERIMENTAL_FIRST}
    fit = survival.cox(*joined, group)
    ratio = round(float(fit.hazard_ratio), 2)
    months = np.arange(LAST_MONTH + 1)
    percent = {arm: np.round(100 * curves[arm].at(months), 3) for arm in EXPERIMENTAL_FIRST}
    for arm in EXPERIMENTAL_FIRST:
        number(f"median_{arm}", medians[arm], f"median, {arm} arm", "months", 1, True)
        number(f"patients_{arm}", sizes[arm], f"patients, {arm} arm", "patients", 0, True)
        number(f"events_{arm}", events[arm], f"events, {arm} arm", "events", 0, True)
    number("hazard_ratio", ratio, "hazard ratio", "ratio", 2, True)
    number("shortest_followup", SHORTEST, "shortest follow-up", "months", 0, True)
    number("longest_followup", LONGEST, "longest follow-up", "months", 0, True)
    number("month", MONTH, "month at which exercises read the curves", "months", 0, True)
    number("horizon", HORIZON, "horizon of the restricted mean", "months", 0, True)
    # Curves and counts.
    first = int(months[np.argmax(percent["control"] <= 50)])
    here = {arm: float(percent[arm][MONTH]) for arm in EXPERIMENTAL_FIRST}
    until = months <= HORIZON
    areas = {arm: np.trapezoid(percent[arm][until], months[until]) / 100 for arm in EXPERIMENTAL_FIRST}
    steps = [(int(n), int(d)) for n, d in zip(curves["experimental"].at_risk, curves["experimental"].events) if d][
        :STEPS
    ]
    after = 100 * math.prod(1 - d / n for n, d in steps)
    every = np.arange(0, LAST_MONTH + 1, 3)
    at_risk = {arm: survival.number_at_risk(patients[arm][0], every) for arm in EXPERIMENTAL_FIRST}
    before = {arm: np.searchsorted(np.sort(time[event == 1]), every) for arm, (time, event) in patients.items()}
    place = int(np.flatnonzero(every == MONTH)[0])
    size, left, known = (
        int(one) for one in (sizes["experimental"], at_risk["experimental"][place], before["experimental"][place])
    )
    naive, points = 100 * (1 - known / size), "percentage points"
    number(
        "first_month_below_half",
        first,
        "first whole month at which half or fewer are without an event, control arm",
        "months",
    )
    number("difference_at_month", here["experimental"] - here["control"], "difference of the curves", points, 1)
    number("after_steps", after, "patients without an event after these steps", "percent", 2)
    number("share_at_risk", 100 * left / size, "patients at risk, of all of the experimental arm", "percent", 1)
    number("censored_before", size - left - known, "patients censored before that month", "patients")
    number("naive_survival", naive, "patients without a known event", "percent", 1)
    number("naive_excess", naive - here["experimental"], "that share less the Kaplan-Meier estimate", points, 1)
    number(
        "predicted_at_month", 100 * (here["control"] / 100) ** ratio, "predicted curve, experimental arm", "percent", 1
    )
    number("rmst_by_hand", areas["experimental"] - areas["control"], "difference of the areas", "months", 2)
    number(
        "median_ratio",
        medians["control"] / medians["experimental"],
        "control median over experimental median",
        "ratio",
        2,
    )
    number("median_difference", medians["experimental"] - medians["control"], "difference of the medians", "months", 1)
    number("reduction", 100 * (1 - ratio), "reduction of the hazard", "percent")
    # A constant hazard.
    rates = {arm: math.log(2) / medians[arm] for arm in EXPERIMENTAL_FIRST}
    expected = {}
    for arm, rate in rates.items():
        area, _ = quad(lambda t, rate=rate: 1 - math.exp(-rate * t), SHORTEST, LONGEST)
        expected[arm] = sizes[arm] * area / (LONGEST - SHORTEST)
    number("constant_hazard", rates["control"], "constant hazard per month, control arm", "statistic", 4)
    number("months_at_risk", events["control"] / rates["control"], "months at risk, control arm", "months")
    number("expected_events", expected["control"], "expected events, control arm", "events", 1)
    for arm, name in (("control", "missing_events"), ("experimental", "missing_events_experimental")):
        number(name, events[arm] - expected[arm], f"reported less expected events, {arm} arm", "events", 1)
    tables = {
        "curve": {"Month": months} | {f"{arm.capitalize()} (%)": percent[arm] for arm in EXPERIMENTAL_FIRST},
        "steps": dict(zip(("At risk", "Events"), zip(*steps))),
        "counts": {"Month": every}
        | {f"{arm.capitalize()}, at risk": at_risk[arm] for arm in EXPERIMENTAL_FIRST}
        | {f"{arm.capitalize()}, events before": before[arm] for arm in EXPERIMENTAL_FIRST},
    }
    _analysed(numbers, patients, curves["experimental"], fit, float(survival.log_rank(*joined, group).p_value))
    return tables, patients


def _write_rows(folder: Path, patients: Patients) -> None:
    """The rows of the simulated patients, as the report offers those of a curve."""
    folder.mkdir(parents=True)
    with (folder / "pseudo_patients.csv").open("w", encoding="utf-8", newline="") as file:
        file.write("# A hypothetical trial, drawn at random. No row is a patient, and no such trial exists.\n")
        file.write("# Columns: arm; months from randomisation; event, 1 for an event, 0 for censoring.\n")
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("arm", "months", "event"))
        for arm in EXPERIMENTAL_FIRST:
            writer.writerows((arm, f"{month:.1f}", int(event)) for month, event in zip(*patients[arm]))
    about = {"caption": "Hypothetical rows", "origin": "assumed", "source": SOURCE}
    (folder / "pseudo_patients.json").write_text(json.dumps(about), encoding="utf-8")


def _write_table(folder: Path, name: str, columns: Mapping[str, Iterable[Any]], decimals: Mapping[str, int]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(zip(*columns.values()))
    layout = {"caption": "Hypothetical", "origin": "assumed", "source": SOURCE, "decimals": decimals}
    (folder / f"{name}.json").write_text(json.dumps(layout), encoding="utf-8")


def _drawn(part: Callable[[_Numbers, np.random.Generator], Any], *seeds: int) -> tuple[_Numbers, Any]:
    """The numbers of a part and what it returns, from the first draw that is fit for its exercises."""
    for attempt in itertools.count():
        numbers = _Numbers()
        made = part(numbers, np.random.default_rng([*seeds, attempt]))
        if not numbers.unfit():
            return numbers, made


def write_hypothetical_results(folder: Path, seed: int, student: int) -> None:
    """Draw the numbers of a student, and write them as a folder of results.

    Parameters
    ----------
    folder : Path
        Where to write; as the report's results, with fewer numbers.
    seed : int
        The same seed gives the same numbers.
    student : int
        Number of the student; each has other numbers.
    """
    parts = [functools.partial(_trials, _first(seed, student)), _harms, _subgroups, _boundary, _curves, _rounding]
    drawn = [_drawn(part, seed, student, number) for number, part in enumerate(parts)]
    ratios, _, _, _, (tables, patients), rounding = (made for _, made in drawn)
    values: dict[str, dict[str, Any]] = {}
    for numbers, _ in drawn:
        for notebook, records in numbers.values.items():
            values.setdefault(notebook, {}).update(records)
    for notebook, records in values.items():
        (folder / notebook).mkdir(parents=True, exist_ok=True)
        (folder / notebook / "values.json").write_text(json.dumps(records), encoding="utf-8")
    _write_rows(folder / WITH_FILE / "files", patients)
    rows = [(name, one.value, one.lower, one.upper, one.level) for name, one in zip(TRIALS, ratios)]
    names = ("Trial", "Hazard ratio", "Lower", "Upper", "Level")
    for table, listed in (("trials", rows), ("sisters", rows[1:])):
        content = dict(zip(names, zip(*listed)))
        _write_table(folder / "lessons" / "tables", table, content, dict.fromkeys(names[1:], 2))
    _write_table(folder / "audit" / "tables", "rounding", rounding, dict.fromkeys(rounding, 0))
    for name, columns in tables.items():
        shares = {column: 3 for column in columns if column.endswith("(%)")}
        _write_table(folder / "lessons_survival" / "tables", name, columns, shares)
