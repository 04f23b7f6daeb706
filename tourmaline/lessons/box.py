"""A course in a box: every file that a teacher needs, made of the pages of the lessons."""

from __future__ import annotations

import html
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tourmaline import paths
from tourmaline.identity import identity
from tourmaline.lessons.checks import Check
from tourmaline.lessons.courses import LESSON_PAGES, TIMETABLE_COLUMNS, Course, lessons_of, timetable
from tourmaline.lessons.given import given_code, given_files
from tourmaline.lessons.handout import lesson_handout
from tourmaline.lessons.markup import document
from tourmaline.lessons.moodle import moodle_quiz
from tourmaline.lessons.nbgrader import nbgrader_notebook
from tourmaline.lessons.notebook import exercise_checks, lesson_notebook
from tourmaline.lessons.page import Lesson
from tourmaline.lessons.prose import Prose
from tourmaline.lessons.slides import lesson_slides

STYLE = Path(__file__).with_name("box.css")


@dataclass(frozen=True)
class _Kind:
    """A kind of file of a lesson: its place in the box, and what it is for."""

    place: str
    name: str
    about: str


KINDS = {
    "handout": _Kind("students/handouts/{0}.html", "Handout", "two pages of A4, the exercises with room to write"),
    "student": _Kind("students/notebooks/{0}.ipynb", "Students' notebook", "checks each answer and does not show it"),
    "slides": _Kind("teachers/slides/{0}.html", "Slides", "for any browser, without a network; solutions included"),
    "teacher": _Kind("teachers/notebooks/{0}.ipynb", "Teachers' notebook", "with the solutions"),
    "nbgrader": _Kind(
        "teachers/nbgrader/source/{0}/{0}.ipynb", "nbgrader", "source of an assignment, four points an exercise"
    ),
    "moodle": _Kind("teachers/moodle/{0}.xml", "Moodle quiz", "import it into the question bank as Moodle XML"),
}


def notebook_text(content: dict[str, Any]) -> str:
    """The text of a notebook's file."""
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def lesson_checks(lesson: Lesson, results: Path) -> list[list[Check]]:
    """What each exercise of a lesson asks for."""
    return [exercise_checks(lesson, exercise.label, results) for exercise in lesson.exercises]


def _given_before(lesson: Lesson, results: Path) -> list[str]:
    """The code of all that is given before each exercise."""
    found, given = [], []
    for block in lesson.blocks:
        if block.name == "given":
            given.append(given_code(block.body, results))
        elif block.name == "exercise":
            found.append("\n\n".join(given))
    return found


def lesson_files(lesson: Lesson, results: Path, sources: Mapping[str, str]) -> dict[str, str]:
    """The files of a lesson, by their place in the box.

    Parameters
    ----------
    lesson : Lesson
        A lesson.
    results : Path
        The folder of results.
    sources : mapping of str to str
        What stands for a citation, by key.

    Raises
    ------
    LessonError
        For a result that is not there.
    """
    prose, checks = Prose(results, sources), lesson_checks(lesson, results)

    def notebook(teacher: bool, svg: bool = False) -> dict[str, Any]:
        return lesson_notebook(lesson, results, teacher=teacher, sources=sources, svg=svg)

    student = notebook(teacher=False)
    made = {
        "handout": lesson_handout(notebook(teacher=False, svg=True), lesson.title, checks),
        "student": notebook_text(student),
        "slides": lesson_slides(notebook(teacher=True, svg=True), lesson.title),
        "teacher": notebook_text(notebook(teacher=True)),
        "nbgrader": notebook_text(nbgrader_notebook(lesson, student, checks, prose)),
        "moodle": moodle_quiz(lesson, prose, checks, _given_before(lesson, results)),
    }
    files = {kind.place.format(lesson.name): made[name] for name, kind in KINDS.items()}
    for block in lesson.named("given"):  # beside each notebook that reads them
        for path in given_files(block.body, results):
            for name in ("student", "teacher", "nbgrader"):
                place = Path(KINDS[name].place.format(lesson.name)).with_name(path.name)
                files[place.as_posix()] = path.read_text(encoding="utf-8")
    return files


