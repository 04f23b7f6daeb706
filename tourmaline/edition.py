"""What identifies an edition of the report: its date and title, the version of the data, the commit of the code."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tourmaline import __version__, paths
from tourmaline.identity import identity
from tourmaline.version_control import git, is_checkout


@dataclass(frozen=True)
class Edition:
    """What identifies an edition, or a build between editions, which has neither date nor title."""

    data_version: str
    data_date: str
    library_version: str
    commit: str  # twelve digits; '' outside a git checkout and the sources of a frozen edition
    modified: bool  # whether files differ from the commit
    date: str = ""
    title: str = ""
    settings: str = ""  # the parameters of its scenario, in words

    def __str__(self) -> str:
        changed = ", with local changes" if self.modified else ""
        return f"data {self.data_version} of {self.data_date}, library {self.library_version}, {self.code}{changed}"

    @property
    def code(self) -> str:
        return f"commit {self.commit}" if self.commit else "outside version control"

    @property
    def name(self) -> str:
        """What every page says that it is."""
        if not self.title:
            return "The latest build"
        what = f"Edition of {self.date}" if self.date else "A variant of the report"
        return f"{what}. {self.title}: {self.settings or 'every parameter at its default'}"

    @property
    def citation(self) -> str:
        """How to cite it, in words."""
        which = f"Edition of {self.date} ({self.title})" if self.date else self.name
        return f"{identity().author}. {identity().title}. {which}; {self}."

    def bibtex(self, repository: str) -> str:
        """How to cite it, for a reference manager."""
        fields = {
            "author": f"{{{identity().author}}}",
            "title": f"{{{identity().title}}}",
            "year": (self.date or self.data_date)[:4],
            "edition": f"Edition of {self.date}" if self.date else self.name,
            "note": str(self),
            **({"url": repository} if repository else {}),
        }
        lines = ",\n".join(f"  {name} = {{{words}}}" for name, words in fields.items())
        return f"@misc{{tourmaline-living-report-{self.date or 'latest'},\n{lines}\n}}\n"


def _checksum(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def frozen_note() -> dict[str, Any]:
    """What the sources of a frozen edition say of themselves: commit, modified, earlier, files; empty for other sources."""
    try:
        return json.loads(paths.FROZEN_NOTE.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}


def _code() -> tuple[str, bool]:
    """The commit of these sources, and whether they differ from it: git knows, or the note of a frozen edition."""
    if is_checkout():
        return git("rev-parse", "--short=12", "HEAD"), bool(git("status", "--porcelain", "--untracked-files=no"))
    if not (note := frozen_note()):
        return "", False
    changed = any(_checksum(paths.ROOT / name) != was for name, was in note["files"].items())
    return note["commit"], note["modified"] or changed


def edition_of_sources(date: str = "", title: str = "", settings: str = "") -> Edition:
    """The edition that these sources make; without a date, a build between editions."""
    package = json.loads((paths.DATA / "datapackage.json").read_text(encoding="utf-8"))
    commit, modified = _code()
    return Edition(
        data_version=package["version"],
        data_date=package["created"][:10],  # the standard asks for a time too
        library_version=__version__,
        commit=commit,
        modified=modified,
        date=date,
        title=title,
        settings=settings,
    )
