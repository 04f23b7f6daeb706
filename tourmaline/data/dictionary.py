"""The columns of all files in data/README.md, with what a cell must be: written from the schemas, between two marks."""

from __future__ import annotations

from tourmaline import paths
from tourmaline.data.references import FIELDS
from tourmaline.data.schemas import FILES, Column, DataFile, digitised_curves
from tourmaline.errors import DataError

README = paths.DATA / "README.md"
BEGIN, END = "<!-- columns: written by `tourmaline check --write` -->\n", "<!-- end of the columns -->\n"


def _cell(column: Column) -> str:
    """What a cell of a column must be, in words."""
    if column.allowed:
        return ", ".join(f"`{word}`" for word in column.allowed) + ("" if column.required else ", or empty")
    if not column.pattern and column.type == "string" and column.must_be.startswith("given"):
        return "text" if column.required else "text, or empty"
    return column.must_be + ("" if column.required or column.must_be.endswith("empty") else ", or empty")


def _section(files: list[DataFile]) -> str:
    """The columns of files that have the same."""
    first = files[0]
    lines = [f"### {', '.join(f'`{file.path}`' for file in files)}\n", f"{'. '.join(f.description for f in files)}."]
    lines.append(f"A row is named by {', '.join(f'`{name}`' for name in first.key)}.\n")
    lines.append("| column | what it holds | what a cell is |\n|---|---|---|")
    for name, column in first.columns.items():
        place, column_there = first.references.get(name, ("", ""))
        stands = (
            f"; stands in `{place}`" + (f", column `{column_there}`" if place.endswith(".csv") else "") if place else ""
        )
        lines.append(f"| `{name}` | {column.description}{stands} | {_cell(column)} |")
    return "\n".join(lines) + "\n"


def _columns() -> str:
    alike: dict[str, list[DataFile]] = {}
    for file in (*FILES.values(), digitised_curves("digitised/<analysis>.csv")):
        alike.setdefault("".join(f"{name} {column.description}\n" for name, column in file.columns.items()), []).append(
            file
        )
    fields = "".join(f"| `{name}` | {words} |\n" for name, words in FIELDS.items())
    bib = f"### `references.bib`\n\nThe fields of an entry that the report uses.\n\n| field | what it holds |\n|---|---|\n{fields}"
    return "\n".join([*map(_section, alike.values()), bib])


def documented() -> str:
    """The text that data/README.md must have: as it stands, with the columns between the marks.

    Raises
    ------
    DataError
        If the marks are missing.
    """
    text = README.read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise DataError(
            "the marks of the columns are missing",
            where="data/README.md",
            remedy=f"Restore the lines {BEGIN.strip()} and {END.strip()}, for example with git checkout.",
        )
    return f"{before}{begin}\n{_columns()}\n{end}{after}"


def check_dictionary() -> None:
    """Refuse a data/README.md whose columns are not those of the schemas.

    Raises
    ------
    DataError
    """
    if documented() != README.read_text(encoding="utf-8"):
        raise DataError(
            "the columns do not match the schemas",
            where="data/README.md",
            remedy="Run `tourmaline check --write` and commit the file.",
        )
