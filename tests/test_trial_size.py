"""What a smaller trial shows: the filter of significance against integration and its own limits, and its figure."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import norm

from tourmaline.figures.trial_size import trial_size
from tourmaline.statistics.monitoring import type_s_m_errors


@pytest.mark.parametrize(
    ("effect", "error", "alpha"), [(2, 8.1, 0.05), (-0.3, 0.12, 0.05), (0.1, 0.2, 0.01), (0.5, 0.1, 0.2)]
)
def test_the_filter_agrees_with_integration(effect, error, alpha):
    edge = norm.isf(alpha / 2) * error
    size, sign = abs(effect), math.copysign(1, effect)
    density = norm(effect, error).pdf
    ends = [(-np.inf, -edge), (edge, np.inf)]
    power = sum(quad(density, *pair, epsabs=1e-13)[0] for pair in ends)
    mean = sum(quad(lambda x: abs(x) * density(x), *pair, epsabs=1e-13)[0] for pair in ends) / power
    wrong = quad(density, *ends[0 if sign > 0 else 1], epsabs=1e-13)[0] / power
    found = type_s_m_errors(effect, error, alpha)
    assert found.power == pytest.approx(power, rel=1e-8)
    assert found.exaggeration == pytest.approx(mean / size, rel=1e-8)
    assert found.wrong_sign == pytest.approx(wrong, rel=1e-8)


def test_the_filter_agrees_with_the_published_example():
    """Gelman and Carlin 2014 (doi:10.1177/1745691614551642), an effect of 2 with a standard error of 8.1: 0.06, 24%, 9.5."""
    found = type_s_m_errors(2, 8.1)
    assert (round(found.power, 2), round(found.wrong_sign, 2), round(found.exaggeration, 1)) == (0.06, 0.24, 9.5)


@given(st.floats(0.01, 3), st.floats(0.05, 2), st.floats(0.001, 0.3))
def test_significance_exaggerates_and_power_is_at_least_the_level(effect, error, alpha):
    found = type_s_m_errors(effect, error, alpha)
    assert found == type_s_m_errors(-effect, error, alpha)
    assert found.exaggeration >= 1 - 1e-9
    assert alpha - 1e-12 <= found.power <= 1
    assert 0 <= found.wrong_sign <= 0.5
    assert type_s_m_errors(effect, error / 2, alpha).power >= found.power


@pytest.mark.parametrize("wrong", [(0, 1, 0.05), (math.nan, 1, 0.05), (1, 0, 0.05), (1, math.inf, 0.05), (1, 1, 1)])
def test_wrong_numbers_are_refused(wrong):
    with pytest.raises(ValueError, match=r"(effect|standard_error|alpha) (is|=) .*"):
        type_s_m_errors(*wrong)


def test_the_figure_marks_the_sizes_and_says_which_are_hypothetical():
    curves = pd.DataFrame(
        {"patients": [100, 700], "ratio": 0.74, "lower": [0.4, 0.59], "upper": [1.4, 0.94], "power": [0.2, 0.7]}
    ).assign(exaggerated=[0.5, 0.7])
    figure = trial_size(
        curves, curves.assign(label=["100 (hypothetical)", "700 (printed)"]), ratio_label="Hazard ratio"
    )
    interval, power = figure.axes
    assert [line.get_xdata()[0] for line in interval.lines if line.get_marker() == "D"] == [100, 700]
    assert [line.get_ydata()[0] for line in power.lines if line.get_marker() == "D"] == [20, 70]
    assert [text.get_text() for text in power.texts] == ["100 (hypothetical)", "700 (printed)"]
    assert interval.get_yscale() == "log"
