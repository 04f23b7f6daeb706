"""The index of figures and tables: `{figure-and-table-index}` lists every one that the book shows, with number and page."""

from __future__ import annotations

from typing import NamedTuple

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.docutils import SphinxDirective

from tourmaline.sphinx_ext.published import result_table

KINDS = {"figure": "Figures", "table": "Tables"}


class figure_table_index(nodes.General, nodes.Element):
    """Stands where the index goes, until every figure and table has its number."""


class IndexEntry(NamedTuple):
    """A figure or table on a page."""

    kind: str
    anchor: str
    caption: str


class FigureAndTableIndex(SphinxDirective):
    """`{figure-and-table-index}`: takes no argument."""

    def run(self) -> list[nodes.Node]:
        _of(self.env)["indexes"][self.env.docname] = []
        return [figure_table_index()]


def _of(env: BuildEnvironment) -> dict[str, dict[str, list[IndexEntry]]]:
    """What each page shows, and which pages hold the index."""
    if not hasattr(env, "tourmaline_figure_table_index"):
        env.tourmaline_figure_table_index = {"pages": {}, "indexes": {}}
    return env.tourmaline_figure_table_index


def _note(app: Sphinx, doctree: nodes.document) -> None:
    found = []
    for node in doctree.findall(lambda node: isinstance(node, nodes.figure | result_table)):
        if "tm-figure" in node["classes"]:
            caption = next(node.findall(nodes.caption)).children[0].astext()
            found.append(IndexEntry("figure", node["ids"][0], caption))
        elif isinstance(node, result_table):
            found.append(IndexEntry("table", node["ids"][0], node["caption"]))
    _of(app.env)["pages"][app.env.docname] = found


def _numbered(env: BuildEnvironment, kind: str) -> list[tuple[tuple[int, ...], str, IndexEntry]]:
    """Every figure, or every table, by number: the number, the page, and what it is."""
    return sorted(
        (env.toc_fignumbers[page][kind][shown.anchor], page, shown)
        for page, all_shown in _of(env)["pages"].items()
        for shown in all_shown
        if shown.kind == kind and shown.anchor in env.toc_fignumbers.get(page, {}).get(kind, {})
    )


def _fill(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    for place in list(doctree.findall(figure_table_index)):
        sections = []
        for kind, heading in KINDS.items():
            section = nodes.section("", nodes.title("", heading), ids=[kind + "s"])
            rows = _numbered(app.env, kind)
            section += nodes.bullet_list(
                "", *(_row(app, docname, *row) for row in rows), classes=["tm-index", "tm-published"]
            )
            sections.append(section)
        place.replace_self(sections)


def _row(app: Sphinx, docname: str, number: tuple[int, ...], page: str, shown: IndexEntry) -> nodes.list_item:
    uri = app.builder.get_relative_uri(docname, page)
    named = app.config.numfig_format[shown.kind] % ".".join(map(str, number))
    line = nodes.paragraph("")
    line += nodes.reference("", named, internal=True, refuri=f"{uri}#{shown.anchor}")
    line += nodes.Text(f" {shown.caption.rstrip('.')}. In ")
    line += nodes.reference("", app.env.titles[page].astext(), internal=True, refuri=uri)
    line += nodes.Text(".")
    return nodes.list_item("", line)


def _outdated(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """The index is written again when a number, a caption or a title that it shows has changed."""
    shown = [(*row, env.titles[row[1]].astext()) for kind in KINDS for row in _numbered(env, kind)]
    was, env.tourmaline_figure_table_index_shown = getattr(env, "tourmaline_figure_table_index_shown", None), shown
    return list(_of(env)["indexes"]) if shown != was else []


def _forget(app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    for pages in _of(env).values():
        pages.pop(docname, None)


def _merge(app: Sphinx, env: BuildEnvironment, docnames: set[str], other: BuildEnvironment) -> None:
    for name, pages in _of(other).items():
        _of(env)[name].update({page: found for page, found in pages.items() if page in docnames})


def setup(app: Sphinx) -> None:
    app.add_node(figure_table_index)
    app.add_directive("figure-and-table-index", FigureAndTableIndex)
    app.connect("doctree-read", _note)
    app.connect("doctree-resolved", _fill)
    app.connect("env-get-updated", _outdated, priority=900)  # when the numbers stand
    app.connect("env-purge-doc", _forget)
    app.connect("env-merge-info", _merge)
