"""Refuse a cell of a data file: in one message what is wrong, where, and what to do."""

from __future__ import annotations

from typing import Any, NoReturn

from tourmaline.errors import DataError


def refuse(path: str, line: Any, column: str, what: str, remedy: str) -> NoReturn:
    """Raise DataError for the cell of a column that stands on a line of a file below data/."""
    raise DataError(what, where=f"data/{path}, row {line}, column {column}", remedy=remedy)
