"""The commands for a reader's own figure: what is drawn on a page, and curves that become a file of data/digitised."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from tourmaline import paths
from tourmaline.cli.output import json_option, print_json
from tourmaline.errors import DataError, EvidenceError, ParameterError, nearest

existing_file = click.Path(path_type=Path, dir_okay=False, exists=True)
page_option = click.option(
    "--page", type=click.IntRange(min=1), default=1, show_default=True, help="Page of a PDF, from 1."
)


@click.command()
@click.argument("file", type=existing_file)
@page_option
@json_option
def figure(file: Path, page: int, as_json: bool) -> None:
    """List what is drawn on a page of a PDF or SVG FILE, to choose curves and axes from.

    A curve is a stroke with many points and steps. Short strokes, such as the marks of an axis, are listed by colour and size,
    with their places.
    """
    from tourmaline.data.drawn_paths import read_page
    from tourmaline.data.vector_figures import listing

    drawn = read_page(file, page)
    rows = listing(drawn)
    if as_json:
        words = [vars(word) for word in drawn.words]
        print_json({"strokes": rows, "words": words, "pictures": drawn.pictures, "areas": drawn.areas})
        return
    for row in rows:
        extent = "   ".join(f"{letter} {row[letter][0]:.2f} to {row[letter][1]:.2f}" for letter in "xy")
        if "places" in row:
            places = ", ".join(f"{place:g}" for place in row["places"])
            click.echo(
                f"{row['strokes']:>6} short strokes {row['colour']}, first {row['number']}   {extent}   at {places}"
            )
        else:
            steps = "   steps" if row["steps"] else ""
            click.echo(
                f"{row['number']:>6}  {row['colour']}  width {row['width']:g}  {row['points']} points   {extent}{steps}"
            )
    numbers = [word for word in drawn.words if any(letter.isdigit() for letter in word.text)]
    if numbers:
        click.echo(
            "Words with digits: " + "; ".join(f"{word.text} at {word.x:.1f}, {word.y:.1f}" for word in numbers[:80])
        )
    click.echo(f"Strokes: {len(drawn.paths)}. Not read: {drawn.areas} filled areas, {drawn.pictures} pictures.")


@click.command()
@click.argument("analysis")
@click.argument("file", type=existing_file, required=False)
@click.option(
    "--control",
    default="",
    metavar="FILE|NAME|STROKES",
    help="A file of this arm alone; or what FILE calls it; or, of a figure, its colour or the numbers of its strokes.",
)
@click.option("--experimental", default="", metavar="FILE|NAME|STROKES", help="Likewise.")
@click.option("--at-risk", type=existing_file, help="A table of numbers at risk of both arms, in a file of its own.")
@click.option("--at-risk-control", type=existing_file, help="A table of this arm alone: months and numbers.")
@click.option("--at-risk-experimental", type=existing_file, help="Likewise.")
@page_option
@click.option(
    "--x-axis", default="", metavar="TWO VALUES", help="Of a figure: labels 0,24, or with places 0@57.6,24@414.7."
)
@click.option("--y-axis", default="", metavar="TWO VALUES", help="Likewise, of survival: 0,1 or 0,100.")
@click.option(
    "--picture",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Where to draw the curves: .svg or .png. [default: under runs/digitised/]",
)
@click.option("--replace", is_flag=True, help="Replace the curves of this analysis that lie there already.")
@json_option
def digitised(
    analysis: str,
    file: Path | None,
    control: str,
    experimental: str,
    at_risk: Path | None,
    at_risk_control: Path | None,
    at_risk_experimental: Path | None,
    page: int,
    x_axis: str,
    y_axis: str,
    picture: Path | None,
    replace: bool,
    as_json: bool,
) -> None:
    """Make data/digitised/ANALYSIS.csv of what a digitiser wrote, or of a figure that is drawn with strokes.

    It reads FILE, or a file of each arm; mends what can only be meant in one way, and lists it; draws the curves beside the
    reported numbers; and writes the file if the curves can be those of the analysis.

    \b
    tourmaline digitised aspire.pfs.primary curves.csv --control Rd --experimental KRd
    tourmaline digitised aspire.pfs.primary --control rd.csv --experimental krd.xlsx --at-risk table.csv
    tourmaline figure paper.pdf --page 5
    tourmaline digitised aspire.pfs.primary paper.pdf --page 5 --x-axis 0,24 --y-axis 0,100
        --control "#b34700" --experimental 12
    """
    from tourmaline import data
    from tourmaline.data.digitised_points import as_drop_in, mend_curves
    from tourmaline.data.drawn_paths import is_vector_figure
    from tourmaline.data.files import DIGITISED
    from tourmaline.statistics.reconstruction import Curve

    if analysis not in data.analyses().index:
        known = ", ".join(data.known_by("latest").survival_analyses())
        hint = nearest(analysis, data.analyses().index) or f"Analyses: {known}."
        raise ParameterError(
            f"there is no analysis {analysis!r}", remedy=f"Name the analysis first, then the file. {hint}"
        )
    drop_in = paths.DATA / DIGITISED / f"{analysis}.csv"
    chosen = {"control": control, "experimental": experimental}
    if file is not None and is_vector_figure(file):
        curves, notes = _from_figure(file, page, (x_axis, y_axis), chosen)
    elif x_axis or y_axis:
        raise ParameterError("--x-axis and --y-axis apply only to a figure", remedy="Name a PDF or SVG as FILE.")
    else:
        curves, notes = _from_tables(analysis, file, chosen)
    mended, changed = mend_curves(curves, Curve.reading_error)
    notes += changed
    text = as_drop_in(mended)
    where = " and ".join(dict.fromkeys(curve.source for curve in curves.values()))
    printed = _printed(analysis, text, where)
    tables = {"": at_risk, "control": at_risk_control, "experimental": at_risk_experimental}
    risk_notes, rows = _with_risk_tables(printed, {arm: table for arm, table in tables.items() if table}, chosen)
    rebuilt, refusal = _reconstructed(printed)
    beside = _beside(printed, rebuilt)
    drawn = picture or paths.RUNS / "digitised" / f"{analysis}.svg"
    _draw(printed, drawn)
    report = {
        "changed": notes,
        "numbers": beside,
        "at_risk": risk_notes,
        "rows": rows,
        "picture": str(drawn),
        "file": paths.relative(drop_in),
    }
    if refusal:
        if not as_json:
            _print(report)
        raise EvidenceError(
            refusal, where=where, remedy=f"Nothing was written to {report['file']}. The curves are drawn in {drawn}."
        )
    if drop_in.exists() and drop_in.read_text(encoding="utf-8") != text and not replace:
        raise DataError(
            "other curves of this analysis lie there already", where=report["file"], remedy="--replace replaces them."
        )
    drop_in.parent.mkdir(exist_ok=True)
    drop_in.write_text(text, encoding="utf-8", newline="\n")
    if as_json:
        print_json(report)
    else:  # a pipe may be closed before it has read all
        _print(report)
        click.echo(f"The curves are in {report['file']}, drawn in {drawn}. `make book` uses them.")


def _from_figure(file: Path, page: int, axes: Sequence[str], chosen: dict[str, str]) -> tuple[dict, list[str]]:
    from tourmaline.data.drawn_paths import read_page
    from tourmaline.data.vector_figures import find_axis, read_figure

    asked = {"--x-axis": axes[0], "--y-axis": axes[1], **{f"--{arm}": words for arm, words in chosen.items()}}
    if missing := [option for option, given in asked.items() if not given]:
        raise ParameterError(
            f"{', '.join(missing)} of the figure is missing"
            if len(missing) == 1
            else f"{', '.join(missing)} are missing",
            remedy=f"`tourmaline figure {file.name} --page {page}` lists what is drawn: colours, numbers, places.",
        )
    drawn = read_page(file, page)
    curves, notes = read_figure(drawn, [find_axis(drawn, text, letter) for text, letter in zip(axes, "xy")], chosen)
    return curves, [f"{file.name}: {note}" for note in notes]


def _from_tables(analysis: str, file: Path | None, chosen: dict[str, str]) -> tuple[dict, list[str]]:
    from tourmaline.data.digitiser_columns import read_curves
    from tourmaline.data.digitiser_files import read_digitiser_file

    curves, notes = {}, []
    if file is not None:
        if files := [f"--{arm} {path}" for arm, path in chosen.items() if path and Path(path).is_file()]:
            raise ParameterError(
                f"{' and '.join(files)} is a file, and so is {file.name}",
                remedy="Give one file of both arms, or a file of each arm with --control and --experimental.",
            )
        read = read_digitiser_file(file)
        curves, decided = read_curves(read, _names(analysis, chosen))
        return curves, [f"{read.name}: {note}" for note in (*read.notes, *decided)]
    for arm, path in chosen.items():
        if not path or not Path(path).is_file():
            raise ParameterError(
                f"there is no file {path!r} of the {arm} arm" if path else f"no file of the {arm} arm is given",
                remedy=f"Give a file of both arms, or --{arm} FILE for each.",
            )
        read = read_digitiser_file(Path(path))
        found, decided = read_curves(read, _names(analysis, {}), alone=arm)
        if list(found) != [arm]:
            raise DataError(
                f"it holds {' and '.join(found)}, and is given as {arm}",
                where=read.name,
                remedy="Give a file of both arms by itself, without --control and --experimental.",
            )
        curves |= found
        notes += [f"{read.name}: {note}" for note in (*read.notes, *decided)]
    return curves, notes


def _names(analysis: str, chosen: Mapping[str, str]) -> dict[str, str]:
    """What a file may call the arms: control, experimental, the trial's own labels, and what the user says."""
    from tourmaline import data

    trial = data.trials().loc[data.analyses().loc[analysis, "trial"]]
    names = {}
    for arm in ("control", "experimental"):
        names |= {name.casefold(): arm for name in (arm, trial[arm], trial[f"{arm}_label"]) if name}
    return names | {name.casefold(): arm for arm, name in chosen.items() if name}


