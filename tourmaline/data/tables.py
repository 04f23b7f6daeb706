"""Tables 1 to 4 of the paper: as tidy cells, as counts side by side, and reconstructed as reported."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from tourmaline.data.files import load, records
from tourmaline.data.schemas import ARM_OF_ROLE, PAPER

TWO_BY_TWO = [
    f"{part}_{role}" for role in ARM_OF_ROLE for part in ("count", "denominator")
]  # of both arms, by `counts`


@dataclass(frozen=True)
class PrintedTable:
    """A table of the paper, reconstructed.

    Attributes
    ----------
    title : str
        Title as reported.
    frame : DataFrame
        One row a reported line: its label with footnote marks, then one column a reported column.
    headings : list of bool
        Whether the line is a heading without any cell.
    indents : list of int
        How far the label is indented.
    notes : list of str
        Footnotes, each with its mark.
    """

    title: str
    frame: pd.DataFrame
    headings: list[bool]
    indents: list[int]
    notes: list[str]

    @property
    def layout(self) -> dict[str, object]:
        """Caption, headings, indents and notes, as `run.table` takes them."""
        return {"caption": self.title, "headings": self.headings, "indents": self.indents, "notes": self.notes}


def paper_table(number: int) -> pd.DataFrame:
    """The cells of Table `number` (1 to 4), one row a cell; columns as described in data/datapackage.json."""
    return load(f"{PAPER}/table{number}.csv")


def _cell(cell: Mapping[str, Any]) -> str:
    match cell["kind"]:
        case "count":
            return f"{cell['count']} ({cell['percent']})" if cell["percent"] else str(cell["count"])
        case "count_of_total":
            return f"{cell['count']}/{cell['denominator']} ({cell['percent']})"
        case "median_range":
            return f"{cell['value']} ({cell['lower']}–{cell['upper']})"
        case "interval":
            return f"{cell['lower']}–{cell['upper']}"
        case "not_applicable":
            return "NA"
        case "not_reported":
            return "—"
        case _:
            return cell["value"]


def as_printed(number: int) -> PrintedTable:
    """Table `number` of the paper, line by line and cell by cell as it was reported.

    Examples
    --------
    >>> as_printed(3).frame.iloc[3, 0], as_printed(3).frame.iloc[3, 1]
    ('Any grade ≥3 adverse event — no. (%)', '267 (74)')
    """
    name = f"table{number}"
    cells = paper_table(number)
    table = load(f"{PAPER}/tables.csv").set_index("table").loc[name]
    columns = load(f"{PAPER}/table_columns.csv").query("table == @name")
    footnotes = load(f"{PAPER}/footnotes.csv").query("table == @name")

    printed_cells = cells[cells["kind"] != "heading"]
    texts = {(c["row"], c["arm"], c["severity"]): _cell(c) for c in records(printed_cells)}
    lines = cells.drop_duplicates("row")
    frame = pd.DataFrame({table["stub"]: lines["label"] + lines["footnotes"]})
    for column in records(columns):
        heading = column["heading"] + (f" (N = {column['n']})" if pd.notna(column["n"]) else "")
        heading = f"{heading}: {column['subheading']}" if column["subheading"] else heading
        frame[heading] = [texts.get((row, column["arm"], column["severity"]), "") for row in lines["row"]]
    return PrintedTable(
        title=table["title"],
        frame=frame.reset_index(drop=True),
        headings=(lines["kind"] == "heading").tolist(),
        indents=[
            int(bool(g and c)) + int(bool(v))
            for g, c, v in zip(lines["group"], lines["characteristic"], lines["level"])
        ],
        notes=[f"{mark} {text}" for mark, text in zip(footnotes["mark"], footnotes["text"])],
    )


def printed_cell(number: int, row: str, arm: str, severity: str = "") -> str:
    """One cell of Table `number` as reported, of an arm by its role, both arms or their comparison; '' if nothing is reported there.

    Examples
    --------
    >>> printed_cell(2, "overall_response_ci", "experimental")
    '74–83'
    """
    cells, arm = paper_table(number), ARM_OF_ROLE.get(arm, arm)
    found = cells[(cells["row"] == row) & (cells["arm"] == arm) & (cells["severity"] == severity)]
    return "" if found.empty else _cell(found.iloc[0])


def counts(number: int, severity: str = "") -> pd.DataFrame:
    """The counts of Table `number`, the two arms side by side.

    Parameters
    ----------
    number : int
        Number of the table.
    severity : str
        Grade of the adverse events ('any', '3' or '4'; Table 4 only).

    Returns
    -------
    DataFrame
        One row a reported line with a count in both arms: row, group, characteristic, level, label, and count and
        denominator (patients) of each arm by its role, the columns `TWO_BY_TWO`.
    """
    cells = paper_table(number)
    cells = cells[cells["kind"].isin(["count", "count_of_total"]) & (cells["severity"] == severity)]
    lines = cells[["row", "group", "characteristic", "level", "label"]].drop_duplicates("row").set_index("row")
    for role, arm in ARM_OF_ROLE.items():
        of_arm = cells[cells["arm"] == arm].set_index("row")
        lines[f"count_{role}"] = of_arm["count"].astype(int)
        lines[f"denominator_{role}"] = of_arm["denominator"].astype(int)
    return lines.reset_index()
