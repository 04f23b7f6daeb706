"""What git knows of these sources. Without git, or outside a checkout of our own, it knows nothing."""

from __future__ import annotations

import subprocess

from tourmaline import paths
from tourmaline.errors import ParameterError


def git(*arguments: str) -> str:
    """What git answers; '' if there is none, or it refuses."""
    try:
        done = subprocess.run(["git", "-C", str(paths.ROOT), *arguments], capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return ""
    return done.stdout.decode("utf-8", errors="replace").strip()


def is_checkout() -> bool:
    """Whether the project's folder is the top of a checkout: one inside some other repository is not ours to name."""
    return git("rev-parse", "--show-toplevel") == str(paths.ROOT)


def commit_of(revision: str) -> str:
    """The commit that a revision names, twelve digits.

    Raises
    ------
    ParameterError
        If git does not know it, or the project is not a checkout.
    """
    if not is_checkout():
        raise ParameterError(
            "this folder is not a git checkout", remedy="Clone the repository to compare with a commit."
        )
    found = git("rev-parse", "--verify", "--quiet", "--short=12", "--end-of-options", f"{revision}^{{commit}}")
    if not found:
        raise ParameterError(
            f"git does not know the commit {revision!r}",
            remedy="`git log --oneline` lists commits; a tag, a branch or the date of a frozen edition is right too.",
        )
    return found
