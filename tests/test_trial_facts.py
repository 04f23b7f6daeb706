"""What publications report of a trial besides the results of its analyses: read, dated, and refused where it cannot be."""

import shutil

import pytest

from tourmaline import paths
from tourmaline.data.files import load
from tourmaline.data.known import known_by
from tourmaline.data.trial_facts import PATH, check_trial_facts
from tourmaline.errors import DataError
from tourmaline.results.words import Words

EVERYTHING = known_by("latest")

PAPER = "2016-04-28"


def test_a_claim_of_the_paper_stands_as_it_is_printed_with_its_place():
    cycles = (
        known_by(PAPER)
        .trial_facts("tourmaline-mm1", "exposure")
        .query("fact == 'cycles' and arm == 'experimental'")
        .iloc[0]
    )
    assert (cycles["value"], cycles["lower"], cycles["upper"]) == ("17", "1", "34")
    assert (cycles["claim"], cycles["locator"]) == ("results.cycles.median.ixazomib", "results, safety, paragraph 1")
    reduced = (
        known_by(PAPER)
        .trial_facts("tourmaline-mm1", "adherence")
        .query("fact == 'dose-reduction' and arm == 'control'")
        .iloc[0]
    )
    assert (reduced["value"], reduced["total"]) == ("181", "359")


def test_a_fact_counts_from_the_day_of_its_source():
    life = {
        day: set(known_by(day).trial_facts("tourmaline-mm1", "quality_of_life")["fact"])
        for day in (PAPER, "2018-05-04")
    }
    assert life[PAPER] == {"instruments", "overall"}
    assert life["2018-05-04"] - life[PAPER] == {"schedule", "global-health", "functioning"}
    nothing = known_by("2009-01-01").trial_facts()
    assert nothing.empty
    assert nothing[["note", "unquoted"]].apply(lambda column: column.str.strip()).empty  # text, as if there were some


def test_each_trial_has_a_sponsor_and_says_which_analysis_its_result_is_of():
    for trial in ("tourmaline-mm1", "aspire", "eloquent-2", "pollux"):
        assert len(EVERYTHING.trial_facts(trial, "sponsor")) >= 1
        assert (EVERYTHING.trial_facts(trial, "plan")["fact"] == "reported-analysis").sum() == 1


@pytest.mark.parametrize(
    ("fact", "page", "subject"),
    [
        ("cross-over", "overall_survival_analyses", "Whether patients of the placebo group could change to ixazomib"),
        ("residual-disease", "response", "Minimal residual disease"),
    ],
)
def test_a_page_says_what_readers_look_for_and_the_sources_do_not_report(fact, page, subject):
    facts = EVERYTHING.trial_facts().query("fact == @fact")
    assert not facts.empty and "tourmaline-mm1" not in set(facts["trial"])
    text = " ".join((paths.ROOT / "book" / "trial" / f"{page}.md").read_text(encoding="utf-8").split())
    assert f"{subject} is not reported in the sources we could access." in text


def test_what_no_kept_sentence_reports_stands_apart_from_the_notes():
    facts = EVERYTHING.trial_facts()
    assert not facts["note"].str.contains("kept quote").any()
    found = facts.set_index(["trial", "fact"])[["note", "unquoted"]].sort_index()
    assert found.loc[("eloquent-2", "sponsor")].values.tolist() == [["", "Sponsor (the collaborator)"]]
    assert found.loc[("tourmaline-mm1", "eye-disorders-3")].drop_duplicates().values.tolist() == [
        ["first analysis", "Eye disorders of grade 3"]
    ]
    assert found.loc[("tourmaline-mm1", "g-ba")].values.tolist() == [
        ["second interim analysis; decision of 6 July 2017", "Federal Joint Committee, Germany (the added benefit)"]
    ]
    assert set(found.loc[("tourmaline-mm1", "cycles"), "unquoted"]) == {""}


@pytest.mark.parametrize(
    "words", ["summary, agencies", "treatment_given, sponsors", "treatment_given, sister_trials", "toxicity, effects"]
)
def test_a_table_says_once_what_no_kept_sentence_reports_and_nothing_where_all_is(words):
    notebook, table = words.split(", ")
    said = Words(paths.WORDS / f"{notebook}.yml")
    fields = dict.fromkeys(("effect_measure", "effect", "level", "added", "derived", "later_deaths"), "x")
    notes = {about: said.of("tables", table, fields | {"unquoted": about})["notes"] for about in ("Sponsor", "")}
    (note,) = set(notes["Sponsor"]) - set(notes[""])
    assert note.endswith("that we keep of it: Sponsor.")


@pytest.mark.parametrize(
    ("fact", "changes", "message"),
    [
        ("cycles", {"value": "@results.cycles.median.placebo"}, "is of placebo, this row of experimental"),
        ("cycles", {"value": "@results.cycles.nothing"}, "there is no claim 'results.cycles.nothing'"),
        ("cycles", {"unit": "weeks"}, "is in cycles, this row in weeks"),
        ("cycles", {"limits": ""}, "limits are incomplete"),
        ("cycles", {"item": "Cycles"}, "is also called"),
        ("planned-patients", {"value": "about 703"}, "'about 703' is not in patients"),
        ("planned-patients", {"value": "1,703"}, "'1,703' is not in patients; did you mean 1703?"),
        ("planned-patients", {"locator": ""}, "the place in the source is missing"),
        ("registration", {"value": "29/05/2012"}, "'29/05/2012' is not in date"),
        ("schedule", {"value": "28"}, "'28' is a number, and its unit is words"),
        ("treated", {"value": "322"}, "322 patients are more than the 321 in all"),
        ("thrombocytopenia-laboratory", {"value": "280", "total": "300"}, "'78' percent contradicts 280 of 300"),
        ("carfilzomib-duration", {"total": "392"}, "a total stands beside weeks"),
        ("on-treatment", {"value": "135"}, "135 percent"),
        ("treatment-duration", {"lower": "50", "upper": "60", "limits": "range"}, "85 does not lie between 50 and 60"),
    ],
)
def test_a_fact_that_cannot_be_is_refused_with_its_row_and_column(fact, changes, message):
    frame = load(PATH)
    line = frame.index[frame["fact"] == fact][0]
    for column, value in changes.items():
        frame.loc[line, column] = value
    with pytest.raises(DataError) as refused:
        check_trial_facts(frame)
    assert message in refused.value.what
    assert refused.value.where.startswith(f"data/{PATH}, row ")


def test_an_unknown_topic_is_refused_by_the_schema(tmp_path):
    directory = shutil.copytree(paths.DATA, tmp_path / "data")
    file = directory / PATH
    file.write_text(file.read_text(encoding="utf-8").replace(",exposure,", ",exposition,", 1), encoding="utf-8")
    with pytest.raises(DataError, match=r"trial_facts.csv, row \d+, column topic"):
        load(PATH, directory)
