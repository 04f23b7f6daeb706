"""A process that has imported what is not ours; what tests run on copies of the project is forked from it.

Most of the time of a small build goes into importing pandas, Sphinx and what they need, once for the command, its workers, its
kernels and its pages each: here it is done once for all. A fork then has folder, environment and streams of its own, and
imports `tourmaline` from the copy, as a process that is started would.
"""

import atexit
import contextlib
import fcntl
import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import traceback
import types
from collections.abc import Iterable, Mapping
from multiprocessing import forkserver, util
from pathlib import Path
from typing import Any

SITE = "tourmaline.pipeline.sphinx_build"  # the program that the build starts for the pages
KERNELS = "tourmaline/pipeline/kernels/fork_server.py"  # the program that it starts to fork kernels from
WORKERS = "from multiprocessing.forkserver import main"  # the one from which its workers are forked
COMMAND = "from tourmaline.cli import main; main()"
LONGEST_REQUEST = 1 << 17
MOST_STREAMS = 16
UNUSED = 500  # no process here opens as many files
MODULES = (
    *(
        "click",
        "rich.console",
        "rich.progress",
        "yaml",
        "jsonschema",
        "nbformat",
        "bs4",
        "tinycss2",
        "fontTools.subset",
    ),
    *("pandas", "pandas.core.methods.to_dict", "papermill", "nbclient", "jupyter_client"),
    *(
        "jupyter_book.sphinx",
        "sphinx.builders.html",
        "sphinx.ext.mathjax",
        "myst_nb",
        "sphinx_book_theme",
        "sphinx_togglebutton",
    ),
    *(
        "sphinx_copybutton",
        "sphinx_design",
        "sphinx_comments",
        "sphinx_thebe",
        "sphinx_external_toc",
        "sphinx_jupyterbook_latex",
    ),
    *("sphinxcontrib.bibtex", "sphinx_exercise", "latex2mathml.converter", "PIL.Image", "nbconvert"),
)


