"""Survival estimators: what does not change the answer, many sets at once, and what is refused."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lifelines.statistics import logrank_test
from statsmodels.duration.survfunc import survdiff

from benchmarks.survival import compare_with_lifelines, simulated_sets
from tourmaline.statistics.survival import (
    TRANSFORMS,
    cox,
    grambsch_therneau,
    kaplan_meier,
    log_rank,
    median_followup,
    number_at_risk,
    rmst,
    rmst_difference,
    smoothed_hazard,
)

REFERENCE = json.loads((Path(__file__).parent / "reference" / "survival.json").read_text())


@st.composite
def two_arms(draw):
    """Times with many ties; both arms have events at two times at least while both are at risk."""
    size = draw(st.integers(3, 20))
    patient = st.tuples(st.integers(1, 12), st.integers(0, 1), st.integers(0, 1), st.integers(0, 2))
    patients = draw(st.lists(patient, min_size=size, max_size=size))
    fixed = [(1, 1, 0, 0), (1, 1, 1, 0), (12, 1, 0, 0), (12, 1, 1, 0), (13, 0, 0, 0), (13, 0, 1, 0)]
    time, event, group, strata = np.array(patients + fixed).T
    return time / 4, event, group, strata


def fields(result):
    return [getattr(result, field.name) for field in dataclasses.fields(result)]


def all_answers(time, event, group, strata):
    """Every estimator of two arms, each an array with the ensemble's axis first."""
    arms = [(time[..., group == arm], event[..., group == arm]) for arm in (0, 1)]
    answers = fields(cox(time, event, group, strata)) + fields(cox(time, event, group))
    answers += fields(log_rank(time, event, group)) + fields(log_rank(time, event, group, strata))
    for transform in TRANSFORMS:
        answers += fields(grambsch_therneau(time, event, group, transform, strata))
    answers += fields(rmst_difference(time, event, group, [1, 2.5]))
    for arm in arms:
        curve = kaplan_meier(*arm)
        answers += [
            curve.median,
            *curve.quantile_interval(0.4, 0.9, "log"),
            curve.at([0, 1, 2.3, 3]),
            median_followup(*arm),
        ]
        answers += [number_at_risk(arm[0], [0, 0.25, 2]), *fields(rmst(*arm, [1, 2.5]))]
    return answers


# --- what does not change the answer


@pytest.mark.seconds
@given(arms=two_arms(), seed=st.integers(0, 99))
def test_the_order_of_patients_does_not_matter(arms, seed):
    order = np.random.default_rng(seed).permutation(len(arms[0]))
    for answer, expected in zip(all_answers(*(column[order] for column in arms)), all_answers(*arms), strict=True):
        np.testing.assert_allclose(answer, expected, rtol=1e-9, atol=1e-9)


@pytest.mark.seconds
@given(arms=two_arms(), factor=st.sampled_from([0.125, 4.0, 30.4375]))
def test_the_unit_of_time_scales_times_and_leaves_tests_alone(arms, factor):
    time, event, group, _ = arms
    for test in (cox, log_rank, grambsch_therneau):
        for answer, expected in zip(fields(test(time * factor, event, group)), fields(test(time, event, group))):
            np.testing.assert_allclose(answer, expected, rtol=1e-9, atol=1e-9)
    assert kaplan_meier(time * factor, event).median == pytest.approx(kaplan_meier(time, event).median * factor)
    for answer, expected in zip(fields(rmst(time * factor, event, 2 * factor)), fields(rmst(time, event, 2))):
        assert answer == pytest.approx(expected * factor)


@pytest.mark.seconds
@given(arms=two_arms())
def test_swapping_the_arms_turns_the_comparison_round(arms):
    time, event, group, strata = arms
    fit, swapped = cox(time, event, group, strata), cox(time, event, 1 - group, strata)
    assert swapped.log_hazard_ratio == pytest.approx(-fit.log_hazard_ratio, abs=1e-11)
    assert swapped.standard_error == pytest.approx(fit.standard_error)
    assert log_rank(time, event, 1 - group).statistic == pytest.approx(
        log_rank(time, event, group).statistic, abs=1e-12
    )
    assert rmst_difference(time, event, 1 - group, 2).estimate == -rmst_difference(time, event, group, 2).estimate
    assert grambsch_therneau(time, event, 1 - group).statistic == pytest.approx(
        grambsch_therneau(time, event, group).statistic, abs=1e-9
    )


