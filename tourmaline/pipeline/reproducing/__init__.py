"""Are the results the same on other machines? Notebooks are run in environments that imitate them, and compared byte by byte."""
