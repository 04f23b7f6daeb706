"""Patients' times, events and groups, checked; and how many sets of them there are."""

import numpy as np

TIE_TOLERANCE = np.sqrt(np.finfo(float).eps)  # about 1.5e-8, as in R's survival


def times_and_events(time, event):
    """Times and events as arrays of floats, of one shape; ValueError names the first value that is impossible."""
    time = times(time)
    event = np.asarray(event, dtype=float)
    if event.shape != time.shape:
        raise ValueError(f"event has shape {event.shape} but time has {time.shape}; give one event for each time")
    _refuse(event, "event", (event == 0) | (event == 1), "must be 1 (event) or 0 (censored)")
    return time, event


def times(time):
    """Times of one set, shape (n,), or of many, shape (m, n), as an array of floats, with the ties of `tied`."""
    time = np.asarray(time, dtype=float)
    if time.ndim not in (1, 2) or not time.size:
        raise ValueError(
            f"time has shape {time.shape}; give the times of at least one patient, of shape (n,), "
            "or (m, n) for m sets of n patients"
        )
    _refuse(time, "time", np.isfinite(time) & (time >= 0), "must be finite and at least 0")
    return tied(time)


def tied(time):
    """Times in which those that differ only by the rounding of computer arithmetic are equal.

    Two neighbouring distinct times of a set are tied if they differ by `TIE_TOLERANCE` or less, or by that share of the mean of
    the set's distinct times or less; a run of tied times takes the value of its first. This is the rule of survival::aeqSurv,
    which R's survfit, survdiff and coxph apply by default.

    Parameters
    ----------
    time : ndarray, shape (n,) or (m, n)
        Finite, at least 0.

    Returns
    -------
    ndarray, of that shape
        `time` itself where nothing is tied by this rule.

    Examples
    --------
    >>> print(tied(np.array([0.3, 0.1 + 0.2, 1.0])).tolist())
    [0.3, 0.3, 1.0]
    """
    ordered = np.sort(as_sets(time), axis=1)
    gaps = np.diff(ordered, axis=1)
    # The mean is at most the largest time, so most sets are done with this bound.
    near = ((gaps > 0) & (gaps <= TIE_TOLERANCE * np.maximum(ordered[:, -1:], 1))).any(axis=1)
    if not near.any():
        return time
    found = as_sets(time).copy()
    for row in np.flatnonzero(near):
        distinct = np.unique(ordered[row])
        gaps = np.diff(distinct)
        first = distinct[np.append(True, ~((gaps <= TIE_TOLERANCE) | (gaps / np.mean(distinct) <= TIE_TOLERANCE)))]
        found[row] = first[np.searchsorted(first, found[row], side="right") - 1]
    return found.reshape(time.shape)


def two_groups(group, time):
    """Membership of group 1 as booleans, shape (n,), where n is the length of the last axis of `time`."""
    group = _of_each_patient(group, "group", time)
    _refuse(group, "group", (group == 0) | (group == 1), "must be 0 or 1")
    member = group == 1
    for value, patients in ((0, ~member), (1, member)):
        if not patients.any():
            raise ValueError(f"group = {value} has no patients; a comparison needs both groups, 0 and 1")
    return member


def strata_members(strata, time):
    """The patients of each stratum, as arrays of their places; all of them in one where `strata` is None."""
    if strata is None:
        return [np.arange(time.shape[-1])]
    strata = _of_each_patient(strata, "strata", time)
    if strata.dtype.kind == "f":
        _refuse(strata, "strata", ~np.isnan(strata), "must be a label")
    labels, stratum = np.unique(strata, return_inverse=True)
    return [np.flatnonzero(stratum == number) for number in range(labels.size)]


def points(values, name):
    """Points in time as an array of floats, finite and at least 0."""
    values = np.asarray(values, dtype=float)
    _refuse(values, name, np.isfinite(values) & (values >= 0), "must be finite and at least 0")
    return values


def as_sets(values):
    """One set as an ensemble of one: shape (m, n) whatever it was."""
    return values.reshape(-1, values.shape[-1])


def as_given(values, time):
    """Results of shape (m, ...) with the leading axis that `time` has: none for one set, m for an ensemble."""
    return values.reshape(time.shape[:-1] + values.shape[1:])[()]


def which_set(place, time):
    """The beginning of a message about the set at `place`; nothing where there is only one."""
    return f"set {place}: " if time.ndim > 1 else ""


def _of_each_patient(labels, name, time):
    labels = np.asarray(labels)
    if labels.shape != time.shape[-1:]:
        raise ValueError(
            f"{name} has shape {labels.shape} but a set has {time.shape[-1]} patients; give one {name} for each of them"
        )
    return labels


def _refuse(values, name, allowed, rule):
    refused = values[~allowed]
    if refused.size:
        raise ValueError(f"{name} = {refused.flat[0]} is not allowed; {name} {rule}")
