"""A warm kernel is an ordinary kernel: the same outputs and state as a cold one, and nothing of it stays behind."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import DeadKernelError
from small_report import command, contents
from traitlets.config import Config

from tourmaline.pipeline.kernels import forked
from tourmaline.pipeline.kernels.forked import SOCKET_VARIABLE, ForkServer, NoWarmKernel
from tourmaline.pipeline.kernels.manager import RunKernel, kernel_environment

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform != "linux", reason="forking is safe on Linux alone")]

STATE = """
import json, os, random, signal, sys, threading
import matplotlib, matplotlib.pyplot as plt, numpy as np
print(json.dumps({
    "folder": os.path.basename(os.getcwd()),
    "environment": sorted(os.environ.items()),
    "arguments": [os.path.basename(word) for word in sys.argv],
    "path": sys.path,
    "threads": sorted(thread.name.split("-")[0] for thread in threading.enumerate()),
    "signals": [str(signal.getsignal(n)) for n in (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD, signal.SIGPIPE)],
    "own session": os.getsid(0) == os.getpid() == os.getpgid(0),
    "input": sys.stdin.read() if sys.stdin else None,
    "backend": matplotlib.rcParams["backend"],
    "figures": plt.get_fignums(),
    "interactive": plt.isinteractive(),
    "ours": sorted(name for name in sys.modules if name.startswith("tourmaline")),
    "names": sorted(name for name in globals() if not name.startswith("_")),
    "threads of BLAS": os.environ.get("OPENBLAS_NUM_THREADS"),
}))
"""


@pytest.fixture(scope="module")
def fork_server():
    """A fork server of warm kernels with a small stack."""
    fork_server = ForkServer([sys.executable], ["numpy", "matplotlib.pyplot"], {**os.environ, **kernel_environment()})
    yield fork_server
    fork_server.close()


@pytest.fixture
def shared(fork_server, monkeypatch):
    monkeypatch.setenv(SOCKET_VARIABLE, fork_server.address)


def client(folder, *cells, warm, **options):
    """A client that runs these cells in a kernel as the runner makes it."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    kernel = {"folder": str(folder), "warm": warm, "environment": {}}
    return NotebookClient(
        notebook,
        kernel_name="python3",
        kernel_manager_class=RunKernel,
        config=Config({"RunKernel": kernel}),
        resources={"metadata": {"path": str(folder)}},
        **options,
    )


def outputs(folder, *cells, warm):
    """What the cells print, and why the kernel was a cold one."""
    folder.mkdir(exist_ok=True)
    notebook = client(folder, *cells, warm=warm).execute()
    texts = ["".join(output.get("text", "") for output in cell.outputs) for cell in notebook.cells]
    return texts, (folder / "cold").read_text()


def alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait_until(condition, seconds=15):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_its_state_is_that_of_a_cold_kernel(tmp_path, shared):
    states = []
    for warm in (True, False):
        (text,), cold_because = outputs(tmp_path / "folder", STATE, warm=warm)
        assert cold_because == ""
        states.append(json.loads(text))
        states[-1]["environment"] = [pair for pair in states[-1]["environment"] if pair[0] != SOCKET_VARIABLE]
    for key in states[0]:
        assert states[0][key] == states[1][key], key
    assert states[0]["ours"] == []
    assert states[0]["folder"] == "folder"
    assert states[0]["backend"] == "agg"


def test_one_run_leaves_nothing_to_the_next(tmp_path, shared):
    spoil = (
        "import os, random, sys\nimport matplotlib.pyplot as plt, numpy as np\nmine = 1\nos.environ['MINE'] = '1'\n"
        "os.chdir('/')\nsys.path.insert(0, '/mine')\nplt.rcParams['font.size'] = 99\nplt.figure()\n"
        "np.random.seed(1)\nrandom.seed(1)\nprint(os.getpid(), random.random(), np.random.random())"
    )
    ask = (
        "import os, random, sys\nimport matplotlib.pyplot as plt, numpy as np\n"
        "print('mine' in globals(), 'MINE' in os.environ, os.getcwd(), '/mine' in sys.path, plt.rcParams['font.size'],"
        " plt.get_fignums())\nprint(random.random(), np.random.random())"
    )
    outputs(tmp_path, spoil, warm=True)
    (first,), _ = outputs(tmp_path, ask, warm=True)
    (second,), _ = outputs(tmp_path, ask, warm=True)
    assert first.splitlines()[0] == f"False False {tmp_path} False 10.0 []"
    randoms = [line.split() for line in (first.splitlines()[1], second.splitlines()[1])]
    assert randoms[0][0] != randoms[1][0]  # no two forks share their random numbers
    assert randoms[0][1] != randoms[1][1]


