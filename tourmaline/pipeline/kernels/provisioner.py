"""The kernel provisioner `tourmaline-warm`: jupyter_client's plug-in by which any client gets forked kernels.

Named in a kernelspec (`metadata.kernel_provisioner.provisioner_name`) or in JUPYTER_DEFAULT_PROVISIONER_NAME. Where no
kernel can be forked, it starts the standard one and says why in `cold_because`.
"""

from __future__ import annotations

import atexit
import os
import threading
from pathlib import Path
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning import LocalProvisioner
from traitlets import List, Unicode

from tourmaline.pipeline.kernels.forked import SOCKET_VARIABLE, ForkedKernel, ForkServer, NoWarmKernel, fork_kernel

LAUNCHER = ["-m", "ipykernel_launcher"]
# What the notebooks import, and what these import only when they compute or draw.
STACK = (
    "numpy",
    "pandas",
    "pandas.core.methods.to_dict",
    "pandas.core.reshape.reshape",
    "encodings.unicode_escape",
    "encodings.utf_8_sig",
    "scipy.stats",
    "scipy.optimize",
    "scipy.integrate",
    "scipy.interpolate",
    "matplotlib.pyplot",
    "matplotlib.backends.backend_agg",
    "matplotlib.backends.backend_svg",
    "seaborn",
    "statsmodels.stats.proportion",
    "lifelines",
    "pybtex.database.input.bibtex",
)
_own: dict[tuple[str, ...], ForkServer] = {}
_lock = threading.Lock()


def _address(python: list[str], preload: list[str], environment: dict[str, str]) -> str:
    """Where the fork server listens: one that was given to this process, or its own, started now."""
    shared = os.environ.get(SOCKET_VARIABLE)
    if shared:
        return shared
    with _lock:
        key = (str(os.getpid()), *python, *preload)
        if key not in _own or _own[key].process.poll() is not None:
            _own[key] = ForkServer(python, preload, environment)
            atexit.register(_own[key].close)
        return _own[key].address


class WarmProvisioner(LocalProvisioner):
    """Forks kernels from a fork server that has imported the stack; falls back to a process of their own."""

    preload = List(Unicode(), default_value=list(STACK), help="Modules that the fork server imports.").tag(config=True)
    cold_because = ""

    async def launch_kernel(self, cmd: list[str], **options: Any) -> KernelConnectionInfo:
        """Fork the kernel, or start it in the standard way."""
        self.cold_because = ""
        try:
            self.process = await self._fork(cmd, **options)
        except NoWarmKernel as reason:
            self.cold_because = str(reason)
            self.log.info("The kernel is a cold one: %s", reason)
            return await super().launch_kernel(cmd, **options)
        self.pid, self.pgid = self.process.pid, None  # without a group of its own, signals go through the process
        self.cwd = options.get("cwd") or Path.cwd()
        return self.connection_info

    async def wait(self) -> int | None:
        """Wait for its end; a forked kernel tells of it, so nobody need look ten times a second."""
        if isinstance(self.process, ForkedKernel):
            await self.process.ended()
        return await super().wait()

    async def _fork(self, cmd: list[str], *, env: dict[str, str], **options: Any) -> Any:
        start = next((i for i in range(len(cmd)) if cmd[i : i + 2] == LAUNCHER), 0)
        if not start:
            raise NoWarmKernel("it is not an ipykernel")
        if options.get("independent"):
            raise NoWarmKernel("it is to outlive its client")
        return await fork_kernel(
            _address(cmd[:start], self.preload, env),
            cmd[start + len(LAUNCHER) :],
            cwd=options.get("cwd") or Path.cwd(),
            environment=env,
            stdout=options.get("stdout"),
            stderr=options.get("stderr"),
        )
