"""A scenario is a whole variant of the report beside the main one, stamped; what differs between two can be listed."""

import json
import re
import shutil
from pathlib import Path

import pandas as pd
import pytest
from bs4 import BeautifulSoup
from small_report import command, contents

from tourmaline import data, parameters, paths
from tourmaline.errors import ParameterError
from tourmaline.pipeline import build as build_module
from tourmaline.pipeline.differences import MEASURED, TRIAL_ROWS, differences, results_of
from tourmaline.pipeline.scenarios import read_scenario
from tourmaline.pipeline.site_check import check_site
from tourmaline.pipeline.sweeps.book import sweep_files

SHIPPED = sorted((paths.ROOT / "scenarios").glob("*.yaml"))
SWEEPS = sweep_files()


def scenario(folder, text, name="mine.yaml"):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_shipped_scenarios_are_right_and_say_what_they_are():
    variants = {path.stem: read_scenario(path) for path in SHIPPED if path not in SWEEPS}
    assert {"today", "nejm-2016", "with-pollux", "smaller-trial"} <= variants.keys()
    assert "hypothetical smaller trial" in variants["smaller-trial"].stamp
    assert not any(variants["today"].given.values())
    assert variants["nejm-2016"].given["cross_trial"] == {"as_of": "2016-04-28"}
    assert variants["nejm-2016"].given["response"] == {}
    assert variants["with-pollux"].given["cross_trial"]["trials"][-1] == "POLLUX"
    assert variants["with-pollux"].stamp == (
        "A variant of the report. With POLLUX: trials = TOURMALINE-MM1, ASPIRE, ELOQUENT-2, POLLUX."
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("description: x\n", "it has no 'title'\n  Add title: ...", id="no title"),
        pytest.param("title: x\n", "it has no 'description'", id="no description"),
        pytest.param("title: [x]\ndescription: x\n", r"'title' is \['x'\]\n  Give text.", id="title that is not text"),
        pytest.param(
            "title: x\ndescription: x\nparametres: {}\n", "no key 'parametres'\n  Did you mean", id="wrong key"
        ),
        pytest.param("title: x\ndescription: x\nparameters: [a]\n", "Give names with values.", id="list of parameters"),
        pytest.param(
            "title: x\ndescription: x\nparameters: {as_off: latest}\n",
            "no notebook has a parameter 'as_off'\n  Did you mean 'as_of'",
            id="parameter of no notebook",
        ),
        pytest.param(
            "title: x\ndescription: x\nparameters: {as_of: soon}\n",
            "as_it_stood: parameter 'as_of' is 'soon', but must be a date",
            id="value that is not allowed",
        ),
        pytest.param(
            "title: x\ndescription: x\nnotebooks: {cross_trail: {}}\n",
            "no notebook 'cross_trail'\n  Did you mean 'cross_trial'",
            id="unknown notebook",
        ),
        pytest.param(
            "title: x\ndescription: x\nnotebooks: {response: {as_of: latest}}\n",
            "response: there is no parameter 'as_of'",
            id="parameter of another notebook",
        ),
        pytest.param("title: x\ndescription: x\nnotebooks: {response: 3}\n", "'response' is 3", id="no parameters"),
        pytest.param("title: 'x\n", "it is not YAML, line", id="no YAML"),
        pytest.param("just words", "it is not a list of keys and values", id="words"),
    ],
)
def test_a_wrong_scenario_is_refused(tmp_path, text, words):
    with pytest.raises(ParameterError, match=words) as refused:
        read_scenario(scenario(tmp_path, text))
    assert str(refused.value).startswith(str(tmp_path / "mine.yaml"))


def test_a_scenario_needs_a_file_and_a_name(tmp_path):
    with pytest.raises(ParameterError, match="cannot be read: No such file"):
        read_scenario(tmp_path / "none.yaml")
    with pytest.raises(ParameterError, match="'My Scenario' is not a name"):
        read_scenario(scenario(tmp_path, "title: x\ndescription: x\n", "My Scenario.yaml"))


