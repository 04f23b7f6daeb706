"""Early hazard ratios, spread of restricted means and hazards over the sets; what ASPIRE's risk table brings out."""

import numpy as np
import pandas as pd
import pytest

from tourmaline import data, parameters, paths
from tourmaline.errors import EvidenceError, ParameterError
from tourmaline.statistics import reconstruction, survival
from tourmaline.statistics.reconstruction import Ensemble

EVERYTHING = data.known_by("latest")


@pytest.fixture(scope="module")
def waning():
    """Sets of 2 x 4000 patients: hazard ratio 0.5 before month 10, 1 from there on; everybody followed to month 20."""
    generator = np.random.default_rng(4)
    arm = np.arange(8000) >= 4000
    early = np.where(arm, 0.04, 0.08)
    target = generator.exponential(size=(3, 8000))  # cumulative hazard at the event
    times = np.where(target < 10 * early, target / early, 10 + (target - 10 * early) / 0.08)
    return Ensemble(np.minimum(times, 20), times < 20, arm, 1)


def test_the_early_hazard_ratio_is_that_of_the_early_part(waning):
    assert reconstruction.early_hazard_ratio(waning, 10) == pytest.approx(0.5, abs=0.03)
    whole = survival.cox(waning.times, waning.events, waning.arm).hazard_ratio
    assert reconstruction.early_hazard_ratio(waning, 20) == pytest.approx(whole, rel=1e-12)
    assert (whole > 0.58).all()


def test_the_hazards_of_each_arm_are_those_of_the_patients(waning):
    grid = np.linspace(0, 20, 41)
    for arm, at_5, at_15 in (("control", 0.08, 0.08), ("experimental", 0.04, 0.08)):
        found = reconstruction.smoothed_hazards(waning, arm, grid, bandwidth=3)
        assert found.shape == (3, 41)
        assert found[:, 10] == pytest.approx(at_5, rel=0.1)
        assert found[:, 30] == pytest.approx(at_15, rel=0.1)


def test_both_errors_of_a_restricted_mean_add_up_by_rubins_rule_and_late_horizons_are_left_out(waning):
    spread = reconstruction.spread_rmst_difference(waning, [10, 20, 21])
    assert spread.horizon.tolist() == [10, 20]
    # Areas between the curves: exp(-0.04 t) - exp(-0.08 t) up to month 10.
    truth = (1 - np.exp(-0.4)) / 0.04 - (1 - np.exp(-0.8)) / 0.08
    assert spread.estimate[0] == pytest.approx(truth, abs=3 * spread.standard_error[0])
    each = [survival.rmst_difference(waning.times[i], waning.events[i], waning.arm, [10, 20]) for i in range(3)]
    within = np.mean([one.standard_error**2 for one in each], axis=0)
    between = np.var([one.estimate for one in each], axis=0, ddof=1)
    assert spread.standard_error**2 == pytest.approx(within + 4 / 3 * between, rel=1e-12)
    with pytest.raises(ValueError, match="no horizon is within the follow-up"):
        reconstruction.spread_rmst_difference(waning, [30])


def test_the_last_month_with_so_many_at_risk_counts_each_arm_of_each_set():
    arm = np.array([False] * 3 + [True] * 3)
    times = np.array([[1.0, 2, 3, 2, 4, 6], [2.0, 2, 8, 1, 3, 9]])
    sets = Ensemble(times, np.ones((2, 6), bool), arm, 1)
    assert [reconstruction.months_with(sets, patients) for patients in (1, 2, 3, 4)] == [3, 2, 1, 0]


def test_survival_rates_are_those_of_each_set_and_nan_beyond_its_end(waning):
    rates = reconstruction.survival_rates(waning, "control", [5, 21])
    assert rates[:, 0] == pytest.approx(np.exp(-0.4), abs=0.03)
    assert np.isnan(rates[:, 1]).all()


