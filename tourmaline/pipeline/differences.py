"""What differs between two builds: every published value, with the size and sign of its change."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tourmaline import paths
from tourmaline.errors import ParameterError, nearest
from tourmaline.pipeline.editions.registry import frozen_editions
from tourmaline.results.formats import shown

REPORT = "report"  # the main one
P_DECIMALS = 3  # a P value has none of its own: it is shown in words of journals
ENDS = ("value", "lower", "upper")


@dataclass(frozen=True)
class Difference:
    """One number that differs, or stands in one of the two builds alone.

    Parameters
    ----------
    key : str
        notebook/value, or notebook/value.lower and .upper for the ends of its interval.
    old, new : float, int, str or None
        None where there is none.
    difference : float or None
        New minus old, in the unit of the value; None for words.
    unit : str
        Unit of the value.
    decimals : int
        Decimals to show.
    """

    key: str
    old: float | int | str | None
    new: float | int | str | None
    difference: float | None
    unit: str
    decimals: int

    def __str__(self) -> str:
        if self.old is None or self.new is None:
            number = self.new if self.old is None else self.old
            return f"{self.key}: {'only in the second' if self.old is None else 'only in the first'}: {number}"
        if self.difference is None:
            return f"{self.key}: {self.old} -> {self.new}"
        decimals = max(self.decimals, P_DECIMALS) if self.unit == "probability" else self.decimals
        while decimals < 12 and shown(self.old, decimals) == shown(self.new, decimals):
            decimals += 1  # as many as it takes to see it
        sign = "+" if self.difference > 0 else ""
        change = f"{sign}{shown(self.difference, decimals)} {self.unit}"
        return f"{self.key}: {shown(self.old, decimals)} -> {shown(self.new, decimals)} ({change})"


def results_of(word: str) -> Path:
    """The results that `word` names: `report`, a scenario, a frozen edition, or a folder of results or of one run.

    Raises
    ------
    ParameterError
        If there are none.
    """
    folder = Path(word)
    scenarios = sorted(path.name for path in (paths.BUILD / "scenarios").glob("*"))
    editions = {edition.date: edition for edition in frozen_editions()}
    known = [REPORT, *scenarios, *editions]
    if word == REPORT:
        folder = paths.RESULTS
    elif folder.suffix == ".yaml" or (word in scenarios and not folder.is_dir()):
        folder = paths.Variant(folder.stem).results
    elif word in editions:
        folder = editions[word].folder() / "results"
    if not list(folder.glob("values.json")) + list(folder.glob("[!.]*/values.json")):
        raise ParameterError(
            f"there are no results of {word!r}",
            remedy=f"{nearest(word, known)} Built are: {', '.join(known)}; or name a folder.".strip(),
        )
    return folder


def _values(folder: Path) -> dict[str, dict[str, Any]]:
    found = {}
    for path in sorted([*folder.glob("values.json"), *folder.glob("[!.]*/values.json")]):
        record = json.loads((path.parent / "run.json").read_text(encoding="utf-8"))
        notebook = Path(record["notebook"]).stem  # the folder of a single run has another name
        found |= {f"{notebook}/{key}": value for key, value in json.loads(path.read_text(encoding="utf-8")).items()}
    return found


def _change(key: str, end: str, old: dict[str, Any], new: dict[str, Any]) -> Difference | None:
    before, after = old.get(end), new.get(end)
    if before == after:
        return None
    about = new or old
    numbers = all(isinstance(number, int | float) for number in (before, after))
    return Difference(
        key if end == "value" else f"{key}.{end}",
        before,
        after,
        after - before if numbers else None,
        about["unit"],
        about["decimals"],
    )


def differences(first: Path, second: Path) -> list[Difference]:
    """Every value that differs between two folders of results, in the order of its key."""
    old, new = _values(first), _values(second)
    found = []
    for key in sorted(old.keys() | new.keys()):
        ends = ENDS if key in old and key in new else ("value",)
        changes = (_change(key, end, old.get(key, {}), new.get(key, {})) for end in ends)
        found += [change for change in changes if change is not None]
    return found
