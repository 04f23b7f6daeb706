"""Run notebooks in each environment, and compare what they publish."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tourmaline import parameters, paths
from tourmaline.errors import NotebookError, ParameterError
from tourmaline.pipeline import freshness
from tourmaline.pipeline.build import Announce
from tourmaline.pipeline.byte_differences import first_difference
from tourmaline.pipeline.notebooks import all_notebooks
from tourmaline.pipeline.reproducing import cells
from tourmaline.pipeline.reproducing.environments import Environment, environments
from tourmaline.pipeline.staging import staging

# Of the notebooks that draw, in the quick check: what shortens each.
SHORT = {"draws": 4, "sets": ["gbsg2", "lung"]}


@dataclass(frozen=True)
class Compared:
    """What one environment gave beside the first one.

    Attributes
    ----------
    name : str
        The environment.
    files : int
        Files that were compared.
    differ : dict of str to str
        Files of other bytes, and where each differs first, with both values.
    other_arithmetic : list of str
        What of its arithmetic has other last digits: without any, the environment imitates nothing.
    """

    name: str
    files: int
    differ: dict[str, str] = field(default_factory=dict)
    other_arithmetic: list[str] = field(default_factory=list)


def asked_of(quick: bool) -> dict[str, dict[str, Any]]:
    """Notebooks and the parameters that are given: all as they are, or those that draw, with few draws."""
    asked: dict[str, dict[str, Any]] = {}
    for notebook in all_notebooks():
        declared = parameters.declared(notebook)
        if not quick:
            asked[notebook.stem] = {}
        elif "draws" in declared:
            asked[notebook.stem] = {name: value for name, value in SHORT.items() if name in declared}
    return asked


def _run(environment: Environment, asked: Mapping[str, Mapping[str, Any]], folder: Path) -> None:
    folder.mkdir()
    done = subprocess.run(
        [environment.python or sys.executable, "-m", cells.__name__, str(folder), json.dumps(asked)],
        cwd=paths.ROOT,
        env={**os.environ, "MPLBACKEND": "agg", "PYTHONPATH": str(paths.ROOT), **environment.variables},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        said = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        raise NotebookError(
            f"the notebooks do not run in the environment «{environment.name}»: {said[-1]}",
            remedy="Its variables: " + " ".join(f"{name}={value}" for name, value in environment.variables.items()),
        )


def _contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in freshness.tree(folder) if path.name != cells.ENVIRONMENT)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def _arithmetic(folder: Path) -> dict[str, str]:
    return json.loads((folder / cells.ENVIRONMENT).read_text(encoding="utf-8"))


def _values_first(name: str) -> tuple[bool, str]:
    return not name.endswith("values.json"), name


def _compare(name: str, here: Path, there: Path) -> Compared:
    ours, theirs = _contents(here), _contents(there)
    differ = {}
    for file in sorted(ours.keys() | theirs.keys(), key=_values_first):
        if file not in ours or file not in theirs:
            differ[file] = f"written only {'here' if file in ours else f'in the environment «{name}»'}"
        elif ours[file] != theirs[file]:
            differ[file] = first_difference(file, ours[file], theirs[file], ("here", f"in the environment «{name}»"))
    arithmetic = _arithmetic(there)
    other = [what for what, digits in _arithmetic(here).items() if arithmetic[what] != digits]
    return Compared(name, len(ours), differ, other)


def check_reproducible(quick: bool, pythons: Sequence[str], jobs: int, announce: Announce) -> list[Compared]:
    """Run the notebooks in every environment and compare each with the first.

    Parameters
    ----------
    quick : bool
        Only the notebooks that draw, with few draws.
    pythons : sequence of str
        Further interpreters.
    jobs : int
        Environments side by side.
    announce
        As for `build`.

    Raises
    ------
    NotebookError
        If a notebook fails in an environment.
    ParameterError
        If an interpreter is not there.
    """
    if missing := [python for python in pythons if not Path(python).exists()]:
        raise ParameterError(f"there is no interpreter {missing[0]!r}", remedy="Give the path of a python.")
    asked, tried = asked_of(quick), list(environments(pythons))
    paths.BUILD.mkdir(exist_ok=True)
    with staging(paths.BUILD, ".reproduce-") as folder, ThreadPoolExecutor(jobs) as pool:
        places = [folder / str(number) for number in range(len(tried))]
        runs = [pool.submit(_run, environment, asked, place) for environment, place in zip(tried, places)]
        for number, (environment, run) in enumerate(zip(tried, runs)):
            announce(environment.name, number, len(tried))
            run.result()
        return [_compare(other.name, places[0], place) for other, place in zip(tried[1:], places[1:])]
