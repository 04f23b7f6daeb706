"""Hazards that meet what was printed: the prior, conditioned on the constraints.

The member of the ensemble that starts from the draw z0 of the prior is the nearest point to it that meets the constraints
(randomised maximum a posteriori; Bardsley et al. 2014, doi:10.1137/140964023): Gauss-Newton steps on

    |z - z0|^2 + sum_k (residual_k(z) / tolerance_k)^2.

The reference starts from the prior's mean: of all hazards that meet the constraints it is the smoothest. All members
are solved at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tourmaline.statistics.reconstruction.prior import CELLS, block, cell_shares, mean, noise_columns, smooth_columns
from tourmaline.statistics.reconstruction.summary import TrialSummary, Window

LOG_TWO = np.log(2.0)
ITERATIONS = 15
SHORTENINGS = 5


@dataclass(frozen=True)
class Constraint:
    """One printed number as a condition on the hazards.

    Attributes
    ----------
    kind : str
        "events", "survival" (cumulative hazard of events), "followup" (of censoring) or "at_risk" (of both).
    arm : int or None
        0 control, 1 experimental; None for the events of both.
    month : float
        Where it holds; nan for events.
    target : float
        What is to come out, on the log scale: of events, or of a cumulative hazard.
    tolerance : float
        Standard deviation allowed on that scale.
    """

    kind: str
    arm: int | None
    month: float
    target: float
    tolerance: float


@dataclass(frozen=True, eq=False)
class Hazards:
    """Cumulative hazards at the edges of the cells, for m members and two arms.

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
    """The printed numbers of the arms as constraints: the middle of each window."""
    found = []
    if trial.events:
        found.append(Constraint("events", None, np.nan, np.log(trial.events), 0.3 / trial.events))
    for number, arm in enumerate(trial.arms):

        def add(kind, month, target, tolerance, number=number):
            found.append(Constraint(kind, number, month, np.log(target), tolerance))

        if arm.events:
            add("events", np.nan, arm.events, 0.3 / arm.events)
        if isinstance(arm.median, Window):
            add("survival", arm.median.middle, LOG_TWO, 0.01)
        if arm.median_followup:
            add("followup", arm.median_followup.middle, LOG_TWO, 0.01)
        for month, window in arm.survival:
            if 0 < month <= trial.longest_followup:
                survival = np.clip(window.middle, 0.25 / arm.n, 1 - 0.25 / arm.n)
                add("survival", month, -np.log(survival), 0.003 / (-survival * np.log(survival)))
        for month, count in arm.at_risk:
            if 0 < month <= trial.longest_followup:
                share = np.clip(count, 0.3, arm.n - 0.3) / arm.n
                add("at_risk", month, -np.log(share), 0.3 / (arm.n * -share * np.log(share)))
    return found


def condition(trial, conditions, log_hazard_ratio=None, draws=None, near=None):
    """Hazards nearest to each draw of the prior that meet the constraints.

    Parameters
    ----------
    trial : TrialSummary
    conditions : list of Constraint
    log_hazard_ratio : float or ndarray, shape (m,), optional
        What Cox's regression of the two arms is to give.
    draws : ndarray, shape (m, k), optional
        Standard normal draws of the prior, k directions (`directions`); without them the reference, at 0.
    near : ndarray, shape (m, k), optional
        A solution close by, to start from.

    Returns
    -------
    Hazards
    misfit : ndarray, shape (m, c)
        Residual over tolerance, constraint by constraint; the hazard ratio, if given, last.
    solution : ndarray, shape (m, k)
        Directions of the prior.
    """
    columns = np.hstack([smooth_columns(), noise_columns(trial)])
    start = np.zeros((1, columns.shape[1])) if draws is None else draws
    centre = mean(trial)
    tolerance = np.array([c.tolerance for c in conditions] + ([0.003] if log_hazard_ratio is not None else []))

    def evaluate(z):
        return _residuals(centre + z @ columns.T, trial, conditions, log_hazard_ratio)

    z = (start if near is None else near).copy()
    residual, gradient = evaluate(z)
    # From loose to tight: with tight tolerances from the start, steps would creep along the bottom of a narrow valley.
    for loosened in (tolerance * 100, tolerance * 10, tolerance) if near is None else (tolerance,):
        cost = ((z - start) ** 2).sum(1) + ((residual / loosened) ** 2).sum(1)
        for _ in range(ITERATIONS):
            slope = gradient @ columns
            system = slope @ slope.transpose(0, 2, 1) + np.diag(loosened**2)
            right = -residual + np.einsum("mcp,mp->mc", slope, z - start)
            step = start + np.einsum("mcp,mc->mp", slope, np.linalg.solve(system, right[:, :, None])[:, :, 0]) - z
            # No hazard may change by more than a factor e in one step; shorten what makes things worse.
            length = np.minimum(1, 1 / np.maximum(np.abs(step @ columns.T).max(1), 1e-12))
            for _ in range(SHORTENINGS):
                tried = z + length[:, None] * step
                tried_residual, tried_gradient = evaluate(tried)
                tried_cost = ((tried - start) ** 2).sum(1) + ((tried_residual / loosened) ** 2).sum(1)
                worse = ~(tried_cost <= cost)
                if not worse.any():
                    break
                length = np.where(worse, length * 0.4, length)
            better = ~worse[:, None]
            z = np.where(better, tried, z)
            residual = np.where(better, tried_residual, residual)
            gradient = np.where(better[:, :, None], tried_gradient, gradient)
            gain = np.where(worse, 0.0, cost - tried_cost)
            cost = np.where(worse, cost, tried_cost)
            if (gain <= 1e-4 * np.maximum(cost, 1.0)).all():
                break
    increments = np.exp(centre + z @ columns.T)
    cumulative = np.zeros((len(z), 4, CELLS + 1))
    cumulative[:, :, 1:] = np.cumsum(increments.reshape(len(z), 4, CELLS), axis=2)
    edges = np.linspace(0, trial.longest_followup, CELLS + 1)
    return Hazards(edges, cumulative[:, 0::2], cumulative[:, 1::2]), residual / tolerance, z


