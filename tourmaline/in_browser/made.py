"""What Python makes for itself while it runs in a browser, kept for its next start there: bytecode, and Matplotlib's list of fonts.

The files of Python are in the memory of the page, and go with it. This needs Python's own library alone.
"""

from __future__ import annotations

import io
import marshal
import sys
import zipfile
from collections.abc import Iterator
from importlib.util import MAGIC_NUMBER
from pathlib import Path

FONTS = "matplotlib/fontlist.json"  # among the packages: there Pyodide's Matplotlib looks for it
# The head of a file of bytecode: Python's MAGIC_NUMBER, then twelve bytes on the source. These let Python take the file as it is (PEP 552): by
# the sum of the manifest the browser's store knows from which sources it was made.
UNCHECKED = (1).to_bytes(4, "little") + bytes(8)


def _unchecked(bytecode: bytes) -> bytes:
    return MAGIC_NUMBER + UNCHECKED + bytecode[len(MAGIC_NUMBER + UNCHECKED) :]


def with_bytecode(library: str) -> bytes:
    """An archive of Python's own library, with bytecode beside those of its modules that are loaded: it is read before all else.

    Parameters
    ----------
    library : str
        The archive as it was published.
    """
    made = io.BytesIO()
    with zipfile.ZipFile(library) as given, zipfile.ZipFile(made, "w") as archive:
        for name in given.namelist():
            source = given.read(name)
            archive.writestr(name, source)
            module = name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
            if name.endswith(".py") and module in sys.modules:
                code = marshal.dumps(compile(source, f"{library}/{name}", "exec", dont_inherit=True))
                archive.writestr(f"{name}c", MAGIC_NUMBER + UNCHECKED + code)
    return made.getvalue()


class Made:
    """What was made at this start and at earlier ones.

    Parameters
    ----------
    folder : str
        Where Python puts its bytecode from now on.
    packages : str
        The folder of the packages.
    kept : bytes-like
        What `more` gave at an earlier start with the same sources, b'' if there was none.
    """

    def __init__(self, folder: str, packages: str, kept: bytes | memoryview) -> None:
        self._folder, self._packages = Path(folder), Path(packages)
        self._folder.mkdir(parents=True, exist_ok=True)
        sys.pycache_prefix, sys.dont_write_bytecode = folder, False
        files = marshal.loads(kept) if len(kept) else {}
        for name, content in files.items():
            path = Path(name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        self._known = len(files)

    def _files(self) -> Iterator[Path]:
        yield from self._folder.rglob("*.pyc")
        if (fonts := self._packages / FONTS).exists():
            yield fonts

    def more(self) -> bytes:
        """All of it, if this start made more than the earlier ones had; b'' otherwise."""
        paths = sorted(self._files())
        if len(paths) <= self._known:
            return b""
        self._known = len(paths)
        contents = {str(path): path.read_bytes() for path in paths}
        return marshal.dumps(
            {name: _unchecked(one) if name.endswith(".pyc") else one for name, one in contents.items()}
        )