def read_for_lesson(lesson: Lesson, results: Path) -> list[Path]:
    """The files from which those of a lesson are made: its page, the sources, the styles, and the results of each notebook that it names.

    Parameters
    ----------
    lesson : Lesson
        A lesson of the book.
    results : Path
        The folder of results.
    """
    page = LESSON_PAGES / f"{lesson.name}.md"
    text = page.read_text(encoding="utf-8")
    named = [folder for folder in results.glob("[!.]*") if f"{folder.name}/" in text]
    shown = [path for folder in named for path in (folder / "values.json", *folder.glob("*/*")) if path.is_file()]
    return [page, paths.DATA / "references.bib", *sorted(STYLE.parent.glob("*.css")), *sorted(shown)]


def course_index(course: Course, students: int = 0, seed: int = 0) -> str:
    """The first page of a box: the timetable, the files and how to use them.

    Parameters
    ----------
    course : Course
        A course.
    students : int
        How many students have numbers of their own.
    seed : int
        From which these were drawn.
    """
    rows = []
    for lesson in lessons_of([course]):
        links = "".join(
            f'<td><a href="{kind.place.format(lesson.name)}">{html.escape(kind.name)}</a></td>'
            for kind in KINDS.values()
        )
        rows.append(f'<tr><th scope="row">{html.escape(lesson.title)}</th>{links}</tr>')
    kinds = "".join(
        f"<li><strong>{html.escape(kind.name)}</strong>: {html.escape(kind.about)}.</li>" for kind in KINDS.values()
    )
    hours = "".join(f"<tr>{''.join(f'<td>{html.escape(cell)}</td>' for cell in row)}</tr>" for row in timetable(course))
    own = (
        f"<h2>Numbers for each student</h2><p>The folder <code>students/own-numbers</code> has notebooks for {students} students. Each has a "
        f"hypothetical trial, drawn from the seed {seed}: no such trial exists. The answers are in "
        '<a href="teachers/answer-key.html">the answer key</a>, also as <a href="teachers/answer-key.csv">a table</a>.</p>'
        if students
        else ""
    )
    body = f"""<main>
<h1>{html.escape(course.title)}</h1>
<p>{html.escape(course.audience)}</p>
<h2>Timetable</h2>
<p>The minutes of a lesson are those that its page states; each exercise takes an equal share of them. The minutes of a page that is read follow
from its words, at an assumed speed. The other minutes are assumed. None was measured in a class.</p>
<table><thead><tr>{"".join(f'<th scope="col">{name}</th>' for name in TIMETABLE_COLUMNS)}</tr></thead><tbody>{hours}</tbody></table>
<h2>Files</h2>
<p>Give the folder <code>students</code> to the class, and keep the folder <code>teachers</code>.</p>
<table><tbody>{"".join(rows)}</tbody></table>
<ul>{kinds}</ul>
{own}
<h2>Before the course</h2>
<ol>
<li>Print the handouts: two pages of A4 each, on both sides of one sheet. Without Python, students need only these and a calculator.</li>
<li>Open the slides, and move on with Page Down or the links. A slide with a solution follows each exercise.</li>
<li>With Python, let the students open their notebooks in Jupyter and run the first code cell, which checks their answers.</li>
<li>For nbgrader, copy <code>teachers/nbgrader/source</code> into the folder of your course, and run <code>nbgrader generate_assignment</code>
with the name of a lesson. The numbers are graded by nbgrader, the sentences by you.</li>
<li>For Moodle, import the file into the question bank in the format Moodle XML. Formulas need Moodle's MathJax filter.</li>
</ol>
<p>This is not medical advice. Everything here was made from the living report of {html.escape(identity().registered["name"])}.</p>
</main>"""
    return document(course.title, STYLE.read_text(encoding="utf-8"), body)


def course_files(courses: Iterable[Course], results: Path, sources: Mapping[str, str]) -> dict[str, str]:
    """The files of the lessons of some courses, by their place in the box.

    Raises
    ------
    LessonError
        For a result that is not there.
    """
    files: dict[str, str] = {}
    for lesson in lessons_of(courses):
        files |= lesson_files(lesson, results, sources)
    return files
