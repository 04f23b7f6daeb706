"""`{benchmarks}`: the table of the last measurement of speed, from benchmarks/results.json."""

from __future__ import annotations

import json

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from tourmaline import paths
from tourmaline.results.formats import table_html
from tourmaline.sphinx_ext.published import result_table

COLUMNS = {"what": "What", "plain": "Plain", "ours": "Here", "ratio": "Beside each other", "aim": "Aim"}


class Benchmarks(SphinxDirective):
    """The measured rows, with the machine and the day in the caption."""

    def run(self) -> list[nodes.Node]:
        self.env.note_dependency(str(paths.BENCHMARKS))
        measured = json.loads(paths.BENCHMARKS.read_text(encoding="utf-8"))
        rows = [[row[key] for key in COLUMNS] for row in measured["rows"]]
        table = result_table(
            caption=f"Measured on {measured['day']}: {measured['machine']}",
            long=False,
            filterable=False,
            classes=["tm-published"],
        )
        table += nodes.raw("", table_html([*COLUMNS.values()], rows, {}), format="html")
        table["names"].append("benchmarks")
        self.state.document.note_explicit_target(table, table)
        return [table]


def setup(app: Sphinx) -> None:
    app.add_directive("benchmarks", Benchmarks)
