"""Proportions agree with R and metafor, with printed examples and with their own definitions."""

import dataclasses
import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from tourmaline.estimate import Estimate
from tourmaline.statistics.balance import standardized_difference, standardized_difference_multinomial
from tourmaline.statistics.proportions import (
    EFFECT_MEASURES,
    PROPORTION_INTERVALS,
    PROPORTION_TESTS,
    compare_proportions,
    proportion_interval,
    risk_effect,
)

# Written by tests/reference/proportions.R.
REFERENCE = json.loads((Path(__file__).parent / "reference" / "proportions.json").read_text())


def in_r(value):
    return pytest.approx(value, rel=1e-9, abs=1e-15)


def arm_of(case, number):
    return case[f"count{number}"], case[f"nobs{number}"]


@st.composite
def arms(draw, fewest=0, spare=0):
    """An arm as (count, nobs), with at least `fewest` events and `spare` patients without."""
    nobs = draw(st.integers(max(1, fewest + spare), 400))
    return draw(st.integers(fewest, nobs - spare)), nobs


mixed_arms = arms(fewest=1, spare=1)
levels = st.floats(0.5, 0.999)


# --- interval of one proportion


@pytest.mark.parametrize("method", PROPORTION_INTERVALS)
@pytest.mark.parametrize("case", REFERENCE["intervals"])
def test_interval_agrees_with_r(case, method):
    interval = proportion_interval(case["count"], case["nobs"], case["confidence_level"], method)
    assert interval == in_r(tuple(case[method]))


def test_interval_is_clopper_pearson_at_95_percent_unless_told():
    assert proportion_interval(1, 10) == proportion_interval(1, 10, 0.95, "clopper-pearson")


@pytest.mark.parametrize("method", PROPORTION_INTERVALS)
def test_interval_of_arrays_is_that_of_each_element(method):
    counts, nobs = np.array([[0, 3], [7, 10]]), np.array([10, 12])
    lower, upper = proportion_interval(counts, nobs, 0.9, method)
    assert lower.shape == upper.shape == (2, 2)
    for position in np.ndindex(2, 2):
        alone = proportion_interval(counts[position], nobs[position[1]], 0.9, method)
        assert (lower[position], upper[position]) == alone


@given(arm=arms(), level=levels, method=st.sampled_from(PROPORTION_INTERVALS))
def test_interval_contains_the_proportion_and_stays_within_0_and_1(arm, level, method):
    count, nobs = arm
    lower, upper = proportion_interval(count, nobs, level, method)
    assert 0 <= lower <= count / nobs <= upper <= 1


@given(arm=arms(), level=levels, method=st.sampled_from(PROPORTION_INTERVALS))
def test_interval_of_those_without_the_event_is_the_mirror_image(arm, level, method):
    count, nobs = arm
    lower, upper = proportion_interval(count, nobs, level, method)
    mirrored = proportion_interval(nobs - count, nobs, level, method)
    assert mirrored == pytest.approx((1 - upper, 1 - lower), abs=1e-12)


@given(arm=mixed_arms, method=st.sampled_from(PROPORTION_INTERVALS))
def test_interval_widens_with_the_confidence_level(arm, method):
    narrow, wide = (proportion_interval(*arm, level, method) for level in (0.8, 0.99))
    assert wide[0] <= narrow[0] and narrow[1] <= wide[1]
    assert wide[1] - wide[0] > narrow[1] - narrow[0]


@pytest.mark.parametrize("nobs", [1, 10, 37])
@pytest.mark.parametrize("level", [0.8, 0.95])
def test_clopper_pearson_covers_at_least_its_level_for_every_proportion(nobs, level):
    counts = np.arange(nobs + 1)
    lower, upper = proportion_interval(counts, nobs, level)
    proportion = np.linspace(0, 1, 1001)[:, np.newaxis]
    covering = (lower <= proportion) & (proportion <= upper)
    coverage = (stats.binom.pmf(counts, nobs, proportion) * covering).sum(axis=1)
    assert coverage.min() >= level - 1e-12


def test_wald_does_not_cover_its_level():
    counts = np.arange(11)
    lower, upper = proportion_interval(counts, 10, method="wald")
    covering = (lower <= 0.05) & (upper >= 0.05)
    assert (stats.binom.pmf(counts, 10, 0.05) * covering).sum() < 0.5


# --- test of two proportions


@pytest.mark.parametrize("test", PROPORTION_TESTS)
@pytest.mark.parametrize("case", REFERENCE["comparisons"])
def test_comparison_agrees_with_r(case, test):
    p_value = compare_proportions(*arm_of(case, 1), *arm_of(case, 2), test)
    assert p_value == in_r(case[test])


