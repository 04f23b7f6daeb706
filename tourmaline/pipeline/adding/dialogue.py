"""A question about a new fact, and who answers: what was given in advance, or somebody at a terminal (`cli/terminal.py`)."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Protocol

from tourmaline.errors import ParameterError, nearest


@dataclass(frozen=True)
class Question:
    """One question.

    Parameters
    ----------
    name : str
        As an option names it: `quantity`, or `source.title` where another row is needed for the first.
    words : str
        What is asked.
    allowed : collection of str
        The words that an answer can be; empty if it is free.
    default : str or None
        The answer that is taken without one; None if one is needed.
    refusal : callable
        What an answer must be, in words, if it is not that; '' if it is right.
    stand_in : str
        What is taken to go on and find what else is missing, where an answer is needed and there is none.
    """

    name: str
    words: str
    refusal: Callable[[str], str]
    allowed: Collection[str] = ()
    default: str | None = None
    stand_in: str = ""


class Dialogue(Protocol):
    """Who answers."""

    def ask(self, question: Question) -> str:
        """An answer that the rule of the question does not refuse."""

    def begins(self, question: Question, answer: str, known: Collection[str]) -> bool:
        """Whether an answer that is not known is meant to be new; if not, the question is asked again."""

    def again(self, refused: str, names: Collection[str]) -> bool:
        """Whether the questions of these names are asked again, because their answers do not fit together."""

    def more(self) -> bool:
        """Whether another result of the same analysis follows."""


@dataclass
class Given:
    """Answers that were given in advance, where nobody can be asked.

    Parameters
    ----------
    answers : dict of str to str
        By the names of the questions.
    asked : set of str
        The names of the questions that were asked so far.
    missing : list of Question
        Those that need an answer and have none.
    unknown : list of str
        Names that are not there, without any answer about a new row of that name, and the nearest that are.
    """

    answers: dict[str, str]
    asked: set[str] = field(default_factory=set)
    missing: list[Question] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)

    def ask(self, question: Question) -> str:
        self.asked.add(question.name)
        answer = self.answers.get(question.name, question.default)
        if answer is None:
            self.missing.append(question)
            return question.stand_in
        if refused := question.refusal(answer):
            raise ParameterError(
                f"{question.name!r} is {answer!r}, and {refused}", remedy=nearest(answer, question.allowed)
            )
        return answer

    def begins(self, question: Question, answer: str, known: Collection[str]) -> bool:
        what = question.name.rpartition(".")[2]
        if answer and not any(name.startswith(f"{what}.") for name in self.answers):
            self.unknown.append(f"There is no {what} {answer!r}. {nearest(answer, known)}".strip())
        return True

    def again(self, refused: str, names: Collection[str]) -> bool:
        return False  # the check of all data says it

    def more(self) -> bool:
        return False

    def finish(self) -> None:
        """Refuse what is missing, all at once, and answers that nothing asked for.

        Raises
        ------
        ParameterError
        """
        if self.missing:
            lines = [f"--set {one.name} VALUE: {one.words}{_allowed(one)}" for one in self.missing]
            raise ParameterError(
                f"not given: {', '.join(one.name for one in self.missing)}",
                remedy="\n  ".join([*self.unknown, *lines, "Or answer at a terminal; what is piped in is not read."]),
            )
        if unasked := sorted(self.answers.keys() - self.asked):
            raise ParameterError(
                f"nothing asks for {unasked[0]!r}",
                remedy=f"{nearest(unasked[0], self.asked)} Asked for: {', '.join(sorted(self.asked))}.".strip(),
            )


def _allowed(question: Question) -> str:
    return f"; one of {', '.join(question.allowed)}" if question.allowed else ""
