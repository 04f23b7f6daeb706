"""Survival curves from the strokes of a page: axes that a user names, the strokes of each arm, marks of the censored."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from tourmaline.data.digitised_points import BEYOND, Point, ReadCurve
from tourmaline.data.digitiser_columns import MOST_PERCENT
from tourmaline.data.digitiser_files import in_rows
from tourmaline.data.drawn_paths import STRAIGHT, DrawnPage, DrawnPath
from tourmaline.errors import DataError, ParameterError

MARK = 14.0  # page units: a stroke that is no longer than this may be a mark of the censored, or of an axis
TOUCHING = 0.02  # page units between the ends of two strokes that go on as one
ON_CURVE = 0.6  # page units between a mark and its curve
DECIMALS = 9  # of months and survival: far finer than any file's coordinates
MOST_SLANTED = 0.5  # share of a curve's length: beyond it, it has no steps
NAMED = 12  # numbers of strokes in a message
AXIS = "--{letter}-axis"
COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
LABEL_REACH = 40.0  # page units between a label and its mark on the axis


@dataclass(frozen=True)
class Axis:
    """Two values of an axis and where they stand on the page."""

    values: tuple[float, float]
    places: tuple[float, float]

    def __str__(self) -> str:
        return " and ".join(f"{value:g} stands at {place:g}" for value, place in zip(self.values, self.places))

    def value(self, place):
        """The values at places of the page; of one or an array."""
        (low, high), (first, second) = self.values, self.places
        return low + (np.asarray(place, float) - first) * ((high - low) / (second - first))


def parse_axis(text: str, letter: str) -> tuple[list[float], list[float]]:
    """The two values of an axis and their places, as a user writes them: '0,24' or '0@57.6,24@414.7'.

    Returns
    -------
    list of float
        The values.
    list of float
        Their places; empty if the values are to be found as labels on the page.

    Raises
    ------
    ParameterError
        If it is neither.

    Examples
    --------
    >>> parse_axis("0,24", "x"), parse_axis("0@57.6,24@414.7", "x")
    (([0.0, 24.0], []), ([0.0, 24.0], [57.6, 414.7]))
    """
    number = r"-?[0-9]*\.?[0-9]+"
    found = re.fullmatch(rf"\s*({number})(?:@({number}))?\s*,\s*({number})(?:@({number}))?\s*", text)
    values = [float(found[1]), float(found[3])] if found else []
    places = [float(place) for place in (found[2], found[4]) if place] if found else []
    if not found or len(places) == 1 or values[0] == values[1] or (places and places[0] == places[1]):
        raise ParameterError(
            f"{AXIS.format(letter=letter)} {text!r} does not name two values of the axis",
            remedy="Write two labels that stand on the page, such as 0,24, or two values with their places: 0@57.6,24@414.7.",
        )
    return values, places


def find_axis(page: DrawnPage, text: str, letter: str) -> Axis:
    """An axis from two values, and from their places or from the labels and marks on the page.

    A label is a word on the page that is this number; its place is that of the short stroke beside it, which is exact.

    Parameters
    ----------
    page : DrawnPage
    text : str
        As for `parse_axis`.
    letter : str
        'x' or 'y'.

    Raises
    ------
    ParameterError
        If the text names no axis.
    DataError
        If the labels are not found, or found twice.
    """
    values, places = parse_axis(text, letter)
    if places:
        return Axis((values[0], values[1]), (places[0], places[1]))
    along = 0 if letter == "x" else 1
    ticks = _ticks(page, along)
    candidates = [list(_places_of_label(page, value, ticks, along)) for value in values]
    pairs = {
        (first, second)
        for first, line in candidates[0]
        for second, other in candidates[1]
        if abs(line - other) < STRAIGHT and first != second
    }
    option = AXIS.format(letter=letter)
    if len(pairs) != 1:
        labels = [f"{value:g}" for value in values]
        missing = [label for label, found in zip(labels, candidates) if not found]
        words = f"no label {' and no label '.join(missing)} with a mark beside it" if missing else ""
        raise DataError(
            words or f"labels {' and '.join(labels)} with marks on one line are found {len(pairs)} times",
            where=f"{page.name}, {option}",
            remedy=f"Give their places: {option} {labels[0]}@PLACE,{labels[1]}@PLACE. `tourmaline figure` lists the marks.",
        )
    return Axis((values[0], values[1]), pairs.pop())


def _ticks(page: DrawnPage, along: int) -> list[tuple[float, float]]:
    """Marks of an axis: short strokes across it. Their place along it, and the end that stands nearest to its foot or left."""
    found = []
    for path in page.paths:
        extent = path.extent
        if len(path.points) == 2 and extent[along] < STRAIGHT and STRAIGHT < extent[1 - along] <= MARK:
            found.append((float(path.points[0, along]), float(path.points[:, 1 - along].min())))
    return found


def _places_of_label(page, value, ticks, along):
    """The places of the marks beside each word that is a number, and the line on which these marks stand."""
    for word in page.words:
        text = word.text.replace("\N{MINUS SIGN}", "-").replace(",", ".").removesuffix("%")
        if not re.fullmatch(r"-?[0-9]*\.?[0-9]+", text) or float(text) != value:
            continue
        here, across = (word.x, word.y) if along == 0 else (word.y, word.x)
        reach = 0.5 * word.size
        near = {
            (place, line) for place, line in ticks if abs(place - here) <= reach and abs(line - across) <= LABEL_REACH
        }
        if near:
            yield min(near, key=lambda tick: (round(abs(tick[1] - across), 1), abs(tick[0] - here)))


def read_figure(
    page: DrawnPage, axes: Sequence[Axis], chosen: dict[str, str]
) -> tuple[dict[str, ReadCurve], list[str]]:
    """The curves of a page as points in months and survival, exact to the page's coordinates.

    Parameters
    ----------
    page : DrawnPage
    axes : sequence of Axis
        Of months, and of survival; the latter in percent if it names a value above 1.01.
    chosen : dict of str to str
        Of each arm, its strokes: a colour ('#b34700'), or numbers ('3', '3,5-20') of the listing.

    Returns
    -------
    dict of str to ReadCurve
        By arm: each step at both its ends.
    list of str
        What was decided: strokes left out, marks of the censored, strokes that slope.

    Raises
    ------
    DataError
        If a stroke is not there, is not a step curve, or several of its colour could be the curve.
    """
    top = max(abs(value) for value in axes[1].values)
    percent = top > 1 + float(BEYOND)
    if percent and top > MOST_PERCENT:
        raise DataError(
            f"the axis of survival goes to {top:g}, which is neither a fraction nor percent",
            where=f"{page.name}, {AXIS.format(letter='y')}",
            remedy="Name values from 0 to 1, or from 0 to 100.",
        )
    notes = [f"{what}: {axis}" for what, axis in zip(("months", "survival"), axes)]
    notes += ["survival is in percent, as its axis says"] if percent else []
    curves = {}
    for arm, words in chosen.items():
        strokes, others = _strokes(page, arm, words)
        curve_notes = _check_steps(page, arm, strokes)
        marks = _marks_on(others, strokes)
        points = _points(strokes, axes, percent)
        curves[arm] = ReadCurve(page.name, points, counted="point")
        notes.append(
            f"{arm}: {len(points)} points of {_listed(strokes)}; {len(marks)} marks of censored patients on it, which are not "
            "used"
        )
        marked = {path.number for centre in marks.values() for path in centre}
        if left := [path for path in others if path.number not in marked and path.extent.max() > MARK]:
            notes.append(f"{arm}: left out of the same colour: {_listed(left)}")
        notes += [f"{arm}: {note}" for note in curve_notes]
    return curves, notes


def _listed(paths: Sequence[DrawnPath]) -> str:
    return in_rows((path.number for path in paths), "stroke")


def _strokes(page, arm, words) -> tuple[list[DrawnPath], list[DrawnPath]]:
    """The strokes of a curve, and the others of its colour."""
    where = f"{page.name}, --{arm}"
    if COLOUR.fullmatch(words.strip()):
        own = [path for path in page.paths if path.colour == words.strip().lower()]
        if not own:
            colours = sorted({path.colour for path in page.paths})
            raise DataError(
                f"nothing is drawn in {words}", where=where, remedy=f"Colours: {', '.join(colours[:NAMED])}."
            )
        chains = _chains(own)
        widths = [float(np.ptp(np.concatenate([path.points[:, 0] for path in chain]))) for chain in chains]
        wide = [chain for chain, width in zip(chains, widths) if width > max(max(widths) / 2, MARK)]
        if not wide:
            raise DataError(
                f"no line of {words} is long enough to be a curve",
                where=where,
                remedy="Name the strokes by their numbers in `tourmaline figure`.",
            )
        if len(wide) != 1 or _overlap(wide[0]):
            raise DataError(
                f"several lines of {words} could be the curve: {'; '.join(map(_listed, wide))}",
                where=where,
                remedy="Name the strokes by their numbers in `tourmaline figure`.",
            )
        return wide[0], [path for path in own if path not in wide[0]]
    numbers = _numbers(words, where)
    known = {path.number: path for path in page.paths}
    if missing := [number for number in numbers if number not in known]:
        raise DataError(
            f"there is no stroke {missing[0]}; there are {len(known)}",
            where=where,
            remedy="`tourmaline figure` lists them.",
        )
    own = [known[number] for number in numbers]
    if _overlap(own):
        raise DataError(
            f"{_listed(own)} run side by side: more than one line",
            where=where,
            remedy="Name the strokes of one curve; bands and limits are not a curve.",
        )
    colours = {path.colour for path in own}
    return own, [path for path in page.paths if path.colour in colours and path.number not in numbers]


def _overlap(paths: Sequence[DrawnPath]) -> bool:
    """Whether strokes cover the same months twice; the same stroke drawn twice is one."""
    different = {path.points.tobytes(): path for path in paths}.values()
    covered = sum(float(path.extent[0]) for path in different)
    width = float(np.ptp(np.concatenate([path.points[:, 0] for path in different])))
    return covered > width + TOUCHING * len(different)


def _numbers(words: str, where: str) -> list[int]:
    found: list[int] = []
    for part in words.split(","):
        ends = re.fullmatch(r"\s*#?([0-9]{1,7})(?:-([0-9]{1,7}))?\s*", part)
        if not ends:
            raise DataError(
                f"{words!r} names no strokes",
                where=where,
                remedy="Write a colour such as #b34700, or numbers of the listing such as 3 or 3,5-20.",
            )
        first, last = int(ends[1]), int(ends[2] or ends[1])
        found += range(first, min(last, first + 10**6) + 1)
    return list(dict.fromkeys(found))


def _chains(paths: Sequence[DrawnPath]) -> list[list[DrawnPath]]:
    """Strokes that go on from each other's ends, together."""
    parent = list(range(len(paths)))

    def root(index: int) -> int:
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    cells: dict[tuple[int, int], list[tuple[int, np.ndarray]]] = {}
    for index, path in enumerate(paths):
        for end in (path.points[0], path.points[-1]):
            across, along = (int(part // TOUCHING) for part in end)
            for cell in ((across + i, along + j) for i in (-1, 0, 1) for j in (-1, 0, 1)):
                for other, there in cells.get(cell, ()):
                    if np.abs(there - end).max() <= TOUCHING:
                        parent[root(index)] = root(other)
            cells.setdefault((across, along), []).append((index, end))
    found: dict[int, list[DrawnPath]] = {}
    for index, path in enumerate(paths):
        found.setdefault(root(index), []).append(path)
    return list(found.values())


def _check_steps(page, arm, strokes) -> list[str]:
    """Refuse what has no steps; a note of segments that slope, as programs write them that thin out a line."""
    lengths = np.array([np.abs(np.diff(path.points, axis=0)).sum() for path in strokes])
    slanted = float((lengths * [path.slanted for path in strokes]).sum() / max(lengths.sum(), 1e-12))
    if slanted > MOST_SLANTED:
        raise DataError(
            f"{100 * slanted:.0f}% of its length slopes: {_listed(strokes)} is not a step curve",
            where=f"{page.name}, --{arm}",
            remedy="`tourmaline figure` lists the strokes that have steps.",
        )
    if slanted:
        return [f"{100 * slanted:.2g}% of its length slopes: perhaps the program that drew it thinned it out"]
    return []


def _marks_on(others: Sequence[DrawnPath], strokes: Sequence[DrawnPath]) -> dict[tuple[int, int], list[DrawnPath]]:
    """Short strokes that stand on a curve, by the middle of each mark; the strokes of a cross are one mark."""
    starts = np.vstack([path.points[:-1] for path in strokes])
    ends = np.vstack([path.points[1:] for path in strokes])
    marks: dict[tuple[int, int], list[DrawnPath]] = {}
    for path in others:
        if path.extent.max() > MARK:
            continue
        centre = (path.points.min(axis=0) + path.points.max(axis=0)) / 2
        for spot in (centre, path.points[0], path.points[-1]):
            nearest = np.clip(spot, np.minimum(starts, ends), np.maximum(starts, ends))
            if np.abs(nearest - spot).max(axis=1).min() <= ON_CURVE:
                marks.setdefault(tuple(int(part) for part in np.round(centre / 0.1)), []).append(path)
                break
    return marks


def _points(strokes, axes, percent) -> tuple[Point, ...]:
    """The corners in months and survival: what stands between two others on one level, or upright, says nothing more."""
    places = np.vstack([path.points for path in strokes])
    months = np.round(axes[0].value(places[:, 0]), DECIMALS)
    survival = np.round(axes[1].value(places[:, 1]) / (100 if percent else 1), DECIMALS)
    pairs = sorted(set(zip(months.tolist(), (-survival).tolist())))
    kept = [
        (month, -fallen)
        for index, (month, fallen) in enumerate(pairs)
        if index in (0, len(pairs) - 1)
        or not any(pairs[index - 1][axis] == pairs[index][axis] == pairs[index + 1][axis] for axis in (0, 1))
    ]
    return tuple(
        Point(row, Decimal(str(month)), Decimal(str(share))) for row, (month, share) in enumerate(kept, start=1)
    )


def listing(page: DrawnPage) -> list[dict]:
    """What is drawn on a page, for a user to choose from: long strokes one by one, short ones by colour and size.

    Returns
    -------
    list of dict
        number (of the first stroke), strokes (how many), colour, width, points, x and y (from, to), steps (whether
        it runs along and across the page only); for short ones places (of the first twelve: x of upright ones, y of level ones).
    """
    rows, short = [], {}
    for path in page.paths:
        if path.extent.max() > MARK:
            rows.append(_row([path]))
        else:
            short.setdefault((path.colour, *np.round(path.extent, 1).tolist(), len(path.points)), []).append(path)
    return sorted(rows, key=lambda row: -row["points"]) + [
        _row(paths) | {"places": _places(paths)} for paths in short.values()
    ]


def _row(paths: Sequence[DrawnPath]) -> dict:
    places = np.vstack([path.points for path in paths])
    (left, foot), (right, top) = places.min(axis=0).tolist(), places.max(axis=0).tolist()
    return {
        "number": paths[0].number,
        "strokes": len(paths),
        "colour": paths[0].colour,
        "width": round(paths[0].width, 3),
        "points": len(paths[0].points),
        "x": [left, right],
        "y": [foot, top],
        "steps": all(path.slanted == 0 for path in paths),
    }


def _places(paths: Sequence[DrawnPath]) -> list[float]:
    upright = paths[0].extent[0] < paths[0].extent[1]
    return sorted({round(float(path.points[0, 0 if upright else 1]), 4) for path in paths})[:NAMED]
