"""Parameters are read from the notebooks' cells, and refused with a message before any kernel starts."""

import ast
import csv

import nbformat
import papermill
import pytest

from tourmaline import data, parameters, paths
from tourmaline.errors import ParameterError
from tourmaline.parameters import declared, rules, validated
from tourmaline.statistics import monitoring, proportions

NOTEBOOKS = sorted(paths.NOTEBOOKS.glob("*.ipynb"))
CROSS_TRIAL = paths.NOTEBOOKS / "cross_trial.ipynb"
CORE = [
    row["name"]
    for row in csv.DictReader((paths.DATA / "evidence" / "trials.csv").read_text(encoding="utf-8").splitlines())
    if row["tier"] == "core"
]
TRIALS = list(data.trials()["name"])


@pytest.fixture
def notebook(tmp_path):
    """Write a notebook with the given cells tagged `parameters`."""

    def write(*sources):
        cells = [nbformat.v4.new_markdown_cell("# A question")]
        cells += [nbformat.v4.new_code_cell(source, metadata={"tags": ["parameters"]}) for source in sources]
        path = tmp_path / "question.ipynb"
        nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
        return path

    return write


def refused(path, given):
    with pytest.raises(ParameterError) as caught:
        validated(path, given)
    return caught.value


# --- what the cells declare


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_what_is_declared_is_what_the_cell_does_when_it_runs(path):
    (cell,) = [c for c in nbformat.read(path, as_version=4).cells if "parameters" in c.metadata.get("tags", [])]
    ran = dict(vars(parameters))
    exec(cell.source, ran)
    found = declared(path)
    assert list(found) == list(ran["__annotations__"])
    for name, parameter in found.items():
        assert parameter.default == ran[name]
        assert parameter.annotation is ran["__annotations__"][name]
        assert parameter.help
        assert parameter.help in cell.source
    assert validated(path, {}) == validated(path, {name: ran[name] for name in found})


def test_a_parameter_has_its_default_its_help_and_its_unit(notebook):
    path = notebook(
        'trials: Trials = ["ASPIRE"]  # Trials to compare\n'
        "# a comment of its own\n"
        "level: ConfidenceLevel = 0.95  # Level\n"
        "names: Trials = [\n    'ASPIRE',\n    'POLLUX',\n]  # More trials\n"
        "threshold: Threshold = (\n    0.1  # Where a formatter put it\n)\n"
        "seed: int = 5\n"
    )
    found = declared(path)
    assert {name: (p.default, p.help, p.unit) for name, p in found.items()} == {
        "trials": (["ASPIRE"], "Trials to compare", ""),
        "level": (0.95, "Level", "fraction"),
        "names": (["ASPIRE", "POLLUX"], "More trials", ""),
        "threshold": (0.1, "Where a formatter put it", "standard deviations"),
        "seed": (5, "", ""),
    }


def test_the_trials_that_are_compared_by_default_are_those_of_their_tier_in_the_data(notebook):
    about = data.trials()
    path = notebook('trials: Trials = "core"')
    assert validated(path, {}) == {"trials": list(about["name"][about["tier"] == "core"])}


@pytest.mark.parametrize(
    ("annotation", "default", "words"),
    [
        (
            "Trials",
            '["ASPIRE"]',
            f"list of {', '.join(TRIALS)}; core stands for {', '.join(CORE)}",
        ),
        ("Characteristics", '["all"]', "list of characteristics of Table 1, or all"),
        ("PublicSets", '["all"]', "list of the public data sets of the accuracy chapter, or all"),
        ("AsOf", '"latest"', "a date (YYYY-MM-DD), or latest"),
        ("ConfidenceLevel", "0.9", "float above 0 and at most 0.999999"),
        ("Percentage", "5", "float at least 0 and at most 100"),
        ("Threshold", "0.1", "float above 0 and at most 1"),
        ("Endpoint", '"os"', "one of pfs, os"),
        ("Grade", '"3"', "one of any, 3, 4, 3-4"),
        ("int", "1", "int"),
        ("str", '"a"', "str"),
        ("bool", "True", "bool"),
    ],
)
def test_what_is_allowed_is_said_in_words(notebook, annotation, default, words):
    assert declared(notebook(f"x: {annotation} = {default}"))["x"].allowed == words


