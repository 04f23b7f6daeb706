"""Build the static site with Jupyter Book, check it, and put it in place."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from tourmaline import paths
from tourmaline.edition import Edition
from tourmaline.pipeline import site_freshness
from tourmaline.pipeline.atomic_replace import atomic_replace
from tourmaline.pipeline.contents_check import check_pages
from tourmaline.pipeline.downloads import write_downloads, write_sources
from tourmaline.pipeline.editions.record import write_record
from tourmaline.pipeline.editions.registry import place_editions
from tourmaline.pipeline.finishing import finish_site
from tourmaline.pipeline.finishing.kept import Kept
from tourmaline.pipeline.page_builder import PageBuilder
from tourmaline.pipeline.site_check import check_site
from tourmaline.pipeline.staging import staging
from tourmaline.pipeline.stamping import stamp_pages
from tourmaline.pipeline.watching import noted, watching

NOT_PUBLISHED = (".buildinfo*", "*webpack-macros.html", "objects.inv")  # Sphinx's own notes, and templates of the theme
TRACKED = "tracked.json"  # written by our extension of Sphinx, beside what Sphinx keeps
FINISHED = "finished"  # what finishing made, kept for the next build


def _publish(variant: paths.Variant, edition: Edition, record: dict[str, Any], downloads: Path, kept: Kept) -> int:
    """Complete, check and publish the pages that Sphinx has made; returns their number."""
    staged = variant.site.with_name("html.new")
    shutil.rmtree(staged, ignore_errors=True)
    try:
        ignored = shutil.ignore_patterns(*NOT_PUBLISHED)
        shutil.copytree(variant.site_work / "html", staged, ignore=ignored, copy_function=shutil.copyfile)
        finish_site(staged, kept)
        shutil.copytree(downloads, staged / downloads.name)
        if not edition.date:
            place_editions(staged)
        pages = check_site(staged, kept)
        kept.drop_unused()
        stamp_pages(staged, edition, record)
        atomic_replace(staged, variant.site)
    except shutil.Error as error:  # one entry for each file that was not copied
        raise OSError(error.args[0][0][2]) from error
    finally:
        shutil.rmtree(staged, ignore_errors=True)
    return pages


def build_site(variant: paths.Variant, edition: Edition, builder: PageBuilder) -> int:
    """Build the site from book/ and results/, and put it in the place of the published one.

    A failure of any kind leaves the published site as it was. Pages whose sources are unchanged are not built again.

    Parameters
    ----------
    variant : Variant
        Which variant of the report.
    edition : Edition
        What identifies it.
    builder : PageBuilder
        Makes the pages of that variant; it is not closed.

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
    kept = Kept(variant.state / FINISHED, making.code)
    with staging(variant.state, ".notes-") as notes:
        before, after = notes / "before", notes / "after"
        with watching(before):
            check_pages()
            record = write_record(variant, edition)
        builder.begin(making.loaded, anew=not making.last)
        sources = notes / "source.zip"
        write_sources(sources)  # not watched: it reads every source, also those that shape no page
        with watching(after):
            write_downloads(notes / "downloads", variant, edition, record, sources)
            builder.finish()
            pages = _publish(variant, edition, record, notes / "downloads", kept)
        followed = json.loads((variant.site_work / ".doctrees" / TRACKED).read_text(encoding="utf-8"))
        making.write_stamp(noted(builder.notes), {Path(name) for name in followed}, noted(before) | noted(after))
    return pages
