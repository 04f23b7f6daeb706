"""What changed from one edition to the next: every value, verdict, figure and table that differs, and why.

The reasons are read from the two records of each notebook's run (`run.json`): the rows of the data files that it read, its
parameters, its source, the modules it used and the lock. A run's record cannot tell which of several reasons moved which
number, so all are given, until the results have been made again with one of both held (`pipeline/causes.py`).
"""

from __future__ import annotations

import copy
import csv
import json
import math
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from tourmaline.digits import UNIT_IN_ERRORS
from tourmaline.parameters import as_words
from tourmaline.pipeline.editions.data_rows import data_differences, rows_let_in
from tourmaline.results.formats import UNITS, shown, shown_interval, shown_value

VERDICT = "verdict"  # a column of this name, whatever its letters' case, holds verdicts
SHOWN_FILES = 4
NAMED = 3  # in a reason in short
FOREMOST = 10
NUMBER = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?")
BRACKETS = re.compile(r" ?\([^)]*\)")
LIMITS = " to "  # in an estimate with its interval
LONGEST_VERDICT = 5  # words; a longer text is a sentence
FLAGS = {"yes", "no"}  # for pages: whether something was published
REFERENCES = "references.bib"
JUDGEMENTS = "data/judgements"  # the source of what the authors judge, such as a certainty


@dataclass(frozen=True)
class Snapshot:
    """The results and data of an edition, or of a build between editions, which has no date."""

    date: str
    title: str
    results: Path
    data: Path

    def notebooks(self) -> dict[str, dict[str, Any]]:
        """The record of each notebook's run."""
        records = sorted(self.results.glob("[!.]*/run.json"))
        return {path.parent.name: json.loads(path.read_text(encoding="utf-8")) for path in records}

    def read(self, notebook: str, place: str) -> dict[str, Any]:
        """A JSON file of a notebook's results; empty if there is none."""
        path = self.results / notebook / place
        return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}

    def names(self, notebook: str, kind: str) -> set[str]:
        return {path.stem for path in (self.results / notebook / kind).glob("*.json")}


def in_words(record: dict[str, Any]) -> str:
    """A value with its interval, as a page shows it."""
    if not record:
        return "—"
    return f"{shown_value(record)} ({shown_interval(record)})" if "level" in record else shown_value(record)


def _without_error(record: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in record.items() if key != "monte_carlo_error"}


def _difference(old: dict[str, Any], new: dict[str, Any]) -> str:
    if not (old and new) or old["unit"] != new["unit"]:
        return "new" if not old else "gone" if not new else ""
    before, after = old["value"], new["value"]
    if not all(isinstance(number, int | float) for number in (before, after)) or before == after:
        return ""
    if (
        old["decimals"] != new["decimals"]
    ):  # from 0 to 0.4, for example: a difference of either would contradict what is shown
        return ""
    decimals = 3 if new["unit"] == "probability" else new["decimals"]
    while decimals < 12 and not round(after - before, decimals):  # 0.71 and 0.70 may be less than 0.005 apart
        decimals += 1
    unit = " percentage points" if new["unit"] == "percent" else UNITS[new["unit"]]
    return f"{'+' if after > before else ''}{shown(after - before, decimals)}{unit}"


def _moved(old: dict[str, Any], new: dict[str, Any]) -> float:
    """How far a number moved: in half widths of its old interval if it has one, otherwise as a share of the larger of the two."""
    numbers = [record.get(key) for record in (old, new) for key in ("value", "lower", "upper")]
    if not all(isinstance(number, int | float) for number in (numbers[0], numbers[3])):
        return 0.0
    difference, size = abs(numbers[3] - numbers[0]), max(abs(numbers[0]), abs(numbers[3]))
    if all(isinstance(number, int | float) for number in numbers[1:3]) and numbers[2] > numbers[1]:
        size = (numbers[2] - numbers[1]) / 2
    return difference / size if size else 0.0


def _by_chance(old: dict[str, Any], new: dict[str, Any]) -> bool:
    """Whether a number and the limits of its interval moved no further than other draws may move them."""
    errors = [record.get("monte_carlo_error") or 0 for record in (old, new)]
    pairs = [(old.get(end), new.get(end)) for end in ("value", "lower", "upper") if end in old or end in new]
    if not any(errors) or not all(isinstance(number, int | float) for pair in pairs for number in pair):
        return False
    return all(abs(after - before) <= UNIT_IN_ERRORS * math.hypot(*errors) for before, after in pairs)


