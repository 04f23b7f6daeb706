"""What the worker of a page calls (book/browser/worker.js): each answer is JSON, and a failure is an answer too."""

from __future__ import annotations

import functools
import json
import shutil
from collections.abc import Callable
from typing import Any

from tourmaline import paths
from tourmaline.errors import NotebookError, TourmalineError
from tourmaline.in_browser.comparing import compared
from tourmaline.in_browser.running import NotebookRun

_current: NotebookRun | None = None


def _answer(work: Callable[..., dict[str, Any]]) -> Callable[..., str]:
    @functools.wraps(work)
    def answered(*arguments: str) -> str:
        try:
            return json.dumps(work(*arguments), ensure_ascii=False)
        except NotebookError as error:
            remedy = (
                "The browser has no memory left for it: ask for less."
                if isinstance(error.__cause__, MemoryError)
                else ""
            )
            return json.dumps({"error": f"{error}\n{remedy}".strip()}, ensure_ascii=False)
        except TourmalineError as error:
            return json.dumps({"error": str(error)}, ensure_ascii=False)

    return answered


def _run() -> NotebookRun:
    if _current is None:
        raise NotebookError("no run has begun")
    return _current


@_answer
def begin(notebook: str, given: str) -> dict[str, Any]:
    """Check the parameters, given as an object of JSON, and prepare a run."""
    global _current
    _current = None
    folder = paths.RUNS / notebook
    shutil.rmtree(folder, ignore_errors=True)
    _current = NotebookRun(notebook, json.loads(given), folder)
    return {"cells": _current.cells, "changed": _current.changed}


@_answer
def next_cell() -> dict[str, Any]:
    """Run the next cell."""
    more = _run().run_next()
    return {"done": _run().done, "cells": _run().cells, "more": more}


@_answer
def published_results() -> dict[str, Any]:
    """What the run published, beside the edition; its values as they are; its warnings; and the executed notebook."""
    run = _run()
    values = run.folder / "values.json"
    records = values.read_text(encoding="utf-8") if values.exists() else "{}"
    return {
        **compared(run.folder, paths.RESULTS / run.notebook),
        "records": records,
        "warned": run.warned,
        "notebook": run.executed(),
    }
