"""Events, boundaries and power at interim analyses agree with R, with published tables, and with what must hold for any design."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.special import ndtr, ndtri

from tourmaline.statistics.monitoring import (
    SPENDING_FUNCTIONS,
    alpha_spent,
    conditional_power,
    constant_boundaries,
    crossing_fraction,
    crossing_probabilities,
    detectable_hazard_ratio,
    drift_for_power,
    expected_z,
    freedman_events,
    hazard_ratio_of_z,
    increment,
    inflation_factor,
    nominal_p,
    power_of_events,
    predictive_power,
    schoenfeld_events,
    spending_boundaries,
    z_of_p,
)

# Written by tests/reference/monitoring.R, from rpact and mvtnorm.
REFERENCE = json.loads((Path(__file__).parent / "reference" / "monitoring.json").read_text())
EQUAL_FOUR = [0.25, 0.5, 0.75, 1.0]

spendings = st.sampled_from(SPENDING_FUNCTIONS)
levels = st.floats(0.001, 0.3)
sides = st.sampled_from([1, 2])
gammas = st.floats(-8, 8)


@st.composite
def fractions(draw, most=5):
    """Information fractions at least 0.02 apart, the last of them 1."""
    steps = draw(st.lists(st.integers(1, 49), max_size=most - 1, unique=True))
    return [*(step / 50 for step in sorted(steps)), 1.0]


def in_r(value, absolute=1e-6):
    return pytest.approx(np.array(value, dtype=float), abs=absolute, rel=0)


def assert_boundaries_are_those_of_r(boundaries, case):
    in_rpact = np.array(case["boundaries"], dtype=float)
    in_rpact[np.isnan(in_rpact)] = math.inf  # JSON has no infinity
    near = in_rpact < 4
    assert boundaries[near] == in_r(in_rpact[near])
    # rpact searches on the scale of probability: further out, where a Z has hardly any, only that can agree.
    assert ndtr(-boundaries[~near]) == in_r(ndtr(-in_rpact[~near]), 3e-9)


@given(p=st.floats(1e-300, 1), sides=sides)
def test_a_z_and_its_p_value_undo_each_other_however_small_it_is(p, sides):
    z = z_of_p(p, sides)
    assert z_of_p(0.0, sides) == math.inf
    assert z < 0 or nominal_p(z, sides) == pytest.approx(p, rel=1e-9)


# --- required events


@pytest.mark.parametrize("case", REFERENCE["events"])
def test_required_events_are_those_of_rpact(case):
    design = [case[name] for name in ("hazard_ratio", "power", "alpha", "sides", "allocation")]
    assert schoenfeld_events(*design) == pytest.approx(case["schoenfeld"], rel=1e-12)
    assert freedman_events(*design) == pytest.approx(case["freedman"], rel=1e-12)


@pytest.mark.parametrize(("ratio", "power", "events"), [(0.5, 0.90, 88), (0.7, 0.80, 247), (0.77, 0.80, 460)])
def test_required_events_are_those_of_schoenfeld(ratio, power, events):
    # 4 (1.95996 + z)^2 / log(ratio)^2, by hand
    assert math.ceil(schoenfeld_events(ratio, power, 0.05)) == events


@given(
    ratio=st.floats(0.2, 0.95),
    power=st.floats(0.4, 0.99),
    alpha=st.floats(0.001, 0.2),
    sides=sides,
    allocation=st.floats(0.2, 0.8),
)
def test_power_and_detectable_ratio_undo_the_required_events(ratio, power, alpha, sides, allocation):
    events = schoenfeld_events(ratio, power, alpha, sides, allocation)
    assert power_of_events(events, ratio, alpha, sides, allocation) == pytest.approx(power, rel=1e-9)
    assert detectable_hazard_ratio(events, power, alpha, sides, allocation) == pytest.approx(ratio, rel=1e-9)
    assert hazard_ratio_of_z(expected_z(ratio, events, allocation), events, allocation) == pytest.approx(ratio)


@given(ratio=st.floats(0.2, 0.95), power=st.floats(0.4, 0.99), alpha=st.floats(0.001, 0.2))
def test_the_ratio_counts_and_not_which_arm_is_named_first(ratio, power, alpha):
    events = schoenfeld_events(ratio, power, alpha)
    assert schoenfeld_events(1 / ratio, power, alpha) == pytest.approx(events, rel=1e-12)
    assert freedman_events(1 / ratio, power, alpha) == pytest.approx(freedman_events(ratio, power, alpha), rel=1e-12)
    assert freedman_events(ratio, power, alpha) > events  # |log HR| > 2 |1 - HR| / (1 + HR)
    assert schoenfeld_events(ratio, power, alpha, allocation=0.6) > events


def test_without_an_effect_the_power_is_the_level_of_one_side():
    assert power_of_events(300, 1.0, 0.05) == pytest.approx(0.025)
    assert expected_z(1.0, 300) == 0


# --- spending functions


@given(times=fractions(), alpha=levels, spending=spendings, gamma=gammas, sides=sides)
def test_spending_rises_to_the_whole_level(times, alpha, spending, gamma, sides):
    spent = alpha_spent(times, alpha, spending, gamma, sides)
    assert spent[-1] == pytest.approx(alpha, rel=1e-12)
    assert (np.diff(spent, prepend=0.0) >= 0).all()


def test_two_sides_spend_what_each_side_spends_of_half_the_level():
    for spending in SPENDING_FUNCTIONS:
        one = alpha_spent(EQUAL_FOUR, 0.025, spending, sides=1)
        assert alpha_spent(EQUAL_FOUR, 0.05, spending, sides=2) == pytest.approx(2 * one, rel=1e-14)


@pytest.mark.parametrize("gamma", [1e-9, -1e-9])
def test_hwang_shih_decani_with_a_shape_near_zero_spends_in_proportion(gamma):
    assert alpha_spent(EQUAL_FOUR, 0.05, "hwang-shih-decani", 0.0) == pytest.approx(0.05 * np.array(EQUAL_FOUR))
    assert alpha_spent(EQUAL_FOUR, 0.05, "hwang-shih-decani", gamma) == pytest.approx(
        0.05 * np.array(EQUAL_FOUR), rel=1e-8
    )


@pytest.mark.parametrize("gamma", [2000.0, -2000.0])
def test_extreme_shapes_do_not_overflow(gamma):
    spent = alpha_spent([0.5, 1.0], 0.05, "hwang-shih-decani", gamma)
    assert spent == pytest.approx([0.05 if gamma > 0 else 0.0, 0.05])


@given(p_value=st.floats(1e-6, 0.049), spending=spendings, gamma=gammas)
def test_a_first_analysis_where_a_p_value_just_crosses_has_spent_that_much(p_value, spending, gamma):
    fraction = crossing_fraction(p_value, 0.05, spending, gamma)
    assert alpha_spent(fraction, 0.05, spending, gamma) == pytest.approx(p_value, rel=1e-6)


def test_a_p_value_above_the_level_crosses_nowhere_and_the_level_itself_at_the_end():
    assert math.isnan(crossing_fraction(0.06, 0.05))
    assert crossing_fraction(0.05, 0.05) == 1


# --- boundaries


@pytest.mark.parametrize("case", REFERENCE["spending"])
def test_spending_boundaries_and_their_inflation_are_those_of_rpact(case):
    spent = alpha_spent(case["information_fractions"], case["alpha"], case["spending"], case["gamma"], case["sides"])
    assert spent == in_r(case["spent"], 1e-7)
    boundaries = spending_boundaries(
        case["information_fractions"], case["alpha"], case["spending"], case["gamma"], case["sides"]
    )
    assert_boundaries_are_those_of_r(boundaries, case)
    factor = inflation_factor(case["information_fractions"], boundaries, case["alpha"], case["power"], case["sides"])
    assert factor == in_r(case["inflation"])


@pytest.mark.parametrize("case", REFERENCE["constant"])
def test_boundaries_of_constant_form_and_their_inflation_are_those_of_rpact(case):
    boundaries = constant_boundaries(case["information_fractions"], case["alpha"], case["shape"], case["sides"])
    assert_boundaries_are_those_of_r(boundaries, case)
    factor = inflation_factor(case["information_fractions"], boundaries, case["alpha"], case["power"], case["sides"])
    assert factor == in_r(case["inflation"])


@pytest.mark.parametrize("case", REFERENCE["close"])
def test_boundaries_of_analyses_close_upon_each_other_are_those_of_the_multivariate_normal_distribution(case):
    # There rpact's grid is too coarse: at 0.95, 0.97 and 1 it is off in the third digit.
    boundaries = spending_boundaries(case["information_fractions"], case["alpha"], sides=case["sides"])
    assert boundaries == pytest.approx(case["boundaries"], rel=1e-8)


# Jennison and Turnbull, Group Sequential Methods (2000), tables 2.1 to 2.4: two-sided tests at level 0.05 with equally spaced
# analyses. Analyses, last boundary, inflation at power 0.8 and 0.9.
POCOCK = [(2, 2.178, 1.110, 1.100), (3, 2.289, 1.166, 1.151), (4, 2.361, 1.202, 1.183), (5, 2.413, 1.229, 1.207)]
OBRIEN_FLEMING = [
    (2, 1.977, 1.008, 1.007),
    (3, 2.004, 1.017, 1.016),
    (4, 2.024, 1.024, 1.022),
    (5, 2.040, 1.028, 1.026),
]


@pytest.mark.parametrize(("shape", "row"), [(0.5, row) for row in POCOCK] + [(0.0, row) for row in OBRIEN_FLEMING])
def test_constants_and_inflation_are_those_of_jennison_and_turnbull(shape, row):
    analyses, constant, *factors = row
    times = np.arange(1, analyses + 1) / analyses
    boundaries = constant_boundaries(times, 0.05, shape)
    assert round(boundaries[-1], 3) == constant
    assert [round(inflation_factor(times, boundaries, 0.05, power), 3) for power in (0.8, 0.9)] == factors


def test_lan_demets_boundaries_are_those_printed_by_ldbounds():
    # R package ldbounds (after Reboussin, DeMets, Kim and Lan's program), output printed in the R-help thread 'output of bounds
    # function: ldbounds package', March 2020. Its grid is coarser than ours: the third digit after the point is sure.
    times = [0.10, 0.33, 1.0]
    assert spending_boundaries(times, 0.05) == pytest.approx([6.9913, 3.7308, 1.9605], abs=2e-4)
    assert alpha_spent(times, 0.05)[:2] == pytest.approx([2.7227e-12, 1.9097e-04], rel=5e-5)


@pytest.mark.seconds
@settings(max_examples=60)
@given(times=fractions(), alpha=levels, spending=spendings, gamma=gammas, sides=sides)
def test_boundaries_spend_exactly_what_they_may_at_each_analysis(times, alpha, spending, gamma, sides):
    boundaries = spending_boundaries(times, alpha, spending, gamma, sides)
    crossing = crossing_probabilities(times, boundaries, sides=sides)
    spent = alpha_spent(times, alpha, spending, gamma, sides)
    assert np.cumsum(crossing.upper + crossing.lower) == pytest.approx(spent, rel=1e-9, abs=1e-12)
    if sides == 2:
        assert crossing.upper == pytest.approx(crossing.lower, rel=1e-12, abs=1e-300)


@settings(max_examples=40)
@given(times=fractions(most=4), extra=st.integers(1, 49), alpha=levels, spending=spendings)
def test_an_additional_analysis_never_lowers_the_boundaries_after_it_and_leaves_those_before(
    times, extra, alpha, spending
):
    analysis = extra / 50
    assume(analysis not in times)
    finer = sorted([*times, analysis])
    place = finer.index(analysis)
    coarse = spending_boundaries(times, alpha, spending)
    fine = spending_boundaries(finer, alpha, spending)
    assert fine[:place] == pytest.approx(coarse[:place], rel=1e-12)
    # As much is spent by the next analysis as without the additional one, and the additional one took some of it.
    assert fine[place + 1] >= coarse[place] - 1e-8
    assert fine[-1] >= -ndtri(alpha / 2) - 1e-9


@given(alpha=levels, sides=sides, spending=spendings)
def test_one_analysis_is_the_ordinary_test(alpha, sides, spending):
    quantile = -ndtri(alpha / sides)
    assert spending_boundaries([1.0], alpha, spending, sides=sides) == pytest.approx([quantile], rel=1e-9)
    assert constant_boundaries([1.0], alpha, 0.0, sides) == pytest.approx([quantile], rel=1e-9)
    assert inflation_factor([1.0], [quantile], alpha, 0.8, sides) == pytest.approx(
        1.0, abs=1e-4 if sides == 2 else 1e-9
    )


@given(first=st.floats(0.01, 0.99), alpha=levels)
def test_the_first_boundary_is_the_quantile_of_what_is_spent_there(first, alpha):
    spent = alpha_spent([first], alpha)[0]
    boundary = spending_boundaries([first, 1.0], alpha)[0]
    assert nominal_p(boundary) == pytest.approx(spent, rel=1e-9)
    assert nominal_p(boundary, sides=1) == pytest.approx(spent / 2, rel=1e-9)


def test_an_analysis_where_nothing_can_be_spent_has_an_infinite_boundary_and_changes_nothing():
    boundaries = spending_boundaries([0.001, 0.5, 1.0], 0.05)
    assert boundaries[0] == math.inf
    assert boundaries[1:] == pytest.approx(spending_boundaries([0.5, 1.0], 0.05), rel=1e-10)
    assert crossing_probabilities([0.001, 0.5, 1.0], boundaries).stopping[0] == 0


def test_an_obrien_fleming_boundary_falls_and_a_pocock_boundary_is_flat():
    assert (np.diff(constant_boundaries(EQUAL_FOUR, 0.05, 0.0)) < 0).all()
    assert np.diff(constant_boundaries(EQUAL_FOUR, 0.05, 0.5)) == pytest.approx([0, 0, 0], abs=1e-12)


# --- crossing probabilities and operating characteristics


@pytest.mark.parametrize("case", REFERENCE["crossing"])
def test_crossing_probabilities_are_those_of_the_multivariate_normal_distribution(case):
    crossing = crossing_probabilities(case["information_fractions"], case["boundaries"], case["drift"], case["sides"])
    assert crossing.upper == in_r(case["upper"], 1e-10)
    assert crossing.lower == in_r(case["lower"], 1e-10)


@pytest.mark.parametrize("case", REFERENCE["operating"])
def test_operating_characteristics_are_those_of_rpact(case):
    crossing = crossing_probabilities(case["information_fractions"], case["boundaries"], case["drift"], sides=1)
    assert crossing.upper == in_r(case["rejected"])
    assert crossing.expected_information == in_r(case["expected_information"])


@settings(max_examples=40)
@given(times=fractions(), drift=st.floats(-5, 5), spending=spendings)
def test_the_other_direction_is_the_mirror_image_and_stopping_is_certain(times, drift, spending):
    boundaries = spending_boundaries(times, 0.05, spending)
    crossing = crossing_probabilities(times, boundaries, drift)
    mirrored = crossing_probabilities(times, boundaries, -drift)
    assert crossing.upper == pytest.approx(mirrored.lower, rel=1e-10, abs=1e-14)
    assert crossing.stopping.sum() == pytest.approx(1)
    assert times[0] - 1e-12 <= crossing.expected_information <= 1 + 1e-12
    assert 1 <= crossing.expected_analyses <= len(times) + 1e-12


@pytest.mark.parametrize("drift", [-30.0, 0.0, 30.0])
def test_an_analysis_that_cannot_stop_the_trial_loses_nobody_however_strong_the_effect(drift):
    crossing = crossing_probabilities([0.5, 1.0], [math.inf, 2.0], drift, sides=1)
    assert list(crossing.upper) == pytest.approx([0.0, ndtr(drift - 2.0)], rel=1e-9, abs=1e-15)


def test_a_final_analysis_that_has_nothing_left_to_spend_leaves_the_power_to_those_before():
    boundaries = spending_boundaries([0.5, 1.0], 0.05, "hwang-shih-decani", 2000.0)
    assert boundaries == pytest.approx([1.959964, math.inf], rel=1e-6)
    assert inflation_factor([0.5, 1.0], boundaries, 0.05, 0.8) == pytest.approx(2.0, rel=1e-5)


@given(drift=st.floats(-6, 6))
def test_power_of_one_analysis_is_the_normal_formula(drift):
    crossing = crossing_probabilities([1.0], [1.96], drift)
    assert crossing.upper[0] == pytest.approx(ndtr(drift - 1.96), rel=1e-12)
    assert crossing.lower[0] == pytest.approx(ndtr(-drift - 1.96), rel=1e-12)
    assert crossing.expected_analyses == 1


@settings(max_examples=20)
@given(times=fractions(), power=st.floats(0.1, 0.99))
def test_the_drift_for_a_power_has_that_power(times, power):
    boundaries = spending_boundaries(times, 0.05)
    drift = drift_for_power(times, boundaries, power)
    assert crossing_probabilities(times, boundaries, drift).upper.sum() == pytest.approx(power, abs=1e-9)


def test_simulated_trials_without_an_effect_cross_as_often_as_the_level_says():
    rng = np.random.default_rng(20160428)
    times = np.array([0.2, 0.35, 0.8, 1.0])
    boundaries = spending_boundaries(times, 0.05, "pocock")
    steps = rng.standard_normal((200_000, 4)) * np.sqrt(np.diff(times, prepend=0.0))
    z = np.cumsum(steps, axis=1) / np.sqrt(times)
    outside = np.abs(z) >= boundaries
    first = np.where(outside.any(axis=1), outside.argmax(axis=1), -1)
    frequency = np.array([(first == analysis).mean() for analysis in range(4)])
    crossing = crossing_probabilities(times, boundaries)
    # Five standard errors of a simulated share.
    expected = crossing.upper + crossing.lower
    assert (np.abs(frequency - expected) < 5 * np.sqrt(expected / 200_000)).all()
    assert outside.any(axis=1).mean() == pytest.approx(0.05, abs=5 * math.sqrt(0.05 / 200_000))
    assert (np.abs(z) >= 1.96).any(axis=1).mean() > 0.09  # what looking without spending would do


# --- conditional and predictive power


@pytest.mark.parametrize("case", REFERENCE["ahead"])
def test_power_at_an_interim_analysis_is_that_of_the_multivariate_normal_distribution(case):
    so_far = [case[name] for name in ("z", "look", "information_fractions", "boundaries")]
    assert conditional_power(*so_far, case["drift"], case["sides"]) == in_r(case["conditional"], 1e-9)
    assert predictive_power(*so_far, case["sides"]) == in_r(case["predictive"], 1e-9)


@given(z=st.floats(-3, 4), now=st.floats(0.05, 0.95), drift=st.floats(-3, 5))
def test_with_one_analysis_to_come_both_are_normal_formulas(z, now, drift):
    c, root = 1.97, math.sqrt(now)
    bounds = [3.0, c]
    left = math.sqrt(1 - now)
    conditional = ndtr((z * root + drift * (1 - now) - c) / left)
    assert conditional_power(z, 1, [now, 1.0], bounds, drift) == pytest.approx(conditional, rel=1e-9, abs=1e-14)
    predictive = ndtr((z - c * root) / left)
    assert predictive_power(z, 1, [now, 1.0], bounds) == pytest.approx(predictive, rel=1e-9, abs=1e-14)


def test_power_at_the_first_analysis_averages_to_the_power_at_the_start():
    boundaries = spending_boundaries(EQUAL_FOUR, 0.025, sides=1)
    drift, nodes = 2.5, np.linspace(-7, 12, 4001)
    z = nodes[nodes < boundaries[0]]
    density = np.exp(-((z - drift * 0.5) ** 2) / 2) / math.sqrt(2 * math.pi)
    later = [conditional_power(value, 1, EQUAL_FOUR, boundaries, drift, sides=1) for value in z[::20]]
    crossing = crossing_probabilities(EQUAL_FOUR, boundaries, drift, sides=1)
    assert np.trapezoid(density[::20] * later, z[::20]) == pytest.approx(crossing.upper[1:].sum(), abs=2e-4)


# --- bad input


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda: schoenfeld_events(1.0, 0.8, 0.05), "hazard_ratio = 1"),
        (lambda: schoenfeld_events(0.0, 0.8, 0.05), "hazard_ratio = 0"),
        (lambda: schoenfeld_events(-0.5, 0.8, 0.05), "hazard_ratio = -0.5"),
        (lambda: schoenfeld_events(math.nan, 0.8, 0.05), "hazard_ratio = nan"),
        (lambda: schoenfeld_events(math.inf, 0.8, 0.05), "hazard_ratio = inf"),
        (lambda: freedman_events(1.0, 0.8, 0.05), "hazard_ratio = 1"),
        (lambda: freedman_events(0.7, 1.0, 0.05), "power = 1"),
        (lambda: schoenfeld_events(0.7, 0.025, 0.05), "power = 0.025"),
        (lambda: schoenfeld_events(0.7, 80, 0.05), "power = 80"),
        (lambda: schoenfeld_events(0.7, 0.8, 0.0), "alpha = 0"),
        (lambda: schoenfeld_events(0.7, 0.8, 5), "alpha = 5"),
        (lambda: schoenfeld_events(0.7, 0.8, 0.05, sides=3), "sides = 3"),
        (lambda: schoenfeld_events(0.7, 0.8, 0.05, allocation=1.0), "allocation = 1"),
        (lambda: freedman_events(0.7, 0.8, 0.05, allocation=0), "allocation = 0"),
        (lambda: expected_z(0.0, 100), "hazard_ratio = 0"),
        (lambda: expected_z(0.7, 0), "events = 0"),
        (lambda: hazard_ratio_of_z(1.0, math.nan), "events = nan"),
        (lambda: power_of_events(-3, 0.7, 0.05), "events = -3"),
        (lambda: alpha_spent([0.5], 1.0), "alpha = 1"),
        (lambda: alpha_spent([0.0, 1.0], 0.05), "holds 0"),
        (lambda: alpha_spent([0.5, 1.2], 0.05), "holds 1.2"),
        (lambda: alpha_spent([0.5], 0.05, "haybittle"), "spending = 'haybittle'"),
        (lambda: alpha_spent([0.5], 0.05, "hwang-shih-decani", math.nan), "gamma = nan"),
        (lambda: crossing_fraction(0.0, 0.05), "p_value = 0"),
        (lambda: z_of_p(1.1), "p = 1.1"),
        (lambda: z_of_p(0.1, sides=3), "sides = 3"),
        (lambda: nominal_p(-1.0), "holds -1"),
        (lambda: nominal_p(1.0, sides=4), "sides = 4"),
        (lambda: spending_boundaries([], 0.05), "no information_fractions"),
        (lambda: spending_boundaries([0.5, 0.4, 1.0], 0.05), "holds 0.4 after 0.5"),
        (lambda: spending_boundaries([0.5, 0.5, 1.0], 0.05), "holds 0.5 after 0.5"),
        (lambda: spending_boundaries([0.5, 0.5004, 1.0], 0.05), "holds 0.5004 after 0.5"),
        (lambda: spending_boundaries([0.3, 0.9], 0.05), "ends with 0.9"),
        (lambda: spending_boundaries([0.3, 1.1], 0.05), "holds 1.1"),
        (lambda: spending_boundaries([-0.3, 1.0], 0.05), "holds -0.3"),
        (lambda: spending_boundaries([math.nan, 1.0], 0.05), "holds nan"),
        (lambda: constant_boundaries([0.5, 1.0], 0.0), "alpha = 0"),
        (lambda: crossing_probabilities([0.5, 1.0], [2.0]), "1 boundaries for 2 analyses"),
        (lambda: crossing_probabilities([0.5, 1.0], [2.0, math.nan]), "boundaries holds nan"),
        (lambda: crossing_probabilities([0.5, 1.0], [2.0, -1.0]), "boundaries holds -1"),
        (lambda: crossing_probabilities([0.5, 1.0], [2.0, 2.0], math.inf), "drift = inf"),
        (lambda: crossing_probabilities([0.5, 1.0], [2.0, 2.0], sides=0), "sides = 0"),
        (lambda: drift_for_power([0.5, 1.0], [2.8, 1.98], 1.0), "power = 1"),
        (lambda: drift_for_power([0.5, 1.0], [2.8, 1.98], 0.01), "power = 0.01"),
        (lambda: drift_for_power([1.0], [math.inf], 0.8), "boundaries holds inf only"),
        (lambda: conditional_power(1.0, 2, [0.5, 1.0], [2.8, 1.98], 2.0), "analysis = 2"),
        (lambda: conditional_power(1.0, 0, [0.5, 1.0], [2.8, 1.98], 2.0), "analysis = 0"),
        (lambda: conditional_power(1.0, 1, [0.5, 1.0], [2.8, 1.98], math.nan), "drift = nan"),
        (lambda: predictive_power(math.nan, 1, [0.5, 1.0], [2.8, 1.98]), "z = nan"),
        (lambda: predictive_power(1.0, 1, [1.0], [1.96]), "analysis = 1"),
    ],
)
def test_bad_input_is_refused_by_its_value(call, named):
    with pytest.raises(ValueError, match=named):
        call()


def test_the_increment_between_two_analyses_combines_with_the_first_to_the_second():
    first, second = (np.log(0.74), 0.12), (np.log(0.82), 0.10)
    added = increment(*first, *second)
    weights = np.array([first[1] ** -2, added.standard_error**-2])
    assert weights.sum() == pytest.approx(second[1] ** -2, rel=1e-12)
    assert weights @ [first[0], added.log_hazard_ratio] / weights.sum() == pytest.approx(second[0], rel=1e-12)
    lower, upper = added.interval(0.9)
    assert (upper - lower) / 2 == pytest.approx(1.6448536 * added.standard_error, rel=1e-6)


def test_analyses_that_differ_as_much_as_independent_information_would_have_the_z_of_their_difference():
    # Equal information before and after: the increment's log ratio is 2 b2 - b1, its error sqrt(2) times that of the second.
    added = increment(-0.4, 0.2, -0.3, 0.2 / np.sqrt(2))
    assert (added.log_hazard_ratio, added.standard_error) == pytest.approx((-0.2, 0.2))
    assert added.z == pytest.approx(0.2 / (0.2 * np.sqrt(2)))
    assert added.p_value == pytest.approx(0.4795, abs=1e-4)


@pytest.mark.parametrize(
    ("errors", "named"), [((0.0, 0.1), "above 0"), ((0.1, 0.1), "more information"), ((0.1, 0.2), "more information")]
)
def test_an_increment_needs_information_between_the_analyses(errors, named):
    with pytest.raises(ValueError, match=named):
        increment(-0.3, errors[0], -0.2, errors[1])
