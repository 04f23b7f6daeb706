"""Local search, the last step towards the reported numbers: small random changes of whole patients, kept if they come nearer."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tourmaline.statistics.reconstruction.inputs.rounding_intervals import RoundingInterval
from tourmaline.statistics.reconstruction.search.comparison import compare_with_reported
from tourmaline.statistics.reconstruction.search.outcomes import at_risk, median, survival_at
from tourmaline.statistics.reconstruction.search.patients import reshaped
from tourmaline.statistics.reproducible import exp, standard_normal

ROUNDS, PATIENCE, CANDIDATES, MEMORY = 150, 40, 32, 6
FEW = 3  # patients that change at once, at most
NEAR, NEIGHBOURS = 0.7, 8  # share of swaps that are with one of the nearest patients
MOVE, NOT_AT_ONCE = 0.04, 1e-4  # standard deviation of a move and the earliest time, as shares of follow-up
ACROSS = 0.5  # share of moves in which the patient nearest to a reported time passes it
STEPS = 200  # of a walk
POWER = 0.08  # standard deviation of the log of the power with which times move between the reported ones


def local_search(trial, draw, rounds=ROUNDS, patience=PATIENCE):
    """A draw nearer to the reported numbers, or as it was.

    Each round tries small changes: a few events and censored patients swap their labels, a few move in time, or all of an arm
    move between the reported times. The one that leaves the least distance to the reported numbers is taken if it is nearer
    than what was taken some rounds before (late acceptance, Burke and Bykov 2017, doi:10.1016/j.ejor.2016.07.012), so that
    the search can leave a place where no change is better.

    Parameters
    ----------
    trial : TrialSummary
    draw : dataclass
        With `times` and `events`, shape (n,).
    rounds : int
        At most.
    patience : int
        Rounds without a nearer one after which the search ends.
    """
    generator = np.random.default_rng(0)
    now, best = draw, draw
    least = distances(trial, [draw])[0]
    memory, since = np.full(MEMORY, least), 0
    for turn in range(rounds):
        if not least or since > patience:
            break
        tried = _changed(trial, [now] * CANDIDATES, generator, [number % 4 for number in range(CANDIDATES)])
        found = distances(trial, tried)
        nearest = int(np.argmin(found))
        since += 1
        if found[nearest] < least:
            best, least, since = tried[nearest], found[nearest], 0
        if found[nearest] <= memory[turn % MEMORY]:
            now, memory[turn % MEMORY] = tried[nearest], found[nearest]
    return best


def random_walk(trial, draws, number, generator):
    """Further draws by small random changes of some, each of which keeps every reported number.

    A walk of `STEPS` changes, of the kinds that `local_search` tries, starts from each of the draws in turn. Where nothing reported
    can be kept, it stays: such a walk gives no draw. What it reaches lies nearer to where it starts than another draw would.

    Parameters
    ----------
    trial : TrialSummary
    draws : list of dataclass
        As of `local_search`; they give all reported numbers.
    number : int
        Walks.
    generator : numpy Generator

    Returns
    -------
    list of dataclass
        At most `number`.
    """
    start = [draws[index % len(draws)] for index in range(number)]
    now = list(start)
    for step in range(STEPS):
        tried = _changed(trial, now, generator, [step % 4] * len(now))
        keeps = distances(trial, tried) == 0
        now = [new if kept else old for new, kept, old in zip(tried, keeps, now)]
    return [draw for draw, first in zip(now, start) if draw is not first]


def distances(trial, draws):
    """How far draws are from the reported numbers, shape (m,): squared, in widths of their rounding intervals; 0 if all match."""
    times, events = np.array([m.times for m in draws]), np.array([m.events for m in draws])
    total = np.zeros(len(draws))
    if trial.median_followup:
        total += trial.median_followup.distance(median(times, ~events))
    for summary, part in zip(trial.arms, trial.parts):
        total += sum(_arm_distances(summary, times[:, part], events[:, part]))
    if trial.hazard_ratio is not None:
        total += compare_with_reported(trial, draws).distance
    return total


def _arm_distances(summary, times, events):
    """What each reported number of an arm adds to the distance of m draws, shape (m,) each."""
    for which, wanted in ((events, summary.median), (~events, summary.median_followup)):
        if isinstance(wanted, RoundingInterval):
            yield wanted.distance(median(times, which))
        elif wanted is not None:
            yield np.isfinite(median(times, which)).astype(float)
    if summary.survival:
        months = [month for month, _ in summary.survival]
        for (_, interval), survival in zip(summary.survival, survival_at(times, events, months).T):
            yield interval.distance(survival)
    if summary.at_risk:
        months, counts = np.array(summary.at_risk).T
        yield ((at_risk(times, months) - counts) ** 2).sum(1)


def _changed(trial, draws, generator, kinds):
    """Each draw after a small change of its kind: 0 moves the times of an arm, 1 a few patients, 2 and 3 swap labels."""
    changed, powers = [], ({}, {})
    for number, (draw, kind) in enumerate(zip(draws, kinds)):
        times, events = draw.times.copy(), draw.events.copy()
        side, few = int(generator.integers(2)), int(generator.integers(1, FEW + 1))
        if kind == 0:
            powers[side][number] = standard_normal(generator)
        elif kind == 1:
            _move(trial, side, few, times, generator)
        else:
            _swap_labels(trial.parts[side], few, times, events, generator)
        changed.append(replace(draw, times=times, events=events))
    for summary, part, of_arm in zip(trial.arms, trial.parts, powers):
        if of_arm:
            moved = [changed[number] for number in of_arm]
            times, events = np.array([m.times[part] for m in moved]), np.array([m.events[part] for m in moved])
            power = exp(POWER * np.array(list(of_arm.values())))[:, None]
            for draw, row in zip(moved, reshaped(summary, times, events, power)):
                draw.times[part] = row
    return changed


def _move(trial, side, few, times, generator):
    """A few patients of an arm move in time, or the one nearest to a reported time passes it."""
    own = np.arange(len(times))[trial.parts[side]]
    moved, end = generator.choice(own, few), trial.longest_followup
    wanted = times[moved] + MOVE * end * standard_normal(generator, few)
    printed = [month for month, _ in (*trial.arms[side].survival, *trial.arms[side].at_risk) if month > 0]
    if printed and generator.random() < ACROSS:
        month = generator.choice(printed)
        moved = own[[np.argmin(np.abs(times[own] - month))]]
        wanted = month + (month - times[moved])
    times[moved] = np.clip(wanted, NOT_AT_ONCE * end, times[own].max())


def _swap_labels(part, few, times, events, generator):
    """A few events and censored patients of an arm swap their labels, most with one of the nearest."""
    own = np.arange(len(times))[part]
    if not 0 < events[own].sum() < len(own):
        return
    for _ in range(few):
        one = generator.choice(own[events[own]])
        others = own[~events[own]]
        if generator.random() < NEAR:
            others = others[np.argsort(np.abs(times[others] - times[one]), kind="stable")[:NEIGHBOURS]]
        events[one], events[generator.choice(others)] = False, True
