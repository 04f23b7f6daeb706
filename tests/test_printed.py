"""Printed numbers: strings whose digits, and number of digits, are the fact."""

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tourmaline.data.printed import comma_hint, decimals, is_printed, number, percent_agrees


@st.composite
def shares(draw):
    """A share of patients, and the number of decimals with which its percentage is printed."""
    denominator = draw(st.integers(1, 2000))
    return draw(st.integers(0, denominator)), denominator, draw(st.integers(0, 3))


def half_up(value):
    return math.floor(value + Fraction(1, 2))


def as_percent(units, places):
    """`units` of the last printed decimal, as a journal prints them."""
    sign, digits = "-" * (units < 0), f"{abs(units):0{places + 1}d}"
    return f"{sign}{digits[:-places]}.{digits[-places:]}" if places else sign + digits


@pytest.mark.parametrize("rounding", [half_up, round], ids=["half up", "half even"])
@given(share=shares())
def test_a_percentage_agrees_with_its_count_by_either_rule_of_rounding(rounding, share):
    count, denominator, places = share
    units = rounding(Fraction(100 * count * 10**places, denominator))
    assert percent_agrees(count, denominator, as_percent(units, places))


@pytest.mark.parametrize("away", [-2, 2])
@given(share=shares())
def test_a_percentage_two_units_of_its_last_decimal_away_contradicts_its_count(away, share):
    count, denominator, places = share
    units = half_up(Fraction(100 * count * 10**places, denominator)) + away
    assert not percent_agrees(count, denominator, as_percent(units, places))


@given(share=shares())
def test_a_percentage_one_unit_away_agrees_only_half_way_between_the_two(share):
    count, denominator, places = share
    exact = Fraction(100 * count * 10**places, denominator)
    for units in (math.floor(exact), math.floor(exact) + 1):
        assert percent_agrees(count, denominator, as_percent(units, places)) == (abs(exact - units) <= Fraction(1, 2))


@pytest.mark.parametrize(
    ("count", "denominator", "percent", "agrees"),
    [  # TOURMALINE-MM1: 9 of 360 printed 2, 3 of 362 printed <1, 5 of 722 printed 1, 282 of 360 printed 78 and 78.3
        (9, 360, "2", True),
        (9, 360, "3", True),
        (3, 362, "<1", True),
        (4, 362, "<1", False),
        (1, 100, "<1", False),  # exactly 1 percent
        (5, 722, "1", True),
        (282, 360, "78", True),
        (282, 360, "78.3", True),
        (282, 360, "78.0", False),
        (0, 360, "0", True),
        (360, 360, "100", True),
        (9, 360, "NE", False),
        (9, 360, "NA", False),
    ],
)
def test_percentages_of_known_counts(count, denominator, percent, agrees):
    assert percent_agrees(count, denominator, percent) is agrees


@pytest.mark.parametrize(
    ("text", "value", "places"),
    [
        ("0.74", 0.74, 2),
        ("0.740", 0.74, 3),
        (".495", 0.495, 3),
        ("78", 78.0, 0),
        ("15.0", 15.0, 1),
        ("<1", math.nan, 0),
        ("<0.001", math.nan, 3),
        ("NE", math.nan, 0),
        ("NR", math.nan, 0),
        ("NA", math.nan, 0),
    ],
)
def test_a_printed_value_has_its_number_and_its_decimals(text, value, places):
    assert is_printed(text)
    assert number(text) == pytest.approx(value, abs=0, nan_ok=True)
    assert decimals(text) == places


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("0,80", "0.80"),
        ("<0,001", "<0.001"),
        (",495", ".495"),
        ("16,25", "16.25"),
        ("0,740", "0.740"),
        ("1,234", "1234"),
        ("1,234,567", "1234567"),
    ],
)
def test_a_number_with_commas_is_told_as_it_must_be_written(text, meant):
    assert comma_hint(text, is_printed) == f"; did you mean {meant}?"


@pytest.mark.parametrize("text", ["", ",", "0.80", "NE", "a,b", "0,80%", "1,2,3", "about 0,8", "-0,5"])
def test_no_number_is_guessed_where_none_is_clearly_meant(text):
    assert comma_hint(text, is_printed) == ""


@pytest.mark.parametrize(
    "text", ["", " ", "0,74", "1.", "1e3", "-1", "+1", "nan", "inf", "ne", "≥3.5", ">5", "5%", "0.7 4", "1_000", "1\n"]
)
def test_what_no_journal_prints_is_no_printed_value_and_no_number(text):
    assert not is_printed(text)
    assert math.isnan(number(text))
