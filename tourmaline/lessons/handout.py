"""The handout of a lesson: two pages of A4, with the lesson on the first, and its exercises with room to write on the second."""

from __future__ import annotations

import html
import re
from pathlib import Path
from statistics import NormalDist
from typing import Any

from tourmaline.lessons.checks import Check
from tourmaline.lessons.markup import cell_html, code_html, document, tag_of, to_html
from tourmaline.results.formats import UNITS

STYLE = Path(__file__).with_name("handout.css")
LEFT_OUT = ("foreword", "checker", "work", "check", "quiz")
MOST_LETTERS = 4000  # on the first sheet, beside the figure; if there are more, what is given stands on the second
AFTER = "## Exercises"  # the heading of the page under which they stand
Z = (0.5, 1, 1.5, 1.645, 1.96, 2, 2.25, 2.5, 2.576, 3, 3.5)


def _normal_table() -> str:
    """What a calculator lacks: two-sided P values of the normal distribution."""
    p = [f"{2 * (1 - NormalDist().cdf(z)):.2g}" for z in Z]
    rows = [("z", [f"{z:g}" for z in Z]), ("two-sided P", p)]
    body = "".join(
        f'<tr><th scope="row">{head}</th>{"".join(f"<td>{cell}</td>" for cell in cells)}</tr>' for head, cells in rows
    )
    return f'<table class="normal"><caption>Normal distribution</caption><tbody>{body}</tbody></table>'


def _blank(check: Check) -> str:
    unit = UNITS[check.unit].strip()
    return f'<p class="blank"><span>{html.escape(check.label)}:</span><span class="line"></span>{html.escape(unit)}</p>'


def _letters(student: dict[str, Any]) -> int:
    """Letters of the lesson and of what is given before its first exercise."""
    total = 0
    for cell in student["cells"]:
        if tag_of(cell) == "exercise":
            break
        total += 0 if tag_of(cell) in LEFT_OUT else len(cell["source"])
    return total


def _numbers(code: str) -> str:
    """What is given, each number under its words."""
    groups: list[str] = []
    for part in re.split(r"\n\n|\n(?=#)", code):
        if groups and groups[-1].rpartition("\n")[2].startswith("#"):  # words that continue
            groups[-1] += f"\n{part}"
        else:
            groups.append(part)
    return f'<div class="numbers">{"".join(map(code_html, groups))}</div>'


def _prose(text: str) -> str:
    """Prose in small: headings as bold words before their first paragraph."""
    parts = []
    for paragraph in text.split("\n\n"):
        heading = paragraph.startswith("#")
        level = "h1" if paragraph.startswith("# ") else "h2"
        words = to_html(paragraph.lstrip("# ") if heading else paragraph)
        parts.append(words.replace("<p>", f"<{level}>").replace("</p>", f"</{level}>") if heading else words)
    return "".join(parts)


def lesson_handout(student: dict[str, Any], title: str, checks: list[list[Check]]) -> str:
    """The handout of a lesson, as one HTML page that fills two pages of A4.

    Parameters
    ----------
    student : dict
        The students' notebook.
    title : str
        Of the lesson.
    checks : list of list of Check
        What each exercise asks for.
    """
    first, second, exercise = [], [], 0
    fits = _letters(student) <= MOST_LETTERS
    for cell in student["cells"]:
        tag, text = tag_of(cell), cell["source"]
        if tag in LEFT_OUT:
            continue
        if tag == "exercise":
            blanks = "".join(_blank(check) for check in checks[exercise])
            second.append(f'<section class="exercise">{to_html(text)}{blanks}<div class="room"></div></section>')
            exercise += 1
        elif tag == "given":
            (second if exercise or not fits else first).append(_numbers(text))
        elif not exercise:
            prose = cell["cell_type"] == "markdown" and not tag and not text.startswith(">")
            first.append(_prose(text.replace(AFTER, "").strip()) if prose else cell_html(cell))
    needs_table = any("NormalDist" in cell["source"] for cell in student["cells"] if tag_of(cell) == "given")
    who = '<p class="who"><span>Name</span><span class="line"></span><span>Date</span><span class="line"></span></p>'
    head = f'<p class="head">{html.escape(title)}: exercises</p>'
    body = (
        f'<main>\n<section class="sheet">{"".join(first)}<div class="room"></div></section>\n'
        f'<section class="sheet">{who}{head}{"".join(second)}{_normal_table() if needs_table else ""}</section>\n</main>'
    )
    return document(title, STYLE.read_text(encoding="utf-8"), body)
