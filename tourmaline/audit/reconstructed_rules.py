"""The rule that needs patients' times: a reported number is left out, and predicted by what else was reported of its analysis.

The ensemble is that of `tourmaline.statistics.reconstruction`: simulated data sets that give every other reported number.
It is built once from the numbers as data/ has them, and not again for a digit that the audit changes to test itself: so of
a changed digit the rule notices what it does to the number itself, not what it would do to the numbers beside it.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pandas as pd

from tourmaline.audit.rules import NAN, Inputs, Options, Recomputed
from tourmaline.data.known import known_by
from tourmaline.data.schemas import ARM_OF_ROLE
from tourmaline.data.survival import PrintedSurvival
from tourmaline.statistics.reconstruction import Conflict, TrialSummary, central_range, estimates, reconstruct

DRAWS, SEED = 100, 1
ROLE_OF_ARM = {arm: role for role, arm in ARM_OF_ROLE.items()}
# With the hazard ratio, any one of these fixes the two others: they are left out together.
LIMITS = ("lower", "upper", "p_value")


def left_out(inputs: Inputs, options: Options) -> Recomputed:
    """A number of a survival analysis, from simulated data sets that give all the others but not this one.

    Value: that of the smoothest set. Range: the 95% reconstruction interval. The number agrees if a value within this range rounds
    to it.
    """
    quantity = ".".join(ROLE_OF_ARM.get(part, part) for part in options["quantity"].split("."))
    values = _sets(options["analysis"], _without(quantity)).get(quantity)
    if values is None:
        return Recomputed(NAN, NAN, NAN)
    return Recomputed(float(values[0]), *map(float, central_range(values)))


def _without(quantity: str) -> tuple[str, ...]:
    """What is left out for a number to be predicted."""
    if quantity == "hazard_ratio":
        return ("hazard_ratio", *LIMITS)
    if quantity in ("hazard_ratio.lower", "hazard_ratio.upper", "p_value"):
        return LIMITS
    # What is reported of both arms together is not a constraint where each arm has its own.
    return (quantity,) if "." in quantity else LIMITS


@cache
def _sets(analysis: str, without: tuple[str, ...]) -> pd.DataFrame:
    """Estimates of the sets, one row a set; empty if no patients are found who give the other numbers together."""
    summary = TrialSummary.from_printed(_reduced(known_by("latest").printed_survival(analysis), without))
    try:
        return estimates(reconstruct(summary, level=1, draws=DRAWS, seed=SEED))
    except Conflict:
        return pd.DataFrame()


def _reduced(printed: PrintedSurvival, without: tuple[str, ...]) -> PrintedSurvival:
    for name in without:
        quantity, _, arm = name.partition(".")
        part = arm or "comparison"
        kept = {key: value for key, value in getattr(printed, part).items() if key != quantity}
        printed = replace(printed, **{part: kept})
    return printed
