"""Thin out stylesheets: of a framework's thousands of rules a site uses few, and every reader would fetch them all."""

from __future__ import annotations

import json
import re
from itertools import pairwise
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


def drop_unused_css(files: dict[str, bytes], kept: Kept) -> None:
    """Drop from every stylesheet of a site the rules that no page and no script of it can ever match.

    A class counts as used if a page has it, or if any script holds it as a word.

    Parameters
    ----------
    files : dict of str to bytes
        The site, by name.
    kept : Kept
        What was made in the build before.
    """
    used: set[str] = set()
    for name in sorted(name for name in files if name.endswith((".html", ".js")) and name != "searchindex.js"):
        kind, pattern = ("classes", CLASS) if name.endswith(".html") else ("words", WORD)
        used.update(json.loads(kept.make(kind, [files[name]], lambda p=pattern, t=files[name]: _words(p, t))))
    listed = json.dumps(sorted(used))
    for name in sorted(name for name in files if name.endswith(".css")):

        def thin(style: str = files[name].decode()) -> bytes:
            return (_thinned(tinycss2.parse_stylesheet(style, skip_whitespace=True), used) + "\n").encode()

        files[name] = kept.make("style", [files[name], listed], thin)
