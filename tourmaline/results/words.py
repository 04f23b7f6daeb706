"""The words of a notebook's results: labels, captions, headings and notes, which stand in `notebooks/words/<notebook>.yml`.

A notebook computes; what its results are called is written where an editor finds it. A text may name fields in braces, with a
format behind a colon: `"Hazard ratio of {endpoint}, {level} interval"`. Fields are the notebook's parameters, in the words of
`notebooks/words/vocabulary.yml` where it has any; `level`, the confidence level in percent; what the notebook adds to
`run.fields`; and what it gives with one result. A text may also be a list of sentences, and a sentence may depend on a field:

    - {if: several, then: "Weights are shares of the pooled estimate.", else: "One trial alone: nothing is pooled."}

Texts under `fields` are fields themselves, made of others; a notebook reads them with `run.text`.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from tourmaline import paths
from tourmaline.errors import ResultError, nearest
from tourmaline.identity import identity
from tourmaline.yaml_files import load_yaml

MAY_BE_SAID = {  # what may be said of each kind of result
    "values": {"label", "unit", "decimals"},
    "tables": {"caption", "columns", "decimals", "numeric", "notes", "filters"},
    "figures": {"caption", "alt"},
    "files": {"caption", "header"},
}
OF_ALL = {"origin", "source"}
VOCABULARY = "vocabulary"
DECIMALS = {"ratio": 2, "months": 1, "statistic": 2}  # of a value whose words name no other number; 0 for other units


class _Format(string.Formatter):
    """Formats that read named fields, and neither their attributes nor their items."""

    def get_field(self, name: str, _positional: Any, fields: Any) -> Any:
        return fields[name], name


class _Fields(dict):
    """The fields of one result; those that are texts of the words file are made when they are asked for."""

    def __init__(self, known: Mapping[str, Any], words: Words) -> None:
        super().__init__(known)
        self.words = words

    def __missing__(self, name: str) -> Any:
        texts = self.words.texts
        if name not in texts:
            known = sorted({*self, *texts})
            raise LookupError(f"there is no field {name!r} among {', '.join(known)}. {nearest(name, known)}".strip())
        return self.words.filled(texts[name], "", f"{self.words.where}, fields, {name}", self)


@cache
def vocabulary() -> dict[str, dict[str, str]]:
    """Words for the values of parameters and of columns, by their name; of treatments, by their role."""
    return {**load_yaml(paths.WORDS / f"{VOCABULARY}.yml", error=ResultError), "treatment": identity().arms}


def word(name: str, value: Any) -> Any:
    """A value in words; the value itself where the vocabulary has none.

    Parameters
    ----------
    name : str
        Of the parameter or column that has the value.
    value : object

    Examples
    --------
    >>> word("endpoint", "pfs"), word("seed", 7)
    ('progression-free survival', 7)
    """
    return vocabulary().get(name, {}).get(value, value) if isinstance(value, str) else value


def listed(parts: Iterable[str]) -> str:
    """Words as a list within a sentence.

    Examples
    --------
    >>> listed(["one", "two", "three"]), listed(["one"]), listed([])
    ('one, two and three', 'one', '')
    """
    *others, last = [*parts] or [""]
    return f"{', '.join(others)} and {last}" if others else last


def in_a_name(text: Any) -> str:
    """A text as a part of a result's name.

    Examples
    --------
    >>> in_a_name("TOURMALINE-MM1")
    'tourmaline_mm1'
    """
    return re.sub(r"[^a-z0-9]+", "_", str(text).lower()).strip("_")


class Words:
    """The words of one notebook's results.

    Parameters
    ----------
    path : Path
        The file; a notebook without one gives the words of each result itself.

    Raises
    ------
    ResultError
        If the file holds a kind of result or a key that is unknown; the message names both.
    """

    def __init__(self, path: Path) -> None:
        self.where = paths.relative(path)
        self._words = load_yaml(path, error=ResultError) if path.exists() else {}
        self._known(self._words, {*MAY_BE_SAID, *OF_ALL, "fields"}, "")
        self.texts: dict[str, Any] = self._words.get("fields", {})
        for kind in MAY_BE_SAID.keys() & self._words.keys():
            self._known(self._words[kind], None, kind)
            for name, entry in self._words[kind].items():
                self._known(entry, MAY_BE_SAID[kind] | OF_ALL, f"{kind}, {name}")

    def _known(self, content: Any, keys: set[str] | None, place: str) -> None:
        """Refuse what is not keys with words, or has a key beyond those that are known (any, if None)."""
        where = f"{self.where}, {place}" if place else self.where
        if not isinstance(content, dict):
            wanted = ", ".join(sorted(keys)) if keys else "names of results"
            raise ResultError("keys and their words are missing", where=where, remedy=f"Give {wanted}.")
        if unknown := [key for key in content if keys is not None and key not in keys]:
            hint = f"{nearest(str(unknown[0]), keys)} Keys: {', '.join(sorted(keys))}."
            raise ResultError(f"there is no key {unknown[0]!r}", where=where, remedy=hint.strip())

    def names(self, kind: str) -> list[str]:
        """The names of the results of a kind that the file describes; fields in braces stand for any word."""
        return list(self._words.get(kind, {}))

    def of(self, kind: str, name: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        """What is said of one result, its fields filled in; empty where the file says nothing.

        Parameters
        ----------
        kind : str
            values, tables, figures or files.
        name : str
            As the notebook gives it, with fields in braces where several results share their words.
        fields : mapping of str to object

        Raises
        ------
        ResultError
            For a field that is not given or a format that does not fit it; names the file, the result and the text.
        """
        entry = self._words.get(kind, {}).get(name)
        if entry is None:
            return {}
        entry = {key: self._words[key] for key in OF_ALL if key in self._words} | entry
        known = _Fields(fields, self)
        return {key: self.filled(text, key, f"{self.where}, {name}, {key}", known) for key, text in entry.items()}

    def text(self, name: str, fields: Mapping[str, Any]) -> str:
        """A text of the words' own `fields`, filled in."""
        return self.filled(f"{{{name}}}", "", f"{self.where}, fields", _Fields(fields, self))

    def name(self, name: str, fields: Mapping[str, Any]) -> str:
        """The name of a result, its fields filled in."""
        return self.filled(name, "", f"{self.where}, {name}", {key: in_a_name(value) for key, value in fields.items()})

    def filled(self, text: Any, key: str, where: str, fields: Mapping[str, Any]) -> Any:
        """A text, or whatever holds texts, with its fields filled in."""
        if isinstance(text, dict) and "if" in text:
            return self.filled(
                text.get("then" if self._field(text["if"], where, fields) else "else", ""), key, where, fields
            )
        if isinstance(text, dict):
            return {
                self.filled(name, "", where, fields): self.filled(part, "", where, fields)
                for name, part in text.items()
            }
        if isinstance(text, list):
            parts = [filled for part in text if (filled := self.filled(part, "", where, fields)) != ""]
            return parts if key in LISTS else " ".join(parts)
        if not isinstance(text, str):
            return text
        try:
            return _Format().vformat(text, (), fields)
        except (LookupError, ValueError, TypeError) as error:
            raise ResultError(f"{text!r}: {error.args[0]}", where=where, remedy=GIVE) from None

    def _field(self, name: str, where: str, fields: Mapping[str, Any]) -> Any:
        try:
            return fields[name]
        except LookupError as error:
            raise ResultError(error.args[0], where=where, remedy=GIVE) from None


LISTS = {"notes", "header", "numeric", "filters"}  # what is a list of texts; other lists are the sentences of one text
GIVE = "Give it with the result, or in run.fields."
