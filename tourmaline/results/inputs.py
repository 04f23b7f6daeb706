"""What a run has used so far: the data files and words it opened, and our modules that are loaded."""

from __future__ import annotations

import os
import sys
from typing import Any

from tourmaline import paths

_WATCHED = tuple(str(folder) + os.sep for folder in (paths.DATA, paths.SWEEPS, paths.PUBLIC, paths.WORDS))
_used = {paths.relative(paths.REPORT)}  # as the project names them; this one may be read before this module is
_seen: set[str] = set()  # names of modules


def _note_data(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "open" and isinstance(arguments[0], str | os.PathLike):
        path = os.path.realpath(os.fsdecode(arguments[0]))  # by words, not by Path: Python opens a thousand files
        if path.startswith(_WATCHED):
            _used.add(paths.relative(path))


# Freshness must know every file of data or of a sweep that a notebook read, however it was opened: so Python itself is asked.
sys.addaudithook(_note_data)


def inputs_so_far() -> list[str]:
    """Data files that were opened, and files of our modules that are imported, as the project names them."""
    for name in sys.modules.keys() - _seen:  # asked at every result: only what is new may cost
        _seen.add(name)
        module = sys.modules.get(name)
        if name.partition(".")[0] == "tourmaline" and module and module.__file__:
            _used.add(paths.relative(module.__file__))
    return sorted(_used)
