"""Proportions: one arm's interval, two arms' test and effect."""

import math

import numpy as np
from scipy import stats
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from tourmaline.estimate import Estimate
from tourmaline.statistics.checks import known_word, share
from tourmaline.statistics.counts import two_arms, whole_counts

_STATSMODELS_METHODS = {
    "clopper-pearson": "beta",
    "wilson": "wilson",
    "wald": "normal",
    "agresti-coull": "agresti_coull",
    "jeffreys": "jeffreys",
}
PROPORTION_INTERVALS = tuple(_STATSMODELS_METHODS)
PROPORTION_TESTS = ("chi-square", "chi-square-corrected", "fisher", "mantel-haenszel")
_STATSMODELS_EFFECTS = {
    "risk-difference": ("diff", "newcomb"),
    "risk-ratio": ("ratio", "log"),
    "odds-ratio": ("odds-ratio", "logit"),
}
EFFECT_MEASURES = tuple(_STATSMODELS_EFFECTS)


def proportion_interval(count, nobs, confidence_level=0.95, method="clopper-pearson"):
    """Two-sided confidence interval of a binomial proportion.

    Parameters
    ----------
    count : int or array_like of int
        Patients with the event, 0 to `nobs`.
    nobs : int or array_like of int
        Patients observed, at least 1; broadcast against `count`.
    confidence_level : float
        Nominal coverage, in (0, 1).
    method : str
        One of `PROPORTION_INTERVALS`. Clopper-Pearson covers at least `confidence_level`; the others
        do so on average only, Wald poorly.

    Returns
    -------
    lower, upper : float or ndarray
        Limits of the proportion, in [0, 1], of the broadcast shape. No event gives a lower limit
        of exactly 0 and no event missed an upper limit of exactly 1, for every method (for
        Jeffreys this is the definition of Brown et al.).

    Raises
    ------
    ValueError
        If a count is not a whole number from 0 to `nobs`, `nobs` is not a whole number of at
        least 1, `confidence_level` is outside (0, 1) or `method` is unknown.

    References
    ----------
    Clopper CJ, Pearson ES. Biometrika 1934;26:404-13. doi:10.1093/biomet/26.4.404
    Brown LD, Cai TT, DasGupta A. Stat Sci 2001;16:101-33. doi:10.1214/ss/1009213286

    Examples
    --------
    >>> lower, upper = proportion_interval(1, 10)
    >>> print(f"{lower:.4f} to {upper:.4f}")
    0.0025 to 0.4450
    """
    known_word("method", method, PROPORTION_INTERVALS)
    share(confidence_level, "confidence_level", 0.95)
    count, nobs = whole_counts(count, nobs, "count", "nobs")
    shape = np.broadcast_shapes(count.shape, nobs.shape)
    lower, upper = proportion_confint(
        np.atleast_1d(count),
        np.atleast_1d(nobs),
        alpha=1 - confidence_level,
        method=_STATSMODELS_METHODS[method],
    )
    # Rounding can leave a Wilson limit 1e-17 inside 0 or 1, and so beyond the estimate itself.
    lower = np.where(count == 0, 0.0, lower).reshape(shape)
    upper = np.where(count == nobs, 1.0, upper).reshape(shape)
    return lower[()], upper[()]


