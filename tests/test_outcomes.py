"""What a search among patients counts is what the estimators give of the same patients."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tourmaline.statistics.reconstruction.inputs.rounding_intervals import RoundingInterval
from tourmaline.statistics.reconstruction.inputs.summary import ArmSummary
from tourmaline.statistics.reconstruction.search.greedy_repair import greedy_repair
from tourmaline.statistics.reconstruction.search.outcomes import half, median, survival_at, unmet
from tourmaline.statistics.reconstruction.search.patients import Placement, reshaped
from tourmaline.statistics.survival import kaplan_meier

# Few distinct times, so that there are ties, and arms so small that curves often stand on one half.
SETS = st.integers(1, 12).flatmap(
    lambda n: st.tuples(arrays(float, (3, n), elements=st.integers(1, 8)), arrays(bool, (3, n)))
)


@given(SETS)
def test_medians_are_those_of_the_kaplan_meier_curve(sets):
    times, events = sets
    expected = [kaplan_meier(*one).median for one in zip(times, events)]
    np.testing.assert_allclose(median(times, events), expected)
    assert [float(median(*one)) for one in zip(times, events)] == list(median(times, events))


@given(SETS)
def test_survival_is_that_of_the_kaplan_meier_curve_up_to_the_last_time(sets):
    times, events = sets
    found, expected = survival_at(times, events, [2.0, 5.0]), kaplan_meier(times, events).at([2.0, 5.0])
    known = np.isfinite(expected)
    np.testing.assert_allclose(found[known], expected[known])


def test_a_curve_that_stands_on_one_half_has_its_median_in_the_middle():
    times, events = np.array([1.0, 2.0, 3.0, 4.0]), np.ones(4, bool)
    assert [float(end) for end in half(times, events)] == [2.0, 3.0]
    assert median(times, events) == 2.5
    assert median(np.array([1.0, 2.0]), np.array([True, False])) == 1.0  # no event follows
    assert median(times, np.zeros(4, bool)) == np.inf


def test_patients_who_move_between_printed_times_keep_a_median_between_two_events():
    generator = np.random.default_rng(5)
    times, events = np.sort(generator.uniform(1, 20, 40)), np.ones(40, bool)
    arm = ArmSummary(40, 40, RoundingInterval.printed("10.0"))
    moved = reshaped(arm, times, events, 1.3)
    assert half(times, events)[0] < half(times, events)[1]
    assert (moved != times).sum() > 30
    np.testing.assert_allclose(median(moved, events), median(times, events))


def test_a_median_between_two_events_on_both_sides_of_a_printed_time_is_reached():
    # Survival is one half from month 28 on, as printed at month 30: only a later next event can bring the median to 33.
    times = np.concatenate([np.linspace(1, 28, 20), np.linspace(34, 60, 20)])
    arm = ArmSummary(40, 40, RoundingInterval.printed("33.0"), survival=((30.0, RoundingInterval.printed("50", 0.01)),))
    assert unmet(arm, times, np.ones(40, bool)) == ["median"]
    (repaired,), (events,), (wrong,) = greedy_repair(arm, times[None], np.ones((1, 40), bool), 60.0, [Placement()])
    assert not wrong
    assert half(repaired, events)[0] == 28
    assert 32.95 <= kaplan_meier(repaired, events).median <= 33.05
