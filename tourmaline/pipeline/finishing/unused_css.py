"""Thin out stylesheets: of a framework's thousands of rules a site uses few, and every reader would fetch them all."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from typing import Any

import tinycss2

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


def drop_unused_css(folder: Path, pages: Iterable[str]) -> None:
    """Drop from every stylesheet below a folder the rules that no page and no script of the site can ever match.

    A class counts as used if a page has it, or if any script holds it as a word.

    Parameters
    ----------
    folder : Path
        The site.
    pages : iterable of str
        The text of its pages.
    """
    used: set[str] = set()
    for page in pages:
        for found in CLASS.findall(page):
            used.update("".join(found).split())
    for path in sorted(folder.rglob("*.js")):
        if path.name != "searchindex.js":
            used.update(WORD.findall(path.read_text(encoding="utf-8")))
    for path in sorted(folder.rglob("*.css")):
        rules = tinycss2.parse_stylesheet(path.read_text(encoding="utf-8"), skip_whitespace=True)
        path.write_text(_thinned(rules, used) + "\n", encoding="utf-8")
