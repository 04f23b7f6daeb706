"""Prose carries no typed number: results come from roles, so that they cannot go stale."""

from __future__ import annotations

import re

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx

from tourmaline.sphinx_ext import missing

# Digits that are names, not results.
NAMES = re.compile(
    r"TOURMALINE-MM1|ELOQUENT-2|\bMM1\b|NCT\d{8}"
    r"|\b(Table|Tables|Figure|Figures|phase|grade|grades|level|levels|Python|version|exit code|exit codes|step|chi)\s\d+[A-Z]?(\.\d+)*((,| and| or| to|–)\s?\d+)*"
    r"|\b(19|20)\d\d(-\d\d(-\d\d)?)?\b"  # years and dates
    r"|127\.0\.0\.1|\bR2\b",
    re.IGNORECASE,
)
ELSEWHERE = (
    nodes.literal,
    nodes.literal_block,
    nodes.math,
    nodes.math_block,
    nodes.raw,
    nodes.comment,
    nodes.citation_reference,
    nodes.citation,
    addnodes.pending_xref,
    nodes.reference,
    nodes.option_list,
)


def _is_ours(docname: str) -> bool:
    return docname == "index" or docname.startswith("book/")


def _inside(node: nodes.Node, kinds: tuple[type, ...]) -> bool:
    while node is not None:
        if isinstance(node, kinds) or "tm-published" in getattr(node, "attributes", {}).get("classes", ()):
            return True
        node = node.parent
    return False


def _check(app: Sphinx, doctree: nodes.document) -> None:
    if not _is_ours(app.env.docname):
        return
    for text in doctree.findall(nodes.Text):
        if _inside(text.parent, ELSEWHERE):
            continue
        found = re.search(r"\S*\d\S*", NAMES.sub("", str(text)))
        if found:
            holder = text.parent
            while holder is not None and getattr(holder, "line", None) is None:
                holder = holder.parent
            line = getattr(holder, "line", None) or 0
            missing.report(
                app.env,
                line,
                f"the number {found.group()!r} is typed into the prose",
                "Let a notebook publish it and show it with {value}.",
            )


def setup(app: Sphinx) -> None:
    app.connect("doctree-read", _check)
