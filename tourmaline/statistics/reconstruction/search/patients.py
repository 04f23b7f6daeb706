"""Patients out of hazards: times and events of one arm that meet its reported numbers exactly.

Follow-up is cut at the reported times. Each piece gets whole numbers of events and of censored patients near their
expectation, exact where the paper counts; within a piece, times follow the hazards. What whole patients leave unmet is
repaired without touching what is met already: an event and a censored patient swap their labels (no number at risk
changes), or times stretch between two reported times (no curve changes at them).

Many sets are placed at once: the first axis of every array is theirs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tourmaline.statistics.reconstruction.inputs.rounding_intervals import RoundingInterval
from tourmaline.statistics.reconstruction.inputs.summary import ArmSummary, TrialSummary
from tourmaline.statistics.reconstruction.search.greedy_repair import greedy_repair, same_piece, stretch
from tourmaline.statistics.reconstruction.search.outcomes import half, median
from tourmaline.statistics.reproducible import exp, expm1, interp
from tourmaline.statistics.reproducible import power as powered


@dataclass(frozen=True, eq=False)
class Placement:
    """The random numbers of one arm of one draw: the same ones with other hazards give nearly the same patients.

    Attributes
    ----------
    rounding : float
        In [0, 1): where a fraction of an expected event is rounded up.
    events, censored : ndarray, shape (pieces, n), or None
        Uniform numbers that place the patients of each piece of follow-up; None places them at even quantiles.
    median, median_followup : float
        Where in its rounding interval a median lies, in [0, 1].
    """

    rounding: float = 0.5
    events: np.ndarray | None = None
    censored: np.ndarray | None = None
    median: float = 0.5
    median_followup: float = 0.5

    @classmethod
    def of(cls, generator, arm: ArmSummary, end):
        """The random numbers of one arm, of follow-up to `end` months."""
        rounding, median, median_followup = generator.random(3)
        uniform = generator.random((2, len(_pieces(arm, end)) - 1, arm.n))
        return cls(rounding, uniform[0], uniform[1], median, median_followup)


def expected(n, event_hazard, censoring_hazard, total=None):
    """Events and censored patients expected of n up to each edge of the cells; anyone who is left at the end is censored there.

    Parameters
    ----------
    n : int
    event_hazard, censoring_hazard : ndarray, shape (..., c + 1)
        Cumulative hazards at the edges.
    total : int or ndarray, shape (..., 1), optional
        Events over the whole follow-up to which those expected are brought.

    Returns
    -------
    events, censored : ndarray, shape (..., c + 1)
    """
    event, censoring = np.diff(event_hazard), np.diff(censoring_hazard)
    leaving = -np.diff(exp(-(event_hazard + censoring_hazard)))
    share = event / np.maximum(event + censoring, 1e-300)
    events, censored = (np.zeros(event_hazard.shape) for _ in range(2))
    events[..., 1:] = np.cumsum(n * leaving * share, axis=-1)
    censored[..., 1:] = np.cumsum(n * leaving * (1 - share), axis=-1)
    return events if total is None else events * (total / events[..., -1:]), censored


def place(arm: ArmSummary, totals, edges, event_hazard, censoring_hazard, placements: Sequence[Placement]):
    """Patients of one arm, of m sets.

    Parameters
    ----------
    arm : ArmSummary
        What is to be matched.
    totals : ndarray of int, shape (m,)
        Events.
    edges : ndarray, shape (c + 1,)
        Months.
    event_hazard, censoring_hazard : ndarray, shape (m, c + 1)
        Cumulative hazards at the edges.
    placements : sequence of Placement
        Of each set; all with uniform numbers, or none.

    Returns
    -------
    times : ndarray, shape (m, n)
        Months.
    events : ndarray of bool, shape (m, n)
    unmet : list of list of str
        Of each set, names of the reported numbers that do not match; empty if all do.
    """
    totals = np.asarray(totals)[:, None]
    events_by, censored_by = expected(arm.n, event_hazard, censoring_hazard, totals)
    cuts = _pieces(arm, edges[-1])
    leaving = np.round(interp(cuts, edges, arm.n * -expm1(-(event_hazard + censoring_hazard)))).astype(int)
    for month, count in arm.at_risk:
        leaving[:, cuts == month] = arm.n - count  # of the last month too: the piece after it gets who is left
    leaving[:, 0], leaving[:, -1] = 0, arm.n
    leaving = np.diff(np.maximum.accumulate(np.minimum(leaving, arm.n), axis=1))
    rounding = np.array([[placement.rounding] for placement in placements])
    reached = np.floor(interp(cuts, edges, events_by) + rounding).astype(int)
    reached[:, :1], reached[:, -1:] = 0, totals
    event_counts = _within(np.diff(np.minimum(reached, totals)), leaving)
    parts = []
    for name, counts, by in (("events", event_counts, events_by), ("censored", leaving - event_counts, censored_by)):
        uniform = [getattr(placement, name) for placement in placements]
        parts.append(spread(counts, cuts, edges, by, None if uniform[0] is None else np.array(uniform), arm.n))
    died = event_counts.sum(1, keepdims=True)
    numbers = np.arange(arm.n)
    events = numbers < died
    times = np.where(events, parts[0], np.take_along_axis(parts[1], np.maximum(numbers - died, 0), 1))
    return greedy_repair(arm, times, events, edges[-1], placements)


def reshaped(arm: ArmSummary, times, events, power):
    """The same patients, earlier or later between the reported times and the medians: what is met stays met.

    Parameters
    ----------
    arm : ArmSummary
    times, events : ndarray, shape (n,) or (m, n)
    power : float or ndarray, shape (m, 1)
        Above 1, times move to the start of their piece; below 1, to its end.

    Returns
    -------
    times : ndarray, of that shape
    """
    last = times.max(axis=-1, keepdims=True)
    printed = _cuts(arm, np.inf)[:-1]
    printed = np.broadcast_to(printed, (*last.shape[:-1], len(printed)))
    halves = [place[..., None] for which in (events, ~events) for place in half(times, which)]
    cuts = np.sort(np.minimum(np.concatenate([printed, *halves, last], axis=-1), last), axis=-1)
    start, stop = _around(cuts, times)
    length = stop - start
    inside = np.where(length > 0, times - start, 0.0) / np.where(length > 0, length, 1.0)
    found = start + length * powered(inside, power)
    if not arm.at_risk or arm.at_risk[-1][1] == 0:
        return found
    # Who is followed to the last reported month stays at risk at it: rounding may not take anybody off it.
    return np.where((times == last) & (last == arm.at_risk[-1][0]), times, found)


def _around(cuts, times):
    """The last cut that is not after each time and the next one, of sets with cuts of their own; of the end, the last two."""
    after = np.minimum((cuts[..., None, :] <= times[..., None]).sum(-1), (cuts < cuts[..., -1:]).sum(-1)[..., None])
    return np.take_along_axis(cuts, after - 1, -1), np.take_along_axis(cuts, after, -1)


def with_followup(trial: TrialSummary, times, events, place):
    """The same patients with the median follow-up of both arms together in its rounding interval, if a stretch of time takes it there.

    All times of both arms stretch together, but for the reported ones and the medians of the arms: no patient passes another,
    so that no curve changes at them, nor the comparison of the arms.

    Parameters
    ----------
    trial : TrialSummary
        With a median follow-up of both arms.
    times, events : ndarray, shape (n,) or (m, n)
        Of both arms, the control's first.
    place : float or ndarray, shape (m,)
        Where in the rounding interval, in [0, 1].

    Returns
    -------
    times : ndarray, of that shape
    """
    now, fixed = median(times, ~events), fixed_times(trial, times, events)
    goal = np.broadcast_to(trial.median_followup.at(place), now.shape)
    moves = ~trial.median_followup.holds(now) & same_piece(fixed, now, goal)
    stretched = stretch(times, np.where(moves, now, 0.0)[..., None], np.where(moves, goal, 0.0)[..., None], fixed)
    return np.where(moves[..., None], stretched, times)


def fixed_times(trial: TrialSummary, times, events):
    """Months that must stay where they are while the times of all patients stretch, rising: reported ones, and reported medians.

    Parameters
    ----------
    trial : TrialSummary
    times, events : ndarray, shape (n,) or (m, n)
        Of both arms, the control's first.

    Returns
    -------
    ndarray, shape (f,) or (m, f)
        Some may be there twice.
    """
    last = np.maximum(times.max(axis=-1, keepdims=True), trial.longest_followup)
    fixed = [last]
    for arm, part in zip(trial.arms, trial.parts):
        fixed += [np.full(last.shape, month) for month in _cuts(arm, np.inf)[:-1]]
        for printed, which in ((arm.median, events), (arm.median_followup, ~events)):
            if printed:
                fixed += [end[..., None] for end in half(times[..., part], which[..., part])]
    return np.sort(np.minimum(np.concatenate(fixed, axis=-1), last), axis=-1)


def _cuts(arm, end):
    """Reported times of an arm, from 0 to the end of follow-up."""
    times = {month for month, _ in arm.survival} | {month for month, _ in arm.at_risk}
    times |= {w.middle for w in (arm.median, arm.median_followup) if isinstance(w, RoundingInterval)}
    return np.array([0.0, *sorted(t for t in times if 0 < t < end), end])


def _pieces(arm, end):
    """Where the pieces of an arm's follow-up start and end: a number at risk at its last month gets one of no length there."""
    at_end = any(month == end and count > 0 for month, count in arm.at_risk)
    return np.append(_cuts(arm, end), [end] * at_end)


