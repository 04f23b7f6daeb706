"""Pooling agrees with metafor, with its own limits and with what does not change the answer."""

import dataclasses
import functools
import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tourmaline.statistics.meta_analysis import (
    PREDICTION_CONVENTIONS,
    TAU_ESTIMATORS,
    cumulative,
    fixed_effect,
    leave_one_out,
    log_hazard_ratio,
    log_hazard_ratio_from_interval,
    log_hazard_ratio_from_p_value,
    log_hazard_ratios,
    q_profile,
    random_effects,
)
from tourmaline.statistics.meta_analysis.heterogeneity import between_study_variance, generalised_q

# Written by tests/reference/meta_analysis.R.
REFERENCE = json.loads((Path(__file__).parent / "reference" / "meta_analysis.json").read_text())
POOLS = REFERENCE["pools"]
# Classic data sets, from 6 to 65 studies, with empty cells and with very unequal studies.
AGREED = POOLS | REFERENCE["classic"]
MODELS = {
    "fixed_effect": fixed_effect,
    **{name: functools.partial(random_effects, tau_estimator=name) for name in TAU_ESTIMATORS},
}

study = st.tuples(st.floats(-3, 3), st.floats(0.05, 2))
studies = st.lists(study, min_size=1, max_size=8)
models = st.sampled_from(list(MODELS.values()))


def in_r(value):
    return pytest.approx(value, rel=1e-9, abs=1e-12)


def pool(model, pairs):
    return model(*zip(*pairs, strict=True))


# --- log hazard ratios from printed intervals


@pytest.mark.parametrize("case", REFERENCE["standard_errors"])
def test_standard_error_from_an_interval_agrees_with_r_at_any_level(case):
    log_hazard_ratio, standard_error = log_hazard_ratio_from_interval(
        case["hazard_ratio"], case["lower"], case["upper"], case["confidence_level"]
    )
    assert log_hazard_ratio == in_r(case["log_hazard_ratio"])
    assert standard_error == in_r(case["standard_error"])


@pytest.mark.parametrize("name", ["three_trials", "with_pollux"])
def test_log_hazard_ratios_of_many_trials_come_at_once_from_95_percent_intervals(name):
    trials = POOLS[name]
    estimates, standard_errors = log_hazard_ratio_from_interval(
        trials["hazard_ratios"], trials["lower"], trials["upper"]
    )
    assert estimates == in_r(np.array(trials["estimates"]))
    assert standard_errors == in_r(np.array(trials["standard_errors"]))


@pytest.mark.parametrize("case", REFERENCE["p_values"])
def test_standard_error_from_a_p_value_agrees_with_r(case):
    estimate, standard_error = log_hazard_ratio_from_p_value(case["hazard_ratio"], case["p_value"], case["sides"])
    assert estimate == in_r(case["log_hazard_ratio"])
    assert standard_error == in_r(case["standard_error"])


@given(ratio=st.floats(0.1, 0.95), standard_error=st.floats(0.05, 1.0), sides=st.sampled_from([1, 2]))
def test_the_p_value_of_a_wald_test_gives_its_standard_error_back(ratio, standard_error, sides):
    z = abs(math.log(ratio)) / standard_error
    p_value = sides * math.erfc(z / math.sqrt(2)) / 2
    if p_value > 1e-300:  # below, the P value itself has lost its digits
        assert log_hazard_ratio_from_p_value(ratio, p_value, sides)[1] == pytest.approx(standard_error, rel=1e-6)


def test_an_interval_is_preferred_to_a_p_value_and_a_p_value_stands_in_for_none():
    assert log_hazard_ratio(0.74, 0.59, 0.94, 0.95, p_value=0.9) == log_hazard_ratio_from_interval(0.74, 0.59, 0.94)
    nan = math.nan
    assert log_hazard_ratio(0.939, nan, nan, nan, 0.495) == log_hazard_ratio_from_p_value(0.939, 0.495)


