"""What runs in a reader's browser besides the notebooks themselves: it has no kernel, no papermill and no Jupyter."""
