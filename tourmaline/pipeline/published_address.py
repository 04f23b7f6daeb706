"""What needs the address where the book is published: the sitemap, the page that a host shows for a wrong address, and the
address that the page of a frozen edition gives as its own.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from urllib.parse import quote

from tourmaline.identity import identity

CANONICAL = re.compile(rb'<link rel="canonical"[^>]*>')
NO_PAGES = ("search.html", "404.html")  # nothing to be found


def sitemap(base: str, names: Iterable[str]) -> bytes:
    """The list of all pages, those of frozen editions too, for search engines.

    Parameters
    ----------
    base : str
        The address where the book is published.
    names : iterable of str
        The files of the site.

    Examples
    --------
    >>> sitemap("https://example.org/", ["search.html", "a b.html", "style.css"]).decode().splitlines()[2]
    '<url><loc>https://example.org/a%20b.html</loc></url>'
    """
    pages = sorted(name for name in names if name.endswith(".html") and name.rpartition("/")[2] not in NO_PAGES)
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">',
        *(f"<url><loc>{html.escape(base + quote(page))}</loc></url>" for page in pages),
        "</urlset>",
    ]
    return ("\n".join(lines) + "\n").encode()


def with_address(page: bytes, address: str) -> bytes:
    """A page of a frozen edition with the link that tells search engines its own address, so that it is not taken for a copy of
    the page of today.

    Examples
    --------
    >>> with_address(b"<head></head>", "https://example.org/a b.html").decode()
    '<head><link rel="canonical" href="https://example.org/a%20b.html"></head>'
    """
    head, end, body = page.partition(b"</head>")
    link = f'<link rel="canonical" href="{html.escape(quote(address, safe=":/"))}">'
    return CANONICAL.sub(b"", head) + link.encode() + end + body


def not_found(base: str) -> bytes:
    """The page that a host shows for a wrong address. It may be shown at any depth, so its links are complete addresses.

    Parameters
    ----------
    base : str
        The address where the book is published.
    """
    report = identity()
    address, name = html.escape(base), html.escape(report.title)
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>Page not found · {name}</title>
<style>
:root {{ color-scheme: light dark }}
body {{ font: 1.1rem/1.6 system-ui, sans-serif; max-width: 38rem; margin: 15vh auto 0; padding: 0 1.5rem }}
</style>
</head>
<body>
<main>
<h1>This page does not exist</h1>
<p>The address may be mistyped, or the page may have a new name. The pages of a sealed edition keep their addresses.</p>
<ul>
<li><a href="{address}index.html">{name}: first page</a></li>
<li><a href="{address}search.html">Search the book</a></li>
<li><a href="{address}{report.pages["editions"]}.html">Editions</a></li>
</ul>
</main>
</body>
</html>
""".encode()
