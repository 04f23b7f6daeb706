"""A sweep keeps every run in one file, goes on after a kill, retries nothing in silence, and says what failed where."""

import csv
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from small_report import INTERRUPTIBLE, PROGRESS, command, program, write_notebook

from tourmaline import paths
from tourmaline.errors import ParameterError, SweepError
from tourmaline.pipeline.sweeps import export as export_module
from tourmaline.pipeline.sweeps.definition import read_sweep
from tourmaline.pipeline.sweeps.export import export
from tourmaline.pipeline.sweeps.store import STORE_VERSION, Outcome, Store

HEAD = "title: x\nnotebook: cross_trial\n"


def sweep_file(folder, text, name="mine.yaml"):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def read(folder, text, *, confirm=False):
    return read_sweep(sweep_file(folder, text), confirm=lambda size: confirm)


# --- what a sweep file says


def test_a_grid_has_every_combination_with_all_parameters(tmp_path):
    sweep = read(
        tmp_path, HEAD + "parameters: {endpoint: os}\ngrid: {model: [fixed, random], confidence_level: [0.9, 0.95]}"
    )
    varied = [(run["model"], run["confidence_level"]) for run in sweep.runs]
    assert varied == [("fixed", 0.9), ("fixed", 0.95), ("random", 0.9), ("random", 0.95)]
    assert {run["endpoint"] for run in sweep.runs} == {"os"}
    assert {run["as_of"] for run in sweep.runs} == {"latest"}


def test_a_list_has_its_entries_without_those_that_are_the_same(tmp_path):
    sweep = read(tmp_path, HEAD + "list: [{model: random}, {endpoint: os}, {}, {model: fixed}]")
    assert [(run["model"], run["endpoint"]) for run in sweep.runs] == [
        ("random", "pfs"),
        ("fixed", "os"),
        ("fixed", "pfs"),
    ]


def test_a_sample_is_the_same_for_the_same_seed(tmp_path):
    text = (
        HEAD
        + "sample: {{runs: 40, seed: {}, parameters: {{model: [fixed, random], confidence_level: {{from: 0.8, to: 0.99}}}}}}"
    )
    one, again, other = (read(tmp_path, text.format(seed)).runs for seed in (1, 1, 2))
    assert one == again != other
    assert len(one) == 40
    assert {run["model"] for run in one} == {"fixed", "random"}
    assert all(0.8 <= run["confidence_level"] <= 0.99 for run in one)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("title: x\nnotebook: cross_trail\ngrid: {model: [fixed]}", "no notebook 'cross_trail'\n  Did you mean"),
        ("title: x\ngrid: {model: [fixed]}", "it has no 'notebook'"),
        ("notebook: cross_trial\ngrid: {model: [fixed]}", "it has no 'title'"),
        (HEAD + "grid: {modle: [fixed]}", "there is no parameter 'modle'\n  Did you mean 'model'"),
        (HEAD + "grid: {model: [fixed, randon]}", "parameter 'model' is 'randon', which is not allowed"),
        (HEAD + "grid: {model: fixed}", "'model' is 'fixed'\n  Give a list"),
        (HEAD + "grid: {model: []}", r"'model' is \[\]"),
        (HEAD + "grid: {}", "it has no runs"),
        (HEAD + "list: []", "it has no runs"),
        (HEAD + "list: [fixed]", "entry 1 of the list is 'fixed'"),
        (HEAD, "it has no runs"),
        (HEAD + "grid: {model: [fixed]}\nlist: [{}]", "it has grid and list"),
        (HEAD + "gird: {model: [fixed]}", "no key 'gird'\n  Did you mean 'grid'"),
        (HEAD + "sample: {runs: 3, parameters: {model: [fixed]}}", "the sample is"),
        (HEAD + "sample: {runs: 3, seed: 1, parameters: {confidence_level: {from: 0.9, to: 2}}}", "is 2.0|is 2,"),
        (HEAD + "sample: {runs: 3, seed: 1, parameters: {confidence_level: {from: 0.9, to: 0.8}}}", "a below b"),
        (HEAD + "sample: {runs: 0, seed: 1, parameters: {model: [fixed]}}", "it has no runs"),
        (HEAD + "figures: [forrest]\ngrid: {model: [fixed]}", "publishes no figure 'forrest'\n  Did you mean 'forest'"),
        (HEAD + "publish: [pooled]\ngrid: {model: [fixed]}", "cross_trial publishes no value 'pooled'\n"),
    ],
)
def test_a_wrong_sweep_is_refused(tmp_path, text, words):
    with pytest.raises(ParameterError, match=words) as refused:
        read(tmp_path, text)
    assert str(refused.value).startswith(str(tmp_path / "mine.yaml"))


