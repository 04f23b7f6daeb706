"""Run Jupyter Book on all cores: `python -m tourmaline.pipeline.sphinx_build SOURCE OUTPUT JOBS NOTES`.

Jupyter Book's own command has no such option, though the function behind it has. The rest is as with
`jupyter-book build -W -n --keep-going`. It is a program because Sphinx changes the process it runs in. When Sphinx is
ready, it waits for a line on the standard input: only then may pages be read. What it reads of the checkout is written
into the file NOTES.
"""

from __future__ import annotations

import contextlib
import filecmp
import functools
import gc
import importlib.metadata
import os
import pickle
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import SimpleNamespace

# For each reference pybtex looks its plug-ins up again, in the metadata of every installed package: a second in each build.
importlib.metadata.entry_points = functools.cache(importlib.metadata.entry_points)

# Sphinx keeps what it makes to the end. To look for garbage in it again and again took a quarter of a build's time, more where
# a forked process copies what the collector touches. Without it a build of this book takes some hundred megabytes more.
gc.disable()

import soupsieve  # noqa: E402
from docutils import nodes  # noqa: E402
from jinja2 import FileSystemBytecodeCache  # noqa: E402
from jupyter_book.sphinx import build_sphinx  # noqa: E402
from pybtex.style.formatting import BaseStyle  # noqa: E402
from pygments.styles import get_all_styles  # noqa: E402
from sphinx.addnodes import toctree  # noqa: E402
from sphinx.application import Sphinx  # noqa: E402
from sphinx.builders import Builder  # noqa: E402
from sphinx.environment import BuildEnvironment  # noqa: E402
from sphinx.environment.collectors.toctree import TocTreeCollector  # noqa: E402
from sphinx.search import IndexBuilder  # noqa: E402
from sphinx.search.en import SearchEnglish  # noqa: E402
from sphinx.util import matching, osutil  # noqa: E402
from sphinx.util.build_phase import BuildPhase  # noqa: E402
from sphinx.util.parallel import ParallelTasks  # noqa: E402
from sphinxcontrib.bibtex.domain import get_docnames  # noqa: E402

from tourmaline.data.references import references  # noqa: E402
from tourmaline.errors import DataError, SiteError  # noqa: E402
from tourmaline.pipeline.contents_check import PAGE_ENDINGS, TOC, named_pages  # noqa: E402
from tourmaline.pipeline.watching import watching  # noqa: E402
from tourmaline.yaml_files import load_yaml  # noqa: E402

# What Sphinx works out again for each page: the names of all pages as a regular expression.
matching._translate_pattern = functools.cache(matching._translate_pattern)
# It gives a copy the time of its source: of 600 files whose size and time are the same, not every byte is compared in each build.
osutil.filecmp = SimpleNamespace(cmp=lambda source, copy, **_: filecmp.cmp(source, copy))
build_at_once, format_at_once, prune = Sphinx.build, BaseStyle.format_entry, IndexBuilder.prune
number_all, write_and_others = TocTreeCollector.assign_figure_numbers, Builder.write
stem_at_once = SearchEnglish.stem
# What a build works out and the next one uses again: references in words, stems of words, and of each page the time of its tree
# and its outline. All of it depends on its key and on the code alone, and new code starts with an empty folder.
WORKED_OUT = "worked_out.pickle"
formatted: dict[tuple[object, ...], object] = {}
stems: dict[str, str] = {}
outlines: dict[str, tuple[int, nodes.Element]] = {}
worked_out = formatted, stems, outlines
FEW = 4  # pages that one process writes in less time than another is forked
MOST = 10  # pages for a forked process: it cannot begin before all of them are resolved


def format_once(style: BaseStyle, label: str, entry: object, bib_data: object = None) -> object:
    """A reference in words: in every build all of them are asked for, twice."""
    if bib_data is not None:
        return format_at_once(style, label, entry, bib_data)
    key = (type(style), label, repr(entry))
    if key not in formatted:
        formatted[key] = format_at_once(style, label, entry)
    return formatted[key]


def stem_once(language: SearchEnglish, word: str) -> str:
    """The stem of a word, for the search: most words stand on many pages."""
    if word not in stems:
        stems[word] = stem_at_once(language, word)
    return stems[word]


def prune_whole(index: IndexBuilder, docnames: Iterable[str]) -> None:
    """Take pages out of the search index, and words that stand on no page any more, as if it were made from nothing."""
    prune(index, docnames)
    for words in (index._mapping, index._title_mapping):
        for word in [word for word, pages in words.items() if not pages]:
            del words[word]


def outline(env: BuildEnvironment, node: nodes.Element) -> bool:
    """Leave of a page only what counts where figures and tables are numbered; says whether anything is left."""

    def counts(child: nodes.Node) -> bool:
        if isinstance(child, toctree) or (isinstance(child, nodes.title) and isinstance(node, nodes.table)):
            return True
        if isinstance(child, nodes.section) or not isinstance(child, nodes.Element):
            return isinstance(child, nodes.section) and outline(env, child)
        numbered = any(domain.get_enumerable_node_type(child) for domain in env.domains.values())
        if numbered and not isinstance(child, nodes.table):  # the rows of a long table are most of a page
            return True
        return outline(env, child) or numbered

    node.children = [child for child in node.children if counts(child)]
    return bool(node.children)


