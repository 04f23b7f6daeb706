"""Absolute effects: how many more of 1,000 patients, and the number needed to treat, from a relative effect."""

import math
from dataclasses import dataclass

from tourmaline.estimate import Estimate
from tourmaline.statistics.checks import positive, share


@dataclass(frozen=True)
class NumberNeeded:
    """How many patients are treated for one additional patient who benefits, or is harmed.

    Attributes
    ----------
    value : float
        Positive if treatment is beneficial, negative if harmful; infinite if there is no difference.
    lower, upper : float or None
        The same of the larger and of the smaller limit of the difference; None without an interval.
    through_infinity : bool
        Whether the interval of the difference includes 0. The interval is then not that between the limits: it runs from
        `lower`, a benefit, through infinity to `upper`, a harm (Altman 1998, BMJ 317:1309-1312).
    """

    value: float
    lower: float | None
    upper: float | None
    through_infinity: bool


def survival_from_median(median: float, time: float) -> float:
    """The share without the event at a time, from the median, if the rate of events is constant.

    Exact at the median itself, and the less so the farther from it the time is.

    Parameters
    ----------
    median, time : float
        In the same unit, finite and above 0.

    Returns
    -------
    float
        In (0, 1).

    Raises
    ------
    ValueError
        If one of them is not finite and above 0.

    Examples
    --------
    >>> survival_from_median(15, 15), survival_from_median(15, 30)
    (0.5, 0.25)
    """
    positive(median, "median")
    positive(time, "time")
    return 0.5 ** (time / median)


def survival_gain(hazard_ratio: Estimate, control_survival: float) -> Estimate:
    """The additional share of patients without the event at a time, from a hazard ratio and the control group's share.

    With proportional hazards the survival of the experimental group is that of the control group to the power of the
    hazard ratio, and the gain is their difference. The limits follow from those of the hazard ratio. The uncertainty of
    the control group's survival is left out, so that the interval is somewhat too short.

    Parameters
    ----------
    hazard_ratio : Estimate
        Experimental against control, above 0.
    control_survival : float
        Share of the control group without the event at the time, in (0, 1).

    Returns
    -------
    Estimate
        Difference of the shares, a fraction: positive if fewer of the experimental group have the event.

    Raises
    ------
    ValueError
        If the hazard ratio or a limit is not above 0, or the share is not in (0, 1).

    References
    ----------
    Altman DG, Andersen PK. BMJ 1999;319:1492-5. doi:10.1136/bmj.319.7223.1492

    Examples
    --------
    >>> f"{survival_gain(Estimate(0.72, 0.55, 0.92, 0.95), 0.67).map(lambda gain: 1000 * gain):.0f}"
    '80 (22 to 132)'
    """
    positive(
        [ratio for ratio in (hazard_ratio.value, hazard_ratio.lower, hazard_ratio.upper) if ratio is not None],
        "hazard_ratio",
    )
    survival = float(share(control_survival, "control_survival", 0.67))

    def loss(ratio: float) -> float:  # it rises with the ratio, and the gain falls
        return survival - survival**ratio

    return -hazard_ratio.map(loss)


def number_needed(gain: Estimate) -> NumberNeeded:
    """The number needed to treat: one divided by a difference of shares, and by its limits.

    Parameters
    ----------
    gain : Estimate
        Difference of the shares with a good outcome, experimental minus control, in [-1, 1]; for harms, that of the shares
        without it.

    Returns
    -------
    NumberNeeded

    Raises
    ------
    ValueError
        If the limits are not in order, or anything is outside [-1, 1].

    Examples
    --------
    >>> needed = number_needed(Estimate(0.12, 0.05, 0.20, 0.95))
    >>> round(needed.value, 1), needed.lower, needed.upper, needed.through_infinity
    (8.3, 5.0, 20.0, False)
    """
    shares = [gain.value] if gain.level is None else [gain.value, gain.upper, gain.lower]
    if not all(abs(number) <= 1 for number in shares):
        raise ValueError(f"gain = {gain} is not allowed; a difference of shares lies between -1 and 1")
    value, *limits = (math.inf if number == 0 else 1 / number for number in shares)
    if not limits:
        return NumberNeeded(value, None, None, through_infinity=False)
    if gain.lower > gain.upper:
        raise ValueError(f"gain = {gain} is not allowed; its lower limit is above the upper one")
    return NumberNeeded(value, *limits, through_infinity=gain.lower <= 0 <= gain.upper)
