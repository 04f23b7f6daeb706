"""The theme's icons: the font with the few that the stylesheets name, in the place of a script of a megabyte and six fonts."""

from __future__ import annotations

import io
import json
import re

from tourmaline.pipeline.finishing.kept import Kept

FONTS = "_static/vendor/fontawesome/webfonts"
FULL, SMALL = "fa-solid-900.ttf", "fa-solid-900.woff"
NAMED = re.compile(r"[\ue000-\uf8ff]")  # an icon in a stylesheet is a letter of no language
FONT_FACE = re.compile(r"@font-face\s*\{[^}]*/fontawesome/[^}]*\}")
SOURCES = re.compile(r"src:[^;}]*")


def _subset(full: bytes, letters: set[int]) -> bytes:
    """The font with a few of its letters."""
    from fontTools import subset  # heavy, and the font is mostly kept

    options = subset.Options(flavor="woff", hinting=False, recalc_timestamp=False)
    font = subset.load_font(io.BytesIO(full), options)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=letters)
    subsetter.subset(font)
    font.flavor = options.flavor
    font.save(made := io.BytesIO())
    font.close()
    return made.getvalue()


def shrink_icons(files: dict[str, bytes], kept: Kept) -> None:
    """Leave, of the theme's icon fonts, one with the icons that the site's stylesheets name.

    Parameters
    ----------
    files : dict of str to bytes
        The site, by name; its stylesheets are thinned already. Without the theme's fonts nothing is done.
    kept : Kept
        What was made in the build before.
    """
    if f"{FONTS}/{FULL}" not in files:
        return
    full = files[f"{FONTS}/{FULL}"]
    styles = {name: content.decode() for name, content in sorted(files.items()) if name.endswith(".css")}
    named = {ord(letter) for style in styles.values() for letter in NAMED.findall(style)}
    for name in [name for name in files if name.startswith(f"{FONTS}/")]:
        del files[name]
    files[f"{FONTS}/{SMALL}"] = kept.make("icons", [full, json.dumps(sorted(named))], lambda: _subset(full, named))

    def only_small(face: re.Match[str]) -> str:
        address = re.search(rf"url\(([^)]*){FULL}\)", face[0])
        return SOURCES.sub(f'src:url({address[1]}{SMALL}) format("woff")', face[0]) if address else ""

    for name, style in styles.items():
        files[name] = FONT_FACE.sub(only_small, style).encode()
