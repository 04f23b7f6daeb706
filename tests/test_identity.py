"""The report's identity is data: the code names no trial and no drug, and what data/report.toml says reaches pages and figures."""

import ast
import dataclasses
import json
import re

import pytest
from bs4 import BeautifulSoup
from small_report import program

from tourmaline import data, paths
from tourmaline.data.check import _check_identity
from tourmaline.edition import edition_of_sources
from tourmaline.errors import DataError, SiteError
from tourmaline.identity import Identity, identity
from tourmaline.pipeline import freshness, site_freshness
from tourmaline.pipeline.browser.adding import report_files
from tourmaline.pipeline.live.watcher import CODE
from tourmaline.pipeline.project_check import _check_titles
from tourmaline.pipeline.published_address import not_found
from tourmaline.pipeline.sources import source_files
from tourmaline.pipeline.stamping import stamp_pages

PACKAGE = paths.ROOT / "tourmaline"
LANGUAGES = (".js", ".css", ".j2", ".json", ".txt")
# A placebo is a kind of control in any trial: the check of all trials holds two columns of trials.csv to each other.
REASONED = {("evidence_checks.py", "placebo")}
OF_CHROMOSOMES = {"del(17p)"}


def _words():
    """The names of trials, regimens, arms and sources, as the data have them."""
    trials, about = data.trials(), identity()
    regimens = " ".join([*trials["experimental"], *trials["control"]])
    drugs = {word for word in re.findall(r"[a-z]+", regimens) if word != "plus"} | set(trials["added_drug"])
    return {
        *trials.index,
        *trials["name"],
        *drugs,
        *about.arms.values(),
        *about.names,
        about.folder,
        *data.sources(),
    } - OF_CHROMOSOMES


WORDS = _words()


def _named(text):
    """Those of the words that a text holds, whatever their capitals, between what are not letters."""
    text = text.lower()
    held = (word for word in map(str.lower, WORDS) if word in text)
    return {word for word in held if re.search(rf"(?<![a-z]){re.escape(word)}(?![a-z])", text)}


