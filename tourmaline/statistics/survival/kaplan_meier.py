"""The Kaplan-Meier curve, its intervals and quantiles; numbers at risk; follow-up.

Beside lifelines' KaplanMeierFitter for ensembles, for log and plain limits, and for what is unknown beyond the follow-up.
"""

from dataclasses import dataclass

import numpy as np

from tourmaline.statistics.checks import known_word
from tourmaline.statistics.meta_analysis import normal_quantile
from tourmaline.statistics.reproducible import exp, log, power
from tourmaline.statistics.survival.counting import count_before, places, still_there, tally
from tourmaline.statistics.survival.patients import as_given, as_sets, points, times, times_and_events

CURVE_INTERVALS = ("log-log", "log", "plain")

# R's survfit takes a curve to be on a level when it is this near to it.
_ON_THE_LEVEL = np.sqrt(np.finfo(float).eps)


@dataclass(frozen=True, eq=False)
class KaplanMeier:
    """A Kaplan-Meier curve, or one for each set of an ensemble.

    Attributes
    ----------
    time : ndarray, shape (k,) or (m, k)
        Distinct times of events and censorings, increasing. In an ensemble, k is that of the set with most; shorter sets
        end with times of inf, at which nobody is at risk and the curve stays.
    at_risk, events, censored : ndarray, of that shape
        Patients with T >= t, and those whose time ends at t, with the event or without.
    survival : ndarray, of that shape
        Probability of being without the event after t; right-continuous.
    standard_error : ndarray, of that shape
        Greenwood's, of `survival`: survival sqrt(sum d / (n (n - d))). nan where the curve has reached 0, as in R.
    """

    time: np.ndarray
    at_risk: np.ndarray
    events: np.ndarray
    censored: np.ndarray
    survival: np.ndarray
    standard_error: np.ndarray

    @property
    def median(self):
        """Median time, `quantile(0.5)`; inf where it is not reached."""
        return self.quantile(0.5)

    def at(self, t):
        """Survival at given times.

        Parameters
        ----------
        t : float or array_like, shape (p,)
            Times, at least 0, in any order.

        Returns
        -------
        survival : float or ndarray
            Of the shape of `t`, after the ensemble's axis. nan beyond a set's last follow-up, where nothing is known,
            unless the curve has reached 0.

        Raises
        ------
        ValueError
            If a time is negative or not finite.

        Examples
        --------
        >>> curve = kaplan_meier([1, 2, 3, 4], [1, 0, 1, 0])
        >>> print(curve.at([0.5, 3, 9]))
        [1.    0.375   nan]
        """
        t = points(t, "t")
        time, survival = as_sets(self.time), as_sets(self.survival)
        passed = count_before(time, t.ravel(), inclusive=True)
        steps = np.concatenate([np.ones((len(time), 1)), survival], axis=1)
        values = np.take_along_axis(steps, passed, axis=1)
        last = np.max(time, axis=1, where=np.isfinite(time), initial=0)
        values[(t.ravel() > last[:, None]) & (values > 0)] = np.nan
        return values.reshape(self.time.shape[:-1] + t.shape)[()]

    def interval(self, confidence_level=0.95, method="log-log"):
        """Pointwise confidence limits of `survival`, at each of `time`.

        With z the normal quantile and s the standard error over the survival S: log-log S^exp(-/+ z s / log S), log
        S exp(-/+ z s), plain S (1 -/+ z s), cut off at 0 and 1.

        Parameters
        ----------
        confidence_level : float
            Nominal coverage, in (0, 1).
        method : str
            One of `CURVE_INTERVALS`. R's default is log, SAS's log-log.

        Returns
        -------
        lower, upper : ndarray, of the shape of `time`
            Both 1 before the first event (where R's log-log limits are NA), both nan where the curve has reached 0.

        Raises
        ------
        ValueError
            If `confidence_level` is outside (0, 1) or `method` is unknown.

        References
        ----------
        Borgan O, Liestol K. Scand J Stat 1990;17:35-41.
        Kalbfleisch JD, Prentice RL. The Statistical Analysis of Failure Time Data. 2nd ed. 2002. doi:10.1002/9781118032985

        Examples
        --------
        >>> lower, upper = kaplan_meier([1, 2, 3, 4], [1, 0, 1, 0]).interval()
        >>> print(f"{lower[2]:.4f} to {upper[2]:.4f}")
        0.0110 to 0.8080
        """
        known_word("method", method, CURVE_INTERVALS)
        z = normal_quantile(confidence_level)
        between = (self.survival > 0) & (self.survival < 1)
        survival = np.where(between, self.survival, 0.5)
        width = z * np.where(between, self.standard_error, 0) / survival
        if method == "log-log":
            steepness = exp(width / log(survival))
            lower, upper = power(survival, 1 / steepness), power(survival, steepness)
        elif method == "log":
            lower, upper = survival * exp(-width), np.minimum(survival * exp(width), 1)
        else:
            lower, upper = np.maximum(survival * (1 - width), 0), np.minimum(survival * (1 + width), 1)
        at_an_end = np.where(self.survival == 1, 1.0, np.nan)
        return np.where(between, lower, at_an_end), np.where(between, upper, at_an_end)

    def quantile(self, probability=0.5):
        """Time by which a share of the patients has had the event.

        The first time at which `survival` is at most 1 - `probability`. Where the curve stands on that level exactly (within
        1.5e-8), the middle of the flat stretch up to the next event, as R takes it, or its beginning if no event follows.

        Parameters
        ----------
        probability : float
            Share with the event, in (0, 1); 0.5 for the median.

        Returns
        -------
        time : float, or ndarray of shape (m,)
            inf where the curve does not come down to the level: the quantile is not reached.

        Raises
        ------
        ValueError
            If `probability` is outside (0, 1).

        Examples
        --------
        >>> kaplan_meier([1, 2, 3, 4], [1, 0, 1, 0]).quantile(0.25)
        np.float64(2.0)
        """
        return _first_time(self.time, self.survival, _level(probability))

    def quantile_interval(self, probability=0.5, confidence_level=0.95, method="log-log"):
        """Confidence interval of a quantile: where the pointwise limits of the curve cross its level.

        Parameters
        ----------
        probability : float
            Share with the event, in (0, 1); 0.5 for the median.
        confidence_level : float
            Nominal coverage, in (0, 1).
        method : str
            One of `CURVE_INTERVALS`, of the pointwise limits.

        Returns
        -------
        lower, upper : float, or ndarray of shape (m,)
            inf where a limit does not come down to the level. A flat stretch on it counts as in `quantile`.

        Raises
        ------
        ValueError
            If `probability` or `confidence_level` is outside (0, 1), or `method` is unknown.

        References
        ----------
        Brookmeyer R, Crowley J. Biometrics 1982;38:29-41. doi:10.2307/2530286

        Examples
        --------
        >>> lower, upper = kaplan_meier(range(1, 11), [1] * 9 + [0]).quantile_interval()
        >>> print(lower, upper)
        1.0 8.0
        """
        lower, upper = self.interval(confidence_level, method)
        level = _level(probability)
        return _first_time(self.time, lower, level), _first_time(self.time, upper, level)


