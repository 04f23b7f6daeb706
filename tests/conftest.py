"""Fixtures of all tests: a copy of the project to break, its command, and reports that are built once for all of them."""

import contextlib
import math
import os
import re
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import CompletedProcess

import nbformat
import pytest
import small_report
import yaml
from click.testing import CliRunner
from hypothesis import settings

from tourmaline.cli import main
from tourmaline.data.forgetting import forget_data
from tourmaline.errors import LockError
from tourmaline.pipeline import project_check  # noqa: F401  it holds a path when it is imported
from tourmaline.pipeline.editions import registry  # noqa: F401  likewise
from tourmaline.pipeline.lock import locked
from tourmaline.pipeline.sweeps import book  # noqa: F401  likewise
from tourmaline.statistics.reconstruction import ensemble
from tourmaline.statistics.reconstruction.search import local_search

ROOT = Path(__file__).resolve().parents[1]
# What is generated, and what only an edition or a test needs; at the root alone, because tourmaline/results is source.
NOT_COPIED = (".*", "results", "_build", "*.lock", "runs", "editions", "tests")

settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")


def _not_copied(folder: str, names: list[str]) -> set[str]:
    patterns = NOT_COPIED if Path(folder) == ROOT else ("__pycache__",)
    return shutil.ignore_patterns(*patterns)(folder, names)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--site", type=Path, help="a built site to look at, instead of one that the tests build")


def _sample(items: list[pytest.Item]) -> None:
    """Leave to `make quick` as many tests of each family as its mark `sampled` says, evenly spaced."""
    families: dict[tuple[Path, str], list[pytest.Item]] = {}
    for item in items:
        if item.get_closest_marker("sampled"):
            families.setdefault((item.path, item.originalname), []).append(item)
    for family in families.values():
        (number,) = family[0].get_closest_marker("sampled").args
        for item in [one for place, one in enumerate(family) if place % math.ceil(len(family) / number)]:
            item.add_marker("seconds")


@pytest.hookimpl(tryfirst=True)  # before tests are left out by their marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that have slow tests: where one worker waits for the other at the end, only short ones are left."""
    _sample(items)
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


