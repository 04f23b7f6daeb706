"""What readers see of one data set comes from lifelines; it agrees with our own estimators, which take over where it is wrong."""

import numpy as np
import pandas as pd
import pytest
from lifelines import KaplanMeierFitter
from lifelines.utils import median_survival_times, restricted_mean_survival_time

from tourmaline import data
from tourmaline.data.public_patients import PUBLIC_SETS
from tourmaline.figures.survival import ArmCurve
from tourmaline.statistics import reconstruction
from tourmaline.statistics.survival import (
    analyse,
    cox,
    fit_cox,
    fit_curves,
    kaplan_meier,
    log_rank,
    median_with_interval,
    number_at_risk,
    rmst,
)

ARM_NAMES = {"experimental": "experimental", "control": "control"}
PRINTED = ("tourmaline-mm1.pfs.primary", "tourmaline-mm1.os.final", "aspire.pfs.primary", "eloquent-2.pfs.primary")


def public(one):
    frame = one.patients()
    arm = np.where(frame["group"], "experimental", "control")
    return pd.DataFrame({"arm": arm, "months": frame["time"], "event": frame["event"].astype(int)})


def rebuilt(analysis):
    printed = data.known_by("latest").printed_survival(analysis)
    trial = reconstruction.TrialSummary.from_printed(printed)
    return reconstruction.reconstruct(trial, data.information_level(printed, "highest"), draws=0)


@pytest.fixture(scope="module", params=[*PRINTED, *PUBLIC_SETS], ids=lambda one: getattr(one, "name", one))
def ipd(request):
    if isinstance(request.param, str):
        return reconstruction.pseudo_patients(rebuilt(request.param), ARM_NAMES)
    return public(request.param)


@pytest.mark.sampled(4)
def test_the_comparison_of_two_arms_agrees_to_eight_decimals(ipd):
    found = analyse(ipd, ARM_NAMES, confidence_level=0.9)
    group = ipd["arm"] == "experimental"
    own = cox(ipd["months"], ipd["event"], group)
    assert found["hazard_ratio"] == pytest.approx(own.hazard_ratio, rel=1e-8)
    limits = [found["hazard_ratio.lower"], found["hazard_ratio.upper"]]
    assert limits == pytest.approx(own.hazard_ratio_interval(0.9), rel=1e-8)
    assert found["p_value"] == pytest.approx(log_rank(ipd["months"], ipd["event"], group).p_value, rel=1e-8)
    model = fit_cox(ipd, "experimental")
    assert model.standard_errors_["arm"] == pytest.approx(own.standard_error, rel=1e-8)
    assert model.summary.loc["arm", "p"] == pytest.approx(own.wald_p_value, rel=1e-8)


@pytest.mark.sampled(8)
def test_curves_their_limits_medians_and_restricted_means_agree_to_eight_decimals(ipd):
    for arm, fitter in fit_curves(ipd, 0.9).items():
        rows = ipd[ipd["arm"] == arm]
        own = kaplan_meier(rows["months"], rows["event"])
        curve = fitter.survival_function_.iloc[:, 0]
        assert curve.index[curve.index > 0].to_list() == own.time.tolist()
        np.testing.assert_allclose(curve[own.time], own.survival, rtol=0, atol=1e-8)
        known = own.survival > 0
        limits = fitter.confidence_interval_.loc[own.time[known]]
        np.testing.assert_allclose(limits.T, np.array(own.interval(0.9))[:, known], rtol=0, atol=1e-8)
        assert median_with_interval(fitter) == (own.median, *own.quantile_interval(0.5, 0.9))
        horizon = own.time[-1] / 2
        mean = rmst(rows["months"], rows["event"], horizon).estimate
        assert restricted_mean_survival_time(fitter, t=horizon) == pytest.approx(mean, rel=1e-8)


@pytest.mark.sampled(8)
def test_a_drawn_curve_is_the_fitted_one_with_counts_of_those_still_followed(ipd):
    months = [0, *np.quantile(ipd["months"], [0.3, 0.7]), ipd["months"].max()]
    for arm, fitter in fit_curves(ipd).items():
        rows = ipd[ipd["arm"] == arm]
        drawn, own = (
            ArmCurve.fitted(fitter, "#000000", months, median="one"),
            kaplan_meier(rows["months"], rows["event"]),
        )
        assert (drawn.label, drawn.median, drawn.month.tolist()) == (arm, "one", own.time.tolist())
        np.testing.assert_allclose(drawn.survival, own.survival, rtol=0, atol=1e-9)
        assert drawn.censored.tolist() == sorted(rows.loc[rows["event"] == 0, "months"])
        assert drawn.at_risk == dict(zip(months, number_at_risk(rows["months"], months)))


def test_an_event_at_the_start_is_drawn():
    drawn = ArmCurve.fitted(KaplanMeierFitter().fit([0, 2, 3, 3], [1, 1, 0, 0], label="A"), "#000000", [0, 1])
    assert (drawn.month.tolist(), drawn.survival.tolist()) == ([0, 2, 3], [0.75, 0.5, 0.5])
    assert drawn.at_risk == {0: 4, 1: 3}


@pytest.mark.parametrize("method", ["log", "plain"])
def test_other_limits_than_log_log_are_our_own(method):
    rows = public(PUBLIC_SETS[0])
    fitter = fit_curves(rows, 0.9)["experimental"]
    own = kaplan_meier(fitter.durations, fitter.event_observed)
    assert median_with_interval(fitter, method) == (own.median, *own.quantile_interval(0.5, 0.9, method))


def test_a_curve_that_stands_on_one_half_has_the_middle_of_the_stretch_which_lifelines_passes_over():
    missed = []
    for patients in range(4, 60, 2):
        fitter = KaplanMeierFitter().fit(range(1, patients + 1), np.ones(patients))
        assert median_with_interval(fitter)[0] == patients / 2 + 0.5
        missed.append(fitter.median_survival_time_ > patients / 2)
    assert any(missed)  # at a stretch without censoring: rounding leaves the curve above one half


def test_limits_of_a_median_are_not_taken_from_the_end_of_a_curve_at_0():
    fitter = KaplanMeierFitter().fit([1, 2, 3, 4, 5], np.ones(5))
    assert median_survival_times(fitter.confidence_interval_).iloc[0].to_list() == [1, 5]
    assert median_with_interval(fitter) == (3, 1, np.inf)


def test_what_is_withheld_is_absent():
    found = analyse(public(PUBLIC_SETS[0]), ARM_NAMES, withheld=True)
    absent = {name for name, value in found.items() if np.isnan(value)}
    assert absent == {name for name in found if name.endswith((".lower", ".upper"))} | {"p_value"}
    assert {"hazard_ratio", "median.experimental", "median.control"} == found.keys() - absent


def test_the_names_are_those_of_the_estimates_over_draws():
    ensemble = rebuilt(PRINTED[0])
    found = analyse(reconstruction.pseudo_patients(ensemble, ARM_NAMES), ARM_NAMES)
    assert found == pytest.approx(reconstruction.estimates(ensemble).loc[0, list(found)].to_dict(), rel=1e-12)
