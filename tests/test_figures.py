"""Figures show the numbers they are given, where they belong."""

import math

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from tourmaline.estimate import Estimate
from tourmaline.figures.arms import control_outcome_panels, rate_panels
from tourmaline.figures.balance import balance
from tourmaline.figures.bars import arm_bars
from tourmaline.figures.forest import forest, ratio_axis
from tourmaline.figures.harms import harms
from tourmaline.figures.history import history, history_in_words
from tourmaline.figures.icon_array import icon_array
from tourmaline.figures.league import league
from tourmaline.figures.monitoring import boundaries, operating, sensitivity
from tourmaline.figures.style import CONTROL, EXPERIMENTAL
from tourmaline.figures.subgroups import subgroups


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


NAMES = {"experimental": "drug", "control": "sham"}  # of the arms


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
POOLED = pd.DataFrame([{"label": "Pooled", "detail": "fixed", "estimate": 0.9, "lower": 0.7, "upper": 1.2}])


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


def test_a_forest_plot_draws_predictions_hollow_derived_studies_and_says_where_no_interval_is_printed():
    studies = STUDIES.assign(derived=[True, False], weight=math.nan)
    studies.loc[1, ["lower", "upper"]] = math.nan
    summaries = pd.concat([POOLED, POOLED]).assign(prediction_lower=[0.4, math.nan], prediction_upper=[2.5, math.nan])
    figure = forest(studies, summaries, ratio_label="Hazard ratio", favours=("left", "right"))
    axes = figure.axes[0]
    assert len(axes.patches) == 2
    assert [tuple(line.get_xdata()) for line in axes.lines if line.get_linewidth() == 3] == [(0.4, 2.5)]
    faces = [line.get_markerfacecolor() for line in axes.lines if line.get_marker() == "s"]
    assert faces == ["white", EXPERIMENTAL]
    shown = texts(figure)
    assert "1.25 (no interval reported)" in shown and "0.90 (0.70 to 1.20)\nprediction 0.40 to 2.50" in shown
    assert "Weight" not in shown


def test_a_forest_plot_of_differences_has_a_plain_axis_and_one_of_a_huge_interval_an_axis_that_ends():
    differences = STUDIES.assign(estimate=[-0.1, 0.2], lower=[-0.3, 0.1], upper=[0.1, 0.3])
    assert forest(differences, None, ratio_label="D", favours=("a", "b"), null=0).axes[0].get_xscale() == "linear"
    huge = POOLED.assign(prediction_lower=1e-9, prediction_upper=1e9)
    axes = forest(STUDIES, huge, ratio_label="HR", favours=("a", "b")).axes[0]
    assert axes.get_xlim() == (0.1, 10.0)


def test_a_league_table_shows_each_pair_and_tints_what_leaves_out_1():
    ratios = np.array([[1, 0.5, 0.9], [2, 1, 1.8], [1 / 0.9, 1 / 1.8, 1]])
    lower, upper = 0.8 * ratios, 1.25 * ratios
    figure = league(["A", "B", "C"], ratios, lower, upper)
    axes = figure.axes[0]
    words = texts(figure)
    tints = dict(zip(np.ndindex(3, 3), map(tuple, axes.collections[0].get_facecolors())))
    assert tints[0, 1] == tints[2, 1] != tints[1, 0] == tints[1, 2]  # A and C beat B, B loses to both
    assert tints[0, 2] == tints[2, 0] == (1, 1, 1, 1)
    assert words[:5] == ["A", *(f"{r:.2f}\n{0.8 * r:.2f} to {1.25 * r:.2f}" for r in (0.5, 0.9, 2)), "B"]
    assert words[5] == "1.80\n1.44 to 2.25"


def test_the_history_sets_trial_and_pooled_estimate_in_the_row_of_their_publication():
    rows = pd.DataFrame(
        {
            "date": pd.to_datetime(["2015-03-31", "2016-12-31"]),
            "name": ["A", "B"],
            "ratio": [Estimate(ratio, 0.4, 1.0, 0.95) for ratio in (0.5, 0.8)],
            "pooled": [Estimate(ratio, 0.4, 1.0, 0.95) for ratio in (0.5, 0.65)],
        }
    )
    panels = {"progression": rows, "survival": rows.head(1)}
    figure = history(panels, ratio_label="Hazard ratio")
    first, second = figure.axes
    assert (markers(first, "s"), markers(first, "D"), markers(second, "D")) == ([0.5, 0.8], [0.5, 0.65], [0.5])
    assert [label.get_text() for label in first.get_yticklabels()] == ["2015-03\nA", "2016-12\nB"]
    assert second.get_title("left") == "Survival"
    assert "survival, 2015-03-31, A 0.50, pooled 0.50 (0.40 to 1.00)" in history_in_words(panels)


