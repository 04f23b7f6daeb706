"""Treatment given and quality of life: the notebook against the paper, transcribed here once more by hand.

The places are those of Moreau et al., N Engl J Med 2016;374:1621-34.
"""

import json
import math

import pytest
from test_odd_parameters import PAPER, run

from tourmaline import paths

# Results, Safety, first paragraph: each in the order ixazomib, placebo.
TEXT = {
    "cycles": (17, 15),
    "cycles_18": (48, 43),
    "cycles_25": (20, 19),
    "stopped": (62, 63),
    "stopped_progression": (34, 40),
    "stopped_adverse_events": (17, 14),
    "dose_intensity": (97.4, 98.8),
}
# Table 3 (N = 361 and 359).
TABLE3 = {
    "discontinuation_of_regimen": (60, 50),
    "discontinuation_of_any_agent": (91, 73),
    "dose_reduction": (203, 181),
    "death_during_treatment": (15, 23),
}
SAFETY = (361, 359)
ARMS = ("ixazomib", "placebo")


@pytest.fixture
def paper(monkeypatch, tmp_path):
    """Values and tables with what was published on the day of the paper."""
    values, tables, _ = run(monkeypatch, tmp_path, "treatment_given", "why_stopped", as_of=PAPER)
    return values, tables


def wilson(count, total, z=1.959963984540054):
    """Wilson's interval, by its formula."""
    share = count / total
    middle = share + z * z / (2 * total)
    half = z * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    return (middle - half) / (1 + z * z / total), (middle + half) / (1 + z * z / total)


def newcombe(first, second):
    """Difference of two shares in percentage points with Newcombe's interval (method 10), by its formula."""
    (p1, p0), (lower1, upper1), (lower0, upper0) = (
        (first / SAFETY[0], second / SAFETY[1]),
        wilson(first, SAFETY[0]),
        wilson(second, SAFETY[1]),
    )
    down, up = math.hypot(p1 - lower1, upper0 - p0), math.hypot(upper1 - p1, p0 - lower0)
    return [100 * part for part in (p1 - p0, p1 - p0 - down, p1 - p0 + up)]


def test_the_numbers_of_the_text_are_those_of_the_paper_and_are_linked_to_it(paper):
    values, tables = paper
    for fact, both in TEXT.items():
        for arm, number in zip(ARMS, both):
            record = values[f"{fact}_{arm}"]
            assert (record["value"], record["origin"]) == (number, "printed"), (fact, arm)
            assert record["claim"].endswith(arm)
    # Results, Safety: the ranges of the cycles, and the limits of 18 and 25 cycles.
    cycles = tables["given"][0]
    assert (cycles["Ixazomib"], cycles["Placebo"]) == ("17 cycles (range 1 to 34)", "15 cycles (range 1 to 34)")
    assert [values[f"cycles_{number}_threshold"]["value"] for number in (18, 25)] == [18, 25]


def test_the_planned_treatment_is_that_of_the_paper(paper):
    values, _ = paper
    # Methods, Study Design: doses in mg, and days of a 28-day cycle.
    expected = {
        "cycle": "28 days",
        "dose_ixazomib": "4 mg",
        "days_ixazomib": "1, 8 and 15",
        "dose_lenalidomide": "25 mg",
        "dose_reduced": "10 mg",
        "days_lenalidomide": "1 to 21",
        "dose_dexamethasone": "40 mg",
        "days_dexamethasone": "1, 8, 15 and 22",
    }
    assert {name: values[name]["value"] for name in expected} == expected
    assert {values[name]["origin"] for name in expected} == {"printed"}
    for page in ("book/trial/quality_of_life.md", "book/summary.md"):
        text = (paths.ROOT / page).read_text(encoding="utf-8")
        assert [name for name in expected if f"`treatment_given/{name}`" not in text] == []


@pytest.mark.seconds
def test_the_flow_leads_from_the_patients_randomised_to_the_safety_population(paper):
    values, tables = paper
    # Table 3, footnote with a dagger: 360 and 362 randomised, 2 never treated, 2 and a third given ixazomib by mistake.
    assert [tuple(row.values()) for row in tables["flow"]] == [
        ("Randomised", "360", "362"),
        ("Never treated", "2", "0"),
        ("Given some ixazomib by mistake", "3", "-3"),
        ("Safety population, from these numbers", "361", "359"),
        ("Safety population, as reported", "361", "359"),
    ]
    assert values["flow_agrees"]["value"] == "match"


