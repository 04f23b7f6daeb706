"""The house style: one colour for one arm everywhere, labels instead of legends, units on axes."""

from __future__ import annotations

import functools
from collections.abc import Callable

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
NARROW_INCHES = 4.0  # of its form for a phone, which shows a point as 1.2 pixels
LETTERS = 50  # on a line of a phone
LINE = 12  # points, of a line of words on a phone
MARK = 19  # points, of the marks below it
LIFT = 7  # points between the middle of the marks and the words above them
CARD = {
    "facecolor": "white",
    "edgecolor": "none",
    "pad": 2,
}  # lines pass behind words, and do not show between two lines of them

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
_NARROW_RC = _RC | {
    "font.size": 9,
    "axes.titlesize": 10,
    "axes.labelsize": 9,
    "xtick.labelsize": 9,
    "ytick.labelsize": 9,
    "xtick.major.size": 4,
    "ytick.major.size": 4,
    "legend.fontsize": 9,
    "legend.title_fontsize": 9,
}


def drawn_twice(draw: Callable[..., Figure]) -> Callable[..., Figure]:
    """Let each figure of a drawing function carry how to draw it again for a phone, as its method `narrow`.

    Parameters
    ----------
    draw : callable
        It takes, among others, narrow (bool): whether to draw for the width of a phone.
    """

    @functools.wraps(draw)
    def drawn(*data, **options) -> Figure:
        figure = draw(*data, **options)
        figure.narrow = functools.partial(drawn, *data, **options | {"narrow": True})
        return figure

    return drawn


def new_figure(
    height_inches: float, columns: int = 1, rows: int = 1, *, narrow: bool = False, **options
) -> tuple[Figure, Axes]:
    """A figure in the house style, of full text width or of that of a phone.

    Parameters
    ----------
    height_inches : float
        Height.
    columns : int
        Number of panels side by side.
    rows : int
        Number of panels below each other.
    narrow : bool
        For the width of a phone, with smaller letters.
    **options
        Passed to `matplotlib.pyplot.subplots`, for example sharey or width_ratios.

    Returns
    -------
    Figure, and Axes or an array of Axes
    """
    matplotlib.use("agg")
    sns.set_theme(style="ticks", rc=_NARROW_RC if narrow else _RC)
    size = (NARROW_INCHES if narrow else WIDTH_INCHES, height_inches)
    return plt.subplots(rows, columns, figsize=size, layout="constrained", **options)


def row_axis(axes: Axes, labels: list[str], *, narrow: bool = False) -> None:
    """Set one labelled row for each label, the first on top, without spine or ticks; on a phone labels stand above their rows."""
    axes.set_yticks(range(len(labels)), [] if narrow else labels)
    axes.set_ylim(len(labels) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    if narrow:
        axes.set_ylim(len(labels) - 0.6, -0.85)
        size = 8 if max(map(len, labels), default=0) > LETTERS else 9
        for row, label in enumerate(labels):
            write_above(axes, row, label, fontsize=size)


def rows_inches(rows: int, inches: float, *, narrow: bool) -> float:
    """Height of so many rows of `row_axis`: of `inches` each, or on a phone of a label and the marks below it."""
    return rows * ((LINE + MARK) / 72 if narrow else inches)


def write_above(axes: Axes, place: float, words: str, *, lift: float = LIFT, right: bool = False, **text) -> None:
    """Write above a place of the upright axis: from the left edge, or up to the right one. The layout takes no account of it.

    Parameters
    ----------
    axes : Axes
    place : float
    words : str
    lift : float
        Points between the place and the lowest line.
    right : bool
        Whether the words end at the right edge.
    **text
        Passed to `Axes.annotate`: colour, fontweight.
    """
    written = axes.annotate(
        words,
        (float(right), place),
        xycoords=axes.get_yaxis_transform(),
        xytext=(0, lift),
        textcoords="offset points",
        ha="right" if right else "left",
        va="bottom",
        annotation_clip=False,
        bbox=CARD,
        **text,
    )
    written.set_in_layout(False)


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
