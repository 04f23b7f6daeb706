"""Finish a built site: what the theme leaves to be done before its pages are valid, light, and keep to this host."""

from __future__ import annotations

import json
import re
from pathlib import Path

from tourmaline.pipeline.finishing.icons import shrink_icons
from tourmaline.pipeline.finishing.kept import Kept
from tourmaline.pipeline.finishing.pages import FIGURE, finish_page
from tourmaline.pipeline.finishing.unused_css import drop_unused_css

# Icons as a script (`icons` keeps them as a font), and maps for the theme's developers.
LEFT_OUT = ("_static/scripts/fontawesome.js*", "_static/**/*.map")

SIZE = re.compile(r'<svg[^>]*? width="([\d.]+)pt" height="([\d.]+)pt"')

# What the theme's script does wrong, and what it does instead.
THEME_SCRIPT = "_static/scripts/sphinx-book-theme.js"
MENDED = {
    # It takes the focus from a button that was pressed: who uses the keyboard would begin again at the top of the page.
    't.addEventListener("click",(()=>{t.blur()}),!0)': "true",
    # It looks for the page's contents to make room for a note in the margin; a page without headings has none.
    'document.querySelector("div.bd-sidebar-secondary").classList': 'document.querySelector("div.bd-sidebar-secondary")?.classList',
}  # fmt: skip


def _size(svg: str) -> str:
    """Width and height of an SVG as attributes of an image; '' if it gives none."""
    found = SIZE.search(svg)
    return f' width="{round(float(found[1]))}" height="{round(float(found[2]))}"' if found else ""


def finish_site(folder: Path, kept: Kept) -> None:
    """Finish every page and stylesheet below a folder, in place; the same input gives the same bytes.

    Parameters
    ----------
    folder : Path
        What Jupyter Book built.
    kept : Kept
        What was made in the build before.

    Raises
    ------
    SiteError
        For a script inside a page's body.
    """
    for pattern in LEFT_OUT:
        for found in sorted(folder.glob(pattern)):
            found.unlink()
    if (script := folder / THEME_SCRIPT).exists():
        code = script.read_text(encoding="utf-8")
        for wrong, right in MENDED.items():
            code = code.replace(wrong, right)
        script.write_text(code, encoding="utf-8")
    sizes = {path.name: _size(path.read_text(encoding="utf-8")) for path in (folder / "_images").glob("*.svg")}
    pages = []
    for path in sorted(folder.rglob("*.html")):
        name, page = path.relative_to(folder).as_posix(), path.read_text(encoding="utf-8")
        drawn = {figure["name"]: sizes[figure["name"]] for figure in FIGURE.finditer(page)}

        def finish(name: str = name, page: str = page, drawn: dict[str, str] = drawn) -> bytes:
            return finish_page(name, page, drawn).encode()

        pages.append(kept.make("page", [name, page, json.dumps(drawn)], finish))
        path.write_bytes(pages[-1])
    drop_unused_css(folder, pages, kept)
    shrink_icons(folder, kept)
