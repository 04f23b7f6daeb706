"""Serve the site, watch its sources, and have the site built again when one changes."""

from __future__ import annotations

import contextlib
import json
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import watchfiles

from tourmaline import paths
from tourmaline.errors import SiteError
from tourmaline.pipeline.build import PUBLISHED, Announce
from tourmaline.pipeline.live.server import News, live_server
from tourmaline.pipeline.lock import locked
from tourmaline.pipeline.server import announce_server
from tourmaline.pipeline.sources import SOURCE_FILES, SOURCE_FOLDERS

CODE = ("tourmaline/", paths.LOCK.name, "pyproject.toml", paths.relative(paths.REPORT))  # read when it starts
STEP_MILLISECONDS = 30  # changes within this time are one edit: an editor writes a file in several steps
PATIENCE_SECONDS = 10
BUSY_SECONDS = 1  # between attempts while another command builds


class BuildProcess:
    """The process that builds: started when it is asked, kept for the next time, and ended when its code has changed.

    Parameters
    ----------
    command : sequence of str
        The program, which reads a line for each build and answers in lines of JSON.
    """

    def __init__(self, command: Sequence[str]) -> None:
        self._command = list(command)
        self._process: subprocess.Popen[str] | None = None

    def build(self, announce: Announce) -> dict[str, Any]:
        """Have the site built; returns what was done (`steps`) and what is wrong (`errors`)."""
        if self._process is None:
            # In a session of its own: Ctrl-C is for the watcher, which ends it.
            self._process = subprocess.Popen(
                self._command, cwd=paths.ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=subprocess.PIPE, text=True, encoding="utf-8", start_new_session=True,
            )  # fmt: skip
            threading.Thread(target=self._pass_on, args=[self._process], daemon=True).start()
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write("build\n")
            self._process.stdin.flush()
        for line in self._process.stdout:
            said = json.loads(line)
            if "errors" in said:
                return said
            announce(said["doing"], said["done"], said["total"])
        self.close()
        return {"steps": [], "errors": ["The process that builds has ended. The next change starts it again."]}

    def _pass_on(self, process: subprocess.Popen[str]) -> None:
        """Print its error output until it is told to end; what is interrupted then may report errors of no interest."""
        with process.stderr:
            for line in process.stderr:
                if self._process is process:
                    sys.stderr.write(line)

    def close(self) -> None:
        """End the process and all that it has started."""
        process, self._process = self._process, None
        if process is not None:
            with contextlib.suppress(BrokenPipeError):
                process.stdin.close()
            try:
                process.wait(PATIENCE_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            process.stdout.close()


def _is_source(path: str) -> bool:
    """Whether a changed file is a source; hidden files, caches and editors' backup copies are not."""
    parts = Path(path).relative_to(paths.ROOT).parts
    return (
        bool(parts)
        and not any(part.startswith((".", "#", "__pycache__")) or part.endswith("~") for part in parts)
        and (len(parts) > 1 or parts[0] in SOURCE_FILES)
    )


def _watch(
    changed: queue.SimpleQueue[set[str] | Exception], stopped: threading.Event, *places: Path, deep: bool
) -> None:
    """Put the names of changed sources into a queue, until stopped."""
    try:
        for changes in watchfiles.watch(
            *places, watch_filter=lambda _, path: _is_source(path), step=STEP_MILLISECONDS, stop_event=stopped,
            recursive=deep, raise_interrupt=False,
        ):  # fmt: skip
            changed.put({Path(path).relative_to(paths.ROOT).as_posix() for _, path in changes})
    except Exception as error:  # of any kind: a thread that ended silently would leave edits unnoticed
        changed.put(error)


@contextlib.contextmanager
def _watching() -> Iterator[queue.SimpleQueue[set[str] | Exception]]:
    """A queue of the names of sources that change."""
    changed: queue.SimpleQueue[set[str] | Exception] = queue.SimpleQueue()
    stopped = threading.Event()
    folders = [
        folder
        for name in (*SOURCE_FOLDERS, paths.EDITIONS.name, paths.BENCHMARKS.parent.name)
        if (folder := paths.ROOT / name).is_dir()
    ]
    threads = [
        threading.Thread(target=_watch, args=[changed, stopped, *places], kwargs={"deep": deep}, daemon=True)
        for places, deep in ((folders, True), ([paths.ROOT], False))
    ]
    for thread in threads:
        thread.start()
    try:
        yield changed
    finally:
        stopped.set()


def _all_of(changed: queue.SimpleQueue[set[str] | Exception]) -> set[str]:
    """Wait for changes; returns the names of all that have come."""
    names: set[str] = set()
    while not names or not changed.empty():
        found = changed.get()
        if isinstance(found, Exception):
            raise SiteError(
                f"the files cannot be watched: {found}",
                remedy="Often too many files are watched on this machine. On Linux raise fs.inotify.max_user_watches.",
            )
        names |= found
    return names


def watch_site(
    port: int,
    command: Sequence[str],
    announce: Callable[[], contextlib.AbstractContextManager[Announce]],
    say: Callable[[str], None],
) -> None:
    """Serve _build/html at 127.0.0.1 and build it again whenever a source changes, until stopped by Ctrl-C.

    An error leaves the site as it was; it is said in the terminal and on the open pages.

    Parameters
    ----------
    port : int
        Port; 0 takes a free one.
    command : sequence of str
        The program that builds, as for `BuildProcess`.
    announce : callable
        Gives a context that shows the progress of one build.
    say : callable
        Prints a line.

    Raises
    ------
    LockError
        If another watcher is at work in this folder.
    ParameterError
        If the port is taken.
    SiteError
        If the files cannot be watched.
    """
    news, process = News(), BuildProcess(command)
    with locked(paths.WATCHER, "a watcher"), live_server(port, news) as server, _watching() as changed:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            announce_server(server)
            names: set[str] = set()
            while True:
                begun = time.perf_counter()
                if any(name.startswith(CODE) for name in names):
                    process.close()
                with announce() as progress:
                    told = _Told(news, progress)
                    while (done := process.build(told)).get("busy"):
                        progress(done["errors"][0].splitlines()[0], 0, 1)
                        time.sleep(BUSY_SECONDS)
                if done["errors"] or not told.published:
                    news.tell("\n\n".join(done["errors"]))
                say(_in_words(names, done, time.perf_counter() - begun))
                names = _all_of(changed)
        except KeyboardInterrupt:
            say("stopped")
        finally:
            process.close()
            server.shutdown()


class _Told:
    """Passes on what a build announces, and tells the tabs of a new site as soon as it is in place: the build notes more after that."""

    def __init__(self, news: News, announce: Announce) -> None:
        self._news, self._announce, self.published = news, announce, False

    def __call__(self, what: str, done: int, total: int) -> None:
        if what == PUBLISHED:
            self.published = True
            self._news.tell()
        self._announce(what, done, total)


def _in_words(names: set[str], done: dict[str, Any], seconds: float) -> str:
    """What a build did, in a line; what is wrong, in more."""
    first = ", ".join(sorted(names)[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    if done["errors"]:
        return "\n".join(
            [f"{first}: not built" if first else "not built", *(f"Error: {error}" for error in done["errors"])]
        )
    ran = ", ".join(step["name"] for step in done["steps"] if step["did"] == "ran")
    kept = ", ".join(step["name"] for step in done["steps"] if step["did"] == "kept")
    words = f"{first or 'start'}: {ran or 'nothing to do'} ({seconds:.1f} s)"
    return f"{words}; not run again: {kept} (make book does)" if kept else words
