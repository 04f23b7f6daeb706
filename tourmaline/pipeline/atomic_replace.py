"""Replace a folder in one step, so that nobody ever meets half of it."""

from __future__ import annotations

import ctypes
import os
import shutil
import sys
from pathlib import Path

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2


def _exchange(one: Path, other: Path) -> bool:
    """Exchange two folders in one system call; False where the system has none (it is Linux's)."""
    if sys.platform != "linux":
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    if not hasattr(libc, "renameat2"):
        return False
    return libc.renameat2(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _RENAME_EXCHANGE) == 0


def exchange_folders(staged: Path, target: Path) -> None:
    """Put the folder `staged` in the place of `target`, and what was there into `staged`; both on one file system.

    Elsewhere than on Linux the renames leave an instant without `target`; a kill in that instant leaves the old folder as
    `<target>.old`, which the next call clears.
    """
    old = target.with_name(target.name + ".old")
    if old.exists():
        shutil.rmtree(old)
    target.parent.mkdir(parents=True, exist_ok=True)
    if not target.exists():
        staged.rename(target)
    elif not _exchange(staged, target):
        target.rename(old)
        try:
            staged.rename(target)
        except OSError:
            old.rename(target)
            raise
        old.rename(staged)


def keep_times(staged: Path, target: Path) -> None:
    """Give each file of `staged` that `target` has already, byte for byte, the time that it has there.

    Sphinx reads a page again when a file that the page shows is newer. The time of a file says then when its content last changed.
    """
    for path in staged.rglob("*"):
        before = target / path.relative_to(staged)
        if path.is_file() and before.is_file() and path.read_bytes() == before.read_bytes():
            about = before.stat()
            os.utime(path, ns=(about.st_atime_ns, about.st_mtime_ns))


def atomic_replace(staged: Path, target: Path) -> None:
    """Put the folder `staged` in the place of `target`, as `exchange_folders` does, and remove what was there."""
    exchange_folders(staged, target)
    if staged.exists():
        shutil.rmtree(staged)
