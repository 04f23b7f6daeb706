"""The theme's icons: the font with the few that the stylesheets name, in the place of a script of a megabyte and six fonts."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

from tourmaline.pipeline.finishing.kept import Kept

FONTS = "_static/vendor/fontawesome/webfonts"
FULL, SMALL = "fa-solid-900.ttf", "fa-solid-900.woff"
NAMED = re.compile(r"[\ue000-\uf8ff]")  # an icon in a stylesheet is a letter of no language
FONT_FACE = re.compile(r"@font-face\s*\{[^}]*/fontawesome/[^}]*\}")
SOURCES = re.compile(r"src:[^;}]*")


def _subset(path: Path, letters: set[int]) -> bytes:
    """The font with a few of its letters."""
    from fontTools import subset  # heavy, and the font is mostly kept

    options = subset.Options(flavor="woff", hinting=False, recalc_timestamp=False)
    font = subset.load_font(path, options)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=letters)
    subsetter.subset(font)
    font.flavor = options.flavor
    font.save(made := io.BytesIO())
    font.close()
    return made.getvalue()


def shrink_icons(folder: Path, kept: Kept) -> None:
    """Leave, of the theme's icon fonts, one with the icons that the site's stylesheets name.

    Parameters
    ----------
    folder : Path
        The site, its stylesheets thinned already. Without the theme's fonts nothing is done.
    kept : Kept
        What was made in the build before.
    """
    fonts = folder / FONTS
    if not (fonts / FULL).exists():
        return
    styles = {path: path.read_text(encoding="utf-8") for path in sorted(folder.rglob("*.css"))}
    named = {ord(letter) for style in styles.values() for letter in NAMED.findall(style)}
    full = fonts / FULL
    font = kept.make("icons", [full.read_bytes(), json.dumps(sorted(named))], lambda: _subset(full, named))
    (fonts / SMALL).write_bytes(font)
    for other in fonts.iterdir():
        if other.name != SMALL:
            other.unlink()

    def only_small(face: re.Match[str]) -> str:
        address = re.search(rf"url\(([^)]*){FULL}\)", face[0])
        return SOURCES.sub(f'src:url({address[1]}{SMALL}) format("woff")', face[0]) if address else ""

    for path, style in styles.items():
        path.write_text(FONT_FACE.sub(only_small, style), encoding="utf-8")