@given(arms=two_arms())
def test_the_likelihood_falls_to_both_sides_of_the_estimate(arms):
    time, event, group, _ = arms
    time = time + 1e-6 * np.arange(time.size)  # without ties: the formula below knows of none
    fit = cox(time, event, group)

    def log_likelihood(log_hazard_ratio):
        risk = np.exp(log_hazard_ratio * group)
        return sum(log_hazard_ratio * group[i] - np.log(risk[time >= time[i]].sum()) for i in np.flatnonzero(event))

    for step in (-1e-3, 1e-3):
        assert log_likelihood(fit.log_hazard_ratio + step) < log_likelihood(fit.log_hazard_ratio)


@given(times=st.lists(st.integers(0, 20), min_size=1, max_size=30))
def test_without_censoring_the_curve_is_the_share_still_without_event(times):
    times = np.array(times)
    curve = kaplan_meier(times, np.ones(times.size))
    np.testing.assert_allclose(curve.survival, [(times > t).mean() for t in curve.time], atol=1e-12)
    np.testing.assert_allclose(curve.at([0, 3.5, 30]), [(times > t).mean() for t in (0, 3.5, 30)], atol=1e-12)


@given(times=st.lists(st.integers(0, 20), min_size=1, max_size=30), horizon=st.floats(0.5, 40))
def test_without_censoring_the_restricted_mean_is_the_mean_of_the_cut_off_times(times, horizon):
    mean = rmst(times, np.ones(len(times)), horizon)
    cut_off = np.minimum(times, horizon)
    assert mean.estimate == pytest.approx(cut_off.mean())
    assert mean.standard_error == pytest.approx(np.std(cut_off) / np.sqrt(len(times)), abs=1e-9)


@given(arms=two_arms())
def test_lower_limits_are_below_the_curve_and_upper_limits_above(arms):
    curve = kaplan_meier(*arms[:2])
    for method in ("log-log", "log", "plain"):
        lower, upper = curve.interval(0.9, method)
        known = curve.survival > 0
        assert (lower <= curve.survival)[known].all() and (upper >= curve.survival)[known].all()
        wide_lower, wide_upper = curve.interval(0.99, method)
        assert (wide_lower <= lower)[known].all() and (wide_upper >= upper)[known].all()


@pytest.mark.parametrize("early", [0, 1])
def test_cox_finds_hazard_ratios_far_from_1(early):
    # The events of 20 patients come before nearly all of 1,980 others. Newton's first step alone would go beyond 100.
    group = np.repeat([early, 1 - early, early, 1 - early], [19, 50, 1, 1930])
    fit = cox(np.arange(2000), np.ones(2000), group)
    at_risk1, at_risk0 = (np.cumsum((group == arm)[::-1])[::-1] for arm in (1, 0))
    expected = at_risk1 * fit.hazard_ratio / (at_risk0 + at_risk1 * fit.hazard_ratio)
    assert abs(fit.log_hazard_ratio) > 4
    assert expected.sum() == pytest.approx(group.sum(), abs=1e-9)


# --- many sets at once


@pytest.mark.seconds
@given(first=two_arms(), seed=st.integers(0, 99))
def test_each_set_of_an_ensemble_has_the_answers_it_has_alone(first, seed):
    time, event, group, strata = first
    random = np.random.default_rng(seed)
    # Sets that differ in their ties: as drawn, within strata shuffled among patients of an arm, and without any tie.
    shuffled = np.arange(time.size)
    for arm in (0, 1):
        members = np.flatnonzero(group[:-6] == arm)
        shuffled[members] = random.permutation(members)
    untied = time + np.arange(time.size) / 1e4
    times, events = np.stack([time, time[shuffled], untied]), np.stack([event, event[shuffled], event])
    together = all_answers(times, events, group, strata)
    for place in range(3):
        alone = all_answers(times[place], events[place], group, strata)
        for answer, expected in zip(together, alone, strict=True):
            np.testing.assert_allclose(answer[place], expected, rtol=1e-10, atol=1e-10)


def test_curves_of_sets_with_fewer_distinct_times_end_at_infinity():
    curve = kaplan_meier([[1, 2, 3], [2, 2, 2]], [[1, 1, 0], [1, 0, 0]])
    assert curve.time.tolist() == [[1, 2, 3], [2, np.inf, np.inf]]
    assert curve.at_risk.tolist() == [[3, 2, 1], [3, 0, 0]]
    np.testing.assert_allclose(curve.survival, [[2 / 3, 1 / 3, 1 / 3], [2 / 3, 2 / 3, 2 / 3]])
    assert curve.median.tolist() == [2, np.inf]
    for column in fields(curve):
        assert column.shape == (2, 3)