@pytest.mark.seconds
def test_aspires_risk_table_alone_brings_its_early_hazard_ratio_nearer():
    printed = EVERYTHING.printed_survival("aspire.pfs.primary")
    trial = reconstruction.TrialSummary.from_printed(printed)
    held_out = float(EVERYTHING.early_ratio(printed, 18)["value"])  # Dimopoulos 2018: 0.58
    assert held_out == 0.58
    errors, p_values = {}, {}
    for level in (1, 3):
        sets = reconstruction.reconstruct(trial, level, draws=20, seed=3)
        ratios = reconstruction.early_hazard_ratio(sets, 18)
        low, high = reconstruction.central_range(ratios)
        assert low <= held_out <= high
        errors[level] = abs(np.log(ratios[0] / held_out))
        p_values[level] = survival.grambsch_therneau(sets.times[0], sets.events[0], sets.arm).p_value
    assert errors[3] < 0.05 < errors[1]
    # The reference of the risk table speaks against proportional hazards; that of the summary does not.
    assert p_values[3] < 0.01 < 0.1 < p_values[1]


def test_an_early_hazard_ratio_that_nobody_printed_is_none():
    printed = EVERYTHING.printed_survival("aspire.pfs.primary")
    assert EVERYTHING.early_ratio(printed, 12) is None
    assert data.known_by("2016-04-28").early_ratio(printed, 18) is None
    assert EVERYTHING.early_ratio(EVERYTHING.printed_survival("eloquent-2.pfs.primary"), 18) is None


def test_trials_of_which_too_little_is_printed_by_a_date_are_named_and_none_at_all_is_an_error():
    core = ["TOURMALINE-MM1", "ASPIRE", "ELOQUENT-2"]
    primary = ["tourmaline-mm1.pfs.primary", "aspire.pfs.primary", "eloquent-2.pfs.primary"]
    found, silent = EVERYTHING.printed_curves(pd.DataFrame({"name": core, "analysis": primary}))
    assert (list(found), silent) == (core, [])
    chosen, _ = data.known_by("2016-04-28").select_analyses(core, "pfs")
    found, silent = data.known_by("2016-04-28").printed_curves(chosen)
    assert (list(found), silent) == (["TOURMALINE-MM1"], ["ASPIRE", "ELOQUENT-2"])
    with pytest.raises(EvidenceError, match="too little is reported of aspire"):
        data.known_by("2016-04-28").printed_curves(chosen[chosen["name"] == "ASPIRE"])


@pytest.mark.parametrize(
    ("notebook", "given", "message"),
    [
        ("sister_curves", {"horizons": "12, 6"}, "'horizons' is '12, 6', but 6 after 12 is out of order; they must rise"),
        ("sister_curves", {"horizons": []}, "must name at least one"),
        ("sister_curves", {"horizons": "-6"}, "'horizons' is '-6', which is not allowed"),
        ("sister_curves", {"level": 5}, "'level' is 5, which is not allowed"),
        ("sister_curves", {"draws": 0}, "'draws' is 0, which is not allowed"),
        ("sister_curves", {"seed": -1}, "'seed' is -1, which is not allowed"),
        ("sister_curves", {"trials": ["ASPIER"]}, "Did you mean 'ASPIRE'?"),
        ("proportional_hazards", {"early": 0}, "'early' is 0, which is not allowed"),
        ("proportional_hazards", {"time_scale": "log10"}, "'time_scale' is 'log10', which is not allowed"),
        ("proportional_hazards", {"confidence_level": 95}, "'confidence_level' is 95, which is not allowed"),
        ("subgroups", {"endpoint": "ttp"}, "'endpoint' is 'ttp', which is not allowed"),
        ("subgroups", {"as_of": "2016-13-01"}, "must be a date such as 2016-04-28, or 'latest'"),
    ],
)  # fmt: skip
def test_a_parameter_that_cannot_be_is_refused_in_one_message(notebook, given, message):
    with pytest.raises(ParameterError) as refused:
        parameters.validated(paths.NOTEBOOKS / f"{notebook}.ipynb", given)
    assert str(refused.value).startswith(f"{notebook}: parameter ")
    assert message in str(refused.value)
