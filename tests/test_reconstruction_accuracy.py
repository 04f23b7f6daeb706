"""The reconstruction measured on patients whose data are known, and the algorithm that reads a curve's coordinates."""

from dataclasses import replace
from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from tourmaline import paths
from tourmaline.data.public_patients import PUBLIC_SETS, public_sets, reconstructed_by_guyot
from tourmaline.figures.reconstruction import against_truth
from tourmaline.results.accuracy import of_algorithms, of_early, of_groups
from tourmaline.results.words import Words
from tourmaline.statistics.reconstruction import Curve, RoundingInterval, reconstruct
from tourmaline.statistics.reconstruction.accuracy.measures import (
    TruePatients,
    compare_arms,
    compare_comparisons,
    compare_early,
    publish,
)
from tourmaline.statistics.reconstruction.accuracy.reference_algorithm import beside_guyot
from tourmaline.statistics.reconstruction.accuracy.report import LARGE, REPORTED, Measured, by_reported, measure
from tourmaline.statistics.reconstruction.digitised_curves.reading import read_off
from tourmaline.statistics.reconstruction.ensemble import Ensemble
from tourmaline.statistics.reconstruction.hazards.constrained_hazards import condition, constraints, directions
from tourmaline.statistics.reconstruction.search.outcomes import unmet
from tourmaline.statistics.survival import cox, kaplan_meier

COMPARED = ("hazard_ratio", "lower", "upper")

# --- level 4, the algorithm of Guyot and others


def test_guyot_gives_back_patients_without_censoring():
    times = np.array([1.0, 2.0, 2.0, 5.0, 7.0])
    curve = kaplan_meier(times, np.ones(5))
    found, events = read_off(Curve(curve.time, curve.survival), 5)
    assert found.tolist() == times.tolist()
    assert events.all()


def test_guyot_censors_evenly_between_numbers_at_risk():
    # By hand: of 10, two events at 1 (S 0.8); the table has 6 at month 4, so 2 are lost before it, at 1 and 3, a quarter and
    # three quarters of the way; then 3 of 6 events at 5 (S 0.4).
    curve = Curve([0, 1, 5, 8], [1.0, 0.8, 0.4, 0.4])
    times, events = read_off(curve, 10, at_risk=[(0, 10), (4, 6)], events=5)
    assert sorted(times[events]) == [1, 1, 5, 5, 5]
    assert sorted(times[~events])[:2] == [1, 3]
    assert (times >= 4).sum() == 6


def test_guyot_with_events_but_no_risk_table_finds_the_censored():
    # 4 patients, 2 events: survival 0.75 at 1 and 0.375 at 3 needs one lost between.
    times, events = read_off(Curve([0, 1, 3, 4], [1.0, 0.75, 0.375, 0.375]), 4, events=2)
    assert sorted(times[events]) == [1, 3]
    assert len(times) == 4


@pytest.mark.parametrize("seed", range(6))
def test_guyot_returns_everybody_once_whatever_the_curve(seed):
    random = np.random.default_rng(seed)
    times, events = np.minimum(random.exponential(10, 60), 20), random.random(60) < 0.7
    curve = kaplan_meier(times, events)
    table = [(0.0, 60), *((m, int((times >= m).sum())) for m in (4.0, 8.0, 12.0, 16.0))]
    drop = np.unique(np.r_[0.0, curve.time[curve.events > 0]])
    read = Curve(drop, np.round(curve.at(drop), 2))
    found, died = read_off(read, 60, table, int(events.sum()))
    assert len(found) == 60
    assert died.sum() == events.sum()
    again = kaplan_meier(found, died)
    at = drop[drop < min(found.max(), 18)]
    assert np.abs(again.at(at) - curve.at(at)).max() < 0.055  # three patients of 60: it was read in hundredths only


def test_what_the_authors_code_reconstructed_is_of_the_coordinates_of_today():
    # Should the way change in which curves are read or counted, benchmarks/guyot.py has to be run again.
    theirs = reconstructed_by_guyot()
    assert len(theirs) == 27
    for one in PUBLIC_SETS:
        if one.name not in theirs:
            continue
        found, trial = TruePatients.of_frame(theirs[one.name]), publish(TruePatients.of_frame(one.patients()))
        for group, arm in enumerate((trial.control, trial.experimental)):
            own = found.arm == bool(group)
            assert own.sum() == arm.n
            followed = [(found.times[own] >= month).sum() for month, _ in arm.at_risk]
            assert np.abs(np.array(followed) - [count for _, count in arm.at_risk]).max() <= 4
            died = np.unique(found.times[own & found.events])
            months = arm.curve.months
            assert np.abs(months[:, None] - died).min(axis=0).max() < 1e-6
            # Where twenty are left, a curve of whole patients comes near the lowest coordinate of a month.
            some = np.array([(found.times[own] >= month).sum() >= 20 for month in months])
            lowest = arm.curve.survival[np.searchsorted(months, months, side="right") - 1]
            again = kaplan_meier(found.times[own], found.events[own]).at(months)
            assert not some.any() or np.abs(again - lowest)[some].mean() < 0.02


