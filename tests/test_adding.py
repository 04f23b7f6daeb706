"""`tourmaline add`: it asks for what the schema wants, and writes all of it or nothing."""

import csv
import json

import pytest
from small_report import contents

from tourmaline.cli import adding

NEW_ANALYSIS = {
    "analysis": "aspire.pfs.six-years",
    "analysis.trial": "aspire",
    "analysis.endpoint": "pfs",
    "analysis.population": "intention-to-treat",
    "analysis.role": "update",
    "analysis.label": "a made-up follow-up, at six years",
    "analysis.data_cutoff": "2030-06-30",
}
RESULT = {
    "quantity": "hazard_ratio",
    "value": "0.68",
    "lower": "0.57",
    "upper": "0.81",
    "source": "nobody2031",
    "locator": "abstract",
    "quote_kept": "yes",
}
NEW_SOURCE = {
    "source.title": "A made-up report: 20% & <b>more</b>",
    "source.journal": "No journal",
    "source.year": "2031",
    "source.published": "2031-05",
}


def options(answers):
    return [word for name, value in answers.items() for word in ("--set", name, value)]


def rows(project, name):
    with (project / "data" / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_result_comes_with_its_analysis_its_source_and_the_version_and_says_what_uses_it(project, tourmaline):
    before = {name: (project / "data" / name).read_text() for name in ("references.bib", "evidence/results.csv")}
    version = json.loads((project / "data" / "datapackage.json").read_text())["version"]
    analyses = [row["analysis"] for row in rows(project, "evidence/analyses.csv") if row["trial"] == "aspire"]
    last = [name for name in analyses if name.startswith("aspire.pfs.")][-1]
    done = tourmaline("add", "result", *options(NEW_ANALYSIS | RESULT | NEW_SOURCE))
    assert done.returncode == 0, done.stderr
    assert (
        "Of ASPIRE, aspire.pfs.six-years is compared with `-p analysis latest` only: its role is update." in done.stdout
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


def test_what_the_check_refuses_is_not_written_at_all(project, tourmaline):
    before = contents(project / "data")
    wrong = NEW_ANALYSIS | NEW_SOURCE | RESULT | {"upper": "0.71"}
    done = tourmaline("add", "result", *options(wrong))
    assert done.returncode == 1
    assert "nothing was written, because the data would be refused: data/evidence/results.csv" in done.stderr
    assert "0.68 is not in the middle of 0.57 to 0.71" in done.stderr
    assert contents(project / "data") == before


@pytest.mark.parametrize(
    ("kind", "answers", "words"),
    [
        pytest.param(
            "result", NEW_ANALYSIS | RESULT, "'source.title' is not given: its title", id="an answer is missing"
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
            "'analysis.trial' is 'aspyre', and does not stand in data/evidence/trials.csv. Did you mean 'aspire'?",
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
            NEW_ANALYSIS | RESULT | NEW_SOURCE | {"source.title": "a}, title = {b"},
            "must not hold braces",
            id="hostile text",
        ),
        pytest.param(
            "analysis", {"analysis": "aspire.os.final"}, "stands in data/evidence/analyses.csv already", id="twice"
        ),
        pytest.param("source", {"key": "moreau2016"}, "stands in data/references.bib already", id="source twice"),
        pytest.param("source", {"key": "../x"}, "must be a key of small letters", id="bad key"),
    ],
)
def test_a_wrong_answer_is_one_message_and_nothing_is_written(project, tourmaline, kind, answers, words):
    before = contents(project / "data")
    done = tourmaline("add", kind, *options(answers))
    assert done.returncode == 2
    assert words in done.stderr
    assert contents(project / "data") == before


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
        "design.source": "nobody2031",
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


def test_at_a_terminal_it_asks_again_after_a_refused_answer_and_writes_when_told(project, tourmaline, monkeypatch):
    monkeypatch.setattr(adding, "_at_terminal", lambda: True)
    typed = iter(["0,8", "0.80"])
    monkeypatch.setattr(adding.click, "prompt", lambda *_, **__: next(typed))
    said = iter([False, False, False, True])  # another result? write this?
    monkeypatch.setattr(adding.click, "confirm", lambda *_, **__: next(said))
    known = {"analysis": "aspire.os.final", "quantity": "survival_rate", "arm": "control", "month": "60", "lower": ""}
    source = next(
        row["source"] for row in rows(project, "evidence/results.csv") if row["analysis"] == "aspire.os.final"
    )
    known |= {"source": source, "locator": "abstract", "quote_kept": "no", "standing": "accepted", "note": ""}
    before = contents(project / "data")
    done = tourmaline("add", "result", *options(known))
    assert "'0,8' must be a reported number" in done.stderr
    assert "Nothing was written." in done.stderr
    assert contents(project / "data") == before
    typed = iter(["41"])
    done = tourmaline("add", "result", *options(known))
    assert done.returncode == 0, done.stderr
    (row,) = [row for row in rows(project, "evidence/results.csv") if row["value"] == "41" and row["month"] == "60"]
    assert row["unit"] == "percent"
