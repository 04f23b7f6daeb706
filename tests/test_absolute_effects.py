"""Absolute effects from relative ones: against a published example, exponential survival and exact reciprocals."""

import math

import pytest

from tourmaline.estimate import Estimate
from tourmaline.statistics.absolute_effects import NumberNeeded, number_needed, survival_gain

# The example of Altman and Andersen 1999 (doi 10.1136/bmj.319.7223.1492), as R's package meta cites it (help of `nnt`):
# hazard ratio 0.72 (0.55 to 0.92), control mortality 33 and 49 percent at two and four years. The numbers needed are
# those of R 4: 1 / (s^h - s).
EXAMPLE = Estimate(0.72, 0.55, 0.92, 0.95)


@pytest.mark.parametrize(
    ("mortality", "estimate", "lower", "upper"),
    [(0.33, 12.578009986082, 7.558119972808, 45.843887173350), (0.49, 9.450422606711, 5.540170404805, 35.428501656182)],
)
def test_the_published_example_gives_the_numbers_that_r_gives(mortality, estimate, lower, upper):
    needed = number_needed(survival_gain(EXAMPLE, 1 - mortality))
    assert (needed.value, needed.lower, needed.upper) == pytest.approx((estimate, lower, upper), rel=1e-8)
    assert not needed.through_infinity


@pytest.mark.parametrize("month", [6, 12, 24])
def test_the_gain_is_that_of_exponential_survival(month):
    rate, ratio = math.log(2) / 14.7, 0.74  # a median of 14.7 months in the control group
    gain = survival_gain(Estimate(ratio), math.exp(-rate * month))
    assert gain.value == pytest.approx(math.exp(-rate * ratio * month) - math.exp(-rate * month), rel=1e-12)
    assert gain.level is None
    assert number_needed(gain) == NumberNeeded(1 / gain.value, None, None, through_infinity=False)


def test_the_gain_is_negative_for_a_harmful_treatment_and_none_at_a_ratio_of_one():
    assert survival_gain(Estimate(1.0, 0.8, 1.25, 0.95), 0.5).value == 0
    harm = survival_gain(Estimate(2.0, 1.5, 3.0, 0.95), 0.5)
    assert harm.value == -0.25  # a quarter instead of a half
    assert (harm.lower, harm.level) == (0.125 - 0.5, 0.95)
    assert number_needed(harm).value == -4


def test_an_interval_that_includes_no_difference_runs_through_infinity():
    needed = number_needed(Estimate(0.10, -0.05, 0.25, 0.95))
    assert (needed.value, needed.lower, needed.upper) == pytest.approx((10, 4, -20))
    assert needed.through_infinity
    assert number_needed(Estimate(0.0, 0.0, 0.5, 0.95)) == NumberNeeded(math.inf, 2.0, math.inf, through_infinity=True)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: survival_gain(Estimate(0.0, 0.0, 1.0, 0.95), 0.5), "hazard_ratio = 0 is not allowed"),
        (lambda: survival_gain(Estimate(0.7, -0.1, 1.0, 0.95), 0.5), "hazard_ratio = -0.1 is not allowed"),
        (lambda: survival_gain(Estimate(0.7), 1.0), "control_survival = 1 is not allowed"),
        (lambda: survival_gain(Estimate(0.7), math.nan), "control_survival = nan is not allowed"),
        (lambda: number_needed(Estimate(0.1, 0.2, 0.05, 0.95)), "its lower limit is above the upper one"),
        (lambda: number_needed(Estimate(10.0, 5.0, 20.0, 0.95)), "lies between -1 and 1"),
        (lambda: number_needed(Estimate(math.nan)), "lies between -1 and 1"),
    ],
)
def test_what_is_no_ratio_and_no_share_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