def compare_proportions(count1, nobs1, count2, nobs2, test="chi-square"):
    """Two-sided P value of the hypothesis that two independent arms share one proportion.

    Parameters
    ----------
    count1, count2 : int
        Patients with the event in each arm, 0 to `nobs1` and `nobs2`.
    nobs1, nobs2 : int
        Patients observed in each arm, at least 1.
    test : str
        One of `PROPORTION_TESTS`: Pearson's chi-square without or with Yates's continuity
        correction; Fisher's exact test, two-sided by summing the tables that are no more
        probable; or the Mantel-Haenszel chi-square of a single stratum, which is (N - 1) / N
        times Pearson's, N = nobs1 + nobs2, without continuity correction (what a
        Cochran-Mantel-Haenszel test gives when it is not stratified).

    Returns
    -------
    p_value : float
        In (0, 1]. If all patients or none have the event, the chi-square statistics are 0/0 and
        their P value is nan; Fisher's is 1.

    Raises
    ------
    ValueError
        If a count is not a whole number from 0 to its `nobs`, a `nobs` is not a whole number of
        at least 1, or `test` is unknown.

    References
    ----------
    Mantel N, Haenszel W. J Natl Cancer Inst 1959;22:719-48. doi:10.1093/jnci/22.4.719
    Campbell I. Stat Med 2007;26:3661-75. doi:10.1002/sim.2832

    Examples
    --------
    >>> p_value = compare_proportions(56, 70, 48, 80)
    >>> print(f"{p_value:.4f}")
    0.0080
    """
    known_word("test", test, PROPORTION_TESTS)
    count1, nobs1, count2, nobs2 = two_arms(count1, nobs1, count2, nobs2)
    table = np.array([[count1, nobs1 - count1], [count2, nobs2 - count2]])
    if test == "fisher":
        return float(stats.fisher_exact(table).pvalue)
    if not table.sum(axis=0).all():
        return math.nan
    statistic = stats.chi2_contingency(table, correction=test == "chi-square-corrected").statistic
    if test == "mantel-haenszel":
        statistic *= (table.sum() - 1) / table.sum()
    return float(stats.chi2.sf(statistic, df=1))


def risk_effect(count1, nobs1, count2, nobs2, measure, confidence_level=0.95):
    """Effect of arm 1 against arm 2 on a risk, with its confidence interval.

    Parameters
    ----------
    count1, count2 : int
        Patients with the event in each arm, 0 to `nobs1` and `nobs2`.
    nobs1, nobs2 : int
        Patients observed in each arm, at least 1.
    measure : str
        One of `EFFECT_MEASURES`, with p = count / nobs: risk-difference p1 - p2 (Newcombe's
        hybrid score interval, his method 10), risk-ratio p1 / p2 (Katz's log interval) or
        odds-ratio p1 (1 - p2) / (p2 (1 - p1)) (Woolf's logit interval).
    confidence_level : float
        Nominal coverage, in (0, 1).

    Returns
    -------
    effect : Estimate
        On the measure's own scale, with its interval; nan where not estimable. A risk difference always has limits. To
        a ratio no continuity correction is ever added: over a denominator of 0 its estimate is
        nan, and its limits are nan if the estimate is nan or 0, or if every patient of both
        arms has the event.

    Raises
    ------
    ValueError
        If a count is not a whole number from 0 to its `nobs`, a `nobs` is not a whole number of
        at least 1, `confidence_level` is outside (0, 1) or `measure` is unknown.

    References
    ----------
    Newcombe RG. Stat Med 1998;17:873-90.
        doi:10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I
    Katz D et al. Biometrics 1978;34:469-74. doi:10.2307/2530610
    Woolf B. Ann Hum Genet 1955;19:251-3. doi:10.1111/j.1469-1809.1955.tb01348.x

    Examples
    --------
    >>> print(f"{risk_effect(56, 70, 48, 80, 'risk-difference'):.4f}")
    0.2000 (0.0524 to 0.3339)
    """
    known_word("measure", measure, EFFECT_MEASURES)
    share(confidence_level, "confidence_level", 0.95)
    count1, nobs1, count2, nobs2 = two_arms(count1, nobs1, count2, nobs2)
    ratio, method = _STATSMODELS_EFFECTS[measure]
    a, b, c, d = count1, nobs1 - count1, count2, nobs2 - count2
    if measure == "risk-difference":
        estimate = a / nobs1 - c / nobs2
    elif measure == "risk-ratio":
        estimate = a * nobs2 / (c * nobs1) if c else math.nan
    else:
        estimate = a * d / (c * b) if c * b else math.nan
    # Of these the methods have no variance; Katz's is 0 when every patient has the event, and no width would claim certainty.
    if measure != "risk-difference" and (not estimate > 0 or b == d == 0):
        return Estimate(estimate, math.nan, math.nan, confidence_level)
    arms = (count1, nobs1, count2, nobs2)
    lower, upper = confint_proportions_2indep(*arms, compare=ratio, method=method, alpha=1 - confidence_level)
    return Estimate(estimate, float(lower), float(upper), confidence_level)
