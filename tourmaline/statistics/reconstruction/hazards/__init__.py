"""Smooth hazards of event and of censoring: their prior, and the hazards constrained by the reported numbers."""
