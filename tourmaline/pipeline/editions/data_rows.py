"""What differs between the data of two editions: row by row, and entry by entry of the references."""

from __future__ import annotations

import csv
import datetime
import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tourmaline.data.references import references

NUMBER = re.compile(r"\d+(?:\.\d+)?")
PUBLISHED = re.compile(r"\bpublished = \{[^}]*\}")
JUDGEMENTS = "judgements/"
ENTRY = re.compile(r"^@\w+\{([^,\s]+),", re.MULTILINE)


def _keys(data: Path) -> dict[str, list[str]]:
    """The columns that name a row, for each file of the data package."""
    package = json.loads((data / "datapackage.json").read_text(encoding="utf-8"))
    return {resource["path"]: resource["schema"]["primaryKey"] for resource in package["resources"]}


def _csv_rows(path: Path, key: list[str]) -> dict[str, dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {", ".join(row[name] for name in key if row.get(name)): {k: v or "" for k, v in row.items()} for row in rows}


def _entries(path: Path) -> dict[str, dict[str, str]]:
    """The entries of a BibTeX file, each as one cell."""
    text = path.read_text(encoding="utf-8")
    starts = [*ENTRY.finditer(text)]
    ends = [match.start() for match in starts[1:]] + [len(text)]
    return {match.group(1): {"entry": " ".join(text[match.start() : end].split())} for match, end in zip(starts, ends)}


def _rows(data: Path, name: str, keys: dict[str, list[str]]) -> dict[str, dict[str, str]]:
    """The rows of a file of data/ by their names; a file that is not a table is one row."""
    path = data / name
    if not path.exists():
        return {}
    if path.suffix == ".bib":
        return _entries(path)
    if name in keys:
        return _csv_rows(path, keys[name])
    return {"the file": {"content": path.read_text(encoding="utf-8")}}


def _renamed(before: dict[str, dict[str, str]], after: dict[str, dict[str, str]], key: list[str]) -> dict[str, str]:
    """Rows whose name changed with a cell: of the key, which may hold the value itself, all columns agree but one."""
    gone = [row for row in before if row not in after]
    names = {}
    for new in (row for row in after if row not in before):
        old = next((old for old in gone if sum(before[old].get(c) != after[new].get(c) for c in key) == 1), None)
        if old is not None:
            gone.remove(old)
            names[new] = old
    return names


def _shorter(words: str) -> str:
    return words if len(words) <= 160 else f"{words[:157]}..."


def _reworded(old: str, new: str) -> bool:
    """Whether a phrase says the same numbers in other words; a code, which has no space, does not. Of a source the date counts."""
    if old.startswith("@") and new.startswith("@"):
        return PUBLISHED.findall(old) == PUBLISHED.findall(new)
    return " " in old and " " in new and NUMBER.findall(old) == NUMBER.findall(new)


def data_differences(old: Path, new: Path, names: Iterable[str]) -> list[dict[str, Any]]:
    """Every cell of the data that differs, and every row that only one has.

    Parameters
    ----------
    old, new : Path
        The folders of the data.
    names : iterable of str
        The files to compare, as the runs name them: data/evidence/results.csv.

    Returns
    -------
    list of dict
        id (D1, D2, ...), file, row (its key), what (added, removed, changed), column, old, new, and whether only the words of a cell
        differ (reworded). Judgements come first, and cells of which only the words differ last.
    """
    found: list[dict[str, Any]] = []
    old_keys, new_keys = _keys(old), _keys(new)
    for name in sorted(names):
        inner = name.removeprefix("data/")
        keys = {**old_keys, **new_keys}
        before, after = _rows(old, inner, keys), _rows(new, inner, keys)
        for new_name, old_name in _renamed(before, after, keys.get(inner, [])).items():
            after[old_name] = after.pop(new_name)
        for row in dict.fromkeys([*before, *after]):  # in the order of the file
            cells = before.get(row, {}), after.get(row, {})
            if cells[0] and cells[1]:
                columns = [column for column in dict.fromkeys([*cells[0], *cells[1]])]
                found += [
                    {"file": inner, "row": row, "what": "changed", "column": column}
                    | {"old": _shorter(cells[0].get(column, "")), "new": _shorter(cells[1].get(column, ""))}
                    | {"reworded": _reworded(cells[0].get(column, ""), cells[1].get(column, ""))}
                    for column in columns
                    if cells[0].get(column, "") != cells[1].get(column, "")
                ]
            else:
                words = [_shorter("; ".join(f"{k}: {v}" for k, v in cell.items() if v)) for cell in cells]
                what = "added" if cells[1] else "removed"
                about = {"file": inner, "row": row, "what": what, "column": ""}
                found.append(about | {"old": words[0], "new": words[1], "reworded": False})
    found.sort(key=lambda one: (one["reworded"], not one["file"].startswith(JUDGEMENTS)))
    return [{"id": f"D{number}", **difference} for number, difference in enumerate(found, start=1)]


def rows_let_in(data: Path, names: Iterable[str], old: str, new: str) -> list[dict[str, Any]]:
    """The rows that count by the later of two dates and not by the earlier: for each file and source, how many.

    Parameters
    ----------
    data : Path
        The folder of the data.
    names : iterable of str
        The files that were read.
    old, new : str
        The two values of `as_of`: dates or `latest`.

    Returns
    -------
    list of dict
        file, source, published, rows; in the order of publication.
    """

    def counts(source: str, as_of: str) -> bool:
        if as_of == "latest":
            return True
        known_from = known[source].known_from if source in known else None
        return known_from is not None and known_from <= datetime.date.fromisoformat(as_of)

    known = references(data)
    found: dict[tuple[str, str], int] = {}
    for name in sorted(names):
        if not name.endswith(".csv") or not (path := data / name.removeprefix("data/")).exists():
            continue
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                source = row.get("source")
                if source and counts(source, old) != counts(source, new):
                    place = name.removeprefix("data/"), source
                    found[place] = found.get(place, 0) + 1
    listed = [
        {"file": file, "source": source, "published": known[source].published if source in known else "", "rows": rows}
        for (file, source), rows in found.items()
    ]
    return sorted(listed, key=lambda row: (row["published"] or "9999", row["source"], row["file"]))
