"""The audit's own power: on a small ledger, and on the paper."""

import pytest
from test_audit_ledger import check, derived, given, small_ledger

from tourmaline.audit import paper_ledger
from tourmaline.audit.error_seeding import alternatives, detection, seeded_errors


def test_every_digit_is_changed_in_every_way_but_to_a_leading_zero():
    assert len(list(alternatives("0.74"))) == 27
    assert "018" not in set(alternatives("118"))
    assert set(alternatives("5")) == set("012346789")
    assert list(alternatives("III")) == []


def test_a_changed_sum_or_part_is_noticed_and_the_ledger_is_left_as_it_was():
    ledger = small_ledger({"a": "3", "b": "4", "sum": "7"}, [given("a"), given("b"), derived("sum", "total", "a", "b")])
    before = ledger.states()
    found = seeded_errors(ledger)
    assert len(found) == 27
    assert all(change.noticed for change in found)
    assert ledger.states() == before


def test_a_number_that_stands_alone_is_never_noticed():
    ledger = small_ledger({"a": "3", "b": "4"}, [given("a"), given("b")])
    assert not any(change.noticed for change in seeded_errors(ledger))
    rates = detection(ledger, seeded_errors(ledger)).set_index("kind")
    assert rates.loc["all", "tied_numbers"] == 0


def test_a_check_notices_only_what_breaks_it():
    ledger = small_ledger(
        {"part": "3", "whole": "5"}, [given("part"), check("part", "at_most", "whole"), given("whole")]
    )
    noticed = {change.changed for change in seeded_errors(ledger, ["part"]) if change.noticed}
    assert noticed == {"6", "7", "8", "9"}


@pytest.fixture(scope="module")
def rates():
    ledger = paper_ledger()
    return detection(ledger, seeded_errors(ledger)).set_index("kind")


@pytest.mark.seconds
@pytest.mark.parametrize("kind", ["percentage", "sum", "interval bound", "test statistic"])
def test_at_least_95_percent_of_changed_digits_are_noticed_where_a_rule_can_reach(rates, kind):
    assert rates.loc[kind, "tied_rate"] >= 95


@pytest.mark.seconds
def test_changed_counts_are_noticed_as_often_as_their_percentages_allow(rates):
    # One patient more or fewer often leaves a whole percentage as it is: below the aim of 95, and said so in the book.
    assert 93 < rates.loc["count", "rate"] < 95
