"""Roles and directives that show what notebooks published: values, intervals, figures, tables.

    {value}`cross_trial/pooled_hazard_ratio`      the number with its unit, linked to the cell that made it
    {interval}`cross_trial/pooled_hazard_ratio`   its interval

    ```{result-figure} cross_trial/forest
    ```
    ```{result-table} cross_trial/models
    ```

A figure or table is numbered and can be named from any page: {numref}`cross_trial/forest`. Shown a second time, on another
page, it takes the option `:again:`, because its name stands for the first. On a page for readers who run nothing a figure takes the
option `:plain:`: it then has no line of provenance, and the page no section 'Change and run'.
"""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective, SphinxRole
from sphinx.writers.html5 import HTML5Translator

from tourmaline import paths
from tourmaline.data.references import with_names
from tourmaline.errors import nearest
from tourmaline.identity import identity
from tourmaline.parameters import as_words
from tourmaline.results.formats import ORIGINS, UNITS, ledger_anchor, shown_interval, table_html, value_in_words
from tourmaline.sphinx_ext import missing
from tourmaline.sphinx_ext.notebook_cells import anchor

NO_PATIENTS = " Reconstructed: these are not patients' data."
PLAIN_NO_PATIENTS = " These are estimates, not records of real people."
PHONE = "screen and (max-width: 40rem)"  # as in book/static/report.css; on paper stands the wide form
LONG_TABLE_ROWS = 60  # a longer table scrolls in a frame of its own, under a head that stays


class picture(nodes.General, nodes.Element):
    """A figure in two forms: a `narrow_image` for phones, and the image for whatever else."""


class narrow_image(nodes.image):
    """The form for phones."""


class result_table(nodes.General, nodes.Element):
    """A published table: `caption`, and its head and body as a raw child."""


def _notebook_page(env, notebook: str, cell: int | None) -> str:
    uri = env.app.builder.get_relative_uri(env.docname, f"results/{notebook}/{notebook}")
    return f"{uri}#{anchor(cell)}" if cell else uri


def _target(env, notebook: str, record: dict[str, Any]) -> str:
    """Where a value links to: the paper's own number to its row in the ledger, any other to the cell that made it."""
    if "claim" in record:
        row, given = ledger_anchor(record["claim"]), Path(env.srcdir) / "results" / "audit" / "tables" / "given.json"
        env.note_dependency(str(given))
        # It has a row on one of two pages: what follows from others, and what is given.
        page = identity().pages[
            "given" if row in json.loads(given.read_text(encoding="utf-8"))["row_ids"] else "ledger"
        ]
        return f"{env.app.builder.get_relative_uri(env.docname, page)}#{row}"
    return _notebook_page(env, notebook, record["cell"])


def find_record(env, line: int, text: str) -> tuple[dict[str, Any] | None, nodes.problematic | None]:
    """The value that `notebook/key` names, and nothing; or nothing, and the report that it is missing."""
    notebook, _, key = text.partition("/")
    results = Path(env.srcdir) / "results"
    path = results / notebook / "values.json"
    env.note_dependency(str(path))
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        known = sorted(folder.name for folder in results.glob("[!.]*"))
        return None, missing.report(
            env,
            line,
            f"no notebook {notebook!r} has published values",
            f"{nearest(notebook, known)} Run `make book`.".strip(),
        )
    if key not in values:
        return None, missing.report(
            env,
            line,
            f"the notebook {notebook!r} publishes no value {key!r}",
            nearest(key, values) or f"It publishes {', '.join(values)}.",
        )
    if values[key].get("unit") not in UNITS:
        return None, missing.report(env, line, f"the value {text!r} has no unit", "Publish it with its unit.")
    return values[key], None


class _Published(SphinxRole):
    """What the value roles share: find the record, or report that it is missing."""

    def words(self, record: dict[str, Any]) -> str:
        raise NotImplementedError

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        record, problem = find_record(self.env, self.lineno, self.text)
        if record is None:
            return [problem], []
        notebook = self.text.partition("/")[0]
        node = nodes.reference(
            "",
            self.words(record),
            internal=True,
            refuri=_target(self.env, notebook, record),
            reftitle=f"{record['label']}: {record['origin']} ({ORIGINS[record['origin']]}). Source: {with_names(record['source'])}",
            classes=["tm-published", f"tm-{record['origin']}"],
        )
        return [node], []


