"""A smooth estimate of the hazard itself: kernel smoothing of the Nelson-Aalen estimator.

Our own: lifelines 0.30 (smoothed_hazard_) has no boundary kernel: at the start it gives half of the hazard.
"""

from dataclasses import dataclass

import numpy as np

from tourmaline.statistics.survival.kaplan_meier import kaplan_meier
from tourmaline.statistics.survival.patients import points, times_and_events


@dataclass(frozen=True, eq=False)
class SmoothedHazard:
    """A smoothed hazard.

    Attributes
    ----------
    time, hazard : ndarray, shape (g,)
        The grid, and the hazard on it, in events per patient and unit of time; at least 0.
    bandwidth : float
        Half-width of the kernel, in the unit of time.
    """

    time: np.ndarray
    hazard: np.ndarray
    bandwidth: float


def smoothed_hazard(time, event, grid, bandwidth=None):
    """Hazard of one group, smoothed with Epanechnikov's kernel and the boundary kernels of Mueller and Wang.

    The hazard at t is the sum over event times u of K((t - u) / b) d / (n b), b the bandwidth. Within b of 0 or of the end
    of the grid, where a symmetric kernel would reach out of the data, K is the boundary kernel of Mueller and Wang, which
    keeps the estimate free of bias to the same order. A value below 0, which boundary kernels can give, is set to 0.

    Parameters
    ----------
    time, event : array_like, shape (n,)
        Times, at least 0, and 1 (event) or 0 (censored); one set.
    grid : array_like, shape (g,)
        Increasing times from 0 up to at most the last follow-up. Events after its last point are not used: end it where
        too few are at risk to say something.
    bandwidth : float, optional
        Above 0, at most half of the grid's last point. By default Silverman's normal reference for this kernel,
        2.34 s D^(-1/5), s the standard deviation of the D event times used, and at most that half.

    Returns
    -------
    smooth : SmoothedHazard

    Raises
    ------
    ValueError
        If a value is outside these ranges, or the grid covers fewer than two different event times and no bandwidth is
        given.

    References
    ----------
    Mueller HG, Wang JL. Biometrics 1994;50:61-76. doi:10.2307/2533197
    Silverman BW. Density Estimation for Statistics and Data Analysis. 1986. doi:10.1201/9781315140919

    Examples
    --------
    >>> smooth = smoothed_hazard([1, 2, 3, 4, 5, 6], [1, 1, 1, 1, 0, 1], [0, 2, 4], bandwidth=2)
    >>> print(np.round(smooth.hazard, 4))
    [0.     0.1922 1.    ]
    """
    time, event = times_and_events(time, event)
    if time.ndim > 1:
        raise ValueError(f"time has shape {time.shape}; the hazard is smoothed for one set at a time, of shape (n,)")
    grid = _grid(grid, time)
    end = grid[-1]
    curve = kaplan_meier(time, event)
    used = (curve.events > 0) & (curve.time <= end)
    event_time = curve.time[used]
    bandwidth = _reference_bandwidth(np.repeat(event_time, curve.events[used]), end) if bandwidth is None else bandwidth
    if not 0 < bandwidth <= end / 2:
        raise ValueError(
            f"bandwidth = {bandwidth} is not allowed; it must be above 0 and at most {end / 2:g}, half the grid"
        )
    distance = (grid[:, None] - event_time) / bandwidth
    # From a point near the end, the kernel is that of a point as near to 0, seen from the other side.
    distance = np.where(grid[:, None] > end - bandwidth, -distance, distance)
    reach = np.minimum(np.minimum(grid, end - grid) / bandwidth, 1)[:, None]
    weights = _kernel(distance, reach) / bandwidth
    return SmoothedHazard(grid, np.maximum(weights @ (curve.events / curve.at_risk)[used], 0), float(bandwidth))


def _kernel(z, q):
    """Mueller and Wang's boundary kernel on [-1, q], for q from 0 to 1; at q = 1 it is Epanechnikov's."""
    values = 12 * (1 + z) / (1 + q) ** 4 * ((1 - 2 * q) * z + (3 * q**2 - 2 * q + 1) / 2)
    return np.where((z >= -1) & (z <= q), values, 0)


def _reference_bandwidth(event_times, end):
    if np.unique(event_times).size < 2:
        raise ValueError(f"fewer than two event times up to {end:g}; give a bandwidth, or a longer grid")
    return min(2.34 * np.std(event_times, ddof=1) * event_times.size ** (-1 / 5), end / 2)


def _grid(grid, time):
    grid = points(grid, "grid")
    if grid.ndim != 1 or not grid.size or not (np.diff(grid) > 0).all() or not grid[-1] > 0:
        raise ValueError("grid must be a list of increasing times that ends above 0")
    if grid[-1] > time.max():
        raise ValueError(f"grid ends at {grid[-1]:g}, beyond the last follow-up, {time.max():g}")
    return grid
