"""Members of an ensemble: whole patients from hazards, moved until they give every printed number."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from tourmaline.statistics.reconstruction import patients
from tourmaline.statistics.reconstruction.arranging import arrange
from tourmaline.statistics.reconstruction.comparison import comparable, compare
from tourmaline.statistics.reconstruction.conditioning import Constraint, condition, constraints, directions
from tourmaline.statistics.reconstruction.conflict import COMPARISON, POOLED_FOLLOWUP
from tourmaline.statistics.reconstruction.outcomes import median, unmet, unmet_in_sets
from tourmaline.statistics.reconstruction.settling import distances, settle
from tourmaline.statistics.reconstruction.windows import Window
from tourmaline.statistics.reproducible import exp, log, standard_normal

# Steps towards the printed comparison, and those after which an arm must give its own numbers.
ATTEMPTS, ARM_ATTEMPTS = 5, 2
# The hazard ratio asked of hazards comes out of whole patients to about one patient; the rest is done by moving times
# between the printed ones, which may change the log hazard ratio by this much. What is left after a few steps are the
# jumps of single patients who pass each other: other powers for both arms together give others.
NEAR = 0.03
COMMON = (0.0, 0.0, 0.0, 0.0, 0.02, -0.02, 0.04, -0.04, 0.06, -0.06, 0.08, -0.08)
# The point nearest to a draw that meets the constraints is nearer to the reference than a draw of the posterior would be:
# draws start from further out, the further the more is printed. The factors, by level of information, were chosen for the
# coverage of the ensemble's band on arms of a trial's size in the data sets of R's package survival.
WIDTH = {1: 1.5, 2: 2.5, 3: 2.5}
SLOPE = 0.45  # first guess of the change of the log hazard ratio by the log of the power with which times move


@dataclass(frozen=True, eq=False)
class Member:
    """One set of patients on its way: its chance, and what it gives so far.

    Attributes
    ----------
    draw : ndarray, shape (k,), or None
        Where its hazards start, in standard deviations of the prior; None is the prior's mean.
    chances : tuple of Chance
        Of each arm, where in the windows its patients come.
    wanted, events_wanted : float
        Where in the windows of the hazard ratio, and of the events if they are only implied; in [0, 1].
    hazards : tuple
        Of each arm: edges, and the cumulative hazards of the event and of censoring there.
    times, events : ndarray, shape (n,), or None
        Its patients, control first; None until they are placed.
    unmet : tuple of str
        Printed numbers that it does not give.
    """

    draw: np.ndarray | None
    chances: tuple[patients.Chance, patients.Chance]
    wanted: float = 0.5
    events_wanted: float = 0.5
    hazards: tuple = ()
    times: np.ndarray | None = None
    events: np.ndarray | None = None
    unmet: tuple[str, ...] = ("hazards",)

    @classmethod
    def drawn(cls, generator, trial, number):
        """So many members of random draws."""
        members, size = [], directions(trial)
        for _ in range(number):
            chances = tuple(patients.Chance.of(generator, arm, trial.longest_followup) for arm in trial.arms)
            draw = WIDTH[trial.information] * standard_normal(generator, size)
            members.append(cls(draw, chances, *generator.random(2)))
        return members

    def comparable(self, trial):
        """Whether there is a finite hazard ratio between its arms."""
        return bool(comparable(self.times[None], self.events[None], trial.arm)[0])


def fit(trial, members):
    """Members with their patients: what is asked of the hazards is moved until the patients give the comparison.

    Parameters
    ----------
    trial : TrialSummary
    members : sequence of Member
        All with a draw, or all without one.

    Returns
    -------
    list of Member
        In the same order; of a draw for which no hazards were found, without patients.
    """
    conditions = constraints(trial)
    ratio = np.full(len(members), log(trial.hazard_ratio.middle)) if trial.hazard_ratio else None
    total = None
    if isinstance(trial.events, Window):
        width = trial.events.upper - trial.events.lower
        total = trial.events.lower + width * np.array([member.events_wanted for member in members])
    draws = None if members[0].draw is None else np.array([member.draw for member in members])
    done, active, near = list(members), np.arange(len(members)), None
    for attempt in range(ATTEMPTS):
        if total is not None:
            asked = Constraint("events", None, np.nan, log(total[active]), 0.3 / trial.likely_events)
        hazards, near, found = condition(
            trial,
            conditions if total is None else [*conditions, asked],
            None if ratio is None else ratio[active],
            None if draws is None else draws[active],
            near,
        )
        # The reference is placed even so: its patients tell which numbers do not come out.
        rows = np.arange(len(active)) if draws is None else np.flatnonzero(found)
        active, near = active[rows], near[rows]
        if not len(active):
            break
        events = [trial.events] * len(active) if total is None else [round(total[index]) for index in active]
        for index, placed in zip(active, _place(trial, [done[index] for index in active], hazards, rows, events)):
            done[index] = placed
        if ratio is None:
            break
        compared = compare(trial, [done[index] for index in active])
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
        # Arms whose own numbers have not come out by now will not.
        hopeless = [attempt >= ARM_ATTEMPTS and bool(set(done[index].unmet) - COMPARISON) for index in active]
        left = [row for row, index in enumerate(active) if done[index].unmet and not hopeless[row]]
        active, near = active[left], near[left]
        if not len(active):
            break
    return done


def settled(trial, member, rounds):
    """A member that did not quite come out, after its arms were arranged anew, and after small changes of its patients."""
    member = _checked(trial, _arranged(trial, member))
    if member.draw is not None and _arms_unmet(trial, member):
        return member  # another draw takes less time
    if member.unmet and trial.hazard_ratio:
        member = tuned(trial, [member])[0]
    return _checked(trial, settle(trial, member, rounds)) if member.unmet else member


def _checked(trial, member):
    """A member with the names of the printed numbers that it does not give."""
    return replace(member, unmet=not_given(trial, member))


def not_given(trial, member):
    """Names of the printed numbers that patients do not give, of whatever has their `times` and `events`."""
    names = _arms_not_given(trial, member.times[None], member.events[None])[0]
    return names + (compare(trial, [member]).wrong[0] if trial.hazard_ratio else ())


def _arranged(trial, member):
    """A member whose arms give what is printed of each, as near to the printed comparison as the orders found allow."""
    generator, wrong = None if member.draw is None else np.random.default_rng(0), _arms_unmet(trial, member)
    choices = []
    for number, (summary, part) in enumerate(zip(trial.arms, trial.parts)):
        own, found = (member.times[part], member.events[part]), []
        if number in wrong:
            total, (edges, *hazards) = int(own[1].sum()), member.hazards[number]
            found = arrange(summary, total, edges, *patients.expected(summary.n, *hazards, total), generator)
        choices.append([one for one in found if not unmet(summary, *one)] or [own])
    candidates = [
        replace(member, times=np.concatenate(times), events=np.concatenate(events))
        for times, events in (zip(*pair) for pair in product(*choices))
    ]
    candidates = _of_both_arms(trial, candidates)
    return candidates[int(np.argmin(distances(trial, candidates)))]


def _arms_unmet(trial, member):
    """The arms, by number, that do not give what is printed of them."""
    return [
        number
        for number, (summary, part) in enumerate(zip(trial.arms, trial.parts))
        if unmet(summary, member.times[part], member.events[part])
    ]


def _place(trial, members, hazards, rows, events):
    """Members with patients from rows of the hazards, with so many events of both arms each (None where each arm's are known)."""
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
        patients.place(arm, total, hazards.edges, *pair, [member.chances[number] for member in members])
        for number, (arm, total, pair) in enumerate(zip(trial.arms, totals, cumulative))
    ]
    times, died, _ = zip(*arms)
    placed = [
        replace(
            member,
            hazards=tuple((hazards.edges, *(hazard[row] for hazard in pair)) for pair in cumulative),
            times=np.concatenate([of_arm[row] for of_arm in times]),
            events=np.concatenate([of_arm[row] for of_arm in died]),
        )
        for row, member in enumerate(members)
    ]
    return _checked_arms(trial, _of_both_arms(trial, placed))


