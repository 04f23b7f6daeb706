"""The chapter on the comparison under odd parameters: a right answer, a labelled degenerate one, or one message; never a nan.

The notebooks' cells are run here, in this process: the same code as in a kernel, at a tenth of its time.
"""

import csv
import json
import re

import nbformat
import pytest

from tourmaline import parameters, paths
from tourmaline.errors import EvidenceError, ParameterError
from tourmaline.results.run import FIGURES_VARIABLE, RESULTS_VARIABLE
from tourmaline.statistics.monitoring import SMALLEST_GAP
from tourmaline.yaml_files import load_yaml

CORE = ["TOURMALINE-MM1", "ASPIRE", "ELOQUENT-2"]
NO_NUMBER = re.compile(r"\b(nan|inf|NaT|None)\b")
PAPER, EARLY = "2016-04-28", "2015-01-01"


def run(monkeypatch, folder, notebook, figures="", **given):
    """Values, tables' rows and all texts of one run; with the figures that are asked for."""
    monkeypatch.setenv(RESULTS_VARIABLE, str(folder))
    monkeypatch.setenv(FIGURES_VARIABLE, figures)
    path = paths.NOTEBOOKS / f"{notebook}.ipynb"
    parameters.validated(path, given)
    names = {"display": print}  # which a kernel gives to every notebook
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "code":
            exec(compile(cell.source, f"{notebook}, {cell.id}", "exec"), names)
            names.update(given if "parameters" in cell.metadata.get("tags", ()) else {})
    values = json.loads((folder / "values.json").read_text()) if (folder / "values.json").exists() else {}
    tables = {table.stem: list(csv.DictReader(table.read_text().splitlines())) for table in folder.glob("tables/*.csv")}
    texts = [
        json.dumps(values),
        *(file.read_text() for file in folder.rglob("*") if file.suffix in (".csv", ".json", ".svg")),
    ]
    return values, tables, "\n".join(texts)


@pytest.mark.parametrize(
    ("notebook", "given"),
    [
        ("cross_trial", {"trials": ["ASPIRE"], "interval_method": "hartung-knapp", "model": "random"}),
        ("cross_trial", {"as_of": EARLY}),
        ("cross_trial", {"confidence_level": 0.99999, "model": "random", "interval_method": "hartung-knapp-floored"}),
        ("cross_trial", {"trials": ["ASPIRE", "POLLUX"], "confidence_level": 0.5, "prediction": "t-k-1"}),
        ("cross_trial", {"prior_scale": 1e-6, "tau_estimator": "reml"}),
        ("cross_trial", {"prior_scale": 10.0, "endpoint": "os", "tau_estimator": "paule-mandel"}),
        ("overall_survival", {"as_of": PAPER, "interval_method": "hartung-knapp-floored"}),
        ("overall_survival", {"trials": [*CORE, "POLLUX"], "confidence_level": 0.99999}),
        ("cross_response", {"as_of": PAPER, "interval_method": "hartung-knapp", "effect_measure": "risk-difference"}),
        ("cross_subgroups", {"trials": ["ASPIRE"], "as_of": "latest"}),
        ("cross_subgroups", {"as_of": PAPER}),
        ("pollux", {"confidence_level": 0.99999}),
        ("published_pools", {"as_of": PAPER}),
        ("comparator", {"as_of": EARLY}),
        ("indirect", {"heterogeneity": 10.0, "confidence_level": 0.999}),
        ("as_it_stood", {"as_of": EARLY, "model": "random"}),
        ("toxicity", {"as_of": EARLY, "effect_measure": "odds-ratio"}),
        ("treatment_given", {"as_of": PAPER, "confidence_level": 0.99999}),
        ("for_patients", {"draws": 2, "as_of": PAPER, "month": 24.0}),
        pytest.param("side_by_side", {"draws": 2, "endpoint": "os", "horizon": 36.0}, marks=pytest.mark.slow),
        ("side_by_side", {"draws": 2, "horizon": 240.0, "as_of": EARLY}),
        ("monitoring", {"alpha": 1e-4, "information_fractions": [1.0]}),
        ("monitoring", {"planned_pfs_events": 100_000, "endpoint": "pfs", "true_hazard_ratios": [0.01]}),
        ("monitoring", {"planned_pfs_events": 286, "spending_function": "hwang-shih-decani", "gamma": 40.0, "as_of": PAPER}),
        ("monitoring", {"information_fractions": [0.5, 0.55, 1.0], "spending_function": "pocock"}),
    ],
)  # fmt: skip
@pytest.mark.sampled(6)
def test_what_is_published_holds_no_nan_and_absence_is_said(monkeypatch, tmp_path, notebook, given):
    values, tables, texts = run(monkeypatch, tmp_path, notebook, "forest,boundaries,history,league", **given)
    assert not NO_NUMBER.search(re.sub(r"<defs>.*?</defs>|<style.*?</style>", "", texts, flags=re.DOTALL))
    said = re.compile(r"\((one trial|there is|none yet|out of reach)|not yet published|no source|0 trials")
    for name, record in values.items():
        if record["value"] is None:
            assert said.search(record["label"] + record["source"]) or name.startswith("ixazomib_response"), name
    for name, rows in tables.items():
        layout = json.loads((tmp_path / "tables" / f"{name}.json").read_text())
        assert rows or layout["notes"], f"{name} is empty and does not say why"


