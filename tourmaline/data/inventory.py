"""What the report rests on: its files, sources, results and conflicts, as tables to read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from tourmaline.data.claims import resolved
from tourmaline.data.evidence import analyses, sources, trials
from tourmaline.data.files import load
from tourmaline.data.schemas import FILES, PAPER

if TYPE_CHECKING:
    from tourmaline.data.known import Evidence


def files() -> pd.DataFrame:
    """The data files: path, what it holds, number of rows."""
    rows = [(f"data/{path}", file.description, len(load(path))) for path, file in FILES.items()]
    return pd.DataFrame(rows, columns=["File", "What it holds", "Rows"])


def facts(evidence: Evidence) -> pd.DataFrame:
    """Every reported result published by a date, in words, the rejected ones included."""
    frame = load("evidence/results.csv")
    about = analyses()
    names = trials()["name"]
    frame = frame[frame["source"].map(evidence.includes)]
    values, lower, upper = (frame[column].map(resolved) for column in ("value", "lower", "upper"))
    interval = [
        f"{low} to {high} ({level}%)" if low and level else f"{low} to {high}" if low else ""
        for low, high, level in zip(lower, upper, frame["level"])
    ]
    month = ["" if pd.isna(month) else f" at month {month}" for month in frame["month"]]  # map would make floats
    return pd.DataFrame(
        {
            "Trial": frame["analysis"].map(about["trial"]).map(names),
            "Endpoint": frame["analysis"].map(about["endpoint"]).str.upper().replace({"RESPONSE": "response"}),
            "Analysis": frame["analysis"].map(about["label"]),
            "Arm": frame["arm"],
            "Quantity": frame["quantity"].str.replace("_", " ") + month,
            "Value": values,
            "Interval": interval,
            "Unit": frame["unit"],
            "Source": frame["source"],
            "Quote kept": frame["quote_kept"],
            "Standing": frame["standing"],
        }
    )


def source_list(evidence: Evidence) -> pd.DataFrame:
    """The sources that report a result by a date: key, title, date of publication, number of results."""
    counts = load("evidence/results.csv")["source"].value_counts()
    rows = [
        (source.key, source.title, source.published or "undated", int(counts[key]))
        for key, source in sources().items()
        if key in counts and evidence.includes(key)
    ]
    return pd.DataFrame(rows, columns=["Source", "Title", "Published", "Results"])


def conflicts(evidence: Evidence) -> pd.DataFrame:
    """Where sources disagree: subject, what is kept, what is not, and why; of a date, where both had been published by then."""
    frame = load("evidence/conflicts.csv")
    both = frame[["source_kept", "source_rejected"]].to_numpy()
    frame = frame[[all(map(evidence.includes, pair)) for pair in both]]
    names = trials()["name"]
    return pd.DataFrame(
        {
            "Trial": frame["trial"].map(names).fillna("published pooled analysis"),
            "Subject": frame["subject"],
            "Kept": frame["kept"],
            "Not used": frame["rejected"],
            "Why": frame["reason"],
        }
    )


def claim_count() -> int:
    """Number of the numbers that the paper reports outside the cells of its tables."""
    return len(load(f"{PAPER}/claims.csv"))


def cell_count() -> int:
    """Number of cells of the four tables, headings left out."""
    return sum(int((load(f"{PAPER}/table{number}.csv")["kind"] != "heading").sum()) for number in range(1, 5))
