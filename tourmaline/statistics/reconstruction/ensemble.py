"""The reconstruction: many sets of pseudo individual patient data, each of which prints as the trial did."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import ndtri

from tourmaline.statistics.reconstruction import patients
from tourmaline.statistics.reconstruction.conditioning import condition, constraints, directions
from tourmaline.statistics.reconstruction.digitised import read_off
from tourmaline.statistics.reconstruction.summary import ArmSummary, TrialSummary, Window  # noqa: F401 (the example)
from tourmaline.statistics.survival.cox import cox
from tourmaline.statistics.survival.log_rank import log_rank
from tourmaline.statistics.synthesis import normal_quantile

ATTEMPTS = 10
REDRAWS = 12
# Logs of the powers by which times move within their pieces, the smallest change first.
POWERS = np.array(sorted(np.linspace(-0.4, 0.4, 33), key=abs))
COMPARISON = {"hazard ratio", "lower limit", "upper limit", "P value"}


class Conflict(ValueError):
    """Printed numbers that no patients can give together.

    Attributes
    ----------
    unmet : tuple of str
        Printed numbers that did not come out.
    without : tuple of str
        Printed numbers without any one of which the others can be met.
    """

    def __init__(self, unmet, without):
        self.unmet, self.without = tuple(unmet), tuple(without)
        message = f"no patients give these printed numbers together: {', '.join(unmet)} did not come out"
        if without:
            message += f". The others can be met without any one of: {', '.join(without)}. Check these numbers"
        super().__init__(message)


@dataclass(frozen=True, eq=False)
class Ensemble:
    """Sets of pseudo individual patient data of one trial. No row of them is a patient.

    Attributes
    ----------
    times : ndarray, shape (1 + members, n)
        Months; row 0 is the reference, the smoothest member.
    events : ndarray of bool, shape (1 + members, n)
        True for an event, False for censoring.
    arm : ndarray of bool, shape (n,)
        True for the experimental arm; control patients come first.
    level : int
        Level of information that was used.
    """

    times: np.ndarray
    events: np.ndarray
    arm: np.ndarray
    level: int


def reconstruct(trial: TrialSummary, level=1, members=100, seed=0) -> Ensemble:
    """Pseudo individual patient data that print as a trial did: one reference set and an ensemble around it.

    At levels 1 to 3 hazards of event and of censoring, smooth before the data, are conditioned on the printed numbers; whole
    patients are drawn from them, and the wanted hazard ratio is moved until Cox's regression of these patients gives the
    printed one, with its interval and P. At level 4 the curve's coordinates are read by Guyot's algorithm, each
    member with coordinates moved within the reading error.

    Parameters
    ----------
    trial : TrialSummary
    level : int
        1 summary, 2 with printed survival rates, 3 with numbers at risk, 4 with the curve's coordinates.
    members : int
        Sets beside the reference, not negative.
    seed : int
        Of the ensemble; the reference does not depend on it.

    Returns
    -------
    Ensemble

    Raises
    ------
    Conflict
        If no patients can give the printed numbers together.
    ValueError
        If a number is impossible by itself, or a curve is missing at level 4.

    References
    ----------
    Guyot P et al. BMC Med Res Methodol 2012;12:9. doi:10.1186/1471-2288-12-9
    Bardsley JM et al. SIAM J Sci Comput 2014;36:A1895-910. doi:10.1137/140964023

    Examples
    --------
    >>> control = ArmSummary(100, 60, Window.printed("10.0"), Window.printed("15.0"))
    >>> experimental = ArmSummary(100, 50, Window.printed("14.0"), Window.printed("15.0"))
    >>> ensemble = reconstruct(TrialSummary(control, experimental, longest_followup=24.0), members=2)
    >>> ensemble.times.shape, [int(row.sum()) for row in ensemble.events]
    ((3, 200), [110, 110, 110])
    """
    trial = trial.at_level(level)
    if members < 0:
        raise ValueError(f"members = {members} must not be negative")
    generator = np.random.default_rng(seed)
    arm = np.arange(trial.control.n + trial.experimental.n) >= trial.control.n
    if level == 4:
        rows = [_from_curves(trial, None)] + [_from_curves(trial, generator) for _ in range(members)]
        return Ensemble(*(np.array(part) for part in zip(*rows)), arm, level)
    reference = _fit(trial, arm, [_Member.reference()])
    if reference[0].unmet:
        raise Conflict(reference[0].unmet, _culprits(trial, arm))
    found = reference
    size = directions(trial)
    for _ in range(REDRAWS):
        missing = members + 1 - len(found)
        if not missing:
            break
        drawn = [_Member.drawn(generator, size, trial) for _ in range(missing)]
        found += [member for member in _fit(trial, arm, drawn) if not member.unmet]
    if len(found) < members + 1:
        raise Conflict(["enough different sets of patients"], _culprits(trial, arm))
    return Ensemble(np.array([m.times for m in found]), np.array([m.events for m in found]), arm, level)


@dataclass(frozen=True, eq=False)
class _Member:
    """One set of patients on its way: its chance, and what it gives so far."""

    draw: np.ndarray | None
    chances: tuple[patients.Chance, patients.Chance]
    wanted: float  # where in the window of the hazard ratio, in [0, 1]
    times: np.ndarray | None = None
    events: np.ndarray | None = None
    unmet: tuple[str, ...] = ()

    @classmethod
    def reference(cls):
        return cls(None, (patients.Chance(), patients.Chance()), 0.5)

    @classmethod
    def drawn(cls, generator, size, trial):
        chances = tuple(patients.Chance.of(generator, arm, trial.longest_followup) for arm in trial.arms)
        return cls(generator.standard_normal(size), chances, generator.random())


def _fit(trial, arm, members):
    """Members with their patients: the hazard ratio asked of the hazards is moved until the patients give it."""
    conditions = constraints(trial)
    asked = np.full(len(members), np.log(trial.hazard_ratio.middle)) if trial.hazard_ratio else None
    draws = None if members[0].draw is None else np.array([member.draw for member in members])
    done = list(members)
    active = np.arange(len(members))
    near = None
    for attempt in range(ATTEMPTS):
        hazards, _, near = condition(
            trial,
            conditions,
            None if asked is None else asked[active],
            None if draws is None else draws[active],
            near,
        )
        for row, index in enumerate(active):
            done[index] = _place(trial, done[index], hazards, row)
        if asked is None:
            break
        now, wanted, wrong = _compare(trial, arm, [done[index] for index in active])
        for row, index in enumerate(active):
            done[index] = replace(done[index], unmet=done[index].unmet + wrong[row])
        # Whole patients answer in small jumps: later steps are shorter, so that two jumps do not alternate.
        asked[active] += (wanted - now) * (1.0 if attempt < 4 else 0.6)
        if attempt >= 2:
            for index in active:
                done[index] = _tuned(trial, arm, done[index])
        left = [row for row, index in enumerate(active) if done[index].unmet]
        active, near = active[left], near[left]
        if not len(active):
            break
    return done


def _place(trial, member, hazards, row):
    cumulative = list(zip(hazards.events[row], hazards.censoring[row]))
    totals = [
        arm.events or int(np.clip(round(patients.expected_events(arm.n, *pair)), 1, arm.n))
        for arm, pair in zip(trial.arms, cumulative)
    ]
    if trial.events:
        which = 0 if trial.experimental.events else 1
        totals[which] = int(np.clip(trial.events - totals[1 - which], 1, trial.arms[which].n))
    rows = [
        patients.place(arm, total, hazards.edges, *pair, chance)
        for arm, total, pair, chance in zip(trial.arms, totals, cumulative, member.chances)
    ]
    names = ("control", "experimental")
    unmet = tuple(f"{name} {what}" for name, (_, _, wrong) in zip(names, rows) for what in wrong)
    return replace(
        member,
        times=np.concatenate([times for times, _, _ in rows]),
        events=np.concatenate([events for _, events, _ in rows]),
        unmet=unmet,
    )


def _tuned(trial, arm, member):
    """The member whose times, moved a little between the printed ones, give the printed comparison; else as it was."""
    if set(member.unmet) - COMPARISON:
        return member
    halves_of = slice(0, trial.control.n), slice(trial.control.n, None)
    times = np.hstack(
        [
            patients.reshaped(summary, member.times[part], member.events[part], np.exp(sign * POWERS))
            for summary, part, sign in zip(trial.arms, halves_of, (-1, 1))
        ]
    )
    moved = [replace(member, times=row, unmet=()) for row in times]
    wrong = _compare(trial, arm, moved)[2]
    for candidate, names in zip(moved, wrong):
        if not names and not any(
            patients.unmet(summary, candidate.times[part], candidate.events[part])
            for summary, part in zip(trial.arms, halves_of)
        ):
            return candidate
    return member


def _compare(trial, arm, members):
    """Log hazard ratio of each member, the one it should have, and what of the printed comparison it does not give."""
    times, events = np.array([m.times for m in members]), np.array([m.events for m in members])
    model, test = cox(times, events, arm), log_rank(times, events, arm)
    now, error = model.log_hazard_ratio, model.standard_error
    half = normal_quantile(trial.confidence_level) * error
    low, high = np.log(trial.hazard_ratio.lower), np.log(trial.hazard_ratio.upper)
    lows, highs = [np.full(len(now), low)], [np.full(len(now), high)]
    # The windows of the limits and of P, moved to where the estimate must be for them.
    with np.errstate(divide="ignore"):
        for window, shift in ((trial.lower, half), (trial.upper, -half)):
            if window is not None:
                lows.append(np.log(window.lower) + shift)
                highs.append(np.log(window.upper) + shift)
        if trial.p_value is not None:
            z = -ndtri(np.clip([trial.p_value.upper / 2, trial.p_value.lower / 2], 1e-300, 0.5))
            scale = np.abs(now) / np.sqrt(np.maximum(test.statistic, 1e-12))
            near, far = z[0] * scale, z[1] * scale
            sign = 1.0 if low + high > 0 else -1.0
            lows.append(near if sign > 0 else -far)
            highs.append(far if sign > 0 else -near)
    low, high = np.max(lows, axis=0), np.min(highs, axis=0)
    place = np.array([member.wanted for member in members])
    wanted = low + (0.05 + 0.9 * place) * (high - low)
    printed = (
        ("hazard ratio", trial.hazard_ratio, np.exp(now)),
        ("lower limit", trial.lower, np.exp(now - half)),
        ("upper limit", trial.upper, np.exp(now + half)),
        ("P value", trial.p_value, test.p_value),
    )
    wrong = [
        tuple(name for name, window, values in printed if window is not None and not window.holds(values[row]))
        for row in range(len(members))
    ]
    return now, wanted, wrong


def _culprits(trial, arm):
    """Printed numbers without any one of which the reference meets all the others."""
    found = []
    for name, changes in _without_one(trial):
        try:
            smaller = replace(trial, **changes)
            if not _fit(smaller, arm, [_Member.reference()])[0].unmet:
                found.append(name)
        except ValueError:  # nothing is left to rebuild from
            continue
    return found


def _without_one(trial):
    """Names of the printed numbers, and the change of the trial that leaves each out."""
    for name, label in (("lower", "lower limit"), ("upper", "upper limit"), ("p_value", "P value")):
        if getattr(trial, name) is not None:
            yield label, {name: None}
    if trial.hazard_ratio is not None:
        yield "hazard ratio", dict.fromkeys(("hazard_ratio", "lower", "upper", "p_value"))
    if trial.events is not None:
        yield "events of both arms", {"events": None}
    for side in ("control", "experimental"):
        summary = getattr(trial, side)
        for name, label in (("events", "events"), ("median", "median"), ("median_followup", "median follow-up")):
            if getattr(summary, name) is not None:
                yield f"{side} {label}", {side: replace(summary, **{name: None})}
        for name, label in (("survival", "survival"), ("at_risk", "number at risk")):
            rows = getattr(summary, name)
            for index, (month, _) in enumerate(rows):
                if month > 0:
                    yield (
                        f"{side} {label} at {month:g} months",
                        {side: replace(summary, **{name: rows[:index] + rows[index + 1 :]})},
                    )


def _from_curves(trial, generator):
    rows = []
    for arm in trial.arms:
        curve = arm.curve if generator is None else arm.curve.moved(generator)
        rows.append(read_off(curve, arm.n, arm.at_risk, arm.events))
    return tuple(np.concatenate(part) for part in zip(*rows))