def _words(text: str) -> set[str]:
    """What a short text names, whatever joins it."""
    return {*re.findall(r"[\w-]+", text.casefold())} - {"and", "or", "the"}


def _same_numbers(old: list[str], new: list[str]) -> bool:
    """Whether numbers are the same but for their digits: the finer one rounds to the coarser."""
    pairs = [tuple(Decimal(text.replace(",", "")) for text in pair) for pair in zip(old, new)]
    coarser = [max((one.as_tuple().exponent, other.as_tuple().exponent)) for one, other in pairs]
    return len(old) == len(new) and all(
        abs(one - other) <= Decimal(5).scaleb(exponent - 1) for (one, other), exponent in zip(pairs, coarser)
    )


def _reworded(old: dict[str, Any], new: dict[str, Any]) -> bool:
    """Whether the same is said in other words: a sentence with the same numbers, or a number that only gained or lost digits or limits."""
    if not (old and new):
        return False
    before, after = old["value"], new["value"]
    if isinstance(before, str) and isinstance(after, str):
        if max(len(text.split()) for text in (before, after)) <= LONGEST_VERDICT:
            named, named_now = _words(before), _words(after)
            return (named <= named_now or named_now <= named) and not (named ^ named_now) & {"no", "not", "none", "nor"}
        if BRACKETS.search(before) is None or BRACKETS.search(after) is None:  # one alone adds numbers in brackets
            before, after = BRACKETS.sub("", before), BRACKETS.sub("", after)
        return _same_numbers(NUMBER.findall(before), NUMBER.findall(after))
    limits = [(old[end], new[end]) for end in ("lower", "upper") if end in old and end in new]
    return before == after and all(one == other for one, other in limits)


def _kind(old: dict[str, Any], new: dict[str, Any]) -> str:
    """What a value says: a conclusion (a judgement, or a few words other than yes and no), a count, or anything else (result)."""
    if not (old and new):
        return "result"
    texts = [record["value"] for record in (old, new)]
    if all(isinstance(text, str) and len(text.split()) <= LONGEST_VERDICT and text not in FLAGS for text in texts):
        judged = all(JUDGEMENTS in record.get("source", "") for record in (old, new))
        return "conclusion" if judged or new.get("origin") != "assumed" else "result"
    return "count" if new["unit"] == "count" else "result"


