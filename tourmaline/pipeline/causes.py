"""Whether data or code moved a result: the code of now runs on the data of then, and what that changes, the code changed."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tourmaline import parameters, paths
from tourmaline.errors import SiteError
from tourmaline.pipeline import freshness
from tourmaline.pipeline.build import READS_SWEEP, Announce
from tourmaline.pipeline.editions.changes import Snapshot, changes_between, keys, name_causes
from tourmaline.pipeline.editions.known_causes import MovedBy, keep_causes, known_causes, state_of
from tourmaline.pipeline.editions.registry import FrozenEdition
from tourmaline.pipeline.notebooks import all_notebooks
from tourmaline.pipeline.sources import copy_sources, run_command, source_files
from tourmaline.pipeline.staging import staging

CODE = ("tourmaline", "notebooks", "scenarios", "requirements.txt")
REPORT = "report.toml"  # in data/: words that the code reads, no evidence
OF_NOW = (REPORT, "README.md")  # the code of now reads them, and writes the columns of the tables into the second
THEN = "then"  # the name of the scenario with the parameters of then

Parameters = Mapping[str, Mapping[str, Any]]  # by notebook


@dataclass(frozen=True)
class Then:
    """What was: the results and data, the folder of the sources that gave them, and the parameters by notebook."""

    snapshot: Snapshot
    sources: Path
    given: Parameters = field(default_factory=dict)


def make_results(there: Path, earlier: Path, scenario: str = "", *, jobs: int, cell_seconds: int) -> None:
    """Make the results that the sources in another folder give, from earlier ones where they are still true.

    Raises
    ------
    SiteError
        If they give none.
    """
    if earlier.exists():
        shutil.copytree(earlier, there / "results", ignore_dangling_symlinks=True)
    options = ["--results-only", "--keep-sweeps", "--jobs", str(jobs), "--timeout", str(cell_seconds)]
    if scenario:
        options += ["--scenario", scenario]
    if said := run_command(there, "build", *options):
        raise SiteError(said)


def _differ(then: Path, names: tuple[str, ...]) -> bool:
    """Whether the source files of these names, or below folders of these names, differ from those in another folder."""

    def counts(name: str) -> bool:
        return (CODE[0] if name == f"data/{REPORT}" else name.partition("/")[0]) in names

    here = {name: path for name, path in source_files().items() if counts(name)}
    found = (
        path
        for part in ("data", *CODE)
        for path in ([then / part] if (then / part).is_file() else (then / part).rglob("*"))
    )
    files = (path.relative_to(then).as_posix() for path in found if path.is_file() and "__pycache__" not in path.parts)
    there = {name for name in files if counts(name)}
    return here.keys() != there or any((then / name).read_bytes() != path.read_bytes() for name, path in here.items())


def _set(given: Parameters) -> dict[str, dict[str, Any]]:
    return {notebook: dict(values) for notebook, values in given.items() if values}


def _known(given: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The parameters of notebooks that still exist and still have them."""
    declared = {path.stem: parameters.declared(path) for path in all_notebooks()}
    kept = {
        notebook: {name: value for name, value in values.items() if name in declared[notebook]}
        for notebook, values in given.items()
        if notebook in declared
    }
    return _set(kept)


def _code_of_now(
    then: Then, earlier: Path, folder: Path, *, jobs: int, cell_seconds: int
) -> tuple[Snapshot, set[str], str]:
    """The results of the code of now on the data of then, with the parameters of then; the notebooks that fail on these, and why.

    Tables that did not exist then are those of now, and the data package is described as the code of now does.
    """
    copy_sources(folder)
    shutil.copytree(then.snapshot.data, folder / "data", ignore=shutil.ignore_patterns(*OF_NOW), dirs_exist_ok=True)
    # What it refuses of the old data does not matter here: the build checks what it needs.
    run_command(folder, "check", "--write")
    scenario, variant = "", paths.Variant()
    if given := _known(_set(then.given)):
        scenario, variant = f"scenarios/{THEN}.yaml", paths.Variant(THEN)
        content = {"title": "Then", "description": "The parameters of then.", "notebooks": given}
        (folder / scenario).write_text(yaml.safe_dump(content), encoding="utf-8")
    between = Snapshot("", "", folder / variant.results.relative_to(paths.ROOT), folder / "data")
    try:
        make_results(folder, earlier, scenario, jobs=jobs, cell_seconds=cell_seconds)
    except SiteError as error:
        return between, _of_other_data(between), str(error)
    return between, set(), ""


