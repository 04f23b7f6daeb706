"""What a notebook publishes is refused if it is incomplete, and written with all that a page needs."""

import json
import re

import pandas as pd
import pytest
from matplotlib.figure import Figure
from small_report import contents

from tourmaline import parameters, paths
from tourmaline.errors import ParameterError, ResultError
from tourmaline.results import publish_caveats
from tourmaline.results.run import FIGURES_VARIABLE, RESULTS_VARIABLE, Run, start

WORDS = {"origin": "recomputed", "source": "Table 2", "label": "Response"}
POOLING = {
    "tau_estimator": "dersimonian-laird",
    "interval_method": "normal",
    "prediction": "t-k-2",
    "prior_scale": 0.5,
}
CAPTIONED = {"caption": "Caption", "origin": "printed", "source": "Table 2"}


@pytest.fixture
def run(tmp_path):
    return Run("notebook", {}, tmp_path)


def written(tmp_path):
    return json.loads((tmp_path / "values.json").read_text(encoding="utf-8"))


def test_a_value_is_written_with_interval_unit_origin_and_decimals(run, tmp_path):
    shown = run.value(
        "rate", 78.333333333333333, lower=73.7, upper=82.5, level=0.95, unit="percent", decimals=1, **WORDS
    )
    assert written(tmp_path)["rate"] == {
        "value": 78.3333333333,  # twelve digits
        "lower": 73.7,
        "upper": 82.5,
        "level": 0.95,
        "unit": "percent",
        "decimals": 1,
        "origin": "recomputed",
        "source": "Table 2",
        "label": "Response",
        "cell": None,  # no notebook runs
    }
    assert repr(shown) == "Response: 78.3% (95% confidence interval 73.7 to 82.5%) [recomputed]"


@pytest.mark.parametrize(
    ("month", "source", "words"),
    [
        (18.0, "parameter horizon", "18 months"),
        (17.5, "parameter horizon", "17.5 months"),
        (0.1 + 0.2, "parameter horizon", "0.3 months"),
        (17.5, "the curves", "18 months"),
    ],
)
def test_a_parameter_is_shown_with_every_digit_that_was_given(run, month, source, words):
    shown = run.value("at", month, unit="months", decimals=0, label="Month", origin="assumed", source=source)
    assert repr(shown) == f"Month: {words} [assumed]"


def test_caveats_are_published_one_by_one_and_shown_line_by_line(run, tmp_path):
    shown = publish_caveats(run, {"masking": ("Masking", "double-blind in one"), "setting": ("Setting", "alike")})
    assert [written(tmp_path)[f"caveat_{name}"]["value"] for name in ("masking", "setting")] == [
        "double-blind in one",
        "alike",
    ]
    assert repr(shown) == "Masking: double-blind in one [printed]\nSetting: alike [printed]"


def test_a_value_that_is_not_a_number_is_published_as_absent(run, tmp_path):
    shown = run.value("median", float("nan"), unit="months", decimals=1, **WORDS)
    run.value("ratio", float("inf"), unit="ratio", **WORDS)
    assert written(tmp_path)["median"]["value"] is None
    assert written(tmp_path)["ratio"]["value"] is None
    assert "— months" in repr(shown)


@pytest.mark.parametrize(
    ("name", "value", "options", "message"),
    [
        ("Rate", 1, {}, "notebook: 'Rate' is not a name for a result\n  Use lower-case letters, digits and _."),
        ("a/b", 1, {}, "notebook: 'a/b' is not a name for a result"),
        ("rate", 1, {"unit": "percentage"}, "notebook: 'rate' has the unit 'percentage'\n  Use one of ratio, percent,"),
        ("rate", 1, {"unit": ""}, "notebook: 'rate' has the unit ''"),
        (
            "rate",
            1,
            {"origin": "guessed"},
            "notebook: 'rate' has the origin 'guessed'\n  Use one of printed, recomputed,",
        ),
        ("rate", "high", {}, "notebook: 'rate' is 'high', in percent\n  Text has the unit text or date"),
        ("rate", 1, {"unit": "text"}, "notebook: 'rate' is 1, in text\n  Text has the unit text or date"),
        ("rate", 1, {"lower": 0.5}, "notebook: 'rate' has half an interval\n  Give lower, upper and level together."),
        ("rate", 1, {"lower": 0.5, "upper": 2}, "notebook: 'rate' has half an interval"),
        ("rate", 1, {"level": 0.95}, "notebook: 'rate' has half an interval"),
    ],
)
def test_a_value_is_refused_and_not_written(run, tmp_path, name, value, options, message):
    with pytest.raises(ResultError) as refused:
        run.value(name, value, **{"unit": "percent", **WORDS, **options})
    assert str(refused.value).startswith(message)
    assert not (tmp_path / "values.json").exists()


