"""Beam search: the patients of an arm, reordered piece by piece until everything reported of the arm is matched.

In an arm of a few dozen patients each one moves every number, and changes of one patient at a time end where none helps. But
what is reported depends only on the order in which patients leave, with the event or without, and on how many have left by the
reported times. Such orders are built from the start of follow-up to its end: each piece between two reported times gets some
events and some censored patients, in some order, and of all beginnings that print as the arm did, those with numbers nearest to
the expected ones are gone on with (a beam search).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import combinations
from math import comb

import numpy as np

from tourmaline.statistics.reconstruction.inputs.rounding_intervals import RoundingInterval
from tourmaline.statistics.reconstruction.inputs.summary import ArmSummary
from tourmaline.statistics.reconstruction.search.outcomes import ON_THE_LEVEL
from tourmaline.statistics.reconstruction.search.patients import spread
from tourmaline.statistics.reproducible import exp, interp, log, log1p, product

BEAM, ALIKE = 200, 8  # beginnings that are gone on with, and how many of them with the same patients left
CHOICES = 12  # sets that are given back, at most
AROUND = 3  # events and censored patients of a piece are tried up to so many from those expected
# Powers that order a piece, from events first to events last: a few, and where a curve must come into a rounding interval, so many that
# one of them hits it.
TILTS, MORE_TILTS = (exp(np.linspace(-2.0, 2.0, count)) for count in (9, 65))
FEW = 20  # orders of a piece of which all are tried
TIED = 4  # events in the very month of a rate and a number at risk, at most
INSIDE = 1e-6  # months: a median falls so far inside its rounding interval
GONE = -30.0  # log survival after the last patient's event


@dataclass
class _Mark:
    """What is reported at a month: rounding intervals of log survival and of the log curve of follow-up, and the number at risk.

    `least` patients have to be left, for the next reported number at risk. `at_once` is true of a piece without length, whose
    patients all leave at one time.
    """

    survival: tuple[float, float] = (-np.inf, np.inf)
    followup: tuple[float, float] = (-np.inf, np.inf)
    at_risk: int | None = None
    least: int = 0
    at_once: bool = False

    def meet(self, name, low, high):
        """Narrow one of the two rounding intervals."""
        now = getattr(self, name)
        setattr(self, name, (max(now[0], low), min(now[1], high)))


def beam_search(arm: ArmSummary, total, edges, events_by, censored_by, generator=None):
    """Sets of patients near to those expected, in orders that print as the arm did.

    Parameters
    ----------
    arm : ArmSummary
    total : int
        Events.
    edges : ndarray, shape (c + 1,)
        Months, from 0 to the end of follow-up.
    events_by, censored_by : ndarray, shape (c + 1,)
        Events and censored patients expected by then.
    generator : numpy Generator, optional
        Of the orders that are tried and of the times; without it patients leave evenly.

    Returns
    -------
    list of tuple
        Times and events, shape (n,), of each set, the nearest first; empty if no order was found.

    Examples
    --------
    >>> arm = ArmSummary(4, 2, survival=((5.0, RoundingInterval(0.745, 0.755)),), at_risk=((5.0, 2),))
    >>> edges, half = np.array([0.0, 5.0, 8.0]), np.array([0.0, 1.0, 2.0])
    >>> found, died = beam_search(arm, 2, edges, half, half)[0]
    >>> print([int(died[found < 5].sum()), int((found >= 5).sum())], bool(died[found.argmin()]))
    [1, 2] True
    """
    months, marks = _marks(arm, edges[-1])
    cuts = np.array([0.0, *months])
    by_then = np.transpose([interp(cuts, edges, by) for by in (events_by, censored_by)])
    # Of each beginning: patients still to come, and events among them, both curves on the log scale, how far it has been from
    # what is expected, and its pieces, the last one first.
    beam = {"left": np.array([arm.n]), "events": np.array([total])}
    beam |= {name: np.zeros(1) for name in ("survival", "followup", "cost")} | {"story": np.array([None], object)}
    to_come = by_then[-1] - by_then
    if cuts[-1] == cuts[-2]:  # anyone who is at risk at the very last month is censored at it
        to_come[:-1, 1] += arm.n - by_then[-1].sum()
    for start, after, mark in zip(to_come, to_come[1:], marks):
        found = list(_continued(beam, mark, start - after, after, mark is marks[-1], generator))
        if not found:
            return []
        beam = _nearest(beam["story"], found)
    leaving_by = events_by + censored_by
    return [_in_time(_pieces(story), cuts, edges, leaving_by, generator) for story in beam["story"][:CHOICES]]


def _pieces(story):
    """The pieces of a story, the first one first: whether each who leaves has the event, and how many have it as it ends."""
    pieces = []
    while story:
        story, order, ties = story
        pieces.append((order, ties))
    return pieces[::-1]


def _marks(arm, end):
    """Months after the start and what is reported at each, in order; the last is the end of follow-up.

    Where a number at risk is reported at the end, the end stands there twice: before and after its patients leave.
    """
    marks = {end: _Mark()}

    def at(month):
        return marks.setdefault(month, _Mark())

    for month, interval in arm.survival:
        if 0 < month <= end:
            at(month).meet("survival", *log(np.maximum([interval.lower, interval.upper], exp(GONE))))
    for month, count in arm.at_risk:
        if 0 < month <= end:
            at(month).at_risk = int(count)
    half = log(0.5)
    for name, interval in (("survival", arm.median), ("followup", arm.median_followup)):
        if isinstance(interval, RoundingInterval):
            at(max(interval.lower, 0.0) + INSIDE).meet(name, half + 2 * ON_THE_LEVEL, np.inf)
            at(min(interval.upper - INSIDE, end)).meet(name, -np.inf, half - 2 * ON_THE_LEVEL)
        elif interval is not None:
            at(end).meet(name, half + 2 * ON_THE_LEVEL, np.inf)
    months, least = sorted(marks), 0
    marks = [marks[month] for month in months]
    if marks[-1].at_risk:
        marks.insert(-1, _Mark(at_risk=marks[-1].at_risk))
        marks[-1].at_risk, marks[-1].at_once = None, True
        months.append(end)
    for mark in reversed(marks):
        mark.least = least
        least = least if mark.at_risk is None else mark.at_risk
    return months, marks


def _continued(beam, mark, leaving, after, last, generator):
    """The beginnings gone on by one piece, in every way tried that prints as the arm did.

    `leaving` are the events and the censored patients that are expected in the piece, `after` those after it.
    """
    tilts = TILTS if np.isinf([mark.survival, mark.followup]).any(1).all() else MORE_TILTS
    tied = range(TIED + 1 if mark.at_risk is not None and np.isfinite(mark.survival[0]) else 1)
    for left in np.unique(beam["left"]):
        rows = np.flatnonzero(beam["left"] == left)
        before = np.array([beam["events"][rows], left - beam["events"][rows]])
        keeps = log1p(-1 / np.arange(left, 1, -1.0))
        keeps = np.append(keeps, GONE)  # the last of all
        wanted = _asked(mark, exp(np.median(beam["survival"][rows])), left, leaving)
        for events, censored in _numbers(beam["events"][rows], left, mark, wanted, last):
            orders, now = _orders(events, censored, tilts, generator), left - events - censored
            steps = keeps[: events + censored]
            if mark.at_once:  # each curve takes those who count as its events to leave first
                orders = np.arange(events + censored)[None] < events
                falls = steps[:events].sum()[None], steps[:censored].sum()[None]
            else:
                falls = (product(which, steps[:, None], bits=1)[..., 0] for which in (orders, ~orders))
            survival, followup = (
                beam[curve][rows, None] + fall for curve, fall in zip(("survival", "followup"), falls)
            )
            away = before - np.array([[events], [censored]]) - after[:, None]
            cost = beam["cost"][rows] + (away**2 / (leaving + 0.5)[:, None]).sum(0)
            for ties in tied[: max(now - mark.least, 0) + 1]:
                to_come = beam["events"][rows] - events - ties
                fallen = survival + keeps[left - now : left - now + ties].sum()
                possible = (to_come >= 0) & (to_come <= now - ties) & ((to_come == 0) | (not last))
                fits = possible[:, None] & _within(fallen, mark.survival) & _within(followup, mark.followup)
                row, order = np.nonzero(fits)
                if len(row):
                    yield (
                        {
                            "left": np.full(len(row), now - ties),
                            "events": to_come[row],
                            "survival": fallen[row, order],
                            "followup": followup[row, order],
                            "cost": cost[row] + ties,
                            "from": rows[row],
                            "order": order,
                        },
                        orders,
                        ties,
                    )


def _within(values, interval):
    return (values >= interval[0] - ON_THE_LEVEL) & (values <= interval[1] + ON_THE_LEVEL)


def _asked(mark, survival, left, leaving):
    """Events and censored patients of a piece: as many as a reported rate asks for, or else as are expected."""
    low, high = exp(mark.survival)
    if not 0 < low < high < np.inf:
        return leaving
    at_risk = left - min(leaving[1], left) / 2  # who was censored had, in the mean, half of the piece
    return np.array([max((1 - (low + high) / 2 / survival) * at_risk, 0), leaving[1]])


def _numbers(events_left, left, mark, leaving, last):
    """Events and censored patients of a piece that are tried."""
    away = left if last else None if mark.at_risk is None else left - mark.at_risk
    most = left - mark.least if away is None else away
    middle = np.minimum(np.round(leaving).astype(int), most)
    low, high = np.maximum(middle - AROUND, 0), middle + AROUND
    for events in np.unique(events_left) if last else range(low[0], min(high[0], most) + 1):
        if away is not None:
            if events <= away:
                yield int(events), int(away - events)
        else:
            for censored in range(low[1], min(high[1], most - events) + 1):
                yield int(events), int(censored)


def _orders(events, censored, tilts, generator):
    """Orders of a piece, shape (o, events + censored), True for an event: all of few, else from events first to events last."""
    if comb(events + censored, events) <= FEW:
        return _all_orders(events, censored)
    places = []
    for count, powers in ((events, tilts), (censored, 1 / tilts)):
        even = np.tile((np.arange(count) + 0.5) / max(count, 1), (len(tilts), 1))
        # Powers of numbers in (0, 1) are in the order of their logarithms.
        places.append(powers[:, None] * log(even if generator is None else generator.random(even.shape)))
    return np.argsort(np.hstack(places), axis=1, kind="stable") < events


@cache
def _all_orders(events, censored):
    chosen = list(combinations(range(events + censored), events))
    orders = np.zeros((len(chosen), events + censored), bool)
    for row, places in zip(orders, chosen):
        row[list(places)] = True
    return orders


def _nearest(stories, found):
    """Those of the beginnings that are nearest to what is expected, not too many alike."""
    columns = {name: np.concatenate([one[name] for one, _, _ in found]) for name in found[0][0]}
    source = np.repeat(np.arange(len(found)), [len(one["cost"]) for one, _, _ in found])
    kept = np.argsort(columns["cost"], kind="stable")
    alike = columns["left"] * (columns["events"].max() + 1) + columns["events"]
    curves = np.round(columns["survival"] + np.pi * columns["followup"], 9)
    same = np.unique(np.column_stack([alike, curves])[kept], axis=0, return_index=True)[1]
    kept = kept[np.sort(same)]
    kept = kept[_rank(alike[kept]) < ALIKE][:BEAM]
    beam = {name: column[kept] for name, column in columns.items()}
    beam["story"] = np.empty(len(kept), object)
    for place, (row, before, order) in enumerate(zip(source[kept], beam.pop("from"), beam.pop("order"))):
        _, orders, ties = found[row]
        beam["story"][place] = (stories[before], orders[order], ties)
    return beam


def _rank(groups):
    """How many of the same group stand before each."""
    grouped = np.argsort(groups, kind="stable")
    _, first, counts = np.unique(groups[grouped], return_index=True, return_counts=True)
    rank = np.empty(len(groups), int)
    rank[grouped] = np.arange(len(groups)) - np.repeat(first, counts)
    return rank


def _in_time(pieces, cuts, edges, leaving_by, generator):
    """Times and events of the patients: within each piece as they are expected to leave."""
    orders, tied = zip(*pieces)
    counts = [len(order) for order in orders]
    uniform = None if generator is None else generator.random((len(counts), max(counts)))
    uniform = None if uniform is None else uniform[None]
    times = spread(np.array([counts]), cuts, edges, leaving_by[None], uniform, sum(counts))[0]
    times = np.concatenate([times, np.repeat(cuts[1:], tied)])
    return times, np.concatenate([*orders, np.ones(sum(tied), bool)])
