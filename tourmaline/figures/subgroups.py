"""The subgroups of one trial as its readers know them: patients, medians, hazard ratio and what of it is not known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tourmaline.figures.forest import ratio_axis
from tourmaline.figures.style import EXPERIMENTAL, MUTED, POOLED, new_figure

SIZE = 10
NOT_FOUND = "not reported"
PATIENTS, MEDIAN = 0.53, 1.0  # where these columns end, as shares of the text's width


def subgroups(rows: pd.DataFrame, overall: Mapping[str, Any], *, favours: tuple[str, str]) -> Figure:
    """Draw the hazard ratios of a trial's subgroups under that of everybody, grouped by factor.

    Parameters
    ----------
    rows : DataFrame
        One row a subgroup: factor, level_name, patients and median (texts; empty where not reported), estimate, lower, upper
        (nan where not reported) and implied (whether it is not reported but follows from reported numbers: drawn hollow).
    overall : mapping
        label, patients, median, estimate, lower, upper of everybody.
    favours : tuple of str
        What a ratio below and above 1 speaks for.

    Returns
    -------
    Figure
    """
    lines = 1 + len(rows) + rows["factor"].nunique()
    figure, (names, axes, words) = new_figure(
        0.29 * lines + 1.3, columns=3, width_ratios=[2.75, 2.0, 1.75], sharey=True
    )
    axes.set_ylim(lines - 0.4, -0.6)
    _line(0, overall, overall["label"], POOLED, names, axes, words)
    place = 1
    for factor, part in rows.groupby("factor", sort=False):
        names.text(0, place, factor, va="center", fontsize=SIZE, fontweight="bold", transform=_across(names))
        for below, row in enumerate(part.to_dict("records"), start=1):
            _line(place + below, row, f"   {row['level_name']}", EXPERIMENTAL, names, axes, words)
        place += 1 + len(part)
    ends = [rows[name] for name in ("estimate", "lower", "upper")]
    ends = np.concatenate([*ends, [overall["lower"], overall["upper"], 1]]).astype(float)
    ratio_axis(axes, np.nanmin(ends) / 1.1, np.nanmax(ends) * 1.1, most=5)
    axes.axvline(1, color=MUTED, linewidth=1, zorder=0)
    axes.axvline(overall["estimate"], color=POOLED, linewidth=0.8, linestyle=(0, (2, 3)), zorder=0)
    axes.set_xlabel(f"Hazard ratio (log scale)\n← {favours[0]}  |  {favours[1]} →", fontsize=SIZE)
    axes.tick_params(axis="y", length=0, labelleft=False)
    axes.spines["left"].set_visible(False)
    headings = ((names, 0, "Subgroup", "left"), (names, PATIENTS, "Patients", "center"))
    headings += ((names, MEDIAN, "Median, months", "right"), (words, 0, "Estimate (interval)", "left"))
    for where, across, heading, side in headings:
        where.text(across, -0.7, heading, ha=side, va="bottom", color=MUTED, fontsize=SIZE, transform=_across(where))
    for where in (names, words):
        where.set_axis_off()
    return figure


def rows_in_words(rows: pd.DataFrame, overall: Mapping[str, Any]) -> str:
    """The rows of `subgroups` for a reader who cannot see it."""
    named = [(overall["label"], overall)]
    named += [(f"{row['factor']}, {row['level_name']}", row) for row in rows.to_dict("records")]
    return "; ".join(f"{name} {_ratio_in_words(row)}" for name, row in named)


def _ratio_in_words(row: Mapping[str, Any]) -> str:
    estimate, lower, upper = (row[name] for name in ("estimate", "lower", "upper"))
    if np.isnan(estimate):
        return NOT_FOUND
    return f"{estimate:.2f} (no interval)" if np.isnan(lower) else f"{estimate:.2f} ({lower:.2f} to {upper:.2f})"


def _across(axes: Axes):
    return axes.get_yaxis_transform()


def _line(place: int, row: Mapping[str, Any], label: str, color: str, names: Axes, axes: Axes, words: Axes) -> None:
    """One line: its texts, and its square with an interval, its circle without one, or that nothing was found."""
    weight = "bold" if color == POOLED else "normal"
    for across, text, side in (
        (0, label, "left"),
        (PATIENTS, row["patients"], "center"),
        (MEDIAN, row["median"], "right"),
    ):
        names.text(
            across, place, text, ha=side, va="center", fontsize=SIZE, fontweight=weight, transform=_across(names)
        )
    estimate, lower, upper = (row[name] for name in ("estimate", "lower", "upper"))
    if not np.isnan(lower):
        axes.plot([lower, upper], [place, place], color=color, linewidth=1.6, solid_capstyle="butt")
        face = "white" if row.get("implied") else color
        axes.plot(
            estimate, place, marker="D" if color == POOLED else "s", markersize=7, color=color, markerfacecolor=face
        )
    elif not np.isnan(estimate):
        axes.plot(estimate, place, marker="o", markersize=6, color=color, markerfacecolor="white")
    text, shade = _ratio_in_words(row), MUTED if np.isnan(estimate) else "black"
    words.text(0, place, text, va="center", fontsize=SIZE, fontweight=weight, color=shade, transform=_across(words))