def test_printed_results_give_their_log_ratios_and_tell_which_were_derived():
    nan = math.nan
    rows = [(0.74, 0.59, 0.94, 0.95, 0.01, 2), (0.82, 0.68, 1.0, 0.954, nan, 2), (0.939, nan, nan, nan, 0.495, 2)]
    frame = pd.DataFrame(rows, columns=["hazard_ratio", "lower", "upper", "level", "p_value", "sides"])
    estimates, errors, derived = log_hazard_ratios(frame)
    assert derived.tolist() == [False, False, True]
    assert list(zip(estimates, errors)) == [log_hazard_ratio(*row) for row in rows]
    assert [len(part) for part in log_hazard_ratios(frame.head(0))] == [0, 0, 0]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0.74, math.nan, math.nan, math.nan), "neither interval nor P value"),
        ((0.74, 0.59, math.nan, 0.95, 0.01), "half an interval"),
        ((1.0, math.nan, math.nan, math.nan, 0.5), "no standard error"),
        ((0.74, math.nan, math.nan, math.nan, 0.0), "p_value = 0"),
        ((0.74, math.nan, math.nan, math.nan, 1.0), "p_value = 1"),
        ((0.74, math.nan, math.nan, math.nan, 0.5, 1), "below 0.5"),
        ((0.74, math.nan, math.nan, math.nan, 0.1, 3), "sides = 3"),
        ((-0.74, math.nan, math.nan, math.nan, 0.1), "hazard_ratio = -0.74"),
    ],
)
def test_what_no_standard_error_follows_from_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        log_hazard_ratio(*arguments)


def test_each_trial_may_have_its_own_confidence_level():
    _, standard_errors = log_hazard_ratio_from_interval(0.74, 0.59, 0.94, [0.95, 0.976])
    expected = [
        case["standard_error"] for case in REFERENCE["standard_errors"] if case["confidence_level"] in (0.95, 0.976)
    ]
    assert standard_errors == in_r(np.array(expected))


@given(
    log_hazard_ratio=st.floats(-3, 3),
    standard_error=st.floats(0.01, 2),
    level=st.floats(0.05, 0.999),
)
def test_interval_made_from_a_standard_error_gives_it_back(log_hazard_ratio, standard_error, level):
    lower, upper = fixed_effect([log_hazard_ratio], [standard_error]).interval(level)
    recovered = log_hazard_ratio_from_interval(math.exp(log_hazard_ratio), math.exp(lower), math.exp(upper), level)
    assert recovered == pytest.approx((log_hazard_ratio, standard_error), abs=1e-9)


def test_hazard_ratio_may_stand_on_a_limit_of_its_rounded_interval():
    for hazard_ratio in (0.5, 0.6):
        log_hazard_ratio, _ = log_hazard_ratio_from_interval(hazard_ratio, 0.5, 0.6)
        assert log_hazard_ratio == math.log(hazard_ratio)


# --- agreement with metafor


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("name", AGREED)
def test_pooling_agrees_with_metafor(name, model):
    pooled = MODELS[model](AGREED[name]["estimates"], AGREED[name]["standard_errors"])
    # I squared is that of Q whatever the model; metafor's follows its tau, and is the same for a fixed effect.
    expected = AGREED[name][model] | {"i_squared": AGREED[name]["fixed_effect"]["i_squared"]}
    assert pooled.interval(0.95) == in_r(tuple(expected.pop("interval_95")))
    assert pooled.interval(0.90) == in_r(tuple(expected.pop("interval_90")))
    assert pooled.interval() == pooled.interval(0.95)
    for method in ("hartung-knapp", "hartung-knapp-floored"):
        assert pooled.interval(0.95, method) == in_r(tuple(expected.pop(f"{method}_95".replace("-", "_"))))
    if model != "fixed_effect":
        assert pooled.prediction_interval(convention="normal") == in_r(tuple(expected.pop("prediction_normal")))
        with_knapp = pooled.prediction_interval(convention="t-k-1", method="hartung-knapp")
        assert with_knapp == in_r(tuple(expected.pop("prediction_t_k_1_hartung_knapp")))
        assert pooled.prediction_interval(convention="t-k-1") == in_r(tuple(expected.pop("prediction_t_k_1")))
        limits = expected.pop("prediction_t_k_2")
        if name == "two_discordant":
            with pytest.raises(ValueError, match="t on 2 - 2 degrees of freedom does not exist"):
                pooled.prediction_interval()
        else:
            assert pooled.prediction_interval() == in_r(tuple(limits))
    assert pooled.weights == in_r(np.array(expected.pop("weights")))
    # A P value as small as BCG's 2e-26 must agree too, which an absolute tolerance would hide.
    assert pooled.q_p_value == pytest.approx(expected.pop("q_p_value"), rel=1e-9)
    for field, value in expected.items():
        assert getattr(pooled, field) == in_r(value), field


