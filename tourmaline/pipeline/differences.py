"""What differs between two builds: every published value, with the size and sign of its change."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from tourmaline import paths
from tourmaline.errors import ParameterError, nearest
from tourmaline.pipeline.editions.changes import value_changes
from tourmaline.pipeline.editions.registry import frozen_editions
from tourmaline.pipeline.freshness import RECORD

REPORT = "report"  # the main one
ENDS = ("value", "lower", "upper")
NO_EFFECT = {
    "ratio": 1.0,
    "percentage points": 0.0,
    "months": 0.0,
}  # the value of no effect, by the unit of an interval
CONCLUDED = ("recomputed", "reconstructed")  # words of these origins are verdicts, others are facts or choices
# Parameters that say what is measured: where one differs, no number can be compared.
MEASURED = frozenset(
    {"endpoint", "response", "effect_measure", "grade", "month", "horizon", "survival_horizon", "horizons", "early"}
)
# Parameters that choose trials: where one differs, a label says whether a value is that of another trial.
TRIAL_ROWS = frozenset({"trials", "added"})
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


def _runs(folder: Path) -> dict[str, tuple[dict[str, Any], dict[str, Any]]]:
    """The parameters and the values of each notebook, in the order of its name; a value by `notebook/key`.

    Raises
    ------
    ParameterError
        If the folder holds several runs of a notebook, or values that are not those of a run.
    """
    found, places = {}, {}
    for path in sorted([*folder.glob("values.json"), *folder.glob("[!.]*/values.json")]):
        try:
            record = json.loads((path.parent / RECORD).read_text(encoding="utf-8"))
            notebook = Path(record["notebook"]).stem  # the folder of a single run has another name
            values = json.loads(path.read_text(encoding="utf-8"))
            run = dict(record["parameters"]), {f"{notebook}/{key}": dict(value) for key, value in values.items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            raise ParameterError(
                f"its {path.name} and {RECORD} are not those of a run",
                where=str(path.parent),
                remedy="Name a folder that holds nothing but results, or the folder of one run.",
            ) from None
        if notebook in found:
            raise ParameterError(
                f"it holds several runs of {notebook}, such as {places[notebook]} and {path.parent}",
                where=str(folder),
                remedy="Name the folder of one of them.",
            )
        found[notebook], places[notebook] = run, path.parent
    return dict(sorted(found.items()))


def only_in_one(first: Path, second: Path) -> list[str]:
    """The notebooks that only one of the two folders has, in one line for each folder; their values are not compared."""
    one, other = (_runs(folder).keys() for folder in (first, second))
    sides = (("first", sorted(one - other)), ("second", sorted(other - one)))
    return [f"Only the {side} has {', '.join(names)}." for side, names in sides if names]


def _turned(before: dict[str, Any], after: dict[str, Any]) -> bool:
    """Whether a decision differs: only one of the intervals excludes no effect, or a verdict differs apart from its numbers."""
    if isinstance(before["value"], str) or isinstance(after["value"], str):
        words = (NUMBER.sub("", str(side["value"])) for side in (before, after))
        return after.get("origin") in CONCLUDED and len({*words}) > 1
    sides = [end for side in (before, after) for end in (side.get("lower"), side.get("upper"))]
    no_effect = NO_EFFECT.get(after["unit"])
    if no_effect is None or None in sides:
        return False
    return (sides[0] <= no_effect <= sides[1]) != (sides[2] <= no_effect <= sides[3])


def differences(first: Path, second: Path) -> list[dict[str, Any]]:
    """Every value that differs between two folders of results, for notebooks in both; as `differing` has it.

    Raises
    ------
    ParameterError
        If a folder holds several runs of a notebook, or values that are not those of a run.
    """
    old, new = _runs(first), _runs(second)
    found = []
    for notebook in (name for name in old if name in new):
        (asked, values), (asked_now, values_now) = old[notebook], new[notebook]
        changed = [name for name in asked.keys() & asked_now.keys() if asked[name] != asked_now[name]]
        found += differing(values, values_now, changed)
    return found


def differing(old: Mapping[str, Any], new: Mapping[str, Any], changed: Iterable[str]) -> list[dict[str, Any]]:
    """Every value that differs between two records of values (as in values.json) as it is shown, in the order of its key.

    Parameters
    ----------
    old, new : mapping of str to dict
        The values of two runs of a notebook.
    changed : iterable of str
        The parameters that differ between the two runs.

    Returns
    -------
    list of dict
        key, label; labels: the old and the new one, '' where there is no value; old, new: value, lower and upper, empty where
        there is none; difference: new minus old, None for words and for another quantity; unit; another: whether the new
        number is that of another quantity; turned: whether a decision about the same quantity differs (only one of the
        intervals excludes no effect, or a verdict differs apart from its numbers); moved: how far a number moved, in half
        widths of its interval; shown: the old and the new words; words: all of it in one line.
    """
    changed = set(changed)
    found = []
    for row in value_changes(old, new):
        sides = before, after = old.get(row["name"], {}), new.get(row["name"], {})
        values, labels = [side.get("value") for side in sides], tuple(side.get("label", "") for side in sides)
        numbers = all(isinstance(value, int | float) for value in values)
        same = all(sides) and before["unit"] == after["unit"] and not changed & MEASURED
        same = same and (labels[0] == labels[1] or not changed & TRIAL_ROWS)
        another = numbers and not same
        size = "another quantity" if another else row["difference"]
        found.append(
            {
                "key": row["name"],
                "label": row["label"],
                "labels": labels,
                "old": {end: before[end] for end in ENDS if end in before},
                "new": {end: after[end] for end in ENDS if end in after},
                "difference": values[1] - values[0] if numbers and not another else None,
                "unit": (after or before)["unit"],
                "another": another,
                "turned": same and _turned(before, after),
                "moved": row["moved"],
                "shown": (row["old"], row["new"]),
                "words": f"{row['name']}: {row['old']} -> {row['new']}" + (f" ({size})" if size else ""),
            }
        )
    return found
