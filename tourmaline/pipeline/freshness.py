"""Is a result still true? By content: notebook, parameters, the data and modules it read, the lock, and its own files.

Each result carries its answer in `run.json`. Only the standard library is imported, so that a build with nothing to do
answers at once.
"""

from __future__ import annotations

import contextlib
import fnmatch
import functools
import hashlib
import json
import os
import platform
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from tourmaline import __version__, paths

RECORD = "run.json"
CACHES = ("__pycache__", ".ipynb_checkpoints")
_PIPELINE = paths.ROOT / "tourmaline" / "pipeline"
RUNNER = {_PIPELINE / "runner.py", _PIPELINE / "kernels" / "manager.py"}  # they shape the executed notebook


_DATA = tuple(f"{paths.relative(folder)}/" for folder in (paths.DATA, paths.SWEEPS))
LOADED = time.time()  # about when this process read the code of ours
SETTLED_SECONDS = 2  # file systems tell times to some milliseconds: a file that was just written may change within one
_known: dict[tuple[str, int, int, int], str] = {}  # hashes of this process, by name, size and times
# Of this process, by the numbers of device and file: size and times of a file, and what it holds.
_read: dict[tuple[int, int], tuple[tuple[int, int, int], bytes]] = {}
MOST_READ = 4096  # files that are kept in memory


def file_hash(path: Path) -> str:
    """SHA-256 of a file's bytes; 'absent' if there is none. A file whose size and times are as they were is not read again."""
    try:
        about = os.stat(place := str(path))  # noqa: PTH116  as text, see `hashes`
        key = (place, about.st_size, about.st_mtime_ns, about.st_ctime_ns)
        if key in _known:
            return _known[key]
        found = hashlib.sha256(path.read_bytes()).hexdigest()
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        return "absent"
    if time.time() - about.st_ctime > SETTLED_SECONDS:
        _known[key] = found
    return found


def content_of(path: str) -> bytes:
    """What a file holds. A file whose size and times are as they were is not read again; it stays in memory."""
    about = os.stat(path)  # noqa: PTH116  as text, see `hashes`
    number, signature = (about.st_dev, about.st_ino), (about.st_size, about.st_mtime_ns, about.st_ctime_ns)
    if number in _read and _read[number][0] == signature:
        return _read[number][1]
    content = Path(path).read_bytes()
    if time.time() - about.st_ctime > SETTLED_SECONDS:
        if len(_read) >= MOST_READ:
            _read.clear()
        _read[number] = signature, content
    return content


def hashes(files: Iterable[Path], base: Path) -> dict[str, str]:
    """Hash of each file by its path below `base`, sorted."""
    start = len(str(base)) + 1
    # As text: a build with one edited page does this for ten thousand files, and pathlib alone would take half a second.
    return {str(path)[start:].replace(os.sep, "/"): file_hash(path) for path in sorted(files)}


def _files_below(folder: str) -> Iterator[tuple[str, str]]:
    """Name and path of each file below a folder, but for caches; links to folders are not followed."""
    with contextlib.suppress(FileNotFoundError, NotADirectoryError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                if entry.name not in CACHES:
                    yield from _files_below(entry.path)
            elif entry.is_file():
                yield entry.name, entry.path


def tree(folder: Path, *patterns: str) -> list[Path]:
    """The files below a folder whose names match one of the patterns (all if none is given), without caches."""
    return sorted(
        Path(path)
        for name, path in _files_below(str(folder))
        if not patterns or any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)
    )


def code_hash(notebook: Path) -> str:
    """SHA-256 of what a notebook computes: its code without the parameters cell, for all parameters of a run are known."""
    return _hash_of_code(notebook, file_hash(notebook))


@functools.cache
def _hash_of_code(notebook: Path, content: str) -> str:
    """`code_hash` of a notebook whose bytes have the hash `content`."""
    try:
        cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
        code = [
            "".join(cell["source"])
            for cell in cells
            if cell["cell_type"] == "code" and "parameters" not in cell["metadata"].get("tags", [])
        ]
    except (OSError, ValueError, KeyError, TypeError):
        return "unreadable"
    return hashlib.sha256(json.dumps(code).encode()).hexdigest()


def as_written(given: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters as JSON keeps them: a date of a YAML file is a word."""
    return json.loads(json.dumps(dict(given), default=str))


def record(
    notebook: Path, given: Mapping[str, Any], parameters: Mapping[str, Any], inputs: Iterable[str], folder: Path
) -> dict[str, Any]:
    """What run.json says: all that the result in `folder` depends on, and the files it is made of.

    `parameters` are all of the notebook's, `given` those that were asked for. The others follow from the notebook's
    source, so that freshness is known without reading its cells.

    It holds neither time nor commit: two builds of the same content are the same bytes. The edition stamp of the site
    carries the commit, and `tourmaline build` prints the seconds.
    """
    read = {name for name in inputs if not os.path.isabs(name)}  # noqa: PTH117  what lies in the checkout, as text
    # The description of the report is not evidence: it counts with the library, which reads it.
    data = {name for name in read if name.startswith(_DATA)} - {paths.relative(paths.REPORT)}
    library = {paths.ROOT / name for name in read - data} | RUNNER
    return {
        "notebook": paths.relative(notebook),
        "source": file_hash(notebook),
        "code": code_hash(notebook),
        "given": as_written(given),
        "parameters": dict(parameters),
        "data": hashes((paths.ROOT / name for name in data), paths.ROOT),
        "library": hashes(library, paths.ROOT),
        "library_version": __version__,
        "lock": file_hash(paths.LOCK),
        "python": ".".join(platform.python_version_tuple()[:2]),
        "outputs": hashes((path for path in tree(folder) if path.name != RECORD), folder),
    }


def stale_because(notebook: Path, given: Mapping[str, Any], folder: Path) -> str:
    """Why the result in `folder` must be made again; an empty string if it is fresh."""
    try:
        was = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        is_now = record(notebook, given, {}, [*was["data"], *was["library"]], folder)
    except FileNotFoundError:
        return "no result yet"
    except (ValueError, KeyError, TypeError):
        return "its record cannot be read"
    for key, words in (
        ("source", "the notebook changed"),
        ("lock", "requirements.txt changed"),
        ("python", "another Python"),
        ("given", "other parameters"),
    ):
        if was.get(key) != is_now[key]:
            return words
    for key in ("data", "library", "outputs"):
        before, after = was.get(key, {}), is_now[key]
        changed = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
        if changed:
            return f"{changed[0]} changed" + (f" and {len(changed) - 1} more" if len(changed) > 1 else "")
    return ""