def test_its_death_is_noticed_and_others_live_on(tmp_path, shared):
    with pytest.raises(DeadKernelError):
        client(tmp_path, "import os\nos._exit(3)", warm=True).execute()
    assert outputs(tmp_path, "print(1)", warm=True) == (["1\n"], "")


async def _say(manager, client_, code):
    """What a kernel answers to a piece of code: printed text, or the name of the error."""
    said = []
    reply = await client_.execute_interactive(
        code, output_hook=lambda message: said.append(message["content"]), timeout=30
    )
    content = reply["content"]
    return content["ename"] if content["status"] == "error" else "".join(part.get("text", "") for part in said)


async def _talk(folder):
    manager = RunKernel(kernel_name="python3", config=Config({"RunKernel": {"folder": str(folder), "warm": True}}))
    await manager.start_kernel(cwd=str(folder))
    first = manager.provisioner.process
    talk = manager.client()
    talk.start_channels()
    await talk.wait_for_ready(timeout=30)
    asked = asyncio.ensure_future(_say(manager, talk, "import time\nprint('on')\nmine = 1\ntime.sleep(60)"))
    await asyncio.sleep(1.5)
    await manager.interrupt_kernel()
    interrupted = await asked
    still_there = await _say(manager, talk, "print(mine)")
    await manager.restart_kernel(now=True)
    await talk.wait_for_ready(timeout=30)
    restarted = await _say(manager, talk, "print('mine' in globals())")
    second = manager.provisioner.process
    talk.stop_channels()
    await manager.shutdown_kernel()
    return interrupted, still_there, restarted, first, second


def test_it_can_be_interrupted_restarted_and_shut_down(tmp_path, shared):
    interrupted, still_there, restarted, first, second = asyncio.run(_talk(tmp_path))
    assert (interrupted, still_there, restarted) == ("KeyboardInterrupt", "1\n", "False\n")
    assert type(first) is type(second) is forked.ForkedKernel
    assert first.pid != second.pid
    assert (first.poll(), second.poll()) == (-signal.SIGKILL, 0)
    assert not alive(first.pid)
    assert not alive(second.pid)
    assert not list(tmp_path.glob("*ipc*"))


LONELY_CLIENT = """
import asyncio, sys
from jupyter_client import AsyncKernelManager
from tourmaline.pipeline.kernels import provisioner

async def main():
    manager = AsyncKernelManager(kernel_name="python3", transport="ipc", connection_file=sys.argv[1] + "/kernel.json")
    await manager.start_kernel(extra_arguments=[])
    client = manager.client()
    client.start_channels()
    await client.wait_for_ready(timeout=60)
    process = manager.provisioner.process
    (fork_server,) = provisioner._own.values()
    print(process.pid, fork_server.process.pid, fork_server.folder, flush=True)
    await asyncio.sleep(600)

asyncio.run(main())
"""


def test_fork_server_and_kernel_end_when_the_client_is_killed(tmp_path):
    lonely = subprocess.Popen(
        [sys.executable, "-c", LONELY_CLIENT, str(tmp_path)],
        env={**os.environ, "JUPYTER_DEFAULT_PROVISIONER_NAME": "tourmaline-warm"},
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )
    kernel, fork_server, folder = lonely.stdout.readline().split()
    assert alive(kernel)
    assert alive(fork_server)
    assert Path(folder).stat().st_mode & 0o777 == 0o700
    lonely.kill()
    lonely.communicate()
    wait_until(lambda: not alive(kernel) and not alive(fork_server))
    assert not Path(folder).exists()


def test_a_fork_server_whose_client_is_gone_does_not_go_on_importing(tmp_path):
    for number in range(60):
        (tmp_path / f"slow{number}.py").write_text("import time\ntime.sleep(1)\n")
    modules = [f"slow{number}" for number in range(60)]
    fork_server = ForkServer([sys.executable], modules, {**os.environ, "PYTHONPATH": str(tmp_path)})
    fork_server.process.stdin.close()
    assert fork_server.process.wait(timeout=40) == 0  # of 60 seconds, on however slow a machine
    assert not fork_server.folder.exists()
    fork_server.close()


def test_kernels_end_when_their_fork_server_is_killed(tmp_path, monkeypatch):
    fork_server = ForkServer([sys.executable], [], {**os.environ, **kernel_environment()})
    monkeypatch.setenv(SOCKET_VARIABLE, fork_server.address)

    async def lose():
        manager = RunKernel(
            kernel_name="python3", config=Config({"RunKernel": {"folder": str(tmp_path), "warm": True}})
        )
        await manager.start_kernel()
        kernel = manager.provisioner.process
        fork_server.process.kill()
        wait_until(lambda: kernel.poll() is not None)
        await manager.cleanup_resources()
        return kernel

    kernel = asyncio.run(lose())
    wait_until(lambda: not alive(kernel.pid))
    (text,), cold_because = outputs(tmp_path, "print(1)", warm=True)
    assert (text, cold_because) == ("1\n", "the fork server died")
    fork_server.close()


