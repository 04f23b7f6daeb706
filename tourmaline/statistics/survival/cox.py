"""The Cox model of one comparison: two groups, plain or stratified.

Beside lifelines' CoxPHFitter for ensembles, which it would fit one by one, and for its bits, which depend on the processor.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc

from tourmaline.statistics.meta_analysis import normal_quantile
from tourmaline.statistics.reproducible import exp
from tourmaline.statistics.survival.counting import event_times, sum_by_set
from tourmaline.statistics.survival.patients import as_given, times_and_events, two_groups, which_set


@dataclass(frozen=True, eq=False)
class Cox:
    """A Cox model of group 1 against group 0; in an ensemble, every attribute is of shape (m,).

    Attributes
    ----------
    log_hazard_ratio, standard_error : float
        Maximum of the partial likelihood, and the root of the inverse information there.
    """

    log_hazard_ratio: float
    standard_error: float

    @property
    def hazard_ratio(self):
        """Hazard ratio of group 1 against group 0."""
        return exp(self.log_hazard_ratio)

    @property
    def wald_p_value(self):
        """Two-sided P value of the Wald test."""
        return chdtrc(1, (self.log_hazard_ratio / self.standard_error) ** 2)

    def hazard_ratio_interval(self, confidence_level=0.95):
        """Wald confidence interval of the hazard ratio, exp(log_hazard_ratio -/+ z standard_error).

        Parameters
        ----------
        confidence_level : float
            Nominal coverage, in (0, 1).

        Returns
        -------
        lower, upper : float, or ndarray of shape (m,)

        Raises
        ------
        ValueError
            If `confidence_level` is outside (0, 1).

        Examples
        --------
        >>> fit = cox([1, 2, 3, 4, 5, 6], [1, 1, 1, 1, 0, 1], [0, 0, 1, 0, 1, 1])
        >>> lower, upper = fit.hazard_ratio_interval()
        >>> print(f"{lower:.3f} to {upper:.3f}")
        0.019 to 1.838
        """
        half_width = normal_quantile(confidence_level) * self.standard_error
        return exp(self.log_hazard_ratio - half_width), exp(self.log_hazard_ratio + half_width)


def cox(time, event, group, strata=None):
    """Hazard ratio of group 1 against group 0, by Cox's partial likelihood.

    With b the log hazard ratio, an event with n0 and n1 at risk in the groups contributes
    b [group 1] - log(n0 + n1 e^b). Of d events tied at one time, d0 and d1 in the groups, Efron's method lowers n0 by
    k d0 / d and n1 by k d1 / d for k = 0, ..., d - 1.

    Parameters
    ----------
    time, event : array_like, shape (n,) or (m, n)
        Times, at least 0, and 1 (event) or 0 (censored).
    group : array_like, shape (n,)
        0 or 1, both present.
    strata : array_like, shape (n,), optional
        Label of each patient's stratum; each has its own baseline hazard.

    Returns
    -------
    fit : Cox
        Newton's method, to an error of b below 1e-12.

    Raises
    ------
    ValueError
        If a value is outside these ranges, shapes do not fit, a group is empty, there are no events, or one group has none
        while both are at risk, for then the likelihood is monotone and b has no finite estimate.

    References
    ----------
    Cox DR. J R Stat Soc B 1972;34:187-220. doi:10.1111/j.2517-6161.1972.tb00899.x
    Efron B. J Am Stat Assoc 1977;72:557-65. doi:10.1080/01621459.1977.10480613

    Examples
    --------
    >>> fit = cox([1, 2, 3, 4, 5, 6], [1, 1, 1, 1, 0, 1], [0, 0, 1, 0, 1, 1])
    >>> print(f"{fit.hazard_ratio:.4f}, P {fit.wald_p_value:.4f}")
    0.1849, P 0.1498
    """
    time, event = times_and_events(time, event)
    likelihood = partial_likelihood(time, event, two_groups(group, time), strata)
    log_hazard_ratio = likelihood.maximum()
    _, information = likelihood.derivatives(log_hazard_ratio)
    return Cox(as_given(log_hazard_ratio, time), as_given(1 / np.sqrt(information), time))


@dataclass(frozen=True, eq=False)
class PartialLikelihood:
    """Log partial likelihood of two groups, as a function of the log hazard ratio of each set, shape (m,).

    Attributes
    ----------
    at_risk0, at_risk1 : ndarray, shape (e,)
        At risk at each event, in each group, corrected for ties; all sets in one row, set after set.
    patient : ndarray, shape (e,)
        Place of a patient with that event's time in the flattened (m, n) array.
    share1 : ndarray, shape (e,)
        Of the events at that time, the share that group 1 has: whether the event is its own, where there is no tie.
    sizes : ndarray, shape (m,)
        Events of each set.
    """

    at_risk0: np.ndarray
    at_risk1: np.ndarray
    patient: np.ndarray
    share1: np.ndarray
    sizes: np.ndarray

    def expected1(self, log_hazard_ratio):
        """Probability that each event is group 1's."""
        weighted = self.at_risk1 * np.repeat(exp(log_hazard_ratio), self.sizes)
        return weighted / (self.at_risk0 + weighted)

    def derivatives(self, log_hazard_ratio):
        """Score and information of each set."""
        expected1 = self.expected1(log_hazard_ratio)
        return sum_by_set(self.share1 - expected1, self.sizes), sum_by_set(expected1 * (1 - expected1), self.sizes)

    def maximum(self):
        """Log hazard ratio of each set at the maximum, by Newton's method."""
        log_hazard_ratio = np.zeros(self.sizes.size)
        going = np.ones(self.sizes.size, bool)
        while going.any():
            score, information = self.derivatives(log_hazard_ratio)
            # The information changes by a factor of at most e over a step of 1, which is why Newton's method with steps
            # of at most 1 comes nearer each time, from anywhere.
            step = np.where(going, np.clip(score / information, -1, 1), 0.0)
            log_hazard_ratio += step
            # Convergence is quadratic: after a step of s the error is below s squared. Each set stops by itself, so that what
            # it gives does not depend on the others.
            going &= np.abs(step) >= 1e-7
        return log_hazard_ratio


def partial_likelihood(time, event, member, strata):
    """The partial likelihood of checked times and events; ValueError if a set has no finite maximum."""
    return likelihood_of(event_times(time, event, member, strata), time)


def likelihood_of(counts, time):
    """The partial likelihood of what was counted of such times; ValueError if a set has no finite maximum."""
    _refuse_monotone(counts, time)
    tied = counts.events.astype(int)
    row = np.repeat(np.arange(tied.size), tied)
    before = np.arange(row.size) - (np.cumsum(tied) - tied)[row]
    gone = before / tied[row]
    return PartialLikelihood(
        at_risk0=(counts.at_risk - counts.at_risk1)[row] - gone * (counts.events - counts.events1)[row],
        at_risk1=counts.at_risk1[row] - gone * counts.events1[row],
        patient=counts.patient[row],
        share1=(counts.events1 / counts.events)[row],
        sizes=sum_by_set(tied, counts.sizes),
    )


def _refuse_monotone(counts, time):
    both = (counts.at_risk1 > 0) & (counts.at_risk1 < counts.at_risk)
    events0 = sum_by_set(both * (counts.events - counts.events1), counts.sizes)
    events1 = sum_by_set(both * counts.events1, counts.sizes)
    for group, events in ((0, events0), (1, events1)):
        if not events.all():
            raise ValueError(
                f"{which_set(np.argmin(events), time)}group {group} has no event while both groups are at risk, "
                "so the log hazard ratio has no finite estimate (monotone likelihood)"
            )
