"""Arithmetic that gives the same bits on every processor, for whatever a discrete choice is made from.

A search among patients turns on comparisons: which of two candidates is nearer, whether a number lies in its interval. If the
last digit of a number depends on the processor, so does the search, and then the patients it finds. Sums, differences,
products, quotients and square roots are rounded by a standard (IEEE 754) and are the same everywhere. Three things are not:

- exp, log and powers, for which numpy and the C library pick other code on other processors. Here they are made of
  the operations that the standard fixes;
- products of matrices and linear systems, which a BLAS adds up in an order of its own. Here factors are first rounded to a
  grid so coarse that every product and every sum is exact, in whatever order it is formed;
- interpolation, where a compiler may fuse a product with a sum.

Numpy's sum, cumsum, cumprod, add.reduceat and bincount add up in a fixed order and are used as they are.
"""

from __future__ import annotations

from decimal import Decimal, localcontext

import numpy as np

_BITS = 53  # of the significand of a double
_LOG_TWO_HIGH, _LOG_TWO_LOW = (
    0.693147180369123816490,
    1.90821492927058770002e-10,
)  # their sum is log 2; the first is short
_STEPS = 32  # of the table of powers of 2: 2^5
_STEP_HIGH, _STEP_LOW = _LOG_TWO_HIGH / _STEPS, _LOG_TWO_LOW / _STEPS
_SMALLEST, _LARGEST = -707.0, 709.0  # exp is 0 below, and infinite above
_EXP_TERMS = (1 / 720, 1 / 120, 1 / 24, 1 / 6, 1 / 2)
_LOG_TERMS = tuple(2 / odd for odd in range(25, 0, -2))


def _powers_of_two():
    """2^(j / _STEPS) for each step j, to the last bit: by Python's decimal arithmetic, which no processor changes."""
    with localcontext() as context:
        context.prec = 40
        exact = [Decimal(2) ** (Decimal(step) / _STEPS) for step in range(_STEPS)]
        return np.array([float(power) for power in exact])


_POWERS = _powers_of_two()


def exp(x):
    """e to the power of x, to about one unit in the last place.

    Writes x as (k / 32) log 2 + r with whole k; e^x is a power of 2 out of a table, times the series of e^r.

    Parameters
    ----------
    x : array_like
        Finite or infinite; 0 below -707 and inf above 709.

    Returns
    -------
    ndarray or float

    Examples
    --------
    >>> print(exp([0.0, 1.0, -800.0]))
    [1.         2.71828183 0.        ]
    """
    x = np.asarray(x, float)
    scale, growth = _parts_of_exp(x)
    found = scale + scale * growth
    if x.size and (x.min() < _SMALLEST or x.max() > _LARGEST):
        found = np.where(x < _SMALLEST, 0.0, np.where(x > _LARGEST, np.inf, found))
    return found[()]


def expm1(x):
    """e to the power of x, less 1, without losing digits near 0, for x from -707 to 709.

    Examples
    --------
    >>> print(expm1(1e-20))
    1e-20
    """
    scale, growth = _parts_of_exp(np.asarray(x, float))
    return (growth * scale + (scale - 1.0))[()]


def _parts_of_exp(x):
    """2^(k / 32), and e^r - 1, with x = (k / 32) log 2 + r."""
    x = np.minimum(np.maximum(x, _SMALLEST), _LARGEST)
    turns = np.rint(x * (1 / (_STEP_HIGH + _STEP_LOW)))
    rest = (x - turns * _STEP_HIGH) - turns * _STEP_LOW
    growth = rest * _EXP_TERMS[0]
    for term in _EXP_TERMS[1:]:
        growth += term
        growth *= rest
    growth += 1.0
    growth *= rest
    turns = turns.astype(np.int64)
    # Whole powers of 2 by their exponent's bits.
    return _POWERS[turns & (_STEPS - 1)] * (((turns >> 5) + 1023) << 52).view(float), growth


def log(x):
    """Natural logarithm, to about one unit in the last place.

    Writes x as 2^k m with m between the roots of 1/2 and of 2, and sums the series of log m in (m - 1) / (m + 1).

    Parameters
    ----------
    x : array_like
        0 gives -inf, inf gives inf, what is negative nan.

    Returns
    -------
    ndarray or float

    Examples
    --------
    >>> print(log([1.0, 2.0, 0.0]))
    [0.         0.69314718       -inf]
    """
    x = np.asarray(x, float)
    usual = (x > 0) & (x < np.inf)
    part, turns = np.frexp(x if usual.all() else np.where(usual, x, 1.0))
    small = part < 0.7071067811865476
    part, turns = np.where(small, 2 * part, part), turns - small
    ratio = (part - 1) / (part + 1)
    square = ratio * ratio
    series = square * _LOG_TERMS[0]
    for term in _LOG_TERMS[1:-1]:
        series += term
        series *= square
    series += _LOG_TERMS[-1]
    found = turns * _LOG_TWO_HIGH + (ratio * series + turns * _LOG_TWO_LOW)
    if not usual.all():
        found = np.where(usual, found, np.where(x == 0, -np.inf, np.where(x == np.inf, np.inf, np.nan)))
    return found[()]


def log1p(x):
    """log(1 + x) for x above -1, without losing digits near 0.

    Examples
    --------
    >>> print(log1p([1e-20, -0.5]))
    [ 1.00000000e-20 -6.93147181e-01]
    """
    x = np.asarray(x, float)
    whole = 1 + x
    return (log(whole) + (x - (whole - 1)) / whole)[()]


def power(base, exponent):
    """base to the power of exponent, for bases that are not negative.

    Examples
    --------
    >>> print(power([0.0, 4.0], 0.5))
    [0. 2.]
    """
    return exp(exponent * log(base))


