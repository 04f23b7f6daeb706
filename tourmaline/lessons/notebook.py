"""Make a notebook of a lesson: for students without the solutions, for teachers with them."""

from __future__ import annotations

import base64
import csv
import json
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tourmaline import old_names
from tourmaline.errors import LessonError
from tourmaline.lessons.given import given_code, published
from tourmaline.lessons.page import Block, Lesson, read_options
from tourmaline.results.caveats import TITLE, caveat_lines
from tourmaline.results.formats import is_one_of, shown, shown_interval, value_in_words

ROLE = re.compile(r"\{(?P<role>[\w:-]+)\}`(?P<text>[^`]+)`")
LINK = re.compile(r"(?<!!)\[(?P<words>[^\]]+)\]\((?!https?:)[^)]+\)")
NAMED = re.compile(r"^(?P<words>.+?) ?<(?P<target>[^>]+)>$")
SILENT = ("lesson-notebooks", "solution")  # the page's own, or what only teachers get
BOXES = ("admonition", "note", "tip", "warning", "important", "margin")
WORK = "# Your work\n"
IMPORTED = re.compile(r"^(?:from|import) (\w+)", re.MULTILINE)


class _Writer:
    """Writes the blocks of one lesson as cells."""

    def __init__(self, lesson: Lesson, results: Path, sources: Mapping[str, str], teacher: bool) -> None:
        self.lesson, self.results, self.sources, self.teacher = lesson, results, sources, teacher
        self.cells: list[dict[str, Any]] = []
        self.exercise = 0

    def add(self, kind: str, source: str, attachments: dict[str, Any] | None = None) -> None:
        cell = {
            "cell_type": kind,
            "id": f"{self.lesson.name.replace('_', '-')[:40]}-{len(self.cells) + 1}",
            "metadata": {},
            "source": source,
        }
        if kind == "code":
            cell |= {"execution_count": None, "outputs": []}
        if attachments:
            cell["attachments"] = attachments
        self.cells.append(cell)

    def text(self, words: str) -> str:
        """Prose without roles: results as their numbers, the rest as words."""
        return LINK.sub(lambda match: f"*{match['words']}*", ROLE.sub(self._role, words))

    def _role(self, match: re.Match[str]) -> str:
        role, text = match["role"], match["text"]
        if role in ("value", "interval"):
            record = published(self.results, text)
            if role == "interval":
                return shown_interval(record)
            return value_in_words(record)
        if role == "cite":
            return f"({', '.join(self.sources.get(key.strip(), key.strip()) for key in text.split(','))})"
        if role == "numref":
            return "the figure or table of that name in the book"
        named = NAMED.match(text)
        return named["words"] if named else text

    def block(self, block: Block) -> None:
        kind = block.name
        if kind == "":
            self.add("markdown", self.text(block.body))
        elif kind == "code":
            self.add("code" if block.argument == "python" else "markdown", block.body)
        elif kind == "given":
            self.add("code", given_code(block.body, self.results))
        elif kind == "exercise":
            self.exercise += 1
            self.add("markdown", f"### Exercise {self.exercise}: {block.argument}\n\n{self.text(block.body)}")
            if not self.teacher:
                self.add("code", WORK)
        elif kind == "solution" and self.teacher:
            self._solution(block)
        elif kind == "quiz":
            self._quiz(block)
        elif kind == "result-figure":
            self._figure(block)
        elif kind == "result-table":
            self._table(block)
        elif old_names.DIRECTIVES.get(kind, kind) == "only-if":
            name, words = block.argument.split(maxsplit=1)
            if is_one_of(published(self.results, name)["value"], words):
                for inner in block.blocks:
                    self.block(inner)
        elif kind == "math":
            self.add("markdown", f"$$\n{block.body}\n$$")
        elif kind in BOXES:
            title = block.argument or kind.capitalize()
            self._box(title, block.body.split("\n"))
        elif kind == "caveats":
            self._box(TITLE, [*caveat_lines(self.results, block.argument), *block.body.split("\n")])
        elif kind not in SILENT:
            raise LessonError(f"line {block.line}: no notebook can show the directive {kind!r}", remedy="Use another.")

    def _box(self, title: str, lines: list[str]) -> None:
        quoted = "\n".join(f"> {line}".rstrip() for line in self.text("\n".join(lines)).split("\n"))
        self.add("markdown", f"> **{title}**\n>\n{quoted}")

    def _solution(self, block: Block) -> None:
        head = "#### Solution\n\n"
        for inner in block.blocks:
            if inner.name == "answer":
                if head:
                    self.add("markdown", head.strip())
                self.add("code", inner.body)
                self.add("markdown", f"**Answer:** {self.text(f'{{value}}`{inner.argument}`')}")
            elif inner.name == "":
                self.add("markdown", head + self.text(inner.body))
            else:
                self.block(inner)
            head = ""

    def _quiz(self, block: Block) -> None:
        lines = [f"**Check yourself:** {self.text(block.argument)}", ""]
        for letter, option in zip("ABCDEFGH", read_options(block.body)):
            lines.append(f"- **{letter}.** {self.text(option.words)}")
            if self.teacher:
                lines.append(f"  *{'Right' if option.right else 'Not quite'}.* {self.text(option.feedback)}")
        self.add("markdown", "\n".join(lines))

    def _figure(self, block: Block) -> None:
        notebook, _, name = block.argument.partition("/")
        path = self.results / notebook / "figures" / f"{name}.png"
        if not path.exists():
            raise LessonError(f"the notebook {notebook!r} publishes no figure {name!r}", remedy="Run `make book`.")
        record = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        image = base64.b64encode(path.read_bytes()).decode("ascii")
        note = " Reconstructed: these are not patients' data." if record["origin"] == "reconstructed" else ""
        alt = record["alt"].replace("[", "(").replace("]", ")")
        caption = (
            f"*{record['caption'].replace('*', '')}{note} ({record['origin'].capitalize()} from {record['source']}.)*"
        )
        self.add("markdown", f"![{alt}](attachment:{name}.png)\n\n{caption}", {f"{name}.png": {"image/png": image}})

    def _table(self, block: Block) -> None:
        notebook, _, name = block.argument.partition("/")
        path = self.results / notebook / "tables" / f"{name}.csv"
        if not path.exists():
            raise LessonError(f"the notebook {notebook!r} publishes no table {name!r}", remedy="Run `make book`.")
        layout = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        with path.open(encoding="utf-8", newline="") as file:
            columns, *rows = list(csv.reader(file))
        decimals = layout["decimals"]
        lines = [f"*{layout['caption']} ({layout['origin']})*", "", _row(columns), _row(["---"] * len(columns))]
        for row in rows:
            cells = zip(columns, row)
            lines.append(_row([shown(float(c), decimals[n]) if n in decimals and c else c or "—" for n, c in cells]))
        self.add("markdown", "\n".join(lines))


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cell.replace('|', ' ') for cell in cells)} |"


