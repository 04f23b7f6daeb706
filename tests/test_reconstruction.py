"""Pseudo individual patient data print as the trial did, at every level; and numbers that cannot be are refused."""

import math
from dataclasses import replace

import numpy as np
import pytest

from benchmarks.false_conflicts import simulate
from tourmaline.data.known import known_by
from tourmaline.statistics.reconstruction import (
    ArmSummary,
    Conflict,
    Curve,
    RoundingInterval,
    TrialSummary,
    reconstruct,
)
from tourmaline.statistics.reconstruction.accuracy.measures import publish
from tourmaline.statistics.reconstruction.inputs.rounding_intervals import implied_events, interval_errors
from tourmaline.statistics.reconstruction.search.beam_search import beam_search
from tourmaline.statistics.reconstruction.search.outcomes import unmet
from tourmaline.statistics.reconstruction.search.patients import with_followup
from tourmaline.statistics.survival import cox, kaplan_meier, log_rank, number_at_risk

EVERYTHING = known_by("latest")

STRATIFIED = {"aspire.os.final"}  # all of its comparison cannot come out of two arms without the strata
ALL = ("hazard_ratio", "lower", "upper", "p_value")


def trial(**changes):
    control = ArmSummary(150, 90, RoundingInterval.printed("10.2"), RoundingInterval.printed("17.0"))
    experimental = ArmSummary(150, 75, RoundingInterval.printed("14.1"), RoundingInterval.printed("17.3"))
    printed = {
        "hazard_ratio": RoundingInterval.printed("0.70"),
        "lower": RoundingInterval.printed("0.51"),
        "upper": RoundingInterval.printed("0.95"),
    }
    return replace(TrialSummary(control, experimental, 28.0, 6.0, **printed), **changes)


def assert_prints(summary, ensemble):
    """Every draw gives every number of the summary, by estimators that know nothing of the reconstruction."""
    times, events, arm = ensemble.times, ensemble.events, ensemble.arm
    assert times.min() >= 0
    assert times.max() <= summary.longest_followup + 1e-9
    for side, part in ((summary.control, ~arm), (summary.experimental, arm)):
        mine, died = times[:, part], events[:, part]
        assert part.sum() == side.n
        if side.events:
            assert (died.sum(1) == side.events).all()
        curve = kaplan_meier(mine, died)
        if side.median is not None:
            holds = side.median.holds if isinstance(side.median, RoundingInterval) else math.isinf
            assert all(map(holds, curve.median))
        if side.median_followup:
            assert all(map(side.median_followup.holds, kaplan_meier(mine, ~died).median))
        for month, interval in side.survival:
            assert all(map(interval.holds, curve.at([month])[:, 0]))
        for month, count in side.at_risk:
            assert (number_at_risk(mine, [month])[:, 0] == count).all()
    if isinstance(summary.events, int):
        assert (events.sum(1) == summary.events).all()
    if summary.median_followup:
        assert all(map(summary.median_followup.holds, kaplan_meier(times, ~events).median))
    if summary.hazard_ratio:
        fit = cox(times, events, arm)
        assert all(map(summary.hazard_ratio.holds, fit.hazard_ratio))
        for interval, limit in zip((summary.lower, summary.upper), fit.hazard_ratio_interval(summary.confidence_level)):
            assert interval is None or all(map(interval.holds, limit))
        assert summary.p_value is None or all(map(summary.p_value.holds, log_rank(times, events, arm).p_value))


@pytest.mark.parametrize("analysis", EVERYTHING.survival_analyses())
@pytest.mark.sampled(6)
def test_printed_analysis_comes_out_of_every_draw(analysis):
    using = ALL[:1] + ALL[1:2] if analysis in STRATIFIED else ALL
    printed = EVERYTHING.printed_survival(analysis)
    whole = TrialSummary.from_printed(printed, using=using)
    for level in sorted({whole.information, min(printed.levels)}):
        ensemble = reconstruct(whole, level, draws=4)
        assert ensemble.times.shape[0] == 5
        assert ensemble.level == level
        assert_prints(whole.at_level(level), ensemble)


@pytest.mark.slow
@pytest.mark.parametrize("analysis", sorted(STRATIFIED))
def test_stratified_comparison_names_what_to_hold_out(analysis, brief):
    with pytest.raises(Conflict, match=r"upper limit.* did not match.*one of: upper limit, P value.*strata.*using"):
        reconstruct(TrialSummary.from_printed(EVERYTHING.printed_survival(analysis)), draws=1)


