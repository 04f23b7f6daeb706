"""Run one notebook through papermill into a staging folder, refuse what went wrong, and put the rest in place whole."""

from __future__ import annotations

import json
import logging
import shlex
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import papermill
from jupyter_client.kernelspec import NoSuchKernel
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from papermill.engines import NBClientEngine, NotebookExecutionManager, papermill_engines
from papermill.exceptions import PapermillExecutionError
from papermill.execute import ERROR_MARKER_TAG
from traitlets.config import Config

from tourmaline import parameters, paths
from tourmaline.errors import NotebookError
from tourmaline.pipeline import freshness
from tourmaline.pipeline.atomic_replace import atomic_replace, keep_times
from tourmaline.pipeline.kernels.manager import COLD, EXPIRED, LOG, RunKernel
from tourmaline.pipeline.staging import for_sockets, staging
from tourmaline.results.run import FIGURES_VARIABLE, RESULTS_VARIABLE

START_TIMEOUT_SECONDS = 120
INJECTED = "injected-parameters"
ENGINE = "tourmaline"
logging.getLogger("papermill").addHandler(logging.NullHandler())  # what it logs of a death, our message says


@dataclass(frozen=True)
class Limits:
    """What a run may take.

    Parameters
    ----------
    cell : int
        Longest time for one cell, seconds.
    run : int
        Longest time for the whole run, seconds; 0 for no limit.
    megabytes : int
        Most memory for data; 0 for no limit. Only Linux can hold a run to it.
    """

    cell: int = 1800  # the longest cell takes some 300 on two quiet cores
    run: int = 0
    megabytes: int = 0


@dataclass(frozen=True)
class Ran:
    """How a run went."""

    seconds: float
    cold_because: str  # why its kernel was not a warm one, though it should have been


class _Engine(NBClientEngine):
    """papermill's own engine, except that it hands out the notebook that it works on, which tells how far a run came."""

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: NotebookExecutionManager,
        kernel_name: str,
        *,
        worked_on: list[nbformat.NotebookNode],
        **options: Any,
    ) -> None:
        worked_on.append(nb_man.nb)
        super().execute_managed_notebook(nb_man, kernel_name, **options)


papermill_engines.register(ENGINE, _Engine)


def _short(text: str) -> str:
    """The end of what a cell wrote: there the reason stands."""
    lines = text.strip().splitlines()
    return "\n  ".join(lines[-3:])


