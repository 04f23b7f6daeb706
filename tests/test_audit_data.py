"""What `tourmaline check` refuses of the ledger: bad strings, unknown ids, circles, places that do not exist."""

import json

import pandas as pd
import pytest

from tourmaline.data.derivations import expand
from tourmaline.data.ledger import PrintedNumber
from tourmaline.data.reading import reading
from tourmaline.errors import DataError

COLUMNS = ["claim", "role", "rule", "inputs", "options", "reason"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.74", 0.74),
        ("0.0001", 0.0001),
        ("approximately 23", 23),
        ("≥18", 18),
        (">65", 65),
        ("two", 2),
        ("Three", 3),
        ("third", 3),
        ("once", 1),
        ("III", 3),
        ("1:1", 1),
        ("October 30, 2014", 735536),
    ],
)
def test_numbers_words_and_dates_are_read(text, value):
    assert reading(text, False).value == value


@pytest.mark.parametrize("text", ["NE", "NR", "NA", "<1", "almost half", "3–281", "0.56 to 0.91"])
def test_what_is_no_single_number_but_legal_is_read_without_value(text):
    assert reading(text, True).value != reading(text, True).value  # nan


@pytest.mark.parametrize(
    "text", ["", "0,74", "12%", "seventeen-ish", "1..2", "October 42, 2014", "-3", "1 2", "IIII", "n/a"]
)
def test_what_is_no_number_is_not_read(text):
    assert reading(text, True) is None


def numbers(*ids: str) -> dict[str, PrintedNumber]:
    return {i: PrintedNumber(i, "1", "table1", "", "n", "", "patients", "", "table1.csv", 5, "count") for i in ids}


def rows(*given: tuple[str, ...]) -> pd.DataFrame:
    return pd.DataFrame(given, columns=COLUMNS, index=range(2, len(given) + 2))


def refusal(frame: pd.DataFrame, *ids: str) -> str:
    with pytest.raises(DataError) as refused:
        expand(frame, numbers(*ids))
    return str(refused.value)


GIVEN = ("b.x", "given", "", "", "", "Because.")


def test_placeholders_carry_over_to_the_inputs():
    frame = rows(("a.{arm:x|y}", "derivation", "same", "b.{arm}", "", ""), ("b.{arm}", "given", "", "", "", "Because."))
    found = expand(frame, numbers("a.x", "a.y", "b.x", "b.y"))
    assert found["a.y"][0].inputs == ("b.y",)


def test_the_first_matching_derivation_counts_and_every_check():
    frame = rows(
        ("a.x", "derivation", "same", "b.x", "", ""),
        ("{any}.x", "given", "", "", "", "Because."),
        ("a.{which}", "check", "at_most", "b.x", "", ""),
        ("{any}.x", "check", "at_least", "c.x", "", ""),
        ("c.x", "given", "", "", "", "Never reached."),
    )
    message = refusal(frame, "a.x", "b.x", "c.x")
    assert "row 5, column inputs" in message and "its own input" in message


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        (
            rows(("a.x", "derivation", "same", "b.z", "", ""), GIVEN),
            "row 2, column inputs: the rule of 'a.x' names 'b.z'",
        ),
        (rows(("a.x", "derivation", "same", "b.{arm}", "", ""), GIVEN), "row 2, column inputs: the placeholder {arm}"),
        (rows(("a.z", "given", "", "", "", "Because."), GIVEN), "row 2, column claim: no number has the id 'a.z'"),
        (rows(GIVEN), "data/table1.csv, row 5, column count: 'a.x' has neither a rule nor a reason"),
        (rows(("a.x", "given", "", "", "", ""), GIVEN), "row 2, column reason"),
        (rows(("a.x", "derivation", "", "b.x", "", ""), GIVEN), "row 2, column rule"),
        (rows(("a.x", "derivation", "same", "", "", ""), GIVEN), "row 2, column inputs"),
        (
            rows(("a.x", "derivation", "same", "b.x", "side", ""), GIVEN),
            "row 2, column options: 'side' is not an option",
        ),
        (
            rows(("a.x", "derivation", "same", "b.x", "", ""), ("b.x", "derivation", "same", "a.x", "", "")),
            "column inputs: the rules run in a circle",
        ),
    ],
)
def test_a_bad_row_is_refused_with_file_row_and_column(frame, words):
    assert words in refusal(frame, "a.x", "b.x")


def edit(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("comparison,0.74,ratio", "comparison,0;74,ratio", "claims.csv, row 7, column printed: '0;74' is not a number"),
        ("phase,abstract-methods,1", "phase,abstract-methods,2", "claims.csv, row 2, column paragraph"),
        ("phase,abstract-methods,1", "phase,abstract-method,1", "claims.csv, row 2, column section: 'abstract-method'"),
    ],
)
def test_the_command_refuses_a_claim_that_is_no_number_or_stands_nowhere(project, tourmaline, old, new, words):
    edit(project / "data/tourmaline_mm1/claims.csv", old, new)
    done = tourmaline("check")
    assert done.returncode == 1
    assert words in done.stderr


@pytest.mark.seconds
def test_the_command_exits_1_if_a_verdict_got_worse_and_0_if_not(project, tourmaline):
    good = tourmaline("audit", "--json")
    assert good.returncode == 0
    assert json.loads(good.stdout)["worse"] == {}
    edit(project / "data/tourmaline_mm1/claims.csv", "comparison,40,percent,Rel", "comparison,41,percent,Rel")
    bad = tourmaline("audit")
    assert bad.returncode == 1
    assert "results.pfs.gain.percent was exact, is within rounding" in bad.stderr
