"""Judgements of the risk of bias as a traffic-light figure, which reads the same without colour."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from tourmaline.figures.style import GRID, MUTED, new_figure, row_axis

# Sign, colour and size of the disc: the sign alone says which, and the colours differ in lightness as well.
SIGNS = {"low": ("+", "#8fd3c0"), "some-concerns": ("!", "#f2d16b"), "high": ("×", "#d9705f")}
INK = "#1a1a1a"  # on each of the colours with a contrast of 5 to 1 or more


def traffic_lights(rows: pd.DataFrame, headings: Mapping[str, str], level_in_words: Callable[[str], str]) -> Figure:
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

    Returns
    -------
    Figure
    """
    figure, axes = new_figure(0.31 * len(rows) + 1.6)
    places = np.arange(len(headings), dtype=float)
    places[-1] += 0.3  # overall follows from the others
    for row, judged in enumerate(rows.to_dict("records")):
        for place, column in zip(places, headings):
            sign, colour = SIGNS[judged[column]]
            axes.plot(place, row, "o", markersize=17, color=colour, markeredgecolor=MUTED)
            axes.text(place, row, sign, ha="center", va="center_baseline", fontsize=13, fontweight="bold", color=INK)
    first = ~rows["trial"].duplicated().to_numpy()
    for row in np.flatnonzero(first)[1:]:
        axes.axhline(row - 0.5, color=GRID, linewidth=1)
    row_axis(axes, rows["outcome"].tolist())
    for row in np.flatnonzero(first):
        axes.annotate(
            rows["trial"].iloc[row],
            (0, row),
            xycoords=("axes fraction", "data"),
            xytext=(-285, 0),
            textcoords="offset points",
            va="center",
            fontweight="bold",
            annotation_clip=False,
        )
    axes.xaxis.tick_top()
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
            markersize=11,
            color=SIGNS[level][1],
            markeredgecolor=MUTED,
            label=f"{SIGNS[level][0]}  {level_in_words(level)}",
        )
    figure.legend(*axes.get_legend_handles_labels(), loc="outside lower left", ncols=len(drawn))
    return figure