def test_three_trials_that_vary_less_than_chance_give_the_fixed_effect_under_both_models():
    trials = POOLS["three_trials"]
    fixed = fixed_effect(trials["estimates"], trials["standard_errors"])
    random = random_effects(trials["estimates"], trials["standard_errors"])
    assert round(math.exp(random.estimate), 3) == 0.706
    assert (random.tau_squared, random.i_squared) == (0, 0)
    assert (random.estimate, random.standard_error) == (fixed.estimate, fixed.standard_error)


def test_the_plain_hartung_knapp_interval_of_three_concordant_trials_is_narrower_than_the_fixed_effect():
    trials = POOLS["three_trials"]
    fixed = fixed_effect(trials["estimates"], trials["standard_errors"])
    widths = [
        np.diff(fixed.interval(0.95, method))[0] for method in ("hartung-knapp", "normal", "hartung-knapp-floored")
    ]
    assert widths == sorted(widths)
    assert fixed.hartung_knapp_scale < 1
    # With the scale at its floor only the t quantile on two degrees of freedom differs: 4.3027 for 1.9600.
    assert widths[2] / widths[1] == pytest.approx(4.302653 / 1.959964, rel=1e-6)


@pytest.mark.parametrize("name", AGREED)
def test_profile_intervals_agree_with_metafor(name):
    found = q_profile(AGREED[name]["estimates"], AGREED[name]["standard_errors"])
    for field, limits in AGREED[name]["heterogeneity"].items():
        assert getattr(found, field) == pytest.approx(tuple(limits), rel=1e-7, abs=1e-9), field


def test_studies_that_agree_more_than_chance_allows_have_the_interval_0_to_0():
    assert q_profile([0.1, 0.1, 0.1], [0.2, 0.2, 0.2]).tau_squared == (0, 0)


@pytest.mark.parametrize("name", AGREED)
def test_leaving_each_out_and_adding_each_agree_with_metafor(name):
    estimates, errors = AGREED[name]["estimates"], AGREED[name]["standard_errors"]
    names = [str(i) for i in range(len(estimates))]
    ours = {
        "leave_one_out": leave_one_out(estimates, errors, random_effects),
        "cumulative": [step[2] for step in cumulative(names, range(len(names)), estimates, errors, random_effects)],
    }
    for kind, pooled in ours.items():
        expected = AGREED[name]["sequences"][kind]
        assert [p.estimate for p in pooled] == in_r(expected["estimates"])
        assert [p.standard_error for p in pooled] == in_r(expected["standard_errors"])
        assert [p.tau_squared for p in pooled] == in_r(expected["tau_squared"])


def test_a_later_estimate_of_a_study_replaces_its_earlier_one_and_a_date_counts_once():
    history = cumulative("ABAB", [1, 1, 3, 2], [0.1, 0.2, 0.3, 0.4], [0.1, 0.2, 0.3, 0.4])
    assert [(date, names) for date, names, _ in history] == [(day, ["A", "B"]) for day in (1, 2, 3)]
    expected = [([0.1, 0.2], [0.1, 0.2]), ([0.1, 0.4], [0.1, 0.4]), ([0.3, 0.4], [0.3, 0.4])]
    assert [step[2].estimate for step in history] == [fixed_effect(*pair).estimate for pair in expected]


# --- simulation of what the intervals cover


def coverage(tau, method, seed=20160428, size=4000):
    """Share of simulated syntheses of three trials whose interval covers the true mean effect."""
    errors = np.array(POOLS["three_trials"]["standard_errors"])
    noise = np.random.default_rng(seed).normal(size=(size, 3)) * np.sqrt(errors**2 + tau**2)
    pooled = [random_effects(row, errors) for row in noise]
    limits = np.array([p.interval(0.95, method) for p in pooled])
    return np.mean((limits[:, 0] <= 0) & (limits[:, 1] >= 0))


