"""Read the file of a digitiser, whatever its encoding, separator and decimal mark, as rows of numbers and names.

What is read is decided by the rules that `DigitiserFile` states, and every decision that a reader may want to see is a note.
Input that two rules would read differently is refused. `digitiser_columns` tells which cell is what, `digitised_points` mends it.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path

from tourmaline.errors import DataError

MOST_BYTES = 20_000_000  # of a file of coordinates; a page of a journal has some hundred points
MOST_COLUMNS = 1000  # of a table of coordinates
LARGE = 7  # whole digits: more than a month, a share or a count has, and they leave no room for the decimals
MOST_DECIMALS = 20  # of a number; spreadsheets write seventeen digits
ROWS_NAMED = 40  # rows of a kind that a message lists one by one
NUMBER = re.compile(r"[+-]?([0-9]+([.,][0-9]*)?|[.,][0-9]+)([eE][+-]?[0-9]{1,3})?")
COMMENT = ("#", "//", "%%", "!")
MARKS = {  # what a file that is not a table begins with, and what to do with it
    b"%PDF": "It is a PDF: type the table, or read the curves off the figure with the axes named.",
    b"<": "It is a page or a drawing: an SVG needs a name that ends in .svg, and the axes named.",
    b"\xd0\xcf\x11\xe0": "It is an old spreadsheet: save it as .xlsx or .csv.",
    b"\x89PNG": "It is a picture: read its coordinates with a digitiser first.",
    b"\xff\xd8\xff": "It is a picture: read its coordinates with a digitiser first.",
}
SEPARATORS = (("\t", "tabs"), (";", "semicolons"), ("|", "upright strokes"), (",", "commas"), ("", "blanks"))
TABLE_REMEDY = "Save it as CSV: a month and a survival on each line, or an arm, a month and a survival."


@dataclass(frozen=True)
class Row:
    """One line of a file: the line's number, and its cells without the blanks around them."""

    line: int
    cells: tuple[str, ...]


@dataclass(frozen=True)
class DigitiserFile:
    """The rows of a file, and how they were read.

    The rules: an encoding is that of the byte order mark, else UTF-8, else UTF-16 where every other byte is zero, else
    Windows-1252. Cells are separated by the first of tab, `;` and `|` that stands on every line; if none does, by commas or
    by blanks, whichever gives every line the same number of cells. A comma in a number is its decimal mark; a file whose
    numbers have commas and points is refused. Lines that are blank or begin with #, //, %% or ! are left out.

    Attributes
    ----------
    name : str
        Of the file, as it is named in messages.
    headers : tuple of Row
        The lines above the first line that holds a number: at most two.
    rows : tuple of Row
        The others.
    notes : tuple of str
        What was decided or left out.
    """

    name: str
    headers: tuple[Row, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...]

    def refuse(self, what: str, row: Row | None = None, remedy: str = TABLE_REMEDY) -> DataError:
        """An error that names the file, and the row if it is one row's."""
        return DataError(what, where=f"{self.name}, row {row.line}" if row else self.name, remedy=remedy)


def as_number(text: str) -> Decimal | None:
    """A decimal number as digitisers write it; None if it is none. A sign of percent behind it counts as nothing here.

    Examples
    --------
    >>> [str(as_number(text)) for text in ("0,5", ".5", "1e-05", "-0.0", "98.5 %", "nan", "0x1", "1_0")]
    ['0.5', '0.5', '0.00001', '0', '98.5', 'None', 'None', 'None']
    """
    text = text.removesuffix("%").strip().replace("\N{MINUS SIGN}", "-")
    if not NUMBER.fullmatch(text):
        return None
    value = Decimal(text.replace(",", "."))
    if value.adjusted() >= LARGE:
        return value
    if value.as_tuple().exponent < -MOST_DECIMALS:
        value = value.quantize(Decimal(1).scaleb(-MOST_DECIMALS), ROUND_HALF_EVEN)
    return Decimal(plain(value))


def plain(value: Decimal) -> str:
    """A number as text without exponent, superfluous zeros or a negative zero.

    Examples
    --------
    >>> plain(Decimal("1E-5")), plain(Decimal("0.500")), plain(Decimal("-0.0")), plain(Decimal("1E+2"))
    ('0.00001', '0.5', '0', '100')
    """
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def in_rows(rows: Iterable[int], counted: str = "row") -> str:
    """Row numbers in words, shortened where there are many.

    Examples
    --------
    >>> in_rows([3]), in_rows([5, 3]), in_rows(range(2, 60)).endswith("and 18 more")
    ('row 3', 'rows 3, 5', True)
    """
    rows = sorted(set(rows))
    if len(rows) == 1:
        return f"{counted} {rows[0]}"
    shown = ", ".join(map(str, rows[:ROWS_NAMED]))
    return f"{counted}s {shown}" + (f" and {len(rows) - ROWS_NAMED} more" if len(rows) > ROWS_NAMED else "")