class ValueRole(_Published):
    """`{value}`: the number with its own decimals and unit; a probability as a P value."""

    def words(self, record: dict[str, Any]) -> str:
        return value_in_words(record)


class IntervalRole(_Published):
    """`{interval}`: the interval of a value, with its level."""

    def words(self, record: dict[str, Any]) -> str:
        if "level" not in record:
            self.problem = missing.report(
                self.env,
                self.lineno,
                f"the value {self.text!r} has no interval",
                "Publish it with lower, upper and level.",
            )
            return "—"
        return shown_interval(record)


class _ResultDirective(SphinxDirective):
    """What figure and table directives share: the record, the number's target, and the line of provenance."""

    required_arguments = 1
    option_spec = {"again": directives.flag}
    kind = ""  # figures or tables
    endings: tuple[str, ...] = ()

    def run(self) -> list[nodes.Node]:
        self.notebook, _, self.name = self.arguments[0].partition("/")
        self.folder = Path(self.env.srcdir) / "results" / self.notebook
        place = self.folder / self.kind / f"{self.name}.json"
        self.env.note_dependency(str(place))
        self.env.note_dependency(str(self.folder / "run.json"))
        if not place.exists():
            known = sorted(found.stem for found in place.parent.glob("*.json"))
            return [
                missing.report(
                    self.env,
                    self.lineno,
                    f"the notebook {self.notebook!r} publishes no {self.kind.removesuffix('s')} {self.name!r}",
                    nearest(self.name, known) or f"It publishes {', '.join(known) or 'none'}.",
                )
            ]
        self.record = json.loads(place.read_text(encoding="utf-8"))
        return self.body()

    def body(self) -> list[nodes.Node]:
        raise NotImplementedError

    def target(self, node: nodes.Element) -> None:
        """Make the node a target, so that other pages can name it by number; shown again, only a place on its page."""
        if "again" in self.options:
            node["ids"].append(nodes.make_id(f"again {self.arguments[0]}"))
            return
        node["names"].append(nodes.fully_normalize_name(self.arguments[0]))
        self.state.document.note_explicit_target(node, node)

    def source_path(self, path: Path) -> str:
        """A file of the project as Sphinx names it: from the source folder, with a leading slash."""
        source = Path(self.env.srcdir)
        return f"/{path.relative_to(source).as_posix() if path.is_relative_to(source) else paths.relative(path)}"

    def download(self, path: Path, words: str) -> nodes.Node:
        self.env.note_dependency(str(path))
        return addnodes.download_reference(
            "",
            "",
            nodes.Text(words),
            refdoc=self.env.docname,
            reftarget=self.source_path(path),
            reftype="download",
            refdomain="",
            refexplicit=True,
            refwarn=False,
        )

    def provenance(self) -> nodes.container:
        """Under every figure and table: origin, notebook and downloads, and folded away the parameters and data."""
        run = json.loads((self.folder / "run.json").read_text(encoding="utf-8"))
        line = nodes.paragraph()
        line += nodes.inline("", self.record["origin"].capitalize(), classes=[f"tm-badge-{self.record['origin']}"])
        line += nodes.Text(f" from {with_names(self.record['source'])}. Notebook ")
        line += nodes.reference(
            "", self.notebook, internal=True, refuri=_notebook_page(self.env, self.notebook, self.record["cell"])
        )
        line += nodes.Text(". Download: ")
        for index, ending in enumerate(self.endings):
            line += nodes.Text(", " if index else "")
            line += self.download(self.folder / self.kind / f"{self.name}.{ending}", ending.upper())
        for name, words in self.record.get("files", {}).items():
            line += nodes.Text("; ")
            line += self.download(self.folder / "files" / f"{name}.csv", f"{words} (CSV)")
        line += nodes.Text(".")
        inputs = nodes.paragraph()
        if run["parameters"]:
            chosen = "; ".join(f"{name} = {as_words(value)}" for name, value in run["parameters"].items())
            inputs += nodes.Text(f"{chosen}. ")
        # A file that was looked for and is not there (a digitised curve that nobody dropped in) is nothing to download.
        there = [name for name, digest in run["data"].items() if digest != "absent"]
        for index, name in enumerate(there):
            inputs += nodes.Text(", " if index else "Data: ")
            inputs += self.download(paths.ROOT / name, name.removeprefix("data/"))
        inputs += nodes.Text("." if there else "No data file was read.")
        what = "Parameters and data" if run["parameters"] else "Data"
        return nodes.container(
            "",
            line,
            nodes.raw("", f"<details><summary>{what}</summary>", format="html"),
            inputs,
            nodes.raw("", "</details>", format="html"),
            classes=["tm-provenance", "tm-published"],
        )


