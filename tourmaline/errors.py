"""What a user can cause, said in one message: what is wrong, where, and what to do."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any


class TourmalineError(Exception):
    """A failure that a user can cause and mend.

    Parameters
    ----------
    what : str
        What is wrong, with the offending value.
    where : str
        File, row and column; or notebook and cell; or page and line.
    remedy : str
        What to do about it.
    """

    def __init__(self, what: str, *, where: str = "", remedy: str = "") -> None:
        self.what, self.where, self.remedy = what, where, remedy
        message = f"{where}: {what}" if where else what
        super().__init__(f"{message}\n  {remedy}" if remedy else message)

    def __reduce__(self) -> tuple[Any, ...]:  # it comes from worker processes
        return _again, (type(self), self.what, self.where, self.remedy)


def _again(kind: type[TourmalineError], what: str, where: str, remedy: str) -> TourmalineError:
    return kind(what, where=where, remedy=remedy)


class DataError(TourmalineError):
    """A file in data/ breaks its schema, or contradicts itself or another file."""


class EvidenceError(TourmalineError):
    """The evidence in data/ cannot answer what was asked of it."""


class ParameterError(TourmalineError):
    """A parameter has a wrong name, type or value."""


class NotebookError(TourmalineError):
    """A notebook failed, wrote to stderr, died or ran out of time."""


class ResultError(TourmalineError):
    """A result is published wrongly, or asked for and not there."""


class SiteError(TourmalineError):
    """The site does not build, or what was built must not be published."""


class LessonError(TourmalineError):
    """The page of a lesson cannot be read, or lacks what a lesson must have."""


class LockError(TourmalineError):
    """Another process is at work in the same folder."""


class SweepError(TourmalineError):
    """A sweep cannot begin or go on."""


def nearest(word: str, known: Iterable[str]) -> str:
    """A hint at the known word most like `word`, whatever its capitals, or an empty string.

    Examples
    --------
    >>> nearest("modle", ["model", "trials"])
    "Did you mean 'model'?"
    """
    known = list(known)
    matches = difflib.get_close_matches(word, known, n=1)
    if not matches:
        matches = [name for name in known if name.casefold() == word.casefold()]
    return f"Did you mean {matches[0]!r}?" if matches else ""
