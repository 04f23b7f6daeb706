"""What publications report of a trial besides the results of its analyses: conduct, exposure, quality of life, harms."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pandas as pd

from tourmaline.data.claims import claim, resolved
from tourmaline.data.files import load, numbered_records, records
from tourmaline.data.ledger import printed_numbers
from tourmaline.data.printed import comma_hint, is_printed, number, percent_agrees
from tourmaline.data.refusing import refuse
from tourmaline.data.schemas import ARM_OF_ROLE, ISO_DATE, is_date
from tourmaline.errors import DataError

if TYPE_CHECKING:
    from tourmaline.data.known import Evidence

PATH = "evidence/trial_facts.csv"
NUMBERS = ("value", "lower", "upper", "total")
UNQUOTED = re.compile(
    r"(,| is| are)? ?not in the kept quote$"
)  # the end of a part of a note: what comes before it is unquoted


def trial_facts(evidence: Evidence, trial: str = "", topic: str = "") -> pd.DataFrame:
    """The facts of data/evidence/trial_facts.csv that were published by a date.

    Parameters
    ----------
    trial : str
        Short name of a trial; empty for all.
    topic : str
        A topic of the file, for example 'exposure'; empty for all.

    Returns
    -------
    DataFrame
        The columns of the file, claims of the paper replaced by the strings it reports; `claim` (the id of the claim that is
        the value, or empty); and `unquoted`: what was read in the source, but does not stand in the sentence that is kept of it,
        as the fact and perhaps its part in brackets, or empty. The notes do not repeat it. Empty if nothing was published.
    """
    frame = load(PATH)
    frame["claim"] = [cell[1:] if cell.startswith("@") else "" for cell in frame["value"]]
    for name, column in (("trial", trial), ("topic", topic)):
        if column:
            frame = frame[frame[name] == column]
    frame = frame[frame["source"].map(evidence.includes)]
    places = [row["locator"] or claim(row["claim"])[1] for row in records(frame)]
    notes = [_without_unquoted(*pair) for pair in zip(frame["item"], frame["note"])]
    frame[["note", "unquoted"]] = pd.DataFrame(notes, frame.index, ["note", "unquoted"], dtype=frame["note"].dtype)
    return frame.assign(locator=places, **{column: frame[column].map(resolved) for column in NUMBERS})


def _without_unquoted(item: str, note: str) -> tuple[str, str]:
    """A note without what it says of the kept quote, and what stands outside of it, by the item.

    Examples
    --------
    >>> _without_unquoted("Sponsor", "by 2016; the collaborator is not in the kept quote")
    ('by 2016', 'Sponsor (the collaborator)')
    >>> _without_unquoted("Male", "not in the kept quote"), _without_unquoted("Male", "treated patients")
    (('', 'Male'), ('treated patients', ''))
    """
    parts = note.split("; ")
    unquoted = [part for part in parts if UNQUOTED.search(part)]
    left = "; ".join(part for part in parts if part not in unquoted)
    what = "; ".join(filter(None, (UNQUOTED.sub("", part) for part in unquoted)))
    return left, f"{item} ({what})" if what else item if unquoted else ""


def _check_claims(line: Any, row: dict[str, Any]) -> None:
    known = printed_numbers()
    for column in NUMBERS:
        if not row[column].startswith("@"):
            continue
        try:
            claim(row[column][1:])
        except DataError as error:
            refuse(PATH, line, column, error.what, error.remedy)
        about = known.get(row[column][1:])
        if about is None:  # a denominator that stands over its column is not a number of its own in the ledger
            continue
        if about.arm and about.arm != ARM_OF_ROLE.get(row["arm"], row["arm"]):
            refuse(
                PATH,
                line,
                column,
                f"{row[column]} is of {about.arm}, this row of {row['arm']}",
                "Name the claim meant.",
            )
        if column != "total" and about.unit != row["unit"]:
            refuse(
                PATH, line, column, f"{row[column]} is in {about.unit}, this row in {row['unit']}", "Correct the unit."
            )


def _is_day(text: str) -> bool:
    return is_date(text) and bool(re.fullmatch(ISO_DATE, text))


def _check_value(line: Any, row: dict[str, Any]) -> None:
    value, unit = row["value"], row["unit"]
    if not value.startswith("@") and unit != "words":
        is_legal = _is_day if unit == "date" else is_printed
        if not is_legal(value):
            refuse(
                PATH,
                line,
                "value",
                f"{value!r} is not in {unit}{comma_hint(value, is_legal)}",
                "Write the number as reported, or use the unit words.",
            )
    if unit == "words" and (is_printed(value) or value.startswith("@")):
        refuse(PATH, line, "unit", f"{value!r} is a number, and its unit is words", "Give the unit of the number.")
    if bool(row["lower"]) != bool(row["upper"]) or bool(row["lower"]) != bool(row["limits"]):
        refuse(PATH, line, "limits", "limits are incomplete", "Fill in lower, upper and limits, or none of them.")
    if not value.startswith("@") and not row["locator"]:
        refuse(
            PATH,
            line,
            "locator",
            "the place in the source is missing",
            "Say where it stands: a table, a section, a page.",
        )
    if row["total"] and unit not in ("patients", "percent"):
        refuse(PATH, line, "total", f"a total stands beside {unit}", "Only patients and percentages are of a total.")
    size, lower, upper, total = (number(resolved(row[column])) for column in NUMBERS)
    if size < lower or size > upper:
        refuse(PATH, line, "value", f"{size:g} does not lie between {lower:g} and {upper:g}", "Reread the three.")
    if unit == "percent" and size > 100:
        refuse(PATH, line, "value", f"{size:g} percent", "Reread it in the source.")
    if unit == "patients" and size > total:
        refuse(
            PATH, line, "value", f"{size:g} patients are more than the {total:g} in all", "Reread both in the source."
        )


def check_trial_facts(frame: pd.DataFrame) -> None:
    """Each fact is possible; a claim is of its arm and unit; a percentage is that of its count; a fact has one wording.

    Parameters
    ----------
    frame : DataFrame
        Rows of evidence/trial_facts.csv, as `load` gives them.

    Raises
    ------
    DataError
        For the first that is not; names file, row and column.
    """
    wordings: dict[tuple[str, ...], str] = {}
    counts: dict[tuple[str, ...], tuple[str, str]] = {}
    for line, row in numbered_records(frame):
        _check_claims(line, row)
        _check_value(line, row)
        name = row["trial"], row["topic"], row["fact"]
        if wordings.setdefault(name, row["item"]) != row["item"]:
            refuse(
                PATH,
                line,
                "item",
                f"the fact {row['fact']!r} is also called {wordings[name]!r}",
                "One fact has one name.",
            )
        if row["unit"] == "patients" and row["total"]:
            counts[*name, row["arm"]] = resolved(row["value"]), resolved(row["total"])
        counted = counts.get((*name, row["arm"])) if row["unit"] == "percent" else None
        if counted and not percent_agrees(int(counted[0]), int(counted[1]), resolved(row["value"])):
            what = f"{resolved(row['value'])!r} percent contradicts {counted[0]} of {counted[1]}"
            refuse(PATH, line, "value", what, "Reread count, patients and percentage in the source.")
