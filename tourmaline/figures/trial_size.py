"""What a trial would show, over the number of its patients."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from tourmaline.figures.style import CONTROL, EXPERIMENTAL, MUTED, POOLED, drawn_twice, new_figure

TICKS = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.25, 1.5, 2.0, 3.0, 5.0)


@drawn_twice
def trial_size(curves: pd.DataFrame, marked: pd.DataFrame, *, ratio_label: str, narrow: bool = False) -> Figure:
    """Draw the interval of a ratio, and power and exaggeration, over the number of patients.

    Parameters
    ----------
    curves : DataFrame
        Over the sizes in order: patients, ratio, lower, upper, power (fraction), exaggerated (mean ratio among significant
        results).
    marked : DataFrame
        The same columns and label: sizes to mark.
    ratio_label : str
        Name of the ratio, for the axis.
    narrow : bool
        For the width of a phone.

    Returns
    -------
    Figure
    """
    shape = {"rows": 2} if narrow else {"columns": 2}
    figure, (interval, power) = new_figure(6.4 if narrow else 4.2, narrow=narrow, **shape)
    interval.fill_between(
        curves["patients"], curves["lower"], curves["upper"], color=EXPERIMENTAL, alpha=0.18, linewidth=0
    )
    interval.plot(curves["patients"], curves["ratio"], color=EXPERIMENTAL, linewidth=1.6, label="as reported")
    interval.plot(
        curves["patients"], curves["exaggerated"], color=CONTROL, linewidth=1.6, linestyle=(0, (5, 2)),
        label="mean of the significant results",
    )  # fmt: skip
    for row in marked.itertuples():
        interval.plot([row.patients] * 2, [row.lower, row.upper], color=POOLED, linewidth=1.8)
        interval.plot(row.patients, row.ratio, "D", color=POOLED, markersize=5)
        power.plot(row.patients, 100 * row.power, "D", color=POOLED, markersize=5)
        power.annotate(
            row.label,
            (row.patients, 100 * row.power),
            xytext=(6, -12),
            textcoords="offset points",
            fontsize=9 if narrow else 9.5,
        )
    interval.axhline(1, color=MUTED, linewidth=1)
    interval.set_yscale("log")
    interval.yaxis.set_major_locator(FixedLocator(TICKS))
    interval.yaxis.set_minor_locator(NullLocator())
    interval.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    interval.set_ylabel(f"{ratio_label} (log scale)")
    interval.set_title("Interval, hypothetical")
    interval.legend(loc="lower right", fontsize=9 if narrow else 9.5)
    power.plot(curves["patients"], 100 * curves["power"], color=EXPERIMENTAL, linewidth=1.6, zorder=1)
    power.set_ylim(0, 104)
    power.set_ylabel("Power (%)")
    power.set_title("Power, hypothetical")
    for axes in (interval, power):
        axes.set_xlabel("Patients")
        axes.set_xlim(0, curves["patients"].max() * 1.08)
    return figure
