"""The roles of a trial's two arms, the same in the data, the statistics and the figures."""

ARMS = ("control", "experimental")