def test_level_is_what_was_used_not_what_was_asked():
    assert reconstruct(trial(), level=3, draws=0).level == 1
    assert (
        reconstruct(TrialSummary.from_printed(EVERYTHING.printed_survival("eloquent-2.pfs.primary")), 3, draws=0).level
        == 2
    )


def test_reference_does_not_depend_on_the_seed_and_draws_do():
    first, again, other = (reconstruct(trial(), draws=2, seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(first.times, again.times)
    assert np.array_equal(first.events, again.events)
    assert np.array_equal(first.times[0], other.times[0])
    assert not np.array_equal(first.times[1:], other.times[1:])


def test_more_draws_keep_the_reference():
    assert np.array_equal(reconstruct(trial(), draws=0).times[0], reconstruct(trial(), draws=3).times[0])


def scaled(interval, factor):
    return RoundingInterval(interval.lower * factor, interval.upper * factor)


def test_unit_of_time_does_not_matter():
    in_days = [
        replace(arm, median=scaled(arm.median, 30), median_followup=scaled(arm.median_followup, 30))
        for arm in trial().arms
    ]
    days = trial(control=in_days[0], experimental=in_days[1], longest_followup=840.0, shortest_followup=180.0)
    months, days = reconstruct(trial(), draws=2), reconstruct(days, draws=2)
    np.testing.assert_allclose(days.times, 30 * months.times, rtol=1e-6)
    assert np.array_equal(days.events, months.events)


def test_swapping_the_arms_inverts_the_hazard_ratio():
    def inverse(interval):
        return RoundingInterval(1 / interval.upper, 1 / interval.lower)

    one = trial()
    other = trial(
        control=one.experimental,
        experimental=one.control,
        hazard_ratio=inverse(one.hazard_ratio),
        lower=inverse(one.upper),
        upper=inverse(one.lower),
    )
    months = np.linspace(0, 25, 40)
    one, other = reconstruct(one, draws=0), reconstruct(other, draws=0)
    ratios = [float(cox(e.times[0], e.events[0], e.arm).hazard_ratio) for e in (one, other)]
    assert ratios[0] * ratios[1] == pytest.approx(1, abs=0.02)
    for arm in (True, False):
        curves = [
            kaplan_meier(e.times[0, e.arm == a], e.events[0, e.arm == a]).at(months)
            for e, a in ((one, arm), (other, not arm))
        ]
        assert np.nanmax(np.abs(curves[0] - curves[1])) < 0.02


@pytest.mark.seconds
def test_more_information_narrows_the_ensemble():
    whole = TrialSummary.from_printed(EVERYTHING.printed_survival("aspire.pfs.primary"))
    spreads = []
    for level in (1, 3):
        ensemble = reconstruct(whole, level, draws=30)
        curve = kaplan_meier(ensemble.times[:, ensemble.arm], ensemble.events[:, ensemble.arm])
        spreads.append(curve.at(np.arange(3, 34, 3)).std(0).mean())
    assert spreads[1] < 0.8 * spreads[0]


def test_sets_of_arms_that_cannot_be_compared_are_left_out():
    # Only the two medians of the durations of response are printed. A set with a handful of events meets them as well.
    ensemble = reconstruct(
        TrialSummary.from_printed(EVERYTHING.printed_survival("tourmaline-mm1.dor.primary")), 1, 100, seed=1
    )
    assert np.isfinite(cox(ensemble.times, ensemble.events, ensemble.arm).hazard_ratio).all()


def test_hazards_start_low_unless_the_numbers_say_otherwise():
    # One month of 28: constant hazards would leave 1 - 0.5^(1/10.2) = 6.6 percent with the event in the control arm.
    assert kaplan_meier(*arm_of(reconstruct(trial(), 1, draws=0), False)).at([1.0])[0] > 0.97
    early = replace(trial().control, survival=((1.0, RoundingInterval.printed("90", 0.01)),))
    again = arm_of(reconstruct(trial(control=early), 2, draws=0), False)
    assert kaplan_meier(*again).at([1.0])[0] == pytest.approx(0.90, abs=0.005)


def arm_of(ensemble, arm):
    return ensemble.times[0, ensemble.arm == arm], ensemble.events[0, ensemble.arm == arm]


def test_held_out_hazard_ratio_implies_no_events():
    summary = TrialSummary.from_printed(EVERYTHING.printed_survival("tourmaline-mm1.ttp.primary"), using=())
    assert summary.hazard_ratio is None
    assert summary.events is None


def test_implied_events_are_those_of_schoenfeld():
    # ASPIRE printed 431 events with this interval; 4 / standard error squared.
    intervals = {"lower": RoundingInterval.printed("0.57"), "upper": RoundingInterval.printed("0.83")}
    assert implied_events(intervals, (396, 396)).holds(431)
    exact = implied_events({"lower": RoundingInterval(0.5, 0.5), "upper": RoundingInterval(2, 2)}, (50, 100))
    assert exact.lower == pytest.approx(4.5 * (2 * 1.959964 / math.log(4)) ** 2, rel=1e-6)
    assert (
        implied_events(
            {"hazard_ratio": RoundingInterval.printed("0.7"), "p_value": RoundingInterval.printed("<0.001")}, (9, 9)
        )
        is None
    )


def test_followup_of_both_arms_is_printed_for_neither():
    printed = EVERYTHING.printed_survival("eloquent-2.pfs.primary")
    whole = TrialSummary.from_printed(printed)
    assert whole.median_followup == RoundingInterval.printed("24.5")
    assert whole.control.median_followup is whole.experimental.median_followup is None
    own = TrialSummary.from_printed(EVERYTHING.printed_survival("tourmaline-mm1.pfs.primary"))
    assert own.median_followup is None
    assert own.control.median_followup == RoundingInterval.printed("14.6")


def test_stretch_to_the_followup_of_both_arms_changes_nothing_else():
    free = {name: replace(getattr(trial(), name), median_followup=None) for name in ("control", "experimental")}
    apart = trial(**free, median_followup=RoundingInterval.printed("18.5"))
    sets = reconstruct(trial(), draws=6)
    for times, events in zip(sets.times, sets.events):
        moved = with_followup(apart, times, events, 0.2)
        assert kaplan_meier(moved, ~events).median == pytest.approx(apart.median_followup.at(0.2))
        assert np.array_equal(np.argsort(moved, kind="stable"), np.argsort(times, kind="stable"))
        assert cox(moved, events, sets.arm).log_hazard_ratio == cox(times, events, sets.arm).log_hazard_ratio
        for side, part in ((apart.control, ~sets.arm), (apart.experimental, sets.arm)):
            assert side.median.holds(kaplan_meier(moved[part], events[part]).median)


# --- conflicts


@pytest.mark.slow
def test_conflict_names_the_followup_of_both_arms():
    # Each arm was followed for 17 months in the median: both together cannot be for 25.
    with pytest.raises(Conflict, match="median follow-up of both arms"):
        reconstruct(trial(median_followup=RoundingInterval.printed("25.0")), draws=0)


@pytest.mark.slow
def test_conflict_names_the_numbers(brief):
    # Nearly everybody had the event, and yet survival was above one half until the end of follow-up.
    late = replace(
        trial().control,
        events=140,
        median=RoundingInterval.printed("27.5"),
        median_followup=RoundingInterval.printed("10.0"),
    )
    with pytest.raises(Conflict) as raised:
        reconstruct(trial(control=late), draws=0)
    assert any("control" in name for name in raised.value.unmet)
    assert "Check these numbers" in str(raised.value) or not raised.value.without


@pytest.mark.slow
def test_conflict_of_a_risk_table_with_the_events(brief):
    arm = replace(
        trial().control,
        at_risk=((0.0, 150), (6.0, 20), (12.0, 10)),
        median=RoundingInterval.printed("11.0"),
        events=140,
    )
    with pytest.raises(Conflict, match="control"):
        reconstruct(trial(control=arm), level=3, draws=0)


# --- rounding intervals that touch, and numbers at risk at the very last month


def two_hundred(**printed):
    control, experimental = (ArmSummary(100, e, RoundingInterval.printed(m)) for e, m in ((45, "12.0"), (35, "18.0")))
    return TrialSummary(
        control, experimental, 30.0, **{name: RoundingInterval.printed(text) for name, text in printed.items()}
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("ratio", "lower", "upper"), [("0.7", "0.6", "0.8"), ("0.99", "0.98", "0.99"), ("1.00", "1.00", "1.00")]
)
def test_limits_whose_roundings_touch_are_a_conflict_of_the_comparison(brief, ratio, lower, upper):
    # 80 events give a standard error of 0.22 at least, and these limits ask for a sixth of it or less.
    with pytest.raises(Conflict, match=r"lower limit.* did not match"):
        reconstruct(two_hundred(hazard_ratio=ratio, lower=lower, upper=upper), draws=1)


def test_coarse_limits_that_touch_the_hazard_ratio_are_met():
    # The roundings of the hazard ratio and of its lower limit touch: they leave the standard error open down to 0.
    summary = two_hundred(hazard_ratio="0.7", lower="0.4", upper="1.1")
    assert_prints(summary, reconstruct(summary, draws=2))
    touching = {"lower": RoundingInterval(0.4, 0.65), "hazard_ratio": RoundingInterval(0.65, 0.75)}
    assert interval_errors(touching, 0.95)[0][0] == 0
    summary = replace(two_hundred(), **touching)
    assert_prints(summary, reconstruct(summary, draws=2))


@pytest.mark.parametrize(
    "p_value", [RoundingInterval(1.0, 1.0), RoundingInterval.printed("1.00"), RoundingInterval.printed("0.98")]
)
def test_a_hazard_ratio_of_one_may_have_any_p_near_one(p_value):
    control, experimental = (ArmSummary(100, 60, RoundingInterval.printed("12.0")) for _ in range(2))
    summary = TrialSummary(control, experimental, 30.0, hazard_ratio=RoundingInterval.printed("1.00"))
    intervals = {"hazard_ratio": RoundingInterval.printed("1.00"), "p_value": p_value}
    assert implied_events(intervals, (100, 100)) is None or implied_events(intervals, (100, 100)).holds(120)
    if p_value.lower < p_value.upper:
        summary = replace(summary, p_value=p_value)
    assert_prints(summary, reconstruct(summary, draws=2))


def test_limits_without_a_width_are_refused():
    with pytest.raises(ValueError, match=r"lower = 0.7 is not below upper = 0.7: are they exchanged"):
        two_hundred_exact = RoundingInterval(0.7, 0.7)
        replace(two_hundred(hazard_ratio="0.7"), lower=two_hundred_exact, upper=two_hundred_exact)


def fixed_duration(longest, shortest=0.0, events=(60, 55), **arm):
    arms = [
        ArmSummary(100, died, RoundingInterval.printed(text), at_risk=((0.0, 100), (6.0, 80), (12.0, left)), **arm)
        for died, text, left in zip(events, ("8.0", "9.0"), (40, 38))
    ]
    return TrialSummary(*arms, longest, shortest, hazard_ratio=RoundingInterval.printed("0.90"))


@pytest.mark.parametrize(("longest", "shortest"), [(12.0, 0.0), (12.0, 12.0), (12.01, 0.0), (12.01, 12.0)])
def test_number_at_risk_at_the_very_last_month_comes_out(longest, shortest):
    summary = fixed_duration(longest, shortest)
    assert_prints(summary, reconstruct(summary, 3, draws=8))


def test_events_at_the_very_last_month_are_possible():
    # Of 100, 40 are at risk at 12 of 12 months, and 70 have the event: ten or more at that very month.
    summary = fixed_duration(12.0, 12.0, events=(70, 68))
    ensemble = reconstruct(summary, 3, draws=4)
    assert_prints(summary, ensemble)
    assert ((ensemble.events & (ensemble.times == 12.0)).sum(1) >= 16).all()


def test_small_fixed_duration_arms_are_arranged_anew():
    arm = ArmSummary(20, 10, survival=((12.0, RoundingInterval.printed("50", 0.01)),), at_risk=((6.0, 15), (12.0, 12)))
    edges = np.linspace(0, 12, 13)
    for generator in (None, np.random.default_rng(0)):
        times, events = beam_search(arm, 10, edges, np.linspace(0, 10, 13), np.zeros(13), generator)[0]
        assert not unmet(arm, times, events)
        assert (times == 12).sum() == 12


# --- what true patients of small arms print is not a conflict


@pytest.mark.slow
@pytest.mark.parametrize("number", [14, 25, 41])  # of 240 simulated trials, those that the first search does not find
def test_numbers_of_true_patients_are_met(number):
    _, patients = simulate(number)
    summary = publish(patients).at_level(1 + number // 8 % 3)
    assert_prints(summary, reconstruct(summary, 3, draws=0))


@pytest.mark.seconds
def test_a_printed_p_that_differs_from_that_of_the_interval_is_met():
    # The interval alone gives P 0.0013.
    arms = [
        ArmSummary(60, events, *map(RoundingInterval.printed, text))
        for events, *text in ((45, "13.0", "24.2"), (34, "20.6", "26.1"))
    ]
    intervals = zip(("hazard_ratio", "lower", "upper", "p_value"), ("0.48", "0.31", "0.76", "0.002"))
    summary = TrialSummary(*arms, 36.0, 16.0, **{name: RoundingInterval.printed(text) for name, text in intervals})
    assert_prints(summary, reconstruct(summary, draws=2))


def test_printed_hazard_ratio_outside_its_own_interval_is_refused():
    with pytest.raises(ValueError, match="hazard_ratio does not lie between"):
        trial(lower=RoundingInterval.printed("0.80"))


def test_interval_that_implies_more_events_than_patients_is_refused():
    interval = implied_events(
        {"lower": RoundingInterval.printed("0.69"), "upper": RoundingInterval.printed("0.71")}, (150, 150)
    )
    with pytest.raises(ValueError, match="only 300 patients"):
        trial(events=interval)


# --- bad input


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"n": 1}, "n = 1"),
        ({"events": 151}, "events = 151 must be from 1 to n = 150"),
        ({"events": 0}, "events = 0"),
        ({"survival": ((-6.0, RoundingInterval(0.5, 0.6)),)}, r"months of survival = \[-6.0\]"),
        ({"survival": ((math.nan, RoundingInterval(0.5, 0.6)),)}, "months of survival"),
        (
            {"survival": ((12.0, RoundingInterval(0.5, 0.5)), (6.0, RoundingInterval(0.4, 0.4)))},
            "must rise: 12 at 12 months, then 6",
        ),
        (
            {"survival": ((6.0, RoundingInterval(0.5, 0.51)), (12.0, RoundingInterval(0.6, 0.61)))},
            "must not rise: 0.5 at 6 months, then 0.6",
        ),
        ({"survival": ((6.0, RoundingInterval(57, 58)),)}, r"survival = \[57\] must lie in \[0, 1\]"),
        ({"at_risk": ((0.0, 150), (6.0, 100), (12.0, 110))}, "must not rise: 100 at 6 months, then 110 at 12"),
        ({"at_risk": ((0.0, 149), (6.0, 100))}, "at month 0 is 149, but n = 150"),
        ({"at_risk": ((6.0, 151),)}, r"\[151\] must be from 0 to n = 150"),
        ({"at_risk": ((6.0, -1),)}, "must be from 0"),
        ({"n": 150.0}, "n = 150.0 must be a whole number"),
        ({"n": "150"}, "n = '150' must be a whole number"),
        ({"events": True}, "events = True must be a whole number"),
        ({"at_risk": ((6.0, 60.5),)}, "number at risk at 6 months = 60.5 must be a whole number"),
        (
            {"median": 10.0},
            r'median = 10.0 must be a rounding interval, as RoundingInterval.printed\("14.7"\) gives it, or math.inf',
        ),
        ({"median": math.nan}, "median = nan must be a rounding interval"),
        ({"median": RoundingInterval(-3, -2)}, "median = -3 to -2 months must be above 0"),
        (
            {"median_followup": RoundingInterval(5, math.inf)},
            "median_followup = 5 to inf months must be above 0 and finite",
        ),
        ({"survival": ((0.0, RoundingInterval.printed("90", 0.01)),)}, "survival at month 0 = 0.9 must be 1"),
    ],
)
def test_impossible_arm_is_refused_by_name(changes, message):
    with pytest.raises(ValueError, match=message):
        replace(trial().control, **changes)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"longest_followup": -1.0}, "follow-up from 6 to -1"),
        ({"longest_followup": math.inf}, "follow-up"),
        ({"shortest_followup": 30.0}, "follow-up from 30 to 28"),
        (
            {"longest_followup": 12.0},
            "experimental: median at 14.05 months is beyond the longest follow-up of 12|median",
        ),
        ({"confidence_level": 95.0}, "confidence_level = 95"),
        ({"events": 400}, "events = 400 of both arms must be from 2 to 300"),
        ({"events": 170}, "events = 170 of both arms do not agree with 90 and 75"),
        (
            {"hazard_ratio": RoundingInterval(-1.0, -0.5), "lower": None, "upper": None},
            "hazard_ratio = -1 to -0.5 must be above 0",
        ),
        ({"hazard_ratio": None}, "without the hazard_ratio"),
        ({"hazard_ratio": RoundingInterval(0.5, math.inf)}, "hazard_ratio = 0.5 to inf must be above 0 and finite"),
        (
            {"hazard_ratio": RoundingInterval.printed("0.0"), "lower": None, "upper": None},
            "give more digits, it must be above 0",
        ),
        ({"p_value": RoundingInterval.printed("5")}, r"p_value = 5 must be in \[0, 1\]"),
        ({"p_value": RoundingInterval(-1, -0.5)}, r"p_value = -0.75 must be in \[0, 1\]"),
        (
            {"lower": RoundingInterval.printed("0.95"), "upper": RoundingInterval.printed("0.51")},
            "lower = 0.95 is not below upper = 0.51",
        ),
        ({"confidence_level": 1 - 1e-16}, "confidence_level = 0.99999999999999989 must be above 0"),
        ({"events": 165.0}, "events = 165.0 must be a whole number"),
        ({"median_followup": 12.0}, "median_followup of both arms = 12.0 must be a rounding interval"),
        ({"control": ArmSummary(150)}, "control: neither events"),
        (
            {"control": ArmSummary(150, 90, survival=((36.0, RoundingInterval(0.1, 0.2)),))},
            "survival at 36 months is beyond",
        ),
        ({"control": ArmSummary(150, 90, at_risk=((36.0, 3),))}, "at_risk at 36 months is beyond"),
        (
            {"control": ArmSummary(150, 90, median_followup=RoundingInterval(36.0, 37.0))},
            "median_followup at 36 months is beyond",
        ),
        ({"median_followup": RoundingInterval(36.0, 37.0)}, "median_followup of both arms at 36 months is beyond"),
    ],
)
def test_impossible_trial_is_refused_by_name(changes, message):
    with pytest.raises(ValueError, match=message):
        trial(**changes)


