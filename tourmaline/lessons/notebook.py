"""Make a notebook of a lesson: for students without the solutions, for teachers with them."""

from __future__ import annotations

import base64
import csv
import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tourmaline import old_names
from tourmaline.data.references import with_names
from tourmaline.errors import LessonError
from tourmaline.lessons.checks import CHECKER, Check, check_of
from tourmaline.lessons.given import given_code, published
from tourmaline.lessons.page import Block, Lesson, read_options
from tourmaline.lessons.prose import Prose
from tourmaline.results.caveats import TITLE, caveat_lines
from tourmaline.results.formats import is_one_of, shown

SILENT = ("lesson-notebooks", "solution")  # the page's own, or what only teachers get
BOXES = ("admonition", "note", "tip", "warning", "important", "margin")
WORK = "# Your work"
IMPORTED = re.compile(r"^(?:from|import) (\w+)", re.MULTILINE)


class _Writer:
    """Writes the blocks of one lesson as cells."""

    def __init__(self, lesson: Lesson, results: Path, sources: Mapping[str, str], teacher: bool, svg: bool) -> None:
        self.lesson, self.results, self.teacher, self.svg = lesson, results, teacher, svg
        self.text = Prose(results, sources).plain
        self.cells: list[dict[str, Any]] = []
        self.exercise = 0

    def add(self, kind: str, source: str, attachments: dict[str, Any] | None = None, tag: str = "") -> None:
        cell = {
            "cell_type": kind,
            "id": f"{self.lesson.name.replace('_', '-')[:40]}-{len(self.cells) + 1}",
            "metadata": {"tags": [tag]} if tag else {},
            "source": source,
        }
        if kind == "code":
            cell |= {"execution_count": None, "outputs": []}
        if attachments:
            cell["attachments"] = attachments
        self.cells.append(cell)

    def block(self, block: Block) -> None:
        kind = block.name
        if kind == "":
            self.add("markdown", self.text(block.body))
        elif kind == "code":
            self.add("code" if block.argument == "python" else "markdown", block.body)
        elif kind == "given":
            self.add("code", given_code(block.body, self.results), tag="given")
        elif kind == "exercise":
            self.exercise += 1
            words = f"### Exercise {self.exercise}: {block.argument}\n\n{self.text(block.body)}"
            self.add("markdown", words, tag="exercise")
            if not self.teacher:
                self._work(block.options.get("label", ""))
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

    def _work(self, label: str) -> None:
        """An empty cell, the names of the answers, and a cell that checks them."""
        checks = exercise_checks(self.lesson, label, self.results)
        self.add("code", "\n\n".join([WORK, *(check.placeholder for check in checks)]), tag="work")
        if checks:
            self.add("code", "\n".join(check.call for check in checks), tag="check")

    def _solution(self, block: Block) -> None:
        head = "#### Solution\n\n"
        for inner in block.blocks:
            if inner.name == "answer":
                if head:
                    self.add("markdown", head.strip(), tag="solution")
                self.add("code", inner.body, tag="solution")
                self.add("markdown", f"**Answer:** {self.text(f'{{value}}`{inner.argument}`')}", tag="solution")
            elif inner.name == "":
                self.add("markdown", head + self.text(inner.body), tag="solution")
            else:
                self.block(inner)
            head = ""

    def _quiz(self, block: Block) -> None:
        lines = [f"**Check yourself:** {self.text(block.argument)}", ""]
        for letter, option in zip("ABCDEFGH", read_options(block.body)):
            lines.append(f"- **{letter}.** {self.text(option.words)}")
            if self.teacher:
                lines.append(f"  *{'Right' if option.right else 'Not quite'}.* {self.text(option.feedback)}")
        self.add("markdown", "\n".join(lines), tag="quiz")

    def _figure(self, block: Block) -> None:
        notebook, _, name = block.argument.partition("/")
        path = self.results / notebook / "figures" / f"{name}.png"
        if not path.exists():
            raise LessonError(f"the notebook {notebook!r} publishes no figure {name!r}", remedy="Run `make book`.")
        record = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        attachment = {f"{name}.png": {"image/png": base64.b64encode(path.read_bytes()).decode("ascii")}}
        if self.svg:
            attachment = {f"{name}.svg": {"image/svg+xml": path.with_suffix(".svg").read_text(encoding="utf-8")}}
        note = " Reconstructed: these are not patients' data." if record["origin"] == "reconstructed" else ""
        alt = record["alt"].replace("[", "(").replace("]", ")")
        caption = f"*{record['caption'].replace('*', '')}{note} ({record['origin'].capitalize()} from {with_names(record['source'])}.)*"
        (file,) = attachment
        self.add("markdown", f"![{alt}](attachment:{file})\n\n{caption}", attachment, tag="figure")

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
        self.add("markdown", "\n".join(lines), tag="table")


def exercise_checks(lesson: Lesson, label: str, results: Path) -> list[Check]:
    """What an exercise asks for, as its solution answers it; without what this edition has no number for."""
    solution = next((one.solution for one in lesson.exercises if one.label == label), None)
    answers = [block.argument for block in solution.blocks if block.name == "answer"] if solution else []
    found = [check_of(answer, published(results, answer)) for answer in dict.fromkeys(answers)]
    return [check for check in found if check]


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cell.replace('|', ' ') for cell in cells)} |"


def _needs(lesson: Lesson) -> str:
    """What a lesson's code imports beside Python's own library, in words."""
    own = (block for block in lesson.named("code") if block.argument == "python")
    code = "\n".join(block.body for block in (*lesson.named("given"), *own))
    libraries = sorted(set(IMPORTED.findall(code)) - sys.stdlib_module_names)
    return f"Python with {' and '.join(libraries)}" if libraries else "nothing but Python"


def _foreword(teacher: bool, needs: str, made_from: str) -> str:
    who = (
        "Teachers' notebook: with the solutions"
        if teacher
        else "Students' notebook: write into the cells that say so, and let the cell below each check your answers"
    )
    return f"*{who}. It needs {needs}. {made_from}*"


def lesson_notebook(
    lesson: Lesson,
    results: Path,
    *,
    teacher: bool,
    sources: Mapping[str, str] | None = None,
    made_from: str = "Made from the living report; its numbers are those of this edition.",
    svg: bool = False,
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
    made_from : str
        A sentence on where its numbers come from.
    svg : bool
        Attach figures as the text of an SVG, which only `tourmaline.lessons.markup` shows, and not as PNG.

    Raises
    ------
    LessonError
        For a result that is not there or a directive that a notebook cannot show.
    """
    writer = _Writer(lesson, results, sources or {}, teacher, svg)
    first, *others = lesson.blocks
    writer.block(first)
    writer.add("markdown", _foreword(teacher, _needs(lesson), made_from), tag="foreword")
    if not teacher:
        writer.add("code", CHECKER, tag="checker")
        writer.cells[-1]["metadata"]["jupyter"] = {"source_hidden": True}  # JupyterLab folds it
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
