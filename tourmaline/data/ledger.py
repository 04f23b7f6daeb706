"""Every number the paper reports, under one name each: the claims of the text, and what stands in its four tables.

Nothing is typed twice. A claim of the text is a row of claims.csv; the parts of a table's cell, the numbers of patients
over its columns and the numbers in its labels are read from the tables' own files.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from tourmaline.data.files import load, numbered_records
from tourmaline.data.reading import Reading, reading
from tourmaline.data.schemas import PAPER

TABLES = ("table1", "table2", "table3", "table4")
PARTS = ("count", "denominator", "percent", "value", "lower", "upper")
ROUNDED_UNITS = frozenset({"percent", "months", "years", "ratio", "probability", "ml/min per 1.73 m2", "cycles"})
# Chosen by the trial's designers, or a limit of a class: reported exactly.
CHOSEN = frozenset(["alpha", "power", "ci_level", "threshold", "label", "age_years", "months", "years", "cycles"])
UNIT_OF_CLEARANCE = "ml/min per 1.73 m2"  # the digits of a unit do not count as a number of the trial
LABEL_NUMBER = re.compile(r"[<≥>≤]?\d+(?:\.\d+)?|\bI{1,3}\b")


@dataclass(frozen=True)
class PrintedNumber:
    """One reported number: its name, the string, where it stands in the paper (section, place within it) and in data/."""

    id: str
    printed: str
    section: str
    place: str
    quantity: str
    arm: str
    unit: str
    description: str
    file: str
    line: int
    column: str

    @property
    def rounded(self) -> bool:
        """Whether it was measured and rounded; a count or a choice was not."""
        return self.unit in ROUNDED_UNITS and self.quantity not in CHOSEN

    @property
    def reading(self) -> Reading:
        """Its numbers; a string that is not a number is refused by `tourmaline check`."""
        return reading(self.printed, self.rounded) or Reading(self.printed, *[float("nan")] * 3)


def _claims() -> list[PrintedNumber]:
    path = f"{PAPER}/claims.csv"
    return [
        PrintedNumber(
            id=row["id"],
            printed=row["printed"],
            section=row["section"],
            place=f"paragraph {row['paragraph']}",
            quantity=row["quantity"],
            arm=row["arm"],
            unit=row["unit"],
            description=row["description"],
            file=path,
            line=int(line),
            column="printed",
        )
        for line, row in numbered_records(load(path))
    ]


def _columns(table: str) -> list[PrintedNumber]:
    """The number of patients over each arm, which is reported once for all its grades, and the grades themselves."""
    path, found = f"{PAPER}/table_columns.csv", {}
    for line, row in numbered_records(load(path).query("table == @table")):
        place = f"heading {row['heading']}"
        head = {"section": table, "place": place, "arm": row["arm"], "file": path, "line": int(line)}
        name = f"{table}.n.{row['arm']}"
        if row["n"] is not None and name not in found:
            about = f"Patients of the column, {row['arm']}"
            found[name] = PrintedNumber(
                name, str(row["n"]), quantity="n", unit="patients", description=about, column="n", **head
            )
        for digits in re.findall(r"\d", row["subheading"]):
            name = f"{table}.grade.{row['arm']}.{row['severity']}"
            about = f"Grade of the adverse events of the column, {row['arm']}"
            found[name] = PrintedNumber(
                name, digits, quantity="grade", unit="grade", description=about, column="subheading", **head
            )
    return list(found.values())


def _labels(table: str) -> list[PrintedNumber]:
    """The numbers in the labels of the table's lines, such as '>65 yr', without those in the name of a unit."""
    path, found = f"{PAPER}/{table}.csv", []
    for line, row in numbered_records(load(path).drop_duplicates("row")):
        numbers = LABEL_NUMBER.findall(row["label"].replace(UNIT_OF_CLEARANCE, ""))
        for rank, digits in enumerate(numbers, start=1):
            found.append(
                PrintedNumber(
                    id=f"{table}.{row['row']}.label" + (f".{rank}" if len(numbers) > 1 else ""),
                    printed=digits,
                    section=table,
                    place=f"label {row['label']}",
                    quantity="ci_level" if "95% CI" in row["label"] else "label",
                    arm="",
                    unit="percent" if "95% CI" in row["label"] else "label",
                    description=f"Number in the label of the line: {row['label']}",
                    file=path,
                    line=int(line),
                    column="label",
                )
            )
    return found


def _quantity(part: str, kind: str) -> str:
    if part in ("lower", "upper"):
        return "interval_bound" if kind == "interval" else "range"
    if part == "value":
        return "p_value" if kind == "p_value" else "median"
    return part


def _cells(table: str) -> list[PrintedNumber]:
    """The parts of the cells; a denominator only where the cell prints it."""
    path, found = f"{PAPER}/{table}.csv", []
    frame = load(path)
    for line, cell in numbered_records(frame):
        name = ".".join(part for part in (table, cell["row"], cell["arm"], cell["severity"]) if part)
        grade = f", grade {cell['severity']}" if cell["severity"] in ("3", "4") else ""
        about = " — ".join(dict.fromkeys(part for part in (cell["characteristic"], cell["level"]) if part))
        for part in PARTS:
            text = "" if cell[part] is None else str(cell[part])
            if not text or (part == "denominator" and cell["kind"] != "count_of_total"):
                continue
            found.append(
                PrintedNumber(
                    id=f"{name}.{part}",
                    printed=text,
                    section=table,
                    place=f"{cell['label']}, {cell['arm']}{grade}",
                    quantity=_quantity(part, cell["kind"]),
                    arm=cell["arm"],
                    unit="percent" if part == "percent" else cell["unit"],
                    description=f"{about or cell['label']}, {cell['arm']}{grade}: {part}",
                    file=path,
                    line=int(line),
                    column=part,
                )
            )
    return found


@cache
def printed_numbers() -> dict[str, PrintedNumber]:
    """Every reported number of the paper by its id, in the order of the paper's text and then of its tables.

    Examples
    --------
    >>> printed_numbers()["table1.iss_3.ixazomib.percent"].printed, printed_numbers()["table2.n.placebo"].printed
    ('12', '362')
    >>> printed_numbers()["table1.creatinine_clearance_30_to_60.label.2"].printed
    '<60'
    """
    found = _claims()
    for table in TABLES:
        found += _columns(table) + _labels(table) + _cells(table)
    return {number.id: number for number in found}
