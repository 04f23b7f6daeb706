"""How much studies differ: Cochran's Q, the between-study variance tau squared, and their intervals.

Our own: statsmodels 0.15 (stats.meta_analysis) has neither REML nor the Q profile, ends Paule and Mandel's iteration at 1e-5, and
takes 2.6 seconds to import.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

# scipy.stats would say the same (chi2.isf) but takes a second to import.
from scipy.special import chdtri

from tourmaline.statistics.checks import known_word
from tourmaline.statistics.meta_analysis.checks import normal_quantile, studies

TAU_ESTIMATORS = ("dersimonian-laird", "paule-mandel", "reml")
_GRID = 400  # points on which the restricted likelihood is searched for its summits


@dataclass(frozen=True)
class Heterogeneity:
    """Intervals of the heterogeneity among studies.

    Attributes
    ----------
    tau_squared : tuple of float
        Lower and upper limit of the between-study variance.
    i_squared : tuple of float
        Limits of I squared, a fraction.
    """

    tau_squared: tuple[float, float]
    i_squared: tuple[float, float]


def generalised_q(estimates, standard_errors, tau_squared=0.0):
    """Cochran's Q with the weights 1 / (standard_error^2 + tau^2); with tau^2 = 0 it is Q itself.

    Parameters
    ----------
    estimates, standard_errors : array_like, shape (k,)
        Studies' estimates and their standard errors, above 0.
    tau_squared : float
        Between-study variance, at least 0.

    Returns
    -------
    q : float

    Raises
    ------
    ValueError
        If there are no studies, the lengths differ or a value is impossible.

    References
    ----------
    DerSimonian R, Kacker R. Contemp Clin Trials 2007;28:105-14. doi:10.1016/j.cct.2006.04.004

    Examples
    --------
    >>> print(f"{generalised_q([-0.5, -0.1], [0.2, 0.2]):.3f}, {generalised_q([-0.5, -0.1], [0.2, 0.2], 0.04):.3f}")
    2.000, 1.000
    """
    estimates, standard_errors = studies(estimates, standard_errors)
    precisions = 1 / (standard_errors**2 + tau_squared)
    # Normalised first, so that a single study is its own mean to the last bit and Q is exactly 0.
    mean = precisions / precisions.sum() @ estimates
    return float(precisions @ (estimates - mean) ** 2)


def between_study_variance(estimates, standard_errors, estimator="dersimonian-laird"):
    """Between-study variance, tau squared.

    Parameters
    ----------
    estimates, standard_errors : array_like, shape (k,)
        Studies' estimates and their standard errors, above 0.
    estimator : str
        One of `TAU_ESTIMATORS`. With w = 1 / (s^2 + tau^2) and Q(tau^2) as in `generalised_q`:
        dersimonian-laird, (Q(0) - (k - 1)) / (sum w - sum w^2 / sum w) at tau^2 = 0; paule-mandel, the root of
        Q(tau^2) = k - 1; reml, the highest summit of the restricted likelihood. Each is truncated at 0.

    Returns
    -------
    tau_squared : float
        0 for one study, of which it cannot be estimated.

    Raises
    ------
    ValueError
        If `estimator` is unknown, or as in `generalised_q`.

    References
    ----------
    DerSimonian R, Laird N. Control Clin Trials 1986;7:177-88. doi:10.1016/0197-2456(86)90046-2
    Paule RC, Mandel J. J Res Natl Bur Stand 1982;87:377-85. doi:10.6028/jres.087.022
    Viechtbauer W. J Educ Behav Stat 2005;30:261-93. doi:10.3102/10769986030003261 (restricted likelihood)

    Examples
    --------
    >>> for estimator in TAU_ESTIMATORS:
    ...     print(f"{between_study_variance([-0.6, -0.1, 0.3], [0.2, 0.1, 0.3], estimator):.4f}")
    0.0971
    0.1419
    0.1249
    """
    known_word("estimator", estimator, TAU_ESTIMATORS)
    estimates, standard_errors = studies(estimates, standard_errors)
    if estimates.size == 1:
        return 0.0
    if estimator == "reml":
        return _restricted_maximum_likelihood(estimates, standard_errors)
    excess = generalised_q(estimates, standard_errors) - (estimates.size - 1)
    if excess <= 0:
        return 0.0
    if estimator == "paule-mandel":
        return _variance_at(estimates, standard_errors, estimates.size - 1)
    precisions = 1 / standard_errors**2
    return float(excess / (precisions.sum() - (precisions**2).sum() / precisions.sum()))


def q_profile(estimates, standard_errors, confidence_level=0.95):
    """Intervals of tau squared and I squared by profiling the generalised Q.

    The limits of tau^2 are where Q(tau^2) is the upper and the lower quantile of chi-square on k - 1 degrees of
    freedom; I^2 = tau^2 / (tau^2 + v) carries them over, v the typical variance of `typical_variance`.

    Parameters
    ----------
    estimates, standard_errors : array_like, shape (k,)
        At least two studies' estimates and their standard errors, above 0.
    confidence_level : float
        Nominal coverage, in (0, 1).

    Returns
    -------
    heterogeneity : Heterogeneity
        A limit that would be negative is 0. Where studies agree so closely that even tau^2 = 0 is refused, the
        interval is 0 to 0, as metafor gives it.

    Raises
    ------
    ValueError
        If there are fewer than two studies, or as in `generalised_q`.

    References
    ----------
    Viechtbauer W. Stat Med 2007;26:37-52. doi:10.1002/sim.2514

    Examples
    --------
    >>> heterogeneity = q_profile([-0.6, -0.1, 0.3], [0.2, 0.1, 0.3])
    >>> print("{:.3f} to {:.3f}".format(*heterogeneity.tau_squared))
    0.001 to 7.968
    >>> print("{:.3f} to {:.3f}".format(*heterogeneity.i_squared))
    0.027 to 0.996
    """
    estimates, standard_errors = studies(estimates, standard_errors)
    normal_quantile(confidence_level)  # refuses an impossible level
    if estimates.size < 2:
        raise ValueError("one study alone has no heterogeneity; give at least two")
    degrees_of_freedom = estimates.size - 1
    tail = (1 - confidence_level) / 2
    lower, upper = (
        _variance_at(estimates, standard_errors, float(chdtri(degrees_of_freedom, p))) for p in (tail, 1 - tail)
    )
    typical = typical_variance(standard_errors)
    return Heterogeneity((lower, upper), (lower / (lower + typical), upper / (upper + typical)))


def typical_variance(standard_errors):
    """The typical within-study variance of Higgins and Thompson, by which I squared relates tau squared to chance.

    Parameters
    ----------
    standard_errors : array_like, shape (k,)
        Standard errors of at least two studies, above 0.

    Returns
    -------
    variance : float
        (k - 1) / (sum w - sum w^2 / sum w), with w = 1 / standard_error^2.

    References
    ----------
    Higgins JPT, Thompson SG. Stat Med 2002;21:1539-58. doi:10.1002/sim.1186

    Examples
    --------
    >>> print(f"{typical_variance([0.2, 0.2]):.4f}")
    0.0400
    """
    precisions = 1 / np.asarray(standard_errors, dtype=float) ** 2
    return float((precisions.size - 1) / (precisions.sum() - (precisions**2).sum() / precisions.sum()))


def _variance_at(estimates, standard_errors, target):
    """The tau squared at which the generalised Q, which falls as tau squared grows, is `target`; 0 if it is below."""

    def excess(tau_squared):
        return generalised_q(estimates, standard_errors, tau_squared) - target

    if excess(0.0) <= 0:
        return 0.0
    upper = float(standard_errors.max() ** 2)
    while excess(upper) > 0:
        upper *= 4
    return float(brentq(excess, 0.0, upper, xtol=1e-300, rtol=1e-14, maxiter=1000))


def _restricted_maximum_likelihood(estimates, standard_errors):
    variances = standard_errors**2

    def parts(tau_squared):
        precisions = 1 / (variances + np.atleast_1d(tau_squared)[:, None])
        total = precisions.sum(axis=1)
        residuals = estimates - (precisions @ estimates / total)[:, None]
        return precisions, total, residuals

    def score(tau_squared):
        precisions, total, residuals = parts(tau_squared)
        squares = (precisions**2 * residuals**2).sum(axis=1)
        return squares - total + (precisions**2).sum(axis=1) / total

    def log_likelihood(tau_squared):
        precisions, total, residuals = parts(tau_squared)
        return (np.log(precisions).sum(axis=1) - np.log(total) - (precisions * residuals**2).sum(axis=1)) / 2

    # Beyond the largest variance plus the squared range of the estimates the likelihood only falls.
    end = variances.max() + np.ptp(estimates) ** 2
    grid = np.concatenate([[0.0], np.geomspace(1e-9 * variances.min(), end, _GRID)])
    slopes = score(grid)
    rises = np.flatnonzero((slopes[:-1] > 0) & (slopes[1:] <= 0))  # a summit lies between
    summits = [
        brentq(lambda t: score(t)[0], grid[i], grid[i + 1], xtol=1e-300, rtol=1e-14, maxiter=1000) for i in rises
    ]
    if slopes[0] <= 0:
        summits.append(0.0)
    return float(summits[int(np.argmax(log_likelihood(np.array(summits))))])
