"""Pseudo individual patient data that honour what a trial printed, and the spread of data that would honour it too.

`summary` holds what was printed, each number with the window of values that print the same; `prior` and `conditioning`
give smooth hazards of event and censoring that meet it; `patients` turns hazards into patients, one by one; `members` are
moved until all of it comes out, and `conflict` is what is said if none comes; `ensemble` brings them together; `digitised`
is for those who have the coordinates of a curve. `same_patients` makes further analyses of the same patients, with
`following` for what came after a censoring. `estimates` says what the sets give, `agreement` how that compares with what
was printed, `proportionality` whether the hazards look proportional.
"""

from tourmaline.statistics.reconstruction.agreement import agreement, agreement_in_words
from tourmaline.statistics.reconstruction.conflict import Conflict
from tourmaline.statistics.reconstruction.ensemble import Ensemble, reconstruct
from tourmaline.statistics.reconstruction.estimates import (
    band,
    central_range,
    estimates,
    hazard_ratio_in_words,
    numbers_at_risk,
    pseudo_patients,
    pseudo_patients_header,
    range_with_errors,
    survival_rates,
)
from tourmaline.statistics.reconstruction.proportionality import (
    SpreadDifference,
    early_hazard_ratio,
    hazards,
    months_with,
    spread_rmst_difference,
)
from tourmaline.statistics.reconstruction.same_patients import followed_longer, from_response, with_fewer_events
from tourmaline.statistics.reconstruction.summary import ArmSummary, Curve, TrialSummary
from tourmaline.statistics.reconstruction.windows import Window

__all__ = [
    "ArmSummary",
    "Conflict",
    "Curve",
    "Ensemble",
    "SpreadDifference",
    "TrialSummary",
    "Window",
    "agreement",
    "agreement_in_words",
    "band",
    "central_range",
    "early_hazard_ratio",
    "estimates",
    "followed_longer",
    "from_response",
    "hazard_ratio_in_words",
    "hazards",
    "months_with",
    "numbers_at_risk",
    "pseudo_patients",
    "pseudo_patients_header",
    "range_with_errors",
    "reconstruct",
    "spread_rmst_difference",
    "survival_rates",
    "with_fewer_events",
]