@pytest.mark.sampled(1)
@pytest.mark.parametrize(
    ("tau", "method", "least", "most"),
    [  # one standard error of a coverage of 0.95 over 4000 runs is 0.0034
        (0.0, "normal", 0.95, 0.98),  # a truncated variance can only widen
        (0.3, "normal", 0.78, 0.88),  # three trials tell too little of their variance
        (0.0, "hartung-knapp", 0.94, 0.97),
        (0.3, "hartung-knapp", 0.92, 0.96),
        (0.0, "hartung-knapp-floored", 0.99, 1.0),
        (0.3, "hartung-knapp-floored", 0.94, 1.0),
    ],
)
def test_with_three_trials_hartung_knapp_covers_what_it_says_and_the_normal_interval_does_not(tau, method, least, most):
    assert least <= coverage(tau, method) <= most


# --- what must hold for any studies


@given(pairs=studies, model=models, data=st.data())
def test_order_of_studies_only_reorders_the_weights(pairs, model, data):
    order = data.draw(st.permutations(range(len(pairs))))
    pooled, reordered = pool(model, pairs), pool(model, [pairs[i] for i in order])
    assert reordered.weights == pytest.approx(pooled.weights[order], rel=1e-6)
    for field in ("estimate", "standard_error", "q", "i_squared", "tau_squared"):
        assert getattr(reordered, field) == pytest.approx(getattr(pooled, field), rel=1e-6, abs=1e-9)


@given(pairs=studies, model=models)
def test_naming_the_other_arm_as_reference_changes_the_sign_alone(pairs, model):
    pooled = pool(model, pairs)
    relabelled = pool(model, [(-estimate, error) for estimate, error in pairs])
    assert relabelled.estimate == -pooled.estimate
    assert relabelled.standard_error == pooled.standard_error
    assert relabelled.q == pooled.q


@given(pairs=studies, model=models, level=st.floats(0.01, 0.999))
def test_pooled_estimate_lies_within_its_interval_and_among_its_studies(pairs, model, level):
    pooled = pool(model, pairs)
    lower, upper = pooled.interval(level)
    estimates = [estimate for estimate, _ in pairs]
    assert lower <= pooled.estimate <= upper
    assert min(estimates) - 1e-9 <= pooled.estimate <= max(estimates) + 1e-9


@given(pairs=studies, model=models)
def test_weights_sum_to_1_and_heterogeneity_keeps_its_bounds(pairs, model):
    pooled = pool(model, pairs)
    assert pooled.weights.sum() == pytest.approx(1)
    assert (pooled.weights > 0).all()
    assert 0 <= pooled.i_squared < 1
    assert pooled.tau_squared >= 0
    assert pooled.degrees_of_freedom == len(pairs) - 1


@given(pairs=studies)
def test_paule_mandel_and_the_profile_interval_agree_about_the_generalised_q(pairs):
    estimates, errors = zip(*pairs, strict=True)
    tau_squared = between_study_variance(estimates, errors, "paule-mandel")
    if tau_squared:
        assert generalised_q(estimates, errors, tau_squared) == pytest.approx(len(pairs) - 1, rel=1e-6)
    elif len(pairs) > 1:
        assert generalised_q(estimates, errors) <= len(pairs) - 1
        assert q_profile(estimates, errors).tau_squared[0] == 0


@pytest.mark.seconds
@given(pairs=st.lists(study, min_size=2, max_size=8))
def test_no_tau_squared_has_a_higher_restricted_likelihood_than_reml(pairs):
    estimates, errors = np.array(pairs).T
    best = between_study_variance(estimates, errors, "reml")

    def restricted_log_likelihood(tau_squared):
        precisions = 1 / (errors**2 + tau_squared)
        mean = precisions @ estimates / precisions.sum()
        squares = precisions @ (estimates - mean) ** 2
        return (np.log(precisions).sum() - math.log(precisions.sum()) - squares) / 2

    others = np.concatenate([[0.0], np.geomspace(1e-6, 100, 300)])
    assert max(map(restricted_log_likelihood, others)) <= restricted_log_likelihood(best) + 1e-9


@given(pairs=studies, model=models, factor=st.floats(0.1, 10))
def test_another_unit_scales_estimate_error_and_tau_alike(pairs, model, factor):
    pooled, scaled = pool(model, pairs), pool(model, [(factor * estimate, factor * error) for estimate, error in pairs])
    assert scaled.estimate == pytest.approx(factor * pooled.estimate, rel=1e-6, abs=1e-9)
    assert scaled.standard_error == pytest.approx(factor * pooled.standard_error, rel=1e-6)
    assert scaled.tau_squared == pytest.approx(factor**2 * pooled.tau_squared, rel=1e-5, abs=1e-9)


