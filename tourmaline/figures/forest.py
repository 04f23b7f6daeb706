"""Forest plot: estimate and interval of each study, its weight, and the pooled estimates."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from tourmaline.estimate import Estimate
from tourmaline.figures.style import (
    EXPERIMENTAL,
    GRID,
    LIFT,
    LINE,
    MARK,
    MUTED,
    POOLED,
    drawn_twice,
    new_figure,
    row_axis,
    write_above,
)

LABEL_WIDTH = 18  # letters of a study's name on one line
DIRECTION_WIDTH = 12  # letters of a line of the words of direction
GAP = 5  # points between the line of no effect and the words of direction
ENDS = ("lower", "upper", "estimate", "prediction_lower", "prediction_upper")
SMALLEST, LARGEST = 0.1, 10.0  # ratios at the ends of the longest axis
SIDE = 0.28  # of the width of an axis at least, on each side of no effect: room for the words of direction
LEVEL = 0.95  # of any interval here: it is not written
HIGHEST_WORD = 100  # a higher end is not written out: its digits say nothing, and leave no room
TICKS = (  # the first of which the labels stay apart is taken
    (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.25, 1.5, 2.0, 3.0, 5.0, 10.0),
    (0.1, 0.2, 0.3, 0.5, 0.7, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0),
    (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0),
    (0.1, 1.0, 10.0),
)


def _ticks(lower: float, upper: float, most: int) -> list[float]:
    choices = ([tick for tick in ticks if lower <= tick <= upper] for ticks in TICKS)
    return next((ticks for ticks in choices if len(ticks) <= most), [1.0])


def ratio_axis(axes: Axes, lower: float, upper: float, most: int = 7) -> None:
    """Set a logarithmic axis of ratios from `lower` to `upper`, with at most so many ticks that their labels stay apart."""
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(FixedLocator(_ticks(lower, upper, most)))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.set_xlim(lower, upper)


def room_on_both_sides(lower: float, upper: float, null: float) -> tuple[float, float]:
    """The ends of an axis, moved outwards until each side of no effect (1 on a logarithmic axis, or 0) has `SIDE` of its width.

    Examples
    --------
    >>> print(*np.round(room_on_both_sides(0.5, 1.03, null=1), 2), *room_on_both_sides(-1, 2, null=0))
    0.5 1.31 -1 2
    """
    share = SIDE / (1 - SIDE)
    if null == 1:
        return min(lower, upper**-share), max(upper, lower**-share)
    return min(lower, -share * upper), max(upper, -share * lower)


def write_directions(axes: Axes, label: str, favours: tuple[str, str], null: float) -> None:
    """Write below the ticks what each side of no effect speaks for, beside the line of no effect, and under it the axis's name."""
    left, right = (textwrap.wrap(words, DIRECTION_WIDTH) for words in favours)
    left[0], right[0] = f"← {left[0]}", f"{right[0]} →"
    size, tick = axes.xaxis.label.get_fontsize(), axes.xaxis.get_major_ticks()[0]
    down = (
        tick.get_pad() + tick.get_tick_padding() + 1.4 * tick.label1.get_fontsize()
    )  # points, to below the ticks' labels
    for lines, side, gap in ((left, "right", -GAP), (right, "left", GAP)):
        written = axes.annotate(
            "\n".join(lines),
            (null, 0),
            xycoords=axes.get_xaxis_transform(),
            xytext=(gap, -down),
            textcoords="offset points",
            ha=side,
            va="top",
            fontsize=size,
            annotation_clip=False,
        )
        written.set_in_layout(False)  # the name leaves room for them
    axes.set_xlabel(label, labelpad=6 + 1.3 * size * max(len(left), len(right)))


def study_rows(
    studies: pd.DataFrame,
    limits: Sequence[Sequence[float]],
    derived: Sequence[bool] | bool = False,
    weights: Sequence[float] | float = np.nan,
) -> pd.DataFrame:
    """The rows of `forest` for studies.

    Parameters
    ----------
    studies : DataFrame
        name, label (what the estimate is: the second line of its label) and hazard_ratio of each; perhaps digits (value and
        limits as the source reports them), with which reported numbers are written.
    limits : pair of sequences
        Lower and upper limits of the intervals; nan where there is none.
    derived : sequence of bool
        Whether an interval is derived from a P value: drawn hollow.
    weights : sequence of float
        Shares of the pooled estimate, which set the sizes of the marks.

    Examples
    --------
    >>> studies = pd.DataFrame({"name": ["A"], "label": ["final"], "hazard_ratio": [0.7]})
    >>> row = study_rows(studies, ([0.5], [0.98])).iloc[0]
    >>> print(row["label"], row["detail"], row["estimate"], row["lower"], row["upper"])
    A final 0.7 0.5 0.98
    """
    rows = studies[["name", "label"]].set_axis(["label", "detail"], axis=1)
    lower, upper = limits
    rows = rows.assign(weight=weights, estimate=studies["hazard_ratio"], derived=derived, lower=lower, upper=upper)
    return rows.assign(digits=studies.get("digits", [()] * len(rows))).reset_index(drop=True)


