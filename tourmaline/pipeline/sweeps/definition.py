"""What a sweep file says: the notebook, and a grid, a list or a random sample of parameters."""

from __future__ import annotations

import itertools
import json
import math
import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tourmaline import parameters, paths
from tourmaline.errors import ParameterError, nearest
from tourmaline.pipeline.notebooks import find_notebook
from tourmaline.results.words import Words
from tourmaline.yaml_files import read_scenario_file

MANY_RUNS = 10_000  # from here on somebody should have meant it
MOST_RUNS = 1_000_000
KEYS = {
    "title": (str,),
    "description": (str,),
    "notebook": (str,),
    "parameters": (dict,),
    "grid": (dict, list),
    "list": (list,),
    "sample": (dict,),
    "figures": (list,),
    "publish": (list,),
}
WAYS = ("grid", "list", "sample")


@dataclass(frozen=True)
class Sweep:
    """Runs of one notebook.

    Parameters
    ----------
    name, title, description : str
        Name of the file, and what it is.
    notebook : Path
        The notebook's source.
    runs : sequence of mapping
        All parameters of each run; no two the same.
    figures : sequence of str
        Figures to keep beside the values.
    publish : sequence of str
        Values that the book shows of each run; a sweep without any is none of the book's.
    """

    name: str
    title: str
    description: str
    notebook: Path
    runs: Sequence[Mapping[str, Any]]
    figures: Sequence[str]
    publish: Sequence[str]


class _Checked:
    """Values of the notebook's parameters, each checked once however many runs have it."""

    def __init__(self, notebook: Path, where: str) -> None:
        self.notebook, self.where = notebook, where
        self._known: dict[str, Any] = {}

    def value(self, name: str, value: Any) -> Any:
        key = json.dumps([str(name), value], default=str)
        if key not in self._known:
            try:
                self._known[key] = parameters.validated(self.notebook, {name: value})[name]
            except ParameterError as error:
                raise ParameterError(f"{error.where}: {error.what}", where=self.where, remedy=error.remedy) from None
        return self._known[key]

    def run(self, chosen: Mapping[str, Any]) -> dict[str, Any]:
        return {name: self.value(name, value) for name, value in self.named(chosen).items()}

    def named(self, chosen: Mapping[str, Any]) -> dict[str, Any]:
        """What is chosen, by the names of today."""
        return parameters.current(chosen, parameters.declared(self.notebook), self.where)


def _several(name: str, values: Any, where: str) -> list[Any]:
    if not isinstance(values, list) or not values:
        raise ParameterError(
            f"{name!r} is {values!r}", where=where, remedy="Give a list of the values that it takes: [one, another]."
        )
    return values


def _grid(grid: Mapping[str, Any] | list[Any], checked: _Checked) -> tuple[int, Any]:
    if isinstance(grid, list):  # one grid after the other
        if wrong := [part for part in grid if not isinstance(part, dict)]:
            raise ParameterError(
                f"a grid is {wrong[0]!r}", where=checked.where, remedy="Give names with lists of their values."
            )
        parts = [_grid(part, checked) for part in grid]
        return sum(size for size, _ in parts), itertools.chain.from_iterable(runs for _, runs in parts)
    axes = {
        name: [checked.value(name, value) for value in _several(name, values, checked.where)]
        for name, values in checked.named(grid).items()
    }
    if not axes:
        return 0, ()
    return math.prod(map(len, axes.values())), (
        dict(zip(axes, combination)) for combination in itertools.product(*axes.values())
    )


def _list(entries: list[Any], checked: _Checked) -> tuple[int, Any]:
    for number, entry in enumerate(entries, start=1):
        if not isinstance(entry, dict):
            raise ParameterError(
                f"entry {number} of the list is {entry!r}", where=checked.where, remedy="Give names with values."
            )
    return len(entries), (checked.run(entry) for entry in entries)


def _draw(generator: random.Random, choice: Any) -> Any:
    if isinstance(choice, list):
        return generator.choice(choice)
    low, high = choice["from"], choice["to"]
    whole = isinstance(low, int) and isinstance(high, int)
    return generator.randint(low, high) if whole else float(f"{generator.uniform(low, high):.6g}")


