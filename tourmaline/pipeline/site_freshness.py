"""Does the published site show what its sources would give? By content, like the results.

The sources are found, not listed: the code that the build of the site can import, and every file and folder of the checkout that was
read while the site was made. The stamp keeps a hash of each, in one of two groups. If anything in `shape` changes, the site is built
from nothing. If only `content` changes, unaffected pages are kept: Sphinx follows these files itself, or only the steps around
Sphinx read them, and these steps run in every build.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tourmaline import paths
from tourmaline.edition import Edition
from tourmaline.pipeline import freshness

STAMP = "made_from.json"
IMPORTS = "imports.json"  # what each module of ours imports
CHANGED = "changed while the site was made"


def _published(variant: paths.Variant) -> str:
    """One hash of all that is published, so that a damaged site is built again; of frozen editions, size and time of each file."""
    frozen = variant.site / "editions"
    found = freshness.tree(variant.site)
    files = freshness.hashes([path for path in found if not path.is_relative_to(frozen)], variant.site)
    for path in (path for path in found if path.is_relative_to(frozen)):
        about = path.stat()
        files[str(path)] = f"{about.st_size} {about.st_mtime_ns}"
    return hashlib.sha256(json.dumps(files).encode()).hexdigest()


def _state(path: Path) -> str:
    """A hash of what a file holds, or of the names in a folder, without hidden ones and Python's caches."""
    if not path.is_dir():
        return freshness.file_hash(path)
    names = sorted(entry.name for entry in path.iterdir() if not entry.name.startswith((".", "__pycache__")))
    return hashlib.sha256(json.dumps(names).encode()).hexdigest()


def _states(files: Iterable[Path]) -> dict[str, str]:
    return {paths.relative(path): _state(path) for path in sorted(files)}


def _loaded(files: Iterable[Path]) -> dict[str, str]:
    """The state of code. What was written since this process began may not be what it has loaded."""
    found = _states(files)
    for name in found:
        path = paths.ROOT / name
        if path.is_file() and max(path.stat().st_mtime, path.stat().st_ctime) >= freshness.LOADED:
            found[name] = CHANGED
    return found


def _results(variant: paths.Variant) -> dict[str, str]:
    """Hashes of all results, of what a variant has of them behind a link, and of what is known of the causes of their changes."""
    sweeps = freshness.tree(paths.SWEEPS, "explorer.json")
    causes = [variant.causes] if variant.causes.exists() else []
    found = freshness.hashes(sweeps, paths.ROOT) | freshness.hashes(causes, variant.folder)
    return found | freshness.hashes(freshness.tree(variant.results), variant.source)


def _is_source(path: Path, variant: paths.Variant) -> bool:
    """Whether a file or folder that was read counts as a source of the site.

    Code does not, because the imports show it; nor do results, because all of them count; nor does what is generated, hidden or
    part of the environment. The manifest of an edition stands for its archive. The list of names in the root of the checkout does
    not count either, because new files there rarely concern the site.
    """
    place, root = str(path), f"{paths.ROOT}{os.sep}"  # as text: pathlib takes a second for the thousands of them
    if place.startswith(source := f"{variant.source}{os.sep}"):
        place = root + place.removeprefix(source)
    if not place.startswith(root) or place.startswith(f"{sys.prefix}{os.sep}"):
        return False
    first, *others = parts = place.removeprefix(root).split(os.sep)  # noqa: PTH206  as text, see above
    generated = (paths.BUILD, paths.RESULTS, paths.RUNS)
    return not (
        any(part.startswith((".", "__pycache__")) for part in parts)
        or first in (*(folder.name for folder in generated), paths.BUSY.name)
        or (first == paths.EDITIONS.name and len(others) == 1 and place.endswith(".xz"))
        or (first == "tourmaline" and (place.endswith(".py") or path.is_dir()))
    )


