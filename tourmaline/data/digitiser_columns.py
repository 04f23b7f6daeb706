"""The curves in the rows of a digitiser's file: which column is what, and in which unit."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from tourmaline.data.digitised_points import BEYOND, Point, ReadCurve
from tourmaline.data.digitiser_files import DigitiserFile, Row, as_number, in_lines, in_rows, plain, short
from tourmaline.errors import DataError
from tourmaline.roles import ARMS

LEAST_PERCENT, MOST_PERCENT = 50, 101  # the highest survival of a curve in percent lies between
_MONTH_WORDS = ("month", "months", "time", "t", "x", "mo", "mos", "trisk", "t.risk", "t_risk")
_SURVIVAL_WORDS = (
    "survival",
    "surv",
    "s",
    "y",
    "probability",
    "proportion",
    "fraction",
    "percent",
    "s(t)",
    "pfs",
    "os",
)
_ARM_WORDS = ("arm", "group", "treatment", "curve", "series", "dataset", "strata", "stratum", "line")
_COUNT_WORDS = ("n", "at risk", "number at risk", "no. at risk", "n.risk", "nrisk", "at_risk", "patients", "count")
_OTHER_UNITS = ("day", "week", "year")
_UNITS = ("months?", "mos?", "days?", "weeks?", "years?", "%", "percent", "fraction", "proportion")
ARMS_REMEDY = "Say which is which: --control NAME --experimental NAME."


def read_curves(
    file: DigitiserFile, names: Mapping[str, str], alone: str = ""
) -> tuple[dict[str, ReadCurve], list[str]]:
    """The curves of a file: with a column of arms, a month and a survival of each arm side by side, or of one arm alone.

    The rules: a column without numbers, or headed 'arm', holds the arms. Of the others the first is the month and the second
    the survival, unless their headers say otherwise. Three columns are a month and both arms, four are a month and a survival
    of each arm; their headers name the arms. Survival is in percent if a sign or a header says so, or if it goes up to
    between 50 and 101; a fraction if it goes up to 1.01 at most; anything else is refused.

    Parameters
    ----------
    file : DigitiserFile
    names : mapping of str to str
        What the arms are called, in small letters: 'control' or 'experimental' of each name.
    alone : str
        The arm of a file of one curve.

    Returns
    -------
    dict of str to ReadCurve
        By arm.
    list of str
        What was decided.

    Raises
    ------
    DataError
        If it cannot be told what is what, or a cell is not a number; all such cells in one message.
    """
    notes: list[str] = []
    arm, columns = columns_of(file, notes)
    heads = [_heading(file, column) for column in columns]
    if not 2 <= len(columns) <= (4 if arm is None else 2):
        raise unclear(file, len(columns))
    if arm is not None:
        called = arms_of(file, arm, file.rows, names, notes)
        layout = {name: (columns, [row for row, its in zip(file.rows, called) if its == name]) for name in ARMS}
        layout = {name: rows for name, rows in layout.items() if rows[1]}
    elif len(columns) == 2:
        if not alone:
            raise file.refuse(
                "there is one curve in it, of an arm that nothing names",
                remedy="Give it as --control FILE or --experimental FILE, or add a column of arms.",
            )
        layout = {alone: (columns, file.rows)}
    else:
        if len(columns) == 4:
            pairs = heads_of = [columns[:2], columns[2:]]
        else:
            pairs, heads_of = [[columns[0], column] for column in columns[1:]], [[column] for column in columns[1:]]
        found = [arm_named(file, headed, names) for headed in heads_of]
        if None in found or len(set(found)) < 2:
            raise unclear(file, len(columns))
        layout = {
            name: (pair, [row for row in file.rows if any(row.cells[column] for column in headed)])
            for name, pair, headed in zip(found, pairs, heads_of)
        }
        notes.append(f"columns are {', '.join('month and survival of ' + name for name in found)}")
    wrong, curves = [], {}
    for name, (pair, rows) in layout.items():
        refuse_other_units(file, pair[0])
        points = []
        for row in rows:
            cells = [row.cells[column] for column in pair]
            values = [as_number(cell) for cell in cells]
            for cell, value, what in zip(cells, values, ("month", "survival")):
                if value is None:
                    wrong.append(f"row {row.line}: {cell!r} is not a {what}")
            points.append((row.line, *values))
        curves[name] = points
    if wrong:
        raise file.refuse(in_lines("these cells are not numbers", wrong), remedy="Correct or remove these rows.")
    shares = [row.cells[pair[1]] for pair, rows in layout.values() for row in rows]
    said = any("%" in cell for cell in shares) or any("%" in head or "percent" in head for head in heads[1:])
    top = max(point[2] for points in curves.values() for point in points)
    scale = _scale(file, top, said, notes)
    return {
        name: ReadCurve(file.name, tuple(Point(row, month, share * scale) for row, month, share in points))
        for name, points in curves.items()
    }, notes


def _scale(file: DigitiserFile, top: Decimal, said: bool, notes: list[str]) -> Decimal:
    """What survival is multiplied with to be a fraction."""
    if said:
        if top <= 1 + BEYOND:
            raise file.refuse(
                f"survival is said to be in percent, but goes up to {plain(top)} only",
                remedy="Write percent up to 100, or take the sign away.",
            )
        notes.append("survival is in percent, as the file says")
        return Decimal("0.01")
    if top <= 1 + BEYOND:
        return Decimal(1)
    if LEAST_PERCENT < top <= MOST_PERCENT:
        notes.append(f"survival is read as percent, for it goes up to {plain(top)}")
        return Decimal("0.01")
    raise file.refuse(
        f"survival goes up to {short(top)}: neither a fraction (up to 1) nor percent (up to 100)",
        remedy="Check the axis of survival, or the decimal marks: a curve starts at 1, or at 100 percent.",
    )


def _heading(file: DigitiserFile, column: int) -> str:
    """What the headers say of a column, in small letters."""
    return " ".join(row.cells[column] for row in file.headers if row.cells[column]).casefold().strip()


def _is_called(head: str, words: Iterable[str]) -> bool:
    """Whether a header, without its unit, is one of the words."""
    bare = re.sub(rf"[(\[]\s*({'|'.join(_UNITS)})\s*[)\]]", "", head).replace("%", "").strip(" _-:") or head
    return bare in words


def columns_of(file: DigitiserFile, notes: list[str]) -> tuple[int | None, list[int]]:
    """The column of the arms, if there is one, and the columns of numbers: month before survival."""
    width = len(file.rows[0].cells)
    filled = {column: [row.cells[column] for row in file.rows if row.cells[column]] for column in range(width)}
    filled = {column: cells for column, cells in filled.items() if cells}
    heads = {column: _heading(file, column) for column in filled}
    arms = [column for column in filled if _is_called(heads[column], _ARM_WORDS)]
    words = [column for column, cells in filled.items() if all(as_number(cell) is None for cell in cells)]
    arms = arms or words
    if len(arms) > 1:
        raise file.refuse(
            f"columns {', '.join(str(column + 1) for column in arms)} hold words: which holds the arms?",
            remedy="Leave one such column, or head it 'arm'.",
        )
    numbers = [column for column in filled if column not in arms]
    months = [column for column in numbers if _is_called(heads[column], _MONTH_WORDS)]
    shares = [column for column in numbers if _is_called(heads[column], (*_SURVIVAL_WORDS, *_COUNT_WORDS))]
    if len(months) == len(shares) == 1:
        chosen = [months[0], shares[0]]
    elif len(numbers) == 3 and _counts_rows(filled, numbers):
        chosen = numbers[1:]
    else:
        chosen = numbers
    if left := [heads[column] or f"number {column + 1}" for column in numbers if column not in chosen]:
        notes.append(f"columns left out: {', '.join(map(repr, left))}")
    return (arms[0] if arms else None), chosen


def _counts_rows(filled: Mapping[int, Sequence[str]], numbers: Sequence[int]) -> bool:
    """Whether the first of three columns only counts the rows, and the second rises, as months do."""
    first, second = ([as_number(cell) for cell in filled[column]] for column in numbers[:2])
    if first != [Decimal(row) for row in range(1, len(first) + 1)] or None in second or len(second) < len(first):
        return False
    return second[0] < second[-1] and second[-1] > 1


def refuse_other_units(file: DigitiserFile, column: int) -> None:
    head = _heading(file, column)
    for unit in _OTHER_UNITS:
        if unit in head:
            raise file.refuse(
                f"the column {head!r} is in {unit}s, and months are asked for",
                remedy="Convert it: a month is 30.4375 days, 4.348 weeks or a twelfth of a year.",
            )


def arms_of(
    file: DigitiserFile, column: int, rows: Sequence[Row], names: Mapping[str, str], notes: list[str]
) -> list[str]:
    found = Counter(row.cells[column] for row in rows)
    if empty := [row.line for row in rows if not row.cells[column]]:
        raise file.refuse(f"no arm is named in {in_rows(empty)}", remedy="Write the arm into every row.")
    unknown = [name for name in found if name.casefold() not in names]
    if unknown:
        raise file.refuse(
            f"it names the arms {', '.join(map(repr, found))}, and does not say which is which: unknown {', '.join(map(repr, unknown))}",
            remedy=ARMS_REMEDY,
        )
    notes += [f"{name!r} is the {names[name.casefold()]} arm" for name in found if name.casefold() not in ARMS]
    return [names[row.cells[column].casefold()] for row in rows]


def arm_named(file: DigitiserFile, columns: Sequence[int], names: Mapping[str, str]) -> str | None:
    """The arm that the headers of some columns name."""
    cells = [row.cells[column].casefold() for row in file.headers for column in columns]
    found = {names[cell] for cell in cells if cell in names}
    if not found:  # 'survival, control'
        found = {
            arm for cell in cells for name, arm in names.items() if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", cell)
        }
    return found.pop() if len(found) == 1 else None


def unclear(file: DigitiserFile, columns: int) -> DataError:
    heads = [cell for row in file.headers for cell in row.cells if cell]
    words = f" under {', '.join(map(repr, heads))}" if heads else " without headers"
    return file.refuse(
        f"{columns} column{'s' * (columns != 1)} of numbers{words}: it cannot be told which is which",
        remedy="Give two columns (month, survival) for one arm, or three (arm, month, survival). Where both arms stand side "
        "by side, their headers name them. Where commas are decimal marks, separate the cells by semicolons.",
    )
