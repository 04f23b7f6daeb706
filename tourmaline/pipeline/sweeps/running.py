"""Run a sweep: on this machine's cores, or on the workers of a Dask cluster."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import importlib.util
import json
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from tourmaline import paths
from tourmaline.errors import NotebookError, ParameterError, SweepError
from tourmaline.pipeline import freshness
from tourmaline.pipeline.lock import locked
from tourmaline.pipeline.pool import workers
from tourmaline.pipeline.runner import Limits, run_notebook
from tourmaline.pipeline.staging import for_sockets, staging
from tourmaline.pipeline.sweeps.definition import Sweep
from tourmaline.pipeline.sweeps.store import Outcome, Store

CELL = re.compile(r"cell (\d+)$")
NOT_SHARED = ("source", "given", "parameters", "outputs")  # what run.json says of one run alone, or of defaults
AHEAD = 2  # runs handed out for each that is at work, so that no worker waits
SCHEDULER_SECONDS = 10


@dataclass(frozen=True)
class Summary:
    """How a sweep stands after a command.

    Parameters
    ----------
    runs, done, failed : int
        How many runs it has, and how many are done or failed, now or before.
    ran : int
        How many this command ran.
    stale : int
        How many earlier results were of other data or code, and were made again.
    lost_workers : tuple of str
        Workers of a cluster that went away; what they ran was given to others.
    cold : dict of str to int
        How many runs had no warm kernel, by reason.
    seconds : float
        How long it took.
    """

    runs: int
    done: int
    failed: int
    ran: int
    stale: int
    lost_workers: tuple[str, ...]
    cold: dict[str, int]
    seconds: float


def run_one(notebook: str, given: dict[str, Any], figures: Sequence[str], limits: Limits) -> Outcome:
    """One run, in this process or in that of a worker; an error of the notebook is part of the outcome."""
    started = time.perf_counter()
    with staging(for_sockets(), "tourmaline-sweep-") as folder:
        try:
            ran = run_notebook(
                paths.NOTEBOOKS / notebook, given, folder / "run", limits=limits, warm=True, figures=figures
            )
        except (NotebookError, ParameterError) as error:
            cell = CELL.search(error.where)
            return Outcome(time.perf_counter() - started, error=error.what, cell=int(cell[1]) if cell else None)
        result = folder / "run"
        record = json.loads((result / freshness.RECORD).read_text(encoding="utf-8"))
        values = result / "values.json"
        kept = {}
        for name in figures:
            about = result / "figures" / f"{name}.json"
            if not about.exists():
                return Outcome(ran.seconds, error=f"it publishes no figure {name!r}")
            narrow = about.with_suffix(".narrow.svg")
            kept[name] = {
                **json.loads(about.read_text(encoding="utf-8")),
                "svg": about.with_suffix(".svg").read_bytes(),
                "narrow": narrow.read_bytes() if narrow.exists() else None,
            }
        return Outcome(
            ran.seconds,
            ran.cold_because,
            {key: value for key, value in record.items() if key not in NOT_SHARED},
            json.loads(values.read_text(encoding="utf-8")) if values.exists() else {},
            kept,
        )


@functools.lru_cache
def _is_ours(notebook: Path, text: str) -> bool:
    """Whether a run with this record was of the notebook, data and code that are here; asked once of each record."""
    record = json.loads(text)
    now = freshness.record(notebook, {}, {}, [*record["data"], *record["library"]], paths.RUNS / "no such folder")
    return record == {key: value for key, value in now.items() if key not in NOT_SHARED}


@dataclass(frozen=True)
class Place:
    """Where runs are made.

    Parameters
    ----------
    executor : Executor
        Takes the runs.
    workers : callable
        Gives the workers that are there now: name -> how many runs it makes at once.
    """

    executor: Executor
    workers: Callable[[], Mapping[str, int]]


@contextlib.contextmanager
def cluster(address: str) -> Iterator[Place]:
    """The workers of a Dask cluster.

    Raises
    ------
    SweepError
        If Dask is not installed, or no scheduler answers.
    """
    if importlib.util.find_spec("distributed") is None:
        raise SweepError(
            "--scheduler needs Dask", remedy="Install it: pip install 'tourmaline[cluster]', or distributed."
        )
    from distributed import Client
    from distributed.comm.addressing import parse_address, parse_host_port

    try:
        parse_host_port(parse_address(address)[1])  # a client that refuses it would complain once more at its end
        client = Client(address, timeout=SCHEDULER_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:  # a timeout is an OSError too
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise SweepError(
            f"no scheduler answers at {address} ({reason})",
            remedy="Start one, for example with `dask scheduler`, and give the address that it prints.",
        ) from None

    def present() -> dict[str, int]:
        workers = client.scheduler_info(n_workers=-1)["workers"]
        return {address: worker["nthreads"] for address, worker in workers.items()}

    try:
        with client.get_executor(pure=False, retries=0) as executor:
            yield Place(executor, present)
    finally:
        client.close()


@contextlib.contextmanager
def shared(pool: Executor, jobs: int) -> Iterator[Place]:
    """Processes of this machine that were started for something else too."""
    yield Place(pool, lambda: {"this machine": jobs})


@contextlib.contextmanager
def local_processes(jobs: int) -> Iterator[Place]:
    """Processes of this machine."""
    with workers(jobs) as pool, shared(pool, jobs) as place:
        yield place


def _outcome(future: Future, sweep: Sweep, began: float) -> Outcome:
    """What a run came to; only a failure that is not the run's own stops the sweep."""
    try:
        outcome = future.result()
    except BrokenProcessPool:
        raise SweepError(
            "a process that ran notebooks died",
            remedy="Often there was no memory left: try fewer --jobs. What is done is kept; the same command goes on.",
        ) from None
    except ImportError as error:
        raise SweepError(
            f"a worker cannot import what it needs: {error}",
            remedy="Give the workers this checkout and its environment.",
        ) from None
    except Exception as error:
        if type(error).__name__ != "KilledWorker":  # Dask's, which need not be installed
            raise
        return Outcome(time.perf_counter() - began, error=f"its worker died, again and again: {error}".splitlines()[0])
    if outcome.record and not _is_ours(sweep.notebook, json.dumps(outcome.record)):
        raise SweepError(
            "a worker ran another notebook, other data or other code than are here",
            remedy="Give all workers this same checkout; do not edit it while a sweep runs.",
        )
    return outcome


