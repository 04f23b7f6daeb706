"""Check all of data/: every file against its schema, and the files against each other."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tourmaline import paths
from tourmaline.data.claims import claim, resolved
from tourmaline.data.dictionary import check_dictionary
from tourmaline.data.evidence import FORMAL_ROLES, analyses
from tourmaline.data.evidence_checks import (
    check_analyses,
    check_conflicts,
    check_designs,
    check_later_events,
    check_months,
    check_sources,
)
from tourmaline.data.files import DIGITISED, load, records
from tourmaline.data.judgements import check_judgements
from tourmaline.data.known import known_by
from tourmaline.data.ledger_check import check_ledger
from tourmaline.data.package import check_package, read_package
from tourmaline.data.references import references
from tourmaline.data.result_checks import check_pooled, check_results
from tourmaline.data.schemas import FILES, PAPER
from tourmaline.data.table_checks import check_columns, check_table
from tourmaline.data.trial_facts import PATH as TRIAL_FACTS
from tourmaline.data.trial_facts import check_trial_facts
from tourmaline.errors import DataError, nearest
from tourmaline.identity import identity

ENDS = ("value", "lower", "upper")  # the columns of results.csv that can hold a claim of the paper


def _check_identity() -> None:
    """What report.toml names is there: the trial, the paper with its DOI, and the arms of its tables."""
    about, sources = identity(), references()
    columns, cited = f"{PAPER}/table_columns.csv", [key for key, source in sources.items() if source.doi]
    named = [(f"arms, {role}", arm, set(load(columns)["arm"]), columns) for role, arm in about.arms.items()]
    for key, word, known, place in [*named, ("paper", about.paper, cited, "references.bib with a DOI")]:
        if word not in known:
            remedy = f"{nearest(word, known)} Add it there, or correct it here.".strip()
            raise DataError(f"{word!r} does not stand in data/{place}", where=f"data/report.toml, {key}", remedy=remedy)
    about.registered  # noqa: B018  a trial that is not there is refused


def _known_values(name: str, column: str) -> set[str]:
    return set(references()) if name == "references.bib" else set(load(name)[column])


def _check_references() -> None:
    """A value that must stand in another file stands there."""
    for path, file in FILES.items():
        frame = load(path)
        for column, (target, target_column) in file.references.items():
            known = _known_values(target, target_column)
            for line, word in frame[column].items():
                if word and word not in known:
                    raise DataError(
                        f"{word!r} does not stand in data/{target}",
                        where=f"data/{path}, row {line}, column {column}",
                        remedy=f"{nearest(word, known)} Add it there, or correct it here.".strip(),
                    )


def _check_claims() -> None:
    """Every '@' of the evidence names a claim of the paper."""
    frame = load("evidence/results.csv")
    for column in ENDS:
        for line, cell in frame[column].items():
            if cell.startswith("@"):
                try:
                    claim(cell[1:])
                except DataError as error:
                    where = f"data/evidence/results.csv, row {line}, column {column}"
                    raise DataError(error.what, where=where, remedy=error.remedy) from None


def _check_evidence() -> None:
    """The results, what was pooled of them, their analyses and designs: possible, and not against each other."""
    results, known = load("evidence/results.csv"), load("evidence/analyses.csv")
    check_results(results, known)
    check_pooled(load("evidence/pooled.csv"))
    trials, reported = load("evidence/trials.csv"), {name: dict(results[name].map(resolved)) for name in ENDS}
    today = str(read_package().get("created", ""))[: len("2016-04-28")]
    check_analyses(known, results, trials, today)
    check_sources(known, results, references(), today)
    check_months(known, results, trials, references(), reported)
    check_later_events(known, results, reported["value"])
    check_designs(load("evidence/designs.csv"))
    check_trial_facts(load(TRIAL_FACTS))
    for path in ("evidence/results.csv", "evidence/pooled.csv", TRIAL_FACTS):
        check_conflicts(path, load(path), load("evidence/conflicts.csv"))


def _check_judgements() -> None:
    """The judgements of data/judgements/: complete, and of outcomes and analyses that there are."""
    names = ("outcomes", "certainty", "risk_of_bias", "indirect_confidence", "protocol")
    check_judgements(
        *(load(f"judgements/{name}.csv") for name in names),
        analyses=list(load("evidence/analyses.csv")["analysis"]),
        drugs=list(load("evidence/trials.csv")["added_drug"]),
    )


def _check_tables() -> None:
    """The cells of the paper's tables."""
    columns = load(f"{PAPER}/table_columns.csv")
    check_columns(columns)
    for name in load(f"{PAPER}/tables.csv")["table"]:
        path = f"{PAPER}/{name}.csv"
        check_table(path, load(path), columns[columns["table"] == name])


