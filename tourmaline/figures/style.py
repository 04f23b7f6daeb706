"""The house style: one colour for one arm everywhere, labels instead of legends, units on axes."""

from __future__ import annotations

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

# Okabe and Ito's blue and vermilion, darkened to a contrast of 4.5 to 1 on white; they differ in lightness too, so the
# arms stay apart in grey print and for colour-blind readers.
EXPERIMENTAL = "#005f96"
CONTROL = "#b34700"
POOLED = "#1a1a1a"
# Trials side by side in one role: other hues than the arms', as dark as these.
TRIALS = ("#1a1a1a", "#7a3e9d", "#007a5e", "#8a6d00", "#5f6670")
MUTED = "#5f6670"
GRID = "#d9dde2"

WIDTH_INCHES = 8.0  # of every figure: the width of the page's text column

_RC = {
    "figure.dpi": 100,
    "savefig.facecolor": "white",
    "font.family": "DejaVu Sans",  # ships with matplotlib: the same letters on every machine
    "font.size": 11,
    "axes.titlesize": 12,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": 11,
    "axes.edgecolor": MUTED,
    "axes.grid": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": "#30363d",
    "ytick.color": "#30363d",
    "legend.frameon": False,
}


def new_figure(height_inches: float, columns: int = 1, rows: int = 1, **options) -> tuple[Figure, Axes]:
    """A figure in the house style, of full text width.

    Parameters
    ----------
    height_inches : float
        Height.
    columns : int
        Number of panels side by side.
    rows : int
        Number of panels below each other.
    **options
        Passed to `matplotlib.pyplot.subplots`, for example sharey or width_ratios.

    Returns
    -------
    Figure, and Axes or an array of Axes
    """
    matplotlib.use("agg")
    sns.set_theme(style="ticks", rc=_RC)
    return plt.subplots(rows, columns, figsize=(WIDTH_INCHES, height_inches), layout="constrained", **options)


def row_axis(axes: Axes, labels: list[str]) -> None:
    """Set one labelled row for each label, the first on top, without spine or ticks."""
    axes.set_yticks(range(len(labels)), labels)
    axes.set_ylim(len(labels) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)


def draw_strokes(axes: Axes, places, lower, upper, **line) -> None:
    """Draw upright strokes as one line with gaps, which an SVG writes in a tenth of what as many lines would take.

    Parameters
    ----------
    axes : Axes
    places : array_like, shape (n,)
        Where along the axis.
    lower, upper : array_like, shape (n,)
        The ends of each.
    **line
        Passed to `Axes.plot`: colour, linewidth.
    """
    places, lower, upper = np.broadcast_arrays(places, lower, upper)
    gap = np.full(len(places), np.nan)
    axes.plot(np.repeat(places, 3), np.column_stack([lower, upper, gap]).ravel(), solid_capstyle="butt", **line)
