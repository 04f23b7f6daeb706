"""Adverse events in two panels: rates by arm, and the effect with its interval."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullFormatter

from tourmaline.figures.style import (
    CONTROL,
    EXPERIMENTAL,
    GRID,
    MUTED,
    POOLED,
    drawn_twice,
    new_figure,
    row_axis,
    rows_inches,
)

PANEL_LETTERS = 24  # on one line under half a phone


@drawn_twice
def harms(
    rows: pd.DataFrame, arms: Mapping[str, str], *, effect_label: str, null: float, narrow: bool = False
) -> Figure:
    """Draw rates and effects of adverse events, in the order given; filled where the interval excludes no effect.

    Parameters
    ----------
    rows : DataFrame
        One row an event: label, percent_experimental, percent_control (percent), estimate, lower, upper (of the effect;
        nan if not estimable).
    arms : mapping of str to str
        What the arms are called, by experimental and control.
    effect_label : str
        Name and unit of the effect, for the axis.
    null : float
        Value of no effect: 0 for a difference, 1 for a ratio; a ratio is drawn on a logarithmic axis.
    narrow : bool
        For the width of a phone.

    Returns
    -------
    Figure
    """
    height = rows_inches(len(rows), 0.3, narrow=narrow) + 1.6
    figure, (rates, effects) = new_figure(height, columns=2, narrow=narrow, sharey=True, width_ratios=[1, 1.1])
    places = np.arange(len(rows))
    rates.hlines(places, rows["percent_control"], rows["percent_experimental"], color=MUTED, linewidth=1)
    for arm, mark, colour, size in (("experimental", "o", EXPERIMENTAL, 6.5), ("control", "s", CONTROL, 5.5)):
        label = arms[arm].capitalize()
        rates.plot(rows[f"percent_{arm}"], places, mark, color=colour, markersize=size, label=label)
    rates.set_xlim(0, 1.08 * max(rows["percent_experimental"].max(), rows["percent_control"].max(), 1))
    rates.set_xlabel("Patients (percent)")
    rates.legend(
        loc="lower left", bbox_to_anchor=(0, 1), ncols=2, handletextpad=0.1, columnspacing=1.0, borderaxespad=0.2
    )
    row_axis(rates, rows["label"].tolist(), narrow=narrow)
    if narrow:  # labels run on over the other panel
        rates.set_zorder(effects.get_zorder() + 1)
        rates.patch.set_visible(False)

    if null == 1:
        effects.set_xscale("log")
        effects.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        effects.xaxis.set_minor_formatter(NullFormatter())
    effects.axvline(null, color=MUTED, linewidth=1)
    for place, row in zip(places, rows.itertuples()):
        if np.isnan(row.estimate):
            effects.text(
                0.02,
                place,
                "not estimable",
                va="center",
                color=MUTED,
                fontsize=9,
                transform=effects.get_yaxis_transform(),
            )
            continue
        excludes_null = row.lower > null or row.upper < null
        effects.plot([row.lower, row.upper], [place, place], color=POOLED, linewidth=2.2 if excludes_null else 1.0)
        effects.plot(
            row.estimate, place, "D", color=POOLED, markersize=5, markerfacecolor=POOLED if excludes_null else "white"
        )
    if narrow:
        words = textwrap.fill(effect_label, PANEL_LETTERS)
        effects.set_xlabel(f"{words}\n← fewer  |  more →\nwith {arms['experimental']}")
    else:
        effects.set_xlabel(f"{effect_label}\n← fewer with {arms['experimental']}  |  more →")
    effects.tick_params(axis="y", length=0)
    effects.spines["left"].set_visible(False)
    for axes in (rates, effects):
        axes.grid(axis="y", color=GRID, linewidth=0.6)
        axes.set_axisbelow(True)
    return figure
