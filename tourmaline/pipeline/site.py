"""Build the static site with Jupyter Book, check it, and swap it in."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import sys

from tourmaline import paths
from tourmaline.edition import edition
from tourmaline.errors import SiteError
from tourmaline.pipeline import freshness
from tourmaline.pipeline.site_check import check_site
from tourmaline.pipeline.swap import promote

# What shapes every page; if any of it changes, the site is built from nothing.
SHAPE = ("_config.yml", "_toc.yml", "requirements.txt")
STAMP = "site.json"
NOT_PUBLISHED = (".buildinfo*", "*webpack-macros.html", "objects.inv")  # Sphinx's own notes, and templates of the theme
PROBLEM = re.compile(r"^(?P<place>\S.*?:(?:\d+:)?|) ?(?:WARNING|ERROR|CRITICAL|SEVERE): (?P<words>.*)$")
ANSI = re.compile(r"\x1b\[[0-9;]*m")


def _shape() -> dict[str, str]:
    files = [paths.ROOT / name for name in SHAPE]
    files += freshness.tree(paths.ROOT / "tourmaline" / "sphinx_ext", "*.py")
    files += freshness.tree(paths.ROOT / "book" / "static")
    files.append(paths.ROOT / "tourmaline" / "results" / "formats.py")
    return freshness.hashes(files, paths.ROOT)


def _content() -> dict[str, str]:
    files = [paths.ROOT / "index.md", paths.DATA / "references.bib"]
    files += freshness.tree(paths.ROOT / "book", "*.md")
    files += freshness.tree(paths.RESULTS)
    return {**freshness.hashes(files, paths.ROOT), "edition": str(edition())}


def _published() -> str:
    """One hash of all that is published, so that a damaged site is built again."""
    files = freshness.hashes(freshness.tree(paths.SITE), paths.SITE)
    return hashlib.sha256(json.dumps(files).encode()).hexdigest()


def site_is_stale() -> bool:
    """Whether the published site differs from what its sources would give."""
    try:
        stamp = json.loads((paths.STATE / STAMP).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return True
    return stamp != {"shape": _shape(), "content": _content(), "site": _published()} or not paths.SITE.exists()


def _problems(log: str) -> list[str]:
    root = f"{paths.ROOT}/"
    found = []
    for line in ANSI.sub("", log).splitlines():
        if match := PROBLEM.match(line):
            place = match["place"].replace(root, "").rstrip(":")
            found.append(f"{place}: {match['words']}" if place else match["words"])
    return list(dict.fromkeys(found))


def _run_jupyter_book() -> None:
    jupyter_book = "from jupyter_book.cli.main import main; main()"  # it has no __main__
    command = [sys.executable, "-c", jupyter_book, "build", str(paths.ROOT), "--path-output", str(paths.SITE_WORK)]
    command += ["-W", "-n", "--keep-going"]
    done = subprocess.run(command, cwd=paths.ROOT, capture_output=True, text=True, encoding="utf-8", check=False)
    if done.returncode == 0:
        return
    # A page that failed must not count as built the next time.
    shutil.rmtree(paths.SITE_WORK, ignore_errors=True)
    log = paths.STATE / "site.log"
    log.write_text(done.stdout + done.stderr, encoding="utf-8")
    problems = _problems(done.stderr + done.stdout)
    shown = "\n  ".join(problems[:10] or ANSI.sub("", done.stderr).strip().splitlines()[-8:])
    raise SiteError(
        f"the pages do not build\n  {shown}",
        remedy=f"The whole log is in {paths.relative(log)}. The published site is as it was.",
    )


def build_site() -> int:
    """Build the site from book/ and results/, and put it in the place of the published one.

    A failure of any kind leaves the published site as it was. Pages whose sources are unchanged are not built again.

    Returns
    -------
    int
        Number of pages.

    Raises
    ------
    SiteError
        With the warnings of the build, or with what the finished site must not contain.
    """
    paths.STATE.mkdir(parents=True, exist_ok=True)
    stamp, shape = paths.STATE / STAMP, _shape()
    try:
        same_shape = json.loads(stamp.read_text(encoding="utf-8"))["shape"] == shape
    except (OSError, ValueError, KeyError):
        same_shape = False
    if not same_shape:
        shutil.rmtree(paths.SITE_WORK, ignore_errors=True)
    stamp.unlink(missing_ok=True)
    content = _content()
    _run_jupyter_book()

    staged = paths.SITE.with_name("html.new")
    shutil.rmtree(staged, ignore_errors=True)
    try:
        shutil.copytree(paths.SITE_WORK / "_build" / "html", staged, ignore=shutil.ignore_patterns(*NOT_PUBLISHED))
        pages = check_site(staged)
        promote(staged, paths.SITE)
    except shutil.Error as error:  # one entry for each file that was not copied
        raise OSError(error.args[0][0][2]) from error
    finally:
        shutil.rmtree(staged, ignore_errors=True)
    stamp.write_text(json.dumps({"shape": shape, "content": content, "site": _published()}), encoding="utf-8")
    return pages
