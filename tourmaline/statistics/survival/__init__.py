"""Survival: estimators of times to event, for one set of patients or for an ensemble of sets at once.

What readers see of a single set comes from lifelines (`single_data_set`). Every other function takes arrays. `time` holds the patients' times from their start (any unit, at least 0) and `event` is 1
where the time ends with the event and 0 where it is censored. Their shape is (n,) for one set of n patients, or (m, n)
for an ensemble of m sets; then every result has a leading axis of m. `group` and `strata` are of shape (n,) always: the
patients' arms and strata are the same in every set. Of the two groups, 1 is compared with 0.

Conventions: times are tied if they differ by no more than rounding (`patients.tied`, the rule of R's survival); at one time,
events come before censorings; a patient is at risk at t if T >= t.
"""

from tourmaline.statistics.survival.cox import Cox, cox
from tourmaline.statistics.survival.kaplan_meier import (
    CURVE_INTERVALS,
    KaplanMeier,
    kaplan_meier,
    median_followup,
    number_at_risk,
)
from tourmaline.statistics.survival.log_rank import LogRank, log_rank
from tourmaline.statistics.survival.proportional_hazards import TRANSFORMS, ScoreTest, grambsch_therneau
from tourmaline.statistics.survival.restricted_mean import RestrictedMean, RmstDifference, rmst, rmst_difference
from tourmaline.statistics.survival.single_data_set import (
    CONVERGED,
    analyse,
    fit_cox,
    fit_curves,
    median_with_interval,
)
from tourmaline.statistics.survival.smoothed_hazard import SmoothedHazard, smoothed_hazard

__all__ = [
    "CONVERGED",
    "CURVE_INTERVALS",
    "TRANSFORMS",
    "Cox",
    "KaplanMeier",
    "LogRank",
    "RestrictedMean",
    "RmstDifference",
    "ScoreTest",
    "SmoothedHazard",
    "analyse",
    "cox",
    "fit_cox",
    "fit_curves",
    "grambsch_therneau",
    "kaplan_meier",
    "log_rank",
    "median_followup",
    "median_with_interval",
    "number_at_risk",
    "rmst",
    "rmst_difference",
    "smoothed_hazard",
]
