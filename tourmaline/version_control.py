"""What git knows of these sources. Without git, or outside a checkout of our own, it knows nothing."""

from __future__ import annotations

import subprocess

from tourmaline import paths


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
