"""Whether hazards look proportional in the sets of an ensemble, and how much of that is the ensemble's own spread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from tourmaline.statistics.meta_analysis import normal_quantile
from tourmaline.statistics.monte_carlo import monte_carlo_error
from tourmaline.statistics.reconstruction.ensemble import Ensemble
from tourmaline.statistics.survival import cox, rmst_difference, smoothed_hazard


def early_hazard_ratio(ensemble: Ensemble, month: float) -> np.ndarray:
    """Hazard ratio of each set if follow-up had ended at a month: later events and patients are censored there.

    Parameters
    ----------
    ensemble : Ensemble
    month : float
        Above 0.

    Returns
    -------
    hazard_ratio : ndarray, shape (1 + draws,)
        The reference first.

    Examples
    --------
    >>> arm = np.array([False] * 4 + [True] * 4)
    >>> one = Ensemble(np.array([[1.0, 2, 3, 4, 2, 4, 5, 6]]), np.ones((1, 8), bool), arm, 1)
    >>> print(np.round(early_hazard_ratio(one, 2), 3), np.round(early_hazard_ratio(one, 6), 3))
    [0.405] [0.257]
    """
    times = np.minimum(ensemble.times, month)
    return cox(times, ensemble.events & (ensemble.times <= month), ensemble.arm).hazard_ratio


@dataclass(frozen=True, eq=False)
class SpreadDifference:
    """A difference of restricted means with both of its uncertainties, one entry a horizon.

    Attributes
    ----------
    horizon : ndarray, shape (h,)
        Months.
    draws : ndarray, shape (1 + draws, h, 2)
        Of each set the difference, in months, experimental minus control, and its squared standard error.
    """

    horizon: np.ndarray
    draws: np.ndarray

    @property
    def estimate(self):
        """Mean over all sets, shape (h,)."""
        return self.draws[:, :, 0].mean(axis=0)

    @property
    def sampling_error(self):
        """Standard error that the patients of a set would have: the root of the mean of the sets' squared standard errors."""
        return np.sqrt(self.draws[:, :, 1].mean(axis=0))

    @property
    def reconstruction_error(self):
        """Standard deviation of the difference over the sets: what the reported numbers leave open."""
        return self.draws[:, :, 0].std(axis=0, ddof=1)

    @property
    def standard_error(self):
        """Of both together, by Rubin's rule."""
        return _with_interval(self.draws, 1.0)[3]

    def interval(self, confidence_level=0.95):
        """Lower and upper limits from both errors, shape (h,) each: estimate -/+ z times the standard error."""
        return _with_interval(self.draws, normal_quantile(confidence_level))[1:3]

    def monte_carlo_error(self, confidence_level=0.95):
        """Monte Carlo standard errors of the estimate, of the two limits and of the standard error, shape (4, h)."""
        return monte_carlo_error(partial(_with_interval, quantile=normal_quantile(confidence_level)), self.draws)


def _with_interval(draws, quantile):
    """Estimate, limits and standard error of sets, shape (4, h)."""
    estimate, between = draws[:, :, 0].mean(axis=0), draws[:, :, 0].var(axis=0, ddof=1)
    error = np.sqrt(draws[:, :, 1].mean(axis=0) + (1 + 1 / len(draws)) * between)
    return np.array([estimate, estimate - quantile * error, estimate + quantile * error, error])


def shared_follow_up(ensemble: Ensemble) -> float:
    """The month to which some patient of each arm is followed in every set: the longest horizon of a restricted mean.

    Parameters
    ----------
    ensemble : Ensemble

    Examples
    --------
    >>> arm = np.array([False, False, True])
    >>> float(shared_follow_up(Ensemble(np.array([[1.0, 9, 7], [2.0, 8, 9]]), np.ones((2, 3), bool), arm, 1)))
    7.0
    """
    return min(ensemble.times[:, own].max(axis=1).min() for own in (ensemble.arm, ~ensemble.arm))


def spread_rmst_difference(ensemble: Ensemble, horizons: Sequence[float]) -> SpreadDifference:
    """Differences of restricted mean survival, with the errors of sampling and of reconstruction.

    The sets stand for the patients as imputations of missing data do: of m sets with estimates e and squared standard errors
    u, the variance is mean(u) + (1 + 1/m) var(e) (Rubin). It is an approximation, for the spread of the sets is a choice of
    prior within what was reported, and no sampling distribution.

    Parameters
    ----------
    ensemble : Ensemble
        Of at least two sets.
    horizons : sequence of float
        Months, above 0, rising. Those beyond the last follow-up of an arm in any set are left out.

    Returns
    -------
    SpreadDifference
        Of the horizons that are left. Its errors and intervals are nan if the ensemble withholds them.

    References
    ----------
    Rubin DB. Multiple Imputation for Nonresponse in Surveys. 1987. doi:10.1002/9780470316696

    Examples
    --------
    >>> arm = np.array([False] * 3 + [True] * 3)
    >>> times = np.array([[1.0, 2, 3, 2, 4, 6], [1.0, 2, 3, 3, 4, 6]])
    >>> found = spread_rmst_difference(Ensemble(times, np.ones((2, 6), bool), arm, 1), [3, 9])
    >>> print(found.horizon, np.round(found.estimate, 3), np.round(found.standard_error, 3))
    [3.] [0.833] [0.585]
    """
    last = shared_follow_up(ensemble)
    horizon = np.array([month for month in horizons if month <= last], float)
    if not horizon.size:
        raise ValueError(f"no horizon is within the follow-up of both arms in every set, {last:.1f} months")
    found = rmst_difference(ensemble.times, ensemble.events, ensemble.arm, horizon)
    variance = np.square(found.standard_error) * (np.nan if ensemble.withheld else 1.0)
    return SpreadDifference(horizon, np.stack([found.estimate, variance], axis=-1))


def months_with(ensemble: Ensemble, patients: int) -> float:
    """The last month at which so many patients are at risk in each arm of every set; 0 if an arm never has so many.

    Examples
    --------
    >>> arm = np.array([False] * 3 + [True] * 3)
    >>> months_with(Ensemble(np.array([[1.0, 2, 3, 2, 4, 6]]), np.ones((1, 6), bool), arm, 1), 2)
    2.0
    """
    parts = (np.sort(ensemble.times[:, own], axis=1) for own in (ensemble.arm, ~ensemble.arm))
    return float(min(part[:, -patients].min() if patients <= part.shape[1] else 0.0 for part in parts))


def smoothed_hazards(ensemble: Ensemble, arm: str, grid, bandwidth: float) -> np.ndarray:
    """Smoothed hazard of one arm in each set.

    Parameters
    ----------
    ensemble : Ensemble
    arm : str
        'control' or 'experimental'.
    grid : array_like, shape (g,)
        Months, rising from 0, within the follow-up of every set.
    bandwidth : float
        Half-width of the kernel, in months.

    Returns
    -------
    hazard : ndarray, shape (1 + draws, g)
        Events per patient and month, the reference first.
    """
    own = ensemble.arm == (arm == "experimental")
    return np.array(
        [
            smoothed_hazard(times[own], events[own], grid, bandwidth).hazard
            for times, events in zip(ensemble.times, ensemble.events)
        ]
    )
