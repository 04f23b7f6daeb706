"""The evidence of all trials, and what of it was known on a given date."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from tourmaline.data.claims import claim
from tourmaline.data.files import load, records
from tourmaline.data.references import Source, references
from tourmaline.errors import EvidenceError, nearest

if TYPE_CHECKING:
    from tourmaline.data.known import Evidence

FORMAL_ROLES = ("primary", "interim", "final")
BEFORE_FINAL = ("primary", "interim")
_NEVER = "9999"  # stands for a date that is not known, and comes after all others
_STANDING_ORDER = {"accepted": 0, "corroborating": 1}


def trials() -> pd.DataFrame:
    """The trials, indexed by their short names."""
    return load("evidence/trials.csv").set_index("trial")


def analyses() -> pd.DataFrame:
    """The analyses, indexed by their names."""
    return load("evidence/analyses.csv").set_index("analysis")


def chronological(frame: pd.DataFrame) -> pd.DataFrame:
    """Analyses of one endpoint in the order in which they were made, trial by trial, whatever the order of their rows.

    The order is that of the data cut-offs. An analysis without a reported cut-off stands before the first one of its trial that
    was published later; if no source of it has a date either, a primary or interim analysis stands first, and any other last.
    What this leaves open is decided by the day of publication, then a final analysis stands last, then by name.

    Parameters
    ----------
    frame : DataFrame
        Rows of `analyses`.

    Returns
    -------
    DataFrame
        The same rows.
    """
    published = _first_published()
    rows = [
        (name, trial, cutoff, role, published.get(name, "" if role in BEFORE_FINAL else _NEVER))
        for name, trial, cutoff, role in zip(frame.index, frame["trial"], frame["data_cutoff"], frame["role"])
    ]

    def key(place: int) -> tuple[str, str, bool, str, bool, str]:
        name, trial, cutoff, role, day = rows[place]
        later = [other[2] for other in rows if other[1] == trial and other[2] and other[4] > day]
        return trial, cutoff or min(later, default=_NEVER), bool(cutoff), day, role == "final", name

    return frame.iloc[sorted(range(len(rows)), key=key)]


def designs(evidence: Evidence) -> pd.DataFrame:
    """The designs side by side: one row an aspect, one column a trial (its short name); '' where the sources are silent.

    As of a date, what was published later, or bears no date, counts as silence.
    """
    frame = load("evidence/designs.csv")
    frame["value"] = frame["value"].where(frame["source"].map(evidence.includes), "")
    return frame.pivot(index="aspect", columns="trial", values="value").loc[
        frame["aspect"].unique(), frame["trial"].unique()
    ]


def sources() -> dict[str, Source]:
    """The sources by key."""
    return references()


@cache
def _evidence() -> pd.DataFrame:
    frame = load("evidence/results.csv")
    frame["claim"] = [cell[1:] if cell.startswith("@") else "" for cell in frame["value"]]
    rows = records(frame)
    for row in rows:
        given = row["locator"]
        for column in ("value", "lower", "upper"):
            if row[column].startswith("@"):
                row[column], locator = claim(row[column][1:])
                row["locator"] = given or locator
    for column in ("value", "lower", "upper", "locator"):
        frame[column] = [row[column] for row in rows]
    known_from = {key: source.known_from for key, source in references().items()}
    frame["known_from"] = pd.to_datetime(frame["source"].map(known_from))
    return frame


@cache
def _first_published() -> dict[str, str]:
    """The day on which the first result of each analysis counts, in the ISO form; without analyses that no dated source reports."""
    frame = _evidence().query("standing != 'rejected'")
    return {name: str(day.date()) for name, day in frame.groupby("analysis")["known_from"].min().dropna().items()}


def _in_use(evidence: Evidence) -> pd.DataFrame:
    frame = _evidence()
    return frame[(frame["standing"] != "rejected") & frame["source"].map(evidence.includes)]


def results(evidence: Evidence) -> pd.DataFrame:
    """Every reported result in use that was published by a date.

    Where several sources report the same result, the accepted one is returned if it was published by then, otherwise
    the earliest of those that corroborate it. Where that one prints no interval and another prints the same value with
    one, the other is returned. Rejected values are never returned.

    Returns
    -------
    DataFrame
        The columns of data/evidence/results.csv, claims of the paper replaced by their reported strings, `claim`
        (the id of the claim that is the value, or empty) and `known_from`.
    """
    return _chosen(evidence).copy()


@cache
def _chosen(evidence: Evidence) -> pd.DataFrame:
    frame = _in_use(evidence)
    order = frame.assign(rank=frame["standing"].map(_STANDING_ORDER)).sort_values(["rank", "known_from"], kind="stable")
    key = ["analysis", "arm", "quantity", "month", "unit"]
    order["chosen_value"] = order.groupby(key, dropna=False)["value"].transform("first")
    order = order[order["value"] == order["chosen_value"]]
    order = order.assign(bare=order["lower"] == "").sort_values("bare", kind="stable")
    return order.drop_duplicates(key).drop(columns=["rank", "chosen_value", "bare"]).sort_index()


def printings(evidence: Evidence, analysis: str, quantity: str, arm: str = "comparison") -> pd.DataFrame:
    """Every printing in use of one result of one analysis, the accepted one first: other sources may print more digits.

    Parameters
    ----------
    analysis, quantity, arm : str
        As in data/evidence/results.csv.

    Returns
    -------
    DataFrame
        The rows of `results`, before one of them is chosen.

    Raises
    ------
    EvidenceError
        If no source reports it by that date.
    """
    frame = _in_use(evidence)
    found = frame[(frame["analysis"] == analysis) & (frame["quantity"] == quantity) & (frame["arm"] == arm)]
    if found.empty:
        raise EvidenceError(
            f"by {evidence.as_of} no source reports {quantity!r} of {analysis!r} for {arm!r}",
            remedy="Choose a later as_of.",
        )
    return found.sort_values("standing", key=lambda column: column.map(_STANDING_ORDER), kind="stable")


def all_printings(evidence: Evidence, analysis: str) -> pd.DataFrame:
    """Every printing in use of every result of one analysis by a date, the accepted ones first; rows as of `results`."""
    frame = _in_use(evidence)
    found = frame[frame["analysis"] == analysis]
    return found.sort_values("standing", key=lambda column: column.map(_STANDING_ORDER), kind="stable")


def select_analyses(
    evidence: Evidence, names: Sequence[str], endpoint: str, choice: str = "formal"
) -> tuple[pd.DataFrame, list[str]]:
    """For each trial, the analysis of an endpoint that stood on a date.

    Parameters
    ----------
    names : sequence of str
        Names of trials, for example 'ASPIRE'.
    endpoint : str
        'pfs' or 'os'.
    choice : str
        'formal': the latest analysis that formally tested the endpoint; 'latest': the latest of all, so also later
        follow-up without a formal test. A final analysis replaces primary and interim ones, whatever their dates; otherwise
        the order is that of `chronological`.

    Returns
    -------
    DataFrame
        One row a trial, in the given order: trial, name, analysis, label, known_from, data_cutoff.
    list of str
        The names of trials without a hazard ratio of that endpoint by that date.

    Raises
    ------
    EvidenceError
        If there is no such trial, or none of them has a hazard ratio by that date.
    """
    names_known = trials()["name"]
    for name in names:
        if name not in set(names_known):
            raise EvidenceError(
                f"there is no trial {name!r}", remedy=f"{nearest(name, names_known)} Trials: {', '.join(names_known)}."
            )
    roles = FORMAL_ROLES if choice == "formal" else (*FORMAL_ROLES, "update")
    listed = analyses()
    candidates = chronological(
        listed[
            (listed["endpoint"] == endpoint)
            & (listed["population"] == "intention-to-treat")
            & listed["role"].isin(roles)
        ]
    ).reset_index()

    def with_ratio(facts: pd.DataFrame) -> pd.DataFrame:
        ratios = facts.query("quantity == 'hazard_ratio'")
        found = candidates.merge(ratios[["analysis", "known_from"]], on="analysis")
        found["name"] = found["trial"].map(names_known)
        return found[found["name"].isin(names)]

    found = with_ratio(evidence.results())
    if found.empty:
        published = _evidence().query("standing != 'rejected'").dropna(subset="known_from")
        first = with_ratio(published).sort_values("known_from", kind="stable").head(1)
        hint = (
            f"The first is {first['name'].iloc[0]}, known from {first['known_from'].iloc[0].date()}."
            if len(first)
            else ""
        )
        raise EvidenceError(
            f"no hazard ratio of {endpoint.upper()} was published by {evidence.as_of} for {', '.join(names)}",
            remedy=f"{hint} Choose a later as_of, or other trials.".strip(),
        )
    final = found.loc[found["role"] == "final", "name"]
    found = found[~(found["role"].isin(BEFORE_FINAL) & found["name"].isin(final))]
    latest = found.drop_duplicates("name", keep="last")
    chosen = latest.set_index("name").reindex([name for name in names if name in set(latest["name"])]).reset_index()
    missing = [name for name in names if name not in set(latest["name"])]
    return chosen[["trial", "name", "analysis", "label", "known_from", "data_cutoff"]], missing


def fact(frame: pd.DataFrame, analysis: str, quantity: str, arm: str, unit: str = "") -> pd.Series | None:
    """The one row of `frame` (from `Evidence.results`) for a quantity of an arm in an analysis; None if the sources are silent."""
    wanted = {"analysis": analysis, "quantity": quantity, "arm": arm} | ({"unit": unit} if unit else {})
    # Arrays, not Series: a page asks for a hundred facts.
    found = np.flatnonzero(np.all([frame[column].to_numpy() == word for column, word in wanted.items()], axis=0))
    return frame.iloc[found[0]] if found.size else None
