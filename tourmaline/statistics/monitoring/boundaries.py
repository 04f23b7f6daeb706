"""Boundaries of a group sequential test, and the probability of crossing them: by spending, and of a constant form.

The Zs of the analyses are those of a Brownian motion, seen at the information fractions: `recursive_integration` integrates over it. Each
function raises ValueError for a number outside its range and for fractions out of order, and names it.

Reference
---------
Jennison C, Turnbull BW. Group Sequential Methods with Applications to Clinical Trials. Chapman & Hall/CRC, 2000, chapter 19.
"""

import math

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

from tourmaline.statistics.checks import finite, one_or_two
from tourmaline.statistics.monitoring.events import check_level, quantiles
from tourmaline.statistics.monitoring.recursive_integration import (
    REACH,
    RecursiveIntegration,
    first_crossings,
    next_gap,
)
from tourmaline.statistics.monitoring.spending import alpha_spent

SMALLEST_GAP = 0.001  # of information fractions: closer analyses count as one, and would need very fine panels
_HIGHEST_Z = 37.5  # beyond it a tail probability is not a number of double precision


def spending_boundaries(information_fractions, alpha, spending="obrien-fleming", gamma=-4.0, sides=2):
    """Boundaries (Z) that spend the level as a spending function says (Lan and DeMets).

    Parameters
    ----------
    information_fractions : array_like, shape (k,)
        Events at each analysis over final events: rising by at least 0.001, above 0, the last of them 1.
    alpha, spending, gamma, sides
        As in `alpha_spent`. A two-sided boundary is symmetric: what is returned, and its negative.

    Returns
    -------
    ndarray, shape (k,)
        inf at an analysis that is so early that nothing is spent there. One analysis: the quantile of the level.

    References
    ----------
    Lan KKG, DeMets DL. Biometrika 1983;70:659-63. doi:10.1093/biomet/70.3.659

    Examples
    --------
    >>> print([f"{z:.4f}" for z in spending_boundaries([0.5, 1.0], 0.05)])
    ['2.9626', '1.9686']
    """
    times = checked_fractions(information_fractions)
    spent = alpha_spent(times, alpha, spending, gamma, sides) / sides
    boundaries = np.full(times.size, math.inf)
    integration = RecursiveIntegration()
    for analysis, (time, target) in enumerate(zip(times, np.diff(spent, prepend=0.0))):
        boundaries[analysis] = _boundary(integration, time, target)
        upper = boundaries[analysis] * math.sqrt(time)
        integration.advance(time, -upper if sides == 2 else -math.inf, upper, next_gap(times, analysis))
    return boundaries


def _boundary(integration, time, target):
    root = math.sqrt(time)
    if integration.above(time, _HIGHEST_Z * root) >= target:
        return math.inf
    return brentq(lambda z: integration.above(time, z * root) - target, -REACH, _HIGHEST_Z, xtol=1e-13, maxiter=200)


def constant_boundaries(information_fractions, alpha, shape=0.0, sides=2):
    """Boundaries (Z) of the form C t^(shape - 1/2), with the constant C that gives the level (Wang and Tsiatis).

    Parameters
    ----------
    information_fractions, alpha, sides
        As in `spending_boundaries`.
    shape : float
        0 for O'Brien and Fleming's boundary, 0.5 for Pocock's.

    Returns
    -------
    ndarray, shape (k,)
        The last of them is C where the last fraction is 1.

    References
    ----------
    Wang SK, Tsiatis AA. Biometrics 1987;43:193-9. doi:10.2307/2531959
    O'Brien PC, Fleming TR. Biometrics 1979;35:549-56. doi:10.2307/2530245
    Pocock SJ. Biometrika 1977;64:191-9. doi:10.1093/biomet/64.2.191

    Examples
    --------
    >>> print([f"{z:.3f}" for z in constant_boundaries([0.5, 1.0], 0.05, 0.0)])
    ['2.797', '1.977']
    """
    times = checked_fractions(information_fractions)
    check_level(alpha, sides)
    form = times ** (shape - 0.5)

    def excess(constant):
        crossing = crossing_probabilities(times, constant * form, sides=sides)
        return crossing.upper.sum() + crossing.lower.sum() - alpha

    return brentq(excess, 0.0 if sides == 2 else -REACH, _HIGHEST_Z, xtol=1e-12) * form


def nominal_p(z, sides=2):
    """P value of one ordinary test with this Z: of a boundary, the P value that must be reached there.

    Parameters
    ----------
    z : float or array_like
        At least 0 for a two-sided test.
    sides : {1, 2}
        Sides of the test.

    Returns
    -------
    float or ndarray

    Raises
    ------
    ValueError
        If the sides are neither 1 nor 2, or a two-sided Z is below 0.

    Examples
    --------
    >>> print(f"{nominal_p(1.959964):.4f}")
    0.0500
    """
    return sides * ndtr(-checked_boundaries(z, np.shape(z), sides))


def z_of_p(p, sides=2):
    """The Z of which one ordinary test has this P value, however small: the inverse of `nominal_p`.

    Parameters
    ----------
    p : float or array_like
        From 0, whose Z is inf, to 1.
    sides : {1, 2}
        Sides of the test.

    Returns
    -------
    float or ndarray

    Raises
    ------
    ValueError
        If a P value is outside its range, or the sides are neither 1 nor 2.

    Examples
    --------
    >>> print(f"{z_of_p(0.05):.4f}, {z_of_p(1e-30):.2f}")
    1.9600, 11.52
    """
    p = np.asarray(p, dtype=float)
    one_or_two(sides)
    refused = p[~((p >= 0) & (p <= 1))]
    if refused.size:
        raise ValueError(f"p = {refused[0]:g} is not allowed; it must be from 0 to 1")
    return -ndtri(p / sides)