def kaplan_meier(time, event):
    """Kaplan-Meier curve of one group.

    S(t) is the product over event times up to t of 1 - d / n, with d events among n at risk.

    Parameters
    ----------
    time, event : array_like, shape (n,) or (m, n)
        Times, at least 0, and 1 (event) or 0 (censored).

    Returns
    -------
    curve : KaplanMeier

    Raises
    ------
    ValueError
        If there are no patients, the shapes differ, a time is negative or not finite or an event is neither 0 nor 1.

    References
    ----------
    Kaplan EL, Meier P. J Am Stat Assoc 1958;53:457-81. doi:10.1080/01621459.1958.10501452

    Examples
    --------
    >>> curve = kaplan_meier([1, 2, 3, 4], [1, 0, 1, 0])
    >>> print(curve.survival, curve.at_risk, curve.median)
    [0.75  0.75  0.375 0.375] [4 3 2 1] 3.0
    """
    time, event = times_and_events(time, event)
    flat_time, flat_event = as_sets(time), as_sets(event)
    place = places(flat_time)
    size = place.max() + 1
    distinct = np.full((len(place), size), np.inf)
    np.put_along_axis(distinct, place, flat_time, axis=1)
    leaving = tally(place, size)
    events = tally(place, size, flat_event).astype(int)
    at_risk = still_there(leaving)
    survival = np.cumprod(1 - events / np.maximum(at_risk, 1), axis=1)
    standard_error = survival * np.sqrt(np.cumsum(greenwood_terms(at_risk, events), axis=1))
    standard_error[survival == 0] = np.nan
    columns = (distinct, at_risk, events, leaving - events, survival, standard_error)
    return KaplanMeier(*(as_given(column, time) for column in columns))


