"""Pseudo individual patient data from a curve's coordinates: the algorithm of Guyot and others."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from tourmaline.statistics.reconstruction.comparison import compare
from tourmaline.statistics.reconstruction.summary import Curve, TrialSummary
from tourmaline.statistics.reproducible import exp
from tourmaline.statistics.reproducible import power as powered

ITERATIONS = 500
# Logs of the powers by which those who are lost are moved, to earlier in one arm and to later in the other: the smallest that
# is enough counts.
MOVED = (0.1, 0.2, 0.3, 0.4, 0.5)
# The read curve and the printed events must agree to so many events, or this share of them if that is more: what is missing would
# be made up at the end of the curve. True curves of public data, read to half a percent, are two off at most.
EVENTS_OFF, SHARE_OFF = 3, 0.05


@dataclass(frozen=True, eq=False)
class Reading:
    """Patients of both arms, read off their curves: times and events, shape (n,), control patients first."""

    times: np.ndarray
    events: np.ndarray
    wanted: float = 0.5  # where in the window of the hazard ratio


def read_arms(trial: TrialSummary, generator=None) -> Reading:
    """Patients of both arms off their curves, with the printed comparison where it is printed.

    `read_off` spreads those who are lost between two printed numbers at risk evenly. How evenly they were lost is what
    remains open once a curve is read, and a hazard ratio depends on it: so they are moved to earlier in one arm and to later
    in the other, by the least that brings hazard ratio, limits and P to what is printed, or as near to it as they come.

    Parameters
    ----------
    trial : TrialSummary
        With a curve of each arm.
    generator : numpy.random.Generator, optional
        Moves the coordinates within the reading error.

    Raises
    ------
    ValueError
        If a curve does not agree with the printed events of its arm: misread, cut off early, or of another analysis.
    """
    if generator is None:
        for name, summary in zip(("control", "experimental"), trial.arms):
            _check_events(name, summary)
    curves = [summary.curve if generator is None else summary.curve.moved(generator) for summary in trial.arms]
    nearest = _read(trial, curves, 0.0)
    if trial.hazard_ratio is None:
        return nearest
    compared = compare(trial, [nearest])
    least, side = compared.distance[0], np.sign(compared.wanted - compared.now)[0]
    for moved in MOVED:
        if not least:
            break
        reading = _read(trial, curves, side * moved)
        distance = compare(trial, [reading]).distance[0]
        if distance < least:
            nearest, least = reading, distance
    return nearest


def _read(trial, curves, moved):
    rows = [
        read_off(curve, summary.n, summary.at_risk, summary.events, power=exp(sign * moved))
        for summary, curve, sign in zip(trial.arms, curves, (-1, 1))
    ]
    return Reading(*(np.concatenate(part) for part in zip(*rows)))


def _check_events(name, summary):
    """Refuse a curve that does not give about the printed events."""
    if summary.events is None:
        return
    found = len(_read_pieces(summary.curve, summary.n, summary.at_risk, summary.events)[0])
    if abs(found - summary.events) > max(EVENTS_OFF, SHARE_OFF * summary.events):
        raise ValueError(
            f"{name}: the curve, which ends at {summary.curve.months[-1]:g} months with {summary.curve.survival[-1]:g}, gives "
            f"{found} events, but {summary.events} are printed. Read its coordinates again, and to the end of the curve"
        )


def read_off(curve: Curve, n, at_risk=(), events=None, longest_followup=None, power=1.0):
    """Times and events of the patients of one printed Kaplan-Meier curve.

    Between two printed numbers at risk, censoring is spread evenly; the events at each coordinate are those that bring the
    estimate to it, d_k = round(n_k (1 - S_k / S_last)), and the number censored is changed until the number at risk at
    the end is the printed one. After the last printed number, censoring is changed until the events come to `events`.

    Parameters
    ----------
    curve : Curve
        Coordinates read off the figure.
    n : int
        Patients.
    at_risk : sequence of (float, int)
        Months and numbers at risk printed for them.
    events : int, optional
        Events in all. Without them, censoring after the last number at risk goes on as before it.
    longest_followup : float, optional
        Month up to which those who are left are censored; by default the last coordinate.
    power : float
        Above 1, those who are lost between two printed numbers are lost early, below 1 late; 1 is Guyot's even spread.

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
    return _exactly(*_read_pieces(curve, n, at_risk, events, longest_followup, power), events)


