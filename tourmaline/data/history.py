"""The hazard ratios as they were published, one after another; and what meta-analyses reported of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from tourmaline.data.evidence import trials
from tourmaline.data.files import load, records
from tourmaline.data.printed import number
from tourmaline.errors import EvidenceError

if TYPE_CHECKING:
    from tourmaline.data.known import Evidence


def publications(evidence: Evidence, names: Sequence[str], endpoint: str, choice: str = "formal") -> pd.DataFrame:
    """Each date on which the hazard ratio that stood for a trial changed, in order.

    Undated sources have no place in it.

    Parameters
    ----------
    names, endpoint, choice
        As in `select_analyses`.

    Returns
    -------
    DataFrame
        One row a change: date (Timestamp), and the columns of `hazard_ratios`.

    Raises
    ------
    EvidenceError
        If nothing with a date was published by then.
    """
    facts = evidence.results()
    key_of = {name: key for key, name in trials()["name"].items()}
    prefixes = tuple(f"{key_of[name]}.{endpoint}." for name in names)
    dates = facts.loc[
        (facts["quantity"] == "hazard_ratio") & facts["analysis"].str.startswith(prefixes), "known_from"
    ].dropna()
    rows, stood = [], {}
    for date in sorted(dates.unique()):
        then = replace(evidence, as_of=str(pd.Timestamp(date).date()))
        try:
            chosen, _ = then.select_analyses(names, endpoint, choice)
        except EvidenceError:  # what was published until then is a subgroup, or a follow-up without a formal test
            continue
        for row in records(then.hazard_ratios(chosen)):
            what = (row["analysis"], row["hazard_ratio"])
            if stood.get(row["name"]) != what:
                stood[row["name"]] = what
                rows.append({"date": pd.Timestamp(date)} | row)
    if not rows:
        raise EvidenceError(
            f"no hazard ratio of {endpoint.upper()} with a date was published by {evidence.as_of} for {', '.join(names)}",
            remedy="Choose a later as_of, or other trials.",
        )
    return pd.DataFrame(rows)


def published_pools(evidence: Evidence) -> pd.DataFrame:
    """What meta-analyses print of these trials, as far as it is in use and was published by a date.

    Returns
    -------
    DataFrame
        The columns of data/evidence/pooled.csv, indexed by pool; value, lower, upper, level (fraction) and i_squared
        as numbers, nan where none is reported.
    """
    frame = load("evidence/pooled.csv")
    frame = frame[(frame["standing"] == "accepted") & frame["source"].map(evidence.includes)].set_index("pool")
    for column in ("value", "lower", "upper", "level", "i_squared"):
        frame[column] = frame[column].map(number)
    frame["level"] /= 100
    return frame
