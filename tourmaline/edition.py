"""The edition stamp: the version and date of the data, and the commit of the code."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass

from tourmaline import __version__, paths


@dataclass(frozen=True)
class Edition:
    """What identifies an edition of the report."""

    data_version: str
    data_date: str
    library_version: str
    commit: str  # twelve digits; '' outside a git checkout
    modified: bool  # whether files differ from the commit

    def __str__(self) -> str:
        code = f"commit {self.commit}" if self.commit else "no commit"
        changed = ", with local changes" if self.modified else ""
        return f"data {self.data_version} of {self.data_date}, library {self.library_version}, {code}{changed}"


def _git(*arguments: str) -> str:
    try:
        done = subprocess.run(["git", "-C", str(paths.ROOT), *arguments], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return ""
    return done.stdout.strip()


def edition() -> Edition:
    """The edition of this checkout."""
    package = json.loads((paths.DATA / "datapackage.json").read_text(encoding="utf-8"))
    # A checkout inside some other repository is not ours to name.
    own = _git("rev-parse", "--show-toplevel") == str(paths.ROOT)
    return Edition(
        data_version=package["version"],
        data_date=package["created"][:10],  # the standard asks for a time too
        library_version=__version__,
        commit=_git("rev-parse", "--short=12", "HEAD") if own else "",
        modified=bool(own and _git("status", "--porcelain", "--untracked-files=no")),
    )