def _own_cells(document: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    """The cells that the source has: papermill adds one for the parameters, and marks around an error."""
    return [cell for cell in document.cells if not {INJECTED, ERROR_MARKER_TAG} & set(cell.metadata.get("tags", []))]


def _stopped_at(worked_on: list[nbformat.NotebookNode], notebook: Path) -> str:
    """The notebook, and the number of the last cell that was begun."""
    cells = enumerate(_own_cells(worked_on[0]) if worked_on else (), start=1)
    begun = [number for number, cell in cells if cell.metadata.get("papermill", {}).get("start_time")]
    return f"{paths.relative(notebook)}, cell {begun[-1]}" if begun else paths.relative(notebook)


def _execute(
    notebook: Path, changed: Mapping[str, Any], place: Path, environment: Mapping[str, str], limits: Limits, warm: bool
) -> tuple[nbformat.NotebookNode, str]:
    """Run it through papermill, in a folder; returns it executed, and why its kernel was a cold one, if it was to be warm."""
    name = notebook.stem
    worked_on: list[nbformat.NotebookNode] = []
    with staging(for_sockets(), "tourmaline-kernel-") as folder:
        kernel = {"folder": str(folder), "environment": dict(environment), "warm": warm}
        kernel |= {"seconds": limits.run, "megabytes": limits.megabytes}
        try:
            executed = papermill.execute_notebook(
                notebook,
                None,  # it would be written many times, and read again
                parameters=dict(changed),
                engine_name=ENGINE,
                progress_bar=False,
                log_output=False,
                execution_timeout=limits.cell,
                start_timeout=START_TIMEOUT_SECONDS,
                coalesce_streams=True,  # a cell's text arrives in parts that depend on the moment
                kernel_manager_class=RunKernel,
                config=Config({"RunKernel": kernel}),
                worked_on=worked_on,
                resources={"metadata": {"path": str(place)}},  # where it works; this process stays where it is
                shutdown_kernel="immediate",
            )
        except PapermillExecutionError as error:
            own = error.ename.rpartition(".")[2]
            given = "".join(f" -p {key} {shlex.quote(parameters.as_argument(value))}" for key, value in changed.items())
            plain = f"papermill notebooks/{name}.ipynb failed.ipynb{given}"
            remedy = f"To look into it, run `{plain}`: it keeps the cells up to there, with their output."
            if own == "MemoryError" and limits.megabytes:
                remedy = f"It may take {limits.megabytes} megabytes: ask for less, or allow more."
            raise NotebookError(
                f"{own}: {error.evalue}", where=_stopped_at(worked_on, notebook), remedy=remedy
            ) from error
        except CellTimeoutError as error:
            raise NotebookError(
                f"the cell ran longer than {limits.cell} seconds",
                where=_stopped_at(worked_on, notebook),
                remedy="Make the cell faster, or allow more with --timeout.",
            ) from error
        except (DeadKernelError, RuntimeError) as error:
            if (folder / EXPIRED).exists():
                raise NotebookError(
                    f"the run took longer than {limits.run} seconds",
                    where=_stopped_at(worked_on, notebook),
                    remedy="Make it faster, or allow more.",
                ) from error
            log = folder / LOG
            said = f"{error}\n{log.read_text(errors='replace')}" if log.exists() else str(error)
            last_words = said.strip().splitlines()
            raise NotebookError(
                f"the kernel died ({last_words[-1] if last_words else 'no message'})",
                where=_stopped_at(worked_on, notebook),
                remedy="Often it ran out of memory: ask for less, then run again.",
            ) from error
        except NoSuchKernel as error:
            raise NotebookError(
                f"there is no kernel {error.name!r}",
                where=paths.relative(notebook),
                remedy="Run it in the environment that `make book` makes, with its kernel python3.",
            ) from error
        return executed, (folder / COLD).read_text(encoding="utf-8")


def _refuse_bad_outputs(notebook: nbformat.NotebookNode, where: str) -> None:
    for index, cell in enumerate(_own_cells(notebook), start=1):
        for output in cell.get("outputs", []):
            if output.output_type == "error":
                raise NotebookError(
                    f"{output.ename}: {output.evalue}", where=f"{where}, cell {index}", remedy="Mend the cell."
                )
            if output.output_type == "stream" and output.name == "stderr":
                raise NotebookError(
                    f"it wrote to stderr: {_short(output.text)}",
                    where=f"{where}, cell {index}",
                    remedy="Mend the cause of the warning: readers must not meet it.",
                )


def _figure_texts(folder: Path) -> dict[int, str]:
    texts = {}
    for path in sorted(folder.glob("figures/*.json")):
        record = json.loads(path.read_text(encoding="utf-8"))
        texts[record["cell"]] = record["alt"]
    return texts


def _clean(notebook: nbformat.NotebookNode, folder: Path) -> None:
    """Remove times, paths and random ids; give images their alternative text."""
    alternatives = _figure_texts(folder)
    notebook.metadata = nbformat.from_dict(
        {
            "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
            "language_info": {"name": "python"},
        }
    )
    for index, cell in enumerate(notebook.cells):
        tags = cell.metadata.get("tags", [])
        cell.metadata = nbformat.from_dict({"tags": tags} if tags else {})
        if INJECTED in tags:
            cell.id = INJECTED
        elif not cell.get("id"):
            cell.id = f"cell-{index + 1}"
        if cell.get("execution_count") in alternatives:
            cell.metadata["mystnb"] = {"image": {"alt": alternatives[cell.execution_count]}}


def run_notebook(
    notebook: Path,
    given: Mapping[str, Any],
    target: Path,
    *,
    limits: Limits,
    warm: bool = False,
    figures: Sequence[str] | None = None,
    finish: Callable[[Path], None] | None = None,
) -> Ran:
    """Run a notebook and put its whole result into `target`; if anything fails, `target` stays as it was.

    It changes nothing of this process, so that several can run at once, in threads too.

    Parameters
    ----------
    notebook : Path
        The notebook's source.
    given : mapping of str to object
        Parameters that differ from their defaults; checked before a kernel starts.
    target : Path
        Folder of the result: values.json, tables/, figures/, run.json and the executed notebook.
    limits : Limits
        What it may take.
    warm : bool
        Whether to fork its kernel from the fork server of warm kernels, which costs more than it gains for one run alone.
    figures : sequence of str, optional
        The figures to draw; all of them if it is not given.
    finish : callable, optional
        Called with the executed notebook before the result is put in place; may write beside it.

    Returns
    -------
    Ran

    Raises
    ------
    ParameterError
        For a wrong parameter.
    NotebookError
        If a cell raises, writes to stderr or takes too long, or the kernel dies; names notebook and cell.
    """
    given = parameters.current(given, parameters.declared(notebook), notebook.stem)
    values, defaults = parameters.validated(notebook, given), parameters.validated(notebook, {})
    changed = {name: value for name, value in values.items() if value != defaults[name]}
    started = time.perf_counter()
    target.parent.mkdir(parents=True, exist_ok=True)
    with staging(target.parent, f".{notebook.stem}-") as folder:  # beside the target: one file system
        result = folder / "result"
        result.mkdir()
        environment = {RESULTS_VARIABLE: str(result)}
        if figures is not None:
            environment[FIGURES_VARIABLE] = ",".join(figures)
        document, cold_because = _execute(notebook, changed, folder, environment, limits, warm)
        _refuse_bad_outputs(document, paths.relative(notebook))
        _clean(document, result)
        nbformat.write(document, result / notebook.name)
        if finish:
            finish(result / notebook.name)
        listed = result / "inputs.json"
        inputs = json.loads(listed.read_text(encoding="utf-8")) if listed.exists() else []
        listed.unlink(missing_ok=True)
        record = freshness.record(notebook, given, values, inputs, result)
        (result / freshness.RECORD).write_text(
            json.dumps(record, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
        )
        keep_times(result, target)
        atomic_replace(result, target)
    return Ran(time.perf_counter() - started, cold_because)
