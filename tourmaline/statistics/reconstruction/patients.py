"""Patients out of hazards: times and events of one arm that meet its printed numbers exactly.

Follow-up is cut at the printed times. Each piece gets whole numbers of events and of censored patients near their
expectation, exact where the paper counts; within a piece, times follow the hazards. What whole patients leave unmet is
repaired without touching what is met already: an event and a censored patient swap their labels (no number at risk
changes), or times stretch between two printed times (no curve changes at them).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tourmaline.statistics.reconstruction.outcomes import half, median
from tourmaline.statistics.reconstruction.repairing import repair, same_piece, stretch
from tourmaline.statistics.reconstruction.summary import ArmSummary, TrialSummary
from tourmaline.statistics.reconstruction.windows import Window
from tourmaline.statistics.reproducible import exp, expm1, interp, power as powered


@dataclass(frozen=True, eq=False)
class Chance:
    """The chance of one arm of one member: the same chance with other hazards gives nearly the same patients.

    Attributes
    ----------
    rounding : float
        In [0, 1): where a fraction of an expected event is rounded up.
    events, censored : ndarray, shape (pieces, n), or None
        Uniform numbers that place the patients of each piece of follow-up; None places them at even quantiles.
    median, median_followup : float
        Where in its window a median lies, in [0, 1].
    """

    rounding: float = 0.5
    events: np.ndarray | None = None
    censored: np.ndarray | None = None
    median: float = 0.5
    median_followup: float = 0.5

    @classmethod
    def of(cls, generator, arm: ArmSummary, end):
        """Draw the chance of one arm, of follow-up to `end` months."""
        rounding, median, median_followup = generator.random(3)
        uniform = generator.random((2, len(_cuts(arm, end)) - 1, arm.n))
        return cls(rounding, uniform[0], uniform[1], median, median_followup)


def expected(n, event_hazard, censoring_hazard, total=None):
    """Events and censored patients expected of n up to each edge of the cells; whoever is left at the end is censored there.

    Parameters
    ----------
    n : int
    event_hazard, censoring_hazard : ndarray, shape (c + 1,)
        Cumulative hazards at the edges.
    total : int, optional
        Events over the whole follow-up to which those expected are brought.

    Returns
    -------
    events, censored : ndarray, shape (c + 1,)
    """
    event, censoring = np.diff(event_hazard), np.diff(censoring_hazard)
    leaving = -np.diff(exp(-(event_hazard + censoring_hazard)))
    share = event / np.maximum(event + censoring, 1e-300)
    events = np.concatenate([[0], np.cumsum(n * leaving * share)])
    censored = np.concatenate([[0], np.cumsum(n * leaving * (1 - share))])
    return events if total is None else events * (total / events[-1]), censored


def place(arm: ArmSummary, total, edges, event_hazard, censoring_hazard, chance: Chance):
    """Patients of one arm.

    Parameters
    ----------
    arm : ArmSummary
        What is to come out.
    total : int
        Events.
    edges : ndarray, shape (c + 1,)
        Months.
    event_hazard, censoring_hazard : ndarray, shape (c + 1,)
        Cumulative hazards at the edges.
    chance : Chance

    Returns
    -------
    times : ndarray, shape (n,)
        Months.
    events : ndarray of bool, shape (n,)
    unmet : list of str
        Names of the printed numbers that do not come out; empty if all is well.
    """
    events_by, censored_by = expected(arm.n, event_hazard, censoring_hazard, total)
    cuts = _cuts(arm, edges[-1])
    leaving = np.round(interp(cuts, edges, arm.n * -expm1(-(event_hazard + censoring_hazard)))).astype(int)
    for month, count in arm.at_risk:
        leaving[np.flatnonzero(cuts == month)] = arm.n - count
    leaving[0], leaving[-1] = 0, arm.n
    leaving = np.maximum.accumulate(np.minimum(leaving, arm.n))
    reached = np.floor(interp(cuts, edges, events_by) + chance.rounding).astype(int)
    reached[0], reached[-1] = 0, total
    event_counts = _within(np.diff(np.minimum(reached, total)), np.diff(leaving))
    censored_counts = np.diff(leaving) - event_counts
    pieces = []
    for counts, by, uniform in (
        (event_counts, events_by, chance.events),
        (censored_counts, censored_by, chance.censored),
    ):
        pieces.append(spread(counts, cuts, edges, by, uniform))
    times = np.concatenate(pieces)
    events = np.arange(arm.n) < len(pieces[0])
    return repair(arm, times, events, edges[-1], chance)


def reshaped(arm: ArmSummary, times, events, power):
    """The same patients, earlier or later between the printed times and the medians: what is met stays met.

    Parameters
    ----------
    arm : ArmSummary
    times, events : ndarray, shape (n,)
    power : float
        Above 1, times move to the start of their piece; below 1, to its end.

    Returns
    -------
    times : ndarray, shape (n,)
    """
    halves = np.concatenate([half(times, which) for which in (events, ~events)])
    cuts = np.unique([*_cuts(arm, times.max()), *halves[np.isfinite(halves)]])
    piece = np.clip(np.searchsorted(cuts, times, side="right") - 1, 0, len(cuts) - 2)
    start, length = cuts[piece], np.diff(cuts)[piece]
    return start + length * powered((times - start) / length, power)


def with_followup(trial: TrialSummary, times, events, place):
    """The same patients with the median follow-up of both arms together in its window, if a stretch of time takes it there.

    All times of both arms stretch together, but for the printed ones and the medians of the arms: no patient passes another,
    so that no curve changes at them, nor the comparison of the arms.

    Parameters
    ----------
    trial : TrialSummary
        With a median follow-up of both arms.
    times, events : ndarray, shape (n,)
        Of both arms, the control's first.
    place : float
        Where in the window, in [0, 1].

    Returns
    -------
    times : ndarray, shape (n,)
    """
    now = median(times, ~events)
    if trial.median_followup.holds(now):
        return times
    fixed, goal = fixed_times(trial, times, events), trial.median_followup.at(place)
    return stretch(times, [now], [goal], fixed) if same_piece(fixed, now, goal) else times


def fixed_times(trial: TrialSummary, times, events):
    """Months that must stay where they are while the times of all patients stretch, rising: printed ones, and printed medians.

    Parameters
    ----------
    trial : TrialSummary
    times, events : ndarray, shape (n,)
        Of both arms, the control's first.
    """
    fixed = np.concatenate([_cuts(arm, max(trial.longest_followup, times.max())) for arm in trial.arms])
    for arm, part in zip(trial.arms, trial.parts):
        for printed, which in ((arm.median, events[part]), (arm.median_followup, ~events[part])):
            fixed = np.append(fixed, half(times[part], which) if printed else [])
    return np.unique(fixed[np.isfinite(fixed)])


def _cuts(arm, end):
    """Printed times of an arm, from 0 to the end of follow-up."""
    times = {month for month, _ in arm.survival} | {month for month, _ in arm.at_risk}
    times |= {w.middle for w in (arm.median, arm.median_followup) if isinstance(w, Window)}
    return np.array([0.0, *sorted(t for t in times if 0 < t < end), end])


def _within(counts, capacity):
    """Counts moved to the nearest later, then earlier pieces until none is above its capacity."""
    counts = counts.copy()
    for order in (range(len(counts) - 1), range(len(counts) - 1, 0, -1)):
        for index in order:
            target = index + (1 if order.step > 0 else -1)
            excess = max(counts[index] - capacity[index], 0)
            counts[index] -= excess
            counts[target] += excess
    return np.minimum(counts, capacity)


def spread(counts, cuts, edges, expected_by, uniform):
    """Times of the patients of each piece, at quantiles of what is expected within it, piece by piece.

    Parameters
    ----------
    counts : sequence of int, of p pieces
    cuts : ndarray, shape (p + 1,)
        Months at which the pieces start and end.
    edges, expected_by : ndarray, shape (c + 1,)
        Months, and patients expected by then.
    uniform : ndarray, shape (p, at least the largest count), or None
        Uniform numbers that choose the quantiles; without them they are even.
    """
    at_cuts = interp(cuts, edges, expected_by)
    times = []
    for piece, count in enumerate(counts):
        low, high, start, stop = at_cuts[piece], at_cuts[piece + 1], cuts[piece], cuts[piece + 1]
        even = (np.arange(count) + 0.5) / max(count, 1)
        fractions = even if uniform is None else np.sort(uniform[piece, :count])
        if high - low > 1e-9:
            found = interp(low + fractions * (high - low), expected_by, edges)
        else:
            found = start + fractions * (stop - start)
        # Strictly inside the piece: a patient at its very start or end would count for its neighbour.
        inside = (stop - start) * 1e-6
        times.append(np.clip(found, start + inside, stop - inside if stop < cuts[-1] else stop))
    return np.concatenate(times)
