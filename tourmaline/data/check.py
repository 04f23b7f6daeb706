"""Check all of data/: every file against its schema, and the files against each other."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tourmaline import paths
from tourmaline.data.claims import claim
from tourmaline.data.evidence import FORMAL_ROLES, analyses
from tourmaline.data.files import DIGITISED, load
from tourmaline.data.ledger_check import check_ledger
from tourmaline.data.package import check_package
from tourmaline.data.printed import number
from tourmaline.data.references import references
from tourmaline.data.schemas import FILES
from tourmaline.data.survival import printed_survival
from tourmaline.errors import DataError, nearest

LEAST_LEVEL = 50  # percent; a smaller one is a slip of the decimal point


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
    for column in ("value", "lower", "upper"):
        for line, cell in frame[column].items():
            if cell.startswith("@"):
                try:
                    claim(cell[1:])
                except DataError as error:
                    where = f"data/evidence/results.csv, row {line}, column {column}"
                    raise DataError(error.what, where=where, remedy=error.remedy) from None


def _resolved(cell: str) -> float:
    return number(claim(cell[1:])[0] if cell.startswith("@") else cell)


def _check_results() -> None:
    """An interval contains its value and names its level; one value of each result is accepted."""
    frame = load("evidence/results.csv")
    for line, row in frame.iterrows():
        where = f"data/evidence/results.csv, row {line}"
        value, lower, upper = (_resolved(row[column]) for column in ("value", "lower", "upper"))
        if lower > value or value > upper:
            raise DataError(
                f"{value} does not lie between {lower} and {upper}",
                where=f"{where}, column value",
                remedy="Reread the interval.",
            )
        interval, level = bool(row["lower"] or row["upper"]), bool(row["level"])
        if level > interval or (row["standing"] == "accepted" and interval > level):
            raise DataError(
                "an interval in use and its level must stand together",
                where=f"{where}, column level",
                remedy="Fill in both, or neither.",
            )
        if level and not LEAST_LEVEL <= number(row["level"]) < 100:
            raise DataError(
                f"{row['level']} is no level of an interval",
                where=f"{where}, column level",
                remedy="Write it in percent, for example 95 or 97.6.",
            )
        if row["quantity"] == "hazard_ratio" and not value > 0:
            raise DataError(
                f"{value} is no hazard ratio", where=f"{where}, column value", remedy="A hazard ratio is above 0."
            )
    key = ["analysis", "arm", "quantity", "month", "unit"]
    accepted = frame[frame["standing"] == "accepted"]
    if (twice := accepted.duplicated(key)).any():
        line = twice.idxmax()
        raise DataError(
            "a second value of the same result is accepted",
            where=f"data/evidence/results.csv, row {line}, column standing",
            remedy="Accept one value of a result; let the others corroborate it, or reject them with a note.",
        )
    kept = frame[(frame["standing"] == "rejected") & (frame["note"] == "")]
    if len(kept):
        raise DataError(
            "a value is rejected without a reason",
            where=f"data/evidence/results.csv, row {kept.index[0]}, column note",
            remedy="Say why, and name the conflict in conflicts.csv.",
        )


def _check_pooled() -> None:
    """The interval of a published pooled result contains it, if the result is in use."""
    frame = load("evidence/pooled.csv")
    for line, row in frame[frame["standing"] == "accepted"].iterrows():
        value, lower, upper = (number(row[column]) for column in ("value", "lower", "upper"))
        if lower > value or value > upper:
            raise DataError(
                f"{value} does not lie between {lower} and {upper}",
                where=f"data/evidence/pooled.csv, row {line}, column value",
                remedy="Reread the interval.",
            )


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
    known = {(row["table"], row["mark"]) for _, row in load("tourmaline_mm1/footnotes.csv").iterrows()}
    marks = {table: sorted((m for t, m in known if t == table), key=len, reverse=True) for table, _ in known}
    for number_ in range(1, 5):
        table, path = f"table{number_}", f"tourmaline_mm1/table{number_}.csv"
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
    for path in sorted(directory.rglob("*.csv")):
        name = path.relative_to(directory).as_posix()
        if name.startswith(DIGITISED):
            load(name)
            if path.stem not in analyses:
                raise DataError(
                    f"there is no analysis {path.stem!r}",
                    where=f"data/{name}",
                    remedy=f"Name the file after an analysis of analyses.csv. {nearest(path.stem, analyses)}".strip(),
                )
            printed_survival(path.stem)  # also refuses months that nobody can have been followed
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
        _check_references,
        _check_claims,
        _check_results,
        _check_pooled,
        _check_roles,
        _check_footnotes,
        check_ledger,
        check_package,
    ]
    _check_stray_files(paths.DATA)
    rows = {path: len(load(path)) for path in FILES}
    for check in checks:
        check()
    return rows
