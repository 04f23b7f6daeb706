"""A notebook's results are promoted whole or not at all, and say why not; they hold no time, path or random id."""

import json
import os
import re
import signal
import subprocess
import sys
import time

import nbformat
import pytest
from small_report import INTERRUPTIBLE, PROGRESS, TINY, command, contents, program, write_notebook

pytestmark = pytest.mark.slow

TIME = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d")


def published(project):
    """Results and site, file by file."""
    return contents(project / "results"), contents(project / "_build" / "html")


def test_values_tables_and_figures_are_promoted_whole(built_small_report):
    results = built_small_report / "results"
    assert sorted(path.name for path in results.iterdir()) == ["other", "tiny"]
    assert sorted(contents(results / "tiny")) == [
        "figures/dots.json",
        "figures/dots.png",
        "figures/dots.svg",
        "run.json",
        "tables/labels.csv",
        "tables/labels.json",
        "tiny.ipynb",
        "values.json",
    ]
    answer = json.loads((results / "tiny" / "values.json").read_text())["answer"]
    expected = {"value": 42.5, "lower": 40, "upper": 45, "level": 0.95, "unit": "percent", "decimals": 1}
    assert expected.items() <= answer.items()
    assert (
        (results / "tiny" / "tables" / "labels.csv").read_text().startswith("name,experimental_label\nTOURMALINE-MM1,")
    )


def test_data_files_that_pandas_reads_are_recorded_and_no_others(built_small_report):
    recorded = {
        name: json.loads((built_small_report / "results" / name / "run.json").read_text()) for name in ("tiny", "other")
    }
    assert list(recorded["tiny"]["data"]) == ["data/evidence/trials.csv"]
    assert list(recorded["other"]["data"]) == ["data/evidence/designs.csv"]
    assert "tourmaline/statistics/meta_analysis/__init__.py" in recorded["other"]["library"]
    assert "tourmaline/statistics/meta_analysis/__init__.py" not in recorded["tiny"]["library"]
    assert recorded["tiny"]["parameters"] == {"model": "fixed"}


def test_executed_notebook_holds_no_time_path_or_papermill_and_its_figure_has_alternative_text(built_small_report):
    path = built_small_report / "results" / "tiny" / "tiny.ipynb"
    text = path.read_bytes()
    for unwanted in (b"papermill", b"/tmp", bytes(built_small_report), b"duration", b"start_time"):
        assert unwanted not in text
    assert not TIME.search(text)
    assert not any(TIME.search(file) for file in contents(path.parent).values())
    notebook = nbformat.read(path, as_version=4)
    assert [cell.id for cell in notebook.cells] == [f"tiny-{index}" for index in range(9)]
    figure = notebook.cells[8]
    assert figure.metadata["mystnb"]["image"]["alt"].startswith("Axes without dots, titled ")
    assert "image/png" in figure.outputs[0].data
    assert all("mystnb" not in cell.metadata for cell in notebook.cells[:8])


def test_a_file_that_a_run_gives_as_before_keeps_its_time_and_the_others_are_newer(report):
    """Sphinx reads a page again when what it shows is newer: a page whose files are as they were is not read."""
    folder = report / "results" / "tiny"
    before = {name: (folder / name).stat().st_mtime_ns for name in contents(folder)}
    notebook = report / "notebooks" / "tiny.ipynb"
    notebook.write_text(notebook.read_text().replace('"answer\\", 42.5', '"answer\\", 43.5'))
    done = command(report, "build")
    assert done.returncode == 0, done.stderr
    after = {name: (folder / name).stat().st_mtime_ns for name in contents(folder)}
    assert before.keys() == after.keys()
    assert {name for name in before if after[name] > before[name]} == {"values.json", "run.json", "tiny.ipynb"}
    assert all(after[name] >= before[name] for name in before)
    assert "43.5%" in (report / "_build" / "html" / "index.html").read_text()


def test_two_runs_of_one_notebook_are_the_same_bytes_also_with_a_parameter(report, tmp_path):
    for folder in ("one", "another"):
        done = command(report, "run", "tiny", "-p", "model", "random", "--output", str(tmp_path / folder))
        assert done.returncode == 0, done.stderr
    one, another = contents(tmp_path / "one"), contents(tmp_path / "another")
    assert one == another
    assert {"tiny.ipynb", "tiny.html", "run.json", "values.json"} <= one.keys()
    ids = [cell["id"] for cell in json.loads(one["tiny.ipynb"])["cells"]]
    assert ids[3] == "injected-parameters"
    assert len(set(ids)) == len(ids) == 10


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        pytest.param("1 / 0", "cell 5: ZeroDivisionError: division by zero", id="raises"),
        pytest.param("1 +", "cell 5: SyntaxError: invalid syntax", id="is not Python"),
        pytest.param(
            "import warnings\nwarnings.warn('it')", r"cell 5: it wrote to stderr: .*UserWarning: it", id="warns"
        ),
        pytest.param("import sys\nsys.exit(0)", "cell 5: SystemExit: 0", id="stops early"),
        pytest.param("import os\nos._exit(1)", "cell 5: the kernel died", id="ends the kernel"),
        pytest.param("import os\nos.kill(os.getpid(), 9)", "cell 5: the kernel died", id="is killed"),
        pytest.param("import time\ntime.sleep(60)", "cell 5: the cell ran longer than 3 seconds", id="hangs"),
        pytest.param(
            "raise OSError(28, 'No space left on device')",
            r"cell 5: OSError: \[Errno 28\] No space left on device",
            id="fills the disk",
        ),
    ],
)
def test_nothing_is_promoted_when_a_cell(report, cell, message):
    before = published(report)
    write_notebook(report, "tiny", cell, *TINY)
    done = command(report, "build", "--timeout", "3")
    assert done.returncode == 1
    assert re.search(f"^Error: notebooks/tiny.ipynb, {message}", done.stderr, re.MULTILINE)
    assert "The site was not built; what was published before is as it was." in done.stderr
    assert "Traceback" not in done.stderr
    assert published(report) == before


