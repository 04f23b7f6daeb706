"""Refuse evidence that does not hang together: an analysis without results, dates out of order, a design without its source."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial

import pandas as pd

from tourmaline.data.printed import number
from tourmaline.data.references import Source
from tourmaline.data.refusing import refuse
from tourmaline.errors import nearest

TRIALS = "evidence/trials.csv"
ANALYSES = "evidence/analyses.csv"
RESULTS = "evidence/results.csv"
DESIGNS = "evidence/designs.csv"
CONFLICT = re.compile(r"\bconflict ([a-z0-9][a-z0-9_-]*)")  # how a note names a row of conflicts.csv
WHOLE_POPULATIONS = ("intention-to-treat", "response-evaluable", "safety", "not-stated")


def check_analyses(analyses: pd.DataFrame, results: pd.DataFrame, trials: pd.DataFrame) -> None:
    """Every analysis has results, or says why not; name and role fit; its cut-off follows those above it and the accrual.

    Parameters
    ----------
    analyses, results, trials : DataFrame
        Rows of the files of these names in data/evidence, as `load` gives them.

    Raises
    ------
    DataError
        For the first that does not; names file, row and column.
    """
    known, accrual, latest = set(results["analysis"]), {}, {}
    for line, trial in zip(trials.index, trials.to_dict("records")):
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
    for line, analysis in zip(analyses.index, analyses.to_dict("records")):
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
        key = analysis["trial"], analysis["endpoint"], analysis["population"]
        before, row = latest.get(key, ("", 0))
        if cutoff < before:
            what = f"the data cut-off, {cutoff}, is before that of row {row}, {before}"
            remedy = (
                "Analyses of an endpoint stand in the order of their data cut-offs. Reread the date, or move the row."
            )
            at("data_cutoff", what, remedy)
        latest[key] = cutoff, line


def check_sources(analyses: pd.DataFrame, results: pd.DataFrame, sources: Mapping[str, Source]) -> None:
    """No source is older than the data it reports, and every reported value has its place in the source.

    Raises
    ------
    DataError
        For the first that is not; names file, row and column.
    """
    cutoffs = dict(zip(analyses["analysis"], analyses["data_cutoff"]))
    for line, row in zip(results.index, results.to_dict("records")):
        at = partial(refuse, RESULTS, line)
        published = sources[row["source"]].known_from if row["source"] in sources else None
        cutoff = cutoffs.get(row["analysis"], "")
        if published and cutoff and published.isoformat() < cutoff:
            what = f"{row['source']} was published on {published}, before the data cut-off of {cutoff}"
            at("source", what, "Name the source that prints this value, or correct the data cut-off in analyses.csv.")
        if not row["locator"] and not row["value"].startswith("@"):
            at("locator", "the place in the source is missing", "Say where it is reported: a table, a section, a page.")


def check_later_events(analyses: pd.DataFrame, results: pd.DataFrame, printed: Mapping[int, str]) -> None:
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
    rows = [(about[row["analysis"]], line, row) for line, row in counted.iterrows() if row["analysis"] in about]
    for analysis, line, row in sorted(rows, key=lambda entry: entry[0]["data_cutoff"]):
        if not analysis["data_cutoff"]:
            continue
        key = (*(analysis[part] for part in ("trial", "endpoint", "population")), row["arm"], row["unit"])
        first, events = before.get(key, (0, 0.0))
        if number(printed[line]) < events:
            what = (
                f"{printed[line]} {row['unit']} by {analysis['data_cutoff']} are fewer than the {events:g} of row {first}, "
                "an earlier analysis of the same patients"
            )
            refuse(RESULTS, line, "value", what, "Reread both in their sources.")
        before[key] = line, number(printed[line])


def check_designs(designs: pd.DataFrame) -> None:
    """What is said of a design has a source, a place in it and quote_kept; where nothing is said, none stands, and a note says so.

    Raises
    ------
    DataError
        For the first row in which they do not fit.
    """
    for line, row in zip(designs.index, designs.to_dict("records")):
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
    for line, row in zip(frame.index, frame.to_dict("records")):
        at, named = partial(refuse, path, line), CONFLICT.findall(row["note"])
        if unknown := [name for name in named if name not in known]:
            what = f"the conflict {unknown[0]!r} does not stand in conflicts.csv"
            at("note", what, f"{nearest(unknown[0], known)} Add it there, or correct it here.".strip())
        if row.get("standing") == "rejected" and row["note"] and not named:
            what = f"a value is rejected, and {row['note']!r} names no conflict"
            at("note", what, "Write `conflict` and the name of the row of conflicts.csv that says what was decided.")
