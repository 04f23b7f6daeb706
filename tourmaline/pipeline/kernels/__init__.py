"""Warm kernels: one process imports the scientific stack, and forks an ordinary ipykernel for each run."""
