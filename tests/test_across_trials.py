"""Rates, control arms, subgroups, publications and published pools across the trials are those of the sources."""

import shutil

import pandas as pd
import pytest

from tourmaline import data, paths
from tourmaline.data import check as check_module
from tourmaline.data import load
from tourmaline.data.printed import percent_agrees
from tourmaline.errors import DataError, EvidenceError

EVERYTHING = data.known_by("latest")

CORE = ["TOURMALINE-MM1", "ASPIRE", "ELOQUENT-2"]
CHINA = "TOURMALINE-MM1 China Continuation"
PAPER = "2016-04-28"
PINNED = "2026-11-27"  # evidence that is added later must not move these tests


def row(frame, quantity, name):
    return frame[(frame["quantity"] == quantity) & (frame["name"] == name)].iloc[0]


def test_responses_are_counted_where_printed_and_elsewhere_the_one_count_that_gives_the_percentage():
    frame = EVERYTHING.rates([*CORE, "POLLUX", CHINA], "response")
    paper = row(frame, "overall_response", "TOURMALINE-MM1")  # Table 2: 282 of 360 and 259 of 362
    assert paper[["count_experimental", "patients_experimental", "count_control", "patients_control"]].tolist() == [
        282,
        360,
        259,
        362,
    ]
    assert not paper["derived"]
    aspire = row(frame, "overall_response", "ASPIRE")
    assert aspire["derived"] and (aspire["count_experimental"], aspire["count_control"]) == (345, 264)
    for found in frame[frame["derived"]].itertuples():
        if not pd.isna(found.count_control):
            assert percent_agrees(int(found.count_control), int(found.patients_control), f"{found.percent_control:g}")
    # POLLUX: all who were randomised, not the response-evaluable. No count of 283 is 18.8 percent.
    assert row(frame, "overall_response", "POLLUX")["percent_control"] == 74.6
    assert pd.isna(row(frame, "complete_response", "POLLUX")["count_control"])


def test_a_percentage_that_several_counts_or_none_could_give_has_no_count():
    frame = EVERYTHING.rates(CORE, "safety")
    eloquent = row(frame, "neutropenia_3_4", "ELOQUENT-2")  # whole percentages of 318 and 317
    assert pd.isna(eloquent["count_experimental"]) and eloquent["patients_experimental"] == 318
    # The patients treated in ASPIRE are in an undated label alone, so they count for no day.
    assert pd.isna(
        row(data.known_by("2026-01-01").rates(CORE, "safety"), "grade_3_adverse_event", "ASPIRE")["patients_control"]
    )


def test_grades_3_and_4_printed_apart_are_added_and_say_so():
    frame = EVERYTHING.rates(["TOURMALINE-MM1", "POLLUX", CHINA], "safety")
    paper = row(frame, "thrombocytopenia_3_4", "TOURMALINE-MM1")  # Table 4: 43 + 26 and 19 + 13
    assert paper["added"] and (paper["count_experimental"], paper["count_control"]) == (69, 32)
    assert not row(frame, "thrombocytopenia_3_4", "POLLUX")["added"]
    china = row(frame, "anaemia_3_4", CHINA)  # 12 and 0 percent of 57, 26 and 2 percent of 58
    assert (china["count_experimental"], china["count_control"]) == (7, 16)


def test_rates_are_those_that_were_known_and_none_before():
    assert set(data.known_by("2014-12-31").rates(CORE, "safety")["name"]) == {"ASPIRE"}
    assert data.known_by("2010-01-01").rates(CORE, "response").empty


def test_control_arms_stand_side_by_side_with_their_intervals():
    numbers = EVERYTHING.control_outcomes(CORE).set_index(["outcome", "name"])
    median = numbers.loc["Median progression-free survival (months)"]
    assert median["value"].to_dict() == {"TOURMALINE-MM1": 14.7, "ASPIRE": 17.6, "ELOQUENT-2": 14.9}
    assert median.loc["ELOQUENT-2", ["lower", "upper"]].tolist() == [12.1, 17.2]
    table = EVERYTHING.control_arms([*CORE, "POLLUX"]).set_index("")
    assert table.loc["ISS stage III (percent)"].tolist() == ["12", "21", "—", "—"]
    assert table.loc["Median age (years)", "ELOQUENT-2"] == "66 (both arms)"
    assert table.loc["Prior lenalidomide (percent)", "ASPIRE"] == "20"
    assert data.known_by("2010-01-01").control_outcomes(CORE).empty


def test_subgroups_are_printed_ratios_with_their_factor_and_level():
    frame = EVERYTHING.subgroup_ratios([*CORE, "POLLUX"], "pfs")
    risk = frame[frame["factor"] == "Cytogenetic risk"].set_index(["name", "level_name"])
    assert risk.loc[("ASPIRE", "high"), ["hazard_ratio", "lower", "upper", "patients"]].tolist() == [
        0.70,
        0.43,
        1.16,
        100,
    ]
    assert risk.loc[("POLLUX", "high"), "p_value"] == 0.0035
    assert pd.isna(risk.loc[("POLLUX", "standard"), "p_value"])  # printed as a bound
    assert risk.loc[("TOURMALINE-MM1", "high"), "patients"] == 137
    assert data.known_by("2014-01-01").subgroup_ratios(CORE, "pfs").empty
    assert frame["factor"].tolist() == sorted(frame["factor"], key=list(dict.fromkeys(frame["factor"])).index)