def write_results(folder, notebook, parameters=None, **values):
    made = folder / notebook
    made.mkdir(parents=True)
    (made / "run.json").write_text(
        json.dumps({"notebook": f"notebooks/{notebook}.ipynb", "parameters": parameters or {}})
    )
    (made / "values.json").write_text(json.dumps(values))
    return folder


def value(number, **more):
    return {"value": number, "label": "A value", "unit": "ratio", "decimals": 2, **more}


def test_differences_have_size_and_sign_and_the_same_digits_are_none(tmp_path):
    interval = {"lower": 0.5, "upper": 0.9, "level": 0.95}
    one = write_results(
        tmp_path / "one", "n", same=value(1), up=value(0.5), hidden=value(0.70001), words=value("a"), gone=value(2),
        wide=value(0.7, **interval),
    )  # fmt: skip
    two = write_results(
        tmp_path / "two", "n", same=value(1), up=value(0.75), hidden=value(0.70002), words=value("b"), new=value(3),
        wide=value(0.7, **{**interval, "upper": 0.8}),
    )  # fmt: skip
    found = differences(one, two)
    assert [difference["words"] for difference in found] == [
        "n/gone: 2.00 -> — (gone)",
        "n/new: — -> 3.00 (new)",
        "n/up: 0.50 -> 0.75 (+0.25)",
        "n/wide: 0.70 (95% confidence interval 0.50 to 0.90) -> 0.70 (95% confidence interval 0.50 to 0.80)",
        "n/words: a -> b",
    ]
    by_key = {difference["key"]: difference for difference in found}
    assert by_key["n/up"]["difference"] == 0.25
    assert by_key["n/wide"]["new"] == {"value": 0.7, "lower": 0.5, "upper": 0.8}
    assert differences(one, one) == []
    assert not [difference for difference in found if difference["turned"]]
    assert [d["difference"] for d in differences(two, one) if d["key"] == "n/up"] == [-0.25]
    assert differences(one / "n", two / "n") == found  # two single runs


def test_decisions_are_intervals_that_leave_or_reach_no_effect_and_verdicts_that_read_differently(tmp_path):
    level, concluded, fact = {"level": 0.95}, {"origin": "recomputed"}, {"origin": "printed"}
    one = write_results(
        tmp_path / "one", "n", excludes=value(0.7, lower=0.5, upper=0.9, **level), stays=value(0.7, lower=0.5, upper=0.9, **level),
        verdict=value("inconclusive (P = 0.09)", **concluded), numbers=value("longer (P = 0.01)", **concluded),
        caveat_masking=value("A: open-label; B: double-blind", **fact), model=value("fixed", origin="assumed"),
    )  # fmt: skip
    two = write_results(
        tmp_path / "two", "n", excludes=value(0.8, lower=0.6, upper=1.1, **level), stays=value(0.8, lower=0.6, upper=0.99, **level),
        verdict=value("longer (P = 0.01)", **concluded), numbers=value("longer (P = 0.02)", **concluded),
        caveat_masking=value("A: open-label", **fact), model=value("random", origin="assumed"),
    )  # fmt: skip
    found = differences(one, two)
    assert len(found) == 6
    assert [difference["key"] for difference in found if difference["turned"]] == ["n/excludes", "n/verdict"]


@pytest.mark.parametrize(
    ("changed", "label", "unit", "compared"),
    [
        ({"model": ("fixed", "random")}, "Pooled by random effects", "ratio", True),
        ({"endpoint": ("pfs", "os")}, "A value", "ratio", False),
        ({"horizon": (18, 12)}, "A value", "ratio", False),
        ({"trials": (["A"], ["B"])}, "A value", "ratio", True),
        ({"trials": (["A"], ["B"])}, "The value of B", "ratio", False),
        ({"model": ("fixed", "random")}, "A value", "percentage points", False),
    ],
)
def test_no_decision_turns_between_two_quantities(tmp_path, changed, label, unit, compared):
    before, after = ({name: pair[side] for name, pair in changed.items()} for side in (0, 1))
    verdict = {"origin": "recomputed", "label": label}
    one = write_results(
        tmp_path / "one", "n", before, ratio=value(0.7, lower=0.5, upper=0.9, level=0.95),
        verdict=value("longer", origin="recomputed"),
    )  # fmt: skip
    two = write_results(
        tmp_path / "two", "n", after, ratio=value(0.8, lower=0.6, upper=1.1, level=0.95) | {"label": label, "unit": unit},
        verdict=value("inconclusive") | verdict | {"unit": unit},
    )  # fmt: skip
    ratio, verdict = differences(one, two)
    assert ratio["turned"] == verdict["turned"] == compared
    assert ratio["another"] != compared
    assert ratio["words"].endswith("(another quantity)") != compared
    assert (ratio["difference"] is None) != compared
    assert not verdict["another"]  # words say themselves what they are about


