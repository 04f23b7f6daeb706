"""The reconstruction: many sets of pseudo individual patient data, each of which prints as the trial did."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from tourmaline.statistics.reconstruction import patients
from tourmaline.statistics.reconstruction.arranging import arrange
from tourmaline.statistics.reconstruction.comparison import comparable, compare
from tourmaline.statistics.reconstruction.conditioning import Constraint, condition, constraints, directions
from tourmaline.statistics.reconstruction.digitised import read_arms
from tourmaline.statistics.reconstruction.outcomes import median, unmet
from tourmaline.statistics.reconstruction.settling import ROUNDS, distances, settle
from tourmaline.statistics.reconstruction.summary import ArmSummary, TrialSummary  # noqa: F401 (the example)
from tourmaline.statistics.reconstruction.windows import Window

ATTEMPTS, ARM_ATTEMPTS = 5, 2
REDRAWS, WITHOUT_ANY, SMALLEST_ROUND = 25, 3, 8  # rounds of draws, rounds that may give none, and draws of a round
FEWEST = 0.1  # share of the draws of a round that are to give a member; if fewer do, those that fail are settled
# The reference rounds fractions of an expected patient up from here; the others only if the printed numbers ask for it.
ROUNDINGS = (0.5, 0.35, 0.65)
# From the prior's mean, if the reference is not found there; and how many of the draws of each distance are settled.
DISTANCES, NEAREST = (0.1, 0.2, 0.4, 0.8), 2
# The hazard ratio asked of hazards comes out of whole patients to about one patient; the rest is done by moving times
# between the printed ones, which may change the log hazard ratio by this much. What is left after a few steps are the
# jumps of single patients who pass each other: other powers for both arms together give others.
NEAR = 0.03
COMMON = (0.0, 0.0, 0.0, 0.0, 0.02, -0.02, 0.04, -0.04, 0.06, -0.06, 0.08, -0.08)
# The point nearest to a draw that meets the constraints is nearer to the reference than a draw of the posterior would be:
# draws start from further out, the further the more is printed. The factors, by level of information, were chosen for the
# coverage of the ensemble's band on arms of a trial's size in the data sets of R's package survival.
WIDTH = {1: 1.5, 2: 2.5, 3: 2.5}
SLOPE = 0.45  # first guess of the change of the log hazard ratio by the log of the power with which times move
POOLED_FOLLOWUP = "median follow-up of both arms"
COMPARISON = {"hazard ratio", "lower limit", "upper limit", "P value"}


class Conflict(ValueError):
    """Printed numbers for which no patients were found who give them together: they conflict, or the search ended too early.

    Attributes
    ----------
    unmet : tuple of str
        Printed numbers that did not come out.
    without : tuple of str
        Printed numbers without any one of which the others can be met.
    """

    def __init__(self, unmet, without):
        self.unmet, self.without = tuple(unmet), tuple(without)
        message = f"no patients were found who give these printed numbers together: {', '.join(unmet)} did not come out"
        if without:
            message += f". The others can be met without any one of: {', '.join(without)}. Check these numbers"
        if COMPARISON & set(unmet):
            message += (
                ". Two arms without the strata of a stratified analysis cannot always give all of its comparison: "
                "hold one of its numbers out (the argument `using` of TrialSummary.from_printed)"
            )
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
        Level of information that was used: at most the one asked for, less where nothing is printed for it.
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
    member with coordinates moved within the reading error. That spreads the lost evenly between printed numbers at risk; if a
    hazard ratio is printed, they are moved to earlier or later there, only as far as brings the comparison to what is printed.

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
        If no patients are found who give the printed numbers together.
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
        read = [read_arms(trial, arm), *(read_arms(trial, arm, generator) for _ in range(members))]
        return Ensemble(np.array([one.times for one in read]), np.array([one.events for one in read]), arm, level)
    reference = _reference(trial, arm)
    if reference.unmet:
        unmet_at_centre, reference = reference.unmet, _near_the_centre(trial, arm)
        if reference is None:
            raise Conflict(unmet_at_centre, _culprits(trial, arm))
    compared = _comparable(reference, arm)

    def good(members):
        """Those that give all numbers; where none is printed of the comparison of the arms, there must be one."""
        return [m for m in members if not m.unmet and _comparable(m, arm) >= compared]

    found = [reference]
    size = directions(trial)
    for turn in range(REDRAWS):
        missing = members + 1 - len(found)
        if not missing:
            break
        drawn = [_Member.drawn(generator, size, trial) for _ in range(max(missing, SMALLEST_ROUND))]
        fitted = _fit(trial, arm, drawn)
        new = good(fitted)
        if len(new) < FEWEST * len(drawn):
            for member in fitted:
                if member.unmet and member.times is not None and len(new) < missing:
                    new += good([_settled(trial, arm, member, ROUNDS // 5)])
        found += new[:missing]
        if len(found) == 1 and turn + 1 == WITHOUT_ANY:
            break
    if len(found) < members + 1:
        raise Conflict(["enough different sets of patients"], _culprits(trial, arm))
    return Ensemble(np.array([m.times for m in found]), np.array([m.events for m in found]), arm, trial.information)


@dataclass(frozen=True, eq=False)
class _Member:
    """One set of patients on its way: its chance, and what it gives so far."""

    draw: np.ndarray | None
    chances: tuple[patients.Chance, patients.Chance]
    wanted: float = 0.5  # where in the window of the hazard ratio, in [0, 1]
    events_wanted: float = 0.5  # where in the window of the events, if they are implied
    hazards: tuple = ()  # of each arm: edges, and cumulative hazards of the event and of censoring there
    times: np.ndarray | None = None
    events: np.ndarray | None = None
    unmet: tuple[str, ...] = ("hazards",)  # until there are patients

    @classmethod
    def drawn(cls, generator, size, trial):
        chances = tuple(patients.Chance.of(generator, arm, trial.longest_followup) for arm in trial.arms)
        return cls(WIDTH[trial.information] * generator.standard_normal(size), chances, *generator.random(2))


def _reference(trial, arm, roundings=ROUNDINGS, rounds=ROUNDS):
    for rounding in roundings:
        member = _fit(trial, arm, [_Member(None, (patients.Chance(rounding),) * 2)])[0]
        if member.unmet:
            member = _settled(trial, arm, member, rounds)
        if not member.unmet:
            break
    return member


def _near_the_centre(trial, arm):
    """The first member that comes out of draws further and further from the prior's mean; None without one."""
    generator = np.random.default_rng(0)
    for distance in DISTANCES:
        draws = distance * generator.standard_normal((SMALLEST_ROUND, directions(trial)))
        fitted = _fit(trial, arm, [_Member(draw, (patients.Chance(),) * 2) for draw in draws])
        placed = [member for member in fitted if member.times is not None]
        for member in sorted(placed, key=lambda member: len(member.unmet))[:NEAREST]:
            if member.unmet:
                member = _settled(trial, arm, member, ROUNDS // 5)
            if not member.unmet:
                return member
    return None


def _fit(trial, arm, members):
    """Members with their patients: what is asked of the hazards is moved until the patients give the comparison."""
    conditions = constraints(trial)
    ratio = np.full(len(members), np.log(trial.hazard_ratio.middle)) if trial.hazard_ratio else None
    total = None
    if isinstance(trial.events, Window):
        width = trial.events.upper - trial.events.lower
        total = trial.events.lower + width * np.array([member.events_wanted for member in members])
    draws = None if members[0].draw is None else np.array([member.draw for member in members])
    done, active, near = list(members), np.arange(len(members)), None
    for attempt in range(ATTEMPTS):
        if total is not None:
            asked = Constraint("events", None, np.nan, np.log(total[active]), 0.3 / trial.likely_events)
        hazards, near, found = condition(
            trial,
            conditions if total is None else [*conditions, asked],
            None if ratio is None else ratio[active],
            None if draws is None else draws[active],
            near,
        )
        # The reference is placed even so: its patients tell which numbers do not come out.
        rows = np.arange(len(active)) if draws is None else np.flatnonzero(found)
        active, near = active[rows], near[rows]
        if not len(active):
            break
        for row, index in zip(rows, active):
            events = trial.events if total is None else round(total[index])
            done[index] = _place(trial, done[index], hazards, row, events)
        if ratio is None:
            break
        compared = compare(trial, arm, [done[index] for index in active])
        for row, index in enumerate(active):
            done[index] = replace(done[index], unmet=done[index].unmet + compared.wrong[row])
        near_by = compared.possible & (np.abs(compared.wanted - compared.now) < NEAR)
        rows = [
            row for row in np.flatnonzero(near_by) if set(compared.wrong[row]) >= set(done[active[row]].unmet) > set()
        ]
        for row, tuned in zip(rows, _tuned(trial, arm, [done[active[row]] for row in rows])):
            done[active[row]] = tuned
        # Whole patients answer in small jumps: later steps are shorter, so that two jumps do not alternate.
        ratio[active] += (compared.wanted - compared.now) * (1.0 if attempt < 4 else 0.6)
        if total is not None:
            total[active] = np.clip(total[active] / compared.error_factor**2, 2, len(arm))
        # Arms whose own numbers have not come out by now will not.
        hopeless = [attempt >= ARM_ATTEMPTS and bool(set(done[index].unmet) - COMPARISON) for index in active]
        left = [row for row, index in enumerate(active) if done[index].unmet and not hopeless[row]]
        active, near = active[left], near[left]
        if not len(active):
            break
    return done


def _settled(trial, arm, member, rounds):
    """A member that did not quite come out, after its arms were arranged anew, and after small changes of its patients."""
    member = _checked(trial, arm, _arranged(trial, arm, member))
    if member.draw is not None and _arms_unmet(trial, member):
        return member  # another draw takes less time
    if member.unmet and trial.hazard_ratio:
        member = _tuned(trial, arm, [member])[0]
    return _checked(trial, arm, settle(trial, arm, member, rounds)) if member.unmet else member


def _checked(trial, arm, member):
    """A member with the names of the printed numbers that it does not give."""
    wrong = compare(trial, arm, [member]).wrong[0] if trial.hazard_ratio else ()
    return replace(member, unmet=_unmet(trial, member) + wrong)


def _arranged(trial, arm, member):
    """A member whose arms give what is printed of each, as near to the printed comparison as the orders found allow."""
    generator, wrong = None if member.draw is None else np.random.default_rng(0), _arms_unmet(trial, member)
    choices = []
    for number, (summary, part) in enumerate(zip(trial.arms, _parts(trial))):
        own, found = (member.times[part], member.events[part]), []
        if number in wrong:
            total, (edges, *hazards) = int(own[1].sum()), member.hazards[number]
            found = arrange(summary, total, edges, *patients.expected(summary.n, *hazards, total), generator)
        choices.append([one for one in found if not unmet(summary, *one)] or [own])
    candidates = [
        _of_both_arms(trial, replace(member, times=np.concatenate(times), events=np.concatenate(events)))
        for times, events in (zip(*pair) for pair in product(*choices))
    ]
    return candidates[int(np.argmin(distances(trial, arm, candidates)))]


def _arms_unmet(trial, member):
    """The arms, by number, that do not give what is printed of them."""
    return [
        number
        for number, (summary, part) in enumerate(zip(trial.arms, _parts(trial)))
        if unmet(summary, member.times[part], member.events[part])
    ]


def _place(trial, member, hazards, row, events):
    cumulative = list(zip(hazards.events[row], hazards.censoring[row]))
    totals = [
        arm.events or int(np.clip(round(patients.expected(arm.n, *pair)[0][-1]), 1, arm.n))
        for arm, pair in zip(trial.arms, cumulative)
    ]
    if events:
        which = 0 if trial.experimental.events else 1
        totals[which] = int(np.clip(events - totals[1 - which], 1, trial.arms[which].n))
    rows = [
        patients.place(arm, total, hazards.edges, *pair, chance)
        for arm, total, pair, chance in zip(trial.arms, totals, cumulative, member.chances)
    ]
    times, events, wrong = zip(*rows)
    hazards = tuple((hazards.edges, *pair) for pair in cumulative)
    member = replace(member, hazards=hazards, times=np.concatenate(times), events=np.concatenate(events))
    placed = _of_both_arms(trial, member)
    return replace(placed, unmet=_named(wrong) + _both_unmet(trial, placed))


def _of_both_arms(trial, member):
    """A member whose times are stretched so that it gives what is printed of both arms together."""
    if trial.median_followup is None:
        return member
    wanted = member.chances[0].median_followup
    return replace(member, times=patients.with_followup(trial, member.times, member.events, wanted))


def _tuned(trial, arm, members):
    """Members whose times, moved a little between the printed ones, give the printed comparison; others as they were."""
    done, active = list(members), np.arange(len(members))
    powers, before = np.zeros(len(members)), None
    slope = np.full(len(members), SLOPE)
    for common in COMMON:
        if not len(active):
            break
        moved = [_moved(trial, members[index], powers[index], common) for index in active]
        compared = compare(trial, arm, moved)
        for index, candidate, wrong in zip(active, moved, compared.wrong):
            if not wrong and not _unmet(trial, candidate):
                done[index] = candidate
        if before is not None:
            step = powers[active] - before[0]
            with np.errstate(divide="ignore", invalid="ignore"):
                secant = (compared.now - before[1]) / step
            slope[active] = np.where((secant > SLOPE / 5) & (secant < SLOPE * 5), secant, slope[active])
        left = np.array([bool(done[index].unmet) for index in active]) & compared.possible
        before = powers[active][left].copy(), compared.now[left]
        powers[active] += np.clip((compared.wanted - compared.now) / slope[active], -0.1, 0.1)
        active = active[left]
    return done


def _moved(trial, member, power, common):
    """The control's times earlier and the experimental arm's later in their pieces, or the reverse: a higher or lower ratio."""
    rows = [
        patients.reshaped(summary, member.times[part], member.events[part], np.exp(common + sign * power))
        for summary, part, sign in zip(trial.arms, _parts(trial), (-1, 1))
    ]
    return _of_both_arms(trial, replace(member, times=np.concatenate(rows), unmet=()))


def _unmet(trial, member):
    """Names of the printed numbers that a member does not give, but for those of the comparison."""
    wrong = [
        unmet(summary, member.times[part], member.events[part]) for summary, part in zip(trial.arms, _parts(trial))
    ]
    return _named(wrong) + _both_unmet(trial, member)


def _comparable(member, arm):
    return bool(comparable(member.times[None], member.events[None], arm)[0])


def _named(wrong):
    """What is wrong in each arm, with the names of the arms."""
    return tuple(f"{name} {what}" for name, of_arm in zip(("control", "experimental"), wrong) for what in of_arm)


def _both_unmet(trial, member):
    printed = trial.median_followup
    return () if printed is None or printed.holds(median(member.times, ~member.events)) else (POOLED_FOLLOWUP,)


def _parts(trial):
    return slice(0, trial.control.n), slice(trial.control.n, None)


def _culprits(trial, arm):
    """Printed numbers without any one of which the reference meets all the others."""
    found = []
    for name, changes in _without_one(trial):
        try:
            smaller = replace(trial, **changes)
            if not _reference(smaller, arm, ROUNDINGS[:1], ROUNDS // 6).unmet:
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
    if trial.median_followup is not None:
        yield POOLED_FOLLOWUP, {"median_followup": None}
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
