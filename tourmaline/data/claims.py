"""Look up one reported number of the paper by its id: a claim of the text, or a cell of a table."""

from __future__ import annotations

import re
from functools import cache

from tourmaline.data.files import load, records
from tourmaline.data.schemas import PAPER
from tourmaline.errors import DataError, nearest

CELL_PARTS = ("count", "denominator", "percent", "value", "lower", "upper")
TABLE_CELL = re.compile(r"(table[1-4])\.(?!note\.)")


@cache
def _text_claims() -> dict[str, tuple[str, str]]:
    frame = load(f"{PAPER}/claims.csv")
    return {
        row["id"]: (row["printed"], f"{row['section'].replace('-', ', ')}, paragraph {row['paragraph']}")
        for row in records(frame)
    }


@cache
def _cells(table: str) -> dict[str, tuple[str, str]]:
    found = {}
    for cell in records(load(f"{PAPER}/{table}.csv")):
        place = ".".join(part for part in (table, cell["row"], cell["arm"], cell["severity"]) if part)
        for part in CELL_PARTS:
            if cell[part] not in ("", None):
                found[f"{place}.{part}"] = (str(cell[part]), f"Table {table[-1]}, {cell['label']}, {cell['arm']}")
    return found


def resolved(cell: str) -> str:
    """What is reported: the cell itself, or the claim of the paper that it names with '@'."""
    return claim(cell[1:])[0] if cell.startswith("@") else cell


def claim(name: str) -> tuple[str, str]:
    """The reported string of the claim `name`, and where it stands in the paper.

    Parameters
    ----------
    name : str
        Id of a row of claims.csv, or `table<n>.<row>.<arm>[.<severity>].<part>` for a part of a cell of a table. Only
        the file that holds it is read, so that a notebook depends on no other.

    Raises
    ------
    DataError
        If there is no such claim; names the nearest one.

    Examples
    --------
    >>> claim("results.pfs.hazard_ratio")[0], claim("table2.overall_response_ci.ixazomib.lower")[0]
    ('0.74', '74')
    """
    table = TABLE_CELL.match(name)
    known = _cells(table[1]) if table else _text_claims()
    if name not in known:
        raise DataError(f"there is no claim {name!r}", where=f"data/{PAPER}", remedy=nearest(name, known))
    return known[name]
