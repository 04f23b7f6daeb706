"""How published numbers are written, and that a table's cells cannot become markup."""

import json
import math

import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from hypothesis import given, settings
from hypothesis import strategies as st

from tourmaline.results.formats import UNITS, rounded, shown, shown_interval, shown_p, shown_value, table_html


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (0.7087, 2, "0.71"),
        (0.5, 0, "0"),  # half to even
        (1.5, 0, "2"),
        (2.675, 2, "2.68"),  # from its decimal form; its binary form is below the half
        (0.125, 2, "0.12"),
        (-0.04, 1, "0.0"),  # no minus before a zero
        (-1.25, 1, "−1.2"),  # the minus sign, not a hyphen
        (722, 0, "722"),
        (722, 1, "722.0"),
        (1e-7, 2, "0.00"),
        (123456789.0, 0, "123456789"),
        (None, 2, "—"),
        ("", 2, "—"),
        ("ASPIRE", 2, "ASPIRE"),
    ],
)
def test_a_number_is_shown_with_its_decimals(value, decimals, text):
    assert shown(value, decimals) == text


@pytest.mark.seconds
@given(st.floats(-1e6, 1e6), st.integers(0, 6))
def test_a_shown_number_is_within_half_a_unit_of_its_last_decimal(value, decimals):
    text = shown(value, decimals).replace("−", "-")
    assert len(text.partition(".")[2]) == decimals
    assert abs(float(text) - value) <= 0.5 * 10**-decimals * (1 + 1e-9)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "—"),
        (0.0, "<0.001"),
        (0.00099, "<0.001"),
        (0.001, "0.001"),
        (0.0052, "0.005"),
        (0.0094, "0.009"),
        (0.0095, "0.01"),
        (0.0432, "0.04"),
        (0.0499, "0.05"),
        (0.8634, "0.86"),
        (0.999, "1.00"),
        (1.0, "1.00"),
    ],
)
def test_a_p_value_is_shown_as_journals_print_it(value, text):
    assert shown_p(value) == text


@pytest.mark.parametrize(
    ("value", "unit", "decimals", "text"),
    [
        (78.33, "percent", 1, "78.3%"),
        (6.87, "percentage points", 1, "6.9 percentage points"),
        (20.6, "months", 1, "20.6 months"),
        (722, "patients", 0, "722 patients"),
        (0.742, "ratio", 2, "0.74"),
        (0.0123, "probability", 4, "0.01"),  # a P value has its own decimals
        ("2016-04-28", "date", 0, "2016-04-28"),
        (None, "ratio", 2, "—"),
    ],
)
def test_a_published_value_carries_its_unit(value, unit, decimals, text):
    assert shown_value({"value": value, "unit": unit, "decimals": decimals}) == text


@pytest.mark.parametrize(
    ("level", "words"),
    [(0.95, "95%"), (0.9, "90%"), (0.976, "97.6%"), (0.954, "95.4%"), (0.999, "99.9%"), (0.9999, "99.99%")],
)
def test_an_interval_names_its_level(level, words):
    record = {"lower": 0.5896, "upper": 0.9399, "level": level, "unit": "ratio", "decimals": 2}
    assert shown_interval(record) == f"{words} confidence interval 0.59 to 0.94"


def test_an_interval_has_a_unit_and_may_be_open():
    record = {"lower": 17.0, "upper": None, "level": 0.95, "unit": "months", "decimals": 1}
    assert shown_interval(record) == "95% confidence interval from 17.0 months, upper limit not estimable"
    record |= {"lower": None, "upper": 17}
    assert shown_interval(record) == "95% confidence interval up to 17.0 months, lower limit not estimable"
    assert shown_interval(record | {"upper": None}) == "95% confidence interval not estimable"


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (np.float64(0.1) + np.float64(0.2), 0.3),
        (np.float32(0.5), 0.5),
        (1 / 3, 0.333333333333),
        (1.23456789012345e-20, 1.23456789012e-20),
        (np.int64(722), 722),
        (np.bool_(True), True),
        (np.str_("text"), "text"),
        (float("nan"), None),
        (np.float64("nan"), None),
        (float("inf"), None),
        (-np.float64("inf"), None),
        (722, 722),
        ("NE", "NE"),
        (None, None),
        (pd.Series([5], dtype="Int64").iloc[0], 5),
    ],
)
def test_a_value_for_a_file_is_pythons_own_with_12_digits_and_none_where_it_is_no_number(value, kept):
    result = rounded(value)
    assert result == kept
    assert type(result) is type(kept)
    assert json.loads(json.dumps(result, allow_nan=False)) == kept


@given(st.floats(allow_nan=True))
def test_rounding_for_a_file_changes_nothing_the_second_time_and_less_than_a_part_in_a_hundred_thousand_million(value):
    once = rounded(value)
    assert rounded(once) == once
    if math.isfinite(value):
        assert once == pytest.approx(value, rel=1e-11, abs=0)


# --- tables


def parsed(columns, rows, layout):
    return BeautifulSoup(f"<table>{table_html(columns, rows, layout)}</table>", "html.parser")


EVIL = """<script>alert("1 & 'x'")</script>"""


def test_markup_in_a_heading_a_label_or_a_cell_stays_text():
    columns, rows = [EVIL, "b", EVIL + "2"], [[EVIL, EVIL, "1"], [EVIL, "", ""]]
    text = table_html(columns, rows, {"headings": [False, True]})
    assert "<script" not in text
    assert text.count("&lt;script&gt;alert(&quot;1 &amp; &#x27;x&#x27;&quot;)&lt;/script&gt;") == 5
    table = parsed(columns, rows, {"headings": [False, True]})
    assert [cell.text for cell in table.tbody.find_all("tr")[0].find_all(["th", "td"])] == rows[0]
    assert table.find("script") is None


@settings(max_examples=30)
@given(st.lists(st.text(), min_size=2, max_size=2))
def test_any_text_comes_back_from_its_cell(row):
    cells = parsed(["a", "b"], [row], {}).tbody.find_all(["th", "td"])
    assert [cell.text for cell in cells] == row


def test_a_table_has_scopes_indents_headings_and_decimals():
    layout = {"decimals": {"Share": 1}, "numeric": ["P"], "headings": [True, False, False], "indents": [0, 1, 2]}
    rows = [["Age", "", "", ""], [">65", "53.333", "0.04", "x"], ["≤65", "", "", "y"]]
    table = parsed(["Line", "Share", "P", "Note"], rows, layout)
    assert [th["scope"] for th in table.thead.find_all("th")] == ["col"] * 4
    assert [th.get("class") for th in table.thead.find_all("th")] == [None, ["tm-number"], ["tm-number"], None]
    heading, first, second = table.tbody.find_all("tr")
    assert (heading.th["scope"], heading.th["colspan"], heading.th.get("class")) == ("colgroup", "4", None)
    assert (first.th["scope"], first.th["class"], second.th["class"]) == ("row", ["tm-indent-1"], ["tm-indent-2"])
    assert [td.text for td in first.find_all("td")] == ["53.3", "0.04", "x"]
    assert [td.text for td in second.find_all("td")] == ["—", "", "y"]
    assert [td.get("class") for td in first.find_all("td")] == [["tm-number"], ["tm-number"], None]


def test_every_unit_follows_its_number_without_touching_it_unless_it_is_a_sign():
    assert all(suffix in ("", "%") or suffix.startswith(" ") for suffix in UNITS.values())
