"""Effects on a risk from the counts of two arms: risk ratio, odds ratio, risk difference, ready to be pooled.

This is our own, because statsmodels 0.15 (effectsize_2proportions) corrects every study when one of them has a zero.
"""

from dataclasses import dataclass

import numpy as np

from tourmaline.statistics.checks import known_word
from tourmaline.statistics.counts import whole_counts

BINARY_MEASURES = ("risk-ratio", "odds-ratio", "risk-difference")
_CORRECTION = 0.5


def measure_of(measure):
    """The function that leads from the scale on which a measure is pooled to the measure: exp for ratios, pooled as logarithms.

    Examples
    --------
    >>> float(measure_of("odds-ratio")(0)), float(measure_of("risk-difference")(0))
    (1.0, 0.0)
    """
    known_word("measure", measure, BINARY_MEASURES)
    return np.asarray if measure == "risk-difference" else np.exp


@dataclass(frozen=True, eq=False)
class BinaryEffects:
    """Effects of arm 1 against arm 2, one a study.

    Attributes
    ----------
    estimates : ndarray, shape (k,)
        Log risk ratios, log odds ratios or risk differences.
    standard_errors : ndarray, shape (k,)
        Their large-sample standard errors.
    corrected : ndarray of bool, shape (k,)
        Whether a half was added to each of the study's four cells, because one of them is 0.
    """

    estimates: np.ndarray
    standard_errors: np.ndarray
    corrected: np.ndarray


def binary_effects(count1, nobs1, count2, nobs2, measure):
    """Effects on a risk from counts, on the scale on which they are pooled.

    Parameters
    ----------
    count1, count2 : array_like of int, shape (k,)
        Patients with the event in each arm of each study, 0 to `nobs1` and `nobs2`.
    nobs1, nobs2 : array_like of int, shape (k,)
        Patients observed, at least 1.
    measure : str
        One of `BINARY_MEASURES`. With a, c events and b, d patients without: risk-ratio, log(a / n1) - log(c / n2)
        with variance 1/a - 1/n1 + 1/c - 1/n2; odds-ratio, log(ad / bc) with 1/a + 1/b + 1/c + 1/d; risk-difference,
        a / n1 - c / n2 with ab / n1^3 + cd / n2^3.

    Returns
    -------
    effects : BinaryEffects
        Where one of a study's four cells is 0, and only there, a half is added to each of them (metafor's default).

    Raises
    ------
    ValueError
        If a count is impossible, `measure` is unknown, or a ratio is asked of a study without an event in either arm
        or with one in every patient: it tells nothing of a ratio.

    References
    ----------
    Fleiss JL, Berlin JA. In: Cooper H, et al., eds. The Handbook of Research Synthesis and Meta-Analysis. 2nd ed.
        Russell Sage; 2009:237-53.

    Examples
    --------
    >>> effects = binary_effects([56, 0], [70, 20], [48, 3], [80, 20], "risk-ratio")
    >>> for estimate, error, corrected in zip(effects.estimates, effects.standard_errors, effects.corrected):
    ...     print(f"{estimate:.4f}, {error:.4f}, {corrected}")
    0.2877, 0.1091, False
    -1.9459, 1.4800, True
    """
    known_word("measure", measure, BINARY_MEASURES)
    count1, nobs1 = (np.atleast_1d(part) for part in whole_counts(count1, nobs1, "count1", "nobs1"))
    count2, nobs2 = (np.atleast_1d(part) for part in whole_counts(count2, nobs2, "count2", "nobs2"))
    cells = np.array(np.broadcast_arrays(count1, nobs1 - count1, count2, nobs2 - count2), dtype=float)
    if measure != "risk-difference":
        for a, b, c, d in cells.T:
            if a + c == 0 or b + d == 0:
                raise ValueError(
                    f"{a:g} of {a + b:g} against {c:g} of {c + d:g} tells nothing of a ratio; "
                    "leave the study out, or take the risk difference"
                )
    corrected = (cells == 0).any(axis=0)
    a, b, c, d = cells + _CORRECTION * corrected
    n1, n2 = a + b, c + d
    if measure == "risk-ratio":
        estimates, variances = np.log(a / n1) - np.log(c / n2), 1 / a - 1 / n1 + 1 / c - 1 / n2
    elif measure == "odds-ratio":
        estimates, variances = np.log(a * d) - np.log(b * c), 1 / a + 1 / b + 1 / c + 1 / d
    else:
        estimates, variances = a / n1 - c / n2, a * b / n1**3 + c * d / n2**3
    return BinaryEffects(estimates, np.sqrt(variances), corrected)