class ResultFigure(_ResultDirective):
    """`{result-figure} notebook/figure`: the figure with number, caption, alternative text and provenance."""

    kind, endings = "figures", ("svg", "png")
    option_spec = _ResultDirective.option_spec | {"plain": directives.flag}

    def body(self) -> list[nodes.Node]:
        image = self.folder / "figures" / f"{self.name}.svg"
        plain = "plain" in self.options
        figure = nodes.figure(classes=["tm-figure"], notebook=self.notebook, plain=plain)
        self.set_source_info(figure)
        shown = nodes.image(uri=self.source_path(image), alt=self.record["alt"], candidates={})
        if (narrow := image.with_suffix(".narrow.svg")).exists():
            shown = picture(
                "", narrow_image(uri=self.source_path(narrow), alt=self.record["alt"], candidates={}), shown
            )
        figure += shown
        caption = nodes.caption("", self.record["caption"], classes=["tm-published"])
        self.set_source_info(caption)
        figure += caption
        if self.record["origin"] == "reconstructed":
            caption += nodes.strong("", PLAIN_NO_PATIENTS if plain else NO_PATIENTS)
        if not plain:
            figure += nodes.legend("", self.provenance())
        self.target(figure)
        return [figure]


class ResultTable(_ResultDirective):
    """`{result-table} notebook/table`: the table with number, caption, notes and provenance."""

    kind, endings = "tables", ("csv",)

    def body(self) -> list[nodes.Node]:
        path = self.folder / "tables" / f"{self.name}.csv"
        self.env.note_dependency(str(path))
        with path.open(encoding="utf-8", newline="") as file:
            columns, *rows = list(csv.reader(file))
        rows = [[with_names(cell) for cell in row] for row in rows]
        table = result_table(
            caption=self.record["caption"],
            long=len(rows) > LONG_TABLE_ROWS,
            filterable=bool(self.record["filters"]),
            classes=["tm-published"],
        )
        self.set_source_info(table)
        table += nodes.raw("", table_html(columns, rows, self.record), format="html")
        self.target(table)
        notes = [nodes.paragraph("", with_names(note)) for note in self.record["notes"]]
        foot = nodes.container("", *notes, classes=["tm-notes", "tm-published"])
        return [table, *([foot] if notes else []), self.provenance()]


def _open_picture(self: HTML5Translator, node: picture) -> None:
    self.body.append("<picture>")


def _close_picture(self: HTML5Translator, node: picture) -> None:
    self.body.append("</picture>\n")


def _add_source(self: HTML5Translator, node: narrow_image) -> None:
    address = f"{self.builder.imgpath}/{quote(self.builder.images[node['uri']])}"
    self.body.append(f'<source media="{PHONE}" srcset="{address}">')


def _open_table(self: HTML5Translator, node: result_table) -> None:
    label, long = self.attval(node["caption"]), " tm-long" if node["long"] else ""
    if node["filterable"]:  # book/static/tables.js finds it
        long += " tm-filterable"
    self.body.append(f'<div class="tm-table-scroll{long}" tabindex="0" role="region" aria-label="{label}">')
    self.body.append(self.starttag(node, "table", CLASS="tm-table"))
    self.body.append("<caption>")
    self.add_fignumber(node)
    self.body.append(f"{self.encode(node['caption'])}</caption>")


def _close_table(self: HTML5Translator, node: result_table) -> None:
    self.body.append("</table></div>\n")


def setup(app: Sphinx) -> None:
    app.add_role("value", ValueRole())
    app.add_role("interval", IntervalRole())
    app.add_directive("result-figure", ResultFigure)
    app.add_directive("result-table", ResultTable)
    app.add_node(picture, html=(_open_picture, _close_picture))
    app.add_node(narrow_image, html=(_add_source, None))
    app.add_enumerable_node(result_table, "table", lambda node: node["caption"], html=(_open_table, _close_table))
