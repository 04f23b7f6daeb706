"""Processes that run notebooks side by side, all with warm kernels of one fork server."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import connection

from tourmaline.pipeline.kernels.forked import SOCKET_VARIABLE, ForkServer, NoWarmKernel
from tourmaline.pipeline.kernels.manager import kernel_environment
from tourmaline.pipeline.kernels.provisioner import STACK

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
        os.environ[SOCKET_VARIABLE] = address
    threading.Thread(target=_end_with, args=[multiprocessing.parent_process()], daemon=True).start()


def warm_fork_server() -> ForkServer | None:
    """The fork server of warm kernels for a build or a sweep; None where there can be none."""
    with contextlib.suppress(NoWarmKernel):
        return ForkServer([sys.executable], STACK, {**os.environ, **kernel_environment()})
    return None


@contextlib.contextmanager
def workers(number: int, *, warm: bool) -> Iterator[ProcessPoolExecutor]:
    """Processes for work, which end at once if the block is left by an exception, Ctrl-C among them.

    Parameters
    ----------
    number : int
        How many.
    warm : bool
        Whether to start a fork server of warm kernels for them.
    """
    fork_server = warm_fork_server() if warm else None  # it imports while the workers do
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
