"""The points of a curve: what is mended before the strict file is written, and what is refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import accumulate, pairwise

from tourmaline.data.digitiser_files import in_lines, in_rows, plain, short
from tourmaline.data.files import LEAST_POINTS, MOST_POINTS
from tourmaline.errors import DataError
from tourmaline.roles import ARMS

MONTH_SHARE = Decimal("0.005")  # of the last month: how far a month may be misread within a step
BELOW_START = Decimal("0.02")  # of the last month: how far before 0 a first point may be misread
BEYOND = Decimal("0.01")  # how far above 1 or below 0 a survival may be misread
MOST_MONTHS = 10_000  # beyond it a number is not a month


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
    for arm in ARMS:
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
            in_lines("this is not a survival curve", wrong) if len(wrong) > 1 else wrong[0],
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
            wrong.append(f"{counted} {point.row}: {short(point.month)} is not a month of the curve")
        if not -BEYOND <= point.survival <= 1 + BEYOND:
            wrong.append(f"{counted} {point.row}: {short(point.survival)} is not a survival from 0 to 1")
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
    highest = accumulate(map(_order, points), max)
    note("put in the order of time", (point.row for point, most in zip(points[1:], highest) if _order(point) < most))
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
        wrong.append(
            f"{len(points)} points, and {MOST_POINTS} say all of a reported curve: keep both ends of each step"
        )
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
    rows = [f"{arm},{plain(point.month)},{plain(point.survival)}" for arm in ARMS for point in curves[arm]]
    return "\n".join(["arm,month,survival", *rows]) + "\n"
