"""Benchmarks: what is measured side by side, in one run. Run one with `python -m benchmarks.<name>`."""
