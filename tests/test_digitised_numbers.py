"""Level 4 beside what else is printed: the curve stays at its coordinates; each reported number matches, is named, or refuses the curve."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.false_conflicts import simulate
from tourmaline import data
from tourmaline.audit.digitised_curves import check_digitised_curves
from tourmaline.data.public_patients import PUBLIC_SETS
from tourmaline.errors import DataError
from tourmaline.results.reconstructed import ensemble_note
from tourmaline.statistics.reconstruction import (
    ArmSummary,
    Curve,
    RoundingInterval,
    TrialSummary,
    estimates,
    reconstruct,
)
from tourmaline.statistics.reconstruction.accuracy.measures import TruePatients, publish
from tourmaline.statistics.reconstruction.digitised_curves.curve_check import Contradiction, check_curves
from tourmaline.statistics.reconstruction.digitised_curves.reading import READ_TIME, read_off
from tourmaline.statistics.survival import cox, kaplan_meier, median_followup, number_at_risk

MONTHS = np.arange(37.0)
PLATEAU = Curve([0, 5, 10, 20, 60], [1, 0.9, 0.8, 0.6, 0.6])
AT_RISK = ((0, 100), (30, 40), (55, 2))
COMPARISON = {
    "hazard_ratio": RoundingInterval.printed("0.77"),
    "lower": RoundingInterval.printed("0.57"),
    "upper": RoundingInterval.printed("1.04"),
}


def exponential(mean, n=200, **printed):
    return ArmSummary(n, curve=Curve(MONTHS, np.exp(-MONTHS / mean)), **printed)


def trial(**printed):
    return TrialSummary(exponential(20), exponential(26), 36.0, **COMPARISON, **printed)


@pytest.mark.parametrize("events", range(28, 41))
def test_a_level_curve_stays_level_whatever_the_number_of_events(events):
    times, died = read_off(PLATEAU, 100, AT_RISK, events)
    assert died.sum() == events
    assert number_at_risk(times, [0, 30, 55]).tolist() == [100, 40, 2]
    found = kaplan_meier(times, died)
    assert np.abs(found.at(PLATEAU.months[1:]) - PLATEAU.survival[1:]).max() < 0.03  # 28 is two patients from the least
    assert np.isinf(found.median)


def test_events_that_a_curve_cannot_have_refuse_it():
    arm = ArmSummary(100, 44, np.inf, at_risk=AT_RISK, curve=PLATEAU)
    with pytest.raises(Contradiction, match=r"control: the curve.* allows 26 to 41 events, but 44 are reported"):
        reconstruct(TrialSummary(arm, arm, 60.0), 4, draws=0)


def test_numbers_at_risk_after_the_last_coordinate_are_kept():
    curve = Curve([0, 5, 5, 10, 10], [1, 1, 0.9, 0.9, 0.8])
    times, events = read_off(curve, 100, ((0, 100), (12, 75), (24, 40), (36, 12)), 20)
    assert number_at_risk(times, [0, 12, 24, 36]).tolist() == [100, 75, 40, 12]
    assert events.sum() == 20


def test_numbers_at_risk_that_the_curve_cannot_have_are_refused_with_both():
    arm = ArmSummary(100, 70, at_risk=((0, 100), (12, 50)), curve=Curve([0, 6, 6, 24], [1, 1, 0.3, 0.3]))
    with pytest.raises(
        Contradiction, match=r"50 are at risk at 12 months, but with the curve at 0\.3 there are 3. of 100"
    ):
        reconstruct(TrialSummary(arm, arm, 24.0), 4, draws=0)


@pytest.mark.parametrize(
    "printed", [{"events": 180}, {"events": RoundingInterval(170, 190)}], ids=["printed", "implied"]
)
def test_events_of_both_arms_together_hold(printed):
    ensemble = reconstruct(trial(**printed), 4, draws=3)
    assert not ensemble.unmet and not ensemble.withheld
    assert (ensemble.events.sum(1) == 180).all() if printed["events"] == 180 else (ensemble.events.sum(1) >= 170).all()
    fit = cox(ensemble.times, ensemble.events, ensemble.arm)
    assert COMPARISON["hazard_ratio"].holds(fit.hazard_ratio).all()
    for mean, own in ((20, ~ensemble.arm), (26, ensemble.arm)):
        curve = kaplan_meier(ensemble.times[0, own], ensemble.events[0, own])
        assert np.abs(curve.at(MONTHS[1:25]) - np.exp(-MONTHS[1:25] / mean)).max() < 0.02


def test_a_median_follow_up_holds():
    ensemble = reconstruct(trial(median_followup=RoundingInterval.printed("12.0")), 4, draws=2)
    assert not ensemble.unmet
    assert (np.abs(median_followup(ensemble.times, ensemble.events) - 12.0) <= 0.05).all()


def test_nobody_is_lost_before_the_shortest_follow_up():
    shortest = replace(trial(events=200), shortest_followup=10.0)
    ensemble = reconstruct(shortest, 4, draws=0)
    assert ensemble.times[0][~ensemble.events[0]].min() >= 10.0


def test_where_nothing_says_how_many_were_followed_intervals_and_p_are_withheld():
    ensemble = reconstruct(trial(), 4, draws=1)
    assert any(name.startswith("numbers followed") for name in ensemble.withheld)
    found = estimates(ensemble, horizon=12)
    assert np.isfinite(found[["hazard_ratio", "rmst_difference", "median.control"]]).all(axis=None)
    withheld = [name for name in found if name.endswith((".lower", ".upper", "p_value"))]
    assert len(withheld) >= 8
    assert found[withheld].isna().all(axis=None)


UNITS = {"days": 365.25 / 12, "weeks": 365.25 / 84, "years": 1 / 12}


@pytest.mark.parametrize("one", PUBLIC_SETS, ids=lambda one: one.name)
def test_right_curves_pass_and_wrong_ones_are_refused_with_the_cause(one):
    right = publish(TruePatients.of_frame(one.patients())).at_level(4)
    check_curves(right)
    curves = [arm.curve for arm in right.arms]
    with pytest.raises(Contradiction, match="are the arms exchanged in the file"):
        check_curves(with_curves(right, *curves[::-1]))
    for unit, a_month in UNITS.items():
        wrong = [replace(curve, months=curve.months * a_month) for curve in curves]
        with pytest.raises(ValueError, match=f"is the axis in {unit}"):
            check_curves(with_curves(right, *wrong))


def with_curves(trial, control, experimental):
    return replace(
        trial,
        control=replace(trial.control, curve=control),
        experimental=replace(trial.experimental, curve=experimental),
    )


# The first six were refused while a fall was taken to be read at its very month; the others are of every shape in turn.
@pytest.mark.parametrize("number", [2, 37, 43, 73, 84, 98, *range(200, 216)])
def test_right_curves_of_small_trials_pass_and_exchanged_ones_do_not(number):
    _, patients = simulate(number)
    trial = publish(patients)
    check_curves(trial)
    with pytest.raises(Contradiction):
        check_curves(with_curves(trial, trial.experimental.curve, trial.control.curve))


def test_where_a_curve_ends_at_0_the_events_say_how_many_were_lost_before():
    # By hand: five of ten die at 1, one of the five followed to 10 is left there and dies, so the other four were lost before.
    curve = Curve([0, 1, 10], [1.0, 0.5, 0.0])
    times, events = read_off(curve, 10, at_risk=[(0, 10), (2, 5)], events=6)
    assert sorted(times[events]) == [1, 1, 1, 1, 1, 10]
    assert ((times[~events] >= 2) & (times[~events] < 10)).all()


def test_a_reconstruction_that_leaves_its_coordinates_says_so():
    found = reconstruct(publish(simulate(146)[1]), 4, draws=0)
    assert found.unmet == ("experimental curve",)
    assert found.withheld == ()
    assert "further from its coordinates" in ensemble_note(found)
    near = reconstruct(publish(simulate(115)[1]), 4, draws=0)
    assert not any(name.endswith("curve") for name in near.unmet)


def test_another_figure_is_refused():
    right = publish(TruePatients.of_frame(PUBLIC_SETS[0].patients())).at_level(4)
    wrong = [replace(arm.curve, survival=arm.curve.survival**0.5) for arm in right.arms]
    with pytest.raises(Contradiction, match="Is this the figure of this analysis"):
        check_curves(with_curves(right, *wrong))


@pytest.mark.parametrize("name", ["gbsg2", "lung", "rossi", "colon, recurrence"])
def test_true_curves_of_trials_give_what_was_printed_of_them(name):
    patients = TruePatients.of_frame(next(one for one in PUBLIC_SETS if one.name == name).patients())
    printed = publish(patients).at_level(4)
    ensemble = reconstruct(printed, 4, draws=0)
    assert set(ensemble.withheld) <= {"lower limit", "upper limit", "P value"}
    for arm, own in zip(printed.arms, (~ensemble.arm, ensemble.arm)):
        times, events = ensemble.times[0, own], ensemble.events[0, own]
        assert events.sum() == arm.events
        assert number_at_risk(times, [month for month, _ in arm.at_risk]).tolist() == [n for _, n in arm.at_risk]
        found = kaplan_meier(times, events)
        read = np.concatenate([np.diff(arm.curve.months) > 0, [True]])
        months, level = arm.curve.months[read], arm.curve.survival[read]
        left = np.maximum(number_at_risk(times, months), 1)
        # A month is read to a five-hundredth of the axis.
        late = months + READ_TIME * months[-1]
        off = np.min([np.abs(found.at(np.minimum(at, times.max())) - level) for at in (months, late)], axis=0)
        assert (off <= 0.005 + 1 / arm.n + 0.5 / left).all()  # to the end of the curve


@pytest.mark.parametrize("exchanged", [False, True])
def test_the_check_names_the_file_and_the_cause(tmp_path, monkeypatch, exchanged):
    right = data.known_by("latest").printed_survival("tourmaline-mm1.pfs.primary")
    rows = {"control": [(0, 1), (4, 0.91), (8, 0.78), (12, 0.62), (16, 0.47), (20, 0.39), (24, 0.34), (26, 0.34)]}
    rows["experimental"] = [(0, 1), (4, 0.93), (8, 0.83), (12, 0.71), (16, 0.6), (20, 0.51), (24, 0.46), (26, 0.46)]
    for arm in rows:
        other = {"control": "experimental", "experimental": "control"}[arm] if exchanged else arm
        getattr(right, arm)["curve"] = tuple(rows[other])
    monkeypatch.setattr(data.Evidence, "printed_survival", lambda evidence, analysis: right)
    monkeypatch.setattr("tourmaline.paths.DATA", tmp_path)
    (tmp_path / "digitised").mkdir()
    (tmp_path / "digitised" / "tourmaline-mm1.pfs.primary.csv").touch()
    if not exchanged:
        assert check_digitised_curves() == 1
        return
    with pytest.raises(DataError) as refused:
        check_digitised_curves()
    assert str(refused.value).startswith("data/digitised/tourmaline-mm1.pfs.primary.csv: ")
    assert "the reported median is 14.7" in str(refused.value)
    assert "are the arms exchanged in the file?" in str(refused.value)
