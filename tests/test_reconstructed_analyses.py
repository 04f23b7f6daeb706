"""How several reconstructed analyses are published: which were known by a date, and how their agreement is shown."""

import numpy as np
import pandas as pd
import pytest

from tourmaline import data
from tourmaline.data import known_by
from tourmaline.reconstructed_analyses import at_risk_table, reported_by, with_extended_follow_up
from tourmaline.results.reconstructed import COLUMNS, agreement_table, pseudo_ipd_header, under_headings
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


def test_both_ends_of_an_interval_have_the_decimals_that_the_less_certain_one_has_earned():
    row = agreement_table(found(lower=14.561, upper=14.56, upper_error=0.02), ARMS).iloc[0]
    assert row["95% reconstruction interval"] == "14.6 to 14.6"


def test_numbers_stand_under_the_heading_of_their_use_and_an_empty_heading_is_left_out():
    both = agreement_table(pd.concat([found(), found(used=False)]), ARMS)
    table, headings = under_headings(both, [True, False])
    assert headings == [True, False, True, False]
    assert list(table.columns) == list(COLUMNS)
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
