"""Counting patients over time, for many sets at once: distinct times, tallies at them, risk sets at event times.

Nothing here loops over sets. A set's distinct times are numbered by one sort; counts at them are tallies (bincount) and
their running sums.
"""

from dataclasses import dataclass

import numpy as np

from tourmaline.statistics.survival.patients import strata_members, which_set


def places(time):
    """Of each patient, the place of their time among the distinct times of their set, from 0.

    Takes times of shape (m, n); returns whole numbers of that shape.
    """
    order = np.argsort(time, axis=1, kind="stable")
    ordered = np.take_along_axis(time, order, axis=1)
    # No time is below 0, so each set's first is always new.
    later = np.cumsum(np.diff(ordered, axis=1, prepend=-1) > 0, axis=1) - 1
    place = np.empty_like(later)
    np.put_along_axis(place, order, later, axis=1)
    return place


def tally(place, size, weights=None):
    """How many patients (or their weights' sum) stand at each of `size` places, in each set: shape (m, size)."""
    sets = len(place)
    flat = (place + size * np.arange(sets)[:, None]).ravel()
    weights = None if weights is None else np.ravel(weights)
    return np.bincount(flat, weights, minlength=sets * size).reshape(sets, size)


def still_there(tallies):
    """How many stand at each place or later: the number at risk."""
    return np.cumsum(tallies[:, ::-1], axis=1)[:, ::-1]


def count_before(time, at, inclusive):
    """How many of each set's times, shape (m, k), are before each point `at`, shape (p,), or also on it: (m, p)."""
    grid, back = np.unique(at, return_inverse=True)
    # A time is counted at the first point beyond it, and from there on.
    first = np.searchsorted(grid, time, side="left" if inclusive else "right")
    return np.cumsum(tally(first, grid.size + 1), axis=1)[:, back]


@dataclass(frozen=True, eq=False)
class EventTimes:
    """What two groups count at each time with events: all strata and sets in one row, set after set.

    Attributes
    ----------
    at_risk, at_risk1 : ndarray, shape (e,)
        At risk in both groups, and in group 1, within the stratum.
    events, events1 : ndarray, shape (e,)
        Events at that time in both groups, and in group 1, within the stratum.
    patient : ndarray, shape (e,)
        Place of a patient with that time in the flattened (m, n) array, for what else belongs to that time.
    sizes : ndarray, shape (m,)
        How many of the e belong to each set.
    """

    at_risk: np.ndarray
    at_risk1: np.ndarray
    events: np.ndarray
    events1: np.ndarray
    patient: np.ndarray
    sizes: np.ndarray


def event_times(time, event, member, strata):
    """Count two groups at every time with events.

    Takes times and events as they were given, checked, the membership of group 1, and strata or None. ValueError names
    the first set without events.
    """
    sets, patients = np.atleast_2d(time).shape
    everyone = patients * np.arange(sets)[:, None] + np.arange(patients)
    tables = [
        _table(np.atleast_2d(time)[:, stratum], np.atleast_2d(event)[:, stratum], member[stratum], everyone[:, stratum])
        for stratum in strata_members(strata, time)
    ]
    at_risk, at_risk1, events, events1, patient = (np.concatenate(columns, axis=1) for columns in zip(*tables))
    happened = events > 0
    sizes = happened.sum(axis=1)
    if not sizes.all():
        raise ValueError(f"{which_set(np.argmin(sizes), time)}there are no events; a comparison needs at least one")
    return EventTimes(
        at_risk[happened], at_risk1[happened], events[happened], events1[happened], patient[happened], sizes
    )


def sum_by_set(values, sizes):
    """Sums of neighbouring values, `sizes` of them at a time; no size is 0."""
    return np.add.reduceat(values, np.cumsum(sizes) - sizes)


def _table(time, event, member, everyone):
    place = places(time)
    size = place.max() + 1
    patient = np.zeros((len(time), size), dtype=int)
    np.put_along_axis(patient, place, everyone, axis=1)
    return (
        still_there(tally(place, size)),
        still_there(tally(place[:, member], size)),
        tally(place, size, event),
        tally(place[:, member], size, event[:, member]),
        patient,
    )
