"""Events that a log-rank test needs, and what a number of events can show.

Each function raises ValueError for a number outside its range, and names it.
"""

import math

from scipy.special import ndtr, ndtri

from tourmaline.statistics.checks import one_or_two, positive, share


def schoenfeld_events(hazard_ratio, power, alpha, sides=2, allocation=0.5):
    """Events that one log-rank test requires, by Schoenfeld's formula.

    (z_alpha + z_power)^2 / (p (1 - p) log(hazard_ratio)^2), p the share of patients in one arm.

    Parameters
    ----------
    hazard_ratio : float
        Assumed hazard ratio, above 0 and not 1.
    power : float
        Probability of a significant result, above the level of one side and below 1.
    alpha : float
        Level of the test, all sides together, in (0, 1).
    sides : {1, 2}
        Sides of the test.
    allocation : float
        Share of patients in one arm, in (0, 1); 0.5 where arms are equal.

    Returns
    -------
    events : float
        Not rounded.

    References
    ----------
    Schoenfeld D. Biometrika 1981;68:316-9. doi:10.1093/biomet/68.1.316
    Schoenfeld DA. Biometrics 1983;39:499-503. doi:10.2307/2531021

    Examples
    --------
    >>> print(f"{schoenfeld_events(0.5, 0.90, 0.05):.2f}")
    87.48
    """
    _check_ratio(hazard_ratio)
    return quantiles(power, alpha, sides) ** 2 / (_information(1, allocation) * math.log(hazard_ratio) ** 2)


def freedman_events(hazard_ratio, power, alpha, sides=2, allocation=0.5):
    """Events that one log-rank test requires, by Freedman's formula.

    (z_alpha + z_power)^2 (1 + r HR)^2 / (r (1 - HR)^2), r the experimental patients for each control patient and HR the
    hazard ratio, experimental against control. It takes the log-rank statistic's own mean where Schoenfeld takes the log
    hazard ratio, and so asks for a little more.

    Parameters
    ----------
    hazard_ratio, power, alpha, sides
        As in `schoenfeld_events`.
    allocation : float
        Share of patients in the experimental arm, in (0, 1).

    Returns
    -------
    events : float
        Not rounded.

    References
    ----------
    Freedman LS. Stat Med 1982;1:121-9. doi:10.1002/sim.4780010204

    Examples
    --------
    >>> print(f"{freedman_events(0.5, 0.90, 0.05):.2f}")
    94.57
    """
    _check_ratio(hazard_ratio)
    share(allocation, "allocation", 0.5)
    ratio = allocation / (1 - allocation)
    needed = quantiles(power, alpha, sides)
    return needed**2 * (1 + ratio * hazard_ratio) ** 2 / (ratio * (1 - hazard_ratio) ** 2)


def power_of_events(events, hazard_ratio, alpha, sides=2, allocation=0.5):
    """Power of one log-rank test with a number of events: Schoenfeld's formula, solved for the power.

    Parameters
    ----------
    events : float
        Events in both arms, above 0.
    hazard_ratio, alpha, sides, allocation
        As in `schoenfeld_events`; a hazard ratio of 1 is allowed and gives the level of one side.

    Returns
    -------
    power : float
        Probability of a significant result in the direction of the hazard ratio.

    Examples
    --------
    >>> print(f"{power_of_events(87.48, 0.5, 0.05):.4f}")
    0.9000
    """
    return float(ndtr(abs(expected_z(hazard_ratio, events, allocation)) - level_quantile(alpha, sides)))


def detectable_hazard_ratio(events, power, alpha, sides=2, allocation=0.5):
    """Hazard ratio below 1 that a number of events detects with a power: Schoenfeld's formula, solved for the ratio.

    Parameters
    ----------
    events : float
        Events in both arms, above 0.
    power, alpha, sides, allocation
        As in `schoenfeld_events`.

    Returns
    -------
    hazard_ratio : float

    Examples
    --------
    >>> print(f"{detectable_hazard_ratio(87.48, 0.90, 0.05):.4f}")
    0.5000
    """
    return hazard_ratio_of_z(quantiles(power, alpha, sides), events, allocation)


def expected_z(hazard_ratio, events, allocation=0.5):
    """Expected log-rank Z, -log(hazard_ratio) sqrt(p (1 - p) events): above 0 if the experimental arm does better.

    At the final number of events this is the drift of the sequence of interim Zs.

    Parameters
    ----------
    hazard_ratio : float
        Experimental against control, above 0.
    events : float
        Events in both arms, above 0.
    allocation : float
        Share of patients in one arm, in (0, 1).

    Returns
    -------
    z : float

    Examples
    --------
    >>> print(f"{expected_z(0.5, 100):.4f}")
    3.4657
    """
    return -math.log(positive(hazard_ratio, "hazard_ratio")) * math.sqrt(_information(events, allocation))


def hazard_ratio_of_z(z, events, allocation=0.5):
    """Hazard ratio that a log-rank Z at a number of events stands for: the inverse of `expected_z`.

    Parameters
    ----------
    z : float
        Above 0 if the experimental arm does better.
    events, allocation
        As in `expected_z`.

    Returns
    -------
    hazard_ratio : float

    Examples
    --------
    >>> print(f"{hazard_ratio_of_z(3.4657, 100):.4f}")
    0.5000
    """
    return math.exp(-z / math.sqrt(_information(events, allocation)))


def level_quantile(alpha, sides):
    """Standard normal quantile of a test's level; ValueError if level or sides are impossible."""
    check_level(alpha, sides)
    return float(-ndtri(alpha / sides))


def quantiles(power, alpha, sides):
    """Sum of the standard normal quantiles of level and power; ValueError if they are impossible."""
    critical = level_quantile(alpha, sides)
    if not alpha / sides < power < 1:
        raise ValueError(
            f"power = {power:g} is not allowed; it must be above the level of one side, {alpha / sides:g}, and below 1"
        )
    return critical + float(ndtri(power))


def check_level(alpha, sides):
    """ValueError unless alpha is in (0, 1) and the sides are 1 or 2."""
    share(alpha, "alpha", 0.05)
    one_or_two(sides)


def _information(events, allocation):
    """Information on the log hazard ratio that events give; ValueError if they or the allocation are impossible."""
    share(allocation, "allocation", 0.5)
    return allocation * (1 - allocation) * float(positive(events, "events"))


def _check_ratio(hazard_ratio):
    if positive(hazard_ratio, "hazard_ratio") == 1:
        raise ValueError("hazard_ratio = 1 is not a difference, which no number of events detects; give another ratio")
