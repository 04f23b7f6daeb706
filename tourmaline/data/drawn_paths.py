"""The strokes and words of one page of a PDF or of an SVG, in the page's own coordinates and with their colours.

pdfminer.six and svgelements work out the transforms; nothing is rounded. A PDF counts y upwards from the foot of the page in
points, an SVG downwards in pixels of a 96th of an inch.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tourmaline.errors import DataError

MOST_BYTES = 50_000_000
ENDINGS = (".pdf", ".svg")


@dataclass(frozen=True, eq=False)
class DrawnPath:
    """One stroke without a gap.

    Attributes
    ----------
    number : int
        Its place among the strokes of the page, from 1.
    points : ndarray, shape (k, 2)
        x and y of its corners, in page coordinates.
    colour : str
        Of the stroke, as '#rrggbb'.
    width : float
        Of the stroke.
    """

    number: int
    points: np.ndarray
    colour: str
    width: float

    @property
    def extent(self) -> np.ndarray:
        """Width and height of the box around it."""
        return np.ptp(self.points, axis=0)

    @property
    def slanted(self) -> float:
        """Share of its length that runs neither along nor across the page."""
        steps = np.abs(np.diff(self.points, axis=0))
        lengths = steps.sum(axis=1)
        total = lengths.sum()
        return float(lengths[steps.min(axis=1) > STRAIGHT].sum() / total) if total else 0.0


@dataclass(frozen=True)
class DrawnWord:
    """A word and the middle of its box, as near as the file tells it; `size` is its height."""

    text: str
    x: float
    y: float
    size: float


@dataclass(frozen=True, eq=False)
class DrawnPage:
    """What is drawn on a page: strokes, words, and how many pictures and filled areas, which are not read."""

    name: str
    paths: tuple[DrawnPath, ...]
    words: tuple[DrawnWord, ...]
    pictures: int
    areas: int


APART = 0.3  # of the size of a letter: the next one of its word stands no further from where it ends
HALF_HIGH = 0.36  # of the size: half the height of a digit
STRAIGHT = 0.05  # page units: what deviates less is level, or upright


def is_vector_figure(path: Path) -> bool:
    """Whether a file is a PDF or an SVG, by its ending."""
    return path.suffix.lower() in ENDINGS


def read_page(path: Path, page: int = 1) -> DrawnPage:
    """The strokes and words of a page.

    Parameters
    ----------
    path : Path
        A PDF, or an SVG.
    page : int
        Of a PDF, from 1.

    Raises
    ------
    DataError
        If it is neither, cannot be read, has no such page, or holds no strokes.
    """
    if not is_vector_figure(path):
        raise DataError(
            f"a figure is read from a file that ends in {' or '.join(ENDINGS)}",
            where=path.name,
            remedy="Save it as PDF or SVG; a picture needs a digitiser.",
        )
    if path.stat().st_size > MOST_BYTES:
        raise DataError(
            f"{path.stat().st_size / 1e6:.0f} MB are too many",
            where=path.name,
            remedy="Take the page with the figure out of it, into a file of its own.",
        )
    pdf = path.suffix.lower() == ".pdf"
    try:
        found = _pdf(path, page) if pdf else _svg(path, page)
        if not all(np.isfinite(stroke.points).all() for stroke in found.paths):
            raise ValueError("a stroke has no end on the page")
    except DataError:
        raise
    except Exception as error:  # a damaged file may make pdfminer or svgelements raise anything
        remedy = "Open it in a drawing program and save it as plain SVG."
        if pdf:
            remedy = "Open it and print the page into a new PDF; a password must be taken off."
        raise DataError(
            f"this {'PDF' if pdf else 'SVG'} cannot be read: {str(error) or type(error).__name__}",
            where=path.name,
            remedy=remedy,
        ) from None
    if not found.paths:
        pictures = f", but {found.pictures} picture{'s' * (found.pictures != 1)}" if found.pictures else ""
        raise DataError(
            f"nothing is drawn with strokes on page {page}{pictures}",
            where=path.name,
            remedy="Name the page of the figure with --page. A figure that is a picture needs a digitiser.",
        )
    return found


def _colour(parts: Any) -> str:
    """'#rrggbb' of grey, red-green-blue or cyan-magenta-yellow-black in [0, 1]; black where a pattern is drawn with."""
    values = [parts] if isinstance(parts, (int, float)) else list(parts or [0.0])
    if not all(isinstance(value, (int, float)) for value in values):
        values = [0.0]
    if len(values) == 4:
        values = [(1 - value) * (1 - values[3]) for value in values[:3]]
    elif len(values) != 3:
        values = [values[0]] * 3
    return "#" + "".join(f"{round(255 * min(max(value, 0.0), 1.0)):02x}" for value in values)


# --- PDF


def _pdf(path: Path, number: int) -> DrawnPage:
    from pdfminer.converter import PDFPageAggregator
    from pdfminer.layout import LTChar, LTContainer, LTImage
    from pdfminer.pdfdocument import PDFDocument
    from pdfminer.pdfinterp import PDFPageInterpreter, PDFResourceManager
    from pdfminer.pdfpage import PDFPage
    from pdfminer.pdfparser import PDFParser
    from pdfminer.utils import apply_matrix_pt

    class Strokes(PDFPageAggregator):
        """Keeps each stroke as it is drawn, rather than the boxes and lines that a layout is made of."""

        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **options)
            self.strokes: list[tuple[np.ndarray, str, float]] = []
            self.areas = 0

        def paint_path(self, gstate: Any, stroke: bool, fill: bool, evenodd: bool, path: Any) -> None:
            if not stroke:
                self.areas += 1
                return
            across, along = self.ctm[0] * self.ctm[3] - self.ctm[1] * self.ctm[2], (gstate.linewidth or 0.0)
            for points in _subpaths(path):
                placed = np.array([apply_matrix_pt(self.ctm, point) for point in points])
                self.strokes.append((placed, _colour(gstate.scolor), along * abs(across) ** 0.5))

    class Interpreter(PDFPageInterpreter):
        """A form that is drawn begins with the colour and width in use where it is drawn, as PDF has it."""

        inherited = None

        def dup(self) -> Any:
            other = type(self)(self.rsrcmgr, self.device)
            other.inherited = self.graphicstate
            return other

        def init_state(self, ctm: Any) -> None:
            super().init_state(ctm)
            if self.inherited is not None:
                self.graphicstate = self.inherited.copy()

    with path.open("rb") as opened:
        pages = list(PDFPage.create_pages(PDFDocument(PDFParser(opened))))
        if not 1 <= number <= len(pages):
            raise DataError(
                f"there is no page {number}; it has {len(pages)}", where=path.name, remedy="Count pages from 1."
            )
        resources = PDFResourceManager()
        device = Strokes(resources)
        Interpreter(resources, device).process_page(pages[number - 1])
        layout = device.get_result()
    letters, pictures = [], 0

    def look(container: Any) -> None:
        nonlocal pictures
        for item in container:
            if isinstance(item, LTChar):
                letters.append(item)
            elif isinstance(item, LTImage):
                pictures += 1
            elif isinstance(item, LTContainer):
                look(item)

    look(layout)
    words = _words(letters)
    paths = (DrawnPath(index, *stroke) for index, stroke in enumerate(device.strokes, start=1))
    return DrawnPage(path.name, tuple(paths), tuple(words), pictures, device.areas)


def _subpaths(path: Any) -> Iterator[list[tuple[float, float]]]:
    """The corners of each part of a path of pdfminer; of a bent line, its ends."""
    points: list[tuple[float, float]] = []
    for operator, *numbers in path:
        if operator == "m":
            if len(points) > 1:
                yield points
            points = [(numbers[-2], numbers[-1])]
        elif operator == "h" and points:
            points.append(points[0])
        elif numbers:
            points.append((numbers[-2], numbers[-1]))
    if len(points) > 1:
        yield points


def _words(letters: list[Any]) -> list[DrawnWord]:
    """Words of letters that were drawn one after the other, each where the one before ended, in any direction."""
    words: list[list[Any]] = []
    due = None  # the direction and place of a letter that goes on
    for letter in letters:
        direction, place = np.array(letter.matrix[:4]), np.array(letter.matrix[4:])
        if not letter.get_text().strip():
            due = None
            continue
        size = _size(letter)
        if due is None or not np.allclose(direction, due[0]) or np.abs(place - due[1]).max() > APART * size:
            words.append([])
        words[-1].append(letter)
        due = direction, place + letter.adv * direction[:2]
    found = []
    for word in words:
        first, last = word[0], word[-1]
        start = np.array(first.matrix[4:])
        end = np.array(last.matrix[4:]) + last.adv * np.array(last.matrix[:2])
        size = max(map(_size, word))
        upwards = np.array(first.matrix[2:4]) / max(float(np.hypot(*first.matrix[2:4])), 1e-12)
        x, y = ((start + end) / 2 + HALF_HIGH * size * upwards).tolist()
        found.append(DrawnWord("".join(letter.get_text() for letter in word), x, y, size))
    return found


def _size(letter: Any) -> float:
    """The size of a letter's font, upright or turned: a letter is higher than it is wide."""
    return max(letter.width, letter.height)


