"""Put what a browser needs into the built site: a folder of its own, and on each page with a panel or exercises its forms and scripts.

The pages themselves are those that the build made; `tourmaline build` makes them again without any of this. Editions are not touched.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Mapping
from pathlib import Path

from tourmaline import paths
from tourmaline.errors import SiteError
from tourmaline.pipeline import freshness
from tourmaline.pipeline.browser import exercises
from tourmaline.pipeline.browser.forms import form
from tourmaline.pipeline.browser.packages import pure_packages
from tourmaline.pipeline.browser.runtime import LOCK_IN_SITE, PYODIDE_VERSION, lock_in_site, packages
from tourmaline.pipeline.notebooks import all_notebooks
from tourmaline.pipeline.sources import visible
from tourmaline.pipeline.zip_files import zipped

FOLDER = "browser"  # of the site
PAGE_FILES = paths.ROOT / "book" / "browser"
# A page itself asks for these, in this order; what else is there is asked for by the worker.
OF_PANELS, OF_EXERCISES = ("panel.css", "python.js", "panel.js"), ("exercises.css", "python.js", "exercises.js")
ON_PAGES = frozenset({*OF_PANELS, *OF_EXERCISES})
GUARD = "service_worker.js"
MANIFEST = "manifest.json"
NOT_RUN = ("cli", "pipeline", "sphinx_ext")  # of our package: what builds the book
PLACE = re.compile(r'<div class="tm-run-place" data-notebook="(?P<name>\w+)"></div>')
LICENCES = "LICENCES.txt"


def report_files(results: Path) -> dict[str, bytes]:
    """What notebooks need of the report: our package, the data, the notebooks with their words, and the runs of sweeps."""
    package = paths.ROOT / "tourmaline"
    code = [path for path in visible(package) if path.relative_to(package).parts[0] not in NOT_RUN]
    files = [*code, *visible(paths.DATA), *visible(paths.NOTEBOOKS)]
    found = {paths.relative(path): path.read_bytes() for path in files if "__pycache__" not in path.parts}
    sweeps = sorted((results / paths.SWEEPS.name).glob("[!.]*/runs.csv"))
    return found | {f"results/{path.relative_to(results).as_posix()}": path.read_bytes() for path in sweeps}


def published_files(results: Path, notebook: str) -> dict[str, bytes]:
    """The published results of a notebook, beside which those of a run are shown."""
    folder = results / notebook
    wanted = [
        folder / "values.json",
        *folder.glob("tables/*"),
        *folder.glob("figures/*.json"),
        *folder.glob("figures/*.svg"),
    ]
    return {f"results/{path.relative_to(results).as_posix()}": path.read_bytes() for path in wanted if path.exists()}


def licences() -> bytes:
    """Which part is whose, under which licence, and where its text stands."""
    rows = [
        f"Pyodide {PYODIDE_VERSION}: the interpreter (pyodide.*, python_stdlib.zip) and the packages in pyodide/, as released by the Pyodide developers.",
        "Pyodide: Mozilla Public License 2.0, sources at github.com/pyodide/pyodide. CPython, in it: Python Software Foundation License 2.",
        "Each package in pyodide/ carries its licence in its own archive (folder *.dist-info); OpenBLAS: BSD, 3 clauses.",
        f"Packages: {', '.join(name + ' ' + about['version'] for name, about in packages().items())}.",
        "packages.zip: pure-Python packages of the environment that built this book, each with its licence in packages/*.dist-info.",
        "report.zip, exercises.zip, lessons/: this report's code and notebooks under the MIT licence; its data as data/LICENSE.md says.",
    ]
    return ("\n".join(rows) + "\n").encode()


def folder_files(site: Path, results: Path, runtime: Mapping[str, bytes]) -> dict[str, bytes]:
    """Everything in the site's folder `browser`, by name; the same input gives the same bytes.

    Parameters
    ----------
    site : Path
        The built site, for the notebooks of its lessons.
    results : Path
        The results that the site shows.
    runtime : mapping of str to bytes
        The checked files of the runtime.
    """
    fetched = {f"pyodide/{name}": content for name, content in runtime.items()}
    fetched[f"pyodide/{LOCK_IN_SITE}"] = lock_in_site()
    fetched[exercises.EXERCISE_PACKAGES] = zipped(
        {f"packages/{name}": content for name, content in pure_packages().items()}
    )
    fetched["report.zip"] = zipped(report_files(results))
    of_panels = sorted(fetched)
    package = paths.ROOT / "tourmaline"
    fetched[exercises.RUNNER] = zipped(
        {f"tourmaline/{name}": (package / name).read_bytes() for name in exercises.RUNNER_FILES}
    )
    fetched |= exercises.student_files(
        {path.name: path.read_bytes() for path in freshness.tree(site / exercises.LESSONS_FOLDER)}
    )
    of_lessons = {
        lesson: exercises.needed_files(lesson, fetched)
        for name in sorted(fetched)
        if (lesson := exercises.lesson_of(name))
    }
    for notebook in all_notebooks():
        fetched[f"published/{notebook.stem}.zip"] = zipped(published_files(results, notebook.stem))
    own = {path.name: path.read_bytes() for path in freshness.tree(PAGE_FILES)}
    fetched |= {name: content for name, content in own.items() if name not in ON_PAGES and name != GUARD}
    about = {
        name: {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        for name, content in sorted(fetched.items())
    }
    manifest = (json.dumps({"files": about, "panels": of_panels, "lessons": of_lessons}, indent=1) + "\n").encode()
    return {**fetched, **own, MANIFEST: manifest, LICENCES: licences()}


def with_python(name: str, page: str, files: Mapping[str, bytes]) -> str:
    """A page of the site with its forms and editors; unchanged if it has no place for any.

    The policy of the page stays: Python runs in a worker, to which the service worker gives a policy of its own.

    Parameters
    ----------
    name : str
        Its path below the site.
    page : str
        As it was built.
    files : mapping of str to bytes
        The folder `browser`.
    """
    panels, lessons = PLACE.search(page), exercises.EXERCISES_PLACE.search(page)
    if not panels and not lessons:
        return page
    folder = "../" * name.count("/") + f"{FOLDER}/"
    version, manifest = hashlib.sha256(files[MANIFEST]).hexdigest(), json.loads(files[MANIFEST])
    size = sum(len(files[one]) for one in manifest["panels"])
    page = PLACE.sub(lambda found: form(found["name"], folder, version, size), page)
    page = exercises.with_editors(page, files, manifest["lessons"], folder, version)

    def asked(file: str) -> str:
        address = f"{folder}{file}?v={hashlib.sha256(files[file]).hexdigest()[:8]}"
        if file.endswith(".css"):
            return f'<link rel="stylesheet" href="{address}" />'
        return f'<script src="{address}" defer></script>'

    wanted = dict.fromkeys([*(OF_PANELS if panels else ()), *(OF_EXERCISES if lessons else ())])
    return page.replace("</head>", "".join(map(asked, wanted)) + "</head>", 1)


def _write(path: Path, content: bytes) -> None:
    """Write a file in one step, so that nobody meets half of it; a file of that name may be a link to another."""
    path.parent.mkdir(parents=True, exist_ok=True)
    staged = path.with_name(f".{path.name}.new")
    staged.write_bytes(content)
    staged.replace(path)


def add_to_site(site: Path, results: Path, runtime: Mapping[str, bytes]) -> tuple[int, int]:
    """Put runtime, panels and editors into a built site.

    Returns
    -------
    tuple of int
        Number of pages with a panel or editors, and bytes of the folder.

    Raises
    ------
    SiteError
        If there is no site, or none with a place for them.
    """
    if not (site / "index.html").exists():
        raise SiteError("there is no site yet", remedy="Build it first: make book.")
    files = folder_files(site, results, runtime)
    pages = {
        path.relative_to(site).as_posix(): path
        for path in sorted(site.rglob("*.html"))
        if path.relative_to(site).parts[0] != paths.EDITIONS.name
    }
    changed = {
        name: new
        for name, path in pages.items()
        if (new := with_python(name, old := path.read_text(encoding="utf-8"), files)) != old
    }
    if not changed:
        raise SiteError(
            "no page of the site has a free place for a panel: it has them already, or is of an older version",
            remedy="Build it again first: make browser does both.",
        )
    if (site / FOLDER).exists():
        shutil.rmtree(site / FOLDER)
    for name, content in files.items():
        _write(site / FOLDER / name, content)
    for name, content in changed.items():  # last: a page never names what is not there yet
        _write(site / name, content.encode())
    return len(changed), sum(map(len, files.values()))
