"""Balance between two arms: standardized differences of characteristics reported as counts."""

import math

import numpy as np

from tourmaline.statistics.counts import two_arms, whole_numbers


def standardized_difference(count1, nobs1, count2, nobs2):
    """Standardized difference of a binary characteristic between two arms, arm 1 minus arm 2.

    The difference in proportions over the root of the mean of the two binomial variances,
    (p1 - p2) / sqrt((p1 (1 - p1) + p2 (1 - p2)) / 2), p = count / nobs.

    Parameters
    ----------
    count1, count2 : int
        Patients with the characteristic in each arm, 0 to `nobs1` and `nobs2`.
    nobs1, nobs2 : int
        Patients in each arm, at least 1.

    Returns
    -------
    difference : float
        In standard deviations, signed; beyond 0.1 in size is commonly read as imbalance. nan if
        one arm has all and the other none, for then there is no variance to measure it in.

    Raises
    ------
    ValueError
        If a count is not a whole number from 0 to its `nobs`, or a `nobs` is not a whole number
        of at least 1.

    References
    ----------
    Austin PC. Stat Med 2009;28:3083-107. doi:10.1002/sim.3697

    Examples
    --------
    >>> print(f"{standardized_difference(56, 70, 48, 80):.4f}")
    0.4472
    """
    count1, nobs1, count2, nobs2 = two_arms(count1, nobs1, count2, nobs2)
    p1, p2 = count1 / nobs1, count2 / nobs2
    if p1 == p2:
        return 0.0
    variance = (p1 * (1 - p1) + p2 * (1 - p2)) / 2
    return (p1 - p2) / math.sqrt(variance) if variance > 0 else math.nan


def standardized_difference_multinomial(counts1, counts2):
    """Standardized difference of a characteristic with k levels between two arms.

    The Mahalanobis distance sqrt(d' S^-1 d) of the two arms' proportions, d their difference in
    all levels but one and S the mean of the two multinomial covariance matrices. For two levels
    it is the size of `standardized_difference`.

    Parameters
    ----------
    counts1, counts2 : array_like of int, shape (k,)
        Patients of each arm in each level, k at least 2, levels in the same order.

    Returns
    -------
    difference : float
        In standard deviations, at least 0, whatever the order of the levels or the arms. Levels
        empty in both arms do not count. nan if the arms have no level in common, for then there
        is not a variance to measure their distance in.

    Raises
    ------
    ValueError
        If the arms differ in their number of levels or have fewer than two, a count is not a
        whole number of at least 0, or an arm has no patients.

    References
    ----------
    Yang D, Dalton JE. A unified approach to measuring the effect size between two groups using
        SAS. SAS Global Forum 2012, paper 335.

    Examples
    --------
    >>> print(f"{standardized_difference_multinomial([50, 30, 20], [40, 30, 30]):.4f}")
    0.2514
    """
    counts1, counts2 = _levels(counts1, "counts1"), _levels(counts2, "counts2")
    if counts1.shape != counts2.shape:
        raise ValueError(
            f"counts1 has {counts1.size} levels but counts2 has {counts2.size}; "
            "give both arms the same levels in the same order"
        )
    if not np.any((counts1 > 0) & (counts2 > 0)):
        return math.nan
    occupied = counts1 + counts2 > 0
    # The levels' proportions sum to 1, so one of them is redundant and would make S singular.
    p1 = (counts1 / counts1.sum())[occupied][1:]
    p2 = (counts2 / counts2.sum())[occupied][1:]
    covariance = (np.diag(p1) - np.outer(p1, p1) + np.diag(p2) - np.outer(p2, p2)) / 2
    whitened = np.linalg.solve(np.linalg.cholesky(covariance), p1 - p2)
    return float(np.linalg.norm(whitened))


def _levels(counts, name):
    counts = whole_numbers(counts, name, minimum=0)
    if counts.ndim != 1 or counts.size < 2:
        raise ValueError(f"{name} has shape {counts.shape}; give one count a level, at least two")
    if not counts.any():
        raise ValueError(f"{name} has no patients; at least one level must be above 0")
    return counts
