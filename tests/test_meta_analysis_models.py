"""Bayesian pooling, the star network, interactions and effects from counts agree with R and with their own limits."""

import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tourmaline.statistics.meta_analysis import (
    BINARY_MEASURES,
    bayesian_random_effects,
    binary_effects,
    compare_models,
    detectable_difference,
    fixed_effect,
    interaction,
    log_hazard_ratios,
    mantel_haenszel_risk_ratio,
    pooling_model,
    ratio,
    ratio_intervals,
    ratios,
    remaining_effect,
    star_network,
)

# Written by tests/reference/meta_analysis.R.
REFERENCE = json.loads((Path(__file__).parent / "reference" / "meta_analysis.json").read_text())
MEASURES = {"RR": "risk-ratio", "OR": "odds-ratio", "RD": "risk-difference"}

effect = st.tuples(st.floats(-2, 2), st.floats(0.05, 1))


def in_r(value, rel=1e-8):
    return pytest.approx(value, rel=rel, abs=1e-9)


# --- Bayesian random effects


@pytest.mark.parametrize("case", REFERENCE["bayes"])
def test_the_posterior_agrees_with_adaptive_quadrature_in_r(case):
    posterior = bayesian_random_effects(case["estimates"], case["standard_errors"], case["prior_scale"])
    assert posterior.mean == in_r(case["mean"])
    assert posterior.standard_deviation == in_r(case["standard_deviation"])
    assert (posterior.median(), *posterior.interval()) == in_r(tuple(case["mean_effect"]))
    assert posterior.prediction_interval() == in_r(tuple(case["prediction"][1:]))
    assert posterior.tau_interval() == in_r(tuple(case["tau"]))
    assert posterior.probability_below(0) == in_r(case["probability_below_0"])


@given(pairs=st.lists(effect, min_size=1, max_size=5))
@settings(max_examples=25)
def test_a_prior_that_allows_no_heterogeneity_gives_the_fixed_effect(pairs):
    estimates, errors = zip(*pairs, strict=True)
    posterior, fixed = bayesian_random_effects(estimates, errors, 1e-5), fixed_effect(estimates, errors)
    assert posterior.median() == pytest.approx(fixed.estimate, abs=1e-5)
    assert posterior.interval() == pytest.approx(fixed.interval(), abs=1e-5)


def test_a_wider_prior_widens_the_interval_of_three_trials():
    three = REFERENCE["bayes"][0]
    widths = [
        np.diff(bayesian_random_effects(three["estimates"], three["standard_errors"], scale).interval())[0]
        for scale in (0.01, 0.1, 0.25, 0.5, 1.0)
    ]
    assert widths == sorted(widths)


def test_of_one_study_the_posterior_of_tau_is_its_prior():
    # Quantiles of the half-normal distribution are those of the normal one at (1 + p) / 2.
    posterior = bayesian_random_effects([0.3], [0.1], 0.5)
    assert posterior.tau_interval() == in_r(
        (0.5 * 0.6744897501960817, 0.5 * 0.03133798202142646, 0.5 * 2.241402727604947)
    )
    assert posterior.median() == pytest.approx(0.3)


def test_the_weights_of_a_posterior_sum_to_1_and_half_lies_on_either_side_of_its_median():
    posterior = bayesian_random_effects([-0.5, -0.1], [0.2, 0.2], 0.5)
    assert posterior.weights.sum() == pytest.approx(1)
    assert posterior.probability_below(posterior.median()) == pytest.approx(0.5)


# --- every model


def test_every_model_of_the_table_is_the_one_of_its_name():
    pool = REFERENCE["pools"]["with_pollux"]
    table = compare_models(pool["estimates"], pool["standard_errors"], 0.5).set_index(["model", "tau_estimator"])
    assert len(table) == 11
    for (model, estimator), rows in table.groupby(level=[0, 1]):
        if model == "bayesian":
            posterior = bayesian_random_effects(pool["estimates"], pool["standard_errors"], 0.5)
            assert rows[["estimate", "lower"]].values.tolist() == [[posterior.median(), posterior.interval()[0]]]
            continue
        expected = pool[estimator or "fixed_effect"]
        assert rows["estimate"].to_numpy() == in_r(np.full(len(rows), expected["estimate"]))
        assert rows["tau"].to_numpy() ** 2 == in_r(np.full(len(rows), expected["tau_squared"]))
        for row in rows.itertuples():
            name = "interval" if row.interval == "normal" else row.interval.replace("-", "_")
            assert (row.lower, row.upper) == in_r(tuple(expected[f"{name}_95"]))
            if row.interval == "normal" and model == "random":
                assert (row.prediction_lower, row.prediction_upper) == in_r(tuple(expected["prediction_t_k_2"]))
    shown = ratios(table)
    assert shown["estimate"].to_numpy() == pytest.approx(np.exp(table["estimate"].to_numpy()))
    assert shown["tau"].equals(table["tau"])