def _sample(sample: Mapping[str, Any], checked: _Checked) -> tuple[int, Any]:
    where = checked.where
    number, seed, choices = (sample.get(key) for key in ("runs", "seed", "parameters"))
    if set(sample) != {"runs", "seed", "parameters"} or not all(
        isinstance(given, int) and not isinstance(given, bool) and given >= 0 for given in (number, seed)
    ):
        raise ParameterError(
            f"the sample is {dict(sample)!r}",
            where=where,
            remedy="Give runs (a number), seed (a number) and parameters (names with [values] or {from: a, to: b}).",
        )
    if not isinstance(choices, dict) or not choices:
        raise ParameterError("the sample has no parameters", where=where, remedy="Give names with what to draw from.")
    choices = checked.named(choices)
    for name, choice in choices.items():
        if isinstance(choice, dict):
            ends = [choice.get("from"), choice.get("to")]
            if (
                set(choice) != {"from", "to"}
                or not all(isinstance(end, int | float) for end in ends)
                or ends[0] > ends[1]
            ):
                raise ParameterError(f"{name!r} is {choice!r}", where=where, remedy="Give {from: a, to: b}, a below b.")
            for end in ends:
                checked.value(name, end)
        else:
            for value in _several(name, choice, where):
                checked.value(name, value)
    generator = random.Random(seed)

    def drawn() -> Any:
        for _ in range(number):
            yield checked.run({name: _draw(generator, choice) for name, choice in choices.items()})

    return number, drawn()


def _refuse_unknown(content: Mapping[str, Any], notebook: Path, where: str) -> None:
    """Refuse the name of a figure or value that the notebook does not publish; each run would fail for it, at its end."""
    file = paths.WORDS / f"{notebook.stem}.yml"
    if not file.exists():  # the notebook itself says what it publishes
        return
    words = Words(file)
    for key, kind in (("figures", "figures"), ("publish", "values")):
        known = words.names(kind)
        patterns = [re.sub(r"\\\{.*?\\\}", r"\\w+", re.escape(name)) for name in known]
        for name in content.get(key, ()):
            if not any(re.fullmatch(pattern, name) for pattern in patterns):
                remedy = f"{nearest(name, known)} It publishes {', '.join(known) or 'none'}.".strip()
                raise ParameterError(f"{notebook.stem} publishes no {kind[:-1]} {name!r}", where=where, remedy=remedy)


def read_sweep(path: Path, *, confirm: Any) -> Sweep:
    """Read a sweep and check every parameter, before anything runs.

    Parameters
    ----------
    path : Path
        The sweep file.
    confirm : callable
        Asked with the number of runs if there are very many; false stops here.

    Raises
    ------
    ParameterError
        For a file that describes no sweep, an unknown notebook, parameter, figure or value of the notebook, a value that is not allowed, no run at all,
        or more than anyone can want.
    """
    content, where = read_scenario_file(path, KEYS, required=("title", "notebook")), paths.relative(path.resolve())
    try:
        notebook = find_notebook(content["notebook"])
    except ParameterError as error:
        raise ParameterError(error.what, where=where, remedy=error.remedy) from None
    ways = [way for way in WAYS if way in content]
    if len(ways) != 1:
        raise ParameterError(
            f"it has {' and '.join(ways) or 'no runs'}", where=where, remedy=f"Give one of {', '.join(WAYS)}."
        )
    checked = _Checked(notebook, where)
    fixed = {**parameters.validated(notebook, {}), **checked.run(content.get("parameters", {}))}
    size, runs = {"grid": _grid, "list": _list, "sample": _sample}[ways[0]](content[ways[0]], checked)
    if size == 0:
        raise ParameterError("it has no runs", where=where, remedy=f"Give the {ways[0]} something to run.")
    if size > MOST_RUNS:
        raise ParameterError(f"it has {size:,} runs", where=where, remedy=f"More than {MOST_RUNS:,} are never meant.")
    if size > MANY_RUNS and not confirm(size):
        raise ParameterError(f"it has {size:,} runs", where=where, remedy="To run them all, say --yes.")
    for key in ("figures", "publish"):
        if wrong := [name for name in content.get(key, ()) if not isinstance(name, str)]:
            raise ParameterError(
                f"{key} names {wrong[0]!r}", where=where, remedy="Give names of results: [one, another]."
            )
    _refuse_unknown(content, notebook, where)
    distinct = {json.dumps({**fixed, **run}, sort_keys=True): {**fixed, **run} for run in runs}
    return Sweep(
        path.stem,
        content["title"],
        content.get("description", ""),
        notebook,
        list(distinct.values()),
        tuple(content.get("figures", ())),
        tuple(content.get("publish", ())),
    )
