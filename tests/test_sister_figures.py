"""Curves of several trials, hazards and early hazard ratios show the numbers they are given, and that these are not patients'."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from tourmaline.figures.hazards import HazardPanel, early_ratios, hazards
from tourmaline.figures.sister_curves import sister_curves
from tourmaline.figures.style import CONTROL, EXPERIMENTAL, TRIALS
from tourmaline.figures.survival import ArmCurve


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def words(figure):
    figure.draw_without_rendering()
    found = [text.get_text() for axes in figure.axes for text in axes.texts]
    found += [text.get_text() for legend in figure.legends for text in legend.get_texts()]
    return " ".join([*found, *(text.get_text() for text in figure.texts)])


def test_curves_of_several_trials_stand_on_one_axis_with_names_medians_and_numbers_at_risk():
    short = ArmCurve(
        "Alpha", TRIALS[0], np.array([4.0, 12.0]), np.array([0.8, 0.4]), at_risk={0: 50, 6: 40}, median="12.0"
    )
    long = ArmCurve(
        "Beta", TRIALS[1], np.array([10.0, 40.0]), np.array([0.7, 0.2]), at_risk={0: 60, 6: 55}, median="40.0"
    )
    figure = sister_curves([short, long], outcome="survival")
    axes, below = figure.axes
    steps = {line.get_label(): line for line in axes.lines if line.get_label() in ("Alpha", "Beta")}
    assert steps["Alpha"].get_xdata().tolist() == [0, 4, 12]
    assert steps["Beta"].get_ydata().tolist() == [1, 0.7, 0.2]
    assert steps["Alpha"].get_color() == TRIALS[0] != TRIALS[1] == steps["Beta"].get_color()
    shown = words(figure)
    for part in (
        "Alpha\nreconstructed median\n12.0",
        "Beta\nreconstructed median\n40.0",
        "no patient’s data",
        "Different trials",
    ):
        assert part in shown
    assert [text.get_text() for text in below.texts if text.get_text().isdigit()] == ["50", "40", "60", "55"]
    assert axes.get_xlim()[1] > 40


def test_hazards_have_a_panel_for_each_trial_in_percent_a_month_with_their_band():
    month = np.array([0.0, 10.0])
    control = pd.DataFrame({"hazard": [0.05, 0.04], "lower": [0.03, 0.02], "upper": [0.07, 0.06]})
    panel = HazardPanel("Alpha", month, control, control / 2, ("placebo", "drug"))
    figure = hazards([panel, panel], outcome="death")
    assert len(figure.axes) == 2
    lines = {line.get_color(): line.get_ydata().tolist() for line in figure.axes[0].lines}
    assert lines == {CONTROL: [5, 4], EXPERIMENTAL: [2.5, 2]}
    band = figure.axes[0].collections[0].get_paths()[0].vertices[:, 1]
    assert (band.min(), band.max()) == pytest.approx((2, 7))
    assert "no patient’s data" in words(figure)


def test_an_early_hazard_ratio_stands_beside_the_whole_one_and_the_reported_one_where_there_is_one():
    rows = pd.DataFrame(
        {
            "label": ["Alpha", "Alpha"],
            "detail": ["level 1", "level 3"],
            "whole": [0.7, 0.7],
            "early": [0.65, 0.55],
            "lower": [0.5, 0.51],
            "upper": [0.8, 0.6],
            "reported": [np.nan, 0.58],
        }
    )
    figure = early_ratios(rows, month=18)
    axes = figure.axes[0]
    marks = {
        (line.get_marker(), x, y) for line in axes.lines for x, y in zip(*line.get_data()) if line.get_marker() in "osD"
    }
    assert marks == {("o", 0.65, 0), ("s", 0.7, 0), ("o", 0.55, 1), ("s", 0.7, 1), ("D", 0.58, 1)}
    assert [tuple(line.get_xdata()) for line in axes.lines if line.get_linewidth() == 7] == [(0.5, 0.8), (0.51, 0.6)]
    assert "no patient’s data" in words(figure)
