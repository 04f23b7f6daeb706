"""The command that adds a fact to data/."""

from __future__ import annotations

import copy
import datetime
import sys

import click

from tourmaline.cli.digitising import digitised
from tourmaline.cli.output import json_option, print_json
from tourmaline.errors import ParameterError, TourmalineError

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


def _add(kind: str, answers: tuple[tuple[str, str], ...], as_json: bool) -> None:
    from tourmaline.cli.terminal import Terminal
    from tourmaline.pipeline.adding.dialogue import Given, check_given
    from tourmaline.pipeline.adding.questions import ADDITIONS, ask_for, possible
    from tourmaline.pipeline.adding.writing import uses, write

    given = dict(answers)
    if len(given) < len(answers):
        raise ParameterError("an answer is given twice", remedy="Give each --set name once.")
    today = datetime.datetime.now(datetime.UTC).date()
    check_given(given, possible(kind, today))
    dialogue = Terminal(given) if _at_terminal() else Given(given)
    try:
        addition = ask_for(kind, dialogue, today)
        dialogue.finish()
        if isinstance(dialogue, Terminal):
            dialogue.confirm(addition)
        written = write(addition)
    except (click.Abort, TourmalineError) as error:
        if isinstance(dialogue, Terminal):
            dialogue.say_how_to_repeat(kind)
        if isinstance(error, click.Abort):
            sys.exit(1)
        raise
    told = list(uses(addition, written.compared_before))
    if as_json:
        print_json({"lines": [list(line) for line in written.lines], "version": written.version, "uses": told})
        return
    for path, line in written.lines:
        click.echo(f"data/{path}: {line}")
    click.echo(f"The data are version {written.version} now.")
    click.echo("\n".join(told))
    click.echo(
        f"Ask a second person to check {'the entry' if ADDITIONS[kind].endswith('.bib') else 'each row'} against the source."
    )


class _Adding(click.Command):
    """A command whose help ends with the names of its answers."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        from tourmaline.pipeline.adding.questions import possible

        today = datetime.datetime.now(datetime.UTC).date()
        with formatter.section("Names of the answers, of which it asks for those that the fact needs"):
            formatter.write_dl([(one.name, one.words + one.choice()) for one in possible(self.name, today)])


def _command(kind: str, words: str) -> None:
    @add.command(kind, help=words, cls=_Adding)
    @set_option
    @json_option
    def command(answers: tuple[tuple[str, str], ...], as_json: bool) -> None:
        _add(kind, answers, as_json)


_command("result", "Add a reported result, with its analysis and its source if they are new.")
_command("trial", "Add a trial, with the aspects of its design that a source reports.")
_command("analysis", "Add an analysis with its first result.")
_command("source", "Add a source to data/references.bib.")
curve = copy.copy(digitised)
curve.help = digitised.help.replace("tourmaline digitised", "tourmaline add curve")
add.add_command(curve, "curve")
