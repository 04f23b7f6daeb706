"""Read one file of data/ and refuse it, with file, row and column, if it is not what its schema says."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache, partial
from pathlib import Path
from typing import Any

import pandas as pd

from tourmaline import paths
from tourmaline.data.encoding import decoded
from tourmaline.data.printed import percent_agrees
from tourmaline.data.refusing import refuse
from tourmaline.data.schemas import FILES, DataFile, digitised_curves
from tourmaline.errors import DataError, nearest
from tourmaline.roles import ARMS

MOST_POINTS = 5000  # of one digitised curve
DIGITISED = "digitised/"  # the reader's own curves: one file an analysis, all of one schema
LEAST_POINTS = 2  # of a curve; Guyot's algorithm needs a step
OTHER_SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars"}
HIDDEN = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")  # Unicode's categories of what is not shown
INTEGER_COLUMNS = ("count", "denominator", "n", "month", "paragraph", "paragraphs")


def _read(file: DataFile, content: bytes) -> pd.DataFrame:
    """The cells as text, with the line of the file each row stands on as the index."""
    where = f"data/{file.path}"
    text = decoded(content, where)
    try:
        header, *rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        raise DataError(
            f"it is not a CSV file: {error}", where=where, remedy="Mind quotation marks and commas."
        ) from None
    known = list(file.columns)
    if len(header) == 1 and (signs := [sign for sign in OTHER_SEPARATORS if sign in header[0]]):
        raise DataError(
            f"its cells are separated by {OTHER_SEPARATORS[signs[0]]}, not by commas",
            where=where,
            remedy="Save it from the spreadsheet as comma-separated text (CSV UTF-8), or edit it as text.",
        )
    if header and not header[-1]:
        raise DataError(
            "an empty column stands after the last one",
            where=f"{where}, row 1",
            remedy="Remove the commas at the end of each line.",
        )
    for name in header:
        if name not in known:
            raise DataError(
                f"there is an unknown column {name!r}",
                where=where,
                remedy=f"{nearest(name, known) or 'Take it away; notes stand in the column note, where there is one.'} "
                f"Columns: {', '.join(known)}.",
            )
    if missing := [name for name in known if name not in header]:
        raise DataError(f"the column {missing[0]!r} is missing", where=where, remedy=f"Columns: {', '.join(known)}.")
    if header != known:
        raise DataError(
            "the columns stand in another order, or one stands twice",
            where=where,
            remedy=f"Columns: {', '.join(known)}.",
        )
    for line, row in enumerate(rows, start=2):
        if not any(row):
            raise DataError("the line is empty", where=f"{where}, row {line}", remedy="Remove the line.")
        if len(row) > len(header) and not any(row[len(header) :]):
            raise DataError(
                f"{len(row) - len(header)} empty cells stand after the last column",
                where=f"{where}, row {line}",
                remedy="Remove the commas at the end: a spreadsheet writes them for columns that it thinks are used.",
            )
        if len(row) != len(header):
            raise DataError(
                f"{len(row)} cells under {len(header)} columns",
                where=f"{where}, row {line}",
                remedy="Put a cell that contains a comma in quotation marks.",
            )
    return pd.DataFrame(rows, columns=header, index=pd.RangeIndex(2, len(rows) + 2, name="line"), dtype=str)


def _check_cells(file: DataFile, frame: pd.DataFrame) -> None:
    wrong = [
        (line, name, cell)
        for name, column in file.columns.items()
        for line, cell in frame[name].items()
        if not column.legal(cell)
    ]
    if wrong:
        line, name, cell = min(wrong)
        raise DataError(
            f"{cell!r} {file.columns[name].refusal(cell)}",
            where=f"data/{file.path}, row {line}, column {name}",
            remedy="Correct the cell from its source."
            + (f" ({len(wrong) - 1} more cells are wrong.)" if wrong[1:] else ""),
        )


def _check_text(file: DataFile, frame: pd.DataFrame) -> None:
    """No cell holds what nobody sees: blanks at its ends, two in a row, control characters, characters without width."""
    if frame.empty:
        raise DataError(
            "there is no row below the header",
            where=f"data/{file.path}",
            remedy="Restore it, for example with git checkout.",
        )
    for column in frame.columns:
        for line, cell in frame[column].items():
            if cell.isascii() and cell.isprintable() and cell == cell.strip() and "  " not in cell:
                continue
            at = partial(refuse, file.path, line)
            if cell != cell.strip():
                at(column, f"{cell!r} begins or ends with a blank", "Remove what stands around the text.")
            if "  " in cell:
                at(column, f"{cell!r} holds two blanks in a row", "Leave one; if a word is lost, restore it.")
            hidden = next((sign for sign in cell if sign == "\ufffd" or unicodedata.category(sign) in HIDDEN), "")
            if hidden:
                name = unicodedata.name(hidden, f"U+{ord(hidden):04X}")
                at(column, f"{cell!r} holds a sign that is not text ({name})", "Remove it; a cell is one line of text.")


def _check_key(file: DataFile, frame: pd.DataFrame) -> None:
    repeated = frame.duplicated(list(file.key))
    if repeated.any():
        line = repeated.idxmax()
        key = frame.loc[line, list(file.key)]
        first = (frame[list(file.key)] == key).all(axis=1).idxmax()
        what = f"{', '.join(part for part in key if part)!r} stands already in row {first}"
        remedy = "Each row needs a key of its own: remove or rename one of the two."
        refuse(file.path, line, "+".join(file.key), what, remedy)


def _check_counts(file: DataFile, frame: pd.DataFrame) -> None:
    if "percent" not in frame:
        return
    given = frame[(frame["percent"] != "") | (frame["count"] != "")]
    for line, row in numbered_records(given):
        at = partial(refuse, file.path, line)
        if not (row["count"] and row["denominator"]):
            what = "a count or a percentage stands without its denominator or count"
            at("denominator" if row["count"] else "count", what, "Fill in both count and denominator.")
        count, denominator = int(row["count"]), int(row["denominator"])
        if count > denominator or denominator == 0:
            at("count", f"{count} of {denominator} patients is impossible", "Correct count or denominator.")
        if row["percent"] and not percent_agrees(count, denominator, row["percent"]):
            what = f"{row['percent']!r} contradicts {count} of {denominator}, which is {100 * count / denominator:.2f} percent"
            remedy = "Reread count, denominator and percentage in the source."
            at("percent", what, remedy)


def _check_curves(file: DataFile, frame: pd.DataFrame) -> None:
    """Each arm has points, from survival 1 at the start on; months do not fall, survival does not rise."""
    numbers = frame.astype({"month": float, "survival": float})
    for arm in ARMS:
        points = numbers[numbers["arm"] == arm]
        if len(points) < LEAST_POINTS:
            raise DataError(
                f"the {arm} arm has {len(points) or 'no'} point{'s' * (len(points) != 1)}, and needs {LEAST_POINTS} or more",
                where=f"data/{file.path}, column arm",
                remedy="Read both arms off the reported figure: rows of arm control and of arm experimental.",
            )
        start = points.iloc[0]
        if start["month"] == 0 and start["survival"] < 1:
            what = f"{frame.loc[points.index[0], 'survival']!r} at month 0 of the {arm} arm: a curve starts at 1"
            remedy = (
                "Survival is a fraction of all patients. If somebody had an event at once, give it a month above 0."
            )
            refuse(file.path, points.index[0], "survival", what, remedy)
        if len(points) > MOST_POINTS:
            raise DataError(
                f"{len(points)} points of the {arm} arm: more than {MOST_POINTS} tell nothing more of a reported curve",
                where=f"data/{file.path}, row {points.index[MOST_POINTS]}",
                remedy="Keep the points at each step down, at both its ends.",
            )
        if points["survival"].min() == 1 or points["month"].max() == 0:
            raise DataError(
                f"the curve of the {arm} arm does not fall",
                where=f"data/{file.path}, row {points.index[-1]}",
                remedy="Read it to its end, months on the axis of time and fractions on that of survival.",
            )
        for column, wrong in (("month", points["month"].diff() < 0), ("survival", points["survival"].diff() > 0)):
            if wrong.any():
                line = wrong.idxmax()
                rule = "months must not fall" if column == "month" else "survival must not rise"
                what = (
                    f"{frame.loc[line, column]!r} follows on {points[column].shift()[line]:g} of the {arm} arm: {rule}"
                )
                remedy = "Put the points of an arm in the order of time, and read the point again."
                refuse(file.path, line, column, what, remedy)


@lru_cache(maxsize=100)  # of one file there are several contents where data are edited while a process runs
def _checked(name: str, content: bytes) -> pd.DataFrame:
    file = FILES.get(name) or digitised_curves(name)
    frame = _read(file, content)
    _check_cells(file, frame)
    if name in FILES:
        _check_text(file, frame)
    _check_key(file, frame)
    _check_counts(file, frame)
    if name.startswith(DIGITISED):
        _check_curves(file, frame)
    for column in set(INTEGER_COLUMNS) & set(frame.columns) if name in FILES else ():
        frame[column] = pd.to_numeric(frame[column].replace("", pd.NA)).astype("Int64")
    return frame


@cache
def _load(name: str, directory: Path) -> pd.DataFrame:
    try:
        content = (directory / name).read_bytes()
    except FileNotFoundError:
        remedy = "Restore it, for example with git checkout."
        raise DataError("the file is missing", where=f"data/{name}", remedy=remedy) from None
    return _checked(name, content)


def load(name: str, directory: Path | None = None) -> pd.DataFrame:
    """One file of data/, validated.

    Parameters
    ----------
    name : str
        Path below data/, for example 'evidence/trials.csv' or 'digitised/aspire.pfs.primary.csv'.
    directory : Path, optional
        The folder that holds the files; without one, data/ of the project.

    Returns
    -------
    DataFrame
        Cells as text ('' where empty); counts, denominators, n and months as Int64 (<NA> where empty). The index is the
        line of the file on which a row stands.

    Raises
    ------
    DataError
        Names file, row and column, and what the cell must be.

    Examples
    --------
    >>> load("evidence/trials.csv")["name"].iloc[0]
    'TOURMALINE-MM1'
    """
    if name not in FILES and not name.startswith(DIGITISED):
        raise DataError(f"there is no data file {name!r}", remedy=f"{nearest(name, FILES)} Files: {', '.join(FILES)}.")
    return _load(name, directory or paths.DATA).copy()


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a table, by column, None for a count that is not there.

    These are those of `frame.to_dict("records")`, which looks at the type of each cell and takes several times as long.

    Examples
    --------
    >>> records(load("evidence/trials.csv"))[0]["name"]
    'TOURMALINE-MM1'
    """
    names = list(frame.columns)
    return [dict(zip(names, row)) for row in zip(*(_values(frame[name]) for name in names))]


def _values(column: pd.Series) -> list[Any]:
    values = column.tolist()
    return [None if value is pd.NA else value for value in values] if column.dtype == "Int64" else values


def numbered_records(frame: pd.DataFrame) -> Iterator[tuple[int, dict[str, Any]]]:
    """The rows of a table, each with its index: of a file of data/ the line on which it stands."""
    return zip(frame.index.tolist(), records(frame))