def _printed(analysis: str, text: str, where: str) -> Any:
    """The reported numbers of the analysis with these curves, which pass the strict check of the drop-in first."""
    from tourmaline import data
    from tourmaline.data.files import DIGITISED

    try:
        with tempfile.TemporaryDirectory() as folder:
            name = f"{DIGITISED}{analysis}.csv"
            (Path(folder) / DIGITISED).mkdir()
            (Path(folder) / name).write_text(text, encoding="utf-8")
            curves = data.load(name, Path(folder))
        return data.known_by("latest").printed_survival(analysis, curves)
    except DataError as error:  # its row is one of the drop-in, which is not written
        raise DataError(error.what, where=where, remedy=error.remedy) from None


def _with_risk_tables(
    printed: Any, tables: Mapping[str, Path], chosen: Mapping[str, str]
) -> tuple[list[str], list[str]]:
    """Take the reader's numbers at risk besides; what is to be said of them, and their rows for the evidence."""
    from tourmaline.data.digitiser_files import read_digitiser_file
    from tourmaline.data.risk_tables import compare_risk_table, read_risk_table

    names = _names(printed.analysis, {arm: name for arm, name in chosen.items() if not Path(name).is_file()})
    said, missing = [], []
    for alone, path in tables.items():
        read = read_digitiser_file(path)
        table, decided = read_risk_table(read, names, alone)
        if alone and list(table) != [alone]:
            raise DataError(
                f"it holds {' and '.join(table)}, and is given as {alone}", where=read.name, remedy="Use --at-risk."
            )
        notes, rows, together = compare_risk_table(read.name, table, printed)
        for arm, counts in together.items():
            getattr(printed, arm)["at_risk"] = counts
        said += [f"{read.name}: {note}" for note in (*read.notes, *decided, *notes)]
        missing += rows
    return said, missing


