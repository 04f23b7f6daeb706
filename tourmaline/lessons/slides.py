"""Slides of a lesson: one file that needs no other, for any browser. A key or a link moves on; no script is needed."""

from __future__ import annotations

import html
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tourmaline.lessons.markup import cell_html, document, sections, tag_of, to_html

STYLE = Path(__file__).with_name("slides.css")
MOST_WORDS = 120  # on a slide; a longer text continues on the next
LEFT_OUT = ("foreword", "checker")  # what only a notebook needs
LAST_SECTION = "Go further"  # links of the page, which lead nowhere here


@dataclass
class _Slide:
    heading: str
    kind: str = ""
    pieces: list[str] = field(default_factory=list)
    words: int = 0

    def add(self, piece: str, words: int) -> None:
        self.pieces.append(piece)
        self.words += words


class _Deck:
    """Puts pieces on slides."""

    def __init__(self) -> None:
        self.slides: list[_Slide] = []

    def begin(self, heading: str, kind: str = "") -> None:
        self.slides.append(_Slide(heading, kind))

    def add(self, piece: str, words: int, alone: bool = False) -> None:
        last = self.slides[-1]
        if last.pieces and (alone or last.words + words > MOST_WORDS):
            self.begin(last.heading, last.kind)
        self.slides[-1].add(piece, MOST_WORDS + 1 if alone else words)


def _prose(deck: _Deck, text: str) -> None:
    for heading, body in sections(text):
        if heading:
            deck.begin(heading)
        for paragraph in filter(None, body.split("\n\n")):
            deck.add(to_html(paragraph), len(paragraph.split()))


def _quiz(text: str) -> str:
    question = "\n".join(line for line in text.split("\n") if not line.startswith("  *"))
    return f"{to_html(question)}<details><summary>Answers</summary>{to_html(text)}</details>"


def _slides(notebook: dict[str, Any]) -> Iterator[_Slide]:
    deck, exercise = _Deck(), ""
    for cell in notebook["cells"]:
        tag, text = tag_of(cell), cell["source"]
        if tag in LEFT_OUT:
            continue
        if tag == "exercise":
            head, _, body = text.partition("\n\n")
            exercise = head.removeprefix("### ")
            deck.begin(exercise, "exercise")
            deck.add(to_html(body), 0)
        elif tag == "solution":
            if deck.slides[-1].heading != f"Solution of {exercise}":
                deck.begin(f"Solution of {exercise}", "solution")
            body = text.removeprefix("#### Solution").strip()
            if body:
                deck.add(cell_html({**cell, "source": body}), len(body.split()))
        elif tag == "quiz":
            deck.begin("Check yourself", "quiz")
            deck.add(_quiz(text), 0)
        elif tag == "given":
            if deck.slides[-1].kind:  # between exercises
                deck.begin("What is given")
            deck.add(cell_html(cell), len(text.split()))
        elif tag in ("figure", "table"):
            deck.add(cell_html(cell), 0, alone=True)
        elif cell["cell_type"] == "code" or text.startswith(">"):
            deck.add(cell_html(cell), len(text.replace(">", " ").split()))
        else:
            _prose(deck, text)
    return (slide for slide in deck.slides if slide.pieces and slide.heading != LAST_SECTION)


def lesson_slides(teacher: dict[str, Any], title: str) -> str:
    """The slides of a lesson, as one HTML page.

    Parameters
    ----------
    teacher : dict
        The teachers' notebook, whose cells are put on slides.
    title : str
        Of the lesson.
    """
    slides = list(_slides(teacher))
    parts = []
    for number, slide in enumerate(slides, start=1):
        level = "h1" if number == 1 else "h2"
        back = f'<a href="#slide-{number - 1}">Back</a>' if number > 1 else "<span></span>"
        following = f'<a href="#slide-{number + 1}">Next</a>' if number < len(slides) else "<span></span>"
        parts.append(
            f'<section class="slide {slide.kind}" id="slide-{number}">\n<div class="words">\n'
            f"<{level}>{to_html(slide.heading).removeprefix('<p>').removesuffix('</p>' + chr(10))}</{level}>\n"
            f"{''.join(slide.pieces)}</div>\n"
            f'<nav aria-label="Slide {number}">{back}<span>{html.escape(title)}, {number} of {len(slides)}</span>{following}</nav>\n'
            f"</section>"
        )
    return document(title, STYLE.read_text(encoding="utf-8"), f"<main>\n{chr(10).join(parts)}\n</main>")
