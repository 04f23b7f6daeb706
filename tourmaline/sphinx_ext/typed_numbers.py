"""Prose carries no typed number: results come from roles, so that they cannot go stale."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from tourmaline.identity import identity
from tourmaline.parameters.rules import trial_names
from tourmaline.sphinx_ext import missing

# Digits that are not results, besides those in names.
WITHIN = re.compile(
    r"NCT\d{8}"
    r"|\b(Table|Tables|Figure|Figures|phase|grade|grades|level|levels|Python|version|exit code|exit codes|step|chi)\s\d+[A-Z]?(\.\d+)*((,| and| or| to|–)\s?\d+)*"
    r"|\b(19|20)\d\d(-\d\d(-\d\d)?)?\b"  # years and dates
    r"|127\.0\.0\.1|\bR2\b|\bRoB 2\b"
    # No effect, certainty, and the customary level of an interval with its ends.
    r"|\b((in|ex)clud(e|es|ed|ing)( a hazard ratio of)?|below|above|near(er)? to|far from|ratio of|side of|to|from|of|than|is|contains?|around)\s1\b(?!\.?\d)"
    r"|\b100%|\b95%|\b2\.5th to 97\.5th\b",
    re.IGNORECASE,
)
# In the source of a page: the line of a directive or of its option, code and what roles show, the target of a link, the name of a role.
MARKUP = re.compile(r"^ *(`{3,}|:{3,}|:[\w-]+:).*|`[^`]*`|\]\([^)]*\)|\{[\w:-]+\}")
ELSEWHERE = (
    nodes.literal,
    nodes.literal_block,
    nodes.math,
    nodes.math_block,
    nodes.raw,
    nodes.comment,
    nodes.citation_reference,
    nodes.citation,
    nodes.option_list,
    nodes.problematic,  # a missing result, reported already
)


@cache
def _names() -> re.Pattern[str]:
    """Names with digits: of trials, and those that data/report.toml adds."""
    names = [re.escape(name) for name in (*trial_names(), *identity().names) if re.search(r"\d", name)]
    return re.compile(rf"(?<!\w)({'|'.join(names)})(?!\w)", re.IGNORECASE)


def _is_ours(docname: str) -> bool:
    return docname == "index" or docname.startswith("book/")


def _is_elsewhere(node: nodes.Element) -> bool:
    """Whether what the node holds is not prose. The words of a link are prose, its target is not."""
    if "tm-published" in node.get("classes", ()):
        return True
    if isinstance(node, addnodes.pending_xref):
        return not node.get("refexplicit")
    if isinstance(node, nodes.reference):
        return node.astext() == node.get("refuri")
    return isinstance(node, ELSEWHERE)


def _ancestors(node: nodes.Node) -> Iterator[nodes.Element]:
    while (node := node.parent) is not None:
        yield node


def _line(text: nodes.Text) -> int:
    """The line on which the block of the text begins; of a table, for MyST gives its cells the line of another block."""
    holders = [holder for holder in _ancestors(text) if not isinstance(holder, nodes.Inline)]
    tables = [holder for holder in holders if isinstance(holder, nodes.table)]
    return next((holder.line for holder in tables or holders if holder.line), 0)


def _typed(text: str) -> str:
    """The first number in prose that is typed; '' if none is."""
    found = re.search(r"\S*\d\S*", WITHIN.sub("", _names().sub("", text)))
    return found.group().strip(".,;:()") if found else ""


def _report(env: BuildEnvironment, line: int, number: str) -> None:
    what = f"the number {number!r} is typed into the prose"
    missing.report(env, line, what, "Let a notebook publish it and show it with {value}.")


def check_hidden(env: BuildEnvironment, lines: Sequence[str], first: int) -> None:
    """Check the source of a block that this build does not show and another may.

    Parameters
    ----------
    env : BuildEnvironment
        Of the build.
    lines : sequence of str
        The source, in MyST.
    first : int
        The number of its first line in the page.
    """
    if not _is_ours(env.docname):
        return
    for number, line in enumerate(lines, first):
        if found := _typed(MARKUP.sub("", line)):
            _report(env, number, found)


def _check(app: Sphinx, doctree: nodes.document) -> None:
    if not _is_ours(app.env.docname):
        return
    for text in doctree.findall(nodes.Text):
        if any(map(_is_elsewhere, _ancestors(text))):
            continue
        if found := _typed(str(text)):
            _report(app.env, _line(text), found)


def setup(app: Sphinx) -> None:
    app.connect("doctree-read", _check)
