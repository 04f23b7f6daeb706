"""Stamp the finished pages with their edition, and describe it for search engines.

The stamp names the commit. It is written into the pages that Sphinx has made, and not by Sphinx, which would have to make
every page again for every commit.
"""

from __future__ import annotations

import functools
import html
import json
import re
from typing import Any

from tourmaline.data.package import read_package
from tourmaline.data.references import references
from tourmaline.edition import Edition
from tourmaline.errors import SiteError
from tourmaline.identity import identity

PLACE = re.compile(r"""<p class=['"]tm-stamp['"]>.*?</p>""", re.DOTALL)  # put there by extra_footer of _config.yml
PROMINENT = '<p class="tm-edition tm-published">'  # empty on the first page; the sources are named there too
LICENCE = "https://spdx.org/licenses/MIT.html"
DATA_LICENCE = "https://creativecommons.org/publicdomain/zero/1.0/"


@functools.lru_cache(maxsize=1024)  # for a process that builds again and again: most pages stay as they were
def _stamped(page: bytes, stamp: str, published: str) -> tuple[bytes, int]:
    """A page with the stamp and, where there is a place for it, the words on its edition; and how many places the stamp had."""
    text, times = PLACE.subn(lambda _: stamp, page.decode())
    return text.replace(f"{PROMINENT}</p>", f"{PROMINENT}{published}</p>").encode(), times


def _stamp(edition: Edition, record: dict[str, Any], to_root: str, editions_page: str) -> str:
    words = f"{html.escape(edition.name)}. {html.escape(str(edition)[:1].upper() + str(edition)[1:])}."
    links = [f'<a href="{to_root}{editions_page}">Editions and how to cite</a>'] if editions_page else []
    if edition.date:
        links.append(f'<a href="{to_root}../../index.html">The latest build</a>')
    elif record["frozen"]:
        last = record["frozen"][-1]["date"]
        links.append(f'<a href="{to_root}editions/{last}/index.html">The edition of {last}</a>')
    return f'<p class="tm-stamp">{words} {" · ".join(links)}</p>'


def metadata(edition: Edition, record: dict[str, Any]) -> dict[str, Any]:
    """The edition as schema.org describes a report and its data sets."""
    report, trial = identity(), identity().registered
    author = {"@type": "Organization", "name": report.author}
    about: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Report",
        "name": report.title,
        "headline": edition.name,
        "description": f"{report.description}. Not medical advice.",
        "inLanguage": "en",
        "isAccessibleForFree": True,
        "author": author,
        "dateModified": edition.date or edition.data_date,
        "version": edition.date or edition.data_version,
        "license": LICENCE,
        "about": {"@type": "MedicalTrial", "name": trial["name"], "identifier": trial["registration"]},
        "citation": [{"@type": "ScholarlyArticle", "@id": f"https://doi.org/{references()[report.paper].doi}"}],
        "hasPart": [
            {
                "@type": "Dataset",
                "name": read_package()["title"],
                "description": "Reported facts, transcribed with source and place.",
                "version": edition.data_version,
                "license": DATA_LICENCE,
                "creator": author,
                "distribution": {
                    "@type": "DataDownload",
                    "encodingFormat": "application/zip",
                    "contentUrl": "downloads/data.zip",
                },
            },
            {
                "@type": "Dataset",
                "name": "Every published value of the report",
                "description": "Values with unit, interval, origin and source.",
                "license": LICENCE,
                "creator": author,
                "distribution": {
                    "@type": "DataDownload",
                    "encodingFormat": "application/json",
                    "contentUrl": "downloads/values.json",
                },
            },
        ],
    }
    if record["repository"]:
        about["codeRepository"] = record["repository"]
    return about


def stamp_pages(files: dict[str, bytes], edition: Edition, record: dict[str, Any]) -> None:
    """Write the stamp into every page of a site, and the metadata into its first.

    Parameters
    ----------
    files : dict of str to bytes
        The site, by name.
    edition : Edition
        What identifies it.
    record : dict
        What is said of editions.

    Raises
    ------
    SiteError
        If a page has no place for it.
    """
    editions_page = f"{identity().pages['editions']}.html"
    published = f"Edition: {html.escape(str(edition))}."
    for name in sorted(name for name in files if name.endswith(".html")):
        stamp = _stamp(edition, record, "../" * name.count("/"), editions_page if editions_page in files else "")
        files[name], times = _stamped(files[name], stamp, published)
        if times != 1:
            raise SiteError(
                "the page has no place for the stamp of the edition",
                where=name,
                remedy='Keep <p class="tm-stamp"></p> in extra_footer of _config.yml.',
            )
    if "index.html" in files:
        block = json.dumps(metadata(edition, record), ensure_ascii=False, indent=1).replace("<", "\\u003c")
        script = f'<script type="application/ld+json">\n{block}\n</script>\n</head>'
        files["index.html"] = files["index.html"].replace(b"</head>", script.encode(), 1)
