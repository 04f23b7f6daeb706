"""Survival curves of several trials' arms on one axis."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.offsetbox import TextArea, VPacker
from matplotlib.ticker import FixedLocator

from tourmaline.figures.style import MUTED, drawn_twice, new_figure
from tourmaline.figures.survival import (
    CURVES_INCHES,
    NARROW_CURVES_INCHES,
    NARROW_ROW_INCHES,
    ROW_INCHES,
    ArmCurve,
    Panel,
    draw_curves,
    draw_numbers_at_risk,
    month_ticks,
    narrow_curves,
    no_patients,
)

A_LINE = 3  # names side by side over the curves
CAUTION = "Different trials: no patient was\nrandomised between these arms."


@drawn_twice
def sister_curves(curves: Sequence[ArmCurve], *, outcome: str, narrow: bool = False) -> Figure:
    """Draw arms of different trials, one of each, with the numbers at risk; names and medians stand over the curves.

    Parameters
    ----------
    curves : sequence of ArmCurve
        One a trial, named by it. They may end at different months.
    outcome : str
        What survives: 'progression-free survival'.
    narrow : bool
        For the width of a phone.

    Returns
    -------
    Figure
        It says that it shows no patients, and that these are different trials.
    """
    if narrow:
        heights = [NARROW_CURVES_INCHES, NARROW_ROW_INCHES * (len(curves) + 0.6)]
        figure, ((axes, below),) = narrow_curves([_words_over_curves(curves)], heights)
    else:
        table = ROW_INCHES * (len(curves) + 0.6)
        figure, (axes, below) = new_figure(
            CURVES_INCHES + table + 0.6, rows=2, sharex=True, height_ratios=[CURVES_INCHES, table]
        )
        figure.get_layout_engine().set(hspace=0.0, h_pad=0.06)
    draw_curves(axes, Panel(curves), said=narrow)
    draw_numbers_at_risk(below, curves, narrow=narrow)
    if not narrow:
        _name_over_curves(figure, axes, curves)
    last = max(float(curve.month[-1]) for curve in curves)
    axes.xaxis.set_major_locator(FixedLocator(month_ticks(last, 2 if narrow else 1)))
    axes.set_xlabel("Months since randomisation")
    axes.set_ylabel(f"Probability of {outcome}")
    axes.tick_params(labelbottom=True)
    return figure


def _name_over_curves(figure: Figure, axes: Axes, curves: Sequence[ArmCurve]) -> None:
    """Names and medians side by side over the curves, and a caution among them."""
    handles, _ = axes.get_legend_handles_labels()
    words = [f"{curve.label}\nreconstructed median\n{curve.median}" for curve in curves]
    figure.legend(
        handles,
        words,
        loc="outside upper left",
        ncols=A_LINE,
        fontsize=10,
        labelcolor="linecolor",
        columnspacing=1.2,
        handlelength=1.2,
    )
    axes.text(0.99, 0.98, CAUTION, transform=axes.transAxes, ha="right", va="top", fontsize=10, color=MUTED)


def _words_over_curves(curves: Sequence[ArmCurve]) -> VPacker:
    """What stands over the curves on a phone: names and medians, that they show no patients, and a caution."""
    lines = [(f"{curve.label}, median {curve.median}", curve.colour) for curve in curves]
    cautions = [(line, MUTED) for line in CAUTION.split("\n")]
    named, warned = (
        [TextArea(words, textprops={"fontsize": 9, "color": colour}) for words, colour in part]
        for part in (lines, cautions)
    )
    return VPacker(children=[*named, no_patients(), *warned], pad=0, sep=2, align="left")
