"""Write new facts: checked in a copy of the sources first, then put in place; if anything is refused, nothing is written."""

from __future__ import annotations

import csv
import datetime
import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from tourmaline import data, paths
from tourmaline.data.forgetting import forget_data
from tourmaline.data.package import version_order
from tourmaline.errors import DataError, EvidenceError
from tourmaline.pipeline.adding.questions import ANALYSES, RESULTS, SOURCES, TRIALS, Addition
from tourmaline.pipeline.lock import locked
from tourmaline.pipeline.sources import copy_sources
from tourmaline.pipeline.staging import staging
from tourmaline.version_control import git, is_checkout

PACKAGE = "datapackage.json"
COMPARED = ("pfs", "os")  # the endpoints of the comparison
CHOICES = ("formal", "latest")
CHECK = """
import sys
from tourmaline.data.check import check_all
from tourmaline.data.package import PACKAGE, described
from tourmaline.errors import TourmalineError
try:
    PACKAGE.write_text(described(), encoding="utf-8")
    check_all()
except TourmalineError as error:
    sys.exit(str(error))
"""


@dataclass(frozen=True)
class Written:
    """What was written.

    Parameters
    ----------
    lines : list of (str, str)
        The file below data/ and the new line, or the first line of a new entry.
    version : str
        The version of the data now.
    compared_before : dict of (str, str, str) to str
        Of each trial's name, endpoint and choice, the analysis that was compared until then; '' if none was.
    """

    lines: list[tuple[str, str]]
    version: str
    compared_before: dict[tuple[str, str, str], str]