def last_stamp(variant: paths.Variant) -> dict[str, Any]:
    """What the last build saw; empty if there was none."""
    try:
        stamp = json.loads((variant.state / STAMP).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def _holds(group: Any) -> bool:
    """Whether everything that a group of the stamp names is as it was."""
    return isinstance(group, dict) and all(_state(paths.ROOT / name) == was for name, was in group.items())


def site_is_stale(variant: paths.Variant, edition: Edition) -> bool:
    """Whether the published site differs from what its sources would give."""
    stamp = last_stamp(variant)
    return (
        not variant.site.exists()
        or not (_holds(stamp.get("shape")) and _holds(stamp.get("content")))
        or stamp.get("results") != _results(variant)
        or stamp.get("edition") != vars(edition)
        or stamp.get("site") != _published(variant)
    )


@dataclass(frozen=True)
class Making:
    """One build of a site: the state of its sources before anything is read.

    Parameters
    ----------
    variant : Variant
        Which variant of the report.
    edition : Edition
        What identifies it.
    begun : float
        When it began, as the files' own times tell it.
    last : dict
        The stamp of the last build if its pages can be kept; empty if all are to be made from nothing.
    shape, content, results : dict
        Hashes of the code of the pages, of the other code, and of the results.
    """

    variant: paths.Variant
    edition: Edition
    begun: float
    last: dict[str, Any]
    shape: dict[str, str]
    content: dict[str, str]
    results: dict[str, str]

    @property
    def code(self) -> str:
        """One hash of all code and libraries that shape the site."""
        return hashlib.sha256(json.dumps([self.shape, self.content]).encode()).hexdigest()

    @property
    def loaded(self) -> set[Path]:
        """Code and settings that what makes the pages loads before it reads pages."""
        return {paths.ROOT / name for name in (*self.shape, *self.last.get("shape", ()))}

    def _read(self, files: Iterable[Path]) -> dict[str, str]:
        """The state of what was read. A file that was written during the build may have been read before or after that."""
        found = _states(path for path in files if _is_source(path, self.variant))
        for name in found:
            path = paths.ROOT / name
            if path.is_file() and max(path.stat().st_mtime, path.stat().st_ctime) >= self.begun:
                found[name] = CHANGED
        return found

    def write_stamp(self, for_pages: set[Path], followed: set[Path], after: set[Path]) -> None:
        """Note what the published site was built from.

        Parameters
        ----------
        for_pages : set of Path
            What was read while Sphinx made the pages.
        followed : set of Path
            The files that Sphinx follows itself.
        after : set of Path
            What was read before and after Sphinx.
        """
        # Sphinx walks through every folder to find pages. Only those count from which it read a file.
        files = {path for path in for_pages if not path.is_dir()}
        for_pages = files | {path.parent for path in files}
        was = {name: {paths.ROOT / one for one in self.last.get(name, ())} for name in ("shape", "content")}
        # Pages that were kept still depend on what was read when they were made.
        shape = self._read(was["shape"] | (for_pages - followed)) | self.shape
        content = self._read(was["content"] | (for_pages & followed) | after) | self.content
        stamp = {
            "shape": shape,
            "content": {name: state for name, state in content.items() if name not in shape},
            "results": self.results,
            "edition": vars(self.edition),
            "site": _published(self.variant),
        }
        (self.variant.state / STAMP).write_text(json.dumps(stamp), encoding="utf-8")


def begin_making(variant: paths.Variant, edition: Edition) -> Making:
    """Record what the site will be made from, and remove the stamp of the last build, which is about to become untrue."""
    from tourmaline.pipeline import page_code  # not needed where nothing is made

    with tempfile.NamedTemporaryFile(dir=variant.state) as file:
        begun = Path(file.name).stat().st_mtime  # by the clock of the file system
    imports, last = page_code.Imports(variant.state / IMPORTS), last_stamp(variant)
    pages, site = page_code.code_of_pages(imports), page_code.code_of_site(imports)
    imports.keep()
    # What lies in the extension's folder is loaded.
    shape = _loaded({*pages, page_code.EXTENSION, paths.LOCK, paths.REPORT})
    keep = _holds(last.get("shape"))
    (variant.state / STAMP).unlink(missing_ok=True)
    return Making(variant, edition, begun, last if keep else {}, shape, _loaded(site - pages), _results(variant))
