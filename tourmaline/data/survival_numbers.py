"""The reported numbers of one survival analysis, one by one: which a reconstruction uses, and which it is held against."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from tourmaline.data.evidence import analyses, fact
from tourmaline.data.files import records
from tourmaline.data.printed import number
from tourmaline.data.survival import PrintedSurvival
from tourmaline.roles import ARMS

if TYPE_CHECKING:
    from tourmaline.data.known import Evidence

PRINTED_LEVEL = "95"  # percent, of every interval that is reported for these analyses
COMPARISON = ("hazard_ratio", "lower", "upper", "p_value")
QUANTITIES = {
    "events": "Events",
    "median": "Median",
    "median_followup": "Median follow-up",
    "hazard_ratio": "Hazard ratio",
    "p_value": "P value",
}
_UNITS = ("events", "deaths", "months", "ratio", "probability")


def survival_numbers(evidence: Evidence, reported: PrintedSurvival, using: Sequence[str] = COMPARISON) -> pd.DataFrame:
    """Every reported number of an analysis that patients' times would give, and whether the reconstruction uses it.

    Held out are numbers that the reconstruction does not take: intervals of medians, and what other sources report with
    more digits. A printing that only repeats another with fewer digits is left out.

    Parameters
    ----------
    reported : PrintedSurvival
        The analysis, and what is taken of it.
    using : sequence of str
        What of the comparison is taken: of hazard_ratio, lower, upper, p_value.

    Returns
    -------
    DataFrame
        One row a number: quantity (as `reconstruction.estimates` names it), what (in words), arm (control, experimental, or
        ''), reported (the string), used, implied (whether a number that is held out restates one that is used, or follows from
        it, so that its agreement is not evidence), claim (id of the paper's number, or '') and source (key in references.bib
        of the first source that reports it).
    """
    rows = []
    for row in records(evidence.all_printings(reported.analysis)):
        if row["quantity"] in QUANTITIES and row["unit"] in _UNITS and row["sided"] != "one":
            rows += _numbers(reported, row, using)
    frame = pd.DataFrame(rows)
    frame = frame.groupby(["quantity", "printed"], sort=False, as_index=False).agg(
        {
            "what": "first",
            "arm": "first",
            "used": "any",
            "claim": "max",
            "source": "first",
        }
    )
    frame = frame[~frame.apply(_repeats, axis=1, used=frame[frame["used"]].set_index("quantity")["printed"])]
    used = set(frame.loc[frame["used"], "quantity"])
    if {f"median_followup.{arm}" for arm in ARMS} <= used:  # that of both arms together lies between them
        used.add("median_followup")
    frame.insert(frame.columns.get_loc("used") + 1, "implied", ~frame["used"] & frame["quantity"].isin(used))
    order = list(QUANTITIES.values())
    return frame.sort_values(
        ["used", "what"],
        key=lambda c: ~c if c.name == "used" else c.str.partition(",")[0].map(order.index),
        kind="stable",
    ).reset_index(drop=True)


def _numbers(printed, row, using):
    """The number of a row of the evidence, and the ends of its interval."""
    quantity, arm = row["quantity"], row["arm"] if row["arm"] in ARMS else ""
    name = f"{quantity}.{arm}" if arm else quantity
    about = {"what": QUANTITIES[quantity], "arm": arm, "source": row["source"]}
    taken = _taken(printed, quantity, arm)
    if quantity in COMPARISON and quantity not in using:
        taken = None
    rows = [about | {"quantity": name, "printed": row["value"], "used": row["value"] == taken, "claim": row["claim"]}]
    for end in ("lower", "upper"):
        if row[end] and row["level"] == PRINTED_LEVEL:
            used = quantity == "hazard_ratio" and end in using and printed.comparison.get(end) == row[end]
            words = f"{about['what']}, {end} end of the {PRINTED_LEVEL}% interval"
            claim = f"{row['claim']}.{end}" if row["claim"] else ""
            rows.append(
                about | {"what": words, "quantity": f"{name}.{end}", "printed": row[end], "used": used, "claim": claim}
            )
    return rows


def _taken(printed, quantity, arm):
    """The string that the reconstruction takes for a quantity; None if it takes none."""
    if arm:
        return getattr(printed, arm).get(quantity)
    return printed.comparison.get(quantity)


def _repeats(row, used):
    """Whether a number that is held out only repeats the one that is used, with fewer digits."""
    if row["used"] or row["quantity"] not in used.index:
        return False
    taken = used[row["quantity"]]
    fewer = len(row["printed"].partition(".")[2]) < len(taken.partition(".")[2])
    return fewer and abs(number(row["printed"]) - number(taken)) <= 0.5 * 10 ** -len(row["printed"].partition(".")[2])


def early_ratio(evidence: Evidence, reported: PrintedSurvival, month: float) -> pd.Series | None:
    """The reported hazard ratio of the same trial and endpoint with follow-up cut off at a month; None if none is reported.

    Parameters
    ----------
    reported : PrintedSurvival
    month : float

    Returns
    -------
    Series or None
        The row of `results`.

    Examples
    --------
    >>> from tourmaline.data.known import known_by
    >>> evidence = known_by("latest")
    >>> evidence.early_ratio(evidence.printed_survival("aspire.pfs.primary"), 18)["source"]
    'dimopoulos2018'
    """
    endpoint = analyses().loc[reported.analysis, "endpoint"]
    return fact(evidence.results(), f"{reported.trial}.{endpoint}.{month:g}-months", "hazard_ratio", "comparison")
