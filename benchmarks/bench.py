"""How fast is it beside plain papermill and `jupyter-book build`? Ratios, measured side by side in one run.

    python benchmarks/bench.py [PIECE ...] [--runs N] [--growth N] [--json FILE]

Pieces: book, build, rerun, watch, nothing, sweep, overhead, growth, cores, memory, browser (all without an argument). Each measures both ways on
a copy of the project, one after the other, so that what the machine does besides falls on both. `--runs` is the number of
runs of a sweep, `--growth` of the largest one that is timed for growth. The book shows benchmarks/results.json.

Of the sweeps that the book shows, plain papermill runs a few combinations, evenly spaced: all would take it an hour. Only `book`
makes these sweeps; the other pieces take them, and at first all results, from the project if it was built.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime
import json
import os
import platform
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from playwright.sync_api import Error, Page, sync_playwright

from tourmaline.pipeline.server import SiteHandler, SiteServer
from tourmaline.pipeline.sweeps.book import sweep_files
from tourmaline.pipeline.sweeps.definition import Sweep, read_sweep

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
NOT_COPIED = shutil.ignore_patterns(".*", "_build", "_build.lock", "runs", "tests", "__pycache__")
KEEP_SWEEPS = "--keep-sweeps"
COMMAND = "from tourmaline.cli import main; main()"
# The same, and what the largest of its processes took: kilobytes of the command itself, and of any that it started.
MEASURED = (
    "import atexit, resource as r\n"
    "atexit.register(lambda: print(*(r.getrusage(who).ru_maxrss for who in (r.RUSAGE_SELF, r.RUSAGE_CHILDREN))))\n"
    + COMMAND
)
LONGEST_WAIT = 120
UNTIL_KEPT_MS = 10_000  # after a run, until the browser keeps what Python made of its files: a later start takes it
PLAIN_RUNS = 5  # plain papermill is timed on so many of a sweep's runs: each costs the same


def timed(command: list[str], folder: Path) -> tuple[float, str]:
    """Seconds of a command that must succeed, and what it printed."""
    started = time.perf_counter()
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return time.perf_counter() - started, done.stdout


def times(before: float, after: float) -> str:
    """How many times as fast, as a factor above 1: what takes longer is slower.

    Examples
    --------
    >>> times(12.0, 4.0), times(12.77, 18.28)
    ('3.0 times as fast', '1.4 times slower')
    """
    return f"{before / after:.1f} times as fast" if after <= before else f"{after / before:.1f} times slower"


def _until_said(page: Page, words: str) -> float:
    """Seconds from pressing the button of a panel until it says something."""
    begun = time.perf_counter()
    page.get_by_role("button", name="Run in this browser").first.click()
    page.locator(".tm-run-says", has_text=words).first.wait_for(timeout=LONGEST_WAIT * 1000)
    return time.perf_counter() - begun


def _until_shown(tab: Page, file: Path, content: str) -> float:
    """Seconds from saving a file until the text of the open page is another one."""
    time.sleep(4)  # nobody types faster, and what watches gets ready meanwhile
    before = tab.locator("body").inner_text()
    file.write_text(content, encoding="utf-8")
    saved = time.perf_counter()
    while time.perf_counter() - saved < LONGEST_WAIT:
        with contextlib.suppress(Error):  # the page is being loaded
            now = tab.locator("body").inner_text(timeout=1000)
            if now != before and tab.locator("footer").count():
                return time.perf_counter() - saved
        time.sleep(0.02)
    sys.exit(f"the page does not show the edit of {file}")


class Bench:
    """The measurements, on a copy of the project."""

    def __init__(self, project: Path, runs: int, growth: int) -> None:
        self.project, self.runs, self.growth_runs = project, runs, growth
        self.rows: list[dict[str, str]] = []
        self.plain: float | None = None

    def build_seconds(self, *arguments: str) -> float:
        return timed([sys.executable, "-c", COMMAND, "build", *arguments], self.project)[0]

    def papermill(self, notebook: str, *arguments: str) -> float:
        output = self.project.with_name("plain")  # in the project Sphinx would find it, and make every page again
        output.mkdir(exist_ok=True)
        source = self.project / "notebooks" / f"{notebook}.ipynb"
        command = [str(BIN / "papermill"), str(source), str(output / f"{notebook}.ipynb"), *arguments]
        return timed(command, self.project)[0]

    def plain_notebooks(self) -> float:
        """Every notebook once, by plain papermill, one after the other."""
        if self.plain is None:
            self.plain = sum(self.papermill(path.stem) for path in sorted((self.project / "notebooks").glob("*.ipynb")))
        return self.plain

    def plain_sweep(self, sweep: Sweep) -> float:
        """All runs of a sweep by plain papermill, from the mean of a few."""
        some = sweep.runs[:: max(len(sweep.runs) // PLAIN_RUNS, 1)][:PLAIN_RUNS]
        seconds = [self.papermill(sweep.notebook.stem, "-y", json.dumps(dict(run))) for run in some]
        return len(sweep.runs) * sum(seconds) / len(seconds)

    def jupyter_book(self) -> float:
        command = [str(BIN / "jupyter-book"), "build", ".", "--path-output", str(self.project.with_name("plain")), "-q"]
        return timed(command, self.project)[0]

    def row(self, what: str, plain: float | None, ours: float, unit: str, ratio: str, aim: str) -> None:
        shown = "" if plain is None else f"{plain:.2f} {unit}"
        day = datetime.date.today().isoformat()
        self.rows.append(
            {"what": what, "plain": shown, "ours": f"{ours:.2f} {unit}", "ratio": ratio, "aim": aim, "day": day}
        )
        print(
            "  ".join(f"{self.rows[-1][key]:<44}" if key == "what" else self.rows[-1][key] for key in self.rows[-1]),
            flush=True,
        )

    def sweep_file(self, runs: int) -> Path:
        """A sweep of so many runs of the cross-trial notebook; each draws its figure, as plain papermill does."""
        levels = [round(0.5 + 0.49 * index / runs, 6) for index in range(runs)]
        path = self.project / f"bench-{runs}.yaml"
        path.write_text(
            f"title: Bench\nnotebook: cross_trial\nfigures: [forest]\ngrid: {{confidence_level: {levels}}}\n",
            encoding="utf-8",
        )
        return path

    def sweep_seconds(self, runs: int, *arguments: str) -> tuple[float, Path, list[float]]:
        """Seconds; the store; megabytes of the command, and of the largest process that it started."""
        database = self.project / f"bench-{runs}.sqlite"
        database.unlink(missing_ok=True)
        command = [sys.executable, "-c", MEASURED, "sweep", str(self.sweep_file(runs)), "--database", str(database)]
        seconds, said = timed([*command, *arguments], self.project)
        return seconds, database, [int(word) / 1024 for word in said.splitlines()[-1].split()]

    def plain_run_seconds(self) -> float:
        """One run of the cross-trial notebook by plain papermill, the mean of several."""
        levels = [str(round(0.5 + 0.09 * index, 2)) for index in range(PLAIN_RUNS)]
        return sum(self.papermill("cross_trial", "-p", "confidence_level", level) for level in levels) / PLAIN_RUNS

    # --- the pieces

    def book(self) -> None:
        """The whole book from nothing: every run that it shows, and the site."""
        self.build_seconds(KEEP_SWEEPS)  # jupyter-book needs the results
        sweeps = [read_sweep(file, confirm=lambda size: True) for file in sweep_files()]
        plain = self.plain_notebooks() + sum(map(self.plain_sweep, sweeps)) + self.jupyter_book()
        for made in ("results", "_build"):
            shutil.rmtree(self.project / made)
        ours = self.build_seconds()
        runs = sum(len(sweep.runs) for sweep in sweeps)
        what = f"the whole book from nothing, with the {runs} runs of its sweeps"
        self.row(what, plain, ours, "s", times(plain, ours), "8 times")

    def build(self) -> None:
        """Notebooks and site from nothing, with the sweeps as they are."""
        self.build_seconds(KEEP_SWEEPS)  # jupyter-book needs the results
        plain = self.plain_notebooks() + self.jupyter_book()
        for made in (self.project / "results").iterdir():
            if made.name != "sweeps":
                shutil.rmtree(made)
        shutil.rmtree(self.project / "_build")
        ours = self.build_seconds(KEEP_SWEEPS)
        self.row("notebooks and site, without the sweeps", plain, ours, "s", times(plain, ours), "5 times")
        self.full = ours

    def rerun(self) -> None:
        """Another default of one notebook, until the page shows it; medians of a few, plain and ours in turns."""
        self.build_seconds(KEEP_SWEEPS)
        self.jupyter_book()
        source = self.project / "notebooks" / "cross_trial.ipynb"
        before = source.read_text(encoding="utf-8")
        changed = before.replace('\\"fixed\\"', '\\"random\\"', 1)
        if changed == before:
            sys.exit("the default of `model` was not found in cross_trial.ipynb")
        plain, ours = [], []
        for model, content in (("random", changed), ("fixed", before), ("random", changed)):
            seconds = self.papermill("cross_trial", "-p", "model", model)
            source.write_text(content, encoding="utf-8")
            ours.append(self.build_seconds(KEEP_SWEEPS))
            plain.append(seconds + self.jupyter_book())  # its pages' results changed with ours
        source.write_text(before, encoding="utf-8")
        self.edited_plain, edited = sorted(plain)[1], sorted(ours)[1]
        ratio = times(self.edited_plain, edited)
        self.row("one parameter, to the refreshed page", self.edited_plain, edited, "s", ratio, "twice as fast")

    def watch(self) -> None:
        """With `make watch`: from a saved file until an open tab shows it, medians of a few."""
        chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
        if chromium is None:
            sys.exit("there is no Chromium to show the pages: apt-get install chromium")
        if not hasattr(self, "edited_plain"):
            self.rerun()
        page, notebook = self.project / "book/trial/response.md", self.project / "notebooks/cross_trial.ipynb"
        was = page.read_text(encoding="utf-8"), notebook.read_text(encoding="utf-8")
        page.write_text(f"{was[0]}\nA sentence for plain jupyter-book.\n", encoding="utf-8")
        plain_text = self.jupyter_book()
        page.write_text(was[0], encoding="utf-8")
        self.build_seconds(KEEP_SWEEPS)
        edits = [
            ("book/trial/response.html", page, [f"{was[0]}\nEdited {word}.\n" for word in ("once", "twice", "again")])
        ]
        other = was[1].replace('\\"fixed\\"', '\\"random\\"', 1)
        edits.append(("book/evidence/cross_trial.html", notebook, [other, was[1], other]))
        command = [sys.executable, "-c", COMMAND, "serve", "--watch", "--port", "0"]
        environment = {**os.environ, "PYTHONPATH": str(self.project)}
        watcher = subprocess.Popen(command, cwd=self.project, env=environment, stdout=subprocess.PIPE, text=True)
        seconds = []
        with sync_playwright() as playwright, playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
        ) as browser:  # fmt: skip
            address = watcher.stdout.readline().split()[4]
            watcher.stdout.readline()  # the first build, which has nothing to do
            for name, file, contents in edits:
                tab = browser.new_page()
                tab.goto(address + name)
                taken = [_until_shown(tab, file, content) for content in contents]
                seconds.append(sorted(taken)[len(taken) // 2])
                tab.close()
        watcher.terminate()
        watcher.communicate()
        page.write_text(was[0], encoding="utf-8")
        notebook.write_text(was[1], encoding="utf-8")
        for what, plain, ours, aim in (
            ("text of a page, to the browser, with make watch", plain_text, seconds[0], "1 s"),
            ("one parameter, to the browser, with make watch", self.edited_plain, seconds[1], "3 s"),
        ):
            self.row(what, plain, ours, "s", times(plain, ours), aim)

    def nothing(self) -> None:
        """A build with nothing to do, against the full build."""
        self.build_seconds(KEEP_SWEEPS)
        ours = min(self.build_seconds(KEEP_SWEEPS) for _ in range(5))
        if not hasattr(self, "full"):
            self.build()
        share = f"{100 * ours / self.full:.1f}% of a full one"
        self.row("build with nothing to do", self.full, ours, "s", share, "0.5%")

    def sweep(self) -> None:
        """Throughput of a sweep, against papermill in a loop."""
        plain = 1 / self.plain_run_seconds()
        seconds, *_ = self.sweep_seconds(self.runs)
        ours = self.runs / seconds
        what = f"sweep of {self.runs} runs"
        self.row(what, plain, ours, "runs a second", f"{ours / plain:.1f} times as many", "10 times")

    def overhead(self) -> None:
        """What a run takes beyond its cells' own computing, on one core."""
        code = (
            "import json, os, sys, time; from pathlib import Path; from tourmaline.pipeline.pool import warm_fork_server\n"
            "from tourmaline.pipeline.kernels.forked import SOCKET_VARIABLE\n"
            "from tourmaline.pipeline import runner; import nbformat\n"
            "from tourmaline import paths\n"
            "fork_server = warm_fork_server(); os.environ[SOCKET_VARIABLE] = fork_server.address\n"
            "cells, clean = [], runner._clean\n"
            "def noted(notebook, folder):\n"
            "    cells.append(sum(c.metadata.papermill.duration or 0 for c in notebook.cells)); clean(notebook, folder)\n"
            "runner._clean = noted\n"
            "over = []\n"
            "for _ in range(8):\n"
            "    t = time.perf_counter()\n"
            "    runner.run_notebook(paths.NOTEBOOKS / 'cross_trial.ipynb', {}, Path(sys.argv[1]), limits=runner.Limits(), warm=True)\n"
            "    over.append(time.perf_counter() - t - cells[-1])\n"
            "fork_server.close(); print(sorted(over[1:])[3])"
        )
        command = [sys.executable, "-c", code, str(self.project / "overhead")]
        environment = {**os.environ, "PYTHONPATH": str(self.project)}
        done = subprocess.run(command, cwd=self.project, env=environment, capture_output=True, text=True, check=True)
        self.row(
            "a run beyond its cells' computing (median)",
            None,
            float(done.stdout),
            "s",
            "",
            "0.5 s where lifelines takes 6 s",
        )

    def growth(self) -> None:
        """Seconds for each run, and the memory of the command, as a sweep grows."""
        for runs in (self.growth_runs // 4, self.growth_runs // 2, self.growth_runs):
            seconds, database, (command, largest) = self.sweep_seconds(runs)
            reading = sqlite3.connect(database)
            quarter = [
                reading.execute(
                    f"SELECT avg(seconds) FROM (SELECT seconds FROM runs ORDER BY id {order} LIMIT {runs // 4})"
                )
                for order in ("ASC", "DESC")
            ]
            first, last = (row.fetchone()[0] for row in quarter)
            reading.close()
            words = f"last quarter of runs {last / first:.2f} times the first; {command:.0f} MB, {largest:.0f} MB"
            self.row(
                f"growth: {runs} runs, memory of the command and of its largest process",
                None,
                1000 * seconds / runs,
                "ms a run",
                words,
                "the same for all",
            )

    def cores(self) -> None:
        """A sweep on one core, and on all."""
        count = os.cpu_count() or 1
        one, *_ = self.sweep_seconds(self.runs, "--jobs", "1")
        for jobs in sorted({2, count}):
            many, *_ = self.sweep_seconds(self.runs, "--jobs", str(jobs))
            self.row(f"cores: {jobs} jobs against 1", one, many, "s", times(one, many), "")

    def memory(self) -> None:
        """What each warm kernel takes of its own, beside what it shares with its fork server."""
        code = (
            "import asyncio, sys, tempfile; from pathlib import Path; from traitlets.config import Config; import os\n"
            "from tourmaline.pipeline.kernels.manager import RunKernel; from tourmaline.pipeline.pool import warm_fork_server\n"
            "from tourmaline.pipeline.kernels.forked import SOCKET_VARIABLE\n"
            "async def main():\n"
            "    fork_server = warm_fork_server(); os.environ[SOCKET_VARIABLE] = fork_server.address; found = []\n"
            "    for _ in range(4):\n"
            "        with tempfile.TemporaryDirectory() as folder:\n"
            "            manager = RunKernel(kernel_name='python3', config=Config({'RunKernel': {'folder': folder, 'warm': True}}))\n"
            "            await manager.start_kernel(); client = manager.client(); client.start_channels()\n"
            "            await client.wait_for_ready(timeout=60)\n"
            "            text = Path(f'/proc/{manager.provisioner.pid}/smaps_rollup').read_text().split()\n"
            "            found.append(sum(int(text[text.index(k) + 1]) for k in ('Private_Clean:', 'Private_Dirty:')) / 1024)\n"
            "            client.stop_channels(); await manager.shutdown_kernel(now=True)\n"
            "    fork_server.close(); print(sorted(found)[1])\n"
            "asyncio.run(main())"
        )
        environment = {**os.environ, "PYTHONPATH": str(self.project)}
        done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
        self.row("memory of a warm kernel, its own", None, float(done.stdout), "MB", "", "")

    def browser(self) -> None:
        """The panel of a page: the first start of Python, a later one, and a run after that; from the site of `make browser`."""
        if not (ROOT / "_build" / "html" / "browser").is_dir():
            print("browser: not measured, because the site has no Python for browsers: make browser", flush=True)
            return
        handler = partial(SiteHandler, directory=str(ROOT / "_build" / "html"))
        with SiteServer(("127.0.0.1", 0), handler) as server, sync_playwright() as tool:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            chromium = tool.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
            context = chromium.new_context()
            address = f"http://127.0.0.1:{server.server_port}/results/cross_trial/cross_trial.html"
            pages, ready = [context.new_page() for _ in range(2)], []
            for page in pages:
                page.goto(f"{address}#run=cross_trial")
                ready.append(_until_said(page, "Running the notebook"))
                page.locator(".tm-run-says", has_text="The run is complete").wait_for(timeout=LONGEST_WAIT * 1000)
                page.wait_for_timeout(UNTIL_KEPT_MS)
            pages[1].locator("select[name=model]").select_option("random")
            run = _until_said(pages[1], "The run is complete")
            chromium.close()
            server.shutdown()
        self.row("in a browser: the first start of Python, with its download", None, ready[0], "s", "", "25 s")
        self.row("in a browser: a later start", None, ready[1], "s", "", "6 s")
        self.row("in a browser: the cross-trial notebook with another model", None, run, "s", "", "10 s")


PIECES: dict[str, Callable[[Bench], None]] = {
    name: getattr(Bench, name)
    for name in (
        "book",
        "build",
        "rerun",
        "watch",
        "nothing",
        "sweep",
        "overhead",
        "growth",
        "cores",
        "memory",
        "browser",
    )
}


def machine() -> str:
    """The machine in a line, with what importing lifelines takes on it, and whether others use it."""
    load = os.getloadavg()[0]
    lifelines, _ = timed([sys.executable, "-c", "import lifelines"], ROOT)
    model = ""
    if Path("/proc/cpuinfo").exists():
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
    return (
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores {model}, Python {platform.python_version()}; "
        f"importing lifelines takes {lifelines:.1f} s; load before the start {load:.1f}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pieces", nargs="*", choices=[*PIECES, []], metavar="PIECE")
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--growth", type=int, default=1000)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    about = machine()
    print(about, flush=True)
    with tempfile.TemporaryDirectory(prefix="tourmaline-bench-") as folder:
        project = Path(shutil.copytree(ROOT, Path(folder) / "project", ignore=NOT_COPIED))
        bench = Bench(project, arguments.runs, arguments.growth)
        for name in arguments.pieces or PIECES:
            PIECES[name](bench)
    print("\n| what | plain | here | ratio | aim | day |\n|---|---|---|---|---|---|")
    for row in bench.rows:
        print(f"| {' | '.join(row.values())} |")
    if arguments.json:
        rows = {row["what"]: row for row in bench.rows}
        if arguments.json.exists():  # what was not measured now stays, with its own day
            kept = json.loads(arguments.json.read_text(encoding="utf-8"))["rows"]
            rows = {row["what"]: rows.pop(row["what"], row) for row in kept} | rows
        measured = {"machine": about, "rows": [*rows.values()]}
        arguments.json.write_text(json.dumps(measured, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
