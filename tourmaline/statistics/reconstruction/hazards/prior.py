"""What is held possible before the reported numbers are looked at: smooth hazards of event and of censoring.

Follow-up is cut into equal cells. A pair of arms is the vector of its log cumulative-hazard increments, cell by cell:
control events, control censoring, experimental events, experimental censoring. Its prior is Gaussian. Log hazards are a
level, a slope in log time (the Weibull family), a low start and a smooth Gaussian process; the arms share one course and
differ by a smoother one, so that without other evidence hazards are proportional. Hazards start low because patients enter
a trial without the event, and fit enough for its treatment. Censoring starts from entry at an even pace between the first
and the last patient, with a few lost on the way.
"""

from __future__ import annotations

from functools import cache, lru_cache
from itertools import pairwise

import numpy as np

from tourmaline.statistics.reconstruction.inputs.rounding_intervals import RoundingInterval
from tourmaline.statistics.reconstruction.inputs.summary import TrialSummary
from tourmaline.statistics.reproducible import exp, log, log1p

CELLS = 60
# Standard deviations on the log-hazard scale and length scales in fractions of follow-up. They were chosen on the public
# data sets of the accuracy chapter for the coverage of the ensemble's band; the reference barely depends on them.
LEVEL, SLOPE, COURSE, COURSE_LENGTH = 1.5, 0.8, 0.5, 0.25
RATIO, RATIO_SLOPE, RATIO_COURSE, RATIO_LENGTH = 1.0, 0.2, 0.3, 0.35
CENSORING, CENSORING_COURSE, CENSORING_LENGTH = 0.7, 0.5, 0.25
CENSORING_RATIO, CENSORING_RATIO_COURSE, CENSORING_RATIO_LENGTH = 0.25, 0.25, 0.4
# The log hazard starts lower by START, and comes to its course with this length. All three were chosen on the sets of R's
# package survival for the distance of the reference's curve from the true one.
START, START_SPREAD, START_LENGTH = 3.0, 1.0, 0.03
LOST = 0.1  # cumulative hazard of dropping out over the whole follow-up, before the reported follow-up is looked at
LAST_CELL = 7.0  # cumulative hazard at which nobody is left; infinite in truth, where entry ends in one day

PRIOR_GRID = 2.0**20  # a direction's entries are multiples of 1 / GRID

CENTRES = (np.arange(CELLS) + 0.5) / CELLS
STARTING = exp(-CENTRES / START_LENGTH)


def block(arm, cause):
    """Slice of the increments of one arm (0 control, 1 experimental) and cause (0 event, 1 censoring)."""
    start = (2 * arm + cause) * CELLS
    return slice(start, start + CELLS)


def mean(trial: TrialSummary) -> np.ndarray:
    """Prior mean of the log increments, shape (4 * CELLS,): a hazard of events that is constant after its start, even accrual."""
    rates = [_event_rate(arm, trial) for arm in trial.arms]
    events = log(np.mean(rates) / CELLS) - START * STARTING
    edges = np.linspace(0, 1, CELLS + 1)
    shortest = min(trial.shortest_followup / trial.longest_followup, 1 - 1 / CELLS)
    under_observation = np.clip((1 - edges) / (1 - shortest), exp(-LAST_CELL), 1)
    censoring = log(-np.diff(log(under_observation)) + LOST / CELLS)
    return np.concatenate([events, censoring] * 2)


@cache
def smooth_columns() -> np.ndarray:
    """Prior standard deviations, direction by direction, shape (4 * CELLS, k): the covariance is columns @ columns.T."""
    log_time = log(CENTRES + 0.03)
    log_time = (log_time - log_time.mean())[:, None]
    one = np.ones((CELLS, 1))
    start = START_SPREAD * STARTING[:, None]
    course = np.hstack([LEVEL * one, SLOPE * log_time, start, _process(COURSE, COURSE_LENGTH)])
    ratio = np.hstack([RATIO * one, RATIO_SLOPE * log_time, _process(RATIO_COURSE, RATIO_LENGTH)])
    censoring = np.hstack([CENSORING * one, _process(CENSORING_COURSE, CENSORING_LENGTH)])
    difference = np.hstack([CENSORING_RATIO * one, _process(CENSORING_RATIO_COURSE, CENSORING_RATIO_LENGTH)])
    none = [np.zeros_like(part) for part in (course, ratio, censoring, difference)]
    rows = []
    for half in (-0.5, 0.5):
        rows.append(np.hstack([course, half * ratio, none[2], none[3]]))
        rows.append(np.hstack([none[0], none[1], censoring, half * difference]))
    return np.vstack(rows)


@lru_cache(maxsize=4)  # of a trial, asked for with every batch of draws
def noise_columns(trial: TrialSummary) -> np.ndarray:
    """Sampling noise between reported times, shape (4 * CELLS, k): a curve is that of n patients, not the smooth truth.

    Between two reported times the hazard is off by a factor whose log has the standard deviation 1 / sqrt(events).
    """
    columns = []
    for number, arm in enumerate(trial.arms):
        events = arm.events or arm.n / 2
        at_risk = [month for month, _ in arm.at_risk]
        followup = arm.median_followup or trial.median_followup
        medians = [w.middle if isinstance(w, RoundingInterval) else None for w in (arm.median, followup)]
        printed = [
            (events, {month for month, _ in arm.survival} | {*at_risk, medians[0]}),
            (max(arm.n - events, 3), {*at_risk, medians[1]}),
        ]
        for cause, (count, times) in enumerate(printed):
            inner = sorted(t for t in times - {None} if 0 < t < trial.longest_followup)
            edges = np.array([0, *inner, trial.longest_followup]) / trial.longest_followup
            for low, high in pairwise(edges):
                column = np.zeros(4 * CELLS)
                column[block(number, cause)] = cell_shares(high) - cell_shares(low)
                columns.append(column / np.sqrt(max(count * (high - low), 2)))
    return np.array(columns).T


def cell_shares(fraction):
    """Share of each cell before a fraction of follow-up, shape (CELLS,)."""
    return np.clip(fraction * CELLS - np.arange(CELLS), 0, 1)


def _event_rate(arm, trial):
    """A first guess of the cumulative hazard over the whole follow-up."""
    longest = trial.longest_followup
    if isinstance(arm.median, RoundingInterval):
        return log(2) * longest / max(arm.median.middle, 1e-9)
    if arm.survival and arm.survival[-1][0] > 0:
        month, interval = arm.survival[-1]
        return -log(np.clip(interval.middle, 0.02, 0.98)) * longest / month
    share = arm.events / arm.n if arm.events else trial.likely_events / (trial.control.n + trial.experimental.n)
    return -log1p(-min(share, 0.98)) * 1.5


def _process(standard_deviation, length):
    """Columns of a squared-exponential Gaussian process on the cells (Karhunen-Loeve, small directions dropped)."""
    distance = (CENTRES[:, None] - CENTRES[None, :]) / length
    values, vectors = np.linalg.eigh(standard_deviation**2 * exp(-0.5 * distance**2))
    kept = values > 1e-3
    vectors = vectors[:, kept] * np.where(vectors[0, kept] < 0, -1, 1)  # the sign is free: fix it
    # LAPACK's last digits depend on the processor; these directions are chosen, not estimated, so a grid costs nothing.
    return np.round(vectors * np.sqrt(values[kept]) * PRIOR_GRID) / PRIOR_GRID
