"""Greedy repair of whole patients: rounding moves what was reported by a patient or two, and small changes bring it back."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from tourmaline.statistics.reconstruction.inputs.rounding_intervals import RoundingInterval
from tourmaline.statistics.reconstruction.inputs.summary import ArmSummary
from tourmaline.statistics.reconstruction.search.outcomes import half, log_factors, median, unmet_in_sets
from tourmaline.statistics.reproducible import log

ROUNDS = 40
STAYS_ABOVE = RoundingInterval(0.5 + 1e-6, 0.52)  # survival at the end of a curve that is brought back above one half
OUTSIDE = (
    100.0  # more than any distance on the log scale: one patient may weigh more than a narrow rounding interval is wide
)
SMALLEST, SLACK = (
    1e-9,
    1e-9,
)  # survival that has a logarithm; and how far a log may be off a rounding interval that holds it
PATIENCE = 6  # rounds of repair without one more number that matches


def greedy_repair(arm: ArmSummary, times, events, end, placements):
    """Patients of one arm after small repairs, with the names of the reported numbers that still do not match.

    Parameters
    ----------
    arm : ArmSummary
        What is to be matched.
    times, events : ndarray, shape (m, n)
        Of m sets.
    end : float
        Last month of follow-up.
    placements : sequence of Placement
        Of each set: where in their rounding intervals the medians are to lie.

    Returns
    -------
    times, events : ndarray, shape (m, n)
    wrong : list of list of str
        Of each set.
    """
    times, events = times.copy(), events.copy()
    fixed = np.array(sorted({0.0, end} | {m for m, _ in arm.survival} | {m for m, _ in arm.at_risk if m < end}))
    # The reported number may be rounded to beyond the last follow-up.
    wanted = [
        np.array([min(interval.at(getattr(placement, name)), end) for placement in placements])
        if isinstance(interval := getattr(arm, name), RoundingInterval)
        else None
        for name in ("median", "median_followup")
    ]
    wrong = unmet_in_sets(arm, times, events)
    active = np.array([row for row, names in enumerate(wrong) if names], int)
    fewest, since = np.full(len(times), np.inf), np.zeros(len(times), int)
    for _ in range(ROUNDS):
        count = np.array([len(wrong[row]) for row in active])
        since[active] = np.where(count < fewest[active], 0, since[active] + 1)
        fewest[active] = np.minimum(count, fewest[active])
        active = active[(count > 0) & (since[active] <= PATIENCE)]
        if not len(active):
            break
        for row in active:
            before = 0.0
            for month, interval in arm.survival:
                _bring(arm, times[row], events[row], before, month, interval)
                before = month
            if arm.median is not None and not isinstance(arm.median, RoundingInterval):
                _bring(arm, times[row], events[row], before, end, STAYS_ABOVE)
        _move_medians(times, events, active, wanted, fixed)
        for row, names in zip(active, unmet_in_sets(arm, times[active], events[active])):
            wrong[row] = names
    return times, events, wrong


def _bring(arm, times, events, before, month, interval):
    """Bring survival at a month into its rounding interval by small changes after the reported month before it.

    An event and a censored patient who swap labels leave every number at risk as it is, so what a swap does to survival is
    known exactly: a factor for each of the two. So does an event that moves to the other side of the month, if no number at
    risk is reported on its way. What comes into the rounding interval, or else nearest to it, is taken.
    """
    early, late = (times > before) & (times <= month), times > month
    low, high, inside_low, inside_high = _log_ends(interval)
    for _ in range(len(times)):
        keeps = _kept(times, events)
        now = keeps[events & (times <= month)].sum()
        if low - SLACK <= now <= high + SLACK:
            return
        target = min(max(now, inside_low), inside_high)
        best, swap, move = OUTSIDE + np.abs(now - target) * (1 - 1e-6), None, None
        loses, late_events = (early & events).nonzero()[0], (late & events).nonzero()[0]
        gains, late_censored = (early & ~events).nonzero()[0], (late & ~events).nonzero()[0]
        results, lose, gain = _swaps(times, keeps, target - now, loses, gains, late_events, late_censored)
        if len(results):
            distance = _distance(now + results, low, high, target)
            nearest = np.argmin(distance)
            if distance[nearest] < best:
                best, swap = distance[nearest], (lose[nearest], gain[nearest])
        for patient, time in _across(arm, times, loses, late_events, late, month):
            moves = keeps[patient] if time == month else -keeps[patient]
            distance = _distance(now + moves, low, high, target)
            if distance < best:
                best, move = distance, (patient, time)
        if move:
            times[move[0]] = move[1]
            early, late = (times > before) & (times <= month), times > month
        elif swap:
            events[swap[0]], events[swap[1]] = False, True
        else:
            return


@lru_cache(maxsize=4096)  # asked for again in every round
def _log_ends(interval):
    """Logs of the ends of an interval, and of those of its middle part."""
    margin = 0.1 * (interval.upper - interval.lower)
    ends = interval.lower, interval.upper, interval.lower + margin, interval.upper - margin
    return log(np.maximum(ends, SMALLEST)).tolist()


def _distance(log_survival, low, high, target):
    """How far from the target, on the log scale; what lies outside the rounding interval is further than anything inside."""
    return np.abs(log_survival - target) + OUTSIDE * ((log_survival < low) | (log_survival > high))


def _swaps(times, keeps, wanted, loses, gains, late_events, late_censored):
    """Swaps of labels that change log survival by about as much as wanted: changes (s,), who loses the event and who gains it.

    Given are who has the event and who is censored, before the month and after it.

    With each event before the month, those swaps whose change is next above and next below what is wanted: what comes nearest
    to any target, inside of a rounding interval or outside, is among them.
    """
    pairs, lost = [], keeps[loses]
    if len(loses) and len(gains):
        gains = gains[keeps[gains].argsort(kind="stable")]
        gained = keeps[gains]
        place = gained.searchsorted(wanted + lost)
        for column in (np.maximum(place - 1, 0), np.minimum(place, len(gains) - 1)):
            pairs.append((gained[column] - lost, loses, gains[column]))
    if len(late_censored):
        first = late_censored[times[late_censored].argmin()]
        pairs.append((-lost, loses, np.full(len(loses), first)))
    if len(late_events):
        first = late_events[times[late_events].argmin()]
        pairs.append((keeps[gains], np.full(len(gains), first), gains))
    return [np.concatenate(part) for part in zip(*pairs)] if pairs else ([], [], [])


def _across(arm, times, early_events, late_events, late, month):
    """Events that may move to the other side of a month, with their new times.

    Who has the event in the very month counts both for its number at risk and for the fall of its survival: where times are
    whole weeks, many do.
    """
    printed = [at for at, _ in arm.at_risk]
    found = []
    if len(late_events):
        patient = int(late_events[times[late_events].argmin()])
        if not any(month < at <= times[patient] for at in printed):
            found.append((patient, month))
    if len(early_events) and late.any():
        patient = int(early_events[times[early_events].argmax()])
        if not any(times[patient] < at <= month for at in printed):
            found.append((patient, float((month + times[late].min()) / 2)))
    return found


def _kept(times, events):
    """Log of the factor by which survival falls, or would fall, if a patient's time ends with the event."""
    order = np.lexsort((~events, times))
    kept = np.empty(len(times))
    kept[order] = log_factors(len(times))
    return kept