def _needs(lesson: Lesson) -> str:
    """What a lesson's code imports beside Python's own library, in words."""
    code = "\n".join(block.body for block in lesson.named("code") if block.argument == "python")
    libraries = sorted(set(IMPORTED.findall(code)) - sys.stdlib_module_names)
    return f"Python with {' and '.join(libraries)}" if libraries else "nothing but Python"


def _foreword(teacher: bool, needs: str) -> Iterator[str]:
    who = (
        "Teachers' notebook: with the solutions"
        if teacher
        else "Students' notebook: your work goes into the empty cells"
    )
    yield f"*{who}. It needs {needs}. Made from the living report; its numbers are those of this edition.*"


def lesson_notebook(
    lesson: Lesson, results: Path, *, teacher: bool, sources: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """The notebook of a lesson, as the content of an .ipynb file.

    Parameters
    ----------
    lesson : Lesson
        A lesson.
    results : Path
        The folder of results.
    teacher : bool
        With solutions and the feedback of the quizzes.
    sources : mapping of str to str, optional
        What stands for a citation, by key.

    Raises
    ------
    LessonError
        For a result that is not there or a directive that a notebook cannot show.
    """
    writer = _Writer(lesson, results, sources or {}, teacher)
    first, *others = lesson.blocks
    writer.block(first)
    for words in _foreword(teacher, _needs(lesson)):
        writer.add("markdown", words)
    for block in others:
        writer.block(block)
    return {
        "cells": writer.cells,
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
