"""Bands of the curves of an ensemble, and the estimates that papers report, from each of its draws."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
import pandas as pd

from tourmaline.roles import ARMS
from tourmaline.statistics.monte_carlo import monte_carlo_error
from tourmaline.statistics.reconstruction.ensemble import Ensemble
from tourmaline.statistics.survival import (
    cox,
    kaplan_meier,
    log_rank,
    median_followup,
    number_at_risk,
    rmst,
    rmst_difference,
)

BAND_POINTS = 400  # of a band, on the width of a figure


def central_range(values, level=0.95, axis=0):
    """Reconstruction interval: the central part of a quantity over the draws; order statistics, so that `inf` may be among them.

    Parameters
    ----------
    values : array_like
        Values over the draws along `axis`; nan where a draw has none.
    level : float
        Fraction of the draws between the ends, in (0, 1).
    axis : int

    Returns
    -------
    lower, upper : float or ndarray

    Examples
    --------
    >>> lower, upper = central_range([5.0, 1.0, 2.0, 3.0, np.inf], level=0.8)
    >>> print(lower, upper)
    1.0 inf
    """
    ordered, tail = np.sort(values, axis=axis), (1 - level) / 2  # nan comes last
    known = (~np.isnan(ordered)).sum(axis=axis, keepdims=True)
    ends = []
    for share in (tail, 1 - tail):
        # A number of draws that is whole but for the last digits of a float is whole.
        place = np.maximum(np.ceil(known * share - 1e-9).astype(int) - 1, 0)
        ends.append(np.take_along_axis(ordered, place, axis).squeeze(axis)[()])
    return tuple(ends)


def range_with_errors(values, level=0.95) -> list[tuple[float, float]]:
    """The two ends of `central_range` of a quantity, shape (m,), each with its Monte Carlo standard error.

    Examples
    --------
    >>> (lower, error), _ = range_with_errors(np.arange(100.0), level=0.8)
    >>> print(lower, round(error, 1))
    9.0 2.8
    """
    ends = partial(central_range, level=level)
    return list(zip(ends(values), monte_carlo_error(ends, values)))


def band(ensemble: Ensemble, arm: str, level=0.95) -> pd.DataFrame:
    """The pointwise reconstruction interval of the survival of one arm: month, lower, upper.

    Parameters
    ----------
    ensemble : Ensemble
    arm : str
        One of `ARMS`.
    level : float
        Fraction of the draws within the band at each month, in (0, 1).

    Returns
    -------
    DataFrame
        As long as the curve of the reference; nan from the month at which a tenth of the draws have no patient at risk: the
        remaining draws would show little.
    """
    times, events = _of_arm(ensemble, arm)
    grid = np.linspace(0, times[0].max(), BAND_POINTS)
    survival = np.atleast_2d(kaplan_meier(times, events).at(grid))
    known = (times.max(axis=1)[:, None] >= grid).mean(axis=0) > 0.9
    found = pd.DataFrame({"month": grid, "lower": np.nan, "upper": np.nan})
    found.loc[known, "lower"], found.loc[known, "upper"] = central_range(survival[:, known], level)
    return found


def numbers_at_risk(ensemble: Ensemble, arm: str, months: Sequence[float]) -> np.ndarray:
    """Patients of an arm at risk at given months, n(T >= month), in each draw: shape (1 + draws, months)."""
    return number_at_risk(_of_arm(ensemble, arm)[0], months)


def survival_rates(ensemble: Ensemble, arm: str, months: Sequence[float]) -> np.ndarray:
    """Survival of an arm at given months in each draw, shape (1 + draws, months); nan beyond its follow-up."""
    return kaplan_meier(*_of_arm(ensemble, arm)).at(np.asarray(months, float))


def estimates(ensemble: Ensemble, confidence_level=0.95, interval_method="log-log", horizon=None) -> pd.DataFrame:
    """The numbers that papers report, estimated from each draw as if its rows were patients.

    Parameters
    ----------
    ensemble : Ensemble
    confidence_level : float
        Of every interval, in (0, 1).
    interval_method : str
        Of the curves' limits, from which the intervals of medians follow; one of `survival.CURVE_INTERVALS`.
    horizon : float, optional
        Month up to which mean survival is restricted; without it there are no restricted means.

    Returns
    -------
    DataFrame
        One row a draw, the reference first: hazard_ratio (Cox, without strata), p_value (log-rank), median_followup (reverse
        Kaplan-Meier, both arms), rmst_difference, rmst_p_value; for each arm, with its name after a point, n, events,
        median, median_followup, rmst; with .lower or .upper at their end, the intervals' limits. Months are months;
        inf where a median or a limit of it is not reached. Intervals and P values are nan if the ensemble withholds them.

    Raises
    ------
    ValueError
        As the estimators of `tourmaline.statistics.survival`.

    Examples
    --------
    >>> arm = np.array([False] * 4 + [True] * 4)
    >>> one = Ensemble(np.array([[1.0, 2, 3, 4, 2, 4, 5, 6]]), np.array([[True, True, True, False] * 2]), arm, 1)
    >>> found = estimates(one, horizon=4)
    >>> print(found.loc[0, ["events.control", "median.control", "median.experimental", "rmst_difference"]].to_list())
    [3.0, 2.5, 4.5, 1.0]
    """
    times, events, group = ensemble.times, ensemble.events, ensemble.arm
    model = cox(times, events, group)
    lower, upper = model.hazard_ratio_interval(confidence_level)
    found = {
        "hazard_ratio": model.hazard_ratio,
        "hazard_ratio.lower": lower,
        "hazard_ratio.upper": upper,
        "p_value": log_rank(times, events, group).p_value,
        "events": events.sum(axis=1),
        "median_followup": median_followup(times, events),
    }
    for arm in ARMS:
        own_times, own_events = _of_arm(ensemble, arm)
        shape = kaplan_meier(own_times, own_events)
        lower, upper = shape.quantile_interval(0.5, confidence_level, interval_method)
        found |= {
            f"n.{arm}": np.full(len(own_times), own_times.shape[1]),
            f"events.{arm}": own_events.sum(axis=1),
            f"median.{arm}": shape.median,
            f"median.{arm}.lower": lower,
            f"median.{arm}.upper": upper,
            f"median_followup.{arm}": median_followup(own_times, own_events),
        }
        if horizon is not None:
            found[f"rmst.{arm}"] = rmst(own_times, own_events, horizon).estimate
    if horizon is not None:
        difference = rmst_difference(times, events, group, horizon)
        found["rmst_difference"] = difference.estimate
        found["rmst_difference.lower"], found["rmst_difference.upper"] = difference.interval(confidence_level)
        found["rmst_p_value"] = difference.p_value
    if ensemble.withheld:
        for name in found:
            if name.endswith((".lower", ".upper", "p_value")):
                found[name] = np.full(len(times), np.nan)
    return pd.DataFrame(found)


def pseudo_patients(ensemble: Ensemble, labels: dict[str, str]) -> pd.DataFrame:
    """The pseudo-IPD of the reference: arm (as labelled), months, event (1) or censoring (0). No row is a patient."""
    names = np.where(ensemble.arm, labels["experimental"], labels["control"])
    return pd.DataFrame({"arm": names, "months": ensemble.times[0], "event": ensemble.events[0].astype(int)})


def _of_arm(ensemble, arm):
    own = ensemble.arm == (arm == "experimental")
    return ensemble.times[:, own], ensemble.events[:, own]
