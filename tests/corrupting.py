"""Random corruptions of what the project reads: data files, references, scenarios, sweeps, configuration and drop-in curves.

`python tests/corrupting.py 2000` makes so many and says what came of them; tests/test_corruptions.py makes a few hundred.
Each corruption is of a kind. Of some kinds all must be refused; of the others (a letter of a note, a digit that nothing else
determines) some cannot be known. None may end in a traceback.
"""

import csv
import io
import random
import re
import shutil
import sys
import tempfile
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from conftest import _not_copied, at_root

from tourmaline.audit import baseline, paper_ledger
from tourmaline.data.check import check_all
from tourmaline.data.forgetting import forget_data
from tourmaline.data.printed import is_printed, number
from tourmaline.data.schemas import FILES
from tourmaline.errors import TourmalineError
from tourmaline.pipeline import project_check
from tourmaline.pipeline.contents_check import check_pages
from tourmaline.pipeline.editions.declared import declared_editions

ROOT = Path(__file__).resolve().parents[1]
NUMBERS = ("count", "denominator", "percent", "value", "lower", "upper", "n", "printed", "level", "i_squared")
ODD_NUMBERS = (
    "inf",
    "-inf",
    "nan",
    "Infinity",
    "1e999",
    "1e5",
    "-1",
    "−3",
    "0x1F",
    "9" * 30,
    "0,74",
    "12 3",
    "1/0",
    "٣",
)
BLANKS = (" ", "\t", "\u00a0", "\u2003", "\n")
HIDDEN = ("\x00", "\x07", "\x1b[31m", "\x7f", "\u200b", "\u202e", "\ufeff", "\u2028")
VALUES = ("yes", "No", "on", "0100", "1:30", "0x10", "2016-13-45", "[", "{", "*x", "&x [*x]", "!!int x", "!!python/name:os", "~",
          ".inf", ".nan", "1e400", "'", '"', "- -", "?", "<<: 1", "\t", "\x00", "[[[[]]]]", "true", "-1", "", "random", "{a: b}")  # fmt: skip
KEYED = re.compile(r"^(\s*)([\w-]+):", re.MULTILINE)


@dataclass(frozen=True)
class Corruption:
    """One change of one file.

    Parameters
    ----------
    kind : str
        What was done.
    must : bool
        Whether it has to be refused.
    file : str
        The file, below the project.
    content : bytes
        What stands there now.
    words : str
        What exactly was done.
    """

    kind: str
    must: bool
    file: str
    content: bytes
    words: str


@dataclass(frozen=True)
class Outcome:
    """What came of a corruption: 'refused', 'accepted' or 'traceback', with the message or the traceback."""

    corruption: Corruption
    came: str
    message: str


def _text(rows: list[list[str]]) -> bytes:
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerows(rows)
    return written.getvalue().encode("utf-8", "surrogatepass")


