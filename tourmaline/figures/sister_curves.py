"""Survival curves of several trials' arms on one axis."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator

from tourmaline.figures.style import MUTED, new_figure
from tourmaline.figures.survival import (
    CURVES_INCHES,
    ROW_INCHES,
    ArmCurve,
    Panel,
    draw_curves,
    draw_numbers_at_risk,
    month_ticks,
)

A_LINE = 3  # names side by side over the curves
CAUTION = "Different trials: no patient was\nrandomised between these arms."


def sister_curves(curves: Sequence[ArmCurve], *, outcome: str) -> Figure:
    """Draw arms of different trials, one of each, with the numbers at risk; names and medians stand over the curves.

    Parameters
    ----------
    curves : sequence of ArmCurve
        One a trial, named by it. They may end at different months.
    outcome : str
        What survives: 'progression-free survival'.

    Returns
    -------
    Figure
        It says that it shows no patients, and that these are different trials.
    """
    table = ROW_INCHES * (len(curves) + 0.6)
    figure, (axes, below) = new_figure(
        CURVES_INCHES + table + 0.6, rows=2, sharex=True, height_ratios=[CURVES_INCHES, table]
    )
    draw_curves(axes, Panel(curves))
    draw_numbers_at_risk(below, curves)
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
    axes.xaxis.set_major_locator(FixedLocator(month_ticks(max(float(curve.month[-1]) for curve in curves))))
    axes.set_xlabel("Months since randomisation")
    axes.set_ylabel(f"Probability of {outcome}")
    axes.tick_params(labelbottom=True)
    figure.get_layout_engine().set(hspace=0.0, h_pad=0.06)
    return figure
