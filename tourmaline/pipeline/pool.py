"""Processes that run notebooks side by side, all with warm kernels of one fork server."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import connection
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tourmaline.pipeline.kernels.forked import ForkServer

PATIENCE_SECONDS = 5  # for a worker to clear up


def _end_with(parent: multiprocessing.Process) -> None:
    connection.wait([parent.sentinel])
    os._exit(1)  # its kernels end with it


def _stop(*_: object) -> None:
    """End by an exception, so that the run clears up after itself; its message about its end is not of interest."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    sys.exit(1)


def _begin(address: str) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that gave the work
    signal.signal(signal.SIGTERM, _stop)
    if address:
        from tourmaline.pipeline.kernels.forked import SOCKET_VARIABLE

        os.environ[SOCKET_VARIABLE] = address
    threading.Thread(target=_end_with, args=[multiprocessing.parent_process()], daemon=True).start()


def warm_fork_server() -> ForkServer | None:
    """The fork server of warm kernels for a build or a sweep; None where there can be none."""
    from tourmaline.pipeline.kernels.forked import ForkServer, NoWarmKernel
    from tourmaline.pipeline.kernels.manager import kernel_environment
    from tourmaline.pipeline.kernels.provisioner import STACK

    with contextlib.suppress(NoWarmKernel):
        return ForkServer([sys.executable], STACK, {**os.environ, **kernel_environment()})
    return None


def run_in_worker(
    notebook: Path, given: Mapping[str, Any], place: Path, limits: Mapping[str, int]
) -> tuple[float, str]:
    """Run a notebook in a worker; returns the seconds it took, and why its kernel was not a warm one.

    papermill takes a second to import: so the process that asks need not.
    """
    from tourmaline.pipeline.runner import Limits, run_notebook

    ran = run_notebook(notebook, given, place, limits=Limits(**limits), warm=True)
    return ran.seconds, ran.cold_because


@contextlib.contextmanager
def workers(number: int) -> Iterator[ProcessPoolExecutor]:
    """Processes for work, which end at once if the block is left by an exception, Ctrl-C among them.

    Parameters
    ----------
    number : int
        How many.
    """
    fork_server = warm_fork_server()  # it imports while the workers do
    context = multiprocessing.get_context("forkserver" if sys.platform != "win32" else "spawn")
    if sys.platform != "win32":
        context.set_forkserver_preload(["tourmaline.pipeline.runner"])
    pool = ProcessPoolExecutor(
        number, mp_context=context, initializer=_begin, initargs=[fork_server.address if fork_server else ""]
    )
    try:
        yield pool
        pool.shutdown()
    except BaseException:
        processes = list((pool._processes or {}).values())
        for process in processes:
            process.terminate()
        pool.shutdown(wait=False, cancel_futures=True)
        for process in processes:
            process.join(PATIENCE_SECONDS)
            process.kill()
        raise
    finally:
        if fork_server:
            fork_server.close()
