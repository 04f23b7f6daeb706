"""Bayesian random effects by quadrature: half-normal prior of tau, flat prior of the mean effect."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr

from tourmaline.statistics.checks import positive
from tourmaline.statistics.meta_analysis.checks import normal_quantile, studies

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(20)
_TAIL = 12.0  # scales of the prior beyond which nothing of it is left
_PANELS = 60


@dataclass(frozen=True, eq=False)
class Posterior:
    """Posterior of a random-effects model: a mixture of normals over the quadrature's values of tau.

    Attributes
    ----------
    tau : ndarray
        Values of the between-study standard deviation.
    weights : ndarray
        Their posterior probabilities; they sum to 1.
    means, variances : ndarray
        Mean and variance of the mean effect given each tau.
    tau_limits : callable
        Quantile of tau at a probability.
    """

    tau: np.ndarray
    weights: np.ndarray
    means: np.ndarray
    variances: np.ndarray
    tau_limits: object

    @property
    def mean(self):
        """Posterior mean of the mean effect."""
        return float(self.weights @ self.means)

    @property
    def standard_deviation(self):
        """Posterior standard deviation of the mean effect."""
        return float(np.sqrt(self.weights @ (self.variances + (self.means - self.mean) ** 2)))

    def probability_below(self, value):
        """Posterior probability that the mean effect lies below `value`."""
        return float(self.weights @ ndtr((value - self.means) / np.sqrt(self.variances)))

    def median(self):
        """Posterior median of the mean effect."""
        return self._quantile(0.5, self.variances)

    def interval(self, confidence_level=0.95):
        """Central credible interval of the mean effect.

        Parameters
        ----------
        confidence_level : float
            Its probability, in (0, 1).

        Returns
        -------
        lower, upper : float
        """
        return self._central(confidence_level, self.variances)

    def prediction_interval(self, confidence_level=0.95):
        """Central credible interval of the true effect of a new study like these."""
        return self._central(confidence_level, self.variances + self.tau**2)

    def tau_interval(self, confidence_level=0.95):
        """Median and central credible interval of tau.

        Returns
        -------
        median, lower, upper : float
        """
        normal_quantile(confidence_level)
        tail = (1 - confidence_level) / 2
        return tuple(self.tau_limits(p) for p in (0.5, tail, 1 - tail))

    def _central(self, confidence_level, variances):
        normal_quantile(confidence_level)  # refuses an impossible level
        tail = (1 - confidence_level) / 2
        return self._quantile(tail, variances), self._quantile(1 - tail, variances)

    def _quantile(self, probability, variances):
        deviations = np.sqrt(variances)

        def excess(value):
            return float(self.weights @ ndtr((value - self.means) / deviations)) - probability

        reach = 40 * deviations.max()
        return float(brentq(excess, self.means.min() - reach, self.means.max() + reach, xtol=1e-14, rtol=1e-14))


def bayesian_random_effects(estimates, standard_errors, prior_scale):
    """Random effects with a half-normal prior of tau and a flat prior of the mean effect.

    Given tau the mean effect is normal, with mean and variance of inverse-variance pooling; it is integrated out
    analytically. What is left of tau, p(tau) x prod N(y_i; mean, s_i^2 + tau^2) x sqrt(variance), is integrated by
    Gauss-Legendre quadrature on panels that grow with tau.

    Parameters
    ----------
    estimates, standard_errors : array_like, shape (k,)
        Studies' estimates (log hazard ratios) and their standard errors, above 0.
    prior_scale : float
        Scale of the half-normal prior of tau, above 0, on the scale of the estimates: the prior's median is
        0.674 times it.

    Returns
    -------
    posterior : Posterior
        Of one study the posterior of tau is its prior: the study tells nothing of it.

    Raises
    ------
    ValueError
        If there are no studies, the lengths differ or a value is impossible.

    References
    ----------
    Roever C. J Stat Softw 2020;93(6):1-51. doi:10.18637/jss.v093.i06
    Roever C, et al. Res Synth Methods 2021;12:448-74. doi:10.1002/jrsm.1475 (choice of the scale)

    Examples
    --------
    >>> posterior = bayesian_random_effects([-0.5, -0.1, -0.3], [0.2, 0.2, 0.2], 0.5)
    >>> print("{:.3f} ({:.3f} to {:.3f})".format(posterior.median(), *posterior.interval()))
    -0.300 (-0.734 to 0.134)
    """
    estimates, standard_errors = studies(estimates, standard_errors)
    scale = float(positive(prior_scale, "prior_scale"))
    variances = standard_errors**2

    def conditional(tau):
        precisions = 1 / (variances + tau[:, None] ** 2)
        totals = precisions.sum(axis=1)
        means = precisions @ estimates / totals
        squares = (precisions * (estimates - means[:, None]) ** 2).sum(axis=1)
        log_density = (np.log(precisions).sum(axis=1) - np.log(totals) - squares - (tau / scale) ** 2) / 2
        return means, 1 / totals, log_density

    smallest = 1e-3 * min(scale, standard_errors.min())
    tau, lengths = _quadrature(smallest, _TAIL * scale)
    means, mean_variances, log_density = conditional(tau)
    peak = log_density.max()
    masses = lengths * np.exp(log_density - peak)

    def tau_limits(probability):
        def excess(upper):
            part, widths = _quadrature(min(smallest, upper / 2), upper)
            return float(widths @ np.exp(conditional(part)[2] - peak)) / masses.sum() - probability

        return float(brentq(excess, 1e-12 * scale, _TAIL * scale, xtol=1e-14, rtol=1e-12))

    return Posterior(tau, masses / masses.sum(), means, mean_variances, tau_limits)


def _quadrature(smallest, upper):
    """Nodes and weights of composite Gauss-Legendre quadrature from 0 to `upper`, panels growing from `smallest`."""
    edges = np.concatenate([[0.0], np.geomspace(smallest, upper, _PANELS)])
    half = np.diff(edges)[:, None] / 2
    return (edges[:-1, None] + half * (1 + _NODES)).ravel(), (half * _WEIGHTS).ravel()
