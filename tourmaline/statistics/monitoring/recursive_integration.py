"""A Brownian motion seen at the analyses of a trial, and the probability of leaving its ends, by recursive integration.

The Zs of the analyses behave like a Brownian motion B with drift seen at the information fractions t: Z = B(t) / sqrt(t), B(t)
normal with mean drift x t and variance t, its increments independent. The density of B among the trials that go on is
carried from analysis to analysis (Armitage, McPherson and Rowe) by Gauss-Legendre integration in panels no wider than the standard
deviation of the increments on either side, which leaves errors near 1e-12.

Reference
---------
Armitage P, McPherson CK, Rowe BC. J R Stat Soc A 1969;132:235-44. doi:10.2307/2343787
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

REACH = 12.0  # standard deviations beyond which there is nothing to integrate
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(12)


@dataclass(frozen=True)
class Crossing:
    """Probabilities of stopping at each analysis of a group sequential test.

    Attributes
    ----------
    information_fractions : ndarray, shape (k,)
        Of the analyses.
    upper, lower : ndarray, shape (k,)
        Probability of crossing that boundary at that analysis and none before; `lower` is 0 for a one-sided test.
    """

    information_fractions: np.ndarray
    upper: np.ndarray
    lower: np.ndarray

    @property
    def stopping(self):
        """Probability of stopping at each analysis, the last analysis stopping whatever remains."""
        crossed = self.upper + self.lower
        return np.append(crossed[:-1], 1 - crossed[:-1].sum())

    @property
    def expected_information(self):
        """Mean information fraction at the end of the trial."""
        return float(self.stopping @ self.information_fractions)

    @property
    def expected_analyses(self):
        """Mean number of analyses."""
        return float(self.stopping @ np.arange(1, len(self.stopping) + 1))


def first_crossings(times, lower, upper, drift):
    """`Crossing` of a Brownian motion from 0, seen at `times`, between ends that are given for the motion itself."""
    integration, above, below = RecursiveIntegration(drift), [], []
    for analysis, (time, low, high) in enumerate(zip(times, lower, upper)):
        above.append(integration.above(time, high))
        below.append(integration.below(time, low))
        integration.advance(time, low, high, next_gap(times, analysis))
    return Crossing(times, np.array(above), np.array(below))


def next_gap(times, analysis):
    """From an analysis to the one after it; inf from the last."""
    return times[analysis + 1] - times[analysis] if analysis + 1 < len(times) else math.inf


class RecursiveIntegration:
    """Where the Brownian motion is among the trials that have not stopped: points, and the probability at each."""

    def __init__(self, drift=0.0):
        self.drift, self.time = drift, 0.0
        self.points, self.masses = np.zeros(1), np.ones(1)

    def _steps(self, time, end):
        gap = time - self.time
        return (self.points + self.drift * gap - end) / math.sqrt(gap)

    def above(self, time, end):
        """Probability of going on until `time` and being above `end` then."""
        return float(self.masses @ ndtr(self._steps(time, end)))

    def below(self, time, end):
        return float(self.masses @ ndtr(-self._steps(time, end)))

    def advance(self, time, low, high, next_gap):
        """Go on to `time`, between `low` and `high`."""
        if next_gap == math.inf:
            return  # nothing follows the last analysis
        gap, centre, reach = time - self.time, self.drift * time, REACH * math.sqrt(time)
        low, high = max(low, centre - reach), min(high, centre + reach)
        if low >= high:  # nobody goes on
            self.points, self.masses, self.time = np.array([centre]), np.zeros(1), time
            return
        panels = math.ceil((high - low) / math.sqrt(min(gap, next_gap)))
        edges = np.linspace(low, high, panels + 1)
        half = (high - low) / panels / 2
        points = ((edges[:-1] + half)[:, None] + half * _NODES).ravel()
        steps = (points[:, None] - self.points - self.drift * gap) / math.sqrt(gap)
        density = np.exp(-(steps**2) / 2) @ self.masses / math.sqrt(2 * math.pi * gap)
        self.points, self.masses, self.time = points, density * np.tile(half * _WEIGHTS, panels), time
