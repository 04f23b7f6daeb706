"""Cells that check an answer: they hold a fingerprint of the published number, and not the number."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from tourmaline.results.formats import UNITS

WIDTH = 78  # letters of a line of code
# Of the published number: room for intermediate results that were rounded. A P value needs more.
SHARE, SHARE_OF_P, MOST_OF_P = 0.01, 0.1, 0.01
WHOLE = frozenset({"count", "patients", "events", "deaths", "trials"})  # units of what is counted
GRID = 20  # steps within the tolerance: so finely an answer is compared

CHECKER = """\
# Run this cell first. It checks your answers below. It holds fingerprints of
# the published answers, and not the answers: enough to hide them from a
# glance, not from a search.
from hashlib import sha256


def is_answer(name, answer, tolerance, fingerprint):
    def same(content):
        return sha256(f"{name}:{content}".encode()).hexdigest()[:16] == fingerprint

    if not tolerance:
        return same(" ".join(str(answer).split()).casefold())
    place = round(answer / tolerance * 20)
    return any(same(near) for near in range(place - 20, place + 21))


def check(name, answer, tolerance, fingerprint):
    if answer is ...:
        return print(f"{name}: replace the dots by your answer, and run this again.")
    if not tolerance:
        right = is_answer(name, answer, tolerance, fingerprint)
        return print(f"{name}: {'right' if right else 'not the published answer'}.")
    try:
        number = float(answer)
        if is_answer(name, number, tolerance, fingerprint):
            return print(f"{name}: right, within {tolerance:g} of the published answer.")
        slips = {
            "after multiplying by 100: give percent": 100 * number,
            "after dividing by 100: do not give percent": number / 100,
            "with the other sign": -number,
            "as 1 less your answer": 1 - number,
            "as 100 less your answer": 100 - number,
        }
        if abs(number) > 1e-9:
            slips["as 1 over your answer"] = 1 / number
        hints = [
            slip
            for slip, other in slips.items()
            if is_answer(name, other, tolerance, fingerprint)
        ]
    except (TypeError, ValueError, OverflowError):
        return print(f"{name}: the answer must be one number.")
    hint = f" It would be right {hints[0]}." if hints else ""
    print(f"{name}: not within {tolerance:g} of the published answer.{hint}")"""


@dataclass(frozen=True)
class Check:
    """One answer that an exercise asks for.

    Attributes
    ----------
    name : str
        The name of the answer in the notebook.
    label, unit : str
        What is asked for, and in which unit.
    value : float, int or str
        The published answer.
    tolerance : float
        How far a right answer may be from it; 0 for words.
    """

    name: str
    label: str
    unit: str
    value: float | int | str
    tolerance: float

    @property
    def asked(self) -> str:
        """What is asked for, with the unit and the tolerance."""
        unit = UNITS[self.unit].strip()
        wanted = f"{self.label}, in {unit}" if unit else self.label
        return f"{wanted} (within {self.tolerance:g})" if self.tolerance else f"{wanted} (a word or a name)"

    @property
    def fingerprint(self) -> str:
        """What the published answer is compared by."""
        content = " ".join(str(self.value).split()).casefold()
        if self.tolerance:
            content = str(round(self.value / self.tolerance * GRID))
        return sha256(f"{self.name}:{content}".encode()).hexdigest()[:16]

    @property
    def placeholder(self) -> str:
        """The line that a student fills in, under a comment that says what is asked for."""
        return f"{textwrap.fill(self.asked, WIDTH, initial_indent='# ', subsequent_indent='# ')}\n{self.name} = ..."

    @property
    def call(self) -> str:
        """The code of the check."""
        return f'check("{self.name}", {self.name}, {self.tolerance!r}, "{self.fingerprint}")'


def tolerance_of(record: dict[str, Any]) -> float:
    """How far an answer may be from a published value: up to one in a hundred, and at least half a unit of the last digit shown.

    A P value may be up to one in ten off, but at most 0.01: it magnifies what was rounded on the way, and by hand it is read off a short table. What is
    counted must be the very number. No effect, 0 or a ratio of 1, is not a right answer unless the published one is shown so. The tolerance is 1, 2 or 5 times a power of ten, so that it does not give the answer away.

    Examples
    --------
    >>> tolerance_of({"value": 0.7395, "unit": "ratio", "decimals": 2})
    0.005
    >>> tolerance_of({"value": 4, "unit": "count", "decimals": 0}), tolerance_of({"value": "ASPIRE", "unit": "text"})
    (0.5, 0)
    >>> tolerance_of({"value": 4e-11, "unit": "probability"}), tolerance_of({"value": 1.005, "unit": "ratio", "decimals": 3})
    (2e-12, 0.002)
    """
    value, unit = record["value"], record["unit"]
    if isinstance(value, str):
        return 0
    if unit in WHOLE and value == int(value):
        return 0.5
    if unit == "probability":
        size = min(SHARE_OF_P * value, MOST_OF_P)
    else:
        digit = 0.5 * 10 ** -record["decimals"]
        size = max(SHARE * abs(value), digit)
        if unit == "ratio":
            size = min(size, max(abs(value - 1) / 2, digit))
    return _plain_step(min(size, abs(value) / 2) if value else size or MOST_OF_P)


def _plain_step(size: float) -> float:
    """The largest of 1, 2 and 5 times a power of ten that is not above a size."""
    digits, _, power = f"{size:.6e}".partition("e")
    return float(f"{max(step for step in (1, 2, 5) if step <= float(digits))}e{power}")


def answer_name(result: str) -> str:
    """The name, in a notebook, of the answer that is published under `notebook/key`.

    Examples
    --------
    >>> answer_name("lessons/standard_error")
    'answer_standard_error'
    """
    return f"answer_{result.partition('/')[2]}"


def check_of(result: str, record: dict[str, Any]) -> Check | None:
    """The check of an answer that is published under `notebook/key`; None where an edition has no such number."""
    if record["value"] is None:
        return None
    return Check(answer_name(result), record["label"], record["unit"], record["value"], tolerance_of(record))
