"""What differs from a commit, and whether its data or its code moved each value: the results are made again with one of both held."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from tourmaline import paths
from tourmaline.errors import ParameterError, SiteError
from tourmaline.pipeline.build import Announce
from tourmaline.pipeline.editions.changes import Snapshot, changes_between, name_causes
from tourmaline.pipeline.sources import copy_sources, run_command, source_files
from tourmaline.pipeline.staging import staging
from tourmaline.version_control import git, is_checkout

CHANGES = "changes-since-commit.json"  # in _build/
CODE = ("tourmaline", "notebooks", "scenarios", "requirements.txt")


def commit_of(revision: str) -> str:
    """The commit that a revision names, twelve digits.

    Raises
    ------
    ParameterError
        If git does not know it, or the project is not a checkout.
    """
    if not is_checkout():
        raise ParameterError(
            "this folder is not a git checkout", remedy="Clone the repository to compare with a commit."
        )
    found = git("rev-parse", "--verify", "--quiet", "--short=12", "--end-of-options", f"{revision}^{{commit}}")
    if not found:
        raise ParameterError(
            f"git does not know the commit {revision!r}",
            remedy="`git log --oneline` lists commits; a tag or a branch is right too.",
        )
    return found


@contextmanager
def _checked_out(commit: str, place: Path) -> Iterator[Path]:
    git("worktree", "add", "--detach", "--", str(place), commit)
    try:
        yield place
    finally:
        git("worktree", "remove", "--force", str(place))


def _make_results(there: Path, earlier: Path, jobs: int, cell_seconds: int) -> None:
    """Make the results that the sources in another folder give, from earlier ones where they are still true."""
    if earlier.exists():
        shutil.copytree(earlier, there / "results")
    options = ["--results-only", "--keep-sweeps", "--jobs", str(jobs), "--timeout", str(cell_seconds)]
    if said := run_command(there, "build", *options):
        raise SiteError(said)


def _differ(then: Path, names: tuple[str, ...]) -> bool:
    """Whether the source files of these names, or below folders of these names, differ from those in another folder."""
    here = {name: path for name, path in source_files().items() if name.partition("/")[0] in names}
    there = {
        path.relative_to(then).as_posix()
        for name in names
        for path in ([then / name] if (then / name).is_file() else (then / name).rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }
    return here.keys() != there or any((then / name).read_bytes() != path.read_bytes() for name, path in here.items())


def _lay_out(place: Path, data: Path) -> Snapshot:
    """The sources that are here, with other data."""
    copy_sources(place, data=False)
    shutil.copytree(data, place / "data")
    return Snapshot("", "the code of now on the data of then", place / "results", place / "data")


@contextmanager
def comparison_with(
    revision: str, *, jobs: int, cell_seconds: int, announce: Announce
) -> Iterator[Callable[[], dict[str, Any]]]:
    """Keep the results of the last build, which often are those of the commit; yields what compares the new ones with the commit's.

    Raises
    ------
    ParameterError
        For a revision that git does not know.
    """
    commit = commit_of(revision)
    paths.BUILD.mkdir(exist_ok=True)
    with staging(paths.BUILD, ".since-") as folder:
        if paths.RESULTS.exists():
            shutil.copytree(paths.RESULTS, folder / "results")
        yield partial(_changes_since, commit, folder, jobs, cell_seconds, announce)


def _changes_since(commit: str, folder: Path, jobs: int, cell_seconds: int, announce: Announce) -> dict[str, Any]:
    """Compare the results with those that the sources of a commit give in this environment.

    Where both data and code differ, the code of now also runs on the data of then: what it gives already was moved by the code,
    the rest by the data.

    Returns
    -------
    dict
        As `changes_between`, with the causes of each value and verdict; also written to _build/changes-since-commit.json.

    Raises
    ------
    SiteError
        If the sources of the commit do not give results here.
    """
    now = Snapshot("", "now", paths.RESULTS, paths.DATA)
    with _checked_out(commit, folder / "then") as then:
        announce(f"the results at commit {commit}", 0, 2)
        try:
            _make_results(then, folder / "results", jobs, cell_seconds)
        except SiteError as error:
            raise SiteError(
                f"the sources of commit {commit} give no results here\n  {error}",
                remedy="They run in the environment of now. Name a later commit, or make its environment and compare with `tourmaline diff`.",
            ) from error
        before = Snapshot("", f"commit {commit}", then / "results", then / "data")
        found = changes_between(before, now)
        data, code = _differ(then, ("data",)), _differ(then, CODE)
        by_code, by_data = (found if code else None), (found if data else None)
        if data and code:
            announce("the code of now on the data of then", 1, 2)
            between = _lay_out(folder / "between", before.data)
            try:
                _make_results(between.results.parent, before.results, jobs, cell_seconds)
                by_code, by_data = changes_between(before, between), changes_between(between, now)
            except SiteError:  # it does not read those data: what moved a value cannot be told
                by_code = by_data = None
        name_causes(found, by_code, by_data)
    text = json.dumps(found, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    (paths.BUILD / CHANGES).write_text(text, encoding="utf-8")
    return found
