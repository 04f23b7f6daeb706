"""A build does again what has changed, and nothing else."""

import json

import pytest
from small_report import MODEL, PAGE, TINY, command, contents, program, write_notebook

from tourmaline import paths
from tourmaline.pipeline import build as build_module
from tourmaline.pipeline.moved import moved_in_words
from tourmaline.pipeline.processes import Processes

pytestmark = pytest.mark.slow


def build(project):
    """What a build did, by step, and why."""
    done = command(project, "build", "--json")
    assert done.returncode == 0, done.stderr
    steps = json.loads(done.stdout)["steps"]
    return {step["name"]: step["did"] for step in steps}, {step["name"]: step["because"] for step in steps}


def replace(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert text.count(old) >= 1
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_a_second_build_does_nothing_and_says_so(report):
    before = contents(report)
    done = command(report, "build")
    assert done.returncode == 0
    assert "Nothing has changed: no notebook was run, no page was built." in done.stdout
    assert "ran" not in done.stdout.replace("was run", "").split()
    assert contents(report) == before
    did, _ = build(report)
    assert did == dict.fromkeys(["data", "other", "tiny", "site"], "reused")


def test_what_changed_reruns_the_notebooks_that_use_it_and_every_page_shows_it(report):
    index, page = (report / "_build" / "html" / name for name in ("index.html", "book/page.html"))
    trials = report / "data" / "evidence" / "trials.csv"
    other = contents(report / "results" / "other")
    replace(trials, ",IRd,", ",IRd-anew,")
    did, because = build(report)
    assert did == {"data": "ran", "other": "reused", "tiny": "ran", "site": "ran"}
    assert because["tiny"] == "data/evidence/trials.csv changed"
    assert contents(report / "results" / "other") == other
    assert ">IRd-anew</a>" in index.read_text()
    assert ">IRd</a>" not in index.read_text()
    assert trials.read_bytes() in contents(report / "_build" / "html" / "_downloads").values()
    moved = json.loads((report / "_build" / "changes.json").read_text())
    assert [(row["file"], row["new"]) for row in moved["data"]] == [("evidence/trials.csv", "IRd-anew")]
    assert list(moved["notebooks"]) == ["tiny"]
    assert moved_in_words(moved)[0].startswith(
        "Compared with the previous build: 1 data row changed, 1 text or interval changed"
    )
    assert any("IRd -> IRd-anew, because: data row changed: D1" in line for line in moved_in_words(moved)[1:])

    trials.touch()  # a new time does not change content
    assert set(build(report)[0].values()) == {"reused"}

    was = json.loads((report / "results" / "other" / "values.json").read_text())["answer"]["value"]
    assert f">{was}</a>" in page.read_text()
    replace(report / "tourmaline" / "statistics" / "meta_analysis" / "__init__.py", '"""', '"""Seven: ')
    did, because = build(report)
    assert did == {"data": "reused", "other": "ran", "tiny": "reused", "site": "ran"}
    assert because["other"] == "tourmaline/statistics/meta_analysis/__init__.py changed"
    assert f">{was + 7}</a>" in page.read_text()  # although the page's own text is as it was


def test_a_result_that_was_damaged_is_made_again(report):
    before = contents(report / "results")
    (report / "results" / "tiny" / "figures" / "dots.svg").unlink()
    (report / "results" / "other" / "values.json").write_text("{}")
    did, because = build(report)
    assert did == {"data": "reused", "other": "ran", "tiny": "ran", "site": "reused"}
    assert (because["tiny"], because["other"]) == ("figures/dots.svg changed", "values.json changed")
    assert contents(report / "results") == before
    (report / "results" / "other" / "run.json").write_text("[]")
    did, because = build(report)
    assert (did["tiny"], did["other"], because["other"]) == ("reused", "ran", "its record cannot be read")
    assert contents(report / "results") == before


def test_a_changed_default_or_lock_reruns(report):
    write_notebook(report, "tiny", *TINY, parameters=MODEL.replace("fixed", "random"))
    with (report / "requirements.txt").open("a") as lock:
        lock.write("# changed\n")
    did, because = build(report)
    assert did == {"data": "reused", "other": "ran", "tiny": "ran", "site": "ran"}
    assert (because["tiny"], because["other"]) == ("the notebook changed", "requirements.txt changed")
    assert json.loads((report / "results" / "tiny" / "run.json").read_text())["parameters"] == {"model": "random"}
    assert "model = random" in (report / "_build" / "html" / "index.html").read_text()


def test_the_result_and_page_of_a_deleted_notebook_go_with_it_and_so_does_what_a_killed_build_left(report):
    (report / "notebooks" / "other.ipynb").unlink()
    replace(report / "_toc.yml", "  - file: results/other/other\n", "")
    (report / "book" / "page.md").write_text("# Another page\n\nIt has {numref}`tiny/dots`.\n")
    (report / "results" / ".tiny-k1ll3d" / "result").mkdir(parents=True)
    (report / "results" / ".DS_Store").touch()
    did, _ = build(report)
    assert did == {"data": "reused", "tiny": "reused", "site": "ran"}
    assert [path.name for path in (report / "results").iterdir()] == ["tiny"]
    assert [path.name for path in (report / "_build" / "html" / "results").iterdir()] == ["tiny"]


def test_a_changed_page_or_a_damaged_site_is_built_again_without_running_notebooks(report):
    (report / "book" / "page.md").write_text(f"{PAGE}\nAnother sentence.\n")
    did, _ = build(report)
    assert did == {"data": "reused", "other": "reused", "tiny": "reused", "site": "ran"}
    before = contents(report / "_build" / "html")
    assert b"Another sentence." in before["book/page.html"]

    (report / "_build" / "html" / "book" / "page.html").unlink()
    assert build(report)[0]["site"] == "ran"
    assert contents(report / "_build" / "html") == before


def test_a_page_is_written_again_only_if_it_or_a_name_on_it_has_changed(report):
    def written(path, text):
        path.write_text(text)
        was = {path: path.stat().st_mtime_ns for path in made.rglob("*.html")}
        build(report)
        others = {"genindex.html", "search.html"}  # Sphinx writes them in every build
        changed = [path for path, time in was.items() if path.stat().st_mtime_ns != time]
        return {path.relative_to(made).as_posix() for path in changed} - others

    made = next((report / "_build" / "work").rglob("html"))
    index, page, notebook = report / "index.md", report / "book" / "page.md", report / "notebooks" / "tiny.ipynb"
    text = PAGE.partition("```")[0]
    pages = written(page, text + "\nFrom nothing, in another folder.\n")
    assert {"index.html", "book/page.html", "results/other/other.html"} < pages
    assert written(page, text) == {"book/page.html"}
    # What the last build worked out is damaged: the next one works it out again.
    next((report / "_build" / "work").rglob("worked_out.pickle")).write_bytes(b"cut off")
    another_table = "```{table} The first\n| A |\n| - |\n| b |\n```\n\n```{result-table}"
    renumbered = index.read_text().replace("```{result-table}", another_table)
    assert written(index, renumbered) == {"index.html", "book/page.html"}
    assert "Table 2" in (made / "book" / "page.html").read_text()
    reworded = notebook.read_text().replace("An empty figure", "A figure without dots")
    assert written(notebook, reworded) == {"index.html", "book/page.html", "results/tiny/tiny.html"}
    assert written(page, text.replace("# Another page", "# A page of another name")) == pages


def test_wrong_data_stop_the_build_before_any_notebook_runs(report):
    before = contents(report / "results"), contents(report / "_build" / "html")
    replace(report / "data" / "evidence" / "trials.csv", "NCT01564537", "NCT015")
    done = command(report, "build")
    assert done.returncode == 1
    assert done.stderr.strip().startswith("Error: data/evidence/trials.csv, row 2, column registration: 'NCT015'")
    assert "Traceback" not in done.stderr
    assert (contents(report / "results"), contents(report / "_build" / "html")) == before


def test_a_build_with_nothing_to_do_imports_nothing_heavy(report):
    done = program(report, "-X", "importtime", "-c", "from tourmaline.cli import main; main()", "build")
    assert "Nothing has changed" in done.stdout
    imported = {line.rpartition("|")[2].strip().partition(".")[0] for line in done.stderr.splitlines()}
    assert "click" in imported
    heavy = {"nbformat", "papermill", "pandas", "numpy", "sphinx", "rich", "yaml", "jupyter_client"}
    assert not imported & heavy


def test_a_build_says_how_long_the_rest_may_take_once_each_of_it_has_run_here():
    took = {"short": 10.0, "long": 30.0, "site": 5.0}
    work = build_module._Work(build_module.Report(), {}, paths.Variant(), {}, False, print, Processes(2), took)
    assert work._time_left(["short", "long"]) == "; about 35 s left"
    assert work._time_left(["short"]) == "; about 15 s left"
    assert work._time_left(["short", "new"]) == work._time_left([]) == ""
