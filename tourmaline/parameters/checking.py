"""Convert and check a value by the annotation of its parameter: `Annotated[float, Before(...), Bounds(gt=0)]`, `Literal`, lists, unions.

Our own and not pydantic, whose core is compiled: a notebook that runs in a reader's browser refuses a wrong parameter with the same
message as one that runs here. Text is converted as on a command line.
"""

from __future__ import annotations

import re
import types
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Union, get_args, get_origin

WHOLE = re.compile(r"[-+]?[0-9]{1,30}(_[0-9]{3})*(\.0*)?")
TRUTH = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}


@dataclass(frozen=True)
class Before:
    """A rule that changes or refuses a value as it was given; it raises ValueError with words for the reader."""

    rule: Callable[[Any], Any]


@dataclass(frozen=True)
class After:
    """The same for a value that has been converted to its type."""

    rule: Callable[[Any], Any]


@dataclass(frozen=True)
class Bounds:
    """Between which numbers a value lies."""

    gt: float | None = None
    ge: float | None = None
    lt: float | None = None
    le: float | None = None

    def hold(self, number: float) -> bool:
        """Whether a number lies within; nan does not, where there is a bound."""
        return (
            (self.gt is None or number > self.gt)
            and (self.ge is None or number >= self.ge)
            and (self.lt is None or number < self.lt)
            and (self.le is None or number <= self.le)
        )

    @property
    def words(self) -> str:
        signs = {"gt": "above", "ge": "at least", "lt": "below", "le": "at most"}
        given = [(word, getattr(self, name)) for name, word in signs.items()]
        return " and ".join(f"{word} {bound}" for word, bound in given if bound is not None)


class Refused(Exception):
    """A value that is not allowed: the words of a rule, '' if its type or bounds say it; and the element, if one of a list is."""

    def __init__(self, words: str = "", element: tuple[Any, ...] = ()) -> None:
        super().__init__(words)
        self.words, self.element = words, element


def _whole(value: Any) -> int:
    if isinstance(value, str) and WHOLE.fullmatch(value.strip()):
        return int(value.strip().partition(".")[0])
    if isinstance(value, int) or (isinstance(value, float) and value.is_integer()):
        return int(value)
    raise Refused


def _number(value: Any) -> float:
    if not isinstance(value, str | int | float):
        raise Refused
    try:
        return float(value)
    except (ValueError, OverflowError):
        raise Refused from None


def _truth(value: Any) -> bool:
    word = str(value).strip().casefold() if isinstance(value, bool | int | str) else ""
    if word not in TRUTH:
        raise Refused
    return TRUTH[word]


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise Refused
    return value


PLAIN: dict[Any, Callable[[Any], Any]] = {int: _whole, float: _number, bool: _truth, str: _text}


def _elements(annotation: Any, values: Any) -> list[Any]:
    if not isinstance(values, list | tuple):
        raise Refused
    found = []
    for value in values:
        try:
            found.append(checked(annotation, value))
        except Refused as refusal:
            raise Refused(refusal.words, (value,)) from None
    return found


def _one_of(annotations: tuple[Any, ...], value: Any) -> Any:
    """The value by the first annotation that takes it; otherwise the first refusal."""
    refusals = []
    for annotation in annotations:
        try:
            return checked(annotation, value)
        except Refused as refusal:
            refusals.append(refusal)
    raise refusals[0]


def _applied(rule: Callable[[Any], Any], value: Any) -> Any:
    try:
        return rule(value)
    except ValueError as error:
        raise Refused(str(error)) from None


def checked(annotation: Any, value: Any) -> Any:
    """A value, converted to what the annotation names.

    Raises
    ------
    Refused
        For a value that is not allowed.

    Examples
    --------
    >>> checked(Annotated[float, Bounds(gt=0, lt=1)], "0.5"), checked(list[int], ["1", 2.0]), checked(Literal["a", "b"], "a")
    (0.5, [1, 2], 'a')
    """
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        if not (isinstance(value, str) and value in parts):
            raise Refused
        return value
    if origin is list:
        return _elements(parts[0], value)
    if origin in (Union, types.UnionType):
        return _one_of(parts, value)
    if origin is not Annotated:
        return PLAIN[annotation](value)
    base, *rules = parts
    for rule in rules:
        if isinstance(rule, Before):
            value = _applied(rule.rule, value)
    value = checked(base, value)
    for rule in rules:
        if isinstance(rule, Bounds) and not rule.hold(value):
            raise Refused
        if isinstance(rule, After):
            value = _applied(rule.rule, value)
    return value