def value_changes(old: dict[str, Any], new: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The values by name that are shown differently: name, label, origin, old and new with their intervals, signed difference, how far it moved,
    whether other draws may move it as far (by_chance), whether only words, digits or limits differ (reworded), and its kind (conclusion,
    count or result).

    A value that shows the same digits has not changed, also if its Monte Carlo error has; nor has a text of the same letters.
    """
    for name in sorted(old.keys() | new.keys()):
        before, after = old.get(name, {}), new.get(name, {})
        words = in_words(before), in_words(after)
        if words[0].casefold() == words[1].casefold() or in_words(_without_error(before)) == in_words(
            _without_error(after)
        ):
            continue
        yield {
            "name": name,
            "label": (after or before)["label"],
            "origin": (after or before).get("origin", ""),
            "old": words[0],
            "new": words[1],
            "difference": _difference(before, after),
            "moved": round(_moved(before, after), 6),
            "by_chance": _by_chance(before, after),
            "reworded": _reworded(before, after),
            "kind": _kind(before, after),
        }


def _cells(folder: Path, name: str, layout: dict[str, Any]) -> dict[str, dict[str, str]]:
    """The rows of a published table by their anchors, or by what stands first in them."""
    path = folder / "tables" / f"{name}.csv"
    if not path.exists():
        return {}
    with path.open(encoding="utf-8", newline="") as file:
        columns, *rows = list(csv.reader(file))
    found: dict[str, dict[str, str]] = {}
    for index, row in enumerate(rows):
        ids = layout.get("row_ids", [])
        key = first = (ids[index] if ids and ids[index] else row[0]) or f"row {index + 1}"
        times = 1
        while key in found:  # the same words twice in a table: told apart by their order
            times += 1
            key = f"{first} ({times})"
        found[key] = dict(zip(columns, row))
    return found


def _tables(old: Snapshot, new: Snapshot, notebook: str) -> tuple[list[dict[str, Any]], list[dict[str, str]]]:
    tables, verdicts = [], []
    for name in sorted(old.names(notebook, "tables") | new.names(notebook, "tables")):
        files = [side.results / notebook / "tables" / f"{name}.csv" for side in (old, new)]
        if (
            len({path.exists() and path.read_bytes() for path in files}) == 1
        ):  # most are: to compare their cells takes longer
            continue
        layouts = [side.read(notebook, f"tables/{name}.json") for side in (old, new)]
        before, after = (_cells(side.results / notebook, name, is_) for side, is_ in zip((old, new), layouts))
        cells = [
            {"row": row, "column": column, "old": before[row].get(column, ""), "new": after[row].get(column, "")}
            for row in before
            if row in after
            for column in dict.fromkeys([*before[row], *after[row]])
            if before[row].get(column, "") != after[row].get(column, "")
        ]
        added, removed = [row for row in after if row not in before], [row for row in before if row not in after]
        if not (cells or added or removed):
            continue
        about = {"name": name, "caption": (layouts[1] or layouts[0])["caption"]}
        about["what"] = "changed" if all(layouts) else "new" if layouts[1] else "gone"
        tables.append({**about, "cells": cells, "rows_added": added, "rows_removed": removed})
        if all(layouts):
            turned = [cell for cell in cells if cell["column"].lower() == VERDICT and cell["old"] and cell["new"]]
            verdicts += [{"table": name, "label": next(iter(after[cell["row"]].values())), **cell} for cell in turned]
    return tables, verdicts


def _figures(old: Snapshot, new: Snapshot, notebook: str) -> Iterator[dict[str, str]]:
    for name in sorted(old.names(notebook, "figures") | new.names(notebook, "figures")):
        texts = [side.read(notebook, f"figures/{name}.json") for side in (old, new)]
        images = [side.results / notebook / "figures" / f"{name}.svg" for side in (old, new)]
        pictures = [path.read_bytes() if path.exists() else b"" for path in images]
        if pictures[0] == pictures[1] and texts[0].get("caption") == texts[1].get("caption"):
            continue
        yield {
            "name": name,
            "caption": (texts[1] or texts[0])["caption"],
            "what": "changed" if all(texts) else "new" if texts[1] else "gone",
            "old": texts[0].get("alt", "—"),
            "new": texts[1].get("alt", "—"),
        }


def _some(names: list[str]) -> str:
    more = f" and {len(names) - SHOWN_FILES} more" if len(names) > SHOWN_FILES else ""
    return ", ".join(names[:SHOWN_FILES]) + more


def _count(names: list[str], one: str, did: str, where: Collection[str] = ()) -> str:
    """A few things by their names, more by their number and the files in which they stand."""
    several = one.replace(" ", "s ", 1) if " of " in one else f"{one}s"
    if len(names) <= NAMED:
        return f"{one if len(names) == 1 else several} {did}: {', '.join(names)}"
    return f"{len(names)} {several} {did}" + (f" in {_some(sorted(where))}" if where else "")


def _differing(old: dict[str, str], new: dict[str, str]) -> list[str]:
    return sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))


def _reasons(
    old: dict[str, Any], new: dict[str, Any], rows: list[dict[str, Any]], let_in: list[dict[str, Any]]
) -> list[dict[str, str]]:
    """Why the results of a notebook differ, from the records of its two runs."""
    if not old or not new:
        return [{"kind": "notebook", "words": "the notebook is new" if new else "the notebook is gone"}]
    reasons = []
    for name in dict.fromkeys([*old["parameters"], *new["parameters"]]):
        values = [as_words(side["parameters"].get(name, "none")) for side in (old, new)]
        if values[0] != values[1]:
            words = f"{name}: {values[0]} → {values[1]}"
            if name == "as_of":
                mine = [row for row in let_in if f"data/{row['file']}" in new["data"]]
                sources = {row["source"] for row in mine}
                words += f" ({sum(row['rows'] for row in mine)} rows of {len(sources)} sources between the two dates)"
            reasons.append({"kind": "parameter", "words": words})
    files = _differing(old["data"], new["data"])
    mine = [row for row in rows if f"data/{row['file']}" in files]
    modules = _differing(old["library"], new["library"])
    # Neither other words move a number, nor a source alone: what is taken from it has a row of its own.
    moving = [row for row in mine if not row["reworded"] and (row["column"] or row["file"] != REFERENCES)]
    mine = moving or ([] if modules or old["source"] != new["source"] else mine)
    for what in ("added", "removed", "changed"):
        these = [row for row in mine if row["what"] == what]
        if ids := list(dict.fromkeys(row["id"] for row in these)):
            short = _count(ids, "data row", what, {row["file"] for row in these})
            reasons.append({"kind": "data", "words": f"data rows {what}: {_some(ids)}", "short": short})
    if old["source"] != new["source"]:
        reasons.append({"kind": "code", "words": "the notebook changed"})
    if modules:
        short = _count(modules, "file of code", "changed") if len(modules) <= NAMED else "the code changed"
        reasons.append({"kind": "code", "words": f"code changed: {_some(modules)}", "short": short})
    for key, words in (("lock", "other versions of the libraries (requirements.txt)"), ("python", "another Python")):
        if old[key] != new[key]:
            reasons.append({"kind": "code", "words": words})
    return reasons or [{"kind": "unexplained", "words": "nothing that the runs record has changed"}]


def _changed(notebooks: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The values and the cells of verdicts that differ, each with a key of its own."""
    for notebook, about in notebooks.items():
        for value in about["values"]:
            yield f"{notebook}/{value['name']}", value
        for verdict in about["verdicts"]:
            yield "/".join((notebook, verdict["table"], verdict["row"], verdict["column"])), verdict


def keys(changes: dict[str, Any]) -> set[str]:
    """The keys of the values and of the cells of verdicts that differ."""
    return {key for key, _ in _changed(changes["notebooks"])}


def name_causes(changes: dict[str, Any], moved_by: Mapping[str, Collection[str] | str]) -> dict[str, Any]:
    """Add to each value and verdict what moved it: `causes`, of code and data; none where it cannot be told.

    Parameters
    ----------
    changes : dict
        From the old code and data to the new.
    moved_by : mapping of str to collection of str
        code: the `keys` of what the new code changes on the old data; data: of what the new data and parameters change
        with the new code. untold: of what that is not known, and why; alone, or beside them. Or nothing.

    Returns
    -------
    dict
        A copy of `changes`, with its foremost changes ranked again, each with the reasons of its own causes.
    """
    if "code" not in moved_by:
        return changes | moved_by
    changes = copy.deepcopy(changes)
    for key, one in _changed(changes["notebooks"]):
        one["causes"] = [kind for kind in ("code", "data") if key in moved_by[kind]]
    untold = {name: why for name, why in moved_by.items() if name == "untold"}
    return changes | _told(changes["notebooks"]) | untold


def _told(notebooks: dict[str, Any]) -> dict[str, Any]:
    """What follows from the causes: each value and verdict gets the kinds of its own reasons; by_cause and foremost."""
    for found in notebooks.values():
        for one in (*found["values"], *found["verdicts"]):
            one["kinds"] = _kinds(_reasons_of(one, found["reasons"]))
    return {"by_cause": _counts_by_cause(notebooks), "foremost": foremost(notebooks)}


def _counts_by_cause(notebooks: dict[str, Any]) -> list[str]:
    """How many values the data alone moved, how many the code alone, and how many both, in words; empty if that is not known."""
    reasons = [reason["kind"] for found in notebooks.values() for reason in found["reasons"]]
    data = "the data or the parameters" if "parameter" in reasons else "the data"
    values = [value for found in notebooks.values() for value in found["values"]]
    causes = ((["data"], f"{data} alone"), (["code"], "the code alone"), (["code", "data"], "both"))
    counts = ((sum(value.get("causes") == kinds for value in values), words) for kinds, words in causes)
    return [f"{number:,} moved by {words}" for number, words in counts if number]


def _reasons_of(one: dict[str, Any], reasons: list[dict[str, str]]) -> list[dict[str, str]]:
    """The reasons of a notebook that moved this value or verdict, as far as that is known."""
    causes = one.get("causes")
    if not causes:
        return reasons
    causes_of = {
        "data": ["data"],
        "parameter": ["data", "code"],
    }  # the code sets a default, an edition's scenario the rest
    return [reason for reason in reasons if {*causes_of.get(reason["kind"], ["code"])} & {*causes}] or reasons


def _kinds(reasons: list[dict[str, str]]) -> str:
    return ", ".join(dict.fromkeys(reason["kind"] for reason in reasons))


def _rank(value: dict[str, Any]) -> int:
    """The place of a value among the foremost changes; verdicts have 0."""
    if value["kind"] == "result":
        return 1 if value["moved"] else 2
    return {"conclusion": 0, "count": 3}[value["kind"]]


def foremost(notebooks: dict[str, dict[str, Any]]) -> list[dict[str, str]]:
    """The changes that matter most, at most ten: verdicts, conclusions and judgements, then numbers, then texts and intervals, then counts.

    Within each, changes with a reason other than code come first, then estimates with an interval, then what moved furthest (`moved`). Values
    that are new or gone, that an analyst chooses, that moved no further than other draws may move them, or that say the same in other
    words, are left out; a number that several notebooks publish is named once.

    Returns
    -------
    list of dict
        notebook, what, old, new, difference, reason (words), kinds (of reason: data, code, parameter or notebook).
    """
    ranked = []
    for notebook, found in notebooks.items():
        changes = [(0, 0.0, one["label"], one) for one in found["verdicts"]]
        changes += [
            (_rank(one), -one["moved"], one["label"], one)
            for one in found["values"]
            if one["difference"] not in ("new", "gone")
            and (one["origin"] != "assumed" or one["kind"] == "conclusion")
            and not (one["by_chance"] or one["reworded"])
        ]
        for rank, moved, label, one in changes:
            reasons = _reasons_of(one, found["reasons"])
            only_code = all(reason["kind"] == "code" for reason in reasons)
            words = "; ".join(reason.get("short", reason["words"]) for reason in reasons)
            shown_ = one["old"], one["new"], one.get("difference", "")
            is_bare = LIMITS not in one["new"]  # a number without an interval
            ranked.append(((rank, only_code, is_bare, moved), notebook, label, *shown_, words, _kinds(reasons)))
    columns = ("notebook", "what", "old", "new", "difference", "reason", "kinds")
    rows, told = [], set()
    for _, *row in sorted(ranked):
        estimate = tuple(row[2:4])
        if all(LIMITS in text for text in estimate) and estimate in told:
            continue
        told.add(estimate)
        rows.append(dict(zip(columns, row)))
    return rows[:FOREMOST]


def _as_of(record: dict[str, Any]) -> str:
    return record.get("parameters", {}).get("as_of", "")


def changes_between(old: Snapshot, new: Snapshot) -> dict[str, Any]:
    """What changed from one edition to another, and why.

    Returns
    -------
    dict
        old, new: date and title; data: the rows that differ, of the files that either edition's runs read; let_in: the
        rows between the two dates of `as_of`; notebooks: for each whose results differ its reasons, values, verdicts,
        figures and tables; by_cause: how many values the data moved and how many the code, if that is known; foremost: the changes that matter
        most; counts: how many of each.
    """
    before, after = old.notebooks(), new.notebooks()
    read = {name: checksum for run in before.values() for name, checksum in run["data"].items()}
    read_now = {name: checksum for run in after.values() for name, checksum in run["data"].items()}
    rows = data_differences(old.data, new.data, _differing(read, read_now))
    dates = {(_as_of(before[name]), _as_of(after[name])) for name in before.keys() & after.keys()}
    moved = [
        pair for pair in sorted(dates) if all(pair) and pair[0] != pair[1]
    ]  # a notebook may gain or lose the parameter
    let_in = [row for pair in moved for row in rows_let_in(new.data, read_now, *pair)]
    notebooks = {}
    for name in sorted(before.keys() | after.keys()):
        tables, verdicts = _tables(old, new, name)
        found = {
            "values": list(value_changes(old.read(name, "values.json"), new.read(name, "values.json"))),
            "verdicts": verdicts,
            "figures": list(_figures(old, new, name)),
            "tables": tables,
        }
        if any(found.values()):
            found["reasons"] = _reasons(before.get(name, {}), after.get(name, {}), rows, let_in)
            notebooks[name] = found
    kinds = ("values", "verdicts", "figures", "tables")
    return {
        "old": {"date": old.date, "title": old.title},
        "new": {"date": new.date, "title": new.title},
        "data": rows,
        "let_in": let_in,
        "notebooks": notebooks,
        **_told(notebooks),
        "counts": {kind: sum(len(found[kind]) for found in notebooks.values()) for kind in kinds} | {"data": len(rows)},
    }
