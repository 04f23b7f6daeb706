"""The evidence as it stood on a date, and the trials side by side."""

import datetime
import math
import re
from types import SimpleNamespace

import pandas as pd
import pytest

from tourmaline import data, paths
from tourmaline.data import arms, comparison, evidence, inventory, known
from tourmaline.data.evidence import fact
from tourmaline.data.files import load
from tourmaline.data.references import with_names
from tourmaline.errors import EvidenceError

EVERYTHING = data.known_by("latest")

CORE = ["TOURMALINE-MM1", "ASPIRE", "ELOQUENT-2"]
CHINA = "TOURMALINE-MM1 China Continuation"
PAPER = "2016-04-28"  # the day on which the paper appeared
PINNED = "2026-11-27"  # a day for what was known lately: evidence that is added later must not move these tests
KEY = ["analysis", "arm", "quantity", "month", "unit"]
DAYS = sorted({str(source.known_from) for source in data.sources().values() if source.known_from})


def analyses_of(names, endpoint, as_of, choice="formal"):
    chosen, missing = data.known_by(as_of).select_analyses(names, endpoint, choice)
    return dict(zip(chosen["name"], chosen["analysis"])), missing


@pytest.mark.parametrize("word", ["last", "2016-13-01", "", 2016])
def test_what_is_neither_a_date_nor_latest_is_refused(word):
    with pytest.raises(EvidenceError, match=r"is not a date\n  Give a date such as 2016-04-28, or 'latest'\."):
        data.known_by(word)


# --- which analysis stood


def test_on_the_day_of_the_paper_the_three_core_trials_have_progression_free_survival():
    chosen, missing = data.known_by(PAPER).select_analyses([*CORE, "POLLUX"], "pfs")
    assert chosen["name"].tolist() == CORE
    assert chosen["analysis"].tolist() == [f"{name.lower()}.pfs.primary" for name in CORE]
    assert [str(day.date()) for day in chosen["known_from"]] == [PAPER, "2014-12-06", "2015-08-31"]
    assert missing == ["POLLUX"]


def test_on_the_day_of_the_paper_only_aspire_has_a_hazard_ratio_of_overall_survival():
    chosen, missing = analyses_of(CORE, "os", PAPER)
    assert chosen == {"ASPIRE": "aspire.os.interim"}
    assert missing == ["TOURMALINE-MM1", "ELOQUENT-2"]


def test_on_the_pinned_day_every_trial_has_final_overall_survival():
    chosen, missing = analyses_of([*CORE, "POLLUX", CHINA], "os", PINNED)
    assert all(name.endswith(".os.final") for name in chosen.values())
    assert (len(chosen), missing) == (5, [])


@pytest.mark.parametrize(
    ("date", "formal", "latest"),
    [  # ELOQUENT-2: Lonial 2015; four-year report at ASCO 2017; five-year report at ASCO 2018
        (PAPER, "eloquent-2.pfs.primary", "eloquent-2.pfs.primary"),
        ("2017-12-31", "eloquent-2.pfs.primary", "eloquent-2.pfs.4-year"),
        ("2018-12-31", "eloquent-2.pfs.primary", "eloquent-2.pfs.5-year"),
        (PINNED, "eloquent-2.pfs.primary", "eloquent-2.pfs.5-year"),
    ],
)
def test_formal_is_the_latest_formal_test_and_latest_is_the_latest_follow_up(date, formal, latest):
    for choice, analysis in (("formal", formal), ("latest", latest)):
        assert analyses_of(["ELOQUENT-2"], "pfs", date, choice)[0] == {"ELOQUENT-2": analysis}


@pytest.fixture
def of_the_pinned_day(monkeypatch):
    """Make 'latest' what it was on the pinned day, when sources without a date counted too."""
    facts = evidence._evidence()
    dated = facts[~(facts["known_from"] > pd.Timestamp(PINNED))]
    monkeypatch.setattr(evidence, "_evidence", lambda: dated)
    monkeypatch.setattr(evidence, "_chosen", evidence._chosen.__wrapped__)  # without what it remembers