def test_true_patients_beside_the_other_algorithm_have_no_error():
    one = next(one for one in PUBLIC_SETS if one.name == "colon, death")
    true = TruePatients.of_frame(one.patients())
    found = beside_guyot({one.name: true}, {one.name: true})
    assert found.loc["guyot", ["largest", "whole_worst", "ratio"]].tolist() == [0, 0, 0]
    assert found.loc["report", "largest"] > 0.0005
    assert found.loc["guyot", ["arms", "sets", "same_events", "same_ratio"]].tolist() == [2, 1, 2, 1]
    theirs, _ = of_algorithms(found, {"guyot": "Theirs", "report": "Ours"}).to_dict("records")
    assert theirs["algorithm"] == "Theirs"
    assert theirs["largest"] == "0.000 (0.000)"
    assert theirs["ratio"] == "0.0% (0.0%)"
    assert theirs["same_ratio"] == "1 of 1"


def test_those_lost_lean_to_early_by_a_power():
    curve = Curve([0, 1, 5, 8], [1.0, 0.8, 0.4, 0.4])
    times, events = read_off(curve, 10, at_risk=[(0, 10), (4, 6)], lean=np.log(2.0))
    assert sorted(times[~events])[:2] == pytest.approx([0.25, 2.25])  # a sixteenth and nine sixteenths of the way
    assert (times >= 4).sum() == 6


@pytest.mark.parametrize("name", ["lung", "gbsg2", "lymph node"])
def test_level_4_takes_the_printed_hazard_ratio_into_account(name):
    patients = TruePatients.of_frame(next(one for one in PUBLIC_SETS if one.name == name).patients())
    trial = publish(patients)
    true = float(cox(patients.times, patients.events, patients.arm).hazard_ratio)
    reference = reconstruct(trial, 4, draws=0)
    assert abs(compare_comparisons(patients, reference)["hazard_ratio_error"]) < 0.01
    # Printed a little lower, within what the reading error leaves open, it comes out lower.
    intervals = {
        name: RoundingInterval(0.985 * getattr(trial, name).lower, 0.985 * getattr(trial, name).upper)
        for name in COMPARED
    }
    lower = reconstruct(replace(trial, **intervals, p_value=None), 4, draws=0)
    found = float(cox(lower.times[0], lower.events[0], lower.arm).hazard_ratio)
    assert 0.975 * true < found < 0.995 * true


@pytest.mark.seconds
def test_level_4_draws_read_the_curve_a_little_differently():
    random = np.random.default_rng(5)
    patients = TruePatients(random.exponential(12, 200), random.random(200) < 0.7, np.arange(200) % 2 == 1)
    ensemble = reconstruct(publish(patients), 4, draws=5)
    assert ensemble.level == 4
    assert compare_arms(patients, ensemble)["mean"].max() < 0.01
    assert not np.array_equal(ensemble.times[1], ensemble.times[2])


# --- accuracy, on patients whose data are known


@pytest.mark.seconds
def test_more_information_comes_nearer_to_the_true_curves():
    random = np.random.default_rng(11)
    arm = np.arange(300) % 2 == 1
    true = random.weibull(1.3, 300) * np.where(arm, 22, 16)
    censored = random.uniform(8, 36, 300)
    patients = TruePatients(np.minimum(true, censored), true <= censored, arm)
    summary = publish(patients)
    means = [compare_arms(patients, reconstruct(summary, level, draws=20))["mean"].max() for level in (1, 3, 4)]
    assert means[0] > means[1] > means[2]
    compared = compare_comparisons(patients, reconstruct(summary, 1, draws=0))
    assert abs(compared["hazard_ratio_error"]) < 0.02