def _check_roles() -> None:
    """At most one primary analysis of an endpoint in a population of a trial."""
    frame = analyses()
    primary = frame[frame["role"] == "primary"]
    twice = primary.duplicated(["trial", "endpoint", "population"])
    if twice.any():
        name = twice.idxmax()
        raise DataError(
            f"{name!r} is a second primary analysis of its endpoint",
            where="data/evidence/analyses.csv, column role",
            remedy=f"One is primary; the others are one of {', '.join((*FORMAL_ROLES[1:], 'update', 'sensitivity'))}.",
        )


def _check_footnotes() -> None:
    """Every mark that stands on a line has its footnote."""
    known = {(row["table"], row["mark"]) for row in records(load(f"{PAPER}/footnotes.csv"))}
    marks = {table: sorted((m for t, m in known if t == table), key=len, reverse=True) for table, _ in known}
    for number_ in range(1, 5):
        table, path = f"table{number_}", f"{PAPER}/table{number_}.csv"
        for line, left in load(path)["footnotes"].items():
            for mark in marks.get(table, []):
                left = left.replace(mark, "", 1)
            if left:
                raise DataError(
                    f"the mark {left!r} has no footnote",
                    where=f"data/{path}, row {line}, column footnotes",
                    remedy="Add the footnote to footnotes.csv, or correct the mark.",
                )


def _check_stray_files(directory: Path) -> None:
    """Nothing lies in data/ that no schema describes; a reader's digitised curve is named after an analysis."""
    analyses = list(load("evidence/analyses.csv")["analysis"])
    for path in sorted(path for path in (directory / DIGITISED).rglob("[!.]*") if path.is_file()):
        if path.suffix != ".csv" or path.parent != directory / DIGITISED:
            raise DataError(
                "this file is read by nothing",
                where=f"data/{path.relative_to(directory).as_posix()}",
                remedy=f"A digitised curve is data/{DIGITISED}<analysis>.csv, with that ending in small letters. Move others.",
            )
    for path in sorted(path for path in directory.rglob("*.csv") if path.is_file()):
        name = path.relative_to(directory).as_posix()
        if name.startswith(DIGITISED):
            load(name)
            if path.stem not in analyses:
                raise DataError(
                    f"there is no analysis {path.stem!r}",
                    where=f"data/{name}",
                    remedy=f"Name the file after an analysis of analyses.csv. {nearest(path.stem, analyses)}".strip(),
                )
            known_by("latest").printed_survival(path.stem)  # also refuses months that nobody can have been followed
        elif name not in FILES:
            raise DataError(
                "no schema describes this file",
                where=f"data/{name}",
                remedy="Describe it in tourmaline/data/schemas.py, or move it.",
            )


def check_all() -> dict[str, int]:
    """Check everything in data/.

    Returns
    -------
    dict of str to int
        Number of rows of each file.

    Raises
    ------
    DataError
        For the first thing that is wrong; names file, row and column.
    """
    checks: list[Callable[[], None]] = [
        _check_identity,
        _check_references,
        _check_claims,
        _check_footnotes,
        _check_tables,
        _check_evidence,
        _check_judgements,
        _check_roles,
        check_ledger,
        check_package,
        check_dictionary,
    ]
    _check_stray_files(paths.DATA)
    rows = {path: len(load(path)) for path in FILES}
    for check in checks:
        check()
    return rows
