"""Figures of survival show the curves, ticks, bands and counts that they are given, and that they show no patients."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from tourmaline.figures.style import CONTROL, EXPERIMENTAL
from tourmaline.figures.survival import NO_PATIENTS, ArmCurve, Panel, month_ticks, survival


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


BAND = pd.DataFrame({"month": [0.0, 6.0, 12.0], "lower": [1.0, 0.6, 0.3], "upper": [1.0, 0.8, np.nan]})
DRUG = ArmCurve(
    "Drug",
    EXPERIMENTAL,
    np.array([2.0, 9.0, 12.0]),
    np.array([0.75, 0.5, 0.5]),
    np.array([1.0, 12.0]),
    {0: 4, 6: 2, 12: 1},
    BAND,
    "9.0 (2.0 to NE)",
    9.0,
)
OTHER = ArmCurve("Other", CONTROL, np.array([3.0, 12.0]), np.array([0.5, 0.48]), at_risk={0: 7, 6: 3, 12: 2})


def drawn(*panels, **options):
    figure = survival(panels, outcome="survival", **options)
    figure.draw_without_rendering()
    return figure


def words(figure):
    return [text.get_text() for axes in figure.axes for text in axes.texts]


def line(axes, label):
    return next(line for line in axes.lines if line.get_label() == label)


def test_a_survival_curve_starts_at_1_and_steps_down_where_it_is_told_to():
    axes = drawn(Panel([DRUG, OTHER])).axes[0]
    assert line(axes, "Drug").get_xydata().tolist() == [[0, 1], [2, 0.75], [9, 0.5], [12, 0.5]]
    assert line(axes, "Drug").get_drawstyle() == "steps-post"
    assert line(axes, "Drug").get_color() == EXPERIMENTAL and line(axes, "Other").get_color() == CONTROL
    assert axes.get_ylim()[0] == 0 and axes.get_xlabel() == "Months since randomisation"


def test_censor_ticks_stand_on_the_curve_at_the_months_of_the_censored():
    axes = drawn(Panel([DRUG, OTHER])).axes[0]
    lines = [line.get_xydata() for line in axes.lines if np.isnan(line.get_ydata()).any()]
    (ticks,) = [ends.reshape(-1, 3, 2) for ends in lines]  # the second curve has none
    assert ticks[:, :2].mean(axis=1).tolist() == [[1.0, 1.0], [12.0, 0.5]]
    assert np.ptp(ticks[:, :2], axis=1).tolist() == pytest.approx(np.array([[0, 0.02], [0, 0.02]]))


def test_the_band_is_filled_in_the_colour_of_its_arm_as_far_as_it_is_known():
    (band,) = drawn(Panel([DRUG, OTHER])).axes[0].collections
    corners = band.get_paths()[0].vertices
    assert (corners[:, 0].max(), corners[:, 1].min(), corners[:, 1].max()) == (6.0, 0.6, 1.0)
    assert plt.matplotlib.colors.to_hex(band.get_facecolor()[0]) == EXPERIMENTAL


def test_a_median_that_is_reached_is_dropped_to_the_axis():
    axes = drawn(Panel([DRUG, OTHER])).axes[0]
    drops = [line.get_xdata()[0] for line in axes.lines if list(line.get_ydata()) == [0, 0.5]]
    assert drops == [9.0]


def test_numbers_at_risk_stand_under_their_months_in_the_row_and_colour_of_their_arm():
    curves, below = drawn(Panel([DRUG, OTHER])).axes
    counts = {(text.get_position()[0], text.get_position()[1]): text.get_text() for text in below.texts[1:]}
    assert counts == {(0, 0): "4", (6, 0): "2", (12, 0): "1", (0, 1): "7", (6, 1): "3", (12, 1): "2"}
    assert [(label.get_text(), label.get_color()) for label in below.get_yticklabels()] == [
        ("Drug", EXPERIMENTAL),
        ("Other", CONTROL),
    ]
    assert curves.get_xlim() == below.get_xlim()
    assert below.texts[0].get_text() == "No. at risk"


def test_every_panel_says_that_it_shows_no_patients():
    figure = drawn(Panel([DRUG], "First"), Panel([OTHER], "Second"))
    assert words(figure).count(NO_PATIENTS) == 2
    assert "no patient" in NO_PATIENTS and "Reconstructed" in NO_PATIENTS
    assert [axes.get_title("left") for axes in figure.axes[:2]] == ["First", "Second"]


def test_names_at_the_ends_of_curves_keep_apart_and_equal_panels_are_named_once():
    near = ArmCurve("Near", CONTROL, np.array([12.0]), np.array([0.501]))
    axes = drawn(Panel([DRUG, near])).axes[0]
    places = {text.get_text(): text.xy[1] for text in axes.texts if text.get_text() in ("Drug", "Near")}
    assert places["Near"] - places["Drug"] >= 0.05
    figure = drawn(Panel([DRUG, OTHER]), Panel([DRUG, OTHER]))
    assert (words(figure).count("Drug"), words(figure).count("No. at risk")) == (1, 1)
    figure = drawn(Panel([DRUG]), Panel([OTHER]))
    assert {"Drug", "Other"} <= set(words(figure)) and words(figure).count("No. at risk") == 2


def comparison(axes):
    return [text.get_text() for text in axes.artists[0].findobj(plt.Text)]


def test_medians_and_comparison_are_written_where_the_curves_leave_room():
    panel = Panel([DRUG, OTHER], median_heading="Median (95% CI), months", comparison=["Hazard ratio, 0.74"])
    axes = drawn(panel).axes[0]
    assert comparison(axes) == [" ", "Drug", "Median (95% CI), months", "9.0 (2.0 to NE)", "Hazard ratio, 0.74"]
    box = axes.artists[0].get_window_extent().transformed(axes.transData.inverted())
    assert box.y0 > 0.5  # above the curves
    high = ArmCurve("High", CONTROL, np.array([12.0]), np.array([0.9]), median="not reached")
    axes = drawn(Panel([high])).axes[0]
    assert axes.artists[0].get_window_extent().transformed(axes.transData.inverted()).y1 < 0.6


@pytest.mark.parametrize("last", [3.2, 26.05, 34.4, 60, 95.5, 400])
@pytest.mark.parametrize("panels", [1, 2])
def test_months_on_the_axis_are_few_whole_and_begin_at_0(last, panels):
    ticks = month_ticks(last, panels)
    assert ticks[0] == 0 and ticks[-1] <= last and len(set(np.diff(ticks))) <= 1
    assert len(ticks) <= 10 or last == 400
