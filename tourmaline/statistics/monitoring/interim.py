"""What an interim result says about the end of the trial: conditional and predictive power.

Both functions raise ValueError for a number outside its range, and if no analysis is to come.
"""

import math

import numpy as np

from tourmaline.statistics.checks import finite
from tourmaline.statistics.monitoring.boundaries import checked_boundaries, checked_fractions
from tourmaline.statistics.monitoring.recursive_integration import first_crossings


def conditional_power(z, analysis, information_fractions, boundaries, drift, sides=2):
    """Probability of crossing the upper boundary at a later analysis, given the Z at this one and the true effect.

    With one analysis to come, Phi((z sqrt(t) + drift (1 - t) - c) / sqrt(1 - t)), t the information fraction now and c the final
    boundary; with more, by integration over them. It is asked as if the trial went on, whatever Z is now.

    Parameters
    ----------
    z : float
        Z at the analysis, above 0 if the experimental arm does better.
    analysis : int
        Number of the analysis, 1 for the first, below the number of analyses.
    information_fractions, boundaries, sides
        As in `crossing_probabilities`.
    drift : float
        Expected Z at the final analysis under the effect that is assumed: `expected_z` of the design's hazard ratio, or
        z / sqrt(t) if the trend so far goes on.

    Returns
    -------
    power : float

    References
    ----------
    Lan KKG, Wittes J. Biometrics 1988;44:579-85. doi:10.2307/2531870

    Examples
    --------
    >>> print(f"{conditional_power(1.0, 1, [0.5, 1.0], [2.9626, 1.9686], 2.8016):.4f}")
    0.5781
    """
    finite(drift, "drift")
    now, later, ends = _ahead(z, analysis, information_fractions, boundaries, sides)
    place = z * math.sqrt(now)
    lower = -ends if sides == 2 else np.full(later.size, -math.inf)
    return float(first_crossings(later - now, lower - place, ends - place, drift).upper.sum())


def predictive_power(z, analysis, information_fractions, boundaries, sides=2):
    """Conditional power averaged over what the data so far say of the effect, from a flat prior.

    The drift is then normal with mean z / sqrt(t) and variance 1 / t, t the information fraction now. The future of B, divided by
    t_k / t, is a Brownian motion with that mean in the time t (t_k - t) / t_k, so the same integration serves. With one analysis to
    come it is Phi((z - c sqrt(t)) / sqrt(1 - t)).

    Parameters
    ----------
    z, analysis, information_fractions, boundaries, sides
        As in `conditional_power`.

    Returns
    -------
    power : float

    References
    ----------
    Spiegelhalter DJ, Freedman LS, Blackburn PR. Control Clin Trials 1986;7:8-17. doi:10.1016/0197-2456(86)90003-6

    Examples
    --------
    >>> print(f"{predictive_power(1.0, 1, [0.5, 1.0], [2.9626, 1.9686]):.4f}")
    0.2897
    """
    now, later, ends = _ahead(z, analysis, information_fractions, boundaries, sides)
    place, scale = z * math.sqrt(now), later / now
    lower = -ends if sides == 2 else np.full(later.size, -math.inf)
    times = (later - now) / scale
    crossing = first_crossings(times, (lower - place) / scale, (ends - place) / scale, place / now)
    return float(crossing.upper.sum())


def _ahead(z, analysis, information_fractions, boundaries, sides):
    """The information fraction now, those to come, and the ends of the Brownian motion there."""
    times = checked_fractions(information_fractions)
    boundaries = checked_boundaries(boundaries, times.shape, sides)
    finite(z, "z")
    if analysis not in range(1, times.size):
        raise ValueError(
            f"analysis = {analysis:g} is not allowed; of {times.size} analyses it must be one before the last"
        )
    return times[analysis - 1], times[analysis:], boundaries[analysis:] * np.sqrt(times[analysis:])
