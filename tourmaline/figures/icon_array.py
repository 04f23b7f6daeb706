"""Icon arrays: a hundred people for each group, so that a share is a number of people whom one can count."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.path import Path

from tourmaline.figures.style import CONTROL, EXPERIMENTAL, MUTED, POOLED, drawn_twice, new_figure

PEOPLE = 100
IN_A_ROW = 10
LETTERS = 19  # points: a phone shows the figure at half its width, and the words must be legible there
SIZE = 21  # points, of a person


def _person() -> Path:
    """A head above shoulders and body, from -0.5 to 0.5 upwards, as one outline for all marks of the figure."""
    head = Path.circle((0, 0.31), 0.17)
    side, top, corner, foot = 0.3, 0.06, 0.14, -0.5  # of the body; `corner` is the radius of the shoulders
    left = [(-side, foot), (-side, top - corner), (-side, top), (corner - side, top)]
    right = [(-x, y) for x, y in reversed(left)]
    line, curve = Path.LINETO, Path.CURVE3
    body = Path(left + right + left[:1], [Path.MOVETO, line, curve, curve, line, curve, curve, line, Path.CLOSEPOLY])
    return Path.make_compound_path(head, body)


def _draw_people(axes: Axes, columns: np.ndarray, rows: np.ndarray, colour: str, size: float, *, filled: bool) -> None:
    """Draw one mark a person; a filled and an empty one differ also without colour."""
    axes.plot(
        columns,
        rows,
        linestyle="none",
        marker=_person(),
        markersize=size,
        markerfacecolor=colour if filled else "white",
        markeredgecolor=colour if filled else MUTED,
        markeredgewidth=1.1,
        clip_on=False,
    )


@drawn_twice
def icon_array(counts: Mapping[str, int], marked: str, others: str, *, narrow: bool = False) -> Figure:
    """Draw a hundred people for each of two groups; those counted are filled, row by row from the top left.

    Parameters
    ----------
    counts : mapping of str to int
        Title of each group, the experimental one first, and how many of its hundred people are filled.
    marked : str
        What holds for the people who are filled, as the end of a sentence: "had diarrhoea".
    others : str
        The same for those who are not.
    narrow : bool
        For the width of a phone.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If a count is not a whole number from 0 to 100.
    """
    for title, count in counts.items():
        if count not in range(PEOPLE + 1):
            raise ValueError(f"{title}: {count} of {PEOPLE} people cannot be drawn; give a whole number of them")
    figure, panels = new_figure(3.0 if narrow else 5.2, columns=2, narrow=narrow)
    letters, size = (11, 10.5) if narrow else (LETTERS, SIZE)
    places = np.arange(PEOPLE)
    columns, rows = places % IN_A_ROW, places // IN_A_ROW
    for axes, (title, count), colour in zip(panels, counts.items(), (EXPERIMENTAL, CONTROL)):
        _draw_people(axes, columns[:count], rows[:count], colour, size, filled=True)
        _draw_people(axes, columns[count:], rows[count:], colour, size, filled=False)
        axes.set_xlim(-0.7, IN_A_ROW - 0.3)
        axes.set_ylim(PEOPLE / IN_A_ROW - 0.3, -0.7)
        axes.set_axis_off()
        axes.set_title(title, fontsize=letters, loc="center")
        axes.text(
            0.5, -0.02, f"{count} of {PEOPLE}", transform=axes.transAxes, ha="center", va="top",
            fontsize=letters + (2 if narrow else 4), fontweight="bold", color=colour,
        )  # fmt: skip
    key = [
        axes.plot(
            [],
            [],
            linestyle="none",
            marker=_person(),
            markersize=9 if narrow else 18,
            markerfacecolor=face,
            color=POOLED,
        )[0]
        for face in (POOLED, "white")
    ]
    figure.legend(key, [marked, others], loc="outside lower center", ncols=2, fontsize=letters, handletextpad=0.3)
    return figure
