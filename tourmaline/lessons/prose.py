"""The words of a lesson outside the book: results as their numbers, links and terms as plain words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from tourmaline.data.references import references
from tourmaline.lessons.given import published
from tourmaline.results.formats import shown_interval, value_in_words

ROLE = re.compile(r"\{(?P<role>[\w:-]+)\}`(?P<text>[^`]+)`")
LINK = re.compile(r"(?<!!)\[(?P<words>[^\]]+)\]\((?!https?:)[^)]+\)")
NAMED = re.compile(r"^(?P<words>.+?) ?<(?P<target>[^>]+)>$")


def citations() -> dict[str, str]:
    """What stands for a citation outside the book, by its key: the title of the source, with its address if it has one."""
    return {
        key: f"[{source.title}](https://doi.org/{source.doi})" if source.doi else f"*{source.title}*"
        for key, source in references().items()
    }


class Prose:
    """Writes text in MyST as plain Markdown.

    Parameters
    ----------
    results : Path
        The folder of results.
    sources : mapping of str to str, optional
        What stands for a citation, by key.
    """

    def __init__(self, results: Path, sources: Mapping[str, str] | None = None) -> None:
        self.results, self.sources = results, sources or {}

    def plain(self, words: str) -> str:
        """A text without roles and without links into the book.

        Raises
        ------
        LessonError
            For a result that is not there.
        """
        return LINK.sub(lambda match: f"*{match['words']}*", ROLE.sub(self._role, words))

    def _role(self, match: re.Match[str]) -> str:
        role, text = match["role"], match["text"]
        if role in ("value", "interval"):
            record = published(self.results, text)
            return shown_interval(record) if role == "interval" else value_in_words(record)
        if role == "cite":
            return f"({', '.join(self.sources.get(key.strip(), key.strip()) for key in text.split(','))})"
        if role == "numref":
            return "the figure or table of that name in the book"
        named = NAMED.match(text)
        return named["words"] if named else text