@given(pairs=st.lists(study, min_size=3, max_size=8), level=st.floats(0.5, 0.99))
def test_a_prediction_holds_the_confidence_interval_and_fewer_degrees_of_freedom_widen_it(pairs, level):
    pooled = pool(random_effects, pairs)
    widths = [np.diff(pooled.prediction_interval(level, convention))[0] for convention in PREDICTION_CONVENTIONS]
    assert widths == sorted(widths, reverse=True)
    assert widths[-1] >= np.diff(pooled.interval(level))[0] * (1 - 1e-12)


@given(pairs=studies)
def test_random_effects_are_never_more_certain_nor_more_unequal_than_a_fixed_effect(pairs):
    fixed, random = pool(fixed_effect, pairs), pool(random_effects, pairs)
    assert random.standard_error >= fixed.standard_error * (1 - 1e-12)
    assert np.ptp(random.weights) <= np.ptp(fixed.weights) + 1e-12
    assert (random.q, random.q_p_value) == pytest.approx((fixed.q, fixed.q_p_value), nan_ok=True)
    assert fixed.tau_squared == 0


@given(one=study, repeats=st.integers(1, 30), model=models)
def test_identical_studies_pool_to_one_of_them_with_standard_error_over_root_k(one, repeats, model):
    estimate, standard_error = one
    pooled = pool(model, [one] * repeats)
    assert pooled.estimate == pytest.approx(estimate)
    assert pooled.standard_error == pytest.approx(standard_error / math.sqrt(repeats))
    assert pooled.weights == pytest.approx(np.full(repeats, 1 / repeats))
    assert pooled.q == pytest.approx(0, abs=1e-20)
    assert (pooled.i_squared, pooled.tau_squared) == (0, 0)


@given(estimates=st.lists(st.floats(-3, 3), min_size=2, max_size=8), error=st.floats(0.05, 2))
def test_tau_squared_of_equally_precise_studies_is_their_excess_variance(estimates, error):
    # With equal weights DerSimonian-Laird is the sample variance less the error variance.
    pooled = random_effects(estimates, [error] * len(estimates))
    excess = np.var(estimates, ddof=1) - error**2
    assert pooled.tau_squared == pytest.approx(max(0, excess), rel=1e-6, abs=1e-9)


def test_variance_within_chance_to_the_last_bit_is_no_heterogeneity():
    # Q is exactly k - 1 here.
    pooled = random_effects([0.0, 2.0], [math.sqrt(2), math.sqrt(2)])
    assert pooled.tau_squared == pytest.approx(0, abs=1e-15)
    assert pooled.i_squared == pytest.approx(0, abs=1e-15)


@given(one=study, model=models)
def test_one_study_is_returned_as_it_is(one, model):
    pooled = pool(model, [one])
    assert pooled.estimate == one[0]
    assert pooled.standard_error == pytest.approx(one[1])
    assert pooled.weights.tolist() == [1]
    assert (pooled.q, pooled.degrees_of_freedom) == (0, 0)
    assert math.isnan(pooled.q_p_value)
    assert (pooled.i_squared, pooled.tau_squared) == (0, 0)
    with pytest.raises(ValueError, match="a Hartung-Knapp interval needs at least two studies"):
        pooled.interval(0.95, "hartung-knapp")
    with pytest.raises(ValueError, match="t on 1 - 1 degrees of freedom does not exist; give at least 2 studies"):
        pooled.prediction_interval(convention="t-k-1")
    with pytest.raises(ValueError, match="give at least two"):
        leave_one_out(*([value] for value in one))
    with pytest.raises(ValueError, match="one study alone has no heterogeneity"):
        q_profile(*([value] for value in one))


def test_pooled_result_and_its_weights_cannot_be_changed():
    pooled = fixed_effect([0.1, 0.2], [0.1, 0.1])
    with pytest.raises(dataclasses.FrozenInstanceError):
        pooled.estimate = 0
    with pytest.raises(ValueError, match="read-only"):
        pooled.weights[0] = 1


