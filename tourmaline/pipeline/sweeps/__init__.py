"""Sweeps: one notebook run with many combinations of parameters, kept in one SQLite file."""
