"""The book with a reader's digitised curve: every page is built, and the pages of that curve use it."""

import json
import re
import shutil
from pathlib import Path

import pytest
from small_report import command

ANALYSIS = "tourmaline-mm1.pfs.primary"
FOLLOWING = {"progression_free_survival", "second_analysis", "progression_and_response"}
COMPARING = {"proportional_hazards", "sister_curves", "side_by_side", "lessons_survival"}


@pytest.mark.slow
def test_the_example_of_the_documents_is_built_whole(built_project, tmp_path):
    project = Path(
        shutil.copytree(built_project, tmp_path / "project", ignore=shutil.ignore_patterns("html", "*.lock"))
    )
    example = (project / "data" / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^ *((?:control|experimental),[0-9].+)$", example, re.MULTILINE)
    curves = project / "data" / "digitised" / f"{ANALYSIS}.csv"
    curves.parent.mkdir()
    curves.write_text("arm,month,survival\n" + "\n".join(rows) + "\n", encoding="utf-8")
    before = {path.parent.name: set(json.loads(path.read_text())) for path in project.glob("results/*/values.json")}
    done = command(project, "build", "--keep-sweeps", "--json")
    assert done.returncode == 0, done.stderr
    steps = {step["name"]: step for step in json.loads(done.stdout)["steps"]}
    for name in FOLLOWING | COMPARING:
        assert steps[name]["did"] == "ran", name
    assert steps["cross_trial"]["did"] == "reused"
    for path in project.glob("results/*/values.json"):  # no page misses a value
        assert set(json.loads(path.read_text())) == before[path.parent.name], path.parent.name
    found = (project / "results" / "proportional_hazards" / "figures" / "early_ratios.json").read_text(encoding="utf-8")
    assert "TOURMALINE-MM1, level 4: digitised curve" in found
