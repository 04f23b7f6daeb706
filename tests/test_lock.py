"""Two commands do not write one folder at once; what a killed one left is not an obstacle."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from small_report import command, contents, write_notebook

from tourmaline.errors import LockError
from tourmaline.pipeline.lock import locked
from tourmaline.pipeline.staging import staging

HOLD = """
import sys, time
from pathlib import Path
from tourmaline.pipeline.lock import locked
with locked(Path(sys.argv[1]), "a build"):
    print("held", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def holder(tmp_path):
    """Another process that holds the lock."""
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path / "lock")], stdout=subprocess.PIPE)
    assert process.stdout.readline() == b"held\n"
    yield process
    process.kill()
    process.communicate()


def test_a_held_lock_says_who_holds_it_and_since_when(tmp_path, holder):
    with pytest.raises(LockError) as refused, locked(tmp_path / "lock", "another build"):
        pass
    words = rf"a build is at work here: process {holder.pid} on \S+, since \d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d"
    assert re.search(words, str(refused.value))
    assert "Wait until it has ended" in str(refused.value)


def test_the_lock_of_a_killed_process_is_free(tmp_path, holder):
    holder.kill()
    holder.wait()
    with locked(tmp_path / "lock", "a build"):
        assert json.loads((tmp_path / "lock").read_text())["process"] == os.getpid()
    assert (tmp_path / "lock").read_text() == ""


def test_a_lock_file_that_was_removed_meanwhile_does_not_let_two_in(tmp_path):
    path = tmp_path / "lock"
    with locked(path, "one"):
        path.unlink()
    with locked(path, "two"), pytest.raises(LockError, match="two is at work here"), locked(path, "three"):
        pass


def test_a_staging_folder_is_private_and_removed_and_those_of_killed_processes_with_it(tmp_path):
    program = "import os, sys; from pathlib import Path; from tourmaline.pipeline.staging import staging\n"
    program += "with staging(Path(sys.argv[1]), '.work-'): os.kill(os.getpid(), 9)"
    subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=False)
    (abandoned,) = tmp_path.iterdir()
    with staging(tmp_path, ".work-") as mine:
        assert not abandoned.exists()
        assert mine.stat().st_mode & 0o777 == 0o700
        with staging(tmp_path, ".work-") as other:
            assert mine.exists()
            assert other != mine
    assert list(tmp_path.iterdir()) == []


SLOW = "import os, pathlib, time\npathlib.Path({begun!r}).write_text(str(os.getpid()))\ntime.sleep(600)"


def processes_of(session):
    """The living processes of a session, by what they run."""
    found = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, _, of = path.read_text().rpartition(")")[2].split()[:4]
            found[int(path.parent.name)] = (path.parent / "cmdline").read_text() if int(of) == session else ""
        except (FileNotFoundError, ProcessLookupError):
            continue
        if state == "Z":
            del found[int(path.parent.name)]
    return {pid: words for pid, words in found.items() if words}


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_second_build_is_refused_and_kill_9_leaves_no_process_and_no_obstacle(report, tmp_path):
    before = contents(report / "results"), contents(report / "_build" / "html")
    begun = {name: tmp_path / name for name in ("tiny", "other")}
    sources = {name: (report / "notebooks" / f"{name}.ipynb").read_bytes() for name in begun}
    for name, path in begun.items():
        write_notebook(report, name, SLOW.format(begun=str(path)))
    build = subprocess.Popen(
        [sys.executable, "-c", "from tourmaline.cli import main; main()", "build", "--jobs", "2"],
        cwd=report,
        env={**os.environ, "PYTHONPATH": str(report)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        deadline = time.monotonic() + 120
        while not all(path.exists() and path.read_text() for path in begun.values()):  # they run side by side
            assert time.monotonic() < deadline
            time.sleep(0.1)
        kernels = [int(path.read_text()) for path in begun.values()]
        ours = [*processes_of(build.pid), *kernels]

        second = command(report, "build")
        assert second.returncode == 1
        assert f"a build is at work here: process {build.pid} on " in second.stderr
        assert command(report, "clean").returncode == 1
    finally:
        os.kill(build.pid, signal.SIGKILL)
        build.wait()
    deadline = time.monotonic() + 20
    while any((Path("/proc") / str(pid)).exists() for pid in ours):
        assert time.monotonic() < deadline
        time.sleep(0.1)

    for name, source in sources.items():
        (report / "notebooks" / f"{name}.ipynb").write_bytes(source)
    done = command(report, "build")
    assert done.returncode == 0, done.stderr
    assert (contents(report / "results"), contents(report / "_build" / "html")) == before
