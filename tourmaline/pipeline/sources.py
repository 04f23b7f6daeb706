"""The files from which the report can be made again, in the site's download of the sources and in every edition; and those that test it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tourmaline import paths
from tourmaline.pipeline import freshness
from tourmaline.version_control import git, is_checkout

SOURCE_FOLDERS = ("book", "data", "docs", "notebooks", "scenarios", "tourmaline")
SOURCE_FILES = (
    "_config.yml",
    "_toc.yml",
    "CHANGELOG.md",
    "CITATION.cff",
    "CONTRIBUTING.md",
    "editions.yaml",
    "index.md",
    "LICENSE",
    "Makefile",
    "pyproject.toml",
    "README.md",
    "requirements.txt",
)
# What `make test` needs besides: in every edition, not in the site's download, for no page depends on it.
WORKSHOP_FOLDERS = ("benchmarks", "binder", "tests", ".ci", ".github")
WORKSHOP_FILES = (".gitignore", ".pre-commit-config.yaml", "requirements-dev.txt")


def visible(folder: Path) -> list[Path]:
    """The files below a folder without what is hidden: tools keep their caches so."""
    return [
        path
        for path in freshness.tree(folder)
        if not any(part.startswith(".") for part in path.relative_to(folder).parts)
    ]


def source_files() -> dict[str, Path]:
    """The source files by their names."""
    found = [path for folder in SOURCE_FOLDERS for path in visible(paths.ROOT / folder)]
    found += sorted(paths.BENCHMARKS.parent.glob("*.json"))  # pages show what was measured
    found += [path for name in SOURCE_FILES if (path := paths.ROOT / name).exists()]
    return {path.relative_to(paths.ROOT).as_posix(): path for path in found}


def workshop_files() -> dict[str, Path]:
    """The files with which the sources are tested and published, by their names."""
    found = [path for folder in WORKSHOP_FOLDERS for path in visible(paths.ROOT / folder)]
    found += [path for name in WORKSHOP_FILES if (path := paths.ROOT / name).exists()]
    return {path.relative_to(paths.ROOT).as_posix(): path for path in found}


def untracked_files() -> list[str]:
    """The files that an edition would hold and git does not, ignored ones too; none outside a checkout."""
    if not is_checkout():
        return []
    tracked = git("ls-files", "-z").split("\0")
    return sorted((source_files() | workshop_files()).keys() - set(tracked))


def copy_sources(place: Path) -> None:
    """Copy the source files into another folder."""
    for name, path in source_files().items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, place / name)


def run_command(there: Path, *arguments: str, **environment: str) -> str:
    """Run the command `tourmaline` of the sources in another folder, with the packages of this one; says what went wrong, or ''."""
    done = subprocess.run(
        [sys.executable, "-c", "from tourmaline.cli import main; main()", *arguments],
        cwd=there,
        env={**os.environ, **environment, "PYTHONPATH": str(there)},
        capture_output=True,
        text=True,
        check=False,
    )
    return (done.stderr.strip() or f"exit code {done.returncode}") if done.returncode else ""
