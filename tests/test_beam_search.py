"""An arm that is reordered by a beam search prints as it did, if any order of its patients does."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tourmaline.statistics.reconstruction import ArmSummary, RoundingInterval
from tourmaline.statistics.reconstruction.search.beam_search import beam_search
from tourmaline.statistics.reconstruction.search.outcomes import unmet
from tourmaline.statistics.survival import kaplan_meier, median_followup, number_at_risk

END = 30.0


def printed(times, events, months):
    """An arm as a paper prints it."""
    curve, followup = kaplan_meier(times, events), float(median_followup(times, events))
    return ArmSummary(
        len(times),
        int(events.sum()),
        RoundingInterval.printed(f"{curve.median:.1f}") if np.isfinite(curve.median) else np.inf,
        RoundingInterval.printed(f"{followup:.1f}") if np.isfinite(followup) else None,
        tuple(
            (m, RoundingInterval.printed(f"{100 * s:.0f}", 0.01))
            for m, s in zip(months, curve.at(months))
            if np.isfinite(s)
        ),
        ((0.0, len(times)), *zip(months, number_at_risk(times, months).tolist())),
    )


def expected(times, events):
    """Those very patients as what is expected."""
    edges = np.linspace(0, END, 61)
    return edges, *(np.array([np.sum(times[which] <= edge) for edge in edges]) for which in (events, ~events))


@pytest.mark.seconds
# The search keeps a limited number of orders, so it may miss one: of some thousand arms, that of size 14 and seed 112747. The examples
# are the same in each run, so that a change of the search is what makes this fail.
@settings(max_examples=60, deadline=None, derandomize=True)
@given(size=st.integers(12, 80), seed=st.integers(0, 10**6), at_random=st.booleans())
def test_arm_of_any_patients_is_found_again(size, seed, at_random):
    random = np.random.default_rng(seed)
    true, censored = random.weibull(1.2, size) * 15, random.uniform(6, END, size)
    times, events = np.minimum(true, censored), true <= censored
    events[times.argmin()] = True
    # Where a curve stands on one half, the median lies between two patients: the one thing that orders do not tell.
    assume(not any(np.isclose(kaplan_meier(times, which).survival, 0.5).any() for which in (events, ~events)))
    arm = printed(times, events, [5.0, 10.0, 15.0])
    found = beam_search(
        arm, int(events.sum()), *expected(times, events), np.random.default_rng(0) if at_random else None
    )
    for mine, died in found:
        assert len(mine) == size
        assert (mine > 0).all()
        assert (mine <= END).all()
        assert died.sum() == events.sum()
    assert any(unmet(arm, *one) == [] for one in found)


def test_events_in_the_very_month_of_a_rate_count_for_its_number_at_risk():
    # Of twenty, four have the event in month 8: all twenty are at risk there, and survival is 80 percent.
    arm = ArmSummary(20, 10, survival=((8.0, RoundingInterval(0.795, 0.805)),), at_risk=((8.0, 20),))
    edges = np.array([0.0, 8.0, END])
    found, died = beam_search(arm, 10, edges, np.array([0.0, 4.0, 10.0]), np.array([0.0, 0.0, 10.0]))[0]
    assert ((found == 8.0) & died).sum() == 4
    assert unmet(arm, found, died) == []


def test_without_chance_the_same_sets_come_out_every_time():
    random = np.random.default_rng(1)
    times, events = random.uniform(1, END, 40), random.random(40) < 0.6
    arm = printed(times, events, [10.0, 20.0])
    first, second = (beam_search(arm, int(events.sum()), *expected(times, events))[0] for _ in range(2))
    np.testing.assert_array_equal(first[0], second[0])
    other = beam_search(arm, int(events.sum()), *expected(times, events), np.random.default_rng(3))[0]
    assert not np.array_equal(first[0], other[0])


@pytest.mark.parametrize(
    ("survival", "at_risk"),
    [
        (
            ((10.0, RoundingInterval(0.945, 0.955)),),
            ((10.0, 3),),
        ),  # one event at most, and seven lost: no such rate of ten
        (((10.0, RoundingInterval(0.495, 0.505)),), ((10.0, 10),)),  # half have the event, and nobody has left
    ],
)
def test_no_order_gives_what_cannot_be(survival, at_risk):
    arm = ArmSummary(10, 4, survival=survival, at_risk=at_risk)
    edges = np.array([0.0, 10.0, END])
    assert beam_search(arm, 4, edges, np.array([0.0, 2.0, 4.0]), np.array([0.0, 3.0, 6.0])) == []
