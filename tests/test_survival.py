"""The survival estimators agree with R's survival, and refuse what cannot be."""

import json
from pathlib import Path

import numpy as np
import pytest
from lifelines import NelsonAalenFitter

from tourmaline.statistics.survival import (
    TRANSFORMS,
    cox,
    grambsch_therneau,
    kaplan_meier,
    log_rank,
    median_followup,
    number_at_risk,
    rmst,
    rmst_difference,
    smoothed_hazard,
)
from tourmaline.statistics.survival.patients import tied

# Written by tests/reference/survival.R.
REFERENCE = json.loads((Path(__file__).parent / "reference" / "survival.json").read_text())
DATA_SETS = REFERENCE["data_sets"]
GROUPS = [(name, group) for name in DATA_SETS for group in (0, 1)]
CURVES = [(name, group) for name, group in GROUPS if "curve" in DATA_SETS[name]["arms"][group]]
COMPARISONS = [(name, model) for name in DATA_SETS for model in ("plain", "stratified")]


def in_r(value):
    return pytest.approx(value, rel=1e-9, abs=1e-12)


def numbers(values, missing=np.nan):
    return np.array([missing if value is None else value for value in values], dtype=float)


def patients(name):
    data = DATA_SETS[name]["data"]
    return (np.array(data[column]) for column in ("time", "event", "group", "strata"))


def arm(name, group):
    time, event, member, _ = patients(name)
    return time[member == group], event[member == group]


def comparison(name, model):
    time, event, group, strata = patients(name)
    return time, event, group, strata if model == "stratified" else None


# --- the curve


@pytest.mark.parametrize(("name", "group"), CURVES)
def test_curve_agrees_with_survfit(name, group):
    curve, expected = kaplan_meier(*arm(name, group)), DATA_SETS[name]["arms"][group]["curve"]
    for column in ("time", "at_risk", "events", "censored", "survival"):
        np.testing.assert_allclose(getattr(curve, column), expected[column], rtol=1e-12, err_msg=column)
    # R writes NaN where the curve has reached 0, as we do.
    np.testing.assert_allclose(curve.standard_error, numbers(expected["standard_error"]), rtol=1e-9, equal_nan=True)


@pytest.mark.parametrize("method", ["log-log", "log", "plain"])
@pytest.mark.parametrize(("name", "group"), CURVES)
def test_pointwise_intervals_agree_with_survfit(name, group, method):
    curve = kaplan_meier(*arm(name, group))
    for limit, expected in zip(
        curve.interval(method=method), DATA_SETS[name]["arms"][group]["curve"]["intervals"][method].values()
    ):
        expected = numbers(expected)
        # Before the first event R's log-log limits are NA, and ours are 1 like those of its other methods.
        expected[curve.survival == 1] = 1
        np.testing.assert_allclose(limit, expected, rtol=1e-9, equal_nan=True)


@pytest.mark.parametrize("method", ["log-log", "log", "plain"])
@pytest.mark.parametrize(("name", "group"), GROUPS)
def test_medians_and_quartiles_with_limits_agree_with_survfit(name, group, method):
    curve = kaplan_meier(*arm(name, group))
    assert_quantiles(curve, DATA_SETS[name]["arms"][group]["quantiles"][method], method)


@pytest.mark.parametrize("method", ["log-log", "log", "plain"])
@pytest.mark.parametrize("case", REFERENCE["flat"])
def test_a_curve_that_stands_on_the_level_gives_the_middle_of_the_stretch_as_in_r(case, method):
    assert_quantiles(kaplan_meier(case["time"], case["event"]), case["quantiles"][method], method)


def assert_quantiles(curve, cases, method):
    for case in cases:
        for probability, expected in ((0.5, case["median"]), (0.25, case["quarter"])):
            limits = curve.quantile_interval(probability, case["confidence_level"], method)
            # What R calls NA, not reached, is inf here.
            assert (curve.quantile(probability), *limits) == in_r(tuple(numbers(expected, np.inf)))


def test_the_median_is_the_middle_of_a_flat_stretch_only_if_an_event_ends_it():
    assert kaplan_meier([1, 2, 3, 4], [1, 1, 0, 1]).median == 3  # from 2 to 4; the censoring at 3 does not end it
    assert kaplan_meier([1, 2, 3, 4], [1, 1, 0, 0]).median == 2
    assert kaplan_meier([1, 2, 3], [1, 0, 0]).median == np.inf


# --- times that differ in their last digit


def last_digits():
    data = REFERENCE["last_digits"]
    time = np.array(data["first"]) / 10 + np.array(data["second"]) / 10
    return time, *(np.array(data[column]) for column in ("event", "group", "strata"))