def _swap(times, events, month, down):
    """Lower (or raise) survival at a month by one patient; False if nobody can."""
    early = times <= month
    gains = np.flatnonzero((early if down else ~early) & ~events)
    loses = np.flatnonzero((~early if down else early) & events)
    if len(gains) and len(loses):
        lose = loses[np.argmin(np.abs(times[loses] - month))]
        gain = gains[np.argmin(np.abs(times[gains] - month))]
    elif down or not len(gains):
        # No event to spare on the other side: one moves within this side, for it weighs more the fewer are at risk.
        own_events, own_censored = np.flatnonzero(early & events), np.flatnonzero(early & ~events)
        if not (len(own_events) and len(own_censored)):
            return False
        first, last = (np.argmin, np.argmax) if down else (np.argmax, np.argmin)
        lose, gain = own_events[first(times[own_events])], own_censored[last(times[own_censored])]
        if (times[gain] > times[lose]) != down:
            return False
    else:
        return False
    events[lose], events[gain] = False, True
    return True


def _move_medians(times, events, rows, wanted, fixed):
    """Stretch times of some sets so that the medians of survival and of follow-up come to where they are wanted.

    Events and censored patients stretch together: their order stays, and with it both curves' heights. Only two medians in
    the wrong order must first pass each other, so there one cause stretches alone.
    """
    asked = [cause for cause, goal in enumerate(wanted) if goal is not None]
    if not asked:
        return
    now = np.transpose([median(times[rows], ~events[rows] if cause else events[rows]) for cause in asked])
    goals = np.transpose([wanted[cause][rows] for cause in asked])
    place = np.searchsorted(fixed, goals, side="left")
    there = ((fixed[place - 1] < now) & (now < fixed[place])).all(1)
    for row in np.flatnonzero(~there):
        brought = _into_pieces(times[rows[row]], events[rows[row]], asked, goals[row], fixed)
        if brought is not None:
            now[row], goals[row], there[row] = *brought, True
    rows, now, goals = rows[there], now[there], goals[there]
    order = np.argsort(now, axis=1, kind="stable")
    in_order, goals_in_order = np.take_along_axis(now, order, 1), np.take_along_axis(goals, order, 1)
    crossing = (len(asked) == 2) & (
        (in_order[:, 0] == in_order[:, -1]) | (goals_in_order[:, 0] >= goals_in_order[:, -1])
    )
    together, apart = rows[~crossing], rows[crossing]
    if len(together):
        times[together] = stretch(times[together], now[~crossing], goals[~crossing], fixed)
    if len(apart):
        for cause, goal in zip(order[crossing].T, goals_in_order[crossing].T):
            alone = events[apart] != cause[:, None].astype(bool)
            moved = stretch(times[apart], median(times[apart], alone)[:, None], goal[:, None], fixed)
            times[apart] = np.where(alone, moved, times[apart])