def test_one_study_has_the_fixed_effect_alone_and_two_have_no_prediction_but_that_of_the_posterior():
    assert compare_models([-0.3], [0.1], 0.5)["model"].tolist() == ["fixed"]
    two = compare_models([-0.3, -0.4], [0.1, 0.1], 0.5)
    assert two["prediction_lower"].notna().tolist() == [False] * 10 + [True]


def test_models_are_named_by_their_words():
    estimates, errors = [-0.5, 0.3], [0.1, 0.2]
    assert pooling_model("fixed")(estimates, errors).estimate == fixed_effect(estimates, errors).estimate
    reml = REFERENCE["pools"]["two_discordant"]["reml"]["tau_squared"]
    assert pooling_model("random", "reml")(estimates, errors).tau_squared == in_r(reml)
    with pytest.raises(ValueError, match="model = 'mixed' is unknown"):
        pooling_model("mixed")


def test_an_interval_of_the_wanted_level_is_shown_as_printed_and_another_is_converted():
    nan = math.nan
    rows = [(0.74, 0.59, 0.94, 0.95, nan, 2), (0.82, 0.68, 1.0, 0.954, nan, 2), (0.939, nan, nan, nan, 0.495, 2)]
    printed = pd.DataFrame(rows, columns=["hazard_ratio", "lower", "upper", "level", "p_value", "sides"])
    estimates, errors, _ = log_hazard_ratios(printed)
    lower, upper = ratio_intervals(printed, estimates, errors, 0.95)
    assert (lower[0], upper[0]) == (0.59, 0.94)
    # By R: exp(log(0.82) -+ qnorm(0.975) * log(1 / 0.68) / (2 * qnorm(0.977))), and so on from the P value.
    assert (lower[1], upper[1]) == pytest.approx((0.678508446, 0.990997245), rel=1e-8)
    assert (lower[2], upper[2]) == pytest.approx((0.783707823, 1.125063416), rel=1e-8)


# --- the star network


def star_of(case):
    return star_network(case["treatments"], case["estimates"], case["standard_errors"], "comparator")


@pytest.mark.parametrize("case", REFERENCE["stars"])
def test_the_star_agrees_with_weighted_least_squares_in_r(case):
    star = star_of(case)
    assert star.names == (*dict.fromkeys(case["treatments"]), "comparator")
    assert star.effects == in_r(np.array(case["effects"]))
    assert star.standard_errors == in_r(np.array(case["errors"]))
    differences, lower, upper = star.league_table()
    assert differences == in_r(np.array(case["differences"]))
    half_widths = 1.959963984540054 * np.array(case["difference_errors"])
    assert (upper - lower) / 2 == in_r(half_widths)
    assert star.p_scores() == in_r(np.array(case["p_scores"]))
    assert star.rank_probabilities() == in_r(np.array(case["ranks"]))


network = st.lists(effect, min_size=1, max_size=5)


def star(pairs):
    estimates, errors = zip(*pairs, strict=True)
    return star_network([str(i) for i in range(len(pairs))], estimates, errors, "comparator")


@given(pairs=network)
@settings(max_examples=40)
def test_a_p_score_is_the_mean_of_the_cumulative_rank_probabilities(pairs):
    # Ruecker and Schwarzer 2015: with known errors the P-score is SUCRA.
    found = star(pairs)
    ranks = found.rank_probabilities()
    assert ranks.sum(axis=0) == pytest.approx(np.ones(len(ranks)))
    assert ranks.sum(axis=1) == pytest.approx(np.ones(len(ranks)))
    sucra = ranks.cumsum(axis=1)[:, :-1].sum(axis=1) / (len(ranks) - 1)
    assert found.p_scores() == pytest.approx(sucra, abs=1e-10)
    assert found.p_scores().mean() == pytest.approx(0.5)


