"""Sweeps of the book: run by the build, read by a notebook, explored on a page; nothing of them is run twice without need."""

import csv
import json
import re
import shutil
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from small_report import INDEX, TINY, command, contents, write_notebook

from tourmaline import paths
from tourmaline.errors import ResultError
from tourmaline.pipeline import freshness
from tourmaline.pipeline.site_check import check_site
from tourmaline.results import sweep
from tourmaline.sphinx_ext.explorer import command as command_line

PARAMETERS = """\
model: PoolingModel = "fixed"  # Model that is <named>
confidence_level: ConfidenceLevel = 0.95  # Level that is published
endpoint: Endpoint = "pfs"  # Endpoint that fails if it is os
"""
CELLS = (
    "run.value('level', confidence_level, lower=0.1, upper=0.9, level=0.5, unit='fraction', origin='assumed', source='it',\n"
    "          label=f'Level & <{model}>', decimals=2)",
    "if endpoint == 'os':\n    raise ValueError(model)",
    "from matplotlib.figure import Figure\n"
    "figure = Figure(figsize=(2, 1)); figure.subplots().set_title(model)\n"
    "figure.narrow = lambda: Figure(figsize=(1, 1))\n"
    "run.figure('dots', figure, caption=f'Of {model} & <b>', alt=f'Axes \"{model}\"', origin='reconstructed', source='it')",
)
SWEEP = """\
title: Choices & more
notebook: swept
parameters: {endpoint: pfs}
figures: [dots]
publish: [level]
grid: {model: [fixed, random], confidence_level: [0.5, 0.95]}
"""
SUMMARY = (
    "runs = results.sweep('mine')",
    "run.value('highest', float(runs['level'].max()), unit='fraction', origin='recomputed', source='the runs', label='Highest')",
)


def write(project):
    """A notebook that is swept, the sweep, a notebook that sums it up, and a page that explores it."""
    write_notebook(project, "swept", *CELLS, parameters=PARAMETERS)
    write_notebook(project, "summary", *SUMMARY)
    (project / "scenarios" / "mine.yaml").write_text(SWEEP)
    contents_file = project / "_toc.yml"
    more = "".join(f"  - file: results/{name}/{name}\n" for name in ("swept", "summary"))
    contents_file.write_text(contents_file.read_text() + more)
    (project / "index.md").write_text(
        f"{INDEX}\nThe highest is {{value}}`summary/highest`.\n\n```{{explorer}} mine\n```\n"
    )


def steps(done):
    assert done.returncode == 0, done.stderr
    return {step["name"]: step["did"] for step in json.loads(done.stdout)["steps"]}


@pytest.fixture(scope="module")
def swept(built_small_report, tmp_path_factory):
    """The small report with a sweep of its own, built: for reading only."""
    project = Path(shutil.copytree(built_small_report, tmp_path_factory.mktemp("swept") / "report"))
    write(project)
    did = steps(command(project, "build", "--json"))
    assert did["sweep mine"] == did["summary"] == did["site"] == "ran"
    assert list(did)[-3:] == ["sweep mine", "summary", "site"]  # the notebook that reads the sweep comes after it
    return project


@pytest.fixture
def mine(swept, tmp_path):
    return Path(shutil.copytree(swept, tmp_path / "report", symlinks=True))


@pytest.mark.slow
def test_the_runs_of_a_sweep_reach_a_notebook_and_a_page(swept):
    folder = swept / "results" / "sweeps" / "mine"
    rows = list(csv.DictReader((folder / "runs.csv").read_text().splitlines()))
    assert [(row["model"], row["confidence_level"], row["level"], row["level.upper"]) for row in rows] == [
        (model, level, level, "0.9") for model in ("fixed", "random") for level in ("0.5", "0.95")
    ]
    record = json.loads((swept / "results" / "summary" / "run.json").read_text())
    assert "results/sweeps/mine/runs.csv" in record["data"]
    page = BeautifulSoup((swept / "_build" / "html" / "index.html").read_text(), "html.parser")
    assert "The highest is 0.95" in page.text or "The highest is 1" in page.text

    explorer = page.select_one("section.tm-explorer")
    assert [select["name"] for select in explorer.select("select")] == ["model", "confidence_level"]
    for select in explorer.select("select"):
        assert explorer.select_one(f'label[for="{select["id"]}"]').text
        assert explorer.find(id=select["aria-describedby"]).text
    assert explorer.form.has_attr("hidden")  # without its script there is nothing to choose
    assert [option.text for option in explorer.select("option[selected]")] == ["fixed effect", "95%"]
    shown = "Level & <fixed> (assumed)", "0.95 (50% confidence interval 0.10 to 0.90)"
    assert explorer.select_one('[role="status"]').text == ": ".join(shown)
    assert explorer.dl and not explorer.dt  # the only value is said once
    assert explorer.select_one(".tm-explorer-command").text == "tourmaline run swept"
    assert explorer.img["alt"] == 'Axes "fixed"'
    for_phones = explorer.picture.source["srcset"]
    assert for_phones == explorer.img["src"].replace(".svg", ".narrow.svg")
    assert (swept / "_build" / "html" / for_phones).exists()
    assert explorer.figcaption.text == "Of fixed & <b> Reconstructed: these are not patients' data."
    links = explorer.select("details a")
    assert len(links) == 4
    assert all((swept / "_build" / "html" / link["href"]).exists() for link in links)
    assert len({link["href"] for link in links}) == 2  # one figure a model
    assert not explorer.find_all(style=True) and not [
        name for tag in explorer.find_all() for name in tag.attrs if name.startswith("on")
    ]

    script = (swept / "_build" / "html" / "_static" / "explorer" / "mine.js").read_text()
    data = json.loads(
        re.fullmatch(r'\(window\.\w+ = window\.\w+ \|\| \{\}\)\["mine"\] = (.*);\n', script, re.DOTALL)[1]
    )
    assert data["runs"].keys() == {"0-0", "0-1", "1-0", "1-1"}
    (label, _), *_ = data["runs"]["1-0"][0]
    assert data["texts"][label] == "Level & <random> (assumed)"
    assert check_site(swept / "_build" / "html") >= 4


