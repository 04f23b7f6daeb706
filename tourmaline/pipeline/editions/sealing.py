"""Reasons to refuse an edition. An edition is permanent, and so would be the error."""

from __future__ import annotations

import datetime
import itertools

from tourmaline import data, parameters, paths
from tourmaline.data.package import version_order
from tourmaline.data.references import Source
from tourmaline.data.schemas import FILES
from tourmaline.edition import frozen_note
from tourmaline.errors import ParameterError
from tourmaline.pipeline.editions.declared import Declared
from tourmaline.pipeline.editions.registry import FrozenEdition, frozen_editions
from tourmaline.pipeline.freshness import file_hash
from tourmaline.pipeline.notebooks import all_notebooks
from tourmaline.pipeline.scenarios import Scenario
from tourmaline.pipeline.sources import source_files, untracked_files

NO_FACTS = (
    "data/README.md",
    "data/datapackage.json",
)  # of the files in data/: words about them, and the version itself
NAMED = 3  # sources that a message names
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
        _version_not_raised(edition, scenario),
    )
    return list(itertools.chain.from_iterable(found))


def refuse_to_seal(edition: Declared, reasons: list[tuple[str, str]]) -> None:
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


def _is_later(source: Source, edition: Declared, data_date: str) -> bool:
    """Whether a source counts only after the date of an edition.

    All data are known on the day of their version. For an edition of an earlier day a source counts as it does for `as_of`, so
    that one without a date does not.
    """
    if edition.date < data_date:
        return source.known_from is None or source.known_from.isoformat() > edition.date
    return source.published > edition.date[: len(source.published)]


def _later_evidence(edition: Declared, scenario: Scenario) -> list[tuple[str, str]]:
    """Evidence that counts only after the date. Judgements do not count: in every edition they are those of the day of their data."""
    dates = _dates_of_evidence(scenario)
    remedy = (
        f"Write a scenario of its own, scenarios/NAME.yaml, with as_of: {edition.date}, and give --scenario NAME; "
        f"or give a later date: the data are of {scenario.edition.data_date}."
    )
    if later := sorted(date for date in dates if date != "latest" and date > edition.date):
        return [(f"its as_of is {later[-1]}, which is after its date", remedy)]
    if "latest" not in dates:
        return []
    known, used = data.sources(), set()
    for path, file in FILES.items():
        if path.startswith("evidence/"):
            columns = [column for column, (target, _) in file.references.items() if target == "references.bib"]
            used |= {key for column in columns for key in data.load(path)[column]}
    found = [
        known[key] for key in sorted(used & known.keys()) if _is_later(known[key], edition, scenario.edition.data_date)
    ]
    if not found:
        return []
    undated = [source for source in found if not source.published]
    dated = sorted((source for source in found if source.published), key=lambda one: one.known_from, reverse=True)
    words = ", ".join(f"{source.key} ({source.published or 'undated'})" for source in [*dated, *undated][:NAMED])
    more = f" and {len(found) - NAMED} more" if len(found) > NAMED else ""
    counts = f"{len(found)} in all, {len(undated)} of them undated"
    return [(f"it holds sources that count only after its date ({counts}): {words}{more}", remedy)]


def _local_changes(scenario: Scenario) -> list[tuple[str, str]]:
    if not scenario.edition.modified:
        return []
    untracked = untracked_files()
    more = f" (and {len(untracked) - 1} more)" if len(untracked) > 1 else ""
    what = (
        f"files differ from the commit: {untracked[0]} is not in it{more}"
        if untracked
        else "files differ from the commit"
    )
    return [(what, "Commit them first: git status lists them.")]


def _facts_that_differ(frozen: FrozenEdition) -> list[str]:
    """The files of data/ that are not those of a frozen edition, by name."""
    now = {name: path for name, path in source_files().items() if name.startswith("data/") and name not in NO_FACTS}
    was = {file["path"].removeprefix("source/"): file["sha256"] for file in frozen.manifest["files"]}
    was = {name: checksum for name, checksum in was.items() if name.startswith("data/") and name not in NO_FACTS}
    return sorted(name for name in now.keys() | was.keys() if name not in now or file_hash(now[name]) != was.get(name))


def _version_not_raised(edition: Declared, scenario: Scenario) -> list[tuple[str, str]]:
    """Other data have another version than in every edition, and a higher one than in those before."""
    version = scenario.edition.data_version
    for frozen in reversed(frozen_editions()):
        then = frozen.manifest["edition"]["data_version"]
        is_raised = frozen.date > edition.date or version_order(version) > version_order(then)
        if (then == version or not is_raised) and (differ := _facts_that_differ(frozen)):
            how = "the same" if then == version else f"not higher than {then}"
            what = f"{differ[0]} differs from the edition of {frozen.date}, but the version of the data is {how}, {version}"
            where = paths.relative(paths.DATA / "datapackage.json")
            return [(what, f"Raise `version` and `created` in {where}.")]
    return []