class Table:
    """A CSV file of data/, from which corruptions are drawn."""

    def __init__(self, file: str, source: bytes, dice: random.Random) -> None:
        self.file, self.source, self.dice = file, source, dice
        self.rows = list(csv.reader(io.StringIO(source.decode("utf-8"), newline="")))
        self.header = self.rows[0]

    def cells(self, wanted: Callable[[str, str], bool]) -> list[tuple[int, int]]:
        """Places of the cells that are wanted, by column and text."""
        return [
            (line, column)
            for line, row in enumerate(self.rows[1:], start=1)
            for column, text in enumerate(row)
            if wanted(self.header[column], text)
        ]

    def _made(self, kind: str, must: bool, rows: list[list[str]], words: str) -> Corruption:
        return Corruption(kind, must, self.file, _text(rows), words)

    def _cell(self, kind: str, must: bool, place: tuple[int, int], text: str) -> Corruption:
        line, column = place
        rows = [list(row) for row in self.rows]
        words = f"row {line + 1}, {self.header[column]}: {rows[line][column]!r} -> {text!r}"
        rows[line][column] = text
        return self._made(kind, must, rows, words)

    def _some(self, wanted: Callable[[str, str], bool]) -> tuple[int, int] | None:
        found = self.cells(wanted)
        return self.dice.choice(found) if found else None

    def blank_around(self) -> Corruption | None:
        if place := self._some(lambda column, text: text != ""):
            text, blank = self.rows[place[0]][place[1]], self.dice.choice(BLANKS)
            return self._cell("blank around", True, place, self.dice.choice((blank + text, text + blank)))
        return None

    def hidden_sign(self) -> Corruption | None:
        if place := self._some(lambda column, text: text != ""):
            text, cut = self.rows[place[0]][place[1]], self.dice.randrange(len(self.rows[place[0]][place[1]]) + 1)
            return self._cell("hidden sign", True, place, text[:cut] + self.dice.choice(HIDDEN) + text[cut:])
        return None

    def header_alone(self) -> Corruption:
        return self._made("header alone", True, self.rows[:1], "all rows removed")

    def cut_off(self) -> Corruption:
        keep = self.dice.randrange(1, len(self.rows))
        return self._made("cut off", True, self.rows[:keep], f"cut off after row {keep}")

    def row_removed(self) -> Corruption:
        line = self.dice.randrange(1, len(self.rows))
        words = f"row {line + 1} removed: {self.rows[line]}"
        return self._made("row removed", True, self.rows[:line] + self.rows[line + 1 :], words)

    def row_twice(self) -> Corruption:
        line = self.dice.randrange(1, len(self.rows))
        return self._made("row twice", True, [*self.rows, self.rows[line]], f"row {line + 1} twice")

    def odd_number(self) -> Corruption | None:
        place = self._some(lambda column, text: column in NUMBERS and is_printed(text))
        return self._cell("odd number", True, place, self.dice.choice(ODD_NUMBERS)) if place else None

    def unknown_word(self) -> Corruption | None:
        choices = {name for name, column in FILES[self.file.removeprefix("data/")].columns.items() if column.allowed}
        place = self._some(lambda column, text: column in choices and text != "")
        if place is None:
            return None
        text = self.rows[place[0]][place[1]]
        return self._cell("unknown word", True, place, self.dice.choice((text.upper(), text[:-1], f"{text}s", "?")))

    def unit_missing(self) -> Corruption | None:
        place = self._some(lambda column, text: column == "unit" and text != "")
        return self._cell("unit missing", True, place, "") if place else None

    def ends_exchanged(self) -> Corruption | None:
        if not {"lower", "upper"} <= set(self.header):
            return None
        low, high = self.header.index("lower"), self.header.index("upper")
        lines = [
            line
            for line, row in enumerate(self.rows[1:], start=1)
            if is_printed(row[low]) and is_printed(row[high]) and number(row[low]) < number(row[high])
        ]
        if not lines:
            return None
        line, rows = self.dice.choice(lines), [list(row) for row in self.rows]
        rows[line][low], rows[line][high] = rows[line][high], rows[line][low]
        return self._made("ends exchanged", True, rows, f"row {line + 1}: {rows[line]}")

    def value_outside(self) -> Corruption | None:
        if not {"lower", "upper", "value"} <= set(self.header):
            return None
        value, upper = self.header.index("value"), self.header.index("upper")
        lines = [
            line
            for line, row in enumerate(self.rows[1:], start=1)
            if is_printed(row[value]) and is_printed(row[upper]) and number(row[upper]) >= number(row[value])
            and "rejected" not in row
        ]  # fmt: skip
        if not lines:
            return None
        line = self.dice.choice(lines)
        return self._cell("value outside", True, (line, value), f"{number(self.rows[line][upper]) + 1:.2f}")

    def unknown_reference(self) -> Corruption | None:
        references = FILES[self.file.removeprefix("data/")].references
        place = self._some(lambda column, text: column in references and text != "")
        return self._cell("unknown reference", True, place, f"{self.rows[place[0]][place[1]]}x") if place else None

    def column_lost(self) -> Corruption:
        column = self.dice.randrange(len(self.header))
        rows = [row[:column] + row[column + 1 :] for row in self.rows]
        return self._made("column lost", True, rows, f"column {self.header[column]} lost")

    def columns_exchanged(self) -> Corruption:
        one, two = self.dice.sample(range(len(self.header)), 2)
        rows = [list(row) for row in self.rows]
        rows[0][one], rows[0][two] = rows[0][two], rows[0][one]
        return self._made("columns exchanged", True, rows, f"headings {self.header[one]} and {self.header[two]}")

    def digit(self) -> Corruption | None:
        place = self._some(lambda column, text: column in NUMBERS and is_printed(text) and any(map(str.isdigit, text)))
        if place is None:
            return None
        text = self.rows[place[0]][place[1]]
        at = self.dice.choice([index for index, sign in enumerate(text) if sign.isdigit()])
        new = self.dice.choice("0123456789".replace(text[at], ""))
        return self._cell("digit", False, place, text[:at] + new + text[at + 1 :])

    def emptied(self) -> Corruption | None:
        place = self._some(lambda column, text: text != "")
        return self._cell("emptied", False, place, "") if place else None

    def letter(self) -> Corruption | None:
        place = self._some(lambda column, text: text != "")
        if place is None:
            return None
        text = self.rows[place[0]][place[1]]
        at = self.dice.randrange(len(text))
        return self._cell("letter", False, place, text[:at] + self.dice.choice("qZ7.,;\"'=<@{é") + text[at + 1 :])

    def cells_exchanged(self) -> Corruption:
        line = self.dice.randrange(1, len(self.rows))
        one, two = self.dice.sample(range(len(self.header)), 2)
        rows = [list(row) for row in self.rows]
        rows[line][one], rows[line][two] = rows[line][two], rows[line][one]
        words = f"row {line + 1}: {self.header[one]} and {self.header[two]} exchanged"
        return self._made("cells exchanged", False, rows, words)

    def rows_mixed(self) -> Corruption:
        one, two = self.dice.sample(range(1, len(self.rows)), 2)
        column = self.dice.randrange(len(self.header))
        rows = [list(row) for row in self.rows]
        rows[one][column], rows[two][column] = rows[two][column], rows[one][column]
        words = f"{self.header[column]} of rows {one + 1} and {two + 1} exchanged: {rows[one][column]!r}, {rows[two][column]!r}"
        return self._made("rows mixed", False, rows, words)


