"""The files from which the report can be made again: in the site's download of the sources, and in every edition."""

from __future__ import annotations

from pathlib import Path

from tourmaline import paths
from tourmaline.pipeline import freshness

FOLDERS = ("book", "data", "notebooks", "scenarios", "tourmaline")
FILES = (
    "_config.yml",
    "_toc.yml",
    "benchmarks/results.json",  # a page shows it
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


def source_files() -> dict[str, Path]:
    """The source files by their names. What is hidden is left out: tools keep their caches so."""
    found = [path for folder in FOLDERS for path in freshness.tree(paths.ROOT / folder)]
    found += [path for name in FILES if (path := paths.ROOT / name).exists()]
    named = {path.relative_to(paths.ROOT): path for path in found}
    return {name.as_posix(): path for name, path in named.items() if not any(p.startswith(".") for p in name.parts)}
