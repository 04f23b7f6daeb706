"""The subgroups of one trial as its readers know them: patients, medians, hazard ratio and what of it is not known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tourmaline.estimate import Estimate
from tourmaline.figures.forest import LEVEL, ratio_axis, room_on_both_sides, write_directions
from tourmaline.figures.style import EXPERIMENTAL, LIFT, LINE, MARK, MUTED, POOLED, drawn_twice, new_figure, write_above

SIZE = 10
NOT_FOUND = "not reported"
PATIENTS, MEDIAN = 0.53, 1.0  # where these columns end, as shares of the text's width


@drawn_twice
def subgroups(
    rows: pd.DataFrame, overall: Mapping[str, Any], *, favours: tuple[str, str], narrow: bool = False
) -> Figure:
    """Draw the hazard ratios of a trial's subgroups under that of everybody, grouped by factor.

    Parameters
    ----------
    rows : DataFrame
        One row a subgroup: factor, level_name, patients and median (texts; empty where not reported), estimate, lower, upper
        (nan where not reported).
    overall : mapping
        label, patients, median, estimate, lower, upper of everybody.
    favours : tuple of str
        What a ratio below and above 1 speaks for.
    narrow : bool
        For the width of a phone.

    Returns
    -------
    Figure
    """
    draw = _below_its_words if narrow else _beside_its_words
    figure, axes = draw(rows, overall)
    ends = [rows[name] for name in ("estimate", "lower", "upper")]
    ends = np.concatenate([*ends, [overall["lower"], overall["upper"], 1]]).astype(float)
    ratio_axis(axes, *room_on_both_sides(np.nanmin(ends) / 1.1, np.nanmax(ends) * 1.1, null=1), most=5)
    axes.axvline(1, color=MUTED, linewidth=1, zorder=0)
    axes.axvline(overall["estimate"], color=POOLED, linewidth=0.8, linestyle=(0, (2, 3)), zorder=0)
    axes.xaxis.label.set_fontsize(9 if narrow else SIZE)
    write_directions(axes, "Hazard ratio (log scale)", favours, 1)
    axes.tick_params(axis="y", length=0, labelleft=False)
    axes.spines["left"].set_visible(False)
    return figure


def _beside_its_words(rows: pd.DataFrame, overall: Mapping[str, Any]) -> tuple[Figure, Axes]:
    """Everybody and each subgroup on one line: names and numbers, mark, estimate."""
    lines = 1 + len(rows) + rows["factor"].nunique()
    figure, (names, axes, words) = new_figure(
        0.29 * lines + 1.45, columns=3, width_ratios=[2.75, 2.0, 1.75], sharey=True
    )
    axes.set_ylim(lines - 0.4, -0.6)
    _line(0, overall, overall["label"], POOLED, names, axes, words)
    place = 1
    for factor, part in rows.groupby("factor", sort=False):
        names.text(0, place, factor, va="center", fontsize=SIZE, fontweight="bold", transform=_across(names))
        for below, row in enumerate(part.to_dict("records"), start=1):
            _line(place + below, row, f"   {row['level_name']}", EXPERIMENTAL, names, axes, words)
        place += 1 + len(part)
    headings = ((names, 0, "Subgroup", "left"), (names, PATIENTS, "Patients", "center"))
    headings += ((names, MEDIAN, "Median, months", "right"), (words, 0, "Estimate (interval)", "left"))
    for where, across, heading, side in headings:
        where.text(across, -0.7, heading, ha=side, va="bottom", color=MUTED, fontsize=SIZE, transform=_across(where))
    for where in (names, words):
        where.set_axis_off()
    return figure, axes


def _below_its_words(rows: pd.DataFrame, overall: Mapping[str, Any]) -> tuple[Figure, Axes]:
    """Everybody and each subgroup below its name, its estimate, and its patients and median where they are reported."""
    named = [(overall, overall["label"], POOLED)]
    named += [(row, row["level_name"], EXPERIMENTAL) for row in rows.to_dict("records")]
    place, places = 0.9 * LINE, []  # points from the top
    for row, _, _ in named:
        if row.get("factor") != (named[len(places) - 1][0].get("factor") if places else None):
            place += LINE + 4  # the name of a factor
        place += LIFT + LINE * (2 if _patients_in_words(row) else 1)
        places.append(place)
        place += MARK - LIFT
    figure, axes = new_figure(place / 72 + 1.0, narrow=True)
    axes.set_ylim(place - LIFT, 0)
    for heading, right in (("Subgroup", False), ("Estimate (interval)", True)):
        write_above(axes, 0, heading, lift=-LINE - 2, right=right, color=MUTED)
    factor = None
    for place, (row, name, color) in zip(places, named):
        about, weight = _patients_in_words(row), "bold" if color == POOLED else "normal"
        lift = LIFT + (LINE if about else 0)
        if row.get("factor") != factor:
            factor = row["factor"]
            write_above(axes, place, factor, lift=lift + LINE + 3, fontweight="bold")
        write_above(axes, place, name, lift=lift, fontweight=weight)
        write_above(axes, place, _ratio_in_words(row), lift=lift, right=True, fontweight=weight)
        if about:
            write_above(axes, place, about, color=MUTED)
        _mark(axes, place, row, color)
    return figure, axes


def _patients_in_words(row: Mapping[str, Any]) -> str:
    words = (
        f"{row['patients']} patients" * bool(row["patients"]),
        f"median {row['median']} months" * bool(row["median"]),
    )
    return ", ".join(filter(None, words))


def subgroups_in_words(rows: pd.DataFrame, overall: Mapping[str, Any]) -> str:
    """The rows of `subgroups` for a reader who cannot see it."""
    named = [(overall["label"], overall)]
    named += [(f"{row['factor']}, {row['level_name']}", row) for row in rows.to_dict("records")]
    return "; ".join(f"{name} {_ratio_in_words(row)}" for name, row in named)


def _ratio_in_words(row: Mapping[str, Any]) -> str:
    estimate, lower, upper = (row[name] for name in ("estimate", "lower", "upper"))
    if np.isnan(estimate):
        return NOT_FOUND
    shown = Estimate(estimate, *(() if np.isnan(lower) else (lower, upper, LEVEL)))
    digits = row.get("digits", ())
    words = f"{shown.with_digits(digits if isinstance(digits, tuple) else ()):.2f}"
    return f"{words} (no interval)" if np.isnan(lower) else words


def _across(axes: Axes):
    return axes.get_yaxis_transform()


def _line(place: int, row: Mapping[str, Any], label: str, color: str, names: Axes, axes: Axes, words: Axes) -> None:
    """One line: its texts, and its mark."""
    weight = "bold" if color == POOLED else "normal"
    for across, text, side in (
        (0, label, "left"),
        (PATIENTS, row["patients"], "center"),
        (MEDIAN, row["median"], "right"),
    ):
        names.text(
            across, place, text, ha=side, va="center", fontsize=SIZE, fontweight=weight, transform=_across(names)
        )
    _mark(axes, place, row, color)
    text, shade = _ratio_in_words(row), MUTED if np.isnan(row["estimate"]) else "black"
    words.text(0, place, text, va="center", fontsize=SIZE, fontweight=weight, color=shade, transform=_across(words))


def _mark(axes: Axes, place: float, row: Mapping[str, Any], color: str) -> None:
    """A square with its interval, a circle without one, or nothing where nothing was found."""
    estimate, lower, upper = (row[name] for name in ("estimate", "lower", "upper"))
    if not np.isnan(lower):
        axes.plot([lower, upper], [place, place], color=color, linewidth=1.6, solid_capstyle="butt")
        axes.plot(estimate, place, marker="D" if color == POOLED else "s", markersize=7, color=color)
    elif not np.isnan(estimate):
        axes.plot(estimate, place, marker="o", markersize=6, color=color, markerfacecolor="white")
