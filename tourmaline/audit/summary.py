"""Totals of the ledger by section and verdict, and the summary that the command prints."""

from __future__ import annotations

import pandas as pd

from tourmaline.audit.ledger import VERDICTS
from tourmaline.data.files import load
from tourmaline.data.schemas import PAPER


def by_section(table: pd.DataFrame) -> pd.DataFrame:
    """How many numbers have which verdict.

    Parameters
    ----------
    table : DataFrame
        The ledger's table.

    Returns
    -------
    DataFrame
        One row a section of the paper, in its order, and a last one for all: section (in words), one column a verdict,
        and all.
    """
    titles = load(f"{PAPER}/sections.csv")["title"]
    counts = pd.crosstab(table["section"], table["verdict"]).reindex(columns=list(VERDICTS), fill_value=0)
    counts = counts.reindex([title for title in titles if title in counts.index])
    counts.loc["All"] = counts.sum()
    counts["all"] = counts.sum(axis=1)
    return counts.reset_index().rename_axis(columns=None)


def as_text(table: pd.DataFrame) -> str:
    """The summary as lines: totals by section, then every discrepancy with its sentence."""
    lines = [by_section(table).to_string(index=False), ""]
    wrong = table[table["verdict"] == "discrepant"]
    lines.append(f"{len(wrong)} of {len(table)} numbers are discrepant:")
    lines += [f"  {row['id']} ({row['printed']}): {row['sentence']}" for _, row in wrong.iterrows()]
    return "\n".join(lines)
