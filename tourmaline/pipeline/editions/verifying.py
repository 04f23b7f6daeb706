"""Verify a frozen edition: is its archive whole, and do the code and data in it give the same bytes again?"""

from __future__ import annotations

import json
import os
import platform
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tourmaline import paths
from tourmaline.errors import ParameterError, SiteError
from tourmaline.pipeline import freshness
from tourmaline.pipeline.build import Announce
from tourmaline.pipeline.byte_differences import first_difference
from tourmaline.pipeline.editions.archive import unpack
from tourmaline.pipeline.editions.declared import Declared, checked_date
from tourmaline.pipeline.editions.freezing import freeze_there
from tourmaline.pipeline.editions.registry import FrozenEdition, frozen_editions, manifest_file
from tourmaline.pipeline.staging import staging

COMPARED = ("results", "site")
EXPLAINED = 10  # files of which is said where they differ
# An archive frozen before the note existed carries no commit. Its code asks this program instead of git; the manifest answers.
GIT = """\
#!/bin/sh
case "$*" in
*--show-toplevel) echo "$2" ;;
*HEAD) echo "{commit}" ;;
*status*) echo "{modified}" ;;
*ls-files*) cd "$2" && find . -type f | sed 's,^[.]/,,' | tr '\\n' '\\0' ;;
esac
"""


@dataclass(frozen=True)
class Verification:
    """What the rebuild of an edition gave.

    Parameters
    ----------
    date : str
        The edition.
    agree : int
        How many files of the results and the site are the same bytes.
    differ, missing, added : list of str
        The files of other bytes, those that were not made again, and those that the archive does not have.
    first : dict of str to str
        For the first files that differ, where they do, with both values.
    notes : list of str
        How the environment differs from that of the edition.
    """

    date: str
    agree: int
    differ: list[str]
    missing: list[str]
    added: list[str]
    first: dict[str, str]
    notes: list[str]

    @property
    def is_same(self) -> bool:
        return not (self.differ or self.missing or self.added)


def _frozen(date: str) -> FrozenEdition:
    found = {edition.date: edition for edition in frozen_editions()}
    if checked_date(date) not in found:
        raise ParameterError(
            f"the edition of {date} is not frozen here", remedy=f"Frozen editions: {', '.join(found) or 'none'}."
        )
    return found[date]


def _bring_earlier(source: Path, date: str, note: Mapping[str, Any]) -> Iterator[str]:
    """Copy the earlier editions, with which the pages compare this one; yields which are missing or have changed."""
    here = {edition.date: edition for edition in frozen_editions(before=date)}
    then = note.get("earlier", {name: edition.checksum for name, edition in here.items()})
    (source / "editions").mkdir()
    for name, checksum in then.items():
        if name not in here:
            yield f"the earlier edition of {name} is missing here"
            continue
        if here[name].checksum != checksum:
            yield f"the earlier edition of {name} has changed since this one was frozen"
        for path in (here[name].archive, manifest_file(name)):
            shutil.copyfile(path, source / "editions" / path.name)


def _other_environment(frozen: Path) -> Iterator[str]:
    if freshness.file_hash(frozen / "source" / paths.LOCK.name) != freshness.file_hash(paths.LOCK):
        yield f"the edition was made with another {paths.LOCK.name} than that of this environment"
    now = ".".join(platform.python_version_tuple()[:2])
    records = [json.loads(path.read_bytes()) for path in (frozen / "results").glob("[!.]*/run.json")]
    for then in sorted({record["python"] for record in records} - {now}):
        yield f"the edition was made with Python {then}, this is Python {now}"


def _in_place_of_git(folder: Path, about: Mapping[str, Any]) -> dict[str, str]:
    """The environment in which git says what the manifest says."""
    folder.mkdir()
    modified = " M" if about["modified"] else ""
    (folder / "git").write_text(GIT.format(commit=about["commit"], modified=modified), encoding="utf-8")
    (folder / "git").chmod(0o755)
    return {"PATH": f"{folder}{os.pathsep}{os.environ.get('PATH', '')}"}


def _contents(folder: Path) -> dict[str, Path]:
    files = [path for part in COMPARED for path in freshness.tree(folder / part)]
    files += [path for path in [folder / paths.Variant().causes.name] if path.exists()]
    return {path.relative_to(folder).as_posix(): path for path in files}


def _order(name: str) -> tuple[bool, bool, str]:
    """Values come first, because pages differ when values do."""
    return not name.startswith("results/"), not name.endswith("/values.json"), name


def compare_files(date: str, frozen: Path, again: Path, notes: list[str]) -> Verification:
    """Compare the results and the site of two unpacked archives, byte by byte."""
    old, new = _contents(frozen), _contents(again)
    both = sorted(old.keys() & new.keys(), key=_order)
    differ = [name for name in both if old[name].read_bytes() != new[name].read_bytes()]
    return Verification(
        date=date,
        agree=len(both) - len(differ),
        differ=differ,
        missing=sorted(old.keys() - new.keys()),
        added=sorted(new.keys() - old.keys()),
        first={
            name: first_difference(name, old[name].read_bytes(), new[name].read_bytes()) for name in differ[:EXPLAINED]
        },
        notes=notes,
    )


def verify(date: str, *, limits: Mapping[str, int], jobs: int, announce: Announce) -> Verification:
    """Check the archive of an edition, and make the edition again from the code and data within it.

    Parameters
    ----------
    date : str
        The edition.
    limits, jobs, announce
        As for `build`.

    Raises
    ------
    ParameterError
        If there is no frozen edition of this date.
    SiteError
        If the archive is damaged, or its code and data do not build.
    """
    edition = _frozen(date)
    paths.BUILD.mkdir(exist_ok=True)
    with staging(paths.BUILD, ".verify-") as folder:
        frozen, again = folder / "frozen", folder / "again"
        unpack(edition.archive, edition.manifest, frozen, edition.storing())
        announce(f"the edition of {date}, made again from its archive", 0, 1)
        source, about = frozen / "source", edition.manifest["edition"]
        note_file = source / paths.FROZEN_NOTE.name
        note = json.loads(note_file.read_text(encoding="utf-8")) if note_file.exists() else {}
        notes = [*_other_environment(frozen), *_bring_earlier(source, date, note)]
        environment = {} if note else _in_place_of_git(folder / "git", about)
        if said := freeze_there(source, Declared(date, about["title"], about["scenario"]), limits, jobs, **environment):
            raise SiteError(
                "; ".join([f"the edition cannot be made again: {said}", *notes]),
                where=edition.archive.name,
                remedy="The archive is whole. Its code may need the environment of its own requirements.txt.",
            )
        made = source / "editions"
        manifest = json.loads((made / f"{date}.json").read_text(encoding="utf-8"))
        unpack(made / edition.archive.name, manifest, again, FrozenEdition(date, manifest).storing())
        return compare_files(date, frozen, again, notes)