TABLE_KINDS = [name for name, method in vars(Table).items() if not name.startswith("_") and name != "cells"]


def torn(file: str, source: bytes, dice: random.Random) -> Corruption:
    """A text or a file in which bytes are lost, doubled or others."""
    at, length = dice.randrange(len(source)), dice.choice((1, 1, 2, 5, 40))
    piece = dice.choice(
        (b"", bytes([dice.randrange(256)]), source[at : at + length] * 2, b"\xff\xfe", b"\r", b'"', b"}")
    )
    content = source[:at] if dice.random() < 0.15 else source[:at] + piece + source[at + length :]
    return Corruption("torn", False, file, content, f"at byte {at}: {source[at : at + length]!r} -> {piece!r}")


def key_twice(file: str, source: bytes, dice: random.Random) -> Corruption:
    """A YAML file in which one key stands a second time, with another value, right before itself."""
    text = source.decode("utf-8")
    found = dice.choice(list(KEYED.finditer(text)))
    return Corruption(
        "key twice",
        True,
        file,
        (text[: found.start()] + f"{found[1]}{found[2]}: again\n" + text[found.start() :]).encode(),
        f"{found[2]} twice",
    )


def other_value(file: str, source: bytes, dice: random.Random) -> Corruption:
    """A YAML file in which a value is another one."""
    text = source.decode("utf-8")
    found = dice.choice(list(re.finditer(r"(?<=[:\[,] )[^\s,\]}][^,\]}\n]*", text)))
    new = dice.choice(VALUES)
    words = f"{found[0]!r} -> {new!r}"
    return Corruption("other value", False, file, (text[: found.start()] + new + text[found.end() :]).encode(), words)


