"""The editions that are declared: editions.yaml, a list of date, title and scenario.

A scenario is read when its edition is frozen, so that a build with nothing to do imports nothing heavy.
"""

from __future__ import annotations

import datetime
import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tourmaline import paths
from tourmaline.errors import ParameterError, nearest
from tourmaline.yaml_files import load_yaml

if TYPE_CHECKING:
    from tourmaline.pipeline.scenarios import Scenario

KEYS = ("date", "title", "scenario", "tag")
REQUIRED = ("date", "title", "scenario")


@dataclass(frozen=True)
class Declared:
    """One declared edition.

    Parameters
    ----------
    date : str
        Its date, and its name: YYYY-MM-DD.
    title : str
        What it is, in words.
    scenario : str
        Name of a file in scenarios/, without its ending.
    tag : str
        Tag or commit of git whose data and code it is made of; '' for those that are here.
    """

    date: str
    title: str
    scenario: str
    tag: str = ""

    def variant(self) -> Scenario:
        """The variant of the report that is to be frozen.

        Raises
        ------
        ParameterError
            If its scenario is wrong, or has no title.
        """
        from tourmaline.pipeline.scenarios import read_scenario

        scenario = read_scenario(scenario_file(self.scenario))
        return replace(scenario, name=f"edition-{self.date}", title=self.title or scenario.title, date=self.date)


def checked_date(word: str) -> str:
    """The date, if it is one.

    Raises
    ------
    ParameterError

    Examples
    --------
    >>> checked_date("2016-04-28")
    '2016-04-28'
    """
    try:
        if datetime.date.fromisoformat(word).isoformat() == word:
            return word
    except ValueError:
        pass
    raise ParameterError(f"{word!r} is not a date of an edition", remedy="Give a day that exists, such as 2016-04-28.")


def scenario_file(name: str) -> Path:
    """The file of a scenario in scenarios/, by its name.

    Raises
    ------
    ParameterError
        If there is none; names the nearest.
    """
    known = {path.stem: path for path in sorted((paths.ROOT / "scenarios").glob("*.yaml"))}
    if name not in known:
        raise ParameterError(
            f"there is no scenario {name!r}", remedy=f"{nearest(name, known)} Scenarios: {', '.join(known)}.".strip()
        )
    return known[name]


def _declared(entry: Any) -> Declared:
    if not isinstance(entry, dict):
        raise ParameterError(f"{entry!r} is not an edition", remedy=f"Give {', '.join(REQUIRED)}.")
    if unknown := [key for key in entry if key not in KEYS]:
        remedy = f"{nearest(str(unknown[0]), KEYS)} Keys: {', '.join(KEYS)}.".strip()
        raise ParameterError(f"there is no key {unknown[0]!r}", remedy=remedy)
    if missing := [key for key in REQUIRED if not entry.get(key)]:
        raise ParameterError(f"it has no {missing[0]!r}", remedy=f"Add {missing[0]}: ...")
    if wrong := [key for key, value in entry.items() if not isinstance(value, str)]:
        raise ParameterError(f"{wrong[0]!r} is {entry[wrong[0]]!r}", remedy="Give text.")
    checked_date(entry["date"])
    scenario_file(entry["scenario"])
    return Declared(**entry)


def declared_editions() -> list[Declared]:
    """The declared editions in the order of their dates.

    Raises
    ------
    ParameterError
        For a file that is not a list of editions, an edition named twice, without a title, with a date that is none or a
        scenario that does not exist; names the entry.
    """
    where = paths.relative(paths.DECLARED_EDITIONS)
    if not paths.DECLARED_EDITIONS.exists():
        return []
    content = load_yaml(paths.DECLARED_EDITIONS, texts_only=True)  # a date is judged here
    if not isinstance(content or [], list):
        raise ParameterError("it is not a list", where=where, remedy="Begin each edition with `- date: ...`.")
    found: dict[str, Declared] = {}
    for number, entry in enumerate(content or [], start=1):
        try:
            edition = _declared(entry)
        except ParameterError as error:
            inner = f"{error.where}: {error.what}" if error.where else error.what
            raise ParameterError(inner, where=f"{where}, edition {number}", remedy=error.remedy) from None
        if edition.date in found:
            raise ParameterError(
                f"the edition of {edition.date} is named twice",
                where=f"{where}, edition {number}",
                remedy="An edition is permanent: give the new one another date.",
            )
        found[edition.date] = edition
    return [found[date] for date in sorted(found)]


def edition_of(date: str, title: str, scenario: str) -> Declared:
    """The edition of this date: as it is declared, or as it would be.

    Parameters
    ----------
    date : str
        Its date.
    title : str
        Its title; '' for that of its scenario.
    scenario : str
        Name of its scenario; '' for `today`.

    Raises
    ------
    ParameterError
        If it is declared already with another title or scenario, or date or scenario are wrong.
    """
    known = {edition.date: edition for edition in declared_editions()}
    if date in known:
        edition = known[date]
        for given, stands, what in ((title, edition.title, "title"), (scenario, edition.scenario, "scenario")):
            if given and given != stands:
                raise ParameterError(
                    f"the edition of {date} is declared with the {what} {stands!r}, not {given!r}",
                    where=paths.relative(paths.DECLARED_EDITIONS),
                    remedy="Give another date, or change the declaration.",
                )
        return edition
    edition = Declared(checked_date(date), title, scenario or "today")
    return replace(edition, title=edition.variant().title)


def declare(edition: Declared) -> None:
    """Add an edition at the end of editions.yaml, if it is not declared yet."""
    if edition.date in {declared.date for declared in declared_editions()}:
        return
    title = json.dumps(edition.title, ensure_ascii=False)
    lines = f"- date: {edition.date}\n  title: {title}\n  scenario: {edition.scenario}\n"
    before = paths.DECLARED_EDITIONS.read_text(encoding="utf-8") if paths.DECLARED_EDITIONS.exists() else ""
    gap = "" if before.endswith("\n") or not before else "\n"
    paths.DECLARED_EDITIONS.write_text(before + gap + lines, encoding="utf-8")
