"""Pseudo individual patient data from the coordinates of both arms' curves and everything else that is reported."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from tourmaline.roles import ARMS
from tourmaline.statistics.reconstruction.digitised_curves.curve_check import Contradiction, check_curves
from tourmaline.statistics.reconstruction.digitised_curves.reading import (
    READ_TIME,
    TILTS,
    expected_events,
    read_off,
    stepped,
    steps_of,
)
from tourmaline.statistics.reconstruction.inputs.rounding_intervals import RoundingInterval
from tourmaline.statistics.reconstruction.inputs.summary import TrialSummary
from tourmaline.statistics.reconstruction.search.comparison import compare_with_reported
from tourmaline.statistics.reconstruction.search.conflict import COMPARISON
from tourmaline.statistics.reconstruction.search.draws import not_given, tuned
from tourmaline.statistics.reconstruction.search.greedy_repair import greedy_repair
from tourmaline.statistics.reconstruction.search.outcomes import half, median, survival_at, unmet
from tourmaline.statistics.reconstruction.search.patients import Placement, with_followup
from tourmaline.statistics.reproducible import exp, interp
from tourmaline.statistics.reproducible import power as powered

BOTH_EVENTS = "events of both arms"
ROUNDED = 1e-9  # of sums and products of survival
NUMBERS_FOLLOWED = "numbers followed (no events, numbers at risk or median follow-up are reported)"
# Steps in which the curves are moved apart or together, within the reading error, for the reported comparison (of the reference, and
# of the others); and how far in all, as the log of a ratio of cumulative hazards.
STEPS, FEWER_STEPS, FURTHEST_APART = 8, 4, 0.5
# A hazard ratio of the curves so far from the reported one, on the log scale, is that of other curves or of another comparison.
OTHER_COMPARISON = 0.2
CENSORED_FIRST = 20.0  # misread months by which an event counts as further away from a month than a censored patient
MOST_MOVED = 4  # events that pass a month for a survival rate
TRIES = 2  # for each set of the ensemble


@dataclass(frozen=True, eq=False)
class ReadPatients:
    """Patients of both arms, read off their curves.

    Attributes
    ----------
    times, events : ndarray, shape (n,)
        Control patients first.
    placements : tuple of Placement
        Of each arm, where in their rounding intervals the medians are to come.
    wanted : float
        Where in the rounding interval of the hazard ratio, in [0, 1].
    unmet : tuple of str
        Reported numbers that they do not match.
    """

    times: np.ndarray
    events: np.ndarray
    placements: tuple[Placement, Placement]
    wanted: float = 0.5
    unmet: tuple[str, ...] = ()


def read_arms(trial: TrialSummary, generator=None, allowed=None) -> ReadPatients:
    """Patients of both arms off their curves, who match whatever else is reported as far as the curves allow.

    `read_off` leaves two things open: the coordinates within their reading error, and how early those were lost of whom only
    the number is known. Events reported or implied for both arms together say how early; the hazard ratio, its interval and P
    move the curves apart or together within the reading error; a survival rate, a median and a median follow-up are then
    brought into their rounding intervals by changes of single patients. A change that takes a curve further from its coordinates than
    the reading error and one patient, and than it was, is not made.

    Parameters
    ----------
    trial : TrialSummary
        With a curve of each arm.
    generator : numpy.random.Generator, optional
        Moves the coordinates within the reading error; without it the reference is read.
    allowed : set of str, optional
        Reported numbers that need not match; with a generator, a few draws are tried until all others do.

    Raises
    ------
    Contradiction
        If a curve cannot be of the reported numbers.
    """
    if generator is None:
        check_curves(trial)
    arms = [replace(arm, curve=stepped(arm.curve, arm.n, arm.events)) for arm in trial.arms]
    trial = replace(trial, control=arms[0], experimental=arms[1])
    if generator is None:
        found = _read(trial, [arm.curve for arm in trial.arms], (Placement(), Placement()), 0.5, STEPS)
        _check_comparison(trial, found)
        return found
    best = None
    for _ in range(TRIES):
        curves = [arm.curve.moved(generator) for arm in trial.arms]
        placements = [Placement(0.5, None, None, *generator.random(2)) for _ in trial.arms]
        found = _read(trial, curves, placements, generator.random(), FEWER_STEPS)
        if set(found.unmet) <= allowed:
            return found
        if best is None or len(found.unmet) < len(best.unmet):
            best = found
    return best


def _check_comparison(trial, found):
    """Refuse curves whose hazard ratio is far from the reported one."""
    if trial.hazard_ratio is None or "hazard ratio" not in found.unmet:
        return
    compared = compare_with_reported(trial, [found])
    now, wanted = float(compared.now[0]), float(compared.wanted[0])
    if abs(now - wanted) <= OTHER_COMPARISON:
        return
    exchanged = abs(now + wanted) < abs(now - wanted)
    cause = "are the arms exchanged?" if exchanged else "is this the figure of this analysis?"
    raise Contradiction(
        f"the curves give a hazard ratio of {exp(now):.2f} (experimental to control), but {trial.hazard_ratio.middle:.3g} is "
        f"reported: {cause}"
    )


def _read(trial, curves, placements, wanted, steps):
    """The patients of curves that are moved apart or together until they match the reported comparison, or the nearest found."""
    apart, nearest, least = 0.0, None, (np.inf, np.inf)
    for _ in range(steps if trial.hazard_ratio is not None else 1):
        moved = [_apart(arm.curve, curve, sign * apart) for arm, curve, sign in zip(trial.arms, curves, (-1, 1))]
        found = replace(_whole(trial, moved, placements), wanted=wanted)
        compared = None if trial.hazard_ratio is None else compare_with_reported(trial, [found])
        missed = set(not_given(trial, found, compared))
        rank = len(missed), 0.0 if compared is None else float(compared.distance[0])
        if rank < least:
            nearest, least = found, rank
        if compared is None or not missed & COMPARISON:
            break
        # Each curve moves by half of it.
        apart += (compared.wanted[0] - compared.now[0]) / 2
        apart = min(max(apart, -FURTHEST_APART), FURTHEST_APART)
    nearest = replace(nearest, unmet=_unmet(trial, nearest))
    if nearest.unmet and set(nearest.unmet) <= COMPARISON:
        closer = tuned(trial, [nearest])[0]
        if not closer.unmet and _both_stay(trial, nearest, closer):
            nearest = replace(closer, unmet=_unmet(trial, closer))
    return nearest


def _unmet(trial, found):
    """Names of the reported numbers that patients do not match."""
    names = list(not_given(trial, found))
    if isinstance(trial.events, (int, np.integer)) and int(found.events.sum()) != trial.events:
        names.append(BOTH_EVENTS)
    if not _is_known_how_many_were_followed(trial):
        names.append(NUMBERS_FOLLOWED)
    for name, arm, part in zip(ARMS, trial.arms, trial.parts):
        if _off_the_points(arm, found.times[part], found.events[part]):
            names.append(f"{name} curve")
    return tuple(names)


def _off_the_points(arm, times, events):
    """Whether the estimate leaves the coordinates by more than the reading errors, of survival and of time, and one patient."""
    curve, off = arm.curve, READ_TIME * arm.curve.months[-1]
    last = np.searchsorted(curve.months, curve.months, side="right") - 1
    most = survival_at(times, events, np.maximum(curve.months - off, 0.0))
    least = survival_at(times, events, curve.months + off)
    left = np.maximum((times >= curve.months[:, None] - off).sum(axis=1), 1)
    read = curve.survival[last]
    allowed = curve.reading_error + read / left
    return bool((np.maximum(least - read, read - most) > allowed + ROUNDED).any())


def _is_known_how_many_were_followed(trial):
    of_arms = all(arm.events or arm.median_followup or any(month for month, _ in arm.at_risk) for arm in trial.arms)
    return bool(of_arms or trial.events or trial.median_followup)


def _apart(read, curve, by):
    """A curve with its cumulative hazard multiplied by e^by, as far as the reading error of the coordinates allows."""
    if not by:
        return curve
    return _near(read, curve, powered(curve.survival, exp(by)))


def _near(read, curve, survival):
    """The curve with other survival, as far as the reading error of the coordinates allows."""
    near = np.clip(survival, read.survival - read.reading_error, read.survival + read.reading_error)
    near = np.where(curve.survival == 1.0, 1.0, np.clip(near, 0.0, 1.0))
    return replace(curve, survival=np.minimum.accumulate(near))


def _whole(trial, curves, placements):
    """Whole patients of both arms from their curves, repaired as far as the curves stay as they were read."""
    lean = _lean(trial, curves, placements)
    rows, wanted = [], [arm.events for arm in trial.arms]
    open_arms = [number for number, events in enumerate(wanted) if events is None]
    for number, one in enumerate(zip(trial.arms, curves, placements)):
        if open_arms[-1:] == [number] and isinstance(trial.events, (int, np.integer)):
            # Of events known of both arms together, those that the other arm does not have.
            others = [int(events.sum()) for _, events in rows] + wanted[number + 1 :]
            wanted[number] = min(max(trial.events - sum(others), 0), trial.arms[number].n)
        rows.append(_patients(trial, *one, lean, wanted[number]))
    times, events = (np.concatenate(part) for part in zip(*rows))
    if trial.median_followup is not None:
        stretched = with_followup(trial, times, events, placements[0].median_followup)
        if _both_stay(trial, ReadPatients(times, events, placements), ReadPatients(stretched, events, placements)):
            times = stretched
    return ReadPatients(times, events, tuple(placements))


def _both_stay(trial, before, after):
    return all(
        _stays(arm, (before.times[part], before.events[part]), (after.times[part], after.events[part]))
        for arm, part in zip(trial.arms, trial.parts)
    )


def _half_followed(trial, arm, placement):
    """Where in its rounding interval the median follow-up is wanted; None if none is reported."""
    followup = arm.median_followup or trial.median_followup
    return min(followup.at(placement.median_followup), trial.longest_followup) if followup else None


def _patients(trial, arm, curve, placement, lean, events):
    """Times and events of one arm: of the curve as it is, or moved through the reported numbers, whichever matches more of them."""
    best, least = None, None
    for through in (False, True):
        found = read_off(
            _through_numbers(arm, curve) if through else curve,
            arm.n,
            arm.at_risk,
            events,
            trial.shortest_followup,
            _half_followed(trial, arm, placement),
            lean,
        )
        found = _mended(arm, *found, placement)
        missed = len(unmet(arm, *found))
        if best is None or missed < least:
            best, least = found, missed
        if not missed:
            break
    return best


def _through_numbers(arm, curve):
    """The curve through the reported survival rates, and high enough for the numbers at risk, as far as the reading error allows.

    Between the reported months it moves along.
    """
    months, off, followed = [0.0], [0.0], 1.0
    rates, counts = dict(arm.survival), {month: count for month, count in arm.at_risk if count}
    for month in sorted(month for month in {*rates, *counts} if 0 < month <= curve.months[-1]):
        here = 0.0
        if month in rates:
            read, interval = curve.at(month), rates[month]
            if not interval.holds(read):
                here = (interval.at(0.0) if read < interval.lower else interval.at(1.0)) - read
        if month in counts:
            before, needed = curve.at(month, before=True) + here, counts[month] / (arm.n * followed)
            if before < needed:
                here, before = here + needed - before, needed
            followed = min(followed, counts[month] / (arm.n * before))
        months.append(month)
        off.append(here)
    moved = curve.survival + interp(curve.months, np.array([*months, np.inf]), np.array([*off, off[-1]]))
    return _near(arm.curve, curve, moved)


def _mended(arm, times, events, placement):
    """Patients of one arm, changed one by one to match numbers at risk, medians and rates.

    A change is kept if it leaves the curve as it was read.
    """
    for change in (_with_counts, _with_followup, _with_survival_median, _with_rates, _with_counts):
        moved = change(arm, times, events, placement)
        if (moved != times).any() and _stays(arm, (times, events), (moved, events)):
            times = moved
    if unmet(arm, times, events):
        repaired, labels, _ = greedy_repair(arm, times[None], events[None], float(times.max()), [placement])
        if _stays(arm, (times, events), (repaired[0], labels[0])):
            return repaired[0], labels[0]
    return times, events


def _with_counts(arm, times, events, placement):
    """Times with the reported numbers at risk: the patients nearest to a month pass it, censored patients first."""
    times, off = times.copy(), 0.5 * READ_TIME * arm.curve.months[-1]
    for month, count in arm.at_risk:
        excess = int((times >= month).sum()) - count
        if month > 0 and excess:
            side = np.flatnonzero(times >= month if excess > 0 else times < month)
            away = np.abs(times[side] - month) + np.where(events[side], CENSORED_FIRST * off, 0.0)
            nearest = side[np.argsort(away, kind="stable")[: abs(excess)]]
            times[nearest] = max(month - off, 0.5 * month) if excess > 0 else month
    return times


def _with_rates(arm, times, events, placement):
    """Times with the reported survival rates: the events nearest to a month pass it."""
    times, off = times.copy(), 0.5 * READ_TIME * arm.curve.months[-1]
    for month, interval in arm.survival:
        for _ in range(MOST_MOVED):
            now = survival_at(times, events, [month])[0]
            if interval.holds(now) or not 0 < month < times.max():
                break
            low = now < interval.lower
            side = np.flatnonzero(events & ((times <= month) if low else (times > month)))
            if not len(side):
                break
            times[side[np.argmin(np.abs(times[side] - month))]] = min(month + off, times.max()) if low else month
    return times


def _with_followup(arm, times, events, placement):
    """Times of the censored with the reported median follow-up."""
    return _with_median(arm, times, ~events, arm.median_followup, placement.median_followup)


def _with_survival_median(arm, times, events, placement):
    """Times of the events with the reported median."""
    return _with_median(arm, times, events, arm.median, placement.median)


def _with_median(arm, times, which, interval, place):
    """Times with a median in its rounding interval: the patients nearest to it move into it, one by one, unless a number at risk is between."""
    times = times.copy()
    if not isinstance(interval, RoundingInterval):
        return times
    goal, fixed = interval.at(place), [month for month, _ in arm.at_risk if month > 0]
    for _ in range(len(times)):
        now = median(times, which)
        if interval.holds(now):
            break
        start, stop = half(times, which)
        leaves = start if now < interval.lower or start > goal else stop
        if not np.isfinite(leaves) or any(min(leaves, goal) <= month <= max(leaves, goal) for month in fixed):
            break
        times[np.flatnonzero(which & (times == leaves))[0]] = goal
    return times


def _lean(trial, curves, placements):
    """How early those who are lost leave, alike in both arms, to match the events of both arms together."""
    if trial.events is None or all(arm.events for arm in trial.arms):
        return 0.0
    counts = sum(arm.events or 0 for arm in trial.arms)
    for arm, curve, placement in zip(trial.arms, curves, placements):
        if not arm.events:
            followed = trial.shortest_followup, _half_followed(trial, arm, placement)
            steps = steps_of(curve, arm.n, arm.at_risk, None, *followed)
            counts = counts + expected_events(steps, arm.n, exp(np.repeat(TILTS[:, None], len(steps.stops), axis=1)))
    target = trial.events.middle if isinstance(trial.events, RoundingInterval) else trial.events
    return float(interp(-target, -counts, TILTS))


def _stays(arm, before, after):
    """Whether a curve stays as it was read: after a change no further off its coordinates than before, or than is allowed."""
    now = _deviation(arm, *after)
    return now <= arm.curve.reading_error + 1.0 / arm.n or now <= _deviation(arm, *before)


def _deviation(arm, times, events):
    """How far the estimate is from the coordinates, at most; of several points of one month, from the lowest."""
    curve = arm.curve
    last = np.searchsorted(curve.months, curve.months, side="right") - 1
    return float(np.abs(survival_at(times, events, curve.months) - curve.survival[last]).max())