def model_row(label: str, detail: str, model: Mapping[str, float]) -> dict:
    """A row of `forest` for a row of a table of models: estimate, lower, upper, prediction_lower, prediction_upper (ratios)."""
    return {"label": label, "detail": detail, **{end: model[end] for end in ENDS}}


def pooled_row(label: str, detail: str, ratio: Estimate, prediction: Sequence[float] = (np.nan, np.nan)) -> dict:
    """A row of `forest` for a pooled estimate, and for the interval predicted for a new trial."""
    return {
        "label": label,
        "detail": detail,
        "estimate": ratio.value,
        "lower": ratio.lower,
        "upper": ratio.upper,
        "prediction_lower": prediction[0],
        "prediction_upper": prediction[1],
    }


def rows_in_words(rows: pd.DataFrame) -> str:
    """The rows of `forest` for a reader who cannot see it.

    Examples
    --------
    >>> rows_in_words(pd.DataFrame([pooled_row("Pooled", "fixed effect", Estimate(0.706, 0.627, 0.794, 0.95))]))
    'Pooled, fixed effect 0.71 (0.63 to 0.79)'
    """
    return "; ".join(f"{row.label}{row.detail and ', '}{row.detail} {_estimate(row):.2f}" for row in rows.itertuples())


@drawn_twice
def forest(
    studies: pd.DataFrame,
    summaries: pd.DataFrame | None = None,
    *,
    ratio_label: str = "Hazard ratio",
    favours: tuple[str, str] = ("favours the triplet", "favours the control"),
    null: float = 1,
    narrow: bool = False,
) -> Figure:
    """Draw a forest plot: on a logarithmic axis, or on a plain one if no effect is 0.

    Parameters
    ----------
    studies : DataFrame
        One row a study: label, detail (second line of the label), estimate, lower, upper (ratios; without an interval
        nan), weight (fraction; nan if it has none), and perhaps derived (whether its interval was: drawn hollow).
    summaries : DataFrame or None
        One row a pooled estimate: label, detail, estimate, lower, upper, drawn as a diamond; and perhaps
        prediction_lower, prediction_upper, drawn as a bar through it. None if nothing is pooled.
    ratio_label : str
        Name of the ratio, for the axis.
    favours : tuple of str
        What a ratio below and above no effect speaks for.
    null : float
        Value of no effect: 1 for a ratio, 0 for a difference.
    narrow : bool
        For the width of a phone.

    Returns
    -------
    Figure
    """
    summaries = studies.head(0) if summaries is None or summaries.empty else summaries
    written = pd.concat([studies, summaries])
    if null == 1:  # what leaves the range of every ratio is drawn to beyond the picture's edge, and written as it is
        studies, summaries = (_within(part) for part in (studies, summaries))
    rows = len(studies) + len(summaries)
    labels = [f"{textwrap.fill(study.label, LABEL_WIDTH)}\n{study.detail}" for study in studies.itertuples()]
    labels += [f"{textwrap.fill(pooled.label, LABEL_WIDTH + 8)}\n{pooled.detail}" for pooled in summaries.itertuples()]
    if narrow:
        height = MARK + LINE * max(label.strip().count("\n") + 1 for label in labels)  # of a row, in points
        figure, axes = new_figure(rows * height / 72 + 1.2, narrow=True)
    else:
        figure, (axes, text) = new_figure(0.62 * rows + 1.7, columns=2, width_ratios=[2.0, 1.35], sharey=True)
    largest = studies["weight"].max()
    sizes = 5 + 9 * np.sqrt((studies["weight"] / largest).fillna(0.15))
    hollow = studies["derived"] if "derived" in studies else pd.Series(False, studies.index)
    for row, (study, size, is_hollow) in enumerate(zip(studies.itertuples(), sizes, hollow)):
        axes.plot([study.lower, study.upper], [row, row], color=EXPERIMENTAL, linewidth=1.6, solid_capstyle="butt")
        face = "white" if is_hollow else EXPERIMENTAL
        axes.plot(study.estimate, row, marker="s", markersize=size, color=EXPERIMENTAL, markerfacecolor=face)
    half = (LIFT - 2) / height if narrow else 0.22  # of a diamond's height; on a phone words stand above it
    for row, pooled in enumerate(summaries.itertuples(), start=len(studies)):
        if np.isfinite(predicted := [getattr(pooled, f"prediction_{end}", np.nan) for end in ("lower", "upper")]).all():
            axes.plot(predicted, [row, row], color=MUTED, linewidth=3, solid_capstyle="butt", zorder=1)
        axes.fill(
            [pooled.lower, pooled.estimate, pooled.upper, pooled.estimate],
            [row, row - half, row, row + half],
            color=POOLED,
            zorder=2,
        )
    if len(summaries):
        place = len(studies) - 1 + (MARK / 2 / height if narrow else 0.5)
        axes.axhline(place, color=GRID, linewidth=1, zorder=0)
        axes.axvline(summaries["estimate"].iloc[0], color=POOLED, linewidth=0.8, linestyle=(0, (2, 3)), zorder=0)

    drawn = pd.concat([studies, summaries])
    ends = drawn[[name for name in ENDS if name in drawn]].to_numpy(dtype=float).ravel()
    lower, upper = np.nanmin([*ends, null]), np.nanmax([*ends, null])
    if null == 1:
        # An interval that leaves the range of every ratio runs out of the picture, and its numbers stand beside it.
        ratio_axis(axes, *room_on_both_sides(max(lower / 1.08, SMALLEST), min(upper * 1.08, LARGEST), null))
    else:
        axes.set_xlim(room_on_both_sides(lower - 0.04 * (upper - lower), upper + 0.04 * (upper - lower), null))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.axvline(null, color=MUTED, linewidth=1)
    scale = " (log scale)" if null == 1 else ""
    write_directions(axes, f"{ratio_label}{scale}", favours, null)
    row_axis(axes, [] if narrow else labels)
    if narrow:
        _write_rows(axes, labels, written, height)
        return figure
    text.set_axis_off()
    for row, shown in enumerate(written.itertuples()):
        text.text(0.0, row, _words(shown), va="center", transform=text.get_yaxis_transform(), fontsize=10.5)
        weight = f"{100 * shown.weight:.1f}%" if np.isfinite(getattr(shown, "weight", np.nan)) else ""
        text.text(1.0, row, weight, va="center", ha="right", transform=text.get_yaxis_transform(), fontsize=10.5)
    headings = [(0.0, "Estimate (interval)", "left")]
    headings += [(1.0, "Weight", "right")] if np.isfinite(largest) else []
    for place, heading, side in headings:
        text.text(
            place, -0.62, heading, ha=side, va="bottom", color=MUTED, transform=text.get_yaxis_transform(), fontsize=10
        )
    return figure


