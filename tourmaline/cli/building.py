"""The commands that make the book: the report, its variants and its editions."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from tourmaline import paths
from tourmaline.cli.output import Progress, jobs_option, json_option, print_json, say, timeout_option

SHOWN = 10  # files that differ, of an environment


def _print_report(report: Any) -> None:
    for step in report.steps:
        seconds = f"{step.seconds:7.1f} s" if step.did in ("ran", "failed") else ""
        click.echo(f"{step.name:<12} {step.did:<7} {seconds:>9}  {step.because}".rstrip())
    for reason in sorted({step.cold_because for step in report.steps if step.cold_because}):
        names = ", ".join(step.name for step in report.steps if step.cold_because == reason)
        click.echo(f"Standard kernels, not warm ones, for {names}: {reason}.")


def check_readers_curves() -> None:
    """Refuse a reader's curve that contradicts what is reported, before anything is run."""
    if (paths.DATA / "digitised").exists():
        from tourmaline.audit.digitised_curves import check_digitised_curves  # heavy

        check_digitised_curves()


def _frozen(date: str | None) -> tuple[Any, bool]:
    """The frozen edition of a date, None if there is none, and whether it is the last."""
    if date is None:
        return None, False
    from tourmaline.pipeline.editions.registry import frozen_editions

    frozen = frozen_editions()
    found = next((edition for edition in frozen if edition.date == date), None)
    return found, found is not None and found is frozen[-1]


@click.command()
@click.option(
    "--scenario",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Build the variant that this file describes, beside the report.",
)
@click.option(
    "--editions", is_flag=True, help="Freeze the editions of editions.yaml that are not frozen yet, and show them."
)
@click.option(
    "--keep-sweeps",
    is_flag=True,
    help="Take the book's sweeps as they are, though data or code have changed since: for work on pages.",
)
@click.option("--results-only", is_flag=True, help="Run the notebooks that are stale, and leave the site as it is.")
@click.option(
    "--against",
    metavar="COMMIT",
    help="Say what differs from this commit or frozen edition, and whether data or code moved it. [default: from the previous build]",
)
@jobs_option("the cores")
@timeout_option
@json_option
def build(
    scenario: Path | None,
    editions: bool,
    keep_sweeps: bool,
    results_only: bool,
    against: str | None,
    jobs: int | None,
    timeout: int,
    as_json: bool,
) -> None:
    """Check the data, run the notebooks that are stale, build the site.

    What is still true is reused: editing one CSV runs only the notebooks that read it. A failure leaves the results and
    the site of before.

    \b
    tourmaline build --scenario scenarios/nejm-2016.yaml    the report on the day of the paper
    tourmaline build --against main                         what differs from that branch, and why
    tourmaline build --against 2026-11-26                   the same since that edition; if it is the last, the pages say so too
    """
    from tourmaline.pipeline.build import build as build_report
    from tourmaline.pipeline.cores import cores
    from tourmaline.pipeline.processes import Processes

    if scenario and against:
        raise click.UsageError("--against compares the report itself: leave --scenario out.")
    if editions and results_only:
        raise click.UsageError("--editions shows editions in the site: leave --results-only out.")
    variant, chosen = paths.Variant(), None
    if scenario:
        from tourmaline.pipeline.scenarios import read_scenario

        chosen = read_scenario(scenario)
        variant = chosen.variant

    check_readers_curves()

    def bring_up_to_date(*, results_only: bool = results_only) -> Any:
        with Progress() as progress, Processes(jobs or cores()) as processes:
            return build_report(
                limits={"cell": timeout},
                processes=processes,
                scenario=chosen,
                keep_sweeps=keep_sweeps,
                results_only=results_only,
                announce=progress,
            )

    options = {"jobs": jobs or cores(), "cell_seconds": timeout}
    old, is_last = _frozen(against)
    if old:
        from tourmaline.pipeline.causes import causes_since

        report = bring_up_to_date(results_only=True)
        if not report.errors:
            with Progress() as progress:
                report.moved = causes_since(old, variant, {}, keep=is_last, announce=progress, **options)
            if not results_only:
                again = bring_up_to_date()  # the site, which shows them
                report.steps += again.steps[-1:]
                report.errors += again.errors
    elif against:
        from tourmaline.pipeline.since_commit import comparison_with

        with Progress() as progress, comparison_with(against, announce=progress, **options) as compare:
            report = bring_up_to_date()
            if not report.errors:
                report.moved = compare()
    else:
        report = bring_up_to_date()
    if editions and not report.errors:
        from tourmaline.pipeline.editions.freezing import unfrozen

        if waiting := unfrozen():  # they borrow the results that have just been made
            for edition in waiting:
                _freeze(edition, jobs, timeout)
            report.steps[-1] = bring_up_to_date().steps[-1]  # the site, now with them
    index = variant.site / "index.html"
    if as_json:
        steps = [vars(step) for step in report.steps]
        errors = [str(error) for error in report.errors]
        print_json({"site": str(index), "steps": steps, "errors": errors, "moved": report.moved})
    else:
        _print_report(report)
    for error in report.errors:
        say(error)
    if report.errors:
        click.echo("The site was not built; what was published before is as it was.", err=True)
        sys.exit(1)
    if not as_json:
        if report.did_nothing:
            click.echo("Nothing has changed: no notebook was run, no page was built.")
        if report.moved is not None:
            from tourmaline.pipeline.moved import moved_in_words

            click.echo("\n".join(moved_in_words(report.moved)))
        if not results_only:
            click.echo(f"The book is at {index}")


