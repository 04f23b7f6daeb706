"""The command that adds a fact to data/."""

from __future__ import annotations

import datetime
import sys
from typing import Any

import click

from tourmaline.cli.digitising import digitised
from tourmaline.cli.output import json_option, print_json
from tourmaline.errors import ParameterError

set_option = click.option(
    "--set",
    "answers",
    nargs=2,
    multiple=True,
    metavar="NAME VALUE",
    help="An answer, so that it is not asked. Repeatable.",
)


@click.group()
def add() -> None:
    """Add a result, a trial, an analysis, a source or a digitised curve to data/.

    It asks for what the schema wants, checks all data with the answers, and only then writes the rows, the entry in
    references.bib, the counts of the data package and its version. It ends with what will use them.

    \b
    tourmaline add result
    tourmaline add result --set analysis aspire.os.final --set quantity hazard_ratio --set value 0.79 ...
    tourmaline add curve aspire.pfs.primary curves.csv
    """


def _at_terminal() -> bool:
    return sys.stdin.isatty()


def _prompted(given: dict[str, str], question: Any) -> str:
    """The answer that was given, or that is typed; a refused one is asked for again."""
    from tourmaline.errors import nearest
    from tourmaline.pipeline.adding.questions import answered

    if question.name in given or not _at_terminal():
        return answered(given, question)
    words = f"{question.name}: {question.words}"
    if question.allowed:
        words += f"\n  one of {', '.join(question.allowed)}"
    click.echo(words, err=True)
    while True:
        answer = click.prompt(" ", default=question.default, show_default=bool(question.default), err=True).strip()
        if not (refused := question.refusal(answer)):
            return answer
        click.echo(f"  {answer!r} {refused}. {nearest(answer, question.allowed)}".rstrip(), err=True)


def _add(kind: str, answers: tuple[tuple[str, str], ...], as_json: bool) -> None:
    from tourmaline.pipeline.adding.questions import KINDS, ask_for
    from tourmaline.pipeline.adding.writing import uses, write

    given, asked = dict(answers), set()
    if len(given) < len(answers):
        raise ParameterError("an answer is given twice", remedy="Give each --set name once.")

    def ask(question: Any) -> str:
        asked.add(question.name)
        return _prompted(given, question)

    def more() -> bool:
        return _at_terminal() and click.confirm("Another result of this analysis?", default=False, err=True)

    addition = ask_for(kind, ask, more=more)
    if unasked := sorted(given.keys() - asked):
        raise ParameterError(f"nothing asks for {unasked[0]!r}", remedy=f"Asked for: {', '.join(sorted(asked))}.")
    if _at_terminal():
        for path, row in addition.rows:
            click.echo(f"data/{path}: " + "; ".join(f"{name} {cell}" for name, cell in row.items() if cell), err=True)
        if not click.confirm("Write this?", default=True, err=True):
            click.echo("Nothing was written.", err=True)
            sys.exit(1)
    written = write(addition, datetime.datetime.now(datetime.UTC).date())
    told = list(uses(addition))
    if as_json:
        print_json({"lines": [list(line) for line in written.lines], "version": written.version, "uses": told})
        return
    for path, line in written.lines:
        click.echo(f"data/{path}: {line}")
    click.echo(f"The data are version {written.version} now.")
    click.echo("\n".join(told))
    click.echo(
        f"Ask a second person to check {'the entry' if KINDS[kind].endswith('.bib') else 'each row'} against the source."
    )


def _command(kind: str, words: str) -> None:
    @add.command(kind, help=words)
    @set_option
    @json_option
    def command(answers: tuple[tuple[str, str], ...], as_json: bool) -> None:
        _add(kind, answers, as_json)


_command("result", "Add a reported result, with its analysis and its source if they are new.")
_command("trial", "Add a trial, with the aspects of its design that a source reports.")
_command("analysis", "Add an analysis with its first result.")
_command("source", "Add a source to data/references.bib.")
add.add_command(digitised, "curve")
