"""Design and monitoring of a trial with interim analyses: required events, boundaries, power at an interim analysis."""

from tourmaline.statistics.monitoring.boundaries import (
    SMALLEST_GAP,
    constant_boundaries,
    crossing_probabilities,
    drift_for_power,
    inflation_factor,
    nominal_p,
    spending_boundaries,
    z_of_p,
)
from tourmaline.statistics.monitoring.events import (
    detectable_hazard_ratio,
    expected_z,
    freedman_events,
    hazard_ratio_of_z,
    power_of_events,
    schoenfeld_events,
)
from tourmaline.statistics.monitoring.increments import Increment, increment
from tourmaline.statistics.monitoring.interim import conditional_power, predictive_power
from tourmaline.statistics.monitoring.recursive_integration import Crossing
from tourmaline.statistics.monitoring.spending import SPENDING_FUNCTIONS, alpha_spent, crossing_fraction
from tourmaline.statistics.monitoring.type_s_m_errors import type_s_m_errors

__all__ = [
    "SMALLEST_GAP",
    "SPENDING_FUNCTIONS",
    "Crossing",
    "Increment",
    "alpha_spent",
    "conditional_power",
    "constant_boundaries",
    "crossing_fraction",
    "crossing_probabilities",
    "detectable_hazard_ratio",
    "drift_for_power",
    "expected_z",
    "freedman_events",
    "hazard_ratio_of_z",
    "increment",
    "inflation_factor",
    "nominal_p",
    "power_of_events",
    "predictive_power",
    "schoenfeld_events",
    "spending_boundaries",
    "type_s_m_errors",
    "z_of_p",
]
