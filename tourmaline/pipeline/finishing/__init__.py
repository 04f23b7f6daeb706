"""Finish a built site: what the theme leaves to be done before its pages are valid, light, and keep to this host."""

from __future__ import annotations

import functools
import hashlib
import json
import re
from pathlib import Path

from tourmaline.pipeline.finishing.icons import shrink_icons
from tourmaline.pipeline.finishing.kept import MOST_PAGES, Kept
from tourmaline.pipeline.finishing.pages import FIGURE, finish_page
from tourmaline.pipeline.finishing.unused_css import drop_unused_css

# Icons as a script (`icons` keeps them as a font), what no page needs of Bootstrap, and maps for the theme's developers.
LEFT_OUT = re.compile(r"_static/(scripts/(fontawesome|bootstrap)\.js.*|(.*/)?[^/]*\.map)")

ASSET = re.compile(rb'''(?P<before>(?:href|src)="(?:\.\./)*_static/)(?P<name>[^"?]+\.(?:css|js))(?:\?v=[0-9a-f]+)?"''')
NO_FILE = hashlib.sha256(b"").hexdigest()[:8].encode()  # the version of a file that the site does not hold
FIGURE_FILE = re.compile(r"_images/[^/]*\.svg")
SIZE = re.compile(r'<svg[^>]*? width="([\d.]+)pt" height="([\d.]+)pt"')

# What the theme's script does wrong, and what it does instead.
THEME_SCRIPT = "_static/scripts/sphinx-book-theme.js"
MENDED = {
    # It takes the focus from a button that was pressed: who uses the keyboard would begin again at the top of the page.
    't.addEventListener("click",(()=>{t.blur()}),!0)': "true",
    # It looks for the page's contents to make room for a note in the margin; a page without headings has none.
    'document.querySelector("div.bd-sidebar-secondary").classList': 'document.querySelector("div.bd-sidebar-secondary")?.classList',
}  # fmt: skip


def _tell_versions(files: dict[str, bytes]) -> None:
    """Have each page name the version of its stylesheets and scripts, so that a browser fetches those that have changed.

    Sphinx does so by what a build before left in its folder, and not at all for what was not yet there.
    """
    versions = tuple(
        (name.removeprefix("_static/").encode(), hashlib.sha256(content).hexdigest()[:8].encode())
        for name, content in files.items()
        if name.startswith("_static/") and name.endswith((".css", ".js"))
    )
    for name in [name for name in files if name.endswith(".html")]:
        files[name] = _with_versions(files[name], versions)


@functools.lru_cache(maxsize=MOST_PAGES)
def _with_versions(page: bytes, versions: tuple[tuple[bytes, bytes], ...]) -> bytes:
    """A page that names the versions of its stylesheets and scripts, given by their names."""
    known = dict(versions)
    return ASSET.sub(
        lambda found: found["before"] + found["name"] + b"?v=" + known.get(found["name"], NO_FILE) + b'"', page
    )


@functools.lru_cache(maxsize=MOST_PAGES)
def _drawn(page: bytes) -> tuple[str, ...]:
    """The names of the figures on a page."""
    return tuple(found["name"] for found in FIGURE.finditer(page.decode()))


@functools.lru_cache(maxsize=MOST_PAGES)
def _size(svg: bytes) -> str:
    """Width and height of an SVG as attributes of an image; '' if it gives none."""
    found = SIZE.search(svg.decode())
    return f' width="{round(float(found[1]))}" height="{round(float(found[2]))}"' if found else ""


def finish_site(files: dict[str, bytes], kept: Kept) -> None:
    """Finish every page and stylesheet of a site, in place; the same input gives the same bytes.

    Parameters
    ----------
    files : dict of str to bytes
        What Jupyter Book built, by name.
    kept : Kept
        What was made in the build before.

    Raises
    ------
    SiteError
        For a script inside a page's body.
    """
    for name in [name for name in files if LEFT_OUT.fullmatch(name)]:
        del files[name]
    if THEME_SCRIPT in files:
        code = files[THEME_SCRIPT].decode()
        for wrong, right in MENDED.items():
            code = code.replace(wrong, right)
        files[THEME_SCRIPT] = code.encode()
    sizes = {Path(name).name: _size(files[name]) for name in files if FIGURE_FILE.fullmatch(name)}
    for name in sorted(name for name in files if name.endswith(".html")):
        page = files[name]
        drawn = {figure: sizes[figure] for figure in _drawn(page)}

        def finish(name: str = name, page: bytes = page, drawn: dict[str, str] = drawn) -> bytes:
            return finish_page(name, page.decode(), drawn).encode()

        files[name] = kept.make("page", [name, page, json.dumps(drawn)], finish)
    drop_unused_css(files, kept)
    shrink_icons(files, kept)
    _tell_versions(files)