def test_an_ensemble_of_one_keeps_its_axis_and_a_single_set_has_none():
    time, event, group = [1, 2, 3, 4, 5, 6], [1, 1, 1, 1, 0, 1], [0, 0, 1, 0, 1, 1]
    assert np.shape(cox(time, event, group).log_hazard_ratio) == ()
    assert cox([time], [event], group).log_hazard_ratio.shape == (1,)
    assert kaplan_meier([time], [event]).at([1, 2]).shape == (1, 2)
    assert rmst([time, time], [event, event], [2, 3, 4]).estimate.shape == (2, 3)
    assert log_rank([time], [event], group).observed.shape == (1, 2)


@pytest.mark.parametrize("decimals", [12, 0])
def test_an_ensemble_gives_what_a_loop_over_lifelines_gives(decimals):
    time, event, group = simulated_sets(sets=4, patients=120, seed=3, decimals=decimals)
    _, _, difference = compare_with_lifelines(time, event, group, sample=4)
    assert difference.max() < 1e-8


@pytest.mark.parametrize("name", REFERENCE["data_sets"])
def test_lifelines_and_statsmodels_agree_on_data_of_real_patients(name):
    data = REFERENCE["data_sets"][name]["data"]
    time, event, group, strata = (np.array(data[column]) for column in ("time", "event", "group", "strata"))
    test = logrank_test(time[group == 0], time[group == 1], event[group == 0], event[group == 1])
    assert log_rank(time, event, group).statistic == pytest.approx(test.test_statistic, rel=1e-8)
    statistic, _ = survdiff(time, event, group, strata=strata)
    assert log_rank(time, event, group, strata).statistic == pytest.approx(statistic, rel=1e-8)


@pytest.mark.seconds
def test_wald_intervals_and_log_rank_tests_keep_their_level():
    # 2,000 trials of 200 patients with a hazard ratio of 1 and of 0.7, drop-out and ties of 0.1.
    random = np.random.default_rng(20)
    group = np.repeat([0, 1], 100)
    for hazard_ratio in (1.0, 0.7):
        event_time = random.exponential(np.where(group == 1, 10 / hazard_ratio, 10.0), (2000, 200))
        censoring = random.uniform(5, 25, (2000, 200))
        time, event = np.round(np.minimum(event_time, censoring), 1), event_time <= censoring
        lower, upper = cox(time, event, group).hazard_ratio_interval()
        # Two standard errors of a share of 0.95 among 2,000 are 0.01.
        assert ((lower < hazard_ratio) & (hazard_ratio < upper)).mean() == pytest.approx(0.95, abs=0.012)
        truth = [mean * (1 - np.exp(-5 / mean)) for mean in (10, 10 / hazard_ratio)]
        lower, upper = rmst_difference(time, event, group, 5).interval()
        assert ((lower < truth[1] - truth[0]) & (truth[1] - truth[0] < upper)).mean() == pytest.approx(0.95, abs=0.012)
        assert (grambsch_therneau(time, event, group).p_value < 0.05).mean() == pytest.approx(0.05, abs=0.012)
        lower, upper = kaplan_meier(time[:, :100], event[:, :100]).quantile_interval()
        assert ((lower <= 10 * np.log(2)) & (10 * np.log(2) <= upper)).mean() == pytest.approx(0.95, abs=0.015)
        if hazard_ratio == 1:
            assert (log_rank(time, event, group).p_value < 0.05).mean() == pytest.approx(0.05, abs=0.012)


# --- what is refused

