"""What a trial printed of its survival curves: the constraints of a reconstruction, at four levels of information."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field, replace

import numpy as np
from scipy.special import ndtri

from tourmaline.statistics.synthesis import normal_quantile

LEVELS = (1, 2, 3, 4)
_NUMBER = re.compile(r"(<)?\s*(\d*)(?:\.(\d+))?")


@dataclass(frozen=True)
class Window:
    """The values that print as one printed number: from `lower` up to `upper`.

    Attributes
    ----------
    lower, upper : float
        Ends of the window, in the unit of the number; a value inside prints as the number did.
    """

    lower: float
    upper: float

    def __post_init__(self):
        if not self.lower <= self.upper:
            raise ValueError(f"a window from {self.lower:g} to {self.upper:g} is empty; check the order of its ends")

    @classmethod
    def printed(cls, text, scale=1.0):
        """The window of a printed number: half a unit of its last digit to each side.

        Parameters
        ----------
        text : str
            The number as printed, "0.74", ".012" or "<0.001".
        scale : float
            Factor from the printed unit to the wanted one: 0.01 for percent.

        Raises
        ------
        ValueError
            If the text is not a number of these forms.

        Examples
        --------
        >>> window = Window.printed("0.74")
        >>> print(f"{window.lower:.3f} to {window.upper:.3f}")
        0.735 to 0.745
        """
        match = _NUMBER.fullmatch(text.strip())
        if not match or not (match[2] or match[3]):
            raise ValueError(f"{text!r} is not a printed number such as 0.74, .012 or <0.001")
        value, unit = float(f"{match[2] or 0}.{match[3] or 0}"), 10.0 ** -len(match[3] or "")
        if match[1]:
            return cls(0.0, value * scale)
        return cls(max(value - unit / 2, 0.0) * scale, (value + unit / 2) * scale)

    @property
    def middle(self):
        return (self.lower + self.upper) / 2

    def holds(self, value):
        """Whether a value would print as the number did (ends included)."""
        slack = 1e-9 * max(abs(self.upper), 1e-9)
        return bool(self.lower - slack <= value <= self.upper + slack)

    def distance(self, value):
        """Squared distance of a value from the window, in widths of it; 0 inside, at most that of 100 widths."""
        if self.holds(value):
            return 0.0
        width = max(self.upper - self.lower, 1e-12)
        return float(min(max(self.lower - value, value - self.upper) / width, 100.0) ** 2)


@dataclass(frozen=True, eq=False)
class Curve:
    """Coordinates read off a printed Kaplan-Meier curve.

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

    def moved(self, generator):
        """The curve with every coordinate read a little differently, within the reading error."""
        error = generator.uniform(-self.reading_error, self.reading_error, len(self.survival))
        survival = np.minimum.accumulate(np.clip(self.survival + error, 0, 1))
        return replace(self, survival=np.where(self.months > 0, survival, 1.0))