@pytest.mark.sampled(4)
@pytest.mark.parametrize(
    ("notebook", "given", "error", "words"),
    [
        ("cross_trial", {"as_of": "2010-01-01"}, EvidenceError, "no hazard ratio of PFS was published by 2010-01-01"),
        ("indirect", {"as_of": EARLY}, EvidenceError, r"one added drug alone \(KRd\)"),
        ("for_patients", {"draws": 1, "month": 200.0}, EvidenceError, "not every data set follows a patient for 200"),
        ("treatment_given", {"as_of": EARLY}, EvidenceError, "no reason for stopping was published by 2015-01-01"),
        ("pollux", {"trials": ["ASPIRE"]}, EvidenceError, "two trials beside POLLUX are needed, and 1 has"),
        ("pollux", {"added": "ASPIRE"}, EvidenceError, "Take it out of trials"),
        ("monitoring", {"power": 0.001}, EvidenceError, "power = 0.001 is no more than alpha"),
        ("monitoring", {"pfs_hazard_ratio": 0.999}, EvidenceError, "Give planned_pfs_events up to 286000"),
        ("second_analysis", {"as_of": "2015-01-01"}, EvidenceError, "too little is reported of tourmaline-mm1.pfs.primary and"),
        ("overall_survival_analyses", {"as_of": "2015-01-01"}, EvidenceError, "os.interim and tourmaline-mm1.os.final by"),
        ("progression_free_survival", {"horizon": 200.0, "draws": 2}, EvidenceError, "200 months is beyond"),
        ("monitoring", {"pfs_hazard_ratio": 0.987}, EvidenceError, "for one of the powers; the first analysis had 286"),
        ("monitoring", {"information_fractions": [0.5, 0.5005, 1.0]}, ParameterError, "0.5005 after 0.5 is too close"),
    ],
)  # fmt: skip
def test_what_cannot_be_answered_is_one_message_that_says_what_to_do(
    monkeypatch, tmp_path, notebook, given, error, words
):
    with pytest.raises(error, match=words) as refused:
        run(monkeypatch, tmp_path, notebook, **given)
    assert refused.value.remedy


def test_analyses_are_refused_as_soon_as_they_are_too_close_to_be_integrated():
    assert parameters.rules.CLOSEST_ANALYSES == SMALLEST_GAP


def test_one_trial_is_neither_pooled_nor_said_to_agree_or_to_differ(monkeypatch, tmp_path):
    values, _, _ = run(monkeypatch, tmp_path, "cross_trial", "forest", trials=["ASPIRE"], as_of=PAPER)
    assert values["model"]["value"] == "one trial, nothing pooled"
    assert values["agreement"]["value"] == "cannot be compared, because only one trial has reported"
    reported = [values["pooled_hazard_ratio"][part] for part in ("value", "lower", "upper")]
    assert reported == [0.69, 0.57, 0.83]
    caption = json.loads((tmp_path / "figures" / "forest.json").read_text())["caption"]
    assert "nothing is pooled" in caption and "Weights" not in caption and "Grey bar" not in caption


