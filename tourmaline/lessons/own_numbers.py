"""The exercises of a lesson with a student's own numbers: a notebook, and the answers for the teacher."""

from __future__ import annotations

import csv
import html
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tourmaline.errors import LessonError
from tourmaline.identity import identity
from tourmaline.lessons.box import STYLE, lesson_checks, notebook_text
from tourmaline.lessons.checks import Check
from tourmaline.lessons.courses import missing_names
from tourmaline.lessons.given import given_code, published
from tourmaline.lessons.markup import document
from tourmaline.lessons.notebook import lesson_notebook
from tourmaline.lessons.page import Block, Lesson
from tourmaline.lessons.solving import solve_exercises
from tourmaline.results.formats import UNITS

ABOUT = "**A hypothetical trial: all numbers were drawn at random. No such trial exists, and no such drug.**"
IN_WORDS = {"experimental": "the experimental treatment", "control": "the control"}


@dataclass(frozen=True)
class KeyRow:
    """An answer of a student, for the teacher."""

    student: int
    lesson: str
    exercise: str
    answer: str
    value: str
    tolerance: float
    asked: str


def _neutral(block: Block) -> Block:
    """A block with the roles of the arms in the place of their names."""
    text = block.body
    for role, arm in identity().arms.items():
        if block.name in ("given", "solution"):
            text = text.replace(arm, role).replace(arm.capitalize(), role.capitalize())
        elif block.name == "exercise":
            text = re.sub(rf"{arm}(?= arm| curve)", role, text).replace(arm, IN_WORDS[role])
    return replace(block, body=text)


def _given(body: str, results: Path) -> str:
    """The lines of a `{given}` block whose results are there."""
    kept = []
    for line in body.split("\n"):
        try:
            given_code(line, results)
        except LessonError:
            continue
        kept.append(line)
    return "\n".join(kept)


def _answers_alone(solution: Block) -> str:
    """A solution without its words, which are about the report's numbers."""
    answers = (one for one in solution.blocks if one.name == "answer")
    return "\n\n".join(f"```{{answer}} {one.argument}\n{one.body}\n```" for one in answers)


def _is_published(result: str, results: Path) -> bool:
    try:
        return published(results, result)["value"] is not None
    except LessonError:
        return False


def with_own_numbers(lesson: Lesson, results: Path, student: int) -> Lesson | None:
    """The exercises of a lesson that a folder of results has numbers for; None if it has them for none.

    Parameters
    ----------
    lesson : Lesson
        A lesson.
    results : Path
        The folder of a student's numbers.
    student : int
        Number of the student.
    """
    blocks = [_neutral(one) for one in lesson.blocks]
    blocks = [replace(one, body=_given(one.body, results)) if one.name == "given" else one for one in blocks]
    whole = replace(lesson, blocks=blocks)
    labels = []
    for exercise in whole.exercises:
        answers = [one.argument for one in exercise.solution.blocks if one.name == "answer"]
        if all(_is_published(answer, results) for answer in answers) and not missing_names(
            whole, [*labels, exercise.label]
        ):
            labels.append(exercise.label)
    if not labels:
        return None
    title = Block("", f"# {lesson.title}: your own numbers\n\n{ABOUT} Student {student}.")
    kept = [title]
    for one in blocks:
        label = one.options.get("label") if one.name == "exercise" else one.argument
        if (one.name == "given" and one.body.strip()) or (one.name == "exercise" and label in labels):
            kept.append(one)
        elif one.name == "solution" and label in labels:
            kept.append(replace(one, body=_answers_alone(one)))
    return replace(lesson, blocks=kept)


def own_notebook(own: Lesson, results: Path, student: int, sources: Mapping[str, str]) -> tuple[str, list[KeyRow]]:
    """The notebook of a student, and the answers.

    Parameters
    ----------
    own : Lesson
        Its exercises, as `with_own_numbers` gives them.
    results : Path
        The folder of the student's numbers.
    student : int
        Number of the student.
    sources : mapping of str to str
        What stands for a citation, by key.

    Raises
    ------
    LessonError
        If a solution of the page gives another number than the library.
    """
    for answer in solve_exercises(own, results):
        if not answer.agrees:
            raise LessonError(
                f"the solution {answer.exercise!r} gives {answer.shown}, and the library {answer.shown_published}",
                where=f"book/learn/{own.name}.md, with the numbers of student {student}",
                remedy="Correct the solution, or the library.",
            )
    notebook = lesson_notebook(
        own,
        results,
        teacher=False,
        sources=sources,
        made_from="Its numbers are hypothetical. It has no figures: use the lists.",
    )
    rows = [
        KeyRow(student, own.name, exercise.title, check.name, _in_full(check), check.tolerance, check.asked)
        for exercise, checks in zip(own.exercises, lesson_checks(own, results), strict=True)
        for check in checks
    ]
    return notebook_text(notebook), rows


def _in_full(check: Check) -> str:
    """The answer with more digits than the book shows, so that a mark can be given near the edge of the tolerance."""
    if not check.tolerance:
        return str(check.value)
    number = f"{check.value:.4g}" if abs(check.value) < 1000 else f"{check.value:.1f}".removesuffix(".0")
    return f"{number}{UNITS[check.unit]}"


COLUMNS = ("Student", "Lesson", "Exercise", "Answer", "Value", "Tolerance", "Asked")


def key_csv(rows: Sequence[KeyRow]) -> str:
    """The answer key as a table."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(vars(row).values() for row in rows)
    return text.getvalue()


def key_page(rows: Sequence[KeyRow], title: str, seed: int) -> str:
    """The answer key as a page to print."""
    head = "".join(f'<th scope="col">{name}</th>' for name in COLUMNS[:-1])
    body = "".join(
        "<tr>" + "".join(f"<td>{html.escape(str(cell))}</td>" for cell in list(vars(row).values())[:-1]) + "</tr>"
        for row in rows
    )
    return document(
        f"Answer key: {title}",
        STYLE.read_text(encoding="utf-8"),
        f"<main><h1>Answer key</h1><p>{html.escape(title)}. Hypothetical trials, drawn from the seed {seed}: no such trial exists. The answers "
        f"were computed by the report's library. For teachers.</p><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></main>",
    )
