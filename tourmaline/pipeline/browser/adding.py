"""Put what a browser needs into the built site: a folder of its own, and on each page with a panel its form and its script.

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
from tourmaline.pipeline.browser.forms import form
from tourmaline.pipeline.browser.packages import pure_packages
from tourmaline.pipeline.browser.runtime import LOCK_IN_SITE, VERSION, lock_in_site, packages
from tourmaline.pipeline.downloads import zipped
from tourmaline.pipeline.notebooks import all_notebooks
from tourmaline.pipeline.sources import visible

FOLDER = "browser"  # of the site
PAGE_FILES = paths.ROOT / "book" / "browser"
ON_PAGES = ("panel.js", "panel.css")  # a page itself asks for them; what else is there is asked for by the worker
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
        f"Pyodide {VERSION}: the interpreter (pyodide.*, python_stdlib.zip) and the packages in pyodide/, as released by the Pyodide developers.",
        "Pyodide: Mozilla Public License 2.0, sources at github.com/pyodide/pyodide. CPython, in it: Python Software Foundation License 2.",
        "Each package in pyodide/ carries its licence in its own archive (folder *.dist-info); OpenBLAS: BSD, 3 clauses.",
        f"Packages: {', '.join(name + ' ' + about['version'] for name, about in packages().items())}.",
        "packages.zip: pure-Python packages of the environment that built this book, each with its licence in packages/*.dist-info.",
        "report.zip: this report's code under the MIT licence; its data as data/LICENSE.md says.",
    ]
    return ("\n".join(rows) + "\n").encode()


def folder_files(results: Path, runtime: Mapping[str, bytes]) -> dict[str, bytes]:
    """Everything in the site's folder `browser`, by name; the same input gives the same bytes.

    Parameters
    ----------
    results : Path
        The results that the site shows.
    runtime : mapping of str to bytes
        The checked files of the runtime.
    """
    fetched = {f"pyodide/{name}": content for name, content in runtime.items()}
    fetched[f"pyodide/{LOCK_IN_SITE}"] = lock_in_site()
    fetched["packages.zip"] = zipped({f"packages/{name}": content for name, content in pure_packages().items()})
    fetched["report.zip"] = zipped(report_files(results))
    for notebook in all_notebooks():
        fetched[f"published/{notebook.stem}.zip"] = zipped(published_files(results, notebook.stem))
    own = {path.name: path.read_bytes() for path in freshness.tree(PAGE_FILES)}
    fetched |= {name: content for name, content in own.items() if name not in (*ON_PAGES, GUARD)}
    about = {
        name: {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        for name, content in sorted(fetched.items())
    }
    manifest = (json.dumps({"files": about}, indent=1) + "\n").encode()
    return {**fetched, **own, MANIFEST: manifest, LICENCES: licences()}


def with_panel(name: str, page: str, files: Mapping[str, bytes]) -> str:
    """A page of the site with its forms; unchanged if it has no panel.

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
    if not PLACE.search(page):
        return page
    folder = "../" * name.count("/") + f"{FOLDER}/"
    version = hashlib.sha256(files[MANIFEST]).hexdigest()
    size = sum(len(files[one]) for one in json.loads(files[MANIFEST])["files"] if not one.startswith("published/"))
    page = PLACE.sub(lambda found: form(found["name"], folder, version, size), page)

    def address(file: str) -> str:
        return f"{folder}{file}?v={hashlib.sha256(files[file]).hexdigest()[:8]}"

    asked = f'<link rel="stylesheet" href="{address("panel.css")}" /><script src="{address("panel.js")}" defer></script></head>'
    return page.replace("</head>", asked, 1)


def _write(path: Path, content: bytes) -> None:
    """Write a file in one step, so that nobody meets half of it; a file of that name may be a link to another."""
    path.parent.mkdir(parents=True, exist_ok=True)
    staged = path.with_name(f".{path.name}.new")
    staged.write_bytes(content)
    staged.replace(path)


def add_to_site(site: Path, results: Path, runtime: Mapping[str, bytes]) -> tuple[int, int]:
    """Put runtime and panels into a built site.

    Returns
    -------
    tuple of int
        Number of pages with a panel, and bytes of the folder.

    Raises
    ------
    SiteError
        If there is no site, or none with panels.
    """
    if not (site / "index.html").exists():
        raise SiteError("there is no site yet", remedy="Build it first: make book.")
    files = folder_files(results, runtime)
    pages = {
        path.relative_to(site).as_posix(): path
        for path in sorted(site.rglob("*.html"))
        if path.relative_to(site).parts[0] != paths.EDITIONS.name
    }
    changed = {
        name: new
        for name, path in pages.items()
        if (new := with_panel(name, old := path.read_text(encoding="utf-8"), files)) != old
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