@pytest.mark.seconds
def test_what_remains_of_rounded_shares_has_the_limits_of_their_rounding(paper):
    values, tables = paper
    rows = {row["Patients"]: row for row in tables["stopping"]}
    for arm, stopped, progression, events in zip(
        ARMS, TEXT["stopped"], TEXT["stopped_progression"], TEXT["stopped_adverse_events"]
    ):
        other, on = stopped - progression - events, 100 - stopped
        assert values[f"stopped_other_{arm}"]["value"] == other
        assert values[f"on_treatment_{arm}"]["value"] == on
        assert values[f"stopped_other_{arm}"]["origin"] == "recomputed"
        limits = f"{arm.capitalize()}, rounding allows"
        assert rows["Other reasons (remainder)"][limits] == f"{other - 1.5:.1f} to {other + 1.5:.1f}"
        assert rows["Still on treatment (remainder)"][limits] == f"{on - 0.5:.1f} to {on + 0.5:.1f}"


def test_counts_give_differences_with_newcombes_interval_and_rounded_shares_give_none(paper):
    values, tables = paper
    for row, counts in TABLE3.items():
        record = values[f"{row}_difference"]
        found = [record[part] for part in ("value", "lower", "upper")]
        assert found == pytest.approx(newcombe(*counts), abs=1e-9), row
        assert record["unit"] == "percentage points"
    assert [(row["Ixazomib"], row["Placebo"]) for row in tables["differences"]] == [
        tuple(f"{count} of {total}" for count, total in zip(counts, SAFETY)) for counts in TABLE3.values()
    ]
    assert not [name for name in values if "difference" in name and ("progression" in name or "intensity" in name)]
    assert values["stopping_verdict"]["value"].startswith("The result is inconclusive, because the 95% interval")


@pytest.mark.seconds
def test_quality_of_life_stands_as_the_paper_says_it_and_later_reports_do_not_count_on_its_day(paper):
    values, tables = paper
    # Results, Safety, last paragraph, and Methods, Assessments.
    assert values["quality"]["value"].startswith("similar in both groups")
    own = [row for row in tables["quality_of_life"] if row["Trial"] == "TOURMALINE-MM1"]
    assert own[0]["As reported"] == "EORTC QLQ-C30 and QLQ-MY20"
    assert {row["Source"] for row in own} == {"moreau2016"}
    assert {row["Masking"] for row in own} == {"double-blind, placebo-controlled"}
    assert "Later therapy" not in {row["Topic"] for row in tables["given"]}


def test_a_later_date_adds_the_sister_trials_later_therapy_and_the_conflict(monkeypatch, tmp_path):
    _, tables, _ = run(monkeypatch, tmp_path, "treatment_given", as_of="2026-01-01")
    rows = {(row["Trial"], row["Fact"]): (row["Added drug"], row["Control"]) for row in tables["sister_trials"]}
    assert rows["ELOQUENT-2", "Median cycles, four-year follow-up"] == (
        "19 cycles (quartiles 9 to 42)",
        "14 cycles (quartiles 6 to 25)",
    )
    assert rows["ASPIRE", "Stopped treatment because of an adverse event"] == ("15.3%", "17.7%")
    assert rows["ASPIRE", "Median duration of carfilzomib"] == ("72 weeks", "—")
    later = next(row for row in tables["given"] if row["Topic"] == "Later therapy")
    assert later["Fact"] == "Any later anticancer therapy"
    notes = json.loads((tmp_path / "tables" / "sister_trials.json").read_text())["notes"]
    assert sum(note.startswith("Sources disagree on the median duration of treatment.") for note in notes) == 1
    said = json.loads((tmp_path / "tables" / "given.json").read_text())["notes"][-1]
    assert "confounded the interpretation of overall survival (richardson2021)" in said


@pytest.mark.seconds
def test_the_figure_says_its_shares_in_words_and_that_black_lines_are_no_confidence_intervals(paper, tmp_path):
    about = json.loads((tmp_path / "figures" / "why_stopped.json").read_text())
    assert "Disease progression 34% against 40%; Adverse events 17% against 14%" in about["alt"]
    assert "not a confidence interval" in about["caption"]
