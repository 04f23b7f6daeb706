"""Statistics of the report: pure functions of numbers, arrays and frames."""
