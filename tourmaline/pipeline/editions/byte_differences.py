"""Where two versions of one file differ first: a value of a JSON file, a cell of a table, a line of a text."""

from __future__ import annotations

import csv
import itertools
import json
from typing import Any

AROUND = 40  # characters shown on each side
ABSENT = "nothing"


def _shortened(text: str, at: int = 0) -> str:
    start, end = max(0, at - AROUND), at + AROUND
    return f"{'…' if start else ''}{text[start:end]}{'…' if end < len(text) else ''}"


def _words(place: str, old: Any, new: Any) -> str:
    return f"{place} is {old} in the archive and {new} in the rebuild"


def _in_json(old: Any, new: Any, place: str = "") -> str:
    """The first value that differs, with the names on the way to it."""
    if isinstance(old, list) and isinstance(new, list):
        old, new = dict(enumerate(old, start=1)), dict(enumerate(new, start=1))
    if not (isinstance(old, dict) and isinstance(new, dict)):
        shown = [_shortened(json.dumps(one, ensure_ascii=False)) for one in (old, new)]
        return "" if old == new and type(old) is type(new) else _words(place or "the content", *shown)
    for name in dict.fromkeys([*old, *new]):
        within = f"{place}, {name}" if place else str(name)
        if name not in old or name not in new:
            return _words(within, *("there" if name in side else ABSENT for side in (old, new)))
        if found := _in_json(old[name], new[name], within):
            return found
    return ""


def _in_csv(old: str, new: str) -> str:
    tables = [list(csv.reader(text.splitlines())) for text in (old, new)]
    columns = tables[0][0] if tables[0] else []
    for row, pair in enumerate(itertools.zip_longest(*tables, fillvalue=[]), start=1):
        for column, cells in enumerate(itertools.zip_longest(*pair, fillvalue=ABSENT)):
            if cells[0] != cells[1]:
                name = columns[column] if column < len(columns) else column + 1
                return _words(f"row {row}, column {name}", *map(_shortened, cells))
    return ""


def _in_lines(old: str, new: str) -> str:
    lines = [text.splitlines() for text in (old, new)]
    for number, (before, after) in enumerate(itertools.zip_longest(*lines, fillvalue=ABSENT), start=1):
        if before != after:
            same = next((at for at, (one, other) in enumerate(zip(before, after)) if one != other), 0)
            return _words(f"line {number}", repr(_shortened(before, same)), repr(_shortened(after, same)))
    return ""


def first_difference(name: str, old: bytes, new: bytes) -> str:
    """Describe where the bytes of a file differ first.

    Parameters
    ----------
    name : str
        Its name, whose ending says how it is read.
    old, new : bytes
        What is in the archive, and what was made again.

    Examples
    --------
    >>> first_difference("values.json", b'{"ratio": {"value": 0.74}}', b'{"ratio": {"value": 0.75}}')
    'ratio, value is 0.74 in the archive and 0.75 in the rebuild'
    >>> first_difference("labels.csv", b"Trial,Ratio\\nA,1\\n", b"Trial,Ratio\\nA,2\\n")
    'row 2, column Ratio is 1 in the archive and 2 in the rebuild'
    """
    at = next((place for place, (one, other) in enumerate(zip(old, new)) if one != other), min(len(old), len(new)))
    bytes_ = f"byte {at + 1} of {len(old)} is the first that differs; the rebuild has {len(new)} bytes"
    try:
        texts = old.decode("utf-8"), new.decode("utf-8")
        if name.endswith(".json"):
            return _in_json(*map(json.loads, texts)) or _in_lines(*texts) or bytes_
        return (_in_csv(*texts) if name.endswith(".csv") else "") or _in_lines(*texts) or bytes_
    except ValueError:  # a picture, an archive, or a damaged text
        return bytes_
