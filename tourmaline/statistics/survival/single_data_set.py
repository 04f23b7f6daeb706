"""A single data set of two arms, analysed with lifelines: the curves, medians, log-rank test and Cox model that readers see.

A data set is a DataFrame with the columns arm (a label), months and event (1, or 0 for a censoring), as the report offers them
for download. The other modules of this package take over where lifelines (0.30) has no right answer:

- many data sets at once: lifelines fits one at a time, 150 times more slowly (`python -m benchmarks.survival`);
- a stratified log-rank test, and log or plain limits of a curve: lifelines has none;
- the variance of a restricted mean: lifelines gives that of a patient's restricted time instead of the estimate's;
- the test of proportional hazards: lifelines takes the variance of the residuals as constant (`grambsch_therneau`);
- a median where the curve stands on one half exactly, which lifelines' rounding may pass over, and the limits of a median
  where the curve ends at 0, where lifelines sets the limits to 0 (`median_with_interval`).

Everywhere else the two agree within 1e-8 (tests/test_single_data_set.py), on the reconstructions of this report within 2e-14.
lifelines' last digits depend on the processor (numpy's exp and log, BLAS). They may be published as they are, for floats are
written with 12 significant digits (`results.formats.rounded`): these were the same with the BLAS kernels of Haswell, Nehalem
and Prescott, with and without AVX2, and of this report's numbers none is nearer than 4e-14 of it to where its twelfth digit
turns. Coordinates of figures are rounded to 1e-9 (`figures.survival`). No choice that other numbers hang on, such as a search
among patients, is made from lifelines.
lifelines is imported by the functions, for its import takes 0.2 s that most runs can do without.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tourmaline.statistics.survival.kaplan_meier import kaplan_meier

if TYPE_CHECKING:
    import pandas as pd
    from lifelines import CoxPHFitter, KaplanMeierFitter

# For CoxPHFitter.fit: lifelines stops where the Newton decrement, which goes with the square of the error, is below the
# precision, or where the likelihood changes by a share below r_precision. Its defaults leave an error of 1e-7 in the log
# hazard ratio, and a precision of 1e-12 alone no less.
CONVERGED = {"precision": 1e-20, "r_precision": 0}


def fit_curves(ipd: pd.DataFrame, confidence_level: float = 0.95) -> dict[str, KaplanMeierFitter]:
    """The Kaplan-Meier curve of each arm, with log-log limits.

    Parameters
    ----------
    ipd : DataFrame
        arm, months, event.
    confidence_level : float
        Of the limits, in (0, 1).

    Returns
    -------
    dict of str to KaplanMeierFitter
        By the arm's label, in the order of the rows.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = pd.DataFrame({"arm": list("aaab"), "months": [1, 2, 3, 4], "event": [1, 1, 0, 1]})
    >>> float(fit_curves(rows)["a"].median_survival_time_)
    2.0
    """
    from lifelines import KaplanMeierFitter

    return {
        arm: KaplanMeierFitter(alpha=1 - confidence_level).fit(own["months"], own["event"], label=arm)
        for arm, own in ipd.groupby("arm", sort=False)
    }


def median_with_interval(
    fitter: KaplanMeierFitter, interval_method="log-log", withheld=False
) -> tuple[float, float, float]:
    """Median of a fitted curve and its limits, where the limits of the curve cross one half.

    Parameters
    ----------
    fitter : KaplanMeierFitter
        Fitted; the limits have its confidence level.
    interval_method : str
        One of `survival.CURVE_INTERVALS`. lifelines has log-log limits alone.
    withheld : bool
        Whether the limits are withheld (nan), as `Ensemble.withheld` asks.

    Returns
    -------
    median, lower, upper : float
        Months; inf where not reached.

    Examples
    --------
    >>> from lifelines import KaplanMeierFitter
    >>> print(*median_with_interval(KaplanMeierFitter().fit(range(1, 12), [1] * 10 + [0])))
    6.0 2.0 9.0
    """
    from lifelines.utils import median_survival_times

    if withheld:
        return median_with_interval(fitter)[0], np.nan, np.nan
    survival = fitter.survival_function_.iloc[:, 0]
    if interval_method == "log-log" and not (np.isclose(survival, 0.5) | np.isclose(survival, 0)).any():
        return fitter.median_survival_time_, *median_survival_times(fitter.confidence_interval_).iloc[0]
    own = kaplan_meier(fitter.durations, fitter.event_observed)
    return own.median, *own.quantile_interval(0.5, 1 - fitter.alpha, interval_method)


def fit_cox(ipd: pd.DataFrame, experimental: str, confidence_level: float = 0.95) -> CoxPHFitter:
    """Cox's model of one arm against the other, with Efron's ties.

    Parameters
    ----------
    ipd : DataFrame
        arm, months, event.
    experimental : str
        Label of the arm whose hazard is divided by the other's.
    confidence_level : float
        Of the limits, in (0, 1).

    Returns
    -------
    CoxPHFitter
        Its covariate is `arm`: `hazard_ratios_["arm"]`.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = {"arm": list("bbabaa"), "months": [1, 2, 3, 4, 5, 6], "event": [1, 1, 1, 1, 0, 1]}
    >>> print(round(fit_cox(pd.DataFrame(rows), "a").hazard_ratios_["arm"], 4))
    0.1849
    """
    from lifelines import CoxPHFitter

    coded = ipd[["months", "event"]].assign(arm=(ipd["arm"] == experimental).astype(int))
    return CoxPHFitter(alpha=1 - confidence_level).fit(coded, "months", "event", fit_options=CONVERGED)


def analyse(ipd, arms, confidence_level=0.95, interval_method="log-log", withheld=False) -> dict[str, float]:
    """The numbers that papers report, of one data set, by lifelines.

    Parameters
    ----------
    ipd : DataFrame
        arm, months, event.
    arms : dict of str to str
        The labels of the arms experimental and control.
    confidence_level : float
        Of every interval, in (0, 1).
    interval_method : str
        Of the medians' limits; one of `survival.CURVE_INTERVALS`.
    withheld : bool
        Whether intervals and the P value are withheld (nan), as `Ensemble.withheld` asks.

    Returns
    -------
    dict
        hazard_ratio (Cox, without strata), p_value (log-rank), median.experimental and median.control (months, inf where not
        reached); with .lower or .upper at their end, the limits. The names are those of `reconstruction.estimates`.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = {"arm": list("bbabaa"), "months": [1, 2, 3, 4, 5, 6], "event": [1, 1, 1, 1, 0, 1]}
    >>> found = analyse(pd.DataFrame(rows), {"experimental": "a", "control": "b"})
    >>> print(f"{found['hazard_ratio']:.4f}, P {found['p_value']:.4f}")
    0.1849, P 0.1098
    """
    from lifelines.statistics import multivariate_logrank_test

    model = fit_cox(ipd, arms["experimental"], confidence_level)
    found = {
        "hazard_ratio": model.hazard_ratios_["arm"],
        "p_value": multivariate_logrank_test(ipd["months"], ipd["arm"], ipd["event"]).p_value,
    }
    found["hazard_ratio.lower"], found["hazard_ratio.upper"] = np.exp(model.confidence_intervals_.loc["arm"])
    curves = fit_curves(ipd, confidence_level)
    for arm, label in arms.items():
        names = (f"median.{arm}{end}" for end in ("", ".lower", ".upper"))
        found |= zip(names, median_with_interval(curves[label], interval_method, withheld))
    if withheld:
        found |= dict.fromkeys(("hazard_ratio.lower", "hazard_ratio.upper", "p_value"), np.nan)
    return found