@pytest.mark.parametrize(
    ("sources", "what", "remedy"),
    [
        ([], "0 cells carry the tag 'parameters'", "exactly one code cell"),
        (["a: int = 1", "b: int = 2"], "2 cells carry the tag 'parameters'", "exactly one code cell"),
        (
            ["a: int = 1\nb = 2"],
            "line 2 of the parameters cell is not an annotated assignment",
            "`name: Type = default",
        ),
        (["a: int"], "line 1 of the parameters cell is not an annotated assignment", "`name: Type = default"),
        (["import os"], "line 1 of the parameters cell is not an annotated assignment", "`name: Type = default"),
        (["a.b: int = 1"], "line 1 of the parameters cell is not an annotated assignment", "`name: Type = default"),
        (["a: int = 1\nb: int = ("], "line 2 of the parameters cell is not Python", "`name: Type = default"),
        (["a: Colour = 1"], "parameter 'a' has the unknown type 'Colour'", "a type of tourmaline/parameters"),
        (["a: list[str] = []"], "parameter 'a' has the unknown type 'list[str]'", "a type of"),
        (["a: int = len('x')"], "the default of parameter 'a' is not a plain value: len('x')", "Write a number"),
    ],
)
def test_a_cell_that_declares_no_parameters_is_refused(notebook, sources, what, remedy):
    path = notebook(*sources)
    with pytest.raises(ParameterError) as caught:
        declared(path)
    assert (caught.value.where, caught.value.what[: len(what)]) == (str(path), what)
    assert remedy in caught.value.remedy


@pytest.mark.parametrize("content", ["<<<<<<< HEAD\n{}", "{}", '{"nbformat": 4, "cells": [{}]}'])
def test_a_file_that_is_no_notebook_is_refused(tmp_path, content):
    path = tmp_path / "question.ipynb"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ParameterError, match=r"question\.ipynb: it is not a notebook: .*\n  Restore it"):
        declared(path)


# --- what is given


def test_what_is_given_replaces_the_defaults():
    values = validated(CROSS_TRIAL, {"model": "random", "as_of": "2016-04-28"})
    assert values == {**validated(CROSS_TRIAL, {}), "model": "random", "as_of": "2016-04-28"}