def test_figure_shows_true_curve_reference_and_band_of_every_arm():
    months = np.arange(5.0)
    points = pd.concat(
        pd.DataFrame({"panel": panel, "unit": "weeks", "arm": arm, "month": months, "true": 1 - months / 10})
        for panel in ("one", "two", "three")
        for arm in ("control", "experimental")
    ).assign(reference=0.8, lower=0.7, upper=0.9)
    figure = against_truth(points)
    try:
        shown = [axes for axes in figure.axes if axes.get_visible()]
        assert [axes.get_title("left") for axes in shown] == ["one", "two", "three"]
        for axes in shown:
            assert len(axes.lines) == 4
            assert len(axes.collections) == 2
            assert axes.get_xlabel() == "Weeks"
    finally:
        plt.close(figure)


@pytest.mark.slow
def test_summary_whose_windows_are_narrower_than_a_patient_is_met_by_many_sets():
    # Nobody is censored before the end of this study; one who were would move survival by more than its rounding intervals are wide.
    convicts = next(one for one in PUBLIC_SETS if one.name == "rossi")
    ensemble = reconstruct(publish(TruePatients.of_frame(convicts.patients())), 3, draws=30)
    assert len(np.unique(ensemble.times, axis=0)) == 31


def test_what_could_not_be_reconstructed_is_named():
    words = Words(paths.WORDS / "reconstruction_accuracy.yml")
    assert words.text("failed", {"set": "one", "of_level": 2, "unmet": "median"}) == "one at level 2 (median)"


def test_draws_made_of_others_are_counted_once_a_set_and_level():
    arms = pd.DataFrame({"set": ["one", "one", "two"], "level": [2, 2, 3], "perturbed": [27, 27, 0]})
    found = Measured(arms, pd.DataFrame(), pd.DataFrame()).perturbed()
    assert found.to_dict("records") == [{"set": "one", "level": 2, "perturbed": 27}]
    assert Measured(arms[2:], pd.DataFrame(), pd.DataFrame()).perturbed().empty


def test_accuracy_is_told_apart_by_the_size_of_the_arm():
    arms = pd.DataFrame({"n": [50, 200, 300, 60], "level": [2, 2, 2, 3], "largest": [0.2, 0.02, 0.04, 0.1]})
    arms = arms.assign(whole=[0.3, 0.03, 0.05, 0.1])
    arms = arms.assign(left_open=0.05, rmst_error=[-0.03, 0.01, -0.02, 0.01], coverage=[1.0, 0.8, 0.9, 1.0])
    arms = arms.assign(mean=0.01, hazard_ratio_error=[0.01, -0.03, 0.02, 0.0])
    # What is left open, and coverage, over two resamples of the draws: nearly the same.
    arms["resampled"] = [np.array([[0.05, covered], [0.05, covered + 0.002]]) for covered in arms["coverage"]]
    found = Measured(arms, pd.DataFrame(), pd.DataFrame()).by("level", "large")
    assert found[["level", "large", "arms"]].to_numpy().tolist() == [[2, False, 1], [2, True, 2], [3, False, 1]]
    assert found["largest"].to_numpy() == pytest.approx([0.2, 0.03, 0.1])
    assert found["worst"].to_numpy() == pytest.approx([0.2, 0.04, 0.1])
    assert found["ratio"].to_numpy() == pytest.approx([1, 2.5, 0])
    shown = of_groups(found, ["2: below 200", "2: 200 or more", "3: below 200"])
    assert shown[["group", "arms", "largest"]].to_numpy().tolist() == [
        ["2: below 200", "1", "0.200 (0.03)"],
        ["2: 200 or more", "2", "0.030 (0.03)"],
        ["3: below 200", "1", "0.100 (0.03)"],
    ]
    assert shown["worst"].to_list() == ["0.200", "0.040", "0.100"]
    assert shown["whole"].to_list() == ["0.300 (0.300)", "0.040 (0.050)", "0.100 (0.100)"]
    assert shown["coverage"].to_list() == ["100%", "85%", "100%"]
    assert shown["ratio_worst"].to_list() == ["1.0%", "3.0%", "0.0%"]


def weibull_patients(size, seed=7):
    random = np.random.default_rng(seed)
    arm = np.arange(size) % 2 == 1
    true, censored = random.weibull(1.4, size) * np.where(arm, 22, 16), random.uniform(8, 36, size)
    return TruePatients(np.minimum(true, censored), true <= censored, arm)


def test_more_reported_numbers_come_nearer_and_small_sets_are_left_out():
    sets = [SimpleNamespace(name=name) for name in ("large", "small")]
    patients = {"large": weibull_patients(2 * LARGE), "small": weibull_patients(60)}
    found = by_reported(sets, patients)
    assert list(found[["level", "rates", "columns"]].itertuples(index=False, name=None)) == list(REPORTED)
    assert set(found["arms"]) == {2}
    assert found["mean"].iloc[-1] < found["mean"].iloc[0]


