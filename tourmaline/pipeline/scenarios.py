"""Scenarios: a file of parameters that makes one variant of the whole report, beside the main one."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from tourmaline import parameters, paths
from tourmaline.edition import Edition, edition_of_sources
from tourmaline.errors import ParameterError, SiteError, nearest
from tourmaline.pipeline.notebooks import all_notebooks
from tourmaline.pipeline.sources import untracked_files
from tourmaline.yaml_files import load_yaml, read_scenario_file

NAME = re.compile(r"[a-z0-9][a-z0-9-]*")
# What the source folder of a variant shares with the report; its results and its configuration are its own.
SHARED = ("index.md", "book", "data", "_toc.yml")


@dataclass(frozen=True)
class Scenario:
    """One variant of the report.

    Parameters
    ----------
    name : str
        Name of its file, and of its folder below _build/scenarios.
    title, description : str
        What it is, in words.
    given : mapping of str to mapping
        Parameters by notebook; those of all notebooks already stand with each that has them.
    date : str
        The date of the edition that is made of it; '' for a variant that is none.
    """

    name: str
    title: str
    description: str
    given: Mapping[str, Mapping[str, Any]]
    date: str = ""

    @property
    def variant(self) -> paths.Variant:
        return paths.Variant(self.name)

    @property
    def edition(self) -> Edition:
        """What identifies it. A file that is in no commit is a change too, because an edition would hold it."""
        settings = {
            f"{name} = {parameters.as_words(value)}" for given in self.given.values() for name, value in given.items()
        }
        found = edition_of_sources(self.date, self.title, "; ".join(sorted(settings)))
        return replace(found, modified=found.modified or bool(untracked_files()))

    @property
    def stamp(self) -> str:
        """What every page of the variant says on top."""
        return f"{self.edition.name}."

    def lay_out(self) -> None:
        """Make Sphinx's source folder: links to what it shares, and a configuration that stamps every page."""
        source = self.variant.source
        source.mkdir(parents=True, exist_ok=True)
        for name in SHARED:
            link = source / name
            if not link.is_symlink():
                link.symlink_to(paths.ROOT / name)
        sweeps = (
            self.variant.results / paths.SWEEPS.name
        )  # all their parameters are their own: no scenario changes them
        sweeps.parent.mkdir(exist_ok=True)
        if not sweeps.is_symlink():
            sweeps.symlink_to(paths.SWEEPS)
        configuration = load_yaml(paths.ROOT / "_config.yml", error=SiteError)
        configuration["html"]["announcement"] = html.escape(self.stamp)
        # The report itself stands at this address. The pages of an edition get theirs when they are placed in its site.
        configuration["html"].pop("baseurl", None)
        text = yaml.safe_dump(configuration, allow_unicode=True, sort_keys=False)
        place = source / "_config.yml"
        if not place.exists() or place.read_text(encoding="utf-8") != text:
            place.write_text(text, encoding="utf-8")


def read_scenario(path: Path) -> Scenario:
    """Read a scenario and check every parameter, before anything runs.

    Raises
    ------
    ParameterError
        For a file that describes no scenario, an unknown notebook or parameter, or a value that is not allowed.
    """
    content = read_scenario_file(
        path,
        {"title": (str,), "description": (str,), "parameters": (dict,), "notebooks": (dict,)},
        required=("title", "description"),
    )
    where, name = paths.relative(path.resolve()), path.stem
    if not NAME.fullmatch(name):
        raise ParameterError(
            f"{name!r} is not a name for a scenario", where=where, remedy="Use lower-case letters, digits and -."
        )
    known = {notebook.stem: parameters.declared(notebook) for notebook in all_notebooks()}
    every = sorted({one for declared in known.values() for one in declared})
    general = parameters.current(content.get("parameters", {}), every, where)
    special = content.get("notebooks", {})
    for parameter in general:
        if parameter not in every:
            remedy = f"{nearest(str(parameter), every)} Parameters: {', '.join(every)}.".strip()
            raise ParameterError(f"no notebook has a parameter {parameter!r}", where=where, remedy=remedy)
    for notebook, values in special.items():
        if notebook not in known:
            remedy = f"{nearest(str(notebook), known)} Notebooks: {', '.join(known)}.".strip()
            raise ParameterError(f"there is no notebook {notebook!r}", where=where, remedy=remedy)
        if not isinstance(values, dict):
            raise ParameterError(f"{notebook!r} is {values!r}", where=where, remedy="Give names with values.")
    given = {}
    for notebook in all_notebooks():
        declared = known[notebook.stem]
        own = parameters.current(special.get(notebook.stem, {}), declared, where)
        chosen = {name: value for name, value in general.items() if name in declared} | own
        try:
            values = parameters.validated(notebook, chosen)
        except ParameterError as error:
            raise ParameterError(f"{error.where}: {error.what}", where=where, remedy=error.remedy) from None
        given[notebook.stem] = {name: values[name] for name in chosen}
    return Scenario(name, content["title"], content["description"], given)
