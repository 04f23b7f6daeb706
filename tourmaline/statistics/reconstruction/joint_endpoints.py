"""Further analyses of patients who are reconstructed already: each set of the one is made from a set of the other.

Two analyses of one trial are of the same patients. Reconstructed one by one they would contradict each other: patients at risk whom
the other analysis has lost, more progressions than there were events. Here what is reported of the further analysis is met
by what the first one leaves open: which of the events count, who responded, what came after a censoring.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tourmaline.roles import ARMS
from tourmaline.statistics.reconstruction.ensemble import Ensemble
from tourmaline.statistics.reconstruction.extended_follow_up import Followed, RandomNumbers
from tourmaline.statistics.reconstruction.inputs.rounding_intervals import RoundingInterval
from tourmaline.statistics.reconstruction.inputs.summary import ArmSummary, TrialSummary  # noqa: F401 (the examples)
from tourmaline.statistics.reconstruction.search.comparison import compare_with_reported
from tourmaline.statistics.reconstruction.search.conflict import Conflict
from tourmaline.statistics.reconstruction.search.draws import not_given
from tourmaline.statistics.reconstruction.search.greedy_repair import same_piece, stretch
from tourmaline.statistics.reconstruction.search.outcomes import median
from tourmaline.statistics.reconstruction.search.patients import fixed_times
from tourmaline.statistics.reproducible import exp, log, power

TRIES = 30  # for each set
MOST_LEFT_OUT = 0.3  # share of an arm's events that may not count
# How much those who are chosen come early (below 0) or late, beside chance: from not at all to nearly by their times alone.
TILTS = np.array(sorted(np.linspace(-6, 6, 13), key=abs))
# Powers of time with which the cumulative hazard after a censoring grows; around the best of them a few more are tried, within
# smaller and smaller factors.
SHAPES = exp(np.linspace(log(0.1), log(2.5), 12))
AROUND, FACTORS = np.linspace(-1, 1, 5), (1.25, 1.08, 1.025, 1.008, 1.0025)
SIZE = 5.0  # weight of a wrong standard error, which small changes mend less, beside that of a wrong log hazard ratio
PAIRS = 24  # of an option of each arm, that are compared: those that seem to come nearest to the reported comparison


@dataclass(frozen=True, eq=False)
class _Set:
    """Patients of both arms, control first: of the further analysis, and at the same places of what it is made from."""

    times: np.ndarray
    events: np.ndarray
    wanted: float  # where in the rounding interval of the hazard ratio
    base_times: np.ndarray
    base_events: np.ndarray


def with_fewer_events(base: Ensemble, reported: TrialSummary, trial: TrialSummary, seed=0) -> tuple[Ensemble, Ensemble]:
    """An endpoint to which some of the events do not count: time to progression, from progression-free survival.

    In each arm some of the events are taken as censoring, as many and as early or late as bring the reported comparison and
    medians. For the medians all times of both arms stretch together a little: no patient passes another, and what is reported
    of the first endpoint stays as it is.

    Parameters
    ----------
    base : Ensemble
        Simulated data sets of the endpoint with all events.
    reported : TrialSummary
        What they print.
    trial : TrialSummary
        What is reported of the other endpoint: a median of each arm, and where reported the comparison.
    seed : int
        Of the ensemble; the reference does not depend on it.

    Returns
    -------
    base, further : Ensemble
        As many sets as were given, of both endpoints, with the same patients and times. Set i is made from set i of those
        given, or from another one if these patients cannot give what is reported.

    Raises
    ------
    Conflict
        If no such sets are found.
    ValueError
        If numbers of patients differ, or a median is not reported.

    Examples
    --------
    >>> arm = np.arange(12) >= 6
    >>> times = np.array([[1.0, 2, 4, 5, 7, 8, 2, 4, 6, 8, 10, 11]])
    >>> base = Ensemble(times, np.ones((1, 12), bool), arm, 1)
    >>> printed = TrialSummary(ArmSummary(6, 6), ArmSummary(6, 6), longest_followup=12.0)
    >>> trial = TrialSummary(ArmSummary(6, median=RoundingInterval(6.0, 7.5)), ArmSummary(6, median=RoundingInterval(7.9, 9.0)), 12.0)
    >>> base, further = with_fewer_events(base, printed, trial)
    >>> bool((further.times == base.times).all()), bool((further.events <= base.events).all())
    (True, True)
    """
    reported, trial = reported.at_level(base.level), trial.at_level(1)
    _check(base, trial)

    def make(times, events, random):
        fixed = fixed_times(reported, times, events)
        goals = [arm.median.at(random.place()) for arm in trial.arms]
        options = [_fewer(times[part], events[part], goal, fixed, random) for part, goal in zip(reported.parts, goals)]
        if not all(options):
            return None

        counted, medians = zip(*((np.array(part) for part in zip(*of_arm)) for of_arm in options))

        def pairs(ones, others):
            now = np.transpose([medians[0][ones], medians[1][others]])
            stretched = stretch(
                np.broadcast_to(times, (len(now), len(times))), now, np.broadcast_to(goals, now.shape), fixed
            )
            both = np.hstack([counted[0][ones], counted[1][others]])
            return [_Set(*rows, random.wanted, rows[0], events) for rows in zip(stretched, both)]

        return _nearest(trial, pairs, *map(len, options))[0]

    return _built(base, trial, seed, make)


def _fewer(times, events, goal, fixed, random):
    """For each number of events that do not count: those that count, and their median, if it can be stretched to the goal."""
    candidates = np.flatnonzero(events)
    ranks = _priorities(times[candidates], random).argsort(axis=1).argsort(axis=1)
    found = []
    for left_out in range(int(MOST_LEFT_OUT * len(candidates)) + 1):
        counted = np.repeat(events[None], len(TILTS), axis=0)
        counted[:, candidates] = ranks >= left_out
        medians = median(np.broadcast_to(times, counted.shape), counted)
        tilt = int(np.argmin(np.abs(medians - goal)))
        if same_piece(fixed, medians[tilt], goal):
            found.append((counted[tilt], medians[tilt]))
    return found


def from_response(
    base: Ensemble, reported: TrialSummary, trial: TrialSummary, time_to_response, seed=0
) -> tuple[Ensemble, Ensemble]:
    """Duration of response, from progression-free survival: some of the patients, from a later month on.

    Those who responded are chosen among those who were still followed at the month of response: as many as are reported, with
    endings as early or late as bring the reported median. For it all times stretch together, as in `with_fewer_events`.

    Parameters
    ----------
    base : Ensemble
        Simulated data sets from randomisation.
    reported : TrialSummary
        What they print.
    trial : TrialSummary
        What is reported of the duration: responders and a median of each arm.
    time_to_response : pair of float
        Months from randomisation to response, of the control and the experimental arm: the same for all of an arm.
    seed : int
        Of the ensemble; the reference does not depend on it.

    Returns
    -------
    base, further : Ensemble
        As many sets as were given, from randomisation, and of the responders alone from response.

    Raises
    ------
    Conflict
        If no such sets are found.
    ValueError
        If there are more responders than patients, or a median is not reported.

    Examples
    --------
    >>> arm = np.arange(12) >= 6
    >>> times = np.array([[1.0, 2, 4, 5, 7, 8, 2, 4, 6, 8, 10, 11]])
    >>> base = Ensemble(times, np.ones((1, 12), bool), arm, 1)
    >>> printed = TrialSummary(ArmSummary(6, 6), ArmSummary(6, 6), longest_followup=12.0)
    >>> trial = TrialSummary(ArmSummary(4, median=RoundingInterval(3.0, 5.0)), ArmSummary(5, median=RoundingInterval(4.0, 6.5)), 12.0)
    >>> _, responses = from_response(base, printed, trial, time_to_response=(1.0, 1.0))
    >>> responses.times.shape, bool((responses.times > 0).all())
    ((1, 9), True)
    """
    reported, trial = reported.at_level(base.level), trial.at_level(1)
    _check(base, trial, all_patients=False)

    def make(times, events, random):
        fixed = fixed_times(reported, times, events)
        goals = [arm.median.at(random.place()) + later for arm, later in zip(trial.arms, time_to_response)]
        chosen, medians = [], []
        for number, (part, goal) in enumerate(zip(reported.parts, goals)):
            candidates = part.start + np.flatnonzero(times[part] > time_to_response[number])
            if len(candidates) < trial.arms[number].n:
                return None
            order = _priorities(times[candidates], random).argsort(axis=1)
            options = np.sort(candidates[order[:, : trial.arms[number].n]], axis=1)
            nows = median(times[options], events[options])
            nearest = int(np.argmin(np.abs(nows - goal)))
            if not same_piece(fixed, nows[nearest], goal):
                return None
            chosen.append(options[nearest])
            medians.append(nows[nearest])
        stretched = stretch(times, np.array(medians), np.array(goals), fixed)
        lasted = np.concatenate([stretched[own] - later for own, later in zip(chosen, time_to_response)])
        return _Set(lasted, events[np.concatenate(chosen)], random.wanted, stretched, events)

    return _built(base, trial, seed, make)


def followed_longer(base: Ensemble, reported: TrialSummary, trial: TrialSummary, seed=0) -> Ensemble:
    """A later analysis of the same endpoint: those who were censored are followed on, the others stay as they are.

    Those who were censored before the shortest follow-up were lost, and stay so.
    After the censoring the cumulative hazard of an arm grows with a power of time. Its size brings the reported median, its
    shape the reported comparison; the months by which everybody is followed longer bring the reported median follow-up.

    Parameters
    ----------
    base : Ensemble
        Simulated data sets of the earlier analysis.
    reported : TrialSummary
        What they print.
    trial : TrialSummary
        What is reported of the later one: a median and a median follow-up of each arm (or that of both together), and where
        reported the comparison.
    seed : int
        Of the ensemble; the reference does not depend on it.

    Returns
    -------
    Ensemble
        As many sets as were given. Set i follows the patients of set i of those given, or of another one if these cannot give
        what is reported.

    Raises
    ------
    Conflict
        If no such sets are found.
    ValueError
        If numbers of patients differ, or a median is not reported.

    Examples
    --------
    >>> arm = np.arange(12) >= 6
    >>> times = np.array([[1.0, 2, 4, 5, 7, 8, 2, 4, 6, 8, 10, 11]])
    >>> base = Ensemble(times, np.array([[True, True, False, True, False, False] * 2]), arm, 1)
    >>> printed = TrialSummary(ArmSummary(6, 3), ArmSummary(6, 3), longest_followup=12.0)
    >>> ends = {"median": RoundingInterval(5.0, 7.0)}, {"median": RoundingInterval(8.0, 12.0)}
    >>> arms = [ArmSummary(6, median_followup=RoundingInterval(12.0, 15.0), **end) for end in ends]
    >>> longer = followed_longer(base, printed, TrialSummary(*arms, longest_followup=20.0))
    >>> bool((longer.times >= base.times).all()), bool((longer.events >= base.events).all())
    (True, True)
    """
    trial = trial.at_level(1)
    _check(base, trial)
    if not trial.median_followup and not all(arm.median_followup for arm in trial.arms):
        raise ValueError("a later analysis needs a reported median follow-up of each arm, or of both together")

    def make(times, events, random):
        arms = [
            Followed(
                times[part],
                events[part],
                reported.shortest_followup,
                arm,
                arm.median_followup or trial.median_followup,
                random,
            )
            for part, arm in zip(trial.parts, trial.arms)
        ]
        shapes = [SHAPES, SHAPES] if trial.hazard_ratio else [np.array([random.power()]) for _ in arms]

        def nearest_of(shapes):
            options = [arm.with_shapes(own) for arm, own in zip(arms, shapes)]

            def pairs(ones, others):
                found = (
                    map(np.concatenate, zip(options[0][one], options[1][other])) for one, other in zip(ones, others)
                )
                return [_Set(*both, random.wanted, times, events) for both in found]

            return _nearest(trial, pairs, *map(len, shapes))

        nearest, given, best = nearest_of(shapes)
        for factor in FACTORS:
            if given:
                break
            shapes = [own[index] * power(factor, AROUND) for own, index in zip(shapes, best)]
            nearest, given, best = nearest_of(shapes)
        return nearest

    return _built(base, trial, seed, make)[1]


def _check(base, trial, all_patients=True):
    for name, arm, patients in zip(ARMS, trial.arms, ((~base.arm).sum(), base.arm.sum())):
        if arm.n > patients or (all_patients and arm.n != patients):
            raise ValueError(f"{name}: n = {arm.n}, but the analysis from which it is made has {patients} patients")
        if not isinstance(arm.median, RoundingInterval):
            raise ValueError(f"{name}: an analysis of the same patients needs a reported median that was reached")


def _priorities(times, random):
    """For each tilt, numbers by which patients are chosen, the smallest first, shape (tilts, n)."""
    order = np.argsort(np.argsort(times, kind="stable"), kind="stable")
    return random.uniform(len(times))[order] - TILTS[:, None] * ((order + 0.5) / len(times))


def _built(base, trial, seed, make: Callable) -> tuple[Ensemble, Ensemble]:
    """The sets that `make` finds, for each set of the base; others are tried where it finds none."""
    generator, rows, found = np.random.default_rng(seed), len(base.times), []
    for row in range(rows):
        for attempt in range(TRIES):
            own = np.random.default_rng(attempt) if attempt else None  # the reference does not depend on the seed
            random = RandomNumbers(generator if row else own)
            source = row if row == 0 or attempt < TRIES // 3 else int(generator.integers(rows))
            one = make(base.times[source], base.events[source], random)
            missing = ("median",) if one is None else not_given(trial, one)
            if not missing:
                found.append(one)
                break
        else:
            raise Conflict(missing, ())
    first = Ensemble(
        np.array([one.base_times for one in found]),
        np.array([one.base_events for one in found]),
        base.arm,
        base.level,
        base.unmet,
    )
    further = np.array([one.times for one in found]), np.array([one.events for one in found])
    return first, Ensemble(*further, trial.arm, trial.information, base.unmet)


def _nearest(trial, pairs, first, second):
    """The pair of options nearest to the reported comparison, whether it gives it, and its indices.

    What the options of each arm do to the comparison adds up, nearly: so the pairs that seem nearest are compared alone.
    """

    if trial.hazard_ratio is None:
        return pairs(np.array([0]), np.array([0]))[0], True, (0, 0)

    def missing(compared):
        return compared.now - compared.wanted, SIZE * log(compared.error_factor)

    one, other = (
        missing(compare_with_reported(trial, sets))
        for sets in (
            pairs(np.arange(first), np.zeros(first, int)),
            pairs(np.zeros(second, int), np.arange(second)),
        )
    )
    guessed = sum(np.abs(along[:, None] + across[None] - along[0]) for along, across in zip(one, other))
    indices = np.unravel_index(np.argsort(guessed, axis=None, kind="stable")[:PAIRS], guessed.shape)
    sets = pairs(*indices)
    compared = compare_with_reported(trial, sets)
    far = sum(map(np.abs, missing(compared))) + [bool(wrong) for wrong in compared.wrong]
    nearest = int(np.argmin(far))
    return sets[nearest], not compared.wrong[nearest], (indices[0][nearest], indices[1][nearest])
