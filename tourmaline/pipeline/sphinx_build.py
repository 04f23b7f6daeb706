"""Run Jupyter Book on all cores: `python -m tourmaline.pipeline.sphinx_build SOURCE OUTPUT JOBS NOTES`.

Jupyter Book's own command has no such option, though the function behind it has. The rest is as with
`jupyter-book build -W -n --keep-going`. It is a program because Sphinx changes the process it runs in. When Sphinx is
ready, it waits for a line on the standard input: only then may pages be read. What it reads of the checkout is written
into the file NOTES.
"""

from __future__ import annotations

import functools
import gc
import importlib.metadata
import os
import sys
from collections.abc import Iterable
from pathlib import Path

# For each reference pybtex looks its plug-ins up again, in the metadata of every installed package: a second in each build.
importlib.metadata.entry_points = functools.cache(importlib.metadata.entry_points)

# Sphinx keeps what it makes to the end. To look for garbage in it again and again took a quarter of a build's time, more where
# a forked process copies what the collector touches. Without it a build of this book takes some hundred megabytes more.
gc.disable()

import soupsieve  # noqa: E402
from jinja2 import FileSystemBytecodeCache  # noqa: E402
from jupyter_book.sphinx import build_sphinx  # noqa: E402
from pybtex.style.formatting import BaseStyle  # noqa: E402
from sphinx.application import Sphinx  # noqa: E402
from sphinx.search import IndexBuilder  # noqa: E402
from sphinx.search.en import SearchEnglish  # noqa: E402
from sphinx.util import matching  # noqa: E402
from sphinxcontrib.bibtex.domain import get_docnames  # noqa: E402

from tourmaline.errors import SiteError  # noqa: E402
from tourmaline.pipeline.contents_check import PAGE_ENDINGS, TOC, named_pages  # noqa: E402
from tourmaline.pipeline.watching import watching  # noqa: E402
from tourmaline.yaml_files import load_yaml  # noqa: E402

# What Sphinx works out again for each page: the stem of each word, and the names of all pages as a regular expression.
SearchEnglish.stem = functools.cache(SearchEnglish.stem)
matching._translate_pattern = functools.cache(matching._translate_pattern)
build_at_once, format_at_once, prune = Sphinx.build, BaseStyle.format_entry, IndexBuilder.prune
formatted: dict[tuple[object, ...], object] = {}


def format_once(style: BaseStyle, label: str, entry: object, bib_data: object = None) -> object:
    """A reference in words: in every build all of them are asked for, twice."""
    if bib_data is not None:
        return format_at_once(style, label, entry, bib_data)
    key = (type(style), label, repr(entry))
    if key not in formatted:
        formatted[key] = format_at_once(style, label, entry)
    return formatted[key]


def prune_whole(index: IndexBuilder, docnames: Iterable[str]) -> None:
    """Take pages out of the search index, and words that stand on no page any more, as if it were made from nothing."""
    prune(index, docnames)
    for words in (index._mapping, index._title_mapping):
        for word in [word for word, pages in words.items() if not pages]:
            del words[word]


def get_ready(app: Sphinx) -> None:
    """Do what every build does and no page decides: format the references of the last build, compile patterns and the theme's templates."""
    references = app.env.get_domain("cite")
    pages = (
        list(get_docnames(app.env)) if app.env.all_docs else []
    )  # in the order of the contents, which numbers the references
    for key in references.bibliographies:
        list(references.get_formatted_entries(key, pages, True, ""))
    app.env.find_files(
        app.config, app.builder
    )  # compiles the patterns of the names to leave out; the build looks again
    soupsieve.compile(
        "li.current > a:not(.reference)[href='#']"
    )  # compiles the patterns of what selects parts of a page
    if templates := getattr(app.builder.templates, "environment", None):
        templates.bytecode_cache = FileSystemBytecodeCache(app.doctreedir, "template-%s")


def build_when_told(app: Sphinx, *arguments: object) -> None:
    """Build the pages once a line comes; if none comes, nothing is to be built."""
    get_ready(app)
    if not sys.stdin.readline():
        sys.exit()
    build_at_once(app, *arguments)


Sphinx.build, BaseStyle.format_entry, IndexBuilder.prune = build_when_told, format_once, prune_whole


def main(source: str, output: str, jobs: str) -> int:
    """Build the pages; returns an exit code."""
    folder = Path(source)
    named = named_pages(load_yaml(folder / TOC, error=SiteError))
    result = build_sphinx(
        folder,
        Path(output) / "html",
        path_config=folder / "_config.yml",
        noconfig=True,
        confoverrides={
            "external_toc_path": (folder / TOC).as_posix(),
            # Jupyter Book would look through every folder for files to leave out.
            "external_toc_exclude_missing": False,
            "include_patterns": [f"{page}{ending}" for page in named for ending in PAGE_ENDINGS],
            "latex_individualpages": False,
            "nitpicky": True,
        },
        warningiserror=True,
        keep_going=True,
        jobs=int(jobs),
    )
    return 1 if isinstance(result, Exception) else int(result)


if __name__ == "__main__":
    *arguments, notes = sys.argv[1:]
    with watching(Path(notes)):
        code = main(*arguments)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # to take down what Sphinx has made, object by object, takes half a second
