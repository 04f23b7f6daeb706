"""A lesson as an assignment for nbgrader: the source version, of which `nbgrader generate_assignment` makes the students'.

The cells carry nbgrader's metadata, schema version 3. An exercise is worth `POINTS`, as the marking scheme of the guide says: the numbers
are graded by nbgrader, the sentence or the judgement by the teacher.
"""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from tourmaline.lessons.checks import Check
from tourmaline.lessons.markup import tag_of
from tourmaline.lessons.page import Exercise, Lesson
from tourmaline.lessons.prose import Prose
from tourmaline.lessons.solving import as_assignments

POINTS = 4  # of an exercise
FOR_NUMBERS, FOR_NUMBERS_OF_JUDGEMENT = 3, 1  # of these; the last exercise of a lesson is a judgement
TEST = """\
### BEGIN HIDDEN TESTS
assert is_answer("{name}", {number}, {tolerance!r}, "{fingerprint}"), "{name} is not the published answer"
### END HIDDEN TESTS"""
ELSEWHERE = "**The figure is in the handout and in the students' notebook.**"
SENTENCE = "Say in one sentence, which a patient would understand, what your answer means."
JUDGEMENT = "Give your position, the number that supports it, and the evidence that would change it."


def _cell(kind: str, name: str, source: str, **about: Any) -> dict[str, Any]:
    metadata = {
        "schema_version": 3,
        "grade_id": name,
        "grade": False,
        "solution": False,
        "locked": False,
        "task": False,
    }
    cell = {"cell_type": kind, "id": name[:64], "metadata": {"nbgrader": metadata | about}, "source": source}
    return cell | ({"execution_count": None, "outputs": []} if kind == "code" else {})


def _graded(exercise: Exercise, checks: list[Check], last: bool, prose: Prose) -> list[dict[str, Any]]:
    """The cell of the solution, a test for each answer, and the cell of the sentence with the words of the solution."""
    answers = [block for block in exercise.solution.blocks if block.name == "answer"]
    for_numbers = (FOR_NUMBERS_OF_JUDGEMENT if last else FOR_NUMBERS) if checks else 0
    names = ", ".join(dict.fromkeys(check.name for check in checks))
    code = "\n\n".join(as_assignments(answers))
    work = f"# Your work{f': set {names}' if names else ''}\n### BEGIN SOLUTION\n{code}\n### END SOLUTION"
    cells = [_cell("code", exercise.label, work, solution=True)]
    for number, check in enumerate(checks, start=1):
        call = TEST.format(
            name=check.name,
            number=f"float({check.name})" if check.tolerance else check.name,
            tolerance=check.tolerance,
            fingerprint=check.fingerprint,
        )
        about = {"grade": True, "locked": True, "points": round(for_numbers / len(checks), 4)}
        cells.append(_cell("code", f"{exercise.label}-answer-{number}", f"# Test of {check.asked}\n{call}", **about))
    cells.append(_cell("markdown", f"{exercise.label}-question", JUDGEMENT if last else SENTENCE, locked=True))
    words = "\n\n".join(prose.plain(block.body) for block in exercise.solution.blocks if not block.name)
    about = {"grade": True, "solution": True, "points": POINTS - for_numbers}
    cells.append(_cell("markdown", f"{exercise.label}-sentence", words or "In words.", **about))
    return cells


def nbgrader_notebook(
    lesson: Lesson, student: dict[str, Any], checks: list[list[Check]], prose: Prose
) -> dict[str, Any]:
    """The source version of a lesson's assignment.

    Parameters
    ----------
    lesson : Lesson
        A lesson.
    student : dict
        The students' notebook.
    checks : list of list of Check
        What each exercise asks for.
    prose : Prose
        Writes its words without roles.
    """
    notebook, exercises = deepcopy(student), iter(zip(lesson.exercises, checks, strict=True))
    cells = []
    for cell in notebook["cells"]:
        tag = tag_of(cell)
        if tag == "work":
            exercise, asked = next(exercises)
            cells += _graded(exercise, asked, exercise.number == len(lesson.exercises), prose)
        elif tag in ("checker", "given"):  # locked: nbgrader puts them back before it grades
            cells.append(_cell("code", cell["id"], cell["source"], locked=True))
        elif tag == "figure":  # it would weigh more than all the rest
            words = cell["source"].partition("\n\n")[2]
            cells.append(
                {key: cell[key] for key in cell if key != "attachments"} | {"source": f"{ELSEWHERE}\n\n{words}"}
            )
        else:
            cells.append(cell)
    notebook["cells"] = cells
    return notebook
