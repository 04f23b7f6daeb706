"""The command `tourmaline`: thin, and quick to start; each command imports what it needs."""

from __future__ import annotations

import click

from tourmaline import __version__
from tourmaline.cli import adding, building, digitising, inspect_runs, publishing, running, teaching
from tourmaline.cli.output import Commands


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
@click.version_option(__version__, prog_name="tourmaline")
def main(debug: bool) -> None:
    """Recompute and publish the living report of a trial.

    \b
    tourmaline build                            bring the whole book up to date
    tourmaline run cross_trial -p model random  one notebook with another parameter
    tourmaline list                             notebooks, parameters, results

    Exit codes: 0 fine, 1 the work failed, 2 wrong usage.
    """


for command in (
    building.build,
    building.edition,
    building.reproduce,
    running.run,
    running.sweep,
    running.export,
    inspect_runs.diff,
    inspect_runs.list_,
    inspect_runs.check,
    inspect_runs.audit,
    adding.add,
    digitising.digitised,
    digitising.figure,
    teaching.course,
    publishing.serve,
    publishing.pdf,
    publishing.browser,
    publishing.clean,
):
    main.add_command(command)