def test_pooling_leaves_its_arguments_alone():
    estimates, standard_errors = np.array([0.1, 0.2]), np.array([0.1, 0.3])
    random_effects(estimates, standard_errors)
    assert estimates.tolist() == [0.1, 0.2] and standard_errors.tolist() == [0.1, 0.3]
    assert estimates.flags.writeable and standard_errors.flags.writeable


def test_pooled_results_can_be_compared_without_an_error_about_arrays():
    first, second = (fixed_effect([0.1, 0.2], [0.1, 0.1]) for _ in range(2))
    assert first != second


# --- errors


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0.9, 0.94, 0.59), "lower = 0.94 is not below upper = 0.59; check their order"),
        ((0.9, 0.9, 0.9), "lower = 0.9 is not below upper = 0.9"),
        ((1.2, 0.59, 0.94), "hazard_ratio = 1.2 is outside its interval, 0.59 to 0.94"),
        ((0.5, 0.59, 0.94), "hazard_ratio = 0.5 is outside its interval, 0.59 to 0.94"),
        (([0.7, 0.5], [0.6, 0.6], [0.8, 0.9]), "hazard_ratio = 0.5 is outside its interval"),
        ((-0.7, 0.59, 0.94), "hazard_ratio = -0.7 is not allowed; it must be finite and above 0"),
        ((0.7, 0, 0.94), "lower = 0 is not allowed"),
        ((0.7, 0.59, math.inf), "upper = inf is not allowed"),
        ((math.nan, 0.59, 0.94), "hazard_ratio = nan is not allowed"),
        ((0.7, 0.59, 0.94, 95), "confidence_level = 95 is not allowed; it must be above 0"),
        ((0.7, 0.59, 0.94, [0.95, 1]), "confidence_level = 1 is not allowed"),
    ],
)
def test_impossible_intervals_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        log_hazard_ratio_from_interval(*arguments)


@pytest.mark.parametrize("model", MODELS.values())
@pytest.mark.parametrize(
    ("estimates", "standard_errors", "message"),
    [
        ([], [], "there are no studies to pool; give at least one"),
        ([0.1, 0.2], [0.1], r"estimates of shape \(2,\) and standard_errors of shape \(1,\)"),
        (0.1, 0.1, r"estimates of shape \(\)"),
        ([0.1, 0.2], [0.1, 0], "standard_errors = 0 is not allowed; it must be finite and above"),
        ([0.1, 0.2], [-0.1, 0.1], "standard_errors = -0.1 is not allowed"),
        ([0.1, 0.2], [math.nan, 0.1], "standard_errors = nan is not allowed"),
        ([0.1, math.nan], [0.1, 0.1], "estimates holds nan; every estimate must be finite"),
    ],
)
def test_studies_that_cannot_be_pooled_are_refused(model, estimates, standard_errors, message):
    with pytest.raises(ValueError, match=message):
        model(estimates, standard_errors)


@pytest.mark.parametrize("level", [0, 1, 95, math.nan])
def test_interval_at_an_impossible_level_is_refused(level):
    with pytest.raises(ValueError, match=f"confidence_level = {level} is not allowed"):
        fixed_effect([0.1], [0.1]).interval(level)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: random_effects([0.1], [0.1], "ml"),
            "estimator = 'ml' is unknown; it must be one of dersimonian-laird",
        ),
        (lambda: fixed_effect([0.1], [0.1]).interval(0.95, "wald"), "method = 'wald' is unknown"),
        (lambda: fixed_effect([0.1], [0.1]).prediction_interval(0.95, "t"), "convention = 't' is unknown"),
        (lambda: cumulative("A", [1, 2], [0.1], [0.1]), "1 names and 2 dates for 1 estimates"),
        (lambda: q_profile([0.1, 0.2], [0.1, 0.1], 95), "confidence_level = 95 is not allowed"),
    ],
)
def test_what_is_unknown_or_does_not_match_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize(("pool", "heterogeneous"), [("with_pollux", True), ("three_trials", False)])
def test_studies_are_called_heterogeneous_by_the_customary_threshold_of_q(pool, heterogeneous):
    pooled = fixed_effect(POOLS[pool]["estimates"], POOLS[pool]["standard_errors"])
    assert pooled.heterogeneous is heterogeneous


def test_one_study_is_not_heterogeneous():
    assert fixed_effect([-0.3], [0.1]).heterogeneous is False
