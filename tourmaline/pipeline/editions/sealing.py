"""Reasons to refuse an edition. An edition is permanent, and so would be the error."""

from __future__ import annotations

import datetime
import itertools
from typing import Any

from tourmaline import parameters, paths
from tourmaline.edition import frozen_note
from tourmaline.errors import ParameterError
from tourmaline.pipeline.editions.declared import Declared
from tourmaline.pipeline.editions.registry import frozen_editions
from tourmaline.pipeline.freshness import file_hash
from tourmaline.pipeline.notebooks import all_notebooks
from tourmaline.pipeline.scenarios import Scenario
from tourmaline.pipeline.sources import source_files

FORCED = "With --force it is frozen all the same, and the manifest records the reason."


def reasons_to_refuse(edition: Declared, scenario: Scenario) -> list[tuple[str, str]]:
    """The reasons to refuse an edition of the sources that are here, each with what to do; empty if there is none.

    Unpacked sources of a frozen edition are not checked again.
    """
    if frozen_note():
        return []
    found = (
        _future(edition),
        _later_evidence(edition, scenario),
        _local_changes(scenario),
        _same_version(edition, scenario),
    )
    return list(itertools.chain.from_iterable(found))


def refuse(edition: Declared, reasons: list[tuple[str, str]]) -> None:
    """Raise a ParameterError with the reasons, if there are any."""
    if reasons:
        what = "; ".join(what for what, _ in reasons)
        remedy = " ".join([*(remedy for _, remedy in reasons), FORCED])
        raise ParameterError(what, where=f"the edition of {edition.date}", remedy=remedy)


def _future(edition: Declared) -> list[tuple[str, str]]:
    if edition.date <= datetime.datetime.now(datetime.UTC).date().isoformat():
        return []
    return [("its date is in the future", "Give the date of today, or an earlier one.")]


def _dates_of_evidence(scenario: Scenario) -> set[str]:
    """The values of the parameter as_of over the notebooks that have it."""
    found = set()
    for notebook in all_notebooks():
        if declared := parameters.declared(notebook).get("as_of"):
            found.add(str(scenario.given.get(notebook.stem, {}).get("as_of", declared.default)))
    return found


def _later_evidence(edition: Declared, scenario: Scenario) -> list[tuple[str, str]]:
    dates = _dates_of_evidence(scenario)
    remedy = f"Set as_of to {edition.date} in scenarios/{edition.scenario}.yaml, or give a later date."
    if later := sorted(date for date in dates if date != "latest" and date > edition.date):
        return [(f"its as_of is {later[-1]}, which is after its date", remedy)]
    if "latest" not in dates:
        return []
    from tourmaline import data

    sources = data.sources()
    known = {key: sources[key].known_from for key in data.known_by("latest").results()["source"].unique()}
    newest = max((day.isoformat(), key) for key, day in known.items() if day)
    if newest[0] <= edition.date:
        return []
    return [(f"it holds evidence that was published after its date: {newest[1]}, {newest[0]}", remedy)]


def _local_changes(scenario: Scenario) -> list[tuple[str, str]]:
    if not scenario.edition.modified:
        return []
    return [("files differ from the commit", "Commit them first: git status lists them.")]


def _same_version(edition: Declared, scenario: Scenario) -> list[tuple[str, str]]:
    before = frozen_editions(before=edition.date)
    if not before or before[-1].manifest["edition"]["data_version"] != scenario.edition.data_version:
        return []
    now = {name: path for name, path in source_files().items() if name.startswith("data/") and name.endswith(".csv")}
    was: dict[str, Any] = {
        entry["path"].removeprefix("source/"): entry["sha256"]
        for entry in before[-1].manifest["files"]
        if entry["path"].startswith("source/data/") and entry["path"].endswith(".csv")
    }
    differ = sorted(
        name for name in now.keys() | was.keys() if name not in now or file_hash(now[name]) != was.get(name)
    )
    if not differ:
        return []
    version, where = scenario.edition.data_version, paths.relative(paths.DATA / "datapackage.json")
    return [
        (
            f"{differ[0]} differs from the edition of {before[-1].date}, but the version of the data is the same, {version}",
            f"Raise `version` and `created` in {where}.",
        )
    ]
