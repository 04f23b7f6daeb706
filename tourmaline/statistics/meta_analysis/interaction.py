"""Whether a treatment's effect differs between subgroups, and how large a difference could have been seen."""

import math
from dataclasses import dataclass

from scipy.special import ndtri

from tourmaline.statistics.checks import positive
from tourmaline.statistics.meta_analysis.checks import normal_quantile, studies


@dataclass(frozen=True)
class Interaction:
    """Difference of two effects, on their own (log) scale.

    Attributes
    ----------
    difference : float
        First effect minus the second: the log of the ratio of two hazard ratios.
    standard_error : float
        Its standard error.
    p_value : float
        Two-sided, of no difference.
    """

    difference: float
    standard_error: float
    p_value: float

    def interval(self, confidence_level=0.95):
        """Normal confidence interval of the difference: lower, upper."""
        half_width = float(normal_quantile(confidence_level)) * self.standard_error
        return self.difference - half_width, self.difference + half_width


def interaction(first, first_standard_error, second, second_standard_error):
    """Test whether an effect differs between two subgroups that share no patient.

    Parameters
    ----------
    first, second : float
        Effects in the two subgroups, for example log hazard ratios.
    first_standard_error, second_standard_error : float
        Their standard errors, above 0.

    Returns
    -------
    interaction : Interaction
        z is the difference over the root of the sum of the squared standard errors.

    Raises
    ------
    ValueError
        If a value is impossible.

    References
    ----------
    Altman DG, Bland JM. BMJ 2003;326:219. doi:10.1136/bmj.326.7382.219

    Examples
    --------
    >>> found = interaction(-0.5, 0.3, -0.1, 0.4)
    >>> print(f"{found.difference:.2f}, {found.standard_error:.2f}, P {found.p_value:.4f}")
    -0.40, 0.50, P 0.4237
    """
    (first, second), errors = studies([first, second], [first_standard_error, second_standard_error])
    difference, standard_error = float(first - second), math.hypot(*errors)
    return Interaction(difference, standard_error, math.erfc(abs(difference) / standard_error / math.sqrt(2)))


def remaining_effect(overall, overall_standard_error, estimates, standard_errors):
    """Effect that the reported numbers imply in the patients who are in none of some subgroups.

    If the effect in everybody is the mean of the effects in subgroups that share no patient, weighted by w = 1 / standard
    error squared, then that in the rest is (w overall - sum w_i estimate_i) / (w - sum w_i), and its standard error
    1 / sqrt(w - sum w_i). For log hazard ratios this is an approximation: it takes the same model, and the same data
    cut-off, for all of them.

    Parameters
    ----------
    overall, overall_standard_error : float
        Effect in everybody, for example a log hazard ratio, and its standard error, above 0.
    estimates, standard_errors : array_like, shape (g,)
        Effects in the subgroups, and their standard errors, above 0.

    Returns
    -------
    estimate, standard_error : float

    Raises
    ------
    ValueError
        If a value is impossible, or the subgroups say as much as everybody does, so that nobody is left.

    References
    ----------
    Borenstein M, et al. Res Synth Methods 2010;1:97-111. doi:10.1002/jrsm.12

    Examples
    --------
    >>> estimate, standard_error = remaining_effect(-0.3, 0.12, [-0.6, -0.45], [0.27, 0.17])
    >>> print(f"{estimate:.3f}, {standard_error:.3f}")
    0.140, 0.218
    """
    estimates, standard_errors = studies(estimates, standard_errors)
    overall_weight = 1 / positive(overall_standard_error, "overall_standard_error") ** 2
    weights = 1 / standard_errors**2
    left = float(overall_weight - weights.sum())
    if left <= 1e-9 * overall_weight:
        raise ValueError(
            "the subgroups say as much as everybody does; nobody is left of whom an effect could be implied"
        )
    return float(overall_weight * overall - weights @ estimates) / left, left**-0.5


def detectable_difference(standard_error, power=0.8, alpha=0.05):
    """Smallest true difference that a two-sided test would find with a given power.

    (z_{1 - alpha / 2} + z_power) x standard error.

    Parameters
    ----------
    standard_error : float
        Standard error of the difference, above 0.
    power, alpha : float
        In (0, 1).

    Returns
    -------
    difference : float
        On the scale of the standard error; its exponential is the ratio of hazard ratios.

    Raises
    ------
    ValueError
        If a value is impossible.

    Examples
    --------
    >>> print(f"{detectable_difference(0.5):.3f}")
    1.401
    """
    for name, value in (("power", power), ("alpha", alpha)):
        if not 0 < value < 1:
            raise ValueError(f"{name} = {value:g} is not allowed; it must be above 0 and below 1")
    return float((normal_quantile(1 - alpha) + ndtri(power)) * positive(standard_error, "standard_error"))
