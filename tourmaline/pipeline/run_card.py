"""The card of a single run: what was changed, each value beside the book's, and which decisions turned."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tourmaline import parameters, paths
from tourmaline.parameters import as_words
from tourmaline.pipeline import freshness
from tourmaline.pipeline.differences import differing
from tourmaline.pipeline.editions.changes import in_words

SHOWN = 20  # values in a terminal; the HTML has all
SAME, DIFFERS = "same", "differs"
TURNED = "decision turned"  # only one of the two intervals excludes no effect, or a verdict differs
ANOTHER = "another quantity"  # not to be compared, because of what was asked
READS = "reads differently"  # words other than a verdict, or whose numbers alone differ
RANKS = (TURNED, DIFFERS, ANOTHER, READS)


@dataclass(frozen=True)
class CardRow:
    """A value of the run beside the book's, both as they are shown ('—' where there is none)."""

    label: str  # both, where the run gives it another one
    book: str
    here: str
    what: str  # SAME, or one of RANKS


@dataclass(frozen=True)
class RunCard:
    """What a run gave beside the book.

    Parameters
    ----------
    notebook : str
        Its name.
    changed : tuple of (str, str, str)
        Each parameter that differs from its default: name, default, value.
    rows : tuple of CardRow
        Decisions that turned, then numbers by how far they moved, then those of another quantity, then words that read differently, and
        what is the same.
    note : str
        Why the book's values are missing or may not be comparable; '' if they are right.
    """

    notebook: str
    changed: tuple[tuple[str, str, str], ...]
    rows: tuple[CardRow, ...]
    note: str

    @property
    def differing(self) -> list[CardRow]:
        return [row for row in self.rows if row.what != SAME]


def _values(folder: Path) -> dict[str, Any]:
    file = folder / "values.json"
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}


def _row(found: Mapping[str, Any]) -> CardRow:
    what = READS if found["unit"] == "text" else DIFFERS
    what = TURNED if found["turned"] else ANOTHER if found["another"] else what
    labels = dict.fromkeys(filter(None, found["labels"]))
    return CardRow("; in this run: ".join(labels), *found["shown"], what)


def card_of(notebook: Path, values: Mapping[str, Any], folder: Path) -> RunCard:
    """The card of a run of `notebook` with all its parameters' `values`, whose results are in `folder`."""
    defaults = parameters.validated(notebook, {})
    changed = [(name, as_words(defaults[name]), as_words(is_)) for name, is_ in values.items() if is_ != defaults[name]]
    here, book = _values(folder), _values(paths.RESULTS / notebook.stem)
    note = ""
    if not book:
        note = "The book has no results of this notebook here yet; `make book` makes them."
    elif because := freshness.stale_because(notebook, {}, paths.RESULTS / notebook.stem):
        note = f"The book's values are out of date ({because}); `make book` renews them."
    names = [name for name, _, _ in changed]
    differ = {found["key"]: found for found in differing(book, here, names)} if book else {}
    rows = [(found["moved"], _row(found)) for _, found in sorted(differ.items())]
    rows.sort(key=lambda ranked: (RANKS.index(ranked[1].what), -ranked[0]))
    for key in sorted(here.keys() - differ.keys()):
        words = in_words(here[key])
        rows.append((0.0, CardRow(here[key]["label"], words if book else "—", words, SAME)))
    return RunCard(notebook.stem, tuple(changed), tuple(row for _, row in rows), note)


def in_terminal(card: RunCard) -> Sequence[str]:
    """The card in lines.

    Examples
    --------
    >>> row = CardRow("Hazard ratio", "0.74", "0.82", DIFFERS)
    >>> for line in in_terminal(RunCard("cross_trial", (("analysis", "formal", "latest"),), (row,), "")):
    ...     print(line)
    Changed: analysis latest (in the book formal).
    Beside the book:
      Hazard ratio: 0.74 -> 0.82
    """
    changes = "; ".join(f"{name} {value} (in the book {default})" for name, default, value in card.changed)
    lines = [f"Changed: {changes}." if changes else "No parameter was changed."]
    if card.note:
        lines.append(card.note)
    differ = card.differing
    if differ:
        lines.append("Beside the book:")
        for row in differ[:SHOWN]:
            note = "" if row.what == DIFFERS else f"  ({row.what})"
            lines.append(f"  {row.label}: {row.book} -> {row.here}{note}")
        if len(differ) > SHOWN:
            lines.append(f"  and {len(differ) - SHOWN} more, which the HTML shows")
    same = [row for row in card.rows if row.what == SAME]
    if same and not card.note.startswith("The book has no"):
        lines.append(f"{len(same):,} value{' is' if len(same) == 1 else 's are'} as in the book.")
    return lines