def test_an_undated_source_counts_only_for_latest(of_the_pinned_day):
    # The second analysis of TOURMALINE-MM1 stands in an undated Swiss label alone.
    names = ["TOURMALINE-MM1"]
    assert analyses_of(names, "pfs", "2030-01-01", "latest")[0] == {names[0]: "tourmaline-mm1.pfs.primary"}
    assert analyses_of(names, "pfs", "latest", "latest")[0] == {names[0]: "tourmaline-mm1.pfs.second"}


def test_only_an_analysis_of_all_who_were_randomised_is_chosen(monkeypatch):
    listed = data.analyses()
    listed.loc["aspire.pfs.primary", "population"] = "response-evaluable"
    monkeypatch.setattr(evidence, "analyses", lambda: listed)
    assert data.known_by(PAPER).select_analyses(CORE, "pfs")[1] == ["ASPIRE"]


def test_trials_come_in_the_order_in_which_they_are_named():
    chosen, missing = data.known_by(PAPER).select_analyses(["POLLUX", *reversed(CORE), CHINA], "pfs")
    assert chosen["name"].tolist() == CORE[::-1]
    assert missing == ["POLLUX", CHINA]


def what_is_chosen(as_of):
    then, names = data.known_by(as_of), list(data.trials()["name"])
    chosen = [
        then.select_analyses(names, endpoint, choice)[0]["analysis"].tolist()
        for endpoint in ("pfs", "os")
        for choice in ("formal", "latest")
    ]
    others = [then.rates(names, endpoint).astype(str) for endpoint in ("response", "safety")]
    table = side_by_side(names, "pfs", as_of).reset_index()
    return chosen, [frame.to_dict("records") for frame in (*others, then.control_outcomes(names), table)]


@pytest.mark.seconds
@pytest.mark.parametrize("as_of", [PAPER, "2017-12-31", "2018-12-31", "latest"])
def test_the_order_of_the_rows_of_the_analyses_changes_nothing(monkeypatch, as_of):
    listed = data.analyses()
    before = repr(what_is_chosen(as_of))
    for other in (listed.sort_index(), listed.sort_index(ascending=False), listed.sample(frac=1, random_state=1)):
        for module in (evidence, arms, comparison):
            monkeypatch.setattr(module, "analyses", lambda other=other: other)
        assert repr(what_is_chosen(as_of)) == before


def listed(*rows):
    """Analyses of one trial: (name, role, data cut-off)."""
    frame = pd.DataFrame(rows, columns=["analysis", "role", "data_cutoff"]).assign(trial="a")
    return frame.set_index("analysis")


@pytest.mark.parametrize(
    ("rows", "published", "order"),
    [
        pytest.param([("b", "update", "2015-01-01"), ("a", "update", "2016-01-01")], {}, "ba", id="cut-offs"),
        pytest.param(  # of b, c and d the cut-offs are known; a was published between c and d
            [("a", "update", ""), ("b", "update", "2013-01-01"), ("c", "update", "2015-01-01"), ("d", "update", "2016-01-01")],
            {"a": "2017-06-01", "b": "2014-01-01", "c": "2017-01-01", "d": "2018-01-01"},
            "bcad",
            id="before the first that was published later",
        ),
        pytest.param(
            [("a", "update", ""), ("b", "update", "2013-01-01")], {"a": "2014-01-01", "b": "2013-06-01"}, "ba", id="the last"
        ),
        pytest.param(
            [("a", "update", ""), ("b", "interim", ""), ("c", "update", "2013-01-01")], {"c": "2014-01-01"}, "bca", id="no date"
        ),
        pytest.param([("a", "final", ""), ("b", "update", "")], {"a": "2014-01-01", "b": "2014-01-01"}, "ba", id="a final one"),
        pytest.param([("a", "update", ""), ("b", "update", "")], {}, "ab", id="by name"),
    ],
)  # fmt: skip
def test_analyses_stand_in_the_order_of_cut_offs_and_without_one_of_publication(monkeypatch, rows, published, order):
    monkeypatch.setattr(evidence, "_first_published", lambda: published)
    for frame in (listed(*rows), listed(*reversed(rows))):
        assert "".join(evidence.chronological(frame).index) == order


