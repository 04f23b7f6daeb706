"""What is given in a lesson: code that holds published numbers, so that no number is typed."""

from __future__ import annotations

import csv
import json
import re
import textwrap
from pathlib import Path
from typing import Any

from tourmaline.errors import LessonError, nearest
from tourmaline.results.formats import UNITS

WIDTH = 78  # letters of a line of code, so that a page shows it whole
ASSIGNMENT = re.compile(
    r"^(?P<names>[a-z_]\w*(?:, [a-z_]\w*)*) = (?P<result>[\w-]+/[\w-]+)(?:\[(?P<column>.+)\]|(?P<fields>(?: \w+)*))$"
)
FILE = re.compile(r"^(?P<name>[a-z_]\w*) = (?P<notebook>[\w-]+)/(?P<file>[\w-]+\.csv)$")
IMPORT = re.compile(r"^(from [\w.]+ import [\w, ]+|import [\w.]+( as \w+)?)$")
FIELDS = ("value", "lower", "upper", "level")
SIGNIFICANT = 4  # digits of a P value that was computed; a reported one is given as reported


def published(results: Path, name: str) -> dict[str, Any]:
    """The record of a published value, by `notebook/key`.

    Raises
    ------
    LessonError
        If nothing of that name is published.
    """
    notebook, _, key = name.partition("/")
    path = results / notebook / "values.json"
    if not path.exists():
        known = [folder.name for folder in results.glob("[!.]*")]
        raise LessonError(
            f"no notebook {notebook!r} has published values", remedy=nearest(notebook, known) or "Run `make book`."
        )
    values = json.loads(path.read_text(encoding="utf-8"))
    if key not in values:
        raise LessonError(
            f"the notebook {notebook!r} publishes no value {key!r}",
            remedy=nearest(key, values) or f"It publishes {', '.join(values)}.",
        )
    return values[key]


def _number(record: dict[str, Any], field: str) -> str:
    value = record[field]
    if isinstance(value, str):
        return repr(value)
    if value is None:
        return "float('nan')"
    if field == "level" or record["origin"] == "printed":
        return repr(value)
    if record["unit"] == "probability":
        return f"{value:.{SIGNIFICANT}g}"
    return f"{value:.{record['decimals']}f}"


def _column(results: Path, name: str, column: str) -> tuple[str, dict[str, Any]]:
    notebook, _, table = name.partition("/")
    path = results / notebook / "tables" / f"{table}.csv"
    if not path.exists():
        raise LessonError(f"the notebook {notebook!r} publishes no table {table!r}", remedy="Run `make book`.")
    layout = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    if not rows or column not in rows[0]:
        known = list(rows[0]) if rows else []
        raise LessonError(f"the table {name!r} has no column {column!r}", remedy=f"Columns: {', '.join(known)}.")
    cells = [row[column] for row in rows]
    try:
        numbers = [float(cell) for cell in cells]
        decimals = layout["decimals"].get(column)
        shown = cells if decimals is None else [f"{number:.{decimals}f}" for number in numbers]
    except ValueError:
        shown = [repr(cell) for cell in cells]
    return f"[{', '.join(shown)}]", layout | {"label": f"{layout['caption']}: {column}", "unit": ""}


def _comment(record: dict[str, Any]) -> str:
    unit = UNITS.get(record["unit"], "").strip()
    words = f"{record['origin'].capitalize()}. {record['label']}" + (f" ({unit})" if unit else "")
    return textwrap.fill(words, WIDTH, initial_indent="# ", subsequent_indent="# ")


def _assignment(results: Path, match: re.Match[str]) -> str:
    names = match["names"].split(", ")
    if match["column"]:
        right, record = _column(results, match["result"], match["column"])
    else:
        record, fields = published(results, match["result"]), match["fields"].split() or ["value"]
        for field in fields:
            if field not in FIELDS or field not in record:
                raise LessonError(
                    f"the value {match['result']!r} has no {field!r}",
                    remedy=f"It has {', '.join(one for one in FIELDS if one in record)}.",
                )
        if len(fields) != len(names):
            raise LessonError(f"{len(names)} names stand for {len(fields)} numbers", remedy="Name each number once.")
        right = ", ".join(_number(record, field) for field in fields)
    code = f"{match['names']} = {right}"
    if len(code) > WIDTH and match["column"]:
        code = f"{match['names']} = [\n{textwrap.fill(right[1:-1], WIDTH, initial_indent='    ', subsequent_indent='    ')},\n]"
    return f"{_comment(record)}\n{code}"


def given_files(body: str, results: Path) -> list[Path]:
    """The published files that a `{given}` block names, as `rows = notebook/file.csv`.

    Raises
    ------
    LessonError
        If a file is not published.
    """
    found = []
    for match in filter(None, map(FILE.match, map(str.strip, body.split("\n")))):
        path = results / match["notebook"] / "files" / match["file"]
        if not path.exists():
            raise LessonError(
                f"the notebook {match['notebook']!r} publishes no file {match['file']!r}", remedy="Run `make book`."
            )
        found.append(path)
    return found


def _file(name: str, path: Path, in_place: bool) -> str:
    record = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    words = f"{record['origin'].capitalize()}. {record['caption']}: save the file beside this notebook"
    comment = textwrap.fill(words, WIDTH, initial_indent="# ", subsequent_indent="# ")
    return f"{comment}\n{name} = {str(path if in_place else path.name)!r}"


def given_code(body: str, results: Path, in_place: bool = False) -> str:
    """Write the code of a `{given}` block, with the numbers that notebooks published.

    Parameters
    ----------
    body : str
        Lines such as `from math import log`, `ratio, lower = cross_trial/pooled_hazard_ratio value lower`,
        `months = audit/table[Column]` and `rows = progression_free_survival/pseudo_patients.csv`.
    results : Path
        The folder of results.
    in_place : bool
        Whether files are named where they are published, and not as files beside a notebook.

    Raises
    ------
    LessonError
        For a line that is none of these, or a result that is not there.
    """
    imports, lines = [], []
    for line in filter(None, map(str.strip, body.split("\n"))):
        if IMPORT.match(line):
            imports.append(line)
        elif match := FILE.match(line):
            (path,) = given_files(line, results)
            lines.append(_file(match["name"], path, in_place))
        elif match := ASSIGNMENT.match(line):
            lines.append(_assignment(results, match))
        else:
            raise LessonError(
                f"{line!r} gives nothing", remedy="Write: name = notebook/key, with fields value lower upper level."
            )
    return "\n\n".join(filter(None, ["\n".join(imports), "\n".join(lines)]))
