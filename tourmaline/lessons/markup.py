"""Cells of a notebook as HTML: text escaped, formulas as MathML, images inside the file. What it makes asks no host for anything."""

from __future__ import annotations

import functools
import html
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from latex2mathml.converter import convert
from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin

NOT_QUOTED = "/:;,=()'+"  # in the address that holds an image
MOST_CELLS = 4096  # whose HTML is remembered: in the next build most are the same
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
DOCUMENT = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<title>{title}</title>
<style>
{style}</style>
</head>
<body>
{body}
</body>
</html>
"""


def document(title: str, style: str, body: str) -> str:
    """A page that is complete in itself.

    Parameters
    ----------
    title : str
        Plain text.
    style, body : str
        CSS and HTML.
    """
    return DOCUMENT.format(policy=POLICY, title=html.escape(title), style=style, body=body)


def _mathml(formula: str, options: dict[str, Any]) -> str:
    return convert(formula, display="block" if options["display_mode"] else "inline")


def _tex(formula: str, options: dict[str, Any]) -> str:
    opened, closed = (r"\[", r"\]") if options["display_mode"] else (r"\(", r"\)")
    return html.escape(f"{opened}{formula}{closed}")


def _reader(formula: Callable[[str, dict[str, Any]], str]) -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False}).enable("table").use(dollarmath_plugin, renderer=formula)


_WITH_MATHML, _WITH_TEX = _reader(_mathml), _reader(_tex)


def to_html(text: str, images: dict[str, dict[str, str]] | None = None, tex: bool = False) -> str:
    """Markdown as HTML.

    Parameters
    ----------
    text : str
        Markdown; HTML in it is shown as text.
    images : dict, optional
        The attachments of a cell: the text of each SVG, which packs to a quarter of a PNG.
    tex : bool
        Leave formulas in TeX, between the marks by which a learning platform finds them.

    Examples
    --------
    >>> print(to_html("Is <b> *bold*?"), end="")
    <p>Is &lt;b&gt; <em>bold</em>?</p>
    >>> print(to_html("So $a < b$.", tex=True), end="")
    <p>So <span class="math inline">\\(a &lt; b\\)</span>.</p>
    """
    return _rendered(text, tuple((name, kinds["image/svg+xml"]) for name, kinds in (images or {}).items()), tex)


@functools.lru_cache(MOST_CELLS)
def _rendered(text: str, images: tuple[tuple[str, str], ...], tex: bool) -> str:
    """As `to_html`; most cells stand in several of a lesson's files."""
    reader, svg = _WITH_TEX if tex else _WITH_MATHML, dict(images)
    tokens = reader.parse(text)
    for token in tokens:
        for inner in token.children or ():
            name = str(inner.attrGet("src") or "").removeprefix("attachment:")
            if name in svg:
                inner.attrSet("src", f"data:image/svg+xml,{quote(svg[name], safe=NOT_QUOTED)}")
    return reader.renderer.render(tokens, reader.options, {})


def code_html(code: str) -> str:
    """Code as HTML."""
    return f"<pre><code>{html.escape(code)}</code></pre>\n"


def cell_html(cell: dict[str, Any]) -> str:
    """A cell of a notebook as HTML."""
    if cell["cell_type"] == "code":
        return code_html(cell["source"])
    words = to_html(cell["source"], cell.get("attachments"))
    tag = tag_of(cell)
    return f'<div class="{tag}">{words}</div>' if tag in ("figure", "table") else words


def tag_of(cell: dict[str, Any]) -> str:
    """What a cell is, as `lesson_notebook` marks it; '' for prose."""
    return next(iter(cell["metadata"].get("tags", ())), "")


def sections(text: str) -> list[tuple[str, str]]:
    """The headings of a text of the first two levels, each with what follows; '' for what stands before the first.

    Examples
    --------
    >>> sections("# Title\\n\\nOne.\\n\\n## Next\\n\\nTwo.")
    [('Title', 'One.'), ('Next', 'Two.')]
    """
    first, *parts = re.split(r"^(##?) ", text, flags=re.MULTILINE)
    found = [("", first.strip())] if first.strip() else []
    for part in parts[1::2]:
        heading, _, body = part.partition("\n")
        found.append((heading.strip(), body.strip()))
    return found
