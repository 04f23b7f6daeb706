"""What comes out: curves and estimates with their spread, and how they agree with the reported numbers."""
