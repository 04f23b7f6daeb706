"""Digits that were lost since a commit: a spreadsheet turns 0.70 into 0.7, and so changes what a source reported."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation

from tourmaline import paths
from tourmaline.data.schemas import FILES
from tourmaline.errors import DataError
from tourmaline.version_control import commit_of, git, is_checkout


def _plain(cell: str) -> str:
    """A number without the zeros at its end; other text as it is."""
    try:
        return str(Decimal(cell).normalize())
    except InvalidOperation:
        return cell


def _rows(text: str, key: tuple[str, ...]) -> dict[tuple[str, ...], tuple[int, dict[str, str]]]:
    """Each row by its key (of plain numbers: a value may be part of it), with its line in the file; empty if columns are missing."""
    reader = csv.DictReader(text.splitlines())
    if not set(key) <= set(reader.fieldnames or ()):
        return {}
    return {tuple(_plain(row[name] or "") for name in key): (line, row) for line, row in enumerate(reader, start=2)}


def changed_digits(before: str, now: str, key: tuple[str, ...]) -> Iterator[tuple[int, str, str, str]]:
    """The cells of two texts of one file that are the same number in other digits: line, column, before, now.

    Examples
    --------
    >>> list(changed_digits("id,value\\na,0.70\\nb,1.5\\n", "id,value\\na,0.7\\nb,1.6\\n", ("id",)))
    [(2, 'value', '0.70', '0.7')]
    """
    old = _rows(before, key)
    for name, (line, row) in _rows(now, key).items():
        for column, cell in row.items():
            was = old[name][1].get(column) if name in old else None
            if was and cell and was != cell and _plain(was) == _plain(cell):
                yield line, column, was, cell


def check_digits(against: str = "") -> None:
    """Refuse a cell of data/ that holds the same number as in a commit, in other digits.

    Parameters
    ----------
    against : str
        A commit, tag or branch. What is committed here is compared too, with the commit at which the histories part;
        '' compares with the last commit what is not committed yet.

    Raises
    ------
    DataError
        For the first such cell. Outside a checkout there is nothing to compare with, unless a commit is named.
    ParameterError
        If git does not know the commit.
    """
    if against:
        commit = commit_of(against)
        base = git("merge-base", commit, "HEAD") or commit
        words, unless = f"in commit {base[:12]}", "the one who reviews the change accepts it in spite of this check"
    elif is_checkout():
        base, words, unless = "HEAD", "in the last commit", "commit the change first"
    else:
        return
    changed = git("diff", "--name-only", base, "--", "data").splitlines()
    for path in sorted({f"data/{name}" for name in FILES} & set(changed)):
        now = (paths.ROOT / path).read_text(encoding="utf-8-sig")
        found = list(changed_digits(git("show", f"{base}:{path}"), now, FILES[path.removeprefix("data/")].key))
        if found:
            line, column, was, cell = found[0]
            others = f" {len(found) - 1} more cells lost or gained digits." if len(found) > 1 else ""
            raise DataError(
                f"{cell!r} was {was!r} {words}: the digits that a source reports are part of the fact.{others}",
                where=f"{path}, row {line}, column {column}",
                remedy="Spreadsheets drop such digits: restore the cell, and edit the file as text. "
                f"If the source itself says {cell!r}, {unless}.",
            )