def greenwood_terms(at_risk, events):
    """d / (n (n - d)) of each time; 0 where all at risk have the event, as R and survRM2 take it."""
    remaining = at_risk * (at_risk - events)
    return np.divide(events, remaining, out=np.zeros(at_risk.shape), where=remaining > 0)


def number_at_risk(time, at):
    """Patients at risk at given times, n(T >= t), as the table under a published curve counts them.

    Parameters
    ----------
    time : array_like, shape (n,) or (m, n)
        The patients' times, ended by event or censoring, at least 0.
    at : float or array_like, shape (p,)
        Times to count at, at least 0, in any order.

    Returns
    -------
    number : int or ndarray
        Of the shape of `at`, after the ensemble's axis.

    Raises
    ------
    ValueError
        If a time is negative or not finite, or there are no patients.

    Examples
    --------
    >>> print(number_at_risk([1, 2, 2, 5], [0, 2, 3]))
    [4 3 1]
    """
    time, at = times(time), points(at, "at")
    before = count_before(as_sets(time), at.ravel(), inclusive=False)
    return (time.shape[-1] - before).reshape(time.shape[:-1] + at.shape)[()]


def median_followup(time, event):
    """Median follow-up by the reverse Kaplan-Meier method: events and censorings change places.

    The curve itself, for another quantile or an interval, is `kaplan_meier(time, 1 - event)`.

    Parameters
    ----------
    time, event : array_like, shape (n,) or (m, n)
        Times, at least 0, and 1 (event) or 0 (censored).

    Returns
    -------
    median : float, or ndarray of shape (m,)
        In the unit of `time`; inf where fewer than half would still be censored: not reached.

    Raises
    ------
    ValueError
        As `kaplan_meier`.

    References
    ----------
    Schemper M, Smith TL. Control Clin Trials 1996;17:343-6. doi:10.1016/0197-2456(96)00075-X

    Examples
    --------
    >>> print(median_followup([1, 2, 3, 4, 5], [1, 0, 1, 0, 0]))
    4.0
    """
    time, event = times_and_events(time, event)
    return kaplan_meier(time, 1 - event).median


def _level(probability):
    if not 0 < probability < 1:
        raise ValueError(f"probability = {probability} is not allowed; it must be above 0 and below 1, such as 0.5")
    return 1 - probability


def _first_time(time, curve, level):
    reached = curve < level + _ON_THE_LEVEL
    first = np.argmax(reached, axis=-1, keepdims=True)
    there = np.take_along_axis(curve, first, axis=-1)
    below = reached & (curve < there)
    following = np.argmax(below, axis=-1, keepdims=True)
    flat = (abs(there - level) < _ON_THE_LEVEL) & below.any(axis=-1, keepdims=True)
    start, end = np.take_along_axis(time, first, axis=-1), np.take_along_axis(time, following, axis=-1)
    found = np.where(flat, (start + end) / 2, start)
    return np.where(reached.any(axis=-1, keepdims=True), found, np.inf)[..., 0][()]