def test_comparison_is_pearsons_chi_square_unless_told():
    assert compare_proportions(9, 10, 3, 10) == compare_proportions(9, 10, 3, 10, "chi-square")


@given(arm1=arms(), arm2=arms(), test=st.sampled_from(PROPORTION_TESTS))
def test_comparison_does_not_depend_on_the_order_of_arms_or_on_which_outcome_is_counted(arm1, arm2, test):
    p_value = compare_proportions(*arm1, *arm2, test)
    others = (nobs - count if i == 0 else nobs for count, nobs in (arm1, arm2) for i in (0, 1))
    same = pytest.approx(p_value, rel=1e-9, nan_ok=True)
    assert compare_proportions(*arm2, *arm1, test) == same
    assert compare_proportions(*others, test) == same


@given(arm=mixed_arms, test=st.sampled_from(PROPORTION_TESTS))
def test_comparison_of_equal_arms_has_p_value_1(arm, test):
    assert compare_proportions(*arm, *arm, test) == pytest.approx(1)


@given(arm1=mixed_arms, arm2=mixed_arms)
def test_corrections_of_the_chi_square_make_it_more_cautious(arm1, arm2):
    plain = compare_proportions(*arm1, *arm2, "chi-square")
    assert plain <= compare_proportions(*arm1, *arm2, "mantel-haenszel")
    assert plain <= compare_proportions(*arm1, *arm2, "chi-square-corrected")


@pytest.mark.parametrize("count", [0, 1])
def test_comparison_where_all_or_none_have_the_event_is_nan_but_1_for_fisher(count):
    p_values = {test: compare_proportions(10 * count, 10, 20 * count, 20, test) for test in PROPORTION_TESTS}
    assert p_values.pop("fisher") == 1
    assert all(math.isnan(p_value) for p_value in p_values.values())


# --- effect of one arm against another


@pytest.mark.parametrize("measure", EFFECT_MEASURES)
@pytest.mark.parametrize("case", [case for case in REFERENCE["comparisons"] if case["count1"]])
def test_effect_agrees_with_r(case, measure):
    effect = risk_effect(*arm_of(case, 1), *arm_of(case, 2), measure, case["confidence_level"])
    assert (effect.value, effect.lower, effect.upper) == in_r(tuple(case[measure]))


def test_effect_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        risk_effect(9, 10, 3, 10, "risk-ratio").value = 1


def test_effect_has_a_95_percent_interval_unless_told():
    assert risk_effect(9, 10, 3, 10, "risk-ratio") == risk_effect(9, 10, 3, 10, "risk-ratio", 0.95)


@pytest.mark.parametrize(
    ("arm1", "arm2", "printed"),
    [((56, 70), (48, 80), (0.0524, 0.3339)), ((9, 10), (3, 10), (0.1705, 0.8090))],
)
def test_risk_difference_is_that_of_newcombes_own_examples(arm1, arm2, printed):
    # Newcombe 1998, method 10 (quoted in the tests of the R package propint).
    effect = risk_effect(*arm1, *arm2, "risk-difference")
    assert (round(effect.lower, 4), round(effect.upper, 4)) == printed


@given(arm1=mixed_arms, arm2=mixed_arms, level=levels)
def test_swapping_the_arms_negates_a_difference_and_inverts_a_ratio(arm1, arm2, level):
    for measure in EFFECT_MEASURES:
        effect = risk_effect(*arm1, *arm2, measure, level)
        swapped = risk_effect(*arm2, *arm1, measure, level)
        if measure == "risk-difference":
            mirror = Estimate(-swapped.value, -swapped.upper, -swapped.lower, level)
        else:
            mirror = Estimate(1 / swapped.value, 1 / swapped.upper, 1 / swapped.lower, level)
        assert effect.value == pytest.approx(mirror.value, rel=1e-9, abs=1e-12)
        assert effect.lower == pytest.approx(mirror.lower, rel=1e-9, abs=1e-12)
        assert effect.upper == pytest.approx(mirror.upper, rel=1e-9, abs=1e-12)


@given(arm1=mixed_arms, arm2=mixed_arms)
def test_odds_ratio_of_not_having_the_event_is_the_inverse(arm1, arm2):
    (count1, nobs1), (count2, nobs2) = arm1, arm2
    effect = risk_effect(*arm1, *arm2, "odds-ratio")
    other = risk_effect(nobs1 - count1, nobs1, nobs2 - count2, nobs2, "odds-ratio")
    assert other.value == pytest.approx(1 / effect.value)
    assert other.lower == pytest.approx(1 / effect.upper)
    assert other.upper == pytest.approx(1 / effect.lower)


