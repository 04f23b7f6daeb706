"""What a link to a page shows elsewhere: a description, an Open Graph card, and a sitemap for search engines.

A card's picture and the sitemap need the address where the book is published, `html: baseurl` in _config.yml; while it is
empty they are absent.

Our own: sphinxext-opengraph 0.13 writes "months( POLLUX)" and cuts words in two, and without an address gives relative ones;
sphinx-sitemap 2.9 lists pages in the order in which processes end, so that two builds differ, and warns without an address.
"""

from __future__ import annotations

import html
import textwrap
from typing import Any
from urllib.parse import quote, urljoin

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx

from tourmaline.addresses import folder_address
from tourmaline.identity import identity

CARD = "_static/card.png"  # of a page without a figure
LONGEST = 200  # letters of a description


def _base(app: Sphinx) -> str:
    """Address of the folder where the book is published; '' while it is not set."""
    return folder_address(app.config.html_baseurl)


def _description(doctree: nodes.document) -> str:
    """The first sentences of the page: a chapter opens with its answer."""
    for section in doctree.findall(nodes.section):
        for child in section.children:
            if isinstance(child, nodes.paragraph):
                return textwrap.shorten(child.astext(), LONGEST, placeholder=" …")
    return ""


def _picture(doctree: nodes.document) -> tuple[str, str]:
    """Path below the site and words of the page's first figure, or of the book's card."""
    figure = next((node for node in doctree.findall(nodes.figure) if "tm-figure" in node["classes"]), None)
    if figure is not None:
        for download in figure.findall(addnodes.download_reference):
            if download.get("filename", "").endswith(".png"):
                return f"_downloads/{download['filename']}", next(figure.findall(nodes.image))["alt"]
    return CARD, identity().short_title


def _tags(app: Sphinx, pagename: str, template: str, context: dict[str, Any], doctree: nodes.document | None) -> None:
    if doctree is None:
        return
    title = app.env.titles[pagename].astext()
    described = _description(doctree)
    properties = {
        "og:type": "website" if pagename == app.config.root_doc else "article",
        "og:site_name": app.config.html_title,
        "og:title": title,
        "og:description": described,
    }
    if base := _base(app):
        picture, words = _picture(doctree)
        properties |= {
            "og:url": urljoin(base, app.builder.get_target_uri(pagename)),
            "og:image": urljoin(base, quote(picture)),
            "og:image:alt": words,
        }
    tags = [f'<meta name="description" content="{html.escape(described)}">'] if described else []
    tags += [f'<meta property="{name}" content="{html.escape(value)}">' for name, value in properties.items() if value]
    if "og:image" in properties:
        tags.append('<meta name="twitter:card" content="summary_large_image">')
    context["metatags"] = context.get("metatags", "") + "\n    " + "\n    ".join(tags)


def setup(app: Sphinx) -> None:
    app.connect("html-page-context", _tags)
