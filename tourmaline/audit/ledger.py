"""The ledger: every reported number, what it was recomputed from, the result, and the verdict."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import pandas as pd

from tourmaline.audit import reconstructed_rules, rounding, rules, statistical_rules
from tourmaline.audit.rules import Recomputed, Rule
from tourmaline.data.derivations import Derivation, derivations
from tourmaline.data.files import load
from tourmaline.data.ledger import PrintedNumber, printed_numbers
from tourmaline.data.reading import Reading, reading
from tourmaline.data.schemas import PAPER, RULES
from tourmaline.errors import DataError

# From best to worst; notebooks/words/audit.yml says what each means.
VERDICTS = ("exact", "within rounding", "approximate", "reconstructed", "given", "inconsistent format", "discrepant")
FAULTS = frozenset(VERDICTS[-2:])
_MODULES = (rules, statistical_rules, reconstructed_rules)
RULE: dict[str, Rule] = {
    name: next(getattr(module, attribute) for module in _MODULES if hasattr(module, attribute))
    for name in RULES
    for attribute in (f"{name}_" if name == "next" else name,)
}
# Methods that are known not to be the paper's.
APPROXIMATE = frozenset({"proportions_p", "wald_p", "events_bound", "information_percent", "later_followup"})
RECONSTRUCTING = frozenset({"left_out"})
SHARES = frozenset({"percentage", "binomial_bound"})
RESTATING = frozenset({"same", "next", "week_after"})  # the fact stands elsewhere, or is the next of a series


@dataclass(frozen=True)
class State:
    """Verdict on a reported number, and, if it is at fault, what exactly does not agree."""

    verdict: str
    finding: str = ""

    def is_worse_than(self, before: State) -> bool:
        """Whether the verdict got worse, or a known discrepancy became another one.

        Examples
        --------
        >>> State("discrepant", "83 against 82.48").is_worse_than(State("given"))
        True
        >>> State("discrepant", "84 against 82.48").is_worse_than(State("discrepant", "83 against 82.48"))
        True
        """
        if self.verdict == before.verdict:
            return self.finding != before.finding
        return VERDICTS.index(self.verdict) > VERDICTS.index(before.verdict)


def judged(claim: Reading, found: Recomputed, rule: str, convention: str = rounding.DEFAULT) -> str:
    """The verdict on a reported number, given what a rule made of its inputs."""
    if rule in RECONSTRUCTING:
        return "reconstructed" if found.lower <= claim.upper and claim.lower <= found.upper else "discrepant"
    approximate = rule in APPROXIMATE
    if (
        not math.isnan(found.value)
        and not math.isinf(found.value)
        and _is_printed(claim, found.value, rule, convention)
    ):
        return "approximate" if approximate else "exact"
    if rule in SHARES and 0 < found.value < 1 == claim.value:  # the paper writes every such share as '<1'
        return (
            "inconsistent format" if rounding.rounded_by(found.value, claim.decimals, convention) == 1 else "discrepant"
        )
    if found.lower == found.upper and not claim.stated:  # counts have no rounding that could explain it
        return "discrepant"
    if found.lower <= claim.upper and claim.lower <= found.upper:  # False where an end is nan
        return "approximate" if approximate or claim.stated else "within rounding"
    return "discrepant"


def _is_printed(claim: Reading, value: float, rule: str, convention: str) -> bool:
    if math.isnan(claim.value):  # '<1', 'almost half'
        return claim.printed == "<1" and 0 < value < 1
    if rule in SHARES and 0 < value < 1:
        return False
    if claim.lower == claim.upper:  # counted or chosen
        return abs(value - claim.value) < 1e-9
    return float(rounding.rounded_by(value, claim.decimals, convention)) == claim.value


@dataclass(frozen=True)
class Judged:
    """What came of one reported number: verdict, recomputed value, and the checks it failed."""

    verdict: str
    found: Recomputed | None
    checks: int
    failed: tuple[Derivation, ...]

    def finding(self, printed: str) -> str:
        """What exactly does not agree; '' if nothing is wrong. A known fault is known with its digits."""
        if self.verdict not in FAULTS:
            return ""
        value = "" if self.found is None or math.isnan(self.found.value) else f" against {self.found.value:.6g}"
        return f"{printed}{value}" + "".join(f", {check.rule}" for check in self.failed)


@lru_cache(maxsize=200_000)
def _applied(rule: str, inputs: tuple[Reading, ...], options: tuple[tuple[str, str], ...]) -> Recomputed:
    return RULE[rule](inputs, dict(options))


class Ledger:
    """The reported numbers with their rules, ready to be judged, also with one of them changed.

    Parameters
    ----------
    numbers : mapping of str to PrintedNumber
        The reported numbers by id.
    derived : mapping of str to list of Derivation
        For each id its derivation, then its checks.
    convention : str
        Convention of rounding, one of `rounding.CONVENTIONS`.
    """

    def __init__(
        self,
        numbers: Mapping[str, PrintedNumber],
        derived: Mapping[str, list[Derivation]],
        convention: str = rounding.DEFAULT,
    ) -> None:
        self.numbers, self.derived, self.convention = numbers, derived, convention
        self.readings = {id_: number.reading for id_, number in numbers.items()}
        self.dependents: dict[str, set[str]] = {id_: {id_} for id_ in numbers}
        for id_, found in derived.items():
            for derivation in found:
                for name in derivation.input_ids:
                    self.dependents[name].add(id_)

    def recomputed(self, derivation: Derivation) -> Recomputed:
        """What a rule makes of the inputs as they stand.

        Raises
        ------
        DataError
            If they are not what the rule takes, in number or in kind, or an option is missing.
        """
        inputs = tuple(
            -self.readings[name[1:]] if name.startswith("-") else self.readings[name] for name in derivation.inputs
        )
        try:
            return _applied(derivation.rule, inputs, tuple(derivation.options.items()))
        except (ValueError, TypeError, LookupError, ArithmeticError) as error:
            given = " ".join(derivation.inputs)
            raise DataError(
                f"the rule {derivation.rule!r} of {derivation.id!r} cannot take {given!r}: {error}",
                where=f"data/{PAPER}/derivations.csv, row {derivation.line}, column inputs",
                remedy="See in tourmaline/audit what the rule takes, and which options it needs.",
            ) from None

    def judge(self, id_: str) -> Judged:
        """The verdict on one number: that of its derivation, or `discrepant` if it fails a check."""
        derivation, *checks = self.derived[id_]
        found, verdict, claim = None, "given", self.readings[id_]
        if derivation.role == "derivation":
            found = self.recomputed(derivation)
            verdict = judged(claim, found, derivation.rule, self.convention)
        failed = tuple(
            check
            for check in checks
            if judged(claim, self.recomputed(check), check.rule, self.convention) == "discrepant"
        )
        return Judged("discrepant" if failed else verdict, found, len(checks), failed)

    def state(self, id_: str) -> State:
        """Verdict on one number, and what is discrepant about it."""
        result = self.judge(id_)
        return State(result.verdict, result.finding(self.readings[id_].printed))

    def states(self, *, reconstruct: bool = True) -> dict[str, State]:
        """Verdict on every number, and what is discrepant about it.

        Without `reconstruct`, numbers whose rule needs reconstructed patients are left out; that takes a tenth of a second.
        """
        return {id_: self.state(id_) for id_ in self.numbers if reconstruct or not self.reconstructs(id_)}

    def reconstructs(self, id_: str) -> bool:
        """Whether a rule or check of the number needs reconstructed patients."""
        return any(derivation.rule in RECONSTRUCTING for derivation in self.derived[id_])

    def changed(self, id_: str, printed: str) -> Reading | None:
        """What a number would say if something else were reported."""
        return reading(printed, self.numbers[id_].rounded)


def paper_ledger(convention: str = rounding.DEFAULT) -> Ledger:
    """The ledger of the paper.

    Examples
    --------
    >>> paper_ledger().judge("results.pfs.gain.percent").verdict
    'exact'
    """
    return Ledger(printed_numbers(), derivations(), convention)


def _number(value: float) -> str:
    return f"{value:.4g}" if abs(value) < 1 else f"{value:.2f}".rstrip("0").rstrip(".")


def _outcome(found: Recomputed | None, is_date: bool) -> str:
    if found is None or is_date:
        return ""
    if not math.isnan(found.value) and found.upper == math.inf:
        return f"{_number(found.value)} (at least {_number(found.lower)})"
    if not math.isnan(found.value):
        between = found.upper - found.lower > 1e-9 and not math.isinf(found.upper - found.lower)
        return _number(found.value) + (f" ({_number(found.lower)} to {_number(found.upper)})" if between else "")
    ends = [
        f"at least {_number(found.lower)}" if found.lower > -math.inf else "",
        f"at most {_number(found.upper)}" if found.upper < math.inf else "",
    ]
    return ", ".join(end for end in ends if end)


def sentence(id_: str, ledger: Ledger, judged_: Judged) -> str:
    """Why a number is given, or what does not agree about it, in a sentence; empty otherwise."""
    derivation = ledger.derived[id_][0]
    if judged_.failed:
        check = judged_.failed[0]
        words = f"It fails the check {check.rule} against {', '.join(check.inputs)}"
        return check.reason or f"{words}: {_outcome(ledger.recomputed(check), False)}."
    if judged_.verdict in FAULTS:
        outcome = _outcome(judged_.found, False) or "nothing"
        return derivation.reason or f"Reported {ledger.numbers[id_].printed}; {derivation.rule} gives {outcome}."
    return derivation.reason if judged_.verdict == "given" else ""


def ledger_table(ledger: Ledger) -> pd.DataFrame:
    """The ledger as a table.

    Returns
    -------
    DataFrame
        One row a reported number: id, section (its title), place, description, `printed`, unit, rule, inputs, recomputed, verdict, checks
        (how many it has), basis (recomputed, restated, reconstructed or given), kind, and sentence (why it is given or what does not agree).
    """
    rows, titles = [], load(f"{PAPER}/sections.csv").set_index("section")["title"]
    for id_, number in ledger.numbers.items():
        derivation, result = ledger.derived[id_][0], ledger.judge(id_)
        rows.append(
            {
                "id": id_,
                "section": titles[number.section],
                "place": number.place,
                "description": number.description,
                "printed": number.printed,
                "unit": number.unit,
                "rule": derivation.rule or "given",
                "inputs": " ".join(derivation.inputs),
                "recomputed": _outcome(result.found, number.quantity == "date"),
                "verdict": result.verdict,
                "checks": result.checks,
                "basis": basis(derivation.rule),
                "kind": kind(number, derivation.rule),
                "sentence": sentence(id_, ledger, result),
            }
        )
    return pd.DataFrame(rows)


def basis(rule: str) -> str:
    """What the verdict on a number rests on, by its rule ('' for a number that is given).

    Examples
    --------
    >>> basis("percentage"), basis("same"), basis("")
    ('recomputed', 'restated', 'given')
    """
    if rule in RECONSTRUCTING or not rule:
        return "reconstructed" if rule else "given"
    return "restated" if rule in RESTATING else "recomputed"


def kind(number: PrintedNumber, rule: str) -> str:
    """What kind of number it is, for counting how often the audit notices that one was changed."""
    if number.quantity in ("percent", "median_percent"):
        return "percentage" if number.quantity == "percent" else "median or range"
    if number.unit in ("patients", "events", "deaths") and number.quantity in (
        "n",
        "count",
        "denominator",
        "events",
        "deaths",
    ):
        return "sum" if rule == "total" else "count"
    if number.quantity == "interval_bound" or number.id.endswith((".hazard_ratio.lower", ".hazard_ratio.upper")):
        return "interval bound"
    if number.quantity in ("p_value", "hazard_ratio"):
        return "test statistic"
    if number.quantity in ("median", "range", "median_months", "median_cycles", "cycles") or number.id.endswith(
        "pfs.gain.months"
    ):
        return "median or range"
    return "date" if number.quantity == "date" else "design"
