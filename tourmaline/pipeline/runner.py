"""Run one notebook through papermill into a staging folder, refuse what went wrong, and promote the rest whole."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import nbformat
import papermill
from jupyter_client import AsyncKernelManager
from jupyter_client.kernelspec import NoSuchKernel
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from papermill.exceptions import PapermillExecutionError
from papermill.execute import ERROR_MARKER_TAG
from traitlets import Unicode
from traitlets.config import Config

from tourmaline import parameters, paths
from tourmaline.errors import NotebookError
from tourmaline.pipeline import freshness
from tourmaline.pipeline.swap import promote
from tourmaline.results.run import RESULTS_VARIABLE

CELL_TIMEOUT_SECONDS = 600
START_TIMEOUT_SECONDS = 120
# One thread, one hash seed, one backend: two runs of one notebook give the same bytes.
KERNEL_ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "PYTHONHASHSEED": "0",
    "MPLBACKEND": "agg",
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
}
INJECTED = "injected-parameters"
logging.getLogger("papermill").addHandler(logging.NullHandler())  # what it logs of a death, our message says


class LoggedKernel(AsyncKernelManager):
    """A kernel whose own stderr goes to a file: it prints tracebacks when it is stopped."""

    log_file = Unicode().tag(config=True)

    async def start_kernel(self, **options: Any) -> None:
        with Path(self.log_file).open("ab") as log:
            await super().start_kernel(**options, stderr=log)


@contextlib.contextmanager
def _environment(extra: Mapping[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in extra}
    os.environ.update(extra)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None) if value is None else os.environ.update({name: value})


def _short(text: str) -> str:
    """The end of what a cell wrote: there the reason stands."""
    lines = text.strip().splitlines()
    return "\n  ".join(lines[-3:])


def _own_cells(document: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    """The cells that the source has: papermill adds one for the parameters, and marks around an error."""
    return [cell for cell in document.cells if not {INJECTED, ERROR_MARKER_TAG} & set(cell.metadata.get("tags", []))]


def _stopped_at(executed: Path, notebook: Path) -> str:
    """The notebook, and the number of the last cell that was begun."""
    cells = enumerate(_own_cells(nbformat.read(executed, as_version=4)), start=1)
    begun = [number for number, cell in cells if cell.metadata.get("papermill", {}).get("start_time")]
    return f"{paths.relative(notebook)}, cell {begun[-1]}" if begun else paths.relative(notebook)


def _execute(notebook: Path, changed: Mapping[str, Any], output: Path, timeout: int) -> None:
    # IPC keeps the kernel's ports private to the user and out of each other's way.
    log = output.with_name("kernel.log")
    config = Config({"LoggedKernel": {"log_file": str(log)}})
    if sys.platform != "win32":
        config.KernelManager.transport = "ipc"
    name = notebook.stem
    try:
        papermill.execute_notebook(
            notebook,
            output,
            parameters=dict(changed),
            cwd=output.parent,
            progress_bar=False,
            log_output=False,
            execution_timeout=timeout,
            start_timeout=START_TIMEOUT_SECONDS,
            kernel_manager_class=LoggedKernel,
            config=config,
        )
    except PapermillExecutionError as error:
        own = error.ename.rpartition(".")[2]
        raise NotebookError(
            f"{own}: {error.evalue}",
            where=_stopped_at(output, notebook),
            remedy=f"To look into it, run `tourmaline run {name}` or open the notebook in Jupyter.",
        ) from error
    except CellTimeoutError as error:
        raise NotebookError(
            f"the cell ran longer than {timeout} seconds",
            where=_stopped_at(output, notebook),
            remedy="Make the cell faster, or allow more with --timeout.",
        ) from error
    except (DeadKernelError, RuntimeError) as error:
        said = f"{error}\n{log.read_text(errors='replace')}" if log.exists() else str(error)
        last_words = said.strip().splitlines()
        raise NotebookError(
            f"the kernel died ({last_words[-1] if last_words else 'no message'})",
            where=_stopped_at(output, notebook),
            remedy="Often it ran out of memory: ask for less, then run again.",
        ) from error
    except NoSuchKernel as error:
        raise NotebookError(
            f"there is no kernel {error.name!r}",
            where=paths.relative(notebook),
            remedy="Run it in the environment that `make book` makes, with its kernel python3.",
        ) from error


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
    timeout: int = CELL_TIMEOUT_SECONDS,
    finish: Callable[[Path], None] | None = None,
) -> float:
    """Run a notebook and put its whole result into `target`; if anything fails, `target` stays as it was.

    Parameters
    ----------
    notebook : Path
        The notebook's source.
    given : mapping of str to object
        Parameters that differ from their defaults; checked before a kernel starts.
    target : Path
        Folder of the result: values.json, tables/, figures/, run.json and the executed notebook.
    timeout : int
        Longest time for one cell, seconds.
    finish : callable, optional
        Called with the executed notebook before the result is promoted; may write beside it.

    Returns
    -------
    float
        Seconds it took.

    Raises
    ------
    ParameterError
        For a wrong parameter.
    NotebookError
        If a cell raises, writes to stderr or takes too long, or the kernel dies; names notebook and cell.
    """
    values = parameters.validated(notebook, given)
    defaults = {name: parameter.default for name, parameter in parameters.declared(notebook).items()}
    changed = {name: value for name, value in values.items() if value != defaults[name]}
    started = time.perf_counter()
    target.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(
        tempfile.mkdtemp(prefix=f".{notebook.stem}-", dir=target.parent)
    )  # beside the target: one file system
    try:
        folder = staging / "result"
        folder.mkdir()
        executed = staging / notebook.name
        with _environment({**KERNEL_ENVIRONMENT, RESULTS_VARIABLE: str(folder)}):
            _execute(notebook, changed, executed, timeout)
        document = nbformat.read(executed, as_version=4)
        _refuse_bad_outputs(document, paths.relative(notebook))
        _clean(document, folder)
        nbformat.write(document, folder / notebook.name)
        if finish:
            finish(folder / notebook.name)
        listed = folder / "inputs.json"
        inputs = json.loads(listed.read_text(encoding="utf-8")) if listed.exists() else []
        listed.unlink(missing_ok=True)
        record = freshness.record(notebook, values, inputs, folder)
        (folder / freshness.RECORD).write_text(
            json.dumps(record, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
        )
        promote(folder, target)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return time.perf_counter() - started
