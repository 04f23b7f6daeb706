"""Freeze an edition: build its variant of the report, and keep sources, results and site as one archive for good."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tourmaline import paths
from tourmaline.edition import Edition
from tourmaline.errors import ParameterError, SiteError
from tourmaline.pipeline import freshness
from tourmaline.pipeline.build import Announce, Report, build
from tourmaline.pipeline.causes import causes_since
from tourmaline.pipeline.editions.archive import file_list, pack, stored_once
from tourmaline.pipeline.editions.declared import Declared, declared_editions
from tourmaline.pipeline.editions.known_causes import keep_causes, known_causes, state_of
from tourmaline.pipeline.editions.registry import frozen_editions, manifest_file
from tourmaline.pipeline.editions.sealing import reasons_to_refuse, refuse_to_seal
from tourmaline.pipeline.processes import Processes
from tourmaline.pipeline.scenarios import Scenario
from tourmaline.pipeline.sources import run_command, source_files, workshop_files
from tourmaline.pipeline.staging import staging


def unfrozen() -> list[Declared]:
    """The declared editions that are not frozen here."""
    frozen = {edition.date for edition in frozen_editions()}
    return [edition for edition in declared_editions() if edition.date not in frozen]


def freeze(
    edition: Declared, *, limits: Mapping[str, int], jobs: int, announce: Announce, force: bool = False
) -> Report:
    """Freeze an edition, from the data and code that are here or from those of its tag.

    Parameters
    ----------
    edition : Declared
        The edition.
    limits, jobs, announce
        As for `build`.
    force : bool
        Whether to freeze it despite a reason to refuse it (`sealing.reasons_to_refuse`); the manifest records the reason.

    Returns
    -------
    Report
        What its build did; if a notebook failed, nothing is frozen.

    Raises
    ------
    ParameterError
        If it is frozen already, or there is a reason to refuse it.
    SiteError
        If its tag does not exist, or does not build.
    """
    if manifest_file(edition.date).exists():
        raise ParameterError(
            f"the edition of {edition.date} is frozen already",
            where=paths.relative(manifest_file(edition.date)),
            remedy="An edition is permanent: give the next one another date.",
        )
    if edition.tag:
        paths.EDITIONS.mkdir(exist_ok=True)
        announce(f"the edition of {edition.date}, from {edition.tag}", 0, 1)
        _freeze_at_tag(edition, limits, jobs)
        return Report()
    scenario = edition.variant()
    reasons = reasons_to_refuse(edition, scenario)
    if not force:
        refuse_to_seal(edition, reasons)
    paths.EDITIONS.mkdir(exist_ok=True)
    shutil.rmtree(scenario.variant.site, ignore_errors=True)  # an earlier attempt may have left one of other sources
    with Processes(jobs) as processes:
        options = {"limits": limits, "processes": processes, "scenario": scenario, "announce": announce}
        report = build(**options, results_only=True)
        if not report.errors:
            for before in frozen_editions(before=edition.date)[-1:]:
                times = {"jobs": jobs, "cell_seconds": limits["cell"], "announce": announce}
                causes_since(before, scenario.variant, scenario.given, **times)
            again = build(**options)  # the site, which shows them
            report.steps += again.steps[-1:]
            report.errors += again.errors
    if not report.errors:
        announce(f"the archive of {edition.date}", 1, 1)
        _write(edition, scenario, [what for what, _ in reasons])
        shutil.rmtree(scenario.variant.folder)
    return report


def _write(edition: Declared, scenario: Scenario, forced: list[str]) -> None:
    variant = scenario.variant
    files = {f"source/{name}": path for name, path in (source_files() | workshop_files()).items()}
    for name, folder in (("results", variant.results), ("site", variant.site)):
        files |= {f"{name}/{path.relative_to(folder).as_posix()}": path for path in freshness.tree(folder)}
    this = scenario.edition
    about = vars(this) | {"scenario": edition.scenario, "parameters": scenario.given}
    about |= {"forced": forced} if forced else {}
    with staging(paths.EDITIONS, ".freeze-") as folder:
        files[f"source/{paths.FROZEN_NOTE.name}"] = _write_note(folder / "note", this)
        for before in frozen_editions(before=edition.date)[-1:]:
            if moved_by := known_causes(variant.causes, before, state_of(variant)):
                files[variant.causes.name] = keep_causes(folder / variant.causes.name, before, moved_by)
        earlier = ((one.date, one.manifest["files"]) for one in frozen_editions(before=edition.date))
        packed, listed = folder / f"{edition.date}.tar.xz", stored_once(file_list(files), earlier)
        checksum = pack(files, listed, packed)
        manifest: dict[str, Any] = {
            "edition": about,
            "archive": {"path": packed.name, "bytes": packed.stat().st_size, "sha256": checksum},
            "files": listed,
        }
        written = folder / f"{edition.date}.json"
        written.write_text(json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        packed.replace(paths.EDITIONS / packed.name)
        written.replace(paths.EDITIONS / written.name)  # the last: with it the edition is frozen


def _write_note(target: Path, edition: Edition) -> Path:
    """Write what git cannot say about unpacked sources, so that they give the same bytes again."""
    note = {
        "commit": edition.commit,
        "modified": edition.modified,
        "earlier": {one.date: one.checksum for one in frozen_editions(before=edition.date)},
        "files": {name: freshness.file_hash(path) for name, path in source_files().items()},
    }
    target.write_text(json.dumps(note, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    return target


def _git(*arguments: str) -> None:
    try:
        subprocess.run(["git", "-C", str(paths.ROOT), *arguments], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        said = getattr(error, "stderr", "") or str(error)
        raise SiteError(
            f"git cannot give the data and code of the edition: {said.strip().splitlines()[-1]}",
            where=paths.relative(paths.DECLARED_EDITIONS),
            remedy="Name a tag or commit that is here (git fetch --tags), or leave the tag out.",
        ) from None


def freeze_there(there: Path, edition: Declared, limits: Mapping[str, int], jobs: int, **environment: str) -> str:
    """Let the sources in another folder freeze an edition there, in the environment of this one; says what went wrong."""
    options = ["--here", "--title", edition.title, "--scenario", edition.scenario, "--jobs", str(jobs)]
    return run_command(there, "edition", edition.date, *options, "--timeout", str(limits["cell"]), **environment)


def _freeze_at_tag(edition: Declared, limits: Mapping[str, int], jobs: int) -> None:
    """Let the code of then freeze the data of then, in a worktree of its own."""
    with staging(paths.EDITIONS, ".tag-") as folder:
        there = folder / "checkout"
        _git("worktree", "add", "--detach", "--", str(there), edition.tag)
        try:
            shutil.copytree(paths.EDITIONS, there / "editions", ignore=shutil.ignore_patterns(".*"))
            if said := freeze_there(there, edition, limits, jobs):
                raise SiteError(
                    f"the edition of {edition.date} cannot be frozen at {edition.tag}\n  {said}",
                    where=paths.relative(paths.DECLARED_EDITIONS),
                    remedy="It is made by the code of then: see that it builds there.",
                )
            for ending in (".tar.xz", ".json"):
                Path(there / "editions" / f"{edition.date}{ending}").replace(paths.EDITIONS / f"{edition.date}{ending}")
        finally:
            _git("worktree", "remove", "--force", str(there))