def test_a_final_analysis_replaces_an_interim_one_whatever_their_dates(monkeypatch):
    frame = data.analyses()
    frame.loc["aspire.os.interim", "data_cutoff"] = "2020-01-01"
    monkeypatch.setattr(evidence, "analyses", lambda: frame)
    for choice in ("formal", "latest"):
        assert analyses_of(["ASPIRE"], "os", "2019-12-31", choice)[0] == {"ASPIRE": "aspire.os.final"}
    assert analyses_of(["ASPIRE"], "os", PAPER)[0] == {"ASPIRE": "aspire.os.interim"}  # the final one was not out


@pytest.mark.parametrize("endpoint", ["pfs", "os"])
@pytest.mark.parametrize("name", data.trials()["name"])
def test_before_any_evidence_the_error_names_the_first_trial_and_the_day_from_which_it_counts(name, endpoint):
    with pytest.raises(EvidenceError) as caught:
        data.known_by("2010-01-01").select_analyses([name], endpoint)
    assert caught.value.what == f"no hazard ratio of {endpoint.upper()} was published by 2010-01-01 for {name}"
    hint = re.fullmatch(rf"The first is {name}, known from (\S+)\. Choose a later as_of, or .*", caught.value.remedy)
    day = datetime.date.fromisoformat(hint[1])
    with pytest.raises(EvidenceError):
        data.known_by(str(day - datetime.timedelta(days=1))).select_analyses([name], endpoint)
    assert data.known_by(str(day)).select_analyses([name], endpoint)[1] == []


def test_before_any_evidence_the_first_of_several_trials_is_named():
    with pytest.raises(EvidenceError, match=r"by 2014-12-05 for .*\n  The first is ASPIRE, known from 2014-12-06\."):
        data.known_by("2014-12-05").select_analyses(CORE, "pfs")


def test_an_unknown_trial_is_refused_with_the_nearest_name():
    with pytest.raises(EvidenceError, match=r"there is no trial 'ASPIER'\n  Did you mean 'ASPIRE'\? Trials: TOURM.*, "):
        EVERYTHING.select_analyses(["ASPIER"], "pfs")


# --- which value stood


@pytest.mark.parametrize("date", [*DAYS, "latest"])
def test_on_every_date_each_result_stands_once_published_by_then_and_not_rejected(date):
    facts = data.known_by(date).results()
    assert not facts.duplicated(KEY).any()
    assert (facts["standing"] != "rejected").all()
    if date != "latest":
        assert (facts["known_from"] <= pd.Timestamp(date)).all()  # false for an undated one


def test_evidence_only_grows():
    counts = [len(data.known_by(date).results()) for date in ("2010-01-01", *DAYS, "latest")]
    assert counts == sorted(counts)
    assert counts[0] == 0
    keys = data.load("evidence/results.csv").query("standing != 'rejected'").drop_duplicates(KEY)
    assert counts[-1] == len(keys)


def test_before_the_paper_the_hazard_ratio_is_that_of_the_fda_and_from_its_day_that_of_the_paper():
    found = [
        fact(data.known_by(date).results(), "tourmaline-mm1.pfs.primary", "hazard_ratio", "comparison")
        for date in ("2016-04-27", PAPER, "latest")
    ]
    assert [(row["value"], row["lower"], row["upper"]) for row in found] == [("0.74", "0.59", "0.94")] * 3
    assert [row["source"] for row in found] == ["fda2015ninlaro", "moreau2016", "moreau2016"]
    assert [row["standing"] for row in found] == ["corroborating", "accepted", "accepted"]


def test_a_claim_of_the_paper_is_its_printed_string_with_its_place():
    row = fact(EVERYTHING.results(), "tourmaline-mm1.pfs.primary", "events", "experimental")
    assert (row["value"], row["locator"]) == ("129", "results, efficacy, paragraph 1")
    facts = EVERYTHING.results()
    assert not facts[["value", "lower", "upper"]].apply(lambda column: column.str.startswith("@")).any(axis=None)