def test_rates_and_control_outcomes_stand_in_the_row_of_their_trial():
    rows = pd.DataFrame(
        {
            "outcome": ["x", "x", "y"],
            "name": ["A", "B", "B"],
            "percent_experimental": [30.0, 20.0, 5.0],
            "percent_control": [10.0, 25.0, 6.0],
        }
    )
    first, second = rate_panels(rows).axes
    assert list(first.lines[0].get_xdata()) == [30.0, 20.0] and list(second.lines[1].get_xdata()) == [6.0]
    assert (first.get_title("left"), second.get_title("left")) == ("x", "y")
    medians = pd.DataFrame(
        {
            "outcome": ["Median x (months)"] * 2,
            "name": ["A", "B"],
            "value": [14.7, 17.0],
            "digits": ["14.7", "17.0"],
            "lower": [12.0, math.nan],
            "upper": [17.0, math.nan],
        }
    )
    axes = control_outcome_panels(medians).axes[0]
    assert markers(axes, "o") == [14.7, 17.0]
    assert {"14.7", "17.0"} <= {text.get_text() for text in axes.texts}
    assert "months" in axes.get_xlabel()


def test_balance_flags_what_reaches_the_threshold():
    rows = pd.DataFrame({"label": ["a", "b", "c"], "difference": [0.05, -0.10, 0.2]})
    figure = balance(rows, 0.10, NAMES)
    axes = figure.axes[0]
    assert markers(axes, "o") == [0.05]
    assert markers(axes, "D") == [-0.10, 0.2]
    assert [text.get_text() for text in axes.texts] == ["−0.10", "+0.20"]
    assert "more frequent with sham    |    more frequent with drug" in axes.get_xlabel()


def test_response_bars_are_as_long_as_their_rates_in_the_colour_of_their_arm():
    rows = pd.DataFrame(
        {
            "label": ["any"],
            **{
                f"{part}_experimental": [value] for part, value in (("percent", 78.3), ("lower", 74.0), ("upper", 83.0))
            },
            **{f"{part}_control": [value] for part, value in (("percent", 71.5), ("lower", 67.0), ("upper", 76.0))},
        }
    )
    axes = arm_bars(rows, "Patients (percent)", NAMES).axes[0]
    assert [(bar.get_width(), bar.get_facecolor()[:3]) for bar in axes.patches] == [
        (78.3, pytest.approx(plt.matplotlib.colors.to_rgb(EXPERIMENTAL))),
        (71.5, pytest.approx(plt.matplotlib.colors.to_rgb(CONTROL))),
    ]
    assert axes.get_xlabel() == "Patients (percent)"
    assert [text.get_text() for text in axes.texts] == ["78.3%  Drug", "71.5%  Sham"]


@pytest.mark.parametrize(("null", "scale"), [(0, "linear"), (1, "log")])
def test_harms_fill_what_excludes_no_effect_and_say_what_cannot_be_estimated(null, scale):
    rows = pd.DataFrame(
        {
            "label": ["sure", "unsure", "none"],
            "percent_experimental": [30.0, 20.0, 0.0],
            "percent_control": [10.0, 19.0, 0.0],
            "estimate": [null + 2.0, null + 0.1, math.nan],
            "lower": [null + 1.0, null - 0.5, math.nan],
            "upper": [null + 3.0, null + 0.6, math.nan],
        }
    )
    effects = harms(rows, NAMES, effect_label="Effect", null=null).axes[1]
    diamonds = [line for line in effects.lines if line.get_marker() == "D"]
    assert [line.get_markerfacecolor() == "white" for line in diamonds] == [False, True]
    assert [text.get_text() for text in effects.texts] == ["not estimable"]
    assert effects.get_xscale() == scale
    assert effects.get_xlabel() == "Effect\n← fewer with drug  |  more →"


def test_looks_stand_at_their_information_and_z_and_only_formal_tests_are_filled():
    lines = pd.DataFrame({"panel": ["A", "A", "B", "B"], "information": [0.5, 1.0] * 2, "z": [math.inf, 1.96] * 2})
    looks = pd.DataFrame(
        {
            "panel": ["A", "B"],
            "information": [0.8, 1.1],
            "boundary": [2.2, math.nan],
            "z": [2.5, 1.9],
            "label": ["first", "second"],
            "tested": [True, False],
        }
    )
    figure = boundaries(lines, looks, "drug")
    left, right = figure.axes[:2]
    dots = [next(line for line in axes.lines if line.get_marker() == "o") for axes in (left, right)]
    assert [(dot.get_xdata()[0], dot.get_ydata()[0]) for dot in dots] == [(0.8, 2.5), (1.1, 1.9)]
    assert [dot.get_markerfacecolor() == "white" for dot in dots] == [False, True]
    bar = next(line for line in left.lines if line.get_marker() == "_")
    assert (bar.get_xdata()[0], bar.get_ydata()[0]) == (0.8, 2.2)
    assert [axes.get_title(loc="left") for axes in (left, right)] == ["A", "B"]
    assert {"first", "second"} <= set(texts(figure))
    assert left.get_ylabel() == "Z (above 0: favours drug)"
    assert right.get_xlim()[1] > 1.1


