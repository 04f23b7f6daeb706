"""The client's side of warm kernels: the fork server process, and a forked kernel as a process like any other."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from tourmaline.pipeline.staging import for_sockets

FORK_SERVER = Path(__file__).with_name("fork_server.py")
SOCKET_VARIABLE = "TOURMALINE_KERNELS"  # where a fork server that is shared with this process listens
PATIENCE_SECONDS = 120  # for the fork server's imports


class NoWarmKernel(Exception):
    """Why no kernel could be forked."""


class ForkServer:
    """The fork server process: it ends with this object, and with this process however that ends.

    Parameters
    ----------
    python : sequence of str
        The interpreter and its options.
    preload : sequence of str
        Modules that it imports.
    environment : mapping of str to str
        Its environment; a kernel that needs another in what is read at the start is refused.
    """

    def __init__(self, python: Sequence[str], preload: Sequence[str], environment: Mapping[str, str]) -> None:
        if sys.platform != "linux":
            raise NoWarmKernel(f"forking is not safe on {sys.platform}")
        self.folder = Path(
            tempfile.mkdtemp(prefix="tourmaline-fork-", dir=for_sockets())
        )  # the user's alone: mode 0700
        self.address = str(self.folder / "socket")
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
                listener.bind(self.address)
                listener.listen(128)
                self.process = subprocess.Popen(
                    [*python, str(FORK_SERVER), str(listener.fileno()), *preload],
                    stdin=subprocess.PIPE,  # it ends when this pipe does
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    pass_fds=[listener.fileno()],
                    env={name: value for name, value in environment.items() if name != "JPY_PARENT_PID"},
                    start_new_session=True,
                )
        except OSError as error:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise NoWarmKernel(f"the fork server does not start ({error})") from error

    def close(self) -> None:
        """End the fork server and its kernels."""
        self.process.stdin.close()
        try:
            self.process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self.process.kill()  # its kernels die with it
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


class ForkedKernel:
    """A forked kernel, with the interface of `subprocess.Popen` that jupyter_client uses."""

    stdin = stdout = stderr = None

    def __init__(self, control_socket: socket.socket, pid: int) -> None:
        self.pid, self.returncode, self._control_socket = pid, None, control_socket

    def poll(self) -> int | None:
        """The exit code; None while it runs."""
        if self.returncode is None:
            try:
                message = self._control_socket.recv(1024)
            except BlockingIOError:
                return None
            except OSError:
                message = b""
            # Without a message the fork server has died, and the kernel with it.
            self.returncode = json.loads(message)["exit"] if message else -signal.SIGKILL
            self._control_socket.close()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while self.poll() is None:
            if deadline is not None and time.monotonic() > deadline:
                raise subprocess.TimeoutExpired("kernel", timeout)
            time.sleep(0.01)
        return self.returncode

    async def ended(self) -> None:
        """Return when it has ended."""
        while self.poll() is None:
            readable = asyncio.Event()
            loop = asyncio.get_running_loop()
            loop.add_reader(self._control_socket, readable.set)
            try:
                await readable.wait()
            finally:
                loop.remove_reader(self._control_socket)

    def send_signal(self, number: int) -> None:
        """Send a signal to the kernel and all that it started; through the fork server, who knows whether it still lives."""
        if self.poll() is None:
            with contextlib.suppress(OSError):
                self._control_socket.send(json.dumps({"signal": int(number)}).encode())

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def _number(stream: int | IO[bytes] | None, default: int, opened: list[int]) -> int:
    if stream is None:
        return default
    if stream == subprocess.DEVNULL:
        opened.append(os.open(os.devnull, os.O_RDWR))
        return opened[-1]
    if stream in (subprocess.PIPE, subprocess.STDOUT):
        raise NoWarmKernel("its output is wanted through a pipe")
    return stream if isinstance(stream, int) else stream.fileno()


async def fork_kernel(
    address: str, arguments: Sequence[str], *, cwd: str, environment: Mapping[str, str], stdout: Any, stderr: Any
) -> ForkedKernel:
    """Ask the fork server at `address` for a kernel.

    Raises
    ------
    NoWarmKernel
        If it refuses, does not answer or is not there.
    """
    loop = asyncio.get_running_loop()
    control_socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    opened = [os.open(os.devnull, os.O_RDONLY)]
    request = {
        "arguments": list(arguments),
        "cwd": str(cwd),
        "environment": {**environment, "JPY_PARENT_PID": str(os.getpid())},
    }
    try:
        streams = [opened[0], _number(stdout, 1, opened), _number(stderr, 2, opened)]
        control_socket.setblocking(False)
        await loop.sock_connect(control_socket, address)
        socket.send_fds(control_socket, [json.dumps(request).encode()], streams)
        answer = await asyncio.wait_for(loop.sock_recv(control_socket, 1 << 16), PATIENCE_SECONDS)
    except (ConnectionError, FileNotFoundError) as error:
        control_socket.close()
        raise NoWarmKernel("the fork server died") from error
    except (OSError, TimeoutError) as error:
        control_socket.close()
        raise NoWarmKernel(f"the fork server does not answer ({error or type(error).__name__})") from error
    except BaseException:
        control_socket.close()
        raise
    finally:
        for number in opened:
            os.close(number)
    content = json.loads(answer) if answer else {"refused": "the fork server died"}
    if "refused" in content:
        control_socket.close()
        raise NoWarmKernel(content["refused"])
    return ForkedKernel(control_socket, content["pid"])