def test_a_median_without_interval_takes_the_source_that_prints_the_same_with_one():
    # The paper prints 20.6 months alone; the FDA prints 20.6 (17.0 to NE).
    row = fact(EVERYTHING.results(), "tourmaline-mm1.pfs.primary", "median", "experimental")
    assert row[["value", "lower", "upper", "level", "source"]].tolist() == [
        "20.6",
        "17.0",
        "NE",
        "95",
        "fda2015ninlaro",
    ]


def test_a_quantity_of_which_the_sources_are_silent_is_none():
    facts = EVERYTHING.results()
    assert fact(facts, "tourmaline-mm1.pfs.primary", "survival_rate", "overall") is None
    assert fact(facts, "tourmaline-mm1.pfs.primary", "n", "overall", unit="events") is None
    assert fact(facts, "tourmaline-mm1.pfs.primary", "n", "overall")["value"] == "722"


def results(*rows):
    """Results of one quantity: (value, lower, standing, known_from)."""
    frame = pd.DataFrame(rows, columns=["value", "lower", "standing", "known_from"])
    frame["known_from"] = pd.to_datetime(frame["known_from"])
    sources = [str(row[3]) for row in rows]
    return frame.assign(analysis="a", arm="overall", quantity="median", month=pd.NA, unit="months", source=sources)


@pytest.mark.parametrize(
    ("rows", "date", "chosen"),
    [
        pytest.param([("2", "", "corroborating", "2001-01-01"), ("1", "", "accepted", "2002-01-01")], "latest", 1),
        pytest.param([("2", "", "corroborating", "2001-01-01"), ("1", "", "accepted", "2002-01-01")], "2001-12-31", 0),
        pytest.param([("2", "", "corroborating", "2001-01-01"), ("1", "", "accepted", "2002-01-01")], "2002-01-01", 1),
        pytest.param([("2", "", "corroborating", "2002-01-01"), ("1", "", "corroborating", "2001-01-01")], "latest", 1),
        pytest.param([("1", "", "accepted", "2002-01-01"), ("1", "0", "corroborating", "2003-01-01")], "latest", 1),
        pytest.param([("1", "", "accepted", "2002-01-01"), ("1", "0", "corroborating", "2003-01-01")], "2002-06-30", 0),
        pytest.param([("1", "", "accepted", "2002-01-01"), ("1.0", "0", "corroborating", "2003-01-01")], "latest", 0),
        pytest.param([("1", "0", "accepted", "2002-01-01"), ("1", "0.1", "corroborating", "2001-01-01")], "latest", 0),
        pytest.param([("1", "0", "rejected", "2001-01-01"), ("1", "", "accepted", "2002-01-01")], "latest", 1),
        pytest.param([("1", "0", "rejected", "2001-01-01"), ("1", "", "accepted", "2002-01-01")], "2001-01-01", None),
        pytest.param([("1", "", "corroborating", None), ("2", "", "corroborating", "2001-01-01")], "latest", 1),
        pytest.param([("1", "", "accepted", None), ("2", "", "corroborating", "2001-01-01")], "2030-01-01", 1),
        pytest.param([("1", "", "accepted", None), ("2", "", "corroborating", "2001-01-01")], "latest", 0),
    ],
)
def test_accepted_stands_before_corroborating_and_the_same_value_with_an_interval_before_one_without(
    monkeypatch, rows, date, chosen
):
    days = {str(row[3]): row[3] and datetime.date.fromisoformat(row[3]) for row in rows}
    sources = {key: SimpleNamespace(known_from=day) for key, day in days.items()}
    monkeypatch.setattr(known, "references", lambda: sources)
    monkeypatch.setattr(evidence, "_evidence", lambda: results(*rows))
    monkeypatch.setattr(evidence, "_chosen", evidence._chosen.__wrapped__)  # without what it remembers
    assert data.known_by(date).results().index.tolist() == ([] if chosen is None else [chosen])


# --- the trials side by side