@pytest.mark.parametrize(
    ("module", "reason"),
    [
        pytest.param(
            "import warnings\nwarnings.warn('old')", "importing the stack warns: UserWarning: old", id="warns"
        ),
        pytest.param(
            "import threading, time\nthreading.Thread(target=time.sleep, args=[600], daemon=True).start()",
            "importing odd_module starts threads",
            id="starts threads",
        ),
        pytest.param("import os\nos._exit(1)", "the fork server died", id="dies"),
    ],
)
def test_the_standard_kernel_serves_where_forking_would_be_wrong(tmp_path, monkeypatch, module, reason):
    (tmp_path / "odd_module.py").write_text(module)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    fork_server = ForkServer([sys.executable], ["odd_module"], {**os.environ, **kernel_environment()})
    monkeypatch.setenv(SOCKET_VARIABLE, fork_server.address)
    try:
        assert outputs(tmp_path, "print(1)", warm=True) == (["1\n"], reason)
    finally:
        fork_server.close()


def test_a_kernel_that_needs_another_python_environment_is_a_cold_one(tmp_path, shared, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")
    (text,), cold_because = outputs(tmp_path, "import sys\nprint('/elsewhere' in sys.path)", warm=True)
    assert (text, cold_because) == ("True\n", "its environment differs in PYTHONPATH")


def test_other_systems_have_no_fork_server(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(NoWarmKernel, match="forking is not safe on darwin"):
        ForkServer([sys.executable], [], os.environ)


def of_a_run(folder):
    """A single run's files, without the HTML that a run for the book does not write."""
    files = contents(folder)
    (html,) = (name for name in files if name.endswith(".html"))
    del files[html]
    record = json.loads(files["run.json"])
    del record["outputs"][html]
    return {**files, "run.json": f"{json.dumps(record, ensure_ascii=False, indent=1)}\n".encode()}


def test_warm_and_cold_runs_give_the_same_bytes(built_small_report, tmp_path):
    for name in ("tiny", "other"):
        done = command(built_small_report, "run", name, "--output", str(tmp_path / name))
        assert done.returncode == 0, done.stderr
        assert of_a_run(tmp_path / name) == contents(built_small_report / "results" / name)


def test_warm_and_cold_runs_of_a_real_notebook_give_the_same_bytes(built_project, tmp_path):
    done = command(built_project, "run", "cross_trial", "--output", str(tmp_path / "cold"))
    assert done.returncode == 0, done.stderr
    assert of_a_run(tmp_path / "cold") == contents(built_project / "results" / "cross_trial")


def test_what_the_user_has_configured_does_not_enter_a_run(report, tmp_path):
    home = tmp_path / "home"
    startup = home / ".ipython" / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "00.py").write_text("raise SystemError('startup')")
    (startup.parent / "ipython_kernel_config.py").write_text("raise SystemError('configuration')")
    (home / "startup.py").write_text("raise SystemError('PYTHONSTARTUP')")
    (home / ".config" / "matplotlib").mkdir(parents=True)
    (home / ".config" / "matplotlib" / "matplotlibrc").write_text("axes.facecolor: red\nfont.size: 40\n")
    kernels = home / ".local" / "share" / "jupyter" / "kernels" / "python3"
    kernels.mkdir(parents=True)
    (kernels / "kernel.json").write_text('{"argv": ["false"], "display_name": "mine", "language": "python"}')
    options = {"HOME": str(home), "PYTHONSTARTUP": str(home / "startup.py"), "JUPYTER_PREFER_ENV_PATH": "0"}
    done = command(report, "run", "tiny", "--output", str(tmp_path / "run"), **options)
    assert done.returncode == 0, done.stderr
    assert of_a_run(tmp_path / "run") == contents(report / "results" / "tiny")


PLAIN_PAPERMILL = """
import papermill, sys
for name in ("one", "two"):
    notebook = papermill.execute_notebook(sys.argv[1], None, progress_bar=False)
    print(notebook.cells[0].outputs[0].text, end="")
"""


def test_any_jupyter_client_can_have_warm_kernels(tmp_path, fork_server):
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell("import os\nprint(os.getppid())")],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
    )
    nbformat.write(notebook, tmp_path / "plain.ipynb")
    choice = {"JUPYTER_DEFAULT_PROVISIONER_NAME": "tourmaline-warm", SOCKET_VARIABLE: fork_server.address}
    done = subprocess.run(
        [sys.executable, "-c", PLAIN_PAPERMILL, str(tmp_path / "plain.ipynb")],
        env={**os.environ, **kernel_environment(), **choice},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [str(fork_server.process.pid)] * 2
