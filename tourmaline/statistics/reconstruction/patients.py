"""Patients out of hazards: times and events of one arm that meet its printed numbers exactly.

Follow-up is cut at the printed times. Each piece gets whole numbers of events and of censored patients near their
expectation, exact where the paper counts; within a piece, times follow the hazards. What whole patients leave unmet is
repaired without touching what is met already: an event and a censored patient swap their labels (no number at risk
changes), or times stretch between two printed times (no curve changes at them).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tourmaline.statistics.reconstruction.summary import ArmSummary, Window

ROUNDS = 40
STAYS_ABOVE = Window(0.5 + 1e-6, 0.52)  # survival at the end of a curve that is brought back above one half
PATIENCE = 6  # rounds of repair without one number more that comes out


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


def expected_events(n, event_hazard, censoring_hazard):
    """Events expected of n patients over the whole follow-up, from cumulative hazards at the edges of the cells."""
    return _expected(n, event_hazard, censoring_hazard)[0][-1]


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
    events_by, censored_by = _expected(arm.n, event_hazard, censoring_hazard)
    events_by = events_by * (total / events_by[-1])
    cuts = _cuts(arm, edges[-1])
    leaving = np.round(np.interp(cuts, edges, arm.n * -np.expm1(-(event_hazard + censoring_hazard)))).astype(int)
    for month, count in arm.at_risk:
        leaving[np.flatnonzero(cuts == month)] = arm.n - count
    leaving[0], leaving[-1] = 0, arm.n
    leaving = np.maximum.accumulate(np.minimum(leaving, arm.n))
    reached = np.floor(np.interp(cuts, edges, events_by) + chance.rounding).astype(int)
    reached[0], reached[-1] = 0, total
    event_counts = _within(np.diff(np.minimum(reached, total)), np.diff(leaving))
    censored_counts = np.diff(leaving) - event_counts
    pieces = []
    for counts, by, uniform in (
        (event_counts, events_by, chance.events),
        (censored_counts, censored_by, chance.censored),
    ):
        pieces.append(_spread(counts, cuts, edges, by, uniform))
    times = np.concatenate(pieces)
    events = np.arange(arm.n) < len(pieces[0])
    return _repair(arm, times, events, edges[-1], chance)


def survival_at(times, events, months):
    """Kaplan-Meier survival of one arm at given months, shape of `months`."""
    order = np.lexsort((~events, times))
    steps = np.where(events[order], 1 - 1 / np.arange(len(times), 0, -1), 1.0)
    curve = np.concatenate([[1.0], np.cumprod(steps)])
    return curve[np.searchsorted(times[order], months, side="right")]


def median(times, events):
    """Kaplan-Meier median: where survival falls below one half; the middle of the stretch where it is one half exactly.

    Returns `inf` if it is not reached.
    """
    order = np.lexsort((~events, times))
    curve = np.cumprod(np.where(events[order], 1 - 1 / np.arange(len(times), 0, -1), 1.0))
    fallen = times[order][events[order]]
    level = curve[events[order]]
    below = int(np.searchsorted(-level, -0.5 + 1e-9))
    if below == len(level):
        return np.inf
    if abs(level[below] - 0.5) < 1e-9:
        later = fallen[fallen > fallen[below]]
        return (fallen[below] + later[0]) / 2 if len(later) else fallen[below]
    return fallen[below]


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
    medians = [median(times, which) for which in (events, ~events)]
    cuts = np.unique([*_cuts(arm, times.max()), *(m for m in medians if np.isfinite(m))])
    piece = np.clip(np.searchsorted(cuts, times, side="right") - 1, 0, len(cuts) - 2)
    start, length = cuts[piece], np.diff(cuts)[piece]
    return start + length * ((times - start) / length) ** power


def unmet(arm: ArmSummary, times, events):
    """Names of the printed numbers of an arm that its patients do not give."""
    wrong = []
    if len(times) != arm.n or (arm.events and events.sum() != arm.events):
        wrong.append("events")
    if isinstance(arm.median, Window):
        if not arm.median.holds(median(times, events)):
            wrong.append("median")
    elif arm.median is not None and np.isfinite(median(times, events)):
        wrong.append("median not reached")
    if arm.median_followup and not arm.median_followup.holds(median(times, ~events)):
        wrong.append("median follow-up")
    for month, window in arm.survival:
        if not window.holds(survival_at(times, events, month)):
            wrong.append(f"survival at {month:g} months")
    for month, count in arm.at_risk:
        if (times >= month).sum() != count:
            wrong.append(f"number at risk at {month:g} months")
    return wrong


def _expected(n, event_hazard, censoring_hazard):
    """Expected events and censored patients up to each edge; whoever is left at the end is censored there."""
    event, censoring = np.diff(event_hazard), np.diff(censoring_hazard)
    leaving = -np.diff(np.exp(-(event_hazard + censoring_hazard)))
    share = event / np.maximum(event + censoring, 1e-300)
    events = np.concatenate([[0], np.cumsum(n * leaving * share)])
    censored = np.concatenate([[0], np.cumsum(n * leaving * (1 - share))])
    return events, censored


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


def _spread(counts, cuts, edges, expected_by, uniform):
    """Times of the patients of each piece, at quantiles of what is expected within it."""
    at_cuts = np.interp(cuts, edges, expected_by)
    times = []
    for piece, count in enumerate(counts):
        low, high, start, stop = at_cuts[piece], at_cuts[piece + 1], cuts[piece], cuts[piece + 1]
        even = (np.arange(count) + 0.5) / max(count, 1)
        fractions = even if uniform is None else np.sort(uniform[piece, :count])
        if high - low > 1e-9:
            found = np.interp(low + fractions * (high - low), expected_by, edges)
        else:
            found = start + fractions * (stop - start)
        # Strictly inside the piece: a patient at its very start or end would count for its neighbour.
        inside = (stop - start) * 1e-6
        times.append(np.clip(found, start + inside, stop - inside if stop < cuts[-1] else stop))
    return np.concatenate(times)


def _repair(arm, times, events, end, chance):
    times, events = times.copy(), events.copy()
    fixed = np.array(sorted({0.0, end} | {m for m, _ in arm.survival} | {m for m, _ in arm.at_risk if m < end}))
    wanted = [
        window.lower + (0.05 + 0.9 * position) * (window.upper - window.lower) if isinstance(window, Window) else None
        for window, position in ((arm.median, chance.median), (arm.median_followup, chance.median_followup))
    ]
    fewest, since = np.inf, 0
    for _ in range(ROUNDS):
        wrong = unmet(arm, times, events)
        fewest, since = (len(wrong), 0) if len(wrong) < fewest else (fewest, since + 1)
        if not wrong or since > PATIENCE:
            break
        before = 0.0
        for month, window in arm.survival:
            _bring(arm, times, events, before, month, window)
            before = month
        if arm.median is not None and not isinstance(arm.median, Window):
            _bring(arm, times, events, before, end, STAYS_ABOVE)
        _move_medians(times, events, wanted, fixed)
    return times, events, wrong


def _bring(arm, times, events, before, month, window):
    """Bring survival at a month into its window by small changes after the printed month before it.

    An event and a censored patient who swap labels leave every number at risk as it is, so what a swap does to survival is
    known exactly: a factor for each of the two. So does an event that moves to the other side of the month, if no number at
    risk is printed on its way. What comes nearest to the window is taken.
    """
    early, late = (times > before) & (times <= month), times > month
    margin = 0.1 * (window.upper - window.lower)
    for _ in range(len(times)):
        survival = survival_at(times, events, month)
        if window.holds(survival):
            return
        target = np.log(max(np.clip(survival, window.lower + margin, window.upper - margin), 1e-9))
        keeps = _kept(times, events)
        now = np.log(max(survival, 1e-9))
        best, change = np.abs(now - target) * (1 - 1e-6), None
        for results, lose, gain in _swaps(times, events, early, late, keeps):
            distance = np.abs(now + results - target)
            if distance.size and distance.min() < best:
                row, column = np.unravel_index(np.argmin(distance), distance.shape)
                best, change = distance.min(), (lose[row], gain[column])
        moved = _across(arm, times, events, early, late, month)
        for patient, time in moved:
            distance = np.abs(now + (keeps[patient] if time == month else -keeps[patient]) - target)
            if distance < best:
                best, change = distance, (patient, time)
        if change is None:
            return
        if change in moved:
            times[change[0]] = change[1]
            early, late = (times > before) & (times <= month), times > month
        else:
            events[change[0]], events[change[1]] = False, True


def _swaps(times, events, early, late, keeps):
    """Changes of log survival by swaps of labels, shape (k, l), with the k events that lose theirs and the l that gain it."""
    loses, gains = np.flatnonzero(early & events), np.flatnonzero(early & ~events)
    yield keeps[gains][None, :] - keeps[loses][:, None], loses, gains
    late_events, late_censored = np.flatnonzero(late & events), np.flatnonzero(late & ~events)
    if len(late_censored):
        yield -keeps[loses][:, None], loses, late_censored[np.argmin(times[late_censored])][None]
    if len(late_events):
        yield keeps[gains][None, :], late_events[np.argmin(times[late_events])][None], gains


def _across(arm, times, events, early, late, month):
    """Events that may move to the other side of a month, with their new times.

    Who has the event in the very month counts both for its number at risk and for the fall of its survival: where times are
    whole weeks, many do.
    """
    printed = [at for at, _ in arm.at_risk]
    soon, last = late & events, early & events
    found = []
    if soon.any():
        patient = int(np.flatnonzero(soon)[np.argmin(times[soon])])
        if not any(month < at <= times[patient] for at in printed):
            found.append((patient, month))
    if last.any() and late.any():
        patient = int(np.flatnonzero(last)[np.argmax(times[last])])
        if not any(times[patient] < at <= month for at in printed):
            found.append((patient, float((month + times[late].min()) / 2)))
    return found


def _kept(times, events):
    """Log of the factor by which survival falls, or would fall, if a patient's time ends with the event."""
    order = np.lexsort((~events, times))
    kept = np.empty(len(times))
    kept[order] = np.log(np.maximum(1 - 1 / np.arange(len(times), 0, -1), 1e-9))
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