def test_times_that_differ_in_their_last_digit_are_tied_as_in_r():
    time, event, group, strata = last_digits()
    expected = REFERENCE["last_digits"]
    assert len(np.unique(time)) == expected["exact"] > len(expected["curve"]["time"])
    curve = kaplan_meier(time, event)
    for column in ("time", "at_risk", "events", "censored", "survival"):
        np.testing.assert_allclose(getattr(curve, column), expected["curve"][column], rtol=1e-12, err_msg=column)
    test = log_rank(time, event, group, strata)
    assert (test.statistic, test.variance) == in_r(
        (expected["log_rank"]["statistic"], expected["log_rank"]["variance"])
    )
    fit = cox(time, event, group)
    assert (fit.log_hazard_ratio, fit.standard_error) == in_r(
        (expected["efron"]["log_hazard_ratio"], expected["efron"]["standard_error"])
    )


def test_each_set_of_an_ensemble_ties_its_own_times():
    time, event, group, _ = last_digits()
    other = time + 1
    sets = log_rank(np.array([time, other]), np.array([event, event]), group)
    assert sets.statistic.tolist() == [log_rank(one, event, group).statistic for one in (time, other)]


def test_what_counts_as_tied_is_a_share_of_the_mean_and_of_a_run_the_first_time():
    # The tolerance is 1.49e-8 of the mean of the distinct times, here about 100.
    assert tied(np.array([100.0, 100.0 + 1.4e-6, 100.0 + 2.8e-6])).tolist() == [100.0] * 3
    apart = np.array([100.0, 100.0 + 1.6e-6])
    assert tied(apart) is apart
    assert tied(np.array([0.0, 1.4e-8, 0.5])).tolist() == [0.0, 0.0, 0.5]


def test_survival_at_a_time_counts_the_event_at_it_and_is_unknown_beyond_the_last_followup():
    curve = kaplan_meier([2, 4, 6], [1, 1, 0])
    np.testing.assert_allclose(curve.at([6, 4, 3.9, 0]), [1 / 3, 1 / 3, 2 / 3, 1])
    assert np.isnan(curve.at(6.1))
    assert kaplan_meier([2, 4], [0, 1]).at(9) == 0


def test_a_patient_is_at_risk_at_the_time_at_which_they_leave():
    assert number_at_risk([1, 2, 2, 5], [5, 2, 0, 2.1, 6]).tolist() == [1, 3, 4, 1, 0]
    assert number_at_risk([1, 2, 2, 5], 2) == 3
    assert number_at_risk([[1, 2], [3, 3]], [2, 3]).tolist() == [[1, 0], [2, 2]]


@pytest.mark.parametrize(("name", "group"), GROUPS)
def test_reverse_kaplan_meier_followup_agrees_with_survfit(name, group):
    time, event = arm(name, group)
    median, lower, upper = numbers(DATA_SETS[name]["arms"][group]["followup"], np.inf)
    assert median_followup(time, event) == in_r(median)
    assert kaplan_meier(time, 1 - event).quantile_interval() == in_r((lower, upper))


# --- restricted means


@pytest.mark.parametrize(("name", "group"), GROUPS)
def test_restricted_means_agree_with_survfit_at_every_horizon(name, group):
    horizons = DATA_SETS[name]["data"]["horizons"]
    mean = rmst(*arm(name, group), horizons)
    expected = np.array(DATA_SETS[name]["arms"][group]["restricted_means"])
    np.testing.assert_allclose(mean.estimate, expected[:, 0], rtol=1e-9)
    np.testing.assert_allclose(mean.standard_error, expected[:, 1], rtol=1e-9)


@pytest.mark.parametrize("name", DATA_SETS)
def test_the_difference_of_restricted_means_has_the_variances_of_both(name):
    time, event, group, _ = patients(name)
    expected = np.array([arm["restricted_means"][0] for arm in DATA_SETS[name]["arms"]])
    difference = rmst_difference(time, event, group, DATA_SETS[name]["data"]["horizons"][0])
    assert difference.estimate == in_r(expected[1, 0] - expected[0, 0])
    assert difference.standard_error == in_r(np.hypot(*expected[:, 1]))
    z = abs(difference.estimate / difference.standard_error)
    lower, upper = difference.interval(0.95)
    assert (upper - lower) / 2 / difference.standard_error == pytest.approx(1.959963984540054)
    assert (lower > 0 or upper < 0) == (difference.p_value < 0.05) == (z > 1.96)


