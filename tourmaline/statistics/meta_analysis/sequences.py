"""Pooling again and again: without each study in turn, and as studies were published."""

import numpy as np

from tourmaline.statistics.meta_analysis.checks import studies
from tourmaline.statistics.meta_analysis.pooling import fixed_effect


def leave_one_out(estimates, standard_errors, pool=fixed_effect):
    """The pooled estimate without each study in turn.

    Parameters
    ----------
    estimates, standard_errors : array_like, shape (k,)
        At least two studies' estimates and their standard errors, above 0.
    pool : callable
        Takes estimates and standard errors and returns a `Pooled`.

    Returns
    -------
    list of Pooled
        The i-th without the i-th study.

    Raises
    ------
    ValueError
        If there are fewer than two studies, or as `pool` does.

    Examples
    --------
    >>> [round(pooled.estimate, 2) for pooled in leave_one_out([-0.5, -0.1, 0.0], [0.2, 0.2, 0.2])]
    [-0.05, -0.25, -0.3]
    """
    estimates, standard_errors = studies(estimates, standard_errors)
    if estimates.size < 2:
        raise ValueError("without the only study nothing is left to pool; give at least two")
    return [pool(np.delete(estimates, i), np.delete(standard_errors, i)) for i in range(estimates.size)]


def cumulative(names, dates, estimates, standard_errors, pool=fixed_effect):
    """The pooled estimate on each date of publication: of each study the estimate that stood then.

    Parameters
    ----------
    names : sequence of str, length k
        Study of each estimate; a later estimate of a study replaces its earlier one.
    dates : sequence, length k
        When each estimate was published; any kind that sorts.
    estimates, standard_errors : array_like, shape (k,)
        The estimates and their standard errors, above 0.
    pool : callable
        Takes estimates and standard errors and returns a `Pooled`.

    Returns
    -------
    list of (date, names of the studies, Pooled)
        One a date, in order; studies in the order of their first publication. Of two estimates of one study on one
        date the later given stands.

    Raises
    ------
    ValueError
        If the lengths differ, or as `pool` does.

    References
    ----------
    Lau J, et al. N Engl J Med 1992;327:248-54. doi:10.1056/NEJM199207233270406

    Examples
    --------
    >>> for year, names, pooled in cumulative("ABA", [2015, 2016, 2018], [-0.5, -0.1, -0.3], [0.2, 0.2, 0.2]):
    ...     print(year, names, round(pooled.estimate, 2))
    2015 ['A'] -0.5
    2016 ['A', 'B'] -0.3
    2018 ['A', 'B'] -0.2
    """
    estimates, standard_errors = studies(estimates, standard_errors)
    if not len(names) == len(dates) == estimates.size:
        raise ValueError(
            f"{len(names)} names and {len(dates)} dates for {estimates.size} estimates; give one of each for every one"
        )
    stood, history = {}, []
    for date in sorted(set(dates)):
        stood |= {name: i for i, (name, day) in enumerate(zip(names, dates)) if day == date}
        rows = list(stood.values())
        history.append((date, list(stood), pool(estimates[rows], standard_errors[rows])))
    return history
