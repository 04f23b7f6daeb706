"""How near the reconstruction comes to patient data that are public."""