def _into_pieces(times, events, asked, goals, fixed):
    """Where the medians of one set are, and where they go, after swaps that bring each into the piece of its goal; or None."""
    now, targets = [], []
    for cause, goal in zip(asked, goals):
        start, stop = half(times, ~events if cause else events)
        moved = 2 * goal - start
        if start < moved and same_piece(fixed, stop, moved) and not same_piece(fixed, start, stop):
            # The median is the middle between two events on both sides of a reported time: the later one moves alone.
            now.append(stop)
            targets.append(moved)
            continue
        here = _into_piece(times, events, cause, goal, fixed)
        if here is None:
            return None
        now.append(here)
        targets.append(goal)
    return now, targets


def same_piece(fixed, one, other):
    """Whether no fixed time, shape (..., f), lies between two finite times, shape (...), nor on one of them."""
    one, other = np.asarray(one)[..., None], np.asarray(other)[..., None]
    between = (fixed >= np.minimum(one, other)) & (fixed <= np.maximum(one, other))
    return (one[..., 0] < np.inf) & ~between.any(-1)


def _into_piece(times, events, cause, goal, fixed):
    """The median of one cause (0 events, 1 follow-up), brought into the piece of its goal by swaps; None if it cannot."""
    start, stop = fixed[fixed < goal].max(), fixed[fixed >= goal].min()
    first = None
    for _ in range(len(times)):
        now = median(times, ~events if cause else events)
        if start < now < stop or now == stop == fixed[-1]:
            return now
        late = now >= stop
        first = late if first is None else first
        # Once it jumps over the piece, it will go on jumping.
        if late != first or not _swap(times, events, goal, down=late != bool(cause)):
            return None
    return None


def stretch(times, now, goals, fixed):
    """Piecewise linear map of times that fixes given times and takes each of `now` to its goal.

    Parameters
    ----------
    times : ndarray, shape (n,) or (m, n)
    now, goals : ndarray, shape (k,) or (m, k)
    fixed : ndarray, shape (f,), or (m, f) where each set has its own
        With the start, 0, and an end that is not before any of the times. One that is among `now` moves.

    Returns
    -------
    times : ndarray, of that shape
    """
    fixed = np.broadcast_to(fixed, (*now.shape[:-1], fixed.shape[-1]))
    same = fixed[..., :, None] == now[..., None, :]
    kept = np.where(same.any(-1), np.where(same, goals[..., None, :], -np.inf).max(-1), fixed)
    source, target = np.concatenate([fixed, now], axis=-1), np.concatenate([kept, goals], axis=-1)
    order = np.argsort(source, axis=-1, kind="stable")
    source = np.take_along_axis(source, order, -1)
    target = np.maximum.accumulate(np.take_along_axis(target, order, -1), axis=-1)
    place = np.minimum((source[..., None, :] <= times[..., None]).sum(-1), source.shape[-1] - 1)
    start, stop = np.take_along_axis(source, place - 1, -1), np.take_along_axis(source, place, -1)
    low, high = np.take_along_axis(target, place - 1, -1), np.take_along_axis(target, place, -1)
    inside = np.minimum((times - start) / np.where(stop > start, stop - start, 1.0), 1.0)
    return np.where(inside == 1, high, low + inside * (high - low))