def test_very_many_runs_are_asked_about_and_far_too_many_refused(tmp_path):
    levels, scales = (
        [round(0.5 + index / 200, 3) for index in range(73)],
        [round(0.01 * index, 2) for index in range(1, 138)],
    )
    many = HEAD + f"grid: {{confidence_level: {levels}, prior_scale: {scales}}}"  # 73 times 137
    with pytest.raises(ParameterError, match=r"it has 10,001 runs\n  To run them all, say --yes"):
        read(tmp_path, many)
    assert len(read(tmp_path, many, confirm=True).runs) == 10_001
    absurd = HEAD + "sample: {runs: 100000000, seed: 1, parameters: {model: [fixed]}}"
    with pytest.raises(ParameterError, match="it has 100,000,000 runs"):
        read(tmp_path, absurd, confirm=True)


def test_the_multiverse_is_a_sweep_of_several_hundred_runs_over_every_choice():
    sweep = read_sweep(paths.ROOT / "scenarios" / "multiverse.yaml", confirm=lambda size: False)
    assert 200 <= len(sweep.runs) <= 1000
    assert sweep.notebook.stem == "cross_trial"
    varied = {name for name in sweep.runs[0] if len({str(run[name]) for run in sweep.runs}) > 1}
    assert varied == {
        "trials",
        "endpoint",
        "analysis",
        "as_of",
        "model",
        "interval_method",
        "confidence_level",
    }


def test_grids_may_follow_each_other_and_a_run_of_both_is_made_once(tmp_path):
    both = HEAD + "grid:\n- {model: [fixed, random]}\n- {model: [random], endpoint: [pfs, os]}"
    runs = read(tmp_path, both).runs
    assert [(run["model"], run["endpoint"]) for run in runs] == [("fixed", "pfs"), ("random", "pfs"), ("random", "os")]
    with pytest.raises(ParameterError, match="a grid is 'model'"):
        read(tmp_path, HEAD + "grid: [model]")
    with pytest.raises(ParameterError, match="it has no runs"):
        read(tmp_path, HEAD + "grid: [{}, {}]")


# --- the store

VALUE = {"value": 0.7, "lower": 0.6, "upper": 0.8, "level": 0.95, "unit": "ratio", "decimals": 2}
VALUE |= {"label": "Ratio", "origin": "recomputed", "source": "it"}
META_OF_VALUE = {key: VALUE[key] for key in ("unit", "decimals", "label", "origin", "source")}
META = {"title": "x", "description": "", "notebook": "tiny"}


@pytest.fixture
def stored(tmp_path):
    """A store with one run done, one failed and one waiting."""
    path = tmp_path / "sweep.sqlite"
    with Store(path) as store:
        store.prepare(META, [{"model": model} for model in ("a", "b", "c")])
        figure = {"caption": "c", "alt": "a", "origin": "assumed", "source": "it", "svg": b"<svg/>", "narrow": None}
        store.put({"model": "a"}, Outcome(1.5, "", {"data": {}}, {"ratio": VALUE}, {"dots": figure}))
        store.put({"model": "b"}, Outcome(0.5, error="ValueError: no", cell=5))
    return path


