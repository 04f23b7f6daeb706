"""The archive of an edition: one file whose bytes follow from its content, and a manifest with a checksum for each file.

A file that the archive of an earlier edition has too, at the same place, is stored there alone; the manifest says where.
"""

from __future__ import annotations

import hashlib
import io
import lzma
import os
import shutil
import tarfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from tourmaline.errors import SiteError
from tourmaline.pipeline.freshness import file_hash

TIME = 315_619_200  # 2 January 1980: zip files, and so Python's packages, know no earlier time, in no time zone
# xz's own default, but a file is found again within 64 MB: a figure is in results, on the site and in a zip file.
FILTERS = [{"id": lzma.FILTER_LZMA2, "preset": 6, "dict_size": 1 << 26}]
REMEDY = "An edition is permanent: restore the archive from where it was published."


def file_list(files: Mapping[str, Path]) -> list[dict[str, Any]]:
    """Name, size and checksum of each file, by name."""
    listed = []
    for name in sorted(files):
        content = files[name].read_bytes()
        listed.append({"path": name, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()})
    return listed


def stored_once(
    listed: list[dict[str, Any]], earlier: Iterable[tuple[str, list[dict[str, Any]]]]
) -> list[dict[str, Any]]:
    """The list with, for each file that an earlier archive has at the same place, the date of that archive.

    Parameters
    ----------
    listed : list of dict
        What `file_list` says.
    earlier : iterable of (str, list of dict)
        Date and list of each earlier edition.
    """
    stored = {
        (file["path"], file["sha256"]): date for date, files in earlier for file in files if "archive" not in file
    }
    dates = [stored.get((file["path"], file["sha256"])) for file in listed]
    return [file | ({"archive": date} if date else {}) for file, date in zip(listed, dates, strict=True)]


def stored_elsewhere(listed: list[dict[str, Any]]) -> dict[str, list[str]]:
    """The names of the files that earlier archives have, by the dates of these."""
    found: dict[str, list[str]] = {}
    for file in listed:
        if "archive" in file:
            found.setdefault(file["archive"], []).append(file["path"])
    return dict(sorted(found.items()))


def _lists(listed: list[dict[str, Any]]) -> dict[str, bytes]:
    """What is in an archive that leaves files out: how to unpack these with `tar` from which archives."""
    elsewhere = stored_elsewhere(listed)
    if not elsewhere:
        return {}
    lists = {f"files-in-{date}.txt": "".join(f"{name}\n" for name in names) for date, names in elsewhere.items()}
    lines = "\n".join(f"    tar -xf {date}.tar.xz -T files-in-{date}.txt" for date in elsewhere)
    lists["READ-ME-FIRST.txt"] = (
        "The files that this edition shares with an earlier one are stored once, in the archive of the earlier one. For the\n"
        f"whole edition, put these archives into this folder, beside this file, and run\n\n{lines}\n"
    )
    return {name: text.encode() for name, text in lists.items()}


def pack(files: Mapping[str, Path], listed: list[dict[str, Any]], target: Path) -> str:
    """Write the archive; returns its checksum.

    Parameters
    ----------
    files : mapping of str to Path
        The files by their names in the archive.
    listed : list of dict
        What `file_list` says of them; those that `stored_once` finds in an earlier archive are left out.
    target : Path
        The archive, a tar.xz.
    """
    # Files alike stand side by side, where the compression finds them: a figure is in results and on the site.
    own = [file for file in listed if "archive" not in file]
    own.sort(key=lambda file: (Path(file["path"]).suffix, file["bytes"], file["sha256"], file["path"]))
    with lzma.open(target, "wb", filters=FILTERS) as packed, tarfile.open(fileobj=packed, mode="w") as archive:

        def add(name: str, content: bytes) -> None:
            about = tarfile.TarInfo(name)  # no owner, one time: the bytes follow from the content
            about.size, about.mode, about.mtime = len(content), 0o644, TIME
            archive.addfile(about, io.BytesIO(content))

        for name, content in _lists(listed).items():
            add(name, content)
        for file in own:
            add(file["path"], files[file["path"]].read_bytes())
    return hashlib.sha256(target.read_bytes()).hexdigest()


def _extract(content: bytes, listed: list[dict[str, Any]], folder: Path) -> str:
    """Unpack an archive up to the first file that is not as the manifest lists it; says what is wrong, '' if nothing is."""
    lists = [
        {"path": name, "bytes": len(text), "sha256": hashlib.sha256(text).hexdigest()}
        for name, text in _lists(listed).items()
    ]
    expected = {file["path"]: file for file in [*lists, *listed] if "archive" not in file}
    last = "its beginning"
    try:
        with lzma.open(io.BytesIO(content)) as stream, tarfile.open(fileobj=stream, mode="r:") as packed:
            for member in packed:
                file = expected.pop(member.name, None)
                if file is None or not member.isfile():
                    return f"{member.name!r} does not belong to it"
                if member.size == file["bytes"]:
                    if not (path := _place(folder, member.name)):
                        return f"{member.name!r} is outside its folder"
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


def _place(folder: Path, name: str) -> Path | None:
    """Where a file goes, in a folder that is there then; None if it would be outside."""
    path = folder / name
    if not path.resolve().is_relative_to(folder.resolve()):
        return None
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def _copy(listed: list[dict[str, Any]], earlier: Mapping[str, Path], folder: Path) -> str:
    """Copy what earlier archives have; says what is wrong, '' if nothing is."""
    for file in listed:
        if "archive" not in file:
            continue
        name, date = file["path"], file["archive"]
        if date not in earlier:
            return f"{name} is stored in that of the edition of {date}, which is missing here"
        if not (path := _place(folder, name)):
            return f"{name!r} is outside its folder"
        try:
            shutil.copyfile(earlier[date] / name, path)
        except FileNotFoundError:
            return f"{name} is missing in the edition of {date}"
        if file_hash(path) != file["sha256"]:
            return f"{name} is not the same in the edition of {date}"
        os.utime(path, (TIME, TIME))
    return ""


def unpack(
    archive: Path, manifest: Mapping[str, Any], folder: Path, earlier: Mapping[str, Path] = MappingProxyType({})
) -> None:
    """Unpack an archive into a new folder, if it is the one of its manifest.

    Parameters
    ----------
    archive : Path
        The archive.
    manifest : mapping
        Its manifest.
    folder : Path
        Where the files go.
    earlier : mapping of str to Path
        By their dates the unpacked editions that store files of this one (`stored_elsewhere`).

    Raises
    ------
    SiteError
        If the archive is missing, is not the one that was frozen, or would write outside the folder; names the first
        file in it, or in an earlier one, that is missing or altered.
    """
    try:
        content = archive.read_bytes()
    except FileNotFoundError:
        raise SiteError("the archive of the edition is missing", where=archive.name, remedy=REMEDY) from None
    as_frozen = hashlib.sha256(content).hexdigest() == manifest["archive"]["sha256"]
    folder.mkdir(parents=True, exist_ok=True)
    wrong = _extract(content, manifest["files"], folder)
    if not as_frozen:
        words = (
            f"the archive is not the one that was frozen: {wrong or 'its files are, but they are packed differently'}"
        )
        raise SiteError(words, where=archive.name, remedy=REMEDY)
    if wrong := wrong or _copy(manifest["files"], earlier, folder):
        raise SiteError(
            f"the archive does not hold the files of its manifest: {wrong}", where=archive.name, remedy=REMEDY
        )
