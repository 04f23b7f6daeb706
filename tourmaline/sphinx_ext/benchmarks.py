"""`{benchmarks}`, `{seeds}`, `{draws}` and `{in-browser}`: what was last measured, from benchmarks/.

Of speed, of many seeds, of what a draw costs, and of the notebooks in a reader's browser.
"""

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

SPEED = {"what": "What", "plain": "Plain", "ours": "Here", "ratio": "Ratio", "aim": "Aim", "day": "Measured on"}
SEEDS = {
    "notebook": "Notebook",
    "seeds": "Seeds",
    "numbers": "Numbers",
    "drawn": "From draws",
    "not stable": "Last digit moves by more than one unit",
    "texts": "Texts",
    "texts that change": "Texts that change",
}
DRAWS = {
    "trial": "Trial",
    "draws before": "Draws before",
    "before": "Seconds",
    "draws": "Draws now",
    "now": "Seconds now",
    "a draw": "A draw is quicker by a factor of",
}

IN_BROWSER = {
    "notebook": "Notebook",
    "runs": "Runs",
    "values": "Values",
    "agree": "Values that agree",
    "cells": "Cells of tables",
    "cells_agree": "Cells that agree",
    "warnings": "Warnings in the browser",
    "seconds": "Seconds with the defaults",
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
        return self.table(f"Measured on {measured['machine']}", [*SPEED.values()], rows)


class Seeds(_Measured):
    """How far published numbers moved over many seeds, notebook by notebook and in all."""

    def run(self) -> list[nodes.Node]:
        measured = self.read(paths.SEEDS)
        rows = [[str(row[key]).replace("_", " ") for key in SEEDS] for row in measured["rows"]]
        total = [str(sum(row[key] for row in measured["rows"])) for key in [*SEEDS][2:]]
        headings = [*SEEDS.values()]
        caption = "Published numbers over many seeds: values, and limits of their intervals"
        return self.table(caption, headings, [*rows, ["All", "", *total]], headings[1:])


class DrawCosts(_Measured):
    """What the draws of a reconstruction cost, and cost at an earlier commit."""

    def run(self) -> list[nodes.Node]:
        rows = [[f"{row[key]}" for key in DRAWS] for row in self.read(paths.DRAWS)["rows"]]
        headings = [*DRAWS.values()]
        caption = "What the draws of progression-free survival cost: before exact arithmetic and the search of many sets at once, and now"
        return self.table(caption, headings, rows, headings[1:])


class InBrowser(_Measured):
    """The values and tables of each notebook in a browser, compared with those of CPython."""

    def run(self) -> list[nodes.Node]:
        measured = self.read(paths.BENCHMARKS.with_name("in_browser.json"))
        rows = [[str(row[key]).replace("_", " ") for key in IN_BROWSER] for row in measured["rows"]]
        compared = {row["notebook"] for row in measured["rows"]}
        missing = sorted({path.stem for path in paths.NOTEBOOKS.glob("*.ipynb")} - compared)
        rows += [[name.replace("_", " "), "not compared yet", *[""] * (len(IN_BROWSER) - 2)] for name in missing]
        total = [str(sum(row[key] for row in measured["rows"])) for key in [*IN_BROWSER][1:-1]]
        headings = [*IN_BROWSER.values()]
        caption = "Published values and tables of each notebook, computed in a browser and by Python on a computer"
        return self.table(caption, headings, [*rows, ["All", *total, ""]], headings[1:])


def setup(app: Sphinx) -> None:
    app.add_directive("benchmarks", Benchmarks)
    app.add_directive("seeds", Seeds)
    app.add_directive("draws", DrawCosts)
    app.add_directive("in-browser", InBrowser)