EARLIER = {"notebook": "notebooks/tiny.ipynb", "parameters": {"model": "random"}, "outputs": {}}
AGAIN = ("run", "tiny", "-p", "model", "random", "--output")


@pytest.fixture
def earlier_run(tmp_path):
    """A folder in which a run of `tiny` with its model `random` once succeeded."""
    folder = tmp_path / "earlier"
    folder.mkdir()
    (folder / "run.json").write_text(json.dumps(EARLIER))
    return folder


def test_a_failed_run_with_a_parameter_counts_cells_as_the_source_does_and_keeps_the_earlier_run(report, earlier_run):
    write_notebook(report, "tiny", *TINY, "raise ValueError(model)")
    done = command(report, *AGAIN, str(earlier_run))
    assert done.returncode == 1
    assert done.stderr.startswith("Error: notebooks/tiny.ipynb, cell 10: ValueError: random\n")
    assert "Traceback" not in done.stderr
    assert contents(earlier_run) == {"run.json": json.dumps(EARLIER).encode()}
    assert [path.name for path in earlier_run.parent.iterdir() if path.name.startswith(".")] == []


def test_a_notebook_that_fails_does_not_stop_the_others(report):
    write_notebook(report, "other", "raise ValueError('first')")
    write_notebook(report, "tiny", "run.value('one', 1, unit='count', origin='assumed', source='it', label='One')")
    site = contents(report / "_build" / "html")
    done = command(report, "build", "--json")
    assert done.returncode == 1
    answer = json.loads(done.stdout)
    assert {step["name"]: step["did"] for step in answer["steps"]} == {
        "data": "reused",
        "other": "failed",
        "tiny": "ran",
    }
    assert len(answer["errors"]) == 1
    assert "notebooks/other.ipynb, cell 5: ValueError: first" in answer["errors"][0]
    assert list(json.loads((report / "results" / "tiny" / "values.json").read_text())) == ["one"]
    # The folder was replaced, not written over: figure and table of before are gone.
    assert sorted(contents(report / "results" / "tiny")) == ["run.json", "tiny.ipynb", "values.json"]
    assert contents(report / "_build" / "html") == site


FULL_DISK = """
import pathlib, nbformat, nbconvert

def full(*arguments, **options):
    raise OSError(28, "No space left on device", "a file")

{function} = full
from tourmaline.cli import main
main()
"""


# A limit that processes inherit stands in for a full disk: the executed notebook is longer than it allows.
SMALL_FILES = (
    "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000)); from tourmaline.cli import main; main()"
)


def test_a_disk_that_fills_during_a_build_leaves_results_and_site_of_before(report):
    before = published(report)
    write_notebook(report, "tiny", *TINY[:2])
    done = program(report, "-c", SMALL_FILES, "build")
    assert done.returncode == 1
    assert "Error: File too large" in done.stderr
    assert "\n  Nothing is half done: what was finished is kept, the rest is as it was before." in done.stderr
    assert "Traceback" not in done.stderr
    assert published(report) == before


@pytest.mark.parametrize("function", ["nbformat.write", "pathlib.Path.write_text"])
def test_a_disk_that_fills_while_results_are_written_leaves_those_of_before(report, earlier_run, function):
    done = program(report, "-c", FULL_DISK.format(function=function), *AGAIN, str(earlier_run))
    assert done.returncode == 1
    assert (
        "Error: No space left on device: a file\n  Nothing is half done: what was finished is kept, the rest is as it was before."
        in done.stderr
    )
    assert "Traceback" not in done.stderr
    assert contents(earlier_run) == {"run.json": json.dumps(EARLIER).encode()}


def test_a_disk_that_fills_while_a_run_becomes_html_leaves_the_run_of_before(report, earlier_run):
    full = FULL_DISK.format(function="nbconvert.HTMLExporter.from_filename")
    done = program(report, "-c", full, *AGAIN, str(earlier_run))
    assert done.returncode == 1
    assert "Error: No space left on device" in done.stderr
    assert contents(earlier_run) == {"run.json": json.dumps(EARLIER).encode()}


def test_ctrl_c_stops_the_build_and_leaves_everything_as_it_was(report, tmp_path):
    before = published(report)
    begun = tmp_path / "process id of the kernel"
    write_notebook(
        report,
        "other",
        f"import os, pathlib, time\npathlib.Path({str(begun)!r}).write_text(str(os.getpid()))\ntime.sleep(60)",
    )
    build = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTIBLE, "build"],
        cwd=report,
        env={**os.environ, "PYTHONPATH": str(report)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        start_new_session=True,  # as in a terminal: the signal goes to the kernel too, and not to pytest
    )
    try:
        deadline = time.monotonic() + 60
        while not (begun.exists() and begun.read_text()):
            assert time.monotonic() < deadline
            time.sleep(0.1)
        os.killpg(build.pid, signal.SIGINT)
        _, errors = build.communicate(timeout=30)
    finally:
        build.kill()
    assert build.returncode == 130
    assert (
        PROGRESS.sub("", errors).strip()
        == "Stopped. Nothing is half done: what was finished is kept, the rest is as it was before."
    )
    assert published(report) == before
    with pytest.raises(ProcessLookupError):
        os.kill(int(begun.read_text()), 0)
