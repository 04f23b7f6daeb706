"""Pseudo individual patient data that honour what a trial printed, and the spread of data that would honour it too.

`summary` holds what was printed, each number with the window of values that print the same; `prior` and `conditioning`
give smooth hazards of event and censoring that meet it; `patients` turns hazards into patients, one by one; `ensemble`
brings them together; `digitised` is for those who have the coordinates of a curve.
"""

from tourmaline.statistics.reconstruction.ensemble import Conflict, Ensemble, reconstruct
from tourmaline.statistics.reconstruction.summary import ArmSummary, Curve, TrialSummary, Window

__all__ = ["ArmSummary", "Conflict", "Curve", "Ensemble", "TrialSummary", "Window", "reconstruct"]
