"""Many specifications: what each concludes, what switching one choice does, and the curve that shows them all."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.colors import to_hex

from tourmaline.figures.multiverse import CONCLUSION_COLOURS, specification_curve
from tourmaline.figures.style import POOLED
from tourmaline.statistics.meta_analysis import conclusions, switches


def test_an_interval_concludes_only_if_it_leaves_out_1():
    assert list(conclusions([0.5, 0.5, 1.0, 1.01, 0.9], [0.99, 1.0, 1.2, 1.2, 1.1])) == [
        "benefit",
        "open",
        "open",
        "harm",
        "open",
    ]
    with pytest.raises(ValueError, match="lower end that is not above"):
        conclusions([1.2], [1.1])
    with pytest.raises(ValueError, match="lower end that is not above"):
        conclusions([np.nan], [1.1])


def specifications():
    """Two trials sets by two models by two levels; by hand: the set moves the estimate, the level the conclusion only."""
    rows = [
        ("both", "fixed", 0.95, 0.70, 0.60, 0.82),
        ("both", "fixed", 0.99, 0.70, 0.55, 0.89),
        ("both", "random", 0.95, 0.72, 0.58, 0.90),
        ("both", "random", 0.99, 0.72, 0.50, 1.04),
        ("one", "fixed", 0.95, 0.84, 0.70, 1.01),
        ("one", "fixed", 0.99, 0.84, 0.65, 1.09),
        ("one", "random", 0.95, 0.84, 0.70, 1.01),
        ("one", "random", 0.99, 0.84, 0.65, 1.09),
    ]
    return pd.DataFrame(rows, columns=["trials", "model", "level", "estimate", "lower", "upper"])


def test_a_switch_compares_the_pairs_that_differ_in_one_choice_alone():
    found = switches(specifications(), ["trials", "model", "level"]).set_index("choice")
    assert list(found["pairs"]) == [4, 4, 4]
    assert list(found.index) == ["trials", "model", "level"]  # 3 of 4, 1 of 4 (larger factor), 1 of 4
    assert list(found["moved"]) == [3, 1, 1]
    assert found.loc["trials", "largest_factor"] == pytest.approx(0.84 / 0.70)
    assert found.loc["trials", "median_factor"] == pytest.approx(np.sqrt(0.84 / 0.70 * 0.84 / 0.72))
    assert found.loc["level", "largest_factor"] == 1
    assert found.loc["model", "median_factor"] == pytest.approx(np.sqrt(0.72 / 0.70))


def test_a_choice_without_pairs_moves_nothing_and_repeated_specifications_are_refused():
    frame = specifications().head(1)
    found = switches(frame, ["trials", "model"])
    assert list(found["pairs"]) == [0, 0] and found["median_factor"].isna().all()
    with pytest.raises(ValueError, match="the same choices"):
        switches(pd.concat([frame, frame]), ["trials", "model"])


@pytest.mark.seconds
@given(st.permutations(range(8)))
def test_the_order_of_the_specifications_does_not_matter(order):
    shuffled = switches(specifications().iloc[list(order)], ["trials", "model", "level"])
    pd.testing.assert_frame_equal(shuffled, switches(specifications(), ["trials", "model", "level"]))


def test_the_curve_stands_in_order_and_marks_every_choice_and_the_books_own():
    frame = specifications()
    frame = frame.assign(
        conclusion=conclusions(frame["lower"], frame["upper"]),
        default=[True] + 7 * [False],
        **{"The trials": [{name} for name in frame["trials"]]},  # a name that is none in Python
        Model=[{"fixed", "random"}] * 4 + [{name} for name in frame["model"].iloc[4:]],
    )
    options = {"The trials": ["both", "one"], "Model": ["fixed", "random"]}
    figure = specification_curve({"PFS": frame, "OS": frame.tail(2)}, options, ratio_label="Hazard ratio")
    curve, second, dashboard, _ = figure.axes
    points = {tuple(xy) for line in curve.lines if line.get_marker() == "o" for xy in line.get_xydata()}
    assert [y for _, y in sorted(points)] == sorted(frame["estimate"])
    assert (curve.get_yscale(), curve.get_title("left")) == ("log", "PFS: 8 analyses")
    (diamond,) = [line for line in curve.lines if line.get_marker() == "D"]
    assert (diamond.get_ydata()[0], diamond.get_color()) == (0.70, POOLED)
    assert sum(np.isnan(line.get_ydata()).sum() for line in dashboard.lines) == 8 + 4 * 2 + 4  # a gap behind each mark
    assert [label.get_text() for label in dashboard.get_yticklabels()] == ["both", "one", "fixed", "random"]
    colours = {to_hex(line.get_color()) for line in curve.lines if np.isnan(line.get_ydata()).any()}
    assert {CONCLUSION_COLOURS["benefit"], CONCLUSION_COLOURS["open"]} <= colours
    assert second.get_title("left") == "OS: 2 analyses"