# --- SVG


def _svg(path: Path, number: int) -> DrawnPage:
    from svgelements import SVG, Image, Shape, Text
    from svgelements import Path as Drawing

    if number != 1:
        raise DataError("an SVG has one page", where=path.name, remedy="Leave --page out.")
    strokes, words, pictures, areas = [], [], 0, 0
    for element in SVG.parse(str(path), reify=True).elements():
        if isinstance(element, Image):
            pictures += 1
        elif isinstance(element, Text):
            words += _words_of_text(element)
        elif isinstance(element, Shape):
            colour = element.stroke
            if colour is None or colour.value is None or colour.opacity == 0:
                areas += 1
                continue
            shade = f"#{colour.red:02x}{colour.green:02x}{colour.blue:02x}"
            for part in Drawing(element).as_subpaths():
                ends = [segment.end for segment in part if segment.end is not None]
                if len(ends) > 1:
                    strokes.append(
                        (np.array([(end.x, end.y) for end in ends]), shade, float(element.stroke_width or 0))
                    )
    paths = (DrawnPath(index, *stroke) for index, stroke in enumerate(strokes, start=1))
    return DrawnPage(path.name, tuple(paths), tuple(words), pictures, areas)


def _words_of_text(element: Any) -> list[DrawnWord]:
    """A text of one word; its width is that of its letters in a usual font, for an SVG does not say it."""
    text = (element.text or "").strip()
    if not text or " " in text:
        return []
    size = float(element.font_size or 12)
    half = 0.28 * size * len(text)
    shift = {"middle": 0.0, "end": -half}.get(element.anchor or "start", half)
    place = element.transform.point_in_matrix_space((element.x + shift, element.y - HALF_HIGH * size))
    return [DrawnWord(text, place.x, place.y, size)]