@given(arm=mixed_arms, level=levels)
def test_equal_arms_have_no_effect(arm, level):
    for measure, none in zip(EFFECT_MEASURES, (0, 1, 1), strict=True):
        effect = risk_effect(*arm, *arm, measure, level)
        assert effect.value == none
        assert effect.lower < none < effect.upper


@given(arm1=arms(), arm2=arms(), level=levels)
def test_risk_difference_always_has_limits_within_minus_1_and_1(arm1, arm2, level):
    effect = risk_effect(*arm1, *arm2, "risk-difference", level)
    assert -1 - 1e-12 <= effect.lower <= effect.value <= effect.upper <= 1 + 1e-12


@pytest.mark.parametrize(
    ("counts", "measure", "estimate"),
    [
        ((0, 361, 1, 359), "risk-ratio", 0),
        ((0, 361, 1, 359), "odds-ratio", 0),
        ((1, 359, 0, 361), "risk-ratio", math.nan),
        ((1, 359, 0, 361), "odds-ratio", math.nan),
        ((0, 10, 0, 10), "risk-ratio", math.nan),
        ((0, 10, 0, 10), "odds-ratio", math.nan),
        ((10, 10, 12, 12), "risk-ratio", 1),
        ((10, 10, 12, 12), "odds-ratio", math.nan),
        ((3, 10, 12, 12), "odds-ratio", 0),
        ((10, 10, 3, 12), "odds-ratio", math.nan),
    ],
)
def test_ratio_with_an_empty_cell_has_no_limits_and_no_continuity_correction(counts, measure, estimate):
    effect = risk_effect(*counts, measure)
    assert effect.value == pytest.approx(estimate, nan_ok=True)
    assert math.isnan(effect.lower) and math.isnan(effect.upper)


def test_risk_ratio_keeps_its_limits_where_only_one_arm_is_full():
    effect = risk_effect(10, 10, 6, 12, "risk-ratio")
    # Katz: log 2 -+ 1.959964 sqrt(1/10 - 1/10 + 1/6 - 1/12)
    half_width = 1.959963984540054 * math.sqrt(1 / 12)
    assert effect.value == 2
    assert math.log(effect.lower) == pytest.approx(math.log(2) - half_width)
    assert math.log(effect.upper) == pytest.approx(math.log(2) + half_width)


# --- balance between arms


@pytest.mark.parametrize("case", REFERENCE["standardized_differences"])
def test_standardized_difference_agrees_with_r_from_one_row_a_patient(case):
    difference = standardized_difference_multinomial(case["counts1"], case["counts2"])
    assert difference == in_r(case["difference"])


@given(arm1=mixed_arms, arm2=mixed_arms)
def test_standardized_difference_changes_sign_with_the_arms_and_with_the_outcome(arm1, arm2):
    (count1, nobs1), (count2, nobs2) = arm1, arm2
    difference = standardized_difference(*arm1, *arm2)
    assert np.sign(difference) == np.sign(count1 * nobs2 - count2 * nobs1)
    assert standardized_difference(*arm2, *arm1) == pytest.approx(-difference)
    other = standardized_difference(nobs1 - count1, nobs1, nobs2 - count2, nobs2)
    assert other == pytest.approx(-difference)


@given(arm1=arms(), arm2=arms())
def test_standardized_difference_of_two_levels_is_the_size_of_the_binary_one(arm1, arm2):
    (count1, nobs1), (count2, nobs2) = arm1, arm2
    size = standardized_difference_multinomial([count1, nobs1 - count1], [count2, nobs2 - count2])
    binary = abs(standardized_difference(*arm1, *arm2))
    assert size == pytest.approx(binary, rel=1e-9, nan_ok=True)


@given(
    counts=st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), min_size=2, max_size=6),
    data=st.data(),
)
def test_standardized_difference_ignores_the_order_of_levels_and_arms_and_empty_levels(counts, data):
    counts[0] = (counts[0][0] + 1, counts[0][1] + 1)
    counts1, counts2 = zip(*counts, strict=True)
    difference = standardized_difference_multinomial(counts1, counts2)
    same = pytest.approx(difference, rel=1e-6, abs=1e-9)
    shuffled = zip(*data.draw(st.permutations(counts)), strict=True)
    assert difference >= 0
    assert standardized_difference_multinomial(*shuffled) == same
    assert standardized_difference_multinomial(counts2, counts1) == same
    assert standardized_difference_multinomial((*counts1, 0), (*counts2, 0)) == same


