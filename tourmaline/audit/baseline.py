"""The committed baseline: the verdict on every reported number, behind which the audit must not fall.

It lies in the code and not in data/, because a program writes it: data/ holds transcribed facts only.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from tourmaline import paths
from tourmaline.audit.ledger import VERDICTS, Ledger, State, sentence
from tourmaline.data.schemas import PAPER
from tourmaline.errors import DataError


def read_baseline(path: Path = paths.AUDIT_BASELINE) -> dict[str, State]:
    """The states of the baseline by id."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        found = {id_: State(**state) for id_, state in content.items()}
        if unknown := [id_ for id_, state in found.items() if state.verdict not in VERDICTS]:
            raise ValueError(f"{unknown[0]} has the verdict {found[unknown[0]].verdict!r}")
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise DataError(
            f"it cannot be read: {error}",
            where=paths.relative(path),
            remedy="Restore it with git, or write it again: tourmaline audit --write-baseline",
        ) from None
    return found


def write_baseline(states: Mapping[str, State], path: Path = paths.AUDIT_BASELINE) -> None:
    """Take the states as the new baseline."""
    content = {
        id_: {"verdict": state.verdict} | ({"finding": state.finding} if state.finding else {})
        for id_, state in sorted(states.items())
    }
    path.write_text(json.dumps(content, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")


def fallen(states: Mapping[str, State], baseline: Mapping[str, State]) -> dict[str, tuple[State, State]]:
    """The numbers whose verdict got worse: baseline and present state by id.

    A number that is gone counts as fallen (its present verdict is shown as 'missing'); a new one does only if it is
    discrepant.
    """
    gone = {id_: (before, State("missing")) for id_, before in baseline.items() if id_ not in states}
    down = {
        id_: (baseline[id_], now) for id_, now in states.items() if id_ in baseline and now.is_worse_than(baseline[id_])
    }
    new = {
        id_: (State("new"), now) for id_, now in states.items() if id_ not in baseline and now.verdict == "discrepant"
    }
    return down | new | gone


def check_ledger_against_baseline(ledger: Ledger) -> int:
    """Refuse reported numbers that others of the paper contradict, beyond what the baseline knows.

    Numbers whose rule needs reconstructed patients are left to `tourmaline audit`, which takes longer.

    Returns
    -------
    int
        How many numbers were recomputed or found to be given.

    Raises
    ------
    DataError
        For the first number whose verdict got worse; names file, row and column, and what contradicts it.
    """
    known = {
        id_: state
        for id_, state in read_baseline().items()
        if id_ not in ledger.numbers or not ledger.reconstructs(id_)
    }
    states = ledger.states(reconstruct=False)
    remedy = "Reread it and the numbers it follows from. If the change is meant: tourmaline audit --write-baseline."
    for id_, (before, now) in fallen(states, known).items():
        if id_ not in ledger.numbers:
            raise DataError(f"the reported number {id_!r} is gone", where=f"data/{PAPER}", remedy=remedy)
        number = ledger.numbers[id_]
        words = sentence(id_, ledger, ledger.judge(id_)) or f"it was {before.verdict} in the baseline"
        raise DataError(
            f"{id_} is reported as {number.printed!r} and is {now.verdict}: {words}",
            where=f"data/{number.file}, row {number.line}, column {number.column}",
            remedy=remedy,
        )
    return len(states)
