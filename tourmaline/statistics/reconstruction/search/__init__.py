"""The search for patients: placed by the hazards, and changed until they match every reported number."""
