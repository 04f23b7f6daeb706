"""Refuse a claim that is not a number or stands nowhere, and rules that lead nowhere or in a circle."""

from __future__ import annotations

from tourmaline.data.derivations import derivations
from tourmaline.data.files import load, numbered_records, records
from tourmaline.data.ledger import printed_numbers
from tourmaline.data.reading import reading
from tourmaline.data.refusing import refuse
from tourmaline.data.schemas import LEDGER_ARMS, PAPER
from tourmaline.errors import DataError, nearest

PATH = f"{PAPER}/claims.csv"


def _check_strings() -> None:
    for number in printed_numbers().values():
        if reading(number.printed, number.rounded) is None:
            raise DataError(
                f"{number.printed!r} is not a number",
                where=f"data/{number.file}, row {number.line}, column {number.column}",
                remedy="Allowed: 0.74, <1, ≥18, 3 to 281, 1:1, two, first, III, almost half, approximately 6, a date "
                "(October 30, 2014), NE, NR, NA.",
            )


def _check_places() -> None:
    paragraphs = {row["section"]: row["paragraphs"] for row in records(load(f"{PAPER}/sections.csv"))}
    for number in printed_numbers().values():
        if number.section not in paragraphs:
            raise DataError(
                f"the section {number.section!r} of {number.id!r} is missing",
                where=f"data/{PAPER}/sections.csv, column section",
                remedy=f"{nearest(number.section, list(paragraphs))} Add it, or correct its name.".strip(),
            )
    for line, row in numbered_records(load(PATH)):
        last, paragraph = paragraphs[row["section"]], row["paragraph"]
        if last is None or paragraph is None or not 1 <= paragraph <= last:
            what = (
                "no paragraph is given"
                if paragraph is None
                else f"the section {row['section']!r} has no paragraph {paragraph}"
            )
            remedy = "It is a table and has no paragraphs." if last is None else f"It has paragraphs 1 to {last}."
            refuse(PATH, line, "paragraph", what, remedy)


def _check_arms() -> None:
    """A claim whose id names an arm is of that arm; in the methods, the word is the drug's."""
    for line, row in numbered_records(load(PATH)):
        named = [part for part in row["id"].split(".") if part in LEDGER_ARMS]
        if named and row["arm"] not in named and not (row["arm"] == "" and row["id"].startswith("methods.")):
            what = f"the arm of {row['id']!r} is {row['arm']!r}"
            refuse(PATH, line, "arm", what, f"It is {named[0]}; or rename the claim.")


def check_ledger() -> None:
    """Check that every reported number is one, stands in the paper, and has a rule or a reason.

    Raises
    ------
    DataError
        For the first thing that is wrong; names file, row and column.
    """
    _check_places()
    _check_arms()
    _check_strings()
    derivations()
