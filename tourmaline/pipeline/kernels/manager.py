"""The kernel of a run: forked if it can be, private to the user, and the same whatever the user has configured."""

from __future__ import annotations

import os
import sys
import threading
import time
from importlib.util import find_spec
from pathlib import Path
from queue import Empty
from typing import Any, BinaryIO

import zmq
from jupyter_client import AsyncKernelClient, AsyncKernelManager
from jupyter_client.kernelspec import KernelSpec
from traitlets import Bool, Dict, Integer, Type, Unicode

PROVISIONER = "tourmaline-warm"
KERNEL = "python3"
COLD = "cold"  # the file that says why the kernel was not forked though it should have been
LOG = "kernel.log"  # the file of what the kernel itself says, beside its cells
EXPIRED = "expired"  # the file that says that the kernel had no time left
RECONNECT_MILLISECONDS = 5


def kernel_environment() -> dict[str, str]:
    """What a kernel's environment must say, so that two runs of one notebook give the same bytes."""
    return {
        # One thread, one hash seed, one backend.
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
        # pandas imports pyarrow where it is installed; with a thread for its memory nothing could be forked after that.
        "JE_ARROW_MALLOC_CONF": "background_thread:false",
        "PYTHONHASHSEED": "0",
        "MPLBACKEND": "agg",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        # The code of our modules is compiled once, not by every kernel.
        "PYTHONDONTWRITEBYTECODE": "",
        # Nothing of the user's own; pandas fits what it shows to the width of a terminal.
        "PYTHONSTARTUP": "",
        "COLUMNS": "80",
        "LINES": "24",
        "MATPLOTLIBRC": str(Path(find_spec("matplotlib").origin).parent / "mpl-data" / "matplotlibrc"),
    }


class RunClient(AsyncKernelClient):
    """A client that begins when the kernel is ready; jupyter_client's waits a fifth of a second more for silence."""

    def start_channels(self, *, shell: bool = True, iopub: bool = True, control: bool = True, **_: bool) -> None:
        """Connect to the kernel: without its heartbeat, for the manager knows whether it lives, and without its prompts."""
        super().start_channels(shell=shell, iopub=iopub, stdin=False, hb=False, control=control)

    async def wait_for_ready(self, timeout: float | None = None) -> None:
        """Wait until the kernel answers, and its outputs arrive."""
        deadline = time.monotonic() + (timeout or float("inf"))
        while True:
            self.kernel_info()
            try:
                reply = await self.shell_channel.get_msg(timeout=1)
                await self.iopub_channel.get_msg(timeout=0.2)
            except Empty:
                if not await self._async_is_alive():
                    raise RuntimeError("Kernel died before replying to kernel_info") from None
                if time.monotonic() > deadline:
                    raise RuntimeError(f"Kernel didn't respond in {timeout} seconds") from None
            else:
                self._handle_kernel_info_reply(reply)
                return


class RunKernel(AsyncKernelManager):
    """The kernel manager of a run."""

    folder = Unicode(help="A private folder for what the kernel needs.").tag(config=True)
    environment = Dict(help="What its environment has beside the client's.").tag(config=True)
    warm = Bool(False, help="Whether to fork it from a fork server that others use too.").tag(config=True)
    seconds = Integer(0, help="Longest time that it may live; 0 for no limit.").tag(config=True)
    megabytes = Integer(0, help="Most memory that it may take for data; 0 for no limit.").tag(config=True)
    client_factory = Type(RunClient)
    _alarm: threading.Timer | None = None
    _log: BinaryIO | None = None

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.connection_file = str(Path(self.folder) / "kernel.json")
        if sys.platform != "win32":
            self.transport = "ipc"  # private to the user; no ports to clash
            # A client connects while the kernel is still starting; zmq would look for it ten times a second.
            self.context.setsockopt(zmq.RECONNECT_IVL, RECONNECT_MILLISECONDS)

    @property
    def kernel_spec(self) -> KernelSpec:
        """This interpreter's own kernel: a user's kernelspec of the same name may be that of another one."""
        if self.kernel_name != KERNEL:
            return super().kernel_spec
        return KernelSpec(
            argv=[sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
            language="python",
            metadata={"kernel_provisioner": {"provisioner_name": PROVISIONER}} if self.warm else {},
        )

    async def start_kernel(self, **options: Any) -> None:
        """Start it; what it prints itself goes to a file, for it prints tracebacks when it is stopped."""
        folder = Path(self.folder)
        environment = {**os.environ, **kernel_environment(), "IPYTHONDIR": str(folder / "ipython"), **self.environment}
        if not self._log:
            self._log = (folder / LOG).open("ab")  # open for a restart too
        await super().start_kernel(**{"env": environment, "stdout": self._log, "stderr": self._log, **options})
        (folder / COLD).write_text(getattr(self.provisioner, "cold_because", ""), encoding="utf-8")
        if self.megabytes and sys.platform == "linux":
            import resource

            most = self.megabytes * 1024 * 1024
            resource.prlimit(self.provisioner.pid, resource.RLIMIT_DATA, (most, most))
        if self.seconds:
            self._alarm = threading.Timer(self.seconds, self._expire)
            self._alarm.daemon = True
            self._alarm.start()

    def _expire(self) -> None:
        (Path(self.folder) / EXPIRED).touch()
        self.provisioner.process.kill()

    async def _async_wait(self, pollinterval: float = 0.1) -> None:
        """Wait for its end; jupyter_client's looks ten times a second."""
        await self.provisioner.wait()

    async def _async_cleanup_resources(self, restart: bool = False) -> None:
        if self._alarm:
            self._alarm.cancel()
        if self._log and not restart:
            self._log.close()
            self._log = None
        await super()._async_cleanup_resources(restart=restart)

    cleanup_resources = _async_cleanup_resources
