"""Tables 1 to 4, rebuilt from data/, are the paper's: they equal a second transcription, made apart from the first.

tests/transcription/ was typed from the paper without sight of data/. The sums below are the paper's own arithmetic.
"""

import csv
import math
import re
from fractions import Fraction
from pathlib import Path

import pandas as pd
import pytest

from tourmaline import data
from tourmaline.data.printed import number
from tourmaline.errors import DataError

TABLES = (1, 2, 3, 4)
ARM_NAMES = ("ixazomib", "placebo")
COUNT = re.compile(r"(\d+)(?:/\d+)? \(<?\d+\)|0")  # 192 (53), 180/354 (51), 2 (<1), 0


def second_transcription(name):
    with (Path(__file__).parent / "transcription" / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


FOOTNOTES = second_transcription("footnotes.csv")


def cells_with_counts(table):
    cells = data.paper_table(table)
    return cells[cells["count"].notna()]


def count(table, row, arm, severity=""):
    cells = data.paper_table(table).set_index(["row", "arm", "severity"])
    return int(cells.loc[(row, arm, severity), "count"])


def said(claim):
    return int(data.claim(claim)[0])


# --- as printed


@pytest.mark.parametrize("table", TABLES)
def test_every_line_and_cell_equals_the_second_transcription(table):
    lines = [list(line.values()) for line in second_transcription(f"table{table}.csv")]
    expected = [[label + marks, *cells] for label, marks, *cells in lines]
    assert data.as_printed(table).frame.to_numpy().tolist() == expected


@pytest.mark.parametrize("table", TABLES)
def test_title_and_footnotes_equal_the_second_transcription(table):
    printed = data.as_printed(table)
    title, *notes = [note for note in FOOTNOTES if note["table"] == str(table)]
    assert f"Table {table}. {printed.title}.*" == title["text"]
    assert printed.notes == [f"{note['mark']} {note['text']}" for note in notes]


@pytest.mark.parametrize("table", TABLES)
def test_headings_are_the_lines_without_a_cell(table):
    lines = [list(line.values())[2:] for line in second_transcription(f"table{table}.csv")]
    assert data.as_printed(table).headings == [not any(line) for line in lines]


@pytest.mark.parametrize(
    ("table", "columns"),
    [
        (1, ["Characteristic", "Ixazomib Group (N = 360)", "Placebo Group (N = 362)", "Overall (N = 722)"]),
        (2, ["Variable", "Ixazomib Group (N = 360)", "Placebo Group (N = 362)", "P Value"]),
        (3, ["Variable", "Ixazomib Group (N = 361)", "Placebo Group (N = 359)"]),
        (
            4,
            [
                "Adverse Event",
                *(f"Ixazomib Group (N = 361): {grade}" for grade in ("Any Grade", "Grade 3", "Grade 4")),
                *(f"Placebo Group (N = 359): {grade}" for grade in ("Any Grade", "Grade 3", "Grade 4")),
            ],
        ),
    ],
)
def test_columns_carry_the_printed_headings_and_numbers_of_patients(table, columns):
    assert list(data.as_printed(table).frame.columns) == columns


def test_lines_are_indented_below_their_block_and_characteristic():
    table = data.as_printed(1)
    indents = dict(zip(table.frame["Characteristic"], table.indents))
    assert [indents[label] for label in ("Age", "Median (range) — yr", "Male sex — no. (%)")] == [0, 1, 0]
    table = data.as_printed(4)
    indents = dict(zip(table.frame["Adverse Event"], table.indents))
    assert [indents[label] for label in ("Rash§", "High-level term", "Constipation")] == [1, 2, 1]
    assert indents["Other adverse events of clinical interest"] == 0


@pytest.mark.parametrize(("table", "severity"), [(1, ""), (2, ""), (3, ""), (4, "any"), (4, "3"), (4, "4")])
def test_counts_of_both_arms_equal_the_second_transcription(table, severity):
    suffix = f"_{severity}" if severity else ""
    expected = [
        tuple(int(found[1] or 0) for found in pair)
        for line in second_transcription(f"table{table}.csv")
        if all(pair := [COUNT.fullmatch(line[f"{arm}{suffix}"]) for arm in ARM_NAMES])
    ]
    counts = data.counts(table, severity)
    assert list(zip(counts["count_experimental"], counts["count_control"])) == expected


def test_a_printed_cell_is_found_by_line_arm_and_grade():
    assert data.printed_cell(1, "ecog_0", "control") == "170/358 (47)"
    assert data.printed_cell(4, "nausea", "control", "3") == "0"
    assert data.printed_cell(2, "stringent_complete_response", "comparison") == "—"
    assert data.printed_cell(2, "stringent_complete_response", "experimental") == ""


def test_a_claim_is_a_number_of_the_text_or_a_part_of_a_cell_with_its_place():
    assert data.claim("results.pfs.hazard_ratio") == ("0.74", "results, efficacy, paragraph 1")
    assert data.claim("table1.ecog_0.placebo.denominator") == ("358", "Table 1, 0, placebo")
    assert data.claim("table4.nausea.ixazomib.3.percent")[0] == "2"
    assert data.claim("table2.note.ttp.hazard_ratio")[0] == "0.71"  # a footnote is text, not a cell


@pytest.mark.parametrize(
    ("wrong", "nearest"),
    [
        ("results.pfs.hazard_ration", "results.pfs.hazard_ratio"),
        ("table2.complete_response_patients.ixazomb.count", "table2.complete_response_patients.ixazomib.count"),
    ],
)
def test_an_unknown_claim_names_the_nearest(wrong, nearest):
    with pytest.raises(DataError, match=rf"(?s)no claim '{wrong}'.*Did you mean '{nearest}'\?"):
        data.claim(wrong)


# --- sums


def test_arms_of_table_1_add_up_to_overall():
    cells = cells_with_counts(1)
    for part in ("count", "denominator"):
        lines = cells.pivot(index="row", columns="arm", values=part)
        assert len(lines) == 32
        pd.testing.assert_series_equal(lines["ixazomib"] + lines["placebo"], lines["overall"], check_names=False)


@pytest.mark.parametrize("arm", (*ARM_NAMES, "overall"))
@pytest.mark.parametrize(
    "levels",
    [
        ("ecog_0", "ecog_1", "ecog_2"),
        ("iss_1", "iss_2", "iss_3"),
        ("cytogenetics_standard_risk", "cytogenetics_high_risk", "cytogenetics_not_available"),
        ("prior_therapies_1", "prior_therapies_2", "prior_therapies_3"),
        ("disease_relapsed", "disease_refractory", "disease_relapsed_and_refractory"),  # primary: some of refractory
    ],
    ids=lambda levels: levels[0],
)
def test_levels_that_exclude_each_other_add_up_to_their_denominator(levels, arm):
    cells = data.paper_table(1)
    cells = cells[cells["row"].isin(levels) & (cells["arm"] == arm)]
    assert cells["denominator"].nunique() == 1
    assert cells["count"].sum() == cells["denominator"].iloc[0]


@pytest.mark.parametrize("row", ["age_median", "creatinine_clearance_median", "time_since_diagnosis_median"])
def test_overall_range_spans_those_of_the_arms_and_the_overall_median_lies_between_theirs(row):
    cells = data.paper_table(1).query("row == @row").set_index("arm")[["value", "lower", "upper"]].map(number)
    arms, overall = cells.loc[list(ARM_NAMES)], cells.loc["overall"]
    assert (overall["lower"], overall["upper"]) == (arms["lower"].min(), arms["upper"].max())
    assert arms["value"].min() <= overall["value"] <= arms["value"].max()


@pytest.mark.parametrize("arm", ARM_NAMES)
def test_responses_add_up(arm):
    complete, partial, overall, very_good, very_good_or_better, stringent = (
        count(2, f"{row}_patients", arm)
        for row in (
            "complete_response",
            "partial_response",
            "overall_response",
            "very_good_partial_response",
            "vgpr_or_better",
            "stringent_complete_response",
        )
    )
    assert complete + partial == overall
    assert complete + very_good == very_good_or_better
    assert stringent <= complete
    assert very_good <= partial


@pytest.mark.parametrize("arm", ARM_NAMES)
def test_high_risk_patients_are_those_of_the_three_abnormalities_in_the_footnote(arm):
    parts = sum(said(f"table1.note.{name}.{arm}") for name in ("del17p", "t414", "t1416"))
    assert parts == count(1, "cytogenetics_high_risk", arm) == said(f"results.high_risk.n.{arm}")


def test_safety_population_is_who_was_randomised_less_untreated_and_with_the_misdosed_moved():
    moved = said("table4.note.misdosed.n.placebo")
    randomised = [said(f"table4.note.randomised.n.{arm}") for arm in ARM_NAMES]
    treated = [randomised[0] - said("table4.note.untreated.n.ixazomib") + moved, randomised[1] - moved]
    assert treated == [said(f"results.safety_population.n.{arm}") for arm in ARM_NAMES]
    assert sum(randomised) == said("results.randomised.n")


def test_deaths_of_the_arms_add_up():
    assert sum(said(f"results.os23.deaths.{arm}") for arm in ARM_NAMES) == said("results.os23.deaths.overall")


def test_grades_3_and_4_together_are_no_more_than_any_grade():
    counts = [data.counts(4, severity).set_index("row") for severity in ("any", "3", "4")]
    for arm in ("experimental", "control"):
        any_grade, grade_3, grade_4 = (frame[f"count_{arm}"] for frame in counts)
        assert len(grade_3) == len(grade_4) == 28
        assert (grade_3 + grade_4 <= any_grade[grade_3.index]).all()


@pytest.mark.parametrize("table", TABLES)
def test_a_count_is_of_all_patients_of_its_column_unless_a_total_is_printed(table):
    columns = data.load("tourmaline_mm1/table_columns.csv").query(
        "table == @name", local_dict={"name": f"table{table}"}
    )
    patients = columns.set_index(["arm", "severity"])["n"]
    cells = data.paper_table(table).query("kind == 'count'")
    assert len(cells)
    assert cells["denominator"].tolist() == [
        patients[arm, grade] for arm, grade in zip(cells["arm"], cells["severity"])
    ]


@pytest.mark.parametrize("table", TABLES)
def test_every_percentage_is_its_count_rounded(table):
    for line, cell in cells_with_counts(table).iterrows():
        share = Fraction(100 * int(cell["count"]), int(cell["denominator"]))
        to_even, half_up = round(share), math.floor(share + Fraction(1, 2))
        allowed = {str(to_even), str(half_up)} if share else {""}
        allowed |= {"<1"} if 0 < share < 1 else set()  # the paper prints 5 of 722 as 1, and 1 of 360 as <1
        assert cell["percent"] in allowed, f"table{table}.csv, row {line}"


@pytest.mark.parametrize("arm", ARM_NAMES)
def test_intervals_of_the_responses_contain_their_percentages(arm):
    cells = data.paper_table(2).query("arm == @arm").set_index("row")
    intervals = cells[cells["kind"] == "interval"]
    assert len(intervals) == 7
    for row, interval in intervals.iterrows():
        response = cells.loc[row.replace("_ci", "_patients")]
        lower, upper = (0 if interval[end] == "<1" else number(interval[end]) for end in ("lower", "upper"))
        assert lower <= 100 * response["count"] / response["denominator"] <= upper


@pytest.mark.parametrize("arm", ARM_NAMES)
@pytest.mark.parametrize(
    ("claim", "table", "row", "severity"),
    [
        ("results.overall_response", 2, "overall_response_patients", ""),
        ("abstract.overall_response", 2, "overall_response_patients", ""),
        ("abstract.vgpr_or_better", 2, "vgpr_or_better_patients", ""),
        ("results.thrombocytopenia", 4, "thrombocytopenia", "any"),
        ("results.thrombocytopenia_grade3", 4, "thrombocytopenia", "3"),
        ("results.thrombocytopenia_grade4", 4, "thrombocytopenia", "4"),
        ("results.neuropathy", 4, "peripheral_neuropathy", "any"),
        ("results.arrhythmia", 4, "arrhythmias", "any"),
    ],
)
def test_percentages_of_the_text_are_those_of_the_tables(claim, table, row, severity, arm):
    text = data.claim(f"{claim}.percent.{arm}")[0]
    cells = data.paper_table(table).set_index(["row", "arm", "severity"])
    share = 100 * cells.loc[(row, arm, severity), "count"] / cells.loc[(row, arm, severity), "denominator"]
    assert f"{share:.{len(text.partition('.')[2])}f}" == text
