"""Survival curves in the layout of the medical journals: curves with their bands, censor ticks, medians, numbers at risk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.offsetbox import AnchoredOffsetbox, HPacker, PackerBase, TextArea, VPacker
from matplotlib.ticker import FixedLocator, FuncFormatter
from matplotlib.transforms import blended_transform_factory

from tourmaline.estimate import Estimate
from tourmaline.figures.style import GRID, LINE, MUTED, draw_strokes, drawn_twice, new_figure, row_axis

if TYPE_CHECKING:
    from lifelines import KaplanMeierFitter

NO_PATIENTS = "Reconstructed from reported numbers.\nThis shows no patient’s data."
LINE_HEIGHT = 0.055  # of the axis, that names at the ends of curves keep apart
ROW_INCHES = 0.27  # of the table under the curves
CURVES_INCHES = 4.6
NARROW_ROW_INCHES, NARROW_CURVES_INCHES, NARROW_LABEL_PAD = 0.19, 2.9, 14  # of both, and points, on a phone
TICKS = 20  # months on the axes of all panels together, at most
LABEL_PAD = 20  # points between the name of a row and its first number
CENSOR_TICK = 0.02  # height, of the axis of survival
STEPS = (1, 2, 3, 6, 12, 24)  # months between ticks
# Words stand on a card, so that the lines of the medians pass behind them.
_CARD_PATCH = {"facecolor": "white", "edgecolor": "none", "alpha": 0.85}
_CARD = _CARD_PATCH | {"pad": 1.5}


@dataclass(frozen=True, eq=False)
class ArmCurve:
    """One curve, with what is said about it.

    Attributes
    ----------
    label : str
        Name of the arm, as written at its curve.
    colour : str
        Of the arm, everywhere.
    month, survival : ndarray, shape (k,)
        Where the curve steps, rising, and the survival (fraction) from there on. It starts at month 0 with 1.
    censored : ndarray, shape (c,)
        Months of the censored patients: ticks on the curve.
    at_risk : mapping of float to int
        By month, the patients at risk, n(T >= month): the row of the table under the curves.
    band : DataFrame, optional
        month, lower, upper: the reconstruction interval of the survival.
    median : str
        The median in words, with its interval; '' for none.
    median_month : float
        Where the curve crosses one half; nan or inf where it does not.
    """

    label: str
    colour: str
    month: np.ndarray
    survival: np.ndarray
    censored: np.ndarray = field(default_factory=lambda: np.empty(0))
    at_risk: Mapping[float, int] = field(default_factory=dict)
    band: pd.DataFrame | None = None
    median: str = ""
    median_month: float = np.nan

    @classmethod
    def fitted(cls, fitter: KaplanMeierFitter, colour: str, months: Sequence[float], **about: object) -> ArmCurve:
        """The curve that lifelines fitted, named by its label, with its censor ticks and the numbers at risk at given months.

        Parameters
        ----------
        fitter : KaplanMeierFitter
            Fitted to months.
        colour : str
        months : sequence of float
            Where patients at risk are counted, n(T >= month); lifelines' own table counts those after the month.
        **about
            label, if it is not the fitter's, band, median and median_month.

        Returns
        -------
        ArmCurve
            Its survival is rounded to 1e-9, for lifelines' last digits depend on the processor and files of figures must not.
        """
        curve, table = fitter.survival_function_.iloc[:, 0].round(9), fitter.event_table
        curve = curve[(curve.index > 0) | (curve < 1)]  # lifelines adds month 0
        return cls(
            **{"label": fitter.label} | about,
            colour=colour,
            month=curve.index.to_numpy(),
            survival=curve.to_numpy(),
            censored=np.repeat(table.index, table["censored"]).to_numpy(),
            at_risk={month: int((fitter.durations >= month).sum()) for month in months},
        )

    def at(self, months):
        """Survival at given months, right-continuous."""
        return np.concatenate([[1.0], self.survival])[np.searchsorted(self.month, months, side="right")]


@dataclass(frozen=True)
class Panel:
    """One pair of axes.

    Attributes
    ----------
    curves : sequence of ArmCurve
    title : str
    median_heading : str
        Over the medians: what the interval beside them is.
    comparison : sequence of str
        Lines on how the curves compare: hazard ratio, P value.
    start : str
        The event from which its months are counted.
    """

    curves: Sequence[ArmCurve]
    title: str = ""
    median_heading: str = "Median, months"
    comparison: Sequence[str] = ()
    start: str = "randomisation"


def month_ticks(last: float, panels: int = 1) -> list[int]:
    """Months for the axis and for the table under it, from 0 up to a last month: a whole number of months apart.

    Parameters
    ----------
    last : float
        Last month of the longest curve.
    panels : int
        Panels side by side: the more, the fewer months.

    Examples
    --------
    >>> month_ticks(26.05), month_ticks(26.05, panels=2), month_ticks(95.5)
    ([0, 3, 6, 9, 12, 15, 18, 21, 24], [0, 6, 12, 18, 24], [0, 12, 24, 36, 48, 60, 72, 84])
    """
    most = TICKS / (panels + 1) - 1
    step = next((step for step in STEPS if last / step < most), STEPS[-1])
    return list(range(0, int(last) + 1, step))


def months_in_words(value: float, lower: float, upper: float) -> str:
    """A median and its interval, as the journals write them; NE is not estimable.

    Examples
    --------
    >>> months_in_words(20.6, 16.58, np.inf), months_in_words(np.inf, 28.9, np.inf)
    ('20.6 (16.6 to NE)', 'not reached')
    """
    if not np.isfinite(value):
        return "not reached"
    ends = [f"{end:.1f}" if np.isfinite(end) else "NE" for end in (lower, upper)]
    return f"{value:.1f} ({ends[0]} to {ends[1]})"


def hazard_ratio_in_words(ratio: Estimate) -> str:
    """A hazard ratio with its interval, as figures show it; without limits the interval is withheld.

    Examples
    --------
    >>> hazard_ratio_in_words(Estimate(0.74, 0.59, 0.94, 0.95))
    '0.74 (0.59 to 0.94)'
    """
    return f"{ratio.value:.2f} (interval withheld)" if np.isnan(ratio.lower) else f"{ratio:.2f}"


@drawn_twice
def survival(panels: Sequence[Panel], *, outcome: str, narrow: bool = False) -> Figure:
    """Draw reconstructed survival curves, with the numbers at risk under them. The figure says that it shows no patients.

    Parameters
    ----------
    panels : sequence of Panel
        Side by side, on the same scale of survival.
    outcome : str
        What survives: 'progression-free survival'.
    narrow : bool
        For the width of a phone.

    Returns
    -------
    Figure
    """
    if narrow:
        return _narrow_survival(panels, outcome)
    rows = max(len(panel.curves) for panel in panels)
    table = ROW_INCHES * (rows + 0.6)
    figure, grid = new_figure(
        CURVES_INCHES + table,
        columns=len(panels),
        rows=2,
        squeeze=False,
        sharex="col",
        sharey="row",
        height_ratios=[CURVES_INCHES, table],
    )
    for index, ((axes, below), panel) in enumerate(zip(grid.T, panels)):
        draw_curves(axes, panel)
        # The names of equal panels stand once: before the first table, behind the last curves.
        if index == len(panels) - 1 or _names(panel) != _names(panels[index + 1]):
            name_at_the_ends(axes, panel.curves)
        draw_numbers_at_risk(below, panel.curves, named=index == 0 or _names(panel) != _names(panels[index - 1]))
        annotate_comparison(axes, panel, narrow=len(panels) > 1)
        axes.xaxis.set_major_locator(FixedLocator(month_ticks(_end(panel), len(panels))))
        axes.set_xlabel(f"Months since {panel.start}")
        axes.tick_params(labelbottom=True)
        axes.set_title(panel.title)
    grid[0][0].set_ylabel(f"Probability of {outcome}")
    figure.get_layout_engine().set(hspace=0.0, wspace=0.05, h_pad=0.06)
    return figure


def _narrow_survival(panels: Sequence[Panel], outcome: str) -> Figure:
    """The panels below each other: of each the words over the curves, where they hide nothing, and the numbers below."""
    all_words = [_words_over_curves(panel) for panel in panels]
    rows = max(len(panel.curves) for panel in panels)
    heights = [NARROW_CURVES_INCHES, NARROW_ROW_INCHES * (rows + 0.6)]
    figure, grid = narrow_curves(all_words, heights)
    for (axes, below), panel in zip(grid, panels):
        draw_curves(axes, panel, said=True)
        draw_numbers_at_risk(below, panel.curves, narrow=True)
        axes.xaxis.set_major_locator(FixedLocator(month_ticks(_end(panel), 2)))
        axes.set_xlabel(f"Months since {panel.start}")
        axes.set_ylabel(f"Probability of {outcome}")
        axes.tick_params(labelbottom=True)
    return figure


def narrow_curves(all_words: Sequence[PackerBase], heights: Sequence[float]) -> tuple[Figure, np.ndarray]:
    """For a phone: axes for curves and for the numbers at risk below each of some boxes of words.

    Parameters
    ----------
    all_words : sequence of PackerBase
        The boxes.
    heights : pair of float
        Inches of the curves and of the numbers.

    Returns
    -------
    Figure, and Axes of shape (n, 2)
    """
    over = [LINE / 72 * (_lines(words) + 1) for words in all_words]
    ratios = [height for inches in over for height in (inches, *heights)]
    figure, axes = new_figure(
        sum(ratios) + 0.55 * len(over), rows=3 * len(over), narrow=True, squeeze=False, height_ratios=ratios
    )
    figure.get_layout_engine().set(hspace=0.0, h_pad=0.05)
    grid = axes.reshape(-1, 3)
    for (top, curves, below), words in zip(grid, all_words):
        top.set_axis_off()
        across = blended_transform_factory(figure.transFigure, top.transAxes)
        box = AnchoredOffsetbox(
            "lower left", child=words, pad=0, borderpad=0, frameon=False,
            bbox_to_anchor=(0.012, 0, 1, 1), bbox_transform=across,
        )  # fmt: skip
        box.set_in_layout(False)
        top.add_artist(box)
        below.sharex(curves)
    return figure, grid[:, 1:]


def _lines(box: Artist) -> int:
    if isinstance(box, TextArea):
        return 1
    return (max if isinstance(box, HPacker) else sum)(map(_lines, box.get_children()))


def draw_curves(axes: Axes, panel: Panel, *, said: bool = False) -> None:
    """Draw the curves of a panel: band, steps, censor ticks and median of each; unless `said` elsewhere, that they show no patients."""
    axes.set_xlim(0, _end(panel) * 1.02)
    axes.set_ylim(0, 1.02)
    axes.axhline(0.5, color=GRID, linewidth=0.8, zorder=0)
    for curve in panel.curves:
        if curve.band is not None:
            band = curve.band.dropna()
            axes.fill_between(
                band["month"], band["lower"], band["upper"], step="post", color=curve.colour, alpha=0.16, linewidth=0
            )
        axes.step(
            np.concatenate([[0.0], curve.month]),
            np.concatenate([[1.0], curve.survival]),
            where="post",
            color=curve.colour,
            linewidth=1.8,
            solid_joinstyle="miter",
            label=curve.label,
        )
        alive = curve.at(curve.censored)
        draw_strokes(
            axes, curve.censored, alive - CENSOR_TICK / 2, alive + CENSOR_TICK / 2, color=curve.colour, linewidth=0.7
        )
        if np.isfinite(curve.median_month):
            axes.plot([curve.median_month] * 2, [0, 0.5], color=curve.colour, linewidth=0.9, linestyle=(0, (3, 3)))
    axes.yaxis.set_major_locator(FixedLocator(np.linspace(0, 1, 11)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.1f}"))
    if not said:
        axes.annotate(
            NO_PATIENTS,
            (0, 0),
            xytext=(8, 6),
            textcoords="offset points",
            fontsize=9,
            color=MUTED,
            style="italic",
            bbox=_CARD,
        )


def draw_numbers_at_risk(axes: Axes, curves: Sequence[ArmCurve], *, named: bool = True, narrow: bool = False) -> None:
    """Write the numbers at risk under the months of the axis, one row a curve, in its colour."""
    size, pad = (9, NARROW_LABEL_PAD) if narrow else (10, LABEL_PAD)
    row_axis(axes, [curve.label for curve in curves])
    axes.set_ylim(len(curves) - 0.5, -1.1)
    axes.spines["bottom"].set_visible(False)
    axes.tick_params(axis="x", length=0, labelbottom=False)
    axes.tick_params(axis="y", labelleft=named, pad=pad)
    for label, curve in zip(axes.get_yticklabels(), curves):
        label.set(color=curve.colour, va="center")
    if named:
        axes.annotate(
            "No. at risk",
            (0, -0.85),
            xycoords=axes.get_yaxis_transform(),
            xytext=(-pad, 0),
            textcoords="offset points",
            ha="right",
            va="center",
            fontsize=size,
            fontweight="bold",
        )
    for row, curve in enumerate(curves):
        for month, number in curve.at_risk.items():
            axes.text(month, row, f"{number}", ha="center", va="center", fontsize=size, color=curve.colour)


def name_at_the_ends(axes: Axes, curves: Sequence[ArmCurve]) -> None:
    """Each name beside the end of its curve; names that would touch are moved apart, in the order of the curves."""
    ordered = sorted(curves, key=lambda curve: float(curve.survival[-1]))
    places = [float(curve.survival[-1]) for curve in ordered]
    for index in range(1, len(places)):
        places[index] = max(places[index], places[index - 1] + LINE_HEIGHT)
    for curve, place in zip(ordered, places):
        axes.annotate(
            curve.label,
            (1, place),
            xycoords=axes.get_yaxis_transform(),
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
            color=curve.colour,
            fontweight="bold",
            annotation_clip=False,
        )


def annotate_comparison(axes: Axes, panel: Panel, *, narrow: bool = False) -> None:
    """The medians and the comparison, as a small table where the curves leave room."""
    size, apart = ({"fontsize": 8.5}, 2) if narrow else ({"fontsize": 11}, 5)
    lines = _comparison_lines(panel, size, apart)
    if not lines:
        return
    high = min(float(curve.at(0.55 * _end(panel))) for curve in panel.curves) > 0.68
    box = AnchoredOffsetbox(
        loc="lower left" if narrow else "lower right" if high else "upper right",
        child=VPacker(children=lines, pad=0, sep=apart, align="left"),
        bbox_to_anchor=(0.0, 0.08, 1.0, 0.92),  # above the words that these are not patients
        bbox_transform=axes.transAxes,
        pad=0.3,
        borderpad=0.4,
    )
    box.patch.set(**_CARD_PATCH)
    axes.add_artist(box)


def _words_over_curves(panel: Panel) -> VPacker:
    """What stands over the curves on a phone: title, names, medians, comparison, and that they show no patients."""
    size = {"fontsize": 9}
    lines = [TextArea(panel.title, textprops={"fontsize": 10, "fontweight": "bold"})] if panel.title else []
    return VPacker(children=[*lines, *_comparison_lines(panel, size, 2), no_patients()], pad=0, sep=3, align="left")


def no_patients() -> VPacker:
    """That curves show no patients, for a box of words."""
    style = {"fontsize": 9, "color": MUTED, "style": "italic"}
    return VPacker(children=[TextArea(line, textprops=style) for line in NO_PATIENTS.split("\n")], pad=0, sep=1)


def _comparison_lines(panel: Panel, size: Mapping[str, float], apart: float) -> list[Artist]:
    """Lines of a box: the medians as a small table, and how the curves compare."""
    with_median = [curve for curve in panel.curves if curve.median]
    lines = []
    if with_median:
        names = [TextArea(" ", textprops=size)]
        names += [TextArea(curve.label, textprops=size | {"color": curve.colour}) for curve in with_median]
        medians = [TextArea(panel.median_heading, textprops=size | {"color": MUTED})]
        medians += [TextArea(curve.median, textprops=size | {"color": curve.colour}) for curve in with_median]
        columns = [VPacker(children=column, pad=0, sep=apart, align="left") for column in (names, medians)]
        lines.append(HPacker(children=columns, pad=0, sep=8))
    return lines + [TextArea(line, textprops=size) for line in panel.comparison]


def _names(panel: Panel) -> list[str]:
    return [curve.label for curve in panel.curves]


def _end(panel: Panel) -> float:
    return max(float(curve.month[-1]) for curve in panel.curves)
