"""Smoothed hazards of both arms, one panel a trial; and early hazard ratios beside those of the whole follow-up."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from tourmaline.figures.forest import ratio_axis
from tourmaline.figures.style import (
    CONTROL,
    EXPERIMENTAL,
    GRID,
    LETTERS,
    MUTED,
    POOLED,
    drawn_twice,
    new_figure,
    row_axis,
    rows_inches,
)
from tourmaline.figures.survival import NO_PATIENTS, month_ticks


@dataclass(frozen=True, eq=False)
class HazardPanel:
    """The hazards of one trial.

    Attributes
    ----------
    title : str
    month : ndarray, shape (g,)
        Rising, from 0.
    control, experimental : DataFrame
        hazard, lower, upper: the reference's hazard at each month, and the ends of the band.
    names : tuple of str
        Of the control and of the experimental arm.
    """

    title: str
    month: np.ndarray
    control: pd.DataFrame
    experimental: pd.DataFrame
    names: tuple[str, str]


@drawn_twice
def hazards(panels: Sequence[HazardPanel], *, outcome: str, narrow: bool = False) -> Figure:
    """Draw the smoothed hazards of each trial with the band of its draws, below each other on one scale.

    Parameters
    ----------
    panels : sequence of HazardPanel
    outcome : str
        What the hazard is of: 'progression or death'.
    narrow : bool
        For the width of a phone.

    Returns
    -------
    Figure
    """
    figure, grid = new_figure(
        (2.2 if narrow else 2.5) * len(panels) + 0.5, rows=len(panels), narrow=narrow, squeeze=False, sharex=True, sharey=True,
    )  # fmt: skip
    last = max(float(panel.month[-1]) for panel in panels)
    for axes, panel in zip(grid[:, 0], panels):
        for band, colour, name in (
            (panel.control, CONTROL, panel.names[0]),
            (panel.experimental, EXPERIMENTAL, panel.names[1]),
        ):
            axes.fill_between(
                panel.month, 100 * band["lower"], 100 * band["upper"], color=colour, alpha=0.16, linewidth=0
            )
            axes.plot(panel.month, 100 * band["hazard"], color=colour, linewidth=1.8, label=name)
        axes.set_title(panel.title, pad=20 if narrow else None)
        axes.legend(
            loc="lower left" if narrow else "lower right",
            bbox_to_anchor=(0, 1) if narrow else (1, 1),
            ncols=2,
            fontsize=9 if narrow else 10,
            labelcolor="linecolor",
            handlelength=1.2,
            borderaxespad=0.1,
        )
        axes.grid(axis="y", color=GRID, linewidth=0.6)
        axes.set_ylim(bottom=0)
        axes.set_xlim(0, last * 1.02)
    grid[-1, 0].set_xticks(month_ticks(last, 2 if narrow else 1))
    grid[-1, 0].set_xlabel("Months since randomisation")
    figure.supylabel(f"Hazard of {outcome}, percent a month", fontsize=9 if narrow else 11)
    _say_no_patients(figure, narrow=narrow)
    return figure


@drawn_twice
def early_ratios(rows: pd.DataFrame, *, month: float, narrow: bool = False) -> Figure:
    """Draw the hazard ratio up to a month beside that of the whole follow-up, one row a trial and level of information.

    Parameters
    ----------
    rows : DataFrame
        label, detail, whole (reported hazard ratio), early (of the reference reconstruction), lower, upper (ends of the
        reconstruction interval) and reported (early hazard ratio; nan where there is none).
    month : float
        End of the early part.
    narrow : bool
        For the width of a phone.

    Returns
    -------
    Figure
    """
    figure, axes = new_figure(rows_inches(len(rows), 0.62, narrow=narrow) + 1.7, narrow=narrow)
    for place, row in enumerate(rows.itertuples()):
        axes.plot(
            [row.lower, row.upper], [place] * 2, color=EXPERIMENTAL, linewidth=7, alpha=0.3, solid_capstyle="butt"
        )
        axes.plot(
            row.early, place, "o", color=EXPERIMENTAL, markersize=7, label="" if place else "Early, reconstructed"
        )
        axes.plot(
            row.whole,
            place,
            "s",
            color=POOLED,
            markersize=7,
            markerfacecolor="white",
            label="" if place else "Whole, reported",
        )
    held_out = rows["reported"].notna()
    places = np.flatnonzero(held_out)
    axes.plot(
        rows.loc[held_out, "reported"],
        places,
        "D",
        color=CONTROL,
        markersize=8,
        label="Early, reported (held out)",
        linestyle="none",
    )
    ends = rows[["whole", "early", "lower", "upper", "reported"]].to_numpy(float)
    ratio_axis(axes, np.nanmin([*ends.ravel(), 1]) / 1.06, np.nanmax([*ends.ravel(), 1]) * 1.06)
    axes.axvline(1, color=MUTED, linewidth=1, zorder=0)
    axes.grid(axis="y", color=GRID, linewidth=0.6)
    row_axis(axes, (rows["label"] + (", " if narrow else "\n") + rows["detail"]).tolist(), narrow=narrow)
    axis = f"Hazard ratio, of the first {month:g} months (early) and of all follow-up (log scale)"
    axes.set_xlabel(textwrap.fill(axis, LETTERS) if narrow else axis)
    figure.legend(loc="outside lower left", ncols=1 if narrow else 3, fontsize=9 if narrow else 10)
    _say_no_patients(figure, narrow=narrow)
    return figure


def _say_no_patients(figure: Figure, *, narrow: bool) -> None:
    """Over the panels, where it hides nothing."""
    words = NO_PATIENTS if narrow else NO_PATIENTS.replace("\n", " ")
    figure.text(1, 1.01, words, ha="right", fontsize=9, color=MUTED, style="italic")