@pytest.fixture
def brief(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the search for patients give up early: numbers that none can give are named as after the whole search.

    The whole one ends so in `test_conflict_names_the_followup_of_both_arms`; `test_numbers_of_true_patients_are_met` has what only
    the whole one finds.
    """
    few = {"DISTANCES": (0.1,), "WIDE_ROUNDS": 1, "WIDE_DRAWS": 20, "LONG_IMPROVED": 1, "LONG_ROUNDS": 100}
    for name, value in few.items():
        monkeypatch.setattr(ensemble, name, value)
    monkeypatch.setattr(local_search, "CANDIDATES", 8)


@pytest.fixture(scope="session")
def site(request: pytest.FixtureRequest) -> Path:
    """The site of the whole book: for reading only."""
    given = request.config.getoption("--site")
    return given.resolve() if given else request.getfixturevalue("built_project") / "_build" / "html"


@pytest.fixture(scope="session")
def built_site(request: pytest.FixtureRequest) -> None:
    """Skip what looks at every page of a built site, unless one is given."""
    if not request.config.getoption("--site"):
        pytest.skip("make check-pages looks at the site that make book built")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the project, without what is generated, that a test may break."""
    return Path(shutil.copytree(ROOT, tmp_path / "project", ignore=_not_copied))


@contextlib.contextmanager
def at_root(folder: Path) -> Iterator[None]:
    """Let every module see a copy of the project as the project."""
    with pytest.MonkeyPatch.context() as patch:
        for name, module in list(sys.modules.items()):
            if name.partition(".")[0] == "tourmaline":
                for key, value in list(vars(module).items()):
                    if isinstance(value, Path) and value.is_relative_to(ROOT):
                        patch.setattr(module, key, folder / value.relative_to(ROOT))
        patch.chdir(folder)
        forget_data()
        try:
            yield
        finally:
            forget_data()
    for name, module in list(sys.modules.items()):  # one that was imported meanwhile would keep the copy for good
        if name.partition(".")[0] == "tourmaline":
            left = [
                key for key, value in vars(module).items() if isinstance(value, Path) and value.is_relative_to(folder)
            ]
            assert not left, f"{name} derives {left} when it is imported: import it in conftest.py"


@pytest.fixture
def tourmaline(project: Path) -> Callable[..., CompletedProcess[str]]:
    """The command `tourmaline` of the copied project, in this process: `tourmaline("check", "--json")`.

    Starting Python and importing pandas takes longer than most of what is tested. Code that a test changes in its copy
    needs a process of its own: `small_report.command`.
    """

    def run(*args: str) -> CompletedProcess[str]:
        with at_root(project):
            done = CliRunner().invoke(main, args, prog_name="tourmaline")
        if done.exception and not isinstance(done.exception, SystemExit):
            raise done.exception
        return CompletedProcess(args, done.exit_code, done.stdout, small_report.PROGRESS.sub("", done.stderr))

    return run


# --- reports that are built once for all tests, because a build takes long


def _made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """The folder `name`, which the first of pytest's workers that asks makes, while the others wait."""
    shared = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    made = shared / name
    while True:
        try:
            with locked(shared / f"{name}.lock", f"the making of {name}"):
                if not (shared / f"{name}.made").exists():
                    shutil.rmtree(made, ignore_errors=True)
                    make(made)
                    (shared / f"{name}.made").touch()
                return made
        except LockError:
            time.sleep(0.2)


# What a short book is made of. Every notebook, page and sweep of it runs to its end; `make book` runs them with everything.
# The numbers of the trial's own analyses are tested as they are published, so their notebooks keep their draws.
FEW_DRAWS = "draws: Draws = 30 "
FEW_SETS = 'sets: PublicSets = ["gbsg2", "lung"] '


def _shorten(project: Path) -> None:
    """Leave a few runs of each sweep, a few draws of each notebook, and a few of the public sets: all take minutes."""
    for file in (project / "scenarios").glob("*.yaml"):
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
        if "publish" in content:
            grids = content["grid"] if isinstance(content["grid"], list) else [content["grid"]]
            content["grid"] = [_few(grid) for grid in grids]
            file.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    for path in (project / "notebooks").glob("*.ipynb"):
        notebook = nbformat.read(path, as_version=4)
        for cell in notebook.cells:
            for declared, shorter in (
                (r"draws: Draws = \d+ ", FEW_DRAWS),
                (r'sets: PublicSets = \["all"\] ', FEW_SETS),
            ):
                cell.source = re.sub(f"^{declared}", shorter, cell.source, flags=re.MULTILINE)
        nbformat.write(notebook, path)


def _few(grid: dict[str, list]) -> dict[str, list]:
    """Two values of the first choice that there is, every date, for an early edition has only its own, and one of each other."""
    two = [name for name, values in grid.items() if len(values) > 1][:1]
    return {name: values if name == "as_of" else values[: 2 if name in two else 1] for name, values in grid.items()}


@pytest.fixture(scope="session")
def built_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project as a short book after one `tourmaline build`: for reading only.

    It is built anew also where the project itself was built, so that the tests see and take the same before and after `make book`.
    """

    def make(project: Path) -> None:
        shutil.copytree(ROOT, project, ignore=_not_copied)
        _shorten(project)
        done = small_report.command(project, "build")
        assert done.returncode == 0, done.stderr

    return _made_once(tmp_path_factory, "book", make)


@pytest.fixture(scope="session")
def built_small_report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small report after one `tourmaline build`: for reading only."""

    def make(project: Path) -> None:
        shutil.copytree(ROOT, project, ignore=_not_copied)
        small_report.write_small_report(project)
        done = small_report.command(project, "build")
        assert done.returncode == 0, done.stderr

    return _made_once(tmp_path_factory, "small", make)


@pytest.fixture
def report(built_small_report: Path, tmp_path: Path) -> Path:
    """A copy of the small report, built, that a test may break."""
    return Path(shutil.copytree(built_small_report, tmp_path / "report"))
