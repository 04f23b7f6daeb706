"""Refuse a result that cannot be, or that another reported result of the same trial contradicts.

Bounds are wide where trials may differ (the interval of a hazard ratio against its P value) and exact where arithmetic decides
(patients of both arms and in all). What is rejected is held to its own row alone, because it lost a conflict.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from statistics import NormalDist
from typing import Any

import pandas as pd

from tourmaline.data.claims import resolved
from tourmaline.data.files import numbered_records
from tourmaline.data.ledger import printed_numbers
from tourmaline.data.printed import NO_NUMBER, decimals, number, percent_agrees
from tourmaline.data.refusing import refuse
from tourmaline.data.schemas import ARM_OF_ROLE, QUANTITIES

PATH, POOLED = "evidence/results.csv", "evidence/pooled.csv"
LEAST_LEVEL = 80  # percent; a lower level of an interval is taken to be a slip
COUNTED = ("patients", "events", "deaths")
UNITS_OF: Mapping[str, tuple[str, ...]] = {
    "n": ("patients",),
    "events": ("events", "deaths", "percent"),
    "median": ("months",),
    "hazard_ratio": ("ratio",),
    "p_value": ("probability",),
    "median_followup": ("months",),
    "minimum_followup": ("months",),
    "survival_rate": ("percent",),
    "number_at_risk": ("patients",),
    "median_age": ("years",),
    "median_creatinine_clearance": ("ml/min",),
}
UNITS_OF_OTHERS = ("patients", "percent", "probability")  # of responses, harms and characteristics
OF_A_MONTH = ("survival_rate", "number_at_risk")
OF_COMPARISONS = ("ratio", "probability")
SELDOM_RARE = (  # in percent a value below 1 is then taken to be a share, unless the note says otherwise
    *("survival_rate", "events", "overall_response"),
    *("complete_response", "vgpr_or_better", "stringent_complete_response"),
)
BELOW_ONE = "below 1 percent"
RANGES = {
    "percent": (0, 100),
    "probability": (0, 1),
    "months": (0, 600),
    "years": (0, 120),
    "ml/min": (0, 300),
    "ratio": (0, 100),
    **dict.fromkeys(COUNTED, (0, 1_000_000)),
}
SAME_PATIENTS = ("pfs", "os", "ttp")  # endpoints of everybody who was randomised; a response lasts in responders only
OUTCOMES = ("pfs", "os", *QUANTITIES)
UNIT_OF_CLAIM = {"ml/min per 1.73 m2": "ml/min"}
# Far outside what the trials here show (1.04, 0.15, 0.4), so that what was only analysed differently passes.
LARGEST_QUOTIENT_OF_Z = 1.35
LARGEST_EXCESS_OF_INFORMATION = 1.5
LARGEST_QUOTIENT_OF_MEDIANS = 2.0  # against the hazard ratio, which would be their quotient if hazards were constant
ASYMMETRY = 0.02  # of an interval of a ratio on its log scale, as a share of its width; beyond rounding
Z = NormalDist()


def _half_unit(text: str) -> float:
    return 0.5 * 10.0 ** -decimals(text)


def _agree(one: str, other: str) -> bool:
    """Whether two reported numbers can be the same one, rounded to different digits; also if one is not a number."""
    gap = abs(number(one) - number(other))
    return not gap > max(_half_unit(one), _half_unit(other)) * (1 + 1e-9)


def check_interval(path: str, line: Any, row: Mapping[str, Any], *, ratio: bool, in_use: bool) -> None:
    """An interval has both ends, in order, with the value between them; that of a ratio is even on its log scale.

    Parameters
    ----------
    path : str
        File below data/.
    line : int
        Line of the row.
    row : mapping
        value, lower, upper and level as reported.
    ratio : bool
        Whether the value is a ratio.
    in_use : bool
        Whether it was not rejected.

    Raises
    ------
    DataError
    """
    value, lower, upper = (number(row[column]) for column in ("value", "lower", "upper"))
    if bool(row["lower"]) != bool(row["upper"]):
        refuse(path, line, "upper" if row["lower"] else "lower", "an interval has one end alone", "Fill in both.")
    if lower > upper or (in_use and (lower > value or value > upper)):
        what = f"{value} does not lie between {lower} and {upper}"
        refuse(path, line, "value", what, "Reread the interval.")
    if row["level"] and not LEAST_LEVEL <= number(row["level"]) < 100:
        what = f"{row['level']} is not a level of an interval"
        refuse(path, line, "level", what, "Write it in percent, for example 95 or 97.6.")
    if not (ratio and in_use and 0 < lower < upper):
        return
    least, most = (lower - _half_unit(row["lower"])), (upper - _half_unit(row["upper"]))
    widest = lower + _half_unit(row["lower"]), upper + _half_unit(row["upper"])
    slack = ASYMMETRY * math.log(upper / lower)
    low = math.sqrt(max(least, 1e-9) * most) * math.exp(-slack) - _half_unit(row["value"])
    high = math.sqrt(widest[0] * widest[1]) * math.exp(slack) + _half_unit(row["value"])
    if not low <= value <= high:
        refuse(
            path,
            line,
            "value",
            f"{row['value']} is not in the middle of {row['lower']} to {row['upper']}, which is {math.sqrt(lower * upper):.3g} "
            "on the log scale",
            "Reread all three. The interval of a ratio is as long to either side on its log scale.",
        )


def _check_row(line: int, row: Mapping[str, Any], strings: Mapping[str, str]) -> None:
    """What a row says is possible by itself: its quantity has the unit, arm and month that such a quantity has."""
    quantity, unit, value = row["quantity"], row["unit"], strings["value"]
    units = UNITS_OF.get(quantity, UNITS_OF_OTHERS)
    if unit not in units:
        refuse(PATH, line, "unit", f"{quantity} in {unit}", f"Its unit is {' or '.join(units)}.")
    if not value:
        refuse(PATH, line, "value", "the value is missing", "A row is one reported result; remove it if there is none.")
    if (row["arm"] == "comparison") != (unit in OF_COMPARISONS):
        what = f"{quantity} of the arm {row['arm']!r} in {unit}"
        refuse(PATH, line, "arm", what, "Ratios and P values are of a comparison; nothing else is.")
    if (row["month"] is not None) != (quantity in OF_A_MONTH):
        what = f"{quantity} at month {row['month']}" if row["month"] is not None else f"{quantity} without a month"
        refuse(PATH, line, "month", what, f"{' and '.join(OF_A_MONTH)} have a month; nothing else has.")
    if bool(row["sided"]) != (quantity == "p_value"):
        what = f"{quantity} has the sides {row['sided']!r}"
        refuse(PATH, line, "sided", what, "A P value is two, one or unstated; nothing else has sides.")
    if unit in COUNTED and not value.isdigit():
        refuse(PATH, line, "value", f"{value!r} {unit}", "A count is a whole number.")
    if value in NO_NUMBER and unit != "months":
        refuse(PATH, line, "value", f"{value!r} {unit}", "Only a result in months may be not reached or not estimable.")
    if value.startswith("<") and unit not in ("probability", "percent"):
        refuse(PATH, line, "value", f"{value!r} {unit}", "Only a P value or a percentage is reported as a bound.")
    least, most = RANGES[unit]
    for column in ("value", "lower", "upper"):
        size = number(strings[column].removeprefix("<"))
        if size > most or size < least:
            what = f"{strings[column]} {unit} is not between {least} and {most}"
            refuse(PATH, line, column, what, "Reread it in the source.")
    in_doubt = row["standing"] != "rejected" and BELOW_ONE not in row["note"]
    if unit == "percent" and quantity in SELDOM_RARE and 0 < number(value) < 1 and in_doubt:
        remedy = f"Write {100 * number(value):g}, if {value} is a share. If it is a percentage, say `{BELOW_ONE}` in the note."
        refuse(PATH, line, "value", f"{quantity} of {value} percent", remedy)
    if unit == "ratio" and not number(value) > 0:
        refuse(PATH, line, "value", f"{number(value)} is not a hazard ratio", "A hazard ratio is above 0.")


def _check_claims(line: int, row: Mapping[str, Any]) -> None:
    """A claim of the paper that stands for a cell has the unit and the arm of its row."""
    known = printed_numbers()
    for column in ("value", "lower", "upper"):
        about = known.get(row[column].removeprefix("@")) if row[column].startswith("@") else None
        if about is None:
            continue
        if UNIT_OF_CLAIM.get(about.unit, about.unit) != row["unit"]:
            what = f"{row[column]} is reported in {about.unit}, this row is in {row['unit']}"
            refuse(PATH, line, column, what, "Name the claim that is meant.")
        arm = ARM_OF_ROLE.get(row["arm"], row["arm"])
        if about.arm and about.arm != arm:
            what = f"{row[column]} is of {about.arm}, this row of {arm}"
            refuse(PATH, line, column, what, "Name the claim that is meant.")


def _key(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return row["analysis"], row["arm"], row["quantity"], row["month"], row["unit"]


def _check_standings(rows: Mapping[int, dict[str, Any]]) -> dict[tuple[Any, ...], tuple[int, dict[str, Any]]]:
    """The accepted rows by what they say; one each, and what corroborates it agrees."""
    accepted: dict[tuple[Any, ...], tuple[int, dict[str, Any]]] = {}
    for line, row in rows.items():
        if row["standing"] == "accepted":
            if _key(row) in accepted:
                refuse(
                    PATH,
                    line,
                    "standing",
                    "a second value of the same result is accepted",
                    "Accept one value of a result; let the others corroborate it, or reject them with a note.",
                )
            accepted[_key(row)] = line, row
        if row["standing"] == "rejected" and not row["note"]:
            what = "a value is rejected without a reason"
            refuse(PATH, line, "note", what, "Say why, and name the conflict in conflicts.csv.")
    for line, row in rows.items():
        if row["standing"] != "corroborating":
            continue
        first, other = accepted.get(_key(row), (0, row))
        if not first:
            refuse(PATH, line, "standing", "it corroborates no accepted value", "Accept it, or correct its key.")
        for column in ("value", "lower", "upper"):
            if row["sided"] == other["sided"] and not _agree(row[column], other[column]):
                what = f"{row[column]} is said to corroborate {other[column]} of row {first}"
                refuse(PATH, line, column, what, "Reread both; if they disagree, reject one and record the conflict.")
    return accepted


class _Analysis:
    """The accepted results of one analysis."""

    def __init__(self, name: str, found: Mapping[tuple[Any, ...], tuple[int, dict[str, Any]]]) -> None:
        self.name = name
        self.found = {key[1:]: entry for key, entry in found.items() if key[0] == name}

    def row(self, arm: str, quantity: str, unit: str, month: Any = None) -> tuple[int, dict[str, Any]] | None:
        return self.found.get((arm, quantity, month, unit))

    def number(self, arm: str, quantity: str, unit: str) -> float:
        entry = self.row(arm, quantity, unit)
        return number(entry[1]["value"]) if entry else math.nan

    def of(self, arm: str, quantity: str) -> Iterator[tuple[int, dict[str, Any]]]:
        for key, entry in self.found.items():
            if key[:2] == (arm, quantity):
                yield entry


def _check_sums(analysis: _Analysis, totals: Mapping[str, float]) -> None:
    """Both arms add up; nobody is counted beyond the patients; percentages are those of their counts."""
    for quantity, unit in (("n", "patients"), ("events", "events"), ("events", "deaths")):
        one, two, both = (analysis.number(arm, quantity, unit) for arm in ("experimental", "control", "overall"))
        entry = analysis.row("overall", quantity, unit)
        if entry and one + two != both and not math.isnan(one + two):
            what = f"{both:g} {unit} in all are not {one:g} and {two:g} of the arms"
            refuse(PATH, entry[0], "value", what, "Reread the three in their sources.")
    for (arm, quantity, _, unit), (line, row) in analysis.found.items():
        total = totals.get(arm, math.nan)
        if unit in COUNTED and number(row["value"]) > total:
            what = f"{row['value']} {unit} are more than the {total:g} patients"
            refuse(PATH, line, "value", what, "Reread both in their sources.")
        percent = analysis.row(arm, quantity, "percent")
        counted = unit in COUNTED and row["month"] is None and percent and not math.isnan(total)
        if counted and not percent_agrees(int(row["value"]), int(total), percent[1]["value"]):
            what = f"{percent[1]['value']!r} percent contradicts {row['value']} of {total:g} in row {line}"
            refuse(PATH, percent[0], "value", what, "Reread count, patients and percentage in their sources.")


def _check_curve(analysis: _Analysis, arm: str, total: float) -> None:
    """Survival and patients at risk do not rise; at most the survivors are at risk; the median lies where half survive."""
    points: dict[str, list[tuple[int, int, str]]] = {}
    for quantity in OF_A_MONTH:
        points[quantity] = sorted((row["month"], line, row["value"]) for line, row in analysis.of(arm, quantity))
        for (month, _, before), (later, line, after) in zip(points[quantity], points[quantity][1:]):
            if number(after) > number(before):
                what = f"{after} at month {later} is more than {before} at month {month}"
                refuse(PATH, line, "value", what, f"A {quantity.replace('_', ' ')} does not rise.")
    rates = {month: (line, text) for month, line, text in points["survival_rate"]}
    for month, line, text in points["number_at_risk"]:
        most = total * (number(rates[month][1]) + _half_unit(rates[month][1])) / 100 if month in rates else math.nan
        if number(text) > most:
            what = f"{text} at risk at month {month}, but {rates[month][1]} percent of {total:g} survive it (row {rates[month][0]})"
            refuse(PATH, line, "value", what, "Reread both in their sources.")
    entry = analysis.row(arm, "median", "months")
    median = number(entry[1]["value"]) if entry else math.nan
    for month, (line, text) in rates.items():
        beyond = _half_unit(entry[1]["value"]) if entry else 0.0
        share, half = number(text), _half_unit(text)
        if (share - half > 50 and median + beyond < month) or (share + half < 50 and median - beyond > month):
            what = f"{text} percent at month {month} contradicts the median of {entry[1]['value']} months in row {entry[0]}"
            refuse(PATH, line, "value", what, "Reread both in their sources.")


def _standard_error(row: Mapping[str, Any]) -> float:
    """Standard error of the log hazard ratio that the interval says; nan without one."""
    lower, upper, level = (number(row[column]) for column in ("lower", "upper", "level"))
    if not (0 < lower < upper and LEAST_LEVEL <= level < 100):
        return math.nan
    return math.log(upper / lower) / 2 / Z.inv_cdf(0.5 + level / 200)


def _check_hazard_ratio(analysis: _Analysis) -> None:
    """The interval of a hazard ratio fits its P value and its events; the ratio fits the medians."""
    entry = analysis.row("comparison", "hazard_ratio", "ratio")
    if entry is None:
        return
    line, row = entry
    ratio, error = number(row["value"]), _standard_error(row)
    tested = analysis.row("comparison", "p_value", "probability")
    if tested and not math.isnan(error):
        _check_p_value(tested, row, abs(math.log(ratio)) / error)
    events = [
        next(filter(None, (analysis.row(arm, "events", unit) for unit in ("events", "deaths"))), None)
        for arm in ("experimental", "control")
    ]
    if all(events) and not math.isnan(error):
        one, two = (number(found[1]["value"]) for found in events)
        quotient = error**-2 / (one * two / (one + two)) if one and two else math.inf
        if not 1 / LARGEST_EXCESS_OF_INFORMATION <= quotient <= LARGEST_EXCESS_OF_INFORMATION:
            what = (
                f"{row['lower']} to {row['upper']} is the interval of about {4 * error**-2:.0f} events, "
                f"but {one:g} and {two:g} are reported (rows {events[0][0]} and {events[1][0]})"
            )
            refuse(PATH, line, "lower", what, "Reread interval, level and events in their sources.")
    medians = [analysis.number(arm, "median", "months") for arm in ("control", "experimental")]
    quotient = medians[0] / medians[1] / ratio if medians[1] else math.nan
    if quotient > LARGEST_QUOTIENT_OF_MEDIANS or quotient < 1 / LARGEST_QUOTIENT_OF_MEDIANS:
        what = f"a hazard ratio of {row['value']} does not fit medians of {medians[0]:g} (control) and {medians[1]:g} months"
        refuse(PATH, line, "value", what, "Reread the three in their sources: are the arms exchanged?")


def _check_p_value(tested: tuple[int, dict[str, Any]], row: Mapping[str, Any], z: float) -> None:
    line, test = tested
    text = test["value"].removeprefix("<")
    bound, sides = test["value"].startswith("<"), {"two": (2,), "one": (1,)}.get(test["sided"], (1, 2))
    for side in sides:
        most = min(number(text) + (0 if bound else _half_unit(text)), 0.999 * side)
        least = 0.0 if bound else max(number(text) - _half_unit(text), 1e-12)
        slack = LARGEST_QUOTIENT_OF_Z
        lowest = Z.inv_cdf(1 - most / side) / slack - 0.1
        highest = math.inf if bound else Z.inv_cdf(1 - least / side) * slack + 0.1
        if lowest <= z <= highest:
            return
    what = (
        f"P {test['value']} contradicts {row['value']} ({row['lower']} to {row['upper']}), which gives "
        f"{2 * (1 - Z.cdf(z)):.2g} on two sides"
    )
    refuse(PATH, line, "value", what, "Reread P value, hazard ratio, interval and level in their sources.")


def _totals(analyses: Mapping[str, Mapping[str, Any]], accepted: Mapping[Any, Any]) -> dict[tuple[str, str], dict]:
    """Patients by trial and population, of each arm: the same in all analyses of those who were randomised."""
    found: dict[tuple[str, str], dict[str, tuple[int, float]]] = {}
    for (name, arm, quantity, _, _), (line, row) in accepted.items():
        about = analyses.get(name)
        if quantity != "n" or about is None or about["endpoint"] not in SAME_PATIENTS:
            continue
        arms = found.setdefault((about["trial"], about["population"]), {})
        first, patients = arms.setdefault(arm, (line, number(row["value"])))
        if patients != number(row["value"]):
            what = f"{row['value']} patients, but {patients:g} in row {first}, of the same arm and population"
            refuse(PATH, line, "value", what, "Reread both; if the patients differ, give the population another name.")
    return {key: {arm: patients for arm, (_, patients) in arms.items()} for key, arms in found.items()}


def check_results(frame: pd.DataFrame, analyses: pd.DataFrame) -> None:
    """Check the results of all analyses, each by itself and against the others of its trial.

    Parameters
    ----------
    frame : DataFrame
        Rows of evidence/results.csv, as `load` gives them.
    analyses : DataFrame
        Rows of evidence/analyses.csv.

    Raises
    ------
    DataError
        For the first that is impossible or contradicted; names row and column, and what contradicts it.
    """
    rows = {}
    for line, row in numbered_records(frame):
        strings = {column: resolved(row[column]) for column in ("value", "lower", "upper")}
        interval, level = bool(row["lower"] or row["upper"]), bool(row["level"])
        check_interval(PATH, line, row | strings, ratio=row["unit"] == "ratio", in_use=row["standing"] != "rejected")
        if level > interval or (row["standing"] == "accepted" and interval > level):
            what = "an interval in use and its level must stand together"
            refuse(PATH, line, "level", what, "Fill in both, or neither.")
        _check_row(line, row, strings)
        _check_claims(line, row)
        rows[line] = row | strings
    accepted = _check_standings(rows)
    about = analyses.set_index("analysis").to_dict("index")
    totals = _totals(about, accepted)
    for name in dict.fromkeys(key[0] for key in accepted):
        analysis = _Analysis(name, accepted)
        known = totals.get((about[name]["trial"], about[name]["population"]), {}) if name in about else {}
        own = {arm: analysis.number(arm, "n", "patients") for arm in ("experimental", "control", "overall")}
        patients = {arm: known.get(arm, math.nan) if math.isnan(size) else size for arm, size in own.items()}
        _check_sums(analysis, patients)
        for arm in patients:
            _check_curve(analysis, arm, patients[arm])
        _check_hazard_ratio(analysis)


def check_pooled(frame: pd.DataFrame) -> None:
    """Check what published meta-analyses print: a value, an interval around it, a share.

    Raises
    ------
    DataError
        For the first row that cannot be; names row and column.
    """
    for line, row in numbered_records(frame):
        in_use, ratio = row["standing"] == "accepted", row["measure"] != "risk-reduction"
        least, most = RANGES["ratio" if ratio else "percent"]
        for column in ("value", "lower", "upper"):
            size = number(row[column])
            if (column == "value" or row[column]) and not least <= size <= most:
                what = f"{row[column]!r} is not a valid {row['measure'].replace('-', ' ')}"
                refuse(POOLED, line, column, what, f"Write the reported number, from {least} to {most}.")
        if ratio and not number(row["value"]) > 0:
            refuse(POOLED, line, "value", f"{row['value']} is not a ratio", "A ratio is above 0.")
        if row["i_squared"] and not 0 <= number(row["i_squared"]) <= 100:
            what = f"{row['i_squared']!r} is not a value of I-squared"
            refuse(POOLED, line, "i_squared", what, "Write it in percent, from 0 to 100.")
        check_interval(POOLED, line, row, ratio=ratio, in_use=in_use)
        if bool(row["lower"]) != bool(row["level"]):
            what = "an interval and its level must stand together"
            refuse(POOLED, line, "level", what, "Fill in both, or neither.")
        about = row["pool"].split(".")[1].replace("-", "_")
        if about in OUTCOMES and about != row["outcome"]:
            what = f"the outcome of {row['pool']!r} is {row['outcome']!r}"
            refuse(POOLED, line, "outcome", what, "Correct the outcome, or the name.")
        if not in_use and not row["note"]:
            what = "a value is rejected without a reason"
            refuse(POOLED, line, "note", what, "Say why, and name the conflict in conflicts.csv.")