def _within(counts, capacity):
    """Counts (m, p) moved to the nearest later, then earlier pieces until none is above its capacity."""
    counts = counts.copy()
    for order in (range(counts.shape[1] - 1), range(counts.shape[1] - 1, 0, -1)):
        for index in order:
            target = index + (1 if order.step > 0 else -1)
            excess = np.maximum(counts[:, index] - capacity[:, index], 0)
            counts[:, index] -= excess
            counts[:, target] += excess
    return np.minimum(counts, capacity)


def spread(counts, cuts, edges, expected_by, uniform, size):
    """Times of the patients of each piece, at quantiles of what is expected within it, piece by piece.

    Parameters
    ----------
    counts : ndarray of int, shape (m, p)
        Patients of each piece.
    cuts : ndarray, shape (p + 1,)
        Months at which the pieces start and end.
    edges : ndarray, shape (c + 1,)
        Months.
    expected_by : ndarray, shape (m, c + 1)
        Patients expected by then.
    uniform : ndarray, shape (m, p, at least the largest count), or None
        Uniform numbers that choose the quantiles; without them they are even.
    size : int
        Columns of the result, at least the largest number of patients; what is beyond a set's own means nothing.

    Returns
    -------
    times : ndarray, shape (m, size)
    """
    pieces, sets = counts.shape[1], np.arange(len(counts))[:, None]
    ends = np.cumsum(counts, axis=1)
    piece = np.minimum((ends[:, None, :] <= np.arange(size)[:, None]).sum(-1), pieces - 1)
    place, count = np.arange(size) - (ends - counts)[sets, piece], np.maximum(counts[sets, piece], 1)
    if uniform is None:
        fractions = (place + 0.5) / count
    else:
        drawn = uniform[sets, piece, np.minimum(place, uniform.shape[2] - 1)]
        fractions = np.sort(np.where(place < count, piece + drawn, np.inf), axis=1) - piece
    fractions = np.clip(fractions, 0.0, 1.0)
    at_cuts = interp(cuts, edges, expected_by)
    low, high, start, stop = at_cuts[sets, piece], at_cuts[sets, piece + 1], cuts[piece], cuts[piece + 1]
    found = np.where(
        high - low > 1e-9,
        interp(low + fractions * (high - low), expected_by, edges),
        start + fractions * (stop - start),
    )
    # Strictly inside the piece: a patient at its very start or end would count for its neighbour.
    inside = (stop - start) * 1e-6
    return np.clip(found, start + inside, np.where(piece < pieces - 1, stop - inside, stop))