def _freeze(edition: Any, jobs: int | None, timeout: int, force: bool = False) -> None:
    from tourmaline.pipeline.cores import cores
    from tourmaline.pipeline.editions.freezing import freeze

    with Progress() as progress:
        report = freeze(edition, limits={"cell": timeout}, jobs=jobs or cores(), announce=progress, force=force)
    for error in report.errors:
        say(error)
    if report.errors:
        click.echo(f"The edition of {edition.date} was not frozen.", err=True)
        sys.exit(1)
    click.echo(f"Froze the edition of {edition.date}: {edition.title}", err=True)


def _verify(date: str, jobs: int | None, timeout: int, as_json: bool) -> None:
    from tourmaline.pipeline.cores import cores
    from tourmaline.pipeline.editions.verifying import verify

    with Progress() as progress:
        found = verify(date, limits={"cell": timeout}, jobs=jobs or cores(), announce=progress)
    if as_json:
        print_json({**vars(found), "is_same": found.is_same})
    else:
        for name in found.differ:
            click.echo(f"{name}: {found.first.get(name, 'other bytes')}")
        for names, words in ((found.missing, "was not made again"), (found.added, "is not in the archive")):
            for name in names:
                click.echo(f"{name}: {words}")
        for note in found.notes:
            click.echo(f"Note: {note}.")
        numbers = f"{found.agree} files agree, {len(found.differ)} differ"
        numbers += f", {len(found.missing)} were not made again, {len(found.added)} are new"
        click.echo(f"The edition of {date}: {numbers}.")
    if not found.is_same:
        sys.exit(1)


@click.command()
@click.argument("date")
@click.option("--title", default="", help="What it is, in words. [default: the title of its scenario]")
@click.option("--scenario", default="", metavar="NAME", help="Name of a file in scenarios/. [default: today]")
@click.option("--here", is_flag=True, help="Freeze the data and code that are here, whatever tag is declared.")
@click.option("--force", is_flag=True, help="Freeze it despite a reason to refuse it; the manifest records the reason.")
@click.option(
    "--verify", is_flag=True, help="Check a frozen edition: make it again from its archive, compare every byte."
)
@jobs_option("the cores")
@timeout_option
@json_option
def edition(
    date: str,
    title: str,
    scenario: str,
    here: bool,
    force: bool,
    verify: bool,
    jobs: int | None,
    timeout: int,
    as_json: bool,
) -> None:
    """Freeze the edition of DATE, for good: its data, code, results and site become one archive in editions/.

    It is refused if DATE is in the future, if it is before the date of the data and sources count only later, if files differ from the
    commit or are in none, or if the data differ from an earlier edition and their version is not higher.

    An edition that editions.yaml does not declare is added to it when it is frozen. `tourmaline build` then shows it in the book,
    with what changed since the previous one.

    \b
    tourmaline edition 2026-12-01 --title "A correction"
    tourmaline edition --verify 2026-12-01

    With --verify, exit codes are: 0 all files agree, 1 some do not or the archive is damaged, 2 wrong usage.
    """
    if verify:
        if title or scenario or here or force:
            raise click.UsageError("--verify takes title, scenario and sources from the archive: give DATE alone.")
        _verify(date, jobs, timeout, as_json)
        return
    if as_json:
        raise click.UsageError("--json goes with --verify.")
    from dataclasses import replace

    from tourmaline.pipeline.editions.declared import declare, edition_of

    chosen = edition_of(date, title, scenario)
    _freeze(replace(chosen, tag="") if here else chosen, jobs, timeout, force)
    declare(chosen)


@click.command()
@click.option("--quick", is_flag=True, help="Only the notebooks that draw at random, with few draws.")
@click.option(
    "--python",
    "pythons",
    multiple=True,
    metavar="PATH",
    help="A further interpreter in whose environment requirements.txt is installed. Repeatable.",
)
@jobs_option("the cores")
@json_option
def reproduce(quick: bool, pythons: tuple[str, ...], jobs: int | None, as_json: bool) -> None:
    """Run the notebooks in environments that imitate other machines, and compare every byte of what they publish.

    Other instruction sets, linear algebra, thread counts, hash seeds and locales; other Pythons if they are named. Nothing of the
    book is touched.

    Exit codes: 0 all bytes agree, 1 some differ, or a notebook failed.
    """
    from tourmaline.pipeline.cores import cores
    from tourmaline.pipeline.reproducing.check import check_reproducible

    with Progress() as progress:
        found = check_reproducible(quick, pythons, jobs or cores(), progress)
    if as_json:
        print_json({"environments": [vars(one) for one in found]})
    else:
        for one in found:
            other = ", ".join(one.other_arithmetic) or "none"
            agree = one.files - len(one.differ)
            click.echo(f"{one.name}: {agree} of {one.files} files agree (other last digits in: {other})")
            for file, where in list(one.differ.items())[:SHOWN]:
                click.echo(f"  {file}: {where}")
            if len(one.differ) > SHOWN:
                click.echo(f"  and {len(one.differ) - SHOWN} files more")
    if any(one.differ for one in found):
        sys.exit(1)
