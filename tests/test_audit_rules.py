"""The rules of the audit against numbers known from elsewhere."""

import math

import pytest

from tourmaline.audit import rules, statistical_rules
from tourmaline.audit.ledger import RULE
from tourmaline.data.reading import Reading, reading
from tourmaline.data.schemas import RULES


def counted(*numbers: float) -> list[Reading]:
    return [Reading(f"{number:g}", number, number, number) for number in numbers]


def measured(*texts: str) -> list[Reading]:
    return [reading(text, True) for text in texts]


def test_every_rule_that_the_data_may_name_exists():
    assert set(RULE) == set(RULES)
    assert all(rule.__doc__ for rule in RULE.values())


@pytest.mark.parametrize(
    ("rule", "inputs", "value"),
    [
        ("same", (78.3,), 78.3),
        ("next", (3,), 4),
        ("week_after", (8,), 15),
        ("total", (42, 240), 282),
        ("percentage", (45, 360), 12.5),
        ("percentage", (36, 33, 722), 9.5568),
        ("none", (361,), 0),
        ("quotient", (360, 362), 1),
        ("smallest", (38, 30), 30),
        ("largest", (91, 89), 91),
        ("percent_longer", (20.6, 14.7), 40.136),  # the paper: 'a 40% longer progression-free survival'
        ("hazard_gain", (0.77,), 29.870),  # the paper: 'a 30% difference'
        ("geometric_mean", (0.25, 4), 1),
    ],
)
def test_a_rule_gives_the_value_worked_out_by_hand(rule, inputs, value):
    assert RULE[rule](counted(*inputs), {}).value == pytest.approx(value, abs=5e-4)


@pytest.mark.parametrize(
    ("rule", "inputs", "lower", "upper"),
    [
        ("at_least", (3, 4), 7, math.inf),
        ("at_most", (42,), -math.inf, 42),
        ("at_least_largest", (3, 4), 4, math.inf),
        ("at_most_largest", (3, 4), -math.inf, 4),
        ("union", (250, 4), 250, 254),  # 253 had a proteasome inhibitor: one of them both
        ("between", (42.2, 44.2), 42.2, 44.2),
        ("total_within", (360, -74), 285, 286),
    ],
)
def test_a_rule_of_limits_gives_limits_and_no_value(rule, inputs, lower, upper):
    found = RULE[rule](counted(*inputs), {"missing": "1"})
    assert math.isnan(found.value)
    assert (found.lower, found.upper) == (lower, upper)


def test_rounding_of_the_inputs_widens_what_comes_out():
    found = rules.total([*measured("20.6"), -measured("14.7")[0]], {})
    assert (found.value, found.lower, found.upper) == pytest.approx((5.9, 5.8, 6.0))


def test_a_median_between_equal_medians_is_determined():
    assert rules.between(measured("78.4", "78.4"), {}).value == 78.4


@pytest.mark.parametrize(
    ("median", "threshold", "limits"),
    [(17, "≥18", (0, 50)), (18, "≥18", (50, 100)), (66, ">65", (50, 100)), (65, ">65", (0, 50))],
)
def test_a_median_says_on_which_side_of_half_a_share_lies(median, threshold, limits):
    found = rules.share_beyond([*counted(median), reading(threshold)], {})
    assert (found.lower, found.upper) == limits


def test_a_later_cutoff_adds_its_months_to_the_follow_up():
    dates = [reading("October 30, 2014"), reading("July 12, 2015")]
    assert rules.later_followup([*measured("14.7"), *dates], {}).value == pytest.approx(23.08, abs=0.005)  # 255 days


def test_no_patient_receives_more_cycles_than_began():
    dates = [reading("January 1, 2014"), reading("January 29, 2014")]
    assert rules.cycles_possible([*counted(28), *dates], {}).upper == 2


def test_exact_binomial_bounds_are_those_of_r():
    # R 4.2.2, in tests/reference/proportions.json: 0.8247958
    inputs = counted(282, 360, 95)
    assert statistical_rules.binomial_bound(inputs, {"side": "upper"}).value == pytest.approx(82.48, abs=0.005)
    assert statistical_rules.binomial_bound(counted(1, 10, 95), {"side": "upper"}).value == pytest.approx(
        44.50, abs=0.005
    )


def test_impossible_inputs_of_a_statistic_give_nothing():
    assert math.isnan(statistical_rules.binomial_bound(counted(400, 360, 95), {"side": "upper"}).value)
    assert math.isnan(statistical_rules.proportions_p(counted(400, 360, 1, 362), {}).value)
    assert math.isnan(statistical_rules.wald_p(measured("0.74", "0.94", "0.59", "95"), {}).value)


def test_p_of_two_proportions_is_that_of_mantel_and_haenszel():
    # R 4.2.2, in tests/reference/proportions.json
    assert statistical_rules.proportions_p(counted(282, 360, 259, 362), {}).value == pytest.approx(
        0.035536235, abs=1e-8
    )
    assert statistical_rules.proportions_p(counted(42, 360, 24, 362), {}).value == pytest.approx(0.018954452, abs=1e-8)


def test_p_of_a_hazard_ratio_follows_from_its_interval():
    # Altman and Bland, BMJ 2011;343:d2304: ratio 0.81 (0.70 to 0.94) has z 2.80 and P 0.005
    found = statistical_rules.wald_p([*counted(0.81, 0.70, 0.94, 95)], {})
    assert found.value == pytest.approx(0.005, abs=0.0003)


def test_events_give_the_width_of_the_interval():
    # sqrt(1/129 + 1/157) = 0.11883; 0.74 exp(-1.96 x 0.11883) = 0.5862
    found = statistical_rules.events_bound([*measured("0.74"), *counted(129, 157, 95)], {"side": "lower"})
    assert found.value == pytest.approx(0.5862, abs=1e-4)
    assert found.lower < 0.5862 < found.upper


def test_fewer_events_than_patients_cannot_narrow_an_interval():
    found = statistical_rules.patients_bound([*counted(0.60, 36, 33, 95)], {"side": "lower"})
    assert found.upper == pytest.approx(0.60 * math.exp(-1.959964 * math.sqrt(1 / 36 + 1 / 33)), rel=1e-6)


def test_information_is_the_share_of_the_required_events():
    found = statistical_rules.information_percent(counted(171, 0.77, 80, 0.05), {"inflation": "1.024"})
    assert (found.lower, found.value) == pytest.approx((36.33, 37.21), abs=0.01)
    deaths, _, *design = counted(171, 0.77, 80, 0.05)
    found = statistical_rules.information_percent([deaths, reading("0.77", True), *design], {"inflation": "1.024"})
    # ln(0.775) = -0.25489 and ln(0.765) = -0.26788; 4 (1.95996 + 0.84162)^2 = 31.3955 is divided by their squares
    assert (found.lower, found.upper) == pytest.approx((34.56, 39.09), abs=0.01)
