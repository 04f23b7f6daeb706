"""Private folders for unfinished work: removed at the end, and if the process was killed, at the next start."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows: what a killed run left must be removed by hand
    fcntl = None

LONGEST_FOR_SOCKETS = 40  # a socket's whole path has at most 104 bytes


def for_sockets() -> Path:
    """The system's temporary folder, or /tmp if its name leaves no room for a socket's."""
    folder = Path(tempfile.gettempdir())
    return folder if len(os.fsencode(folder)) <= LONGEST_FOR_SOCKETS or os.name == "nt" else Path("/tmp")


@contextlib.contextmanager
def _claimed(folder: Path) -> Iterator[bool]:
    """Hold the folder as long as this process lives; False if another one does."""
    number = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield True
    except BlockingIOError:
        yield False
    finally:
        os.close(number)


def remove_abandoned(parent: Path, prefix: str) -> list[Path]:
    """Remove the staging folders that no living process holds; returns them."""
    removed = []
    for folder in parent.glob(f"{prefix}*") if fcntl else ():
        with contextlib.suppress(FileNotFoundError, NotADirectoryError), _claimed(folder) as abandoned:
            if abandoned:
                shutil.rmtree(folder, ignore_errors=True)
                removed.append(folder)
    return removed


@contextlib.contextmanager
def staging(parent: Path, prefix: str) -> Iterator[Path]:
    """A new folder in `parent`, its name beginning with `prefix`, that this process alone uses."""
    remove_abandoned(parent, prefix)
    made = Path(tempfile.mkdtemp(dir=parent))  # mode 0700
    folder = made
    try:
        with _claimed(made) if fcntl else contextlib.nullcontext():
            folder = made.rename(parent / f"{prefix}{made.name}")  # claimed before it has a name that others clear
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
