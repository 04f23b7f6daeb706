"""Whether the hazard ratio is constant over time: the test of Grambsch and Therneau."""

from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc

from tourmaline.statistics.checks import known_word
from tourmaline.statistics.reproducible import log
from tourmaline.statistics.survival.counting import places, sum_by_set
from tourmaline.statistics.survival.cox import partial_likelihood
from tourmaline.statistics.survival.kaplan_meier import kaplan_meier
from tourmaline.statistics.survival.patients import as_given, as_sets, times_and_events, two_groups

TRANSFORMS = ("km", "rank", "identity", "log")


@dataclass(frozen=True, eq=False)
class ScoreTest:
    """A score test on 1 degree of freedom; in an ensemble, every attribute is of shape (m,)."""

    statistic: float
    p_value: float


def grambsch_therneau(time, event, group, transform="km", strata=None):
    """Test that the hazard ratio of two groups does not change with a function g of time.

    The log hazard ratio is b + c g(t), and the test is the score test of c = 0 at the Cox estimate of b (Efron's ties).
    With x - p the Schoenfeld residual of an event and v = p (1 - p) its variance, the statistic is
    (sum g (x - p))^2 / (sum g^2 v - (sum g v)^2 / sum v). It is what cox.zph of R's survival gives from version 3 on; earlier
    versions, and other programs, take v as constant, which can mislead.

    Parameters
    ----------
    time, event : array_like, shape (n,) or (m, n)
        Times, at least 0, and 1 (event) or 0 (censored).
    group : array_like, shape (n,)
        0 or 1, both present.
    transform : str
        One of `TRANSFORMS`, the function g: 1 - S(t) just before t, S the Kaplan-Meier curve of all patients; the rank
        of t among all times; t; or log t.
    strata : array_like, shape (n,), optional
        Label of each patient's stratum.

    Returns
    -------
    test : ScoreTest

    Raises
    ------
    ValueError
        As `cox`; or if `transform` is unknown, is log and a time is 0, or is the same at all events, as with one event.

    References
    ----------
    Grambsch PM, Therneau TM. Biometrika 1994;81:515-26. doi:10.1093/biomet/81.3.515

    Examples
    --------
    >>> test = grambsch_therneau([1, 2, 3, 4, 5, 6], [1, 1, 1, 1, 0, 1], [0, 0, 1, 0, 1, 1])
    >>> print(f"{test.statistic:.4f}, P {test.p_value:.4f}")
    0.0823, P 0.7743
    """
    known_word("transform", transform, TRANSFORMS)
    time, event = times_and_events(time, event)
    member = two_groups(group, time)
    scale = _scale(time, event, transform)
    likelihood = partial_likelihood(time, event, member, strata)
    expected1 = likelihood.expected1(likelihood.maximum())
    sizes = likelihood.sizes
    variance = expected1 * (1 - expected1)
    total_variance = sum_by_set(variance, sizes)
    g = scale.ravel()[likelihood.patient]
    raw = sum_by_set(g**2 * variance, sizes)
    g = g - np.repeat(sum_by_set(g * variance, sizes) / total_variance, sizes)
    spread = sum_by_set(g**2 * variance, sizes)
    # What rounding leaves of a constant is about 1e-32 of it.
    if (spread <= 1e-24 * raw).any():
        raise ValueError(f"transform = {transform!r} is the same at all events, so a trend cannot be tested")
    statistic = sum_by_set(g * (likelihood.share1 - expected1), sizes) ** 2 / spread
    return ScoreTest(as_given(statistic, time), as_given(chdtrc(1, statistic), time))


def _scale(time, event, transform):
    if transform == "identity":
        return time
    if transform == "log":
        if not time.all():
            raise ValueError("time = 0 has no logarithm; choose another transform")
        return log(time)
    curve = kaplan_meier(time, event)
    if transform == "km":
        survival = as_sets(curve.survival)
        values = 1 - np.concatenate([np.ones((len(survival), 1)), survival[:, :-1]], axis=1)
    else:
        # Tied patients share the mean of their ranks.
        values = time.shape[-1] - as_sets(curve.at_risk) + (as_sets(curve.events + curve.censored) + 1) / 2
    return np.take_along_axis(values, places(as_sets(time)), axis=1)