def test_no_two_results_have_one_name_whatever_their_kind(run, tmp_path):
    run.value("response", 1, unit="count", **WORDS)
    with pytest.raises(ResultError, match=r"notebook: 'response' is published twice\n  Give each result a name"):
        run.value("response", 2, unit="count", **WORDS)
    with pytest.raises(ResultError, match="published twice"):
        run.table("response", pd.DataFrame({"a": [1]}), **CAPTIONED)
    with pytest.raises(ResultError, match="published twice"):
        run.figure("response", Figure(), alt="Nothing", **CAPTIONED)
    assert written(tmp_path)["response"]["value"] == 1


def test_a_table_is_written_as_csv_with_missing_cells_empty(run, tmp_path):
    frame = pd.DataFrame(
        {
            "Event, any": ["rash", 'say "no"', None],
            "n": pd.array([3, pd.NA, 5], dtype="Int64"),
            "Rate": [0.1 + 0.2, float("nan"), float("inf")],
            "Date": pd.to_datetime(["2016-04-28", None, None]).date,
        }
    )
    run.table("events", frame, decimals={"Rate": 2}, numeric=["n"], **CAPTIONED)
    assert (tmp_path / "tables" / "events.csv").read_text() == (
        '"Event, any",n,Rate,Date\nrash,3,0.3,2016-04-28\n"say ""no""",,,\n,5,,\n'
    )
    layout = json.loads((tmp_path / "tables" / "events.json").read_text())
    assert (layout["caption"], layout["decimals"], layout["numeric"]) == ("Caption", {"Rate": 2}, ["n"])


def test_a_table_is_refused_that_sets_decimals_in_a_column_it_has_not(run, tmp_path):
    with pytest.raises(ResultError, match=r"'events' has no column 'rate'\n  Columns: Rate\."):
        run.table("events", pd.DataFrame({"Rate": [1]}), decimals={"rate": 1}, **CAPTIONED)
    assert not (tmp_path / "tables").exists()


def test_what_a_table_shows_in_the_notebook_is_escaped(run):
    hostile = "<script>alert(1)</script>"
    shown = run.table(
        "table", pd.DataFrame({hostile: [hostile]}), caption=hostile, notes=[hostile], origin="printed", source="s"
    )
    assert "<script" not in shown._repr_html_()
    assert shown._repr_html_().count("&lt;script&gt;alert(1)&lt;/script&gt;") == 5


def test_a_figure_is_refused_without_alternative_text(run, tmp_path):
    with pytest.raises(ResultError, match="notebook: the figure 'plot' has no alternative text"):
        run.figure("plot", Figure(), alt=" ", **CAPTIONED)
    assert not (tmp_path / "figures").exists()


def test_a_figure_has_the_same_bytes_every_time(tmp_path):
    for folder in ("one", "another"):
        figure = Figure(figsize=(2, 1))
        figure.subplots().plot([1, 2], label="line")
        shown = Run("notebook", {}, tmp_path / folder).figure("plot", figure, alt="A line", **CAPTIONED)
        assert shown._repr_png_() == (tmp_path / folder / "figures" / "plot.png").read_bytes()
    assert contents(tmp_path / "one") == contents(tmp_path / "another")
    assert b"<dc:date>" not in contents(tmp_path / "one")["figures/plot.svg"]
    assert json.loads(contents(tmp_path / "one")["figures/plot.json"])["alt"] == "A line"


def drawn_in_inches(width):
    figure = Figure(figsize=(width, 1))
    figure.subplots().set_title("A line")
    return figure


def test_a_figure_that_can_be_drawn_narrowly_is_published_in_both_forms_to_a_sweep_as_well(tmp_path, monkeypatch):
    figure = drawn_in_inches(8)
    figure.narrow = lambda: drawn_in_inches(4)
    Run("notebook", {}, tmp_path / "book").figure("plot", figure, alt="A line", **CAPTIONED)
    widths = [
        float(re.search(r'width="([\d.]+)pt"', (tmp_path / "book" / "figures" / name).read_text())[1])
        for name in ("plot.svg", "plot.narrow.svg")
    ]
    assert widths[0] > 1.8 * widths[1]
    monkeypatch.setenv(FIGURES_VARIABLE, "plot")
    Run("notebook", {}, tmp_path / "sweep").figure("plot", figure, alt="A line", **CAPTIONED)
    assert sorted(contents(tmp_path / "sweep")) == [
        "figures/plot.json",
        "figures/plot.narrow.svg",
        "figures/plot.svg",
        "inputs.json",
    ]