def test_a_horizon_beyond_the_last_followup_needs_a_curve_that_has_reached_0():
    assert rmst([1, 3], [0, 1], 10).estimate == 3
    with pytest.raises(ValueError, match=r"horizon = 3\.5 is beyond the last follow-up, 3, .* at 0\.5"):
        rmst([1, 3], [1, 0], [1, 3.5])
    with pytest.raises(ValueError, match="set 1: horizon = 4"):
        rmst([[1, 4], [1, 3]], [[1, 0], [1, 0]], 4)
    with pytest.raises(ValueError, match="last follow-up, 3,"):
        rmst_difference([1, 3, 2, 6], [1, 0, 1, 0], [0, 0, 1, 1], 5)


# --- two groups


@pytest.mark.parametrize(("name", "model"), COMPARISONS)
def test_log_rank_agrees_with_survdiff(name, model):
    test = log_rank(*comparison(name, model))
    for field, expected in DATA_SETS[name][model]["log_rank"].items():
        assert getattr(test, field) == pytest.approx(np.array(expected), rel=1e-9), field


@pytest.mark.parametrize(("name", "model"), COMPARISONS)
def test_cox_agrees_with_coxph(name, model):
    fit = cox(*comparison(name, model))
    expected = DATA_SETS[name][model]["efron"]
    assert fit.hazard_ratio_interval() == in_r(tuple(expected["hazard_ratio_interval"]))
    for field in ("log_hazard_ratio", "standard_error", "wald_p_value"):
        assert getattr(fit, field) == pytest.approx(expected[field], rel=1e-8), field


@pytest.mark.parametrize("transform", TRANSFORMS)
@pytest.mark.parametrize(("name", "model"), COMPARISONS)
def test_proportional_hazards_test_agrees_with_cox_zph(name, model, transform):
    time, event, group, strata = comparison(name, model)
    test = grambsch_therneau(time, event, group, transform, strata)
    statistic, p_value = DATA_SETS[name][model]["proportional_hazards"][transform]
    assert (test.statistic, test.p_value) == pytest.approx((statistic, p_value), rel=1e-7)


def test_the_docstrings_example_is_that_of_r():
    example = REFERENCE["example"]
    time, event, group = [1, 2, 3, 4, 5, 6], [1, 1, 1, 1, 0, 1], [0, 0, 1, 0, 1, 1]
    assert cox(time, event, group).log_hazard_ratio == in_r(example["efron"]["log_hazard_ratio"])
    assert log_rank(time, event, group).variance == in_r(example["log_rank"]["variance"])
    assert grambsch_therneau(time, event, group).statistic == in_r(example["proportional_hazards"]["km"][0])


# --- the hazard


def test_away_from_the_boundaries_the_smoothed_hazard_is_that_of_lifelines():
    time, event = arm("lung", 0)
    fitter = NelsonAalenFitter(nelson_aalen_smoothing=False).fit(time, event)
    expected = fitter.smoothed_hazard_(bandwidth=150).squeeze()
    grid = expected.index[(expected.index >= 150) & (expected.index <= 450)].to_numpy()
    smooth = smoothed_hazard(time, event, [*grid, 600], bandwidth=150)
    assert grid.size > 40
    np.testing.assert_allclose(smooth.hazard[:-1], expected[grid], rtol=1e-9)


def test_where_a_boundary_kernel_would_give_a_hazard_below_0_it_is_0():
    # At 0 the kernel's weight of an event at three quarters of the bandwidth is negative.
    smooth = smoothed_hazard([1.5, 5, 10], [1, 1, 0], [0, 1.5, 10], bandwidth=2)
    assert smooth.hazard[0] == 0
    assert smooth.hazard[1] > 0


def test_the_default_bandwidth_is_silvermans_and_at_most_half_the_grid():
    event_times = [2, 3, 5, 5, 8, 9]
    smooth = smoothed_hazard([*event_times, 11, 12], [1] * 7 + [0], [0, 5, 10])
    assert smooth.bandwidth == pytest.approx(2.34 * np.std(event_times, ddof=1) / 6**0.2)
    assert smoothed_hazard([1, 9, 10], [1, 1, 0], [0, 10]).bandwidth == 5


@pytest.mark.parametrize(
    ("hazard", "time_of"), [(lambda t: 0.1 + 0 * t, lambda h: 10 * h), (lambda t: t / 50, lambda h: 10 * np.sqrt(h))]
)
def test_boundary_kernels_give_back_a_constant_and_a_linear_hazard_to_the_very_ends(hazard, time_of):
    # Times at which the Nelson-Aalen estimator follows the cumulative hazard as closely as 20,000 patients can.
    steps = 1 / np.arange(20_000, 0, -1)
    time = time_of(np.cumsum(steps) - steps / 2)
    grid = np.linspace(0, 10, 21)
    smooth = smoothed_hazard(time, np.ones(time.size), grid, bandwidth=3)
    np.testing.assert_allclose(smooth.hazard, hazard(grid), atol=2e-4)
