"""League table: every treatment against every other, as a matrix."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from tourmaline.figures.style import CONTROL, EXPERIMENTAL, GRID, MUTED, new_figure

_TINTS = {"better": "#cfe3f1", "worse": "#f6dccb", "open": "white"}


def league(names: Sequence[str], ratios: np.ndarray, lower: np.ndarray, upper: np.ndarray) -> Figure:
    """Draw a league table of ratios below 1 for a better row; tinted where the interval leaves out 1.

    Parameters
    ----------
    names : sequence of str, length n
        The treatments.
    ratios, lower, upper : ndarray, shape (n, n)
        Row against column, with its interval.

    Returns
    -------
    Figure
    """
    size = len(names)
    figure, axes = new_figure(0.75 * size + 0.9)
    axes.set_xlim(0, size)
    axes.set_ylim(size, 0)
    axes.set_xticks(np.arange(size) + 0.5, [f"against\n{name}" for name in names])
    axes.xaxis.tick_top()
    axes.set_yticks(np.arange(size) + 0.5, names)
    axes.tick_params(length=0)
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)
    for row in range(size):
        for column in range(size):
            if row == column:
                axes.add_patch(Rectangle((column, row), 1, 1, facecolor=GRID, edgecolor="white", linewidth=2))
                axes.text(column + 0.5, row + 0.5, names[row], ha="center", va="center", color=MUTED)
                continue
            low, high = lower[row, column], upper[row, column]
            verdict = "better" if high < 1 else "worse" if low > 1 else "open"
            axes.add_patch(Rectangle((column, row), 1, 1, facecolor=_TINTS[verdict], edgecolor=GRID, linewidth=1))
            colour = {"better": EXPERIMENTAL, "worse": CONTROL, "open": "black"}[verdict]
            axes.text(column + 0.5, row + 0.38, f"{ratios[row, column]:.2f}", ha="center", va="center", color=colour)
            axes.text(
                column + 0.5,
                row + 0.68,
                f"{low:.2f} to {high:.2f}",
                ha="center",
                va="center",
                fontsize=9.5,
                color=colour,
            )
    return figure
