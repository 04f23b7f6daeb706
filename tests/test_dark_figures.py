"""Figures for the dark theme keep the hues of the arms, and stand out as they do on white."""

import colorsys
import re

import pytest

from tourmaline import paths
from tourmaline.figures import style
from tourmaline.pipeline.finishing.dark_figures import PAGE, dark_colour, dark_drawing, draw_dark, show_dark

HOUSE = [style.EXPERIMENTAL, style.CONTROL, style.POOLED, style.MUTED]


def parts(colour):
    return [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]


def contrast(one, other):
    """Contrast by WCAG 2.2, https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio."""

    def luminance(colour):
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts(colour)]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_contrast_is_that_of_the_standard():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)  # the standard's well-known near miss


@pytest.mark.parametrize("colour", HOUSE)
def test_a_colour_of_the_house_can_be_read_on_both_pages(colour):
    assert contrast(colour, "#ffffff") >= 4.5
    assert contrast(dark_colour(colour), PAGE) >= 4.5


@pytest.mark.parametrize("colour", [style.EXPERIMENTAL, style.CONTROL])
def test_an_arm_keeps_its_hue_and_is_lighter_on_the_dark_page(colour):
    before, after = (colorsys.rgb_to_hls(*parts(each)) for each in (colour, dark_colour(colour)))
    assert abs(before[0] - after[0]) < 12 / 360
    assert after[1] > before[1]


def test_the_arms_stay_apart_also_without_colour():
    assert contrast(dark_colour(style.EXPERIMENTAL), dark_colour(style.CONTROL)) >= 1.25


def test_what_is_lighter_on_white_is_darker_on_the_dark_page():
    greys = [f"#{level:02x}{level:02x}{level:02x}" for level in range(0, 256, 15)]
    turned = [sum(parts(dark_colour(grey))) for grey in greys]
    assert turned == sorted(turned, reverse=True)


def test_the_dark_page_of_the_style_sheet_is_that_of_the_figures():
    sheet = (paths.ROOT / "book" / "static" / "report.css").read_text(encoding="utf-8")
    dark = sheet[sheet.index('html[data-theme="dark"] {') :]
    assert re.search(r"--pst-color-background: (#\w{6});", dark)[1] == PAGE


SVG = """<?xml version="1.0"?>
<svg xmlns="http://www.w3.org/2000/svg" width="576.4pt" height="288pt" viewBox="0 0 576 288">
<path id="m005f96" style="fill: none; stroke: #005f96"/><path style="fill: #ffffff"/><path d="M 0 0"/>
<use href="#m005f96"/></svg>
"""


def test_a_drawing_has_every_colour_turned_and_its_references_kept():
    drawing = dark_drawing(SVG)
    assert f"stroke: {dark_colour('#005f96')}" in drawing
    assert f"fill: {PAGE}" in drawing
    assert f'<svg fill="{dark_colour("#000000")}"' in drawing  # what has no colour of its own is drawn black
    assert 'href="#m005f96"' in drawing
    assert 'id="m005f96"' in drawing


def test_a_page_shows_each_drawing_once_with_the_same_words_and_size(tmp_path):
    (tmp_path / "_images").mkdir()
    (tmp_path / "_images" / "forest.svg").write_text(SVG)
    page = show_dark(
        '<img alt="0.7 &lt; 1" src="../_images/forest.svg" /><img src="a.png" alt="x">', draw_dark(tmp_path)
    )
    assert page == (
        '<img class="tm-on-light dark-light" src="../_images/forest.svg" alt="0.7 &lt; 1" width="576" height="288" loading="lazy">'
        '<img class="tm-on-dark dark-light" src="../_images/forest.dark.svg" alt="0.7 &lt; 1" width="576" height="288" loading="lazy">'
        '<img src="a.png" alt="x">'
    )
    assert (tmp_path / "_images" / "forest.dark.svg").exists()
    classed = show_dark('<img class="wide" src="_images/forest.svg" alt="x">', {"forest": ""})
    assert classed.startswith('<img class="tm-on-light dark-light wide" src="_images/forest.svg" alt="x" loading')