@pytest.mark.parametrize(
    ("notebook_name", "name", "given", "value"),
    [
        ("cross_trial", "trials", "ASPIRE,POLLUX", ["ASPIRE", "POLLUX"]),
        (
            "cross_trial",
            "trials",
            "[ASPIRE, TOURMALINE-MM1 China Continuation]",
            ["ASPIRE", f"{CORE[0]} China Continuation"],
        ),
        ("cross_trial", "trials", "ASPIRE", ["ASPIRE"]),
        ("cross_trial", "trials", tuple(CORE), CORE),
        ("cross_trial", "trials", '["ASPIRE","POLLUX"]', ["ASPIRE", "POLLUX"]),
        ("cross_trial", "trials", "['ASPIRE', \"POLLUX\",]", ["ASPIRE", "POLLUX"]),
        ("cross_trial", "trials", " ( ASPIRE , POLLUX, ) ", ["ASPIRE", "POLLUX"]),
        ("cross_trial", "trials", "aspire,Tourmaline-MM1", ["ASPIRE", "TOURMALINE-MM1"]),
        ("cross_trial", "trials", ["pollux"], ["POLLUX"]),
        ("cross_trial", "trials", "core", CORE),
        ("cross_trial", "trials", ["Core", "POLLUX"], [*CORE, "POLLUX"]),
        ("cross_trial", "trials", '["POLLUX", "core"]', ["POLLUX", *CORE]),
        ("pollux", "added", "pollux", "POLLUX"),
        ("baseline", "characteristics", "ALL", ["all"]),
        ("audit", "section", "Abstract-Results", "abstract-results"),
        ("cross_trial", "as_of", "Latest", "latest"),
        ("monitoring", "information_fractions", "[0.35, 1.0,]", [0.35, 1.0]),
        ("cross_trial", "prior_scale", "1e-6", 1e-6),
        ("side_by_side", "draws", "1_000", 1000),
        ("cross_trial", "confidence_level", "0.9", 0.9),
        ("cross_trial", "as_of", "20160428", "2016-04-28"),
        ("cross_trial", "as_of", "latest", "latest"),
        ("safety", "grade", 3, "3"),
        ("safety", "grade", "3", "3"),
        ("safety", "grade", "3-4", "3-4"),
        ("safety", "minimum_incidence", "0", 0.0),
        ("safety", "minimum_incidence", 100, 100.0),
        ("monitoring", "information_fractions", "0.35, 1", [0.35, 1.0]),
        ("monitoring", "information_fractions", "1", [1.0]),
        ("monitoring", "true_hazard_ratios", "0.7,1", [0.7, 1.0]),
        ("monitoring", "power", "0.9", 0.9),
        ("monitoring", "power", "printed", "printed"),
        ("monitoring", "os_hazard_ratio", "1.3", 1.3),
        ("monitoring", "planned_pfs_events", "400", 400),
        ("monitoring", "planned_pfs_events", "required", "required"),
        ("baseline", "threshold", "1", 1.0),
        ("baseline", "characteristics", "Age,Male sex", ["Age", "Male sex"]),
    ],
)
def test_text_of_a_command_line_is_converted_to_the_declared_type(notebook_name, name, given, value):
    converted = validated(paths.NOTEBOOKS / f"{notebook_name}.ipynb", {name: given})[name]
    assert converted == value
    assert type(converted) is type(value)


def test_a_wrong_name_is_refused_with_the_nearest_and_all_names():
    error = refused(CROSS_TRIAL, {"modle": "fixed"})
    assert str(error) == (
        "cross_trial: there is no parameter 'modle'\n  Did you mean 'model'? "
        "Its parameters are trials, endpoint, as_of, analysis, model, tau_estimator, interval_method, prediction, prior_scale, confidence_level."
    )


def test_a_wrong_value_is_refused_with_notebook_parameter_what_was_given_and_what_is_allowed():
    assert str(refused(CROSS_TRIAL, {"model": "fixd"})) == (
        "cross_trial: parameter 'model' is 'fixd', which is not allowed\n"
        "  Allowed: one of fixed, random. Did you mean 'fixed'?"
    )


def test_a_trial_that_does_not_exist_is_refused_with_the_nearest():
    error = refused(CROSS_TRIAL, {"trials": "ASPIRE,POLUX"})
    assert error.what == (
        f"parameter 'trials' is 'ASPIRE,POLUX', but 'POLUX' must be one of {', '.join(TRIALS)}. Did you mean 'POLLUX'?"
    )
    assert error.remedy.startswith("Allowed: list of TOURMALINE-MM1, ")


