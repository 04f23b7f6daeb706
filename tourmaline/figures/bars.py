"""Percentages by arm, as bars with the ends of an interval."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from tourmaline.figures.style import CONTROL, EXPERIMENTAL, GRID, new_figure, row_axis

BARS = (("ixazomib", EXPERIMENTAL, -0.19, "Ixazomib"), ("placebo", CONTROL, 0.19, "Placebo"))


def arm_bars(rows: pd.DataFrame, axis_label: str, *, decimals: int = 1) -> Figure:
    """Draw percentages of both arms, each with an interval.

    Parameters
    ----------
    rows : DataFrame
        One row a response or reason: label, and for each arm percent_ixazomib, lower_ixazomib, upper_ixazomib,
        percent_placebo, lower_placebo, upper_placebo (percent).
    axis_label : str
        Of whom they are percentages, and what the interval is.
    decimals : int
        Of the percentages that stand beside the bars.

    Returns
    -------
    Figure
    """
    figure, axes = new_figure(0.72 * len(rows) + 1.2)
    for arm, colour, offset, name in BARS:
        for row, shares in enumerate(rows.itertuples()):
            percent, lower, upper = (getattr(shares, f"{part}_{arm}") for part in ("percent", "lower", "upper"))
            axes.barh(row + offset, percent, height=0.34, color=colour, alpha=0.85)
            axes.plot([lower, upper], [row + offset] * 2, color="black", linewidth=1.3)
            axes.text(
                upper + 1,
                row + offset,
                f"{percent:.{decimals}f}%" + (f"  {name}" if row == 0 else ""),
                va="center",
                fontsize=10,
                color=colour,
            )
    axes.set_xlim(0, 105)
    row_axis(axes, rows["label"].tolist())
    axes.grid(axis="x", color=GRID, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.set_xlabel(axis_label)
    return figure
