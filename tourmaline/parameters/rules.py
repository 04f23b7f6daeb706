"""Rules by which parameters are checked and converted, and what is said of them in words."""

from __future__ import annotations

import csv
import datetime
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from tourmaline import paths
from tourmaline.errors import nearest
from tourmaline.identity import identity
from tourmaline.plain_numbers import is_plain

CORE = "core"  # tier of the trials that are compared by default
NUMBER_LIKE = re.compile(r"[-+]?[0-9][0-9_.:]*([eE][-+]?[0-9]+)?|[-+]?0[xXbBoO][0-9a-fA-F_]+")


def _known(path: Path, column: str) -> tuple[str, ...]:
    with path.open(encoding="utf-8", newline="") as file:
        return tuple(dict.fromkeys(row[column] for row in csv.DictReader(file) if row.get(column)))


def trial_names(tier: str = "") -> tuple[str, ...]:
    """Names of all trials in data/evidence/trials.csv, or of those of one tier."""
    with (paths.DATA / "evidence" / "trials.csv").open(encoding="utf-8", newline="") as file:
        return tuple(row["name"] for row in csv.DictReader(file) if tier in ("", row["tier"]))


def trials_in_words() -> str:
    """What is allowed for a list of trials."""
    return f"list of {', '.join(trial_names())}; {CORE} stands for {', '.join(trial_names(CORE)) or 'no trial yet'}"


def baseline_characteristics() -> tuple[str, ...]:
    """Names of the characteristics of the paper's Table 1."""
    return _known(paths.DATA / identity().folder / "table1.csv", "characteristic")


def ledger_sections() -> tuple[str, ...]:
    """Names of the sections of the paper that report numbers, and of its tables."""
    return _known(paths.DATA / identity().folder / "sections.csv", "section")


def public_set_names() -> tuple[str, ...]:
    """Names of the public data sets on which the reconstruction is measured."""
    return _known(paths.PUBLIC / "sets.csv", "name")


def one_of(words: tuple[str, ...], word: str) -> str:
    """The one of `words` that is meant, whatever its capitals."""
    if word not in words:
        alike = [known for known in words if known.casefold() == word.casefold()]
        if len(alike) == 1:
            return alike[0]
        said = ", ".join(f"'{known}'" if "," in known else known for known in words)
        raise ValueError(f"must be one of {said}. {nearest(word, words)}".strip())
    return word


def iso_date(word: str) -> str:
    if word.casefold() == "latest":
        word = "latest"
    else:
        try:
            word = datetime.date.fromisoformat(word).isoformat()
        except ValueError:
            raise ValueError("must be a date such as 2016-04-28, or 'latest'") from None
    return word


def split(value: object) -> object:
    """A list given on a command line is one string: names between commas, or as Python or JSON write a list.

    Examples
    --------
    >>> split("ASPIRE, POLLUX"), split('["ASPIRE","POLLUX"]'), split("['ASPIRE',]"), split("0.5,,1")
    (['ASPIRE', 'POLLUX'], ['ASPIRE', 'POLLUX'], ['ASPIRE'], ['0.5', '', '1'])
    """
    if not isinstance(value, str):
        return value
    try:
        found = json.loads(value)
        if isinstance(found, list):
            return found
    except (ValueError, RecursionError):
        pass
    parts = [_unquoted(part.strip()) for part in value.strip().strip("[]()").split(",")]
    return parts[:-1] if len(parts) > 1 and not parts[-1] else parts


def split_sets(value: object) -> object:
    """A list of public data sets, some of whose names hold a comma.

    Examples
    --------
    >>> split_sets("gbsg2, colon, death, lung")
    ['gbsg2', 'colon, death', 'lung']
    """
    found, names = split(value), public_set_names()
    if found is value or not isinstance(found, list):
        return found
    joined: list[object] = []
    for part in found:
        if joined and f"{joined[-1]}, {part}" in names:
            part = f"{joined.pop()}, {part}"
        joined.append(part)
    return joined


def _unquoted(text: str) -> str:
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"" else text


def plain_number(value: object) -> object:
    """Refuse what is not a number but would be read as one: a truth value, and digits that readers take differently."""
    if isinstance(value, bool):
        raise ValueError("must be a number, not a truth value (yes or no)")
    if isinstance(value, str) and NUMBER_LIKE.fullmatch(value.strip()) and not is_plain(value.strip()):
        raise ValueError("must be a plain decimal number")
    return value


def with_core_trials(value: object) -> object:
    """A list of trials; the word `core` in it stands for those whose tier in the data is core.

    Examples
    --------
    >>> found = with_core_trials("core, POLLUX")
    >>> found[:3], found[-1]
    (['TOURMALINE-MM1', 'ASPIRE', 'ELOQUENT-2'], 'POLLUX')
    """
    found = split(value)
    if not isinstance(found, list | tuple):
        return found
    core = [isinstance(part, str) and part.casefold() == CORE for part in found]
    return [name for part, is_core in zip(found, core) for name in (trial_names(CORE) if is_core else [part])]


def not_empty(values: list[str]) -> list[str]:
    if not values:
        raise ValueError("must name at least one")
    if len(set(values)) < len(values):
        raise ValueError("must not name one twice")
    return values


# Between information fractions: `statistics.monitoring` integrates no closer, and a test holds them together.
CLOSEST_ANALYSES = 0.001


def fractions(values: list[float]) -> list[float]:
    for before, after in zip([0.0, *values], values):
        if not before < after <= 1:
            raise ValueError(f"{after:g} after {before:g} is out of order; they must rise, from above 0 to 1")
        # The slack keeps a gap of 0.001 allowed whatever its last digit in binary.
        if after - before < CLOSEST_ANALYSES * (1 - 1e-9):
            raise ValueError(
                f"{after:g} after {before:g} is too close; analyses must be at least {CLOSEST_ANALYSES:g} apart"
            )
    if not values or values[-1] != 1:
        raise ValueError("the last analysis must be at 1")
    return values


def rising(values: list[float]) -> list[float]:
    if not values:
        raise ValueError("must name at least one")
    for before, after in pairwise(values):
        if after <= before:
            raise ValueError(f"{after:g} after {before:g} is out of order; they must rise")
    return values


def not_one(value: float) -> float:
    if value == 1:
        raise ValueError("1 is not a difference, which no number of events detects")
    return value


@dataclass(frozen=True)
class Unit:
    """The unit in which a parameter is given."""

    name: str


@dataclass(frozen=True)
class Allowed:
    """What is allowed, in words, where they cannot be read off the rules; a function where the data give them."""

    words: str | Callable[[], str]


@dataclass(frozen=True)
class Choices:
    """The words that a parameter can be, where the data give them."""

    words: Callable[[], tuple[str, ...]]
