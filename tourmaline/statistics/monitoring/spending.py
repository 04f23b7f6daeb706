"""Alpha spending functions: how much of the level may be spent by a share of the information.

Each function raises ValueError for a number outside its range and for a function that there is not, and names it.
"""

import math

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

from tourmaline.statistics.checks import finite, known_word
from tourmaline.statistics.monitoring.events import check_level

SPENDING_FUNCTIONS = ("obrien-fleming", "pocock", "hwang-shih-decani")


def alpha_spent(information_fractions, alpha, spending="obrien-fleming", gamma=-4.0, sides=2):
    """Level spent by each information fraction.

    For one side, with a = alpha / sides and t the information fraction:
    'obrien-fleming': 2 (1 - Phi(z_{a/2} / sqrt(t)));
    'pocock': a log(1 + (e - 1) t);
    'hwang-shih-decani': a (1 - exp(-gamma t)) / (1 - exp(-gamma)), and a t for gamma 0.
    Two sides spend twice that.

    Parameters
    ----------
    information_fractions : array_like
        Events so far over final events, in (0, 1].
    alpha : float
        Level of the whole sequence of tests, all sides together, in (0, 1).
    spending : str
        One of `SPENDING_FUNCTIONS`.
    gamma : float
        Shape of 'hwang-shih-decani': near -4 it is like O'Brien and Fleming's, near 1 like Pocock's. Unused by the others.
    sides : {1, 2}
        Sides of the tests. A two-sided test spends half of alpha on each.

    Returns
    -------
    ndarray
        `alpha` where the fraction is 1.

    References
    ----------
    Lan KKG, DeMets DL. Biometrika 1983;70:659-63. doi:10.1093/biomet/70.3.659
    Hwang IK, Shih WJ, De Cani JS. Stat Med 1990;9:1439-45. doi:10.1002/sim.4780091207

    Examples
    --------
    >>> print([f"{spent:.5f}" for spent in alpha_spent([0.5, 1.0], 0.05)])
    ['0.00305', '0.05000']
    """
    check_level(alpha, sides)
    known_word("spending", spending, SPENDING_FUNCTIONS)
    t = np.asarray(information_fractions, dtype=float)
    refused = t[~((t > 0) & (t <= 1))]
    if refused.size:
        raise ValueError(f"information_fractions holds {refused[0]:g}; each must be above 0 and at most 1")
    one_side = alpha / sides
    if spending == "obrien-fleming":
        spent = 2 * ndtr(ndtri(one_side / 2) / np.sqrt(t))
    elif spending == "pocock":
        spent = one_side * np.log1p(math.expm1(1) * t)
    else:
        spent = one_side * _hwang_shih_decani(t, gamma)
    return sides * spent


def crossing_fraction(p_value, alpha, spending="obrien-fleming", gamma=-4.0, sides=2):
    """Earliest information fraction at which a first analysis with this nominal P value crosses the boundary.

    At a first analysis the nominal P value on the boundary is the level spent there, so this is where the spending function
    reaches the P value.

    Parameters
    ----------
    p_value : float
        Nominal P value with the sides of the test, in (0, 1).
    alpha, spending, gamma, sides
        As in `alpha_spent`.

    Returns
    -------
    fraction : float
        In (0, 1]; nan if the P value is above `alpha`, for then no analysis crosses.

    Examples
    --------
    >>> print(f"{crossing_fraction(0.00305, 0.05):.3f}")
    0.500
    """
    if not 0 < p_value < 1:
        raise ValueError(f"p_value = {p_value:g} is not allowed; it must be above 0 and below 1")

    def missing(fraction):
        return float(alpha_spent(fraction, alpha, spending, gamma, sides)) - p_value

    if p_value >= alpha:
        return 1.0 if p_value == alpha else math.nan
    return brentq(missing, 1e-12, 1.0, xtol=1e-13)


def _hwang_shih_decani(t, gamma):
    finite(gamma, "gamma")
    if gamma == 0:
        return t
    # Written with the decaying exponential whatever the sign, so that none overflows.
    if gamma > 0:
        return np.expm1(-gamma * t) / math.expm1(-gamma)
    return np.exp(gamma * (1 - t)) * np.expm1(gamma * t) / math.expm1(gamma)