@dataclass(frozen=True, eq=False)
class ArmSummary:
    """What was printed of one arm.

    Attributes
    ----------
    n : int
        Patients.
    events : int or None
        Events among them.
    median : Window, float or None
        Median survival in months; `math.inf` if it was not reached.
    median_followup : Window or None
        Median follow-up in months, by reverse Kaplan-Meier.
    survival : tuple of (float, Window)
        Month and the survival printed for it, as a fraction.
    at_risk : tuple of (float, int)
        Month and the patients still at risk at it, n(T >= month).
    curve : Curve or None
        Coordinates of the printed curve.
    """

    n: int
    events: int | None = None
    median: Window | float | None = None
    median_followup: Window | None = None
    survival: tuple[tuple[float, Window], ...] = ()
    at_risk: tuple[tuple[float, int], ...] = ()
    curve: Curve | None = None

    def __post_init__(self):
        if self.n < 2:
            raise ValueError(f"n = {self.n}: an arm needs two patients or more")
        if self.events is not None and not 0 < self.events <= self.n:
            raise ValueError(f"events = {self.events} must be from 1 to n = {self.n}")
        for name, rows in (("survival", self.survival), ("at_risk", self.at_risk)):
            months = [month for month, _ in rows]
            if any(not (math.isfinite(month) and month >= 0) for month in months):
                raise ValueError(f"months of {name} = {months} must be finite and not negative")
            _check_order(months, np.diff(months) <= 0, f"months of {name} must rise", months)
        rates = [window.lower for _, window in self.survival]
        if any(not (window.lower >= 0 and window.lower <= 1) for _, window in self.survival):
            raise ValueError(f"survival = {rates} must lie in [0, 1], as fractions")
        tops = [window.upper for _, window in self.survival]
        rises = np.array([low > high for low, high in zip(rates[1:], tops[:-1])], bool)
        _check_order([month for month, _ in self.survival], rises, "survival must not rise", rates)
        counts = [count for _, count in self.at_risk]
        _check_order([month for month, _ in self.at_risk], np.diff(counts) > 0, "numbers at risk must not rise", counts)
        if counts and not 0 <= min(counts) <= max(counts) <= self.n:
            raise ValueError(f"numbers at risk = {counts} must be from 0 to n = {self.n}")
        if self.at_risk and self.at_risk[0][0] == 0 and counts[0] != self.n:
            raise ValueError(f"number at risk at month 0 is {counts[0]}, but n = {self.n}")

    @classmethod
    def from_printed(cls, printed):
        """An arm from printed strings.

        Parameters
        ----------
        printed : mapping
            `n`, and where printed `events`, `median` ("NR" or "NE" if not reached), `median_followup`, `survival` (pairs of
            month and percent), `at_risk` (pairs of month and patients) and `curve` (pairs of month and fraction).

        Examples
        --------
        >>> arm = ArmSummary.from_printed({"n": "362", "events": "157", "median": "14.7"})
        >>> arm.n, arm.events, round(arm.median.lower, 2)
        (362, 157, 14.65)
        """
        median = printed.get("median")
        followup = printed.get("median_followup")
        curve = printed.get("curve")
        return cls(
            n=int(printed["n"]),
            events=int(printed["events"]) if "events" in printed else None,
            median=math.inf if median in ("NR", "NE") else Window.printed(median) if median else None,
            median_followup=Window.printed(followup) if followup else None,
            survival=tuple((month, Window.printed(rate, 0.01)) for month, rate in printed.get("survival", ())),
            at_risk=tuple((month, int(count)) for month, count in printed.get("at_risk", ())),
            curve=Curve(*zip(*curve)) if curve else None,
        )

    def at_level(self, level):
        """The same arm with only what a level of information uses."""
        return replace(
            self,
            survival=self.survival if level in (2, 3) else (),
            at_risk=self.at_risk if level >= 3 else (),
            curve=self.curve if level == 4 else None,
        )

    @property
    def has_shape(self):
        """Whether anything printed says how survival falls."""
        return self.curve is not None or bool(self.survival) or isinstance(self.median, Window) or bool(self.events)


