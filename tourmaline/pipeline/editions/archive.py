"""The archive of an edition: one file whose bytes follow from its content, and a manifest with a checksum for each file."""

from __future__ import annotations

import hashlib
import io
import lzma
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tourmaline.errors import SiteError

PRESET = 6  # xz's own default: the next steps take far more memory for little


def file_list(files: Mapping[str, Path]) -> list[dict[str, Any]]:
    """Name, size and checksum of each file, by name."""
    listed = []
    for name in sorted(files):
        content = files[name].read_bytes()
        listed.append({"path": name, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()})
    return listed


def pack(files: Mapping[str, Path], listed: list[dict[str, Any]], target: Path) -> str:
    """Write the archive; returns its checksum.

    Parameters
    ----------
    files : mapping of str to Path
        The files by their names in the archive.
    listed : list of dict
        What `file_list` says of them.
    target : Path
        The archive, a tar.xz.
    """
    # Files alike stand side by side, where the compression finds them: a figure is in results and on the site.
    order = sorted(listed, key=lambda file: (Path(file["path"]).suffix, file["bytes"], file["sha256"], file["path"]))
    with lzma.open(target, "wb", preset=PRESET) as packed, tarfile.open(fileobj=packed, mode="w") as archive:
        for file in order:
            about = tarfile.TarInfo(file["path"])  # time 0, no owner: the bytes follow from the content
            about.size, about.mode = file["bytes"], 0o644
            archive.addfile(about, io.BytesIO(files[file["path"]].read_bytes()))
    return hashlib.sha256(target.read_bytes()).hexdigest()


def unpack(archive: Path, manifest: Mapping[str, Any], folder: Path) -> None:
    """Unpack an archive into a new folder, if it is the one of its manifest.

    Raises
    ------
    SiteError
        If the archive is missing or not the one that was sealed, or would write outside the folder.
    """
    remedy = "An edition is permanent: restore the archive from where it was published."
    try:
        content = archive.read_bytes()
    except FileNotFoundError:
        raise SiteError("the archive of the edition is missing", where=archive.name, remedy=remedy) from None
    if hashlib.sha256(content).hexdigest() != manifest["archive"]["sha256"]:
        raise SiteError("the archive is not the one that was sealed", where=archive.name, remedy=remedy)
    try:
        with tarfile.open(fileobj=io.BytesIO(content), mode="r:xz") as packed:
            packed.extractall(folder, filter="data")
    except (tarfile.TarError, lzma.LZMAError) as error:
        raise SiteError(f"the archive cannot be unpacked: {error}", where=archive.name, remedy=remedy) from None
    found = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    if file_list(found) != manifest["files"]:
        raise SiteError("the archive does not hold the files of its manifest", where=archive.name, remedy=remedy)
