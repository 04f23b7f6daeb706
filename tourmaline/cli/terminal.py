"""The questions of `tourmaline add` at a terminal: an answer that is refused is asked for again, and none is lost."""

from __future__ import annotations

import shlex
from collections.abc import Collection

import click

from tourmaline.errors import nearest
from tourmaline.pipeline.adding.dialogue import Given, Question, disagrees
from tourmaline.pipeline.adding.questions import Addition


class Terminal(Given):
    """Answers that are typed, besides those that were given in advance.

    Attributes
    ----------
    typed : list of dict of str to str
        The answers by the names of the questions, one dict a result.
    """

    def __init__(self, answers: dict[str, str]) -> None:
        super().__init__(answers)
        self.typed: list[dict[str, str]] = [{}]

    def ask(self, question: Question) -> str:
        self.asked.add(question.name)
        answer = self.answers.get(question.name)
        if answer is not None and (refused := question.refusal(answer)):
            click.echo(
                f"  {question.name} {answer!r} {refused}. {nearest(answer, question.allowed)}".rstrip(), err=True
            )
            answer = None
        self.typed[-1][question.name] = answer = self._prompted(question) if answer is None else answer
        return answer

    def follows(self, name: str, answer: str, why: str) -> str:
        self.asked.add(name)
        if (given := self.answers.get(name, answer)) != answer:
            click.echo(f"  {name} {given!r} {disagrees(answer, why)}, and so it is.", err=True)
        return answer

    def _prompted(self, question: Question) -> str:
        click.echo(f"{question.name}: {question.words}", err=True)
        if question.allowed:
            click.echo(f"  one of {', '.join(question.allowed)}", err=True)
        while True:
            answer = click.prompt(" ", default=question.default or "", show_default=bool(question.default), err=True)
            answer = _completed(answer.strip(), question.allowed)
            if not answer and question.default is None:
                click.echo("  An answer is needed. Ctrl-C ends, and nothing is written.", err=True)
            elif not (refused := question.refusal(answer)):
                return answer
            elif refused.startswith("must be one of"):  # they stand above
                click.echo(
                    f"  {answer!r} is none of these words. {nearest(answer, question.allowed)}".rstrip(), err=True
                )
            else:
                click.echo(f"  {answer!r} {refused}. {nearest(answer, question.allowed)}".rstrip(), err=True)

    def begins(self, question: Question, answer: str, known: Collection[str]) -> bool:
        what = question.name.rpartition(".")[2]
        if not (hint := nearest(answer, known)):
            click.echo(f"  {answer!r} is new.", err=True)
            return True
        if click.confirm(f"  There is no {what} {answer!r}. {hint} Begin a new one?", default=False, err=True):
            return True
        self.answers.pop(question.name, None)
        return False

    def again(self, refused: str, names: Collection[str]) -> bool:
        click.echo(f"  {refused} These numbers are asked for again.", err=True)
        for name in names:
            self.answers.pop(name, None)
        return True

    def more(self) -> bool:
        if not click.confirm("Another result of this analysis?", default=False, err=True):
            return False
        self.finish()
        self.answers = {}  # what was given in advance is of the first
        self.typed.append({})
        return True

    def finish(self) -> None:
        for name in self.unasked():
            click.echo(f"  Nothing asks for {name}, so {self.answers.pop(name)!r} is left out.", err=True)

    def confirm(self, addition: Addition) -> None:
        """Show the rows, and ask whether they are written.

        Raises
        ------
        click.Abort
            If they are not.
        """
        for path, row in addition.rows:
            click.echo(f"data/{path}: " + "; ".join(f"{name} {cell}" for name, cell in row.items() if cell), err=True)
        if not click.confirm("Write this?", default=True, err=True):
            raise click.Abort

    def say_how_to_repeat(self, kind: str) -> None:
        """Say that nothing was written, and print the commands that give all answers again, also those not yet asked for."""
        click.echo("\nNothing was written.", err=True)
        first, *later = self.typed
        first |= {name: self.answers[name] for name in self.unasked()}
        commands = [(kind, first)] if first else []
        for answers in later:
            own = {name.removeprefix("result."): answer for name, answer in answers.items()}
            commands.append(("result", {"analysis": first["analysis"]} | own))
        for number, (what, answers) in enumerate(commands):
            words = [word for name, answer in answers.items() for word in ("--set", name, answer)]
            said = "Your answers, to be corrected and given again:" if number == 0 else "and then"
            click.echo(f"{said}\n  {shlex.join(['tourmaline', 'add', what, *words])}", err=True)


def _completed(answer: str, allowed: Collection[str]) -> str:
    """The one allowed word that begins with an answer, or the answer.

    Examples
    --------
    >>> _completed("y", ("yes", "no")), _completed("p", ("primary", "p_value")), _completed("", ("yes",))
    ('yes', 'p', '')
    """
    if not answer or answer in allowed:
        return answer
    found = [word for word in allowed if word.startswith(answer)]
    return found[0] if len(found) == 1 else answer
