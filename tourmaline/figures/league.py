"""League table: every treatment against every other, as a matrix."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import seaborn as sns
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure

from tourmaline.figures.style import CONTROL, EXPERIMENTAL, GRID, MUTED, drawn_twice, new_figure

# Tint and letters of a cell.
_CELLS = {
    "better": ("#cfe3f1", EXPERIMENTAL),
    "worse": ("#f6dccb", CONTROL),
    "open": ("white", "black"),
    "itself": (GRID, MUTED),
}


@drawn_twice
def league(
    names: Sequence[str], ratios: np.ndarray, lower: np.ndarray, upper: np.ndarray, *, narrow: bool = False
) -> Figure:
    """Draw a league table of ratios below 1 for a better row; tinted where the interval leaves out 1.

    Parameters
    ----------
    names : sequence of str, length n
        The treatments.
    ratios, lower, upper : ndarray, shape (n, n)
        Row against column, with its interval.
    narrow : bool
        For the width of a phone.

    Returns
    -------
    Figure
    """
    size, itself = len(names), np.eye(len(names), dtype=bool)
    verdict = np.select([itself, upper < 1, lower > 1], ["itself", "better", "worse"], "open")
    to = " to\n" if narrow else " to "
    words = np.array(
        [[f"{r:.2f}\n{low:.2f}{to}{high:.2f}" for r, low, high in zip(*row)] for row in zip(ratios, lower, upper)]
    )
    figure, axes = new_figure((0.65 if narrow else 0.75) * size + 0.9, narrow=narrow)
    sns.heatmap(
        np.vectorize(list(_CELLS).index)(verdict),
        annot=np.where(itself, names, words),
        fmt="",
        annot_kws={"fontsize": 9 if narrow else 10.5, "linespacing": 1.3 if narrow else 1.5},
        cmap=ListedColormap([tint for tint, _ in _CELLS.values()]),
        vmin=0,
        vmax=len(_CELLS) - 1,
        cbar=False,
        linewidths=0.7,
        linecolor=GRID,
        xticklabels=[f"against\n{name}" for name in names],
        yticklabels=names,
        ax=axes,
    )
    for text, kind in zip(axes.texts, verdict.flat):
        text.set_color(_CELLS[kind][1])
    axes.xaxis.tick_top()
    axes.tick_params(length=0, labelrotation=0)
    return figure