def _reconstructed(printed: Any) -> tuple[Any, str]:
    """The reconstruction at level 4, whose checks of a curve against the reported numbers are the ones that count; or its refusal."""
    from tourmaline.statistics.reconstruction import TrialSummary, reconstruct

    try:
        return reconstruct(TrialSummary.from_printed(printed), 4, draws=0), ""
    except ValueError as error:  # a Conflict is one
        return None, f"these curves cannot be those of {printed.analysis}: {error}"


def _beside(printed: Any, rebuilt: Any) -> list[dict[str, str]]:
    """Each reported number beside what the read curve gives, and the patients that were reconstructed from it."""
    import numpy as np

    from tourmaline.statistics.reconstruction import estimates, numbers_at_risk

    found = {} if rebuilt is None else estimates(rebuilt).iloc[0]
    rows = []

    def add(what: str, arm: str, value: str, read: float | None, made: float | None, decimals: int) -> None:
        words = [
            "" if number is None else f"{number:.{decimals}f}" if np.isfinite(number) else "NR"
            for number in (read, made)
        ]
        rows.append({"number": what, "arm": arm, "printed": value, "curve": words[0], "reconstructed": words[1]})

    for arm in ("control", "experimental"):
        its = getattr(printed, arm)
        months, survival = (np.array(part) for part in zip(*its["curve"]))
        below = survival <= 0.5
        if "median" in its:
            read = float(months[below.argmax()]) if below.any() else np.inf
            add("median, months", arm, its["median"], read, found.get(f"median.{arm}"), 2)
        for month, rate in its["survival"]:
            at = np.searchsorted(months, month, side="right") - 1
            read = 100 * float(survival[at]) if month <= months[-1] else None
            add(f"survival at {month:g} months, percent", arm, rate, read, None, 1)
        for month, count in its["at_risk"]:
            made = None if rebuilt is None else numbers_at_risk(rebuilt, arm, [month])[0, 0]
            add(f"at risk at {month:g} months", arm, count, None, made, 0)
        if "events" in its:
            add("events", arm, its["events"], None, found.get(f"events.{arm}"), 0)
    if "hazard_ratio" in printed.comparison:
        add("hazard ratio", "", printed.comparison["hazard_ratio"], None, found.get("hazard_ratio"), 3)
    return rows