def test_the_gain_side_by_side_is_said_to_be_reconstructed_and_what_is_reported_stands_as_reported(
    monkeypatch, tmp_path
):
    _, tables, _ = run(monkeypatch, tmp_path, "side_by_side", draws=2, as_of=PAPER, trials=[*CORE, "POLLUX"])
    rows = {row[""]: row for row in tables["trials"]}
    assert next(iter(rows)) == "As reported" and "Reconstructed" in list(rows)[-3]
    assert rows["Hazard ratio"]["TOURMALINE-MM1"] == "0.74 (95% CI 0.59 to 0.94)"
    assert re.fullmatch(
        r"[\d.]+ \(95% interval −?[\d.]+ to [\d.]+\)", rows["RMST difference to month 18 (months)"]["TOURMALINE-MM1"]
    )
    assert "POLLUX" not in rows["Hazard ratio"]  # not yet published
    layout = json.loads((tmp_path / "tables" / "trials.json").read_text())
    assert (
        layout["origin"] == "reconstructed"
        and "No hazard ratio by that date in the sources we could access: POLLUX." in layout["notes"]
    )


@pytest.mark.seconds
@pytest.mark.parametrize(("notebook", "table"), [("side_by_side", "trials"), ("overall_survival", "both_endpoints")])
def test_a_table_explains_ne_if_and_only_if_it_stands_in_it(monkeypatch, tmp_path, notebook, table):
    few = {"draws": 2} if notebook == "side_by_side" else {}
    for trials, stands in ((CORE, True), (["ASPIRE"], False)):  # ASPIRE reports its medians without intervals
        _, tables, _ = run(monkeypatch, tmp_path, notebook, trials=trials, **few)
        assert any("17.0 to NE" in cell for row in tables[table] for cell in row.values()) == stands
        notes = json.loads((tmp_path / "tables" / f"{table}.json").read_text())["notes"]
        assert ("NE: not estimable, not reached." in notes) == stands


@pytest.mark.seconds
def test_deaths_with_del17p_are_compared_and_a_list_of_low_hazard_ratios_of_subgroups_may_be_selected(
    monkeypatch, tmp_path
):
    values, tables, _ = run(monkeypatch, tmp_path / "now", "overall_survival_analyses", draws=2)
    said = {name: record["value"] for name, record in values.items()}
    # 11.1% of 36 and 27.3% of 33; Newcombe's interval by hand from Wilson's limits, 0.044 to 0.253 and 0.151 to 0.442.
    died = [(said[f"del17p_died_{arm}"], said[f"del17p_patients_{arm}"]) for arm in ("ixazomib", "placebo")]
    assert died == [(4, 36), (9, 33)]
    assert said["del17p_thousand"] == "162 fewer (344 fewer to 26 more)"
    assert "inconclusive" in said["del17p_verdict"] and said["del17p_known"] == "yes"
    marked = [row["Analysis"] for row in tables["groups"] if row["Analysis"].endswith(", key secondary endpoint")]
    assert marked == ["interim analysis, 23 months, del(17p), key secondary endpoint"]
    assert said["selection"].startswith("All of these hazard ratios are lower than that of all patients.")
    values, _, _ = run(monkeypatch, tmp_path / "then", "overall_survival_analyses", draws=2, as_of=PAPER)
    assert values["del17p_known"]["value"] == "no" and "selection" not in values


def test_a_single_trial_of_overall_survival_keeps_its_reported_limits(monkeypatch, tmp_path):
    values, tables, _ = run(monkeypatch, tmp_path, "overall_survival", "forest", trials=["ASPIRE"], as_of="2026-11-26")
    assert [values["pooled_hazard_ratio"][part] for part in ("value", "lower", "upper")] == [0.79, 0.67, 0.95]
    (row,) = tables["models"]
    assert (row["Lower"], row["Upper"]) == ("0.67", "0.95")


@pytest.mark.seconds
def test_the_figure_draws_the_bayesian_prediction_unless_a_convention_is_asked_for(monkeypatch, tmp_path):
    def row(**given):
        run(monkeypatch, tmp_path, "cross_trial", "forest", **given)
        return json.loads((tmp_path / "figures" / "forest.json").read_text())

    assert "With prediction, Bayesian" in row()["alt"]
    by_t = row(prediction="t-k-2")
    assert "With prediction, random effects" in by_t["alt"] and "t on k − 2 degrees of freedom" in by_t["caption"]
    two = row(prediction="t-k-2", trials=["ASPIRE", "ELOQUENT-2"])  # too few for that convention
    assert "With prediction" not in two["alt"] and "Grey bar" not in two["caption"]