def _write_rows(axes: Axes, labels: Sequence[str], written: pd.DataFrame, height: float) -> None:
    """Write over each row its label and, at the right edge, its estimate and under it the weight or the prediction."""
    top = height - MARK + LIFT
    axes.set_ylim(len(labels) - 1 + MARK / 2 / height, -(top + LINE) / height)
    write_above(axes, 0, "Estimate (interval)", lift=top, right=True, color=MUTED)
    for row, (label, shown) in enumerate(zip(labels, written.itertuples())):
        name, _, detail = label.rpartition("\n")
        lift = LIFT + (LINE if detail else 0)
        estimate, _, prediction = _words(shown).partition("\n")
        weight = f"weight {100 * shown.weight:.1f}%" if np.isfinite(getattr(shown, "weight", np.nan)) else ""
        write_above(axes, row, name, lift=lift, fontweight="bold")
        write_above(axes, row, estimate, lift=lift, right=True)
        for words, right in ((detail, False), (prediction or weight, True)):
            if words:
                write_above(axes, row, words, lift=LIFT if detail else LIFT - LINE, right=right)


def _within(frame: pd.DataFrame) -> pd.DataFrame:
    ends = [name for name in ENDS if name in frame]
    return frame.assign(**frame[ends].astype(float).clip(SMALLEST / 10, LARGEST * 10))


def _words(shown) -> str:
    if not np.isfinite(shown.lower):
        return f"{_estimate(shown):.2f} (no interval reported)"
    words = (
        f"{_estimate(shown):.2f}"
        if shown.upper <= HIGHEST_WORD
        else f"{shown.estimate:.2f} ({_end(shown.lower)} to {_end(shown.upper)})"
    )
    ends = [getattr(shown, f"prediction_{end}", np.nan) for end in ("lower", "upper")]
    return words + (f"\nprediction {_end(ends[0])} to {_end(ends[1])}" if np.isfinite(ends).all() else "")


def _estimate(shown) -> Estimate:
    """The estimate of a row, its reported numbers with the digits of their source."""
    limits = (shown.lower, shown.upper, LEVEL) if np.isfinite(shown.lower) else ()
    digits = getattr(shown, "digits", ())
    return Estimate(shown.estimate, *limits).with_digits(
        digits if isinstance(digits, tuple) else ()
    )  # nan of a pooled row


def _end(value: float) -> str:
    return f"above {HIGHEST_WORD:g}" if value > HIGHEST_WORD else f"{value:.2f}"
