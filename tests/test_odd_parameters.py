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

CORE = ["TOURMALINE-MM1", "ASPIRE", "ELOQUENT-2"]
NO_NUMBER = re.compile(r"\b(nan|inf|NaT|None)\b")
PAPER, EARLY = "2016-04-28", "2015-01-01"


def run(monkeypatch, folder, notebook, figures="", **given):
    """Values, tables' rows and all texts of one run; with the figures that are asked for."""
    monkeypatch.setenv(RESULTS_VARIABLE, str(folder))
    monkeypatch.setenv(FIGURES_VARIABLE, figures)
    path = paths.NOTEBOOKS / f"{notebook}.ipynb"
    parameters.validated(path, given)
    names = {}
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
        pytest.param("side_by_side", {"draws": 2, "endpoint": "os", "horizon": 36.0}, marks=pytest.mark.slow),
        ("side_by_side", {"draws": 2, "horizon": 240.0, "as_of": EARLY}),
        ("monitoring", {"alpha": 1e-4, "information_fractions": [1.0]}),
        ("monitoring", {"planned_pfs_events": 100_000, "endpoint": "pfs", "true_hazard_ratios": [0.01]}),
        ("monitoring", {"planned_pfs_events": 286, "spending_function": "hwang-shih-decani", "gamma": 40.0, "as_of": PAPER}),
        ("monitoring", {"information_fractions": [0.5, 0.55, 1.0], "spending_function": "pocock"}),
    ],
)  # fmt: skip
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


@pytest.mark.parametrize(
    ("notebook", "given", "error", "words"),
    [
        ("cross_trial", {"as_of": "2010-01-01"}, EvidenceError, "no hazard ratio of PFS was published by 2010-01-01"),
        ("indirect", {"as_of": EARLY}, EvidenceError, r"one added drug alone \(KRd\)"),
        ("pollux", {"trials": ["ASPIRE"]}, EvidenceError, "two trials beside POLLUX are needed, and 1 has"),
        ("pollux", {"added": "ASPIRE"}, EvidenceError, "Take it out of trials"),
        ("monitoring", {"power": 0.001}, EvidenceError, "power = 0.001 is no more than alpha"),
        ("monitoring", {"pfs_hazard_ratio": 0.999}, EvidenceError, "Give planned_pfs_events up to 286000"),
        ("monitoring", {"information_fractions": [0.5, 0.5005, 1.0]}, ParameterError, "0.5005 after 0.5 is too close"),
    ],
)  # fmt: skip
def test_what_cannot_be_answered_is_one_message_that_says_what_to_do(
    monkeypatch, tmp_path, notebook, given, error, words
):
    with pytest.raises(error, match=words) as refused:
        run(monkeypatch, tmp_path, notebook, **given)
    assert refused.value.remedy


def test_looks_are_refused_as_soon_as_they_are_too_close_to_be_integrated():
    assert parameters.rules.CLOSEST_LOOKS == SMALLEST_GAP


def test_one_trial_is_neither_pooled_nor_said_to_agree_or_to_differ(monkeypatch, tmp_path):
    values, _, _ = run(monkeypatch, tmp_path, "cross_trial", "forest", trials=["ASPIRE"], as_of=PAPER)
    assert values["model"]["value"] == "one trial, nothing pooled"
    assert values["agreement"]["value"] == "cannot be compared, because only one trial has reported"
    assert (values["pooled_hazard_ratio"]["value"], values["pooled_hazard_ratio"]["lower"]) == pytest.approx((0.69, 0.57), abs=0.003)  # fmt: skip
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
        and "No hazard ratio by that date in our sources: POLLUX." in layout["notes"]
    )
