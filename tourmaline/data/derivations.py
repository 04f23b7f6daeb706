"""Which rule each reported number follows from, and which checks it must pass: derivations.csv, its patterns filled in."""

from __future__ import annotations

import graphlib
import itertools
import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import pandas as pd

from tourmaline.data.files import load, numbered_records
from tourmaline.data.ledger import PrintedNumber, printed_numbers
from tourmaline.data.refusing import refuse
from tourmaline.data.schemas import PAPER
from tourmaline.errors import DataError, nearest

PATH = f"{PAPER}/derivations.csv"
PLACEHOLDER = re.compile(r"\{(\w+)(?::([^}]*))?\}")
NAME = r"[a-z0-9_-]+"
MUTUAL = ("left_out",)  # rules by which numbers predict each other, one at a time: no circle


@dataclass(frozen=True)
class Derivation:
    """How one reported number follows from others, or which check it must pass.

    Attributes
    ----------
    id : str
        The number.
    role : str
        derivation, check or given.
    rule : str
        Name of the rule; empty where it is given.
    inputs : tuple of str
        Ids of the numbers that enter, in the rule's order; with '-' before the name where the number is taken negative.
    options : mapping of str to str
        What the rule is told besides.
    reason : str
        Why the number is given, or why it is discrepant.
    line : int
        Row of derivations.csv.
    """

    id: str
    role: str
    rule: str
    inputs: tuple[str, ...]
    options: Mapping[str, str] = field(hash=False)
    reason: str
    line: int

    @property
    def input_ids(self) -> tuple[str, ...]:
        return tuple(name.removeprefix("-") for name in self.inputs)


def compiled(pattern: str) -> re.Pattern[str]:
    """The pattern of ids as a regular expression.

    `{arm}` stands for one name between dots, `{arm:ixazomib|placebo}` for one of those words.

    Examples
    --------
    >>> bool(compiled("table1.{row}.{arm:ixazomib|placebo}.percent").fullmatch("table1.iss_1.placebo.percent"))
    True
    """
    parts, last, seen = [], 0, set()
    for found in PLACEHOLDER.finditer(pattern):
        parts.append(re.escape(pattern[last : found.start()]))
        name, words = found[1], found[2]
        choice = "|".join(map(re.escape, words.split("|"))) if words else NAME
        parts.append(f"(?P={name})" if name in seen else f"(?P<{name}>{choice})")
        seen.add(name)
        last = found.end()
    return re.compile("".join(parts) + re.escape(pattern[last:]))


def filled(template: str, names: Mapping[str, str]) -> str:
    """The template with its placeholders filled in.

    Examples
    --------
    >>> filled("table1.n.{arm}", {"arm": "placebo"})
    'table1.n.placebo'
    """
    return PLACEHOLDER.sub(lambda found: names[found[1]], template)


def _where(line: int, column: str) -> str:
    return f"data/{PATH}, row {line}, column {column}"


def _options(text: str, line: int) -> dict[str, str]:
    if wrong := [pair for pair in text.split() if pair.count("=") != 1]:
        raise DataError(f"{wrong[0]!r} is not an option", where=_where(line, "options"), remedy="Write name=value.")
    return dict(pair.split("=") for pair in text.split())


def _expanded(
    row: Mapping[str, Any], line: int, id_: str, names: Mapping[str, str], known: Iterable[str]
) -> Derivation:
    try:
        inputs = tuple(filled(name, names) for name in row["inputs"].split())
    except KeyError as error:
        raise DataError(
            f"the placeholder {{{error.args[0]}}} does not stand in the claim",
            where=_where(line, "inputs"),
            remedy="Use the placeholders of the column claim.",
        ) from None
    for name in inputs:
        if name.removeprefix("-") not in known:
            what = f"the rule of {id_!r} names {name!r}, which the paper does not report"
            remedy = nearest(name, known) or "Inputs are ids of claims.csv or of cells of the tables."
            refuse(PATH, line, "inputs", what, remedy)
        if name.removeprefix("-") == id_:
            refuse(PATH, line, "inputs", f"{id_!r} is its own input", "Name what it follows from.")
    return Derivation(
        id_, row["role"], row["rule"], inputs, _options(filled(row["options"], names), line), row["reason"], line
    )