def outline_of(env: BuildEnvironment, page: str) -> nodes.Element:
    """The outline of a page, without what is long (the HTML of tables) or refers to the whole page (its document, places to link to)."""
    tree, found = env.get_doctree(page), nodes.Element()
    outline(env, tree)
    found.extend(tree.children)
    for table in list(found.findall(nodes.raw)):
        table.parent.remove(table)
    for node in found.findall():
        node.document = None
        for name in ("expect_referenced_by_name", "expect_referenced_by_id"):
            vars(node).pop(name, None)
    return found


def number_outlines(collector: TocTreeCollector, env: BuildEnvironment) -> list[str]:
    """Number figures and tables: of a page that this build does not read, the outline that is ready says which it has."""

    def ready_or_read(page: str) -> nodes.Element:
        return outlines[page][1] if page in outlines else BuildEnvironment.get_doctree(env, page)

    env.get_doctree = ready_or_read
    try:
        return number_all(collector, env)
    finally:
        del env.get_doctree


class Writers(ParallelTasks):
    """Sphinx's processes beside this one; where one has failed, adding another raises its error, which Sphinx would drop."""

    def terminate(self) -> None:
        super().terminate()
        if error := sys.exception():
            raise error


def write_asked(builder: Builder, outdated: Iterable[str], updated: Iterable[str], method: str = "update") -> None:
    """Write these pages alone; Sphinx adds the first page, and those whose contents list one of them, whatever has changed."""
    builder.asked = {*outdated, *updated}
    write_and_others(builder, outdated, updated, method)


def write_pages(builder: Builder, pages: Sequence[str], nproc: int) -> None:
    """Write pages in this process, and beside it in `nproc` others that are forked; Sphinx would leave this one waiting for them."""
    pages = [page for page in pages if page in builder.asked]

    def write(resolved: list[tuple[str, nodes.document]]) -> None:
        builder.app.phase = BuildPhase.WRITING
        for page, tree in resolved:
            builder.write_doc(page, tree)

    def resolve(page: str) -> tuple[str, nodes.document]:
        """A page with what must be known of it in this process."""
        builder.app.phase = BuildPhase.RESOLVING
        tree = builder.env.get_and_resolve_doctree(page, builder)
        builder.write_doc_serialized(page, tree)
        return page, tree

    writers, left = Writers(nproc), list(pages)
    try:
        write([resolve(left.pop(0))])  # it compiles templates, which a process that is forked has then
        while left:
            writers._join_one()
            if len(left) > FEW and writers._pworking < nproc:
                share = max(min(MOST, len(left) // (nproc + 1)), 1)
                writers.add_task(write, [resolve(left.pop(0)) for _ in range(share)])
            else:
                write([resolve(left.pop(0))])
        writers.join()
    finally:
        writers.terminate()


def load_worked_out(app: Sphinx) -> None:
    """Load what the last build worked out; what cannot be loaded is worked out again."""
    with contextlib.suppress(Exception):  # a damaged file can raise any
        last = pickle.loads(Path(app.doctreedir, WORKED_OUT).read_bytes())
        for table, known in zip(worked_out, last):
            table.update(known)


def save_worked_out(app: Sphinx) -> None:
    """Save it for the next build."""
    Path(app.doctreedir, WORKED_OUT).write_bytes(pickle.dumps(worked_out))


def get_ready(app: Sphinx) -> None:
    """Do what every build does and no page decides.

    Format the references of the last build, compile patterns and the theme's templates, outline the pages that may stay as they are.
    """
    with contextlib.suppress(DataError):  # the build says what is wrong
        references()
    app.connect("env-purge-doc", lambda _, __, page: outlines.pop(page, None))
    load_worked_out(app)
    for page in app.env.all_docs:
        with contextlib.suppress(OSError):  # it was removed, and is read again
            written = Path(app.doctreedir, f"{page}.doctree").stat().st_mtime_ns
            if page not in outlines or outlines[page][0] != written:
                outlines[page] = written, outline_of(app.env, page)
    app.env._pickled_doctree_cache.clear()
    list(get_all_styles())  # of colours for code: plug-ins, which the theme asks for at the end
    cited = app.env.get_domain("cite")
    pages = (
        list(get_docnames(app.env)) if app.env.all_docs else []
    )  # in the order of the contents, which numbers the references
    for key in cited.bibliographies:
        list(cited.get_formatted_entries(key, pages, True, ""))
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
    save_worked_out(app)


Sphinx.build, BaseStyle.format_entry, IndexBuilder.prune = build_when_told, format_once, prune_whole
SearchEnglish.stem, TocTreeCollector.assign_figure_numbers = stem_once, number_outlines
Builder._write_parallel, Builder.write = write_pages, write_asked


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
