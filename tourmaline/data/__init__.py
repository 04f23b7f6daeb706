"""The data room: load and validate data/, and select the evidence as of a date."""

from tourmaline.data.arms import control_arms, control_outcomes, outcome_counts, rates, reported_times
from tourmaline.data.claims import claim
from tourmaline.data.comparison import SILENT, caveat_words, caveats, hazard_ratios, side_by_side
from tourmaline.data.evidence import analyses, designs, evidence, printings, select_analyses, sources, trials
from tourmaline.data.files import load
from tourmaline.data.history import publications, published_pools
from tourmaline.data.judgements import certainty, indirect_confidence, risk_of_bias
from tourmaline.data.subgroups import finest_ratio, own_subgroups, subgroup_coverage, subgroup_ratios
from tourmaline.data.survival import information_level, printed_curves, printed_survival, survival_analyses
from tourmaline.data.survival_numbers import early_ratio, survival_numbers
from tourmaline.data.tables import TWO_BY_TWO, as_printed, counts, paper_table, printed_cell
from tourmaline.data.trial_facts import trial_facts

__all__ = [
    "SILENT",
    "TWO_BY_TWO",
    "analyses",
    "as_printed",
    "caveat_words",
    "caveats",
    "certainty",
    "claim",
    "control_arms",
    "control_outcomes",
    "counts",
    "designs",
    "early_ratio",
    "evidence",
    "finest_ratio",
    "hazard_ratios",
    "indirect_confidence",
    "information_level",
    "load",
    "outcome_counts",
    "own_subgroups",
    "paper_table",
    "printed_cell",
    "printed_curves",
    "printed_survival",
    "printings",
    "publications",
    "published_pools",
    "rates",
    "reported_times",
    "risk_of_bias",
    "select_analyses",
    "side_by_side",
    "sources",
    "subgroup_coverage",
    "subgroup_ratios",
    "survival_analyses",
    "survival_numbers",
    "trial_facts",
    "trials",
]
