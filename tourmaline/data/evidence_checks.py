"""Refuse evidence that does not hang together: an analysis without results, impossible dates, a design without its source."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from functools import partial
from typing import Any

import pandas as pd

from tourmaline.data.evidence import BEFORE_FINAL, chronological
from tourmaline.data.files import numbered_records
from tourmaline.data.printed import decimals, number
from tourmaline.data.references import Source
from tourmaline.data.refusing import refuse
from tourmaline.data.schemas import WHOLE_POPULATIONS
from tourmaline.errors import DataError, nearest

TRIALS = "evidence/trials.csv"
ANALYSES = "evidence/analyses.csv"
RESULTS = "evidence/results.csv"
DESIGNS = "evidence/designs.csv"
CONFLICT = re.compile(r"\bconflict ([a-z0-9][a-z0-9_-]*)")  # how a note names a row of conflicts.csv
REPLACES = re.compile(
    r"\breplaces ([a-z0-9][a-z0-9.-]*[a-z0-9])"
)  # how the note of a final analysis names an earlier one
SHORTEST_MONTH = 30  # days; a source may count months so
OF_ONE_TRIAL = ("trial", "name", "registration")  # the columns of trials.csv in which no cell stands twice
CORE = "core"  # stands for several trials in a list of them


def refused_of_trial(column: str, cell: str, others: pd.DataFrame) -> str:
    """What forbids a cell of a trial beside the other trials, in words that follow on the cell; '' if nothing does.

    Parameters
    ----------
    column : str
        Of trials.csv.
    cell : str
        The cell.
    others : DataFrame
        Rows of the other trials, by their lines.

    Returns
    -------
    str
    """
    if column == "name" and ("," in cell or cell.casefold() == CORE):
        return f"must hold no comma and not be {CORE!r}, so that a list of trials can name it"
    if cell and column in OF_ONE_TRIAL:
        for line, other in others[column].items():
            if other.casefold() == cell.casefold():
                where = f"row {line} of data/{TRIALS}, the trial {others.loc[line, 'trial']!r}"
                return f"stands already in {where}; `tourmaline add result` adds to that trial"
    return ""


def check_analyses(analyses: pd.DataFrame, results: pd.DataFrame, trials: pd.DataFrame, today: str) -> None:
    """Trials differ; every analysis has results, or says why not; name, role and data cut-off fit it, its trial and the data's date.

    Parameters
    ----------
    analyses, results, trials : DataFrame
        Rows of the files of these names in data/evidence, as `load` gives them.
    today : str
        The date of the data, YYYY-MM-DD; empty if there is none.

    Raises
    ------
    DataError
        For the first that does not; names file, row and column.
    """
    known, accrual = set(results["analysis"]), {}
    for line, trial in numbered_records(trials):
        for column in OF_ONE_TRIAL:
            if refused := refused_of_trial(column, trial[column], trials.loc[: line - 1]):
                refuse(TRIALS, line, column, f"{trial[column]!r} {refused}", "Correct it, or remove the row.")
        first, last = trial["accrual_first"], trial["accrual_last"]
        if first and last and last[: len(first)] < first[: len(last)]:
            what = f"the last entry, {last}, is before the first, {first}"
            refuse(TRIALS, line, "accrual_last", what, "Reread both in their sources.")
        if bool(first) != bool(last):
            what = "accrual has one end alone"
            refuse(TRIALS, line, f"accrual_{'last' if first else 'first'}", what, "Fill in both, or neither.")
        accrual[trial["trial"]] = last
        for column, wanted in (("experimental", True), ("control", False)):
            if (trial["added_drug"] in trial[column]) != wanted:
                what = f"the {column} regimen is {trial[column]!r}, and the added drug {trial['added_drug']!r}"
                remedy = "The added drug is part of the experimental regimen and not of the control."
                refuse(TRIALS, line, column, what, remedy)
        if ("placebo" in trial["control"]) != ("placebo" in trial["control_label"]):
            what = f"the control is {trial['control']!r}, and its short form {trial['control_label']!r}"
            refuse(TRIALS, line, "control_label", what, "Both name a placebo, or neither does.")
    for line, analysis in numbered_records(analyses):
        at, cutoff = partial(refuse, ANALYSES, line), analysis["data_cutoff"]
        if analysis["analysis"] not in known and not analysis["note"]:
            what = f"the analysis {analysis['analysis']!r} has no results"
            at("analysis", what, "Restore its rows of results.csv, or say in its note why there are none.")
        start = f"{analysis['trial']}.{analysis['endpoint']}"
        if not f"{analysis['analysis']}.".startswith(f"{start}."):
            what = f"{analysis['analysis']!r} is an analysis of {analysis['endpoint']} of {analysis['trial']}"
            at("analysis", what, f"Its name begins with {start}; correct the name, the trial or the endpoint.")
        if (analysis["role"] == "subgroup") != (analysis["population"] not in WHOLE_POPULATIONS):
            what = f"the role {analysis['role']!r} and the population {analysis['population']!r} do not fit"
            remedy = (
                f"A subgroup is part of the patients; populations of a whole trial: {', '.join(WHOLE_POPULATIONS)}."
            )
            at("role", what, remedy)
        if not cutoff:
            continue
        entered = accrual.get(analysis["trial"], "")
        if cutoff[: len(entered)] < entered:
            what = f"the data cut-off, {cutoff}, is before the last patient entered, {entered}"
            at("data_cutoff", what, "Reread both in their sources; dates of accrual stand in trials.csv.")
        if today and cutoff > today:
            what = f"the data cut-off, {cutoff}, is after {today}, the date of the data"
            at("data_cutoff", what, "Reread it in its source. The date of the data is `created` in datapackage.json.")
    _check_final(analyses)


def _check_final(analyses: pd.DataFrame) -> None:
    """No primary or interim analysis was cut off after a final one; a second final one says which it replaces."""
    groups: dict[tuple[str, ...], dict[int, dict[str, Any]]] = {}
    for line, row in numbered_records(analyses):
        groups.setdefault((row["trial"], row["endpoint"], row["population"]), {})[line] = row
    for group in groups.values():
        lines = [line for line, row in group.items() if row["role"] == "final"]
        if not lines:
            continue
        final = chronological(analyses.loc[lines].reset_index().set_index("analysis"))
        for line, row in group.items():
            if row["role"] not in BEFORE_FINAL:
                continue
            for name, cutoff in final["data_cutoff"].items():
                if row["data_cutoff"] > cutoff > "":
                    what = f"the data cut-off of this {row['role']} analysis, {row['data_cutoff']}, is after that of {name}, {cutoff}"
                    refuse(ANALYSES, line, "data_cutoff", what, "Reread both dates and roles in their sources.")
        for before, (name, row) in zip(final.index, list(final.iterrows())[1:]):
            if before not in REPLACES.findall(row["note"]):
                what = f"{name!r} is a second final analysis of its endpoint, after {before!r}"
                remedy = f"If it is compared instead, write `replaces {before}` into its note; follow-up without a test is an update."
                refuse(ANALYSES, row["line"], "role", what, remedy)


def check_sources(analyses: pd.DataFrame, results: pd.DataFrame, sources: Mapping[str, Source], today: str) -> None:
    """No source is older than the data it reports, or in the future; every reported value has its place in the source.

    Parameters
    ----------
    analyses, results : DataFrame
        Rows of the files of these names.
    sources : mapping of str to Source
        The references by key.
    today : str
        The date of the data, YYYY-MM-DD; empty if there is none.

    Raises
    ------
    DataError
        For the first that is not; names file, row and column.
    """
    for key, source in sources.items():
        if today and source.published > today[: len(source.published)]:
            raise DataError(
                f"{key} is published {source.published}, after {today}, the date of the data",
                where="data/references.bib",
                remedy="Reread it. The date of the data is `created` in datapackage.json.",
            )
    cutoffs = dict(zip(analyses["analysis"], analyses["data_cutoff"]))
    for line, row in numbered_records(results):
        at = partial(refuse, RESULTS, line)
        published = sources[row["source"]].known_from if row["source"] in sources else None
        cutoff = cutoffs.get(row["analysis"], "")
        if published and cutoff and published.isoformat() < cutoff:
            what = f"{row['source']} was published on {published}, before the data cut-off of {cutoff}"
            at("source", what, "Name the source that prints this value, or correct the data cut-off in analyses.csv.")
        if not row["locator"] and not row["value"].startswith("@"):
            at("locator", "the place in the source is missing", "Say where it is reported: a table, a section, a page.")


def check_months(
    analyses: pd.DataFrame,
    results: pd.DataFrame,
    trials: pd.DataFrame,
    sources: Mapping[str, Source],
    reported: Mapping[str, Mapping[int, str]],
) -> None:
    """No time is longer than anybody can have been followed: from the first entry to the data cut-off.

    It holds medians, their limits, follow-up, and the months of rates and of patients at risk, where somebody is. Where a cut-off is
    not reported, the day on which the source counts stands for it. A source may round, and count months of 30 days.

    Parameters
    ----------
    analyses, results, trials : DataFrame
        Rows of the files of these names.
    sources : mapping of str to Source
        The references by key.
    reported : mapping of str to mapping of int to str
        The reported value, lower and upper of each row of `results`, by column and line.

    Raises
    ------
    DataError
    """
    about = analyses.set_index("analysis")[["trial", "data_cutoff"]].to_dict("index")
    entered = trials.set_index("trial")["accrual_first"].to_dict()
    for line, row in numbered_records(results):
        if row["standing"] == "rejected" or row["analysis"] not in about:
            continue
        analysis = about[row["analysis"]]
        first = entered.get(analysis["trial"], "")
        end = _end_of_followup(analysis["data_cutoff"], sources.get(row["source"]))
        if not first or end is None:
            continue
        months = {name: reported[name][line] for name in reported} if row["unit"] == "months" else {}
        if not pd.isna(row["month"]) and reported["value"][line] != "0":
            months["month"] = str(row["month"])
        days = (end - datetime.date.fromisoformat(first if len(first) == len("2014-10-30") else f"{first}-01")).days
        for column, text in months.items():
            if number(text) - 0.5 * 10.0 ** -decimals(text) > days / SHORTEST_MONTH:
                what = f"{text} months are longer than anybody was followed, from {first} to {end}: {12 * days / 365.25:.1f} months"
                remedy = (
                    "Reread it, the data cut-off in analyses.csv and the first entry in trials.csv in their sources."
                )
                refuse(RESULTS, line, column, what, remedy)


def _end_of_followup(cutoff: str, source: Source | None) -> datetime.date | None:
    return datetime.date.fromisoformat(cutoff) if cutoff else source and source.known_from


def check_later_events(analyses: pd.DataFrame, results: pd.DataFrame, reported: Mapping[int, str]) -> None:
    """Events of the same patients do not become fewer from one data cut-off to the next.

    Parameters
    ----------
    analyses, results : DataFrame
        Rows of the files of these names.
    reported : mapping of int to str
        The reported value of each row of `results`, by its line.

    Raises
    ------
    DataError
    """
    about, before = analyses.set_index("analysis").to_dict("index"), {}
    counted = results[
        (results["quantity"] == "events") & (results["unit"] != "percent") & (results["standing"] == "accepted")
    ]
    rows = [(about[row["analysis"]], line, row) for line, row in numbered_records(counted) if row["analysis"] in about]
    for analysis, line, row in sorted(rows, key=lambda entry: entry[0]["data_cutoff"]):
        if not analysis["data_cutoff"]:
            continue
        key = (*(analysis[part] for part in ("trial", "endpoint", "population")), row["arm"], row["unit"])
        first, events = before.get(key, (0, 0.0))
        if number(reported[line]) < events:
            what = (
                f"{reported[line]} {row['unit']} by {analysis['data_cutoff']} are fewer than the {events:g} of row {first}, "
                "an earlier analysis of the same patients"
            )
            refuse(RESULTS, line, "value", what, "Reread both in their sources.")
        before[key] = line, number(reported[line])


def check_designs(designs: pd.DataFrame) -> None:
    """What is said of a design has a source, a place in it and quote_kept; where nothing is said, none stands, and a note says so.

    Raises
    ------
    DataError
        For the first row in which they do not fit.
    """
    for line, row in numbered_records(designs):
        for column in ("source", "locator", "quote_kept"):
            if bool(row[column]) != bool(row["value"]):
                what = f"the value {row['value']!r} and the {column} {row[column]!r} do not fit"
                remedy = "A value has a source, a place in it and quote_kept; without a value they are empty."
                refuse(DESIGNS, line, column, what, remedy)
        if not row["value"] and not row["note"]:
            what = "the row has neither a value nor a note"
            refuse(DESIGNS, line, "value", what, "Fill in what the sources say, or say in the note that they do not.")


def check_conflicts(path: str, frame: pd.DataFrame, conflicts: pd.DataFrame) -> None:
    """A conflict that a note names stands in conflicts.csv, and what is rejected names one.

    Parameters
    ----------
    path : str
        File below data/.
    frame : DataFrame
        Its rows, with a note and, where values can be rejected, a standing.
    conflicts : DataFrame
        Rows of evidence/conflicts.csv.

    Raises
    ------
    DataError
    """
    known = list(conflicts["conflict"])
    for line, row in numbered_records(frame):
        at, named = partial(refuse, path, line), CONFLICT.findall(row["note"])
        if unknown := [name for name in named if name not in known]:
            what = f"the conflict {unknown[0]!r} does not stand in conflicts.csv"
            at("note", what, f"{nearest(unknown[0], known)} Add it there, or correct it here.".strip())
        if row.get("standing") == "rejected" and row["note"] and not named:
            what = f"a value is rejected, and {row['note']!r} names no conflict"
            at("note", what, "Write `conflict` and the name of the row of conflicts.csv that says what was decided.")