def in_lines(first: str, rest: Sequence[str]) -> str:
    """A message of several lines, shortened where there are many."""
    shown = [*rest[:ROWS_NAMED], *([f"and {len(rest) - ROWS_NAMED} more"] if len(rest) > ROWS_NAMED else [])]
    return "\n    ".join([first, *shown])


def short(value: Decimal) -> str:
    """A number for a message, however large."""
    return f"{value:.6g}" if abs(value.adjusted()) > 12 else plain(value)


def read_digitiser_file(path: Path) -> DigitiserFile:
    """The rows of a file of a digitiser: text of any usual encoding and separator, or an xlsx workbook.

    Parameters
    ----------
    path : Path

    Raises
    ------
    DataError
        If it is not a table, or one that can be read in two ways.
    """
    name = path.name
    size = path.stat().st_size
    if size > MOST_BYTES or not path.is_file():
        raise DataError(
            f"{size / 1e6:.0f} MB are too many for coordinates" if path.is_file() else "this is not a file",
            where=name,
            remedy="Export the points alone.",
        )
    content = path.read_bytes()
    for mark, remedy in MARKS.items():
        if content.startswith(mark):
            raise DataError("this is not a table of coordinates", where=name, remedy=remedy)
    if content.startswith(b"PK\x03\x04"):
        rows, notes = _workbook(name, content)
    else:
        rows, notes = _text(name, content)
    rows, left_out = _without_comments(name, rows)
    notes += left_out
    if not rows:
        raise DataError("there are no points in it", where=name, remedy=TABLE_REMEDY)
    headers, rows = _headers(name, rows)
    notes += _decimal_commas(name, rows)
    return DigitiserFile(name, tuple(headers), tuple(rows), tuple(notes))


def _text(name: str, content: bytes) -> tuple[list[Row], list[str]]:
    text, notes = _decoded(name, content)
    lines = [(number, line) for number, line in enumerate(re.split(r"\r\n|\n|\r", text), start=1)]
    used = [(number, line) for number, line in lines if not _is_empty(line) and not _is_comment(line)]
    separator = _separator(name, [line for _, line in used])
    if separator != ",":
        notes.append(f"cells are separated by {dict(SEPARATORS)[separator]}")
    return [Row(number, tuple(_cells(line, separator))) for number, line in lines], notes


def _decoded(name: str, content: bytes) -> tuple[str, list[str]]:
    for mark, encoding in (
        (b"\xef\xbb\xbf", "UTF-8"),
        (b"\xff\xfe\x00\x00", "UTF-32"),
        (b"\x00\x00\xfe\xff", "UTF-32"),
        (b"\xff\xfe", "UTF-16"),
        (b"\xfe\xff", "UTF-16"),
    ):
        if content.startswith(mark):
            return _decode(name, content[3:] if encoding == "UTF-8" else content, encoding), [
                f"{encoding} with a byte order mark"
            ]
    if len(content) > 3 and b"\x00" in content:
        even, odd = content[0::2].count(0), content[1::2].count(0)
        if max(even, odd) * 4 < len(content):
            raise DataError("this is not text", where=name, remedy=TABLE_REMEDY)
        encoding = "UTF-16-LE" if odd > even else "UTF-16-BE"
        return _decode(name, content, encoding), ["UTF-16 without a byte order mark"]
    try:
        return content.decode("utf-8"), []
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace"), ["Windows-1252, for it is not UTF-8"]


