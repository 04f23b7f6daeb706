"""Restricted mean survival time: the area under the curve up to a horizon.

Beside lifelines' restricted_mean_survival_time for ensembles and for the estimate's variance, in place of one patient's.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from tourmaline.statistics.meta_analysis import normal_quantile
from tourmaline.statistics.survival.kaplan_meier import greenwood_terms, kaplan_meier
from tourmaline.statistics.survival.patients import as_sets, points, times_and_events, two_groups, which_set


@dataclass(frozen=True, eq=False)
class RestrictedMean:
    """A restricted mean; in an ensemble, with a leading axis of m; for several horizons, with a last axis of them.

    Attributes
    ----------
    estimate, standard_error : float
        In the unit of time.
    """

    estimate: float
    standard_error: float

    def interval(self, confidence_level=0.95):
        """Normal confidence interval of the estimate.

        Parameters
        ----------
        confidence_level : float
            Nominal coverage, in (0, 1).

        Returns
        -------
        lower, upper : float or ndarray

        Raises
        ------
        ValueError
            If `confidence_level` is outside (0, 1).

        Examples
        --------
        >>> lower, upper = rmst([1, 2, 3, 4], [1, 0, 1, 1], 3).interval()
        >>> print(f"{lower:.4f} to {upper:.4f}")
        1.6513 to 3.3487
        """
        half_width = normal_quantile(confidence_level) * self.standard_error
        return self.estimate - half_width, self.estimate + half_width


@dataclass(frozen=True, eq=False)
class RmstDifference(RestrictedMean):
    """A difference of two restricted means, group 1 minus group 0; shapes as of `RestrictedMean`."""

    @property
    def p_value(self):
        """Two-sided normal P value of no difference."""
        return 2 * ndtr(-np.abs(self.estimate / self.standard_error))


def rmst(time, event, horizon):
    """Restricted mean survival time of one group: the area under its Kaplan-Meier curve from 0 to a horizon.

    The variance is Greenwood's: the sum over event times t of A(t)^2 d / (n (n - d)), A(t) the area from t to the horizon.
    A time at which all at risk have the event adds nothing. R's survfit and survRM2 do the same.

    Parameters
    ----------
    time, event : array_like, shape (n,) or (m, n)
        Times, at least 0, and 1 (event) or 0 (censored).
    horizon : float or array_like, shape (h,)
        Above 0, in the unit of `time`; if several, increasing. At most the last follow-up, for the curve is unknown
        beyond; any horizon will do where the last follow-up is an event, so that the curve ends at 0.

    Returns
    -------
    mean : RestrictedMean

    Raises
    ------
    ValueError
        If a value is outside these ranges, shapes do not fit or there are no patients.

    References
    ----------
    Royston P, Parmar MKB. BMC Med Res Methodol 2013;13:152. doi:10.1186/1471-2288-13-152
    Uno H, et al. J Clin Oncol 2014;32:2380-5. doi:10.1200/JCO.2014.55.2208

    Examples
    --------
    >>> mean = rmst([1, 2, 3, 4], [1, 0, 1, 1], 3)
    >>> print(f"{mean.estimate:.2f}, {mean.standard_error:.4f}")
    2.50, 0.4330
    """
    time, event = times_and_events(time, event)
    horizon = _horizons(horizon)
    curve = kaplan_meier(time, event)
    step_times, survival = as_sets(curve.time), as_sets(curve.survival)
    _refuse_beyond_followup(step_times, survival, horizon, time)
    # Of shape (m, h, k): every step of every set, cut off at every horizon.
    until = np.minimum(step_times[:, None, :], horizon.reshape(-1, 1))
    edges = np.concatenate(
        [np.zeros_like(until[..., :1]), until, np.broadcast_to(horizon.reshape(1, -1, 1), until[..., :1].shape)],
        axis=-1,
    )
    heights = np.concatenate([np.ones((len(survival), 1)), survival], axis=1)
    areas = np.cumsum(np.diff(edges, axis=-1) * heights[:, None, :], axis=-1)
    remaining = areas[..., -1:] - areas[..., :-1]
    terms = greenwood_terms(as_sets(curve.at_risk), as_sets(curve.events))
    variance = (remaining**2 * terms[:, None, :]).sum(axis=-1)
    shape = time.shape[:-1] + horizon.shape
    return RestrictedMean(areas[..., -1].reshape(shape)[()], np.sqrt(variance).reshape(shape)[()])


def rmst_difference(time, event, group, horizon):
    """Difference of two groups' restricted mean survival times, group 1 minus group 0.

    The groups are independent, so its variance is the sum of theirs.

    Parameters
    ----------
    time, event : array_like, shape (n,) or (m, n)
        Times, at least 0, and 1 (event) or 0 (censored).
    group : array_like, shape (n,)
        0 or 1, both present.
    horizon : float or array_like, shape (h,)
        As of `rmst`, for both groups.

    Returns
    -------
    difference : RmstDifference

    Raises
    ------
    ValueError
        As `rmst`, or if a group is empty, or neither has an event before the horizon, for then there is no variance.

    References
    ----------
    Uno H, et al. J Clin Oncol 2014;32:2380-5. doi:10.1200/JCO.2014.55.2208

    Examples
    --------
    >>> difference = rmst_difference([1, 2, 3, 4, 5, 6], [1, 1, 1, 1, 0, 1], [0, 0, 1, 0, 1, 1], 4)
    >>> print(f"{difference.estimate:.4f}, P {difference.p_value:.4f}")
    1.3333, P 0.0833
    """
    time, event = times_and_events(time, event)
    member = two_groups(group, time)
    means = [rmst(time[..., patients], event[..., patients], horizon) for patients in (~member, member)]
    standard_error = np.hypot(means[0].standard_error, means[1].standard_error)
    if not np.all(standard_error):
        raise ValueError(
            f"neither group has an event before the horizon = {horizon}; the difference has no standard error"
        )
    return RmstDifference(means[1].estimate - means[0].estimate, standard_error)


def _horizons(horizon):
    horizon = points(horizon, "horizon")
    if horizon.ndim > 1 or not horizon.size:
        raise ValueError(f"horizon has shape {horizon.shape}; give one number or a list of them")
    steps = np.diff(horizon.ravel(), prepend=0)
    if not (steps > 0).all():
        raise ValueError(f"horizon = {horizon.tolist()} is not allowed; it must be above 0 and, if several, increasing")
    return horizon


def _refuse_beyond_followup(step_times, survival, horizon, time):
    last = np.max(step_times, axis=1, where=np.isfinite(step_times), initial=0)
    beyond = (horizon.max() > last) & (survival[:, -1] > 0)
    if beyond.any():
        place = np.argmax(beyond)
        raise ValueError(
            f"{which_set(place, time)}horizon = {horizon.max():g} is beyond the last follow-up, {last[place]:g}, where the "
            f"curve is at {survival[place, -1]:.3g} and not at 0; choose a horizon of at most {last[place]:g}"
        )
