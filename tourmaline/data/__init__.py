"""The data room: load and validate data/, and select the evidence as of a date."""

from tourmaline.data.claims import claim
from tourmaline.data.comparison import caveats, hazard_ratios, side_by_side
from tourmaline.data.evidence import analyses, designs, evidence, select_analyses, sources, trials
from tourmaline.data.files import load
from tourmaline.data.tables import as_printed, counts, paper_table, printed_cell

__all__ = [
    "analyses",
    "as_printed",
    "caveats",
    "claim",
    "counts",
    "designs",
    "evidence",
    "hazard_ratios",
    "load",
    "paper_table",
    "printed_cell",
    "select_analyses",
    "side_by_side",
    "sources",
    "trials",
]
