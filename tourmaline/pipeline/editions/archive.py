"""The archive of an edition: one file whose bytes follow from its content, and a manifest with a checksum for each file."""

from __future__ import annotations

import hashlib
import io
import lzma
import os
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tourmaline.errors import SiteError
from tourmaline.pipeline.freshness import file_hash

TIME = 315_619_200  # 2 January 1980: zip files, and so Python's packages, know no earlier time, in no time zone
# xz's own default, but a file is found again within 64 MB: a figure is in results, on the site and in a zip file.
FILTERS = [{"id": lzma.FILTER_LZMA2, "preset": 6, "dict_size": 1 << 26}]


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
    with lzma.open(target, "wb", filters=FILTERS) as packed, tarfile.open(fileobj=packed, mode="w") as archive:
        for file in order:
            about = tarfile.TarInfo(file["path"])  # no owner, one time: the bytes follow from the content
            about.size, about.mode, about.mtime = file["bytes"], 0o644, TIME
            archive.addfile(about, io.BytesIO(files[file["path"]].read_bytes()))
    return hashlib.sha256(target.read_bytes()).hexdigest()


def _extract(content: bytes, listed: list[dict[str, Any]], folder: Path) -> str:
    """Unpack an archive up to the first file that is not as the manifest lists it; says what is wrong, '' if nothing is."""
    expected = {file["path"]: file for file in listed}
    last = "its beginning"
    try:
        with lzma.open(io.BytesIO(content)) as stream, tarfile.open(fileobj=stream, mode="r:") as packed:
            for member in packed:
                file = expected.pop(member.name, None)
                if file is None or not member.isfile():
                    return f"{member.name!r} does not belong to it"
                if member.size == file["bytes"]:
                    path = folder / member.name
                    if not path.resolve().is_relative_to(folder.resolve()):
                        return f"{member.name!r} is outside its folder"
                    path.parent.mkdir(parents=True, exist_ok=True)
                    # By hand: the filter that makes `extract` safe came with Python 3.11.4, and Debian 12 has 3.11.2.
                    path.write_bytes(packed.extractfile(member).read())
                    os.utime(path, (member.mtime, member.mtime))
                if member.size != file["bytes"] or file_hash(folder / member.name) != file["sha256"]:
                    return f"{member.name} is not as it was frozen"
                last = member.name
            while stream.read(1 << 20):  # what follows the last file may be cut off
                pass
    except (tarfile.TarError, lzma.LZMAError, EOFError) as error:
        return f"it cannot be unpacked after {last}: {error}"
    return f"{min(expected)} is missing" if expected else ""


def unpack(archive: Path, manifest: Mapping[str, Any], folder: Path) -> None:
    """Unpack an archive into a new folder, if it is the one of its manifest.

    Raises
    ------
    SiteError
        If the archive is missing, is not the one that was frozen, or would write outside the folder; names the first
        file in it that is missing or altered.
    """
    remedy = "An edition is permanent: restore the archive from where it was published."
    try:
        content = archive.read_bytes()
    except FileNotFoundError:
        raise SiteError("the archive of the edition is missing", where=archive.name, remedy=remedy) from None
    as_frozen = hashlib.sha256(content).hexdigest() == manifest["archive"]["sha256"]
    wrong = _extract(content, manifest["files"], folder)
    if not as_frozen:
        words = (
            f"the archive is not the one that was frozen: {wrong or 'its files are, but they are packed differently'}"
        )
        raise SiteError(words, where=archive.name, remedy=remedy)
    if wrong:
        raise SiteError(
            f"the archive does not hold the files of its manifest: {wrong}", where=archive.name, remedy=remedy
        )