@pytest.mark.parametrize("name", ["draws", "seed"])
@pytest.mark.parametrize("value", [-1, 2.5, "3", True, math.nan])
def test_draws_and_seed_are_whole_numbers(name, value):
    with pytest.raises(ValueError, match=f"{name} = .* must be a whole number, not negative"):
        reconstruct(trial(), **{name: value})


def test_unknown_name_of_a_comparison_is_refused():
    printed = EVERYTHING.printed_survival("tourmaline-mm1.pfs.primary")
    with pytest.raises(
        ValueError, match="using names 'hazard ratio'; possible are hazard_ratio, lower, upper, p_value"
    ):
        TrialSummary.from_printed(printed, using=("hazard ratio",))


@pytest.mark.parametrize("text", ["", "about 3", "0.٩٧", "-1", "1,5", "NaN", "1e3", "."])
def test_text_that_is_no_printed_number_is_refused(text):
    with pytest.raises(ValueError, match="is not a reported number"):
        RoundingInterval.printed(text)


@pytest.mark.parametrize(
    ("months", "survival", "message"),
    [
        ([-1, 2], [1, 0.9], "starts at -1 months"),
        ([0, 2, 1], [1, 0.9, 0.8], "must not fall: 2 at 2 months, then 1"),
        ([0, 1, 2], [1, 0.8, 0.9], "must not rise: 0.8 at 1 months, then 0.9 at 2"),
        ([0, 1], [1, 1.2], "must not rise"),
        ([0, 1], [1.2, 1.1], "must lie in"),
        ([0, math.nan], [1, 0.5], "finite"),
        ([0], [1], "two or more points"),
        ([0, 1, 2], [1, 0.9], "two or more points"),
    ],
)
def test_impossible_curve_is_refused(months, survival, message):
    with pytest.raises(ValueError, match=message):
        Curve(months, survival)


@pytest.mark.parametrize(
    ("level", "draws", "message"), [(0, 1, "level = 0"), (4, 1, "level 4 needs a curve"), (1, -1, "draws = -1")]
)
def test_impossible_request_is_refused(level, draws, message):
    with pytest.raises(ValueError, match=message):
        reconstruct(trial(), level, draws)