def test_publications_come_in_order_and_each_changes_what_stood():
    frame = data.known_by(PINNED).publications([*CORE, "POLLUX"], "pfs")
    assert frame["name"].tolist() == ["ASPIRE", "ELOQUENT-2", "TOURMALINE-MM1", "POLLUX"]
    assert frame["date"].is_monotonic_increasing
    assert len(data.known_by(PAPER).publications([*CORE, "POLLUX"], "pfs")) == 3
    later = data.known_by(PINNED).publications(CORE, "pfs", choice="latest")
    assert later[later["name"] == "ELOQUENT-2"]["hazard_ratio"].tolist() == [0.70, 0.73, 0.71, 0.73]
    assert data.known_by(PAPER).publications(CORE, "os")["name"].tolist() == ["ASPIRE"]
    with pytest.raises(EvidenceError, match="no hazard ratio of OS with a date was published by 2010-01-01"):
        data.known_by("2010-01-01").publications(CORE, "os")


def test_published_pools_are_numbers_and_those_of_their_day():
    frame = EVERYTHING.published_pools()
    assert frame.loc["sun2017.pfs", ["value", "lower", "upper", "level"]].tolist() == [0.68, 0.62, 0.74, 0.95]
    assert "sun2017.os.abstract" not in frame.index  # lost its conflict
    assert data.known_by("2016-04-28").published_pools().empty
    assert set(data.known_by("2017-12-31").published_pools().index) < set(frame.index)


def test_a_published_pool_outside_its_interval_is_refused(tmp_path, monkeypatch):
    directory = shutil.copytree(paths.DATA, tmp_path / "data")
    path = directory / "evidence" / "pooled.csv"
    path.write_text(path.read_text().replace("0.68,0.62,0.74", "0.68,0.69,0.74"))
    monkeypatch.setattr(check_module, "load", lambda name: load(name, directory))
    with pytest.raises(DataError, match=r"pooled.csv, row 2, column value: 0.68 does not lie between 0.69 and 0.74"):
        check_module.check_all()


def test_the_caveats_in_words_name_every_chosen_trial():
    chosen, _ = EVERYTHING.select_analyses(["POLLUX", *CORE], "pfs")
    found = EVERYTHING.caveat_words(chosen)
    assert list(found) == ["masking", "renal_function", "duration", "followup"]
    assert found["masking"][1].startswith(
        "POLLUX: open-label; TOURMALINE-MM1: double-blind, placebo-controlled; ASPIRE:"
    )
    assert "POLLUX: 13.5" in found["followup"][1]


def test_the_finest_ratio_is_the_one_with_most_decimals_that_was_published_by_then():
    high = "tourmaline-mm1.pfs.primary.high-risk"
    for as_of, numbers in (("latest", [0.543, 0.321, 0.918, 0.95]), (PAPER, [0.54, 0.32, 0.92, 0.95])):
        evidence = data.known_by(as_of)
        for rows in (evidence.own_subgroups("TOURMALINE-MM1", "pfs"), evidence.subgroup_ratios(CORE, "pfs")):
            finest = evidence.finest_ratios(rows)
            (row,) = finest.index[finest["key"] == high]
            assert finest.loc[row, ["hazard_ratio", "lower", "upper", "level"]].tolist() == numbers
            silent = rows["lower"].isna()
            assert finest[silent].equals(rows[silent])


def test_the_trials_own_subgroups_stand_with_what_is_printed_and_without_what_is_not():
    frame = EVERYTHING.own_subgroups("TOURMALINE-MM1", "pfs")
    assert frame.loc[0, ["factor", "level_name", "patients", "median"]].tolist() == [
        "",
        "All patients",
        "360 / 362",
        "20.6 / 14.7",
    ]
    by = frame.set_index("population")
    assert by.loc["del17p", ["patients", "median", "hazard_ratio", "lower", "upper", "quote_kept"]].tolist() == [
        "36 / 33",
        "21.4 / 9.7",
        0.60,
        0.29,
        1.24,
        "yes",
    ]
    assert by.loc["high-risk-cytogenetics", "ratio_words"] == "0.54 (95% CI 0.32 to 0.92)"
    assert by.loc["pi-exposed", ["patients", "hazard_ratio"]].tolist() == ["503 (both arms)", 0.739]
    assert pd.isna(by.loc["pi-exposed", "lower"])
    # Named in the paper, but their numbers stand in its figure alone.
    for name in ("iss-3", "age-over-75"):
        assert pd.isna(by.loc[name, "hazard_ratio"]) and by.loc[name, "source"] == by.loc[name, "patients"] == ""
    # On the day of the paper, what later papers print was not known.
    early = data.known_by(PAPER).own_subgroups("TOURMALINE-MM1", "pfs")
    assert set(early["population"]) == {
        "intention-to-treat",
        "high-risk-cytogenetics",
        "del17p",
        "t414-alone",
        "iss-3",
        "age-over-75",
    }


def test_table_1_says_for_which_characteristics_no_hazard_ratio_was_found():
    coverage = data.subgroup_coverage(EVERYTHING.own_subgroups("TOURMALINE-MM1", "pfs")).set_index("characteristic")
    assert coverage.loc["Cytogenetic features", "found"] == "high; standard"
    assert coverage.loc["ISS disease stage at study entry", ["levels", "found", "named"]].tolist() == [
        "I; II; III",
        "",
        "III",
    ]
    assert set(coverage.index[coverage["found"] == ""]) == {
        "Age",
        "Male sex",
        "White race",
        "ECOG performance status score",
        "ISS disease stage at study entry",
        "Creatinine clearance",
        "Disease category",
        "Disease refractory to any prior immunomodulatory drug therapy",
        "Disease refractory to any prior proteasome inhibitor therapy",
    }
    assert set(coverage.index) == set(data.counts(1)["characteristic"])
