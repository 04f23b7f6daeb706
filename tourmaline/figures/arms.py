"""Rates and medians in the arms of several trials, one panel an outcome."""

from __future__ import annotations

import math
import textwrap

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from tourmaline.figures.style import CONTROL, EXPERIMENTAL, GRID, MUTED, drawn_twice, new_figure, row_axis


@drawn_twice
def control_outcome_panels(rows: pd.DataFrame, *, narrow: bool = False) -> Figure:
    """Draw what happened in the control arms: one panel an outcome, one row a trial.

    Parameters
    ----------
    rows : DataFrame
        One row an outcome and trial: outcome (name and unit), name, value, lower, upper (nan where not reported).
    narrow : bool
        For the width of a phone.

    Returns
    -------
    Figure
    """
    names = list(dict.fromkeys(rows["name"]))
    outcomes = list(dict.fromkeys(rows["outcome"]))
    if narrow:
        height = (0.4 * len(names) + 0.7) * len(outcomes)
        figure, all_axes = new_figure(height, rows=len(outcomes), narrow=True, squeeze=False)
    else:
        figure, all_axes = new_figure(0.5 * len(names) + 1.4, columns=len(outcomes), squeeze=False, sharey=True)
    for axes, outcome in zip(all_axes.flat, outcomes):
        for row in rows[rows["outcome"] == outcome].itertuples():
            place = names.index(row.name)
            axes.plot([row.lower, row.upper], [place, place], color=CONTROL, linewidth=1.6)
            axes.plot(row.value, place, "o", color=CONTROL, markersize=7)
            axes.annotate(
                row.digits, (row.value, place), (0, 6 if narrow else 7), textcoords="offset points",
                ha="center", fontsize=9 if narrow else 10,
            )  # fmt: skip
        words, _, unit = outcome.partition(" (")
        if narrow:
            axes.set_title(textwrap.fill(outcome, 30))
        else:
            axes.set_xlabel(f"{words.replace(' ', chr(10), 1)}\n({unit}")
        axes.set_xlim(0, 1.15 * np.nanmax(rows.loc[rows["outcome"] == outcome, ["value", "upper"]].to_numpy()))
        axes.xaxis.set_major_locator(MaxNLocator(4))
        axes.grid(axis="y", color=GRID, linewidth=0.6)
        row_axis(axes, names)
    figure.get_layout_engine().set(w_pad=0.12)  # the last tick of a panel and the first of the next stay apart
    return figure


@drawn_twice
def rate_panels(rows: pd.DataFrame, *, columns: int = 2, narrow: bool = False) -> Figure:
    """Draw the rates of both arms: one panel an outcome, one row a trial that reports it.

    Parameters
    ----------
    rows : DataFrame
        One row an outcome and trial: outcome, name, percent_experimental, percent_control.
    columns : int
        Panels side by side.
    narrow : bool
        For the width of a phone.

    Returns
    -------
    Figure
    """
    columns = 1 if narrow else columns
    outcomes = {outcome: part.reset_index(drop=True) for outcome, part in rows.groupby("outcome", sort=False)}
    lines = math.ceil(len(outcomes) / columns)
    heights = [
        max(len(part) for part in list(outcomes.values())[line * columns : (line + 1) * columns]) + 1.6
        for line in range(lines)
    ]
    figure, grid = new_figure(
        (0.3 if narrow else 0.34) * sum(heights) + 0.7, columns, lines, narrow=narrow, squeeze=False,
        height_ratios=heights,
    )  # fmt: skip
    for axes in grid.ravel()[len(outcomes) :]:
        axes.set_axis_off()
    for axes, (outcome, part) in zip(grid.ravel(), outcomes.items()):
        places = range(len(part))
        axes.hlines(places, part["percent_control"], part["percent_experimental"], color=MUTED, linewidth=1)
        axes.plot(part["percent_experimental"], places, "o", color=EXPERIMENTAL, markersize=6.5, label="Added drug")
        axes.plot(part["percent_control"], places, "s", color=CONTROL, markersize=5.5, label="Control")
        axes.set_title(textwrap.fill(outcome, 30) if narrow else outcome, fontsize=10 if narrow else 11)
        axes.set_xlim(0, 1.15 * part[["percent_experimental", "percent_control"]].to_numpy().max())
        axes.grid(axis="y", color=GRID, linewidth=0.6)
        row_axis(axes, part["name"].tolist())
    figure.supxlabel("Patients (percent); each panel has a scale of its own", fontsize=9 if narrow else 11)
    handles, labels = grid[0][0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper left" if narrow else "outside upper right", ncols=2)
    return figure
