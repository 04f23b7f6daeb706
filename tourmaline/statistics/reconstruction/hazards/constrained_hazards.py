"""Hazards that meet what was reported: the prior, conditioned on the constraints.

The draw of the ensemble that starts from the point z0, drawn from the prior, is the nearest point to it that meets the constraints
(randomised maximum a posteriori; Bardsley et al. 2014, doi:10.1137/140964023): Gauss-Newton steps on

    |z - z0|^2 + sum_k (residual_k(z) / tolerance_k)^2.

The reference starts from the prior's mean: of all hazards that meet the constraints it is the smoothest. All draws
are solved at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tourmaline.statistics.reconstruction.hazards.prior import (
    CELLS,
    block,
    cell_shares,
    mean,
    noise_columns,
    smooth_columns,
)
from tourmaline.statistics.reconstruction.inputs.rounding_intervals import RoundingInterval, interval_errors
from tourmaline.statistics.reconstruction.inputs.summary import TrialSummary
from tourmaline.statistics.reproducible import Factor, exp, expm1, log, product, solve

LOG_TWO = log(2.0)
ITERATIONS, FIRST_ITERATIONS = 15, 6  # with the tolerances as they are, and with looser ones, which only lead there
SHORTENINGS, SHORTER = 3, 0.25  # how often a step is made shorter, and by what
GAIN = 1e-3  # share of the price that a step must save for another one to be tried
RATIO_TOLERANCE = 0.003
NARROWEST = 1e-3  # tolerance of the information, at least: limits may be given without rounding
FAR = 30.0  # tolerances from a reported number: where the search for hazards ended so far away, it found none
SMALLEST = 1e-300  # instead of 0, where there is to be a logarithm or a quotient
RIDGE = 1e-9  # where next to nobody is at risk, the slopes of ratio and information are huge and alike
# Which causes' cumulative hazards (0 event, 1 censoring) a constraint adds up; of events and information it is none.
HAZARDS = {"survival": (0,), "followup": (1,), "at_risk": (0, 1)}
BELOW_THE_MEDIAN = 0.95 * LOG_TWO  # cumulative hazard at the end of a curve that stays above one half


@dataclass(frozen=True)
class Constraint:
    """One reported number as a condition on the hazards.

    Attributes
    ----------
    kind : str
        "events", "survival" (cumulative hazard of events), "followup" (of censoring; of both arms together, the mean over
        their patients), "at_risk" (of both) or "information" (Cox's, of the log hazard ratio).
    arm : int or None
        0 control, 1 experimental; None for what both give together.
    month : float
        Where it holds; nan for events and information.
    target : float, or ndarray of shape (m,)
        What is to be matched, on the log scale: of events or information, or of a cumulative hazard; one for each draw where
        they differ.
    tolerance : float
        Standard deviation allowed on that scale.
    at_most : bool
        Whether anything below the target does as well.
    """

    kind: str
    arm: int | None
    month: float
    target: float | np.ndarray
    tolerance: float
    at_most: bool = False


@dataclass(frozen=True, eq=False)
class Hazards:
    """Cumulative hazards at the edges of the cells, for m draws and two arms.

    Attributes
    ----------
    edges : ndarray, shape (CELLS + 1,)
        Months.
    events, censoring : ndarray, shape (m, 2, CELLS + 1)
        Cumulative hazards of an event and of censoring.
    """

    edges: np.ndarray
    events: np.ndarray
    censoring: np.ndarray


def constraints(trial: TrialSummary) -> list[Constraint]:
    """The reported numbers of the arms as constraints: the middle of each rounding interval."""
    found = []
    if trial.median_followup:
        month, to_the_end = _half_followed(trial, trial.median_followup)
        found.append(Constraint("followup", None, month, log(LOG_TWO), 0.01, to_the_end))
    if trial.events and not isinstance(trial.events, RoundingInterval):
        found.append(Constraint("events", None, np.nan, log(trial.events), 0.3 / trial.events))
    errors = interval_errors(trial.rounding_intervals, trial.confidence_level)
    if errors and not isinstance(trial.events, RoundingInterval):  # events that are implied come from this very error
        least, most = errors[0]
        if not least:  # the roundings of the limits touch: no error is smaller than that of all patients with the event
            least = min(2 / np.sqrt(len(trial.arm)), most)
        tolerance = max(log(most / least) / 2, NARROWEST)
        found.append(Constraint("information", None, np.nan, -log(least * most), tolerance))
    for number, arm in enumerate(trial.arms):

        def add(kind, month, target, tolerance, number=number, at_most=False):
            found.append(Constraint(kind, number, month, log(target), tolerance, at_most))

        if arm.events:
            add("events", np.nan, arm.events, 0.3 / arm.events)
        if isinstance(arm.median, RoundingInterval):
            add("survival", arm.median.middle, LOG_TWO, 0.01)
        elif arm.median is not None:
            add("survival", trial.longest_followup, BELOW_THE_MEDIAN, 0.01, at_most=True)
        if arm.median_followup:
            month, to_the_end = _half_followed(trial, arm.median_followup)
            add("followup", month, LOG_TWO, 0.01, at_most=to_the_end)
        elif trial.median_followup:
            # Both arms were followed alike: each has that of both together, as well as so many censored patients tell it.
            censored = max(arm.n - (arm.events or arm.n / 2), 3)
            month, to_the_end = _half_followed(trial, trial.median_followup)
            add("followup", month, LOG_TWO, np.sqrt(2 / censored), at_most=to_the_end)
        for month, interval in arm.survival:
            if 0 < month <= trial.longest_followup:
                survival = np.clip(interval.middle, 0.25 / arm.n, 1 - 0.25 / arm.n)
                add("survival", month, -log(survival), 0.003 / (-survival * log(survival)))
        for month, count in arm.at_risk:
            if 0 < month <= trial.longest_followup:
                share = np.clip(count, 0.3, arm.n - 0.3) / arm.n
                add("at_risk", month, -log(share), 0.3 / (arm.n * -share * log(share)))
    return found


def _half_followed(trial, interval):
    """Month at which half is still followed, and whether it may be more than half: where the median is the very end.

    Then half or more leave at the end, for which the last cell stands.
    """
    if interval.holds(trial.longest_followup):
        return trial.longest_followup * (1 - 1 / CELLS), True
    return interval.middle, False


def condition(trial, conditions, log_hazard_ratio=None, starts=None, near=None):
    """Hazards nearest to each draw of the prior that meet the constraints.

    Parameters
    ----------
    trial : TrialSummary
    conditions : list of Constraint
    log_hazard_ratio : ndarray, shape (m,), optional
        What Cox's regression of the two arms is to give.
    starts : ndarray, shape (m, k), optional
        Points drawn from the prior (standard normal), k directions (`directions`); without them the reference, at 0.
    near : ndarray, shape (m, k), optional
        A solution close by, to start from.

    Returns
    -------
    Hazards
    solution : ndarray, shape (m, k)
        Directions of the prior.
    found : ndarray of bool, shape (m,)
        Whether there are such hazards: a search that starts from nearly no hazard, or from one that leaves nobody, may end far
        from the constraints.
    """
    columns = np.hstack([smooth_columns(), noise_columns(trial)])
    start = np.zeros((1, columns.shape[1])) if starts is None else starts
    problem = _Problem(trial, conditions, log_hazard_ratio, mean(trial), columns)
    z = (start if near is None else near).copy()
    # From loose to tight: with tight tolerances from the start, steps would creep along the bottom of a narrow valley.
    # Where next to nobody is at risk, slopes may be infinite: what such a step leads to is not finite, and is refused.
    with np.errstate(over="ignore", invalid="ignore"):
        for loosened in (100, 10, 1) if near is None else (1,):
            z = _nearest(problem, start, z, loosened)
    increments = exp(problem.centre + product(z, problem.columns))
    cumulative = np.zeros((len(z), 4, CELLS + 1))
    cumulative[:, :, 1:] = np.cumsum(increments.reshape(len(z), 4, CELLS), axis=2)
    edges = np.linspace(0, trial.longest_followup, CELLS + 1)
    residual = problem.residuals(z, np.arange(len(z)))[0]
    found = (np.abs(residual) <= FAR * problem.tolerance).all(axis=1)
    return Hazards(edges, cumulative[:, 0::2], cumulative[:, 1::2]), z, found


def _nearest(problem, start, z, loosened):
    """Gauss-Newton from z towards the nearest points to `start`, with tolerances loosened by a factor."""
    z, going = z.copy(), np.arange(len(z))
    tolerance, diagonal = problem.tolerance * loosened, np.arange(len(problem.tolerance))

    def price(z, residual, rows):
        return ((z - start[rows]) ** 2).sum(1) + ((residual / tolerance) ** 2).sum(1)

    for _ in range(ITERATIONS if loosened == 1 else FIRST_ITERATIONS):
        here = z[going]
        residual, slope = problem.residuals(here, going, slopes=True)
        cost = price(here, residual, going)
        system = product(slope, slope.transpose(0, 2, 1)) + np.diag(tolerance**2)
        system[:, diagonal, diagonal] *= 1 + RIDGE
        right = -residual + product(slope, (here - start[going])[:, :, None])[:, :, 0]
        step = start[going] + product(solve(system, right)[:, None], slope)[:, 0] - here
        # No hazard may change by more than a factor e in one step; shorten what makes things worse.
        length = np.minimum(1, 1 / np.maximum(np.abs(product(step, problem.columns)).max(1), 1e-12))
        gain, left = np.zeros(len(going)), np.arange(len(going))
        for _ in range(SHORTENINGS):
            tried = here[left] + length[left, None] * step[left]
            saved = cost[left] - price(tried, problem.residuals(tried, going[left])[0], going[left])
            better = saved >= 0
            z[going[left[better]]], gain[left[better]] = tried[better], saved[better]
            left = left[~better]
            if not len(left):
                break
            length[left] *= SHORTER
        going = going[gain > GAIN * np.maximum(cost, 1.0)]
        if not len(going):
            break
    return z


def directions(trial):
    """Number of directions of the prior: the second axis of `starts`."""
    return smooth_columns().shape[1] + noise_columns(trial).shape[1]


class _Expected:
    """Expected course of one arm in each cell, per patient, shape (m, CELLS): competing exponential risks within each cell.

    Attributes
    ----------
    events, at_risk : ndarray
        Probability of an event in the cell, and mean share at risk in it; exact for hazards constant within it.
    """

    def __init__(self, event_increment, censoring_increment):
        total = np.maximum(event_increment + censoring_increment, SMALLEST)
        leaving = -expm1(-total)
        staying = 1 - leaving
        before = np.ones(total.shape)
        before[:, 1:] = np.cumprod(staying, axis=1)[:, :-1]
        share, mean = event_increment / total, leaving / total
        self.events, self.at_risk = before * leaving * share, before * mean
        self.increments = event_increment, censoring_increment
        self._for_derivatives = before, share, mean, staying

    def derivatives(self):
        """Of the events in each cell by the logs of its own two increments, with those increments."""
        before, share, mean, staying = self._for_derivatives
        changed = (staying - mean) * share
        own = before * (changed + mean) * self.increments[0], before * changed * self.increments[1]
        return zip(own, self.increments)


def _after(values):
    """Sum over the later cells, for each cell."""
    return np.cumsum(values[:, ::-1], axis=1)[:, ::-1] - values


class _Problem:
    """Residuals of the constraints and their slopes along the directions of the prior, for any rows of the draws."""

    def __init__(self, trial, conditions, log_hazard_ratio, centre, columns):
        self.trial, self.conditions, self.ratio = trial, conditions, log_hazard_ratio
        self.centre, self.columns = centre, Factor(columns.T)
        self.tolerance = np.array([c.tolerance for c in conditions] + ([] if self.ratio is None else [RATIO_TOLERANCE]))
        self.targets = np.stack(np.broadcast_arrays(*(c.target for c in conditions)), axis=-1)  # (c,) or (m, c)
        self.at_most = np.array([c.at_most for c in conditions])
        self.blocks = [block(arm, cause) for arm in (0, 1) for cause in (0, 1)]
        # Most directions touch only some of the four courses: the others need not be multiplied.
        self.touched = {where.start: np.flatnonzero(columns[where].any(0)) for where in self.blocks}
        self.parts = {where.start: Factor(columns[where][:, self.touched[where.start]]) for where in self.blocks}
        self.of_hazards = {where.start: self._of_hazard(*divmod(where.start // CELLS, 2)) for where in self.blocks}

    def _of_hazard(self, arm, cause):
        """The constraints (c,) on a cumulative hazard of one arm and cause, and what share of each cell they add, (c, CELLS)."""
        sizes = [arm.n for arm in self.trial.arms]
        found, shares = [], []
        for index, constraint in enumerate(self.conditions):
            if constraint.arm in (None, arm) and cause in HAZARDS.get(constraint.kind, ()):
                weight = sizes[arm] / sum(sizes) if constraint.arm is None else 1.0
                found.append(index)
                shares.append(weight * cell_shares(constraint.month / self.trial.longest_followup))
        shares = np.array(shares).reshape(-1, CELLS)
        return np.array(found, int), shares, Factor(shares.T)

    def residuals(self, z, rows, slopes=False):
        """Residuals (r, c) of the draws `rows` at z, and with `slopes` their derivatives (r, c, k) by z."""
        increments = exp(self.centre + product(z, self.columns))
        arms = [_Expected(increments[:, block(arm, 0)], increments[:, block(arm, 1)]) for arm in (0, 1)]
        sizes, printed = [arm.n for arm in self.trial.arms], len(self.conditions)
        both = None if self.ratio is None else _BothArms(arms, sizes, exp(self.ratio[rows])[:, None])
        total = np.zeros((len(z), printed))
        for where in self.blocks:
            constrained, _, shares = self.of_hazards[where.start]
            total[:, constrained] += product(increments[:, where], shares)
        for index, constraint in enumerate(self.conditions):
            if constraint.kind == "information":
                total[:, index] = both.information
            elif constraint.kind == "events":
                total[:, index] = sum(sizes[arm] * arms[arm].events.sum(1) for arm in _arms_of(constraint))
        total = np.maximum(total, SMALLEST)
        residual, slope = np.empty((len(z), len(self.tolerance))), None
        residual[:, :printed] = log(total) - (self.targets[rows] if self.targets.ndim == 2 else self.targets)
        if both:
            residual[:, -1] = both.residual
        met = np.zeros(residual.shape, bool)
        met[:, :printed] = self.at_most & (residual[:, :printed] <= 0)
        residual[met] = 0
        if slopes:
            slope = np.zeros((*residual.shape, z.shape[1]))
            for where in self.blocks:
                constrained, shares, _ = self.of_hazards[where.start]
                by_cell = increments[:, None, where] * shares / total[:, constrained, None]
                slope[:, constrained[:, None], self.touched[where.start]] = product(by_cell, self.parts[where.start])
            for index, constraint in enumerate(self.conditions):
                if constraint.kind == "information":
                    self._add(slope[:, index], both.by_information(), total[:, [index]])
                elif constraint.kind == "events":
                    self._add(slope[:, index], _by_events(_arms_of(constraint), arms, sizes), total[:, [index]])
            if both:
                self._add(slope[:, -1], both.by_residual(), both.information[:, None])
            slope[met] = 0
        return residual, slope

    def _add(self, slope, parts, divisor):
        for where, part in parts:
            slope[:, self.touched[where.start]] += product(part / divisor, self.parts[where.start])


def _arms_of(constraint):
    return (0, 1) if constraint.arm is None else (constraint.arm,)


def _by_events(which, arms, sizes):
    """Gradient, by each block, of the expected events of some arms."""
    for number in which:
        arm, size = arms[number], sizes[number]
        later = _after(arm.events)
        for cause, (own, increment) in enumerate(arm.derivatives()):
            yield block(number, cause), size * (own - later * increment)


class _BothArms:
    """The comparison of two arms by Cox's regression, at the wanted hazard ratio, shape (m, 1).

    Attributes
    ----------
    information, residual : ndarray, shape (m,)
        Of the log hazard ratio; and the score over it, one Newton step away from 0.
    """

    def __init__(self, arms, sizes, ratio):
        self.arms, self.sizes = arms, sizes
        at_risk = sizes[0] * arms[0].at_risk, sizes[1] * arms[1].at_risk * ratio
        # Share of the experimental arm among those at risk, weighted by the hazard ratio.
        self.share = at_risk[1] / np.maximum(at_risk[0] + at_risk[1], 1e-300)
        self.events = [size * arm.events for size, arm in zip(sizes, arms)]
        self.total = self.events[0] + self.events[1]
        self.weight = self.share * (1 - self.share)
        self.information = (self.total * self.weight).sum(1)
        self.residual = (self.events[1] - self.total * self.share).sum(1) / self.information

    def by_information(self):
        """Gradient of the information by each block."""
        return self._gradient((self.weight, self.weight), self.total * self.weight * (1 - 2 * self.share))

    def by_residual(self):
        """Gradient of the score by each block."""
        return self._gradient((-self.share, 1 - self.share), -self.total * self.weight)

    def _gradient(self, weights, by_share):
        """Of a sum over cells: of `weights` by the events of each arm, and `by_share` by the logit of the share."""
        for number, (arm, size, weight) in enumerate(zip(self.arms, self.sizes, weights)):
            spread = by_share if number else -by_share
            later = _after(weight * self.events[number] + spread)
            for cause, (own, increment) in enumerate(arm.derivatives()):
                # Within its own cell the mean number at risk falls by half of the increment.
                yield block(number, cause), weight * size * own - (later + 0.5 * spread) * increment
