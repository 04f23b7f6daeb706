"""The modules of ours that can shape a page: all that the build of the site can import, found by reading their sources.

An import inside a function counts, and so does a module that is named in a string (`python -m ...`), because the next build may run
what the last one did not.
"""

from __future__ import annotations

import ast
import contextlib
import functools
import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from tourmaline import paths
from tourmaline.pipeline import freshness

LIBRARY = paths.ROOT / "tourmaline"
SITE = LIBRARY / "pipeline" / "site.py"  # what makes the site of the pages
PAGES = LIBRARY / "pipeline" / "sphinx_build.py"  # what makes the pages; Sphinx loads its extension by name
EXTENSION = LIBRARY / "sphinx_ext"


def _files(name: str) -> Iterator[Path]:
    """The files that an import of this dotted name runs: each package on the way, and the module."""
    parts = name.split(".")
    for number in range(1, len(parts) + 1):
        place = paths.ROOT.joinpath(*parts[:number])
        yield from (path for path in (place / "__init__.py", place.with_suffix(".py")) if path.is_file())


def _is_for_types_alone(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def _names(node: ast.AST, package: str) -> Iterator[str]:
    """The dotted names that a piece of code can import."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        above = package.rsplit(".", node.level - 1)[0] if node.level else ""
        base = ".".join(filter(None, (above, node.module)))
        yield from (f"{base}.{alias.name}" for alias in node.names)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    pieces = node.orelse if _is_for_types_alone(node) else ast.iter_child_nodes(node)
    for piece in pieces:
        yield from _names(piece, package)


def _imported(path: Path) -> list[str]:
    """The dotted names below our package that a module can import."""
    package = ".".join(path.relative_to(paths.ROOT).parent.parts)
    names = set(_names(ast.parse(path.read_bytes()), package))
    return sorted(name for name in names if name.partition(".")[0] == LIBRARY.name)


class Imports:
    """What each module of ours imports; kept in a file under a hash of what the module holds, for parsing all takes half a second."""

    def __init__(self, kept: Path | None = None) -> None:
        self._kept, self._was, self._names = kept, {}, {}
        self._files = functools.cache(lambda name: list(_files(name)))  # many modules import the same
        with contextlib.suppress(OSError, ValueError):
            self._was = json.loads(kept.read_text(encoding="utf-8")) if kept else {}

    def of(self, path: Path) -> set[Path]:
        """The files of ours that a module can import."""
        key = f"{paths.relative(path)} {freshness.file_hash(path)}"
        if key not in self._names:
            self._names[key] = self._was[key] if key in self._was else _imported(path)
        return {file for name in self._names[key] for file in self._files(name)}

    def keep(self) -> None:
        """Write what was found, if it is not what stands in the file."""
        if self._kept and self._names != self._was:
            self._kept.write_text(json.dumps(self._names, sort_keys=True), encoding="utf-8")


def _reachable(starts: Iterable[Path], imports: Imports) -> set[Path]:
    found: set[Path] = set()
    waiting = set(starts)
    while waiting:
        path = waiting.pop()
        found.add(path)
        waiting |= imports.of(path) - found
    return found


def code_of_pages(imports: Imports) -> set[Path]:
    """The modules that Sphinx may load while it makes the pages."""
    packages = {LIBRARY / "__init__.py", PAGES.with_name("__init__.py")}
    return _reachable({PAGES, *packages, *EXTENSION.rglob("*.py")}, imports)


def code_of_site(imports: Imports) -> set[Path]:
    """The modules that may run while the site is built: those of the pages, and those that work before and after Sphinx."""
    return _reachable({SITE}, imports) | code_of_pages(imports)