def _of_both_arms(trial, members):
    """Members whose times are stretched so that they give what is printed of both arms together."""
    if trial.median_followup is None or not members:
        return members
    wanted = np.array([member.chances[0].median_followup for member in members])
    times, events = np.array([member.times for member in members]), np.array([member.events for member in members])
    stretched = patients.with_followup(trial, times, events, wanted)
    return [replace(member, times=row) for member, row in zip(members, stretched)]


def tuned(trial, members):
    """Members whose times, moved a little between the printed ones, give the printed comparison; others as they were."""
    done, active = list(members), np.arange(len(members))
    powers, before = np.zeros(len(members)), None
    slope = np.full(len(members), SLOPE)
    for common in COMMON:
        if not len(active):
            break
        moved = _moved(trial, [members[index] for index in active], powers[active], common)
        compared = compare(trial, moved)
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


def _moved(trial, members, powers, common):
    """The control's times earlier and the experimental arm's later in their pieces, or the reverse: a higher or lower ratio."""
    times, events = np.array([member.times for member in members]), np.array([member.events for member in members])
    for summary, part, sign in zip(trial.arms, trial.parts, (-1, 1)):
        power = exp(common + sign * powers)[:, None]
        times[:, part] = patients.reshaped(summary, times[:, part], events[:, part], power)
    return _of_both_arms(trial, [replace(member, times=row, unmet=()) for member, row in zip(members, times)])


def _checked_arms(trial, members):
    """Members with the names of the printed numbers that they do not give, but for those of the comparison."""
    if not members:
        return members
    times, events = np.array([member.times for member in members]), np.array([member.events for member in members])
    names = _arms_not_given(trial, times, events)
    return [replace(member, unmet=name) for member, name in zip(members, names)]


def _arms_not_given(trial, times, events):
    """Names of the printed numbers that m sets, shape (m, n), do not give, but for those of the comparison: a tuple each."""
    wrong = [unmet_in_sets(summary, times[:, part], events[:, part]) for summary, part in zip(trial.arms, trial.parts)]
    names = [
        tuple(f"control {what}" for what in one) + tuple(f"experimental {what}" for what in other)
        for one, other in zip(*wrong)
    ]
    if trial.median_followup is not None:
        held = trial.median_followup.holds(median(times, ~events))
        names = [name if fits else (*name, POOLED_FOLLOWUP) for name, fits in zip(names, held)]
    return names
