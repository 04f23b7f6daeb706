"""Log hazard ratios and their standard errors, from what is reported: an interval of any level, or a P value."""

import math

import numpy as np
from scipy.special import ndtri

from tourmaline.statistics.checks import one_or_two, positive
from tourmaline.statistics.meta_analysis.checks import normal_quantile


def log_hazard_ratio_from_interval(hazard_ratio, lower, upper, confidence_level=0.95):
    """Log hazard ratio and its standard error from a reported hazard ratio and interval.

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
        positive(hazard_ratio, "hazard_ratio"),
        positive(lower, "lower"),
        positive(upper, "upper"),
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
    """Log hazard ratio and its standard error from a reported hazard ratio and P value.

    The standard error is |log hazard_ratio| / z, z the standard normal quantile at 1 - p_value / sides: the P value is
    taken to be that of a Wald test. Weaker than an interval: P values are reported with few digits, and often come from
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
    log_ratio = float(np.log(positive(hazard_ratio, "hazard_ratio")))
    if log_ratio == 0:
        raise ValueError("hazard_ratio = 1 has no standard error that a P value could tell; give its interval")
    one_or_two(sides)
    if not 0 < p_value < sides / 2:
        raise ValueError(f"p_value = {p_value:g} is not allowed; it must be above 0 and below {sides / 2:g}")
    return log_ratio, abs(log_ratio) / float(-ndtri(p_value / sides))


def log_hazard_ratio(hazard_ratio, lower, upper, confidence_level, p_value=math.nan, sides=2):
    """Log hazard ratio and its standard error from what is reported: the interval, or else the P value.

    Parameters
    ----------
    hazard_ratio, lower, upper, confidence_level : float
        As in `log_hazard_ratio_from_interval`; nan for bounds and level where no interval is reported.
    p_value, sides : float, {1, 2}
        As in `log_hazard_ratio_from_p_value`; used only where no interval is reported.

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


def log_hazard_ratios(reported):
    """Log hazard ratios and standard errors of reported results: from the interval, or else from the P value.

    Parameters
    ----------
    reported : DataFrame
        One row a study: hazard_ratio, lower, upper, level, p_value, sides, each as in `log_hazard_ratio`.

    Returns
    -------
    estimates, standard_errors : ndarray, shape (k,)
    derived : ndarray of bool, shape (k,)
        Whether no interval is reported, so that the standard error is derived from the P value.

    Raises
    ------
    ValueError
        If a row has neither interval nor P value, or they are impossible.

    Examples
    --------
    >>> import pandas as pd
    >>> row = {"hazard_ratio": 0.5, "lower": 0.25, "upper": 1.0, "level": 0.95, "p_value": math.nan, "sides": 2}
    >>> estimates, standard_errors, derived = log_hazard_ratios(pd.DataFrame([row]))
    >>> print(f"{estimates[0]:.4f}, {standard_errors[0]:.4f}, {derived[0]}")
    -0.6931, 0.3537, False
    """
    columns = ["hazard_ratio", "lower", "upper", "level", "p_value", "sides"]
    logs = np.array([log_hazard_ratio(*row) for row in reported[columns].itertuples(index=False)]).reshape(-1, 2)
    return logs[:, 0], logs[:, 1], reported["lower"].isna().to_numpy()


def ratio_intervals(reported, estimates, standard_errors, confidence_level):
    """Intervals of ratios at one level: as reported where that is the reported level, else from the standard error.

    Parameters
    ----------
    reported : DataFrame
        lower, upper and level of each study as reported, nan where no interval is reported.
    estimates, standard_errors : array_like, shape (k,)
        Of the same studies, from `log_hazard_ratios`.
    confidence_level : float
        Level wanted, in (0, 1).

    Returns
    -------
    lower, upper : ndarray, shape (k,)
        On the scale of the ratios.

    Raises
    ------
    ValueError
        If `confidence_level` is outside (0, 1).

    Examples
    --------
    >>> import pandas as pd
    >>> printed = pd.DataFrame({"lower": [0.25, 0.25], "upper": [1.0, 1.0], "level": [0.95, 0.90]})
    >>> lower, upper = ratio_intervals(printed, [math.log(0.5)] * 2, [0.3537, 0.4214], 0.95)
    >>> print(f"{lower[0]:.3f} to {upper[0]:.3f}, {lower[1]:.3f} to {upper[1]:.3f}")
    0.250 to 1.000, 0.219 to 1.142
    """
    estimates = np.asarray(estimates, dtype=float)
    half_widths = float(normal_quantile(confidence_level)) * np.asarray(standard_errors, dtype=float)
    as_printed = np.isclose(reported["level"].to_numpy(dtype=float), confidence_level)
    return (
        np.where(as_printed, reported["lower"], np.exp(estimates - half_widths)),
        np.where(as_printed, reported["upper"], np.exp(estimates + half_widths)),
    )
