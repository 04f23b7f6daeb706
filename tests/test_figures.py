"""Figures show the numbers they are given, where they belong."""

import math

import matplotlib.pyplot as plt
import pandas as pd
import pytest

from tourmaline.figures.balance import balance
from tourmaline.figures.forest import forest
from tourmaline.figures.harms import harms
from tourmaline.figures.responses import responses
from tourmaline.figures.style import CONTROL, EXPERIMENTAL


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def texts(figure):
    figure.draw_without_rendering()
    return [text.get_text() for axes in figure.axes for text in [*axes.texts, *axes.get_yticklabels()]]


def markers(axes, marker):
    return [line.get_xdata()[0] for line in axes.lines if line.get_marker() == marker]


STUDIES = pd.DataFrame(
    {
        "label": ["Alpha", "A study with a very long name indeed"],
        "detail": ["a against b", "c against b"],
        "estimate": [0.5, 1.25],
        "lower": [0.25, 0.8],
        "upper": [1.0, 2.0],
        "weight": [0.25, 0.75],
    }
)
POOLED = pd.Series({"label": "Pooled", "detail": "fixed", "estimate": 0.9, "lower": 0.7, "upper": 1.2})


def test_a_forest_plot_sets_each_study_at_its_estimate_with_its_interval_and_weight():
    figure = forest(STUDIES, POOLED, ratio_label="Hazard ratio", favours=("left", "right"))
    axes = figure.axes[0]
    assert markers(axes, "s") == [0.5, 1.25]
    intervals = [
        tuple(line.get_xdata())
        for line in axes.lines
        if line.get_color() == EXPERIMENTAL and len(line.get_xdata()) == 2
    ]
    assert intervals == [(0.25, 1.0), (0.8, 2.0)]
    assert [
        sizes[0] < sizes[1] for sizes in [[line.get_markersize() for line in axes.lines if line.get_marker() == "s"]]
    ] == [True]
    diamond = axes.patches[0].get_xy()[:, 0]
    assert (diamond.min(), diamond.max()) == (0.7, 1.2)
    shown = texts(figure)
    assert "0.50 (0.25 to 1.00)" in shown and "75.0%" in shown and "0.90 (0.70 to 1.20)" in shown
    assert axes.get_xscale() == "log"


def test_a_forest_plot_of_one_study_has_no_diamond_and_long_names_are_broken():
    figure = forest(STUDIES.tail(1), None, ratio_label="Hazard ratio", favours=("left", "right"))
    assert not figure.axes[0].patches
    assert max(len(line) for label in texts(figure) for line in label.splitlines()) <= 24


def test_balance_flags_what_reaches_the_threshold():
    rows = pd.DataFrame({"label": ["a", "b", "c"], "difference": [0.05, -0.10, 0.2]})
    figure = balance(rows, 0.10)
    axes = figure.axes[0]
    assert markers(axes, "o") == [0.05]
    assert markers(axes, "D") == [-0.10, 0.2]
    assert [text.get_text() for text in axes.texts] == ["−0.10", "+0.20"]


def test_response_bars_are_as_long_as_their_rates_in_the_colour_of_their_arm():
    rows = pd.DataFrame(
        {
            "label": ["any"],
            **{f"{part}_ixazomib": [value] for part, value in (("percent", 78.3), ("lower", 74.0), ("upper", 83.0))},
            **{f"{part}_placebo": [value] for part, value in (("percent", 71.5), ("lower", 67.0), ("upper", 76.0))},
        }
    )
    axes = responses(rows, 0.95).axes[0]
    assert [(bar.get_width(), bar.get_facecolor()[:3]) for bar in axes.patches] == [
        (78.3, pytest.approx(plt.matplotlib.colors.to_rgb(EXPERIMENTAL))),
        (71.5, pytest.approx(plt.matplotlib.colors.to_rgb(CONTROL))),
    ]
    assert "95%" in axes.get_xlabel()


@pytest.mark.parametrize(("null", "scale"), [(0, "linear"), (1, "log")])
def test_harms_fill_what_excludes_no_effect_and_say_what_cannot_be_estimated(null, scale):
    rows = pd.DataFrame(
        {
            "label": ["sure", "unsure", "none"],
            "percent_ixazomib": [30.0, 20.0, 0.0],
            "percent_placebo": [10.0, 19.0, 0.0],
            "estimate": [null + 2.0, null + 0.1, math.nan],
            "lower": [null + 1.0, null - 0.5, math.nan],
            "upper": [null + 3.0, null + 0.6, math.nan],
        }
    )
    effects = harms(rows, effect_label="Effect", null=null).axes[1]
    diamonds = [line for line in effects.lines if line.get_marker() == "D"]
    assert [line.get_markerfacecolor() == "white" for line in diamonds] == [False, True]
    assert [text.get_text() for text in effects.texts] == ["not estimable"]
    assert effects.get_xscale() == scale
