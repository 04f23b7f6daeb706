"""Build the static site with Jupyter Book, check it, and put it in place."""

from __future__ import annotations

import fnmatch
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tourmaline import paths
from tourmaline.edition import Edition
from tourmaline.pipeline import freshness, site_freshness
from tourmaline.pipeline.atomic_replace import exchange_folders
from tourmaline.pipeline.contents_check import check_pages
from tourmaline.pipeline.downloads import all_downloads, all_sources
from tourmaline.pipeline.editions.record import write_record
from tourmaline.pipeline.editions.registry import place_editions
from tourmaline.pipeline.finishing import finish_site
from tourmaline.pipeline.finishing.kept import Kept
from tourmaline.pipeline.mirror import Mirror
from tourmaline.pipeline.page_builder import PageBuilder
from tourmaline.pipeline.published_address import not_found, sitemap
from tourmaline.pipeline.settings import base_address
from tourmaline.pipeline.site_check import check_files
from tourmaline.pipeline.staging import staging
from tourmaline.pipeline.stamping import stamp_pages
from tourmaline.pipeline.watching import noted, watching

NOT_PUBLISHED = (".buildinfo*", "*webpack-macros.html", "objects.inv")  # Sphinx's own notes, and templates of the theme
TRACKED = "tracked.json"  # written by our extension of Sphinx, beside what Sphinx keeps
FINISHED = "finished"  # what finishing made, kept for the next build


def _built(variant: paths.Variant, used: Mapping[str, Sequence[str]]) -> dict[str, bytes]:
    """What Sphinx has built, by name. `used` names the files that pages use in some folders; others there are left over."""
    folder = variant.site_work / "html"
    found = {path.relative_to(folder).as_posix(): path for path in freshness.tree(folder)}
    known = {name: {f"{name}/{file}" for file in files} for name, files in used.items()}
    return {
        name: freshness.content_of(str(path))
        for name, path in found.items()
        if not any(fnmatch.fnmatch(path.name, pattern) for pattern in NOT_PUBLISHED)
        and name in known.get(name.partition("/")[0], (name,))
    }


def _publish(
    variant: paths.Variant, edition: Edition, record: dict[str, Any], files: dict[str, bytes], base: str, kept: Kept,
    site: Mirror, frozen: list[str],
) -> int:  # fmt: skip
    """Complete, check and publish a site that is to stand at the address `base`; returns the number of its pages.

    `site` is the folder that is to be published, and already holds the `frozen` files of editions.
    """
    finish_site(files, kept)
    pages = check_files(files, frozen, kept)
    kept.drop_unused()
    stamp_pages(files, edition, record)
    if base and not edition.date and not variant.name:
        files |= {"sitemap.xml": sitemap(base, [*files, *frozen]), "404.html": not_found(base)}
    for name, content in files.items():
        site.write(name, content)
    site.finish()
    exchange_folders(site.folder, variant.site)
    return pages


def build_site(variant: paths.Variant, edition: Edition, builder: PageBuilder, published: Callable[[], None]) -> int:
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
    published : callable
        Called as soon as the new site is in place, before it is noted what it was made from.

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
    making = site_freshness.begin_making(variant, edition)
    kept = Kept(variant.state / FINISHED, making.code)
    with staging(variant.state, ".notes-") as notes:
        before, after = notes / "before", notes / "after"
        with watching(before):
            check_pages()
            base = base_address()
            record = write_record(variant, edition, kept)
        builder.begin(making.loaded, from_nothing=not making.last)
        source = all_sources()  # not watched: it reads every source, also those that shape no page
        with watching(after):
            offered = all_downloads(variant, edition, record, source, kept)
            # The site of the build before the last: most of its files are right, and it is not served.
            site = Mirror(variant.site.with_name("html.before"))
            frozen = [] if edition.date else place_editions(site, base)
            builder.finish()
            tracked = json.loads((variant.site_work / ".doctrees" / TRACKED).read_text(encoding="utf-8"))
            files = _built(variant, tracked["used"]) | {f"downloads/{name}": offered[name] for name in offered}
            pages = _publish(variant, edition, record, files, base, kept, site, frozen)
            published()
        followed = {Path(name) for name in tracked["followed"]}
        making.write_stamp(noted(builder.notes), followed, noted(before) | noted(after))
    return pages
