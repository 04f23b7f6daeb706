"""Evidence that is added later makes no test fail: a test names the day of what it expects, and never takes the latest."""

import os
import shutil
import subprocess
import sys

import pytest
from conftest import ROOT, at_root
from later_evidence import add_later_evidence

from tourmaline import data
from tourmaline.data.check import check_all

# The tests that read the evidence; those on the reconstruction name their analyses.
EVIDENCE_TESTS = (
    "across_trials",
    "data_files",
    "editions",
    "evidence",
    "odd_parameters",
    "outcomes",
    "scenarios",
    "treatment_given",
)


@pytest.fixture
def later(project):
    """A copy of the project with its tests, a fourth trial and later results."""
    shutil.copytree(ROOT / "tests", project / "tests", ignore=shutil.ignore_patterns("__pycache__", "validator"))
    add_later_evidence(project / "data")
    return project


def test_the_later_evidence_is_well_formed_and_stands_where_the_latest_is_asked_for(later):
    with at_root(later):
        check_all()
        core = data.trials().query("tier == 'core'")["name"]
        chosen, missing = data.known_by("latest").select_analyses(list(core), "os")
    assert (
        chosen.set_index("name")["analysis"].to_dict()
        | {  # and whatever trials are added later
            "TOURMALINE-MM1": "tourmaline-mm1.os.later",
            "ASPIRE": "aspire.os.later",
            "ELOQUENT-2": "eloquent-2.os.final",
            "BOREALIS": "borealis.os.interim",
        }
        == chosen.set_index("name")["analysis"].to_dict()
    )
    assert missing == []


def test_no_curve_is_made_of_a_hazard_ratio_alone(later):
    with at_root(later):
        evidence = data.known_by("latest")
        chosen, _ = evidence.select_analyses(["ASPIRE", "BOREALIS"], "pfs")
        reported, others = evidence.printed_curves(chosen)
    assert chosen["analysis"].tolist() == ["aspire.pfs.later", "borealis.pfs.primary"]
    assert (list(reported), others) == (["BOREALIS"], ["ASPIRE"])


@pytest.mark.slow
def test_the_tests_of_the_evidence_pass_whatever_evidence_is_added_later(later, tmp_path):
    files = [f"tests/test_{name}.py" for name in EVIDENCE_TESTS]
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-m", "not slow"),
            f"--basetemp={tmp_path / 'temporary'}",  # the workers of this run clear the usual one
            *files,
            "tourmaline/data",
        ],
        cwd=later,
        env={**os.environ, "PYTHONPATH": str(later)},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stdout