def test_without_the_runner_nothing_is_written_and_results_still_show(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(RESULTS_VARIABLE, raising=False)
    names = {"model": "random", "trials": "ASPIRE, ELOQUENT-2", "endpoint": "pfs", "as_of": "latest"}
    names |= {"analysis": "formal", **POOLING, "confidence_level": "0.9", "unrelated": 1}
    run = start("cross_trial", names)
    assert names["trials"] == ["ASPIRE", "ELOQUENT-2"]  # checked, converted and put back
    assert names["confidence_level"] == 0.9
    assert run.folder is None
    assert repr(run.value("ratio", 0.7, unit="ratio", decimals=2, **WORDS)) == "Response: 0.70 [recomputed]"
    assert run.table("table", pd.DataFrame({"a": [1]}), **CAPTIONED)._repr_html_().startswith("<div")
    assert run.figure("plot", Figure(), alt="Nothing", **CAPTIONED)._repr_png_().startswith(b"\x89PNG")
    assert contents(tmp_path) == {}


def test_a_parameter_that_is_not_allowed_stops_the_run_at_its_start(monkeypatch, tmp_path):
    monkeypatch.setenv(RESULTS_VARIABLE, str(tmp_path / "results"))
    names = {"trials": ["ASPIRE"], "endpoint": "pfs", "as_of": "latest", "analysis": "formal", "confidence_level": 0.95}
    names |= POOLING
    with pytest.raises(ParameterError, match="cross_trial: parameter 'model' is 'randon'"):
        start("cross_trial", {**names, "model": "randon"})
    assert not (tmp_path / "results").exists()


ROWS = pd.DataFrame({"arm": ["a", "b"], "months": [1 / 3, 2.0], "event": [1, 0]})


def test_a_file_is_written_with_its_header_behind_marks_and_offered_by_a_figure(run, tmp_path):
    shown = run.file("rows", ROWS, header=["What it is.", "What it is\nnot."], **CAPTIONED)
    assert (tmp_path / "files" / "rows.csv").read_text(encoding="utf-8") == (
        "# What it is.\n# What it is\n# not.\narm,months,event\na,0.333333333333,1\nb,2.0,0\n"
    )
    assert json.loads((tmp_path / "files" / "rows.json").read_text(encoding="utf-8"))["rows"] == 2
    assert repr(shown) == "File: Caption, 2 rows [printed]"
    run.figure("drawn", Figure(), alt="Nothing.", files=["rows"], **CAPTIONED)
    assert json.loads((tmp_path / "figures" / "drawn.json").read_text(encoding="utf-8"))["files"] == {"rows": "Caption"}


def test_a_file_without_a_header_and_a_figure_with_an_unknown_file_are_refused(run):
    with pytest.raises(ResultError, match="'rows' has no header"):
        run.file("rows", ROWS, header=[], **CAPTIONED)
    with pytest.raises(ResultError, match="offers the file 'others', which is not published"):
        run.figure("drawn", Figure(), alt="Nothing.", files=["others"], **CAPTIONED)


def test_a_run_of_no_notebook_is_refused_with_the_nearest():
    with pytest.raises(ResultError) as refused:
        start("cross_trail", {})
    assert str(refused.value) == (
        "results.start: there is no notebook 'cross_trail'\n"
        "  Give the name of the file that begins the run. Did you mean 'cross_trial'?"
    )


DECLARED = 'model: PoolingModel = "fixed"  # Model\nendpoint: Endpoint = "pfs"  # Endpoint'


def in_ipython(*cells, **names):
    """What a notebook's `globals()` hold in IPython after these cells, with every parameter of cross_trial at its default."""
    declared = parameters.declared(paths.NOTEBOOKS / "cross_trial.ipynb")
    return {name: about.default for name, about in declared.items()} | names | {"In": ["", *cells]}


def test_a_name_that_papermill_has_set_and_no_notebook_knows_is_refused_with_the_nearest(monkeypatch):
    monkeypatch.delenv(RESULTS_VARIABLE, raising=False)
    here = in_ipython(DECLARED, '# Parameters\nmodelx = "random"\nendpoint = "os"\n', modelx="random", endpoint="os")
    with pytest.raises(ParameterError) as refused:
        start("cross_trial", here)
    assert str(refused.value).startswith(
        "cross_trial: there is no parameter 'modelx'\n  Did you mean 'model'? Its parameters are trials, endpoint, "
    )


@pytest.mark.parametrize(
    ("cells", "names"),
    [
        ([DECLARED, '# Parameters\nmodel = "random"\n'], {"model": "random"}),
        ([DECLARED, "# Parameters of my own\nif True:\n    mine = 3", "mine = 3"], {"mine": 3}),
        # Run again in the same kernel, without the cell that papermill added or with a corrected one.
        ([DECLARED, "# Parameters\nmodelx = 1", "start()", DECLARED, "1 +", "start()"], {"modelx": 1}),
        ([DECLARED, "# Parameters\nmodelx = 1", "start()", '# Parameters\nmodel = "random"'], {"modelx": 1}),
    ],
    ids=["a parameter", "names of a reader", "run again", "corrected"],
)
def test_other_names_of_a_notebook_are_nobodys_concern(monkeypatch, cells, names):
    monkeypatch.delenv(RESULTS_VARIABLE, raising=False)
    here = in_ipython(*cells, **names)
    assert start("cross_trial", here).parameters["model"] == here["model"]
