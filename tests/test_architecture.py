"""The import contracts hold, and what is committed is source."""

import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).resolve().parents[1]


def run(*command):
    return subprocess.run(list(map(str, command)), cwd=ROOT, capture_output=True, encoding="utf-8", check=False)


def test_the_packages_import_only_what_they_may():
    done = run(Path(sys.executable).with_name("lint-imports"), "--no-cache")
    assert done.returncode == 0, done.stdout
    assert "0 broken" in done.stdout


def test_no_notebook_is_committed_with_outputs():
    notebooks = sorted((ROOT / "notebooks").glob("*.ipynb"))
    assert notebooks
    for path in notebooks:
        for cell in nbformat.read(path, as_version=4).cells:
            assert not cell.get("outputs"), path
            assert cell.get("execution_count") is None, path


def test_no_module_is_a_drawer_for_everything():
    sources = [path for room in ("tourmaline", "tests") for path in (ROOT / room).rglob("*.py")]
    assert len(sources) > 30
    assert not {path.stem for path in sources} & {"utils", "util", "helpers", "helper", "common", "misc", "tools"}


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="no git checkout")
def test_git_ignores_no_source():
    sources = [
        *(ROOT / "tourmaline").rglob("*.py"),
        *(ROOT / "tests").rglob("*.py"),
        *(ROOT / "notebooks").glob("*.ipynb"),
    ]
    ignored = run("git", "check-ignore", *sources).stdout.split()
    assert ignored == []
