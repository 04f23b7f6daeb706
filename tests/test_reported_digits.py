"""A reported number is shown with the digits of its source: 1.0 is not 1.00."""

import csv
import json
import math
from collections import defaultdict

import matplotlib.pyplot as plt
import pandas as pd
import pytest

from tourmaline import data
from tourmaline.data.ledger import printed_numbers
from tourmaline.data.printed import number
from tourmaline.estimate import Estimate
from tourmaline.figures.forest import forest, pooled_row, rows_in_words, study_rows
from tourmaline.results.formats import shown, shown_interval, shown_value
from tourmaline.results.run import Run

PARTS = ("value", "lower", "upper")
UNITS = {"fraction": "probability"}  # by which unit of the data a published one is looked up, where they differ
NO_REPORTED_NUMBER = {"Level"}  # a level of confidence is given in percent, and shown as a fraction
OF_ROWS = {"count", "trials"}  # how many facts there are: a number of ours
WORDS = {"origin": "printed", "source": "label", "label": "Hazard ratio", "unit": "ratio"}


def spelt(text):
    """A number as pages show it: with a zero before the point, and without the words that stand around it there."""
    text = text.removeprefix("≥")
    return f"0{text}" if text.startswith(".") else text


@pytest.fixture(scope="module")
def spellings():
    """How the data spell a number, by its unit and the number."""
    found = defaultdict(set)
    rows = data.known_by("latest").all_printings
    for analysis in data.analyses().index:
        for row in rows(analysis).to_dict("records"):
            for part in PARTS:
                found[row["unit"], number(spelt(row[part]))].add(spelt(row[part]))
    for one in printed_numbers().values():
        found[one.unit, number(spelt(one.printed))].add(spelt(one.printed))
    for row in data.load("evidence/trial_facts.csv").to_dict("records"):
        found[row["unit"], number(row["value"])].add(row["value"])
    return found


@pytest.fixture(scope="module")
def together():
    """Value and limits of each row of the evidence, as they stand there."""
    rows = data.known_by("latest").all_printings
    return {
        tuple(spelt(row[part]) for part in PARTS)
        for analysis in data.analyses().index
        for row in rows(analysis).to_dict("records")
    }


def test_a_reported_estimate_keeps_its_digits_and_a_computed_one_its_decimals(tmp_path):
    run = Run("notebook", {}, tmp_path)
    reported = Estimate.as_reported("0.82", "0.67", "1.0", 0.95)
    run.value("reported", reported, **WORDS)
    run.value("computed", Estimate(0.82, 0.67, 1.0, 0.95), **WORDS | {"origin": "recomputed"})
    run.value("half", Estimate(0.939, 0.784, 1.12, 0.95).with_digits(("0.939", "", "")), **WORDS)
    run.value("months", "20", **WORDS | {"unit": "months"})
    run.value("p", ".495", **WORDS | {"unit": "probability"})
    run.value("absent", "", **WORDS)
    run.value("not_reached", "NR", **WORDS | {"unit": "months"})
    values = json.loads((tmp_path / "values.json").read_text())
    assert {name: shown_value(record) for name, record in values.items()} == {
        "reported": "0.82",
        "computed": "0.82",
        "half": "0.939",
        "months": "20 months",
        "p": "0.495",
        "absent": "—",
        "not_reached": "— months",
    }
    assert [shown_interval(values[name]).partition("interval ")[2] for name in ("reported", "computed", "half")] == [
        "0.67 to 1.0",
        "0.67 to 1.00",
        "0.78 to 1.12",
    ]
    assert f"{-reported:.2f}" == "-0.82 (-1.00 to -0.67)"  # the opposite of a reported number is computed
    assert f"{reported.map(lambda ratio: ratio / 2):.2f}" == "0.41 (0.34 to 0.50)"


