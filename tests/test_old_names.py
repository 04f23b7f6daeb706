"""Names of earlier editions are understood for one edition, with one line that names the new one."""

import pytest
from small_report import command, write_notebook

from tourmaline import old_names, parameters, paths, results
from tourmaline.errors import ParameterError
from tourmaline.pipeline.notebooks import find_notebook
from tourmaline.pipeline.scenarios import read_scenario
from tourmaline.pipeline.sweeps.definition import read_sweep

NOTEBOOK = paths.NOTEBOOKS / "side_by_side.ipynb"
LINE = "The parameter 'members' is now called 'draws'; the old name will not be understood in the next edition.\n"


@pytest.fixture(autouse=True)
def nobody_was_told_yet():
    parameters._notify.cache_clear()


def written(folder, text):
    path = folder / "mine.yaml"
    path.write_text(f"title: x\n{text}", encoding="utf-8")
    return path


def test_every_old_name_has_given_way_to_one_that_exists():
    known = {name for path in paths.NOTEBOOKS.glob("*.ipynb") for name in parameters.declared(path)}
    assert set(old_names.PARAMETERS.values()) <= known
    assert not set(old_names.PARAMETERS) & known
    assert set(old_names.OLD_NOTEBOOKS.values()) <= {path.stem for path in paths.NOTEBOOKS.glob("*.ipynb")}
    pages = "".join(path.read_text(encoding="utf-8") for path in (paths.ROOT / "book").rglob("*.md"))
    for old, new in old_names.DIRECTIVES.items():
        assert f"{{{new}}}" in pages
        assert f"{{{old}}}" not in pages


def test_an_old_parameter_is_taken_for_the_new_one_and_said_once(capsys):
    for _ in range(2):
        assert parameters.validated(NOTEBOOK, {"members": "50"})["draws"] == 50
    assert capsys.readouterr().err == LINE


def test_an_old_name_of_a_notebook_finds_it_and_says_the_new_one(capsys):
    assert find_notebook("notebooks/survival_looks.ipynb").stem == "overall_survival_analyses"
    assert "The notebook 'survival_looks' is now called 'overall_survival_analyses'" in capsys.readouterr().err


def test_a_parameter_given_by_both_names_is_refused(capsys):
    with pytest.raises(ParameterError, match="'draws' is given twice, once by its old name 'members'"):
        parameters.validated(NOTEBOOK, {"members": 50, "draws": 60})
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("where", ["parameters: {members: 50}", "notebooks: {side_by_side: {members: 50}}"])
def test_a_scenario_may_use_the_old_name(tmp_path, capsys, where):
    scenario = read_scenario(written(tmp_path, f"description: x\n{where}\n"))
    assert scenario.given["side_by_side"] == {"draws": 50}
    assert capsys.readouterr().err == LINE


@pytest.mark.parametrize(
    "runs",
    [
        "parameters: {members: 50}\ngrid: {seed: [1, 2]}",
        "grid: {members: [50], seed: [1, 2]}",
        "list: [{members: 50, seed: 1}, {members: 50, seed: 2}]",
        "sample: {runs: 9, seed: 1, parameters: {members: [50], seed: [1, 2]}}",
    ],
)
def test_a_sweep_may_use_the_old_name(tmp_path, capsys, runs):
    sweep = read_sweep(written(tmp_path, f"notebook: side_by_side\n{runs}\n"), confirm=lambda size: False)
    assert {(run["draws"], run["seed"]) for run in sweep.runs} == {(50, 1), (50, 2)}
    assert not any("members" in run for run in sweep.runs)
    assert capsys.readouterr().err == LINE


def test_plain_papermill_may_use_the_old_name(monkeypatch, capsys):
    """It sets a name that it does not know beside the parameters."""
    monkeypatch.delenv("TOURMALINE_RESULTS", raising=False)
    defaults = {name: parameter.default for name, parameter in parameters.declared(NOTEBOOK).items()}
    namespace = {**defaults, "members": 50, "In": ["", "# Parameters\nmembers = 50"]}
    assert results.start("side_by_side", namespace).parameters["draws"] == namespace["draws"] == 50
    assert capsys.readouterr().out == LINE
    defaults = {name: one.default for name, one in parameters.declared(paths.NOTEBOOKS / "safety.ipynb").items()}
    with pytest.raises(ParameterError, match="there is no parameter 'members'"):  # it never had it, nor the new one
        results.start("safety", {**namespace, **defaults})


def test_an_unknown_name_is_no_old_name():
    with pytest.raises(ParameterError, match="there is no parameter 'membres'"):
        parameters.validated(NOTEBOOK, {"membres": 50})
    with pytest.raises(ParameterError, match="there is no parameter 'members'"):  # it never had it, nor the new one
        parameters.validated(paths.NOTEBOOKS / "safety.ipynb", {"members": 50})


@pytest.mark.slow
def test_the_old_directive_is_warned_of_and_a_strict_build_refuses_it(report):
    write_notebook(
        report,
        "tiny",
        """run.value("word", "IRd", unit="text", origin="assumed", source="x", label="Word")""",
    )
    (report / "index.md").write_text("# Report\n\n```{when} tiny/word IRd\nThe block.\n```\n", encoding="utf-8")
    done = command(report, "build")
    assert done.returncode == 1
    assert "The directive 'when' is now called 'only-if'" in done.stderr
