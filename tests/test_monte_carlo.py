"""Monte Carlo errors are those that repeated draws have, and the digits shown are those that they allow."""

import numpy as np
import pytest

from tourmaline.digits import UNIT_IN_ERRORS, earned_decimals, with_decimals, with_error
from tourmaline.errors import ResultError
from tourmaline.results.formats import range_in_words, shown_value
from tourmaline.results.run import Run
from tourmaline.statistics.monte_carlo import is_settled, monte_carlo_error, resampled
from tourmaline.statistics.reconstruction import central_range, range_with_errors


@pytest.fixture
def many():
    """Three hundred samples of four hundred draws."""
    return np.random.default_rng(1).standard_normal((300, 400))


@pytest.mark.parametrize("statistic", [np.mean, np.std, lambda draws: central_range(draws, 0.9)[1]])
def test_the_bootstrap_gives_the_spread_over_repeated_draws(many, statistic):
    spread = np.std([statistic(draws) for draws in many])
    errors = [monte_carlo_error(statistic, draws) for draws in many[:20]]
    assert np.mean(errors) == pytest.approx(spread, rel=0.25)  # of a quantile the bootstrap is known to be cautious


def test_an_infinite_statistic_has_no_known_error():
    assert np.isnan(monte_carlo_error(np.max, np.array([1.0, 2.0, np.inf])))
    assert monte_carlo_error(np.mean, np.ones(50)) == 0


@pytest.mark.seconds
def test_the_last_digit_shown_moves_by_one_unit_at_most_between_draws(many):
    shown = []
    for draws in many:
        for value, error in range_with_errors(draws, 0.9):
            decimals = earned_decimals(4, error)
            shown.append((decimals, float(with_decimals(value, decimals))))
    decimals = min(place for place, _ in shown)
    lower = np.array([value for _, value in shown[::2]])
    apart = np.abs(lower[:, None] - np.median(lower)) / 10.0**-decimals
    assert (apart < 1.01).mean() > 0.95


def test_a_digit_is_shown_while_its_unit_is_large_beside_the_error():
    for error in (0.0301, 0.004, 0.0039999, 0.39):
        decimals = earned_decimals(6, error)
        assert error * UNIT_IN_ERRORS <= 10.0**-decimals < 10 * error * UNIT_IN_ERRORS
    assert earned_decimals(2, float("nan")) == earned_decimals(2, None) == earned_decimals(2, 0.0) == 2
    assert range_in_words([(12.34, 3.0), (-26.0, 0.1)]) == "12 ± 3 to −26"


@pytest.mark.parametrize("value, error", [(96.08, 0.78), (-27.4, 1.3), (412.0, 26.0), (3.0, 0.41)])
def test_a_number_whose_units_are_uncertain_is_shown_with_its_error(value, error):
    number, sign, around = with_error(value, 2, error).split()
    assert (float(number), sign) == (round(value), "±")
    assert float(around) == pytest.approx(error, rel=0.5)
    assert with_error(value, 2, 0.4) == with_decimals(value, 0)  # whole numbers are certain from here on
    record = {"value": value, "unit": "percent", "decimals": 0, "monte_carlo_error": error}
    assert shown_value(record) == f"{number} ± {around}%".replace("-", "−")


def test_a_verdict_near_its_threshold_is_not_settled(many):
    clear = np.abs(many[0]) + 0.5
    for threshold, expected in ((0.0, True), (np.median(clear), False)):
        verdict = bool(clear.mean() > threshold) if expected else bool(np.median(clear) > threshold)
        statistic = np.mean if expected else np.median
        assert is_settled(verdict, resampled(statistic, clear) > threshold) is expected


def test_a_value_of_draws_is_published_with_its_error_and_fewer_digits(tmp_path):
    run = Run("some", {}, tmp_path)
    about = {"unit": "ratio", "origin": "reconstructed", "source": "draws", "label": "Ratio"}
    shown = run.value("ratio", 0.7412, decimals=3, monte_carlo_error=0.0123456, **about)
    assert shown.text == "Ratio: 0.7 [reconstructed]"
    written = (tmp_path / "values.json").read_text(encoding="utf-8")
    assert '"monte_carlo_error": 0.0123456' in written
    assert '"decimals": 1' in written
    run.value("mean", 1.0, lower=0.2, upper=1.8, level=0.95, decimals=1, monte_carlo_error=[0.01, 0.02, 0.2], **about)
    assert '"monte_carlo_error": 0.2' in (tmp_path / "values.json").read_text(encoding="utf-8")
    with pytest.raises(ResultError):
        run.value("mean", 1.0, **about)
