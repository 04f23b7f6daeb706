"""In the dark theme a filter of the style sheet turns figures over: they keep the hues of the arms, and stand out as on white."""

import colorsys
import re

import numpy as np
import pytest

from tourmaline import paths
from tourmaline.figures import style

SHEET = (paths.ROOT / "book" / "static" / "report.css").read_text(encoding="utf-8")
PAGE = re.search(r"--pst-color-background: (#\w{6});", SHEET[SHEET.index('html[data-theme="dark"] {') :])[1]
FIGURES = r'html\[data-theme="dark"\] \.bd-content :is\(figure\.tm-figure, \.cell_output\) img \{([^}]*)\}'
RULE = re.search(FIGURES, SHEET)[1]
FILTER = {name: float(number) for name, number in re.findall(r"([a-z-]+)\((-?[\d.]+)(?:deg)?\)", RULE)}
HOUSE = [style.EXPERIMENTAL, style.CONTROL, style.POOLED, style.MUTED, *style.TRIALS]

# https://www.w3.org/TR/filter-effects-1/#funcdef-filter-hue-rotate and #funcdef-filter-saturate
LUMINANCE = np.array([0.213, 0.715, 0.072])
TURN = np.array([[-0.213, -0.715, 0.928], [0.143, 0.140, -0.283], [-0.787, 0.715, 0.072]])


def parts(colour):
    return np.array([int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)])


def on_dark(colour):
    """What the dark page shows for a colour of a figure: each step of the filter is cut off at black and white."""
    assert list(FILTER) == ["invert", "hue-rotate", "saturate", "contrast"]
    invert, turn, saturate, contrast = FILTER.values()
    shown = parts(colour) * (1 - invert) + (1 - parts(colour)) * invert
    turn = np.deg2rad(turn)
    greys = np.tile(LUMINANCE, (3, 1))
    shown = ((greys + np.cos(turn) * (np.eye(3) - greys) + np.sin(turn) * TURN) @ shown).clip(0, 1)
    shown = ((greys + saturate * (np.eye(3) - greys)) @ shown).clip(0, 1)
    shown = ((shown - 0.5) * contrast + 0.5).clip(0, 1)
    assert "mix-blend-mode: lighten" in RULE
    return np.maximum(shown, parts(PAGE))


def contrast(one, other):
    """Contrast by WCAG 2.2, https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio."""

    def luminance(colour):
        linear = np.where(colour <= 0.04045, colour / 12.92, ((colour + 0.055) / 1.055) ** 2.4)
        return linear @ [0.2126, 0.7152, 0.0722]

    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_contrast_is_that_of_the_standard():
    assert contrast(parts("#000000"), parts("#ffffff")) == pytest.approx(21)
    assert contrast(parts("#777777"), parts("#ffffff")) == pytest.approx(4.48, abs=0.005)  # the standard's near miss


@pytest.mark.parametrize("colour", HOUSE)
def test_a_colour_of_the_house_can_be_read_on_both_pages(colour):
    assert contrast(parts(colour), parts("#ffffff")) >= 4.5
    assert contrast(on_dark(colour), parts(PAGE)) >= 4.5


@pytest.mark.parametrize("colour", [style.EXPERIMENTAL, style.CONTROL])
def test_an_arm_keeps_its_hue_and_is_lighter_on_the_dark_page(colour):
    before, after = (colorsys.rgb_to_hls(*each) for each in (parts(colour), on_dark(colour)))
    assert abs(before[0] - after[0]) < 12 / 360
    assert after[1] > before[1]


def test_the_arms_stay_apart_also_without_colour():
    assert contrast(on_dark(style.EXPERIMENTAL), on_dark(style.CONTROL)) >= 1.25


def test_what_is_lighter_on_white_is_darker_on_the_dark_page_and_white_is_the_page():
    greys = [f"#{level:02x}{level:02x}{level:02x}" for level in range(0, 256, 15)]
    turned = [on_dark(grey).sum() for grey in greys]
    assert turned == sorted(turned, reverse=True)
    assert np.array_equal(on_dark("#ffffff"), parts(PAGE))
