"""The audit: every number the paper reports, recomputed by a named rule or explained."""

from tourmaline.audit.ledger import VERDICTS, Ledger, ledger_table, paper_ledger

__all__ = ["VERDICTS", "Ledger", "ledger_table", "paper_ledger"]
