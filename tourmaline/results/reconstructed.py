"""How reconstructed results are shown beside reported ones: their agreement, what does not match, the head of a file of pseudo-IPD."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any

import pandas as pd

from tourmaline import data
from tourmaline.digits import shared_decimals, with_decimals, with_error

INTERVAL = (
    "95% reconstruction interval"  # reported intervals are 95% intervals, so the reconstruction is compared at 95%
)
AGREEMENT_COLUMNS = ("Number", "Reported", "Reconstructed", INTERVAL, "Share", "Outcome", "Source")
LIKE_NUMBERS = AGREEMENT_COLUMNS[1:5]
OUTCOMES = {  # by whether the number was used, whether it follows from one that was, and whether it agrees
    (True, False, True): "matched",
    (True, False, False): "not matched",
    (False, False, True): "compatible",
    (False, False, False): "not compatible",
    (False, True, True): "implied",
    (False, True, False): "not compatible",
}
UNDECIDED = "undecided"
HEADINGS = {True: "Used: constraints of the reconstruction", False: "Held out: not used in the reconstruction"}


def agreement_table(found: pd.DataFrame, arms: Mapping[str, str]) -> pd.DataFrame:
    """Reported numbers and their reconstruction as a table for readers, in the order of the rows.

    Parameters
    ----------
    found : DataFrame
        Of `reconstruction.agreement` at 95%, with what (the number in words), arm ('' for none), implied and source.
    arms : mapping of str to str
        Names of the arms, by control and experimental.

    Returns
    -------
    DataFrame
        The columns `AGREEMENT_COLUMNS`, as text: one digit more than was reported, if the Monte Carlo errors of the interval allow it, and as
        many for the reference as for both ends of the interval.
    """
    rows = []
    for row in found.itertuples():
        reference, interval = _same_decimals(row)
        outcome = OUTCOMES[bool(row.used), bool(row.implied), bool(row.agrees)]
        rows.append(
            (
                f"{row.what}, {arms[row.arm]}" if row.arm else row.what,
                row.printed,
                reference,
                interval,
                with_error(100 * row.share, 0, 100 * row.share_error) + "%",
                outcome if row.settled else UNDECIDED,
                row.source,
            )
        )
    return pd.DataFrame(rows, columns=AGREEMENT_COLUMNS)


def occurring(table: pd.DataFrame) -> dict[str, bool]:
    """Which words of a table of agreement need a note, as fields of its notes: a word is explained only where it occurs.

    Parameters
    ----------
    table : DataFrame
        Of `agreement_table`; other columns are not read.

    Returns
    -------
    dict of str to bool
        implied, undecided, not_estimable ('NE') and plus_minus ('±').
    """
    numbers = " ".join(table[list(LIKE_NUMBERS)].to_numpy().ravel())
    return {
        "implied": bool((table["Outcome"] == "implied").any()),
        "undecided": bool((table["Outcome"] == UNDECIDED).any()),
        "not_estimable": "NE" in numbers,
        "plus_minus": "±" in numbers,
    }


def under_headings(table: pd.DataFrame, used: Sequence[bool]) -> tuple[pd.DataFrame, list[bool]]:
    """A table of agreement with a heading over the numbers that were used, and one over those that were held out.

    Parameters
    ----------
    table : DataFrame
        Of `agreement_table`, the numbers that were used first.
    used : sequence of bool
        Whether the number of a row was used.

    Returns
    -------
    DataFrame
        The rows with their headings.
    list of bool
        Whether a row is a heading.
    """
    parts, headings = [], []
    for value, heading in HEADINGS.items():
        own = table[[is_used == value for is_used in used]]
        if len(own):
            parts += [pd.DataFrame([[heading, *[""] * (len(AGREEMENT_COLUMNS) - 1)]], columns=AGREEMENT_COLUMNS), own]
            headings += [True, *[False] * len(own)]
    return pd.concat(parts, ignore_index=True), headings


def _same_decimals(row) -> tuple[str, str]:
    """The reference and the interval of a row, with the decimals that both ends of the interval have earned."""
    ends = (row.lower, row.lower_error), (row.upper, row.upper_error)
    wanted = max(_decimals(value, row.printed) for value in (row.reference, row.lower, row.upper))
    decimals = shared_decimals(wanted, [error for value, error in ends if isfinite(value)])
    reference = with_decimals(float(row.reference), decimals) if isfinite(row.reference) else "NE"
    return reference, " to ".join(
        with_error(float(end), decimals, error) if isfinite(end) else "NE" for end, error in ends
    )


def _decimals(value: float, printed: str) -> int:
    reported = len(printed.partition(".")[2])
    return reported + 1 if isfinite(value) and (reported or value % 1) else 0


def ensemble_note(ensemble: Any) -> str:
    """What does not match, what is withheld and whether draws are too alike, in sentences; '' if there is nothing to say.

    Parameters
    ----------
    ensemble : Ensemble
    """
    said = ""
    left = [name for name in ensemble.unmet if name.endswith(" curve")]
    if reported := [name for name in ensemble.unmet if name not in left]:
        said += f" The digitised curves do not match the reported values of: {', '.join(reported)}."
    if left:
        said += f" The reconstruction is further from its coordinates than the reading error and one patient: {', '.join(left)}."
    if ensemble.withheld:
        said += " Intervals and P values of the reconstruction are withheld."
    if ensemble.perturbed:
        share = f"{ensemble.perturbed} of the {len(ensemble.times) - 1} simulated data sets"
        said += f" {share} are small changes of others: intervals over them are too narrow."
    return said


def pseudo_ipd_header(what: str, columns: str, sources: Sequence[str]) -> list[str]:
    """The lines at the head of a file of pseudo-IPD, for a reader who has the file alone.

    Parameters
    ----------
    what : str
        Trial, endpoint, analysis and reconstruction.
    columns : str
        What the columns hold.
    sources : sequence of str
        Keys in references.bib of the publications whose numbers were used.
    """
    titles = "; ".join(data.sources()[key].title for key in sources)
    return [
        "THESE ARE NOT PATIENTS' DATA. No row is a patient, and none was made from one.",
        f"Pseudo individual patient data: {what}.",
        "Together the rows match what was reported of the trial. Many other data sets would match it too; the band of the",
        "figure shows how far they differ. Nothing may be concluded from a single row, nor about any subgroup.",
        f"Reconstructed from: {titles}.",
        f"Columns: {columns}.",
    ]