@pytest.mark.slow
def test_a_sweep_is_made_again_for_other_code_and_not_for_another_default(mine):
    assert "Nothing has changed" in command(mine, "build").stdout
    before = contents(mine / "results" / "sweeps")
    write_notebook(mine, "swept", *CELLS, parameters=PARAMETERS.replace('"fixed"', '"random"'))
    did = steps(command(mine, "build", "--json"))
    assert (did["swept"], did["sweep mine"], did["summary"]) == ("ran", "ran", "reused")
    after = contents(mine / "results" / "sweeps")
    assert {name for name in before if before[name] != after[name]} == {"mine/explorer.json", "mine/run.json"}

    write_notebook(mine, "swept", *CELLS[:2], CELLS[2].replace("Of ", "Now "), parameters=PARAMETERS)
    kept = command(mine, "build", "--keep-sweeps", "--json")
    assert steps(kept)["sweep mine"] == "kept"
    done = command(mine, "build")
    assert "4 of 4 runs: the notebook changed" in done.stdout
    (mine / "scenarios" / "mine.yaml").write_text(SWEEP.replace("0.95]", "0.95, 0.99]"))
    done = command(mine, "build")
    assert "2 of 6 runs: other parameters" in done.stdout


@pytest.mark.slow
def test_a_run_that_fails_stops_the_build_and_leaves_the_site(mine):
    before = contents(mine / "_build" / "html")
    (mine / "scenarios" / "mine.yaml").write_text(SWEEP.replace("{endpoint: pfs}", "{endpoint: os}"))
    done = command(mine, "build")
    assert done.returncode == 1
    assert "scenarios/mine.yaml, swept, cell 6: 4 of 4 runs failed: ValueError: " in done.stderr
    assert contents(mine / "_build" / "html") == before
    (mine / "scenarios" / "mine.yaml").write_text(SWEEP.replace("[level]", "[levle]"))
    done = command(mine, "build")
    assert "scenarios/mine.yaml: the notebook swept publishes no value 'levle'" in done.stderr
    (mine / "scenarios" / "mine.yaml").unlink()
    done = command(mine, "build")
    assert "there are no runs of a sweep 'mine'" in done.stderr  # the notebook that sums it up cannot be made


@pytest.mark.slow
def test_a_variant_shows_the_same_sweep(mine):
    (mine / "scenarios" / "other.yaml").write_text(
        "title: Random\ndescription: x\nnotebooks: {swept: {model: random}}\n"
    )
    did = steps(command(mine, "build", "--scenario", "scenarios/other.yaml", "--json"))
    assert (did["sweep mine"], did["summary"], did["swept"]) == ("reused", "reused", "ran")
    site = mine / "_build" / "scenarios" / "other" / "html"
    assert (site / "_static" / "explorer" / "mine.js").exists()
    assert "Nothing has changed" in command(mine, "build", "--scenario", "scenarios/other.yaml").stdout


def test_what_a_run_computes_is_its_code_without_defaults_and_prose(project):
    (project / "notebooks").mkdir(exist_ok=True)
    path = write_notebook(project, "one", *TINY)
    before = freshness.code_hash(path)
    text = path.read_text()
    path.write_text(text.replace("# Notebook one", "# Another title").replace('\\"fixed\\"', '\\"random\\"'))
    assert path.read_text() != text
    assert freshness.code_hash(path) == before
    path.write_text(text.replace("42.5", "42.6"))
    assert freshness.code_hash(path) != before
    path.write_text("no notebook")
    assert freshness.code_hash(path) == "unreadable"


def test_the_command_names_what_differs_from_the_defaults_quoted_for_a_shell():
    about = {
        "notebook": "n",
        "fixed": {"endpoint": "os"},
        "choices": [
            {"name": "trials", "options": ["A, B", "A, B, C"], "default": "A, B"},
            {"name": "grade", "options": ["3", "it's so"], "default": "3"},
        ],
    }
    assert command_line(about, [0, 0]) == "tourmaline run n -p endpoint os"
    assert command_line(about, [1, 1]) == """tourmaline run n -p endpoint os -p trials A,B,C -p grade 'it'"'"'s so'"""


def test_a_sweep_that_was_not_made_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "SWEEPS", tmp_path)
    (tmp_path / "multiverse").mkdir()
    (tmp_path / "multiverse" / "runs.csv").write_text("a\n1\n")
    assert list(sweep("multiverse")["a"]) == [1]
    with pytest.raises(
        ResultError, match=r"no runs of a sweep 'multivers'\n  Did you mean 'multiverse'\? Run `make book`"
    ):
        sweep("multivers")


@pytest.mark.slow
def test_an_edition_with_a_sweep_gives_the_same_bytes_again_from_its_archive(swept, tmp_path):
    """The archive holds no runs: the rebuild runs the sweep while it builds the edition, and nothing else before."""
    project = Path(shutil.copytree(swept, tmp_path / "report", symlinks=True))
    (project / "editions.yaml").unlink()  # it names scenarios of the whole report
    for arguments in (["2026-11-27"], ["--verify", "2026-11-27"]):
        done = command(project, "edition", *arguments)
        assert done.returncode == 0, done.stdout + done.stderr
    assert "0 differ, 0 were not made again, 0 are new." in done.stdout
