"""The risk ratio pooled with the weights of Mantel and Haenszel, as many published meta-analyses pool it.

Our own: statsmodels 0.15 (StratifiedTable) gives the ratio without its standard error.
"""

import numpy as np

from tourmaline.statistics.counts import whole_counts


def mantel_haenszel_risk_ratio(count1, nobs1, count2, nobs2):
    """Log risk ratio of arm 1 against arm 2, pooled over studies by Mantel and Haenszel, with its standard error.

    With a of n1 and c of n2 patients with the event, N = n1 + n2, and sums over the studies:
    RR = R / S, R = sum(a n2 / N), S = sum(c n1 / N);
    var(log RR) = sum((n1 n2 (a + c) - a c N) / N^2) / (R S).

    Parameters
    ----------
    count1, count2 : array_like of int, shape (k,)
        Patients with the event in each arm of each study, 0 to `nobs1` and `nobs2`.
    nobs1, nobs2 : array_like of int, shape (k,)
        Patients observed, at least 1.

    Returns
    -------
    log_risk_ratio, standard_error : float
        No cell is corrected: a study without events in one arm counts as it is, one without any adds nothing.

    Raises
    ------
    ValueError
        If a count is impossible, or an arm has no event in any study, or every patient of both arms has one.

    References
    ----------
    Mantel N, Haenszel W. J Natl Cancer Inst 1959;22:719-48. doi:10.1093/jnci/22.4.719
    Greenland S, Robins JM. Biometrics 1985;41:55-68. doi:10.2307/2530643

    Examples
    --------
    >>> estimate, error = mantel_haenszel_risk_ratio([282, 32], [360, 57], [259, 18], [362, 58])
    >>> print(f"{estimate:.4f}, {error:.4f}")
    0.1319, 0.0437
    """
    count1, nobs1 = (np.atleast_1d(part) for part in whole_counts(count1, nobs1, "count1", "nobs1"))
    count2, nobs2 = (np.atleast_1d(part) for part in whole_counts(count2, nobs2, "count2", "nobs2"))
    a, n1, c, n2 = np.array(np.broadcast_arrays(count1, nobs1, count2, nobs2), dtype=float)
    total = n1 + n2
    first, second = (a * n2 / total).sum(), (c * n1 / total).sum()
    spread = ((n1 * n2 * (a + c) - a * c * total) / total**2).sum()
    if not (first > 0 and second > 0 and spread > 0):
        raise ValueError(
            f"{a.sum():g} of {n1.sum():g} against {c.sum():g} of {n2.sum():g} tells nothing of a ratio; "
            "both arms need events, and some patient must be without one"
        )
    return float(np.log(first / second)), float(np.sqrt(spread / (first * second)))
