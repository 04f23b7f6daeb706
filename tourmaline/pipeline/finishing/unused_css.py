"""Thin out stylesheets: of a framework's thousands of rules a site uses few, and every reader would fetch them all."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from typing import Any

import tinycss2

from tourmaline.pipeline.finishing.kept import Kept

CLASS = re.compile(r"""\bclass=(?:"([^"]*)"|'([^']*)'|([^\s>"']+))""")
WORD = re.compile(r"[A-Za-z_][\w-]*")
HOLDERS = frozenset({"media", "supports", "layer", "container"})  # at-rules that hold rules


def _classes(prelude: list[Any]) -> set[str]:
    """The classes that one selector needs; it does not need those in :not(), :is() and the like."""
    return {
        after.value
        for token, after in pairwise(prelude)
        if token.type == "literal" and token.value == "." and after.type == "ident"
    }


def _selectors(prelude: list[Any]) -> list[list[Any]]:
    parts: list[list[Any]] = [[]]
    for token in prelude:
        if token.type == "literal" and token.value == ",":
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def _thinned(rules: list[Any], used: set[str]) -> str:
    kept = []
    for rule in rules:
        if rule.type == "qualified-rule":
            selectors = [part for part in _selectors(rule.prelude) if _classes(part) <= used]
            if selectors:
                named = ",".join(tinycss2.serialize(part).strip() for part in selectors)
                kept.append(f"{named}{{{tinycss2.serialize(rule.content).strip()}}}")
        elif rule.type == "at-rule" and rule.lower_at_keyword in HOLDERS and rule.content is not None:
            inner = _thinned(tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True), used)
            if inner:
                kept.append(f"@{rule.at_keyword}{tinycss2.serialize(rule.prelude)}{{{inner}}}")
        elif rule.type in ("at-rule", "comment"):
            kept.append(rule.serialize())
    return "\n".join(kept)


def _words(pattern: re.Pattern[str], text: bytes) -> bytes:
    """The words of all that a pattern finds, as a list in JSON."""
    found = (found[found.lastindex or 0] for found in pattern.finditer(text.decode()))
    return json.dumps(sorted({word for part in found for word in part.split()})).encode()


def drop_unused_css(folder: Path, pages: Iterable[bytes], kept: Kept) -> None:
    """Drop from every stylesheet below a folder the rules that no page and no script of the site can ever match.

    A class counts as used if a page has it, or if any script holds it as a word.

    Parameters
    ----------
    folder : Path
        The site.
    pages : iterable of bytes
        What its pages hold.
    kept : Kept
        What was made in the build before.
    """
    scripts = [path.read_bytes() for path in sorted(folder.rglob("*.js")) if path.name != "searchindex.js"]
    used: set[str] = set()
    for kind, pattern, texts in (("classes", CLASS, pages), ("words", WORD, scripts)):
        for text in texts:
            used.update(json.loads(kept.make(kind, [text], lambda p=pattern, t=text: _words(p, t))))
    listed = json.dumps(sorted(used))
    for path in sorted(folder.rglob("*.css")):

        def thin(style: str = path.read_text(encoding="utf-8")) -> bytes:
            return (_thinned(tinycss2.parse_stylesheet(style, skip_whitespace=True), used) + "\n").encode()

        path.write_bytes(kept.make("style", [path.read_bytes(), listed], thin))
