"""A reader's table of numbers at risk: read in its usual shapes, and compared with what the evidence has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tourmaline.data.digitised_points import MOST_MONTHS
from tourmaline.data.digitiser_columns import arm_named, arms_of, columns_of, refuse_other_units, unclear
from tourmaline.data.digitiser_files import DigitiserFile, as_number, in_lines, plain
from tourmaline.data.survival import PrintedSurvival
from tourmaline.errors import DataError


def read_risk_table(
    file: DigitiserFile, names: Mapping[str, str], alone: str = ""
) -> tuple[dict[str, list[tuple[float, int]]], list[str]]:
    """Numbers at risk: rows of arm, month and number; a month and the number of each arm; or an arm a line, as they are reported.

    Parameters
    ----------
    file : DigitiserFile
    names : mapping of str to str
        What the arms are called, in small letters.
    alone : str
        The arm of a table of one arm, of months and numbers.

    Returns
    -------
    dict of str to list of (float, int)
        By arm, months and patients, by month. Empty cells are left out.
    list of str
        What was decided.

    Raises
    ------
    DataError
        If it cannot be told what is what, a number is not whole, or a month has two numbers; all in one message.
    """
    notes: list[str] = []
    cells: list[tuple[int, str, str, str]] = []  # row, arm, month, number
    first, *others = file.rows
    if others and all(names.get(row.cells[0].casefold()) for row in others) and first.cells[0].casefold() not in names:
        for row in others:
            arm = names[row.cells[0].casefold()]
            cells += [(row.line, arm, month, cell) for month, cell in zip(first.cells[1:], row.cells[1:]) if cell]
    else:
        arm, columns = columns_of(file, notes)
        if columns:
            refuse_other_units(file, columns[0])
        if arm is not None and len(columns) == 2:
            called = arms_of(file, arm, file.rows, names, notes)
            cells = [(row.line, its, *(row.cells[c] for c in columns)) for row, its in zip(file.rows, called)]
        elif alone and arm is None and len(columns) == 2:
            cells = [(row.line, alone, *(row.cells[c] for c in columns)) for row in file.rows]
        else:
            found = {arm_named(file, [column], names): column for column in columns[1:]}
            if arm is not None or None in found or len(columns) - 1 != len(found) or not found:
                raise unclear(file, len(columns))
            cells = [
                (row.line, its, row.cells[columns[0]], row.cells[column])
                for its, column in found.items()
                for row in file.rows
                if row.cells[column]
            ]
    wrong, table = [], {}
    for row, arm, month, number in cells:
        at, count = as_number(month), as_number(number)
        if at is None or not 0 <= at <= MOST_MONTHS:
            wrong.append(f"row {row}: {month!r} is not a month")
        elif count is None or not 0 <= count < 10**7 or count != int(count):
            wrong.append(f"row {row}: {number!r} is not a number of patients")
        elif table.setdefault(arm, {}).setdefault(float(at), int(count)) != int(count):
            wrong.append(
                f"row {row}: {number} of {arm} at month {plain(at)}, but {table[arm][float(at)]} stands before"
            )
    if wrong:
        raise file.refuse(
            in_lines("this is not a table of numbers at risk", wrong), remedy="Correct or remove these rows."
        )
    return {arm: sorted(its.items()) for arm, its in table.items()}, notes


def compare_risk_table(
    source: str, table: Mapping[str, Sequence[tuple[float, int]]], reported: PrintedSurvival
) -> tuple[list[str], list[str], dict[str, tuple[tuple[float, str], ...]]]:
    """A reader's numbers at risk against those that the evidence has of the analysis.

    Parameters
    ----------
    source : str
        Name of the file of the table.
    table : mapping of str to sequence of (float, int)
        From `read_risk_table`.
    reported : PrintedSurvival

    Returns
    -------
    list of str
        What is to be said.
    list of str
        The rows of data/evidence/results.csv that would add what is not there, with SOURCE and PLACE to be filled in.
    dict of str to tuple
        By arm, the numbers at risk of both together: months and counts as text.

    Raises
    ------
    DataError
        If a number is another than the reported one: all in one message.
    """
    wrong, rows, same, together = [], [], 0, {}
    for arm, counts in table.items():
        known = dict(getattr(reported, arm)["at_risk"])
        for month, count in counts:
            if month not in known:
                known[month] = str(count)
                rows.append(
                    f"{reported.analysis},{arm},number_at_risk,{month:g},{count},,,,,patients,SOURCE,PLACE,B,accepted,"
                )
            elif known[month] != str(count):
                wrong.append(f"{arm} at {month:g} months: {count} here, {known[month]} in data/evidence/results.csv")
            else:
                same += 1
        together[arm] = tuple(sorted(known.items()))
    if wrong:
        raise DataError(
            in_lines("numbers at risk differ from the reported ones", wrong),
            where=source,
            remedy="Read the table again, and its months: which arm is which?",
        )
    notes = [f"{same} numbers at risk agree with the reported ones"] if same else []
    if rows:
        notes.append(
            f"{len(rows)} numbers at risk are not in the evidence. They were used here; the book uses them once these rows stand in "
            "data/evidence/results.csv, with the key of references.bib and the place for SOURCE and PLACE"
        )
        if any(month != int(month) for counts in table.values() for month, _ in counts):
            notes.append("data/evidence/results.csv takes whole months only: numbers at other months cannot be added")
    return notes, rows, together
