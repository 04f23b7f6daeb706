"""What the patients of one arm give of the numbers that papers print, as fast as a search among patients needs it."""

from __future__ import annotations

import numpy as np

from tourmaline.statistics.reconstruction.summary import ArmSummary
from tourmaline.statistics.reconstruction.windows import Window


def survival_at(times, events, months):
    """Kaplan-Meier survival of one arm at given months, shape of `months`."""
    order = np.lexsort((~events, times))
    steps = np.where(events[order], 1 - 1 / np.arange(len(times), 0, -1), 1.0)
    curve = np.concatenate([[1.0], np.cumprod(steps)])
    return curve[np.searchsorted(times[order], months, side="right")]


def median(times, events):
    """Kaplan-Meier median: where survival falls below one half; the middle of the stretch where it is one half exactly.

    Returns `inf` if it is not reached.
    """
    order = np.lexsort((~events, times))
    curve = np.cumprod(np.where(events[order], 1 - 1 / np.arange(len(times), 0, -1), 1.0))
    fallen = times[order][events[order]]
    level = curve[events[order]]
    below = int(np.searchsorted(-level, -0.5 + 1e-9))
    if below == len(level):
        return np.inf
    if abs(level[below] - 0.5) < 1e-9:
        later = fallen[fallen > fallen[below]]
        return (fallen[below] + later[0]) / 2 if len(later) else fallen[below]
    return fallen[below]


def unmet(arm: ArmSummary, times, events):
    """Names of the printed numbers of an arm that its patients do not give."""
    wrong = []
    if len(times) != arm.n or (arm.events and events.sum() != arm.events):
        wrong.append("events")
    if isinstance(arm.median, Window):
        if not arm.median.holds(median(times, events)):
            wrong.append("median")
    elif arm.median is not None and np.isfinite(median(times, events)):
        wrong.append("median not reached")
    if arm.median_followup and not arm.median_followup.holds(median(times, ~events)):
        wrong.append("median follow-up")
    for month, window in arm.survival:
        if not window.holds(survival_at(times, events, month)):
            wrong.append(f"survival at {month:g} months")
    for month, count in arm.at_risk:
        if (times >= month).sum() != count:
            wrong.append(f"number at risk at {month:g} months")
    return wrong
