"""The trial's own times to event, as the notebooks publish them: used numbers are matched, and the rows give them again."""

import csv
import json

import pandas as pd
import pytest
from lifelines import CoxPHFitter, KaplanMeierFitter

from tourmaline import data
from tourmaline.errors import EvidenceError
from tourmaline.statistics.reconstruction import RoundingInterval

EVERYTHING = data.known_by("latest")

pytestmark = pytest.mark.slow

ARM_NAMES = {"experimental": "ixazomib", "control": "placebo"}


@pytest.fixture(scope="session")
def results(built_project):
    return built_project / "results"


def values(results, notebook):
    content = json.loads((results / notebook / "values.json").read_text(encoding="utf-8"))
    return {name: record["value"] for name, record in content.items()}


def table(results, notebook, name):
    with (results / notebook / "tables" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_reported_number_of_progression_free_survival_that_was_used_is_matched(results):
    found = values(results, "progression_free_survival")
    printed = EVERYTHING.printed_survival("tourmaline-mm1.pfs.primary")
    assert RoundingInterval.printed(printed.comparison["hazard_ratio"]).holds(found["hazard_ratio"])
    assert RoundingInterval.printed(printed.comparison["p_value"]).holds(found["p_value"])
    for arm, name in ARM_NAMES.items():
        assert RoundingInterval.printed(getattr(printed, arm)["median"]).holds(found[f"median_{name}"])
        assert found[f"printed_median_{name}"] == float(getattr(printed, arm)["median"])
    assert found["agreeing_used"] == found["numbers_used"] == 10


def test_numbers_that_were_held_out_of_progression_free_survival_are_compatible_or_implied(results):
    found = values(results, "progression_free_survival")
    assert (found["agreeing_held_out"], found["numbers_held_out"]) == (9, 9)
    assert (found["agreeing_tested"], found["numbers_tested"]) == (4, 4)
    rows = {(row["Number"], row["Reported"]): row for row in table(results, "progression_free_survival", "agreement")}
    # The FDA's intervals of the medians are tests; what the EMA reports with three decimals follows from what was used.
    for number, reported, outcome in (
        ("Median, lower end of the 95% interval, ixazomib", "17.0", "compatible"),
        ("Median, upper end of the 95% interval, ixazomib", "NE", "compatible"),
        ("Median, lower end of the 95% interval, placebo", "12.9", "compatible"),
        ("Median, upper end of the 95% interval, placebo", "17.6", "compatible"),
        ("Median follow-up", "14.7", "implied"),
        ("Hazard ratio", "0.742", "implied"),
        ("P value", "0.012", "implied"),
    ):
        assert rows[number, reported]["Outcome"] == outcome
    assert rows["Hazard ratio", "0.74"]["Outcome"] == "matched"


def pseudo_patients(results, notebook, name="pseudo_patients"):
    return pd.read_csv(results / notebook / "files" / f"{name}.csv", comment="#")


def test_the_published_rows_give_the_published_numbers_in_another_program(results):
    found, rows = values(results, "progression_free_survival"), pseudo_patients(results, "progression_free_survival")
    assert rows.groupby("arm")["event"].agg(["size", "sum"]).to_dict("index") == {
        "ixazomib": {"size": 360, "sum": 129},
        "placebo": {"size": 362, "sum": 157},
    }
    rows["group"] = (rows["arm"] == "ixazomib").astype(int)
    model = CoxPHFitter().fit(rows[["months", "event", "group"]], "months", "event", fit_options={"precision": 1e-12})
    assert model.hazard_ratios_["group"] == pytest.approx(found["hazard_ratio"], rel=1e-6)
    for name in ARM_NAMES.values():
        own = rows[rows["arm"] == name]
        curve = KaplanMeierFitter().fit(own["months"], own["event"])
        # lifelines takes the first time at or below one half, we the middle of a flat stretch at one half.
        assert curve.median_survival_time_ == pytest.approx(found[f"median_{name}"], abs=0.05)
        for row in table(results, "progression_free_survival", "at_risk"):
            assert int(row[name.capitalize()]) == (own["months"] >= float(row["Month"])).sum()


def test_the_published_rows_say_at_their_head_that_they_are_no_patients(results):
    path = results / "progression_free_survival" / "files" / "pseudo_patients.csv"
    head = [line for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("#")]
    assert "NOT PATIENTS' DATA" in head[0]
    assert "arm,months,event" not in head and len(head) >= 5


def test_the_figure_offers_the_rows_and_its_page_links_them(results, built_project):
    about = json.loads((results / "progression_free_survival" / "figures" / "curves.json").read_text(encoding="utf-8"))
    assert about["origin"] == "reconstructed" and list(about["files"]) == ["pseudo_patients"]
    assert "20.6" in about["alt"] and "14.7" in about["alt"] and "month 12, " in about["alt"]
    page = (built_project / "_build/html/book/trial/progression_free_survival.html").read_text(encoding="utf-8")
    assert "pseudo_patients.csv" in page and "these are not patients" in page


def test_levels_of_information_without_printed_numbers_are_refused_with_what_there_is():
    printed = EVERYTHING.printed_survival("tourmaline-mm1.pfs.primary")
    assert (printed.levels, data.information_level(printed)) == ((1,), 1)
    assert data.information_level(EVERYTHING.printed_survival("aspire.pfs.primary"), "3") == 3
    with pytest.raises(EvidenceError, match="level 2 asks for survival rates"):
        data.information_level(printed, 2)
    with pytest.raises(EvidenceError, match=r"data/digitised/tourmaline-mm1\.pfs\.primary\.csv"):
        data.information_level(printed, "4")


def test_what_is_held_out_depends_on_what_is_used_and_on_the_date():
    printed = EVERYTHING.printed_survival("tourmaline-mm1.pfs.primary")
    numbers = EVERYTHING.survival_numbers(printed)
    held_out = set(numbers.loc[~numbers["used"], "printed"])
    assert set(numbers.loc[numbers["implied"], "printed"]) == {"14.7", "0.742", "0.587", "0.939", "0.012"}
    assert held_out == {"17.0", "NE", "12.9", "17.6", "14.7", "0.742", "0.587", "0.939", "0.012"}
    fewer = EVERYTHING.survival_numbers(printed, using=("hazard_ratio",))
    assert set(fewer.loc[~fewer["used"], "printed"]) == held_out | {"0.59", "0.94", "0.01"}
    then = data.known_by("2016-04-28").survival_numbers(
        data.known_by("2016-04-28").printed_survival("tourmaline-mm1.pfs.primary")
    )
    assert "0.742" not in set(then["printed"])  # the EMA's review is of 2019


def test_a_printing_with_fewer_digits_of_a_number_that_is_used_is_not_held_out():
    numbers = EVERYTHING.survival_numbers(EVERYTHING.printed_survival("tourmaline-mm1.dor.primary"))
    assert numbers["printed"].to_list() == ["20.5", "15.0"]  # a release prints 15


@pytest.mark.parametrize("notebook", ["second_analysis", "progression_and_response", "overall_survival_analyses"])
def test_every_reported_number_of_the_other_analyses_agrees(results, notebook):
    found = values(results, notebook)
    assert found["analyses"] == 2 and found["agreeing"] == found["numbers"] >= 8
    assert {row["Outcome"] for row in table(results, notebook, "agreement")} <= {"matched", "compatible", "implied"}


def test_the_second_analysis_and_time_to_progression_print_as_they_did(results):
    second, other = values(results, "second_analysis"), values(results, "progression_and_response")
    for found, analysis, key in (
        (second, "pfs.primary", "first"),
        (second, "pfs.second", "second"),
        (other, "ttp.primary", "progression"),
    ):
        printed = EVERYTHING.printed_survival(f"tourmaline-mm1.{analysis}")
        assert RoundingInterval.printed(printed.comparison["hazard_ratio"]).holds(found[f"{key}_hazard_ratio"])
        for arm, name in ARM_NAMES.items():
            assert RoundingInterval.printed(getattr(printed, arm)["median"]).holds(found[f"{key}_median_{name}"])
            if found is other:  # the page opens with the reported numbers, not with the reconstructed ones
                assert found[f"reported_{key}_median_{name}"] == float(getattr(printed, arm)["median"])
    assert other["reported_progression_hazard_ratio"] == 0.71


def test_what_the_second_analysis_added_combines_with_the_first_to_the_second(results):
    found = values(results, "second_analysis")
    assert (found["printed_first_hazard_ratio"], found["printed_second_hazard_ratio"]) == (0.74, 0.82)
    # By hand from 0.74 (0.59 to 0.94) and 0.82 (0.67 to 1.0): information 70.8 and 95.8.
    assert found["between_hazard_ratio"] == pytest.approx(1.10, abs=0.005)
    assert found["between_p_value"] == pytest.approx(0.09, abs=0.005)
    assert "hazard ratio is higher" in found["verdict"] and "inconclusive (P = 0.09)" in found["verdict"]


def test_overall_survival_has_the_deaths_of_the_interim_look_and_the_medians_of_the_final_one(results):
    found = values(results, "overall_survival_analyses")
    rows = pseudo_patients(results, "overall_survival_analyses", "pseudo_patients_interim")
    assert rows.groupby("arm")["event"].sum().to_dict() == {"ixazomib": 81, "placebo": 90}
    assert (found["interim_median_ixazomib"], found["interim_median_placebo"]) == (None, None)  # not reached
    assert RoundingInterval.printed("53.6").holds(found["final_median_ixazomib"])
    assert RoundingInterval.printed("51.6").holds(found["final_median_placebo"])
    assert RoundingInterval.printed("0.939").holds(found["final_hazard_ratio"])


def test_overall_survival_of_subgroups_and_of_the_china_continuation_is_shown_as_reported_and_without_intervals(
    results,
):
    rows = {row["Analysis"]: row for row in table(results, "overall_survival_analyses", "groups")}
    assert (
        rows["interim analysis, 23 months, del(17p), key secondary endpoint"]["Died, ixazomib / placebo (%)"]
        == "11.1 / 27.3"
    )
    assert rows["final analysis, high-risk cytogenetics"]["Hazard ratio"] == "0.870"
    china = rows["final analysis"]
    assert china["Trial"] == "TOURMALINE-MM1 China Continuation"
    assert [china[name] for name in ("Median, ixazomib / placebo (months)", "Hazard ratio", "P value")] == [
        "25.8 / 15.8",
        "0.419",
        "0.001",
    ]
    assert values(results, "overall_survival_analyses")["china_patients"] == 115


def test_a_hazard_ratio_that_is_printed_nowhere_stays_out_of_the_picture(results):
    about = json.loads((results / "progression_and_response" / "figures" / "curves.json").read_text(encoding="utf-8"))
    assert "Duration of response: no hazard ratio reported" in about["alt"]
    assert "Time to progression: hazard ratio 0.71" in about["alt"]
