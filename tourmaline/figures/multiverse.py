"""Specification curve: every estimate in order of size, and under each the choices that it rests on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from tourmaline.figures.style import CONTROL, EXPERIMENTAL, GRID, MUTED, POOLED, draw_strokes, drawn_twice, new_figure

CONCLUSION_COLOURS = {"benefit": EXPERIMENTAL, "open": MUTED, "harm": CONTROL}
WORDS = {"benefit": "interval below 1", "open": "interval includes 1", "harm": "interval above 1"}
TICKS = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 1.0, 1.25, 1.5, 2.0, 3.0)
SMALLEST, LARGEST = 0.3, 3.0  # ratios at the ends of the longest axis


@drawn_twice
def specification_curve(
    panels: Mapping[str, pd.DataFrame], choices: Mapping[str, Sequence[str]], *, ratio_label: str, narrow: bool = False
) -> Figure:
    """Draw a specification curve, one panel an endpoint.

    Parameters
    ----------
    panels : mapping of str to DataFrame
        By the name of the endpoint, one row a specification: estimate, lower, upper (ratios), conclusion ('benefit', 'open'
        or 'harm'), default (whether it is the one that is marked), and a column for each choice, which holds the set of
        options that it stands for.
    choices : mapping of str to sequence of str
        The options of each choice, in order.
    ratio_label : str
        Name of the ratio, for the axis.
    narrow : bool
        For the width of a phone.

    Returns
    -------
    Figure
    """
    rows = [(choice, option) for choice, options in choices.items() for option in options]
    starts = np.cumsum([0, *(len(options) for options in choices.values())])
    below = 0.2 * (len(rows) + len(choices))  # inches, of the choices under a curve
    if narrow:
        figure, grid = new_figure(
            (2.6 + below) * len(panels) + 0.6, rows=2 * len(panels), narrow=True, squeeze=False,
            height_ratios=[2.2, below] * len(panels),
        )  # fmt: skip
        all_axes = grid.reshape(len(panels), 2).T
    else:
        figure, all_axes = new_figure(
            3.9 + below, len(panels), 2, squeeze=False, sharex="col", sharey="row",
            width_ratios=[max(len(frame), 20) for frame in panels.values()], height_ratios=[3.5, below],
        )  # fmt: skip
    places = {row: number + np.searchsorted(starts, number, side="right") - 1 for number, row in enumerate(rows)}
    for (curve, dashboard), (name, frame) in zip(all_axes.T, panels.items()):
        frame = frame.sort_values(["estimate", "lower"], kind="stable").reset_index(drop=True)
        _draw_curve(curve, frame)
        curve.set_title(f"{name}:{chr(10) if narrow else ' '}{len(frame)} analyses", fontsize=10 if narrow else 11)
        for conclusion, colour in CONCLUSION_COLOURS.items():
            marked = [
                (place, places[choice, option])
                for place, row in enumerate(frame.to_dict("records"))
                if row["conclusion"] == conclusion
                for choice in choices
                for option in row[choice]
            ]
            across, down = np.array(marked, dtype=float).reshape(-1, 2).T
            draw_strokes(dashboard, across, down - 0.36, down + 0.36, color=colour, linewidth=1.1)
        for place in places.values():
            dashboard.axhline(place, color=GRID, linewidth=0.5, zorder=0)
        dashboard.set_xticks([])
        for axes in (curve, dashboard):
            axes.set_xlim(-1.5, len(frame) + 0.5)
        curve.tick_params(labelbottom=False)
        dashboard.spines[["left", "bottom"]].set_visible(False)
        dashboard.tick_params(axis="y", length=0)
    ends = pd.concat(panels.values())
    for curve, dashboard in all_axes.T if narrow else all_axes.T[:1]:
        curve.set_ylim(max(ends["lower"].min() / 1.04, SMALLEST), min(ends["upper"].max() * 1.04, LARGEST))
        curve.set_ylabel(f"{ratio_label} (log scale)")
        dashboard.set_ylim(max(places.values()) + 0.7, -0.7)
        dashboard.set_yticks(list(places.values()), [option for _, option in rows], fontsize=9)
    present = [name for name in CONCLUSION_COLOURS if (ends["conclusion"] == name).any()]
    handles = [Line2D([], [], color=CONCLUSION_COLOURS[name], linewidth=2, label=WORDS[name]) for name in present]
    handles.append(
        Line2D([], [], color=POOLED, marker="D", linestyle="", markersize=5, label="the choice of this book")
    )
    figure.legend(
        handles=handles, loc="outside lower center", ncols=1 if narrow else len(handles), fontsize=9 if narrow else 10
    )
    return figure


def _draw_curve(axes, frame: pd.DataFrame) -> None:
    axes.set_yscale("log")
    for conclusion, colour in CONCLUSION_COLOURS.items():
        part = frame[frame["conclusion"] == conclusion]
        draw_strokes(axes, part.index, part["lower"], part["upper"], color=colour, linewidth=1.1, alpha=0.55)
        axes.plot(part.index, part["estimate"], "o", color=colour, markersize=2.4)
    default = frame[frame["default"]]
    axes.vlines(default.index, default["lower"], default["upper"], color=POOLED, linewidth=1.6)
    axes.plot(default.index, default["estimate"], "D", color=POOLED, markersize=5, zorder=5)
    axes.axhline(1, color=MUTED, linewidth=1)
    axes.yaxis.set_major_locator(FixedLocator(TICKS))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.tick_params(axis="x", length=0)
