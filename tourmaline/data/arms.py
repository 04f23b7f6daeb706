"""Rates of response and of adverse events in the arms of all trials, and the control arms side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import pandas as pd

from tourmaline.data.comparison import SILENT, printed_ratio, words
from tourmaline.data.evidence import analyses, chronological, fact, trials
from tourmaline.data.files import load, records
from tourmaline.data.printed import number, percent_agrees
from tourmaline.data.tables import counts
from tourmaline.errors import EvidenceError
from tourmaline.identity import identity
from tourmaline.roles import ARMS

if TYPE_CHECKING:
    from tourmaline.data.known import Evidence

RESPONSES = {
    "overall_response": "Overall response",
    "complete_response": "Complete response or better",
    "vgpr_or_better": "Very good partial response or better",
}
EVENTS = {
    "grade_3_adverse_event": "Any event of grade 3 or higher",
    "serious_adverse_event": "Any serious event",
    "discontinuation": "Stopped treatment because of an adverse event",
    "death_on_treatment": "Death during treatment",
    "neutropenia_3_4": "Neutropenia, grade 3 or 4",
    "thrombocytopenia_3_4": "Thrombocytopenia, grade 3 or 4",
    "anaemia_3_4": "Anaemia, grade 3 or 4",
    "peripheral_neuropathy": "Peripheral neuropathy, any grade",
}
OUTCOMES = {
    "median_pfs": "Median progression-free survival (months)",
    "median_os": "Median overall survival (months)",
    "overall_response": "Overall response (percent)",
}


def _analyses_of(trial: str, endpoint: str) -> list[str]:
    """The analyses of all who were randomised, or treated, in the order in which they were made."""
    frame = analyses()
    frame = frame[
        (frame["trial"] == trial)
        & (frame["endpoint"] == endpoint)
        & frame["population"].isin(["intention-to-treat", "safety"])
        & (frame["role"] != "subgroup")
    ]
    return list(chronological(frame).index)


def _patients(facts: pd.DataFrame, trial: str, analysis: str, arm: str) -> int | None:
    own = fact(facts, analysis, "n", arm, "patients")
    if own is None and analyses().loc[analysis, "population"] == "intention-to-treat":
        own = next(
            (found for name in _analyses_of(trial, "pfs") if (found := fact(facts, name, "n", arm)) is not None), None
        )
    return None if own is None else int(own["value"])


def count_of_percent(percent: str, patients: int) -> int | None:
    """The one count whose percentage is the reported one; None if several could be, or none.

    Parameters
    ----------
    percent : str
        As reported, with its decimals.
    patients : int
        Patients of whom it is the percentage.

    Examples
    --------
    >>> count_of_percent("11.1", 36), count_of_percent("11", 361)
    (4, None)
    """
    fitting = [count for count in range(patients + 1) if percent_agrees(count, patients, percent)]
    return fitting[0] if len(fitting) == 1 else None


def _rate(facts: pd.DataFrame, trial: str, analysis: str, arm: str, quantity: str) -> dict | None:
    """Percentage, count and patients of one arm; the count is None where the sources leave it open."""
    patients = _patients(facts, trial, analysis, arm)
    printed = fact(facts, analysis, quantity, arm, "patients")
    if printed is not None and patients:
        count, percent, derived = int(printed["value"]), 100 * int(printed["value"]) / patients, False
    else:
        printed = fact(facts, analysis, quantity, arm, "percent")
        if printed is None:
            return None
        count = count_of_percent(printed["value"], patients) if patients else None
        percent, derived = number(printed["value"]), count is not None
    return {
        "percent": percent,
        "count": count,
        "patients": patients,
        "derived": derived,
        "added": False,
        "source": printed["source"],
        "quote_kept": printed["quote_kept"],
    }


def _rate_or_sum(facts: pd.DataFrame, trial: str, analysis: str, arm: str, quantity: str) -> dict | None:
    whole = _rate(facts, trial, analysis, arm, quantity)
    if whole is not None or not quantity.endswith("_3_4"):
        return whole
    parts = [_rate(facts, trial, analysis, arm, quantity.removesuffix("_3_4") + grade) for grade in ("_3", "_4")]
    if None in parts:
        return None
    counts = [part["count"] for part in parts]
    count = None if None in counts else sum(counts)
    percent = sum(part["percent"] for part in parts) if count is None else 100 * count / parts[0]["patients"]
    return parts[0] | {"count": count, "percent": percent, "added": True}


def rates(evidence: Evidence, names: Sequence[str], endpoint: str) -> pd.DataFrame:
    """How many had a response, or an adverse event, in the arms of each trial.

    Of each trial the first analysis of all who were randomised or treated that prints the rate is taken. Where only a
    percentage is reported, the count is the one whole number that gives it; where several do, or the number of patients
    is not known, there is none. Grades 3 and 4 that are reported apart are added, as if no patient had both.

    Parameters
    ----------
    names : sequence of str
        Names of trials.
    endpoint : str
        'response' or 'safety'.

    Returns
    -------
    DataFrame
        One row an outcome and trial: outcome, quantity, name, label, and for each arm percent, count, patients (count
        and patients NA where not known); derived (count from a percentage), added (grades 3 and 4), source, quote_kept.
    """
    facts, about = evidence.results(), trials().reset_index().set_index("name")
    rows = []
    for quantity, outcome in (RESPONSES if endpoint == "response" else EVENTS).items():
        for name in names:
            trial = about.loc[name]
            for analysis in _analyses_of(trial["trial"], endpoint):
                both = {arm: _rate_or_sum(facts, trial["trial"], analysis, arm, quantity) for arm in reversed(ARMS)}
                if None in both.values():
                    continue
                row = {
                    "outcome": outcome,
                    "quantity": quantity,
                    "name": name,
                    "label": f"{trial['experimental_label']} against {trial['control_label']}",
                }
                for arm, rate in both.items():
                    row |= {f"{part}_{arm}": rate[part] for part in ("percent", "count", "patients")}
                row |= {part: any(rate[part] for rate in both.values()) for part in ("derived", "added")}
                rows.append(row | {part: both["control"][part] for part in ("source", "quote_kept")})
                break
    frame = pd.DataFrame(rows)
    whole = [f"{part}_{arm}" for part in ("count", "patients") for arm in ARMS]
    return frame.astype(dict.fromkeys(whole, "Int64")) if rows else frame


def reported_times(evidence: Evidence, names: Mapping[str, str]) -> pd.DataFrame:
    """Hazard ratio, medians and patients of analyses of times to an event, as reported by a date.

    Parameters
    ----------
    names : mapping of str to str
        What each analysis is called, to its name in analyses.csv.

    Returns
    -------
    DataFrame
        One row an analysis whose hazard ratio was reported, indexed by what it is called: hazard_ratio, lower, upper, digits,
        level (fraction), p_value, sides, source and claim as of `hazard_ratios`; for each arm median (months; nan where it is
        not reported or was not reached), median_digits (as reported) and patients.

    Raises
    ------
    EvidenceError
        If none was reported by that date.
    """
    facts, about = evidence.results(), analyses()
    rows = {}
    for called, name in names.items():
        if fact(facts, name, "hazard_ratio", "comparison") is None:
            continue
        rows[called] = printed_ratio(facts, name)
        for arm in ARMS:
            median = fact(facts, name, "median", arm)
            rows[called][f"median_digits_{arm}"] = digits = "" if median is None else median["value"]
            rows[called][f"median_{arm}"] = number(digits)
            rows[called][f"patients_{arm}"] = _patients(facts, about.loc[name, "trial"], name, arm)
    if not rows:
        raise EvidenceError(
            f"by {evidence.as_of} no source reports a hazard ratio of {', '.join(names.values())}",
            remedy="Choose a later as_of.",
        )
    return pd.DataFrame.from_dict(rows, orient="index")


def outcome_counts(evidence: Evidence) -> pd.DataFrame:
    """How many patients of each arm had an outcome of data/judgements/outcomes.csv that is counted, by a date.

    Returns
    -------
    DataFrame
        One row an outcome that was reported, indexed by its name, in the order of the file: count and patients of each arm.
    """
    facts, paper_is_out = evidence.results(), evidence.includes(identity().paper)
    rows = {}
    for row in records(load("judgements/outcomes.csv")):
        if row["claim"] and paper_is_out:
            table, name, _, severity, _ = row["claim"].split(".")
            cell = counts(int(table[-1]), severity).set_index("row").loc[name]
            both = {arm: {"count": cell[f"count_{arm}"], "patients": cell[f"denominator_{arm}"]} for arm in ARMS}
        elif row["analysis"] and row["quantity"] != "hazard_ratio":
            trial = analyses().loc[row["analysis"], "trial"]
            both = {arm: _rate_or_sum(facts, trial, row["analysis"], arm, row["quantity"]) for arm in ARMS}
        else:
            continue
        known = [both[arm] and both[arm][part] for part in ("count", "patients") for arm in ARMS]
        if None not in known:
            rows[row["outcome"]] = [int(part) for part in known]
    columns = [f"{part}_{arm}" for part in ("count", "patients") for arm in ARMS]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns)


def _of_control(facts: pd.DataFrame, trial: str, outcome: str) -> pd.Series | None:
    """The reported outcome of a trial's control arm, from the last formal analysis that prints it."""
    endpoint, quantity, unit = {
        "median_pfs": ("pfs", "median", "months"),
        "median_os": ("os", "median", "months"),
        "overall_response": ("response", "overall_response", "percent"),
    }[outcome]
    names = _analyses_of(trial, endpoint)
    formal = [name for name in names if analyses().loc[name, "role"] in ("primary", "final", "sensitivity")]
    found = [fact(facts, name, quantity, "control", unit) for name in formal]
    return next((row for row in reversed(found) if row is not None), None)


