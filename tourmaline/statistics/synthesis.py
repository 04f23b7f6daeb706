"""Synthesis: log hazard ratios from printed intervals, and their inverse-variance pooling."""

import math
from dataclasses import dataclass

import numpy as np

# scipy.stats would say the same (norm.ppf, chi2.sf) but takes a second to import.
from scipy.special import chdtrc, ndtri


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
        max(0, (Q - df) / Q), a fraction in [0, 1); 0 for one study.
    tau_squared : float
        Between-study variance; 0 for a fixed effect, and for one study.
    """

    estimate: float
    standard_error: float
    weights: np.ndarray
    q: float
    degrees_of_freedom: int
    q_p_value: float
    i_squared: float
    tau_squared: float

    def interval(self, confidence_level=0.95):
        """Normal confidence interval of the pooled estimate, on its own (log) scale.

        Parameters
        ----------
        confidence_level : float
            Nominal coverage, in (0, 1).

        Returns
        -------
        lower, upper : float

        Raises
        ------
        ValueError
            If `confidence_level` is outside (0, 1).

        Examples
        --------
        >>> lower, upper = fixed_effect([-0.5, -0.1], [0.2, 0.2]).interval(0.90)
        >>> print(f"{lower:.4f} to {upper:.4f}")
        -0.5326 to -0.0674
        """
        half_width = float(normal_quantile(confidence_level)) * self.standard_error
        return self.estimate - half_width, self.estimate + half_width


def log_hazard_ratio_from_interval(hazard_ratio, lower, upper, confidence_level=0.95):
    """Log hazard ratio and its standard error from a printed hazard ratio and interval.

    The standard error is (log upper - log lower) / (2 z), z the standard normal quantile at
    (1 + confidence_level) / 2: the interval is taken to be symmetric on the log scale.

    Parameters
    ----------
    hazard_ratio : float or array_like
        Hazard ratio, above 0, from `lower` to `upper`.
    lower, upper : float or array_like
        Confidence limits of the hazard ratio, above 0, lower below upper.
    confidence_level : float or array_like
        Level of the interval, in (0, 1); interim analyses print others than 0.95.

    Returns
    -------
    log_hazard_ratio, standard_error : float or ndarray
        Of the broadcast shape of the parameters.

    Raises
    ------
    ValueError
        If a value is not finite and above 0, `lower` is not below `upper`, `hazard_ratio` lies
        outside them or `confidence_level` is outside (0, 1).

    References
    ----------
    Parmar MKB, Torri V, Stewart L. Stat Med 1998;17:2815-34.
        doi:10.1002/(SICI)1097-0258(19981230)17:24<2815::AID-SIM110>3.0.CO;2-8

    Examples
    --------
    >>> log_hazard_ratio, standard_error = log_hazard_ratio_from_interval(0.5, 0.25, 1.0)
    >>> print(f"{log_hazard_ratio:.4f}, {standard_error:.4f}")
    -0.6931, 0.3537
    """
    z = normal_quantile(confidence_level)
    hazard_ratio, lower, upper, z = np.broadcast_arrays(
        _positive(hazard_ratio, "hazard_ratio"),
        _positive(lower, "lower"),
        _positive(upper, "upper"),
        z,
    )
    for ratio, low, high in zip(hazard_ratio.flat, lower.flat, upper.flat, strict=True):
        if low >= high:
            raise ValueError(f"lower = {low:g} is not below upper = {high:g}; check their order")
        if not low <= ratio <= high:
            raise ValueError(
                f"hazard_ratio = {ratio:g} is outside its interval, {low:g} to {high:g}; one of the three is wrong"
            )
    return np.log(hazard_ratio), (np.log(upper) - np.log(lower)) / (2 * z)


def log_hazard_ratio_from_p_value(hazard_ratio, p_value, sides=2):
    """Log hazard ratio and its standard error from a printed hazard ratio and P value.

    The standard error is |log hazard_ratio| / z, z the standard normal quantile at 1 - p_value / sides: the P value is
    taken to be that of a Wald test. Weaker than an interval: P values are printed with few digits, and often come from
    a log-rank test.

    Parameters
    ----------
    hazard_ratio : float
        Hazard ratio, above 0; 1 tells nothing about its standard error.
    p_value : float
        P value, in (0, 1); a one-sided one below 0.5.
    sides : {1, 2}
        Sides of the P value.

    Returns
    -------
    log_hazard_ratio, standard_error : float

    Raises
    ------
    ValueError
        If a value is outside these ranges.

    References
    ----------
    Parmar MKB, Torri V, Stewart L. Stat Med 1998;17:2815-34.
        doi:10.1002/(SICI)1097-0258(19981230)17:24<2815::AID-SIM110>3.0.CO;2-8

    Examples
    --------
    >>> estimate, standard_error = log_hazard_ratio_from_p_value(0.5, 0.05)
    >>> print(f"{estimate:.4f}, {standard_error:.4f}")
    -0.6931, 0.3537
    """
    log_ratio = float(np.log(_positive(hazard_ratio, "hazard_ratio")))
    if log_ratio == 0:
        raise ValueError("hazard_ratio = 1 has no standard error that a P value could tell; give its interval")
    if sides not in (1, 2):
        raise ValueError(f"sides = {sides} is not allowed; it must be 1 or 2")
    if not 0 < p_value < sides / 2:
        raise ValueError(f"p_value = {p_value:g} is not allowed; it must be above 0 and below {sides / 2:g}")
    return log_ratio, abs(log_ratio) / float(-ndtri(p_value / sides))


def log_hazard_ratio(hazard_ratio, lower, upper, confidence_level, p_value=math.nan, sides=2):
    """Log hazard ratio and its standard error from what is printed: the interval, or else the P value.

    Parameters
    ----------
    hazard_ratio, lower, upper, confidence_level : float
        As in `log_hazard_ratio_from_interval`; nan for bounds and level where no interval is printed.
    p_value, sides : float, {1, 2}
        As in `log_hazard_ratio_from_p_value`; used only where no interval is printed.

    Returns
    -------
    log_hazard_ratio, standard_error : float

    Raises
    ------
    ValueError
        If neither interval nor P value is given, or they are impossible.

    Examples
    --------
    >>> estimate, standard_error = log_hazard_ratio(0.5, 0.25, 1.0, 0.95)
    >>> print(f"{estimate:.4f}, {standard_error:.4f}")
    -0.6931, 0.3537
    """
    if math.isnan(lower) != math.isnan(upper):
        raise ValueError(f"half an interval, {lower:g} to {upper:g}; give both ends, or nan for both")
    if not math.isnan(lower):
        log_ratio, standard_error = log_hazard_ratio_from_interval(hazard_ratio, lower, upper, confidence_level)
        return float(log_ratio), float(standard_error)
    if math.isnan(p_value):
        raise ValueError(f"hazard_ratio = {hazard_ratio:g} has neither interval nor P value; leave the study out")
    return log_hazard_ratio_from_p_value(hazard_ratio, p_value, sides)


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
    estimates, standard_errors = _studies(estimates, standard_errors)
    return _pool(estimates, standard_errors, tau_squared=0.0)


def random_effects(estimates, standard_errors):
    """Pool studies whose true effects vary, with the DerSimonian-Laird between-study variance.

    With w = 1 / standard_error^2 and Cochran's Q, tau^2 = (Q - (k - 1)) / (sum w - sum w^2 /
    sum w), truncated at 0; a study's weight is then 1 / (standard_error^2 + tau^2).

    Parameters
    ----------
    estimates : array_like, shape (k,)
        Studies' estimates on a scale where they are near normal (log hazard ratios).
    standard_errors : array_like, shape (k,)
        Their standard errors on that scale, above 0.

    Returns
    -------
    pooled : Pooled
        The fixed-effect answer wherever Q is at most k - 1, and for one study, of which a
        between-study variance cannot be estimated and is taken as 0.

    Raises
    ------
    ValueError
        If there are no studies, the lengths differ, an estimate is not finite or a standard
        error is not finite and above 0.

    References
    ----------
    DerSimonian R, Laird N. Control Clin Trials 1986;7:177-88. doi:10.1016/0197-2456(86)90046-2

    Examples
    --------
    >>> pooled = random_effects([-0.5, -0.1], [0.2, 0.2])
    >>> print(f"{pooled.estimate:.2f}, {pooled.standard_error:.4f}, tau2 {pooled.tau_squared:.2f}")
    -0.30, 0.2000, tau2 0.04
    """
    estimates, standard_errors = _studies(estimates, standard_errors)
    return _pool(estimates, standard_errors, _dersimonian_laird(estimates, standard_errors))


def _pool(estimates, standard_errors, tau_squared):
    precisions = 1 / (standard_errors**2 + tau_squared)
    weights = precisions / precisions.sum()
    # The result is frozen, and so are the weights in it.
    weights.setflags(write=False)
    q = _cochran_q(estimates, standard_errors)
    degrees_of_freedom = estimates.size - 1
    return Pooled(
        estimate=float(weights @ estimates),
        standard_error=float(1 / np.sqrt(precisions.sum())),
        weights=weights,
        q=q,
        degrees_of_freedom=degrees_of_freedom,
        q_p_value=float(chdtrc(degrees_of_freedom, q)) if degrees_of_freedom else math.nan,
        i_squared=(q - degrees_of_freedom) / q if q > degrees_of_freedom else 0.0,
        tau_squared=tau_squared,
    )


def _cochran_q(estimates, standard_errors):
    precisions = 1 / standard_errors**2
    # Normalised first, so that a single study is its own mean to the last bit and Q is exactly 0.
    fixed = precisions / precisions.sum() @ estimates
    return float(precisions @ (estimates - fixed) ** 2)


def _dersimonian_laird(estimates, standard_errors):
    excess = _cochran_q(estimates, standard_errors) - (estimates.size - 1)
    if excess <= 0:
        return 0.0
    precisions = 1 / standard_errors**2
    return float(excess / (precisions.sum() - (precisions**2).sum() / precisions.sum()))


def _studies(estimates, standard_errors):
    estimates = np.asarray(estimates, dtype=float)
    standard_errors = np.asarray(standard_errors, dtype=float)
    if estimates.ndim != 1 or standard_errors.shape != estimates.shape:
        raise ValueError(
            f"estimates of shape {estimates.shape} and standard_errors of shape "
            f"{standard_errors.shape} do not match; give one of each for every study, in a list"
        )
    if not estimates.size:
        raise ValueError("there are no studies to pool; give at least one")
    refused = estimates[~np.isfinite(estimates)]
    if refused.size:
        raise ValueError(f"estimates holds {refused[0]:g}; every estimate must be finite")
    return estimates, _positive(standard_errors, "standard_errors")


def _positive(values, name):
    values = np.asarray(values, dtype=float)
    refused = values[~(np.isfinite(values) & (values > 0))]
    if refused.size:
        raise ValueError(f"{name} = {refused[0]:g} is not allowed; it must be finite and above 0")
    return values


def normal_quantile(confidence_level):
    """Standard normal quantile of a two-sided interval: half its width in standard errors.

    Parameters
    ----------
    confidence_level : float or array_like
        Nominal coverage, in (0, 1).

    Returns
    -------
    float or ndarray

    Raises
    ------
    ValueError
        If `confidence_level` is outside (0, 1).

    Examples
    --------
    >>> print(f"{normal_quantile(0.95):.4f}")
    1.9600
    """
    levels = np.asarray(confidence_level, dtype=float)
    refused = levels[~((levels > 0) & (levels < 1))]
    if refused.size:
        raise ValueError(
            f"confidence_level = {refused[0]:g} is not allowed; it must be above 0 and below 1, such as 0.95"
        )
    return ndtri((1 + levels) / 2)
