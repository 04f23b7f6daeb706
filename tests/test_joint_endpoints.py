"""Further analyses of the same patients never contradict the first: whoever was there is there, what happened has happened."""

from dataclasses import replace

import numpy as np
import pytest
from test_reconstruction import assert_prints

from tourmaline.data.known import known_by
from tourmaline.statistics.reconstruction import (
    ArmSummary,
    Conflict,
    Ensemble,
    RoundingInterval,
    TrialSummary,
    followed_longer,
    from_response,
    reconstruct,
    with_fewer_events,
)
from tourmaline.statistics.reconstruction.extended_follow_up import Followed, RandomNumbers
from tourmaline.statistics.survival import kaplan_meier, number_at_risk

DRAWS, MONTHS = 6, np.arange(0.0, 25.5, 0.5)
TO_RESPONSE = (1.1, 1.0)  # Table 2 of the paper, among responders, placebo and ixazomib


def summary(analysis):
    return TrialSummary.from_printed(known_by("latest").printed_survival(f"tourmaline-mm1.{analysis}"))


@pytest.fixture(scope="module")
def patients():
    return reconstruct(summary("pfs.primary"), 1, DRAWS, 1)


def arms(ensemble):
    return ~ensemble.arm, ensemble.arm


@pytest.fixture(scope="module")
def progression(patients):
    return with_fewer_events(patients, summary("pfs.primary"), summary("ttp.primary"), 1)


@pytest.mark.seconds
def test_progressions_are_some_of_the_events_at_the_same_times(progression):
    base, further = progression
    assert (further.times == base.times).all()
    assert (further.events <= base.events).all()
    for part in arms(base):
        whole, some = (kaplan_meier(e.times[:, part], e.events[:, part]).at(MONTHS) for e in (base, further))
        assert not (some < whole - 1e-12).any()
        assert (further.events[:, part].sum(1) < base.events[:, part].sum(1)).all()


def test_both_endpoints_print_as_the_paper_did(progression):
    base, further = progression
    assert_prints(summary("pfs.primary"), base)
    assert_prints(summary("ttp.primary"), further)


def test_times_stretch_together_so_that_nobody_passes_another(patients, progression):
    base, _ = progression
    order = np.argsort(patients.times[0], kind="stable")
    assert (np.diff(base.times[0][order]) >= 0).all()
    assert np.abs(base.times[0] - patients.times[0]).max() < 1.5
    assert (base.events[0] == patients.events[0]).all()


def test_responders_are_some_of_the_patients_from_a_later_month_on(patients):
    base, further = from_response(patients, summary("pfs.primary"), summary("dor.primary"), TO_RESPONSE, 1)
    assert_prints(summary("pfs.primary"), base)
    assert_prints(replace(summary("dor.primary"), longest_followup=26.1), further)
    for own, all_of_arm, later in zip(arms(further), arms(base), TO_RESPONSE):
        for row in range(DRAWS + 1):
            whole = {
                (round(t, 9), e) for t, e in zip(base.times[row, all_of_arm] - later, base.events[row, all_of_arm])
            }
            assert {(round(t, 9), e) for t, e in zip(further.times[row, own], further.events[row, own])} <= whole
        assert (further.events[:, own].sum(1) <= base.events[:, all_of_arm].sum(1)).all()


@pytest.mark.seconds
@pytest.mark.parametrize(("first", "later"), [("pfs.primary", "pfs.second"), ("os.interim", "os.final")])
def test_who_is_followed_longer_keeps_what_had_happened(first, later):
    base = reconstruct(summary(first), 1, DRAWS, 1)
    further = followed_longer(base, summary(first), summary(later), 1)
    assert_prints(replace(summary(later), longest_followup=120.0), further)
    assert (further.times[0] >= base.times[0]).all()
    assert (further.times[0][base.events[0]] == base.times[0][base.events[0]]).all()
    assert (further.events[0] >= base.events[0]).all()
    shortest = summary(first).shortest_followup
    lost = ~base.events[0] & (base.times[0] < shortest)
    assert (further.times[0][lost] == base.times[0][lost]).all()
    assert not further.events[0][lost].any()
    for part in arms(base):
        months = np.arange(0, shortest, 0.5)
        assert (number_at_risk(further.times[0, part], months) == number_at_risk(base.times[0, part], months)).all()
        early, late = (kaplan_meier(e.times[0, part], e.events[0, part]).at(months) for e in (base, further))
        np.testing.assert_allclose(early, late, atol=1e-12)


def test_the_reference_does_not_depend_on_the_seed_and_the_others_do(patients):
    one, other = (
        from_response(patients, summary("pfs.primary"), summary("dor.primary"), TO_RESPONSE, seed)[1] for seed in (1, 2)
    )
    assert (one.times[0] == other.times[0]).all()
    assert (one.times[1:] != other.times[1:]).any()


def test_without_a_printed_comparison_the_medians_are_met(patients):
    later = replace(summary("pfs.second"), hazard_ratio=None, lower=None, upper=None, events=None)
    assert_prints(replace(later, longest_followup=60.0), followed_longer(patients, summary("pfs.primary"), later, 1))
    fewer = replace(summary("ttp.primary"), hazard_ratio=None, lower=None, upper=None, p_value=None, events=None)
    assert_prints(fewer, with_fewer_events(patients, summary("pfs.primary"), fewer, 1)[1])


def test_what_cannot_be_of_the_same_patients_is_a_conflict_or_refused(patients):
    first, ttp = summary("pfs.primary"), summary("ttp.primary")
    sooner = replace(ttp, control=replace(ttp.control, median=RoundingInterval.printed("9.0")))
    with pytest.raises(Conflict):  # fewer events cannot come sooner
        with_fewer_events(Ensemble(patients.times[:1], patients.events[:1], patients.arm, 1), first, sooner, 1)
    with pytest.raises(ValueError, match="control: n = 363, but the analysis from which it is made has 362 patients"):
        with_fewer_events(
            patients, first, replace(ttp, control=ArmSummary(363, None, RoundingInterval.printed("15.7"))), 1
        )
    with pytest.raises(ValueError, match="experimental: an analysis of the same patients needs a reported median"):
        with_fewer_events(patients, first, replace(ttp, experimental=ArmSummary(360, 100)), 1)
    with pytest.raises(ValueError, match="a later analysis needs a reported median follow-up"):
        followed_longer(patients, first, ttp, 1)


def test_a_shape_with_which_everybody_has_an_event_teaches_the_next_ones_nothing():
    times, events = np.array([5.0, 6.0, 7.0, 8.0]), np.zeros(4, bool)
    target = ArmSummary(4, median=RoundingInterval(8.5, 9.5))
    arm = Followed(times, events, 4.0, target, RoundingInterval(190.0, 210.0), RandomNumbers(None))
    with np.errstate(all="raise", under="ignore"):
        for shapes in (np.array([0.5, 1.0, 2.0]), np.array([0.9, 1.1])):
            for ends, happened in arm.with_shapes(shapes):
                assert (np.isfinite(ends).all(), happened.shape) == (True, (4,))