def test_rates_are_printed_only_while_ten_patients_are_left():
    patients = weibull_patients(60)
    printed = publish(patients, rates=8)
    months = [month for month, _ in printed.control.survival]
    assert 2 < len(months) < 8
    left = [min((patients.of(arm)[0] >= month).sum() for arm in (False, True)) for month in months]
    assert min(left) >= 10
    assert len(publish(weibull_patients(3000), rates=8).control.survival) == 8
    assert len(publish(patients, columns=12).control.at_risk) == 13  # with month 0


def test_without_draws_nothing_is_said_of_their_spread():
    patients = weibull_patients(200)
    found = compare_arms(patients, reconstruct(publish(patients), 2, draws=0))
    assert found[["left_open", "coverage"]].isna().to_numpy().all()
    assert (found["largest"] < 0.1).all()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "level", "rates", "columns"),
    [("lymphoma", 2, 8, 8), ("leukaemia", 3, 5, 8), ("waltons", 3, 5, 8), ("rossi", 3, 5, 24), ("gbsg2", 3, 5, 24)],
)
def test_small_arms_and_long_risk_tables_are_rebuilt_too(name, level, rates, columns):
    patients = TruePatients.of_frame(next(one for one in PUBLIC_SETS if one.name == name).patients())
    trial = publish(patients, rates, columns)
    ensemble = reconstruct(trial, level, draws=1)
    for summary, part in zip(trial.arms, (~ensemble.arm, ensemble.arm)):
        for times, events in zip(ensemble.times[:, part], ensemble.events[:, part]):
            assert not [name for name in unmet(summary, times, events) if level == 3 or "risk" not in name]


def test_data_sets_of_which_none_is_large_are_refused_before_the_search():
    small = public_sets(["rats", "lung"])
    patients = {one.name: TruePatients.of_frame(one.patients()) for one in small}
    with pytest.raises(
        ValueError, match=rf"^none of the data sets \(lung, rats\) has {LARGE} patients or more in both"
    ):
        measure(small, patients, draws=1, seed=0)


def test_whole_curves_are_compared_to_their_end():
    # The true curve falls from 0.5 to 0 at its last patient; a reference without that event is off by 0.5 there and nowhere else.
    times = np.array([1.0, 2.0, 3.0, 4.0] * 2)
    arm = np.arange(8) >= 4
    true, drawn = np.array([1, 1, 0, 1] * 2, bool), np.array([1, 1, 0, 0] * 2, bool)
    found = compare_arms(TruePatients(times, true, arm), Ensemble(times[None], drawn[None], arm, 1))
    assert found["whole"].tolist() == [0.5, 0.5]
    assert found["largest"].tolist() == [0, 0]


@pytest.mark.slow
def test_a_set_that_draws_hardly_give_is_rebuilt_in_a_bounded_search_and_it_is_told():
    patients = TruePatients.of_frame(next(one for one in PUBLIC_SETS if one.name == "cgd").patients())
    trial = publish(patients)
    ensemble = reconstruct(trial, 3, draws=20)
    assert 0 < ensemble.perturbed < 20
    assert len(np.unique(ensemble.times, axis=0)) == 21
    for times, events in zip(ensemble.times, ensemble.events):
        for summary, part in zip(trial.at_level(3).arms, trial.parts):
            assert not unmet(summary, times[part], events[part])
        fit = cox(times, events, ensemble.arm)
        assert trial.hazard_ratio.holds(fit.hazard_ratio)
        assert all(w.holds(v) for w, v in zip((trial.lower, trial.upper), fit.hazard_ratio_interval()))


def test_sets_of_r_are_those_of_r():
    # Patients of each arm and events, as R's survival 3.5-3 counts them.
    expected = {
        "colon, recurrence": (315, 304, 296),
        "colon, death": (315, 304, 291),
        "pbc": (154, 158, 125),
        "myeloid": (317, 329, 320),
        "retinopathy": (197, 197, 155),
        "rotterdam, recurrence": (966, 580, 1080),
        "rotterdam, death": (1207, 339, 877),
        "mgus2": (753, 631, 963),
        "flchain": (494, 945, 1060),
        "nwtco": (212, 1192, 288),
        "transplant": (343, 325, 525),
        "rats": (100, 200, 42),
        "cgd": (65, 63, 44),
        "udca": (84, 85, 69),
        "bladder": (47, 38, 47),
        "veteran": (69, 68, 128),
        "ovarian": (13, 13, 12),
        "kidney catheters": (10, 28, 32),
    }
    found = {one.name: one.patients() for one in PUBLIC_SETS if one.shipped == "R's survival"}
    counts = {name: ((~f["group"]).sum(), f["group"].sum(), f["event"].sum()) for name, f in found.items()}
    assert counts == expected


