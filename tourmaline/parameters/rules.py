"""Rules by which parameters are checked and converted, and what is said of them in words."""

from __future__ import annotations

import csv
import datetime
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from tourmaline import paths
from tourmaline.errors import nearest


def _known(path: Path, column: str) -> tuple[str, ...]:
    with path.open(encoding="utf-8", newline="") as file:
        return tuple(dict.fromkeys(row[column] for row in csv.DictReader(file) if row.get(column)))


def trial_names() -> tuple[str, ...]:
    """Names of all trials in data/evidence/trials.csv."""
    return _known(paths.DATA / "evidence" / "trials.csv", "name")


def baseline_characteristics() -> tuple[str, ...]:
    """Names of the characteristics of the paper's Table 1."""
    return _known(paths.DATA / "tourmaline_mm1" / "table1.csv", "characteristic")


def ledger_sections() -> tuple[str, ...]:
    """Names of the sections of the paper that print numbers, and of its tables."""
    return _known(paths.DATA / "tourmaline_mm1" / "sections.csv", "section")


def one_of(words: tuple[str, ...], word: str) -> str:
    if word not in words:
        raise ValueError(f"must be one of {', '.join(words)}. {nearest(word, words)}".strip())
    return word


def date(word: str) -> str:
    if word != "latest":
        try:
            word = datetime.date.fromisoformat(word).isoformat()
        except ValueError:
            raise ValueError("must be a date such as 2016-04-28, or 'latest'") from None
    return word


def split(value: object) -> object:
    """A list given on a command line is one string: names between commas."""
    return [part.strip() for part in value.strip("[]").split(",")] if isinstance(value, str) else value


def not_empty(values: list[str]) -> list[str]:
    if not values:
        raise ValueError("must name at least one")
    if len(set(values)) < len(values):
        raise ValueError("must not name one twice")
    return values


# Between information fractions: `statistics.monitoring` integrates no closer, and a test holds them together.
CLOSEST_LOOKS = 0.001


def fractions(values: list[float]) -> list[float]:
    for before, after in zip([0.0, *values], values):
        if not before < after <= 1:
            raise ValueError(f"{after:g} after {before:g} is out of order; they must rise, from above 0 to 1")
        # The slack keeps a gap of 0.001 allowed whatever its last digit in binary.
        if after - before < CLOSEST_LOOKS * (1 - 1e-9):
            raise ValueError(f"{after:g} after {before:g} is too close; looks must be at least {CLOSEST_LOOKS:g} apart")
    if not values or values[-1] != 1:
        raise ValueError("the last look must be at 1")
    return values


def rising(values: list[float]) -> list[float]:
    if not values:
        raise ValueError("must name at least one")
    for before, after in pairwise(values):
        if after <= before:
            raise ValueError(f"{after:g} after {before:g} is out of order; they must rise")
    return values


def ratio(value: float) -> float:
    if value == 1:
        raise ValueError("1 is no difference, which no number of events detects")
    return value


@dataclass(frozen=True)
class Unit:
    """The unit in which a parameter is given."""

    name: str


@dataclass(frozen=True)
class Allowed:
    """What is allowed, in words, where they cannot be read off the rules."""

    words: str
