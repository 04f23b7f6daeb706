"""What differs from a commit, and whether its data or its code moved each value."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from tourmaline import paths
from tourmaline.errors import SiteError
from tourmaline.pipeline.build import Announce
from tourmaline.pipeline.causes import Then, causes, make_results
from tourmaline.pipeline.editions.changes import Snapshot, changes_between, name_causes
from tourmaline.pipeline.staging import staging
from tourmaline.version_control import commit_of, git

CHANGES = "changes-since-commit.json"  # in _build/


@contextmanager
def _checked_out(commit: str, place: Path) -> Iterator[Path]:
    git("worktree", "add", "--detach", "--", str(place), commit)
    try:
        yield place
    finally:
        git("worktree", "remove", "--force", str(place))


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
    options = {"jobs": jobs, "cell_seconds": cell_seconds}
    with _checked_out(commit, folder / "then") as then:
        announce(f"the results at commit {commit}", 0, 1)
        try:
            make_results(then, folder / "results", **options)
        except SiteError as error:
            raise SiteError(
                f"the sources of commit {commit} give no results here\n  {error}",
                remedy="They run in the environment of now. Name a later commit, or make its environment and compare with `tourmaline diff`.",
            ) from error
        before = Snapshot("", f"commit {commit}", then / "results", then / "data")
        moved_by = causes(Then(before, then), now, {}, announce=announce, **options)
        found = name_causes(changes_between(before, now), moved_by)
    text = json.dumps(found, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    (paths.BUILD / CHANGES).write_text(text, encoding="utf-8")
    return found
