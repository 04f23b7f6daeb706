"""Figures in one house style: functions take frames and return a matplotlib Figure."""
