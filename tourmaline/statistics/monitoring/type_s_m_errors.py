"""What a trial of some size can show: its power, and how much its significant results exaggerate."""

import math
from dataclasses import dataclass

from scipy.special import ndtr

from tourmaline.statistics.checks import positive, share
from tourmaline.statistics.meta_analysis.checks import normal_quantile


@dataclass(frozen=True)
class SignificanceErrors:
    """What passes the filter of significance.

    Attributes
    ----------
    power : float
        Probability of a significant result, of either sign.
    exaggeration : float
        Mean size of the significant estimates over the size of the true effect; at least 1.
    wrong_sign : float
        Probability that a significant estimate has the wrong sign.
    """

    power: float
    exaggeration: float
    wrong_sign: float


def type_s_m_errors(effect, standard_error, alpha=0.05):
    """Power, exaggeration and errors of sign of a test of a normally distributed estimate.

    With d = |effect| / standard_error and c the two-sided normal quantile of alpha, the power is Phi(d - c) + Phi(-d - c), the
    share of wrong signs Phi(-d - c) / power, and the exaggeration
    (d (Phi(d - c) - Phi(-d - c)) + phi(c - d) + phi(c + d)) / (d power).

    Parameters
    ----------
    effect : float
        True effect, not 0, on the scale of the estimate (a log hazard ratio).
    standard_error : float
        Of the estimate, above 0.
    alpha : float
        Two-sided level, in (0, 1).

    Returns
    -------
    SignificanceErrors

    Raises
    ------
    ValueError
        If the effect is 0 or infinite, or the standard error or the level is outside its range.

    References
    ----------
    Gelman A, Carlin J. Perspect Psychol Sci 2014;9:641-51. doi:10.1177/1745691614551642
    Lu J, Qiu Y, Deng A. Br J Math Stat Psychol 2019;72:1-17. doi:10.1111/bmsp.12132 (the closed forms)

    Examples
    --------
    >>> found = type_s_m_errors(2, 8.1)
    >>> print(f"{found.power:.2f} {found.exaggeration:.1f} {found.wrong_sign:.2f}")
    0.06 9.5 0.24
    """
    if not math.isfinite(effect) or effect == 0:
        raise ValueError(f"effect is {effect}; give one that is finite and not 0")
    positive(standard_error, "standard_error")
    share(alpha, "alpha", 0.05)
    shift, critical = abs(effect) / standard_error, float(normal_quantile(1 - alpha))
    right, wrong = float(ndtr(shift - critical)), float(ndtr(-shift - critical))
    density = (_density(critical - shift) + _density(critical + shift)) / shift
    return SignificanceErrors(right + wrong, (right - wrong + density) / (right + wrong), wrong / (right + wrong))


def _density(z):
    return math.exp(-z * z / 2) / math.sqrt(2 * math.pi)
