"""The files from which the report can be made again, in the site's download of the sources and in every edition; and those that test it."""

from __future__ import annotations

from pathlib import Path

from tourmaline import paths
from tourmaline.pipeline import freshness

FOLDERS = ("book", "data", "docs", "notebooks", "scenarios", "tourmaline")
FILES = (
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
    found = [path for folder in FOLDERS for path in visible(paths.ROOT / folder)]
    found += sorted(paths.BENCHMARKS.parent.glob("*.json"))  # pages show what was measured
    found += [path for name in FILES if (path := paths.ROOT / name).exists()]
    return {path.relative_to(paths.ROOT).as_posix(): path for path in found}


def workshop_files() -> dict[str, Path]:
    """The files with which the sources are tested and published, by their names."""
    found = [path for folder in WORKSHOP_FOLDERS for path in visible(paths.ROOT / folder)]
    found += [path for name in WORKSHOP_FILES if (path := paths.ROOT / name).exists()]
    return {path.relative_to(paths.ROOT).as_posix(): path for path in found}