def on_grid(x, bits, axis=None):
    """Numbers rounded to a grid with so many bits for the largest of them, along an axis or of all.

    Parameters
    ----------
    x : ndarray
    bits : int
    axis : int, optional

    Returns
    -------
    ndarray
        Multiples of a power of 2, at most 2^bits of it from 0.

    Examples
    --------
    >>> print(on_grid(np.array([1.0, 0.3]), 3))
    [1.   0.25]
    """
    _, exponent = np.frexp(np.abs(x).max(axis=axis, keepdims=True, initial=0.0))
    # Added to a number so large that a double has no finer digits there, and taken away again.
    large = np.ldexp(1.5, exponent + (_BITS - 1 - bits))
    return (x + large) - large


def rounded_to_bits(x, bits=40):
    """Each number rounded to so many significant bits: for quantiles of distributions, which the C library's functions give.

    Examples
    --------
    >>> print(rounded_to_bits(1.1, 3))
    1.0
    """
    _, exponent = np.frexp(x)
    return np.ldexp(np.rint(np.ldexp(x, bits - exponent)), exponent - bits)[()]


def product(a, b, bits=None):
    """Matrix product of two factors that are rounded to a grid first, so that every product and sum is exact.

    Of k products of numbers of p and q bits the sum is exact while p + q + log2(k) is at most 53: then neither the order in which
    a BLAS adds, nor its threads, nor fused operations can change it. Rows of `a` and columns of `b` have a grid each.

    Parameters
    ----------
    a : ndarray, shape (..., n, k)
    b : ndarray or Factor, shape (..., k, p)
    bits : int, optional
        Of `a`; those that are left go to `b`. By default both have the same number: 23 for k = 60, a relative error
        of 6e-8 of the largest number in the row or column.

    Returns
    -------
    ndarray, shape (..., n, p)

    References
    ----------
    Ozaki K, Ogita T, Oishi S, Rump SM. Numer Algorithms 2012;59:95-118. doi:10.1007/s11075-011-9478-1

    Examples
    --------
    >>> print(product(np.array([[1.0, 2.0]]), np.array([[0.5], [0.25]])))
    [[1.]]
    """
    there = _bits_for(a.shape[-1])
    bits = there // 2 if bits is None else bits
    b = b.rounded if isinstance(b, Factor) else on_grid(b, there - bits, axis=-2)
    return on_grid(a.astype(float, copy=False), bits, axis=-1) @ b


class Factor:
    """The right factor of many products, rounded once: `product(a, Factor(b))` is `product(a, b)`."""

    def __init__(self, b):
        there = _bits_for(b.shape[-2])
        self.rounded = on_grid(b, there - there // 2, axis=-2)


def _bits_for(length):
    """Bits of both factors together that leave a sum of so many products exact."""
    return _BITS - int(length).bit_length()


def solve(systems, right):
    """Solutions of symmetric, positive definite systems, by elimination without pivots.

    Parameters
    ----------
    systems : ndarray, shape (m, c, c)
    right : ndarray, shape (m, c)

    Returns
    -------
    ndarray, shape (m, c)

    Examples
    --------
    >>> print(solve(np.array([[[2.0, 1.0], [1.0, 2.0]]]), np.array([[3.0, 3.0]])))
    [[1. 1.]]
    """
    # The systems last, so that each step works on neighbouring numbers.
    left, right = np.ascontiguousarray(np.moveaxis(systems, 0, -1)), np.ascontiguousarray(right.T)
    size = len(left)
    for pivot in range(size - 1):
        factor = left[pivot + 1 :, pivot] / left[pivot, pivot]
        left[pivot + 1 :, pivot + 1 :] -= factor[:, None] * left[pivot, pivot + 1 :]
        right[pivot + 1 :] -= factor * right[pivot]
    for row in range(size - 1, -1, -1):
        right[row] -= (left[row, row + 1 :] * right[row + 1 :]).sum(0)
        right[row] /= left[row, row]
    return right.T


def interp(x, known, values):
    """Values between known points, on straight lines; beyond the ends, those of the ends. As numpy.interp, for many sets at once.

    Parameters
    ----------
    x : array_like, shape (..., p)
    known : ndarray, shape (k,), or (m, k) where each set has points of its own
        Rising.
    values : ndarray, shape (k,), or (m, k) where each set has values of its own

    Returns
    -------
    ndarray or float

    Examples
    --------
    >>> print(interp([0.5, 9.0], np.array([0.0, 1.0]), np.array([0.0, 10.0])))
    [ 5. 10.]
    """
    x = np.asarray(x, float)
    if known.ndim == 1:
        place = np.searchsorted(known, x, side="right")
    else:
        place = np.array([own.searchsorted(points, side="right") for own, points in zip(known, x)])
    place = np.clip(place - 1, 0, known.shape[-1] - 2)

    def at(array, place):
        if array.ndim == 1:
            return array[place]
        return array[:, place] if place.ndim == 1 else np.take_along_axis(array, place, 1)

    start, length = at(known, place), at(known, place + 1) - at(known, place)
    # Far beyond two points that nearly coincide the quotient is infinite, and is cut off.
    with np.errstate(over="ignore"):
        inside = np.clip((x - start) / np.where(length > 0, length, 1.0), 0.0, 1.0)
    low, high = at(values, place), at(values, place + 1)
    return np.where(inside == 1, high, low + inside * (high - low))[()]


def standard_normal(generator, shape=None):
    """Standard normal draws, on a grid of 2^-30: the tails of numpy's draws are made with the C library's logarithm.

    Parameters
    ----------
    generator : numpy.random.Generator
    shape : int or tuple of int, optional

    Returns
    -------
    ndarray or float
    """
    return np.ldexp(np.rint(np.ldexp(generator.standard_normal(shape), 30)), -30)
