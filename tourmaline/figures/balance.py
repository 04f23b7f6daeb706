"""Standardised differences between the arms at baseline, one row a level."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib.figure import Figure

from tourmaline.figures.style import CONTROL, EXPERIMENTAL, GRID, MUTED, drawn_twice, new_figure, row_axis, rows_inches


@drawn_twice
def balance(rows: pd.DataFrame, threshold: float, arms: Mapping[str, str], *, narrow: bool = False) -> Figure:
    """Draw standardised differences, flagged where they exceed a threshold.

    Parameters
    ----------
    rows : DataFrame
        One row a level: label, difference (standard deviations, experimental minus control).
    threshold : float
        Absolute difference (standard deviations) from which a level is flagged.
    arms : mapping of str to str
        What the arms are called, by experimental and control.
    narrow : bool
        For the width of a phone.

    Returns
    -------
    Figure
    """
    figure, axes = new_figure(rows_inches(len(rows), 0.27, narrow=narrow) + 1.2, narrow=narrow)
    flagged = rows["difference"].abs() >= threshold
    shade = {"color": GRID, "alpha": 0.45, "linewidth": 0}
    if narrow:  # under the marks only: words stand between them
        axes.barh(range(len(rows)), 2 * threshold, left=-threshold, height=0.4, **shade)
    else:
        axes.axvspan(-threshold, threshold, **shade)
    axes.axvline(0, color=MUTED, linewidth=1)
    for row, (difference, flag) in enumerate(zip(rows["difference"], flagged)):
        colour = CONTROL if flag else EXPERIMENTAL
        axes.plot([0, difference], [row, row], color=colour, linewidth=1.2)
        axes.plot(difference, row, marker="D" if flag else "o", markersize=6.5, color=colour)
        if flag:
            axes.annotate(
                f"{difference:+.2f}".replace("-", "−"),
                (difference, row),
                xytext=(8 if difference > 0 else -8, 0),
                textcoords="offset points",
                va="center",
                ha="left" if difference > 0 else "right",
                color=colour,
                fontsize=9 if narrow else 10,
            )
    reach = max(1.6 * rows["difference"].abs().max(), 1.5 * threshold)
    axes.set_xlim(-reach, reach)
    row_axis(axes, rows["label"].tolist(), narrow=narrow)
    axes.grid(axis="y", color=GRID, linewidth=0.6)
    axes.set_axisbelow(True)
    sides = (" | " if narrow else "    |    more frequent with ").join((arms["control"], arms["experimental"]))
    axes.set_xlabel(
        f"Standardised difference (standard deviations)\n← more frequent with {sides} →\n"
        f"shaded: below {threshold:g}; diamonds: flagged"
    )
    return figure
