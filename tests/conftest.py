"""Fixtures of all tests: a copy of the project to break, and its command."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import small_report
from hypothesis import settings

ROOT = Path(__file__).resolve().parents[1]
NOT_COPIED = (".*", "results", "_build", "runs", "editions", "tests")  # at the root: tourmaline/results is ours

settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")


def _not_copied(folder: str, names: list[str]) -> set[str]:
    patterns = NOT_COPIED if Path(folder) == ROOT else ("__pycache__",)
    return shutil.ignore_patterns(*patterns)(folder, names)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--site", type=Path, help="a built site to look at, instead of one that the tests build")


@pytest.fixture(scope="session")
def site(request: pytest.FixtureRequest) -> Path:
    """The site of the whole book: for reading only."""
    given = request.config.getoption("--site")
    return given.resolve() if given else request.getfixturevalue("built_project") / "_build" / "html"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the project, without what is generated, that a test may break."""
    return Path(shutil.copytree(ROOT, tmp_path / "project", ignore=_not_copied))


@pytest.fixture
def tourmaline(project: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """The command `tourmaline` of the copied project: `tourmaline("check", "--json")`."""

    def run(*args: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", "from tourmaline.cli import main; main()", *args],
            cwd=project,
            env={**os.environ, "PYTHONPATH": str(project)},
            capture_output=True,
            encoding="utf-8",
            check=False,
        )

    return run


# --- reports that are built once for the whole session, because a build takes long


@pytest.fixture(scope="session")
def built_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project after one `tourmaline build`: for reading only.

    If the project itself was built, the runs of its sweeps are taken from there, as far as they are of the same data and code.
    """
    project = Path(shutil.copytree(ROOT, tmp_path_factory.mktemp("built") / "project", ignore=_not_copied))
    (project / "_build" / "sweeps").mkdir(parents=True)
    for store in (ROOT / "_build" / "sweeps").glob("*.sqlite"):
        shutil.copy(store, project / "_build" / "sweeps")
    done = small_report.command(project, "build")
    assert done.returncode == 0, done.stderr
    return project


@pytest.fixture(scope="session")
def built_small_report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small report after one `tourmaline build`: for reading only."""
    project = Path(shutil.copytree(ROOT, tmp_path_factory.mktemp("small") / "report", ignore=_not_copied))
    small_report.write_small_report(project)
    done = small_report.command(project, "build")
    assert done.returncode == 0, done.stderr
    return project


@pytest.fixture
def report(built_small_report: Path, tmp_path: Path) -> Path:
    """A copy of the small report, built, that a test may break."""
    return Path(shutil.copytree(built_small_report, tmp_path / "report"))