def test_operating_characteristics_stack_the_looks_up_to_the_power():
    curves = pd.DataFrame(
        {
            "hazard_ratio": [0.6, 1.0],
            "expected_events": [200.0, 400.0],
            "analysis_1": [0.5, 0.01],
            "analysis_2": [0.4, 0.02],
        }
    )
    figure = operating(curves, 0.8, events="deaths")
    power, length = figure.axes
    assert power.lines[0].get_ydata() == pytest.approx([0.9, 0.03])
    tops = [shape.get_paths()[0].vertices[:, 1].max() for shape in power.collections]
    assert tops == pytest.approx([0.5, 0.9])
    assert "design: 0.8,\npower 46%" in texts(figure)  # half way between
    assert list(length.lines[0].get_ydata()) == [200.0, 400.0]
    assert "deaths" in length.get_ylabel()


def test_sensitivity_marks_up_to_where_the_chosen_boundary_is_crossed():
    curves = pd.DataFrame({"planned_events": [100, 200], "a": [0.05, 0.01], "b": [0.05, 0.03], "c": [0.05, 0.02]})
    figure = sensitivity(curves, "a", 0.02, 150)
    dots = markers(figure.axes[0], "o")
    assert dots == [pytest.approx(175)]
    assert {"crossed up to 175", "observed P 0.02", "assumed here: 150"} <= set(texts(figure))
    assert not markers(sensitivity(curves, "b", 0.02, 150).axes[0], "o")


SUBGROUPS = pd.DataFrame(
    {
        "factor": ["Risk", "Risk", "Stage"],
        "level_name": ["high", "standard", "III"],
        "patients": ["75 / 62", "", ""],
        "median": ["21.4 / 9.7", "", ""],
        "estimate": [0.54, 0.64, math.nan],
        "lower": [0.32, math.nan, math.nan],
        "upper": [0.92, math.nan, math.nan],
    }
)
EVERYBODY = {
    "label": "All",
    "patients": "360 / 362",
    "median": "20.6 / 14.7",
    "estimate": 0.74,
    "lower": 0.59,
    "upper": 0.94,
}


def test_subgroups_show_a_square_with_and_a_circle_without_an_interval_and_say_what_was_not_found():
    figure = subgroups(SUBGROUPS, EVERYBODY, favours=("a", "b"))
    axes = figure.axes[1]
    marks = {
        (line.get_marker(), line.get_xdata()[0], line.get_ydata()[0]): line.get_markerfacecolor()
        for line in axes.lines
        if line.get_marker() in ("s", "o", "D")
    }
    # Everybody stands first; then the name of a factor, its levels, the next factor.
    assert marks == {
        ("D", 0.74, 0): "#1a1a1a",
        ("s", 0.54, 2): EXPERIMENTAL,
        ("o", 0.64, 3): "white",
    }
    ends = [
        tuple(line.get_xdata()) for line in axes.lines if line.get_linewidth() == 1.6 and len(line.get_xdata()) == 2
    ]
    assert ends == [(0.59, 0.94), (0.32, 0.92)]
    words = {text.get_text().strip(): round(text.get_position()[1]) for text in figure.axes[2].texts}
    assert (words["0.64 (no interval)"], words["not reported"]) == (3, 5)
    names = {text.get_text().strip() for text in figure.axes[0].texts}
    assert {"Risk", "Stage", "III", "75 / 62", "21.4 / 9.7", "20.6 / 14.7"} <= names


@pytest.mark.parametrize(
    ("lower", "upper", "most", "ticks"),
    [
        (0.68, 1.2, 5, [0.7, 0.8, 0.9, 1.0]),
        (0.25, 1.9, 5, [0.3, 0.5, 0.7, 1.0, 1.5]),
        (0.1, 10, 7, [0.1, 0.2, 0.5, 1, 2, 5, 10]),
        (0.1, 10, 5, [0.1, 1, 10]),
    ],
)
def test_an_axis_of_ratios_has_round_ticks_and_few(lower, upper, most, ticks):
    axes = plt.figure().add_subplot()
    ratio_axis(axes, lower, upper, most)
    assert list(axes.get_xticks()) == ticks


def test_an_icon_array_fills_as_many_of_a_hundred_people_as_it_says_row_by_row_and_without_need_of_colour():
    figure = icon_array({"With it": 23, "Without it": 0}, "had a rash", "did not")
    for axes, count in zip(figure.axes, (23, 0)):
        filled, empty = axes.lines[:2]
        assert [len(people.get_xdata()) for people in (filled, empty)] == [count, 100 - count]
        places = {(x, y) for people in (filled, empty) for x, y in people.get_xydata()}
        assert places == {(column, row) for column in range(10) for row in range(10)}
        assert empty.get_markerfacecolor() == "white" != filled.get_markerfacecolor()
        assert f"{count} of 100" in [text.get_text() for text in axes.texts]
    first = figure.axes[0].lines[0].get_xydata().tolist()
    assert first[:10] == [[column, 0] for column in range(10)] and first[-1] == [2, 2]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["had a rash", "did not"]


@pytest.mark.parametrize("count", [-1, 101, 4.5])
def test_an_icon_array_of_no_whole_number_of_people_is_refused(count):
    with pytest.raises(ValueError, match=r"Without it: .* of 100 people cannot be drawn"):
        icon_array({"With it": 23, "Without it": count}, "had a rash", "did not")
