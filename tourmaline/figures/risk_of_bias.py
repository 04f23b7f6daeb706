"""Judgements of the risk of bias as a traffic-light figure, which reads the same without colour."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from tourmaline.figures.style import GRID, MUTED, drawn_twice, new_figure, row_axis

# Sign, colour and size of the disc: the sign alone says which, and the colours differ in lightness as well.
SIGNS = {"low": ("+", "#8fd3c0"), "some-concerns": ("!", "#f2d16b"), "high": ("×", "#d9705f")}
INK = "#1a1a1a"  # on each of the colours with a contrast of 5 to 1 or more


@drawn_twice
def traffic_lights(
    rows: pd.DataFrame, headings: Mapping[str, str], level_in_words: Callable[[str], str], *, narrow: bool = False
) -> Figure:
    """Draw one disc for each judgement: a row a trial and outcome, a column a domain, and overall.

    Parameters
    ----------
    rows : DataFrame
        One row a trial and outcome, those of a trial next to each other: trial, outcome (in words), and a column for each
        of `headings` with 'low', 'some-concerns' or 'high'.
    headings : mapping of str to str
        The columns to draw, from left to right, and what stands over them; the last is set apart.
    level_in_words : callable
        What a level is called in the legend.
    narrow : bool
        For the width of a phone.

    Returns
    -------
    Figure
    """
    trials = rows["trial"].nunique() if narrow else 0  # on a phone each has a line of its own
    figure, axes = new_figure(
        (0.27 if narrow else 0.31) * (len(rows) + trials) + (1.4 if narrow else 1.6), narrow=narrow
    )
    places = np.arange(len(headings), dtype=float)
    places[-1] += 0.3  # overall follows from the others
    first = ~rows["trial"].duplicated().to_numpy()
    heights = np.arange(len(rows)) + (np.cumsum(first) if narrow else 0)
    for row, judged in zip(heights, rows.to_dict("records")):
        for place, column in zip(places, headings):
            sign, colour = SIGNS[judged[column]]
            axes.plot(place, row, "o", markersize=14 if narrow else 17, color=colour, markeredgecolor=MUTED)
            axes.text(
                place,
                row,
                sign,
                ha="center",
                va="center_baseline",
                fontsize=11 if narrow else 13,
                fontweight="bold",
                color=INK,
            )
    for row in heights[first][1:]:
        axes.axhline(row - (1.5 if narrow else 0.5), color=GRID, linewidth=1)
    row_axis(axes, rows["outcome"].tolist())
    axes.set_yticks(heights, rows["outcome"])
    axes.set_ylim(heights[-1] + 0.6, -0.6)
    for row, trial in zip(heights[first], rows["trial"][first]):
        axes.annotate(
            trial,
            (0, row - 1 if narrow else row),
            xycoords=("axes fraction", "data"),
            xytext=(-4 if narrow else -285, 0),
            textcoords="offset points",
            ha="right" if narrow else "left",
            va="center",
            fontweight="bold",
            annotation_clip=False,
        )
    axes.xaxis.tick_top()
    if narrow:
        words = [heading.replace("-\n", "").replace("\n", " ") for heading in headings.values()]
        axes.set_xticks(places, words, rotation=45, ha="left", rotation_mode="anchor")
    else:
        axes.set_xticks(places, headings.values(), fontsize=9)
    axes.tick_params(axis="x", length=0)
    axes.spines[["top", "bottom"]].set_visible(False)
    axes.set_xlim(-0.6, places[-1] + 0.6)
    drawn = [level for level in SIGNS if (rows[list(headings)] == level).to_numpy().any()]
    for level in drawn:
        axes.plot(
            [],
            [],
            "o",
            markersize=9 if narrow else 11,
            color=SIGNS[level][1],
            markeredgecolor=MUTED,
            label=f"{SIGNS[level][0]}  {level_in_words(level)}",
        )
    figure.legend(*axes.get_legend_handles_labels(), loc="outside lower left", ncols=len(drawn))
    return figure
