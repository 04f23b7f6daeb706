"""An estimate with its confidence interval, as statistics return it and as pages, tables and captions show it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from math import isfinite, nan

from tourmaline.digits import with_decimals

WITHOUT_DIGITS = frozenset({"NE", "NR", "NA"})


@dataclass(frozen=True)
class Estimate:
    """A number with its interval.

    Attributes
    ----------
    value : float
        In any unit; nan where there is none.
    lower, upper : float or None
        Limits of the interval, in the unit of the value; nan or inf for a limit that cannot be estimated, None without an interval.
    level : float or None
        Level of the interval, a fraction.
    digits : tuple of str
        Value and limits as a source reports them, where it does: they are shown so, whatever decimals are asked for.

    Examples
    --------
    >>> f"{Estimate(0.7395, 0.5882, 0.9406, 0.95):.2f}"
    '0.74 (0.59 to 0.94)'
    >>> f"{Estimate(14.7):.1f}"
    '14.7'
    >>> f"{Estimate(20.6, 16.6, float('inf'), 0.95):.1f}"
    '20.6 (16.6 to NE)'
    """

    value: float
    lower: float | None = None
    upper: float | None = None
    level: float | None = None
    digits: tuple[str, ...] = field(default=(), repr=False)

    def __post_init__(self) -> None:
        if len({self.lower is None, self.upper is None, self.level is None}) > 1:
            raise ValueError(f"{self}: an interval needs lower, upper and level")

    @classmethod
    def as_reported(cls, value: str, lower: str = "", upper: str = "", level: float | None = None) -> Estimate:
        """The estimate that a source reports, with its digits; an interval only where one is reported.

        Parameters
        ----------
        value, lower, upper : str
            As in data/: a number, a bound such as '<1', NE, NR, NA, or '' where nothing is reported.
        level : float or None
            Level of the interval, a fraction.

        Raises
        ------
        ValueError
            For what is none of these.

        Examples
        --------
        >>> print(f"{Estimate.as_reported('0.82', '0.67', '1.0', 0.95):.2f}; {Estimate.as_reported('.495'):.2f}")
        0.82 (0.67 to 1.0); 0.495
        """
        texts = [
            "" if text in WITHOUT_DIGITS else text for text in ((value, lower, upper) if lower or upper else (value,))
        ]
        numbers = [float(text) if text and not text.startswith("<") else nan for text in texts]
        digits = tuple(f"0{text}" if text.startswith(".") else text for text in texts)
        return cls(*numbers, *([level] if len(numbers) > 1 else []), digits=digits)

    def with_digits(self, digits: Sequence[str]) -> Estimate:
        """The same, with the digits in which a source reports value and limits: of those that are the source's, and not computed.

        Examples
        --------
        >>> print(f"{Estimate(0.939, 0.784, 1.125, 0.95).with_digits(('0.939', '', '')):.2f}")
        0.939 (0.78 to 1.12)
        """
        if not digits:
            return self
        reported = Estimate.as_reported(*digits, self.level)
        pairs = zip(
            (self.value, self.lower, self.upper), (reported.value, reported.lower, reported.upper), reported.digits
        )
        return replace(self, digits=tuple(text if own == theirs else "" for own, theirs, text in pairs))

    def map(self, function: Callable[[float], float]) -> Estimate:
        """The estimate on another scale; the function must rise.

        Examples
        --------
        >>> Estimate(1.0, 0.5, 2.0, 0.95).map(lambda fraction: 100 * fraction)
        Estimate(value=100.0, lower=50.0, upper=200.0, level=0.95)
        """
        if self.level is None:
            return Estimate(float(function(self.value)))
        value, lower, upper = (float(function(number)) for number in (self.value, self.lower, self.upper))
        return Estimate(value, lower, upper, self.level)

    def __neg__(self) -> Estimate:
        """The estimate of the opposite: fewer for more.

        Examples
        --------
        >>> -Estimate(0.05, -0.01, 0.12, 0.95)
        Estimate(value=-0.05, lower=-0.12, upper=0.01, level=0.95)
        """
        numbers = self.value, self.upper, self.lower
        value, lower, upper = (None if number is None else 0.0 - number for number in numbers)  # 0 keeps no sign
        return Estimate(value, lower, upper, self.level)

    def excludes(self, null: float) -> bool:
        """Whether a value lies outside the interval; limits that equal it as reported do not exclude it.

        Examples
        --------
        >>> Estimate(0.74, 0.59, 0.94, 0.95).excludes(1), Estimate(0.82, 0.67, 1.00, 0.95).excludes(1)
        (True, False)
        """
        return self.level is not None and not self.lower <= null <= self.upper

    def __format__(self, decimals: str) -> str:
        if not decimals:
            return str(self)
        value, lower, upper = (
            reported
            or (
                ""
                if number is None
                else "NE"
                if not isfinite(number)
                else with_decimals(number, int(decimals.strip(".f")))
            )
            for number, reported in zip((self.value, self.lower, self.upper), (*self.digits, "", "", ""))
        )
        return f"{value} ({lower} to {upper})" if self.level is not None else value
