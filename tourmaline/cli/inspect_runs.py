"""The commands that tell what there is, what differs and whether it is right."""

from __future__ import annotations

import json
import sys

import click

from tourmaline import paths
from tourmaline.cli.output import json_option, print_json


@click.command()
@click.argument("first")
@click.argument("second")
@click.option(
    "--decisions",
    is_flag=True,
    help="Only decisions that changed: intervals of which one alone excludes the value of no effect, and verdicts that were computed.",
)
@json_option
def diff(first: str, second: str, decisions: bool, as_json: bool) -> None:
    """List every value that differs between two builds, as it is shown, for notebooks that both have.

    FIRST and SECOND are each `report`, a scenario that was built, the date of a frozen edition, or a folder of one run or
    of results, one of each notebook.

    Exit codes: 0 nothing differs, 1 something does, 2 trouble.

    \b
    tourmaline diff report nejm-2016 --decisions
    """
    from tourmaline.pipeline.differences import differences, only_in_one, results_of

    folders = results_of(first), results_of(second)
    found = [one for one in differences(*folders) if one["turned"] or not decisions]
    if as_json:
        print_json(found)
    else:
        for difference in found:
            click.echo(difference["words"])
        for line in only_in_one(*folders):
            click.echo(line)
        click.echo(f"{'Decisions that differ' if decisions else 'Values that differ'}: {len(found)}.")
    if found:
        sys.exit(1)


@click.command("list")
@json_option
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
            "figures": sorted(found.stem for found in results.glob("figures/*.json")),
        }
    if as_json:
        print_json(listing)
        return
    for name, entry in listing.items():
        click.secho(name, bold=True)
        for parameter_name, about in entry["parameters"].items():
            unit = f" [{about['unit']}]" if about["unit"] else ""
            click.echo(
                f"  -p {parameter_name} {parameters.as_argument(about['default'])}{unit}\n       {about['help']}. Allowed: {about['allowed']}"
            )
        for kind in ("values", "tables", "figures"):
            click.echo(f"  {kind}: {', '.join(entry[kind]) or 'none yet (make book)'}")


@click.command()
@click.option(
    "--write", is_flag=True, help="Write data/datapackage.json and the columns in data/README.md from the schemas."
)
@click.option(
    "--site", is_flag=True, help="Check the built site too: links, alternative texts, no request to another host."
)
@click.option(
    "--against",
    default="",
    metavar="COMMIT",
    help="Look for digits lost since this branch left COMMIT, committed ones too. [default: since the last commit]",
)
@json_option
def check(write: bool, site: bool, against: str, as_json: bool) -> None:
    """Check the data, the notebooks, the pages, the scenarios and the configuration.

    The paper's numbers are recomputed from each other, as by `tourmaline audit`, except those that need reconstructed patients.
    """
    from tourmaline.audit import paper_ledger
    from tourmaline.audit.baseline import check_ledger_against_baseline
    from tourmaline.audit.digitised_curves import check_digitised_curves
    from tourmaline.pipeline.project_check import check_project

    found = check_project(write=write, site=site, against=against)
    if curves := check_digitised_curves():
        found["digitised"] = f"{curves} analyses' curves against their reported numbers"
    found["audit"] = f"{check_ledger_against_baseline(paper_ledger())} reported numbers against each other"
    if as_json:
        print_json(found)
    else:
        for name, words in found.items():
            click.echo(f"{name:<14} {words}")


@click.command()
@click.option("--write-baseline", is_flag=True, help="Take the present verdicts as the baseline.")
@json_option
def audit(write_baseline: bool, as_json: bool) -> None:
    """Recompute every number the paper reports; exit 1 if a verdict got worse than the baseline.

    The baseline is data/audit_baseline.json. The book's page on the audit has the whole ledger.
    """
    from tourmaline.audit import baseline, ledger_table, paper_ledger
    from tourmaline.audit.summary import as_text, by_section

    ledger = paper_ledger()
    table, states = ledger_table(ledger), ledger.states()
    if write_baseline:
        baseline.write_baseline(states)
    fallen = baseline.fallen(states, baseline.read_baseline())
    if as_json:
        print_json(
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
