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


Difference = tuple[str, str, str]  # where, and what stands there in the one file and in the other


def _in_json(old: Any, new: Any, place: str = "") -> Difference | None:
    """The first value that differs, with the names on the way to it."""
    if isinstance(old, list) and isinstance(new, list):
        old, new = dict(enumerate(old, start=1)), dict(enumerate(new, start=1))
    if not (isinstance(old, dict) and isinstance(new, dict)):
        shown = [_shortened(json.dumps(one, ensure_ascii=False)) for one in (old, new)]
        return None if old == new and type(old) is type(new) else (place or "the content", *shown)
    for name in dict.fromkeys([*old, *new]):
        within = f"{place}, {name}" if place else str(name)
        if name not in old or name not in new:
            return within, *("there" if name in side else ABSENT for side in (old, new))
        if found := _in_json(old[name], new[name], within):
            return found
    return None


def _in_csv(old: str, new: str) -> Difference | None:
    tables = [list(csv.reader(text.splitlines())) for text in (old, new)]
    columns = tables[0][0] if tables[0] else []
    for row, pair in enumerate(itertools.zip_longest(*tables, fillvalue=[]), start=1):
        for column, cells in enumerate(itertools.zip_longest(*pair, fillvalue=ABSENT)):
            if cells[0] != cells[1]:
                name = columns[column] if column < len(columns) else column + 1
                return f"row {row}, column {name}", *map(_shortened, cells)
    return None


def _in_lines(old: str, new: str) -> Difference | None:
    lines = [text.splitlines() for text in (old, new)]
    for number, (before, after) in enumerate(itertools.zip_longest(*lines, fillvalue=ABSENT), start=1):
        if before != after:
            same = next((at for at, (one, other) in enumerate(zip(before, after)) if one != other), 0)
            return f"line {number}", repr(_shortened(before, same)), repr(_shortened(after, same))
    return None


def first_difference(
    name: str, old: bytes, new: bytes, sides: tuple[str, str] = ("in the archive", "in the rebuild")
) -> str:
    """Describe where the bytes of a file differ first.

    Parameters
    ----------
    name : str
        Its name, whose ending says how it is read.
    old, new : bytes
        Both contents.
    sides : pair of str
        Where they are, in words.

    Examples
    --------
    >>> first_difference("values.json", b'{"ratio": {"value": 0.74}}', b'{"ratio": {"value": 0.75}}')
    'ratio, value is 0.74 in the archive and 0.75 in the rebuild'
    >>> first_difference("labels.csv", b"Trial,Ratio\\nA,1\\n", b"Trial,Ratio\\nA,2\\n")
    'row 2, column Ratio is 1 in the archive and 2 in the rebuild'
    """
    at = next((place for place, (one, other) in enumerate(zip(old, new)) if one != other), min(len(old), len(new)))
    bytes_ = f"byte {at + 1} is the first that differs, of {len(old)} {sides[0]} and {len(new)} {sides[1]}"
    try:
        texts = old.decode("utf-8"), new.decode("utf-8")
        found = None
        if name.endswith(".json"):
            found = _in_json(*map(json.loads, texts))
        elif name.endswith(".csv"):
            found = _in_csv(*texts)
        found = found or _in_lines(*texts)
    except ValueError:  # a picture, an archive, or a damaged text
        found = None
    return f"{found[0]} is {found[1]} {sides[0]} and {found[2]} {sides[1]}" if found else bytes_
