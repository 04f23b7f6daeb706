"""Digitised curves beside the reported numbers of their analysis, for the eye of the reader who read them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter

from tourmaline.figures.style import GRID, MUTED, new_figure
from tourmaline.figures.survival import CURVES_INCHES, ROW_INCHES, ArmCurve, draw_numbers_at_risk, month_ticks

LEGEND_INCHES = 0.9  # over the curves


@dataclass(frozen=True, eq=False)
class ReadArm:
    """A digitised curve, and what is reported of its arm.

    Attributes
    ----------
    label, colour : str
    month, survival : ndarray, shape (k,)
        The points, in the order of time.
    rates : sequence of (float, float)
        Month and reported survival, as a fraction.
    median : float
        Reported; nan or inf without one.
    at_risk : mapping of float to int
        Reported numbers at risk, by month.
    words : str
        What else is reported of it, for the legend: ' (reported: 360 patients, 129 events)'.
    """

    label: str
    colour: str
    month: np.ndarray
    survival: np.ndarray
    rates: Sequence[tuple[float, float]] = ()
    median: float = np.nan
    at_risk: Mapping[float, int] = field(default_factory=dict)
    words: str = ""


def digitised(arms: Sequence[ReadArm], *, title: str, outcome: str) -> Figure:
    """Draw digitised curves through their points, reported medians and rates as marks, and reported numbers at risk under them.

    Parameters
    ----------
    arms : sequence of ReadArm
    title : str
    outcome : str
        What survives: 'progression-free survival'.

    Returns
    -------
    Figure
    """
    rows = [ArmCurve(arm.label, arm.colour, arm.month, arm.survival, at_risk=arm.at_risk) for arm in arms]
    if any(arm.at_risk for arm in arms):
        table = ROW_INCHES * (len(arms) + 0.6)
        height = CURVES_INCHES + table + LEGEND_INCHES
        figure, (axes, below) = new_figure(height, rows=2, sharex=True, height_ratios=[CURVES_INCHES, table])
        draw_numbers_at_risk(below, rows)
    else:
        figure, axes = new_figure(CURVES_INCHES + LEGEND_INCHES)
    end = max(float(month) for arm in arms for month in (arm.month[-1], *arm.at_risk))
    axes.set_xlim(0, end * 1.02)
    axes.set_ylim(0, 1.02)
    axes.axhline(0.5, color=GRID, linewidth=0.8, zorder=0)
    for arm in arms:
        axes.step(arm.month, arm.survival, where="post", color=arm.colour, linewidth=1.4)
        axes.plot(arm.month, arm.survival, ".", color=arm.colour, markersize=3.5)
        rates = [(month, rate) for month, rate in arm.rates if month <= end]
        marks = {"color": arm.colour, "markerfacecolor": "white", "linestyle": "", "zorder": 3}
        axes.plot([month for month, _ in rates], [rate for _, rate in rates], marker="o", markersize=8, **marks)
        if np.isfinite(arm.median):
            axes.plot([arm.median], [0.5], marker="D", markersize=8, **marks)
    axes.yaxis.set_major_locator(FixedLocator(np.linspace(0, 1, 11)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.1f}"))
    axes.xaxis.set_major_locator(FixedLocator(month_ticks(end)))
    axes.set_ylabel(f"Probability of {outcome}")
    axes.set_xlabel(f"Months since {'response' if outcome == 'ongoing response' else 'randomisation'}")
    axes.set_title(title)
    axes.tick_params(labelbottom=True)
    handles = [Line2D([], [], color=arm.colour, marker=".", label=f"{arm.label}, as read{arm.words}") for arm in arms]
    shape = {"color": MUTED, "markerfacecolor": "white", "linestyle": "", "markersize": 8}
    if any(np.isfinite(arm.median) for arm in arms):
        handles.append(Line2D([], [], marker="D", label="reported median", **shape))
    if any(arm.rates for arm in arms):
        handles.append(Line2D([], [], marker="o", label="reported survival", **shape))
    figure.legend(handles=handles, loc="outside upper left")
    figure.get_layout_engine().set(hspace=0.0, h_pad=0.06)
    return figure
