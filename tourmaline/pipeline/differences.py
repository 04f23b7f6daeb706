"""What differs between two builds: every published value, with the size and sign of its change."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from tourmaline import paths
from tourmaline.errors import ParameterError, nearest
from tourmaline.pipeline.editions.changes import value_changes
from tourmaline.pipeline.editions.registry import frozen_editions

REPORT = "report"  # the main one
ENDS = ("value", "lower", "upper")
NO_EFFECT = {
    "ratio": 1.0,
    "percentage points": 0.0,
    "months": 0.0,
}  # the value of no effect, by the unit of an interval
NUMBER = re.compile(r"[-\u2212]?\d[\d.,]*")


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


def _notebook(key: str) -> str:
    return key.partition("/")[0]


def left_out(first: Path, second: Path) -> list[str]:
    """The notebooks that only one of the two folders has, in one line for each folder; their values are not compared."""
    one, other = ({_notebook(key) for key in _values(folder)} for folder in (first, second))
    sides = (("first", sorted(one - other)), ("second", sorted(other - one)))
    return [f"Only the {side} has {', '.join(names)}." for side, names in sides if names]


def _turned(before: dict[str, Any], after: dict[str, Any], unit: str) -> bool:
    """Whether a decision differs: only one of the intervals excludes no effect, or the words differ apart from their numbers."""
    if not (before and after):
        return False
    if isinstance(before["value"], str) or isinstance(after["value"], str):
        return NUMBER.sub("", str(before["value"])) != NUMBER.sub("", str(after["value"]))
    sides = [end for side in (before, after) for end in (side.get("lower"), side.get("upper"))]
    if unit not in NO_EFFECT or None in sides:
        return False
    return (sides[0] <= NO_EFFECT[unit] <= sides[1]) != (sides[2] <= NO_EFFECT[unit] <= sides[3])


def differences(first: Path, second: Path) -> list[dict[str, Any]]:
    """Every value that differs between two folders of results, for notebooks in both; as `differing` has it."""
    old, new = _values(first), _values(second)
    both = {_notebook(key) for key in old} & {_notebook(key) for key in new}
    return differing(*({key: value for key, value in side.items() if _notebook(key) in both} for side in (old, new)))


def differing(old: dict[str, Any], new: dict[str, Any]) -> list[dict[str, Any]]:
    """Every value that differs between two records of values (as in values.json) as it is shown, in the order of its key.

    Returns
    -------
    list of dict
        key, label; old, new: value, lower and upper, empty where there is none; difference: new minus old,
        None for words; unit; turned: whether a decision differs (only one of the intervals
        excludes no effect, or the words differ apart from their numbers); moved: how far a number moved, in half widths of
        its interval; shown: the old and the new words; words: all of it in one line.
    """
    found = []
    for row in value_changes(old, new):
        before, after = (
            {end: side[end] for end in ENDS if end in side}
            for side in (old.get(row["name"], {}), new.get(row["name"], {}))
        )
        unit = (new.get(row["name"]) or old[row["name"]])["unit"]
        values = [side.get("value") for side in (before, after)]
        numbers = all(isinstance(value, int | float) for value in values)
        size = f" ({row['difference']})" if row["difference"] else ""
        found.append(
            {
                "key": row["name"],
                "label": row["label"],
                "old": before,
                "new": after,
                "difference": values[1] - values[0] if numbers else None,
                "unit": unit,
                "turned": _turned(before, after, unit),
                "moved": row["moved"],
                "shown": (row["old"], row["new"]),
                "words": f"{row['name']}: {row['old']} -> {row['new']}{size}",
            }
        )
    return found