def _circumstances(sweep: Sweep, limits: Limits) -> str:
    """A hash of what a failure may be due to besides the parameters: code, data, the figures and the limits of a run."""
    files = freshness.tree(paths.ROOT / "tourmaline", "*.py") + freshness.tree(paths.DATA) + freshness.tree(paths.WORDS)
    known = freshness.hashes([*files, sweep.notebook, paths.LOCK], paths.ROOT), list(sweep.figures), vars(limits)
    return hashlib.sha256(json.dumps(known, sort_keys=True).encode()).hexdigest()


def run_sweep(
    sweep: Sweep,
    database: Path,
    *,
    place: AbstractContextManager[Place],
    limits: Limits,
    retry_failed: bool,
    announce: Callable[[str, int, int], None],
) -> Summary:
    """Run what of the sweep is not done yet; every outcome is kept as soon as it is there.

    Parameters
    ----------
    sweep : Sweep
        What to run.
    database : Path
        The store; made if it is not there.
    place : context manager of Place
        Where it runs: `local_processes`, `cluster`; entered only if there is something to run.
    limits : Limits
        What each run may take.
    retry_failed : bool
        Whether to run again what failed before; otherwise it stays failed until code, data, figures or limits differ.
    announce : callable
        Called with a few words, and the number of runs done and in all.

    Raises
    ------
    LockError
        If another sweep writes the same store.
    SweepError
        If the store is of another kind, the scheduler does not answer, or workers die or are of other code.
    """
    began = time.perf_counter()
    with locked(database.with_name(f"{database.name}.lock"), "a sweep"), Store(database) as store:
        meta = {"title": sweep.title, "description": sweep.description, "notebook": sweep.notebook.stem}
        store.prepare(meta, sweep.runs)
        outdated = [id_ for id_, record in store.records().items() if not _is_ours(sweep.notebook, json.dumps(record))]
        stale = sum(store.forget_record(id_) for id_ in outdated)
        if store.circumstances(_circumstances(sweep, limits)) or retry_failed:
            store.forget_failures()
        waiting = store.states(sweep.runs)["waiting"]
        lost, cold = set(), {}
        if waiting:
            before, total = len(sweep.runs) - len(waiting), len(sweep.runs)
            announce(f"{sweep.name}: starting", before, total)
            ran = failed = 0
            with place as at:
                now = at.workers()
                seen = set(now)
                queue = iter(waiting)
                asked: dict[Future, Any] = {}
                while True:
                    for run in islice(queue, max(0, AHEAD * max(1, sum(now.values())) - len(asked))):
                        asked[at.executor.submit(run_one, sweep.notebook.name, dict(run), sweep.figures, limits)] = run
                    if not asked:
                        break
                    finished, _ = wait(asked, return_when=FIRST_COMPLETED)
                    for future in finished:
                        run = asked.pop(future)
                        outcome = _outcome(future, sweep, began)
                        store.put(run, outcome)
                        ran += 1
                        failed += bool(outcome.error)
                        if outcome.cold_because:
                            cold[outcome.cold_because] = cold.get(outcome.cold_because, 0) + 1
                    now = at.workers()
                    lost, seen = lost | (seen - now.keys()), seen | now.keys()
                    rate = ran / (time.perf_counter() - began)
                    announce(f"{sweep.name}: {rate:.2f} runs a second, {failed} failed", before + ran, total)
        states = store.states(sweep.runs)
    return Summary(
        runs=len(sweep.runs),
        done=len(states["done"]),
        failed=len(states["failed"]),
        ran=len(waiting),
        stale=stale,
        lost_workers=tuple(sorted(lost)),
        cold=cold,
        seconds=time.perf_counter() - began,
    )
