"""The audit's own power: change one digit of one reported number, and see whether any verdict gets worse.

Every digit of every reported number is replaced by each of the nine others, one at a time. Left out are changes that nobody
could print: a leading zero ('018'). Numbers reported as words ('three', 'III') have no digit to change.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pandas as pd

from tourmaline.audit.ledger import Ledger, kind

LEADING_ZERO = re.compile(r"(?<![\d.])0\d")
AIMED = ("percentage", "sum", "interval bound", "test statistic", "count")


def alternatives(printed: str) -> Iterator[str]:
    """The string with one digit changed, in every way.

    Examples
    --------
    >>> sorted(alternatives("10"))[:3], len(list(alternatives("10"))), list(alternatives("two"))
    (['11', '12', '13'], 17, [])
    """
    for place, old in enumerate(printed):
        if old.isdigit():
            for new in "0123456789".replace(old, ""):
                changed = printed[:place] + new + printed[place + 1 :]
                if not LEADING_ZERO.search(changed):
                    yield changed


@dataclass(frozen=True)
class SeededError:
    """One changed digit, and whether the audit noticed."""

    id: str
    printed: str
    changed: str
    noticed: bool


def seeded_errors(ledger: Ledger, ids: Iterable[str] | None = None) -> list[SeededError]:
    """Change every digit of the numbers in every way, one at a time.

    A change is noticed if the verdict on any number gets worse, if a known discrepancy becomes another one, or if what
    stands there is no number any more (a month of 42 days). Only
    the numbers whose rule or check involves the changed one are judged again.

    Parameters
    ----------
    ledger : Ledger
        The ledger; it is left as it was.
    ids : iterable of str, optional
        The numbers to change; all by default.
    """
    before, found = ledger.states(), []
    for id_ in ledger.numbers if ids is None else ids:
        original = ledger.readings[id_]
        try:
            for changed in alternatives(original.printed):
                read = ledger.changed(id_, changed)
                if read is not None:
                    ledger.readings[id_] = read
                noticed = read is None or any(
                    ledger.state(name).is_worse_than(before[name]) for name in ledger.dependents[id_]
                )
                found.append(SeededError(id_, original.printed, changed, noticed))
        finally:
            ledger.readings[id_] = original
    return found


def detection(ledger: Ledger, seeded: Iterable[SeededError]) -> pd.DataFrame:
    """How often a changed digit was noticed, by kind of number.

    Returns
    -------
    DataFrame
        One row a kind: kind, numbers, changes, noticed, rate (percent), and the same of those numbers that any rule or
        check involves: tied_numbers, tied_changes, tied_noticed, tied_rate. A number that nothing else in the paper
        involves cannot be noticed by any audit.
    """
    rows = pd.DataFrame([vars(change) for change in seeded])
    rows["kind"] = [kind(ledger.numbers[id_], ledger.derived[id_][0].rule) for id_ in rows["id"]]
    tied = {id_ for id_ in ledger.numbers if is_tied(ledger, id_)}
    rows["tied"] = rows["id"].isin(tied)
    order = [*AIMED, *sorted(set(rows["kind"]) - set(AIMED))]
    return pd.DataFrame([_counted(rows[rows["kind"] == name], name) for name in order] + [_counted(rows, "all")])


def is_tied(ledger: Ledger, id_: str) -> bool:
    """Whether any rule or check involves the number, as what follows or as an input."""
    derivation, *checks = ledger.derived[id_]
    return derivation.role == "derivation" or bool(checks) or len(ledger.dependents[id_]) > 1


def _counted(rows: pd.DataFrame, name: str) -> dict[str, object]:
    counted: dict[str, object] = {"kind": name}
    for prefix, part in (("", rows), ("tied_", rows[rows["tied"]])):
        changes, noticed = len(part), int(part["noticed"].sum())
        counted |= {
            f"{prefix}numbers": part["id"].nunique(),
            f"{prefix}changes": changes,
            f"{prefix}noticed": noticed,
            f"{prefix}rate": 100 * noticed / changes if changes else float("nan"),
        }
    return counted
