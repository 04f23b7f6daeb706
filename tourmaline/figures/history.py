"""The pooled estimate as results were published, one panel an endpoint."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MultipleLocator

from tourmaline.figures.style import EXPERIMENTAL, GRID, MUTED, POOLED, drawn_twice, new_figure


@drawn_twice
def history(panels: Mapping[str, pd.DataFrame], *, ratio_label: str, narrow: bool = False) -> Figure:
    """Draw the pooled ratio after each publication.

    Parameters
    ----------
    panels : mapping of str to DataFrame
        By the name of the endpoint, one row a publication in order: date (Timestamp), name (of the trial), ratio (its
        `Estimate`) and pooled (that of the trials known by then).
    ratio_label : str
        Name of the ratio, for the axis.
    narrow : bool
        For the width of a phone.

    Returns
    -------
    Figure
    """
    longest = max(map(len, panels.values()))
    if narrow:
        lengths = [len(rows) for rows in panels.values()]
        figure, all_axes = new_figure(
            0.45 * sum(lengths) + 0.7 * len(panels) + 0.6, rows=len(panels), narrow=True, squeeze=False, sharex=True,
            height_ratios=[length + 0.6 for length in lengths],
        )  # fmt: skip
    else:
        figure, all_axes = new_figure(0.55 * longest + 1.9, columns=len(panels), squeeze=False, sharex=True)
    for axes, (name, rows) in zip(all_axes.flat, panels.items()):
        for place, row in enumerate(rows.itertuples()):
            for ratio, offset, marker, size, width, color, label in (
                (row.ratio, -0.16, "s", 5, 1.2, EXPERIMENTAL, "Trial"),
                (row.pooled, 0.16, "D", 6, 2.4, POOLED, "Pooled so far"),
            ):
                axes.plot([ratio.lower, ratio.upper], [place + offset] * 2, color=color, linewidth=width)
                label = "" if place else label
                axes.plot(ratio.value, place + offset, marker, color=color, markersize=size, label=label)
            axes.axhline(place + 0.5, color=GRID, linewidth=0.6, zorder=0)
        axes.set_title(name.capitalize())
        axes.set_xscale("log")
        axes.xaxis.set_major_locator(MultipleLocator(0.2))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.1f}"))
        axes.xaxis.set_minor_formatter(FuncFormatter(lambda value, _: ""))
        axes.axvline(1, color=MUTED, linewidth=1)
        axes.set_yticks(range(len(rows)), rows["date"].dt.strftime("%Y-%m\n") + rows["name"])
        axes.set_ylim((len(rows) if narrow else longest) - 0.4, -0.6)
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        axes.set_xlabel(f"{ratio_label} (log scale)")
        axes.tick_params(labelbottom=True)
    handles, labels = all_axes[0][0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=2)
    return figure


def history_in_words(panels: Mapping[str, pd.DataFrame]) -> str:
    """The rows of `history` for a reader who cannot see it."""
    return "; ".join(
        f"{endpoint}, {row.date:%Y-%m-%d}, {row.name} {f'{row.ratio:.2f}'.split()[0]}, pooled {row.pooled:.2f}"
        for endpoint, rows in panels.items()
        for row in rows.itertuples(index=False)
    )