def _of_other_data(snapshot: Snapshot) -> set[str]:
    """The notebooks whose results were made of other data than those that are there."""
    root = snapshot.data.parent
    now = freshness.hashes(freshness.tree(snapshot.data), root)
    return {
        name
        for name, run in snapshot.notebooks().items()
        if any(now.get(file) != checksum for file, checksum in run["data"].items())
    }


def causes(
    then: Then, now: Snapshot, given: Parameters, *, jobs: int, cell_seconds: int, announce: Announce
) -> MovedBy:
    """What the code moved, and what the data and the parameters moved, from then to now.

    Parameters
    ----------
    then : Then
        What was.
    now : Snapshot
        The results of the code and data that are here.
    given : mapping
        The parameters with which they were made, by notebook.
    jobs, cell_seconds, announce
        As for `build`.

    Returns
    -------
    dict
        code, data: the `keys` of the values and verdicts that each moved. Those of a notebook that sums up a sweep are in neither, because
        sweeps are not made again, nor are those of a notebook that fails on the data of then; untold says which fail, and why. Where
        all fail, untold alone.
    """
    left_out = {path.stem for path in all_notebooks() if READS_SWEEP.search(path.read_text(encoding="utf-8"))}

    def moved(old: Snapshot, new: Snapshot) -> list[str]:
        return sorted(key for key in keys(changes_between(old, new)) if key.partition("/")[0] not in left_out)

    data = _differ(then.sources, ("data",)) or _set(then.given) != _set(given)
    code = _differ(then.sources, CODE)
    if not (data and code):
        every = moved(then.snapshot, now)
        return {"code": every if code else [], "data": every if data else []}
    announce("the code of now on the data of then", 0, 1)
    paths.BUILD.mkdir(exist_ok=True)
    with staging(paths.BUILD, ".causes-") as folder:
        times = {"jobs": jobs, "cell_seconds": cell_seconds}
        between, failed, why = _code_of_now(then, now.results, folder / "between", **times)
        if why and failed >= between.notebooks().keys():
            return {"untold": why}
        left_out |= failed
        told: MovedBy = {"code": moved(then.snapshot, between), "data": moved(between, now)}
        return told | ({"untold": f"in {', '.join(sorted(failed))}, because {why}"} if why else {})


def causes_since(
    edition: FrozenEdition,
    variant: paths.Variant,
    given: Parameters,
    *,
    keep: bool = True,
    jobs: int,
    cell_seconds: int,
    announce: Announce,
) -> dict[str, Any]:
    """Compare the results of a variant, which are up to date, with a frozen edition, and keep for its pages what moved each.

    Parameters
    ----------
    edition, variant
    keep : bool
        Whether the edition is the last before the variant, with which its pages compare it.
    given, jobs, cell_seconds, announce
        As for `causes`.

    Returns
    -------
    dict
        As `changes_between`, with the causes of each value and verdict.
    """
    old, now = edition.snapshot(), Snapshot("", "now", variant.results, paths.DATA)
    then = Then(old, edition.folder() / "source", edition.manifest["edition"].get("parameters", {}))
    state = state_of(variant)
    moved_by = known_causes(variant.causes, edition, state)
    if not moved_by or "untold" in moved_by:
        moved_by = causes(then, now, given, jobs=jobs, cell_seconds=cell_seconds, announce=announce)
        if keep and "code" in moved_by:
            keep_causes(variant.causes, edition, moved_by, state)
    return name_causes(changes_between(old, now), moved_by)
