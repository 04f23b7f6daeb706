"""What came between two analyses: the hazard ratio of the later information alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from tourmaline.statistics.meta_analysis import normal_quantile


@dataclass(frozen=True)
class Increment:
    """The hazard ratio of what a later analysis adds to an earlier one.

    Attributes
    ----------
    log_hazard_ratio, standard_error : float
        Of the added information alone.
    z : float
        Its distance from the log hazard ratio of the earlier analysis, in standard errors of their difference.
    """

    log_hazard_ratio: float
    standard_error: float
    z: float

    @property
    def p_value(self):
        """Two-sided P value of a hazard ratio that is the same before and after the earlier analysis."""
        return float(2 * ndtr(-abs(self.z)))

    def interval(self, confidence_level=0.95):
        """Confidence interval of the log hazard ratio.

        Parameters
        ----------
        confidence_level : float
            Nominal coverage, in (0, 1).
        """
        half_width = float(normal_quantile(confidence_level)) * self.standard_error
        return self.log_hazard_ratio - half_width, self.log_hazard_ratio + half_width


def increment(earlier, earlier_error, later, later_error):
    """The log hazard ratio of what was observed between two analyses of one trial.

    Estimates b at analyses with information I = 1 / se^2 have independent increments: b2 I2 - b1 I1 is independent of b1 and has
    mean b (I2 - I1) and variance I2 - I1, if the hazard ratio b is constant. So the added information alone estimates it by
    (b2 I2 - b1 I1) / (I2 - I1).

    Parameters
    ----------
    earlier, later : float
        Log hazard ratios at the two analyses.
    earlier_error, later_error : float
        Their standard errors; the later one must be the smaller.

    Returns
    -------
    Increment

    Raises
    ------
    ValueError
        If a standard error is not above 0, or the later analysis has no more information.

    References
    ----------
    Jennison C, Turnbull BW. Group Sequential Methods with Applications to Clinical Trials. 2000. Chapter 11.

    Examples
    --------
    >>> found = increment(np.log(0.5), 0.2, np.log(0.7), 0.15)
    >>> print(f"{np.exp(found.log_hazard_ratio):.3f}, P {found.p_value:.3f}")
    1.079, P 0.011
    """
    if not (earlier_error > 0 and later_error > 0):
        raise ValueError(f"standard errors {earlier_error:g} and {later_error:g} must be above 0")
    if later_error >= earlier_error:
        raise ValueError(
            f"the later analysis must have more information: its standard error {later_error:g} is not below {earlier_error:g}"
        )
    before, after = earlier_error**-2, later_error**-2
    added = after - before
    estimate = (later * after - earlier * before) / added
    return Increment(
        float(estimate), float(added**-0.5), float((estimate - earlier) / np.sqrt(1 / added + earlier_error**2))
    )