TIME, EVENT, GROUP = [1, 2, 3, 4], [1, 1, 1, 1], [0, 1, 0, 1]
CURVE = kaplan_meier(TIME, EVENT)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: kaplan_meier([1, -2], [1, 1]), r"time = -2\.0"),
        (lambda: kaplan_meier([1, np.nan], [1, 1]), "time = nan"),
        (lambda: kaplan_meier([1, np.inf], [1, 1]), "time = inf"),
        (lambda: kaplan_meier([1, 2], [1, 2]), r"event = 2\.0"),
        (lambda: kaplan_meier([1, 2], [1, np.nan]), "event = nan"),
        (lambda: kaplan_meier([1, 2], [1]), r"event has shape \(1,\)"),
        (lambda: kaplan_meier([], []), "at least one patient"),
        (lambda: kaplan_meier(np.ones((1, 2, 3)), np.ones((1, 2, 3))), r"shape \(1, 2, 3\)"),
        (lambda: number_at_risk([], 1), "at least one patient"),
        (lambda: number_at_risk([1], [-1]), r"at = -1\.0"),
        (lambda: median_followup([-1], [1]), r"time = -1\.0"),
        (lambda: CURVE.at(-1), r"t = -1\.0"),
        (lambda: CURVE.interval(1.0), "confidence_level = 1"),
        (
            lambda: CURVE.interval(method="loglog"),
            "method = 'loglog' is unknown; it must be one of log-log, log, plain",
        ),
        (lambda: CURVE.quantile(0), "probability = 0"),
        (lambda: CURVE.quantile_interval(1), "probability = 1"),
        (lambda: CURVE.quantile_interval(confidence_level=95), "confidence_level = 95"),
        (lambda: log_rank(TIME, EVENT, [0, 0, 0, 0]), "group = 1 has no patients"),
        (lambda: log_rank(TIME, EVENT, [1, 1, 1, 1]), "group = 0 has no patients"),
        (lambda: log_rank(TIME, EVENT, [0, 1, 2, 1]), "group = 2"),
        (lambda: log_rank(TIME, EVENT, [0, 1]), r"group has shape \(2,\) but a set has 4 patients"),
        (lambda: log_rank(TIME, EVENT, GROUP, [1, 2]), r"strata has shape \(2,\)"),
        (lambda: log_rank(TIME, EVENT, GROUP, [1, np.nan, 1, 1]), "strata = nan"),
        (lambda: log_rank(TIME, [0, 0, 0, 0], GROUP), "^there are no events"),
        (lambda: log_rank([TIME, TIME], [EVENT, [0, 0, 0, 0]], GROUP), "^set 1: there are no events"),
        (lambda: log_rank([1, 2, 3, 4], [0, 0, 1, 1], [0, 0, 1, 1]), "nothing is compared"),
        (lambda: cox(TIME, [0, 0, 0, 0], GROUP), "there are no events"),
        (lambda: cox(TIME, [1, 0, 1, 0], GROUP), "^group 1 has no event while both .* .monotone likelihood"),
        (lambda: cox(TIME, [0, 1, 0, 1], GROUP), "^group 0 has no event while both .* .monotone likelihood"),
        (lambda: cox([TIME, TIME], [EVENT, [1, 0, 1, 0]], GROUP), "^set 1: group 1 has no event"),
        # Its only event comes when nobody of group 0 is left.
        (lambda: cox([1, 2, 3, 4], [1, 1, 0, 1], [0, 0, 1, 1]), "^group 1 has no event while both"),
        (lambda: cox(TIME, EVENT, [0, 1, 0, 1]).hazard_ratio_interval(0), "confidence_level = 0"),
        (lambda: rmst(TIME, EVENT, 0), r"horizon = 0\.0 is not allowed"),
        (lambda: rmst(TIME, EVENT, -1), r"horizon = -1\.0 is not allowed"),
        (lambda: rmst(TIME, EVENT, [3, 2]), r"horizon = \[3\.0, 2\.0\] .* increasing"),
        (lambda: rmst(TIME, EVENT, np.nan), "horizon = nan"),
        (lambda: rmst(TIME, EVENT, []), "horizon has shape"),
        (lambda: rmst(TIME, EVENT, 2).interval(2), "confidence_level = 2"),
        (lambda: rmst_difference(TIME, EVENT, [1, 1, 1, 1], 2), "group = 0 has no patients"),
        (lambda: rmst_difference(TIME, EVENT, GROUP, 0.5), "neither group has an event"),
        (lambda: grambsch_therneau(TIME, EVENT, GROUP, "sqrt"), "transform = 'sqrt' is unknown"),
        (lambda: grambsch_therneau([0, 2, 3, 4], EVENT, GROUP, "log"), "time = 0 has no logarithm"),
        # Of five equal numbers the mean is not quite that number.
        (
            lambda: grambsch_therneau(
                [0.7] * 5 + [1.3] * 5, [1] * 5 + [0] * 5, [1, 1, 0, 1, 1, 0, 1, 0, 1, 1], "identity"
            ),
            "same at all events",
        ),
        (lambda: smoothed_hazard([TIME, TIME], [EVENT, EVENT], [0, 1]), "one set at a time"),
        (lambda: smoothed_hazard(TIME, EVENT, [0, 5]), "grid ends at 5"),
        (lambda: smoothed_hazard(TIME, EVENT, [2, 1]), "increasing"),
        (lambda: smoothed_hazard(TIME, EVENT, [0, 4], bandwidth=3), "bandwidth = 3 .* at most 2"),
        (lambda: smoothed_hazard(TIME, EVENT, [0, 4], bandwidth=0), "bandwidth = 0"),
        (lambda: smoothed_hazard(TIME, EVENT, [0, 1.5]), "fewer than two event times"),
    ],
)
def test_what_cannot_be_is_refused_and_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
