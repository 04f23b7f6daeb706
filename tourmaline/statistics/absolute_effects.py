"""Absolute effects: how many more of 1,000 patients, and the number needed to treat, from a relative effect."""

import math
from dataclasses import dataclass

from tourmaline.statistics.proportions import Effect


@dataclass(frozen=True)
class NumberNeeded:
    """How many patients are treated for one additional patient with, or without, the outcome.

    Attributes
    ----------
    estimate : float
        Positive if treatment is beneficial, negative if harmful; infinite if there is no difference.
    lower, upper : float
        Limits, in the order in which they are written: from that nearest to the largest benefit. nan where the difference
        has none.
    through_infinity : bool
        Whether the interval of the difference includes 0. The interval is then not that between the limits: it runs from
        `lower`, a benefit, through infinity to `upper`, a harm (Altman 1998, BMJ 317:1309-1312).
    """

    estimate: float
    lower: float
    upper: float
    through_infinity: bool


def survival_gain(hazard_ratio: Effect, control_survival: float) -> Effect:
    """The additional share of patients without the event at a time, from a hazard ratio and the control group's share.

    With proportional hazards the survival of the experimental group is that of the control group to the power of the
    hazard ratio, and the gain is their difference (Altman and Andersen 1999, doi 10.1136/bmj.319.7223.1492). The limits
    follow from those of the hazard ratio; that the control group's survival is estimated, too, is left out, so that the
    interval is somewhat too short.

    Parameters
    ----------
    hazard_ratio : Effect
        Experimental against control, above 0, with its limits (nan where none are reported).
    control_survival : float
        Share of the control group without the event at the time, in (0, 1).

    Returns
    -------
    Effect
        Difference of the shares, positive if fewer of the experimental group have the event; its limits in order.

    Raises
    ------
    ValueError
        If the hazard ratio or a limit is not above 0, or the share is not in (0, 1).

    Examples
    --------
    >>> gain = survival_gain(Effect(0.72, 0.55, 0.92), 0.67)
    >>> round(1000 * gain.estimate), round(1000 * gain.lower), round(1000 * gain.upper)
    (80, 22, 132)
    """
    ratios = hazard_ratio.estimate, hazard_ratio.upper, hazard_ratio.lower  # the upper ratio gives the lower gain
    if any(ratio <= 0 for ratio in ratios):
        raise ValueError(f"a hazard ratio of {min(ratios):g} is not above 0")
    if not 0 < control_survival < 1:
        raise ValueError(f"a share of {control_survival:g} without the event is not between 0 and 1")
    return Effect(*(control_survival**ratio - control_survival for ratio in ratios))


def number_needed(gain: Effect) -> NumberNeeded:
    """The number needed to treat: one divided by a difference of shares, and by its limits.

    Parameters
    ----------
    gain : Effect
        Difference of the shares with a good outcome, experimental minus control, in [-1, 1]; for harms, that of the shares
        without it. Limits may be nan.

    Returns
    -------
    NumberNeeded

    Raises
    ------
    ValueError
        If the limits are not in order, or anything is outside [-1, 1].

    Examples
    --------
    >>> needed = number_needed(Effect(0.12, 0.05, 0.20))
    >>> round(needed.estimate, 1), needed.lower, needed.upper, needed.through_infinity
    (8.3, 5.0, 20.0, False)
    """
    if gain.lower > gain.upper:
        raise ValueError(f"the limits {gain.lower:g} and {gain.upper:g} are not in order")
    if any(abs(share) > 1 for share in (gain.estimate, gain.lower, gain.upper)):
        raise ValueError("a difference of shares lies between -1 and 1")
    estimate, lower, upper = (
        math.inf if share == 0 else 1 / share for share in (gain.estimate, gain.upper, gain.lower)
    )
    return NumberNeeded(estimate, lower, upper, through_infinity=gain.lower <= 0 <= gain.upper)
