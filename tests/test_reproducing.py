"""The check on other machines runs notebooks in environments that differ, and names the first value that does."""

import pytest
import small_report

from tourmaline import parameters, paths
from tourmaline.pipeline.reproducing.check import asked_of
from tourmaline.pipeline.reproducing.environments import environments

# A value that depends on the environment, as none may.
DEPENDENT = (
    """\
import os

run.value("threads", int(os.environ["OPENBLAS_NUM_THREADS"]), unit="count", origin="assumed", source="x", label="Threads")""",
)
# A kernel has `display` without an import.
SETTLED = ("""display(run.value("answer", 42, unit="count", origin="assumed", source="x", label="Answer"))""",)


@pytest.fixture
def two_notebooks(project):
    small_report.write_small_report(project)
    for path in (project / "notebooks").glob("*.ipynb"):
        path.unlink()
    small_report.write_notebook(project, "steady", *SETTLED)
    return project


def test_there_are_four_environments_beside_this_machine_as_it_is_or_three_without_long_vectors():
    names = [environment.name for environment in environments()]
    assert names[0] == "this machine"
    assert len(names) in (4, 5)
    variables = [tuple(sorted(environment.variables.items())) for environment in environments()]
    assert len(set(variables)) == len(names)


def test_the_quick_check_runs_the_notebooks_that_draw_with_less_of_each():
    asked = asked_of(quick=True)
    assert asked["reconstruction_accuracy"] == {"draws": 4, "sets": ["gbsg2", "lung"]}
    assert asked["sister_curves"] == {"draws": 4}
    assert "cross_trial" not in asked
    for name, given in asked.items():
        parameters.validated(paths.NOTEBOOKS / f"{name}.ipynb", given)


@pytest.mark.slow
def test_results_that_depend_on_nothing_agree_in_every_environment(two_notebooks):
    done = small_report.command(two_notebooks, "reproduce")
    assert done.returncode == 0, done.stderr
    assert "an old processor (Prescott): 1 of 1 files agree (other last digits in: " in done.stdout
    assert not list((two_notebooks / "_build").glob("*reproduce*"))
    assert not (two_notebooks / "results").exists()


@pytest.mark.slow
def test_the_first_value_that_differs_is_named_with_both_numbers(two_notebooks):
    small_report.write_notebook(two_notebooks, "dependent", *DEPENDENT)
    done = small_report.command(two_notebooks, "reproduce")
    assert done.returncode == 1
    assert (
        "dependent/values.json: threads, value is 1 here and 2 in the environment «Haswell, two threads»" in done.stdout
    )


@pytest.mark.slow
def test_a_notebook_that_fails_and_an_interpreter_that_is_not_there_are_one_message(two_notebooks):
    small_report.write_notebook(two_notebooks, "failing", "raise ValueError('no such arm')")
    failed = small_report.command(two_notebooks, "reproduce")
    assert failed.returncode == 1
    assert "notebooks/failing.ipynb, cell 5: ValueError: no such arm" in failed.stderr
    assert "Traceback" not in failed.stderr
    missing = small_report.command(two_notebooks, "reproduce", "--python", "/no/such/python")
    assert missing.returncode == 2
    assert "there is no interpreter '/no/such/python'" in missing.stderr
