"""What Python makes for itself while it runs in a browser, kept for its next start there: bytecode, and Matplotlib's list of fonts.

The files of Python are in the memory of the page, and go with it. This needs Python's own library alone.
"""

from __future__ import annotations

import marshal
import sys
from collections.abc import Iterator
from pathlib import Path

FONTS = "matplotlib/fontlist.json"  # among the packages: there Pyodide's Matplotlib looks for it
# The head of a file of bytecode: four bytes name the version of Python, twelve the source. Those of UNCHECKED let Python take the file as it
# is (PEP 552): by the sum of the manifest the browser's store knows from which sources it was made.
VERSION = 4
UNCHECKED = (1).to_bytes(4, "little") + bytes(8)


class Made:
    """What was made at this start and at earlier ones.

    Parameters
    ----------
    folder : str
        Where Python puts its bytecode from now on.
    packages : str
        The folder of the packages.
    kept : bytes-like
        What `more` gave at an earlier start with the same sources, b'' if there was none. What cannot be read counts as nothing.
    """

    def __init__(self, folder: str, packages: str, kept: bytes | memoryview) -> None:
        self._folder, self._packages = Path(folder), Path(packages)
        self._folder.mkdir(parents=True, exist_ok=True)
        sys.pycache_prefix, sys.dont_write_bytecode = folder, False
        try:
            files = marshal.loads(kept) if len(kept) else {}
        except (EOFError, TypeError, ValueError):
            files = {}
        for name, content in files.items():
            path = Path(name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        self._known = len(files)

    def _files(self) -> Iterator[tuple[str, bytes]]:
        for path in sorted(self._folder.rglob("*.pyc")):
            content = path.read_bytes()
            yield str(path), content[:VERSION] + UNCHECKED + content[VERSION + len(UNCHECKED) :]
        if (fonts := self._packages / FONTS).exists():
            yield str(fonts), fonts.read_bytes()

    def more(self) -> bytes:
        """All of it, if this start made more than the earlier ones had; b'' otherwise."""
        files = dict(self._files())
        if len(files) <= self._known:
            return b""
        self._known = len(files)
        return marshal.dumps(files)