def test_the_parameters_that_decide_what_is_compared_are_declared_by_a_notebook():
    known = {name for path in paths.NOTEBOOKS.glob("*.ipynb") for name in parameters.declared(path)}
    assert known >= MEASURED | TRIAL_ROWS


def test_results_that_are_not_there_are_refused(tmp_path):
    with pytest.raises(ParameterError, match="there are no results of 'nothing'"):
        results_of("nothing")
    with pytest.raises(ParameterError, match="there are no results"):
        results_of(str(tmp_path))


def test_of_several_runs_of_a_notebook_one_must_be_named(tmp_path, tourmaline):
    one = write_results(tmp_path / "one", "n", ratio=value(0.7))
    runs = tmp_path / "runs"
    for name, number in (("n-1", 0.7), ("n-2", 0.8)):
        shutil.copytree(write_results(tmp_path / name, "n", ratio=value(number)) / "n", runs / name)
    write_results(runs, "other", ratio=value(1))
    for folders in ((one, runs), (runs, one)):
        done = tourmaline("diff", *map(str, folders))
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr == (
            f"Error: {runs}: it holds several runs of n, such as {runs / 'n-1'} and {runs / 'n-2'}\n"
            "  Name the folder of one of them.\n"
        )
    assert tourmaline("diff", str(one), str(runs / "n-1")).returncode == 0
    assert tourmaline("diff", str(one), str(runs / "n-2")).returncode == 1


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("run.json", None),
        ("run.json", "{}"),
        ("run.json", "[1]"),
        ("run.json", "no JSON"),
        ("values.json", "[1]"),
        ("values.json", '{"a": 1}'),
    ],
)
def test_a_folder_that_holds_something_else_than_results_is_trouble_and_no_difference(tmp_path, tourmaline, name, text):
    one = write_results(tmp_path / "one", "n", ratio=value(0.7))
    write_results(tmp_path / "two", "a", ratio=value(0.7))
    foreign = write_results(tmp_path / "two", "n", ratio=value(0.8)) / "n"
    (foreign / name).unlink()
    if text:
        (foreign / name).write_text(text)
    for folder in (foreign.parent, foreign):
        done = tourmaline("diff", str(one), str(folder))
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr == (
            f"Error: {foreign}: its values.json and run.json are not those of a run\n"
            "  Name a folder that holds nothing but results, or the folder of one run.\n"
        )