@given(st.lists(st.integers(0, 60), min_size=2, max_size=6).filter(any))
def test_standardized_difference_of_arms_in_proportion_is_0(counts):
    assert standardized_difference_multinomial(counts, [3 * count for count in counts]) == 0


def test_standardized_difference_of_equal_constant_arms_is_0_and_of_opposite_ones_nan():
    assert standardized_difference(0, 10, 0, 20) == 0
    assert standardized_difference(10, 10, 20, 20) == 0
    assert math.isnan(standardized_difference(10, 10, 0, 20))
    assert math.isnan(standardized_difference_multinomial([5, 5, 0], [0, 0, 9]))


# --- errors


@pytest.mark.parametrize(
    ("count", "nobs", "message"),
    [
        (11, 10, "count = 11 is more than nobs = 10; count must be a whole number from 0 to nobs"),
        (-1, 10, "count = -1 is not allowed; count must be a whole number of at least 0"),
        (2.5, 10, "count = 2.5 is not allowed"),
        (math.nan, 10, "count = nan is not allowed"),
        (0, 0, "nobs = 0 is not allowed; nobs must be a whole number of at least 1"),
        (0, 9.5, "nobs = 9.5 is not allowed"),
        (0, math.inf, "nobs = inf is not allowed"),
        ([1, 7], [10, 6], "count = 7 is more than nobs = 6"),
    ],
)
def test_interval_refuses_impossible_counts(count, nobs, message):
    with pytest.raises(ValueError, match=message):
        proportion_interval(count, nobs)


@pytest.mark.parametrize(
    "compute",
    [
        compare_proportions,
        standardized_difference,
        lambda *arms: risk_effect(*arms, "risk-ratio"),
    ],
)
@pytest.mark.parametrize(
    ("counts", "message"),
    [
        ((11, 10, 3, 10), "count1 = 11 is more than nobs1 = 10"),
        ((3, 10, 11, 10), "count2 = 11 is more than nobs2 = 10"),
        ((3, 10, 1.5, 10), "count2 = 1.5 is not allowed"),
        ((3, 0, 1, 10), "nobs1 = 0 is not allowed"),
    ],
)
def test_two_arms_refuse_impossible_counts_and_name_the_arm(compute, counts, message):
    with pytest.raises(ValueError, match=message):
        compute(*counts)


@pytest.mark.parametrize("level", [0, 1, 95, -0.5, math.nan])
@pytest.mark.parametrize(
    "compute",
    [
        lambda level: proportion_interval(1, 10, level),
        lambda level: risk_effect(1, 10, 2, 10, "odds-ratio", level),
    ],
)
def test_confidence_level_outside_0_and_1_is_refused(compute, level):
    message = f"confidence_level = {level} is not allowed; it must be above 0 and below 1"
    with pytest.raises(ValueError, match=message):
        compute(level)


@pytest.mark.parametrize(
    ("compute", "name", "allowed"),
    [
        (lambda choice: proportion_interval(1, 10, method=choice), "method", PROPORTION_INTERVALS),
        (lambda choice: compare_proportions(1, 9, 2, 9, test=choice), "test", PROPORTION_TESTS),
        (lambda choice: risk_effect(1, 9, 2, 9, choice), "measure", EFFECT_MEASURES),
    ],
)
def test_unknown_choice_is_refused_and_the_known_ones_named(compute, name, allowed):
    with pytest.raises(ValueError) as refusal:
        compute("wilsn")
    assert str(refusal.value) == f"{name} = 'wilsn' is unknown; it must be one of " + ", ".join(allowed)


@pytest.mark.parametrize(
    ("counts1", "counts2", "message"),
    [
        ([1, 2], [1, 2, 3], "counts1 has 2 levels but counts2 has 3"),
        ([5], [5], r"counts1 has shape \(1,\); give one count a level, at least two"),
        ([[1, 2]], [[1, 2]], r"counts1 has shape \(1, 2\)"),
        ([1, 2], [0, 0], "counts2 has no patients"),
        ([1, -2], [1, 2], "counts1 = -2 is not allowed"),
        ([1, 2], [1, 2.5], "counts2 = 2.5 is not allowed"),
    ],
)
def test_levels_that_cannot_be_compared_are_refused(counts1, counts2, message):
    with pytest.raises(ValueError, match=message):
        standardized_difference_multinomial(counts1, counts2)
