"""Verdicts of the audit by section of the paper: bars of counts."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from tourmaline.figures.style import GRID, new_figure, row_axis

# From blue through grey to vermilion, each lighter or darker than its neighbour, so that grey print keeps them apart.
COLOURS = ("#005f96", "#6fb1d9", "#9fd0c8", "#8a6bb1", "#c9ced4", "#d98c4f", "#b34700")


def verdicts(totals: pd.DataFrame) -> Figure:
    """Draw how many numbers of each section have which verdict.

    Parameters
    ----------
    totals : DataFrame
        One row a section: section, then one column of counts for each verdict, from best to worst.

    Returns
    -------
    Figure
    """
    names = [name for name in totals.columns if name != "section"]
    figure, axes = new_figure(0.36 * len(totals) + 1.5)
    left = pd.Series(0, index=totals.index)
    for name, colour in zip(names, COLOURS, strict=True):
        if totals[name].any():
            axes.barh(range(len(totals)), totals[name], left=left, height=0.72, color=colour, label=name)
        left = left + totals[name]
    for row, total in enumerate(left):
        wrong = int(totals[names[-1]].iloc[row])
        words = f"{total}" + (f", {wrong} {names[-1]}" if wrong else "")
        axes.text(total + 3, row, words, va="center", fontsize=9, color=COLOURS[-1] if wrong else "#30363d")
    row_axis(axes, totals["section"].tolist())
    axes.set_xlim(0, left.max() * 1.22)
    axes.grid(axis="x", color=GRID, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.set_xlabel("Reported numbers")
    figure.legend(*axes.get_legend_handles_labels(), loc="outside upper left", ncols=3)
    return figure