@pytest.mark.seconds
def test_direct_comparisons_of_the_league_table_keep_their_reported_limits(monkeypatch, tmp_path):
    run(monkeypatch, tmp_path, "indirect", "league")
    alt = json.loads((tmp_path / "figures" / "league.json").read_text())["alt"]
    assert "DRd against Rd 0.37 (0.27 to 0.52)" in alt and "IRd against Rd 0.74 (0.59 to 0.94)" in alt
    run(monkeypatch, tmp_path, "indirect", "league", heterogeneity=0.1)
    assumed = json.loads((tmp_path / "figures" / "league.json").read_text())["alt"]
    assert "DRd against Rd 0.37 (0.25 to 0.54)" in assumed


def test_an_indirect_comparison_names_its_direction_with_its_interval_and_its_page_shows_no_ranks(
    monkeypatch, tmp_path
):
    values, tables, _ = run(monkeypatch, tmp_path / "later", "indirect", as_of="2026-11-26")
    said = values["pairs_decided_in_words"]["value"]
    # By hand: 0.74 / 0.37, and the root of the sum of the squares of 0.119 and 0.167.
    assert ", each with the lower hazard for daratumumab: ixazomib against daratumumab 2.00 (1.34 to 2.99); " in said
    # By hand: 0.74 / 0.44, the later analysis of POLLUX. The page names this pair too.
    assert "ixazomib against daratumumab 1.68 (" in values["again_in_words"]["value"]
    assert said.count(" against ") == values["pairs_decided"]["value"] == 3
    assert values["pairs_open"]["value"].count(" against ") == 3
    assert values["again_decided"]["value"].count(" against daratumumab ") == 3
    assert (
        tables["ranks"]
        and "{result-table} indirect/ranks" not in (paths.ROOT / "book/evidence/indirect.md").read_text()
    )
    values, _, _ = run(monkeypatch, tmp_path / "early", "indirect", as_of=PAPER)
    assert values["pairs_decided_in_words"]["value"] == "No 95% interval excludes 1."


def test_pollux_changes_the_patients_of_a_thousand_as_it_changes_the_pooled_hazard_ratio(monkeypatch, tmp_path):
    values, _, _ = run(monkeypatch, tmp_path / "with", "pollux", as_of="2026-11-26")
    share = 0.5 ** (15 / 14.7)  # of the placebo group of TOURMALINE-MM1
    for model, part in (("fixed", "without"), ("fixed", "with"), ("random", "with")):
        pooled = values[f"{model}_{part}"]
        more = [f"{1000 * (share ** pooled[end] - share):.0f} more" for end in ("value", "upper", "lower")]
        assert values[f"{model}_thousand_{part}"]["value"] == f"{more[0]} ({more[1]} to {more[2]})"
    assert values["fixed_thousand_without"]["value"] == "114 more (77 more to 149 more)"
    others = {"trials": ["ASPIRE", "ELOQUENT-2"], "as_of": PAPER}
    values, _, _ = run(monkeypatch, tmp_path / "others", "pollux", **others)
    assert values["fixed_thousand_without"]["value"] == "—"


@pytest.mark.seconds
def test_a_combination_that_the_multiverse_leaves_out_says_so_beside_its_result(monkeypatch, tmp_path):
    odd = {"trials": ["ASPIRE", "ELOQUENT-2"], "model": "random", "confidence_level": 0.99}
    mark = (
        "; Hartung-Knapp interval of two trials (one degree of freedom): not reliable, not in the multiverse analysis"
    )
    for method, trials in (("hartung-knapp", odd["trials"]), ("hartung-knapp", CORE), ("normal", odd["trials"])):
        given = odd | {"interval_method": method, "trials": trials}
        values, _, _ = run(monkeypatch, tmp_path, "cross_trial", **given)
        pooled, said = values["pooled_hazard_ratio"], values["result_in_words"]["value"]
        interval = f"99% confidence interval {pooled['lower']:.2f} to {pooled['upper']:.2f}"
        assert said.startswith(f"{pooled['value']:.2f} ({interval})")
        assert said.endswith(mark) == ((method, len(trials)) == ("hartung-knapp", 2))
        assert ("not reliable" in values["interval_rests_on"]["value"]) == said.endswith(mark)
    for page in ("book/rerun/explorer.md", "book/evidence/multiverse.md", "notebooks/multiverse.ipynb"):
        assert "excludes almost nothing" not in " ".join((paths.ROOT / page).read_text().split())
    sweep = load_yaml(paths.ROOT / "scenarios" / "multiverse.yaml", error=AssertionError)
    assert sweep["publish"][0] == "result_in_words"  # the first value stands in the rows of the explorer's table