def test_the_store_keeps_what_was_done_and_adds_what_is_new(stored):
    runs = [{"model": model} for model in ("a", "b", "c", "d")]
    with Store(stored) as store:
        store.prepare(META, runs)
        states = store.states(runs)
        assert states == {
            "waiting": [{"model": "c"}, {"model": "d"}],
            "done": [{"model": "a"}],
            "failed": [{"model": "b"}],
        }
        assert store.failures() == [(5, "ValueError: no", 1, {"model": "b"})]
        assert store.forget_failures() == 1
        assert store.forget_record(1) == 1
        assert len(store.states(runs)["waiting"]) == 4
        assert store.rows()[0].keys() == {"parameter.model", "state", "seconds", "cell", "error"}


def test_any_program_can_read_the_store(stored):
    database = sqlite3.connect(stored)
    row = database.execute(
        "SELECT json_extract(parameters, '$.model'), value, lower, unit, svg FROM runs JOIN results ON results.run = runs.id "
        "JOIN abouts ON abouts.id = about JOIN figures ON figures.run = runs.id"
    ).fetchall()
    database.close()
    assert row == [("a", 0.7, 0.6, "ratio", b"<svg/>")]


def test_what_a_value_is_may_differ_from_run_to_run(stored):
    """A label that names the run's own model must not be that of another run."""
    with Store(stored) as store:
        store.prepare(META, [{"model": "d"}])
        store.put({"model": "c"}, Outcome(1, "", {"data": {}}, {"ratio": {**VALUE, "label": "Another", "value": None}}))
        assert [store.run({"model": model}).values["ratio"]["label"] for model in ("a", "c")] == ["Ratio", "Another"]
        assert store.run({"model": "a"}).values["ratio"] == VALUE
        assert store.run({"model": "c"}).values["ratio"]["value"] is None
        store.put(
            {"model": "d"},
            Outcome(1, "", {}, {"open": {**VALUE, "upper": None}, "bare": {**META_OF_VALUE, "value": 1}}),
        )
        values = store.run({"model": "d"}).values
        assert (values["open"]["lower"], values["open"]["upper"]) == (0.6, None)
        assert values["bare"] == {**META_OF_VALUE, "value": 1}
        assert store.run({"model": "a"}).figures["dots"]["svg"] == b"<svg/>"
        assert store.run({"model": "b"}).error == "ValueError: no"


def test_a_store_from_before_there_were_figures_for_phones_keeps_its_figures(stored):
    database = sqlite3.connect(stored)
    database.executescript("ALTER TABLE figures DROP COLUMN narrow; PRAGMA user_version = 2")
    database.close()
    for _ in range(2):  # the second finds it as the first has left it
        with Store(stored) as store:
            kept = store.run({"model": "a"}).figures["dots"]
            assert (kept["svg"], kept["narrow"]) == (b"<svg/>", None)
    with Store(stored) as store:
        store.put({"model": "c"}, Outcome(1, "", {}, {}, {"dots": {**kept, "narrow": b"<svg narrow/>"}}))
        assert store.run({"model": "c"}).figures["dots"]["narrow"] == b"<svg narrow/>"


def test_a_store_of_another_kind_is_refused(stored, tmp_path):
    database = sqlite3.connect(stored)
    database.execute(f"PRAGMA user_version = {STORE_VERSION + 1}")
    database.commit()
    database.close()
    with (
        pytest.raises(
            SweepError, match=rf"it has version {STORE_VERSION + 1} of the schema.*knows version {STORE_VERSION}"
        ),
        Store(stored),
    ):
        pass
    (tmp_path / "text.sqlite").write_text("words " * 1000)
    with pytest.raises(SweepError, match="it is not a database of a sweep"), Store(tmp_path / "text.sqlite"):
        pass
    other = sqlite3.connect(tmp_path / "other.sqlite")
    other.execute("CREATE TABLE mine (a)")
    other.commit()
    other.close()
    with pytest.raises(SweepError, match="a database of something else"), Store(tmp_path / "other.sqlite"):
        pass


def test_a_store_of_another_notebook_is_refused(stored):
    with Store(stored) as store, pytest.raises(SweepError, match="it holds runs of tiny, and not of other"):
        store.prepare({**META, "notebook": "other"}, [])