def _line(row: Mapping[str, str]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(row.values())
    return text.getvalue()


def _entry(row: Mapping[str, str]) -> str:
    """A source as an entry of BibTeX; its title keeps its capitals."""
    kind = "article" if row["journal"] else "misc"
    fields = {name: f"{{{cell}}}" if name == "title" else cell for name, cell in row.items() if name != "key" and cell}
    lines = "".join(f"  {name} = {{{cell}}},\n" for name, cell in fields.items())
    return f"@{kind}{{{row['key']},\n{lines}}}\n"


def _place(path: str, row: Mapping[str, str], rows: list[dict[str, str]]) -> int:
    """How many of the rows stand before a new one.

    A result follows those of its analysis, or of its trial; an analysis those of its trial and endpoint, otherwise those of
    its trial; anything else stands last.
    """

    def below(*alike: Callable[[dict[str, str]], bool]) -> int:
        """Below the last row that is alike in the first way in which any is."""
        for is_alike in alike:
            if found := [number for number, other in enumerate(rows) if is_alike(other)]:
                return found[-1] + 1
        return len(rows)

    if path == RESULTS:
        trial = row["analysis"].partition(".")[0]
        return below(
            lambda other: other["analysis"] == row["analysis"],
            lambda other: other["analysis"].startswith(f"{trial}."),
        )
    if path == ANALYSES:
        return below(
            lambda other: (other["trial"], other["endpoint"]) == (row["trial"], row["endpoint"]),
            lambda other: other["trial"] == row["trial"],
        )
    return len(rows)


def _insert(path: str, row: Mapping[str, str], text: str) -> str:
    """The text of a CSV with a further row; no other byte changes. A cell never holds a line break, so a line is a row."""
    lines = text.splitlines(keepends=True)
    rows = list(csv.DictReader(lines))
    lines.insert(_place(path, row, rows) + 1, _line(row))
    return "".join(lines)


def _next_version(version: str, today: datetime.date) -> str:
    """The version of the data after it: year, month and number within the month.

    Examples
    --------
    >>> _next_version("2026.11.2", datetime.date(2026, 11, 29)), _next_version("2026.11.2", datetime.date(2027, 1, 5))
    ('2026.11.3', '2027.1.1')
    """
    *month, number = version_order(version) or (0, 0, 0)
    return f"{today.year}.{today.month}.{number + 1 if month == [today.year, today.month] else 1}"


def _raised(package: Path, today: datetime.date) -> str:
    """Date a data package, and raise its version, unless it was raised since the last commit and in this month; returns the version."""
    about = json.loads(package.read_text(encoding="utf-8"))
    committed = git("show", f"HEAD:data/{PACKAGE}") if is_checkout() else ""
    is_of_month = version_order(about["version"])[:2] == (today.year, today.month)
    if not committed or not is_of_month or json.loads(committed)["version"] == about["version"]:
        about["version"] = _next_version(about["version"], today)
    about["created"] = f"{today.isoformat()}T00:00:00Z"
    package.write_text(json.dumps(about, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return about["version"]


def _check(there: Path) -> None:
    """Check the data of a copy of the sources, in a process of its own."""
    environment = {**os.environ, "PYTHONPATH": str(there)}
    done = subprocess.run(
        [sys.executable, "-c", CHECK], cwd=there, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        what, _, remedy = done.stderr.strip().partition("\n")
        raise DataError(f"nothing was written, because the data would be refused: {what}", remedy=remedy.strip())


def write(addition: Addition) -> Written:
    """Write new facts into data/, with the rows that the data package counts and its version.

    Parameters
    ----------
    addition : Addition
        From `ask_for`; its day is the date of the new version.

    Returns
    -------
    Written

    Raises
    ------
    DataError
        If the check refuses the data with them; nothing is written then.
    LockError
        If a build is at work.
    """
    paths.BUILD.mkdir(exist_ok=True)
    names = data.trials()["name"]
    compared_before = {key: _selected(*key) for key in product(names, COMPARED, CHOICES)}
    with locked(paths.BUSY, "an addition"), staging(paths.BUILD, ".add-") as there:
        copy_sources(there)
        changed, lines = {PACKAGE}, []
        for path, row in addition.rows:
            file = there / "data" / path
            text = file.read_text(encoding="utf-8")
            new = _entry(row) if path == SOURCES else _line(row)
            text = f"{text.rstrip()}\n\n{new}" if path == SOURCES else _insert(path, row, text)
            file.write_text(text, encoding="utf-8")
            changed.add(path)
            lines.append((path, new.splitlines()[0]))
        version = _raised(there / "data" / PACKAGE, addition.today)
        _check(there)
        for name in changed:  # beside its target, so that each is replaced at once
            shutil.copyfile(there / "data" / name, paths.DATA / f".{Path(name).name}.new")
        for name in changed:
            (paths.DATA / f".{Path(name).name}.new").replace(paths.DATA / name)
    forget_data()
    return Written(lines, version, compared_before)


def uses(addition: Addition, compared_before: Mapping[tuple[str, str, str], str]) -> Iterator[str]:
    """What will use new facts that have been written, in sentences.

    Parameters
    ----------
    addition : Addition
        What was written.
    compared_before : mapping
        As of `Written`.
    """
    written = {path for path, _ in addition.rows}
    trials, known = data.trials(), data.analyses()
    for path, row in addition.rows:
        if path == TRIALS:
            default = "by default" if row["tier"] == "core" else f"on request: -p trials {row['name']},..."
            yield f"{row['name']} is compared {default}, once an analysis of it has a hazard ratio."
        if path == RESULTS and row["quantity"] == "hazard_ratio" and row["standing"] == "accepted":
            yield _compared(row["analysis"], known.loc[row["analysis"]], trials, compared_before)
        if path == SOURCES and not row["published"]:
            yield f"{row['key']} has no date of publication, so it counts only for the latest edition."
    reading = []
    for record in sorted(paths.RESULTS.glob("[!.]*/run.json")):
        read = json.loads(record.read_text(encoding="utf-8"))["data"]
        if any(f"data/{path}" in read for path in written):
            reading.append(record.parent.name)
    if reading:
        yield f"`make book` runs the notebooks that read these files: {', '.join(reading)}. Then it says what they moved."
    else:
        yield "`make book` shows what they move."


def _compared(
    analysis: str, about: Mapping[str, str], trials: object, compared_before: Mapping[tuple[str, str, str], str]
) -> str:
    """Whether the comparison takes an analysis with a hazard ratio, how, and instead of which."""
    name, endpoint = trials.loc[about["trial"], "name"], about["endpoint"]
    if endpoint not in COMPARED:
        return f"No comparison takes {analysis}: it is of {endpoint}."
    formal, latest = (_selected(name, endpoint, choice) for choice in CHOICES)

    def instead(choice: str) -> str:
        before = compared_before.get((name, endpoint, choice))
        return f", instead of {before}" if before and before != analysis else ""

    if analysis == formal:
        when = "by default" if trials.loc[about["trial"], "tier"] == "core" else "on request"
        return f"Of {name}, {analysis} is compared {when}{instead('formal')}."
    if analysis == latest:
        how = f"with `-p analysis latest` only{instead('latest')}"
        return f"Of {name}, {analysis} is compared {how}: its role is {about['role']}."
    words = f"{analysis} is not compared (role {about['role']}, population {about['population']})"
    return f"{words}; of {name}, {formal or latest} is." if formal or latest else f"{words}."


def _selected(name: str, endpoint: str, choice: str) -> str:
    try:
        return data.known_by("latest").select_analyses([name], endpoint, choice)[0]["analysis"].iloc[0]
    except EvidenceError:  # no analysis of the trial has a hazard ratio
        return ""