def test_hazard_ratios_are_the_printed_numbers():
    # Moreau 2016, Stewart 2015, Lonial 2015; the China cohort (Hou 2017) prints no interval.
    then = data.known_by(PINNED)
    frame = then.hazard_ratios(then.select_analyses([*CORE, CHINA], "pfs")[0]).set_index("name")
    assert frame["hazard_ratio"].tolist() == [0.74, 0.69, 0.70, 0.598]
    assert frame.loc[CORE, ["lower", "upper", "level"]].to_numpy().tolist() == [
        [0.59, 0.94, 0.95],
        [0.57, 0.83, 0.95],
        [0.57, 0.85, 0.95],
    ]
    assert frame.loc[CHINA, ["lower", "upper", "level"]].isna().all()
    assert frame["p_value"].tolist() == [0.01, 0.0001, 0.0004, 0.035]
    assert frame["source"].tolist() == ["moreau2016", "stewart2015", "lonial2015", "hou2017"]
    assert frame.loc["ASPIRE", "label"] == "KRd against Rd"
    assert frame["sides"].tolist() == [2, 2, 2, 2]


def test_a_one_sided_p_value_keeps_its_side_and_a_bound_is_no_number(monkeypatch):
    facts = EVERYTHING.results()
    of_aspire = (facts["analysis"] == "aspire.pfs.primary") & (facts["quantity"] == "p_value")
    facts.loc[of_aspire, ["value", "sided"]] = ["<0.0001", "one"]
    chosen, _ = data.known_by(PAPER).select_analyses(["ASPIRE"], "pfs")
    monkeypatch.setattr(data.Evidence, "results", lambda evidence: facts)
    frame = EVERYTHING.hazard_ratios(chosen)
    assert frame["sides"].item() == 1
    assert math.isnan(frame["p_value"].item())


def side_by_side(names, endpoint, as_of=PINNED):
    then = data.known_by(as_of)
    return then.side_by_side(then.select_analyses(names, endpoint)[0]).set_index("")


def test_the_trials_stand_side_by_side_as_printed():
    table = side_by_side(CORE, "pfs")
    assert table["TOURMALINE-MM1"].to_dict() == {
        "Regimens": "IRd / placebo-Rd",
        "Patients randomised": "360 / 362",
        "Analysis": "primary analysis",
        "Events": "129 / 157",
        "Median follow-up (months)": "14.8 / 14.6",
        "Median (months)": "20.6 (95% CI 17.0 to NE) / 14.7 (95% CI 12.9 to 17.6)",
        "Hazard ratio": "0.74 (95% CI 0.59 to 0.94)",
        "P value": "0.01 (two-sided)",
        "Overall response (percent)": "78.3 (95% CI 74 to 83) / 71.5 (95% CI 67 to 76)",
        "Complete response or better (percent)": "12 (95% CI 9 to 15) / 7 (95% CI 4 to 10)",
        "Data cut-off": "2014-10-30",
    }
    assert table.loc["Median follow-up (months)", "ELOQUENT-2"] == "24.5"  # one number for both arms
    assert table.loc["P value", "ELOQUENT-2"] == "0.0004 (sides not stated)"
    assert table.loc["Events", "ELOQUENT-2"] == table.loc["Data cut-off", "ASPIRE"] == "—"


def test_deaths_stand_for_events_and_what_was_not_reached_is_said(of_the_pinned_day):
    assert side_by_side(["ELOQUENT-2"], "os").loc["Median follow-up (months)", "ELOQUENT-2"] == "70.6 (minimum)"
    assert side_by_side(["POLLUX"], "pfs").loc["Median (months)", "POLLUX"] == "not reached / 18.4"
    # A page of Amgen without a date reports 246 and 267 deaths in ASPIRE's final analysis.
    assert side_by_side(["ASPIRE"], "os", "latest").loc["Events", "ASPIRE"] == "246 / 267"


def test_a_value_published_later_is_not_yet_in_the_table(of_the_pinned_day):
    assert side_by_side(["ASPIRE"], "pfs", "2014-12-06").loc["Patients randomised", "ASPIRE"] == "—"
    assert side_by_side(["ASPIRE"], "pfs", "latest").loc["Patients randomised", "ASPIRE"] == "396 / 396"