def test_the_multiverse_leaves_out_hartung_knapp_intervals_of_two_trials_and_shows_the_shares_with_them(
    monkeypatch, tmp_path
):
    three, two = ", ".join(CORE), "ASPIRE, ELOQUENT-2"
    rows = [
        (three, "fixed", "normal", 3, 0.6, 0.8),
        (three, "random", "hartung-knapp", 3, 0.5, 0.98),
        (two, "fixed", "normal", 2, 0.55, 1.05),
        (two, "random", "hartung-knapp", 2, 0.01, 40),
    ]
    header = "trials,model,interval_method,number_of_trials,pooled_hazard_ratio.lower,pooled_hazard_ratio.upper,"
    lines = [f'"{row[0]}",{",".join(map(str, row[1:]))},pfs,formal,latest,0.95,0.7' for row in rows]
    (tmp_path / "multiverse").mkdir()
    header += "endpoint,analysis,as_of,confidence_level,pooled_hazard_ratio"
    (tmp_path / "multiverse" / "runs.csv").write_text("\n".join([header, *lines]) + "\n")
    monkeypatch.setattr(paths, "SWEEPS", tmp_path)
    values, tables, _ = run(monkeypatch, tmp_path / "result", "multiverse")
    shown = {name: values[name]["value"] for name in ("runs", "excluded", "pfs_analyses", "pfs_benefit", "pfs_open")}
    assert shown == {"runs": 4, "excluded": 1, "pfs_analyses": 3, "pfs_benefit": 2, "pfs_open": 1}
    sets = {row["Set"]: (int(row["Analyses"]), round(float(row["Below 1 (%)"]))) for row in tables["sets"]}
    assert sets["The set as defined"] == (3, 67)
    assert sets["With Hartung-Knapp intervals of two trials"] == (4, 50)
    assert sets["Three trials or more"] == (2, 100)
    assert values["os_verdict"]["value"] == "nothing can be pooled"


def test_an_event_that_two_rows_report_counts_once_and_fewer_remain_after_correction(monkeypatch, tmp_path):
    values, tables, _ = run(monkeypatch, tmp_path, "safety")
    rows = tables["effects"]
    more = [row["Event"] for row in rows if float(row["Lower"]) > 0]
    assert sum(event.startswith("Rash") for event in more) == 2  # a query and a term that is a part of it
    assert values["events_more_frequent"]["value"] == len(more) - 1
    assert values["events_shown"]["value"] == len(rows) - 1
    assert values["events_more_frequent_corrected"]["value"] < values["events_more_frequent"]["value"]


@pytest.mark.seconds
def test_one_subgroup_has_one_input_and_the_implied_group_is_neither_drawn_nor_tested(monkeypatch, tmp_path):
    values, tables, _ = run(monkeypatch, tmp_path / "own", "subgroups", "forest")
    implied = values["without_result"]
    assert [round(implied[name], 2) for name in ("value", "lower", "upper")] == [1.21, 0.78, 1.88]
    # 0.543 (0.321 to 0.918) against 0.640 (0.462 to 0.888), not 0.54 (0.32 to 0.92): the values with the most decimals.
    assert [round(values["risk_ratio"][name], 3) for name in ("value", "lower", "upper")] == [0.848, 0.457, 1.575]
    _, across, _ = run(monkeypatch, tmp_path / "across", "cross_subgroups")
    row = next(row for row in across["interactions"] if row["Trial"] == "TOURMALINE-MM1")
    lesson, _, _ = run(monkeypatch, tmp_path / "lesson", "lessons")
    assert float(row["Ratio of hazard ratios"]) == pytest.approx(0.543 / 0.640)
    assert lesson["subgroup_ratio"]["value"] == pytest.approx(0.543 / 0.640)
    assert lesson["subgroup_first"]["reported"]["value"] == "0.543"
    assert not [row for row in tables["interactions"] if "implied" in row["Subgroups"]]
    figure = json.loads((tmp_path / "own" / "figures" / "forest.json").read_text())
    assert figure["origin"] == "printed" and "implied" not in figure["alt"] + figure["caption"]
    assert "high 0.54 (0.32 to 0.92)" in figure["alt"]  # drawn as this report uses it elsewhere
