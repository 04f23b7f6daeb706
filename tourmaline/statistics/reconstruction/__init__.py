"""Simulated data sets that match what a trial reported, and the spread of data sets that would match it too.

Rooms, in the order of the work:

`inputs`            the reported numbers, each with its rounding interval, at four levels of information
`hazards`           smooth hazards of event and of censoring: their prior, and hazards constrained by the reported numbers
`search`            patients placed by the hazards and changed until they match: greedy repair, beam search, local search
`digitised_curves`  level 4: patients from the coordinates of published curves
`ensemble`          all of it together: `reconstruct` gives the reference reconstruction and its draws
`joint_endpoints`   further analyses of the same patients, with `extended_follow_up` for what follows a censoring
`outputs`           curves, estimates and pseudo individual patient data, and their agreement with the report
`accuracy`          how near all this comes to patient data that are public
"""

from tourmaline.statistics.reconstruction.ensemble import Ensemble, reconstruct
from tourmaline.statistics.reconstruction.inputs.rounding_intervals import RoundingInterval
from tourmaline.statistics.reconstruction.inputs.summary import ArmSummary, Curve, TrialSummary
from tourmaline.statistics.reconstruction.joint_endpoints import followed_longer, from_response, with_fewer_events
from tourmaline.statistics.reconstruction.outputs.agreement import agreement
from tourmaline.statistics.reconstruction.outputs.estimates import (
    band,
    central_range,
    estimates,
    numbers_at_risk,
    pseudo_patients,
    range_with_errors,
    survival_rates,
)
from tourmaline.statistics.reconstruction.outputs.proportionality import (
    SpreadDifference,
    early_hazard_ratio,
    months_with,
    shared_follow_up,
    smoothed_hazards,
    spread_rmst_difference,
)
from tourmaline.statistics.reconstruction.search.conflict import Conflict

__all__ = [
    "ArmSummary",
    "Conflict",
    "Curve",
    "Ensemble",
    "RoundingInterval",
    "SpreadDifference",
    "TrialSummary",
    "agreement",
    "band",
    "central_range",
    "early_hazard_ratio",
    "estimates",
    "followed_longer",
    "from_response",
    "months_with",
    "numbers_at_risk",
    "pseudo_patients",
    "range_with_errors",
    "reconstruct",
    "shared_follow_up",
    "smoothed_hazards",
    "spread_rmst_difference",
    "survival_rates",
    "with_fewer_events",
]
