"""Pseudo individual patient data of one arm, read off the coordinates of its published curve."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from tourmaline.statistics.reconstruction.inputs.summary import Curve
from tourmaline.statistics.reconstruction.search.outcomes import survival_at
from tourmaline.statistics.reproducible import exp, interp, log
from tourmaline.statistics.reproducible import power as powered

ITERATIONS = 500
# Events by which a curve may miss the reported ones: where the losses that would mend it are open, and where numbers at risk fix them.
OPEN, FIXED = 0.25, 1.0
READ_TIME = 1 / 500  # how far a month may be misread, as a share of the axis
# Where a curve falls by more patients a point than this, at points as evenly spaced as that, they are of a ruler and not of its steps.
BETWEEN_STEPS, EVENLY = 2.5, 1.5
# Logs of the powers by which those who are lost may be moved to earlier (above 0) or later.
TILTS = np.linspace(-4.0, 4.0, 65)


@dataclass(frozen=True, eq=False)
class Steps:
    """One arm's curve as a series of falls, cut where a number of patients is known.

    Attributes
    ----------
    months, survival : ndarray, shape (k,)
        Months of the falls, and survival after each.
    piece : ndarray, shape (k,)
        In which piece of follow-up each lies.
    stops : ndarray, shape (p,)
        Months where the pieces end. A fall in the last month of a piece belongs to the next piece.
    due : ndarray, shape (p,)
        Patients at risk at the end of each piece; 0 at the end of follow-up.
    followed : ndarray, shape (p + 1,)
        Share of the patients still followed, were it not for the events, at the start of each piece and at the end.
    from_month : ndarray, shape (p,)
        Month from which on those lost in a piece were lost.
    counted : ndarray of bool, shape (p,)
        Whether the number at the end of a piece is reported; else it follows from the median follow-up, or the follow-up ends.
    """

    months: np.ndarray
    survival: np.ndarray
    piece: np.ndarray
    stops: np.ndarray
    due: np.ndarray
    followed: np.ndarray
    from_month: np.ndarray
    counted: np.ndarray


def steps_of(curve: Curve, n, at_risk=(), events=None, shortest_followup=0.0, half_followed=None) -> Steps:
    """The falls of a curve and the pieces of its follow-up.

    The share followed at a month t is n_at_risk(t) / (n S(t-)): the patients at risk among those without the event. It is one half
    at the median follow-up.

    Parameters
    ----------
    curve, n, at_risk, events, shortest_followup, half_followed
        As for `read_off`.
    """
    end = max([float(curve.months[-1]), *(float(month) for month, count in at_risk if count > 0)])
    known = [(float(month), int(count)) for month, count in at_risk if 0 < month <= end]
    curve, before = _in_counted_months(stepped(curve, n, events), n, known)
    counted = [True] * len(known)
    if half_followed is not None and 0 < half_followed < end and half_followed not in [month for month, _ in known]:
        at_half = curve.at(half_followed, before=True)
        count = int(np.rint(n * at_half / 2))
        place = sum(month < half_followed for month, _ in known)
        most = n if place == 0 else known[place - 1][1]
        # A number at risk is exact, a median follow-up is given in tenths of a month: where they disagree, the numbers count.
        if count <= most and (place == len(known) or count >= known[place][1]):
            known.insert(place, (float(half_followed), count))
            before.insert(place, at_half)
            counted.insert(place, False)
    if not known or known[-1][0] < end or known[-1][1] > 0:
        known.append((end, 0))
        counted.append(False)
    stops, due = (np.array(column) for column in zip(*known))
    followed = [1.0]
    for count, level in zip(due, before):
        followed.append(min(count / (n * level) if level > 0 else 0.0, followed[-1]))
    followed += [0.0] * (len(known) + 1 - len(followed))
    falling = curve.survival[:-1] > curve.survival[1:]
    fell, level = curve.months[1:][falling], curve.survival[1:][falling]
    piece = np.minimum(np.searchsorted(stops, fell, side="right"), len(stops) - 1)
    starts = np.concatenate([[0.0], stops[:-1]])
    from_month = np.where((starts < shortest_followup) & (shortest_followup < stops), shortest_followup, starts)
    return Steps(fell, level, piece, stops, due, np.array(followed), from_month, np.array(counted))


def _in_counted_months(curve, n, known):
    """The curve, and survival just before each month with a number at risk.

    A fall that was read a little before such a month, though the number counts those patients, is moved into that month.
    """
    before, followed = [], 1.0
    for month, count in known:
        level = curve.at(month, before=True)
        if n * level * followed < count - 0.5:
            early = (curve.months >= month - READ_TIME * curve.months[-1]) & (curve.months < month) & (curve.months > 0)
            curve = replace(curve, months=np.where(early, month, curve.months))
            level = curve.at(month, before=True)
        followed = min(followed, count / (n * level)) if level > 0 else 0.0
        before.append(level)
    return curve, before


def stepped(curve: Curve, n, events=None) -> Curve:
    """A curve as steps. Points at every step say where it falls; points at the ticks of a ruler do not.

    A curve is taken to have been read at a ruler if its points are evenly spaced and it falls by more than a few patients a
    point. Then the patients between two of them are spread evenly over the stretch, the last at its end.
    """
    months, survival = curve.months, curve.survival
    if months[0] > 0 or survival[0] < 1:
        months, survival = np.concatenate([[0.0], months]), np.concatenate([[1.0], survival])
    falling = survival[:-1] > survival[1:]
    lengths = np.diff(months)[falling]
    patients = n * (1 - survival[-1]) if events is None else events
    evenly = len(lengths) > 2 and lengths.min() > 0 and lengths.max() <= EVENLY * lengths.min()
    if not evenly or patients <= BETWEEN_STEPS * falling.sum():
        return replace(curve, months=months, survival=survival)
    at, levels = [months[:1]], [survival[:1]]
    for start, stop, high, low in zip(months[:-1], months[1:], survival[:-1], survival[1:]):
        share = np.arange(1, max(int(np.rint(n * (high - low))), 1) + 1)
        share = share / share[-1]
        at.append(np.where(share == 1, stop, start + share * (stop - start)))
        levels.append(np.where(share == 1, low, high + share * (low - high)))
    return replace(curve, months=np.concatenate(at), survival=np.concatenate(levels))


def expected_events(steps: Steps, n, powers):
    """Events that a curve implies, n sum_k G(t_k) (S_{k-1} - S_k): G(t) is the share still followed, by how early the lost left.

    A share F of the l patients who are lost in a piece is lost by a month. Lost between two falls, where survival is S, they
    lower the share followed by l dF / (n S): so its fall from the start of the piece to its end goes with the sum of dF / S.

    Parameters
    ----------
    steps : Steps
    n : int
    powers : ndarray, shape (..., p)
        Of each piece: above 1 those who are lost leave early, below 1 late.

    Returns
    -------
    float or ndarray, shape (...)
    """
    if not len(steps.months):
        return np.zeros(powers.shape[:-1])
    before = np.concatenate([[1.0], steps.survival[:-1]])
    piece, months = steps.piece, steps.months
    start, stop = steps.from_month[piece], steps.stops[piece]
    inside = np.clip((months - start) / np.maximum(stop - start, 1e-12), 0.0, 1.0)
    # Who is left at the very end of follow-up is censored there, after the events of that month.
    earlier = inside[(piece == len(steps.stops) - 1) & (months < stop)]
    inside = np.where(months >= stop, earlier[-1] if len(earlier) else 0.0, inside)
    with np.errstate(divide="ignore"):
        lost = exp(log(inside) / powers[..., piece])
    first = np.concatenate([[True], np.diff(piece) != 0])
    # Of one month, or where the end of follow-up makes the share fall again, nobody is lost between.
    change = np.where(first, lost, lost - np.concatenate([np.zeros((*lost.shape[:-1], 1)), lost[..., :-1]], axis=-1))
    weighed = np.cumsum(np.maximum(change, 0.0) / np.maximum(before, 1 / n), axis=-1)
    starts = np.flatnonzero(first)
    place = np.cumsum(first) - 1
    ends = np.append(starts[1:], len(piece)) - 1
    offset = np.where(starts > 0, weighed[..., starts - 1], 0.0)
    gone = weighed - offset[..., place]
    last = gone[..., ends] + (1 - lost[..., ends]) / np.maximum(steps.survival[ends], 1 / n)
    share = gone / last[..., place]
    followed = steps.followed[piece] - (steps.followed[piece] - steps.followed[piece + 1]) * share
    return (n * (before - steps.survival) * followed).sum(axis=-1)


def _powers_for(steps, n, events, lean, misread):
    """How early those who are lost leave in each piece, shape (p,), so that the curve gives about so many events.

    First those are moved who are lost in pieces without a number at risk at their end; the others only if the reading error of
    survival, `misread`, does not explain what is missing.
    """
    start = np.full(len(steps.stops), lean)
    if events is None:
        return exp(start)
    powers = exp(start)
    for which, off in ((~steps.counted, OPEN), (steps.counted, FIXED + misread * n)):
        if not which.any() or abs(expected_events(steps, n, powers) - events) < off:
            continue
        counts = expected_events(steps, n, exp(start + TILTS[:, None] * which))
        start = start + which * interp(-events, -counts, TILTS)
        powers = exp(start)
        if which[-1] and events > counts[0]:
            # Nobody is lost before the very end, if that comes nearer.
            latest = np.where(np.arange(len(powers)) == len(powers) - 1, 0.0, powers)
            if abs(expected_events(steps, n, latest) - events) < abs(counts[0] - events):
                return latest
    return powers


def events_possible(steps: Steps, n):
    """The fewest and the most events that a curve allows: in each piece all who are lost leave at once, or at its end."""
    drop = np.concatenate([[1.0], steps.survival[:-1]]) - steps.survival
    kept, left = steps.followed[steps.piece], steps.followed[steps.piece + 1]
    fewest = np.where(steps.months > steps.from_month[steps.piece], left, kept)
    return float((n * drop * fewest).sum()), float((n * drop * kept).sum())


def read_off(curve: Curve, n, at_risk=(), events=None, shortest_followup=0.0, half_followed=None, lean=0.0):
    """Times and events of the patients of one published Kaplan-Meier curve.

    The algorithm of Guyot and others, except for the losses. The events at each fall are those that bring the estimate to the
    curve, d_k = round(n_k (1 - S_k / S_last)), and between two known numbers of patients as many are censored as
    the next number requires. They are spread evenly, from the shortest follow-up on; if the events in all are reported, they leave as
    early or as late as gives that many. Rounding may leave an event too many or too few: then a
    label is changed where the estimate stays nearest to the curve.

    Parameters
    ----------
    curve : Curve
        Coordinates read off the figure.
    n : int
        Patients.
    at_risk : sequence of (float, int)
        Months and the numbers at risk reported for them; after the last coordinate the curve stays level.
    events : int, optional
        Events in all.
    shortest_followup : float
        Month before which nobody is lost, unless the numbers at risk ask for it.
    half_followed : float, optional
        Median follow-up in months, by reverse Kaplan-Meier.
    lean : float
        Log of a power of time: above 0 those who are lost leave earlier, below 0 later, as far as the events allow.

    Returns
    -------
    times : ndarray, shape (n,)
        Months.
    events : ndarray of bool, shape (n,)

    References
    ----------
    Guyot P, Ades AE, Ouwens MJNM, Welton NJ. BMC Med Res Methodol 2012;12:9. doi:10.1186/1471-2288-12-9

    Examples
    --------
    >>> curve = Curve([0, 1, 2, 3], [1.0, 0.75, 0.5, 0.25])
    >>> times, events = read_off(curve, 4, events=3)
    >>> print(times, events.sum())
    [1. 2. 3. 3.] 3
    """
    steps = steps_of(curve, n, at_risk, events, shortest_followup, half_followed)
    return _whole_patients(steps, n, _powers_for(steps, n, events, lean, curve.reading_error), events)


def _whole_patients(steps, n, powers, events):
    """Patients from the falls of a curve: times and events, those with the event first.

    Where the curve ends at 0 (below half a patient), nobody is left however many were lost before its last fall. With the reported events, they are
    those that the pieces before leave, or nobody, whichever stays nearer to the curve.
    """
    found = [_of_pieces(steps, n, powers, None)]
    if events is None:
        return found[0]
    if len(steps.survival) and n * steps.survival[-1] < 0.5:
        found.append(_of_pieces(steps, n, powers, events))
    return min((_with_events(*one, events, steps) for one in found), key=lambda one: _distance(*one, steps))


def _of_pieces(steps, n, powers, events):
    """Patients piece by piece; `events`, if given, are how many there are to be when the curve has come to 0."""
    left, estimate, died, censored = n, 1.0, [], []
    for index, (start, stop, due) in enumerate(zip(steps.from_month, steps.stops, steps.due)):
        own = steps.piece == index
        last = index == len(steps.stops) - 1
        piece = (steps.months[own], steps.survival[own], start, stop, float(powers[index]), left, estimate)
        at_stop = piece[1][-1] if own.any() else estimate
        if last and events is not None:
            wanted = max(events - sum(map(len, died)), 1)
            lost = _search(
                left - wanted, left, lambda lost, piece=piece, wanted=wanted: len(_walk(*piece, lost)[0]) - wanted
            )
        else:
            guess = round(left * at_stop / max(estimate, 1e-9) - due)
            lost = _search(guess, left, lambda lost, piece=piece, due=due: _walk(*piece, lost)[2] - due)
        died_here, lost_times, left, estimate = _walk(*piece, lost)
        if last and len(lost_times) and n * at_stop >= 0.5:
            lost_times[-1] = stop  # the curve is drawn up to the last patient
        died.append(died_here)
        censored.append(lost_times)
    censored.append(np.full(left, steps.stops[-1]))
    died, censored = np.concatenate(died), np.concatenate(censored)
    times = np.concatenate([died, censored])
    happened = np.arange(n) < len(died)
    return times, happened


def _distance(times, happened, steps):
    """Largest distance of the estimate from the curve at its falls."""
    return np.abs(survival_at(times, happened, steps.months) - steps.survival).max(initial=0.0)


def _walk(months, survival, start, stop, power, left, estimate, lost):
    """Events at each fall of one piece, with a number of censored spread over it."""
    lost = int(min(max(lost, 0), left))
    lost_times = start + _places(lost, power) * (stop - start)
    gone = np.searchsorted(lost_times, months, side="left").tolist()
    times, gone_before = [], 0  # censored so far: fewer than were to be where nobody is left
    for month, level, lost_by in zip(months.tolist(), survival.tolist(), gone):
        leaving = min(lost_by - gone_before, left)
        left -= leaving
        gone_before += leaving
        events = min(max(round(left * (1 - level / estimate)), 0), left) if estimate > 0 else 0
        if events:
            estimate *= 1 - events / left
            left -= events
            times.extend([month] * events)
    last = min(lost - gone_before, left)
    return np.array(times, float), lost_times[: gone_before + last], left - last, estimate


@lru_cache(maxsize=4096)  # a search asks again and again
def _evenly(lost):
    return (np.arange(lost) + 0.5) / max(lost, 1)


def _places(lost, power):
    """Where in a piece those are who are lost in it, in (0, 1)."""
    even = _evenly(lost)
    if power in (0, 1):
        return even if power else np.ones(lost)
    return powered(even, power)


def _search(guess, left, excess):
    """Number censored for which the number at risk at the end is right: the excess falls by about one for each."""
    lost, best, smallest = int(min(max(guess, 0), left)), 0, np.inf
    for _ in range(ITERATIONS):
        difference = excess(lost)
        if abs(difference) < smallest:
            best, smallest = lost, abs(difference)
        following = int(min(max(lost + difference, 0), left))
        if difference == 0 or following == lost:
            break
        lost = following
    return best


def _with_events(times, happened, events, steps):
    """So many events: one label after the other changes where the estimate stays nearest to the curve."""
    while (missing := events - int(happened.sum())) != 0:
        candidates = np.flatnonzero(happened if missing < 0 else ~happened)
        # Of those with one time the first stands for all: the estimate would be the same.
        candidates = candidates[np.sort(np.unique(times[candidates], return_index=True)[1])]
        tried = np.repeat(happened[None], len(candidates), axis=0)
        tried[np.arange(len(candidates)), candidates] = missing > 0
        found = survival_at(np.repeat(times[None], len(candidates), axis=0), tried, steps.months)
        happened = tried[int(np.abs(found - steps.survival).max(axis=1).argmin())]
    order = np.argsort(~happened, kind="stable")
    return times[order], happened[order]
