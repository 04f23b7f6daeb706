"""What every estimator of the meta-analysis asks of its input, and the normal quantile of a confidence level."""

import numpy as np

# scipy.stats would say the same (norm.ppf, chi2.sf) but takes a second to import.
from scipy.special import ndtri

from tourmaline.statistics.checks import positive, share
from tourmaline.statistics.reproducible import rounded_to_bits


def studies(estimates, standard_errors):
    """Estimates and standard errors as arrays of one length; ValueError names what is wrong."""
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
    return estimates, positive(standard_errors, "standard_errors")


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
    return rounded_to_bits(ndtri((1 + share(confidence_level, "confidence_level", 0.95)) / 2))
