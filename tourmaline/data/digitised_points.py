"""Curves and numbers at risk from the rows of a digitiser's file: which column is what, what is mended, what is refused."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import pairwise

from tourmaline.data.digitiser_files import ROWS_NAMED, DigitiserFile, Row, as_number, in_rows, plain
from tourmaline.data.files import LEAST_POINTS, MOST_POINTS
from tourmaline.data.schemas import CURVE_ARMS
from tourmaline.data.survival import PrintedSurvival
from tourmaline.errors import DataError

MONTH_SHARE = Decimal("0.005")  # of the last month: how far a month may be misread within a step
BELOW_START = Decimal("0.02")  # of the last month: how far before 0 a first point may be misread
BEYOND = Decimal("0.01")  # how far above 1 or below 0 a survival may be misread
LEAST_PERCENT, MOST_PERCENT = 50, 101  # the highest survival of a curve in percent lies between
MOST_MONTHS = 10_000  # beyond it a number is no month
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


@dataclass(frozen=True)
class Point:
    """A point of a curve: the row of its file (0 for one that was added), months, and survival as a fraction."""

    row: int
    month: Decimal
    survival: Decimal


@dataclass(frozen=True)
class ReadCurve:
    """The points of one arm as a file gives them, with the file's name.

    `counted` is what a point of it is called in messages: a row of a file, or a point of a figure.
    """

    source: str
    points: tuple[Point, ...]
    counted: str = "row"


def read_curves(
    file: DigitiserFile, names: Mapping[str, str], alone: str = ""
) -> tuple[dict[str, ReadCurve], list[str]]:
    """The curves of a file: with a column of arms, a month and a survival of each arm side by side, or of one arm alone.

    The rules: a column without numbers, or headed 'arm', holds the arms. Of the others the first is the month and the second
    the survival, unless their headers say otherwise. Three columns are a month and both arms, four are a month and a survival
    of each arm; their headers name the arms. Survival is in percent if a sign or a header says so, or if it goes up to
    between 50 and 101; a fraction if it goes up to 1.01 at most; what lies between is refused.

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
        If it cannot be told what is what, or a cell is no number; all such cells in one message.
    """
    notes: list[str] = []
    arm, columns = _columns(file, notes)
    heads = [_heading(file, column) for column in columns]
    if len(columns) == 1 or (len(columns) > 2 and arm is not None) or len(columns) > 4 or not columns:
        raise _unclear(file, len(columns))
    if arm is not None:
        called = _arms(file, arm, file.rows, names, notes)
        layout = {name: (columns, [row for row, its in zip(file.rows, called) if its == name]) for name in CURVE_ARMS}
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
        found = [_named(file, headed, names) for headed in heads_of]
        if None in found or len(set(found)) < 2:
            raise _unclear(file, len(columns))
        layout = {
            name: (pair, [row for row in file.rows if any(row.cells[column] for column in headed)])
            for name, pair, headed in zip(found, pairs, heads_of)
        }
        notes.append(f"columns are {', '.join('month and survival of ' + name for name in found)}")
    wrong, curves = [], {}
    for name, (pair, rows) in layout.items():
        _refuse_other_units(file, pair[0])
        points = []
        for row in rows:
            cells = [row.cells[column] for column in pair]
            values = [as_number(cell) for cell in cells]
            for cell, value, what in zip(cells, values, ("month", "survival")):
                if value is None:
                    wrong.append(f"row {row.line}: {cell!r} is no {what}")
            points.append((row.line, *values))
        curves[name] = points
    if wrong:
        raise file.refuse(_lines("these cells are no numbers", wrong), remedy="Correct or remove these rows.")
    shares = [row.cells[pair[1]] for pair, rows in layout.values() for row in rows]
    said = any("%" in cell for cell in shares) or any("%" in head or "percent" in head for head in heads[1:])
    top = max((point[2] for points in curves.values() for point in points), default=Decimal(1))
    scale = _scale(file, top, said, notes)
    return {
        name: ReadCurve(file.name, tuple(Point(row, month, share * scale) for row, month, share in points))
        for name, points in curves.items()
    }, notes


def _lines(first: str, rest: Sequence[str]) -> str:
    shown = [*rest[:ROWS_NAMED], *([f"and {len(rest) - ROWS_NAMED} more"] if len(rest) > ROWS_NAMED else [])]
    return "\n    ".join([first, *shown])


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
        f"survival goes up to {_short(top)}: neither a fraction (up to 1) nor percent (up to 100)",
        remedy="Check the axis of survival, or the decimal marks: a curve starts at 1, or at 100 percent.",
    )


def _short(value: Decimal) -> str:
    return f"{value:.6g}" if abs(value.adjusted()) > 12 else plain(value)


def _heading(file: DigitiserFile, column: int) -> str:
    """What the headers say of a column, in small letters."""
    return " ".join(row.cells[column] for row in file.headers if row.cells[column]).casefold().strip()


def _is_called(head: str, words: Iterable[str]) -> bool:
    """Whether a header, without its unit, is one of the words."""
    bare = re.sub(rf"[(\[]\s*({'|'.join(_UNITS)})\s*[)\]]", "", head).replace("%", "").strip(" _-:") or head
    return bare in words


def _columns(file: DigitiserFile, notes: list[str]) -> tuple[int | None, list[int]]:
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


def _refuse_other_units(file: DigitiserFile, column: int) -> None:
    head = _heading(file, column)
    for unit in _OTHER_UNITS:
        if unit in head:
            raise file.refuse(
                f"the column {head!r} is in {unit}s, and months are asked for",
                remedy="Divide it: 30.4375 days are a month, 4.348 weeks, a twelfth of a year.",
            )


def _arms(
    file: DigitiserFile, column: int, rows: Sequence[Row], names: Mapping[str, str], notes: list[str]
) -> list[str]:
    found = Counter(row.cells[column] for row in rows)
    if empty := [row.line for row in rows if not row.cells[column]]:
        raise file.refuse(f"no arm is named in {in_rows(empty)}", remedy="Write the arm into every row.")
    unknown = [name for name in found if name.casefold() not in names]
    if unknown:
        raise file.refuse(
            f"it names the arms {', '.join(map(repr, found))}, of which {', '.join(map(repr, unknown))} is not known",
            remedy=ARMS_REMEDY,
        )
    notes += [f"{name!r} is the {names[name.casefold()]} arm" for name in found if name.casefold() not in CURVE_ARMS]
    return [names[row.cells[column].casefold()] for row in rows]


def _named(file: DigitiserFile, columns: Sequence[int], names: Mapping[str, str]) -> str | None:
    """The arm that the headers of some columns name."""
    cells = [row.cells[column].casefold() for row in file.headers for column in columns]
    found = {names[cell] for cell in cells if cell in names}
    if not found:  # 'survival, control'
        found = {
            arm for cell in cells for name, arm in names.items() if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", cell)
        }
    return found.pop() if len(found) == 1 else None


def _unclear(file: DigitiserFile, columns: int) -> DataError:
    heads = [cell for row in file.headers for cell in row.cells if cell]
    words = f" under {', '.join(map(repr, heads))}" if heads else " without headers"
    return file.refuse(
        f"{columns} column{'s' * (columns != 1)} of numbers{words}: it cannot be told which is which",
        remedy="Give two columns (month, survival) for one arm, or three (arm, month, survival). Where both arms stand side "
        "by side, their headers name them. Where commas are decimal marks, separate the cells by semicolons.",
    )


def mend_curves(curves: Mapping[str, ReadCurve], reading_error: float) -> tuple[dict[str, list[Point]], list[str]]:
    """Curves of which the strict file can be written, and what was changed for it.

    Mended are, each with a note: a month before 0 by at most two percent of the last month; a survival above 1 or below 0 by
    at most 0.01; a month that falls back within a step down by at most half a percent of the last month; points out of order;
    exact repetitions; a first point that is missing or within the reading error of 1; a rise within the reading error, which
    is flattened.

    Parameters
    ----------
    curves : mapping of str to ReadCurve
        By arm.
    reading_error : float
        How far a survival may be off, to either side.

    Returns
    -------
    dict of str to list of Point
        Months rising or equal, survival never rising, from survival 1 at month 0.
    list of str
        What was changed, with the rows.

    Raises
    ------
    DataError
        If anything else is wrong with any point: all in one message, with the rows.
    """
    mended, notes, wrong = {}, [], []
    for arm in CURVE_ARMS:
        if arm not in curves:
            wrong.append(f"the {arm} arm has no points")
            continue
        its_notes: list[str] = []
        its_wrong: list[str] = []
        mended[arm] = _mended(curves[arm], Decimal(str(reading_error)), its_notes, its_wrong)
        place = f"{curves[arm].source}, {arm}"
        notes += [f"{place}: {note}" for note in its_notes]
        wrong += [f"{place}, {words}" for words in its_wrong]
    if wrong:
        raise DataError(
            _lines("this is no survival curve", wrong) if len(wrong) > 1 else wrong[0],
            remedy="Read these points again, or remove them.",
        )
    return mended, notes


def _mended(curve: ReadCurve, error: Decimal, notes: list[str], wrong: list[str]) -> list[Point]:
    counted = curve.counted

    def note(words: str, rows: Iterable[int]) -> None:
        if rows := list(rows):
            notes.append(f"{words}: {in_rows(rows, counted)}")

    points = list(curve.points)
    last = max(point.month for point in points)
    for point in points:
        if point.month > MOST_MONTHS or point.month < -BELOW_START * max(last, Decimal(0)):
            wrong.append(f"{counted} {point.row}: {_short(point.month)} is no month of the curve")
        if not -BEYOND <= point.survival <= 1 + BEYOND:
            wrong.append(f"{counted} {point.row}: {_short(point.survival)} is no survival from 0 to 1")
    if wrong:
        return points
    note("months slightly before 0 set to 0", (point.row for point in points if point.month < 0))
    note("survival slightly above 1 set to 1", (point.row for point in points if point.survival > 1))
    note("survival slightly below 0 set to 0", (point.row for point in points if point.survival < 0))
    points = [
        replace(point, month=max(point.month, Decimal(0)), survival=min(max(point.survival, Decimal(0)), Decimal(1)))
        for point in points
    ]
    points = _within_steps(points, MONTH_SHARE * last, note)
    highest, late = None, []
    for point in points:
        if highest is not None and _order(point) < highest:
            late.append(point.row)
        highest = max(_order(point), highest or _order(point))
    note("put in the order of time", late)
    points.sort(key=_order)
    note("repetitions left out", (same.row for first, same in pairwise(points) if _order(first) == _order(same)))
    points = points[:1] + [point for before, point in pairwise(points) if _order(before) != _order(point)]
    first = points[0]
    if first.month > 0:
        points.insert(0, Point(0, Decimal(0), Decimal(1)))
        notes.append(f"the first point, 1 at month 0, added: the curve stays at 1 up to month {plain(first.month)}")
    elif 1 - error <= first.survival < 1:
        note("survival at month 0 set to 1", [first.row])
        points[0] = replace(first, survival=Decimal(1))
    elif first.survival < 1:
        wrong.append(f"{counted} {first.row}: {plain(first.survival)} at month 0, and a curve starts at 1")
    points = _flattened(points, error, counted, note, wrong)
    if len(points) < LEAST_POINTS:
        wrong.append(f"{len(points)} point, and a curve needs {LEAST_POINTS} or more")
    elif points[-1].month == 0 or points[-1].survival == 1:
        wrong.append("the curve does not fall")
    if len(points) > MOST_POINTS:
        wrong.append(f"{len(points)} points, and {MOST_POINTS} say all of a printed curve: keep both ends of each step")
    return points


def _order(point: Point) -> tuple[Decimal, Decimal]:
    return point.month, -point.survival


def _within_steps(points, error, note):
    """Points that stand behind one of a later month and a higher survival are of the same step, read a little to the left."""
    moved, kept = [], points[:1]
    for point in points[1:]:
        before = kept[-1]
        if 0 < before.month - point.month <= error and point.survival < before.survival:
            moved.append(point.row)
            point = replace(point, month=before.month)
        kept.append(point)
    note("months that fall back within a step set to the month before", moved)
    return kept


def _flattened(points, error, counted, note, wrong):
    """Survival that never rises: rises within the reading error are flattened, the others go into `wrong`."""
    flat, kept, rises, lowest = [], [], [], points[0]
    for point in points:
        if point.survival <= lowest.survival:
            lowest = point
        elif point.survival - lowest.survival <= error:
            flat.append(point.row)
            point = replace(point, survival=lowest.survival)
        else:
            rises.append(
                f"{counted} {point.row}: survival rises to {plain(point.survival)} at month {plain(point.month)}, after "
                f"{plain(lowest.survival)} at {plain(lowest.month)} ({counted} {lowest.row})"
            )
            lowest = point
        kept.append(point)
    note(f"rises of at most {plain(error)} flattened", flat)
    if len(rises) > 1 and points[-1].survival == max(point.survival for point in points if point.row):
        wrong.append("the curve rises to its end: does it show the share with the event? Then write 1 minus it")
    wrong += rises
    return kept


def as_drop_in(curves: Mapping[str, Sequence[Point]]) -> str:
    """The text of data/digitised/<analysis>.csv."""
    rows = [f"{arm},{plain(point.month)},{plain(point.survival)}" for arm in CURVE_ARMS for point in curves[arm]]
    return "\n".join(["arm,month,survival", *rows]) + "\n"


def read_risk_table(
    file: DigitiserFile, names: Mapping[str, str], alone: str = ""
) -> tuple[dict[str, list[tuple[float, int]]], list[str]]:
    """Numbers at risk: rows of arm, month and number; a month and the number of each arm; or an arm a line, as they are printed.

    Parameters
    ----------
    file : DigitiserFile
    names : mapping of str to str
        What the arms are called, in small letters.
    alone : str
        The arm of a table of one arm, of months and numbers.

    Returns
    -------
    dict of str to list of (float, int)
        By arm, months and patients, by month. Empty cells are left out.
    list of str
        What was decided.

    Raises
    ------
    DataError
        If it cannot be told what is what, a number is not whole, or a month has two numbers; all in one message.
    """
    notes: list[str] = []
    cells: list[tuple[int, str, str, str]] = []  # row, arm, month, number
    first, *others = file.rows
    if others and all(names.get(row.cells[0].casefold()) for row in others) and first.cells[0].casefold() not in names:
        for row in others:
            arm = names[row.cells[0].casefold()]
            cells += [(row.line, arm, month, cell) for month, cell in zip(first.cells[1:], row.cells[1:]) if cell]
    else:
        arm, columns = _columns(file, notes)
        if columns:
            _refuse_other_units(file, columns[0])
        if arm is not None and len(columns) == 2:
            called = _arms(file, arm, file.rows, names, notes)
            cells = [(row.line, its, *(row.cells[c] for c in columns)) for row, its in zip(file.rows, called)]
        elif alone and arm is None and len(columns) == 2:
            cells = [(row.line, alone, *(row.cells[c] for c in columns)) for row in file.rows]
        else:
            found = {_named(file, [column], names): column for column in columns[1:]}
            if arm is not None or None in found or len(columns) - 1 != len(found) or not found:
                raise _unclear(file, len(columns))
            cells = [
                (row.line, its, row.cells[columns[0]], row.cells[column])
                for its, column in found.items()
                for row in file.rows
                if row.cells[column]
            ]
    wrong, table = [], {}
    for row, arm, month, number in cells:
        at, count = as_number(month), as_number(number)
        if at is None or not 0 <= at <= MOST_MONTHS:
            wrong.append(f"row {row}: {month!r} is no month")
        elif count is None or count != int(count) or not 0 <= count < 10**7:
            wrong.append(f"row {row}: {number!r} is no number of patients")
        elif table.setdefault(arm, {}).setdefault(float(at), int(count)) != int(count):
            wrong.append(
                f"row {row}: {number} of {arm} at month {plain(at)}, but {table[arm][float(at)]} stands before"
            )
    if wrong:
        raise file.refuse(_lines("this is no table of numbers at risk", wrong), remedy="Correct or remove these rows.")
    return {arm: sorted(its.items()) for arm, its in table.items()}, notes


def compare_risk_table(
    source: str, table: Mapping[str, Sequence[tuple[float, int]]], printed: PrintedSurvival
) -> tuple[list[str], list[str], dict[str, tuple[tuple[float, str], ...]]]:
    """A reader's numbers at risk against those that the evidence has of the analysis.

    Parameters
    ----------
    source : str
        Name of the file of the table.
    table : mapping of str to sequence of (float, int)
        From `read_risk_table`.
    printed : PrintedSurvival

    Returns
    -------
    list of str
        What is to be said.
    list of str
        The rows of data/evidence/results.csv that would add what is not there, with SOURCE and PLACE to be filled in.
    dict of str to tuple
        By arm, the numbers at risk of both together: months and counts as text.

    Raises
    ------
    DataError
        If a number is another than the printed one: all in one message.
    """
    wrong, rows, same, together = [], [], 0, {}
    for arm, counts in table.items():
        known = dict(getattr(printed, arm)["at_risk"])
        for month, count in counts:
            if month not in known:
                known[month] = str(count)
                rows.append(
                    f"{printed.analysis},{arm},number_at_risk,{month:g},{count},,,,,patients,SOURCE,PLACE,B,accepted,"
                )
            elif known[month] != str(count):
                wrong.append(f"{arm} at {month:g} months: {count} here, {known[month]} in data/evidence/results.csv")
            else:
                same += 1
        together[arm] = tuple(sorted(known.items()))
    if wrong:
        raise DataError(
            _lines("numbers at risk differ from the printed ones", wrong),
            where=source,
            remedy="Read the table again, and its months: which arm is which?",
        )
    notes = [f"{same} numbers at risk agree with the printed ones"] if same else []
    if rows:
        notes.append(
            f"{len(rows)} numbers at risk are not in the evidence. They were used here; the book uses them once these rows stand in "
            "data/evidence/results.csv, with the key of references.bib and the place for SOURCE and PLACE"
        )
        if any(month != int(month) for counts in table.values() for month, _ in counts):
            notes.append("data/evidence/results.csv takes whole months only: numbers at other months cannot be added")
    return notes, rows, together
