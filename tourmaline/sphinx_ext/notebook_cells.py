"""Give every code cell of an executed notebook a place to link to: `#cell-<number>`."""

from __future__ import annotations

from docutils import nodes
from sphinx.application import Sphinx


def anchor(cell: int) -> str:
    """The anchor of the cell with this execution count."""
    return f"run-cell-{cell}"


def _add_anchors(app: Sphinx, doctree: nodes.document) -> None:
    for node in doctree.findall(nodes.container):
        if node.get("nb_element") == "cell_code" and node.get("exec_count"):
            node["ids"].append(anchor(node["exec_count"]))


def setup(app: Sphinx) -> None:
    app.connect("doctree-read", _add_anchors)
