"""A second drawing of each figure, for the dark theme: the same hues, light on dark instead of dark on light."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

PAGE = "#12171d"  # the dark theme's background (report.css): what is white in a figure becomes it
LIGHTEST, STEEPNESS = (
    0.95,
    1.3,
)  # lightness of what is black; how much the middle tones are lifted above a plain inversion
COLOUR = re.compile(r"\b(fill|stroke|stop-color): ?#([0-9a-f]{6})\b")
ROOT = re.compile(r"<svg\b")
SIZE = re.compile(r'<svg[^>]*?\bwidth="([\d.]+)pt"[^>]*?\bheight="([\d.]+)pt"')
IMAGE = re.compile(r'<img (?P<before>[^>]*)src="(?P<folder>[^"]*_images/)(?P<name>[^"/]+)\.svg"(?P<after>[^>]*?) ?/?>')
CLASSES = re.compile(r' ?\bclass="([^"]*)"')

# Oklab: Björn Ottosson, https://bottosson.github.io/posts/oklab/
TO_CONES = np.array([[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566], [0.0883024619, 0.2817188376, 0.6299787005]])  # fmt: skip
TO_LAB = np.array([[0.2104542553, 0.7936177850, -0.0040720468], [1.9779984951, -2.4285922050, 0.4505937099], [0.0259040371, 0.7827717662, -0.8086757660]])  # fmt: skip


def _to_lab(colour: str) -> np.ndarray:
    encoded = np.array([int(colour[place : place + 2], 16) for place in (1, 3, 5)]) / 255
    linear = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    return TO_LAB @ np.cbrt(TO_CONES @ linear)


def _to_linear(lab: np.ndarray) -> np.ndarray:
    return np.linalg.solve(TO_CONES, np.linalg.solve(TO_LAB, lab) ** 3)


def dark_colour(colour: str) -> str:
    """The colour that does on the dark page what this one does on white: its hue, its lightness turned over.

    Parameters
    ----------
    colour : str
        As '#rrggbb'.

    Notes
    -----
    In Oklab. Colourfulness is reduced as far as a screen demands.

    Examples
    --------
    >>> dark_colour("#ffffff"), dark_colour("#000000")
    ('#12171d', '#eeeeee')
    """
    lightness, *hue = _to_lab(colour)
    floor = _to_lab(PAGE)[0]
    if lightness > 0.9999:
        return PAGE
    turned = LIGHTEST - (LIGHTEST - floor) * max(lightness, 0) ** STEEPNESS
    for share in np.linspace(1, 0, 51):
        linear = _to_linear(np.array([turned, *(share * np.array(hue))]))
        if linear.min() > -1e-4 and linear.max() < 1 + 1e-4:
            break
    linear = linear.clip(0, 1)
    encoded = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return "#" + "".join(f"{round(255 * part):02x}" for part in encoded)


def dark_drawing(svg: str) -> str:
    """The text of an SVG with every colour turned; what has none is black, and is turned too."""
    turned = COLOUR.sub(lambda found: f"{found[1]}: {dark_colour('#' + found[2])}", svg)
    return ROOT.sub(f'<svg fill="{dark_colour("#000000")}"', turned, count=1)


def draw_dark(folder: Path) -> dict[str, str]:
    """Write the dark drawing of every figure of a site beside it.

    Parameters
    ----------
    folder : Path
        The site.

    Returns
    -------
    dict of str to str
        For each figure by its name without ending: its size as attributes of an image.
    """
    sizes = {}
    for path in sorted((folder / "_images").glob("*.svg")):
        svg = path.read_text(encoding="utf-8")
        path.with_suffix(".dark.svg").write_text(dark_drawing(svg), encoding="utf-8")
        size = SIZE.search(svg)
        sizes[path.stem] = f' width="{round(float(size[1]))}" height="{round(float(size[2]))}"' if size else ""
    return sizes


def show_dark(page: str, sizes: dict[str, str]) -> str:
    """A page with both drawings of each figure; report.css shows the one of the theme, and a browser fetches only that.

    Parameters
    ----------
    page : str
        Text of the page.
    sizes : dict of str to str
        What `draw_dark` gave.
    """

    def both(found: re.Match[str]) -> str:
        others = f"{found['before']} {found['after']}"
        own = CLASSES.search(others)
        others = " ".join(CLASSES.sub("", others).split()) + sizes[found["name"]]
        return "".join(
            f'<img class="tm-on-{theme} dark-light{f" {own[1]}" if own else ""}" '
            f'src="{found["folder"]}{found["name"]}{ending}" {others} loading="lazy">'
            for theme, ending in (("light", ".svg"), ("dark", ".dark.svg"))
        )

    return IMAGE.sub(both, page)
