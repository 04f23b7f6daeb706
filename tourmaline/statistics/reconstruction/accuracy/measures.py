"""How near the reconstruction comes: patient data that are public, reported as a paper would, reconstructed and compared."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from tourmaline.roles import ARMS
from tourmaline.statistics.monte_carlo import resampled
from tourmaline.statistics.reconstruction.ensemble import Ensemble
from tourmaline.statistics.reconstruction.inputs.rounding_intervals import RoundingInterval
from tourmaline.statistics.reconstruction.inputs.summary import ArmSummary, Curve, TrialSummary
from tourmaline.statistics.reconstruction.outputs.proportionality import early_hazard_ratio
from tourmaline.statistics.survival import (
    cox,
    kaplan_meier,
    log_rank,
    median_followup,
    number_at_risk,
    rmst,
)

# Survival rates, and columns of the risk table after month 0, of the reported summary: as ELOQUENT-2 has reported rates (up to five
# years) and ASPIRE numbers at risk.
RATES, RISK_COLUMNS = 5, 8
FEWEST_AT_RISK = 10  # patients of an arm: a rate at a month at which fewer are left is not reported
READ_SURVIVAL, READ_TIME = 0.005, 1 / 1000  # grid on which a curve is read: of survival, and as a share of the axis
LOST_EARLY = 0.05  # share of the censored who were lost before the shortest follow-up
GRID = 200  # times at which curves are compared
COMPARED = 0.9  # of an arm's times are up to where it is compared: beyond, few are left
EARLY = 0.5  # share of that follow-up that is early
FEW_EARLY = 5  # events in each arm below which there is no early ratio
RESAMPLES = 60  # of the draws of each ensemble: what is shown goes over many ensembles


@dataclass(frozen=True, eq=False)
class TruePatients:
    """True patients of one two-arm set: times and events, shape (n,), arm (True for experimental), n."""

    times: np.ndarray
    events: np.ndarray
    arm: np.ndarray

    @classmethod
    def of_frame(cls, frame):
        """From a frame with the columns time, event and group."""
        return cls(frame["time"].to_numpy(float), frame["event"].to_numpy(bool), frame["group"].to_numpy(bool))

    def of(self, arm):
        """Times and events of one arm."""
        return self.times[self.arm == arm], self.events[self.arm == arm]


def publish(patients: TruePatients, rates: int = RATES, columns: int = RISK_COLUMNS) -> TrialSummary:
    """What a paper would report of a trial: everything that a level of information can use, rounded.

    Times and medians have one decimal, rates are whole percent, the hazard ratio and its limits have two decimals, P two or three
    (or is below 0.001), and the curve is read at every step to half a percent. Rates and numbers at risk are reported at even
    distances, rates only while ten patients or more of each arm are left. The shortest follow-up, which a paper's dates of entry
    and cut-off tell, is taken to be the 5th percentile of the times of those without the event: the few before it are lost.

    Parameters
    ----------
    patients : TruePatients
    rates, columns : int
        Times of survival rates, and columns of the risk table after month 0.

    Returns
    -------
    TrialSummary

    Examples
    --------
    >>> times = np.linspace(1, 40, 80)
    >>> trial = publish(TruePatients(times, np.arange(80) % 3 > 0, np.arange(80) % 2 == 1))
    >>> trial.control.n, trial.control.events, len(trial.control.at_risk)
    (40, 26, 9)
    """
    longest = float(np.ceil(patients.times.max() * 10) / 10)
    censored = patients.times[~patients.events]
    shortest = float(np.quantile(censored, LOST_EARLY)) if len(censored) else longest
    last = min(patients.of(arm)[0].max() for arm in (False, True))
    rated = _round_months(np.arange(1, rates + 1) / (rates + 1) * last) if rates else np.empty(0)
    left = [number_at_risk(patients.of(arm)[0], rated) for arm in (False, True)]
    rated = rated[np.min(left, axis=0) >= FEWEST_AT_RISK]
    counted = _round_months(np.arange(1, columns + 1) / (columns + 1) * longest)
    arms = [_publish_arm(*patients.of(arm), rated, counted, longest) for arm in (False, True)]
    fit = cox(patients.times, patients.events, patients.arm)
    lower, upper = fit.hazard_ratio_interval()
    p_value = float(log_rank(patients.times, patients.events, patients.arm).p_value)
    printed_p = "<0.001" if p_value < 0.001 else f"{p_value:.{3 if p_value < 0.01 else 2}f}"
    ratio, lower, upper = (RoundingInterval.printed(f"{value:.2f}") for value in (fit.hazard_ratio, lower, upper))
    return TrialSummary(
        *arms,
        longest,
        shortest,
        hazard_ratio=ratio,
        lower=lower,
        upper=upper,
        p_value=RoundingInterval.printed(printed_p),
    )


def compare_arms(patients: TruePatients, ensemble: Ensemble) -> pd.DataFrame:
    """Distances of the reconstructed arms from the true ones.

    Curves are compared up to the 90th percentile of the arm's times (of event or censoring), and once to their end.

    Parameters
    ----------
    patients : TruePatients
    ensemble : Ensemble

    Returns
    -------
    DataFrame
        One row an arm: largest and mean distance of the reference's curve, whole (the largest up to the last of the arm's
        times, where few are left), left_open (median over the draws of their
        largest distance from the reference: sets that match the same report differ by so much), rmst, rmst_error (relative), median and
        its limits, true (`true_*`) and of the reference, and coverage (share of the times at which the true curve lies in
        the ensemble's 95% band); and resampled, these last two (left_open, coverage) over resamples of the draws, shape
        (resamples, 2). Without draws, left_open, coverage and resampled are missing.
    """
    rows = []
    for number, name in enumerate(ARMS):
        true = patients.of(bool(number))
        part = ensemble.arm == bool(number)
        mine = ensemble.times[:, part], ensemble.events[:, part]
        months, horizon, true_curve, curves = _curves(true, mine)
        distance = np.abs(curves[0] - true_curve)
        means = [float(rmst(*sample, horizon).estimate) for sample in (true, (mine[0][0], mine[1][0]))]
        row = {"arm": name, "n": len(true[0]), "events": int(true[1].sum()), "horizon": horizon}
        row |= {"largest": distance.max(), "largest_at": months[distance.argmax()], "mean": distance.mean()}
        row["whole"] = _whole_distance(true, (mine[0][0], mine[1][0]))
        row |= {"left_open": np.nan, "coverage": np.nan, "resampled": None}
        if len(curves) > 1:
            slack = 0.5 / len(true[0])  # a true curve is a step function: half a patient

            def of_draws(drawn, reference=curves[0], least=true_curve + slack, most=true_curve - slack):
                low, high = _band(drawn)
                return np.median(np.abs(drawn - reference).max(axis=1)), np.mean((least >= low) & (most <= high))

            row["left_open"], row["coverage"] = of_draws(curves[1:])
            row["resampled"] = resampled(of_draws, curves[1:], RESAMPLES)
        row |= {"true_rmst": means[0], "rmst": means[1], "rmst_error": means[1] / means[0] - 1}
        for prefix, sample in (("true_", true), ("", (mine[0][0], mine[1][0]))):
            curve = kaplan_meier(*sample)
            limits = curve.quantile_interval()
            row |= dict(zip((f"{prefix}median", f"{prefix}lower", f"{prefix}upper"), (curve.median, *limits)))
        rows.append(row)
    return pd.DataFrame(rows)


def compare_comparisons(patients: TruePatients, ensemble: Ensemble) -> dict:
    """Hazard ratio and log-rank P, true and of the reference, and the relative error of the ratio."""
    found = {}
    reference = ensemble.times[0], ensemble.events[0], ensemble.arm
    for prefix, sample in (("true_", (patients.times, patients.events, patients.arm)), ("", reference)):
        found[f"{prefix}hazard_ratio"] = float(cox(*sample).hazard_ratio)
        found[f"{prefix}p_value"] = float(log_rank(*sample).p_value)
    return found | {"hazard_ratio_error": found["hazard_ratio"] / found["true_hazard_ratio"] - 1}


def compare_early(patients: TruePatients, ensemble: Ensemble) -> dict:
    """Hazard ratio of the first half of the compared follow-up: true, of the reference, and the range over the draws.

    What a level leaves open of the course of hazards shows here: the ratio of the whole follow-up is reported.

    Parameters
    ----------
    patients : TruePatients
    ensemble : Ensemble

    Returns
    -------
    dict
        early_month, true_early, early, and early_lower and early_upper, the limits of the 95% reconstruction interval (those
        without an early event in an arm left out), and early_resampled, these two over resamples of the draws, shape
        (resamples, 2); empty where the patients have fewer than `FEW_EARLY` events in an arm.
    """
    month = EARLY * min(float(np.quantile(patients.of(arm)[0], COMPARED)) for arm in (False, True))
    true = Ensemble(patients.times[None], patients.events[None], patients.arm, ensemble.level)
    if _fewest_events(true, month)[0] < FEW_EARLY:
        return {}
    some = _fewest_events(ensemble, month) > 0
    found = early_hazard_ratio(
        Ensemble(ensemble.times[some], ensemble.events[some], ensemble.arm, ensemble.level), month
    )
    lower, upper = _band(found[1:])
    others = resampled(_band, found[1:], RESAMPLES) if len(found) > 1 else None
    return {
        "early_month": month,
        "true_early": float(early_hazard_ratio(true, month)[0]),
        "early": float(found[0]),
        "early_lower": float(lower),
        "early_upper": float(upper),
        "early_resampled": others,
    }


def curve_points(patients: TruePatients, ensemble: Ensemble) -> pd.DataFrame:
    """True curves, the reference's and the ensemble's band, for a figure: arm, month, true, reference, lower, upper."""
    frames = []
    for number, name in enumerate(ARMS):
        part = ensemble.arm == bool(number)
        months, _, true_curve, curves = _curves(
            patients.of(bool(number)), (ensemble.times[:, part], ensemble.events[:, part])
        )
        low, high = _band(curves[1:])
        columns = {"month": months, "true": true_curve, "reference": curves[0], "lower": low, "upper": high}
        frames.append(pd.DataFrame({"arm": name} | columns))
    return pd.concat(frames, ignore_index=True)


def _curves(true, mine):
    """Times, the horizon, the true curve and all curves of the ensemble at these times; a curve goes on as it ended.

    The horizon lies within the follow-up of the reference, which does not depend on the seed.
    """
    horizon = float(np.quantile(true[0], COMPARED))
    horizon = min(horizon, float(mine[0][0].max()))
    months = np.linspace(0, horizon, GRID + 1)[1:]
    true_curve, curves = kaplan_meier(*true).at(months), kaplan_meier(*mine).at(months)
    return months, horizon, true_curve, np.fmin.accumulate(curves, axis=1)


def _whole_distance(true, mine):
    """Largest distance of two curves anywhere up to the last true time: at every step of either."""
    end = true[0].max()
    months = np.union1d(true[0], mine[0][mine[0] <= end])
    curves = [np.fmin.accumulate(kaplan_meier(*sample).at(months)) for sample in (true, mine)]
    return float(np.abs(curves[0] - curves[1]).max())


def _fewest_events(ensemble, month):
    """Events up to a month in the arm of each set that has fewer."""
    early = ensemble.events & (ensemble.times <= month)
    return np.minimum(early[:, ensemble.arm].sum(1), early[:, ~ensemble.arm].sum(1))


def _band(curves):
    """95% of the ensemble, by the quantiles between which one more curve of the same kind lies 95% of the time."""
    return np.quantile(curves, [0.025, 0.975], axis=0, method="weibull")


def _publish_arm(times, events, rates, columns, longest):
    curve = kaplan_meier(times, events)
    followup = float(median_followup(times, events))
    return ArmSummary(
        n=len(times),
        events=int(events.sum()),
        median=RoundingInterval.printed(f"{curve.median:.1f}") if np.isfinite(curve.median) else np.inf,
        median_followup=RoundingInterval.printed(f"{followup:.1f}") if np.isfinite(followup) else None,
        survival=tuple(
            (float(t), RoundingInterval.printed(f"{100 * s:.0f}", 0.01)) for t, s in zip(rates, curve.at(rates))
        ),
        at_risk=((0.0, len(times)), *zip(columns.tolist(), number_at_risk(times, columns).tolist())),
        curve=_read(curve, longest),
    )


def _read(curve, longest):
    """Coordinates at every step of a curve, read off a grid."""
    fallen = curve.events > 0
    months = np.minimum(np.round(curve.time[fallen] / (longest * READ_TIME)) * longest * READ_TIME, longest)
    survival = np.minimum.accumulate(np.round(curve.survival[fallen] / READ_SURVIVAL) * READ_SURVIVAL)
    last = float(curve.time[-1])
    return Curve(
        np.concatenate([[0.0], months, [max(last, months[-1])]]), np.concatenate([[1.0], survival, survival[-1:]])
    )


def _round_months(months):
    """Whole months where they are far apart, else tenths: as papers choose them."""
    return np.round(months, 0 if months[0] >= 3 else 1)
