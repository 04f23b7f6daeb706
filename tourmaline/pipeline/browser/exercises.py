"""The exercises of a lesson, to be solved on its page: their editors, and what a browser needs to run them.

Both are made from the students' notebook that the lesson offers for download. An editor holds what stands in the notebook's cell for the
reader's work.
"""

from __future__ import annotations

import html
import json
import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tourmaline.lessons.markup import tag_of
from tourmaline.lessons.timing import names_of
from tourmaline.pipeline.browser.runtime import INTERPRETER, LOCK_IN_SITE, NEEDED, packages

LESSONS_FOLDER = "lessons"  # of their notebooks, in the site and in what a browser fetches
NOTEBOOK, STUDENT = ".ipynb", "-student.ipynb"
EXERCISES_PLACE = re.compile(
    r'<div class="tm-work-place" data-lesson="(?P<lesson>\w+)" data-exercise="(?P<label>[\w-]+)"></div>'
)
PLACE_OF_ALL = re.compile(r'<div class="tm-work-place" data-lesson="\w+"></div>')
IMPORTED = re.compile(r"^(?:from|import) (\w+)", re.MULTILINE)
COMMENT = re.compile("#.*")
# Of our package what runs an exercise, as an archive; it needs no library.
RUNNER = "exercises.zip"
RUNNER_FILES = (
    "__init__.py",
    "in_browser/__init__.py",
    "in_browser/cells.py",
    "in_browser/exercises.py",
    "in_browser/made.py",
)
EXERCISE_PACKAGES = "packages.zip"


@dataclass(frozen=True)
class Work:
    """The cell of a notebook in which a reader solves an exercise.

    Attributes
    ----------
    start : str
        What stands in it at first.
    names : tuple of str
        What the cells above it define, since the exercise before it.
    checked : bool
        Whether a cell below it checks the answers.
    """

    start: str
    names: tuple[str, ...]
    checked: bool