@dataclass(frozen=True, eq=False)
class TrialSummary:
    """What was printed of a two-arm trial.

    Attributes
    ----------
    control, experimental : ArmSummary
    longest_followup, shortest_followup : float
        Months from the first and from the last patient's entry to the data cut-off.
    hazard_ratio, lower, upper : Window or None
        Hazard ratio of experimental to control, and its confidence limits.
    confidence_level : float
        Of the limits, in (0, 1).
    p_value : Window or None
        Two-sided P of the log-rank test.
    events : int, Window or None
        Events of both arms together, where they are not printed for each; a window where they are only implied.
    """

    control: ArmSummary
    experimental: ArmSummary
    longest_followup: float
    shortest_followup: float = 0.0
    hazard_ratio: Window | None = None
    lower: Window | None = None
    upper: Window | None = None
    confidence_level: float = 0.95
    p_value: Window | None = None
    events: int | Window | None = None
    arms: tuple[ArmSummary, ArmSummary] = field(init=False, repr=False)

    def __post_init__(self):
        object.__setattr__(self, "arms", (self.control, self.experimental))
        if not 0 <= self.shortest_followup <= self.longest_followup or not 0 < self.longest_followup < math.inf:
            raise ValueError(
                f"follow-up from {self.shortest_followup:g} to {self.longest_followup:g} months: "
                "the shortest must not be negative nor above the longest"
            )
        if not 0 < self.confidence_level < 1:
            raise ValueError(f"confidence_level = {self.confidence_level:g} must be in (0, 1)")
        _check_events(self.events, self.arms)
        for name in ("hazard_ratio", "lower", "upper"):
            window = getattr(self, name)
            if window is not None and window.upper <= 0:
                raise ValueError(f"{name} must be above 0")
        ratio = self.hazard_ratio
        if ratio is None and (self.lower or self.upper or self.p_value):
            raise ValueError("limits or P without the hazard_ratio that they belong to")
        if (self.lower and ratio and self.lower.lower > ratio.upper) or (
            self.upper and ratio and self.upper.upper < ratio.lower
        ):
            raise ValueError("hazard_ratio does not lie between lower and upper")
        for name, arm in (("control", self.control), ("experimental", self.experimental)):
            if not arm.has_shape and self.events is None:
                raise ValueError(
                    f"{name}: neither events, a median, survival rates nor a curve: nothing to rebuild from "
                    "(survival rates enter at levels 2 and 3, a curve at level 4)"
                )
            ends = [("survival", month) for month, _ in arm.survival]
            ends += [("at_risk", month) for month, count in arm.at_risk if count > 0]
            ends += [("curve", arm.curve.months[-1])] if arm.curve is not None else []
            for what in ("median", "median_followup"):
                if isinstance(getattr(arm, what), Window):
                    ends.append((what, getattr(arm, what).lower))
            for what, month in ends:
                if month > self.longest_followup:
                    raise ValueError(
                        f"{name}: {what} at {month:g} months is beyond the longest follow-up of "
                        f"{self.longest_followup:g} months"
                    )

    @classmethod
    def from_printed(cls, printed, using=("hazard_ratio", "lower", "upper", "p_value")):
        """A trial from printed strings.

        Where the hazard ratio is printed but no events are, the window of events that its interval and P imply is taken.

        Parameters
        ----------
        printed : object
            With `control` and `experimental` (as for `ArmSummary.from_printed`), `comparison` (where printed: `hazard_ratio`,
            `lower`, `upper`, `level` in percent, `p_value`, `events` of both arms), `shortest_followup` and
            `longest_followup` in months.
        using : sequence of str
            What of the comparison is a constraint; the rest is held out. Printed comparisons are often stratified, and the
            strata are not printed: then not all of it can come out of two arms alone.
        """
        comparison = printed.comparison
        windows = {
            name: Window.printed(comparison[name])
            for name in ("hazard_ratio", "lower", "upper", "p_value")
            if name in comparison
        }
        level = float(comparison.get("level", 95)) / 100
        arms = [ArmSummary.from_printed(arm) for arm in (printed.control, printed.experimental)]
        events = int(comparison["events"]) if "events" in comparison else None
        windows = {name: window for name, window in windows.items() if name in using}
        if events is None and not all(arm.events for arm in arms):
            events = implied_events(windows, [arm.n for arm in arms], level)
        return cls(
            *arms, printed.longest_followup, printed.shortest_followup, **windows, confidence_level=level, events=events
        )

    def at_level(self, level):
        """The same trial with only what a level of information uses.

        Parameters
        ----------
        level : int
            1 summary, 2 with printed survival rates, 3 with numbers at risk, 4 with the curve's coordinates.
        """
        if level not in LEVELS:
            raise ValueError(f"level = {level} must be one of {', '.join(map(str, LEVELS))}")
        if level == 4:
            missing = [name for name in ("control", "experimental") if getattr(self, name).curve is None]
            if missing:
                raise ValueError(f"level 4 needs a curve for each arm; {' and '.join(missing)} has none")
        return replace(self, control=self.control.at_level(level), experimental=self.experimental.at_level(level))

    @property
    def windows(self):
        """The printed comparison, by name."""
        names = ("hazard_ratio", "lower", "upper", "p_value")
        return {name: getattr(self, name) for name in names if getattr(self, name) is not None}

    @property
    def information(self):
        """The highest level for which something is printed."""
        if all(arm.curve is not None for arm in self.arms):
            return 4
        for level, name in ((3, "at_risk"), (2, "survival")):
            if any(month > 0 for arm in self.arms for month, _ in getattr(arm, name)):
                return level
        return 1

    @property
    def likely_events(self):
        """Events of both arms: printed, the middle of those implied, or half of the patients."""
        if isinstance(self.events, Window):
            return self.events.middle
        return self.events or sum(arm.events or arm.n / 2 for arm in self.arms)


