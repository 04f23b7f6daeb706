"""The reconstruction: many sets of pseudo individual patient data, each of which matches what the trial reported."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import numpy as np

from tourmaline.statistics.reconstruction.digitised_curves.both_arms import read_arms
from tourmaline.statistics.reconstruction.hazards.constrained_hazards import directions
from tourmaline.statistics.reconstruction.inputs.rounding_intervals import RoundingInterval  # noqa: F401 (the example)
from tourmaline.statistics.reconstruction.inputs.summary import ArmSummary, TrialSummary  # noqa: F401 (the example)
from tourmaline.statistics.reconstruction.search.conflict import Conflict, without_one
from tourmaline.statistics.reconstruction.search.draws import Draw, fit, improved, not_given
from tourmaline.statistics.reconstruction.search.local_search import ROUNDS, distances, local_search, random_walk
from tourmaline.statistics.reconstruction.search.patients import Placement
from tourmaline.statistics.reproducible import standard_normal

DESCRIBES = re.compile(
    r"(control|experimental) (curve|median|median not reached|survival at .*)"
)  # only the curve itself
MOST_TRIES = 25  # random starts for each draw that is wanted, at most
WITHOUT_ANY, SMALLEST_ROUND, LARGEST_ROUND = 3, 8, 250  # rounds that may give none, and starts of a round
FEWEST = (
    0.1  # share of the starts of a round that are to give a draw; if fewer do, local search improves those that fail
)
# Most starts that local search improves, and most if few of them succeed (below this share), because each takes a second. The
# sets still missing are made of those found, by small changes.
MOST_IMPROVED, FIRST_IMPROVED, FEWEST_IMPROVED = 40, 10, 0.2
# The reference rounds fractions of an expected patient up from here; the others only if the reported numbers ask for it.
ROUNDINGS = (0.5, 0.35, 0.65)
# From the prior's mean, if the reference is not found there; and how many of the starts of each distance local search improves.
DISTANCES, NEAREST = (0.1, 0.2, 0.4, 0.8), 2
# The last resort: rounds of starts as wide as the ensemble's and how many each has; then the few nearest of those that miss by less
# than this (squared, in widths of the rounding intervals) are searched for longer: contradictions end further away.
WIDE_ROUNDS, WIDE_DRAWS = 3, 60
NEARLY, LONG_IMPROVED, LONG_ROUNDS, LONG_PATIENCE = 0.25, 4, 1000, 150


@dataclass(frozen=True, eq=False)
class Ensemble:
    """Sets of pseudo individual patient data of one trial. No row of them is a patient.

    Attributes
    ----------
    times : ndarray, shape (1 + draws, n)
        Months; row 0 is the reference reconstruction, the smoothest.
    events : ndarray of bool, shape (1 + draws, n)
        True for an event, False for censoring.
    arm : ndarray of bool, shape (n,)
        True for the experimental arm; control patients come first.
    level : int
        Level of information that was used: at most the one asked for, less where nothing is reported for it.
    unmet : tuple of str
        Reported numbers that the curves of level 4 do not match; below that level every set matches all of them.
    perturbed : int
        How many sets, the last rows, were made of others by small changes, because too few draws matched the reported numbers:
        the sets differ less than they should.
    """

    times: np.ndarray
    events: np.ndarray
    arm: np.ndarray
    level: int
    unmet: tuple[str, ...] = ()
    perturbed: int = 0

    @property
    def withheld(self) -> tuple[str, ...]:
        """Unmatched numbers on which intervals and P values depend: patients at risk, events, follow-up and the comparison.

        If there are any, intervals and P values are withheld. They do not depend on a median or a survival rate that the curve
        misses within its reading error.
        """
        return tuple(name for name in self.unmet if not DESCRIBES.fullmatch(name))


def reconstruct(trial: TrialSummary, level=1, draws=100, seed=0) -> Ensemble:
    """Pseudo individual patient data that match what a trial reported: one reference reconstruction and an ensemble around it.

    At levels 1 to 3 hazards of event and of censoring, smooth before the data, are conditioned on the reported numbers; whole
    patients are drawn from them, and the wanted hazard ratio is moved until Cox's regression of these patients gives the
    reported one, with its interval and P. At level 4 the curve's coordinates are read by the algorithm of Guyot and others; the
    curves move within the reading error, and losses of unknown date to earlier or later, until the other reported numbers match.
    The ensemble names those that do not.

    Parameters
    ----------
    trial : TrialSummary
    level : int
        1 summary, 2 with reported survival rates, 3 with numbers at risk, 4 with the curve's coordinates.
    draws : int
        Sets beside the reference, not negative.
    seed : int
        Of the ensemble; the reference does not depend on it.

    Returns
    -------
    Ensemble
        Where hardly a draw gives the reported numbers, at most `MOST_IMPROVED` are improved, and the sets still missing are made of
        those found by small changes (`perturbed`). That bounds the time: some ten seconds for arms of a hundred.

    Raises
    ------
    Conflict
        If no patients are found who give the reported numbers together.
    ValueError
        If a number is impossible by itself, or a curve is missing at level 4 or contradicts what is reported.

    References
    ----------
    Guyot P et al. BMC Med Res Methodol 2012;12:9. doi:10.1186/1471-2288-12-9
    Bardsley JM et al. SIAM J Sci Comput 2014;36:A1895-910. doi:10.1137/140964023

    Examples
    --------
    >>> control = ArmSummary(100, 60, RoundingInterval.printed("10.0"), RoundingInterval.printed("15.0"))
    >>> experimental = ArmSummary(100, 50, RoundingInterval.printed("14.0"), RoundingInterval.printed("15.0"))
    >>> ensemble = reconstruct(TrialSummary(control, experimental, longest_followup=24.0), draws=2)
    >>> ensemble.times.shape, [int(row.sum()) for row in ensemble.events]
    ((3, 200), [110, 110, 110])
    """
    trial = trial.at_level(level)
    for name, value in (("draws", draws), ("seed", seed)):
        if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 0:
            raise ValueError(f"{name} = {value!r} must be a whole number, not negative")
    generator = np.random.default_rng(seed)
    if level == 4:
        read = [read_arms(trial)]
        unmet = read[0].unmet
        read += [read_arms(trial, generator, set(unmet)) for _ in range(draws)]
        times, events = np.array([one.times for one in read]), np.array([one.events for one in read])
        return Ensemble(times, events, trial.arm, level, unmet)
    reference = _reference(trial)
    if reference.unmet:
        unmet_at_centre, reference = reference.unmet, _near_the_centre(trial) or _far_from_it(trial)
        if reference is None:
            raise Conflict(unmet_at_centre, _culprits(trial))
    compared = reference.comparable(trial)

    def good(draws):
        """Those that give all numbers; where none is reported of the comparison of the arms, there must be one."""
        return [m for m in draws if not m.unmet and m.comparable(trial) >= compared]

    found, drawn, tries, gained = [reference], 0, 0, 0

    def worth_it():
        return tries < (MOST_IMPROVED if gained >= FEWEST_IMPROVED * tries else FIRST_IMPROVED)

    while len(found) < draws + 1 and drawn < MOST_TRIES * max(draws, SMALLEST_ROUND) and worth_it():
        missing = draws + 1 - len(found)
        size = min(max(missing * (drawn + 1) // (len(found) + 1), SMALLEST_ROUND), LARGEST_ROUND)
        fitted = fit(trial, Draw.at_random(generator, trial, size))
        drawn += size
        new = good(fitted)
        if len(new) < FEWEST * size:
            for draw in fitted:
                if draw.unmet and draw.times is not None and len(new) < missing and worth_it():
                    better = good([improved(trial, draw, ROUNDS // 5)])
                    tries, gained = tries + 1, gained + len(better)
                    new += better
        found += new[:missing]
        if len(found) == 1 and drawn >= WITHOUT_ANY * size:
            break
    perturbed = good(random_walk(trial, found, draws + 1 - len(found), generator)) if len(found) < draws + 1 else []
    found += perturbed
    if len(found) < draws + 1:
        raise Conflict(["enough different sets of patients"], _culprits(trial))
    return Ensemble(
        np.array([m.times for m in found]),
        np.array([m.events for m in found]),
        trial.arm,
        trial.information,
        perturbed=len(perturbed),
    )


def _reference(trial, roundings=ROUNDINGS, rounds=ROUNDS):
    for rounding in roundings:
        draw = fit(trial, [Draw(None, (Placement(rounding),) * 2)])[0]
        if draw.unmet:
            draw = improved(trial, draw, rounds)
        if not draw.unmet:
            break
    return draw


def _near_the_centre(trial):
    """The first draw that matches, of starts further and further from the prior's mean; None without one."""
    generator = np.random.default_rng(0)
    for distance in DISTANCES:
        starts = distance * standard_normal(generator, (SMALLEST_ROUND, directions(trial)))
        fitted = fit(trial, [Draw(start, (Placement(),) * 2) for start in starts])
        placed = [draw for draw in fitted if draw.times is not None]
        for draw in sorted(placed, key=lambda draw: len(draw.unmet))[:NEAREST]:
            if draw.unmet:
                draw = improved(trial, draw, ROUNDS // 5)
            if not draw.unmet:
                return draw
    return None


def _far_from_it(trial):
    """Of many draws as wide as the ensemble's, the matching one nearest to the prior's mean; None without one.

    The smoothest hazards may be unable to give what patients give: a P value that differs from the interval's, rates of few
    patients. What misses by little is searched for long, so that the time is bounded: about half a minute for arms of a hundred.
    """
    generator, placed = np.random.default_rng(0), []
    for _ in range(WIDE_ROUNDS):
        fitted = fit(trial, Draw.at_random(generator, trial, WIDE_DRAWS))
        placed += [draw for draw in fitted if draw.times is not None]
        found = [draw for draw in placed if not draw.unmet]
        if found:
            return min(found, key=lambda draw: (draw.start**2).sum())
    if not placed:
        return None
    away = distances(trial, placed)
    nearest = [index for index in np.argsort(away, kind="stable")[:LONG_IMPROVED] if away[index] < NEARLY]
    for index in nearest:
        draw = local_search(trial, placed[index], LONG_ROUNDS, LONG_PATIENCE)
        if not not_given(trial, draw):
            return replace(draw, unmet=())
    return None


def _culprits(trial):
    """Reported numbers without any one of which the reference meets all the others."""
    found = []
    for name, changes in without_one(trial):
        try:
            smaller = replace(trial, **changes)
            if not _reference(smaller, ROUNDINGS[:1], ROUNDS // 6).unmet:
                found.append(name)
        except ValueError:  # nothing is left to reconstruct from
            continue
    return found