@given(pairs=st.lists(effect, min_size=2, max_size=5))
@settings(max_examples=40)
def test_a_league_table_is_antisymmetric_and_consistent_around_every_triangle(pairs):
    differences, lower, upper = star(pairs).league_table(0.9)
    assert differences == pytest.approx(-differences.T, abs=1e-12)
    assert lower == pytest.approx(-upper.T, abs=1e-12)
    assert differences[0, 1] + differences[1, -1] == pytest.approx(differences[0, -1], abs=1e-12)
    assert (lower <= differences).all() and (differences <= upper).all()


@pytest.mark.seconds
def test_rank_probabilities_agree_with_a_million_seeded_draws():
    case = REFERENCE["stars"][1]
    draws = np.random.default_rng(1).normal(case["effects"], case["errors"], (1_000_000, 5))
    ranks = draws.argsort(axis=1).argsort(axis=1)
    shares = np.array([[np.mean(ranks[:, i] == rank) for rank in range(5)] for i in range(5)])
    assert star_of(case).rank_probabilities() == pytest.approx(shares, abs=0.003)


def test_swapped_arms_reverse_the_ranks():
    ahead = star([(-0.3, 0.1), (0.2, 0.3), (-0.9, 0.2)])
    behind = star([(0.3, 0.1), (-0.2, 0.3), (0.9, 0.2)])
    assert behind.rank_probabilities() == pytest.approx(ahead.rank_probabilities()[:, ::-1])
    assert behind.p_scores() == pytest.approx(1 - ahead.p_scores())


# --- interaction


@pytest.mark.parametrize("case", [case for case in REFERENCE["subgroups"] if len(case["estimates"]) == 2])
def test_two_subgroups_are_tested_as_a_moderator_of_metafor(case):
    (first, second), (error, other) = case["estimates"], case["standard_errors"]
    found = interaction(first, error, second, other)
    assert found.difference == in_r(case["difference"])
    assert found.standard_error == in_r(case["standard_error"])
    assert found.p_value == in_r(case["p_value"])


def test_the_example_of_altman_and_bland():
    # BMJ 2003;326:219: relative risks 0.67 and 0.88, standard errors of their logs 0.1760 and 0.1063; ratio 0.76
    # (0.51 to 1.15), z = -1.33, P = 0.2.
    found = interaction(-0.3964, 0.1760, -0.1238, 0.1063)
    assert round(math.exp(found.difference), 2) == 0.76
    assert found.standard_error == pytest.approx(0.2056, abs=5e-5)
    assert round(found.p_value, 2) in (0.18, 0.19)
    assert [round(math.exp(limit), 2) for limit in found.interval()] == [0.51, 1.14]


def test_a_difference_that_is_just_detectable_is_found_with_its_power():
    error = 0.3
    difference = detectable_difference(error, power=0.8, alpha=0.05)
    draws = np.random.default_rng(2).normal(difference, error, 200_000)
    assert np.mean(abs(draws) > 1.959963984540054 * error) == pytest.approx(0.8, abs=0.004)


def test_the_effect_in_the_rest_is_the_one_that_pooled_with_the_subgroups_gives_everybodys():
    estimates, errors = [-0.6, -0.45, 0.2], [0.27, 0.17, 0.21]
    everybody = fixed_effect(estimates, errors)
    rest = remaining_effect(everybody.estimate, everybody.standard_error, estimates[:2], errors[:2])
    assert rest == pytest.approx((0.2, 0.21), rel=1e-12)
    for error in (0.3, 1 / math.hypot(1 / 0.27, 1 / 0.17)):  # as little as the subgroups say, or less
        with pytest.raises(ValueError, match="nobody is left"):
            remaining_effect(-0.3, error, estimates[:2], errors[:2])


# --- effects from counts


@pytest.mark.parametrize("case", REFERENCE["binary"])
def test_effects_from_counts_agree_with_metafor_zero_cells_too(case):
    four = [case[name] for name in ("count1", "nobs1", "count2", "nobs2")]
    found = binary_effects(*four, MEASURES[case["measure"]])
    assert found.estimates == in_r(np.array(case["estimates"]))
    assert found.standard_errors == in_r(np.array(case["standard_errors"]))
    assert found.corrected.tolist() == [bool(zero) for zero in case["corrected"]]


