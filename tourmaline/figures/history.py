"""The pooled estimate as results were published, one panel an endpoint."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MultipleLocator

from tourmaline.figures.style import EXPERIMENTAL, GRID, MUTED, POOLED, new_figure


def history(panels: Mapping[str, pd.DataFrame], *, ratio_label: str) -> Figure:
    """Draw the pooled ratio after each publication.

    Parameters
    ----------
    panels : mapping of str to DataFrame
        By the name of the endpoint, one row a publication in order: label (date and trial), estimate, lower, upper (of
        the trial's ratio), pooled, pooled_lower, pooled_upper.
    ratio_label : str
        Name of the ratio, for the axis.

    Returns
    -------
    Figure
    """
    longest = max(map(len, panels.values()))
    figure, all_axes = new_figure(0.55 * longest + 1.9, columns=len(panels), squeeze=False, sharex=True)
    for axes, (name, rows) in zip(all_axes[0], panels.items()):
        for place, row in enumerate(rows.itertuples()):
            axes.plot([row.lower, row.upper], [place - 0.16] * 2, color=EXPERIMENTAL, linewidth=1.2)
            axes.plot(row.estimate, place - 0.16, "s", color=EXPERIMENTAL, markersize=5, label="" if place else "Trial")
            axes.plot([row.pooled_lower, row.pooled_upper], [place + 0.16] * 2, color=POOLED, linewidth=2.4)
            axes.plot(row.pooled, place + 0.16, "D", color=POOLED, markersize=6, label="" if place else "Pooled so far")
            axes.axhline(place + 0.5, color=GRID, linewidth=0.6, zorder=0)
        axes.set_title(name)
        axes.set_xscale("log")
        axes.xaxis.set_major_locator(MultipleLocator(0.2))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.1f}"))
        axes.xaxis.set_minor_formatter(FuncFormatter(lambda value, _: ""))
        axes.axvline(1, color=MUTED, linewidth=1)
        axes.set_yticks(range(len(rows)), rows["label"])
        axes.set_ylim(longest - 0.4, -0.6)
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        axes.set_xlabel(f"{ratio_label} (log scale)")
    handles, labels = all_axes[0][0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=2)
    return figure