def test_a_sweep_is_exported_as_a_table(stored, tmp_path, monkeypatch):
    assert export(stored, tmp_path / "out.csv") == 3
    with (tmp_path / "out.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows[0]["parameter.model"] == "a"
    assert (rows[0]["value.ratio"], rows[0]["value.ratio.upper"], rows[0]["state"]) == ("0.7", "0.8", "done")
    assert (rows[1]["error"], rows[1]["cell"], rows[1]["value.ratio"]) == ("ValueError: no", "5.0", "")
    with pytest.raises(ParameterError, match="neither CSV nor Parquet"):
        export(stored, tmp_path / "out.xlsx")
    with pytest.raises(ParameterError, match="there is no"):
        export(tmp_path / "none.sqlite", tmp_path / "out.csv")
    monkeypatch.setattr(export_module.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(SweepError, match="Parquet needs pyarrow"):
        export(stored, tmp_path / "out.parquet")


def test_a_sweep_is_exported_as_parquet(stored, tmp_path):
    pytest.importorskip("pyarrow")
    import pandas as pd

    export(stored, tmp_path / "out.parquet")
    assert list(pd.read_parquet(tmp_path / "out.parquet")["value.ratio"].dropna()) == [0.7]


# --- runs

PARAMETERS = """\
model: PoolingModel = "fixed"  # Model that is named
confidence_level: ConfidenceLevel = 0.95  # Level that is published
endpoint: Endpoint = "pfs"  # Endpoint that fails if it is os
"""
CELLS = (
    "run.value('level', confidence_level, unit='fraction', origin='assumed', source='it', label='Level', decimals=3)",
    "if endpoint == 'os':\n    raise ValueError(model)",
)
SWEEP = "title: x\nnotebook: tiny\ngrid: {model: [fixed, random], confidence_level: [0.5, 0.6, 0.7, 0.8]}\n"


@pytest.fixture
def small(report):
    """The small report with a notebook to sweep over, and a sweep of eight runs."""
    write_notebook(report, "tiny", *CELLS, parameters=PARAMETERS)
    sweep_file(report, SWEEP)
    return report


def rows(project, name="mine"):
    with Store(project / "runs" / "sweeps" / f"{name}.sqlite") as store:
        return store.rows()


@pytest.mark.slow
def test_every_run_is_kept_and_a_second_command_runs_nothing(small):
    before = {path.name for path in (small / "results").iterdir()}
    done = command(small, "sweep", "mine.yaml", "--json")
    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout)
    assert (summary["runs"], summary["done"], summary["ran"], summary["cold"]) == (8, 8, 8, {})
    kept = rows(small)
    assert sorted((row["parameter.model"], row["value.level"]) for row in kept) == [
        (model, level) for model in ("fixed", "random") for level in (0.5, 0.6, 0.7, 0.8)
    ]
    assert all(row["seconds"] > 0 for row in kept)
    assert {path.name for path in (small / "results").iterdir()} == before

    again = command(small, "sweep", "mine.yaml")
    assert again.stdout.startswith("0 runs in ")
    assert "8 of 8 are done." in again.stdout
    exported = command(small, "export", "runs/sweeps/mine.sqlite", "out.csv")
    assert exported.stdout == "8 runs are in out.csv\n"

    # What was computed from a notebook that has changed since is made again, and said.
    write_notebook(small, "tiny", *CELLS, "pass", parameters=PARAMETERS)
    anew = command(small, "sweep", "mine.yaml")
    assert anew.returncode == 0, anew.stderr
    assert "8 earlier results were of other data or code, and were made again." in anew.stdout


@pytest.mark.slow
def test_figures_that_are_asked_for_are_kept_and_no_others_are_drawn(report):
    draw = (
        "from matplotlib.figure import Figure\n"
        "for name in ('one', 'two'):\n"
        "    shown = run.figure(name, Figure(), caption='c', alt='a', origin='assumed', source='it')\n"
        "    run.value(f'said_{name}', repr(shown), unit='text', origin='assumed', source='it', label='What it shows')"
    )
    write_notebook(report, "tiny", draw)
    sweep_file(report, "title: x\nnotebook: tiny\nfigures: [two]\ngrid: {model: [fixed]}\n")
    done = command(report, "sweep", "mine.yaml")
    assert done.returncode == 0, done.stderr
    (row,) = rows(report)
    assert (row["value.said_one"], row["value.said_two"]) == ("Figure, not drawn: a", "Figure: a")
    database = sqlite3.connect(report / "runs" / "sweeps" / "mine.sqlite")
    kept = database.execute("SELECT name, substr(svg, 1, 5) FROM figures").fetchall()
    database.close()
    assert kept == [("two", b"<?xml")]


@pytest.mark.slow
def test_failures_are_named_by_cell_kept_and_run_again_when_mended_or_asked_for(small):
    sweep_file(small, SWEEP.replace("[0.5, 0.6, 0.7, 0.8]", "[0.5], endpoint: [pfs, os]"))
    done = command(small, "sweep", "mine.yaml")
    assert done.returncode == 1
    assert "Failed: 1 of tiny, cell 6: ValueError: fixed\n  For example with {'confidence_level': 0.5" in done.stderr
    assert "--retry-failed" in done.stderr
    again = command(small, "sweep", "mine.yaml", "--json")
    assert again.returncode == 1
    assert (json.loads(again.stdout)["ran"], json.loads(again.stdout)["failed"]) == (0, 2)
    asked = command(small, "sweep", "mine.yaml", "--retry-failed", "--json")
    assert (json.loads(asked.stdout)["ran"], json.loads(asked.stdout)["failed"]) == (2, 2)
    write_notebook(small, "tiny", CELLS[0], parameters=PARAMETERS)
    mended = command(small, "sweep", "mine.yaml")
    assert mended.returncode == 0, mended.stderr
    assert "4 of 4 are done." in mended.stdout


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can hold a process to a limit of data")
def test_a_run_that_exceeds_its_time_or_memory_fails_alone(small):
    write_notebook(
        small,
        "tiny",
        "if model == 'random':\n    x = b'1' * 3_000_000_000",
        "import time\nif endpoint == 'os':\n    for _ in range(60):\n        time.sleep(1)",
        parameters=PARAMETERS,
    )
    sweep_file(small, "title: x\nnotebook: tiny\nlist: [{}, {model: random}, {endpoint: os}]\n")
    done = command(small, "sweep", "mine.yaml", "--time-limit", "20", "--memory-limit", "2000")
    assert done.returncode == 1
    errors = {row["error"]: row["cell"] for row in rows(small)}
    assert errors == {"": None, "MemoryError: ": 5, "the run took longer than 20 seconds": 6}


def begin(project, *arguments, code="from tourmaline.cli import main; main()"):
    """A sweep in its own process, once some runs are done."""
    process = subprocess.Popen(
        [sys.executable, "-c", code, "sweep", "mine.yaml", *arguments],
        cwd=project,
        env={**os.environ, "PYTHONPATH": str(project)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        start_new_session=True,
    )
    database, deadline = project / "runs" / "sweeps" / "mine.sqlite", time.monotonic() + 120
    while not (database.exists() and database.stat().st_size and done_runs(database) >= 2):
        assert time.monotonic() < deadline
        assert process.poll() is None, process.communicate()[1]
        time.sleep(0.1)
    return process


def done_runs(database):
    reading = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    try:
        return reading.execute("SELECT count(*) FROM runs WHERE state = 'done'").fetchone()[0]
    except sqlite3.OperationalError:  # it has no tables yet
        return 0
    finally:
        reading.close()


@pytest.fixture
def slow_sweep(small):
    write_notebook(small, "tiny", *CELLS, "import time\ntime.sleep(1)", parameters=PARAMETERS)
    return small


@pytest.mark.slow
def test_a_second_sweep_is_refused_and_a_killed_one_goes_on_where_it_stopped(slow_sweep):
    first = begin(slow_sweep, "--jobs", "2")
    os.kill(
        first.pid, signal.SIGSTOP
    )  # so that it is still at work when the second begins, however slow the machine is
    second = command(slow_sweep, "sweep", "mine.yaml")
    assert second.returncode == 1
    assert f"a sweep is at work here: process {first.pid} on " in second.stderr
    os.kill(first.pid, signal.SIGKILL)
    first.communicate()
    kept = done_runs(slow_sweep / "runs" / "sweeps" / "mine.sqlite")
    assert 2 <= kept < 8
    done = command(slow_sweep, "sweep", "mine.yaml", "--json")
    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout)
    assert (summary["ran"], summary["done"]) == (8 - kept, 8)


@pytest.mark.slow
def test_ctrl_c_stops_a_sweep_and_keeps_what_is_done(slow_sweep):
    sweep = begin(slow_sweep, "--jobs", "2", code=INTERRUPTIBLE)
    os.killpg(sweep.pid, signal.SIGINT)
    _, errors = sweep.communicate(timeout=30)
    assert sweep.returncode == 130
    assert PROGRESS.sub("", errors).strip() == (
        "Stopped. What is done is kept in runs/sweeps/mine.sqlite; the same command goes on."
    )
    assert done_runs(slow_sweep / "runs" / "sweeps" / "mine.sqlite") >= 2


# --- a cluster

CLUSTER = """
import os, signal, sys, time
from pathlib import Path
from distributed import LocalCluster

if __name__ == "__main__":
    with LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster:
        print(cluster.scheduler_address, *(f"{one.worker_address}={one.pid}" for one in cluster.workers.values()), flush=True)
        sys.stdin.read()
"""


@pytest.fixture
def cluster(slow_sweep, tmp_path):
    """A Dask cluster of two worker processes: its address and, by the address of each worker, the number of its process."""
    pytest.importorskip("distributed")
    (tmp_path / "cluster.py").write_text(CLUSTER)
    process = subprocess.Popen(
        [sys.executable, str(tmp_path / "cluster.py")],
        cwd=slow_sweep,
        env={**os.environ, "PYTHONPATH": str(slow_sweep)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        encoding="utf-8",
    )
    address, *workers = process.stdout.readline().split()
    yield address, {worker: int(number) for worker, number in (one.split("=") for one in workers)}
    process.stdin.close()
    process.wait(timeout=60)
    process.stdout.close()


@pytest.mark.slow
def test_a_cluster_runs_a_sweep_and_loses_nothing_when_a_worker_is_killed(slow_sweep, cluster):
    address, workers = cluster
    sweep = begin(slow_sweep, "--scheduler", address, "--json")
    killed, process = next(iter(workers.items()))
    os.kill(process, signal.SIGKILL)
    output, errors = sweep.communicate(timeout=180)
    assert sweep.returncode == 0, errors
    summary = json.loads(output)
    assert (summary["done"], summary["failed"]) == (8, 0)
    assert killed in summary["lost_workers"]  # on a machine with too much to do another one can go away too
    assert sorted(row["value.level"] for row in rows(slow_sweep)) == sorted([0.5, 0.6, 0.7, 0.8] * 2)


@pytest.mark.slow
def test_a_dead_scheduler_is_said_to_be_dead(small):
    pytest.importorskip("distributed")
    done = command(small, "sweep", "mine.yaml", "--scheduler", "tcp://127.0.0.1:9")
    assert done.returncode == 1
    assert "no scheduler answers at tcp://127.0.0.1:9" in done.stderr
    assert "Traceback" not in done.stderr
    done = command(small, "sweep", "mine.yaml", "--scheduler", "nonsense")
    assert done.returncode == 1
    assert "no scheduler answers at nonsense" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_without_dask_the_scheduler_is_refused(small):
    hide = "import importlib.util as u; find = u.find_spec\n"
    hide += "u.find_spec = lambda name, *more: None if name == 'distributed' else find(name, *more)\n"
    done = program(
        small, "-c", f"{hide}from tourmaline.cli import main; main()", "sweep", "mine.yaml", "--scheduler", "tcp://x:1"
    )
    assert done.returncode == 1
    assert "--scheduler needs Dask" in done.stderr


def test_the_wrong_file_is_refused_before_anything_runs(project, tourmaline):
    done = tourmaline("sweep", "none.yaml")
    assert (done.returncode, Path(project / "runs").exists()) == (2, False)
    assert "none.yaml: it cannot be read: No such file or directory" in done.stderr