def _draw(printed: Any, target: Path) -> None:
    import numpy as np

    from tourmaline.data.printed import number
    from tourmaline.figures.digitised import ReadArm, digitised
    from tourmaline.figures.style import CONTROL, EXPERIMENTAL

    if target.suffix.lower() not in (".svg", ".png"):
        raise ParameterError(f"{target.name!r} is neither .svg nor .png", remedy="Give it one of these endings.")
    from tourmaline import data

    trial = data.trials().loc[printed.trial]
    arms = []
    for arm, colour in (("experimental", EXPERIMENTAL), ("control", CONTROL)):
        its = getattr(printed, arm)
        months, survival = (np.array(part) for part in zip(*its["curve"]))
        events = f", {its['events']} events" if "events" in its else ""
        median = f", median {its['median']} months" if "median" in its else ""
        arms.append(
            ReadArm(
                label=trial[f"{arm}_label"],
                colour=colour,
                month=months,
                survival=survival,
                rates=[(month, number(rate) / 100) for month, rate in its["survival"]],
                median=number(its.get("median", "")),
                at_risk={month: int(count) for month, count in its["at_risk"]},
                words=f" (reported: {its['n']} patients{events}{median})",
            )
        )
    outcome = {
        "pfs": "progression-free survival",
        "os": "overall survival",
        "ttp": "no progression",
        "dor": "ongoing response",
    }
    endpoint = data.analyses().loc[printed.analysis, "endpoint"]
    title = f"{trial['name']}, {printed.label}"
    drawn = digitised(arms, title=title, outcome=outcome.get(endpoint, "survival"))
    target.parent.mkdir(parents=True, exist_ok=True)
    drawn.savefig(target)


def _print(report: Mapping[str, Any]) -> None:
    click.echo("Changed:" if report["changed"] else "Nothing had to be changed.")
    for note in report["changed"]:
        click.echo(f"  {note}")
    cells = [("", "", "printed", "curve", "reconstructed"), *(tuple(row.values()) for row in report["numbers"])]
    widths = [max(len(row[column]) for row in cells) for column in range(5)]
    for row in cells:
        line = "  ".join(
            cell.ljust(width) if column < 2 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths))
        )
        click.echo(f"  {line}".rstrip())
    for note in report["at_risk"]:
        click.echo(f"  {note}")
    for row in report["rows"]:
        click.echo(f"    {row}")
