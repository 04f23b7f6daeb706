"""Refuse a cell of the paper's tables that no table can have: parts that its kind lacks, a median outside its range, no unit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from tourmaline.data.printed import number
from tourmaline.errors import DataError

PARTS = ("count", "denominator", "percent", "value", "lower", "upper", "unit")
# What a cell of a kind has; the percentage of a count of 0 is not printed.
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


def _check_parts(cell: Mapping[str, Any], where: str) -> None:
    """A cell holds what its kind has, and nothing else."""
    kind = cell["kind"]
    if (cell["arm"] == "") != (kind == "heading"):
        raise DataError(
            f"the kind {kind!r} and the arm {cell['arm']!r} do not fit",
            where=f"{where} arm",
            remedy="A heading has no arm; every other cell has one.",
        )
    for part in PARTS:
        given = cell[part] is not None and cell[part] != ""
        if given and part not in (*HOLDS[kind], *MAY_HOLD.get(kind, ())):
            raise DataError(
                f"a cell of the kind {kind!r} has no {part}, but {cell[part]} stands there",
                where=f"{where} {part}",
                remedy=f"Such a cell holds {', '.join(HOLDS[kind]) or 'nothing'}. Correct the cell or its kind.",
            )
        if not given and part in HOLDS[kind]:
            raise DataError(
                f"a cell of the kind {kind!r} lacks its {part}",
                where=f"{where} {part}",
                remedy=f"Such a cell holds {', '.join(HOLDS[kind])}. Fill it in from the source.",
            )


def _check_numbers(cell: Mapping[str, Any], where: str) -> None:
    """Ends of a range or interval are in order, its median lies between them, and no number is beyond its unit."""
    lower, value, upper = (number(cell[part]) for part in ("lower", "value", "upper"))
    if lower > upper:
        raise DataError(
            f"the range of {cell['lower']} to {cell['upper']} runs backwards",
            where=f"{where} lower",
            remedy="Reread both ends in the source.",
        )
    if value < lower or value > upper:
        raise DataError(
            f"{cell['value']} does not lie between {cell['lower']} and {cell['upper']}",
            where=f"{where} value",
            remedy="Reread the median and its range in the source.",
        )
    for kinds, unit, remedy in (
        (("p_value",), "probability", "A P value is a probability, and nothing else is."),
        (("count", "count_of_total"), "patients", "A count is a number of patients."),
    ):
        if (cell["kind"] in kinds) != (cell["unit"] == unit):
            raise DataError(
                f"the kind {cell['kind']!r} and the unit {cell['unit']!r} do not fit",
                where=f"{where} unit",
                remedy=remedy,
            )
    most = LARGEST.get(cell["unit"], 10_000)
    for part in ("value", "lower", "upper"):
        if number(cell[part]) > most:
            raise DataError(
                f"{cell[part]} is more than the {most} {cell['unit']} that can be",
                where=f"{where} {part}",
                remedy="Reread the cell in the source.",
            )


def check_columns(columns: pd.DataFrame) -> None:
    """Every arm has one number of patients and one heading in a table, which names it; a comparison has no patients.

    Parameters
    ----------
    columns : DataFrame
        Rows of tourmaline_mm1/table_columns.csv, as `load` gives them.

    Raises
    ------
    DataError
        For the first column of which that is not so; names row and column.
    """
    first: dict[tuple[str, str], tuple[int, Mapping[str, Any]]] = {}
    for line, row in zip(columns.index, columns.to_dict("records")):
        where = f"data/tourmaline_mm1/table_columns.csv, row {line}, column"
        if (row["n"] is None) != (row["arm"] == "comparison"):
            raise DataError(
                f"the number of patients of the {row['arm']} column is {row['n'] or 'missing'}",
                where=f"{where} n",
                remedy="It is printed over each arm, and not over a comparison.",
            )
        if row["arm"] != "comparison" and not row["heading"].lower().startswith(row["arm"]):
            raise DataError(
                f"the heading of the {row['arm']} column is {row['heading']!r}",
                where=f"{where} heading",
                remedy="It begins with the name of its arm. Correct the heading or the arm.",
            )
        other_line, other = first.setdefault((row["table"], row["arm"]), (line, row))
        for column in ("n", "heading"):
            if row[column] != other[column]:
                raise DataError(
                    f"{row[column]} is {other[column]} in row {other_line}, another column of the same arm",
                    where=f"{where} {column}",
                    remedy="Correct one of the two from the source.",
                )


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
    patients = {(row["arm"], row["severity"]): row["n"] for row in columns.to_dict("records")}
    lines: dict[str, tuple[int, Mapping[str, Any]]] = {}
    units: dict[tuple[str, str], tuple[int, str]] = {}
    for line, cell in zip(frame.index, frame.to_dict("records")):
        where = f"data/{path}, row {line}, column"
        first, other = lines.setdefault(cell["row"], (line, cell))
        for column in OF_THE_LINE:
            if cell[column] != other[column]:
                raise DataError(
                    f"{cell[column]!r} is {other[column]!r} in row {first}, a cell of the same line",
                    where=f"{where} {column}",
                    remedy="Correct one of the two from the source.",
                )
        _check_parts(cell, where)
        if not cell["unit"]:
            continue
        _check_numbers(cell, where)
        first, unit = units.setdefault((cell["row"], cell["kind"]), (line, cell["unit"]))
        if cell["unit"] != unit:
            raise DataError(
                f"the unit {cell['unit']!r} is {unit!r} in row {first}, a cell of the same line",
                where=f"{where} unit",
                remedy="Correct one of the two from the source.",
            )
        column = (cell["arm"], cell["severity"])
        if column not in patients:
            raise DataError(
                f"{path.rpartition('/')[2]} has no column {' '.join(filter(None, column))!r}",
                where=f"{where} arm",
                remedy="Its columns stand in table_columns.csv.",
            )
        total = patients[column]
        if cell["kind"] == "count" and total is not None and cell["denominator"] != total:
            raise DataError(
                f"the denominator {cell['denominator']} is not the {total} patients over the column",
                where=f"{where} denominator",
                remedy="Reread both; a cell with a total of its own is a count_of_total.",
            )
        if cell["kind"] == "count_of_total" and total is not None and cell["denominator"] > total:
            raise DataError(
                f"the denominator {cell['denominator']} is more than the {total} patients over the column",
                where=f"{where} denominator",
                remedy="Reread both.",
            )
