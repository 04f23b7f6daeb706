"""Inverse-variance pooling: fixed effect and random effects, their intervals, and the interval of a new study.

This is our own, because statsmodels 0.15 (combine_effects) has neither REML nor an interval of a new study.
"""

import math
from dataclasses import dataclass

import numpy as np

# scipy.stats would say the same (t.ppf, chi2.sf) but takes a second to import.
from scipy.special import chdtrc, stdtrit

from tourmaline.estimate import Estimate
from tourmaline.statistics.checks import known_word
from tourmaline.statistics.meta_analysis.checks import normal_quantile, studies
from tourmaline.statistics.meta_analysis.heterogeneity import (
    between_study_variance,
    generalised_q,
)

POOLING_INTERVALS = ("normal", "hartung-knapp", "hartung-knapp-floored")
PREDICTION_CONVENTIONS = ("t-k-2", "t-k-1", "normal")
Q_THRESHOLD = 0.10  # customary for the P value of Cochran's Q, whose power is low


@dataclass(frozen=True, eq=False)
class Pooled:
    """An inverse-variance pooled estimate and the heterogeneity among its studies.

    Attributes
    ----------
    estimate : float
        Pooled estimate, on the scale of the studies' estimates (a log hazard ratio).
    standard_error : float
        Its standard error, on the same scale.
    weights : ndarray, shape (k,)
        Share of each study, in the order given; they sum to 1.
    q : float
        Cochran's Q, from fixed-effect weights whatever the model.
    degrees_of_freedom : int
        k - 1.
    q_p_value : float
        Upper tail of chi-square at `q`; nan for one study, where there is nothing to test.
    i_squared : float
        max(0, (Q - df) / Q) whatever the model, a fraction in [0, 1); 0 for one study.
    tau_squared : float
        Between-study variance; 0 for a fixed effect, and for one study.
    hartung_knapp_scale : float
        Generalised Q at `tau_squared` over its degrees of freedom: by this Hartung and Knapp multiply the squared
        standard error; nan for one study.
    """

    estimate: float
    standard_error: float
    weights: np.ndarray
    q: float
    degrees_of_freedom: int
    q_p_value: float
    i_squared: float
    tau_squared: float
    hartung_knapp_scale: float

    @property
    def heterogeneous(self):
        """Whether Q speaks against one common effect: its P value is at most `Q_THRESHOLD`."""
        return self.q_p_value <= Q_THRESHOLD

    def interval(self, confidence_level=0.95, method="normal"):
        """Confidence interval of the pooled estimate, on its own (log) scale.

        Parameters
        ----------
        confidence_level : float
            Nominal coverage, in (0, 1).
        method : str
            One of `POOLING_INTERVALS`. normal: the standard error and a normal quantile; hartung-knapp: the squared
            standard error times `hartung_knapp_scale` and a quantile of t on k - 1 degrees of freedom, which is
            narrower than the normal interval where studies agree by chance; hartung-knapp-floored: the same with a
            scale of at least 1.

        Returns
        -------
        lower, upper : float

        Raises
        ------
        ValueError
            If `confidence_level` is outside (0, 1), `method` is unknown, or a Hartung-Knapp interval is asked of one
            study.

        References
        ----------
        Hartung J, Knapp G. Stat Med 2001;20:3875-89. doi:10.1002/sim.1009
        Roever C, Knapp G, Friede T. BMC Med Res Methodol 2015;15:99. doi:10.1186/s12874-015-0091-1 (floored)

        Examples
        --------
        >>> pooled = fixed_effect([-0.5, -0.1], [0.2, 0.2])
        >>> for method in POOLING_INTERVALS:
        ...     print("{:.4f} to {:.4f}".format(*pooled.interval(0.90, method)))
        -0.5326 to -0.0674
        -1.5628 to 0.9628
        -1.5628 to 0.9628
        """
        half_width = self._standard_error(method)  # refuses an unknown method
        half_width *= float(normal_quantile(confidence_level)) if method == "normal" else self._t(confidence_level, 1)
        return self.estimate - half_width, self.estimate + half_width

    def effect(self, confidence_level=0.95, method="normal"):
        """The pooled estimate with its `interval`, on its own scale.

        Returns
        -------
        Estimate
        """
        lower, upper = self.interval(confidence_level, method)
        return Estimate(float(self.estimate), float(lower), float(upper), confidence_level)

    def ratio(self, confidence_level=0.95, method="normal"):
        """The pooled ratio, with its interval: exp of `effect`.

        Returns
        -------
        Estimate

        Examples
        --------
        >>> f"{fixed_effect([-0.5, -0.1], [0.2, 0.2]).ratio():.2f}"
        '0.74 (0.56 to 0.98)'
        """
        return self.effect(confidence_level, method).map(np.exp)

    def prediction_interval(self, confidence_level=0.95, convention="t-k-2", method="normal"):
        """Interval of the true effect of a new study like these, on the (log) scale of the estimates.

        estimate +- quantile x sqrt(tau^2 + standard_error^2).

        Parameters
        ----------
        confidence_level : float
            Nominal coverage, in (0, 1).
        convention : str
            Distribution of the quantile. t-k-2: t on k - 2 degrees of freedom (Higgins, Thompson and Spiegelhalter);
            t-k-1: t on k - 1, which metafor takes by default with Hartung and Knapp's standard error; normal, which it
            takes by default otherwise.
        method : str
            As for `interval`: which standard error.

        Returns
        -------
        lower, upper : float

        Raises
        ------
        ValueError
            If there are too few studies for the convention (three, two and one), or as in `interval`.

        References
        ----------
        Higgins JPT, Thompson SG, Spiegelhalter DJ. J R Stat Soc A 2009;172:137-59.
            doi:10.1111/j.1467-985X.2008.00552.x

        Examples
        --------
        >>> pooled = random_effects([-0.6, -0.1, 0.3], [0.2, 0.1, 0.3])
        >>> for convention in PREDICTION_CONVENTIONS:
        ...     print("{:.2f} to {:.2f}".format(*pooled.prediction_interval(convention=convention)))
        -4.97 to 4.63
        -1.79 to 1.46
        -0.91 to 0.57
        """
        known_word("convention", convention, PREDICTION_CONVENTIONS)
        standard_error = math.hypot(math.sqrt(self.tau_squared), self._standard_error(method))
        lost = {"t-k-2": 2, "t-k-1": 1, "normal": 0}[convention]
        half_width = self._t(confidence_level, lost) if lost else float(normal_quantile(confidence_level))
        half_width *= standard_error
        return self.estimate - half_width, self.estimate + half_width

    def _standard_error(self, method):
        known_word("method", method, POOLING_INTERVALS)
        if method == "normal":
            return self.standard_error
        if not self.degrees_of_freedom:
            raise ValueError("a Hartung-Knapp interval needs at least two studies; take the normal one for one study")
        scale = max(1.0, self.hartung_knapp_scale) if method == "hartung-knapp-floored" else self.hartung_knapp_scale
        return self.standard_error * math.sqrt(scale)

    def _t(self, confidence_level, lost):
        normal_quantile(confidence_level)  # refuses an impossible level
        studies_given = self.degrees_of_freedom + 1
        if studies_given <= lost:
            raise ValueError(
                f"t on {studies_given} - {lost} degrees of freedom does not exist; give at least {lost + 1} studies"
            )
        return float(stdtrit(studies_given - lost, (1 + confidence_level) / 2))