def implied_events(windows, sizes, confidence_level=0.95):
    """Events of both arms that a printed hazard ratio implies, (n0 + n1)^2 / (n0 n1) / standard error^2.

    The formula holds for hazard ratios near 1; the window is that of the printed roundings alone.

    Parameters
    ----------
    windows : mapping of str to Window
        Of `hazard_ratio`, `lower`, `upper` and `p_value`, two or more; where they do not agree, the interval counts.
    sizes : sequence of two int
        Patients of each arm.
    confidence_level : float
        Of the limits, in (0, 1).

    Returns
    -------
    Window or None
        None if neither pair is there, or P is printed as a bound.

    References
    ----------
    Schoenfeld D. Biometrika 1981;68:316-9. doi:10.1093/biomet/68.1.316

    Examples
    --------
    >>> window = implied_events({"lower": Window.printed("0.57"), "upper": Window.printed("0.83")}, (396, 396))
    >>> print(f"{window.lower:.0f} to {window.upper:.0f}")
    403 to 472
    """
    errors = interval_errors(windows, confidence_level)
    if {"hazard_ratio", "p_value"} <= windows.keys() and windows["p_value"].lower > 0:
        z = [-float(ndtri(p / 2)) for p in (windows["p_value"].lower, windows["p_value"].upper)]
        logs = sorted(abs(math.log(ratio)) for ratio in (windows["hazard_ratio"].lower, windows["hazard_ratio"].upper))
        if z[1] > 0:
            errors.append((logs[0] / z[0], logs[1] / z[1]))
    if not errors:
        return None
    low, high = errors[0]
    for least, most in errors[1:]:
        if max(low, least) <= min(high, most):
            low, high = max(low, least), min(high, most)
    patients = sum(sizes)
    scale = patients**2 / (sizes[0] * sizes[1])
    most = scale / max(low, 1e-9) ** 2
    return Window(scale / high**2, most if scale / high**2 > patients else min(most, patients))


def interval_errors(windows, confidence_level):
    """Windows of the standard error of a log hazard ratio that its printed interval leaves open, as (least, most).

    The widths between the limits, and from the hazard ratio to each of them.
    """
    z = float(normal_quantile(confidence_level))
    found = []
    for low, high, widths in (("lower", "upper", 2), ("lower", "hazard_ratio", 1), ("hazard_ratio", "upper", 1)):
        if {low, high} <= windows.keys() and windows[low].lower > 0:
            bottom, top = windows[low], windows[high]
            least, most = math.log(top.lower / bottom.upper), math.log(top.upper / bottom.lower)
            found.append((max(least, 0.0) / (widths * z), most / (widths * z)))
    return found


def _check_events(events, arms):
    """Events of both arms must be possible, and agree with those of each."""
    patients, known = sum(arm.n for arm in arms), [arm.events for arm in arms if arm.events]
    if isinstance(events, Window):
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
