"""The caveats of a comparison between trials, beside the figures that make it, in words from data/.

    ```{caveats} cross_trial
    - A hazard ratio averages over the follow-up.
    ```

A notebook that compares trials publishes a `caveat_` value for each way in which their designs differ. The block shows
them all, beside the text, on the page that has the table of differences; on others, and with the option `:short:`, it is a line of the
text that names them and links to the table. Its content adds what holds for this page alone. A page that shows such a notebook's figure, or its explorer,
without the block above it fails the build: a comparison never stands alone.
"""

from __future__ import annotations

import csv
from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import directives
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.docutils import SphinxDirective

from tourmaline.errors import nearest
from tourmaline.results.caveats import TITLE, caveat_lines, caveats_in_short, published_caveats
from tourmaline.sphinx_ext import missing

# Their chapters have tables of differences, for notebooks that publish none: of the trials compared by default, and of all.
WITH_TABLE = ("cross_trial", "indirect")


def _compares(env: BuildEnvironment, notebook: str) -> bool:
    results = Path(env.srcdir) / "results"
    env.note_dependency(str(results / notebook / "values.json"))
    return bool(published_caveats(results, notebook))


def _trials(table: Path) -> set[str]:
    """The trials of a table of differences; none if there is no such table."""
    if not table.exists():
        return set()
    with table.open(encoding="utf-8", newline="") as file:
        return {*next(csv.reader(file))[1:]}


class Caveats(SphinxDirective):
    """`{caveats} notebook`: how the trials differ that the notebook compares; the content adds to it."""

    required_arguments = 1
    has_content = True
    option_spec = {"short": directives.flag}

    def _table(self, results: Path, notebook: str) -> str:
        """The notebook whose table of differences has all trials that this one names: its own, if it has one."""
        if (results / notebook / "tables" / "caveats.json").exists():
            return notebook
        tables = {name: results / name / "tables" / "caveats.csv" for name in WITH_TABLE}
        for table in tables.values():
            self.env.note_dependency(str(table))
        known = {name: _trials(table) for name, table in tables.items()}
        said = (results / notebook / "values.json").read_text(encoding="utf-8")
        named = {trial for trials in known.values() for trial in trials if f"{trial}: " in said}
        return next((name for name, trials in known.items() if named <= trials), WITH_TABLE[0])

    def run(self) -> list[nodes.Node]:
        notebook = self.arguments[0]
        results = Path(self.env.srcdir) / "results"
        if not _compares(self.env, notebook):
            comparing = [found.name for found in sorted(results.glob("[!.]*")) if _compares(self.env, found.name)]
            remedy = nearest(notebook, comparing) or f"These do: {', '.join(comparing) or 'none'}."
            return [missing.report(self.env, self.lineno, f"the notebook {notebook!r} publishes no caveats", remedy)]
        table = self._table(results, notebook)
        has_table = f"{{result-table}} {table}/caveats" in Path(self.env.doc2path(self.env.docname)).read_text("utf-8")
        all_differences = f"How the designs differ: {{numref}}`{table}/caveats`."
        if has_table and "short" not in self.options:
            own = [*caveat_lines(results, notebook), *self.content]
            lines = [f"::::{{margin}} {TITLE}", *own, "", all_differences, "::::"]
        else:
            in_short = caveats_in_short(results, notebook)
            lines = [f"**{TITLE}.** {in_short} {all_differences}", "", *self.content]
        block = nodes.Element()
        self.state.nested_parse(StringList(lines, source=self.get_source_info()[0]), self.content_offset, block)
        for part in block.children:
            part["classes"].append("tm-caveats")
        return block.children


def _demand(app: Sphinx, doctree: nodes.document) -> None:
    """Report a page whose first comparison of trials has no caveats before it."""
    for node in doctree.findall(nodes.Element):
        if "tm-caveats" in node.get("classes", ()):
            return
        notebook = node.get("notebook")
        if notebook and _compares(app.env, notebook):
            what = f"a figure of {notebook!r} compares trials without their caveats"
            missing.report(app.env, node.line or 0, what, f"Put a `{{caveats}} {notebook}` block above it.")
            return


def setup(app: Sphinx) -> None:
    app.add_directive("caveats", Caveats)
    app.connect("doctree-read", _demand)
