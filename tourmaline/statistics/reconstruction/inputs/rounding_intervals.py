"""Reported numbers as rounding intervals: every value that prints as the number did, and what rounding intervals of a comparison imply."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from tourmaline.statistics.meta_analysis import normal_quantile
from tourmaline.statistics.reproducible import log, rounded_to_bits

FURTHEST = 100.0  # widths of a rounding interval: what is further away counts as so far
_NUMBER = re.compile(r"(<)?\s*(\d*)(?:\.(\d+))?", re.ASCII)


@dataclass(frozen=True)
class RoundingInterval:
    """The values that print as one reported number: from `lower` up to `upper`.

    Attributes
    ----------
    lower, upper : float
        Ends of the rounding interval, in the unit of the number; a value inside prints as the number did.
    """

    lower: float
    upper: float

    def __post_init__(self):
        if not self.lower <= self.upper:
            raise ValueError(
                f"a rounding interval from {self.lower:g} to {self.upper:g} is empty; check the order of its ends"
            )

    @classmethod
    def printed(cls, text, scale=1.0):
        """The rounding interval of a reported number: half a unit of its last digit to each side.

        Parameters
        ----------
        text : str
            The number as reported, "0.74", ".012" or "<0.001".
        scale : float
            Factor from the reported unit to the wanted one: 0.01 for percent.

        Raises
        ------
        ValueError
            If the text is not a number of these forms.

        Examples
        --------
        >>> interval = RoundingInterval.printed("0.74")
        >>> print(f"{interval.lower:.3f} to {interval.upper:.3f}")
        0.735 to 0.745
        """
        match = _NUMBER.fullmatch(text.strip())
        if not match or not (match[2] or match[3]):
            raise ValueError(f"{text!r} is not a reported number such as 0.74, .012 or <0.001")
        value, unit = float(f"{match[2] or 0}.{match[3] or 0}"), float(f"1e-{len(match[3] or '')}")
        if match[1]:
            return cls(0.0, value * scale)
        return cls(max(value - unit / 2, 0.0) * scale, (value + unit / 2) * scale)

    @property
    def middle(self):
        return (self.lower + self.upper) / 2

    def at(self, place):
        """The value at a place in [0, 1], from just above the lower end to just below the upper one."""
        return self.lower + (0.05 + 0.9 * place) * (self.upper - self.lower)

    def holds(self, value):
        """Whether values, of any shape, would print as the number did (ends included)."""
        slack = 1e-9 * max(abs(self.upper), 1e-9)
        return (self.lower - slack <= value) & (value <= self.upper + slack)

    def distance(self, value):
        """Squared distance of values, of any shape, from the rounding interval, in widths of it; 0 inside, at most that of 100 widths."""
        width = max(self.upper - self.lower, 1e-12)
        outside = np.minimum(np.maximum(self.lower - value, value - self.upper) / width, FURTHEST)
        return np.where(self.holds(value), 0.0, outside**2)


def implied_events(intervals, sizes, confidence_level=0.95):
    """Events of both arms that a reported hazard ratio implies, (n0 + n1)^2 / (n0 n1) / standard error^2.

    The formula holds for hazard ratios near 1; the rounding interval is that of the reported roundings alone.

    Parameters
    ----------
    intervals : mapping of str to RoundingInterval
        Of `hazard_ratio`, `lower`, `upper` and `p_value`, two or more; where they do not agree, the interval counts.
    sizes : sequence of two int
        Patients of each arm.
    confidence_level : float
        Of the limits, in (0, 1).

    Returns
    -------
    RoundingInterval or None
        None if neither pair is there, or P is reported as a bound.

    References
    ----------
    Schoenfeld D. Biometrika 1981;68:316-9. doi:10.1093/biomet/68.1.316

    Examples
    --------
    >>> interval = implied_events({"lower": RoundingInterval.printed("0.57"), "upper": RoundingInterval.printed("0.83")}, (396, 396))
    >>> print(f"{interval.lower:.0f} to {interval.upper:.0f}")
    403 to 472
    """
    errors = interval_errors(intervals, confidence_level)
    if {"hazard_ratio", "p_value"} <= intervals.keys() and intervals["p_value"].lower > 0:
        z = [-rounded_to_bits(ndtri(p / 2)) for p in (intervals["p_value"].lower, intervals["p_value"].upper)]
        logs = sizes_of_logs(intervals["hazard_ratio"])
        if z[1] > 0 and logs[1] > 0:
            errors.append((logs[0] / z[0], logs[1] / z[1]))
    if not errors:
        return None
    low, high = errors[0]
    for least, most in errors[1:]:
        if max(low, least) <= min(high, most):
            low, high = max(low, least), min(high, most)
    patients = sum(sizes)
    scale = patients**2 / (sizes[0] * sizes[1])
    most = scale / max(low, 1e-9) ** 2
    return RoundingInterval(scale / high**2, most if scale / high**2 > patients else min(most, patients))


def sizes_of_logs(ratio):
    """The least and the largest size of the logarithm of a hazard ratio in its rounding interval; the least is 0 if the rounding interval holds 1."""
    low, high = log(ratio.lower), log(ratio.upper)
    return max(low, -high, 0.0), max(-low, high)


def interval_errors(intervals, confidence_level):
    """Rounding intervals of the standard error of a log hazard ratio that its reported interval leaves open, as (least, most).

    The widths between the limits, and from the hazard ratio to each of them.
    """
    z = normal_quantile(confidence_level)
    found = []
    for low, high, widths in (("lower", "upper", 2), ("lower", "hazard_ratio", 1), ("hazard_ratio", "upper", 1)):
        if {low, high} <= intervals.keys() and intervals[low].lower > 0:
            bottom, top = intervals[low], intervals[high]
            least, most = log(top.lower / bottom.upper), log(top.upper / bottom.lower)
            found.append((max(least, 0.0) / (widths * z), most / (widths * z)))
    return found
