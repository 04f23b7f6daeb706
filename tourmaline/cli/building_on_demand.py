"""The process that builds for `tourmaline serve --watch`: `python -m tourmaline.cli.building_on_demand JOBS TIMEOUT`.

It builds once for each line that it reads, and answers with lines of JSON: what is being done, and at last what came of it.
Between two builds it keeps workers, kernels and Jupyter Book ready. It ends when its standard input is closed.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import sys
import threading
import time
from typing import Any

from tourmaline import paths
from tourmaline.cli.building import check_readers_curves
from tourmaline.cli.output import error_in_words
from tourmaline.errors import LockError, TourmalineError
from tourmaline.pipeline.build import build
from tourmaline.pipeline.processes import Processes

PAUSE_SECONDS = 0.7  # in which the browser has the processor, before Jupyter Book gets ready for the next build
PATIENCE_SECONDS = 5  # to clear up, once nobody is left who wants the result


def _tell(**what: Any) -> None:
    print(json.dumps(what), flush=True)


def _listen(asked: queue.SimpleQueue[bool]) -> None:
    """Pass on each request; at the end of the input, end the process, even during a build."""
    for _ in sys.stdin:
        asked.put(True)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(PATIENCE_SECONDS)
    os._exit(1)


def _stop(*_: object) -> None:
    sys.exit(1)


def _build_once(processes: Processes, limits: dict[str, int]) -> bool:
    """One build; returns whether the processes can serve another."""

    def announce(what: str, done: int, total: int) -> None:
        _tell(doing=what, done=done, total=total)

    try:
        from tourmaline.data.forgetting import forget_data  # here, because it reads data/report.toml

        forget_data()  # the data may have been edited since the last build
        check_readers_curves()
        report = build(limits=limits, processes=processes, keep_sweeps=True, announce=announce)
    except LockError as error:
        _tell(steps=[], errors=[error_in_words(error)], busy=True)
        return True
    except (TourmalineError, OSError) as error:
        _tell(steps=[], errors=[error_in_words(error)])
        return False
    _tell(steps=[vars(step) for step in report.steps], errors=[error_in_words(error) for error in report.errors])
    return True


def main() -> None:
    """Build whenever it is asked, until the process is ended."""
    jobs, timeout = map(int, sys.argv[1:])
    signal.signal(signal.SIGTERM, _stop)
    asked: queue.SimpleQueue[bool] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=[asked], daemon=True).start()
    asked.get()
    while True:
        with Processes(jobs) as processes:
            while _build_once(processes, {"cell": timeout}):
                try:
                    asked.get(timeout=PAUSE_SECONDS)
                except queue.Empty:
                    processes.workers()
                    processes.page_builder(paths.Variant())
                    asked.get()
        asked.get()


if __name__ == "__main__":
    main()