def _code(path):
    """The strings that are not docstrings, and the names, of a module."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and ast.get_docstring(
            node
        ):
            node.body[0].value.value = ""
    for node in ast.walk(tree):
        for text in (getattr(node, part, None) for part in ("value", "id", "attr", "name", "arg")):
            if isinstance(text, str):
                yield text


def test_the_words_looked_for_are_those_of_the_data():
    assert {
        "ixazomib",
        "placebo",
        "lenalidomide",
        "carfilzomib",
        "ASPIRE",
        "tourmaline-mm1",
        "tourmaline_mm1",
        "moreau2016",
    } <= WORDS
    for text in ("count_ixazomib", "the IXAZOMIB arm", "data/tourmaline_mm1", "aspire.pfs.primary", "Placebo"):
        assert _named(text), text
    assert not _named("tourmaline")  # our package


def test_no_code_names_a_trial_or_a_drug():
    modules = [path for path in PACKAGE.rglob("*.py") if not path.is_relative_to(paths.PUBLIC)]
    assert len(modules) > 200
    suspected = [path for path in modules if _named(path.read_text(encoding="utf-8"))]
    found = {(path.name, word) for path in suspected for word in _named("\n".join(_code(path)))}
    assert found == REASONED


def test_no_script_style_or_template_names_a_trial_or_a_drug():
    folders = (PACKAGE, paths.ROOT / "book" / "static", paths.ROOT / "book" / "browser")
    files = [path for folder in folders for path in folder.rglob("*") if path.suffix in LANGUAGES]
    assert len(files) > 8
    assert [path.name for path in files if _named(path.read_text(encoding="utf-8"))] == []


# --- a wrong file


def edited(old, new):
    return lambda text: text.replace(old, new, 1)


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (edited("author = ", "authors = "), "there is an unknown key 'authors'\n  Did you mean 'author'? Keys: title,"),
        (edited('trial = "tourmaline-mm1"', ""), "the key 'trial' is missing\n  Keys: title,"),
        (edited('"The contributors to the living report"', "2016"), ", author: 2016 must be text in quotation marks, not empty"),
        (edited('"The contributors to the living report"', '" "'), ", author: ' ' must be text in quotation marks, not empty"),
        (edited('names = ["MM1", "del(17p)"]', 'names = "MM1"'), ", names: 'MM1' must be a list of texts, not empty"),
        (edited('"del(17p)"', "17"), ", names: ['MM1', 17] must be a list of texts, not empty"),
        (edited('control = "placebo"', "control = 2"), ", arms: {'experimental': 'ixazomib', 'control': 2} must be a table of texts, not empty"),
        (edited('control = "placebo"', ""), ", arms: the key 'control' is missing\n  Keys: experimental, control."),
        (edited('control = "placebo"', 'controll = "placebo"'), ", arms: there is an unknown key 'controll'\n  Did you mean 'control'?"),
        (edited('control = "placebo"', 'control = "Placebo group"'), ", arms, control: 'Placebo group' is not a name for an arm\n  Use lower-case"),
        (edited('control = "placebo"', 'control = "ixazomib"'), ", arms: both arms are called 'ixazomib'\n  Give each its own name."),
        (edited('ledger = "book/reference/audit_ledger"', ""), ", pages: the key 'ledger' is missing\n  Keys: editions, changes, ledger, given."),
        (edited('folder = "tourmaline_mm1"', 'folder = "nowhere"'), ", folder: there is no folder data/nowhere\n  Name the folder"),
        (edited('folder = "tourmaline_mm1"', 'folder = "../data"'), ", folder: there is no folder data/../data\n  Name the folder"),
        (edited('"moreau2016"', "moreau2016"), "it is not TOML: Invalid value (at line 7, column 9)\n  Correct the line;"),
        (lambda text: "", "the key 'title' is missing"),
    ],
)  # fmt: skip
def test_a_wrong_file_is_refused_in_one_message(tmp_path, monkeypatch, edit, message):
    before = paths.REPORT.read_text(encoding="utf-8")
    path = tmp_path / "report.toml"
    path.write_text(edit(before), encoding="utf-8")
    assert path.read_text(encoding="utf-8") != before
    where = paths.relative(paths.REPORT)
    monkeypatch.setattr(paths, "REPORT", path)
    monkeypatch.setattr(paths, "relative", lambda _: where)
    with pytest.raises(DataError) as refused:
        identity.__wrapped__()  # without what it remembers
    assert str(refused.value).startswith("data/report.toml" + (message if message.startswith(",") else f": {message}"))


def test_a_missing_file_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "REPORT", tmp_path / "report.toml")
    with pytest.raises(DataError, match=r"report\.toml: the file is missing\n  Restore it"):
        identity.__wrapped__()


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"trial": "aspir"}, "data/report.toml, trial: there is no trial 'aspir'\n  Did you mean 'aspire'? Add it to evidence/trials.csv."),
        ({"paper": "moreau2061"}, "data/report.toml, paper: 'moreau2061' does not stand in data/references.bib with a DOI\n  Did you mean 'moreau2016'?"),
        ({"arms": {"experimental": "ixazomib", "control": "placbo"}}, "data/report.toml, arms, control: 'placbo' does not stand in data/tourmaline_mm1/"),
    ],
)  # fmt: skip
def test_what_the_data_do_not_have_is_refused(monkeypatch, changed, message):
    wrong = dataclasses.replace(identity(), **changed)
    monkeypatch.setattr("tourmaline.data.check.identity", lambda: wrong)
    with pytest.raises(DataError) as refused:
        _check_identity()
    assert str(refused.value).startswith(message)


def test_a_title_that_is_another_one_elsewhere_is_refused(monkeypatch):
    _check_titles()
    other = dataclasses.replace(identity(), title="BOREALIS: a living report")
    monkeypatch.setattr("tourmaline.pipeline.project_check.identity", lambda: other)
    with pytest.raises(
        SiteError, match=r"_config\.yml: the title is 'TOURMALINE-MM1: .*', and that of data/report\.toml 'BOREALIS"
    ):
        _check_titles()


# --- another report


OTHER = Identity(
    title="BOREALIS: a living report",
    short_title="BOREALIS, a living report",
    author="Somebody",
    description="A trial of ours",
    trial="aspire",
    paper="stewart2015",
    folder="tourmaline_mm1",
    names=("B2",),
    contrasts=("added-drug",),
    arms={"experimental": "drug", "control": "sham"},
    characteristics={"median_age": "Median age (years)"},
    pages={"editions": "pages/editions", "changes": "pages/changes", "ledger": "pages/ledger", "given": "pages/given"},
)


def test_another_identity_reaches_stamp_citation_metadata_and_addresses(monkeypatch):
    for module in ("edition", "pipeline.stamping", "pipeline.published_address"):
        monkeypatch.setattr(f"tourmaline.{module}.identity", lambda: OTHER)
    site = {name: b'<head></head><p class="tm-stamp">x</p>' for name in ("index.html", "pages/editions.html")}
    stamp_pages(site, edition_of_sources(), {"repository": "", "frozen": []})
    page = BeautifulSoup(site["index.html"], "html.parser")
    assert page.select_one(".tm-stamp a")["href"] == "pages/editions.html"
    about = json.loads(page.script.text)
    assert (about["name"], about["author"]["name"]) == (OTHER.title, "Somebody")
    assert about["description"] == "A trial of ours. Not medical advice."
    assert (about["about"]["name"], about["about"]["identifier"]) == ("ASPIRE", "NCT01080391")
    assert about["citation"][0]["@id"] == f"https://doi.org/{data.sources()['stewart2015'].doi}"
    assert edition_of_sources().citation.startswith("Somebody. BOREALIS: a living report. ")
    assert "title = {{BOREALIS: a living report}}" in edition_of_sources().bibtex("")
    wrong_address = not_found("https://example.org/").decode()
    assert "Page not found · BOREALIS: a living report" in wrong_address and "/pages/editions.html" in wrong_address


# The paper's arms under other names, in a copy of the project: only files of data/ are changed.
RENAMED = """
import json, re, sys
from pathlib import Path
from tourmaline.data.check import check_all
from tourmaline.data.dictionary import README, documented
from tourmaline.in_browser.running import NotebookRun
README.write_text(documented(), encoding="utf-8")  # as `tourmaline check --write` does
check_all()
folder = Path(sys.argv[1])
run = NotebookRun("response", {}, folder)
while run.run_next():
    pass