def test_a_trial_without_primary_analyses_has_silence_in_their_rows(monkeypatch):
    listed = data.analyses()
    monkeypatch.setattr(comparison, "analyses", lambda: listed[listed["trial"] != "aspire"])
    column = side_by_side(CORE, "pfs")["ASPIRE"]
    assert column[["Patients randomised", "Overall response (percent)"]].tolist() == ["—"] * 2
    assert column["Hazard ratio"] == "0.69 (95% CI 0.57 to 0.83)"


def test_caveats_are_all_aspects_of_the_chosen_trials_with_silence_where_sources_are_silent():
    table = EVERYTHING.caveats(["TOURMALINE-MM1", "ASPIRE"]).set_index("")
    assert table.columns.tolist() == ["TOURMALINE-MM1", "ASPIRE"]
    assert len(table) == 12
    assert table.loc["Masking"].tolist() == ["double-blind, placebo-controlled", "open-label"]
    assert table.loc["Censoring rules"].tolist() == ["—"] * 2
    assert table.loc["Renal function required"].tolist() == [
        "calculated creatinine clearance of at least 30 ml/min per 1.73 m2",
        "creatinine clearance of at least 50 mL/min within 21 days",
    ]


def test_a_trial_whose_design_nobody_wrote_down_has_silence_in_every_aspect(monkeypatch):
    aspects = EVERYTHING.designs()
    aspects.loc["masking", "pollux"] = float("nan")
    monkeypatch.setattr(data.Evidence, "designs", lambda evidence: aspects.drop(columns="aspire"))
    table = EVERYTHING.caveats(["ASPIRE", "POLLUX"])
    assert table["ASPIRE"].eq("—").all()
    assert table["POLLUX"].iloc[0] == "—"


def test_a_design_of_an_early_date_is_what_was_published_by_then_and_what_has_no_date_is_silence():
    table = data.known_by(PAPER).caveats(["TOURMALINE-MM1", "ELOQUENT-2", "POLLUX"]).set_index("")
    assert table.loc["Masking"].tolist() == ["double-blind, placebo-controlled", "open-label", "—"]
    assert table.loc["Stratification", "ELOQUENT-2"] == "—"  # known to us from 2019
    assert table.loc["Censoring rules", "ELOQUENT-2"] == "—"  # from an undated page of the registry
    assert table["POLLUX"].eq("—").all()


# --- what the report rests on


def test_the_inventory_counts_the_rows_of_the_files():
    files = inventory.files().set_index("File")["Rows"]
    assert files["data/evidence/trials.csv"] == len(data.trials())
    assert (
        files["data/tourmaline_mm1/claims.csv"]
        == inventory.claim_count()
        == len(data.load("tourmaline_mm1/claims.csv"))
    )
    headings = sum(sum(data.as_printed(table).headings) for table in range(1, 5))
    assert (
        inventory.cell_count()
        == sum(files[f"data/tourmaline_mm1/table{table}.csv"] for table in range(1, 5)) - headings
    )


def test_the_inventory_of_a_date_before_any_conflict_has_none():
    assert len(inventory.conflicts(EVERYTHING)) == len(data.load("evidence/conflicts.csv"))
    assert inventory.conflicts(data.known_by("2010-01-01")).empty


def test_the_inventory_holds_rejected_results_too_by_their_dates():
    facts = inventory.facts(EVERYTHING)
    assert len(facts) == len(data.load("evidence/results.csv"))
    rejected = facts[(facts["Value"] == "0.66") & (facts["Standing"] == "rejected")].iloc[0]
    assert rejected[["Trial", "Endpoint", "Interval"]].tolist() == ["TOURMALINE-MM1", "PFS", "0.47 to 0.93 (95%)"]
    assert "number at risk at month 6" in set(facts["Quantity"])
    assert "17.0 to NE (95%)" in set(facts["Interval"])
    assert not facts["Value"].str.startswith("@").any()
    published = {key for key, source in data.sources().items() if source.known_from and str(source.known_from) <= PAPER}
    assert set(inventory.facts(data.known_by(PAPER))["Source"]) <= published
    assert "moreau2016" in set(inventory.facts(data.known_by(PAPER))["Source"])
    assert len(inventory.facts(data.known_by("2014-12-05"))) == 0


