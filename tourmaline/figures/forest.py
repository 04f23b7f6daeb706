"""Forest plot of ratios: estimate and interval of each study, its weight, and the pooled estimate."""

from __future__ import annotations

import textwrap

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from tourmaline.figures.style import EXPERIMENTAL, GRID, MUTED, POOLED, new_figure, row_axis

LABEL_WIDTH = 18  # letters of a study's name on one line
TICKS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.25, 1.5, 2.0, 3.0, 5.0, 10.0)


def _ticks(lower: float, upper: float) -> list[float]:
    inside = [tick for tick in TICKS if lower <= tick <= upper]
    while len(inside) > 7:  # labels of more would touch each other
        inside = [tick for index, tick in enumerate(inside) if index % 2 == 0 or tick == 1.0]
    return inside


def forest(studies: pd.DataFrame, pooled: pd.Series | None, *, ratio_label: str, favours: tuple[str, str]) -> Figure:
    """Draw a forest plot on a logarithmic axis.

    Parameters
    ----------
    studies : DataFrame
        One row a study: label, detail (second line of the label), estimate, lower, upper (ratios), weight (fraction).
    pooled : Series or None
        label, detail, estimate, lower, upper; drawn as a diamond. None if nothing is pooled.
    ratio_label : str
        Name of the ratio, for the axis.
    favours : tuple of str
        What a ratio below and above 1 speaks for.

    Returns
    -------
    Figure
    """
    rows = len(studies) + (pooled is not None)
    figure, (axes, text) = new_figure(0.62 * rows + 1.5, columns=2, width_ratios=[2.0, 1.35], sharey=True)
    labels = [f"{textwrap.fill(study.label, LABEL_WIDTH)}\n{study.detail}" for study in studies.itertuples()]
    ends = [*studies["lower"], *studies["upper"], 1.0]
    sizes = 5 + 9 * np.sqrt(studies["weight"] / studies["weight"].max())
    for row, (study, size) in enumerate(zip(studies.itertuples(), sizes)):
        axes.plot([study.lower, study.upper], [row, row], color=EXPERIMENTAL, linewidth=1.6, solid_capstyle="butt")
        axes.plot(study.estimate, row, marker="s", markersize=size, color=EXPERIMENTAL)
    columns = [
        [f"{s.estimate:.2f} ({s.lower:.2f} to {s.upper:.2f})", f"{100 * s.weight:.1f}%"] for s in studies.itertuples()
    ]
    if pooled is not None:
        row = len(studies)
        labels.append(f"{pooled['label']}\n{pooled['detail']}")
        axes.axhline(row - 0.5, color=GRID, linewidth=1, zorder=0)
        axes.fill(
            [pooled["lower"], pooled["estimate"], pooled["upper"], pooled["estimate"]],
            [row, row - 0.22, row, row + 0.22],
            color=POOLED,
        )
        axes.axvline(pooled["estimate"], color=POOLED, linewidth=0.8, linestyle=(0, (2, 3)), zorder=0)
        ends += [pooled["lower"], pooled["upper"]]
        columns.append([f"{pooled['estimate']:.2f} ({pooled['lower']:.2f} to {pooled['upper']:.2f})", ""])

    lower, upper = min(ends) / 1.08, max(ends) * 1.08
    axes.set_xscale("log")
    axes.set_xlim(lower, upper)
    axes.xaxis.set_major_locator(FixedLocator(_ticks(lower, upper)))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.axvline(1, color=MUTED, linewidth=1)
    axes.set_xlabel(f"{ratio_label} (log scale)\n← {favours[0]}    |    {favours[1]} →")
    row_axis(axes, labels)

    text.set_axis_off()
    for row, (interval, weight) in enumerate(columns):
        text.text(0.0, row, interval, va="center", transform=text.get_yaxis_transform(), fontsize=10.5)
        text.text(1.0, row, weight, va="center", ha="right", transform=text.get_yaxis_transform(), fontsize=10.5)
    for place, heading, side in ((0.0, "Estimate (interval)", "left"), (1.0, "Weight", "right")):
        text.text(
            place, -0.62, heading, ha=side, va="bottom", color=MUTED, transform=text.get_yaxis_transform(), fontsize=10
        )
    return figure
