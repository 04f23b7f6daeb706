"""What a run has used so far: the data files it opened, and our modules that are loaded."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from tourmaline import paths

_opened: set[Path] = set()


def _note_data(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "open" and isinstance(arguments[0], str | os.PathLike):
        path = Path(os.fsdecode(arguments[0])).resolve()
        if path.is_relative_to(paths.DATA) or path.is_relative_to(paths.SWEEPS):
            _opened.add(path)


# Freshness must know every file of data or of a sweep that a notebook read, however it was opened: so Python itself is asked.
sys.addaudithook(_note_data)


def inputs_so_far() -> list[str]:
    """Data files that were opened, and files of our modules that are imported, as the project names them."""
    modules = {
        Path(module.__file__)
        for name, module in list(sys.modules.items())
        if name.partition(".")[0] == "tourmaline" and module.__file__
    }
    return sorted(paths.relative(path) for path in _opened | modules)
