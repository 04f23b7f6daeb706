"""Finds the phrases of `words_to_avoid.txt` in pages, notebooks and data (`tourmaline check`), and in code too (`make lint`)."""

from __future__ import annotations

import ast
import csv
import io
import json
import re
import sys
import tokenize
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from tourmaline import paths
from tourmaline.errors import SiteError

WORDS = Path(__file__).with_name("words_to_avoid.txt")
FOR_READERS = (
    "index.md",
    "book/**/*.md",
    "notebooks/words/*.yml",
    "notebooks/*.ipynb",
    "data/*/*.csv",
    "scenarios/*.yaml",
)
SEARCHED = (*FOR_READERS, *("README.md", "CONTRIBUTING.md", "data/README.md", "docs/**/*.md", "tourmaline/**/*.py"))
OWN_WORDS = (
    "label",
    "note",
    "reason",
    "difference",
    "decision",
    "subject",
    "fact",
    "kept",
    "rejected",
    "description",
)  # columns of the data; others quote, or are names

# What is not prose in Markdown: code (also that of lessons), names in backticks, formulas, addresses of links, HTML.
NOT_PROSE = re.compile(
    r"^(?P<fence>`{3,})(?:(?:bash|python|yaml|sql|json)\b|\{(?:given|answer|raw)\}).*?^(?P=fence)$|^(?: {4}|\t).*?$|\$\$.*?\$\$"
    r"|`+[^`\n]+`+|\$[^$\n]+\$|\]\([^)\s]*\)|<[^>\n]+>|:\w+:[^\n]*|\b\w+/\w[\w/.]*",
    re.MULTILINE | re.DOTALL,
)

# Of other text only names in backticks, and examples in docstrings.
NAMES = re.compile(r"`+[^`\n]+`+|^ *(?:>>>|\.\.\. ).*$", re.MULTILINE)


class _Words:
    """The list: patterns with what to write instead, and exceptions."""

    def __init__(self, text: str) -> None:
        self.avoid: list[tuple[re.Pattern[str], str]] = []
        self.allow: list[re.Pattern[str]] = []
        phrases = []
        for line in text.splitlines():
            if line.startswith("allow "):
                self.allow.append(_pattern(line.removeprefix("allow ")))
            elif line and not line.startswith("#"):
                phrase, _, advice = line.partition(" => ")
                self.avoid.append((_pattern(phrase), advice))
                phrases.append(phrase)
        self._any = _pattern("|".join(phrases))

    def found(self, text: str) -> Iterator[tuple[int, str, str]]:
        """Each phrase in `text`: its line, counted from 0, the phrase, and what to write instead."""
        if not self._any.search(text):  # as in most passages: to look for each phrase takes several times as long
            return
        for allowed in self.allow:
            text = allowed.sub(_blank, text)
        for pattern, advice in self.avoid:
            for match in pattern.finditer(text):
                yield text.count("\n", 0, match.start()), " ".join(match[0].split()), advice


@lru_cache(maxsize=1)
def _words(text: str) -> _Words:
    return _Words(text)


def _pattern(phrase: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-])(?:{phrase})(?![\w-])".replace(" ", r"\s+"), re.IGNORECASE)


def _blank(match: re.Match[str]) -> str:
    """The same number of lines, without words."""
    return "\n" * match[0].count("\n") or "."


def markdown(text: str) -> str:
    """The prose of a Markdown page, on the lines where it stands."""
    return NOT_PROSE.sub(_blank, text)


def python(source: str) -> Iterator[tuple[int, str]]:
    """The prose of Python code, with its first line, counted from 1: comments that follow each other as one, and strings of words."""
    comment, at, last = [], 0, 0
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            if comment and token.start[0] != last + 1:
                yield at, "\n".join(comment)
                comment = []
            at = at if comment else token.start[0]
            comment.append(token.string.lstrip("# "))
            last = token.start[0]
    yield at, "\n".join(comment)
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value:
            yield node.lineno, NAMES.sub(_blank, node.value)


def passages(text: str, suffix: str) -> Iterator[tuple[str, int, str]]:
    """The passages of prose of a file with this ending: the place of each (of a notebook its cell), its first line, and its text."""
    if suffix == ".ipynb":
        for number, cell in enumerate(json.loads(text)["cells"], 1):
            source = "".join(cell["source"])
            for line, part in [(1, markdown(source))] if cell["cell_type"] == "markdown" else python(source):
                yield f"cell {number}, line", line, part
    elif suffix == ".csv":
        for number, row in enumerate(csv.DictReader(io.StringIO(text)), 2):
            yield from ((f"column {name}, row", number, row[name]) for name in OWN_WORDS if row.get(name))
    elif suffix == ".py":
        yield from (("line", line, part) for line, part in python(text))
    elif suffix in (".yml", ".yaml"):
        yield "line", 1, NAMES.sub(_blank, text)
    else:
        yield "line", 1, markdown(text)


@lru_cache(maxsize=1000)  # where a process checks again, most files are as they were
def _found_in(text: str, suffix: str, words: str) -> list[tuple[str, str, str]]:
    """Each phrase in a file: its place, the phrase, and what to write instead."""
    return [
        (f"{place} {first + line}", phrase, advice)
        for place, first, passage in passages(text, suffix)
        for line, phrase, advice in _words(words).found(passage)
    ]


def _found(root: Path, searched: tuple[str, ...]) -> Iterator[tuple[str, str, str]]:
    """Each phrase below `root`: where it stands, the phrase, and what to write instead."""
    words = WORDS.read_text(encoding="utf-8")
    for path in sorted({path for pattern in searched for path in root.glob(pattern)}):
        for place, phrase, advice in _found_in(path.read_text(encoding="utf-8"), path.suffix, words):
            yield f"{path.relative_to(root)}, {place}", phrase, advice


def problems(root: Path, searched: tuple[str, ...] = SEARCHED) -> list[str]:
    """One line for each phrase found below `root`: file, line, phrase, and what to write instead."""
    return [f'{where}: "{phrase}": {advice}' for where, phrase, advice in _found(root, searched)]


def check_english() -> None:
    """Look for the phrases in what readers see.

    Raises
    ------
    SiteError
        For the first phrase, with its place.
    """
    for where, phrase, advice in _found(paths.ROOT, FOR_READERS):
        remedy = f"Write: {advice}. `python -m tourmaline.pipeline.english` lists all phrases to avoid."
        raise SiteError(f"{phrase!r} is a phrase to avoid", where=where, remedy=remedy)


if __name__ == "__main__":
    found = problems(paths.ROOT)
    print("\n".join(found) or "English: none of the phrases to avoid")
    sys.exit(bool(found))
