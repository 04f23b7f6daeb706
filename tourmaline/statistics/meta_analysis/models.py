"""One meta-analysis by every model: what the choice of model, estimator and interval does to the answer."""

import functools
import math

import numpy as np
import pandas as pd

from tourmaline.statistics.checks import known_word
from tourmaline.statistics.meta_analysis.bayesian import bayesian_random_effects
from tourmaline.statistics.meta_analysis.checks import studies
from tourmaline.statistics.meta_analysis.heterogeneity import TAU_ESTIMATORS
from tourmaline.statistics.meta_analysis.pooling import POOLING_INTERVALS, fixed_effect, random_effects

_LARGEST_LOG = 700.0  # exp of 710 is not a number of double precision


def pooling_model(model, tau_estimator="dersimonian-laird"):
    """The function that pools by a model.

    Parameters
    ----------
    model : str
        'fixed' or 'random'.
    tau_estimator : str
        As in `random_effects`; a fixed effect has none.

    Returns
    -------
    callable
        Takes estimates and standard errors and returns a `Pooled`.

    Raises
    ------
    ValueError
        If a word is unknown.

    Examples
    --------
    >>> pooling_model("fixed")([-0.5, -0.1], [0.2, 0.2]).tau_squared
    0.0
    """
    known_word("model", model, ("fixed", "random"))
    known_word("tau_estimator", tau_estimator, TAU_ESTIMATORS)
    return fixed_effect if model == "fixed" else functools.partial(random_effects, tau_estimator=tau_estimator)


def compare_models(estimates, standard_errors, prior_scale, confidence_level=0.95):
    """Pool the same studies by every model.

    Parameters
    ----------
    estimates, standard_errors : array_like, shape (k,)
        Studies' estimates (log hazard ratios) and their standard errors, above 0.
    prior_scale : float
        Scale of the half-normal prior of tau of the Bayesian model, above 0.
    confidence_level : float
        Nominal coverage of all intervals, in (0, 1).

    Returns
    -------
    DataFrame
        One row a model: model ('fixed', 'random', 'bayesian'), tau_estimator, interval (of `POOLING_INTERVALS`, or
        'credible'), tau (its estimate, or posterior median), estimate, lower, upper, prediction_lower,
        prediction_upper (t on k - 2 degrees of freedom, or from the posterior; nan for a fixed effect and where there
        are too few studies). One study has the row of the fixed effect alone.

    Raises
    ------
    ValueError
        If there are no studies, the lengths differ or a value is impossible.

    Examples
    --------
    >>> table = compare_models([-0.5, -0.1, -0.3], [0.2, 0.2, 0.2], 0.5)
    >>> print(len(table), table.loc[0, "model"], f"{table.loc[0, 'estimate']:.2f}")
    11 fixed -0.30
    """
    estimates, standard_errors = studies(estimates, standard_errors)
    fixed = fixed_effect(estimates, standard_errors)
    rows = [("fixed", "", "normal", 0.0, fixed.estimate, *fixed.interval(confidence_level), math.nan, math.nan)]
    for tau_estimator in TAU_ESTIMATORS if estimates.size > 1 else ():
        pooled = random_effects(estimates, standard_errors, tau_estimator)
        for method in POOLING_INTERVALS:
            prediction = (
                pooled.prediction_interval(confidence_level, "t-k-2", method)
                if estimates.size > 2
                else (math.nan, math.nan)
            )
            interval = pooled.interval(confidence_level, method)
            tau = math.sqrt(pooled.tau_squared)
            rows.append(("random", tau_estimator, method, tau, pooled.estimate, *interval, *prediction))
    if estimates.size > 1:
        posterior = bayesian_random_effects(estimates, standard_errors, prior_scale)
        rows.append(
            (
                "bayesian",
                "",
                "credible",
                posterior.tau_interval(confidence_level)[0],
                posterior.median(),
                *posterior.interval(confidence_level),
                *posterior.prediction_interval(confidence_level),
            )
        )
    columns = ["model", "tau_estimator", "interval", "tau", "estimate", "lower", "upper"]
    return pd.DataFrame(rows, columns=[*columns, "prediction_lower", "prediction_upper"])


def ratios(table):
    """A table of `compare_models` with its estimates and intervals as ratios instead of their logarithms (see `ratio`)."""
    table = table.copy()
    logs = ["estimate", "lower", "upper", "prediction_lower", "prediction_upper"]
    table[logs] = ratio(table[logs])
    return table


def ratio(logs):
    """Ratios of log ratios, nan where there is none.

    The ends of a prediction from few studies can lie beyond what double precision holds: they are given as exp(700), about 1e304.

    Examples
    --------
    >>> print(ratio([-0.5, 1000.0]))
    [6.06530660e-001 1.01423205e+304]
    """
    return np.exp(np.minimum(logs, _LARGEST_LOG))
