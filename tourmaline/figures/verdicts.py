"""Verdicts of the audit by section of the paper: bars of counts."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from tourmaline.figures.style import GRID, drawn_twice, new_figure, row_axis, rows_inches

# From blue through grey to vermilion, each lighter or darker than its neighbour, so that grey print keeps them apart.
VERDICT_COLOURS = ("#005f96", "#6fb1d9", "#9fd0c8", "#8a6bb1", "#c9ced4", "#d98c4f", "#b34700")


@drawn_twice
def verdicts(totals: pd.DataFrame, *, narrow: bool = False) -> Figure:
    """Draw how many numbers of each section have which verdict.

    Parameters
    ----------
    totals : DataFrame
        One row a section: section, then one column of counts for each verdict, from best to worst.
    narrow : bool
        For the width of a phone.

    Returns
    -------
    Figure
    """
    names = [name for name in totals.columns if name != "section"]
    figure, axes = new_figure(rows_inches(len(totals), 0.36, narrow=narrow) + 1.5, narrow=narrow)
    left = pd.Series(0, index=totals.index)
    for name, colour in zip(names, VERDICT_COLOURS, strict=True):
        if totals[name].any():
            axes.barh(
                range(len(totals)), totals[name], left=left, height=0.4 if narrow else 0.72, color=colour, label=name
            )
        left = left + totals[name]
    for row, total in enumerate(left):
        wrong = int(totals[names[-1]].iloc[row])
        words = f"{total}" + (f", {wrong} {names[-1]}" if wrong else "")
        axes.text(total + 3, row, words, va="center", fontsize=9, color=VERDICT_COLOURS[-1] if wrong else "#30363d")
    row_axis(axes, totals["section"].tolist(), narrow=narrow)
    axes.set_xlim(0, left.max() * (1.35 if narrow else 1.22))
    axes.grid(axis="x", color=GRID, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.set_xlabel("Reported numbers")
    figure.legend(*axes.get_legend_handles_labels(), loc="outside upper left", ncols=2 if narrow else 3)
    return figure