def test_early_ratio_of_the_true_patients_themselves_is_the_true_one():
    random = np.random.default_rng(2)
    patients = TruePatients(random.weibull(1.2, 300) * 10, random.random(300) < 0.8, np.arange(300) % 2 == 1)
    same = Ensemble(np.tile(patients.times, (5, 1)), np.tile(patients.events, (5, 1)), patients.arm, 1)
    found = compare_early(patients, same)
    assert found["early_month"] == pytest.approx(
        min(np.quantile(patients.of(arm)[0], 0.9) for arm in (False, True)) / 2
    )
    assert (
        found["early"]
        == found["true_early"]
        == pytest.approx(found["early_lower"])
        == pytest.approx(found["early_upper"])
    )
    late = patients.times <= found["early_month"]
    ended = cox(np.minimum(patients.times, found["early_month"]), patients.events & late, patients.arm)
    assert found["true_early"] == pytest.approx(float(ended.hazard_ratio))


def test_too_few_early_events_have_no_early_ratio():
    times = np.linspace(1, 10, 40)
    patients = TruePatients(times, (times > 6) | (np.arange(40) % 20 == 0), np.arange(40) % 2 == 1)
    assert compare_early(patients, Ensemble(times[None], patients.events[None], patients.arm, 1)) == {}


def test_early_ratios_are_counted_once_for_each_set():
    one = {"early": 0.8, "true_early": 1.0, "early_lower": 0.5, "early_upper": 1.5}
    one |= {"early_resampled": np.array([[0.5, 1.5], [0.5, 1.4]])}
    other = {"early_upper": 0.9, "early_resampled": np.array([[0.5, 0.9], [0.5, 0.9]])}
    arms = pd.DataFrame([one | {"set": "a", "level": 1}] * 2 + [one | {"set": "b", "level": 1} | other] * 2)
    found = Measured(arms, pd.DataFrame(), pd.DataFrame()).early()
    assert found[["sets", "least", "most"]].to_numpy().tolist() == [[2, 1, 1]]
    assert found["error"].item() == pytest.approx(0.2)
    shown = of_early(found).iloc[0]
    assert shown[["level", "sets", "error", "within"]].tolist() == ["1", "2", "20.0%", "1 of 2"]


def test_draws_in_which_nobody_is_left_are_no_obstacle():
    # So far from the prior's middle, the slopes of Cox's ratio and information are parallel to the last digit.
    random = np.random.default_rng(4)
    times, arm = random.weibull(0.7, 400) * 8, np.arange(400) % 2 == 1
    patients = TruePatients(np.minimum(times * np.where(arm, 1.5, 1.0), 40), times < 30, arm)
    trial = publish(patients).at_level(2)
    conditions, generator = constraints(trial), np.random.default_rng(0)
    draws = 6 * generator.standard_normal((40, directions(trial)))
    hazards, _, found = condition(trial, conditions, np.full(40, np.log(trial.hazard_ratio.middle)), draws)
    assert np.isfinite(hazards.events).all()
    # From so far away, some searches end where the printed numbers are not met, and that is told.
    month, interval = trial.control.survival[1]
    at_month = [np.exp(-np.interp(month, hazards.edges, course)) for course in hazards.events[:, 0]]
    near = np.abs(np.array(at_month) - interval.middle) < 0.1
    assert 0 < found.sum() < 40
    assert near[found].all()
    assert not near[~found].all()


@pytest.mark.parametrize("one", PUBLIC_SETS, ids=lambda one: one.name)
@pytest.mark.sampled(6)
def test_public_set_has_two_groups_and_a_curve_read_off_it_comes_back(one):
    patients = TruePatients.of_frame(one.patients())
    assert min(patients.arm.sum(), (~patients.arm).sum()) >= 10
    compared = compare_arms(patients, reconstruct(publish(patients), 4, draws=1))
    assert compared["mean"].max() < 0.02
    assert compared["rmst_error"].abs().max() < (0.01 if compared["n"].min() > 30 else 0.02)


@pytest.mark.parametrize("occurs", [True, False])
def test_the_sign_of_an_error_is_explained_only_where_it_occurs(occurs):
    notes = Words(paths.WORDS / "reconstruction_accuracy.yml").of(
        "tables", "early", {"plus_minus": occurs, "large": 100}
    )
    assert ("±: " in " ".join(notes["notes"])) is occurs
