"""Figures of the reconstruction's accuracy: true curves against the bands that were reconstructed from reported summaries."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from tourmaline.figures.style import CONTROL, EXPERIMENTAL, MUTED, drawn_twice, new_figure

COLUMNS = 2
ARM_COLOURS = {"control": CONTROL, "experimental": EXPERIMENTAL}


@drawn_twice
def against_truth(points: pd.DataFrame, *, narrow: bool = False) -> Figure:
    """Draw true curves against the reference and the band of the ensemble, one panel a set.

    Parameters
    ----------
    points : DataFrame
        One row a time of an arm: panel, unit (of time), arm ("control" or "experimental"), month, true, reference, lower,
        upper.
    narrow : bool
        For the width of a phone.

    Returns
    -------
    Figure
    """
    panels = list(dict.fromkeys(points["panel"]))
    rows = -(-len(panels) // COLUMNS)
    figure, all_axes = new_figure(
        (1.6 if narrow else 2.3) * rows + 0.6, COLUMNS, rows, narrow=narrow, sharey=True, squeeze=False
    )
    for axes in all_axes.flat[len(panels) :]:
        axes.set_visible(False)
    for axes, panel in zip(all_axes.flat, panels):
        own = points[points["panel"] == panel]
        for arm, colour in ARM_COLOURS.items():
            curve = own[own["arm"] == arm]
            axes.fill_between(curve["month"], curve["lower"], curve["upper"], color=colour, alpha=0.18, linewidth=0)
            axes.step(curve["month"], curve["true"], where="post", color=colour, linewidth=1.6)
            axes.plot(curve["month"], curve["reference"], color=colour, linewidth=1.1, linestyle=(0, (3, 1.5)))
        axes.set_title(panel, fontsize=9 if narrow else 11)
        axes.set_xlabel(own["unit"].iloc[0].capitalize())
        axes.set_xlim(0, None)
        if narrow:
            axes.xaxis.set_major_locator(MaxNLocator(3))
        axes.set_ylim(0, 1.02)
    for axes in all_axes[:, 0]:
        axes.set_ylabel("Survival")
    figure.legend(
        handles=[
            Line2D([], [], color=MUTED, linewidth=1.6, label="true patients"),
            Line2D([], [], color=MUTED, linewidth=1.1, linestyle=(0, (3, 1.5)), label="reconstructed: reference"),
            Patch(facecolor=MUTED, alpha=0.3, label="reconstructed: 95% of the ensemble"),
        ],
        loc="outside upper center",
        ncols=1 if narrow else 3,
    )
    return figure
