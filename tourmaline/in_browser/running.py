"""Run a notebook cell by cell in this process, as a kernel would: the same cells, the same checks, the same results.

Examples
--------
>>> import tempfile
>>> with tempfile.TemporaryDirectory() as folder:
...     run = NotebookRun("smaller_trial", {"patients": "500"}, Path(folder))
...     while run.run_next():
...         pass
...     sorted(path.name for path in Path(folder).iterdir())[-2:]
['tables', 'values.json']
"""

from __future__ import annotations

import io
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tourmaline import parameters, paths
from tourmaline.errors import NotebookError, TourmalineError
from tourmaline.in_browser.cells import mime_bundle, run_cell
from tourmaline.results.run import RESULTS_VARIABLE

INJECTED = "injected-parameters"  # papermill's tag


class NotebookRun:
    """One run of a notebook of the report.

    Parameters
    ----------
    notebook : str
        Its name.
    given : mapping of str to object
        Parameters, as a command line or a form gives them; checked before the first cell.
    folder : Path
        Where its results go.

    Raises
    ------
    ParameterError
        For a wrong parameter.
    """

    def __init__(self, notebook: str, given: Mapping[str, Any], folder: Path) -> None:
        path = paths.NOTEBOOKS / f"{notebook}.ipynb"
        defaults = parameters.validated(path, {})
        values = parameters.validated(path, given)
        self.notebook, self.folder = notebook, folder
        self.changed = {name: value for name, value in values.items() if value != defaults[name]}
        self.document = json.loads(path.read_text(encoding="utf-8"))
        self._inject()
        self._namespace: dict[str, Any] = {"__name__": "__main__", "display": self._display}
        self._outputs: list[dict[str, Any]] = []
        self._code_cells = [cell for cell in self.document["cells"] if cell["cell_type"] == "code"]
        # What cells wrote to stderr: another version of a library may warn where ours does not.
        self.warned: list[str] = []
        self.cells, self.done = len(self._code_cells), 0

    def _inject(self) -> None:
        """Put the changed parameters behind the cell that declares them, as papermill does."""
        if not self.changed:
            return
        cells = self.document["cells"]
        place = next(index for index, cell in enumerate(cells) if "parameters" in cell["metadata"].get("tags", ()))
        source = "# Parameters\n" + "".join(f"{name} = {value!r}\n" for name, value in self.changed.items())
        cells.insert(
            place + 1, {"cell_type": "code", "id": INJECTED, "metadata": {"tags": [INJECTED]}, "source": source}
        )

    def _display(self, *shown: Any) -> None:
        for one in shown:
            self._outputs.append({"output_type": "display_data", "data": mime_bundle(one), "metadata": {}})

    def run_next(self) -> bool:
        """Run the next cell; whether one is left.

        Raises
        ------
        NotebookError
            If the cell raises; names notebook and cell.
        """
        cell = self._code_cells[self.done]
        self.done += 1
        self._outputs = cell["outputs"] = []
        cell["execution_count"] = self.done
        own = sum(
            "injected-parameters" not in other["metadata"].get("tags", ()) for other in self._code_cells[: self.done]
        )
        self._run("".join(cell["source"]), f"notebooks/{self.notebook}.ipynb, code cell {own}")
        return self.done < self.cells

    def _run(self, source: str, where: str) -> None:
        said, warned = io.StringIO(), io.StringIO()
        before = os.environ.get(RESULTS_VARIABLE)
        os.environ[RESULTS_VARIABLE] = str(self.folder)
        try:
            shown = run_cell(source, where, self._namespace, said, warned)
        except TourmalineError as error:
            raise NotebookError(f"{type(error).__name__}: {error}", where=where) from error
        except Exception as error:  # whatever a cell raises is reported as one message
            raise NotebookError(f"{type(error).__name__}: {error}", where=where) from error
        finally:
            if before is None:
                os.environ.pop(RESULTS_VARIABLE, None)
            else:
                os.environ[RESULTS_VARIABLE] = before
        if warned.getvalue():
            self.warned.append(f"{where}: {warned.getvalue().strip()}")
            self._outputs.insert(0, {"output_type": "stream", "name": "stderr", "text": warned.getvalue()})
        if said.getvalue():
            self._outputs.insert(0, {"output_type": "stream", "name": "stdout", "text": said.getvalue()})
        if shown is not None:
            result = {"output_type": "execute_result", "execution_count": self.done}
            self._outputs.append({**result, "data": mime_bundle(shown), "metadata": {}})

    def executed(self) -> str:
        """The notebook with its outputs so far, as a file."""
        for cell in self._code_cells[self.done :]:
            cell["outputs"], cell["execution_count"] = [], None
        return json.dumps(self.document, ensure_ascii=False, indent=1) + "\n"
