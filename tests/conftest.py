"""Fixtures of all tests: a copy of the project to break, and its command."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parents[1]
NOT_COPIED = (".*", "results", "_build", "runs", "tests", "benchmarks", "__pycache__")

settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the project, without what is generated, that a test may break."""
    return Path(shutil.copytree(ROOT, tmp_path / "project", ignore=shutil.ignore_patterns(*NOT_COPIED)))


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
