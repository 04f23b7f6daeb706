"""What functions ask of their numbers; each ValueError names the number and what it must be."""

import math

import numpy as np


def known_word(name, value, allowed):
    """ValueError unless `value` is one of the allowed words."""
    if value not in allowed:
        raise ValueError(f"{name} = {value!r} is unknown; it must be one of {', '.join(allowed)}")


def positive(values, name):
    """Values as an array; ValueError names the first that is not finite and above 0."""
    values = np.asarray(values, dtype=float)
    refused = values[~(np.isfinite(values) & (values > 0))]
    if refused.size:
        raise ValueError(f"{name} = {refused[0]:g} is not allowed; it must be finite and above 0")
    return values


def finite(value, name):
    """ValueError unless the number is finite."""
    if not math.isfinite(value):
        raise ValueError(f"{name} = {value:g} is not allowed; it must be finite")


def share(values, name, example):
    """Values as an array; ValueError names the first that is not above 0 and below 1."""
    values = np.asarray(values, dtype=float)
    refused = values[~((values > 0) & (values < 1))]
    if refused.size:
        raise ValueError(f"{name} = {refused[0]:g} is not allowed; it must be above 0 and below 1, such as {example}")
    return values


def one_or_two(sides):
    """ValueError unless the sides of a test are 1 or 2."""
    if sides not in (1, 2):
        raise ValueError(f"sides = {sides:g} is not allowed; it must be 1 or 2")
