"""Estimates over an ensemble are those of its sets, one by one; printed numbers are judged by what they round to."""

import numpy as np
import pandas as pd
import pytest

from tourmaline.statistics.reconstruction import (
    Ensemble,
    agreement,
    band,
    central_range,
    estimates,
    pseudo_patients,
)
from tourmaline.statistics.survival import cox, kaplan_meier, log_rank, median_followup, rmst_difference

GROUP = np.arange(80) >= 38


@pytest.fixture(scope="module")
def ensemble():
    generator = np.random.default_rng(4)
    latent = generator.exponential(np.where(GROUP, 14, 9), (6, 80))
    censoring = generator.uniform(6, 24, (6, 80))
    times = np.minimum(np.minimum(latent, censoring), 24.0)
    times[:, [0, 79]] = 24.0  # somebody is followed to the end in both arms
    return Ensemble(times, (latent <= censoring) & (times < 24), GROUP, 1)


def test_each_row_of_the_estimates_is_what_its_set_gives_alone(ensemble):
    found = estimates(ensemble, confidence_level=0.9, interval_method="log", horizon=12)
    assert len(found) == 6
    for row, (times, events) in enumerate(zip(ensemble.times, ensemble.events)):
        model = cox(times, events, GROUP)
        assert found.loc[row, "hazard_ratio"] == pytest.approx(model.hazard_ratio, rel=1e-12)
        limits = found.loc[row, ["hazard_ratio.lower", "hazard_ratio.upper"]].to_list()
        assert limits == pytest.approx(model.hazard_ratio_interval(0.9), rel=1e-12)
        assert found.loc[row, "p_value"] == pytest.approx(log_rank(times, events, GROUP).p_value, rel=1e-12)
        difference = rmst_difference(times, events, GROUP, 12)
        assert found.loc[row, "rmst_difference"] == pytest.approx(difference.estimate, rel=1e-12)
        assert found.loc[row, "rmst_difference.upper"] == pytest.approx(difference.interval(0.9)[1], rel=1e-12)
        for arm, own in (("control", ~GROUP), ("experimental", GROUP)):
            shape = kaplan_meier(times[own], events[own])
            assert found.loc[row, f"median.{arm}"] == shape.median
            assert found.loc[row, [f"median.{arm}.lower", f"median.{arm}.upper"]].to_list() == list(
                shape.quantile_interval(0.5, 0.9, "log")
            )
            assert found.loc[row, f"events.{arm}"] == events[own].sum()
            assert found.loc[row, f"median_followup.{arm}"] == median_followup(times[own], events[own])


def test_the_band_holds_the_middle_share_of_the_sets_at_each_month(ensemble):
    found = band(ensemble, "control", level=0.8)
    at = found.iloc[200]
    survival = sorted(
        kaplan_meier(times[~GROUP], events[~GROUP]).at(at["month"])
        for times, events in zip(ensemble.times, ensemble.events)
    )
    # Of six sets, an eighth from each end: the first and the last.
    assert (at["lower"], at["upper"]) == (survival[0], survival[-1])
    assert found["month"].iloc[[0, -1]].to_list() == [0.0, 24.0]
    narrow = band(ensemble, "control", level=0.2).iloc[200]
    assert at["lower"] < narrow["lower"] <= narrow["upper"] < at["upper"]


def test_the_band_ends_where_a_tenth_of_the_sets_follow_nobody_any_more(ensemble):
    times = ensemble.times.copy()
    times[1, ~GROUP] = np.minimum(times[1, ~GROUP], 20.0)  # one set of six ends early
    found = band(Ensemble(times, ensemble.events, GROUP, 1), "control")
    assert found.dropna()["month"].max() == pytest.approx(20.0, abs=0.1)


def test_a_range_over_sets_may_end_at_infinity():
    lower, upper = central_range(np.array([[1.0, 2.0], [np.inf, 3.0], [np.inf, np.nan]]))
    assert (lower.tolist(), upper.tolist()) == ([1.0, 2.0], [np.inf, 3.0])


def test_a_used_number_must_come_out_of_every_set_and_a_held_out_one_lie_in_their_range():
    sets = pd.DataFrame(
        {"median": [20.6, 20.55, 20.64], "upper": [np.inf, 30.0, np.inf], "p_value": [0.012, 0.014, 0.013]}
    )
    printed = pd.DataFrame(
        [
            ("median", "20.6", True),
            ("median", "20.60", True),
            ("median", "20.58", False),
            ("median", "20.7", False),
            ("upper", "NE", True),
            ("upper", "NE", False),
            ("upper", "25", False),
            ("p_value", "<0.05", True),
            ("p_value", "0.012", False),
            ("p_value", "0.02", False),
        ],
        columns=["quantity", "printed", "used"],
    )
    found = agreement(printed, sets)
    assert found["agrees"].to_list() == [True, False, True, False, False, True, False, True, True, False]
    assert found.loc[0, ["reference", "lower", "upper"]].to_list() == [20.6, 20.55, 20.64]


def test_pseudo_patients_are_the_reference_row_by_row(ensemble):
    rows = pseudo_patients(ensemble, {"control": "placebo", "experimental": "drug"})
    assert rows["arm"].value_counts().to_dict() == {"drug": 42, "placebo": 38}
    again = cox(rows["months"], rows["event"], (rows["arm"] == "drug").astype(int))
    assert again.hazard_ratio == pytest.approx(estimates(ensemble).loc[0, "hazard_ratio"], rel=1e-12)
