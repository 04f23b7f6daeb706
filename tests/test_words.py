"""The words of results: fields, conditions, names, and what is refused."""

import numpy as np
import pandas as pd
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tourmaline import paths
from tourmaline.errors import ResultError
from tourmaline.estimate import Estimate
from tourmaline.results.run import Run
from tourmaline.results.words import MAY_BE_SAID, Words, in_a_name, vocabulary

WORDS = """
origin: recomputed
source: "of {names}"
fields:
  verdict: {if: several, then: "{names} agree", else: one trial}
values:
  ratio: {label: "Ratio of {endpoint}, {level} interval", unit: ratio}
  "median_{arm}": {label: "Median, {arm}", unit: months, origin: printed}
  verdict: {label: Verdict, unit: text}
tables:
  rows:
    caption: ["Rows.", {if: several, then: "Pooled."}, {if: missing, then: "Without {missing}."}]
    columns: {tau_estimator: Estimator, lower: "From ({level})"}
    decimals: {"From ({level})": 2}
    numeric: others
    notes: ["One.", {if: missing, then: "Never."}, ["Two", "parts."]]
files:
  rows: {caption: Rows, header: ["Of {names}.", "Not patients."]}
"""


@pytest.fixture
def run(tmp_path, monkeypatch):
    words = tmp_path / "words"
    words.mkdir()
    (words / "one.yml").write_text(WORDS, encoding="utf-8")
    (words / "vocabulary.yml").write_text((paths.WORDS / "vocabulary.yml").read_text("utf-8"), encoding="utf-8")
    monkeypatch.setattr(paths, "WORDS", words)
    made = Run("one", {"endpoint": "pfs", "confidence_level": 0.9}, None)
    made.fields |= {"names": "A and B", "several": True, "missing": ""}
    return made


def test_fields_come_from_parameters_the_vocabulary_and_the_notebook(run):
    assert repr(run.value("ratio", Estimate(0.70604, 0.6274, 0.7945, 0.9))) == (
        "Ratio of progression-free survival, 90% interval: 0.71 (90% confidence interval 0.63 to 0.79) [recomputed]"
    )
    run.value("median_{arm}", 14.7, arm="ELOQUENT-2")
    assert run._values["median_eloquent_2"] | {"cell": 0} == {
        "value": 14.7, "unit": "months", "origin": "printed", "source": "of A and B", "label": "Median, ELOQUENT-2",
        "decimals": 1, "cell": 0,
    }  # fmt: skip
    assert run.values(verdict=run.text("verdict")).text == "Verdict: A and B agree [recomputed]"
    assert run.text("verdict", several=False) == "one trial"


def test_a_table_has_headings_conditions_and_words_of_the_vocabulary(run):
    frame = pd.DataFrame({"name": ["x"], "tau_estimator": ["reml"], "lower": [0.5]})
    shown = run.table("rows", frame, notes=["Three."])
    assert shown.text == "Table: Rows. Pooled."
    assert "REML" in shown.markup and "From (90%)" in shown.markup and "0.50" in shown.markup
    assert "<p>One.</p><p>Two parts.</p><p>Three.</p>" in shown.markup and "Never" not in shown.markup
    assert list(frame) == ["name", "tau_estimator", "lower"]  # as it was given


def test_what_has_no_words_or_no_field_is_refused_with_its_place(run):
    with pytest.raises(ResultError, match=r"'other' has no origin\n.*one.yml, under values: other"):
        run.value("other", 1)
    del run.fields["names"]
    with pytest.raises(ResultError, match=r"one.yml, ratio, source: 'of \{names\}': there is no field 'names' among"):
        run.value("ratio", 1)
    run.fields["names"] = "A"
    del run.fields["missing"]
    with pytest.raises(ResultError, match="there is no field 'missing'"):
        run.table("rows", pd.DataFrame({"lower": [1.0]}))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("valued: {}", "there is no key 'valued'\n.*'values'"),
        ("values: {ratio: {labels: x}}", "values, ratio: there is no key 'labels'"),
        ("values: {ratio: x}", "keys and their words are missing"),
        ("values: [ratio]", "keys and their words are missing"),
        ("- values", "keys and their words are missing"),
    ],
)
def test_a_wrong_file_is_refused(tmp_path, text, message):
    path = tmp_path / "wrong.yml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ResultError, match=message):
        Words(path)


@pytest.mark.parametrize("text", ["{names.__class__}", "{names[0]}", "{0}", "{}", "{names:.2f}", "{names"])
def test_a_text_reads_named_fields_and_nothing_behind_them(tmp_path, text):
    path = tmp_path / "one.yml"
    path.write_text(yaml.safe_dump({"values": {"x": {"label": text}}}), encoding="utf-8")
    with pytest.raises(ResultError, match=r"one\.yml, x, label"):
        Words(path).of("values", "x", {"names": "A"})


@pytest.mark.seconds
def test_every_file_of_words_belongs_to_a_notebook_and_is_right():
    for path in sorted(paths.WORDS.glob("*.yml")):
        if path.stem != "vocabulary":
            Words(path)
            assert (paths.NOTEBOOKS / f"{path.stem}.ipynb").exists(), path
    assert vocabulary()["endpoint"]["pfs"] == "progression-free survival"
    assert set(MAY_BE_SAID) == {"values", "tables", "figures", "files"}


@given(st.text())
def test_a_part_of_a_name_is_a_name(text):
    assert all(letter in "abcdefghijklmnopqrstuvwxyz0123456789_" for letter in in_a_name(text))


def test_an_estimate_has_a_whole_interval_and_keeps_it():
    assert Estimate(0.0, -1.0, 1.0, 0.95).map(np.exp) == Estimate(1.0, float(np.exp(-1)), float(np.exp(1)), 0.95)
    assert (
        f"{Estimate(20.6, 16.95, float('nan'), 0.95):.1f}" == "20.6 (17.0 to NE)"
    )  # 16.95 is the decimal: half to even
    assert Estimate(3.0).map(lambda number: 2 * number) == Estimate(6.0)
    with pytest.raises(ValueError, match="an interval needs lower, upper and level"):
        Estimate(1.0, 0.5)