def directions(trial):
    """Number of directions of the prior: the second axis of `draws`."""
    return smooth_columns().shape[1] + noise_columns(trial).shape[1]


@dataclass(frozen=True, eq=False)
class _Expected:
    """Expected course of one arm in each cell, per patient, shape (m, CELLS); derivatives by log increments."""

    events: np.ndarray  # probability of an event in the cell
    at_risk: np.ndarray  # mean share at risk in the cell
    by_event: np.ndarray  # derivative of `events` of the cell itself
    by_censoring: np.ndarray
    event_increment: np.ndarray
    censoring_increment: np.ndarray


def _expected(event_increment, censoring_increment):
    """Competing exponential risks within each cell (exact for hazards constant within it)."""
    total = np.maximum(event_increment + censoring_increment, 1e-300)
    leaving = -np.expm1(-total)
    before = np.exp(-(np.cumsum(total, axis=1) - total))
    share = event_increment / total
    changed = (np.exp(-total) - leaving / total) * share
    return _Expected(
        events=before * leaving * share,
        at_risk=before * leaving / total,
        by_event=before * (changed + leaving / total) * event_increment,
        by_censoring=before * changed * censoring_increment,
        event_increment=event_increment,
        censoring_increment=censoring_increment,
    )


def _after(values):
    """Sum over the later cells, for each cell."""
    return np.cumsum(values[:, ::-1], axis=1)[:, ::-1] - values


def _residuals(theta, trial, conditions, log_hazard_ratio):
    """Residuals (m, c) of the constraints and their gradients (m, c, 4 * CELLS) by the log increments."""
    members, count = len(theta), len(conditions) + (log_hazard_ratio is not None)
    residual, gradient = np.empty((members, count)), np.zeros((members, count, theta.shape[1]))
    arms = [_expected(np.exp(theta[:, block(arm, 0)]), np.exp(theta[:, block(arm, 1)])) for arm in (0, 1)]
    sizes = [arm.n for arm in trial.arms]
    for index, c in enumerate(conditions):
        numbers = (0, 1) if c.arm is None else (c.arm,)
        shares = None if c.kind == "events" else cell_shares(c.month / trial.longest_followup)
        total, parts = 0.0, []
        for number in numbers:
            arm, where = arms[number], (block(number, 0), block(number, 1))
            if c.kind == "events":
                total = total + sizes[number] * arm.events.sum(1)
                later = _after(arm.events)
                parts.append((where[0], sizes[number] * (arm.by_event - later * arm.event_increment)))
                parts.append((where[1], sizes[number] * (arm.by_censoring - later * arm.censoring_increment)))
            else:
                if c.kind in ("survival", "at_risk"):
                    parts.append((where[0], shares * arm.event_increment))
                if c.kind in ("followup", "at_risk"):
                    parts.append((where[1], shares * arm.censoring_increment))
                total = sum(part.sum(1) for _, part in parts)
        for where, part in parts:
            gradient[:, index, where] = part / total[:, None]
        residual[:, index] = np.log(total) - c.target
    if log_hazard_ratio is not None:
        residual[:, -1], gradient[:, -1] = _cox_residual(arms, sizes, log_hazard_ratio)
    return residual, gradient


def _cox_residual(arms, sizes, log_hazard_ratio):
    """Cox's score at the wanted log hazard ratio over its information, and its gradient: one Newton step away from 0."""
    ratio = np.exp(np.broadcast_to(log_hazard_ratio, len(arms[0].events)))[:, None]
    at_risk = [size * arm.at_risk for size, arm in zip(sizes, arms)]
    events = [size * arm.events for size, arm in zip(sizes, arms)]
    share = at_risk[1] * ratio / np.maximum(at_risk[0] + at_risk[1] * ratio, 1e-300)
    spread = (events[0] + events[1]) * share * (1 - share)
    information = spread.sum(1)
    score = (events[1] - (events[0] + events[1]) * share).sum(1)
    gradient = np.zeros((len(score), 4 * CELLS))
    for number, (arm, size) in enumerate(zip(arms, sizes)):
        sign, weight = (1, 1 - share) if number else (-1, -share)
        later = _after(weight * events[number] - sign * spread)
        for cause, (own, increment) in enumerate(
            ((arm.by_event, arm.event_increment), (arm.by_censoring, arm.censoring_increment))
        ):
            # Within its own cell the mean number at risk falls by half of the increment.
            gradient[:, block(number, cause)] = weight * size * own - (later - 0.5 * sign * spread) * increment
    return score / information, gradient / information[:, None]
