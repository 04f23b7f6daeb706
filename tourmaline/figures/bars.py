"""Percentages by arm, as bars with the ends of an interval."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping

import pandas as pd
from matplotlib.figure import Figure

from tourmaline.figures.style import (
    CONTROL,
    EXPERIMENTAL,
    GRID,
    LETTERS,
    drawn_twice,
    new_figure,
    row_axis,
    write_above,
)

BARS = (("experimental", EXPERIMENTAL, -0.19), ("control", CONTROL, 0.19))


@drawn_twice
def arm_bars(
    rows: pd.DataFrame, axis_label: str, arms: Mapping[str, str], *, decimals: int = 1, narrow: bool = False
) -> Figure:
    """Draw percentages of both arms, each with an interval.

    Parameters
    ----------
    rows : DataFrame
        One row a response or reason: label, and for each arm percent, lower and upper (percent), such as percent_control.
    axis_label : str
        Of whom they are percentages, and what the interval is.
    arms : mapping of str to str
        What the arms are called, by experimental and control.
    decimals : int
        Of the percentages that stand beside the bars.
    narrow : bool
        For the width of a phone.

    Returns
    -------
    Figure
    """
    figure, axes = new_figure((0.85 if narrow else 0.72) * len(rows) + (0.8 if narrow else 1.2), narrow=narrow)
    for arm, colour, offset in BARS:
        for row, shares in enumerate(rows.itertuples()):
            percent, lower, upper = (getattr(shares, f"{part}_{arm}") for part in ("percent", "lower", "upper"))
            axes.barh(row + offset, percent, height=0.34, color=colour, alpha=0.85)
            axes.plot([lower, upper], [row + offset] * 2, color="black", linewidth=1.3)
            axes.text(
                upper + 1,
                row + offset,
                f"{percent:.{decimals}f}%" + (f"  {arms[arm].capitalize()}" if row == 0 else ""),
                va="center",
                fontsize=9 if narrow else 10,
                color=colour,
            )
    axes.set_xlim(0, 130 if narrow else 105)
    row_axis(axes, rows["label"].tolist())
    if narrow:
        axes.set_xticks(range(0, 101, 25))
        axes.set_yticks(axes.get_yticks(), [])
        axes.set_ylim(len(rows) - 0.5, -0.75)
        for row, label in enumerate(rows["label"]):
            write_above(axes, row - 0.36, label, lift=1)
    axes.grid(axis="x", color=GRID, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.set_xlabel(textwrap.fill(axis_label, LETTERS) if narrow else axis_label)
    return figure
