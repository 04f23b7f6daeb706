"""The files from which the report can be made again: in the site's download of the sources, and in every edition."""

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
