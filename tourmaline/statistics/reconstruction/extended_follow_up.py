"""What came after a censoring: an arm of an earlier analysis, followed on to a later one."""

from __future__ import annotations

import numpy as np

from tourmaline.statistics.reconstruction.search.outcomes import median
from tourmaline.statistics.reproducible import exp, interp, log1p, power, standard_normal

SHAPE_SPREAD = 0.4  # standard deviation of the log of a power where nothing reported asks for one
# Where the log of a rate is looked for, to each side of the last, and by how many halvings: at first, and after each change.
RATE, FIRST_WIDTH, WIDTH = -6.0, 14.0, 0.3
FIRST_HALVINGS, HALVINGS, STEPS = 12, 11, 2


class RandomNumbers:
    """What is left to chance; without a generator all is spread evenly, the same each time."""

    def __init__(self, generator: np.random.Generator | None):
        self.generator = generator
        self.wanted = self.place()

    def place(self):
        """Where in a rounding interval."""
        return 0.5 if self.generator is None else self.generator.random()

    def power(self):
        """A power of time with which a cumulative hazard grows: around 1, that of a constant hazard."""
        return exp(0.0 if self.generator is None else SHAPE_SPREAD * standard_normal(self.generator))

    def uniform(self, size):
        """Numbers in (0, 1)."""
        if self.generator is not None:
            return self.generator.random(size)
        # Multiples of an irrational number are spread evenly. Those of the root of 7 give a smoother curve than others tried.
        return (0.5 + np.sqrt(7) * np.arange(size)) % 1


class Followed:
    """An arm whose censored patients are followed on, by the shape of the hazard after the censoring.

    A patient censored at c has the event at t where the cumulative hazard H(t) = rate t^power has grown by E since c, of an
    exponential chance E: t = (c^power + E / rate)^(1 / power), if the patient is followed so long.

    Parameters
    ----------
    times, events : ndarray, shape (n,)
        Of the arm at the earlier analysis.
    shortest_followup : float
        Months; who was censored before was lost, and stays so.
    arm : ArmSummary
        What is reported of the later analysis.
    median_followup : RoundingInterval
        Of the later analysis, of the arm or of both arms together.
    random : RandomNumbers

    References
    ----------
    Bender R, Augustin T, Blettner M. Stat Med 2005;24:1713-23. doi:10.1002/sim.2059
    """

    def __init__(self, times, events, shortest_followup, arm, median_followup, random):
        self.times, self.events = times, events
        self.on = ~events & (times >= shortest_followup)
        self.target = arm.median.at(random.place())
        self.followup = median_followup.at(random.place())
        self.start = times[self.on]
        order = np.argsort(np.argsort(self.start, kind="stable"), kind="stable")
        self.waiting = -log1p(-random.uniform(len(order)))[order]
        self.known = (
            None  # of the last shapes: these, logs of the rates, and months by which everybody is followed longer
        )

    def with_shapes(self, shapes):
        """For each shape (a power, shape (k,)) times and events, shape (n,), with which median and median follow-up match."""
        before = power(self.start, shapes[:, None])
        if self.known is None:
            longer = np.full(len(shapes), self.followup - median(self.times, ~self.events))
            rates = self._rates(shapes, before, np.full(len(shapes), RATE), longer, FIRST_WIDTH, FIRST_HALVINGS)
        else:
            rates, longer = (interp(shapes, self.known[0], values) for values in self.known[1:])
        for _ in range(STEPS):
            times, events = self._until(shapes, before, rates, longer)
            longer = longer + self.followup - median(times, ~events)
            rates = self._rates(shapes, before, rates, longer, WIDTH, HALVINGS)
        # With a shape that gives everybody an event no follow-up matches: nothing is learned from it.
        fits = np.isfinite(rates) & np.isfinite(longer)
        self.known = (shapes[fits], rates[fits], longer[fits]) if fits.sum() > 1 else None
        return list(zip(*self._until(shapes, before, rates, longer)))

    def _rates(self, shapes, before, rates, longer, width, halvings):
        """Logs of the rates with which the median matches.

        The search counts in powers of time, in which patients end in the same order: so there are none to take on its way.
        """
        powers = shapes[:, None]
        times, events = (np.repeat(row[None], len(shapes), axis=0) for row in (self.times, self.events))
        times[:, ~self.on] = power(self.times[~self.on], powers)
        ends, target = power(self._ends(longer), powers), power(self.target, shapes)
        low, high = rates - width, rates + width
        for _ in range(halvings):
            middle = (low + high) / 2
            happens = before + self.waiting / exp(middle)[:, None]
            times[:, self.on], events[:, self.on] = np.minimum(happens, ends), happens <= ends
            late = median(times, events) > target
            low, high = np.where(late, middle, low), np.where(late, high, middle)
        return high

    def _until(self, shapes, before, rates, longer):
        happens = power(before + self.waiting / exp(rates)[:, None], 1 / shapes[:, None])
        ends = self._ends(longer)
        times, events = (np.repeat(row[None], len(shapes), axis=0) for row in (self.times, self.events))
        times[:, self.on], events[:, self.on] = np.minimum(happens, ends), happens <= ends
        return times, events

    def _ends(self, longer):
        return self.start + np.maximum(longer, 0)[:, None]
