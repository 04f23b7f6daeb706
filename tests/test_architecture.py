"""The import contracts hold, what is committed is source, and the published workflow is the whole gate."""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
import yaml

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


LONGEST_CELL = 12  # lines of code; imports and parameters aside


@pytest.mark.parametrize("path", sorted((ROOT / "notebooks").glob("*.ipynb")), ids=lambda path: path.stem)
def test_the_cells_of_a_notebook_are_short_and_each_stands_after_its_paragraph(path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    assert cells[0]["cell_type"] == "markdown"
    sources = ["".join(cell["source"]) for cell in cells]
    begun = next(place for place, source in enumerate(sources) if "results.start(" in source)
    for place in range(begun, len(cells)):
        if cells[place]["cell_type"] != "code":
            continue
        lines = [line for line in sources[place].splitlines() if line.strip() and not line.lstrip().startswith("#")]
        assert len(lines) <= LONGEST_CELL, f"cell {place + 1} has {len(lines)} lines:\n{sources[place]}"
        if place > begun:
            assert cells[place - 1]["cell_type"] == "markdown", (
                f"no paragraph before cell {place + 1}:\n{sources[place]}"
            )


def test_no_module_is_a_drawer_for_everything():
    sources = [path for room in ("tourmaline", "tests") for path in (ROOT / room).rglob("*.py")]
    assert len(sources) > 30
    assert not {path.stem for path in sources} & {"utils", "util", "helpers", "helper", "common", "misc", "tools"}


def named_parameters(docstring):
    """The names under 'Parameters' of a docstring in numpy's form."""
    _, _, rest = docstring.partition("\nParameters\n----------\n")
    section = re.split(r"^\w[\w ]*\n-{3,}$", rest, maxsplit=1, flags=re.MULTILINE)[0]
    lines = re.findall(r"^(\*{0,2}\w+(?:, \*{0,2}\w+)*)(?: : |$)", section, re.MULTILINE)
    return {name.strip(" *") for line in lines for name in line.split(",")}


def modules():
    """Each module of the library by its dotted name, with its syntax tree; commands aside, whose names are what a user types."""
    for path in sorted((ROOT / "tourmaline").rglob("*.py")):
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        if not name.startswith("tourmaline.cli"):
            yield name, ast.parse(path.read_text(encoding="utf-8"))


def used_elsewhere(tree):
    """(module, name) of each name that a module imports from another one, or reaches through it."""
    imported = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            for one in node.names:
                imported[one.asname or one.name] = f"{node.module}.{one.name}"
                yield node.module, one.name
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in imported:
            yield imported[node.value.id], node.attr


@pytest.mark.seconds
def test_two_things_never_share_a_name():
    trees = dict(modules())
    used = {pair for tree in trees.values() for pair in used_elsewhere(tree)}
    homes = {}
    for module, tree in trees.items():
        for node in tree.body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                names = [node.name]
            elif isinstance(node, ast.Assign | ast.AnnAssign):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                # What one module alone uses is read beside it.
                names = [name.id for name in targets if isinstance(name, ast.Name) and (module, name.id) in used]
            else:
                continue
            for name in names:
                homes.setdefault(name, set()).add(module)
    assert len(homes) > 1000
    asked_for = {"setup", "main"}  # by Sphinx of an extension, and what a module does as a program
    shared = {
        name: sorted(found)
        for name, found in homes.items()
        if len(found) > 1 and not name.startswith("_") and name not in asked_for
    }
    assert shared == {}


@pytest.mark.seconds
def test_the_parameters_that_a_docstring_names_are_those_of_the_function():
    wrong, seen = [], 0
    for path in (ROOT / "tourmaline").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and (named := named_parameters(ast.get_docstring(node) or "")):
                given, seen = node.args, seen + 1
                own = {
                    one.arg
                    for one in (*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg)
                    if one
                }
                wrong += [f"{path.relative_to(ROOT)}, {node.name}: {name}" for name in named - own]
    assert seen > 300
    assert wrong == []


@pytest.mark.seconds
def test_what_reads_no_table_does_not_wait_for_pandas():
    """One changed parameter starts three processes: that of the command, that of the pages and that of the run."""
    names = ["tourmaline.pipeline.site", "tourmaline.pipeline.runner", "tourmaline.pipeline.moved"]
    names += [f"tourmaline.sphinx_ext.{path.stem}" for path in (ROOT / "tourmaline" / "sphinx_ext").glob("[!_]*.py")]
    code = "import importlib, sys; [importlib.import_module(name) for name in sys.argv[1:]]; sys.exit('pandas' in sys.modules)"
    assert run(sys.executable, "-c", code, *names).returncode == 0


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="no git checkout")
def test_git_ignores_no_source():
    sources = [
        *(ROOT / "tourmaline").rglob("*.py"),
        *(ROOT / "tests").rglob("*.py"),
        *(ROOT / "notebooks").glob("*.ipynb"),
    ]
    ignored = run("git", "check-ignore", *sources).stdout.split()
    assert ignored == []


def steps():
    workflow = ROOT / ".github" / "workflows" / "pages.yml"
    return yaml.safe_load(workflow.read_text(encoding="utf-8"))["jobs"]["build"]["steps"]


def test_the_published_workflow_runs_all_that_must_hold_before_a_change_lands():
    gate = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    commands = re.findall(r"^(?:make|\.venv/bin/tourmaline|\.ci/)\S*(?: [^#>\n]*[^#>\s])?", gate, re.MULTILINE)
    assert len(commands) >= 8
    run_there = [line.strip() for step in steps() for line in step.get("run", "").splitlines()]
    for command in commands:
        assert any(line == command or line.startswith(f"{command} |") for line in run_there), command


@pytest.mark.seconds
def test_tests_that_passed_are_taken_as_passed_only_where_prose_alone_differs(project):
    (step,) = [step for step in steps() if step.get("id") == "state"]
    for name in (".ci", ".github"):
        shutil.copytree(ROOT / name, project / name)
    (project / "editions").mkdir()
    (project / "editions" / "2016-04-28.json").touch()
    subprocess.run(["git", "init", "-q"], cwd=project, check=True)

    def key():
        subprocess.run(["git", "add", "."], cwd=project, check=True)
        environment = {**os.environ, "GITHUB_OUTPUT": str(project / ".git" / "output")}
        subprocess.run(["bash", "-e", "-c", step["run"]], cwd=project, env=environment, check=True)
        (project / "state.txt").unlink()
        return (project / ".git" / "output").read_text().split()[-1]

    first = key()
    assert re.fullmatch(r"key=tests-[0-9a-f]{64}", first)
    for name in ("book/evidence/cross_trial.md", "book/summary.md", "index.md", "CHANGELOG.md"):
        with (project / name).open("a") as file:
            file.write("More.\n")
        assert key() == first, name
    seen = {first}
    for name in (
        *(
            "_toc.yml",
            "_config.yml",
            "Makefile",
            "README.md",
            "editions.yaml",
            "editions/2016-04-28.json",
            "binder/postBuild",
        ),
        *("book/learn/intervals.md", "book/learn/courses.yml", "book/static/report.css", "docs/architecture.md"),
        *(
            ".ci/run",
            ".github/workflows/pages.yml",
            "data/report.toml",
            "notebooks/response.ipynb",
            "tourmaline/paths.py",
        ),
    ):
        with (project / name).open("a") as file:
            file.write("\n")
        assert key() not in seen, name
        seen.add(key())