def _move_medians(times, events, wanted, fixed):
    """Stretch times so that the medians of survival and of follow-up come to where they are wanted.

    Events and censored patients stretch together: their order stays, and with it both curves' heights. Only two medians in
    the wrong order must first pass each other, so there one cause stretches alone.
    """
    found = []
    for cause, goal in enumerate(wanted):
        if goal is not None:
            goal = min(goal, fixed[-1])  # the printed number may be rounded to beyond the last follow-up
            now = _into_piece(times, events, cause, goal, fixed)
            if now is None:
                return
            found.append((now, goal, cause))
    found.sort()
    if len(found) == 2 and (found[0][0] == found[1][0] or found[0][1] >= found[1][1]):
        for _, goal, cause in found:
            alone = ~events if cause else events
            now = median(times, alone)
            if np.isfinite(now):
                times[alone] = _stretch(times[alone], [now], [goal], fixed)
    else:
        times[:] = _stretch(times, [now for now, _, _ in found], [goal for _, goal, _ in found], fixed)


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


def _stretch(times, now, goals, fixed):
    """Piecewise linear map of times that fixes the printed times and takes each of `now` to its goal."""
    kept = np.array([f for f in fixed if f not in now])
    source, target = np.concatenate([kept, now]), np.concatenate([kept, goals])
    order = np.argsort(source)
    return np.interp(times, source[order], np.maximum.accumulate(target[order]))
