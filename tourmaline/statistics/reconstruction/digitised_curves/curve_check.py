"""Whether the coordinates of a curve agree with the reported numbers; if not, what contradicts them and the likely cause."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from tourmaline.roles import ARMS
from tourmaline.statistics.reconstruction.digitised_curves.reading import READ_TIME, events_possible, steps_of
from tourmaline.statistics.reconstruction.inputs.rounding_intervals import RoundingInterval
from tourmaline.statistics.reconstruction.inputs.summary import (
    SHORTENED,
    STRETCHED,
    SUMMARY_UNITS,
    ArmSummary,
    TrialSummary,
)

HALF_A_PATIENT = 0.5  # the nearest whole number of patients may be so far from an expected number
SHOWN = 3  # contradictions in one message; the others are counted
REACHES = 0.5  # share of the shortest follow-up to which a curve goes at least, unless nobody is left


class Contradiction(ValueError):
    """A curve that contradicts the reported numbers."""


def check_curves(trial: TrialSummary):
    """Refuse curves that contradict what is reported: medians, survival rates, numbers at risk, events or follow-up.

    A curve is known at its points within the reading error, and between two points lies between them. Nothing else is
    required: a curve of any shape passes if the reported numbers fit.

    Parameters
    ----------
    trial : TrialSummary
        With a curve of each arm.

    Raises
    ------
    Contradiction
        One message with the contradictions, and the cause if one explains them all: exchanged arms, or an axis in days, weeks
        or years.
    """
    found = _misfits(trial)
    if not found:
        return
    cause = ""
    if not _misfits(_exchanged(trial)):
        cause = ". With the arms exchanged, all numbers fit: are the arms exchanged in the file?"
    else:
        for unit, factor in SUMMARY_UNITS.items():
            if not _misfits(_in_months(trial, factor)):
                cause = f". With a time axis in {unit}, all numbers fit: is the axis in {unit}?"
                break
    shown = found[:SHOWN] + ([f"and {len(found) - SHOWN} more"] if len(found) > SHOWN else [])
    cause = cause or ". Is this the figure of this analysis, and was each curve read to its end, on the right axes?"
    raise Contradiction("; ".join(shown) + cause)


def _misfits(trial):
    """What of the reported numbers does not fit the curves, in words."""
    found = []
    for name, arm in zip(ARMS, trial.arms):
        found += [f"{name}: {words}" for words in _of_arm(arm, trial)]
    if not found and trial.events is not None:
        few, many = (sum(ends) for ends in zip(*(_events_possible(arm) for arm in trial.arms)))
        wanted = (
            trial.events if isinstance(trial.events, RoundingInterval) else RoundingInterval(trial.events, trial.events)
        )
        if wanted.upper < few or wanted.lower > many:
            how = (
                "the hazard ratio with its limits or P implies about"
                if wanted is trial.events
                else "the reported number is"
            )
            found.append(
                f"the curves allow {math.ceil(few)} to {math.floor(many)} events of both arms together, but {how} {wanted.middle:.0f}"
            )
    return found


def _of_arm(arm: ArmSummary, trial):
    curve, error = arm.curve, arm.curve.reading_error
    last, lowest = curve.months[-1], curve.survival[-1]
    if last > trial.longest_followup + 1e-9:
        yield f"the curve goes on to {last:g} months, but nobody is followed longer than {trial.longest_followup:.4g}"
        return
    if last < REACHES * trial.shortest_followup and lowest > error:
        yield f"the curve ends at {last:g} months, but everybody is followed for {trial.shortest_followup:.4g} or longer"
    off = READ_TIME * last  # a fall may have been read a little too early or too late
    if isinstance(arm.median, RoundingInterval):
        early, late = max(arm.median.lower - off, 0.0), arm.median.upper + off
        if curve.at(early) < 0.5 - error or _least(curve, late) > 0.5 + error:
            yield f"the curve is at 0.5 {_where(curve)}, but the reported median is {arm.median.middle:g}"
    elif arm.median == math.inf and lowest < 0.5 - error - HALF_A_PATIENT / arm.n:
        yield f"the curve is at 0.5 {_where(curve)}, but the median is reported as not reached"
    for month, interval in arm.survival:
        low, high = _least(curve, month + off) - error, curve.at(max(month - off, 0.0)) + error
        if month <= last and (interval.upper < low or interval.lower > high):
            yield f"the curve is at {curve.at(month):.3g} at {month:g} months, but {interval.middle:.3g} is reported"
    impossible = [*_at_risk(arm)]
    yield from impossible
    if arm.events is not None and not impossible:
        few, many = _events_possible(arm)
        if not few <= arm.events <= many:
            yield (
                f"the curve, which ends at {last:g} months with {lowest:g}, allows {math.ceil(few)} to {math.floor(many)} "
                f"events, but {arm.events} are reported"
            )


def _events_possible(arm):
    """The fewest and the most events that a curve allows, as it may be misread and with the numbers at risk."""
    curve, n = arm.curve, arm.n
    steps = steps_of(curve, n, arm.at_risk, arm.events)
    least, most = np.zeros(len(steps.followed)), np.zeros(len(steps.followed))
    least[0] = most[0] = 1.0
    off = READ_TIME * curve.months[-1]
    for index, (month, due) in enumerate(zip(steps.stops, steps.due), start=1):
        low = _least(curve, month + off) - curve.reading_error
        high = curve.at(month - off, before=True) + curve.reading_error
        least[index] = max((due - HALF_A_PATIENT) / (n * high), 0.0) if due and high > 0 else 0.0
        most[index] = min(most[index - 1], (due + HALF_A_PATIENT) / (n * low) if low > 0 else 1.0) if due else 0.0
    least = np.minimum.accumulate(np.minimum(least, most))
    slack = HALF_A_PATIENT + curve.reading_error * n
    few, many = (events_possible(replace(steps, followed=followed), n) for followed in (least, most))
    return max(few[0] - slack, 0.0), min(many[1] + slack, n)


def _at_risk(arm):
    """Numbers at risk that the curve cannot have: the share still followed would rise, or be above 1."""
    curve, most_followed = arm.curve, 1.0
    error, due = curve.reading_error, arm.n
    for month, count in arm.at_risk:
        if month == 0:
            continue
        # A patient whose event was read a little too early may still be at risk.
        off = READ_TIME * curve.months[-1]
        low, high = _least(curve, month + off) - error, curve.at(month - off, before=True) + error
        if count - HALF_A_PATIENT > arm.n * high * most_followed:
            at = curve.at(month)
            yield (
                f"{count} are at risk at {month:g} months, but with the curve at {at:.3g} there are "
                f"{math.floor(arm.n * min(high, 1.0) * most_followed + HALF_A_PATIENT)} of {arm.n} at most, after {due} before"
            )
            return
        due = count
        if low > 0:
            most_followed = min(most_followed, (count + HALF_A_PATIENT) / (arm.n * low))


def _least(curve, month):
    """The least that survival can be at a month: that of the next point."""
    place = int(np.searchsorted(curve.months, month, side="left"))
    if place == len(curve.months):
        return float(curve.survival[-1])
    # Of several points of the very month, the last.
    same = int(np.searchsorted(curve.months, curve.months[place], side="right")) - 1
    return float(curve.survival[same])


def _where(curve):
    """Where a curve comes down to one half, in words."""
    below = np.flatnonzero(curve.survival <= 0.5)
    return f"at {curve.months[below[0]]:.4g} months" if len(below) else "nowhere"


def _exchanged(trial):
    control, experimental = trial.arms
    arms = replace(control, curve=experimental.curve), replace(experimental, curve=control.curve)
    return replace(trial, control=arms[0], experimental=arms[1])


def _in_months(trial, factor):
    """The trial with the time axis of both curves taken to be in another unit."""
    arms = [replace(arm, curve=replace(arm.curve, months=arm.curve.months * factor)) for arm in trial.arms]
    last = max(arm.curve.months[-1] for arm in arms)
    if not SHORTENED * trial.longest_followup <= last <= STRETCHED * trial.longest_followup:
        return trial
    longest = max(trial.longest_followup, last)
    return replace(trial, control=arms[0], experimental=arms[1], longest_followup=longest)