@pytest.mark.parametrize(
    ("notebook_name", "name", "given", "why"),
    [
        ("cross_trial", "trials", [], "must name at least one"),
        ("cross_trial", "trials", "ASPIRE,ASPIRE", "must not name one twice"),
        ("cross_trial", "trials", "", "must be one of"),
        ("cross_trial", "trials", 5, "not allowed"),
        ("cross_trial", "trials", "core,ASPIRE", "must not name one twice"),
        ("cross_trial", "as_of", "2016-02-30", "must be a date such as 2016-04-28, or 'latest'"),
        ("cross_trial", "as_of", "28 April 2016", "must be a date"),
        ("cross_trial", "as_of", "2016", "must be a date"),
        ("cross_trial", "as_of", "newest", "must be a date"),
        ("cross_trial", "as_of", None, "must be a date"),
        ("cross_trial", "confidence_level", 0, "not allowed"),
        ("cross_trial", "confidence_level", 1, "not allowed"),
        ("cross_trial", "confidence_level", 95, "not allowed"),
        ("cross_trial", "confidence_level", "95%", "not allowed"),
        ("cross_trial", "confidence_level", "nan", "not allowed"),
        ("cross_trial", "endpoint", "PFS", "not allowed"),
        ("cross_trial", "endpoint", ["pfs"], "not allowed"),
        ("safety", "grade", 5, "not allowed"),
        ("safety", "grade", "3 4", "not allowed"),
        ("safety", "minimum_incidence", -0.1, "not allowed"),
        ("safety", "minimum_incidence", "inf", "not allowed"),
        ("monitoring", "information_fractions", "0.5,0.3,1", "0.3 after 0.5 is out of order"),
        ("monitoring", "information_fractions", "0.5,0.5,1", "0.5 after 0.5 is out of order"),
        ("monitoring", "information_fractions", "0,1", "0 after 0 is out of order"),
        ("monitoring", "information_fractions", "0.5,1.2", "1.2 after 0.5 is out of order"),
        ("monitoring", "information_fractions", "0.5,nan,1", "nan after 0.5 is out of order"),
        ("monitoring", "information_fractions", [0.5, 0.9], "the last analysis must be at 1"),
        ("monitoring", "information_fractions", [], "the last analysis must be at 1"),
        ("monitoring", "information_fractions", "half", "not allowed"),
        ("monitoring", "alpha", 0, "not allowed"),
        ("monitoring", "alpha", 5, "not allowed"),
        ("monitoring", "power", 80, "not allowed"),
        ("monitoring", "power", "nan", "not allowed"),
        ("monitoring", "os_hazard_ratio", 1, "1 is not a difference"),
        ("monitoring", "os_hazard_ratio", 0, "not allowed"),
        ("monitoring", "pfs_hazard_ratio", "inf", "not allowed"),
        ("monitoring", "planned_pfs_events", 0, "not allowed"),
        ("monitoring", "planned_pfs_events", 400.5, "not allowed"),
        ("monitoring", "planned_pfs_events", "all", "not allowed"),
        ("monitoring", "spending_function", "haybittle", "not allowed"),
        ("monitoring", "gamma", "nan", "not allowed"),
        ("monitoring", "true_hazard_ratios", "0.7,0", "not allowed"),
        ("baseline", "threshold", 0, "not allowed"),
        ("cross_trial", "trials", '["ASPIRE","POLUX"]', "but 'POLUX' must be one of TOURMALINE-MM1, ASPIRE"),
        ("cross_trial", "trials", "ASPIRE,,POLLUX", "but '' must be one of"),
        ("cross_trial", "trials", "ASPIRE,aspire", "must not name one twice"),
        ("cross_trial", "trials", [True], "but True is not allowed"),
        ("monitoring", "true_hazard_ratios", "0.7,0100", "but '0100' must be a plain decimal number"),
        ("monitoring", "true_hazard_ratios", [0.7, True], "but True must be a number, not a truth value"),
        ("monitoring", "information_fractions", "[true]", "but True must be a number, not a truth value"),
        ("indirect", "heterogeneity", True, "but must be a number, not a truth value (yes or no)"),
        ("side_by_side", "draws", True, "but must be a number, not a truth value (yes or no)"),
        ("side_by_side", "draws", "yes", "not allowed"),
        ("side_by_side", "draws", "0100", "but must be a plain decimal number"),
        ("side_by_side", "draws", "0x10", "but must be a plain decimal number"),
        ("side_by_side", "draws", "1:30", "but must be a plain decimal number"),
        ("side_by_side", "draws", "1_0", "but must be a plain decimal number"),
        ("smaller_trial", "patients", True, "but must be a number, not a truth value (yes or no)"),
        ("monitoring", "power", True, "but must be a number, not a truth value (yes or no)"),
        ("monitoring", "planned_pfs_events", "0286", "but must be a plain decimal number"),
        ("cross_trial", "as_of", True, "must be a date"),
        ("baseline", "characteristics", "Height", "must be one of all, Age, "),
    ],
)
def test_a_value_out_of_range_is_refused(notebook_name, name, given, why):
    error = refused(paths.NOTEBOOKS / f"{notebook_name}.ipynb", {name: given})
    assert error.where == notebook_name
    assert error.what.startswith(f"parameter {name!r} is {given!r}")
    assert why in error.what
    assert error.remedy.startswith(f"Allowed: {declared(paths.NOTEBOOKS / f'{notebook_name}.ipynb')[name].allowed}.")


