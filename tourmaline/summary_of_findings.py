"""Effects for a summary of findings: relative, and for patients of the control group's risk; for notebooks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from tourmaline import data
from tourmaline.data.printed import decimals
from tourmaline.digits import with_decimals
from tourmaline.estimate import Estimate
from tourmaline.statistics.absolute_effects import survival_from_median, survival_gain
from tourmaline.statistics.meta_analysis import (
    binary_effects,
    fixed_effect,
    log_hazard_ratios,
    measure_of,
    random_effects,
    ratio_intervals,
)
from tourmaline.statistics.proportions import risk_effect


def time_effects(
    evidence: data.Evidence, names: Mapping[str, str], months: Mapping[str, float] | float, confidence_level: float
) -> pd.DataFrame:
    """Effects on times to an event, from reported hazard ratios and the control groups' medians.

    Parameters
    ----------
    evidence : Evidence
        What had been published by the date.
    names : mapping of str to str, or Series
        What each analysis is called, to its name in analyses.csv.
    months : mapping of str to float, or float
        The month of the absolute effect, by what the analysis is called, or one for all.
    confidence_level : float
        In (0, 1).

    Returns
    -------
    DataFrame
        The columns of `Evidence.reported_times`, and: log_ratio and standard_error; derived (interval from the P value);
        as_reported (interval at its reported level); ratio (Estimate); share (of the control group without the event, a
        fraction, by a constant rate) and gain (Estimate, difference of the shares), None without a control median; patients;
        gained (difference of the medians, months) and gained_digits (with the decimals of the coarser one, '' without both).
    """
    names = dict(names)
    times = evidence.reported_times(names)
    logs, errors, derived = log_hazard_ratios(times)
    lower, upper = ratio_intervals(times, logs, errors, confidence_level)
    ratios = [
        Estimate(*numbers, confidence_level).with_digits(digits)
        for *numbers, digits in zip(times["hazard_ratio"].astype(float), lower, upper, times["digits"])
    ]
    month_of = months if isinstance(months, Mapping) else dict.fromkeys(names, months)
    shares = [
        None if np.isnan(median) else survival_from_median(median, month_of[called])
        for called, median in times["median_control"].items()
    ]
    gains = [None if share is None else survival_gain(ratio, share) for ratio, share in zip(ratios, shares)]
    gained = times["median_experimental"] - times["median_control"]
    return times.assign(
        log_ratio=logs,
        standard_error=errors,
        derived=derived,
        as_reported=~derived & np.isclose(times["level"], confidence_level),
        ratio=ratios,
        share=shares,
        gain=gains,
        patients=times["patients_experimental"].astype(float) + times["patients_control"].astype(float),
        gained=gained,
        gained_digits=[
            "" if np.isnan(gain) else with_decimals(gain, min(map(decimals, medians)))
            for gain, *medians in zip(gained, times["median_digits_experimental"], times["median_digits_control"])
        ],
    )


def count_effects(evidence: data.Evidence, confidence_level: float) -> pd.DataFrame:
    """Effects on the counted outcomes of the report's trial that were reported by a date.

    Parameters
    ----------
    evidence : Evidence
        What had been published by the date.
    confidence_level : float
        In (0, 1).

    Returns
    -------
    DataFrame
        The columns of `Evidence.outcome_counts`, and: ratio (Estimate of the risk ratio), share (of the control group with the
        event, a fraction), gain (Estimate of the risk difference, a fraction, Newcombe's interval), patients.
    """
    counts = evidence.outcome_counts()
    arms = counts[["count_experimental", "patients_experimental", "count_control", "patients_control"]].to_numpy()
    ratios, gains = (
        [risk_effect(*row, measure, confidence_level) for row in arms] for measure in ("risk-ratio", "risk-difference")
    )
    return counts.assign(
        ratio=ratios,
        share=counts["count_control"] / counts["patients_control"],
        gain=gains,
        patients=counts["patients_experimental"] + counts["patients_control"],
    )


def pooled_times(times: pd.DataFrame, share: float | None, confidence_level: float) -> dict[str, object]:
    """The effect on the time to an event, pooled over trials with a fixed effect as in the notebook `cross_trial`.

    Parameters
    ----------
    times : DataFrame
        Of `time_effects`, one row a trial.
    share : float or None
        Of the control group to which the absolute effect applies, without the event, a fraction; None or nan for no absolute effect.
    confidence_level : float
        In (0, 1).

    Returns
    -------
    dict
        patients (nan if those of a trial are not reported), ratio (Estimate), share and gain (Estimate, difference of the shares; None without a share).
    """
    ratio = fixed_effect(times["log_ratio"], times["standard_error"]).ratio(confidence_level)
    gain = None if pd.isna(share) else survival_gain(ratio, share)
    return {"patients": times["patients"].sum(skipna=False), "ratio": ratio, "share": share, "gain": gain}


def pooled_counts(
    evidence: data.Evidence, names: Sequence[str], quantities: Mapping[str, str], confidence_level: float
) -> pd.DataFrame:
    """Effects on counted outcomes, pooled over trials with random effects as in the notebook `cross_response`.

    Parameters
    ----------
    evidence : Evidence
        What had been published by the date.
    names : sequence of str
        Names of trials.
    quantities : mapping of str to str
        What each outcome is called, to its quantity in results.csv.
    confidence_level : float
        In (0, 1).

    Returns
    -------
    DataFrame
        One row an outcome that two trials or more counted by then: trials (their names), patients, ratio (Estimate of the
        risk ratio) and gain (Estimate of the risk difference, a fraction).
    """
    rates = pd.concat([evidence.rates(names, endpoint) for endpoint in ("response", "safety")])
    arms = [f"{part}_{arm}" for arm in ("experimental", "control") for part in ("count", "patients")]
    rows = {}
    for outcome, quantity in quantities.items() if len(rates) else ():
        own = rates[rates["quantity"] == quantity].dropna(subset=arms)
        if len(own) < 2:
            continue
        four = own[arms].astype(int).to_numpy().T
        ratio, gain = (_pooled(four, measure, confidence_level) for measure in ("risk-ratio", "risk-difference"))
        patients = four[1].sum() + four[3].sum()
        rows[outcome] = {"trials": ", ".join(own["name"]), "patients": patients, "ratio": ratio, "gain": gain}
    return pd.DataFrame.from_dict(rows, orient="index", columns=["trials", "patients", "ratio", "gain"])


def _pooled(four: np.ndarray, measure: str, confidence_level: float) -> Estimate:
    effects = binary_effects(*four, measure)
    return random_effects(effects.estimates, effects.standard_errors).effect(confidence_level).map(measure_of(measure))
