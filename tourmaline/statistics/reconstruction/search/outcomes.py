"""What the patients of one arm give of the numbers that papers report, as fast as a search among patients needs it.

Times and events have the shape (..., n): one set of patients, or many at once.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from tourmaline.statistics.reconstruction.inputs.rounding_intervals import RoundingInterval
from tourmaline.statistics.reconstruction.inputs.summary import ArmSummary
from tourmaline.statistics.reproducible import log

ON_THE_LEVEL = 1e-9  # a curve so near to one half stands on it
FEW_MONTHS = 16  # up to so many are compared with all times at once, which is then faster than to look each up


def survival_at(times, events, months):
    """Kaplan-Meier survival at given months, shape (..., p)."""
    ordered, _, curve = _curve(times, events)
    months = np.asarray(months)
    if len(months) > FEW_MONTHS:
        passed = np.array([np.searchsorted(row, months, side="right") for row in ordered])
    else:
        passed = (ordered[:, None] <= months[:, None]).sum(-1)
    found = np.where(passed > 0, np.take_along_axis(curve, np.maximum(passed - 1, 0), 1), 1.0)
    return found.reshape(*np.shape(times)[:-1], len(months))


def median(times, events):
    """Kaplan-Meier median, shape (...): where survival falls below one half; the middle of the stretch where it is one half.

    `inf` if it is not reached. As `KaplanMeier.median`.
    """
    start, stop = half(times, events)
    return (start + stop) / 2


def half(times, events):
    """Where survival comes to one half, and where it falls below, each of shape (...): the same unless it stands on it.

    Both `inf` if it does not come down so far.
    """
    ordered, fallen, curve = _curve(times, events)
    down = curve <= 0.5 + ON_THE_LEVEL
    first = down.argmax(1) + _starts(ordered)
    start = np.where(down[:, -1], ordered.take(first), np.inf)
    stop = start.copy()
    for row in np.flatnonzero(np.abs(curve.take(first) - 0.5) < ON_THE_LEVEL):
        # Events of one time count together: the curve stands where the last of them leaves it.
        level = curve[row, np.searchsorted(ordered[row], start[row], side="right") - 1]
        later = ordered[row, fallen[row] & (ordered[row] > start[row])]
        if abs(level - 0.5) < ON_THE_LEVEL and len(later):
            stop[row] = later[0]
    return start.reshape(times.shape[:-1]), stop.reshape(times.shape[:-1])


def at_risk(times, months):
    """Patients with T >= t at given months, shape (..., p)."""
    return (times[..., None, :] >= np.asarray(months)[:, None]).sum(-1)


def unmet(arm: ArmSummary, times, events):
    """Names of the reported numbers of an arm that its patients, shape (n,), do not give."""
    return unmet_in_sets(arm, times[None], events[None])[0]


def unmet_in_sets(arm: ArmSummary, times, events):
    """Names of the reported numbers of an arm that its patients do not give, of each of m sets, shape (m, n)."""
    missed = {}
    if times.shape[1] != arm.n:
        missed["events"] = np.ones(len(times), bool)
    elif arm.events:
        missed["events"] = events.sum(1) != arm.events
    if isinstance(arm.median, RoundingInterval):
        missed["median"] = ~arm.median.holds(median(times, events))
    elif arm.median is not None:
        missed["median not reached"] = np.isfinite(median(times, events))
    if arm.median_followup:
        missed["median follow-up"] = ~arm.median_followup.holds(median(times, ~events))
    if arm.survival:
        months = [month for month, _ in arm.survival]
        for (month, interval), survival in zip(arm.survival, survival_at(times, events, months).T):
            missed[f"survival at {month:g} months"] = ~interval.holds(survival)
    if arm.at_risk:
        months = [month for month, _ in arm.at_risk]
        for (month, count), found in zip(arm.at_risk, at_risk(times, months).T):
            missed[f"number at risk at {month:g} months"] = found != count
    found = [[] for _ in times]
    for name, rows in missed.items():
        for row in np.flatnonzero(rows):
            found[row].append(name)
    return found


def _curve(times, events):
    """Times in order, whether each has the event, and survival after it, each of shape (m, n).

    Of one time, events come before the censored.
    """
    times, events = times.reshape(-1, times.shape[-1]), events.reshape(-1, times.shape[-1])
    # Times that are not negative are in the order of their bits: with the label as the last bit, one sort of whole numbers does.
    keys = np.sort((times.view(np.uint64) << 1) | ~events, axis=1)
    times, events = (keys >> 1).view(float), (keys & 1) == 0
    return times, events, np.where(events, factors(times.shape[1]), 1.0).cumprod(1)


def _starts(values):
    """Where each row of an array begins, if it is taken as one row: faster than to index by rows and columns."""
    return np.arange(0, values.size, values.shape[1])


@cache
def factors(n):
    """By what survival falls with an event of each of n patients, in the order of their times."""
    return 1 - 1 / np.arange(n, 0, -1)


@cache
def log_factors(n):
    """Logarithms of `factors`; of the last patient's, which is 0, that of 1e-9."""
    return log(np.maximum(factors(n), 1e-9))