@pytest.mark.slow
def test_a_variant_is_built_beside_the_report_and_says_on_every_page_what_it_is(report, tmp_path):
    before = contents(report / "results"), contents(report / "_build" / "html")
    scenario(report, "title: Random & more\ndescription: x\nnotebooks: {tiny: {model: random}}\n")
    done = command(report, "build", "--scenario", "mine.yaml", "--json")
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert {step["name"]: step["did"] for step in answer["steps"]} == {
        "data": "reused",
        "other": "reused",  # it has the same parameters as in the report
        "tiny": "ran",
        "site": "ran",
    }
    site = Path(answer["site"]).parent
    assert site == report / "_build" / "scenarios" / "mine" / "html"
    pages = sorted(site.rglob("*.html"))
    stamp = "A variant of the report. Random &amp; more: model = random."
    stamped = [page.relative_to(site).as_posix() for page in pages if stamp in page.read_text()]
    assert {"index.html", "book/page.html", "results/tiny/tiny.html", "search.html"} <= set(stamped)
    assert check_site(site) >= 4
    index = (site / "index.html").read_text()
    assert "model = random" in index
    results = report / "_build" / "scenarios" / "mine" / "source" / "results"
    assert contents(results / "other") == contents(report / "results" / "other")
    assert (contents(report / "results"), contents(report / "_build" / "html")) == before
    assert stamp not in (report / "_build" / "html" / "index.html").read_text()

    again = command(report, "build", "--scenario", "mine.yaml")
    assert "Nothing has changed" in again.stdout
    assert command(report, "diff", "report", "report").returncode == 0
    same = command(report, "diff", "report", "mine")
    assert (same.returncode, same.stdout) == (0, "Values that differ: 0.\n")  # tiny's values do not use its model
    shutil.rmtree(results / "other")
    lacks = command(report, "diff", "report", "mine.yaml")
    assert (lacks.returncode, lacks.stdout) == (0, "Only the first has other.\nValues that differ: 0.\n")
    assert command(report, "diff", "report", "nothing").returncode == 2


@pytest.mark.slow
def test_a_wrong_scenario_stops_a_build_before_anything_runs(project, tourmaline):
    scenario(project, "title: x\ndescription: x\nparameters: {endpoint: pfz}\n")
    done = tourmaline("build", "--scenario", "mine.yaml")
    assert done.returncode == 2
    # Several notebooks have the parameter; the message names the first that is asked.
    assert re.match(r"Error: mine.yaml: \w+: parameter 'endpoint' is 'pfz'", done.stderr)
    assert not (project / "_build").exists()
    assert not (project / "results").exists()


def test_prose_that_a_scenario_could_make_wrong_is_a_value():
    """The pages open with what the trials do; with POLLUX they do not agree."""
    pages = {
        paths.ROOT / "index.md": "{value}`cross_trial/verdict`",
        paths.ROOT / "book" / "evidence" / "cross_trial.md": "{value}`cross_trial/verdict`",
    }
    for page, opening in pages.items():
        text = page.read_text(encoding="utf-8")
        assert opening in text
        assert not re.search(r"(trials|ratios) agree\b", text)


@pytest.mark.slow
def test_the_report_of_the_papers_day_is_whole_and_presumes_nothing_that_came_later(built_project):
    done = command(built_project, "build", "--keep-sweeps", "--scenario", "scenarios/nejm-2016.yaml")
    assert done.returncode == 0, done.stderr
    variant = built_project / "_build" / "scenarios" / "nejm-2016"
    day = pd.Timestamp("2016-04-28")
    later = [key for key, source in data.sources().items() if not pd.Timestamp(source.known_from) <= day]
    names = re.compile(rf"\b({'|'.join(later)})\b")
    for record in sorted((variant / "source" / "results").glob("*/run.json")):
        # The list of all sources is not evidence; the lesson on change shows what came after the first analysis.
        if "as_of" in json.loads(record.read_text())["parameters"] and record.parent.name not in ("sources", "lessons"):
            for file in record.parent.rglob("*"):
                if file.suffix in (".csv", ".json", ".svg"):
                    assert not names.search(file.read_text()), file
    # A number that is absent is not a sentence: pages ask before they tell.
    pages = [variant / "html" / "index.html", *(variant / "html" / "book").glob("[!lr]*/*.html")]
    assert len(pages) > 20
    for page in pages:
        article = BeautifulSoup(page.read_text(), "html.parser").select_one("article")
        for sentence in article.select("p, li"):
            if not sentence.find_parent("table"):
                assert "—" not in sentence.text, (page.name, sentence.text)


def test_a_variant_keeps_its_link_to_sweeps_that_have_not_run_yet(tmp_path):
    """In a fresh checkout a variant may be built first: the sweeps are run while it is built, and its pages show them."""
    for name in ("sweeps", "stray"):
        (tmp_path / name).symlink_to(tmp_path / "absent")
    (tmp_path / "gone").mkdir()
    build_module._clear(tmp_path, [])
    assert [path.name for path in tmp_path.iterdir()] == ["sweeps"]
