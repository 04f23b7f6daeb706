"""Note every file and folder of the checkout that a piece of work reads, however it reads them: Python itself is asked."""

from __future__ import annotations

import contextlib
import functools
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tourmaline import paths

FOLDERS = ("os.listdir", "os.scandir")
_ROOT = str(paths.ROOT) + os.sep
_notes: int | None = None  # the number of the open file; processes that are forked write to it as well
_seen: set[str] = set()


@functools.cache
def _real_folder(folder: str) -> str:
    """The folder without links, followed once: many files of it are read, and following a path takes longer than opening a file."""
    return os.path.realpath(folder)


def _note(event: str, arguments: tuple[Any, ...]) -> None:
    if _notes is None or (event != "open" and event not in FOLDERS):
        return
    if isinstance(arguments[0], str | bytes | os.PathLike):
        path = os.fsdecode(arguments[0])
        # Strings, because a Path takes several times as long, and thousands of files are read.
        folder, name = os.path.split(path if os.path.isabs(path) else os.path.join(os.getcwd(), path))  # noqa: PTH109, PTH117, PTH118
        path = os.path.join(_real_folder(folder), name)  # noqa: PTH118
        if name in ("", os.curdir, os.pardir) or os.path.islink(path):  # noqa: PTH114
            path = os.path.realpath(path)
        path += os.sep if event in FOLDERS else ""
        if path.startswith(_ROOT) and path not in _seen:
            _seen.add(path)
            os.write(_notes, os.fsencode(path) + b"\n")


@functools.cache
def _ask_python() -> None:
    sys.addaudithook(_note)  # once: Python cannot forget a hook


@contextlib.contextmanager
def watching(notes: Path) -> Iterator[None]:
    """Write into `notes` what is read within the block, in this process and in those that are forked from it.

    A path stands on each line; that of a folder whose names were read ends with a separator. Writing counts as reading.
    """
    global _notes
    _ask_python()
    _seen.clear()
    _real_folder.cache_clear()
    number = os.open(notes, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o644)
    _notes = number
    try:
        yield
    finally:
        _notes = None
        os.close(number)


def noted(notes: Path) -> set[Path]:
    """The files and folders that `notes` names."""
    return {Path(line) for line in os.fsdecode(notes.read_bytes()).splitlines()}
