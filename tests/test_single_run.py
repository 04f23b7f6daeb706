"""One notebook with other parameters: refused before a kernel starts, or a folder of its own; the book is not touched."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from small_report import TINY, command, contents, write_notebook

from tourmaline import parameters, paths
from tourmaline.errors import NotebookError
from tourmaline.pipeline import freshness
from tourmaline.pipeline.run_card import card_of, in_terminal
from tourmaline.pipeline.single_run import _write_html, default_folder
from tourmaline.pipeline.site_check import check_site

CROSS_TRIAL = paths.NOTEBOOKS / "cross_trial.ipynb"
PAPERMILL = Path(sys.executable).with_name("papermill")


@pytest.fixture
def kernel_traces(monkeypatch):
    """A folder that is empty until a kernel starts: in it a run keeps what its kernel needs."""
    with tempfile.TemporaryDirectory(prefix="t-", dir="/tmp") as folder:  # a socket's path must be short
        monkeypatch.setenv("TMPDIR", folder)
        yield Path(folder)


@pytest.mark.sampled(4)
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param(
            ["cross_trail"],
            ["there is no notebook 'cross_trail'", "Did you mean 'cross_trial'?"],
            id="unknown notebook",
        ),
        pytest.param(
            ["cross_trial", "-p", "modle", "random"],
            ["Error: cross_trial: there is no parameter 'modle'", "Did you mean 'model'?", "endpoint, as_of"],
            id="unknown parameter",
        ),
        pytest.param(
            ["cross_trial", "-p", "model", "randon"],
            ["cross_trial: parameter 'model' is 'randon'", "one of fixed, random", "Did you mean 'random'?"],
            id="value that is not allowed",
        ),
        pytest.param(
            ["cross_trial", "-p", "model", "fixed", "-p", "model", "random"],
            ["a parameter is given twice"],
            id="parameter given twice",
        ),
        pytest.param(["cross_trial", "-p", "model"], ["requires 2 arguments"], id="parameter without a value"),
        pytest.param(
            ["cross_trial", "-p", "trials=ASPIRE; rm"],
            ["'trials=ASPIRE; rm' joins name and value. Write: -p trials 'ASPIRE; rm'"],
            id="parameter as other programs write it",
        ),
        pytest.param(
            ["cross_trial", "-p", "confidence_level", "95 %"],
            ["is '95 %', which is not allowed", "A share, not a percentage: did you mean 0.95?"],
            id="percentage",
        ),
        pytest.param(["cross_trial", "--timeout", "0"], ["0 is not in the range"], id="no time at all"),
    ],
)
def test_a_mistake_is_refused_before_a_kernel_starts(project, tourmaline, kernel_traces, arguments, words):
    done = tourmaline("run", *arguments)
    assert done.returncode == 2
    for word in words:
        assert word in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(kernel_traces.iterdir())
    assert not (project / "runs").exists()
    assert not (project / "results").exists()


@pytest.mark.sampled(3)
@pytest.mark.parametrize("folder", ["results/mine", "results", ".", "..", "notebooks"])
def test_a_run_refuses_a_folder_that_holds_something_else(project, tourmaline, folder):
    before = contents(project)
    done = tourmaline("run", "cross_trial", "--output", folder)
    assert done.returncode == 2
    assert str((project / folder).resolve()) in done.stderr
    assert "Choose a" in done.stderr
    assert contents(project) == before


@pytest.mark.parametrize(
    ("arguments", "touched", "message"),
    [
        (["response"], "", "mine holds a run of cross_trial, which would be lost\n  Choose an empty or a new folder."),
        (
            ["cross_trial", "-p", "model", "random", "-p", "endpoint", "os"],
            "",
            "mine holds a run with other parameters (endpoint, model), which would be lost\n  Choose an empty",
        ),
        (["cross_trial"], "note.txt", "mine: note.txt was added or changed since the run was made, and would be lost"),
        (["cross_trial"], "values.json", "mine: values.json was added or changed since the run was made"),
        (["cross_trial"], "run.json", "mine holds something else than a run"),
        (["cross_trial"], "", ""),
    ],
)
def test_a_run_replaces_only_the_files_of_the_same_run(project, tourmaline, monkeypatch, arguments, touched, message):
    mine = project / "mine"
    mine.mkdir()
    (mine / "values.json").write_text("{}")
    record = freshness.record(CROSS_TRIAL, {}, parameters.validated(CROSS_TRIAL, {}), [], mine)
    (mine / "run.json").write_text(json.dumps(record | {"library": {"tourmaline/runner.py": "of another code"}}))
    if touched:
        (mine / touched).write_text("Mine")
    before = contents(mine)

    def would_run(*_, **__):
        raise NotebookError("it would run")

    monkeypatch.setattr("tourmaline.pipeline.single_run.run_notebook", would_run)
    done = tourmaline("run", *arguments, "--output", "mine")
    assert done.returncode == (2 if message else 1)
    assert (message or "it would run") in done.stderr
    assert contents(mine) == before


@pytest.mark.slow
def test_a_run_is_a_folder_complete_in_itself_and_the_book_is_not_touched(report, kernel_traces):
    (report / "notebooks" / "tiny.ipynb").unlink()
    write_notebook(report, "01_tiny", *TINY)
    book = contents(report / "results"), contents(report / "_build")

    done = command(report, "run", "tiny", "-p", "model", "random", "--json")
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["note"] == "The book has no results of this notebook here yet; `make book` makes them."
    assert answer["differs"] == []
    assert not list(kernel_traces.iterdir())  # and it was removed
    assert answer["parameters"] == {"model": "random"}
    assert answer["seconds"] > 0
    folder = Path(answer["folder"])
    assert folder.parent == report / "runs"
    first = contents(folder)
    assert {"01_tiny.ipynb", "01_tiny.html", "run.json", "values.json", "figures/dots.svg", "tables/labels.csv"} <= set(
        first
    )
    html = (folder / "01_tiny.html").read_text()
    assert check_site(folder) == 1  # no request to another host, no broken link
    assert "default-src 'none'" in html
    assert "data:image/png;base64," in html
    assert "<code>model</code> is random (in the book fixed)" in html
    assert html.index("a run with other parameters") < html.index('<details class="run-code">')

    for name in ("01_tiny", "notebooks/01_tiny.ipynb"):
        assert command(report, "run", name, "-p", "model", "bad").returncode == 2  # found, and then refused
    again = command(report, "run", "01_tiny.ipynb", "-p", "model", "random")
    assert again.returncode == 0, again.stderr
    assert again.stdout.rstrip().endswith(f"Its results are in {folder}")
    assert contents(report / "runs") == {f"{folder.name}/{name}": content for name, content in first.items()}
    assert (contents(report / "results"), contents(report / "_build")) == book


def _value(value, lower=None, upper=None, unit="ratio", label="Label"):
    record = {"value": value, "unit": unit, "decimals": 2, "label": label}
    return record | ({"lower": lower, "upper": upper, "level": 0.95} if lower else {})


def card_for(monkeypatch, folder, book, run, given):
    """The card of a run of cross_trial with these values, beside a book with those."""
    for place, values in (("book/cross_trial", book), ("run", run)):
        (folder / place).mkdir(parents=True)
        (folder / place / "values.json").write_text(json.dumps(values))
    monkeypatch.setattr(paths, "RESULTS", folder / "book")
    return card_of(CROSS_TRIAL, parameters.validated(CROSS_TRIAL, given), folder / "run")


def test_the_card_of_a_run_puts_each_value_beside_the_books(monkeypatch, tmp_path):
    book = {
        "crossed": _value(0.74, 0.59, 0.94, label="<b>Second look</b>"),
        "little": _value(0.70, 0.60, 0.80, label="Little"),
        "far": _value(0.70, 0.60, 0.80, label="Far"),
        "words": _value("fixed effect", unit="text", label="Model"),
        "same": _value(12, unit="months", label="Median"),
    }
    run = book | {
        "crossed": _value(0.82, 0.67, 1.00, label="<b>Second look</b>"),
        "little": _value(0.71, 0.61, 0.81, label="Little"),
        "far": _value(0.60, 0.50, 0.70, label="Far"),
        "words": _value("random effects", unit="text", label="Model"),
    }
    card = card_for(monkeypatch, tmp_path, book, run, {"model": "random"})
    assert card.changed == (("model", "fixed", "random"),)
    assert [(row.label, row.what) for row in card.rows] == [
        ("<b>Second look</b>", "decision turned"),
        ("Far", "differs"),
        ("Little", "differs"),
        ("Model", "reads differently"),
        ("Median", "same"),
    ]
    assert card.note.startswith("The book's values are out of date")
    lines = in_terminal(card)
    assert lines[0] == "Changed: model random (in the book fixed)."
    assert lines[3].endswith("(95% confidence interval 0.67 to 1.00)  (decision turned)")
    assert lines[-1] == "1 value is as in the book."

    executed = tmp_path / "run" / "cross_trial.ipynb"
    executed.write_bytes(CROSS_TRIAL.read_bytes())
    _write_html(executed, card)
    html = executed.with_suffix(".html").read_text()
    assert "&lt;b&gt;Second look&lt;/b&gt;" in html
    assert "<b>Second look" not in html
    assert "As in the book: 1 value<" in html


def test_the_card_of_another_endpoint_names_both_quantities_and_no_decision_that_turned(monkeypatch, tmp_path):
    book = {
        "pooled": _value(0.71, 0.63, 0.79, label="Pooled, progression-free survival"),
        "verdict": _value("longer", unit="text", label="Verdict") | {"origin": "recomputed"},
    }
    run = {
        "pooled": _value(0.85, 0.70, 1.04, label="Pooled, overall survival"),
        "verdict": _value("inconclusive", unit="text", label="Verdict") | {"origin": "recomputed"},
    }
    card = card_for(monkeypatch, tmp_path / "os", book, run, {"endpoint": "os"})
    assert [(row.label, row.what) for row in card.rows] == [
        ("Pooled, progression-free survival; in this run: Pooled, overall survival", "another quantity"),
        ("Verdict", "reads differently"),
    ]
    card = card_for(monkeypatch, tmp_path / "random", book, run, {"model": "random"})
    assert [row.what for row in card.rows] == ["decision turned", "decision turned"]


def test_a_run_with_other_data_or_code_does_not_take_the_folder_of_an_earlier_one(monkeypatch, tmp_path):
    monkeypatch.setattr(paths, "RUNS", tmp_path)
    changed = {"model": "random"}

    def made():
        folder = default_folder(CROSS_TRIAL, changed)
        folder.mkdir(exist_ok=True)
        record = freshness.record(CROSS_TRIAL, changed, {}, ["data/evidence/trials.csv"], folder)
        (folder / "run.json").write_text(json.dumps(record))
        return folder

    first = made()
    assert made() == first
    for key, name in (("data", "data/evidence/trials.csv"), ("library", "tourmaline/pipeline/runner.py")):
        record = json.loads((first / "run.json").read_text())
        (first / "run.json").write_text(json.dumps(record | {key: {name: "another hash"}}))
        second = made()
        assert second.name == f"{first.name}-2"
        assert made() == second
        (first / "run.json").write_text(json.dumps(record))
        assert made() == first
        shutil.rmtree(second)
    (first / "run.json").unlink()  # something else than a run
    assert made() == second


@pytest.fixture
def papermill(project, tmp_path):
    """Plain papermill, started in another folder."""

    def run(notebook: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        elsewhere = tmp_path / "elsewhere"
        elsewhere.mkdir()
        return subprocess.run(
            [PAPERMILL, project / "notebooks" / notebook, "out.ipynb", *arguments],
            cwd=elsewhere,
            env={**os.environ, "PYTHONPATH": str(project)},
            capture_output=True,
            encoding="utf-8",
            check=False,
        )

    return run


@pytest.mark.slow
def test_plain_papermill_runs_a_notebook_from_any_folder_and_writes_nothing_of_the_book(project, papermill, tmp_path):
    before = contents(project)
    done = papermill("cross_trial.ipynb", "-p", "model", "random", "-y", "{trials: [ASPIRE, ELOQUENT-2]}")
    assert done.returncode == 0, done.stderr
    cells = json.loads((tmp_path / "elsewhere" / "out.ipynb").read_text())["cells"]
    text = json.dumps([cell.get("outputs") for cell in cells])
    assert (
        "Pooled hazard ratio of progression-free survival, random effects (DerSimonian-Laird), normal interval: 0."
        in text
    )
    assert "ELOQUENT-2" in text
    assert "TOURMALINE-MM1" not in text
    assert "image/png" in text
    assert [path.name for path in (tmp_path / "elsewhere").iterdir()] == ["out.ipynb"]
    assert contents(project) == before


@pytest.mark.slow
def test_plain_papermill_refuses_a_bad_value_with_the_same_message(project, papermill):
    write_notebook(project, "tiny", *TINY)
    done = papermill("tiny.ipynb", "-p", "model", "randon")
    assert done.returncode != 0
    assert "ParameterError: tiny: parameter 'model' is 'randon', which is not allowed" in done.stderr
    assert "Allowed: one of fixed, random. Did you mean 'random'?" in done.stderr


@pytest.mark.slow
def test_plain_papermill_refuses_a_wrong_name_with_the_same_message(project, papermill):
    write_notebook(project, "tiny", *TINY)
    done = papermill("tiny.ipynb", "-p", "modelx", "random")
    assert done.returncode != 0
    assert "ParameterError: tiny: there is no parameter 'modelx'\n" in done.stderr
    assert "Did you mean 'model'? Its parameters are model." in done.stderr
