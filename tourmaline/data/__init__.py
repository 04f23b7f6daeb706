"""The data room: load and validate data/, and answer what was known by a date."""

from tourmaline.data.claims import claim
from tourmaline.data.comparison import SILENT, reported_intervals
from tourmaline.data.evidence import analyses, sources, trials
from tourmaline.data.files import load
from tourmaline.data.judgements import certainty, indirect_confidence, not_judged, risk_of_bias
from tourmaline.data.known import Evidence, known_by
from tourmaline.data.subgroups import subgroup_coverage
from tourmaline.data.survival import information_level
from tourmaline.data.tables import TWO_BY_TWO, as_printed, counts, paper_table, printed_cell

__all__ = [
    "SILENT",
    "TWO_BY_TWO",
    "Evidence",
    "analyses",
    "as_printed",
    "certainty",
    "claim",
    "counts",
    "indirect_confidence",
    "information_level",
    "known_by",
    "load",
    "not_judged",
    "paper_table",
    "printed_cell",
    "reported_intervals",
    "risk_of_bias",
    "sources",
    "subgroup_coverage",
    "trials",
]