values = json.loads((folder / "values.json").read_text())
figure = (folder / "figures" / "best_response.svg").read_text()
print(json.dumps({"values": sorted(values), "arms": sorted(set(re.findall("Otherdrug|Ixazomib|Sham|Placebo", figure)))}))
"""


@pytest.mark.slow
def test_other_names_of_the_arms_reach_figures_and_values_without_a_change_of_code(project, tmp_path):
    for path in (file for file in (project / "data").rglob("*") if file.suffix in (".csv", ".toml", ".bib", ".json")):
        text = path.read_text(encoding="utf-8")
        for old, new in (("ixazomib", "otherdrug"), ("placebo", "sham")):
            if new == "otherdrug" or path.parent.name == "tourmaline_mm1" or path.suffix in (".toml", ".json"):
                text = text.replace(old, new).replace(old.capitalize(), new.capitalize())
            else:  # the control of other files keeps its name, but for the ids of the paper's numbers
                text = re.sub(rf"(@[\w.]+\.){old}\b", rf"\g<1>{new}", text)
        path.write_text(text, encoding="utf-8")
    done = program(project, "-c", RENAMED, str(tmp_path / "out"))
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["arms"] == ["Otherdrug", "Sham"]
    assert {"overall_response_otherdrug", "complete_response_sham"} <= set(found["values"])
    assert not [name for name in found["values"] if _named(name)]


# --- what depends on it


@pytest.mark.seconds
def test_every_run_records_the_file_and_is_stale_when_it_changes(tmp_path):
    code = "from tourmaline import data; from tourmaline.results.inputs import inputs_so_far; print(*inputs_so_far())"
    done = program(paths.ROOT, "-c", code)
    assert "data/report.toml" in done.stdout.split(), done.stderr
    record = freshness.record(paths.NOTEBOOKS / "safety.ipynb", {}, {}, ["data/report.toml"], tmp_path)
    assert record["library"]["data/report.toml"] == freshness.file_hash(paths.REPORT)
    assert record["data"] == {}


def test_an_edit_of_the_file_has_the_site_made_from_nothing_and_starts_the_builder_again(monkeypatch, tmp_path):
    monkeypatch.setattr(paths, "BUILD", tmp_path)
    paths.Variant().state.mkdir()
    making = site_freshness.begin_making(paths.Variant(), edition_of_sources())
    assert making.shape["data/report.toml"] and paths.REPORT in making.loaded
    assert "data/report.toml".startswith(CODE) and "tourmaline/edition.py".startswith(CODE)
    assert not "data/evidence/trials.csv".startswith(CODE)


def test_the_browser_and_the_download_of_the_sources_have_the_file(tmp_path):
    assert {"data/report.toml", "tourmaline/identity.py"} <= report_files(tmp_path).keys() & source_files().keys()