def test_a_default_that_is_not_allowed_is_refused_too(notebook):
    error = refused(notebook("level: ConfidenceLevel = 95  # Level"), {})
    assert (error.where, error.what) == ("question", "parameter 'level' is 95, which is not allowed")


def test_a_wrong_parameter_is_refused_by_the_command_before_any_kernel_starts(project, tourmaline):
    done = tourmaline("run", "cross_trial", "-p", "modle", "random")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("Error: cross_trial: there is no parameter 'modle'\n  Did you mean 'model'?")
    assert not (project / "runs").exists()


def test_the_words_of_a_literal_parameter_are_those_that_the_library_knows():
    for annotation, known in (
        (parameters.IntervalMethod, proportions.PROPORTION_INTERVALS),
        (parameters.ProportionTest, proportions.PROPORTION_TESTS),
        (parameters.EffectMeasure, proportions.EFFECT_MEASURES),
        (parameters.SpendingFunction, monitoring.SPENDING_FUNCTIONS),
    ):
        assert set(annotation.__args__) == set(known)


# Which notebooks take a number, a list or a text changes; that a truth value passes as none of them does not.
EVERY = [(path.stem, name) for path in NOTEBOOKS for name in declared(path)]


@pytest.mark.parametrize(("notebook_name", "name"), EVERY, ids=lambda word: word)
def test_no_parameter_of_any_notebook_takes_a_truth_value(notebook_name, name):
    path = paths.NOTEBOOKS / f"{notebook_name}.ipynb"
    for given in (True, False, [True]):
        assert f"parameter {name!r} is {given}" in refused(path, {name: given}).what


@pytest.mark.parametrize("annotation", ["int", "float"])
def test_a_truth_value_is_no_plain_number_either(notebook, annotation):
    path = notebook(f"x: {annotation} = 1  # X")
    assert "not a truth value" in refused(path, {"x": True}).what
    assert "plain decimal number" in refused(path, {"x": "0100"}).what
    assert validated(path, {"x": "12"}) == {"x": 12}


def test_a_truth_value_is_one_where_it_is_asked_for(notebook):
    assert validated(notebook("x: bool = True  # X"), {"x": "no"}) == {"x": False}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_papermill_shows_the_help_of_every_parameter(path):
    shown = papermill.inspect_notebook(str(path))
    assert {name: found["help"] for name, found in shown.items()} == {
        name: parameter.help for name, parameter in declared(path).items()
    }
    assert {name: ast.literal_eval(found["default"]) for name, found in shown.items()} == {
        name: parameter.default for name, parameter in declared(path).items()
    }


def test_without_a_core_trial_the_words_say_that_there_is_none(monkeypatch):
    monkeypatch.setattr(rules, "trial_names", lambda tier="": () if tier else ("POLLUX",))
    assert rules.trials_in_words() == "list of POLLUX; core stands for no trial yet"