class Forked:
    """A forked program, with what our callers use of `subprocess.Popen`.

    Parameters
    ----------
    address : str
        Where the process listens.
    files : dict of int to int
        The program's open files by number, and which of ours each is.
    request : dict
        Its `arguments`, `folder` and `environment`; the `module`, the `path` or the `code` that it runs; whether it
        has a `session` of its own.
    """

    def __init__(self, address: str, files: dict[int, int], **request: object) -> None:
        self.stdin, self.returncode = None, None
        self._line = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._line.connect(address)
        message = json.dumps({**request, "files": list(files)}).encode()
        socket.send_fds(self._line, [message], list(files.values()))
        self.pid = int(self._line.recv(64))

    def poll(self) -> int | None:
        """The exit code; None while it runs."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self.wait(0)
        return None

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end."""
        if self.returncode is None:
            if not select.select([self._line], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired("a forked program", timeout)
            self.returncode = int(self._line.recv(64))
            self._line.close()
        return self.returncode

    def kill(self) -> None:
        if self.poll() is None:
            os.kill(self.pid, signal.SIGKILL)


def outcome(address: str, arguments: list[str], **request: object) -> subprocess.CompletedProcess[str]:
    """The exit code of a forked program, with what it wrote."""
    with Path(os.devnull).open() as nothing, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        files = {number: file.fileno() for number, file in enumerate((nothing, out, err))}
        code = Forked(address, files, arguments=arguments, **request).wait()
        for file in (out, err):
            file.seek(0)
        texts = [file.read().decode() for file in (out, err)]
    return subprocess.CompletedProcess(arguments, code, *texts)


class WarmStart:
    """The process, as the tests see it; it ends when its standard input is closed.

    Parameters
    ----------
    modules : iterable of str
        What it imports besides the modules of the command and the pages: the stack of the notebooks.
    environment : mapping of str to str
        What a kernel's environment must say when its process starts.
    """

    def __init__(self, modules: Iterable[str], environment: Mapping[str, str]) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="warm-", dir="/tmp")  # a socket's path must be short
        self._address = f"{self._folder.name}/socket"
        words = [sys.executable, str(Path(__file__)), self._address, *modules]
        self._process = subprocess.Popen(
            words, env={**os.environ, **environment}, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert self._process.stdout.readline() == b"ready\n"
        atexit.register(self.close)

    def command(self, project: Path, arguments: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
        """Run the command `tourmaline` of a copied project."""
        environment = {**os.environ, "PYTHONPATH": str(project)}
        return outcome(self._address, list(arguments), code=COMMAND, folder=str(project), environment=environment)

    def close(self) -> None:
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()
        self._folder.cleanup()


# --- in the process


def _fork_what_it_starts(address: str) -> None:
    """Have the programs of a build that import much forked as well: its pages, its workers, and the parent of its kernels."""
    run, popen, spawn = subprocess.run, subprocess.Popen, util.spawnv_passfds
    ensure_running = forkserver.ForkServer.ensure_running

    def forked_run(words: list[str], **options: Any) -> subprocess.CompletedProcess:
        about = {"folder": str(options.get("cwd")), "environment": dict(options.get("env") or os.environ)}
        if words[1:3] == ["-c", COMMAND]:  # an edition is sealed by its own code
            return outcome(address, words[3:], code=COMMAND, **about)
        return run(words, **options)

    def forked_popen(words: list[str], **options: Any) -> subprocess.Popen | Forked:
        if words[1:3] == ["-m", SITE]:
            end, start = os.pipe()
            files = {0: end, 1: options["stdout"].fileno(), 2: options["stderr"].fileno()}
            about = {"folder": str(options["cwd"]), "environment": dict(os.environ)}
            made = Forked(address, files, arguments=words[3:], module=SITE, **about)
            os.close(end)
            made.stdin = os.fdopen(start, "wb")
            return made
        if len(words) < 2 or not str(words[1]).endswith(KERNELS):
            return popen(words, **options)
        with Path(os.devnull).open("r+b") as nothing:
            end, start = os.pipe()
            files = {
                0: end,
                1: nothing.fileno(),
                2: nothing.fileno(),
                **{number: number for number in options["pass_fds"]},
            }
            made = Forked(
                address, files, arguments=words[2:], path=words[1], folder=str(Path.cwd()), environment=options["env"],
                session=True,
            )  # fmt: skip
            os.close(end)
        made.stdin = os.fdopen(start, "wb")  # to be closed, which ends the program
        return made

    def forked_spawn(path: bytes, words: list[str], numbers: list[int]) -> int:
        if WORKERS not in words[-1]:
            return spawn(path, words, numbers)
        files = {number: number for number in (0, 1, 2, *numbers)}
        about = {"folder": str(Path.cwd()), "environment": dict(os.environ)}
        return Forked(address, files, arguments=[], code=words[-1], **about).pid

    def running(server: forkserver.ForkServer) -> None:
        if server._forkserver_pid is None:  # it is not a child of ours, for which the original would look
            ensure_running(server)

    subprocess.run, subprocess.Popen, util.spawnv_passfds = forked_run, forked_popen, forked_spawn
    forkserver.ForkServer.ensure_running = running


def _become(request: dict, received: list[int], address: str) -> None:
    """Take folder, environment and files of the request, and run its program."""
    if request.get("session"):
        os.setsid()
    os.environ.clear()
    os.environ.update(request["environment"])
    os.chdir(request["folder"])
    moved = [fcntl.fcntl(number, fcntl.F_DUPFD, UNUSED) for number in received]
    for number in received:
        os.close(number)
    for number, wanted in zip(moved, request["files"], strict=True):
        os.dup2(number, wanted)
        os.close(number)
    sys.stdout, sys.stderr = (open(number, "w", encoding="utf-8", closefd=False) for number in (1, 2))  # noqa: SIM115
    sys.modules["__main__"] = types.ModuleType("__main__")
    sys.path[:1] = ["", request["environment"]["PYTHONPATH"]]
    sys.argv = [request.get("module") or request.get("path") or "-c", *request["arguments"]]
    if module := request.get("module"):
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    elif path := request.get("path"):
        runpy.run_path(path, run_name="__main__")
    else:
        if request["code"] == COMMAND:
            _fork_what_it_starts(address)
        exec(request["code"], {"__name__": "__main__"})


def _exit_code(request: dict, received: list[int], address: str) -> int:
    try:
        _become(request, received, address)
    except SystemExit as stopped:
        if isinstance(stopped.code, str):
            print(stopped.code, file=sys.stderr)
        return stopped.code if isinstance(stopped.code, int) else int(stopped.code is not None)
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


def _answer(asking: socket.socket, address: str) -> None:
    """Fork the program of one request, tell its number, wait for it, and tell its exit code."""
    message, received, _, _ = socket.recv_fds(asking, LONGEST_REQUEST, MOST_STREAMS)
    if not (child := os.fork()):
        asking.close()
        code = _exit_code(json.loads(message), received, address)
        threading._shutdown()
        atexit._run_exitfuncs()
        with contextlib.suppress(OSError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)
    for number in received:
        os.close(number)
    asking.send(str(child).encode())
    _, status = os.waitpid(child, 0)
    with contextlib.suppress(OSError):  # nobody may wait for it
        asking.send(str(os.waitstatus_to_exitcode(status)).encode())
    asking.close()


def serve(address: str, modules: Iterable[str]) -> None:
    gc.disable()  # imports make much and drop little
    for name in (*MODULES, *modules):
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    gc.freeze()  # the collector of a fork must not touch, and so copy, what is shared
    gc.enable()
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listening:
        listening.bind(address)
        listening.listen()
        print("ready", flush=True)
        while listening in select.select([listening, sys.stdin], [], [])[0]:
            asking, _ = listening.accept()
            if not os.fork():
                listening.close()
                _answer(asking, address)
                os._exit(0)
            asking.close()
            with contextlib.suppress(ChildProcessError):
                while os.waitpid(-1, os.WNOHANG)[0]:
                    pass


if __name__ == "__main__":
    serve(sys.argv[1], sys.argv[2:])
