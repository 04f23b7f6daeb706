"""Finish a built site: what the theme leaves to be done before its pages are valid, light, and keep to this host."""

from __future__ import annotations

import shutil
from pathlib import Path

from tourmaline.pipeline.finishing.pages import finish_page
from tourmaline.pipeline.finishing.styles import thin_styles

# Icons as script and as fonts (book/static/icons.css draws the few that are used), and maps for the theme's developers.
LEFT_OUT = ("_static/scripts/fontawesome.js*", "_static/vendor/fontawesome", "_static/**/*.map")


def finish_site(folder: Path) -> None:
    """Finish every page and stylesheet below a folder, in place; the same input gives the same bytes.

    Parameters
    ----------
    folder : Path
        What Jupyter Book built.

    Raises
    ------
    SiteError
        For a script inside a page's body.
    """
    for pattern in LEFT_OUT:
        for found in sorted(folder.glob(pattern)):
            shutil.rmtree(found) if found.is_dir() else found.unlink()
    pages = {path: path.read_text(encoding="utf-8") for path in sorted(folder.rglob("*.html"))}
    for path, page in pages.items():
        name = path.relative_to(folder).as_posix()
        pages[path] = finish_page(name, page)
        path.write_text(pages[path], encoding="utf-8")
    thin_styles(folder, pages.values())
