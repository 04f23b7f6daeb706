"""Refuse a cell of the paper's tables that no table can have: parts that its kind lacks, a median outside its range, no unit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import pandas as pd

from tourmaline.data.files import numbered_records, records
from tourmaline.data.printed import number
from tourmaline.data.refusing import refuse
from tourmaline.data.schemas import PAPER

PARTS = ("count", "denominator", "percent", "value", "lower", "upper", "unit")
# What a cell of a kind has; the percentage of a count of 0 is not reported.
HOLDS: Mapping[str, tuple[str, ...]] = {
    "heading": (),
    "count": ("count", "denominator", "unit"),
    "count_of_total": ("count", "denominator", "percent", "unit"),
    "median_range": ("value", "lower", "upper", "unit"),
    "value": ("value", "unit"),
    "interval": ("lower", "upper", "unit"),
    "p_value": ("value", "unit"),
    "not_applicable": (),
    "not_reported": (),
}
MAY_HOLD = {"count": ("percent",)}
OF_THE_LINE = ("group", "characteristic", "level", "label", "footnotes")
LARGEST = {"percent": 100, "probability": 1, "years": 120, "months": 600, "cycles": 600}


def _check_parts(cell: Mapping[str, Any], at: Callable[[str, str, str], None]) -> None:
    """A cell holds what its kind has, and nothing else."""
    kind = cell["kind"]
    if (cell["arm"] == "") != (kind == "heading"):
        what = f"the kind {kind!r} and the arm {cell['arm']!r} do not fit"
        at("arm", what, "A heading has no arm; every other cell has one.")
    for part in PARTS:
        given = cell[part] is not None and cell[part] != ""
        if given and part not in (*HOLDS[kind], *MAY_HOLD.get(kind, ())):
            what = f"a cell of the kind {kind!r} has no {part}, but {cell[part]} stands there"
            at(part, what, f"Such a cell holds {', '.join(HOLDS[kind]) or 'nothing'}. Correct the cell or its kind.")
        if not given and part in HOLDS[kind]:
            what = f"a cell of the kind {kind!r} lacks its {part}"
            at(part, what, f"Such a cell holds {', '.join(HOLDS[kind])}. Fill it in from the source.")


def _check_numbers(cell: Mapping[str, Any], at: Callable[[str, str, str], None]) -> None:
    """Ends of a range or interval are in order, its median lies between them, and no number is beyond its unit."""
    lower, value, upper = (number(cell[part]) for part in ("lower", "value", "upper"))
    if lower > upper:
        what = f"the range of {cell['lower']} to {cell['upper']} runs backwards"
        at("lower", what, "Reread both ends in the source.")
    if value < lower or value > upper:
        what = f"{cell['value']} does not lie between {cell['lower']} and {cell['upper']}"
        at("value", what, "Reread the median and its range in the source.")
    for kinds, unit, remedy in (
        (("p_value",), "probability", "A P value is a probability, and nothing else is."),
        (("count", "count_of_total"), "patients", "A count is a number of patients."),
    ):
        if (cell["kind"] in kinds) != (cell["unit"] == unit):
            at("unit", f"the kind {cell['kind']!r} and the unit {cell['unit']!r} do not fit", remedy)
    most = LARGEST.get(cell["unit"], 10_000)
    for part in ("value", "lower", "upper"):
        if number(cell[part]) > most:
            what = f"{cell[part]} is more than the {most} {cell['unit']} that can be"
            at(part, what, "Reread the cell in the source.")


def check_columns(columns: pd.DataFrame) -> None:
    """Every arm has one number of patients and one heading in a table, which names it; a comparison has no patients.

    Parameters
    ----------
    columns : DataFrame
        Rows of table_columns.csv, as `load` gives them.

    Raises
    ------
    DataError
        For the first column of which that is not so; names row and column.
    """
    first: dict[tuple[str, str], tuple[int, Mapping[str, Any]]] = {}
    for line, row in numbered_records(columns):
        at = partial(refuse, f"{PAPER}/table_columns.csv", line)
        if (row["n"] is None) != (row["arm"] == "comparison"):
            what = f"the number of patients of the {row['arm']} column is {row['n'] or 'missing'}"
            at("n", what, "It is reported over each arm, and not over a comparison.")
        if row["arm"] != "comparison" and not row["heading"].lower().startswith(row["arm"]):
            what = f"the heading of the {row['arm']} column is {row['heading']!r}"
            at("heading", what, "It begins with the name of its arm. Correct the heading or the arm.")
        other_line, other = first.setdefault((row["table"], row["arm"]), (line, row))
        for column in ("n", "heading"):
            if row[column] != other[column]:
                what = f"{row[column]} is {other[column]} in row {other_line}, another column of the same arm"
                at(column, what, "Correct one of the two from the source.")


def check_table(path: str, frame: pd.DataFrame, columns: pd.DataFrame) -> None:
    """Check the cells of one of the paper's tables.

    Parameters
    ----------
    path : str
        Its file below data/.
    frame : DataFrame
        Its cells, as `load` gives them.
    columns : DataFrame
        The columns of this table, with the patients over each.

    Raises
    ------
    DataError
        For the first cell that cannot be, or contradicts another one of its line or column; names row and column.
    """
    patients = {(row["arm"], row["severity"]): row["n"] for row in records(columns)}
    lines: dict[str, tuple[int, Mapping[str, Any]]] = {}
    units: dict[tuple[str, str], tuple[int, str]] = {}
    for line, cell in numbered_records(frame):
        at = partial(refuse, path, line)
        first, other = lines.setdefault(cell["row"], (line, cell))
        for column in OF_THE_LINE:
            if cell[column] != other[column]:
                what = f"{cell[column]!r} is {other[column]!r} in row {first}, a cell of the same line"
                at(column, what, "Correct one of the two from the source.")
        _check_parts(cell, at)
        if not cell["unit"]:
            continue
        _check_numbers(cell, at)
        first, unit = units.setdefault((cell["row"], cell["kind"]), (line, cell["unit"]))
        if cell["unit"] != unit:
            what = f"the unit {cell['unit']!r} is {unit!r} in row {first}, a cell of the same line"
            at("unit", what, "Correct one of the two from the source.")
        column = (cell["arm"], cell["severity"])
        if column not in patients:
            what = f"{path.rpartition('/')[2]} has no column {' '.join(filter(None, column))!r}"
            at("arm", what, "Its columns stand in table_columns.csv.")
        total = patients[column]
        if cell["kind"] == "count" and total is not None and cell["denominator"] != total:
            what = f"the denominator {cell['denominator']} is not the {total} patients over the column"
            at("denominator", what, "Reread both; a cell with a total of its own is a count_of_total.")
        if cell["kind"] == "count_of_total" and total is not None and cell["denominator"] > total:
            what = f"the denominator {cell['denominator']} is more than the {total} patients over the column"
            at("denominator", what, "Reread both.")
