"""Level 4: pseudo individual patient data from the coordinates of published curves."""
