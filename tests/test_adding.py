"""`tourmaline add`: it asks for what the schema wants, and writes all of it or nothing."""

import csv
import datetime
import json
import shlex

import pytest
from small_report import contents

from tourmaline.cli import adding
from tourmaline.data.schemas import FILES
from tourmaline.errors import LockError
from tourmaline.pipeline.adding import dialogue, questions

NEW_ANALYSIS = {
    "analysis": "aspire.pfs.six-years",
    "analysis.trial": "aspire",
    "analysis.endpoint": "pfs",
    "analysis.population": "intention-to-treat",
    "analysis.role": "update",
    "analysis.label": "a made-up follow-up, at six years",
    "analysis.data_cutoff": "2020-06-30",
}
RESULT = {
    "quantity": "hazard_ratio",
    "value": "0.68",
    "lower": "0.57",
    "upper": "0.81",
    "source": "nobody2021",
    "locator": "abstract",
    "quote_kept": "yes",
}
NEW_SOURCE = {
    "source.title": "A made-up report: 20% & <b>more</b>",
    "source.journal": "No journal",
    "source.year": "2021",
    "source.published": "2021-05",
}


def options(answers):
    return [word for name, value in answers.items() for word in ("--set", name, value)]


def rows(project, name):
    with (project / "data" / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.seconds
def test_a_result_comes_with_its_analysis_its_source_and_the_version_and_says_what_uses_it(project, tourmaline):
    before = {name: (project / "data" / name).read_text() for name in ("references.bib", "evidence/results.csv")}
    version = json.loads((project / "data" / "datapackage.json").read_text())["version"]
    analyses = [row["analysis"] for row in rows(project, "evidence/analyses.csv") if row["trial"] == "aspire"]
    last = [name for name in analyses if name.startswith("aspire.pfs.")][-1]
    done = tourmaline("add", "result", *options(NEW_ANALYSIS | RESULT | NEW_SOURCE))
    assert done.returncode == 0, done.stderr
    assert (
        "Of ASPIRE, aspire.pfs.six-years is compared with `-p analysis latest` only, instead of aspire.pfs.primary: its role is update."
        in done.stdout
    )
    assert tourmaline("check").returncode == 0

    order = [row["analysis"] for row in rows(project, "evidence/analyses.csv")]
    assert order[order.index("aspire.pfs.six-years") - 1] == last  # of its endpoint
    (row,) = [row for row in rows(project, "evidence/results.csv") if row["analysis"] == "aspire.pfs.six-years"]
    assert row == row | {
        "arm": "comparison",
        "unit": "ratio",
        "level": "95",
        "standing": "accepted",
        "month": "",
        "sided": "",
    }
    after = (project / "data" / "evidence" / "results.csv").read_text()
    assert [line for line in after.splitlines() if "six-years" not in line] == before[
        "evidence/results.csv"
    ].splitlines()
    assert (project / "data" / "references.bib").read_text().startswith(before["references.bib"].rstrip())
    package = json.loads((project / "data" / "datapackage.json").read_text())
    assert package["version"] != version
    assert not list((project / "data").glob(".*"))


@pytest.mark.seconds
def test_what_the_check_refuses_is_not_written_at_all(project, tourmaline):
    before = contents(project / "data")
    wrong = NEW_ANALYSIS | NEW_SOURCE | RESULT | {"upper": "0.71"}
    done = tourmaline("add", "result", *options(wrong))
    assert done.returncode == 1
    assert "nothing was written, because the data would be refused: data/evidence/results.csv" in done.stderr
    assert "0.68 is not in the middle of 0.57 to 0.71" in done.stderr
    assert contents(project / "data") == before


@pytest.mark.sampled(14)
@pytest.mark.parametrize(
    ("kind", "answers", "words"),
    [
        pytest.param(
            "result",
            {"analysis": "aspire.os.final", "lower": "0.57", "source": "moreau2016"},
            "Error: not given: quantity, value, locator, quote_kept\n  --set quantity VALUE: what was measured",
            id="answers are missing",
        ),
        pytest.param(
            "result",
            NEW_ANALYSIS | RESULT,
            "not given: source.title\n  There is no source 'nobody2021'.\n  --set source.title VALUE: its title\n",
            id="new source without a word of it",
        ),
        pytest.param(
            "result",
            {"analysis": "aspire.os.finl"} | RESULT,
            "analysis.label, source.title\n  There is no analysis 'aspire.os.finl'. Did you mean 'aspire.os.final'?\n",
            id="mistyped analysis",
        ),
        pytest.param(
            "result",
            NEW_ANALYSIS | {"analysis.data_cutoff": "2999-01-01"},
            "'analysis.data_cutoff' is '2999-01-01', and is in the future: today is 20",
            id="cut-off in the future",
        ),
        pytest.param(
            "result",
            NEW_ANALYSIS | {"analysis.data_cutoff": "2020-02-30"},
            "and must be a date such as 2014-10-30, or empty",
            id="no such day",
        ),
        pytest.param(
            "result",
            NEW_ANALYSIS | {"analysis.population": "ITT"},
            "must be intention-to-treat, response-evaluable, safety, not-stated, or the lower-case name of a subgroup",
            id="unknown population",
        ),
        pytest.param(
            "result", NEW_ANALYSIS | RESULT | NEW_SOURCE | {"source.doi": "2031"}, "must begin with 10.", id="no DOI"
        ),
        pytest.param(
            "result",
            NEW_ANALYSIS | RESULT | NEW_SOURCE | {"source.published": "2021-02-30"},
            "must be YYYY, YYYY-MM or YYYY-MM-DD, or empty",
            id="published on no day",
        ),
        pytest.param(
            "result",
            NEW_ANALYSIS | RESULT | NEW_SOURCE | {"source.published": "2999"},
            "is in the future",
            id="published in the future",
        ),
        pytest.param(
            "result",
            NEW_ANALYSIS
            | {"analysis": "aspire.os.final-b", "analysis.endpoint": "os", "analysis.role": "final"}
            | RESULT,
            "must say `replaces aspire.os.final`, the final analysis that it is compared instead of",
            id="second final analysis",
        ),
        pytest.param(
            "result",
            {"analysis": "aspire.os.final", "quantity": "hazard_ration"},
            "Did you mean 'hazard_ratio'?",
            id="unknown word",
        ),
        pytest.param(
            "result",
            NEW_ANALYSIS | {"analysis.trial": "aspyre"},
            "does not stand in data/evidence/trials.csv; `tourmaline add trial` adds one\n  Did you mean 'aspire'?\n",
            id="unknown trial",
        ),
        pytest.param(
            "result",
            NEW_ANALYSIS | RESULT | NEW_SOURCE | {"worth": "1"},
            "nothing asks for 'worth'",
            id="answer to no question",
        ),
        pytest.param(
            "result",
            {"standing": "acceptd"},
            "Error: 'standing' is 'acceptd', and must be one of accepted, corroborating, rejected\n  Did you mean 'accepted'?",
            id="a wrong answer before those that are missing",
        ),
        pytest.param(
            "result",
            NEW_ANALYSIS | RESULT | NEW_SOURCE | {"unit": "months"},
            "'unit' is 'months', and must be 'ratio', because the quantity is hazard_ratio\n  Correct one of the two",
            id="unit of another quantity",
        ),
        pytest.param(
            "result",
            NEW_ANALYSIS | RESULT | NEW_SOURCE | {"sided": "two"},
            "'sided' is 'two', and must be empty, because only a P value has sides",
            id="sides of a ratio",
        ),
        pytest.param(
            "result",
            {"analysis": "aspire.os.final", "analysis.label": "final"} | RESULT | {"source": "moreau2016"},
            "nothing asks for 'analysis.label'\n  Asked for: analysis, arm,",
            id="label of an analysis that is known",
        ),
        pytest.param(
            "result",
            NEW_ANALYSIS | RESULT | NEW_SOURCE | {"source.title": "a}, title = {b"},
            "must not hold braces",
            id="hostile text",
        ),
        pytest.param(
            "analysis", {"analysis": "aspire.os.final"}, "stands in data/evidence/analyses.csv already", id="twice"
        ),
        pytest.param("source", {"key": "moreau2016"}, "stands in data/references.bib already", id="source twice"),
        pytest.param(
            "trial",
            {"trial": "newtrial", "name": "ASPIRE"},
            "Error: 'name' is 'ASPIRE', and stands already in row 3 of data/evidence/trials.csv, the trial 'aspire'",
            id="name of another trial",
        ),
        pytest.param(
            "trial",
            {"trial": "newtrial", "name": "NEW-1", "registration": "NCT01080391"},
            "'registration' is 'NCT01080391', and stands already in row 3 of data/evidence/trials.csv",
            id="registration of another trial",
        ),
        pytest.param("trial", {"trial": "aspire"}, "`tourmaline add result` adds to that trial", id="trial twice"),
        pytest.param("trial", {"name": "Core"}, "so that a list of trials can name it", id="trial named as several"),
        pytest.param(
            "source",
            {"key": "other2016", "title": "Oral Ixazomib", "doi": "10.1056/nejmoa1516282"},
            "'doi' is '10.1056/nejmoa1516282', and is the DOI of moreau2016: name that source",
            id="publication that is another source",
        ),
        pytest.param(
            "source",
            {"key": "k2019", "title": "T", "year": "twenty"},
            "must be four digits, such as 2016",
            id="no year",
        ),
        pytest.param(
            "source",
            {"key": "k2019", "title": "T", "url": "not an address"},
            "must be a whole address",
            id="no address",
        ),
        pytest.param("source", {"key": "../x"}, "must be a key of small letters", id="bad key"),
    ],
)
def test_a_wrong_answer_is_one_message_and_nothing_is_written(project, tourmaline, kind, answers, words):
    before = contents(project / "data")
    done = tourmaline("add", kind, *options(answers))
    assert done.returncode == 2
    assert words in done.stderr
    assert contents(project / "data") == before


@pytest.mark.seconds
def test_a_second_final_analysis_says_what_it_is_compared_instead_of(project, tourmaline):
    second = NEW_ANALYSIS | {
        "analysis": "aspire.os.final-b",
        "analysis.endpoint": "os",
        "analysis.role": "final",
        "analysis.data_cutoff": "2018-04-28",
        "analysis.note": "replaces aspire.os.final",
    }
    done = tourmaline("add", "result", *options(second | RESULT | NEW_SOURCE | {"source.published": ""}))
    assert done.returncode == 0, done.stderr
    assert "Of ASPIRE, aspire.os.final-b is compared by default, instead of aspire.os.final." in done.stdout
    assert "nobody2021 has no date of publication, so it counts only for the latest edition." in done.stdout
    assert json.loads((project / "data" / "datapackage.json").read_text())["created"][:10] == str(
        datetime.datetime.now(datetime.UTC).date()
    )


@pytest.mark.seconds
def test_a_median_longer_than_anybody_was_followed_is_not_written(project, tourmaline):
    before = contents(project / "data")
    analysis = NEW_ANALYSIS | {
        "analysis": "aspire.os.later",
        "analysis.endpoint": "os",
        "analysis.data_cutoff": "2018-04-28",
    }
    median = {name: RESULT[name] for name in ("source", "locator", "quote_kept")}
    median |= {"quantity": "median", "arm": "control", "value": "120"}
    done = tourmaline("add", "result", *options(analysis | median | NEW_SOURCE))
    assert done.returncode == 1
    assert "120 months are longer than anybody was followed, from 2010-07 to 2018-04-28: 93.9 months" in done.stderr
    assert contents(project / "data") == before


@pytest.mark.seconds
def test_a_share_of_survivors_is_not_written_as_a_percentage(project, tourmaline):
    before = contents(project / "data")
    analysis = NEW_ANALYSIS | {"analysis": "aspire.os.later", "analysis.endpoint": "os"}
    share = {"quantity": "survival_rate", "month": "24", "arm": "control", "value": "0.65"}
    share |= {name: RESULT[name] for name in ("source", "locator", "quote_kept")}
    done = tourmaline("add", "result", *options(analysis | share | NEW_SOURCE))
    assert done.returncode != 0
    assert "Write 65, if 0.65 is a share." in done.stderr
    assert contents(project / "data") == before


@pytest.mark.parametrize("kind", ["result", "trial", "analysis", "source"])
def test_the_help_names_every_answer_that_can_be_asked_for(tourmaline, kind):
    class Recorder(dialogue.Given):
        def begins(self, *_):
            return True

        def follows(self, name, answer, _):
            self.asked.add(name)
            return answer

    asked = set()
    for quantity in ("hazard_ratio", "p_value", "survival_rate", "overall_response"):
        answers = {
            "analysis": "aspire.pfs.new",
            "key": "new2021",
            "source": "new2021",
            "design.source": "new2021",
            "lower": "1",
        }
        answers |= {"quantity": quantity, "result.quantity": quantity, "result.lower": "1", "result.source": "new2021"}
        recorder = Recorder(answers)
        questions.ask_for(kind, recorder, datetime.date(2026, 1, 1))
        asked |= recorder.asked
    named = {question.name for question in questions.possible(kind, datetime.date(2026, 1, 1))}
    assert asked == named
    done = tourmaline("add", kind, "--help")
    assert all(name in done.stdout for name in named)


def test_the_help_of_a_curve_speaks_of_the_command_that_was_asked(tourmaline):
    done = tourmaline("add", "curve", "--help")
    assert "tourmaline add curve aspire.pfs.primary curves.csv" in done.stdout
    assert "tourmaline digitised" not in done.stdout
    assert "tourmaline digitised aspire.pfs.primary curves.csv" in tourmaline("digitised", "--help").stdout


@pytest.mark.seconds
def test_a_trial_has_the_aspects_that_its_source_reports(project, tourmaline):
    trial = {
        "trial": "borealis",
        "name": "BOREALIS",
        "registration": "NCT99999999",
        "tier": "additional",
        "experimental": "a made-up drug plus lenalidomide-dexamethasone",
        "control": "lenalidomide-dexamethasone",
        "experimental_label": "XRd",
        "control_label": "Rd",
        "added_drug": "made-up drug",
        "design.source": "nobody2021",
        "design.locator": "abstract",
        "design.quote_kept": "yes",
        "design.masking": "open-label",
    }
    done = tourmaline("add", "trial", *options(trial | NEW_SOURCE))
    assert done.returncode == 0, done.stderr
    assert "BOREALIS is compared on request: -p trials BOREALIS,..." in done.stdout
    designs = {row["aspect"]: row for row in rows(project, "evidence/designs.csv") if row["trial"] == "borealis"}
    assert designs["masking"]["value"] == "open-label"
    assert designs["accrual"] == designs["accrual"] | {"value": "", "source": "", "note": "not found in the sources"}
    assert tourmaline("check").returncode == 0


@pytest.mark.seconds
def test_a_whole_row_of_a_spreadsheet_is_accepted(project, tourmaline, known):
    row = known | {"value": "41.5", "unit": "percent", "upper": "", "level": "", "sided": ""}
    assert row.keys() == FILES["evidence/results.csv"].columns.keys()
    done = tourmaline("add", "result", *options(row))
    assert done.returncode == 0, done.stderr
    assert row in rows(project, "evidence/results.csv")


# --- at a terminal


@pytest.fixture
def at_terminal(tourmaline, monkeypatch):
    """Run `tourmaline add result` with answers that are given, others that are typed, and yes or no."""

    def run(given, typed, said):
        typed, said = iter(typed), iter(said)

        def prompt(*_, **options):
            answer = next(typed, None)
            if answer is None:  # Ctrl-C
                raise adding.click.Abort
            return answer or options["default"]

        monkeypatch.setattr(adding, "_at_terminal", lambda: True)
        monkeypatch.setattr(adding.click, "prompt", prompt)
        monkeypatch.setattr(adding.click, "confirm", lambda *_, **__: next(said))
        done = tourmaline("add", "result", *options(given))
        assert (next(typed, None), next(said, None)) == (None, None)
        return done

    return run


@pytest.fixture
def known(project):
    """A result of an analysis and of a source that are there, but for its value."""
    source = next(
        row["source"] for row in rows(project, "evidence/results.csv") if row["analysis"] == "aspire.os.final"
    )
    known = {"analysis": "aspire.os.final", "quantity": "survival_rate", "arm": "control", "month": "60", "lower": ""}
    return known | {"source": source, "locator": "abstract", "quote_kept": "no", "standing": "accepted", "note": ""}


def test_an_answer_that_is_refused_is_asked_for_again(project, at_terminal, known):
    before = contents(project / "data")
    del known["quote_kept"], known["arm"]
    done = at_terminal(
        known, ["kontrol", "co", "con", "", "40,8", "40.8", "y"], [False, False]
    )  # no other; do not write
    assert done.returncode == 1
    assert "'kontrol' is none of these words. Did you mean 'control'?" in done.stderr
    assert "'co' is none of these words." in done.stderr  # control or comparison
    assert "An answer is needed." in done.stderr
    assert "'40,8' must be a reported number" in done.stderr
    assert "or empty; did you mean 40.8?" in done.stderr
    assert "quote_kept yes" in done.stderr
    assert "Nothing was written." in done.stderr
    assert contents(project / "data") == before


@pytest.mark.seconds
def test_what_is_answered_at_a_terminal_is_written_when_told(project, at_terminal, known):
    done = at_terminal(known, ["41.5"], [False, True])
    assert done.returncode == 0, done.stderr
    (row,) = [row for row in rows(project, "evidence/results.csv") if row["value"] == "41.5" and row["month"] == "60"]
    assert row["unit"] == "percent"


@pytest.mark.seconds
def test_numbers_that_do_not_fit_together_are_asked_for_again_at_once(project, at_terminal):
    given = NEW_ANALYSIS | NEW_SOURCE | RESULT | {"upper": "0.71", "level": "95", "standing": "accepted", "note": ""}
    given |= {"analysis.note": "", "source.author": "", "source.doi": "", "source.url": "", "source.note": ""}
    done = at_terminal(given, ["0.68", "0.57", "0.81", "95"], [True, False, True])  # it is a new analysis
    assert done.returncode == 0, done.stderr
    assert "0.68 is not in the middle of 0.57 to 0.71" in done.stderr
    (row,) = [row for row in rows(project, "evidence/results.csv") if row["analysis"] == "aspire.pfs.six-years"]
    assert (row["lower"], row["upper"]) == ("0.57", "0.81")


@pytest.mark.seconds
def test_answers_that_the_check_refuses_are_given_back_as_commands(project, at_terminal, known):
    before = contents(project / "data")
    second = ["survival_rate", "control", "72", "97", "", known["source"], "the abstract", "yes", "", ""]
    done = at_terminal(known, ["41.5", *second], [True, False, True])
    assert done.returncode == 1
    assert "97 at month 72 is more than 41.5 at month 60" in done.stderr
    assert contents(project / "data") == before
    first, other = [
        shlex.split(line) for line in done.stderr.splitlines() if line.startswith("  tourmaline add result")
    ]
    assert dict(zip(first[4::3], first[5::3])) == known | {"value": "41.5"}
    answers = dict(zip(other[4::3], other[5::3]))
    assert answers == answers | {"analysis": "aspire.os.final", "month": "72", "value": "97", "locator": "the abstract"}


def test_an_end_by_the_keyboard_says_that_nothing_was_written_and_gives_the_answers_back(at_terminal, known):
    del known["locator"]
    done = at_terminal(known, ["41.5"], [])
    assert done.returncode == 1
    assert "Nothing was written." in done.stderr
    assert "tourmaline add result --set analysis aspire.os.final --set quantity survival_rate" in done.stderr
    assert "--set value 41.5" in done.stderr


@pytest.mark.seconds
def test_a_given_answer_that_is_wrong_or_not_needed_costs_no_typed_answer(project, at_terminal, known):
    del known["month"]
    given = {"unit": "months", "sided": "two", "analysis.label": "final", "source.doi": ""}
    done = at_terminal(known | given, ["60", "41.5"], [False, True])
    assert done.returncode == 0, done.stderr
    assert "unit 'months' must be 'percent', because the quantity is survival_rate, and so it is." in done.stderr
    assert "sided 'two' must be empty, because only a P value has sides, and so it is." in done.stderr
    assert "Nothing asks for analysis.label, so 'final' is left out." in done.stderr
    (row,) = [row for row in rows(project, "evidence/results.csv") if row["value"] == "41.5" and row["month"] == "60"]
    assert (row["unit"], row["sided"]) == ("percent", "")


@pytest.mark.seconds
def test_a_given_answer_that_others_make_wrong_is_asked_for_again(project, at_terminal, known):
    source, known["source"] = known["source"], "Stewart 2015"  # not a key
    done = at_terminal(known, ["41.5", source], [False, True])
    assert done.returncode == 0, done.stderr
    assert "source 'Stewart 2015' must be a key of small letters" in done.stderr
    assert [row["source"] for row in rows(project, "evidence/results.csv") if row["value"] == "41.5"] == [source]


@pytest.mark.parametrize("standing", ["acceptd", "Accepted"])
def test_a_wrong_word_that_is_given_is_refused_before_anything_is_asked(at_terminal, known, standing):
    del known["month"]
    done = at_terminal(known | {"standing": standing}, [], [])
    assert done.returncode == 2
    assert done.stderr.startswith(f"Error: 'standing' is '{standing}', and must be one of accepted")


def test_whatever_keeps_the_rows_from_being_written_the_answers_are_given_back(at_terminal, known, monkeypatch):
    def busy(_):
        raise LockError("a build is at work", remedy="Wait for it.")

    monkeypatch.setattr("tourmaline.pipeline.adding.writing.write", busy)
    done = at_terminal(known, ["41.5"], [False, True])
    assert done.returncode != 0
    (command,) = [line for line in done.stderr.splitlines() if line.startswith("  tourmaline add result")]
    words = shlex.split(command)
    assert dict(zip(words[4::3], words[5::3])) == known | {"value": "41.5"}


def test_an_end_by_the_keyboard_keeps_the_given_answers_that_were_not_yet_asked_for(at_terminal, known):
    done = at_terminal(known, [], [])  # the value is the first that is asked for
    (command,) = [line for line in done.stderr.splitlines() if line.startswith("  tourmaline add result")]
    assert "--set quote_kept no" in command


@pytest.mark.seconds
def test_a_mistyped_analysis_is_asked_for_again_unless_it_is_said_to_be_new(project, at_terminal, known):
    known["analysis"] = "aspire.os.finl"
    done = at_terminal(known, ["aspire.os.final", "41.5"], [False, False, True])  # not a new one
    assert done.returncode == 0, done.stderr
    assert [row["month"] for row in rows(project, "evidence/results.csv") if row["value"] == "41.5"] == ["60"]
