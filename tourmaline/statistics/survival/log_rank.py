"""The log-rank test of two groups, plain or stratified.

Beside lifelines' logrank_test, which takes no strata, and statsmodels' survdiff, which does: for ensembles, of which each of
them would test one data set after the other.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc

from tourmaline.statistics.survival.counting import event_times, sum_by_set
from tourmaline.statistics.survival.patients import as_given, times_and_events, two_groups, which_set


@dataclass(frozen=True, eq=False)
class LogRank:
    """A log-rank test; in an ensemble, every attribute has a leading axis of m.

    Attributes
    ----------
    statistic : float
        Chi-square on 1 degree of freedom, (observed - expected)^2 / variance of group 1.
    p_value : float
        Two-sided.
    observed, expected : ndarray, shape (2,)
        Events in groups 0 and 1, summed over strata.
    variance : float
        Hypergeometric variance of the observed events in group 1.
    """

    statistic: float
    p_value: float
    observed: np.ndarray
    expected: np.ndarray
    variance: float


def log_rank(time, event, group, strata=None):
    """Log-rank test that two groups share one hazard, within each stratum if there are strata.

    At a time with d events among n at risk, n1 of them in group 1, that group expects d n1 / n events with variance
    d (n1 / n) (1 - n1 / n) (n - d) / (n - 1). Both are summed over times and strata.

    Parameters
    ----------
    time, event : array_like, shape (n,) or (m, n)
        Times, at least 0, and 1 (event) or 0 (censored).
    group : array_like, shape (n,)
        0 or 1, both present.
    strata : array_like, shape (n,), optional
        Label of each patient's stratum.

    Returns
    -------
    test : LogRank

    Raises
    ------
    ValueError
        If a value is outside these ranges, shapes do not fit, a group is empty, there are no events, or none happens while
        both groups are at risk.

    References
    ----------
    Mantel N. Cancer Chemother Rep 1966;50:163-70.
    Peto R, Peto J. J R Stat Soc A 1972;135:185-207. doi:10.2307/2344317

    Examples
    --------
    >>> test = log_rank([1, 2, 3, 4, 5, 6], [1, 1, 1, 1, 0, 1], [0, 0, 1, 0, 1, 1])
    >>> print(f"{test.statistic:.4f}, P {test.p_value:.4f}")
    2.5567, P 0.1098
    """
    time, event = times_and_events(time, event)
    return test_of(event_times(time, event, two_groups(group, time), strata), time)


def test_of(counts, time) -> LogRank:
    """The test of what was counted of such times."""
    share1 = counts.at_risk1 / counts.at_risk
    # One patient alone at risk has no variance: 0 / 0.
    spread = (counts.at_risk - counts.events) / np.maximum(counts.at_risk - 1, 1)
    variance = sum_by_set(counts.events * share1 * (1 - share1) * spread, counts.sizes)
    if not variance.all():
        raise ValueError(
            f"{which_set(np.argmin(variance), time)}no event happens while both groups are at risk, or all at risk have it; "
            "nothing is compared"
        )
    observed1 = sum_by_set(counts.events1, counts.sizes)
    expected1 = sum_by_set(counts.events * share1, counts.sizes)
    total = sum_by_set(counts.events, counts.sizes)
    statistic = (observed1 - expected1) ** 2 / variance
    return LogRank(
        statistic=as_given(statistic, time),
        p_value=as_given(chdtrc(1, statistic), time),
        observed=as_given(np.stack([total - observed1, observed1], axis=1), time),
        expected=as_given(np.stack([total - expected1, expected1], axis=1), time),
        variance=as_given(variance, time),
    )
