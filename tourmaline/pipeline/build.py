"""Build the report: check the data, run what is stale, build the site if anything it shows has changed."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from tourmaline import parameters, paths
from tourmaline.errors import TourmalineError
from tourmaline.pipeline import freshness
from tourmaline.pipeline.notebooks import all_notebooks

DATA_STAMP = "data.json"


@dataclass(frozen=True)
class Step:
    """One thing the build did or spared itself."""

    name: str
    did: str  # 'ran', 'reused' or 'failed'
    seconds: float
    because: str = ""


@dataclass
class Report:
    """What a build did."""

    steps: list[Step] = field(default_factory=list)
    errors: list[TourmalineError] = field(default_factory=list)

    @property
    def did_nothing(self) -> bool:
        return all(step.did == "reused" for step in self.steps)


def _data_files() -> dict[str, str]:
    library = freshness.tree(paths.ROOT / "tourmaline" / "data", "*.py")
    return freshness.hashes([*freshness.tree(paths.DATA), *library], paths.ROOT)


def _check_data() -> Step:
    stamp, now = paths.STATE / DATA_STAMP, _data_files()
    if stamp.exists() and stamp.read_text(encoding="utf-8") == json.dumps(now):
        return Step("data", "reused", 0.0)
    from tourmaline.data.check import check_all  # heavy: only when there is something to check

    started = time.perf_counter()
    rows = check_all()
    paths.STATE.mkdir(parents=True, exist_ok=True)
    stamp.write_text(json.dumps(now), encoding="utf-8")
    return Step("data", "ran", time.perf_counter() - started, f"{len(rows)} files, {sum(rows.values())} rows")


def build(*, timeout: int, announce: Callable[[str, int, int], None]) -> Report:
    """Bring results and site up to date.

    A notebook that fails does not stop the others; the site is built only if none failed.

    Parameters
    ----------
    timeout : int
        Longest time for one cell, seconds.
    announce : callable
        Called with what is being done, and the number of steps done and in all.

    Returns
    -------
    Report

    Raises
    ------
    DataError
        If the data are wrong; nothing is run then.
    """
    report = Report()
    notebooks = all_notebooks()
    total = len(notebooks) + 2
    announce("checking the data", 0, total)
    report.steps.append(_check_data())
    # What notebooks wrote that are no longer there must not linger in the book.
    for lingering in paths.RESULTS.glob("*"):
        if not lingering.is_dir():
            lingering.unlink()
        elif lingering.name not in {notebook.stem for notebook in notebooks}:
            shutil.rmtree(lingering)
    for done, notebook in enumerate(notebooks, start=1):
        announce(f"notebook {notebook.stem}", done, total)
        report.steps.append(_bring_up_to_date(notebook, timeout, report))
    if report.errors:
        return report
    announce("the site", total - 1, total)
    from tourmaline.pipeline.site import build_site, site_is_stale

    if site_is_stale():
        started = time.perf_counter()
        pages = build_site()
        report.steps.append(Step("site", "ran", time.perf_counter() - started, f"{pages} pages"))
    else:
        report.steps.append(Step("site", "reused", 0.0))
    announce("done", total, total)
    return report


def _bring_up_to_date(notebook, timeout: int, report: Report) -> Step:
    target = paths.RESULTS / notebook.stem
    values = parameters.validated(notebook, {})
    because = freshness.stale_because(notebook, values, target)
    if not because:
        return Step(notebook.stem, "reused", 0.0)
    from tourmaline.pipeline.runner import run_notebook  # heavy: papermill

    started = time.perf_counter()
    try:
        run_notebook(notebook, {}, target, timeout=timeout)
    except TourmalineError as error:
        report.errors.append(error)
        return Step(notebook.stem, "failed", time.perf_counter() - started, because)
    return Step(notebook.stem, "ran", time.perf_counter() - started, because)