def _check_row(row: Mapping[str, Any], line: int) -> None:
    given = row["role"] == "given"
    for column, wanted, remedy in (
        ("rule", not given, "A given number has no rule; any other has one."),
        ("inputs", not given, "A given number has no inputs; any other has some."),
        ("reason", True if given else None, "Say in one plain sentence why nothing published determines it."),
    ):
        if wanted is not None and bool(row[column]) != wanted:
            refuse(PATH, line, column, f"the role {row['role']!r} and the cell {row[column]!r} do not fit", remedy)


def _beginning_with(start: str, ids: list[str]) -> Iterator[str]:
    """Those of the ids, in order, that begin so: a pattern need not be tried on the others."""
    return itertools.takewhile(lambda id_: id_.startswith(start), itertools.islice(ids, bisect_left(ids, start), None))


def expand(frame: pd.DataFrame, known: Mapping[str, PrintedNumber]) -> dict[str, list[Derivation]]:
    """The derivation and the checks of every reported number.

    Parameters
    ----------
    frame : DataFrame
        Rows of derivations.csv, indexed by line.
    known : mapping of str to PrintedNumber
        The reported numbers.

    Returns
    -------
    dict of str to list of Derivation
        For each id its derivation (or that it is given) first, then its checks. Of several derivations that match, the
        first counts; of checks, all.

    Raises
    ------
    DataError
        For a pattern that matches nothing, an unknown input, a circle, or a number without a row.
    """
    derivations: dict[str, Derivation] = {}
    checks: dict[str, list[Derivation]] = {}
    ids = sorted(known)
    for line, row in numbered_records(frame):
        _check_row(row, line)
        pattern, used = compiled(row["claim"]), False
        for id_ in _beginning_with(row["claim"].partition("{")[0], ids):
            if (found := pattern.fullmatch(id_)) is None:
                continue
            if row["role"] == "check":
                checks.setdefault(id_, []).append(_expanded(row, line, id_, found.groupdict(), known))
                used = True
            elif id_ not in derivations:
                derivations[id_] = _expanded(row, line, id_, found.groupdict(), known)
                used = True
        if not used:
            what = f"no number has the id {row['claim']!r}, or a row above took it"
            refuse(PATH, line, "claim", what, nearest(row["claim"], known) or "Correct the pattern, or remove the row.")
    if missing := [id_ for id_ in known if id_ not in derivations]:
        about = known[missing[0]]
        what = f"{about.id!r} has neither a rule nor a reason why it is given ({len(missing)} in all)"
        refuse(about.file, about.line, about.column, what, f"Add a row to data/{PATH}.")
    _refuse_circles(derivations)
    return {id_: [derivations[id_], *checks.get(id_, [])] for id_ in known}


def _refuse_circles(derivations: Mapping[str, Derivation]) -> None:
    try:
        graphlib.TopologicalSorter(
            {id_: found.input_ids for id_, found in derivations.items() if found.rule not in MUTUAL}
        ).prepare()
    except graphlib.CycleError as error:
        circle = list(reversed(error.args[1]))
        raise DataError(
            f"the rules run in a circle: {' follows from '.join(circle)}",
            where=_where(derivations[circle[0]].line, "inputs"),
            remedy="One of them must be given, or follow from something else.",
        ) from None


@cache
def derivations() -> dict[str, list[Derivation]]:
    """The derivation and the checks of every reported number of the paper, its derivation first.

    Examples
    --------
    >>> derivations()["table1.iss_1.placebo.percent"][0].rule
    'percentage'
    """
    return expand(load(PATH), printed_numbers())
