"""Build the report: check the data, run what is stale (notebooks and sweeps), build the site if what it shows has changed.

Nothing heavy is imported until there is something to do, so that a build with nothing to do answers at once.
"""

from __future__ import annotations

import json
import re
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tourmaline import paths
from tourmaline.edition import edition_of_sources
from tourmaline.errors import NotebookError, TourmalineError
from tourmaline.pipeline import freshness
from tourmaline.pipeline.atomic_replace import atomic_replace, keep_times
from tourmaline.pipeline.lock import locked
from tourmaline.pipeline.notebooks import all_notebooks
from tourmaline.pipeline.processes import Processes
from tourmaline.pipeline.staging import staging
from tourmaline.pipeline.sweeps import book

if TYPE_CHECKING:
    from concurrent.futures import Future

    from tourmaline.pipeline.scenarios import Scenario

DATA_STAMP = "data.json"
PUBLISHED = "the site is in place"  # announced when it is
SECONDS = "seconds.json"  # what each step took when it last ran
NAMED = 3  # of the notebooks that still run
READS_SWEEP = re.compile(r"results\.sweep\(")  # in the source of a notebook that sums up a sweep
Announce = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Step:
    """One thing the build did or spared itself."""

    name: str
    did: str  # 'ran', 'reused', 'failed', 'waits' (for what failed) or 'kept' (though stale)
    seconds: float
    because: str = ""
    cold_because: str = ""  # why a notebook's kernel was not a warm one, though it should have been


@dataclass
class Report:
    """What a build did."""

    steps: list[Step] = field(default_factory=list)
    errors: list[TourmalineError] = field(default_factory=list)
    moved: dict[str, Any] | None = None  # what differs from the previous build, if there was one and a notebook was run

    @property
    def did_nothing(self) -> bool:
        return all(step.did in ("reused", "kept") for step in self.steps)


def _data_files() -> dict[str, str]:
    package = paths.ROOT / "tourmaline"
    library = [package / "identity.py", *freshness.tree(package / "data", "*.py")]
    return freshness.hashes([*freshness.tree(paths.DATA), *library], paths.ROOT)


def _check_data(announce: Announce) -> Step:
    stamp, now = paths.STATE / DATA_STAMP, _data_files()
    if stamp.exists() and stamp.read_text(encoding="utf-8") == json.dumps(now):
        return Step("data", "reused", 0.0)
    announce("checking the data", 0, 1)
    from tourmaline.data.check import check_all  # heavy: only when there is something to check
    from tourmaline.pipeline.committed_digits import check_digits

    started = time.perf_counter()
    rows = check_all()
    check_digits()
    paths.STATE.mkdir(parents=True, exist_ok=True)
    stamp.write_text(json.dumps(now), encoding="utf-8")
    return Step("data", "ran", time.perf_counter() - started, f"{len(rows)} files, {sum(rows.values())} rows")