def crossing_probabilities(information_fractions, boundaries, drift=0.0, sides=2):
    """Probability of crossing each boundary first at each analysis.

    Parameters
    ----------
    information_fractions : array_like, shape (k,)
        As in `spending_boundaries`.
    boundaries : array_like, shape (k,)
        Upper boundary (Z) at each analysis; the lower one is its negative, and there is none for one side. inf for an analysis
        that cannot stop the trial.
    drift : float
        Expected Z at the final analysis, as from `expected_z`; 0 under no effect.
    sides : {1, 2}
        Sides of the test.

    Returns
    -------
    Crossing

    Raises
    ------
    ValueError
        If the fractions are out of order, the lengths differ, the drift is not finite, or a two-sided boundary is below 0.

    Examples
    --------
    >>> crossing = crossing_probabilities([0.5, 1.0], [2.9626, 1.9686])
    >>> print(f"{crossing.upper.sum() + crossing.lower.sum():.4f}")
    0.0500
    """
    times = checked_fractions(information_fractions)
    boundaries = checked_boundaries(boundaries, times.shape, sides)
    finite(drift, "drift")
    ends = boundaries * np.sqrt(times)
    return first_crossings(times, -ends if sides == 2 else np.full(times.size, -math.inf), ends, drift)


def drift_for_power(information_fractions, boundaries, power, sides=2):
    """Drift with which a group sequential test crosses its upper boundary with a given probability.

    Parameters
    ----------
    information_fractions, boundaries, sides
        As in `crossing_probabilities`.
    power : float
        Probability, above that of crossing the upper boundary without drift, and below 1.

    Returns
    -------
    drift : float

    Raises
    ------
    ValueError
        As in `crossing_probabilities`, or if the power is outside its range.

    Examples
    --------
    >>> print(f"{drift_for_power([1.0], [1.959964], 0.80):.4f}")
    2.8016
    """

    def excess(drift):
        return crossing_probabilities(information_fractions, boundaries, drift, sides).upper.sum() - power

    floor = excess(0.0) + power
    if not floor < power < 1:
        raise ValueError(f"power = {power:g} is not allowed; it must be above {floor:g} and below 1")
    # Sure to be enough: with it one analysis alone has the power.
    highest = float(np.min((np.asarray(boundaries) + REACH) / np.sqrt(information_fractions)))
    if highest == math.inf:
        raise ValueError("boundaries holds inf only, so that nothing can be crossed; give one that is finite")
    return brentq(excess, 0.0, highest, xtol=1e-11)


def inflation_factor(information_fractions, boundaries, alpha, power, sides=2):
    """Final information of a group sequential test over that of one test with the same level and power.

    Parameters
    ----------
    information_fractions, boundaries, sides
        As in `crossing_probabilities`.
    alpha : float
        Level that the boundaries have, all sides together.
    power : float
        Power of both, as in `drift_for_power`.

    Returns
    -------
    factor : float
        1 for one analysis at its own level.

    Raises
    ------
    ValueError
        As in `drift_for_power`.

    References
    ----------
    Jennison C, Turnbull BW. Group Sequential Methods with Applications to Clinical Trials. Chapman & Hall/CRC, 2000, chapter 2.

    Examples
    --------
    >>> fractions = [0.25, 0.5, 0.75, 1.0]
    >>> print(f"{inflation_factor(fractions, constant_boundaries(fractions, 0.05), 0.05, 0.80):.3f}")
    1.024
    """
    return (drift_for_power(information_fractions, boundaries, power, sides) / quantiles(power, alpha, sides)) ** 2


def checked_fractions(information_fractions):
    """Information fractions as an array; ValueError unless they rise, from above 0 to 1."""
    times = np.atleast_1d(np.asarray(information_fractions, dtype=float))
    if times.ndim != 1 or not times.size:
        raise ValueError("there are no information_fractions; give one for each analysis, the last of them 1")
    refused = times[~((times > 0) & (times <= 1))]
    if refused.size:
        raise ValueError(f"information_fractions holds {refused[0]:g}; each must be above 0 and at most 1")
    for before, after in zip([0.0, *times], times):
        # The slack keeps a gap of 0.001 allowed whatever its last digit in binary.
        if after - before < SMALLEST_GAP * (1 - 1e-9):
            raise ValueError(
                f"information_fractions holds {after:g} after {before:g}; each must be larger than the one before, "
                f"by at least {SMALLEST_GAP:g}"
            )
    if times[-1] != 1:
        raise ValueError(f"information_fractions ends with {times[-1]:g}; the last analysis must be at 1")
    return times


def checked_boundaries(boundaries, shape, sides):
    """Boundaries as an array of that shape; ValueError unless it has it, and no two-sided boundary is below 0."""
    boundaries = np.asarray(boundaries, dtype=float)
    one_or_two(sides)
    if boundaries.shape != shape:
        raise ValueError(
            f"there are {boundaries.size} boundaries for {math.prod(shape)} analyses; give one for each analysis"
        )
    lowest = -math.inf if sides == 1 else 0.0
    refused = boundaries[~(boundaries >= lowest) | (boundaries == -math.inf)]
    if refused.size:
        raise ValueError(f"boundaries holds {refused[0]:g}; a boundary must be a Z" + (" of at least 0" * (sides == 2)))
    return boundaries
