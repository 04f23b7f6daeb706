"""What a trial reported of its survival curves: the constraints of a reconstruction, at four levels of information."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import numpy as np

from tourmaline.roles import ARMS
from tourmaline.statistics.reconstruction.inputs.rounding_intervals import RoundingInterval, implied_events

LEVELS = (1, 2, 3, 4)
COMPARED = ("hazard_ratio", "lower", "upper", "p_value")
# What the time axis of a curve may be in: the factor by which its numbers become months. If it is the right one, the curve ends near
# the longest follow-up, between these shares of it.
SUMMARY_UNITS = {"weeks": 12 * 7 / 365.25, "days": 12 / 365.25, "years": 12.0}
SHORTENED, STRETCHED = 0.25, 1.05
HIGHEST_LEVEL = 0.999999  # of a confidence interval: beyond it there is no quantile to compute with


@dataclass(frozen=True, eq=False)
class Curve:
    """Coordinates read off a reported Kaplan-Meier curve.

    Attributes
    ----------
    months : ndarray, shape (k,)
        Times in months, not negative, rising or equal.
    survival : ndarray, shape (k,)
        Survival at those times, in [0, 1], never rising.
    reading_error : float
        How far a read survival may be off, to either side.
    """

    months: np.ndarray
    survival: np.ndarray
    reading_error: float = 0.005

    def __post_init__(self):
        months, survival = np.asarray(self.months, float), np.asarray(self.survival, float)
        object.__setattr__(self, "months", months)
        object.__setattr__(self, "survival", survival)
        if months.ndim != 1 or months.shape != survival.shape or len(months) < 2:
            raise ValueError("a curve needs two or more points, each with a month and a survival")
        if not (np.isfinite(months).all() and np.isfinite(survival).all()):
            raise ValueError("a curve's months and survival must be finite numbers")
        if months[0] < 0:
            raise ValueError(f"a curve starts at {months[0]:g} months; times must not be negative")
        _check_order(months, np.diff(months) < 0, "months of a curve must not fall", months)
        _check_order(months, np.diff(survival) > 0, "survival must not rise", survival)
        if not (survival.min() >= 0 and survival.max() <= 1):
            raise ValueError(f"survival from {survival.min():g} to {survival.max():g} must lie in [0, 1]")

    def at(self, month, before=False):
        """Survival at a month, or just before it: that of the last point up to there; 1 before the first.

        Examples
        --------
        >>> curve = Curve([0, 5, 10], [1.0, 0.9, 0.8])
        >>> curve.at(7), curve.at(10), curve.at(10, before=True)
        (0.9, 0.8, 0.9)
        """
        place = int(np.searchsorted(self.months, month, side="left" if before else "right"))
        return float(self.survival[place - 1]) if place else 1.0

    def moved(self, generator):
        """The curve with every coordinate read a little differently, within the reading error."""
        error = self.reading_error * (2 * generator.random(len(self.survival)) - 1)
        survival = np.minimum.accumulate(np.clip(self.survival + error, 0, 1))
        return replace(self, survival=np.where(self.months > 0, survival, 1.0))


@dataclass(frozen=True, eq=False)
class ArmSummary:
    """What was reported of one arm.

    Attributes
    ----------
    n : int
        Patients.
    events : int or None
        Events among them.
    median : RoundingInterval, float or None
        Median survival in months; `math.inf` if it was not reached.
    median_followup : RoundingInterval or None
        Median follow-up in months, by reverse Kaplan-Meier.
    survival : tuple of (float, RoundingInterval)
        Month and the survival reported for it, as a fraction.
    at_risk : tuple of (float, int)
        Month and the patients still at risk at it, n(T >= month).
    curve : Curve or None
        Coordinates of the reported curve.
    """

    n: int
    events: int | None = None
    median: RoundingInterval | float | None = None
    median_followup: RoundingInterval | None = None
    survival: tuple[tuple[float, RoundingInterval], ...] = ()
    at_risk: tuple[tuple[float, int], ...] = ()
    curve: Curve | None = None

    def __post_init__(self):
        _check_whole("n", self.n)
        _check_whole("events", self.events)
        for month, count in self.at_risk:
            _check_whole(f"number at risk at {month:g} months", count)
        if self.n < 2:
            raise ValueError(f"n = {self.n}: an arm needs two patients or more")
        if self.median != math.inf:
            _check_interval("median", self.median, "or math.inf if it was not reached")
        _check_interval("median_followup", self.median_followup)
        if self.events is not None and not 0 < self.events <= self.n:
            raise ValueError(f"events = {self.events} must be from 1 to n = {self.n}")
        for name, rows in (("survival", self.survival), ("at_risk", self.at_risk)):
            months = [month for month, _ in rows]
            if any(not (math.isfinite(month) and month >= 0) for month in months):
                raise ValueError(f"months of {name} = {months} must be finite and not negative")
            _check_order(months, np.diff(months) <= 0, f"months of {name} must rise", months)
        rates = [interval.lower for _, interval in self.survival]
        if any(not (interval.lower >= 0 and interval.lower <= 1) for _, interval in self.survival):
            raise ValueError(f"survival = {rates} must lie in [0, 1], as fractions")
        for month, interval in self.survival:
            if month == 0 and not interval.holds(1.0):
                raise ValueError(f"survival at month 0 = {interval.middle:g} must be 1")
        tops = [interval.upper for _, interval in self.survival]
        rises = np.array([low > high for low, high in zip(rates[1:], tops[:-1])], bool)
        _check_order([month for month, _ in self.survival], rises, "survival must not rise", rates)
        counts = [count for _, count in self.at_risk]
        _check_order([month for month, _ in self.at_risk], np.diff(counts) > 0, "numbers at risk must not rise", counts)
        if counts and not 0 <= min(counts) <= max(counts) <= self.n:
            raise ValueError(f"numbers at risk = {counts} must be from 0 to n = {self.n}")
        if self.at_risk and self.at_risk[0][0] == 0 and counts[0] != self.n:
            raise ValueError(f"number at risk at month 0 is {counts[0]}, but n = {self.n}")

    @classmethod
    def from_printed(cls, reported):
        """An arm from reported strings.

        Parameters
        ----------
        reported : mapping
            `n`, and where reported `events`, `median` ("NR" or "NE" if not reached), `median_followup`, `survival` (pairs of
            month and percent), `at_risk` (pairs of month and patients) and `curve` (pairs of month and fraction).

        Examples
        --------
        >>> arm = ArmSummary.from_printed({"n": "362", "events": "157", "median": "14.7"})
        >>> arm.n, arm.events, round(arm.median.lower, 2)
        (362, 157, 14.65)
        """
        median = reported.get("median")
        followup = reported.get("median_followup")
        curve = reported.get("curve")
        return cls(
            n=int(reported["n"]),
            events=int(reported["events"]) if "events" in reported else None,
            median=math.inf if median in ("NR", "NE") else RoundingInterval.printed(median) if median else None,
            median_followup=RoundingInterval.printed(followup) if followup else None,
            survival=tuple(
                (month, RoundingInterval.printed(rate, 0.01)) for month, rate in reported.get("survival", ())
            ),
            at_risk=tuple((month, int(count)) for month, count in reported.get("at_risk", ())),
            curve=Curve(*zip(*curve)) if curve else None,
        )

    def at_level(self, level):
        """The same arm with only what a level of information uses."""
        return replace(
            self,
            survival=self.survival if level >= 2 else (),
            at_risk=self.at_risk if level >= 3 else (),
            curve=self.curve if level == 4 else None,
        )

    @property
    def has_shape(self):
        """Whether anything reported says how survival falls."""
        return (
            self.curve is not None
            or bool(self.survival)
            or isinstance(self.median, RoundingInterval)
            or bool(self.events)
        )


@dataclass(frozen=True, eq=False)
class TrialSummary:
    """What was reported of a two-arm trial.

    Attributes
    ----------
    control, experimental : ArmSummary
    longest_followup, shortest_followup : float
        Months from the first and from the last patient's entry to the data cut-off.
    hazard_ratio, lower, upper : RoundingInterval or None
        Hazard ratio of experimental to control, and its confidence limits.
    confidence_level : float
        Of the limits, in (0, 1).
    p_value : RoundingInterval or None
        Two-sided P of the log-rank test.
    events : int, RoundingInterval or None
        Events of both arms together, where they are not reported for each; a rounding interval where they are only implied.
    median_followup : RoundingInterval or None
        Median follow-up of both arms together in months, by reverse Kaplan-Meier.
    """

    control: ArmSummary
    experimental: ArmSummary
    longest_followup: float
    shortest_followup: float = 0.0
    hazard_ratio: RoundingInterval | None = None
    lower: RoundingInterval | None = None
    upper: RoundingInterval | None = None
    confidence_level: float = 0.95
    p_value: RoundingInterval | None = None
    events: int | RoundingInterval | None = None
    median_followup: RoundingInterval | None = None
    arms: tuple[ArmSummary, ArmSummary] = field(init=False, repr=False)
    arm: np.ndarray = field(init=False, repr=False)  # True for the patients of the experimental arm, who come last
    parts: tuple[slice, slice] = field(init=False, repr=False)  # where the patients of each arm stand

    def __post_init__(self):
        control, patients = self.control.n, self.control.n + self.experimental.n
        object.__setattr__(self, "arms", (self.control, self.experimental))
        object.__setattr__(self, "arm", np.arange(patients) >= control)
        object.__setattr__(self, "parts", (slice(0, control), slice(control, patients)))
        if not 0 <= self.shortest_followup <= self.longest_followup or not 0 < self.longest_followup < math.inf:
            raise ValueError(
                f"follow-up from {self.shortest_followup:g} to {self.longest_followup:g} months: "
                "the shortest must not be negative nor above the longest"
            )
        if not 0 < self.confidence_level <= HIGHEST_LEVEL:
            raise ValueError(
                f"confidence_level = {self.confidence_level:.17g} must be above 0, at most {HIGHEST_LEVEL}"
            )
        _check_events(self.events, self.arms)
        for name in ("hazard_ratio", "lower", "upper"):
            interval = getattr(self, name)
            if interval is not None and not 0 < interval.upper < math.inf:
                raise ValueError(f"{name} = {interval.lower:g} to {interval.upper:g} must be above 0 and finite")
        ratio = self.hazard_ratio
        if ratio is not None and ratio.lower <= 0:
            raise ValueError(f"hazard_ratio = {ratio.lower:g} to {ratio.upper:g}: give more digits, it must be above 0")
        if self.p_value is not None and not (self.p_value.lower <= 1 and self.p_value.upper >= 0):
            raise ValueError(f"p_value = {self.p_value.middle:g} must be in [0, 1]")
        if self.lower and self.upper and self.lower.lower >= self.upper.upper:
            raise ValueError(
                f"lower = {self.lower.middle:g} is not below upper = {self.upper.middle:g}: are they exchanged?"
            )
        _check_interval("median_followup of both arms", self.median_followup)
        if ratio is None and (self.lower or self.upper or self.p_value):
            raise ValueError("limits or P without the hazard_ratio that they belong to")
        if (self.lower and ratio and self.lower.lower >= ratio.upper) or (
            self.upper and ratio and self.upper.upper <= ratio.lower
        ):
            raise ValueError("hazard_ratio does not lie between lower and upper")
        for name, arm in (("control", self.control), ("experimental", self.experimental)):
            if not arm.has_shape and self.events is None:
                raise ValueError(
                    f"{name}: neither events, a median, survival rates nor a curve: nothing to reconstruct from "
                    "(survival rates enter at levels 2 and 3, a curve at level 4)"
                )
            ends = [("survival", month) for month, _ in arm.survival]
            ends += [("at_risk", month) for month, count in arm.at_risk if count > 0]
            ends += [("curve", arm.curve.months[-1])] if arm.curve is not None else []
            for what in ("median", "median_followup"):
                if isinstance(getattr(arm, what), RoundingInterval):
                    ends.append((what, getattr(arm, what).lower))
            for what, month in ends:
                if month > self.longest_followup:
                    raise ValueError(
                        f"{name}: {what} at {month:g} months is beyond the longest follow-up of "
                        f"{self.longest_followup:g} months{_axis_hint(month, self.longest_followup)}"
                    )
        if self.median_followup and self.median_followup.lower > self.longest_followup:
            raise ValueError(
                f"median_followup of both arms at {self.median_followup.lower:g} months is beyond the longest follow-up of "
                f"{self.longest_followup:g} months"
            )

    @classmethod
    def from_printed(cls, reported, using=COMPARED):
        """A trial from reported strings.

        Where the hazard ratio is reported but no events are, the rounding interval of events that its interval and P imply is taken.

        Parameters
        ----------
        reported : object
            With `control` and `experimental` (as for `ArmSummary.from_printed`), `comparison` (where reported: `hazard_ratio`,
            `lower`, `upper`, `level` in percent, `p_value`, and of both arms `events` and `median_followup`),
            `shortest_followup` and `longest_followup` in months.
        using : sequence of str
            What of the comparison is a constraint; the rest is held out. Reported comparisons are often stratified, and the
            strata are not reported: then two arms alone cannot match all of it.
        """
        comparison = reported.comparison
        if unknown := set(using) - set(COMPARED):
            raise ValueError(f"using names {', '.join(map(repr, sorted(unknown)))}; possible are {', '.join(COMPARED)}")
        intervals = {name: RoundingInterval.printed(comparison[name]) for name in COMPARED if name in comparison}
        level = float(comparison.get("level", 95)) / 100
        arms = [ArmSummary.from_printed(arm) for arm in (reported.control, reported.experimental)]
        events = int(comparison["events"]) if "events" in comparison else None
        followup = comparison.get("median_followup")
        intervals = {name: interval for name, interval in intervals.items() if name in using}
        if "hazard_ratio" not in intervals:
            intervals = {}  # limits or a P value alone do not say which arm did better
        if events is None and not all(arm.events for arm in arms):
            events = implied_events(intervals, [arm.n for arm in arms], level)
        return cls(
            *arms,
            reported.longest_followup,
            reported.shortest_followup,
            **intervals,
            confidence_level=level,
            events=events,
            median_followup=RoundingInterval.printed(followup) if followup else None,
        )

    def at_level(self, level):
        """The same trial with only what a level of information uses.

        Parameters
        ----------
        level : int
            1 summary, 2 with reported survival rates, 3 with numbers at risk, 4 with the curve's coordinates.
        """
        if level not in LEVELS:
            raise ValueError(f"level = {level} must be one of {', '.join(map(str, LEVELS))}")
        if level == 4:
            missing = [name for name in ARMS if getattr(self, name).curve is None]
            if missing:
                raise ValueError(f"level 4 needs a curve for each arm; {' and '.join(missing)} has none")
        return replace(self, control=self.control.at_level(level), experimental=self.experimental.at_level(level))

    @property
    def rounding_intervals(self):
        """The reported comparison, by name."""
        return {name: getattr(self, name) for name in COMPARED if getattr(self, name) is not None}

    @property
    def information(self):
        """The highest level for which something is reported."""
        if all(arm.curve is not None for arm in self.arms):
            return 4
        for level, name in ((3, "at_risk"), (2, "survival")):
            if any(month > 0 for arm in self.arms for month, _ in getattr(arm, name)):
                return level
        return 1

    @property
    def likely_events(self):
        """Events of both arms: reported, the middle of those implied, or half of the patients."""
        if isinstance(self.events, RoundingInterval):
            return self.events.middle
        return self.events or sum(arm.events or arm.n / 2 for arm in self.arms)


def _axis_hint(month, longest):
    """A question about the axis of a curve that goes on beyond the longest follow-up."""
    for unit, factor in SUMMARY_UNITS.items():
        if SHORTENED * longest <= factor * month <= STRETCHED * longest:
            return f": is the axis in {unit}?"
    return ""


def _check_whole(name, value):
    """A count is a whole number, or None where there may be none."""
    if value is None and name == "events":
        return
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise ValueError(f"{name} = {value!r} must be a whole number")


def _check_interval(name, interval, otherwise="or None"):
    """A month is given as the rounding interval of values that print as it did, above 0."""
    if interval is None:
        return
    if not isinstance(interval, RoundingInterval):
        raise ValueError(
            f'{name} = {interval!r} must be a rounding interval, as RoundingInterval.printed("14.7") gives it, {otherwise}'
        )
    if not 0 < interval.upper < math.inf or not interval.lower > -math.inf:
        raise ValueError(f"{name} = {interval.lower:g} to {interval.upper:g} months must be above 0 and finite")


def _check_events(events, arms):
    """Events of both arms must be possible, and agree with those of each."""
    if not isinstance(events, RoundingInterval):
        _check_whole("events", events)
    patients, known = sum(arm.n for arm in arms), [arm.events for arm in arms if arm.events]
    if isinstance(events, RoundingInterval):
        if events.lower > patients:
            raise ValueError(
                f"the hazard ratio with its limits or P implies {events.lower:.0f} events or more, but there are only "
                f"{patients} patients"
            )
        return
    if events is None:
        return
    if not 1 < events <= patients:
        raise ValueError(f"events = {events} of both arms must be from 2 to {patients}")
    if sum(known) > events or (len(known) == 2 and sum(known) != events):
        raise ValueError(
            f"events = {events} of both arms do not agree with {' and '.join(map(str, known))} of the arms"
        )


def _check_order(months, bad, rule, values):
    if np.any(bad):
        index = int(np.argmax(bad))
        raise ValueError(
            f"{rule}: {values[index]:g} at {months[index]:g} months, then {values[index + 1]:g} at {months[index + 1]:g}"
        )
