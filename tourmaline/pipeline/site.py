"""Build the static site with Jupyter Book, check it, and put it in place."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from tourmaline import paths
from tourmaline.edition import Edition
from tourmaline.errors import SiteError
from tourmaline.pipeline import site_freshness
from tourmaline.pipeline.atomic_replace import atomic_replace
from tourmaline.pipeline.contents_check import check_pages
from tourmaline.pipeline.downloads import write_downloads, write_sources
from tourmaline.pipeline.editions.record import write_record
from tourmaline.pipeline.editions.registry import place_editions
from tourmaline.pipeline.finishing import finish_site
from tourmaline.pipeline.site_check import check_site
from tourmaline.pipeline.staging import staging
from tourmaline.pipeline.stamping import stamp_pages
from tourmaline.pipeline.watching import noted, watching

NOT_PUBLISHED = (".buildinfo*", "*webpack-macros.html", "objects.inv")  # Sphinx's own notes, and templates of the theme
PROBLEM = re.compile(r"^(?P<place>\S.*?:(?:\d+:)?|) ?(?:WARNING|ERROR|CRITICAL|SEVERE): (?P<words>.*)$")
TRACKED = "tracked.json"  # written by our extension of Sphinx, beside what Sphinx keeps
ANSI = re.compile(r"\x1b\[[0-9;]*m")


def _problems(log: str, variant: paths.Variant) -> list[str]:
    found = []
    for line in ANSI.sub("", log).splitlines():
        if match := PROBLEM.match(line):
            place = match["place"].replace(f"{variant.source}/", "").rstrip(":")
            found.append(f"{place}: {match['words']}" if place else match["words"])
    return list(dict.fromkeys(found))


def _run_jupyter_book(variant: paths.Variant, jobs: int, notes: Path) -> None:
    command = [sys.executable, "-m", "tourmaline.pipeline.sphinx_build"]
    command += [str(variant.source), str(variant.site_work), str(jobs), str(notes)]
    done = subprocess.run(command, cwd=paths.ROOT, capture_output=True, text=True, encoding="utf-8", check=False)
    if done.returncode == 0:
        return
    # A page that failed must not count as built the next time.
    shutil.rmtree(variant.site_work, ignore_errors=True)
    log = variant.state / "site.log"
    log.write_text(done.stdout + done.stderr, encoding="utf-8")
    problems = _problems(done.stderr + done.stdout, variant)
    shown = "\n  ".join(problems or ANSI.sub("", done.stderr).strip().splitlines()[-8:])
    raise SiteError(
        f"the pages do not build\n  {shown}",
        remedy=f"The whole log is in {paths.relative(log)}. The published site is as it was.",
    )


def _finish(variant: paths.Variant, edition: Edition, record: dict[str, Any], sources: Path) -> int:
    """Complete, check and publish the pages that Sphinx has made; returns their number."""
    staged = variant.site.with_name("html.new")
    shutil.rmtree(staged, ignore_errors=True)
    try:
        shutil.copytree(variant.site_work / "html", staged, ignore=shutil.ignore_patterns(*NOT_PUBLISHED))
        finish_site(staged)
        write_downloads(staged, variant, edition, record, sources)
        if not edition.date:
            place_editions(staged)
        pages = check_site(staged)
        stamp_pages(staged, edition, record)
        atomic_replace(staged, variant.site)
    except shutil.Error as error:  # one entry for each file that was not copied
        raise OSError(error.args[0][0][2]) from error
    finally:
        shutil.rmtree(staged, ignore_errors=True)
    return pages


def build_site(variant: paths.Variant, edition: Edition, jobs: int) -> int:
    """Build the site from book/ and results/, and put it in the place of the published one.

    A failure of any kind leaves the published site as it was. Pages whose sources are unchanged are not built again.

    Parameters
    ----------
    variant : Variant
        Which variant of the report.
    edition : Edition
        What identifies it.
    jobs : int
        How many processes may build pages.

    Returns
    -------
    int
        Number of pages.

    Raises
    ------
    SiteError
        For a page that no table of contents names, with the warnings of the build, or with what the finished site must
        not contain.
    """
    variant.state.mkdir(parents=True, exist_ok=True)
    making = site_freshness.begin(variant, edition)
    if not making.last:
        shutil.rmtree(variant.site_work, ignore_errors=True)
    with staging(variant.state, ".notes-") as notes:
        before, for_pages, after = (notes / name for name in ("before", "pages", "after"))
        with watching(before):
            check_pages()
            record = write_record(variant, edition)
        _run_jupyter_book(variant, jobs, for_pages)
        followed = json.loads((variant.site_work / ".doctrees" / TRACKED).read_text(encoding="utf-8"))
        write_sources(notes / "source.zip")  # not watched: it reads every source, also those that shape no page
        with watching(after):
            pages = _finish(variant, edition, record, notes / "source.zip")
        making.write_stamp(noted(for_pages), {Path(name) for name in followed}, noted(before) | noted(after))
    return pages
