"""Draws of an ensemble: whole patients from hazards, moved until they give every reported number."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from tourmaline.statistics.reconstruction.hazards.constrained_hazards import (
    Constraint,
    condition,
    constraints,
    directions,
)
from tourmaline.statistics.reconstruction.inputs.rounding_intervals import RoundingInterval
from tourmaline.statistics.reconstruction.search import patients
from tourmaline.statistics.reconstruction.search.beam_search import beam_search
from tourmaline.statistics.reconstruction.search.comparison import comparable, compare_with_reported
from tourmaline.statistics.reconstruction.search.conflict import COMPARISON, POOLED_FOLLOWUP
from tourmaline.statistics.reconstruction.search.local_search import distances, local_search
from tourmaline.statistics.reconstruction.search.outcomes import median, unmet, unmet_in_sets
from tourmaline.statistics.reproducible import exp, log, standard_normal

# Steps towards the reported comparison, and those after which an arm must give its own numbers.
ATTEMPTS, ARM_ATTEMPTS = 5, 2
# Whole patients give the hazard ratio asked of hazards to about one patient; the rest is done by moving times
# between the reported ones, which may change the log hazard ratio by this much. What is left after a few steps are the
# jumps of single patients who pass each other: other powers for both arms together give others.
NEAR = 0.03
COMMON = (0.0, 0.0, 0.0, 0.0, 0.02, -0.02, 0.04, -0.04, 0.06, -0.06, 0.08, -0.08)
# The point nearest to a start that meets the constraints is nearer to the reference than a draw of the posterior would be:
# the starts lie further out, the further the more is reported. The factors, by level of information, were chosen for the
# coverage of the ensemble's band on arms of a trial's size in the data sets of R's package survival.
WIDTH = {1: 1.5, 2: 2.5, 3: 2.5}
SLOPE = 0.45  # first guess of the change of the log hazard ratio by the log of the power with which times move


@dataclass(frozen=True, eq=False)
class Draw:
    """One simulated data set on its way: its random numbers, and what it gives so far.

    Attributes
    ----------
    start : ndarray, shape (k,), or None
        Where its hazards start, in standard deviations of the prior; None is the prior's mean.
    placements : tuple of Placement
        Of each arm, where in the rounding intervals its patients come.
    wanted, events_wanted : float
        Where in the rounding intervals of the hazard ratio, and of the events if they are only implied; in [0, 1].
    hazards : tuple
        Of each arm: edges, and the cumulative hazards of the event and of censoring there.
    times, events : ndarray, shape (n,), or None
        Its patients, control first; None until they are placed.
    unmet : tuple of str
        Reported numbers that it does not give.
    """

    start: np.ndarray | None
    placements: tuple[patients.Placement, patients.Placement]
    wanted: float = 0.5
    events_wanted: float = 0.5
    hazards: tuple = ()
    times: np.ndarray | None = None
    events: np.ndarray | None = None
    unmet: tuple[str, ...] = ("hazards",)

    @classmethod
    def at_random(cls, generator, trial, number):
        """So many draws, each from a random start."""
        draws, size = [], directions(trial)
        for _ in range(number):
            placements = tuple(patients.Placement.of(generator, arm, trial.longest_followup) for arm in trial.arms)
            start = WIDTH[trial.information] * standard_normal(generator, size)
            draws.append(cls(start, placements, *generator.random(2)))
        return draws

    def comparable(self, trial):
        """Whether there is a finite hazard ratio between its arms."""
        return bool(comparable(self.times[None], self.events[None], trial.arm)[0])


def fit(trial, draws):
    """Draws with their patients: what is asked of the hazards is moved until the patients give the comparison.

    Parameters
    ----------
    trial : TrialSummary
    draws : sequence of Draw
        All with a start, or all without one.

    Returns
    -------
    list of Draw
        In the same order; without patients where no hazards were found.
    """
    conditions = constraints(trial)
    ratio = np.full(len(draws), log(trial.hazard_ratio.middle)) if trial.hazard_ratio else None
    total = None
    if isinstance(trial.events, RoundingInterval):
        width = trial.events.upper - trial.events.lower
        total = trial.events.lower + width * np.array([draw.events_wanted for draw in draws])
    starts = None if draws[0].start is None else np.array([draw.start for draw in draws])
    done, active, near = list(draws), np.arange(len(draws)), None
    for attempt in range(ATTEMPTS):
        if total is not None:
            asked = Constraint("events", None, np.nan, log(total[active]), 0.3 / trial.likely_events)
        hazards, near, found = condition(
            trial,
            conditions if total is None else [*conditions, asked],
            None if ratio is None else ratio[active],
            None if starts is None else starts[active],
            near,
        )
        # The reference is placed even so: its patients show which numbers do not match.
        rows = np.arange(len(active)) if starts is None else np.flatnonzero(found)
        active, near = active[rows], near[rows]
        if not len(active):
            break
        events = [trial.events] * len(active) if total is None else [round(total[index]) for index in active]
        for index, placed in zip(active, _place(trial, [done[index] for index in active], hazards, rows, events)):
            done[index] = placed
        if ratio is None:
            break
        compared = compare_with_reported(trial, [done[index] for index in active])
        for row, index in enumerate(active):
            done[index] = replace(done[index], unmet=done[index].unmet + compared.wrong[row])
        near_by = compared.possible & (np.abs(compared.wanted - compared.now) < NEAR)
        rows = [
            row for row in np.flatnonzero(near_by) if set(compared.wrong[row]) >= set(done[active[row]].unmet) > set()
        ]
        for row, nearer in zip(rows, tuned(trial, [done[active[row]] for row in rows])):
            done[active[row]] = nearer
        ratio[active] += compared.wanted - compared.now
        if total is not None:
            total[active] = np.clip(total[active] / np.square(compared.error_factor), 2, len(trial.arm))
        # Arms whose own numbers do not match by now will not.
        hopeless = [attempt >= ARM_ATTEMPTS and bool(set(done[index].unmet) - COMPARISON) for index in active]
        left = [row for row, index in enumerate(active) if done[index].unmet and not hopeless[row]]
        active, near = active[left], near[left]
        if not len(active):
            break
    return done


def improved(trial, draw, rounds):
    """A draw that nearly matched, after a beam search for the orders of its arms, and a local search among its patients."""
    draw = _checked(trial, _reordered(trial, draw))
    if draw.start is not None and _arms_unmet(trial, draw):
        return draw  # another draw takes less time
    if draw.unmet and trial.hazard_ratio:
        draw = tuned(trial, [draw])[0]
    return _checked(trial, local_search(trial, draw, rounds)) if draw.unmet else draw


def _checked(trial, draw):
    """A draw with the names of the reported numbers that it does not give."""
    return replace(draw, unmet=not_given(trial, draw))


def not_given(trial, draw, compared=None):
    """Names of the reported numbers that patients do not give, of whatever has their `times` and `events`.

    `compared` is what `compare_with_reported` gave of them, if that is known.
    """
    names = _arms_not_given(trial, draw.times[None], draw.events[None])[0]
    if trial.hazard_ratio:
        names += (compared or compare_with_reported(trial, [draw])).wrong[0]
    return names


def _reordered(trial, draw):
    """A draw whose arms give what is reported of each, as near to the reported comparison as the orders found allow."""
    generator, wrong = None if draw.start is None else np.random.default_rng(0), _arms_unmet(trial, draw)
    choices = []
    for number, (summary, part) in enumerate(zip(trial.arms, trial.parts)):
        own, found = (draw.times[part], draw.events[part]), []
        if number in wrong:
            total, (edges, *hazards) = int(own[1].sum()), draw.hazards[number]
            found = beam_search(summary, total, edges, *patients.expected(summary.n, *hazards, total), generator)
        choices.append([one for one in found if not unmet(summary, *one)] or [own])
    candidates = [
        replace(draw, times=np.concatenate(times), events=np.concatenate(events))
        for times, events in (zip(*pair) for pair in product(*choices))
    ]
    candidates = _of_both_arms(trial, candidates)
    return candidates[int(np.argmin(distances(trial, candidates)))]


def _arms_unmet(trial, draw):
    """The arms, by number, that do not give what is reported of them."""
    return [
        number
        for number, (summary, part) in enumerate(zip(trial.arms, trial.parts))
        if unmet(summary, draw.times[part], draw.events[part])
    ]


def _place(trial, draws, hazards, rows, events):
    """Draws with patients from rows of the hazards, with so many events of both arms each (None where each arm's are known)."""
    cumulative = [(hazards.events[rows, number], hazards.censoring[rows, number]) for number in (0, 1)]
    totals = np.array(
        [
            np.full(len(rows), arm.events)
            if arm.events
            else np.clip(np.round(patients.expected(arm.n, *pair)[0][:, -1]), 1, arm.n)
            for arm, pair in zip(trial.arms, cumulative)
        ],
        int,
    )
    if events[0]:
        which = 0 if trial.experimental.events else 1
        totals[which] = np.clip(np.array(events) - totals[1 - which], 1, trial.arms[which].n)
    arms = [
        patients.place(arm, total, hazards.edges, *pair, [draw.placements[number] for draw in draws])
        for number, (arm, total, pair) in enumerate(zip(trial.arms, totals, cumulative))
    ]
    times, died, _ = zip(*arms)
    placed = [
        replace(
            draw,
            hazards=tuple((hazards.edges, *(hazard[row] for hazard in pair)) for pair in cumulative),
            times=np.concatenate([of_arm[row] for of_arm in times]),
            events=np.concatenate([of_arm[row] for of_arm in died]),
        )
        for row, draw in enumerate(draws)
    ]
    return _checked_arms(trial, _of_both_arms(trial, placed))


def _of_both_arms(trial, draws):
    """Draws whose times are stretched so that they give what is reported of both arms together."""
    if trial.median_followup is None or not draws:
        return draws
    wanted = np.array([draw.placements[0].median_followup for draw in draws])
    times, events = np.array([draw.times for draw in draws]), np.array([draw.events for draw in draws])
    stretched = patients.with_followup(trial, times, events, wanted)
    return [replace(draw, times=row) for draw, row in zip(draws, stretched)]


def tuned(trial, draws):
    """Draws whose times, moved a little between the reported ones, give the reported comparison; others as they were."""
    done, active = list(draws), np.arange(len(draws))
    powers, before = np.zeros(len(draws)), None
    slope = np.full(len(draws), SLOPE)
    for common in COMMON:
        if not len(active):
            break
        moved = _moved(trial, [draws[index] for index in active], powers[active], common)
        compared = compare_with_reported(trial, moved)
        compares = [row for row, wrong in enumerate(compared.wrong) if not wrong]
        for row, candidate in zip(compares, _checked_arms(trial, [moved[row] for row in compares])):
            if not candidate.unmet:
                done[active[row]] = candidate
        if before is not None:
            step = powers[active] - before[0]
            with np.errstate(divide="ignore", invalid="ignore"):
                secant = (compared.now - before[1]) / step
            slope[active] = np.where((secant > SLOPE / 5) & (secant < SLOPE * 5), secant, slope[active])
        left = np.array([bool(done[index].unmet) for index in active]) & compared.possible
        before = powers[active][left].copy(), compared.now[left]
        powers[active] += np.clip((compared.wanted - compared.now) / slope[active], -0.1, 0.1)
        active = active[left]
    return done


def _moved(trial, draws, powers, common):
    """The control's times earlier and the experimental arm's later in their pieces, or the reverse: a higher or lower ratio."""
    times, events = np.array([draw.times for draw in draws]), np.array([draw.events for draw in draws])
    for summary, part, sign in zip(trial.arms, trial.parts, (-1, 1)):
        power = exp(common + sign * powers)[:, None]
        times[:, part] = patients.reshaped(summary, times[:, part], events[:, part], power)
    return _of_both_arms(trial, [replace(draw, times=row, unmet=()) for draw, row in zip(draws, times)])


def _checked_arms(trial, draws):
    """Draws with the names of the reported numbers that they do not give, but for those of the comparison."""
    if not draws:
        return draws
    times, events = np.array([draw.times for draw in draws]), np.array([draw.events for draw in draws])
    names = _arms_not_given(trial, times, events)
    return [replace(draw, unmet=name) for draw, name in zip(draws, names)]


def _arms_not_given(trial, times, events):
    """Names of the reported numbers that m sets, shape (m, n), do not give, but for those of the comparison: a tuple each."""
    wrong = [unmet_in_sets(summary, times[:, part], events[:, part]) for summary, part in zip(trial.arms, trial.parts)]
    names = [
        tuple(f"control {what}" for what in one) + tuple(f"experimental {what}" for what in other)
        for one, other in zip(*wrong)
    ]
    if trial.median_followup is not None:
        held = trial.median_followup.holds(median(times, ~events))
        names = [name if fits else (*name, POOLED_FOLLOWUP) for name, fits in zip(names, held)]
    return names