def _read_pieces(curve, n, at_risk=(), events=None, longest_followup=None, power=1.0):
    """Times of those with the event and of the censored, piece by piece between the printed numbers at risk."""
    months, survival = curve.months, curve.survival
    if months[0] > 0 or survival[0] < 1:
        months, survival = np.concatenate([[0.0], months]), np.concatenate([[1.0], survival])
    end = max(months[-1], longest_followup or 0.0)
    starts = [0.0, *(month for month, _ in at_risk if 0 < month <= months[-1])]
    counts = [n, *(count for month, count in at_risk if 0 < month <= months[-1])]
    left, estimate, died, censored = n, 1.0, [], []
    previous_rate = 0.0
    for index, start in enumerate(starts):
        last = index == len(starts) - 1
        stop = end if last else starts[index + 1]
        inside = (months >= start) & ((months <= stop) if last else (months < stop)) & (months > 0)
        piece = (months[inside], survival[inside], start, stop, power, left, estimate)
        if last:
            lost = _lost_at_the_end(piece, events, sum(map(len, died)), previous_rate)
        else:
            at_stop = survival[np.searchsorted(months, stop, side="right") - 1]
            guess = round(left * at_stop / max(estimate, 1e-9) - counts[index + 1])
            lost = _search(guess, left, lambda lost, piece=piece, due=counts[index + 1]: _walk(*piece, lost)[2] - due)
            previous_rate = (previous_rate * start + lost) / stop
        died_here, lost_times, left, estimate = _walk(*piece, lost)
        died.append(died_here)
        censored.append(lost_times)
    censored.append(np.full(left, end))
    return np.concatenate(died), np.concatenate(censored)


def _walk(months, survival, start, stop, power, left, estimate, lost):
    """Events at each coordinate of one piece, with a number of censored spread over it."""
    lost = int(np.clip(lost, 0, left))
    lost_times = start + _places(lost, float(power)) * (stop - start)
    gone = np.searchsorted(lost_times, months, side="left")
    times, gone_before = [], 0  # censored so far: fewer than were to be where nobody is left
    for month, level, lost_by in zip(months, survival, gone):
        leaving = min(lost_by - gone_before, left)
        left -= leaving
        gone_before += leaving
        events = int(min(max(round(left * (1 - level / estimate)), 0), left)) if estimate > 0 else 0
        if events:
            estimate *= 1 - events / left
            left -= events
            times.extend([month] * events)
    last = min(lost - gone_before, left)
    return np.array(times, float), lost_times[: gone_before + last], left - last, estimate


@lru_cache(maxsize=4096)  # a search asks again and again
def _places(lost, power):
    """Where in a piece those are who are lost in it, in (0, 1)."""
    even = (np.arange(lost) + 0.5) / max(lost, 1)
    return even if power == 1 else powered(even, power)


def _search(guess, left, excess):
    """Number censored for which the number at risk at the end is right: the excess falls by about one for each."""
    lost, best, smallest = int(np.clip(guess, 0, left)), 0, np.inf
    for _ in range(ITERATIONS):
        difference = excess(lost)
        if abs(difference) < smallest:
            best, smallest = lost, abs(difference)
        following = int(np.clip(lost + difference, 0, left))
        if difference == 0 or following == lost:
            break
        lost = following
    return best


def _lost_at_the_end(piece, events, before, previous_rate):
    *_, start, stop, _, left, _ = piece
    if events is None:
        return round(previous_rate * (stop - start))
    return _search(0, left, lambda lost: len(_walk(*piece, lost)[0]) + before - events)


def _exactly(died, censored, events):
    """Whole numbers do not always come out: the latest events become censored, or the latest censored events."""
    died, censored = np.sort(died), np.sort(censored)
    over = len(died) - events if events is not None else 0
    if over > 0:
        died, censored = died[:-over], np.concatenate([censored, died[-over:]])
    elif over < 0:
        died, censored = np.concatenate([died, censored[over:]]), censored[:over]
    times = np.concatenate([died, censored])
    return times, np.arange(len(times)) < len(died)
