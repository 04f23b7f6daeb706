"""The commands that run a notebook with other parameters: once, or as a sweep."""

from __future__ import annotations

import itertools
import json
import shlex
import sys
from pathlib import Path
from typing import Any

import click

from tourmaline import paths
from tourmaline.cli.output import Progress, jobs_option, json_option, print_json, timeout_option
from tourmaline.errors import ParameterError


class _Run(click.Command):
    """Says what is meant where a parameter is written as other programs want it."""

    def parse_args(self, context: click.Context, args: list[str]) -> list[str]:
        for option, value in itertools.pairwise(args):
            name, sign, rest = value.partition("=")
            if option in ("-p", "--parameter") and sign and name.isidentifier():
                raise click.UsageError(
                    f"{value!r} joins name and value. Write: {option} {name} {shlex.quote(rest)}", context
                )
        return super().parse_args(context, args)


@click.command(cls=_Run)
@click.argument("notebook")
@click.option(
    "-p", "--parameter", nargs=2, multiple=True, metavar="NAME VALUE", help="A parameter; a list as A,B. Repeatable."
)
@click.option(
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder to write: a new or an empty one, or that of the same run. [default: one under runs/]",
)
@timeout_option
@json_option
def run(
    notebook: str, parameter: tuple[tuple[str, str], ...], output: Path | None, timeout: int, as_json: bool
) -> None:
    """Run one NOTEBOOK with other parameters, into a folder of its own.

    The folder holds the executed notebook, its HTML, figures, tables and values. What differs from the book is shown, and
    stands on top of the HTML. The book's own results are never touched. `tourmaline list` shows the parameters.

    \b
    tourmaline run cross_trial -p model random -p trials ASPIRE,ELOQUENT-2
    """
    from tourmaline.pipeline.runner import Limits
    from tourmaline.pipeline.single_run import run_once

    names = [name for name, _ in parameter]
    if len(set(names)) < len(names):
        raise ParameterError("a parameter is given twice", remedy="Give each parameter once.")
    folder, seconds, card = run_once(notebook, dict(parameter), output, limits=Limits(cell=timeout))
    if as_json:
        record = json.loads((folder / "run.json").read_text(encoding="utf-8"))
        answer = {"folder": str(folder), "seconds": round(seconds, 3), "parameters": record["parameters"]}
        print_json(answer | {"differs": [vars(row) for row in card.differing], "note": card.note})
    else:
        from tourmaline.pipeline.run_card import in_terminal

        click.echo("\n".join(in_terminal(card)))
        click.echo(f"{notebook} ran in {seconds:.1f} s. Its results are in {folder}")


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--database", type=click.Path(path_type=Path, dir_okay=False), help="The store. [default: runs/sweeps/NAME.sqlite]"
)
@jobs_option("the cores and one")
@click.option("--scheduler", metavar="ADDRESS", help="Run on the workers of this Dask scheduler: tcp://host:port.")
@timeout_option
@click.option(
    "--time-limit", type=click.IntRange(min=1), metavar="SECONDS", help="Longest time for one run. [default: none]"
)
@click.option(
    "--memory-limit", type=click.IntRange(min=1), metavar="MEGABYTES", help="Most memory for one run. [default: none]"
)
@click.option(
    "--retry-failed",
    is_flag=True,
    help="Run again what failed before; otherwise it stays failed until code, data, figures or limits differ.",
)
@click.option("--yes", is_flag=True, help="Do not ask whether so many runs are meant.")
@json_option
def sweep(
    file: Path,
    database: Path | None,
    jobs: int | None,
    scheduler: str | None,
    timeout: int,
    time_limit: int | None,
    memory_limit: int | None,
    retry_failed: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Run a notebook with many combinations of parameters, as FILE says; keep the results in one SQLite file.

    What is done is kept: after Ctrl-C, or a kill, the same command goes on. Nothing is run twice unless asked.

    \b
    tourmaline sweep scenarios/multiverse.yaml
    tourmaline export runs/sweeps/multiverse.sqlite multiverse.csv

    Exit codes: 0 every run is done, 1 some failed, 2 wrong usage.
    """
    from tourmaline.pipeline.cores import cores
    from tourmaline.pipeline.runner import Limits
    from tourmaline.pipeline.sweeps import running
    from tourmaline.pipeline.sweeps.definition import read_sweep
    from tourmaline.pipeline.sweeps.store import Store

    # A run waits while its kernel starts and ends, and between cells: one more than the cores has work for them then.
    at_once = jobs or cores() + 1
    asked = read_sweep(file, confirm=lambda size: yes or (sys.stdin.isatty() and click.confirm(f"Run all {size:,}?")))
    store = (database or paths.RUNS / "sweeps" / f"{asked.name}.sqlite").absolute()
    try:
        with Progress(time_left=True) as progress:
            summary = running.run_sweep(
                asked,
                store,
                place=running.cluster(scheduler)
                if scheduler
                else running.local_processes(min(at_once, len(asked.runs))),
                limits=Limits(timeout, time_limit or 0, memory_limit or 0),
                retry_failed=retry_failed,
                announce=progress,
            )
    except KeyboardInterrupt:
        click.echo(f"Stopped. What is done is kept in {paths.relative(store)}; the same command goes on.", err=True)
        sys.exit(130)
    with Store(store) as kept:
        failures = kept.failures() if summary.failed else []
    if as_json:
        print_json({"database": str(store), **vars(summary)})
    else:
        _print_summary(summary, store)
    for cell, error, number, example in failures:
        where = f"cell {cell}" if cell else "before any cell"
        click.echo(
            f"Failed: {number} of {asked.notebook.stem}, {where}: {error}\n  For example with {example}", err=True
        )
    if summary.failed:
        click.echo(
            "They stay failed until code, data, figures or limits differ; --retry-failed runs them again.", err=True
        )
        sys.exit(1)


def _print_summary(summary: Any, place: Path) -> None:
    if summary.stale:
        click.echo(f"{summary.stale} earlier results were of other data or code, and were made again.")
    for address in summary.lost_workers:
        click.echo(f"The worker {address} went away; what it ran was given to others.")
    for reason, number in summary.cold.items():
        click.echo(f"{number} runs had a standard kernel, not a warm one: {reason}.")
    rate = f" ({summary.ran / summary.seconds:.2f} a second)" if summary.ran else ""
    click.echo(f"{summary.ran} runs in {summary.seconds:.1f} s{rate}; {summary.done} of {summary.runs} are done.")
    click.echo(f"The results are in {paths.relative(place)}")


@click.command()
@click.argument("database", type=click.Path(path_type=Path, dir_okay=False))
@click.argument("target", type=click.Path(path_type=Path, dir_okay=False))
def export(database: Path, target: Path) -> None:
    """Write the DATABASE of a sweep as one table: TARGET ends with .csv, or .parquet where pyarrow is installed."""
    from tourmaline.pipeline.sweeps.export import export as export_table

    click.echo(f"{export_table(database, target)} runs are in {target}")