def _seconds() -> dict[str, float]:
    try:
        return json.loads((paths.STATE / SECONDS).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def _keep_seconds(report: Report) -> None:
    """Note what each step took, for the estimate of the next build."""
    seconds = {step.name: round(step.seconds, 1) for step in report.steps if step.did == "ran"}
    if seconds:
        paths.STATE.mkdir(parents=True, exist_ok=True)
        (paths.STATE / SECONDS).write_text(json.dumps(_seconds() | seconds), encoding="utf-8")


def _named(waiting: list[str]) -> str:
    """The notebooks that are still run, as short as a line wants it."""
    more = f" and {len(waiting) - NAMED} more" if len(waiting) > NAMED else ""
    return (", ".join(waiting[:NAMED]) or "notebooks") + more


def _clear(results: Path, notebooks: list[Path]) -> None:
    """Remove what killed runs left, and what notebooks wrote that are no longer there."""
    for lingering in results.glob("*"):
        if lingering.name == paths.SWEEPS.name:
            continue  # in a variant a link, which leads nowhere until the first sweep has run
        if not lingering.is_dir():
            lingering.unlink()
        elif lingering.name not in {notebook.stem for notebook in notebooks}:
            shutil.rmtree(lingering)


def _is_short(notebook: Path) -> bool:
    """Whether a notebook does without the mark `long`: begun last, a long one would keep one core busy and the others waiting."""
    metadata = json.loads(notebook.read_text(encoding="utf-8"))["metadata"]
    return not metadata.get("tourmaline", {}).get("long", False)


def _borrow(notebooks: list[Path], given: Mapping[str, Mapping[str, Any]], results: Path) -> None:
    """Copy what the report itself has made with the same parameters and from the same sources."""
    for notebook in notebooks:
        chosen, made = given.get(notebook.stem, {}), paths.RESULTS / notebook.stem
        if freshness.stale_because(notebook, chosen, results / notebook.stem) and not freshness.stale_because(
            notebook, chosen, made
        ):
            with staging(results, f".{notebook.stem}-") as folder:
                # The copies are new files: the report may have had them before the variant last had others.
                copy = Path(shutil.copytree(made, folder / "result", copy_function=shutil.copyfile))
                keep_times(copy, results / notebook.stem)
                atomic_replace(copy, results / notebook.stem)


def build(
    *,
    limits: Mapping[str, int],
    processes: Processes,
    scenario: Scenario | None = None,
    keep_sweeps: bool = False,
    results_only: bool = False,
    announce: Announce,
) -> Report:
    """Bring results and site up to date.

    A notebook that fails does not stop the others; the site is built only if none failed.

    Parameters
    ----------
    limits : mapping of str to int
        What a run may take, as for `runner.Limits`.
    processes : Processes
        What the notebooks and the pages are made in; the build starts what is not running, and ends nothing but Jupyter Book.
    scenario : Scenario, optional
        The variant to build; without one, the report itself.
    keep_sweeps : bool
        Whether to take the sweeps of the book as they are, where there are any.
    results_only : bool
        Whether to leave the site as it is.
    announce : callable
        Called with what is being done, and the number of steps done and in all, once there is something to do.

    Returns
    -------
    Report

    Raises
    ------
    DataError
        If the data are wrong; nothing is run then.
    LockError
        If another build is at work in this folder.
    """
    variant = paths.Variant(scenario.name if scenario else "")
    given = scenario.given if scenario else {}
    with locked(paths.BUSY, "a build"):
        report, notebooks = Report(), all_notebooks()
        report.steps.append(_check_data(announce))
        if scenario:
            scenario.lay_out()
        variant.results.mkdir(parents=True, exist_ok=True)
        _clear(variant.results, notebooks)
        if scenario:
            _borrow(notebooks, given, variant.results)
        try:
            work = _Work(report, given, variant, limits, keep_sweeps, announce, processes, _seconds())
            work.bring_up_to_date(notebooks, book.sweep_files())
        finally:
            _clear(variant.results, notebooks)
        if report.errors:
            return report
        ran = any(step.did == "ran" for step in report.steps[1:])
        if not results_only:
            report.steps.append(_bring_site_up_to_date(variant, scenario, len(notebooks), announce, processes))
        _keep_seconds(report)
        if ran:
            from tourmaline.pipeline.moved import what_moved

            report.moved = what_moved(variant)
    return report


@dataclass
class _Submitted:
    """Notebooks that were asked for: all of them, why some are stale, and what runs."""

    notebooks: list[Path]
    stale: dict[Path, str]
    asked: dict[Future, tuple[Path, float]] = field(default_factory=dict)


@dataclass
class _Work:
    """What a build runs: the notebooks, then the sweeps of the book, then the notebooks that sum up a sweep."""

    report: Report
    given: Mapping[str, Mapping[str, Any]]
    variant: paths.Variant
    limits: Mapping[str, int]
    keep_sweeps: bool
    announce: Announce
    processes: Processes
    took: Mapping[str, float]  # the seconds of each step when it last ran

    def bring_up_to_date(self, notebooks: list[Path], sweeps: list[Path]) -> None:
        book.remove_all_but(sweeps)
        last = []
        if any(map(self._will_sweep, sweeps)):
            last = [notebook for notebook in notebooks if READS_SWEEP.search(notebook.read_text(encoding="utf-8"))]
        # A long notebook keeps one core busy; the sweeps begin on the others when the short ones are done.
        long = [notebook for notebook in notebooks if notebook not in last and last and not _is_short(notebook)]
        short = [notebook for notebook in notebooks if notebook not in (*last, *long)]
        submitted = self._submit(long)
        self._run(short)
        for file in sweeps:
            self.report.steps.append(self._sweep(file))
        self._collect(submitted)
        if not self.report.errors:
            self._run(last)

    def _place(self, notebook: Path) -> Path:
        return self.variant.results / notebook.stem

    def _stale_because(self, notebook: Path) -> str:
        return freshness.stale_because(notebook, self.given.get(notebook.stem, {}), self._place(notebook))

    def _run(self, notebooks: list[Path]) -> None:
        self._collect(self._submit(notebooks))

    def _submit(self, notebooks: list[Path]) -> _Submitted:
        """Ask for what is stale of some notebooks, the long ones first."""
        stale = {notebook: because for notebook in notebooks if (because := self._stale_because(notebook))}
        submitted = _Submitted(notebooks, stale)
        if stale:
            pool = self.processes.workers()
            self.processes.page_builder(self.variant)  # it gets ready while the notebooks run

            from tourmaline.pipeline.pool import run_in_worker

            for notebook in sorted(stale, key=_is_short):
                given, place = self.given.get(notebook.stem, {}), self._place(notebook)
                future = pool.submit(run_in_worker, notebook, given, place, self.limits)
                submitted.asked[future] = notebook, time.perf_counter()
            self.announce(f"{len(stale)} notebooks", len(notebooks) - len(stale), len(notebooks))
        return submitted

    def _collect(self, submitted: _Submitted) -> None:
        """Wait for notebooks, and report each."""
        notebooks, stale = submitted.notebooks, submitted.stale
        steps = {notebook.stem: Step(notebook.stem, "reused", 0.0) for notebook in notebooks if notebook not in stale}
        if stale:
            from concurrent.futures import as_completed
            from concurrent.futures.process import BrokenProcessPool

            for future in as_completed(submitted.asked):
                notebook, begun = submitted.asked[future]
                try:
                    seconds, cold_because = future.result()
                    step = Step(notebook.stem, "ran", seconds, stale[notebook], cold_because)
                except BrokenProcessPool:
                    raise NotebookError(
                        "a process that ran notebooks died", remedy="Often there was no memory left: try --jobs 1."
                    ) from None
                except TourmalineError as error:
                    self.report.errors.append(error)
                    step = Step(notebook.stem, "failed", time.perf_counter() - begun, stale[notebook])
                steps[notebook.stem] = step
                waiting = [other.stem for other in stale if other.stem not in steps]
                words = _named(waiting) + self._time_left(waiting)
                self.announce(words, len(notebooks) - len(waiting), len(notebooks))
        self.report.steps += [steps[notebook.stem] for notebook in notebooks]

    def _time_left(self, waiting: list[str]) -> str:
        """How long the rest of the build may take, in words; '' where a notebook never ran here."""
        if not waiting or any(name not in self.took for name in waiting):
            return ""
        seconds = [self.took[name] for name in waiting]
        left = max(*seconds, sum(seconds) / self.processes.jobs) + self.took.get("site", 0)
        return f"; about {left:.0f} s left"

    def _will_sweep(self, file: Path) -> bool:
        return bool(book.sweep_stale_because(file)) and not (self.keep_sweeps and (paths.SWEEPS / file.stem).is_dir())

    def _sweep(self, file: Path) -> Step:
        """Nothing is swept after a failure: what failed would fail in every run."""
        name, because = f"sweep {file.stem}", book.sweep_stale_because(file)
        if not because:
            return Step(name, "reused", 0.0)
        if not self._will_sweep(file):
            return Step(name, "kept", 0.0, because)
        if self.report.errors:
            return Step(name, "waits", 0.0, because)
        from tourmaline.pipeline.sweeps.running import local_processes, shared

        begun = time.perf_counter()
        try:
            jobs = self.processes.jobs
            place = shared(self.processes.workers(), jobs) if self.processes.has_workers else local_processes(jobs)
            done = book.bring_up_to_date(file, place, self.limits, self.announce)
        except TourmalineError as error:
            self.report.errors.append(error)
            return Step(name, "failed", time.perf_counter() - begun, because)
        words = f"{done.ran} of {done.runs} runs: {because}"
        return Step(name, "ran", time.perf_counter() - begun, words, "; ".join(done.cold))


def _bring_site_up_to_date(
    variant: paths.Variant, scenario: Scenario | None, notebooks: int, announce: Announce, processes: Processes
) -> Step:
    from tourmaline.pipeline.site_freshness import site_is_stale

    which = scenario.edition if scenario else edition_of_sources()
    if not site_is_stale(variant, which):
        return Step("site", "reused", 0.0)
    started = time.perf_counter()
    builder = processes.page_builder(variant)
    announce("the site", notebooks, notebooks + 1)
    from tourmaline.pipeline.site import build_site  # heavy: the check of the site

    try:
        number = build_site(variant, which, builder, lambda: announce(PUBLISHED, notebooks + 1, notebooks + 1))
    finally:
        processes.close_page_builder()
    return Step("site", "ran", time.perf_counter() - started, f"{number} pages")
