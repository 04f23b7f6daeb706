"""What a reader's browser needs to run the notebooks: the Python runtime, pure-Python packages, the report's own code and data."""
