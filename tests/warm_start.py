"""A process that has imported what is not ours; the commands that tests run on copies of the project are forked from it.

Most of the time of a small build goes into importing pandas, Sphinx and what they need: here it is done once. A fork then
has folder, environment and output of its own, and imports `tourmaline` from the copy, as a process that is started would.
"""

import atexit
import contextlib
import importlib
import json
import os
import runpy
import select
import socket
import subprocess
import sys
import tempfile
import threading
import traceback
import types
from pathlib import Path

SITE = "tourmaline.pipeline.sphinx_build"  # the program that the build starts for the pages
COMMAND = "from tourmaline.cli import main; main()"
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
    *("pandas", "pandas.core.methods.to_dict", "pandera.pandas", "pydantic", "papermill", "nbclient", "jupyter_client"),
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


def ask(address: str, **request: object) -> int:
    """Have a program forked, and wait for its exit code."""
    with socket.socket(socket.AF_UNIX) as asking:
        asking.connect(address)
        asking.sendall(json.dumps(request).encode() + b"\n")
        answer = asking.makefile().read()
    return int(answer)


def outcome(address: str, arguments: list[str], **request: object) -> subprocess.CompletedProcess[str]:
    """The exit code of a forked program, with what it wrote."""
    with tempfile.TemporaryDirectory(prefix="warm-") as folder:
        written = {name: str(Path(folder) / name) for name in ("stdout", "stderr")}
        code = ask(address, arguments=arguments, **request, **written)
        texts = {name: Path(path).read_text(encoding="utf-8") for name, path in written.items()}
    return subprocess.CompletedProcess(arguments, code, **texts)


class WarmStart:
    """The process, as the tests see it; it ends when its standard input is closed."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="warm-", dir="/tmp")  # a socket's path must be short
        self._address = f"{self._folder.name}/socket"
        words = [sys.executable, str(Path(__file__)), self._address]
        environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}  # a process with threads should not be forked
        self._process = subprocess.Popen(words, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self._process.stdout.readline() == b"ready\n"
        atexit.register(self.close)

    def command(self, project: Path, arguments: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
        """Run the command `tourmaline` of a copied project."""
        environment = {**os.environ, "PYTHONPATH": str(project)}
        return outcome(self._address, list(arguments), module="", folder=str(project), environment=environment)

    def close(self) -> None:
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()
        self._folder.cleanup()


# --- in the process


def _become(request: dict, address: str) -> None:
    """Take folder, environment and output of the request, and run its program."""
    os.environ.clear()
    os.environ.update(request["environment"])
    os.chdir(request["folder"])
    for number, (path, flags) in enumerate(
        ((os.devnull, os.O_RDONLY), *((request[name], os.O_WRONLY | os.O_CREAT) for name in ("stdout", "stderr")))
    ):
        os.dup2(os.open(path, flags, 0o600), number)
    sys.stdout, sys.stderr = (open(number, "w", encoding="utf-8", closefd=False) for number in (1, 2))  # noqa: SIM115
    sys.modules["__main__"] = types.ModuleType("__main__")
    sys.path[:1] = ["", request["environment"]["PYTHONPATH"]]
    sys.argv = [request["module"] or "-c", *request["arguments"]]
    if request["module"]:
        runpy.run_module(request["module"], run_name="__main__", alter_sys=True)
        return
    start = subprocess.run

    def run(words: list[str], **options: object) -> subprocess.CompletedProcess:
        if words[1:3] != ["-m", SITE]:
            return start(words, **options)
        return outcome(address, words[3:], module=SITE, folder=str(options["cwd"]), environment=dict(os.environ))

    subprocess.run = run
    exec(COMMAND, {"__name__": "__main__"})


def _exit_code(request: dict, address: str) -> int:
    try:
        _become(request, address)
    except SystemExit as stopped:
        if isinstance(stopped.code, str):
            print(stopped.code, file=sys.stderr)
        return stopped.code if isinstance(stopped.code, int) else int(stopped.code is not None)
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


def _answer(asking: socket.socket, address: str) -> None:
    """Fork the program of one request, wait for it, and answer."""
    request = json.loads(asking.makefile().readline())
    if not (child := os.fork()):
        asking.close()
        code = _exit_code(request, address)
        threading._shutdown()
        atexit._run_exitfuncs()
        with contextlib.suppress(OSError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)
    _, status = os.waitpid(child, 0)
    asking.sendall(str(os.waitstatus_to_exitcode(status)).encode())
    asking.close()


def serve(address: str) -> None:
    for name in MODULES:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    with socket.socket(socket.AF_UNIX) as listening:
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
    serve(sys.argv[1])