def control_outcomes(evidence: Evidence, names: Sequence[str]) -> pd.DataFrame:
    """What happened in the control arms, as numbers: one row an outcome and trial; outcome, name, digits (the value as
    reported), value, lower, upper.

    A limit that is not reported is nan.
    """
    facts, about = evidence.results(), trials().reset_index().set_index("name")
    rows = [
        {"outcome": label, "name": name, "digits": found["value"]}
        | {part: number(found[part]) for part in ("value", "lower", "upper")}
        for outcome, label in OUTCOMES.items()
        for name in names
        if (found := _of_control(facts, about.loc[name, "trial"], outcome)) is not None
    ]
    return pd.DataFrame(rows, columns=["outcome", "name", "digits", "value", "lower", "upper"])


def control_arms(evidence: Evidence, names: Sequence[str]) -> pd.DataFrame:
    """The control arms side by side, as reported: one row a quantity, one column a trial.

    Where a source gives a number for both arms together only, it says so.
    """
    facts, about = evidence.results(), trials().reset_index().set_index("name")
    columns = {}
    for name in names:
        trial = about.loc[name, "trial"]
        column = {"Control regimen": about.loc[name, "control"]}
        column |= {label: words(_of_control(facts, trial, outcome)) for outcome, label in OUTCOMES.items()}
        for quantity, label in identity().characteristics.items():
            column[label] = words(fact(facts, f"{trial}.baseline", quantity, "control"))
            if column[label] == SILENT:
                both = words(fact(facts, f"{trial}.baseline", quantity, "overall"))
                column[label] = both if both == SILENT else f"{both} (both arms)"
        columns[name] = column
    return pd.DataFrame(columns).rename_axis("").reset_index()
