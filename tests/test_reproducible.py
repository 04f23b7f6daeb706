"""Arithmetic that is the same on every processor: right to the last digits, and exact where a BLAS may add in any order."""

import math
from decimal import Decimal, localcontext
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tourmaline.statistics import reproducible
from tourmaline.statistics.reconstruction.hazards import prior

UNIT = 2.0**-52  # of the last place of a number near 1
NUMBERS = st.floats(-1e6, 1e6, allow_subnormal=False)


def exactly(function, x):
    """What Python's decimal arithmetic gives with fifty digits."""
    with localcontext() as context:
        context.prec = 50
        return function(Decimal(x))


@given(st.floats(-700, 700))
def test_exponentials_agree_with_fifty_digits(x):
    expected = exactly(Decimal.exp, x)
    assert abs(Decimal(float(reproducible.exp(x))) / expected - 1) < 2 * UNIT


@given(st.floats(1e-300, 1e300))
def test_logarithms_agree_with_fifty_digits(x):
    expected = exactly(Decimal.ln, x)
    assert abs(Decimal(float(reproducible.log(x))) - expected) <= abs(expected) * Decimal(3 * UNIT)


@given(st.floats(-0.99, 50).filter(lambda x: abs(x) > 1e-290))
def test_small_numbers_keep_their_digits(x):
    assert reproducible.log1p(x) == pytest.approx(math.log1p(x), rel=4 * UNIT)
    assert reproducible.expm1(x) == pytest.approx(math.expm1(x), rel=40 * UNIT)


@given(st.floats(1e-9, 1e9), st.floats(-9, 9))
def test_powers_agree_with_the_c_library(base, exponent):
    assert reproducible.power(base, exponent) == pytest.approx(base**exponent, rel=1e-13)


def test_ends_of_the_number_line():
    np.testing.assert_array_equal(reproducible.exp([-np.inf, -800.0, 800.0, np.inf]), [0, 0, np.inf, np.inf])
    np.testing.assert_array_equal(reproducible.log([0.0, np.inf, -1.0]), [-np.inf, np.inf, np.nan])
    assert reproducible.power(0.0, 0.5) == 0


@given(arrays(float, (3, 7), elements=NUMBERS), arrays(float, (7, 2), elements=NUMBERS))
def test_products_are_exact_sums_of_rounded_factors_in_any_order(a, b):
    bits = (53 - (7).bit_length()) // 2
    rounded_a, rounded_b = reproducible.on_grid(a, bits, axis=-1), reproducible.on_grid(b, bits, axis=-2)
    expected = [
        [float(sum(Fraction(x) * Fraction(y) for x, y in zip(row, column))) for column in rounded_b.T]
        for row in rounded_a
    ]
    found = reproducible.product(a, b)
    np.testing.assert_array_equal(found, expected)
    order = np.random.default_rng(0).permutation(7)
    np.testing.assert_array_equal(found, reproducible.product(a[:, order], b[order]))
    np.testing.assert_array_equal(found, reproducible.product(a, reproducible.Factor(b)))


def test_products_are_near_the_true_ones():
    generator = np.random.default_rng(1)
    a, b = generator.standard_normal((30, 60)), generator.standard_normal((60, 20))
    np.testing.assert_allclose(reproducible.product(a, b), a @ b, atol=1e-5)


@given(arrays(float, 5, elements=st.floats(-1e9, 1e9)), st.integers(3, 40))
def test_a_grid_moves_no_number_by_more_than_half_a_step(x, bits):
    moved = np.abs(reproducible.on_grid(x, bits) - x).max()
    _, exponent = np.frexp(np.abs(x).max())
    assert moved <= math.ldexp(0.5, int(exponent) - bits)


def test_systems_are_solved_as_lapack_solves_them():
    generator = np.random.default_rng(2)
    half = generator.standard_normal((9, 12, 30))
    systems, right = half @ half.transpose(0, 2, 1), generator.standard_normal((9, 12))
    np.testing.assert_allclose(reproducible.solve(systems, right), np.linalg.solve(systems, right[..., None])[..., 0])


@given(
    arrays(float, 9, elements=st.floats(-3, 12)),
    st.lists(st.floats(0, 10), min_size=2, max_size=6, unique=True).map(sorted).map(np.array),
)
@example(np.ones(9), np.array([0.0, 2.2250738585e-313]))
def test_interpolation_is_that_of_numpy(x, known):
    values = np.cos(known)
    np.testing.assert_allclose(reproducible.interp(x, known, values), np.interp(x, known, values), atol=1e-9)
    both = reproducible.interp(np.stack([x, x]), np.stack([known, known]), np.stack([values, 2 * values]))
    np.testing.assert_allclose(both, np.stack([1, 2])[:, None] * np.interp(x, known, values), atol=1e-9)


def test_normal_draws_lie_on_their_grid():
    draws = reproducible.standard_normal(np.random.default_rng(3), 1000)
    np.testing.assert_array_equal(draws, np.rint(draws * 2.0**30) / 2.0**30)
    np.testing.assert_allclose(draws, np.random.default_rng(3).standard_normal(1000), atol=2.0**-30)


@pytest.mark.parametrize("about", [(prior.COURSE, prior.COURSE_LENGTH), (prior.RATIO_COURSE, prior.RATIO_LENGTH)])
def test_directions_of_the_prior_are_far_from_where_the_grid_decides(about):
    # LAPACK's last digits differ by 1e-14 between processors: none may decide to which multiple of the grid an entry goes.
    standard_deviation, length = about
    distance = (prior.CENTRES[:, None] - prior.CENTRES[None, :]) / length
    values, vectors = np.linalg.eigh(standard_deviation**2 * np.exp(-0.5 * distance**2))
    kept = values > 1e-3
    steps = np.abs(vectors[:, kept] * np.sqrt(values[kept])) * prior.PRIOR_GRID
    from_the_middle = np.abs(steps - np.floor(steps) - 0.5)
    assert from_the_middle.min() / prior.PRIOR_GRID > 1e-11
    assert np.abs(values - 1e-3).min() > 1e-6
    assert np.abs(vectors[0, kept]).min() > 1e-3  # its sign decides that of a direction