def _decode(name: str, content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        raise DataError(f"it begins as {encoding} and is not", where=name, remedy="Save it as UTF-8.") from None


def _workbook(name: str, content: bytes) -> tuple[list[Row], list[str]]:
    """The cells of the one sheet of a workbook that holds any."""
    import openpyxl  # slow to import

    try:
        size = sum(part.file_size for part in zipfile.ZipFile(io.BytesIO(content)).infolist())
        if size > 10 * MOST_BYTES:
            raise ValueError(f"it unpacks to {size / 1e6:.0f} MB")
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        sheets = {}
        for sheet in book.worksheets:
            sheet.reset_dimensions()  # a file may claim any; a row is as wide as its cells
            cells = [
                Row(line, tuple("" if cell is None else str(cell).strip() for cell in row))
                for line, row in enumerate(sheet.iter_rows(values_only=True), start=1)
            ]
            if any(any(row.cells) for row in cells):
                sheets[sheet.title] = cells
    except Exception as error:  # what a damaged file makes openpyxl raise may be anything
        raise DataError(f"this workbook cannot be read: {error}", where=name, remedy=TABLE_REMEDY) from None
    if len(sheets) > 1:
        raise DataError(
            f"{len(sheets)} sheets hold cells: {', '.join(sheets)}",
            where=name,
            remedy="Keep one sheet, or save each arm's sheet as a file of its own.",
        )
    notes = [f"workbook, sheet {title!r}" for title in sheets]
    return next(iter(sheets.values()), []), notes


def _is_comment(line: str) -> bool:
    return line.lstrip().lstrip("\"'").startswith(COMMENT)


def _is_empty(line: str) -> bool:
    return not line.strip(" \t;,|\"'\xa0\ufeff")


def _without_comments(name: str, rows: Sequence[Row]) -> tuple[list[Row], list[str]]:
    """Rows without those that hold nothing or a comment, and without the empty cells behind the last."""
    kept, comments, blanks = [], [], []
    for row in rows:
        if not any(row.cells):
            blanks.append(row.line)
            continue
        if _is_comment(next(cell for cell in row.cells if cell)):
            comments.append(row.line)
            continue
        kept.append(row)
    if kept and blanks:
        blanks = [line for line in blanks if line < kept[-1].line]  # an end of line at the end of the file is none
    filled = max((max(index for index, cell in enumerate(row.cells) if cell) + 1 for row in kept), default=0)
    if filled > MOST_COLUMNS:
        raise DataError(f"{filled} columns are too many for coordinates", where=name, remedy=TABLE_REMEDY)
    trailing = [row.line for row in kept if len(row.cells) > filled]
    kept = [Row(row.line, (row.cells + ("",) * filled)[:filled]) for row in kept]
    notes = []
    for lines, words in ((comments, "comments left out"), (blanks, "blank lines left out")):
        if lines:
            notes.append(f"{words}: {in_rows(lines)}")
    if trailing:
        notes.append(f"separators at the ends of lines left out: {in_rows(trailing)}")
    return kept, notes


def _separator(name: str, lines: list[str]) -> str:
    """The mark between cells, by the rules of `DigitiserFile`."""
    if not lines:
        return ","
    for separator in ("\t", ";", "|"):
        if all(separator in line for line in lines):
            return separator
    # A comment of the digitiser above the table, such as a title, may have none: then what every later line has.
    for separator in ("\t", ";", "|"):
        if len(lines) > 3 and all(separator in line for line in lines[2:]):
            return separator
    for separator in (",", ""):
        split = [[cell for cell in _cells(line, separator) if cell] for line in lines]
        if any(len(cell.split()) > 1 and all(map(_is_number, cell.split())) for cells in split for cell in cells):
            continue  # two numbers in one cell
        tabular = [count for count in (sum(map(_is_number, cells)) for cells in split) if count]  # without headers
        if len(tabular) >= max(len(lines) - 2, 1) and len(set(tabular)) == 1 and tabular[0] >= 2:
            if separator == "," and _are_halves(lines, split):
                raise DataError(
                    f"the commas may separate cells or be decimal marks: {lines[-1].strip()!r} can be two numbers or four",
                    where=name,
                    remedy="Save it with semicolons between the cells, or with decimal points.",
                )
            return separator
    return "," if all("," in line for line in lines) else ""


def _is_number(cell: str) -> bool:
    return as_number(cell) is not None


def _are_halves(lines: list[str], rows: list[list[str]]) -> bool:
    """Whether four whole numbers on each line could be two with decimal commas, for no header says that they are four."""
    numbers = [cells for cells in rows if sum(map(_is_number, cells)) == 4]
    headers = [line for line, cells in zip(lines, rows) if not any(map(_is_number, cells))]
    wide = any(line.count(",") >= 3 for line in headers)
    return bool(numbers) and not wide and all(cell.isdigit() for cells in numbers for cell in cells[-4:])


def _cells(line: str, separator: str) -> list[str]:
    if not separator:
        return line.replace("\xa0", " ").split()
    try:
        cells = next(csv.reader([line], delimiter=separator, skipinitialspace=True), [])
    except csv.Error:
        cells = line.split(separator)
    return [cell.strip(" \xa0\ufeff\t\"'") for cell in cells]


def _headers(name: str, rows: list[Row]) -> tuple[list[Row], list[Row]]:
    """Lines without any number are headers, as long as they stand on top."""
    first = next((index for index, row in enumerate(rows) if any(map(_is_number, row.cells))), None)
    if first is None:
        raise DataError("there is no number in it", where=name, remedy=TABLE_REMEDY)
    if first > 2:
        raise DataError(
            f"{first} lines of words stand above the first number",
            where=f"{name}, row {rows[0].line}",
            remedy="Leave one line of column names, or put # before the others.",
        )
    return rows[:first], rows[first:]


def _decimal_commas(name: str, rows: list[Row]) -> list[str]:
    """A note if numbers have decimal commas; a file with commas and points in its numbers is refused."""
    found: dict[str, tuple[int, str]] = {}
    for row in rows:
        for cell in row.cells:
            if as_number(cell) is not None:
                for mark in ",.":
                    if mark in cell:
                        found.setdefault(mark, (row.line, cell))
    if len(found) == 2:
        (comma, with_comma), (point, with_point) = found[","], found["."]
        raise DataError(
            f"numbers have decimal commas ({with_comma!r} in row {comma}) and decimal points ({with_point!r} in row {point})",
            where=name,
            remedy="Write all of them in one way.",
        )
    if "," not in found:
        return []
    return [f"commas are decimal marks ({found[','][1]!r} is {plain(as_number(found[','][1]))})"]
