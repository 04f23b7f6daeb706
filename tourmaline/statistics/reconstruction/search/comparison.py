"""What sets of patients give of the reported comparison of two arms, and which way they would have to move."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.special import ndtri

from tourmaline.statistics.meta_analysis import normal_quantile
from tourmaline.statistics.reconstruction.inputs.rounding_intervals import (
    FURTHEST,
    RoundingInterval,
    interval_errors,
    sizes_of_logs,
)
from tourmaline.statistics.reproducible import exp, log, rounded_to_bits
from tourmaline.statistics.survival.counting import event_times
from tourmaline.statistics.survival.cox import likelihood_of
from tourmaline.statistics.survival.log_rank import test_of
from tourmaline.statistics.survival.patients import tied

# A bound such as P < 0.001 leaves z open without an end: it counts as a rounding interval so wide at most.
WIDEST_Z = 0.1


@dataclass(frozen=True, eq=False)
class Comparison:
    """Comparisons of m sets beside the reported one.

    Attributes
    ----------
    now, wanted : ndarray, shape (m,)
        Log hazard ratio of each set, and the one that it should have.
    possible : ndarray of bool, shape (m,)
        Whether some hazard ratio would give everything reported, with the standard error as it is.
    error_factor : ndarray, shape (m,)
        What its standard error should be multiplied by, for limits and P to match.
    wrong : list of tuple of str
        Names of the reported numbers that it does not give.
    distance : ndarray, shape (m,)
        Squared distance from the reported numbers, in widths of their rounding intervals.
    """

    now: np.ndarray
    wanted: np.ndarray
    possible: np.ndarray
    error_factor: np.ndarray
    wrong: list[tuple[str, ...]]
    distance: np.ndarray


@dataclass(frozen=True)
class _Asked:
    """The reported comparison of a trial on the scales on which estimates are compared with it.

    Logs of the hazard ratio's interval (`low`, `high`) and of those of its limits (None where one is not reported), standard errors that
    the interval allows (pairs of the least and the most), and for P the interval of the log-rank test's z value (`z_value`, or
    None) and the sizes that the log hazard ratio can have.
    """

    z: float
    low: float
    high: float
    limits: list[np.ndarray | None]
    errors: list[tuple[float, float]]
    z_value: RoundingInterval | None
    sizes: tuple[float, float]


@lru_cache(maxsize=64)  # a search asks again and again
def _asked(trial):
    with np.errstate(divide="ignore"):
        limits = [None if w is None else log([w.lower, w.upper]) for w in (trial.lower, trial.upper)]
    z_value = None
    if trial.p_value is not None:
        # P itself comes of a function whose last digits depend on the C library: its z value is compared instead.
        tails = np.clip([trial.p_value.upper / 2, trial.p_value.lower / 2], 1e-300, 0.5)
        z_value = RoundingInterval(*-rounded_to_bits(ndtri(tails)))
    return _Asked(
        z=normal_quantile(trial.confidence_level),
        low=log(trial.hazard_ratio.lower),
        high=log(trial.hazard_ratio.upper),
        limits=limits,
        errors=interval_errors(trial.rounding_intervals, trial.confidence_level),
        z_value=z_value,
        sizes=sizes_of_logs(trial.hazard_ratio),
    )


def compare_with_reported(trial, draws):
    """Compare the arms of each draw by Cox's regression and the log-rank test, and with what was reported.

    Parameters
    ----------
    trial : TrialSummary
        With a hazard ratio.
    draws : sequence
        Each with `times` and `events`, shape (n,), and `wanted`, its place in the rounding interval of the hazard ratio.

    Returns
    -------
    Comparison
    """
    times, events = np.array([m.times for m in draws]), np.array([m.events for m in draws])
    place = np.array([draw.wanted for draw in draws])
    middle = log(trial.hazard_ratio.middle)
    now, wanted = np.full(len(draws), middle), np.full(len(draws), middle)
    possible, factor, wrong = np.zeros(len(draws), bool), np.ones(len(draws)), [("hazard ratio",)] * len(draws)
    distance = np.full(len(draws), 1e4)
    rows = np.flatnonzero(comparable(times, events, trial.arm))
    if len(rows):
        found = _compared(trial, times[rows], events[rows], place[rows])
        now[rows], wanted[rows] = found.now, found.wanted
        possible[rows], factor[rows], distance[rows] = found.possible, found.error_factor, found.distance
        for row, names in zip(rows, found.wrong):
            wrong[row] = names
    return Comparison(now, wanted, possible, factor, wrong, distance)


def comparable(times, events, arm):
    """Whether each arm has an event while both are at risk, shape (m,): else there is no finite hazard ratio."""
    both = np.minimum(times[:, arm].max(1), times[:, ~arm].max(1))
    early = events & (times <= both[:, None])
    return early[:, arm].any(1) & early[:, ~arm].any(1)


def _compared(trial, times, events, place):
    times = tied(times)  # as the estimators take them
    counts = event_times(times, events, trial.arm, None)
    likelihood = likelihood_of(counts, times)
    now = likelihood.maximum()
    error = 1 / np.sqrt(likelihood.derivatives(now)[1])
    asked = _asked(trial)
    z, low, high = asked.z, asked.low, asked.high
    sign = 1.0 if low + high > 0 else -1.0
    # The rounding intervals of the limits and of P, moved to where the estimate must be for them.
    lows, highs = [np.full(len(now), low)], [np.full(len(now), high)]
    for limit, shift in zip(asked.limits, (z * error, -z * error)):
        if limit is not None:
            lows.append(limit[0] + shift)
            highs.append(limit[1] + shift)
    errors = [(least / error, most / error) for least, most in asked.errors]
    if asked.z_value is not None:
        least, most = asked.z_value.lower, asked.z_value.upper
        statistic = test_of(counts, times).statistic
        # The error by which the log-rank statistic weighs the hazard ratio: nearly Cox's, but near a ratio of 1 unstable.
        score_error = np.where(np.abs(now) > 0.02, np.abs(now) / np.sqrt(np.maximum(statistic, 1e-12)), error)
        lows.append(least * score_error if sign > 0 else -most * score_error)
        highs.append(most * score_error if sign > 0 else -least * score_error)
        smallest, largest = asked.sizes
        errors.append((smallest / max(most, 1e-6) / score_error, largest / max(least, 1e-6) / score_error))
    low, high = np.max(lows, axis=0), np.min(highs, axis=0)
    printed = (
        ("hazard ratio", trial.hazard_ratio, exp(now)),
        ("lower limit", trial.lower, exp(now - z * error)),
        ("upper limit", trial.upper, exp(now + z * error)),
    )
    printed = [
        (name, ~interval.holds(values), interval.distance(values)) for name, interval, values in printed if interval
    ]
    if asked.z_value is not None:
        now_z = np.sqrt(statistic)
        steps = np.maximum(least - now_z, now_z - most) / max(min(most - least, WIDEST_Z), 1e-12)
        missed = ~asked.z_value.holds(now_z)
        printed.append(("P value", missed, np.where(missed, np.clip(steps, 0.0, FURTHEST) ** 2, 0.0)))
    wrong = [tuple(name for name, missed, _ in printed if missed[row]) for row in range(len(now))]
    distance = np.sum([away for _, _, away in printed], axis=0)
    wanted = low + (0.05 + 0.9 * place) * (high - low)
    return Comparison(now, wanted, low <= high, _factor(errors, len(now)), wrong, distance)


def _factor(errors, size):
    """The smallest change of the standard error that takes it into every rounding interval; between them if they do not meet."""
    if not errors:
        return np.ones(size)
    low, high = np.max([e[0] for e in errors], axis=0), np.min([e[1] for e in errors], axis=0)
    margin = 0.1 * np.maximum(high - low, 0)
    inside = np.clip(1.0, low + margin, np.maximum(high - margin, low + margin))
    return np.where(low > high, (low + high) / 2, inside)
