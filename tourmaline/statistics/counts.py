"""Counts of patients, checked: whole numbers, and no more than there are patients."""

import numpy as np


def two_arms(count1, nobs1, count2, nobs2):
    """The counts and sizes of two arms as numbers; ValueError names the one that is impossible."""
    count1, nobs1 = whole_counts(count1, nobs1, "count1", "nobs1")
    count2, nobs2 = whole_counts(count2, nobs2, "count2", "nobs2")
    return count1.item(), nobs1.item(), count2.item(), nobs2.item()


def whole_counts(count, nobs, count_name, nobs_name):
    """Counts and their denominators as arrays; ValueError if a count is not a whole number from 0 to its denominator."""
    count = whole_numbers(count, count_name, minimum=0)
    nobs = whole_numbers(nobs, nobs_name, minimum=1)
    for one_count, one_nobs in np.broadcast(count, nobs):
        if one_count > one_nobs:
            raise ValueError(
                f"{count_name} = {one_count:g} is more than {nobs_name} = {one_nobs:g}; "
                f"{count_name} must be a whole number from 0 to {nobs_name}"
            )
    return count, nobs


def whole_numbers(values, name, minimum):
    """Whole numbers of at least `minimum` as an array of floats; ValueError names the first that is none."""
    values = np.asarray(values, dtype=float)
    refused = values[~(np.isfinite(values) & (values == np.floor(values)) & (values >= minimum))]
    if refused.size:
        raise ValueError(f"{name} = {refused[0]:g} is not allowed; {name} must be a whole number of at least {minimum}")
    return values
