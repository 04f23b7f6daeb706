"""Figures of a design with interim analyses: boundaries and results, operating characteristics, sensitivity."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from tourmaline.figures.style import CONTROL, EXPERIMENTAL, GRID, MUTED, POOLED, drawn_twice, new_figure

P_TICKS = {0.05: 1.959964, 0.01: 2.575829, 0.001: 3.290527, 0.0001: 3.890592}  # two-sided P, and its Z
ANALYSIS_COLOURS = "blend:#00395c,#4d9fcc,#cfe4f2"  # from dark to light, so that grey print keeps the analyses apart
LINE_STYLES = ("-", (0, (6, 2)), (0, (2, 2)))


@drawn_twice
def boundaries(lines: pd.DataFrame, analyses: pd.DataFrame, favoured: str, *, narrow: bool = False) -> Figure:
    """Draw boundaries against information, one panel an endpoint, with the analyses on and below them.

    Parameters
    ----------
    lines : DataFrame
        The boundary at a first analysis: panel (name of the endpoint), information (fraction), z.
    analyses : DataFrame
        One row an analysis: panel, information, boundary (Z; nan where nothing is tested), z, label, tested (whether
        `z` is that of a formal test).
    favoured : str
        What the experimental arm is called.
    narrow : bool
        For the width of a phone.

    Returns
    -------
    Figure
    """
    panels = list(dict.fromkeys(lines["panel"]))
    if narrow:
        figure, all_axes = new_figure(3.3 * len(panels), rows=len(panels), narrow=True, sharey=True, squeeze=False)
    else:
        figure, all_axes = new_figure(5.2, columns=len(panels), sharey=True, squeeze=False)
    top = max(4.0, 1.08 * analyses["boundary"].replace(math.inf, math.nan).max())
    for axes, panel in zip(all_axes.flat, panels):
        line, own = lines[lines["panel"] == panel], analyses[analyses["panel"] == panel]
        line = line.assign(z=line["z"].clip(upper=2 * top))  # an infinite boundary leaves the panel like any other
        axes.fill_between(line["information"], line["z"], top, color=EXPERIMENTAL, alpha=0.08, linewidth=0)
        axes.plot(line["information"], line["z"], color=POOLED, linewidth=1.4)
        axes.plot(own["information"], own["boundary"], "_", color=POOLED, markersize=16, markeredgewidth=2.4)
        axes.axhline(0, color=MUTED, linewidth=1)
        axes.set_xlim(0, 1.08 * max(1.0, own["information"].max()))
        for analysis in own.itertuples():
            _draw_analysis(axes, analysis)
        axes.set_title(panel)
        axes.set_xlabel("Information (share of the final events)")
    all_axes[0][0].set_ylim(-0.5, top)
    for axes in all_axes[:, 0]:
        axes.set_ylabel(f"Z (above 0: favours {favoured})")
    for axes in all_axes[:, -1]:
        right = axes.secondary_yaxis("right")
        right.yaxis.set_major_locator(FixedLocator(list(P_TICKS.values())))
        right.set_yticklabels([f"{p:g}" if p >= 0.001 else f"{p:.4f}" for p in P_TICKS])
        right.set_ylabel("Two-sided P")
    return figure


def _draw_analysis(axes: Axes, analysis) -> None:
    """A formal test is filled and named above its dot, anything else open and named below, so that names keep apart."""
    face = EXPERIMENTAL if analysis.tested else "white"
    axes.plot(analysis.information, analysis.z, "o", color=EXPERIMENTAL, markerfacecolor=face, markersize=8)
    axes.plot(
        [analysis.information] * 2,
        [analysis.z, analysis.boundary],
        color=EXPERIMENTAL,
        linewidth=0.9,
        linestyle=":",
        zorder=1,
    )
    axes.annotate(
        analysis.label,
        (analysis.information, analysis.z),
        xytext=(0, 9 if analysis.tested else -9),
        textcoords="offset points",
        ha="right" if analysis.information > 0.9 else "center" if analysis.information > 0.5 else "left",
        va="bottom" if analysis.tested else "top",
        fontsize=9,
        color=EXPERIMENTAL,
        bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.75, "pad": 0.8},
    )


@drawn_twice
def operating(curves: pd.DataFrame, design_ratio: float, *, events: str, narrow: bool = False) -> Figure:
    """Draw what a design does over true hazard ratios: where it stops with a significant result, and its mean length.

    Parameters
    ----------
    curves : DataFrame
        One row a true hazard ratio: hazard_ratio, expected_events, and analysis_1, analysis_2, ... (probability of
        crossing the upper boundary first at that analysis).
    design_ratio : float
        The hazard ratio for which the trial was planned.
    events : str
        What is counted: events or deaths.
    narrow : bool
        For the width of a phone.

    Returns
    -------
    Figure
    """
    if narrow:
        figure, (power, length) = new_figure(6.4, rows=2, narrow=True, height_ratios=[1.35, 1])
    else:
        figure, (power, length) = new_figure(4.3, columns=2, width_ratios=[1.35, 1])
    analyses = [name for name in curves.columns if name.startswith("analysis_")]
    reached, widest = np.zeros(len(curves)), curves["hazard_ratio"].to_numpy()
    colours = sns.color_palette(ANALYSIS_COLOURS, len(analyses))
    for name, colour in zip(analyses, colours):
        upper = reached + curves[name].to_numpy()
        words = name.replace("_", " ")
        power.fill_between(widest, reached, upper, color=colour, linewidth=0, label=words)
        reached = upper
    power.plot(widest, reached, color=POOLED, linewidth=1.6)
    at_design = float(np.interp(design_ratio, widest, reached))
    power.plot(design_ratio, at_design, "o", color=CONTROL, markersize=7)
    power.annotate(
        f"design: {design_ratio:.3g},\npower {100 * at_design:.0f}%",
        (design_ratio, at_design),
        xytext=(9, 4),
        textcoords="offset points",
        color=CONTROL,
        fontsize=9 if narrow else 9.5,
    )
    power.set_ylim(0, 1.02)
    power.set_ylabel("Probability of a significant benefit")
    power.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:.0f}%"))
    if narrow:
        figure.legend(
            *power.get_legend_handles_labels(), title="stops at", loc="outside upper left", alignment="left", ncols=2
        )
    else:
        power.legend(
            title="stops at",
            loc="upper right",
            alignment="left",
            borderaxespad=0.0,
            handlelength=1.1,
            reverse=True,
            fontsize=9.5,
            title_fontsize=9.5,
        )
    length.plot(widest, curves["expected_events"], color=POOLED, linewidth=1.6)
    length.axvline(design_ratio, color=CONTROL, linewidth=1, linestyle=":")
    length.set_ylim(0, 1.08 * curves["expected_events"].max())
    length.set_ylabel(f"Expected {events} at the end")
    for axes in (power, length):
        axes.set_xlabel("True hazard ratio")
        axes.set_xlim(widest.min(), widest.max())
        axes.grid(axis="y", color=GRID, linewidth=0.6)
        axes.set_axisbelow(True)
    return figure


@drawn_twice
def sensitivity(curves: pd.DataFrame, chosen: str, p_value: float, planned: float, *, narrow: bool = False) -> Figure:
    """Draw the P value on the boundary of a first analysis over the assumed final number of events.

    Parameters
    ----------
    curves : DataFrame
        One row an assumed number: planned_events, then one column for each spending function, named as it is to be
        labelled: the nominal P value on the boundary.
    chosen : str
        The column whose meeting with the observed P value is named.
    p_value : float
        The observed one.
    planned : float
        The number that is assumed elsewhere.
    narrow : bool
        For the width of a phone.

    Returns
    -------
    Figure
    """
    figure, axes = new_figure(4.4 if narrow else 4.6, narrow=narrow)
    numbers = curves["planned_events"].to_numpy()
    columns = [name for name in curves.columns if name != "planned_events"]
    for name, style in zip(columns, LINE_STYLES, strict=True):
        colour = POOLED if name == chosen else MUTED
        width = 2.0 if name == chosen else 1.3
        axes.plot(numbers, curves[name], color=colour, linewidth=width, linestyle=style, label=name)
        if not narrow:
            axes.annotate(
                name,
                (numbers[-1], curves[name].iloc[-1]),
                xytext=(6, 0),
                textcoords="offset points",
                va="center",
                fontsize=10,
                color=colour,
            )
    if narrow:
        figure.legend(loc="outside lower left", labelcolor="linecolor")
    if crossed := _where(numbers, curves[chosen].to_numpy(), p_value):
        axes.plot(crossed, p_value, "o", color=EXPERIMENTAL, markersize=7)
        axes.annotate(
            f"crossed up to {math.floor(crossed)}",
            (crossed, p_value),
            xytext=(6, 6),
            textcoords="offset points",
            color=EXPERIMENTAL,
        )
    axes.axhline(p_value, color=EXPERIMENTAL, linewidth=1.3)
    axes.annotate(
        f"observed P {p_value:g}",
        (numbers[0], p_value),
        xytext=(4, -5),
        textcoords="offset points",
        va="top",
        color=EXPERIMENTAL,
    )
    axes.axvline(planned, color=CONTROL, linewidth=1, linestyle=":")
    axes.annotate(
        f"assumed here: {planned:g}",
        (planned, 1),
        xycoords=axes.get_xaxis_transform(),
        xytext=(4, -2),
        textcoords="offset points",
        va="top",
        color=CONTROL,
    )
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.yaxis.set_major_locator(FixedLocator([0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05]))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.set_xlim(numbers[0], numbers[-1])
    axes.grid(axis="y", color=GRID, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.set_xlabel("Assumed final number of events")
    axes.set_ylabel("Two-sided P on the boundary (log scale)")
    return figure


def _where(numbers: np.ndarray, falling: np.ndarray, value: float) -> float | None:
    """Where a falling curve meets a value; None if it does not."""
    if not falling[-1] < value < falling[0]:
        return None
    return float(np.interp(value, falling[::-1], numbers[::-1]))
