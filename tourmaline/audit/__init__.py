"""The audit: every number the paper reports, recomputed by a named rule or explained."""

from tourmaline.audit.ledger import FAULTS, VERDICTS, Ledger, ledger_table, paper_ledger

__all__ = ["FAULTS", "VERDICTS", "Ledger", "ledger_table", "paper_ledger"]