def test_the_inventory_lists_the_sources_that_print_results():
    sources = inventory.source_list(EVERYTHING).set_index("Source")
    counts = data.load("evidence/results.csv")["source"].value_counts()
    assert sources["Results"].to_dict() == counts.to_dict()
    assert sources.loc["kbv_ixazomib", "Published"] == "undated"
    assert sources.loc["moreau2016", "Title"].startswith("Oral Ixazomib, Lenalidomide, and Dexamethasone")


def test_conflicts_name_their_trial_or_the_pooled_analysis():
    conflicts = inventory.conflicts(EVERYTHING)
    assert set(conflicts["Trial"]) == {"TOURMALINE-MM1", "ASPIRE", "ELOQUENT-2", "POLLUX", "published pooled analysis"}
    assert (conflicts != "").all(axis=None)
    # A conflict is known once both of its sources are.
    assert inventory.conflicts(data.known_by(PAPER))["Subject"].tolist() == ["date of the first enrolment"]
    assert inventory.conflicts(data.known_by("2016-12-31"))["Trial"].tolist() == [
        "TOURMALINE-MM1",
        "ELOQUENT-2",
        "TOURMALINE-MM1",
    ]


def test_every_printing_in_use_of_a_result_is_listed_the_accepted_one_first():
    found = EVERYTHING.printings("tourmaline-mm1.pfs.primary", "p_value")
    assert found["value"].iloc[0] == data.claim("results.pfs.p_value")[0]
    assert list(found["standing"]) == ["accepted"] + ["corroborating"] * (len(found) - 1)
    assert ".016" not in set(found["value"])  # rejected
    assert "0.012" in set(found["value"])
    then = data.known_by(PAPER).printings("tourmaline-mm1.pfs.primary", "p_value")
    assert "moreau2016" in set(then["source"]) and "ema2019ixazomib" not in set(then["source"])
    with pytest.raises(EvidenceError, match=r"no source reports 'p_value' of 'tourmaline-mm1.pfs.second'"):
        EVERYTHING.printings("tourmaline-mm1.pfs.second", "p_value")


@pytest.mark.parametrize("notebook", sorted(paths.NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.stem)
def test_a_notebook_binds_the_evidence_to_its_own_date(notebook):
    assert set(re.findall(r"known_by\((.*?)\)", notebook.read_text(encoding="utf-8"))) <= {"as_of"}


def test_readers_see_author_and_year_of_a_source_or_its_title_where_these_do_not_name_it_alone():
    assert with_names("reported P value (moreau2016); kyprolis_hcp") == "reported P value (Moreau 2016); Amgen 2018"
    assert (
        with_names("ash2017aspire") == "ASH 2017 abstract of the final overall survival of ASPIRE"
    )  # without an author
    assert with_names("sap_mm1").startswith("Statistical analysis plan of TOURMALINE-MM1")  # two of Takeda in 2021
    assert with_names("x_moreau2016 moreau2016-x moreau2016x") == "x_moreau2016 moreau2016-x moreau2016x"
    assert not set(data.sources()) & {with_names(key) for key in data.sources()}


@pytest.mark.parametrize("words", ["safety", "cross_response", "published_pools", "subgroups", "toxicity"])
def test_tables_for_readers_do_not_say_whether_a_quote_was_kept(words):
    text = (paths.ROOT / "notebooks" / "words" / f"{words}.yml").read_text(encoding="utf-8")
    assert "uote kept" not in text


def test_judgements_name_no_file_and_no_conflict_by_its_key():
    for path in sorted((paths.DATA / "judgements").glob("*.csv")):
        frame = load(f"judgements/{path.name}")
        words = " ".join(frame["reason"]) + " ".join(frame.get("decision", []))
        assert ".csv" not in words and not any(key in words for key in load("evidence/conflicts.csv")["conflict"]), path
