"""`{benchmarks}` and `{seeds}`: the tables of the last measurements, of speed and of many seeds, from benchmarks/."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from tourmaline import paths
from tourmaline.results.formats import table_html
from tourmaline.sphinx_ext.published import result_table

SPEED = {"what": "What", "plain": "Plain", "ours": "Here", "ratio": "Beside each other", "aim": "Aim"}
SEEDS = {
    "notebook": "Notebook",
    "seeds": "Seeds",
    "numbers": "Numbers",
    "drawn": "From draws",
    "not stable": "Last digit moves by more than one unit",
    "texts": "Texts",
    "texts that change": "Texts that change",
}


class _Measured(SphinxDirective):
    """A table of what was measured, from a file."""

    def read(self, path: Path) -> dict[str, Any]:
        self.env.note_dependency(str(path))
        return json.loads(path.read_text(encoding="utf-8"))

    def table(
        self, caption: str, headings: Sequence[str], rows: Sequence[Sequence[str]], numeric: Sequence[str] = ()
    ) -> list[nodes.Node]:
        table = result_table(caption=caption, long=False, filterable=False, classes=["tm-published"])
        table += nodes.raw("", table_html(headings, rows, {"numeric": numeric}), format="html")
        table["names"].append(self.name)
        self.state.document.note_explicit_target(table, table)
        return [table]


class Benchmarks(_Measured):
    """The measured rows of speed, with the machine and the day in the caption."""

    def run(self) -> list[nodes.Node]:
        measured = self.read(paths.BENCHMARKS)
        rows = [[row[key] for key in SPEED] for row in measured["rows"]]
        return self.table(f"Measured on {measured['day']}: {measured['machine']}", [*SPEED.values()], rows)


class Seeds(_Measured):
    """How far published numbers moved over many seeds, notebook by notebook and in all."""

    def run(self) -> list[nodes.Node]:
        measured = self.read(paths.SEEDS)
        rows = [[str(row[key]).replace("_", " ") for key in SEEDS] for row in measured["rows"]]
        total = [str(sum(row[key] for row in measured["rows"])) for key in [*SEEDS][2:]]
        headings = [*SEEDS.values()]
        caption = "Published numbers over many seeds: values, and limits of their intervals"
        return self.table(caption, headings, [*rows, ["All", "", *total]], headings[1:])


def setup(app: Sphinx) -> None:
    app.add_directive("benchmarks", Benchmarks)
    app.add_directive("seeds", Seeds)
