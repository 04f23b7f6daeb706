"""The Monte Carlo error of what comes from random draws: how far it would move with other draws of the same number.

Our own: scipy.stats.bootstrap, which takes the same resamples, is for draws of one number and a statistic of one number.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

RESAMPLES = 200
SETTLED = 0.975  # a verdict that fewer of the resamples share lies on the border


def resampled(statistic: Callable, draws, resamples=RESAMPLES) -> np.ndarray:
    """A statistic of draws, over resamples of them with replacement: the bootstrap, always with the same seed.

    Parameters
    ----------
    statistic : callable
        Takes draws, of the shape of those given, and returns a number or an array.
    draws : array_like, shape (m, ...)
        Independent draws along the first axis.
    resamples : int

    Returns
    -------
    ndarray, shape (resamples, ...)

    References
    ----------
    Efron B. Ann Stat 1979;7:1-26. doi:10.1214/aos/1176344552

    Examples
    --------
    >>> resampled(np.mean, np.array([1.0, 2.0, 3.0]), resamples=2).shape
    (2,)
    """
    draws, generator = np.asarray(draws), np.random.default_rng(0)
    return np.array([statistic(draws[generator.integers(len(draws), size=len(draws))]) for _ in range(resamples)])


def monte_carlo_error(statistic: Callable, draws, resamples=RESAMPLES):
    """Monte Carlo standard error of a statistic of draws: its standard deviation over resamples of them.

    Parameters
    ----------
    statistic, draws, resamples
        As for `resampled`.

    Returns
    -------
    float or ndarray
        In the unit of the statistic; nan where it is infinite in a resample.

    Examples
    --------
    >>> draws = np.random.default_rng(1).standard_normal(400)
    >>> print(f"{monte_carlo_error(np.mean, draws):.3f}, by the formula {draws.std() / 20:.3f}")
    0.046, by the formula 0.046
    """
    found = resampled(statistic, draws, resamples)
    known = np.isfinite(found).all(axis=0)
    return np.where(known, np.where(known, found, 0.0).std(axis=0, ddof=1), np.nan)[()]


def is_settled(verdict, resampled_verdicts) -> bool:
    """Whether a verdict would hardly change with other draws: nearly all resamples share it.

    Examples
    --------
    >>> is_settled(True, [True] * 199 + [False]), is_settled(True, [True] * 190 + [False] * 10)
    (True, False)
    """
    return bool(np.mean(np.asarray(resampled_verdicts) == verdict) >= SETTLED)
