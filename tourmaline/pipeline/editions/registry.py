"""The editions that are frozen: editions/<date>.tar.xz and <date>.json, unpacked below _build when they are needed."""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tourmaline import paths
from tourmaline.errors import SiteError
from tourmaline.pipeline.atomic_replace import atomic_replace
from tourmaline.pipeline.editions.archive import TIME, stored_elsewhere, unpack
from tourmaline.pipeline.editions.changes import Snapshot
from tourmaline.pipeline.mirror import Mirror
from tourmaline.pipeline.published_address import with_address
from tourmaline.pipeline.staging import staging

UNPACKED = paths.BUILD / "editions"
MARK = ".sha256"  # of the archive that was unpacked


@dataclass(frozen=True)
class FrozenEdition:
    """One frozen edition."""

    date: str
    manifest: dict[str, Any]

    @property
    def archive(self) -> Path:
        return paths.EDITIONS / f"{self.date}.tar.xz"

    @property
    def checksum(self) -> str:
        """SHA-256 of the archive."""
        return self.manifest["archive"]["sha256"]

    @property
    def title(self) -> str:
        return self.manifest["edition"]["title"]

    def folder(self) -> Path:
        """Its files, unpacked and checked."""
        folder = UNPACKED / self.date
        mark = folder / MARK
        if not mark.exists() or mark.read_text(encoding="utf-8") != self.checksum or not self._is_sound(folder):
            UNPACKED.mkdir(parents=True, exist_ok=True)
            with staging(UNPACKED, f".{self.date}-") as staged:
                unpack(self.archive, self.manifest, staged / "files", self.storing())
                self._store_once(staged / "files")
                (staged / "files" / MARK).write_text(self.checksum, encoding="utf-8")
                atomic_replace(staged / "files", folder)
        return folder

    def storing(self) -> dict[str, Path]:
        """Date and unpacked files of each earlier edition that is here and stores files of this one."""
        dates = stored_elsewhere(self.manifest["files"])
        return {one.date: one.folder() for one in frozen_editions(before=self.date) if one.date in dates}

    def _store_once(self, folder: Path) -> None:
        """Make files alike hard links to one, also to those of other editions, where the file system has links."""
        others = [(UNPACKED / one.date, one.manifest["files"]) for one in frozen_editions() if one.date != self.date]
        stored: dict[str, Path] = {}
        for place, files in (*others, (folder, self.manifest["files"])):
            for file in files:
                path = place / file["path"]
                if not _is_as_unpacked(str(path), file["bytes"]):
                    continue
                first = stored.setdefault(file["sha256"], path)
                if place == folder and first != path:
                    linked = path.with_name(f"{path.name}.linked")
                    with contextlib.suppress(OSError):
                        linked.hardlink_to(first)
                        linked.replace(path)

    def _is_sound(self, folder: Path) -> bool:
        """Whether each unpacked file has its size and the time of the archive, which any change of it would change."""
        return all(_is_as_unpacked(f"{folder}/{file['path']}", file["bytes"]) for file in self.manifest["files"])

    def snapshot(self) -> Snapshot:
        folder = self.folder()
        return Snapshot(self.date, self.title, folder / "results", folder / "source" / "data")


def _is_as_unpacked(path: str, size: int) -> bool:
    try:
        about = os.stat(path)  # noqa: PTH116  thousands: pathlib takes three times as long
    except FileNotFoundError:
        return False
    return about.st_size == size and about.st_mtime == TIME


def manifest_file(date: str) -> Path:
    """The manifest of a frozen edition."""
    return paths.EDITIONS / f"{date}.json"


def _manifests() -> list[Path]:
    """The manifests, looked for by reading the folder: so the stamp of the site knows of the folder while it is absent."""
    try:
        return sorted(path for path in paths.EDITIONS.iterdir() if path.suffix == ".json")
    except FileNotFoundError:
        return []


def frozen_editions(before: str = "") -> list[FrozenEdition]:
    """The frozen editions in the order of their dates; of those before a date, if one is given.

    Raises
    ------
    SiteError
        If a manifest cannot be read, or is that of another date: then an edition is there twice.
    """
    found = []
    for path in _manifests():
        where = paths.relative(path)
        try:
            manifest = json.loads(path.read_text(encoding="utf-8"))
            date, _, _ = manifest["edition"]["date"], manifest["archive"]["sha256"], manifest["files"]
        except (ValueError, KeyError, TypeError):
            raise SiteError(
                "the manifest of the edition cannot be read", where=where, remedy="Restore it with its archive."
            ) from None
        if date != path.stem:
            raise SiteError(
                f"it is the manifest of the edition of {date}: that edition is named twice",
                where=where,
                remedy="Remove the copy.",
            )
        if not before or date < before:
            found.append(FrozenEdition(date, manifest))
    return found


def place_editions(site: Mirror, base: str) -> list[str]:
    """Put every frozen edition into its permanent folder of the site, with its archive and manifest; returns their names.

    Parameters
    ----------
    site : Mirror
        The folder of the site.
    base : str
        The address where the book is published, which the pages then name with their own; '' leaves every file as it was frozen.
    """
    names = []
    for edition in frozen_editions():
        folder, target = edition.folder(), f"editions/{edition.date}"
        listed = [file["path"] for file in edition.manifest["files"] if file["path"].startswith("site/")]
        placed = {f"{target}/{name.removeprefix('site/')}": folder / name for name in listed}
        for name, source in placed.items():
            if base and name.endswith(".html"):
                site.write(name, with_address(source.read_bytes(), base + name))
            else:
                site.link(name, source)
        site.link(f"{target}/{edition.archive.name}", edition.archive)
        site.write(f"{target}/manifest.json", manifest_file(edition.date).read_bytes())
        names += [*placed, f"{target}/{edition.archive.name}", f"{target}/manifest.json"]
    return names