@pytest.mark.parametrize("case", REFERENCE["mantel_haenszel"])
def test_risk_ratios_pooled_by_mantel_and_haenszel_agree_with_metafor(case):
    four = [case[name] for name in ("count1", "nobs1", "count2", "nobs2")]
    assert mantel_haenszel_risk_ratio(*four) == in_r((case["estimate"], case["standard_error"]))


def test_of_one_study_the_weights_of_mantel_and_haenszel_leave_its_own_ratio():
    one = binary_effects(56, 70, 48, 80, "risk-ratio")
    assert mantel_haenszel_risk_ratio(56, 70, 48, 80) == pytest.approx((one.estimates[0], one.standard_errors[0]))


def test_a_ratio_as_large_as_no_number_can_be_stays_one():
    assert ratio(np.array([0.0, 1e5])).tolist() == [1.0, pytest.approx(math.exp(700))]
    assert math.isnan(ratio(math.nan))
    # t on one degree of freedom: exp of the upper end overflows.
    table = ratios(compare_models([-0.9, -0.1, -0.3], [0.1, 0.1, 0.1], 0.5, 0.99999))
    assert np.isfinite(table["prediction_upper"].dropna()).all()


@given(
    sizes=st.tuples(st.integers(1, 60), st.integers(1, 60)),
    data=st.data(),
    measure=st.sampled_from(BINARY_MEASURES),
)
def test_the_other_arm_as_reference_changes_the_sign_alone(sizes, data, measure):
    n1, n2 = sizes
    count1, count2 = (data.draw(st.integers(0, n)) for n in sizes)
    if measure != "risk-difference" and (count1 + count2 in (0, n1 + n2)):
        return
    one, other = binary_effects(count1, n1, count2, n2, measure), binary_effects(count2, n2, count1, n1, measure)
    assert one.estimates == pytest.approx(-other.estimates, abs=1e-12)
    assert one.standard_errors == pytest.approx(other.standard_errors)
    assert (one.standard_errors > 0).all()


# --- errors


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: bayesian_random_effects([0.1], [0.1], 0), "prior_scale = 0 is not allowed"),
        (lambda: bayesian_random_effects([], [], 0.5), "there are no studies"),
        (lambda: bayesian_random_effects([0.1], [0.1], 0.5).interval(95), "confidence_level = 95"),
        (lambda: star_network(["A", "B"], [0.1], [0.1], "C"), "2 treatments for 1 estimates"),
        (lambda: star_network(["A", "C"], [0.1, 0.2], [0.1, 0.1], "C"), "'C' is the comparator"),
        (lambda: star_network(["A"], [0.1], [0.1], "C").league_table(2), "confidence_level = 2"),
        (lambda: interaction(0.1, 0.0, 0.2, 0.1), "standard_errors = 0 is not allowed"),
        (lambda: detectable_difference(0.1, power=1), "power = 1 is not allowed"),
        (lambda: detectable_difference(0.1, alpha=0), "alpha = 0 is not allowed"),
        (lambda: detectable_difference(0.0), "standard_error = 0 is not allowed"),
        (lambda: binary_effects(1, 2, 1, 2, "hazard-ratio"), "measure = 'hazard-ratio' is unknown"),
        (lambda: binary_effects(3, 2, 1, 2, "risk-ratio"), "count1 = 3 is more than nobs1 = 2"),
        (lambda: binary_effects(0, 20, 0, 21, "risk-ratio"), "0 of 20 against 0 of 21 tells nothing of a ratio"),
        (lambda: mantel_haenszel_risk_ratio(0, 20, 3, 21), "0 of 20 against 3 of 21 tells nothing of a ratio"),
        (lambda: mantel_haenszel_risk_ratio([2, 5], [2, 5], 4, 4), "tells nothing of a ratio"),
        (lambda: binary_effects(5, 5, 4, 4, "odds-ratio"), "5 of 5 against 4 of 4 tells nothing of a ratio"),
    ],
)
def test_impossible_input_is_refused_by_name(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_no_event_in_either_arm_still_has_a_risk_difference_and_says_that_it_was_corrected():
    found = binary_effects(0, 20, 0, 20, "risk-difference")
    assert (found.estimates.item(), found.corrected.item()) == (0, True)
    assert found.standard_errors.item() > 0