def _code_cells(notebook: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def works(notebook: Mapping[str, Any]) -> list[Work]:
    """The work of each exercise of a lesson.

    Parameters
    ----------
    notebook : mapping of str to object
        The students' notebook, as the content of its .ipynb file.
    """
    found: list[Work] = []
    above, cells = "", _code_cells(notebook)
    for index, cell in enumerate(cells):
        kind, code = tag_of(cell), cell["source"]
        if kind == "work":
            names = sorted(names_of(above)[1], key=re.findall(r"\w+", COMMENT.sub("", above)).index)
            found.append(Work(code, tuple(names), index + 1 < len(cells) and tag_of(cells[index + 1]) == "check"))
            above = ""
        elif kind not in ("check", "checker"):
            above += f"{code}\n"
    return found


def student_files(offered: Mapping[str, bytes]) -> dict[str, bytes]:
    """The students' notebooks, as `lessons/<name>.ipynb`, and the files that they read.

    Parameters
    ----------
    offered : mapping of str to bytes
        The files of the site's folder of lessons, by name.
    """
    return {
        f"{LESSONS_FOLDER}/{name.replace(STUDENT, NOTEBOOK)}": content
        for name, content in offered.items()
        if name.endswith(STUDENT) or not name.endswith(NOTEBOOK)
    }


def lesson_of(name: str) -> str:
    """The lesson whose notebook a file is, by its name; '' for another file.

    Examples
    --------
    >>> lesson_of("lessons/intervals.ipynb"), lesson_of("lessons/pseudo_patients.csv")
    ('intervals', '')
    """
    folder, _, rest = name.partition("/")
    return rest.removesuffix(NOTEBOOK) if folder == LESSONS_FOLDER and rest.endswith(NOTEBOOK) else ""


def needed_files(lesson: str, files: Mapping[str, bytes]) -> list[str]:
    """What a browser fetches before it runs an exercise: the interpreter, the libraries that the notebook imports, and no more.

    Parameters
    ----------
    lesson : str
        Its name.
    files : mapping of str to bytes
        What a browser can fetch, by name.
    """
    notebook = json.loads(files[f"{LESSONS_FOLDER}/{lesson}{NOTEBOOK}"])
    code = "\n".join(cell["source"] for cell in _code_cells(notebook))
    libraries = set(IMPORTED.findall(code)) - sys.stdlib_module_names
    pure = not libraries <= packages().keys()  # then all are loaded: what a package of PACKAGES needs stands nowhere
    loaded = packages(NEEDED if pure else libraries)
    read = [name for name in files if name.startswith(f"{LESSONS_FOLDER}/") and repr(name.partition("/")[2]) in code]
    return [
        RUNNER,
        f"{LESSONS_FOLDER}/{lesson}{NOTEBOOK}",
        *read,
        *(f"pyodide/{name}" for name in (*INTERPRETER, LOCK_IN_SITE)),
        *(f"pyodide/{about['file_name']}" for about in loaded.values()),
        *([EXERCISE_PACKAGES] if pure else []),
    ]


def _editor(lesson: str, label: str, number: int, work: Work, folder: str, version: str, size: int) -> str:
    place = f"work-{html.escape(label)}"
    names = ", ".join(f"<code>{html.escape(name)}</code>" for name in work.names)
    given = f'<p class="tm-work-help" id="{place}-given">Defined above: {names}.</p>' if names else ""
    check = f'<button type="button" class="tm-work-check" aria-label="Check exercise {number}">Check</button> '
    return (
        f'<div class="tm-work" data-lesson="{lesson}" data-exercise="{html.escape(label)}" data-folder="{folder}"'
        f' data-version="{version}" hidden><label for="{place}">Your work on exercise {number}</label>'
        f'<textarea id="{place}" rows="{work.start.count(chr(10)) + 2}" spellcheck="false" autocomplete="off" autocapitalize="off"'
        f' aria-describedby="{f"{place}-given " if names else ""}work-keys">{html.escape(work.start)}</textarea>'
        f"{given}{_KEYS if number == 1 else ''}"
        f'<p class="tm-work-buttons"><button type="button" class="tm-work-run" aria-label="Run exercise {number}">Run</button> '
        f"{check if work.checked else ''}"
        f'<button type="button" class="tm-work-stop" aria-label="Stop exercise {number}" hidden>Stop</button> '
        f'<button type="button" class="tm-work-reset" aria-label="Reset to start: exercise {number}">Reset to start</button> '
        f'<span class="tm-work-note">The first run fetches {size / 1e6:.0f} MB from this site.</span></p>'
        '<div class="tm-work-says" role="status"></div></div>'
    )


# Once on a page: it describes every editor.
_KEYS = (
    '<p class="tm-work-help" id="work-keys">Your code runs after that of the exercises above. Ctrl+Enter runs it. While you type, Tab indents; '
    "after Escape, Tab leaves the editor.</p>"
)
# Below the last solution: what is done with the work of the whole page.
_ALL = (
    '<div class="tm-work-all" role="group" aria-label="Your work on this page" hidden><p>Your work on this page is kept in this browser only. '
    'Download it to keep a copy.</p><p class="tm-work-buttons"><button type="button" class="tm-work-save">'
    'Download as a notebook</button> <button type="button" class="tm-work-delete">Delete my work</button></p>'
    '<div class="tm-work-says" role="status"></div></div>'
)


def with_editors(
    page: str, files: Mapping[str, bytes], needed: Mapping[str, Iterable[str]], folder: str, version: str
) -> str:
    """A page of the site with an editor below each exercise; unchanged if it has no place for any.

    Parameters
    ----------
    page : str
        As it was built.
    files : mapping of str to bytes
        What a browser can fetch, by name.
    needed : mapping of str to iterable of str
        What it fetches of them for each lesson.
    folder : str
        Where the files are, as the page names it, with a stroke at its end.
    version : str
        The SHA-256 of the manifest.
    """
    places = list(EXERCISES_PLACE.finditer(page))
    if not places:
        return page
    lesson = places[0]["lesson"]
    size = sum(len(files[name]) for name in needed[lesson])
    cells = zip(places, works(json.loads(files[f"{LESSONS_FOLDER}/{lesson}{NOTEBOOK}"])), strict=True)
    for number, (place, work) in enumerate(cells, start=1):
        page = page.replace(place[0], _editor(lesson, place["label"], number, work, folder, version, size), 1)
    return PLACE_OF_ALL.sub(_ALL, page)