def fixed_effect(estimates, standard_errors):
    """Pool studies that estimate one common effect, each weighted by its inverse variance.

    Parameters
    ----------
    estimates : array_like, shape (k,)
        Studies' estimates on a scale where they are near normal (log hazard ratios).
    standard_errors : array_like, shape (k,)
        Their standard errors on that scale, above 0.

    Returns
    -------
    pooled : Pooled
        With `tau_squared` 0. One study is returned as it is, with `q` 0 on 0 degrees of freedom,
        `q_p_value` nan and `i_squared` 0.

    Raises
    ------
    ValueError
        If there are no studies, the lengths differ, an estimate is not finite or a standard
        error is not finite and above 0.

    References
    ----------
    Higgins JPT, Thompson SG. Stat Med 2002;21:1539-58. doi:10.1002/sim.1186 (Q and I squared)

    Examples
    --------
    >>> pooled = fixed_effect([-0.5, -0.1], [0.2, 0.2])
    >>> print(f"{pooled.estimate:.2f}, {pooled.standard_error:.4f}, Q {pooled.q:.2f}")
    -0.30, 0.1414, Q 2.00
    """
    estimates, standard_errors = studies(estimates, standard_errors)
    return _pool(estimates, standard_errors, 0.0)


def random_effects(estimates, standard_errors, tau_estimator="dersimonian-laird"):
    """Pool studies whose true effects vary; a study's weight is 1 / (standard_error^2 + tau^2).

    Parameters
    ----------
    estimates : array_like, shape (k,)
        Studies' estimates on a scale where they are near normal (log hazard ratios).
    standard_errors : array_like, shape (k,)
        Their standard errors on that scale, above 0.
    tau_estimator : str
        Estimator of the between-study variance, as in `between_study_variance`.

    Returns
    -------
    pooled : Pooled
        The fixed-effect answer wherever the estimator gives 0, and for one study, of which a between-study variance
        cannot be estimated and is taken as 0.

    Raises
    ------
    ValueError
        If there are no studies, the lengths differ, an estimate is not finite, a standard error is not finite and
        above 0, or `tau_estimator` is unknown.

    References
    ----------
    DerSimonian R, Laird N. Control Clin Trials 1986;7:177-88. doi:10.1016/0197-2456(86)90046-2

    Examples
    --------
    >>> pooled = random_effects([-0.5, -0.1], [0.2, 0.2])
    >>> print(f"{pooled.estimate:.2f}, {pooled.standard_error:.4f}, tau2 {pooled.tau_squared:.2f}")
    -0.30, 0.2000, tau2 0.04
    """
    estimates, standard_errors = studies(estimates, standard_errors)
    tau_squared = between_study_variance(estimates, standard_errors, tau_estimator)
    return _pool(estimates, standard_errors, tau_squared)


def _pool(estimates, standard_errors, tau_squared):
    precisions = 1 / (standard_errors**2 + tau_squared)
    weights = precisions / precisions.sum()
    # The result is frozen, and so are the weights in it.
    weights.setflags(write=False)
    q, degrees_of_freedom = generalised_q(estimates, standard_errors), estimates.size - 1
    return Pooled(
        estimate=float(weights @ estimates),
        standard_error=float(1 / np.sqrt(precisions.sum())),
        weights=weights,
        q=q,
        degrees_of_freedom=degrees_of_freedom,
        q_p_value=float(chdtrc(degrees_of_freedom, q)) if degrees_of_freedom else math.nan,
        i_squared=(q - degrees_of_freedom) / q if q > degrees_of_freedom else 0.0,
        tau_squared=tau_squared,
        hartung_knapp_scale=(
            generalised_q(estimates, standard_errors, tau_squared) / degrees_of_freedom
            if degrees_of_freedom
            else math.nan
        ),
    )
