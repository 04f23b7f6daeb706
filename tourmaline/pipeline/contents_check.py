"""Check the table of contents: it names every page and every notebook, and nothing that is not there.

Jupyter Book builds what _toc.yml names and says nothing of a page that it does not.
"""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from tourmaline import paths
from tourmaline.errors import SiteError, nearest
from tourmaline.pipeline.notebooks import all_notebooks
from tourmaline.yaml_files import front_matter, load_yaml

TOC = "_toc.yml"
PAGE_ENDINGS = (".md", ".rst", ".ipynb")


def _without_ending(name: str) -> str:
    return next((name.removesuffix(ending) for ending in PAGE_ENDINGS if name.endswith(ending)), name)


def named_pages(entry: Any) -> Iterator[str]:
    """The pages that a part of the table of contents names, at whatever depth."""
    if isinstance(entry, dict):
        for key, value in entry.items():
            if key in ("root", "file"):
                yield _without_ending(str(value))
            elif key == "glob":
                yield from (_without_ending(paths.relative(path)) for path in sorted(paths.ROOT.glob(str(value))))
            else:
                yield from named_pages(value)
    elif isinstance(entry, list):
        for part in entry:
            yield from named_pages(part)


def _found_pages() -> dict[str, Path]:
    """The pages of the book by their names: those of book/, and those in the root that _config.yml does not exclude."""
    configuration = load_yaml(paths.ROOT / "_config.yml", error=SiteError)
    excluded = configuration.get("exclude_patterns") or () if isinstance(configuration, dict) else ()
    in_root = [path for path in paths.ROOT.glob("[!.]*") if not any(fnmatch(path.name, one) for one in excluded)]
    found = sorted([*in_root, *(paths.ROOT / "book").rglob("[!.]*")])
    return {_without_ending(paths.relative(path)): path for path in found if path.suffix.lower() in PAGE_ENDINGS}


def check_pages() -> int:
    """Check that _toc.yml names every page of book/ and of the root, and that every page it names is there.

    Returns
    -------
    int
        Number of pages.

    Raises
    ------
    SiteError
        For the first page that is named nowhere, is named twice or is missing, and for a wrong front matter.
    """
    pages = _found_pages()
    named = list(named_pages(load_yaml(paths.ROOT / TOC, error=SiteError)))
    results = {f"results/{notebook.stem}/{notebook.stem}" for notebook in all_notebooks()}
    for page in named:
        if named.count(page) > 1:
            raise SiteError(f"{page} is named twice", where=TOC, remedy="A page has one place in the book.")
        if page not in pages and page not in results:
            remedy = f"{nearest(page, [*pages, *results])} Correct it, or take it out.".strip()
            raise SiteError(f"there is no page {page}", where=TOC, remedy=remedy)
    for page, path in pages.items():
        front_matter(path, error=SiteError)
        if page not in named:
            raise SiteError(
                "no table of contents names this page, so the book does not have it",
                where=paths.relative(path),
                remedy=f"Add `- file: {page}` to {TOC}, or take the page away.",
            )
    return len(pages)


def check_notebooks_are_named() -> None:
    """Check that _toc.yml names the results of every notebook.

    Raises
    ------
    SiteError
        For the first that it does not name: the notebook would run, and no reader would find it.
    """
    named = set(named_pages(load_yaml(paths.ROOT / TOC, error=SiteError)))
    for notebook in all_notebooks():
        page = f"results/{notebook.stem}/{notebook.stem}"
        if page not in named:
            raise SiteError(
                "no table of contents names this notebook, so the book does not show it",
                where=paths.relative(notebook),
                remedy=f"Add `- file: {page}` to {TOC}.",
            )
