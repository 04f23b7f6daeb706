"""A question about a new fact, and who answers: what was given in advance, or somebody at a terminal (`cli/terminal.py`)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
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

    def choice(self) -> str:
        """What the words of the question end with, where an answer is one of a few."""
        return f"; one of {', '.join(self.allowed)}" if self.allowed else ""


class Dialogue(Protocol):
    """Who answers."""

    def ask(self, question: Question) -> str:
        """An answer that the rule of the question does not refuse."""

    def follows(self, name: str, answer: str, why: str) -> str:
        """The answer that follows from others, so that it is not asked for; one that was given in advance has to agree."""

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
        refuse_wrong(question, answer)
        return answer

    def follows(self, name: str, answer: str, why: str) -> str:
        self.asked.add(name)
        given = self.answers.get(name, answer)
        if given != answer:
            raise ParameterError(
                f"{name!r} is {given!r}, and {disagrees(answer, why)}",
                remedy="Correct one of the two, or leave it out.",
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
            lines = [f"--set {one.name} VALUE: {one.words}{one.choice()}" for one in self.missing]
            raise ParameterError(
                f"not given: {', '.join(one.name for one in self.missing)}",
                remedy="\n  ".join([*self.unknown, *lines, "Or answer at a terminal; what is piped in is not read."]),
            )
        if unasked := self.unasked():
            raise ParameterError(
                f"nothing asks for {', '.join(map(repr, unasked))}",
                remedy=f"Asked for: {', '.join(sorted(self.asked))}.",
            )

    def unasked(self) -> list[str]:
        """The names of the answers that nothing has asked for; an empty one need not be asked for."""
        return sorted(name for name, answer in self.answers.items() if answer and name not in self.asked)


def refuse_wrong(question: Question, answer: str) -> None:
    """Raise ParameterError for an answer that is given in advance and that the rule of its question refuses."""
    if refused := question.refusal(answer):
        remedy = nearest(answer, question.allowed)
        raise ParameterError(f"{question.name!r} is {answer!r}, and {refused}", remedy=remedy)


def check_given(answers: Mapping[str, str], questions: Collection[Question]) -> None:
    """Refuse answers to no question, and answers that are wrong whatever the others are, before anything is asked.

    Parameters
    ----------
    answers : mapping of str to str
        By the names of the questions.
    questions : collection of Question
        All that can be asked.

    Raises
    ------
    ParameterError
    """
    known = {question.name: question for question in questions}
    for name, answer in answers.items():
        if name not in known:
            remedy = f"{nearest(name, known)} It can ask for: {', '.join(known)}.".strip()
            raise ParameterError(f"nothing asks for {name!r}", remedy=remedy)
        if answer:
            refuse_wrong(known[name], answer)


def disagrees(answer: str, why: str) -> str:
    """What an answer must be that follows from others, in words."""
    return f"must be {answer!r}, because {why}" if answer else f"must be empty, because {why}"
