"""Meta-analysis: log hazard ratios from what is reported, pooling, heterogeneity, indirect comparison, interaction."""

from tourmaline.statistics.meta_analysis.bayesian import bayesian_random_effects
from tourmaline.statistics.meta_analysis.binary import BINARY_MEASURES, binary_effects, measure_of
from tourmaline.statistics.meta_analysis.checks import normal_quantile
from tourmaline.statistics.meta_analysis.effects import (
    log_hazard_ratio,
    log_hazard_ratio_from_interval,
    log_hazard_ratio_from_p_value,
    log_hazard_ratios,
    ratio_intervals,
)
from tourmaline.statistics.meta_analysis.heterogeneity import TAU_ESTIMATORS, between_study_variance, q_profile
from tourmaline.statistics.meta_analysis.interaction import (
    detectable_difference,
    interaction,
    remaining_effect,
)
from tourmaline.statistics.meta_analysis.mantel_haenszel import mantel_haenszel_risk_ratio
from tourmaline.statistics.meta_analysis.models import (
    compare_models,
    pooling_model,
    ratio,
    ratios,
)
from tourmaline.statistics.meta_analysis.multiverse import conclusions, switches
from tourmaline.statistics.meta_analysis.network import star_network
from tourmaline.statistics.meta_analysis.pooling import (
    POOLING_INTERVALS,
    PREDICTION_CONVENTIONS,
    Q_THRESHOLD,
    fixed_effect,
    random_effects,
)
from tourmaline.statistics.meta_analysis.sequences import cumulative, leave_one_out

__all__ = [
    "BINARY_MEASURES",
    "POOLING_INTERVALS",
    "PREDICTION_CONVENTIONS",
    "Q_THRESHOLD",
    "TAU_ESTIMATORS",
    "bayesian_random_effects",
    "between_study_variance",
    "binary_effects",
    "compare_models",
    "conclusions",
    "cumulative",
    "detectable_difference",
    "fixed_effect",
    "interaction",
    "leave_one_out",
    "log_hazard_ratio",
    "log_hazard_ratio_from_interval",
    "log_hazard_ratio_from_p_value",
    "log_hazard_ratios",
    "mantel_haenszel_risk_ratio",
    "measure_of",
    "normal_quantile",
    "pooling_model",
    "q_profile",
    "random_effects",
    "ratio",
    "ratio_intervals",
    "ratios",
    "remaining_effect",
    "star_network",
    "switches",
]