def test_a_forest_plot_writes_reported_numbers_as_reported_and_computed_ones_with_two_decimals():
    studies = pd.DataFrame(
        {
            "name": ["as reported", "converted", "without interval"],
            "label": ["", "", ""],
            "hazard_ratio": [0.82, 0.82, 0.7],
            "digits": [("0.82", "0.67", "1.0"), ("0.82", "0.68", "1.00"), ("0.700", "", "")],
        }
    )
    rows = study_rows(studies, ([0.67, 0.6811, math.nan], [1.0, 0.9872, math.nan]))
    pooled = pd.DataFrame([pooled_row("Pooled", "", Estimate(0.8, 0.7, 1.0, 0.95))])
    assert rows_in_words(pd.concat([rows, pooled])).split("; ") == [
        "as reported 0.82 (0.67 to 1.0)",
        "converted 0.82 (0.68 to 0.99)",
        "without interval 0.700",
        "Pooled 0.80 (0.70 to 1.00)",
    ]
    for narrow in (False, True):
        figure = forest(rows, pooled, narrow=narrow)
        written = " ".join(text.get_text() for axes in figure.axes for text in axes.texts)
        assert all(
            text in written for text in ("(0.67 to 1.0)", "(0.68 to 0.99)", "0.700 (no interval", "(0.70 to 1.00)")
        )
        plt.close(figure)


@pytest.mark.parametrize("text", ["1,0", "about 1", "0.82 (0.67 to 1.0)"])
def test_a_text_that_is_no_reported_number_is_none(text):
    with pytest.raises(ValueError, match="could not convert"):
        Estimate.as_reported(text)


def misspelt(spellings, unit, numbers_and_texts):
    """What is shown of numbers in this unit, and how the data spell it, where these differ or the data have several spellings."""
    for value, text in numbers_and_texts:
        if (known := spellings.get((unit, value), set())) != {text}:
            yield text, sorted(known)


@pytest.mark.slow
def test_every_value_that_a_source_reports_is_shown_as_its_source_spells_it(built_project, spellings, together):
    wrong, seen = [], 0
    for path in sorted((built_project / "results").glob("*/values.json")):
        for name, record in json.loads(path.read_text(encoding="utf-8")).items():
            if record["origin"] != "printed" or isinstance(record["value"], str | None) or record["unit"] in OF_ROWS:
                continue
            seen += 1
            place, unit = f"{path.parent.name}/{name}", UNITS.get(record["unit"], record["unit"])
            reported = record.get("reported", {})
            parts = [part for part in PARTS if record.get(part) is not None and part not in reported]
            texts = [(record[part], shown(record[part], record["decimals"])) for part in parts]
            wrong += [(place, *problem) for problem in misspelt(spellings, unit, texts)]
            if "level" in record and tuple(reported.get(part, "") for part in PARTS) not in together:
                wrong.append((place, "no row has this value with these limits", reported))
            wrong += [
                (place, part, text)
                for part, text in reported.items()
                if text not in spellings.get((unit, record[part]), ())
                or text
                not in shown_value(record) + shown_interval({"level": 0.95, "lower": None, "upper": None} | record)
            ]
    assert seen > 60
    assert wrong == []


@pytest.mark.slow
def test_a_table_of_reported_numbers_holds_them_as_text_and_rounds_none(built_project):
    rounded = {}
    for path in sorted((built_project / "results").glob("*/tables/*.json")):
        layout = json.loads(path.read_text(encoding="utf-8"))
        if layout["origin"] == "printed" and (columns := layout["decimals"].keys() - NO_REPORTED_NUMBER):
            rounded[f"{path.parent.parent.name}/{path.stem}"] = sorted(columns)
    assert rounded == {}
    with (built_project / "results" / "lessons" / "tables" / "sisters.csv").open(encoding="utf-8", newline="") as file:
        shown_ratios = {row["Trial"]: row["Hazard ratio"] for row in csv.DictReader(file)}
    evidence = data.known_by("latest")
    chosen, _ = evidence.select_analyses(list(shown_ratios), "pfs")
    ratios = evidence.hazard_ratios(chosen).set_index("name")["digits"]
    assert shown_ratios == {name: digits[0] for name, digits in ratios.items()} != {}