def corruptions(seed: int, many: int) -> Iterator[Corruption]:
    """So many corruptions, the same ones for the same seed."""
    dice = random.Random(seed)
    tables = [f"data/{name}" for name in FILES]
    yaml_files = ["_toc.yml", "_config.yml", "editions.yaml", "CITATION.cff"]
    yaml_files += [f"scenarios/{path.name}" for path in sorted((ROOT / "scenarios").glob("*.yaml"))] * 3
    others = ["data/references.bib", "data/datapackage.json"]
    example = re.search(
        r"arm,month,survival\n.*?(?=\n\s*```)", (ROOT / "data/README.md").read_text(encoding="utf-8"), re.DOTALL
    )
    curve = re.sub(r"^ +", "", example[0], flags=re.MULTILINE).encode() + b"\n"
    made = 0
    while made < many:
        which = dice.random()
        if which < 0.72:
            file = dice.choice(tables)
            table = Table(file, (ROOT / file).read_bytes(), dice)
            found = (
                torn(file, table.source, dice) if dice.random() < 0.08 else getattr(table, dice.choice(TABLE_KINDS))()
            )
        elif which < 0.9:
            file = dice.choice(yaml_files)
            found = dice.choice((torn, key_twice, other_value, other_value))(file, (ROOT / file).read_bytes(), dice)
        elif which < 0.95:
            file = dice.choice(others)
            found = torn(file, (ROOT / file).read_bytes(), dice)
        else:
            found = torn("data/digitised/tourmaline-mm1.pfs.primary.csv", curve, dice)
        if found is not None and (
            not (ROOT / found.file).exists() or found.content != (ROOT / found.file).read_bytes()
        ):
            made += 1
            yield found


def check_whatever_reads(file: str) -> None:
    """Run the parts of `tourmaline check` that read a file."""
    if file.startswith("data/"):
        check_all()
        baseline.check_ledger_against_baseline(paper_ledger())
        project_check._check_notebooks()
    elif file == "_config.yml":
        project_check._check_configuration()
    elif file == "_toc.yml":
        check_pages()
    elif file == "editions.yaml":
        declared_editions()
    elif file == "CITATION.cff":
        project_check._check_titles()
    else:
        project_check._check_scenarios()


def outcomes(seed: int, many: int) -> Iterator[Outcome]:
    """Make the corruptions one after the other in a copy of the project, and check it."""
    with tempfile.TemporaryDirectory() as folder:
        project = Path(shutil.copytree(ROOT, Path(folder) / "project", ignore=_not_copied))
        with at_root(project):
            for corruption in corruptions(seed, many):
                path = project / corruption.file
                before = path.read_bytes() if path.exists() else None
                path.parent.mkdir(exist_ok=True)
                path.write_bytes(corruption.content)
                forget_data()
                try:
                    check_whatever_reads(corruption.file)
                    yield Outcome(corruption, "accepted", "")
                except TourmalineError as error:
                    yield Outcome(corruption, "refused", str(error))
                except Exception:
                    yield Outcome(corruption, "traceback", traceback.format_exc())
                if before is None:
                    path.unlink()
                    path.parent.rmdir()
                else:
                    path.write_bytes(before)


def main() -> None:
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    counts: Counter[tuple[str, str]] = Counter()
    for outcome in outcomes(seed, int(sys.argv[1])):
        corruption = outcome.corruption
        counts[corruption.kind, outcome.came] += 1
        if outcome.came == "traceback" or (outcome.came == "accepted" and (corruption.must or "-v" in sys.argv)):
            print(
                f"{outcome.came}: {corruption.kind}, {corruption.file}, {corruption.words}\n{outcome.message}",
                flush=True,
            )
    for kind in sorted({kind for kind, _ in counts}):
        print(f"{kind:<20}", *(f"{came} {counts[kind, came]:>4}" for came in ("refused", "accepted", "traceback")))
    print(sum(counts.values()), "corruptions")


if __name__ == "__main__":
    main()
