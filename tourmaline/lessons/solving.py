"""Run the code of a lesson as a reader would, top to bottom, and compare each answer with the published one."""

from __future__ import annotations

import ast
import contextlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tourmaline.errors import LessonError
from tourmaline.lessons.checks import answer_name
from tourmaline.lessons.given import given_code, published
from tourmaline.lessons.page import Block, Lesson
from tourmaline.results.formats import rounded, shown_value


@dataclass(frozen=True)
class Answer:
    """What the code of a solution gives, and what a notebook published."""

    exercise: str
    result: str
    given: Any
    published: Any
    shown: str
    shown_published: str

    @property
    def agrees(self) -> bool:
        """Whether a reader sees the same."""
        return self.shown == self.shown_published


def last_value(code: str, namespace: dict[str, Any]) -> Any:
    """Run code and return the value of its last line, as a notebook's cell does."""
    tree = ast.parse(code)
    if not tree.body or not isinstance(tree.body[-1], ast.Expr):
        raise LessonError("the code of an answer ends without a value", remedy="Let its last line be the answer.")
    last = ast.Expression(tree.body.pop().value)
    exec(compile(tree, "<solution>", "exec"), namespace)
    return eval(compile(last, "<solution>", "eval"), namespace)


def as_assignments(answers: Sequence[Block]) -> list[str]:
    """The code of answers, each with its last line assigned to the name by which the answer is checked.

    Examples
    --------
    >>> as_assignments([Block("answer", "half = 1 / 2\\nhalf", "lessons/share")])
    ['half = 1 / 2\\nanswer_share = half']
    """
    found = []
    for block in answers:
        last = ast.parse(block.body).body[-1]
        lines = block.body.split("\n")
        start = last.lineno - 1
        value = "\n".join(lines[start:])
        if last.end_lineno > last.lineno:
            value = f"({value})"  # so that it may stand on several lines
        found.append("\n".join([*lines[:start], f"{answer_name(block.argument)} = {value}"]))
    return found


def _answers(block: Block) -> list[Block]:
    return [inner for inner in block.blocks if inner.name == "answer"]


def solve_exercises(lesson: Lesson, results: Path) -> list[Answer]:
    """Run what is given and every solution of a lesson, in order and in one namespace.

    Parameters
    ----------
    lesson : Lesson
        A lesson.
    results : Path
        The folder of results.

    Returns
    -------
    list of Answer
        One for each `{answer}`.
    """
    with contextlib.redirect_stdout(io.StringIO()):  # what the code prints is for a reader's notebook
        return _solved(lesson, results)


def _solved(lesson: Lesson, results: Path) -> list[Answer]:
    namespace: dict[str, Any] = {}
    answers = []
    for block in lesson.blocks:
        if block.name == "given":
            exec(compile(given_code(block.body, results, in_place=True), lesson.name, "exec"), namespace)
        elif block.name == "code" and block.argument == "python":
            exec(compile(block.body, lesson.name, "exec"), namespace)
        elif block.name == "solution":
            for inner in _answers(block):
                record = published(results, inner.argument)
                value = last_value(inner.body, namespace)
                answers.append(
                    Answer(
                        block.argument,
                        inner.argument,
                        value,
                        record["value"],
                        shown_value({**record, "value": rounded(value), "reported": {}}),
                        shown_value({**record, "reported": {}}),
                    )
                )
    return answers
