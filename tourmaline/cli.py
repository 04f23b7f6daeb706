"""The command `tourmaline`: thin, and quick to start; each command imports what it needs."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import click

from tourmaline import __version__, paths
from tourmaline.errors import ParameterError, TourmalineError

_json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for a program to read.")
_timeout_option = click.option(
    "--timeout",
    type=click.IntRange(min=1),
    default=600,
    show_default=True,
    metavar="SECONDS",
    help="Longest time for one cell.",
)
_jobs_option = click.option(
    "--jobs", type=click.IntRange(min=1), metavar="N", help="How many notebooks run side by side. [default: the cores]"
)


class _Commands(click.Group):
    """Every error that a user can cause is one message, with exit code 1 (the work failed) or 2 (wrong usage)."""

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except (TourmalineError, OSError) as error:
            if context.params.get("debug"):
                raise
            _say(error)
            context.exit(2 if isinstance(error, ParameterError) else 1)
        except KeyboardInterrupt:
            click.echo("Stopped. Results and site are as they were before.", err=True)
            context.exit(130)


def _say(error: Exception) -> None:
    if isinstance(error, OSError):
        place = f": {error.filename}" if error.filename else ""
        click.echo(f"Error: {error.strerror or error}{place}\n  Results and site are as they were before.", err=True)
    else:
        click.echo(f"Error: {error}", err=True)


def _print_json(content: Any) -> None:
    click.echo(json.dumps(content, ensure_ascii=False, indent=2))


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
@click.version_option(__version__, prog_name="tourmaline")
def main(debug: bool) -> None:
    """Recompute and publish the living report of TOURMALINE-MM1.

    \b
    tourmaline build                            bring the whole book up to date
    tourmaline run cross_trial -p model random  one notebook with another parameter
    tourmaline list                             notebooks, parameters, results

    Exit codes: 0 fine, 1 the work failed, 2 wrong usage.
    """


class _Progress:
    """A bar on stderr that appears when there is something to do: rich is slow to import."""

    def __init__(self, *, time_left: bool = False) -> None:
        self._bar, self._time_left = None, time_left

    def __call__(self, what: str, done: int, total: int) -> None:
        if self._bar is None:
            from rich.console import Console
            from rich.progress import (
                BarColumn,
                MofNCompleteColumn,
                Progress,
                TextColumn,
                TimeElapsedColumn,
                TimeRemainingColumn,
            )

            columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
            columns = (*columns, TimeRemainingColumn()) if self._time_left else columns
            self._bar = Progress(*columns, console=Console(stderr=True), transient=True)
            self._bar.start()
            self._task = self._bar.add_task("starting", total=total)
        self._bar.update(self._task, description=what, completed=done, total=total)

    def __enter__(self) -> _Progress:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar:
            self._bar.stop()


def _print_report(report: Any) -> None:
    for step in report.steps:
        seconds = f"{step.seconds:7.1f} s" if step.did in ("ran", "failed") else ""
        click.echo(f"{step.name:<12} {step.did:<7} {seconds:>9}  {step.because}".rstrip())
    for reason in sorted({step.cold_because for step in report.steps if step.cold_because}):
        names = ", ".join(step.name for step in report.steps if step.cold_because == reason)
        click.echo(f"Standard kernels, not warm ones, for {names}: {reason}.")


@main.command()
@click.option(
    "--scenario",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Build the variant that this file describes, beside the report.",
)
@click.option(
    "--editions", is_flag=True, help="Seal the editions of editions.yaml that are not sealed yet, and show them."
)
@click.option(
    "--keep-sweeps",
    is_flag=True,
    help="Take the book's sweeps as they are, though data or code have changed since: for work on pages.",
)
@_jobs_option
@_timeout_option
@_json_option
def build(
    scenario: Path | None, editions: bool, keep_sweeps: bool, jobs: int | None, timeout: int, as_json: bool
) -> None:
    """Check the data, run the notebooks that are stale, build the site.

    What is still true is reused: editing one CSV runs only the notebooks that read it. A failure leaves the results and
    the site of before.

    \b
    tourmaline build --scenario scenarios/nejm-2016.yaml    the report on the day of the paper
    """
    from tourmaline.pipeline.build import build as build_report
    from tourmaline.pipeline.cores import cores

    variant, chosen = paths.Variant(), None
    if scenario:
        from tourmaline.pipeline.scenarios import read_scenario

        chosen = read_scenario(scenario)
        variant = chosen.variant

    def bring_up_to_date() -> Any:
        with _Progress() as progress:
            return build_report(
                limits={"cell": timeout},
                jobs=jobs or cores(),
                scenario=chosen,
                keep_sweeps=keep_sweeps,
                announce=progress,
            )

    report = bring_up_to_date()
    if editions and not report.errors:
        from tourmaline.pipeline.editions.sealing import unsealed

        if waiting := unsealed():  # they borrow the results that have just been made
            for edition in waiting:
                _seal(edition, jobs, timeout)
            report.steps[-1] = bring_up_to_date().steps[-1]  # the site, now with them
    index = variant.site / "index.html"
    if as_json:
        steps = [vars(step) for step in report.steps]
        _print_json({"site": str(index), "steps": steps, "errors": [str(error) for error in report.errors]})
    else:
        _print_report(report)
    for error in report.errors:
        _say(error)
    if report.errors:
        click.echo("The site was not built; what was published before is as it was.", err=True)
        sys.exit(1)
    if not as_json:
        if report.did_nothing:
            click.echo("Nothing has changed: no notebook was run, no page was built.")
        click.echo(f"The book is at {index}")


def _seal(edition: Any, jobs: int | None, timeout: int) -> None:
    from tourmaline.pipeline.cores import cores
    from tourmaline.pipeline.editions.sealing import seal

    with _Progress() as progress:
        report = seal(edition, limits={"cell": timeout}, jobs=jobs or cores(), announce=progress)
    for error in report.errors:
        _say(error)
    if report.errors:
        click.echo(f"The edition of {edition.date} was not sealed.", err=True)
        sys.exit(1)
    click.echo(f"Sealed the edition of {edition.date}: {edition.title}", err=True)


@main.command()
@click.argument("date")
@click.option("--title", default="", help="What it is, in words. [default: the title of its scenario]")
@click.option("--scenario", default="", metavar="NAME", help="Name of a file in scenarios/. [default: today]")
@click.option("--here", is_flag=True, help="Seal the data and code that are here, whatever tag is declared.")
@_jobs_option
@_timeout_option
def edition(date: str, title: str, scenario: str, here: bool, jobs: int | None, timeout: int) -> None:
    """Seal the edition of DATE, for good: its data, code, results and site become one archive in editions/.

    An edition that editions.yaml does not declare is added to it. `tourmaline build` then shows it in the book, with
    what changed since the one before.

    \b
    tourmaline edition 2026-12-01 --title "A correction"
    """
    from dataclasses import replace

    from tourmaline.pipeline.editions.declared import declare

    declared = declare(date, title, scenario)
    _seal(replace(declared, tag="") if here else declared, jobs, timeout)


@main.command()
@click.argument("notebook")
@click.option(
    "-p", "--parameter", nargs=2, multiple=True, metavar="NAME VALUE", help="A parameter; a list as A,B. Repeatable."
)
@click.option(
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder to write. [default: a new one under runs/]",
)
@_timeout_option
@_json_option
def run(
    notebook: str, parameter: tuple[tuple[str, str], ...], output: Path | None, timeout: int, as_json: bool
) -> None:
    """Run one NOTEBOOK with other parameters, into a folder of its own.

    The folder holds the executed notebook, its HTML, figures, tables and values. The book's own results are never
    touched. `tourmaline list` shows the parameters.

    \b
    tourmaline run cross_trial -p model random -p trials ASPIRE,ELOQUENT-2
    """
    from tourmaline.pipeline.runner import Limits
    from tourmaline.pipeline.single_run import run_once

    names = [name for name, _ in parameter]
    if len(set(names)) < len(names):
        raise ParameterError("a parameter is given twice", remedy="Give each parameter once.")
    folder, seconds = run_once(notebook, dict(parameter), output, limits=Limits(cell=timeout))
    if as_json:
        record = json.loads((folder / "run.json").read_text(encoding="utf-8"))
        _print_json({"folder": str(folder), "seconds": round(seconds, 3), "parameters": record["parameters"]})
    else:
        click.echo(f"{notebook} ran in {seconds:.1f} s. Its results are in {folder}")


@main.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--database", type=click.Path(path_type=Path, dir_okay=False), help="The store. [default: runs/sweeps/NAME.sqlite]"
)
@_jobs_option
@click.option("--scheduler", metavar="ADDRESS", help="Run on the workers of this Dask scheduler: tcp://host:port.")
@_timeout_option
@click.option(
    "--time-limit", type=click.IntRange(min=1), metavar="SECONDS", help="Longest time for one run. [default: none]"
)
@click.option(
    "--memory-limit", type=click.IntRange(min=1), metavar="MEGABYTES", help="Most memory for one run. [default: none]"
)
@click.option("--retry-failed", is_flag=True, help="Run again what failed before; otherwise it stays failed.")
@click.option("--yes", is_flag=True, help="Do not ask whether so many runs are meant.")
@_json_option
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

    asked = read_sweep(file, confirm=lambda size: yes or (sys.stdin.isatty() and click.confirm(f"Run all {size:,}?")))
    store = (database or paths.RUNS / "sweeps" / f"{asked.name}.sqlite").absolute()
    try:
        with _Progress(time_left=True) as progress:
            summary = running.run_sweep(
                asked,
                store,
                place=running.cluster(scheduler) if scheduler else running.cores(min(jobs or cores(), len(asked.runs))),
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
        _print_json({"database": str(store), **vars(summary)})
    else:
        _print_summary(summary, store)
    for cell, error, number, example in failures:
        where = f"cell {cell}" if cell else "before any cell"
        click.echo(
            f"Failed: {number} of {asked.notebook.stem}, {where}: {error}\n  For example with {example}", err=True
        )
    if summary.failed:
        click.echo("They stay failed; --retry-failed runs them again.", err=True)
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


@main.command()
@click.argument("database", type=click.Path(path_type=Path, dir_okay=False))
@click.argument("target", type=click.Path(path_type=Path, dir_okay=False))
def export(database: Path, target: Path) -> None:
    """Write the DATABASE of a sweep as one table: TARGET ends with .csv, or .parquet where pyarrow is installed."""
    from tourmaline.pipeline.sweeps.export import export as export_table

    click.echo(f"{export_table(database, target)} runs are in {target}")


@main.command()
@click.argument("first")
@click.argument("second")
@_json_option
def diff(first: str, second: str, as_json: bool) -> None:
    """List every value that differs between two builds.

    FIRST and SECOND are each `report`, a scenario that was built, the date of a sealed edition, or a folder of results or
    of a run.

    Exit codes: 0 nothing differs, 1 something does, 2 trouble.

    \b
    tourmaline diff report nejm-2016
    """
    from tourmaline.pipeline.differences import differences, results_of

    found = differences(results_of(first), results_of(second))
    if as_json:
        _print_json([vars(difference) for difference in found])
    else:
        for difference in found:
            click.echo(str(difference))
        click.echo(f"Values that differ: {len(found)}.")
    if found:
        sys.exit(1)


@main.command("list")
@_json_option
def list_(as_json: bool) -> None:
    """List the notebooks, their parameters and their results."""
    from tourmaline import parameters
    from tourmaline.pipeline.notebooks import all_notebooks

    listing = {}
    for path in all_notebooks():
        results = paths.RESULTS / path.stem
        values = results / "values.json"
        listing[path.stem] = {
            "parameters": {
                name: {"default": p.default, "allowed": p.allowed, "unit": p.unit, "help": p.help}
                for name, p in parameters.declared(path).items()
            },
            "values": sorted(json.loads(values.read_text(encoding="utf-8"))) if values.exists() else [],
            "tables": sorted(found.stem for found in results.glob("tables/*.csv")),
            "figures": sorted(found.stem for found in results.glob("figures/*.svg")),
        }
    if as_json:
        _print_json(listing)
        return
    for name, entry in listing.items():
        click.secho(name, bold=True)
        for parameter_name, about in entry["parameters"].items():
            default = ",".join(map(str, about["default"])) if isinstance(about["default"], list) else about["default"]
            unit = f" [{about['unit']}]" if about["unit"] else ""
            click.echo(f"  -p {parameter_name} {default}{unit}\n       {about['help']}. Allowed: {about['allowed']}")
        for kind in ("values", "tables", "figures"):
            click.echo(f"  {kind}: {', '.join(entry[kind]) or 'none yet (make book)'}")


@main.command()
@click.option("--write", is_flag=True, help="Write data/datapackage.json anew from the schemas.")
@click.option(
    "--site", is_flag=True, help="Check the built site too: links, alternative texts, no request to another host."
)
@_json_option
def check(write: bool, site: bool, as_json: bool) -> None:
    """Check the data, the notebooks and the configuration."""
    from tourmaline.pipeline.project_check import check_project

    found = check_project(write=write, site=site)
    if as_json:
        _print_json(found)
    else:
        for name, words in found.items():
            click.echo(f"{name:<14} {words}")


@main.command()
@click.option("--write-baseline", is_flag=True, help="Take the present verdicts as the baseline.")
@_json_option
def audit(write_baseline: bool, as_json: bool) -> None:
    """Recompute every number the paper prints; exit 1 if a verdict got worse than the baseline.

    The baseline is tourmaline/audit/baseline.json. The book's page on the audit has the whole ledger.
    """
    from tourmaline.audit import baseline, ledger_table, paper_ledger
    from tourmaline.audit.summary import as_text, by_section

    ledger = paper_ledger()
    table, states = ledger_table(ledger), ledger.states()
    if write_baseline:
        baseline.write_baseline(states)
    fallen = baseline.fallen(states, baseline.read_baseline())
    if as_json:
        _print_json(
            {
                "totals": by_section(table).to_dict("records"),
                "discrepancies": table[table["verdict"] == "discrepant"].to_dict("records"),
                "worse": {
                    id_: {"baseline": before.verdict, "now": now.verdict} for id_, (before, now) in fallen.items()
                },
            }
        )
    else:
        click.echo(as_text(table))
        for id_, (before, now) in fallen.items():
            click.echo(
                f"Worse than the baseline: {id_} was {before.verdict}, is {now.verdict} {now.finding}".rstrip(),
                err=True,
            )
    if fallen:
        sys.exit(1)


@main.command()
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="Port; 0 takes a free one."
)
def serve(port: int) -> None:
    """Serve the built site to this machine alone (127.0.0.1)."""
    from tourmaline.pipeline.server import serve_site

    serve_site(port)


@main.command()
def pdf() -> None:
    """Print the whole built book into _build/book.pdf, with Chromium and without TeX."""
    from tourmaline.pipeline.printing import print_book

    target = paths.BUILD / "book.pdf"
    print_book(paths.SITE, target)
    click.echo(f"The book is at {paths.relative(target)}")


@main.command()
def clean() -> None:
    """Remove what is generated: results/ and _build/. What is under runs/ is yours and stays."""
    from tourmaline.pipeline.lock import locked

    with locked(paths.BUSY, "tourmaline clean"):
        for folder in (paths.RESULTS, paths.BUILD):
            if folder.exists():
                shutil.rmtree(folder)
                click.echo(f"removed {paths.relative(folder)}/")
