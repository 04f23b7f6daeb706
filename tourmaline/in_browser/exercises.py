"""A lesson's students' notebook, run down to one exercise with what a reader wrote into it; it needs Python's own library alone.

The cells are those of the notebook that the lesson offers for download, so the page and the notebook check an answer with the same code.
"""

from __future__ import annotations

import base64
import io
import json
import sys
import traceback
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from tourmaline.in_browser.cells import run_cell

MOST = 20_000  # letters that are shown of what code says: more would fill the memory of the page
DPI = 100
NO_MEMORY = "MemoryError: the browser has no memory left; use less data, or run the notebook on a computer"
PLACE = "exercise {}"  # what a traceback calls the work of an exercise


class _Said(io.StringIO):
    """What code says, up to a length."""

    full = False

    def write(self, text: str) -> int:
        room = MOST - self.tell()
        if not self.full:
            self.full = len(text) > room
            super().write(f"{text[:room]}\n(cut off after {MOST:,} letters)" if self.full else text)
        return len(text)


def _in_one_line(error: BaseException, exercise: int) -> str:
    """What went wrong, with the line of the reader's own code."""
    where = PLACE.format(exercise)
    words = [part.strip() for part in traceback.TracebackException.from_exception(error).format_exception_only()]
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == where]
    if isinstance(error, SyntaxError):
        lines = [error.lineno] if error.filename == where else lines
        words = words[-1:]
    said = words[0].splitlines()[0] if not isinstance(error, MemoryError) else NO_MEMORY
    return f"Line {lines[-1]}: {said}" if lines else said


def _figures() -> list[str]:
    """What code has drawn with Matplotlib, as PNG in base64; nothing is imported for it."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    found = []
    for number in pyplot.get_fignums() if pyplot else ():
        picture = io.BytesIO()
        pyplot.figure(number).savefig(picture, format="png", dpi=DPI, bbox_inches="tight")
        found.append(base64.b64encode(picture.getvalue()).decode())
    if pyplot:
        pyplot.close("all")
    return found


def _display(*shown: Any) -> None:
    """What a kernel gives every notebook; here objects are shown as text."""
    print(*map(repr, shown), sep="\n")


def _worked(source: str, exercise: int, namespace: dict[str, Any]) -> dict[str, Any]:
    """Run what a reader wrote for one exercise."""
    said, figures, error = _Said(), [], ""
    try:
        value = run_cell(source, PLACE.format(exercise), namespace, said, said)
        if value is not None:
            said.write(repr(value))
        figures = _figures()
    except (Exception, SystemExit) as raised:  # whatever the code raises is reported as one message
        error = _in_one_line(raised, exercise)
    return {"said": said.getvalue().rstrip(), "figures": figures, "error": error}


def _checked(source: str, namespace: dict[str, Any]) -> list[str]:
    """Run the cell that checks an exercise, and return what it says of each answer."""
    said = _Said()
    try:
        run_cell(source, "the check", namespace, said, said)
    except Exception as error:  # such as a NameError: the reader removed the line that names the answer
        said.write(f"The check stopped: {_in_one_line(error, 0)}")
    return said.getvalue().splitlines()


def run_exercise(notebook: dict[str, Any], work: Sequence[str], exercise: int, check: bool = False) -> dict[str, Any]:
    """Run a lesson's students' notebook from its top down to an exercise, in a fresh namespace.

    Parameters
    ----------
    notebook : dict
        The content of the .ipynb file, as `tourmaline.lessons.lesson_notebook` makes it.
    work : sequence of str, one for each exercise
        What stands in the cells for the reader's work. What raises above the exercise does not stop the run.
    exercise : int
        The number of the exercise, from 1.
    check : bool
        Whether to run the cell below it too, which checks its answers.

    Returns
    -------
    dict
        `said`: the output of the work, with the value at its end; `figures`: what it drew, as PNG in base64; `error`: one line, or '';
        `checks`: what the check says of each answer; `right`: whether it calls each right.
    """
    namespace: dict[str, Any] = {"__name__": "__main__", "display": _display}
    stopped: list[str] = []  # what kept the work of an exercise above from its end
    answer, checks, number = {"error": ""}, [], 0
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    for cell, below in pairwise([*cells, cells[0]]):
        tags = cell["metadata"].get("tags", ())
        if "work" in tags:
            number += 1
            answer = _worked(work[number - 1], number, namespace)
            if number == exercise:
                checks = _checked(below["source"], namespace) if check and not answer["error"] else []
                break
            if answer["error"]:
                stopped.append(f"Exercise {number}, which is run first, stopped: {answer['error']}")
        elif "check" not in tags:
            run_cell(cell["source"], "the notebook", namespace, said := _Said(), said)
    error = "\n".join([answer["error"], *stopped]) if answer["error"] else ""
    right = bool(checks) and all(": right" in line for line in checks)
    return {**answer, "error": error, "checks": checks, "right": right}


def run_in_page(notebook: str, work: str, exercise: int, check: bool) -> str:
    """What the worker of a page calls (book/browser/worker.js): `run_exercise`, with notebook, work and answer as JSON."""
    return json.dumps(run_exercise(json.loads(notebook), json.loads(work), exercise, check), ensure_ascii=False)
