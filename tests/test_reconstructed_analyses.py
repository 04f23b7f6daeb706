"""How several reconstructed analyses are published: which were known by a date, and how their agreement is shown."""

import numpy as np
import pandas as pd
import pytest

from tourmaline import data, paths
from tourmaline.data import known_by
from tourmaline.reconstructed_analyses import at_risk_table, reported_by, with_extended_follow_up
from tourmaline.results.reconstructed import (
    AGREEMENT_COLUMNS,
    agreement_table,
    occurring,
    pseudo_ipd_header,
    under_headings,
)
from tourmaline.results.words import Words
from tourmaline.statistics.reconstruction import Ensemble

ARMS = {"experimental": "ixazomib", "control": "placebo"}
FINAL = {"interim": "tourmaline-mm1.os.interim", "final": "tourmaline-mm1.os.final"}


def found(**changed):
    row = {
        "what": "Median",
        "arm": "control",
        "printed": "14.7",
        "used": True,
        "implied": False,
        "source": "moreau2016",
    }
    row |= {"reference": 14.70, "lower": 14.66, "upper": np.inf, "share": 0.254}
    row |= {"lower_error": 0.0, "upper_error": 0.0, "share_error": 0.001, "agrees": True, "settled": True}
    return pd.DataFrame([row | changed])


@pytest.mark.parametrize(
    ("changed", "outcome"),
    [
        ({}, "matched"),
        ({"agrees": False}, "not matched"),
        ({"used": False}, "compatible"),
        ({"used": False, "agrees": False}, "not compatible"),
        ({"used": False, "implied": True}, "implied"),
        ({"used": False, "implied": True, "agrees": False}, "not compatible"),
        ({"used": False, "settled": False}, "undecided"),
    ],
)
def test_a_number_that_was_used_is_matched_and_one_that_was_held_out_compatible_or_implied(changed, outcome):
    row = agreement_table(found(**changed), ARMS).iloc[0]
    assert row["Outcome"] == outcome
    assert row[["Number", "Reported", "Reconstructed"]].to_list() == ["Median, placebo", "14.7", "14.70"]
    assert row[["95% reconstruction interval", "Share"]].to_list() == ["14.66 to NE", "25%"]


@pytest.mark.parametrize(
    ("changed", "shown"),
    [
        ({"lower": 14.561, "upper": 14.56, "upper_error": 0.02}, ["14.7", "14.6 to 14.6"]),
        ({"printed": "85", "reference": 85.0, "lower": 84.6, "upper": 85.4}, ["85.0", "84.6 to 85.4"]),
        ({"lower": np.inf}, ["14.70", "NE to NE"]),
        ({"printed": "NE", "reference": np.inf, "lower": 19.25}, ["NE", "19.2 to NE"]),
    ],
    ids=["a less certain end", "a whole number", "no interval", "no estimate"],
)
def test_a_number_and_both_ends_of_its_interval_have_the_decimals_that_the_less_certain_end_has_earned(changed, shown):
    row = agreement_table(found(**changed), ARMS).iloc[0]
    assert row[["Reconstructed", "95% reconstruction interval"]].to_list() == shown


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"upper": 14.74}, set()),
        ({}, {"not_estimable"}),
        ({"upper": 14.74, "used": False}, set()),
        ({"upper": 14.74, "used": False, "implied": True}, {"implied"}),
        ({"upper": 14.74, "used": False, "settled": False}, {"undecided"}),
        ({"upper": 14.74, "share_error": 0.02}, {"plus_minus"}),
    ],
)
def test_a_word_of_the_table_is_explained_only_where_it_occurs(changed, words):
    assert {word for word, occurs in occurring(agreement_table(found(**changed), ARMS)).items() if occurs} == words


@pytest.mark.parametrize(
    "name",
    [
        "second_analysis",
        "progression_and_response",
        "overall_survival_analyses",
        "progression_free_survival",
        "sister_curves",
    ],
)
def test_the_notes_of_every_table_of_agreement_depend_on_the_words_that_occur(name):
    words, table = Words(paths.WORDS / f"{name}.yml"), "held_out" if name == "sister_curves" else "agreement"
    fields = dict.fromkeys(("analysis_label", "tested", "level", "draws", "information", "sets"), "x")

    def notes(occur):
        said = words.of(
            "tables", table, fields | dict.fromkeys(("implied", "undecided", "not_estimable", "plus_minus"), occur)
        )
        return " ".join(said["notes"])

    for word in ("Implied: ", "Undecided: ", "NE: ", "±: "):
        assert word in notes(True)
        assert word not in notes(False)


def test_numbers_stand_under_the_heading_of_their_use_and_an_empty_heading_is_left_out():
    both = agreement_table(pd.concat([found(), found(used=False)]), ARMS)
    table, headings = under_headings(both, [True, False])
    assert headings == [True, False, True, False]
    assert list(table.columns) == list(AGREEMENT_COLUMNS)
    assert table.loc[[0, 2], "Number"].str.partition(":")[0].to_list() == ["Used", "Held out"]
    assert under_headings(both.head(1), [True])[1] == [True, False]


def test_a_file_of_pseudo_ipd_says_first_that_it_holds_no_patients_and_names_its_sources_by_title():
    lines = pseudo_ipd_header("TOURMALINE-MM1", "arm; months; event", ["moreau2016"])
    assert lines[0].startswith("THESE ARE NOT PATIENTS' DATA")
    assert f"Reconstructed from: {data.sources()['moreau2016'].title}." in lines


def test_an_analysis_that_was_published_later_is_not_known_by_an_earlier_date():
    assert list(reported_by(known_by("2016-04-28"), FINAL)) == ["interim"]
    assert list(reported_by(known_by("latest"), FINAL)) == ["interim", "final"]


def test_a_patient_with_an_event_by_the_earlier_analysis_keeps_it_in_the_later_one():
    ensembles, extended = with_extended_follow_up(reported_by(known_by("latest"), FINAL), "highest", draws=0, seed=1)
    assert extended == {"final"}
    interim, final = ensembles["interim"], ensembles["final"]
    assert interim.events.sum() == 171 and (final.events | ~interim.events).all()
    assert np.array_equal(final.times[interim.events], interim.times[interim.events])
    assert (final.times[~interim.events] >= interim.times[~interim.events]).all()


def test_patients_at_risk_are_those_whose_time_is_the_month_or_more():
    times = np.array([[1.0, 2, 3, 2, 4, 6], [1.0, 3, 3, 2, 4, 6]])
    ensemble = Ensemble(times, np.ones((2, 6), bool), np.array([False] * 3 + [True] * 3), 1)
    table = at_risk_table(ensemble, ARMS, [0, 3])
    assert table["placebo"].to_list() == [3, 1] and table["ixazomib"].to_list() == [3, 2]
    assert table["placebo_interval"].to_list()[0] == "3 to 3"
