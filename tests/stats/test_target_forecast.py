"""The forecast is the prediction of a straight line, and its probability that of the interval."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st

from agriqa.stats.target_forecast import forecast_target

# Speed [mph] and stopping distance [ft] of Ezekiel (1930), the data set "cars" of R.
SPEED = [
    4, 4, 7, 7, 8, 9, 10, 10, 10, 11, 11, 12, 12, 12, 12, 13, 13, 13, 13, 14, 14, 14, 14, 15, 15,
    15, 16, 16, 17, 17, 17, 18, 18, 18, 18, 19, 19, 19, 20, 20, 20, 20, 20, 22, 23, 24, 24, 24, 24,
    25,
]  # fmt: skip
DISTANCE = [
    2, 10, 4, 22, 16, 10, 18, 26, 34, 17, 28, 14, 20, 24, 28, 26, 34, 34, 46, 26, 36, 60, 80, 20,
    26, 54, 32, 40, 32, 40, 50, 42, 56, 76, 84, 36, 46, 68, 32, 48, 52, 56, 64, 66, 54, 70, 92, 93,
    120, 85,
]  # fmt: skip

SERIES = st.lists(st.floats(0, 100).map(lambda x: round(x, 2)), min_size=4, max_size=12)
UP: dict[str, Any] = {"deadline": 15, "target": 50, "comparator": ">="}


def test_the_prediction_interval_of_the_cars() -> None:
    # R: predict(lm(dist ~ speed, cars), data.frame(speed = 10), interval = "prediction")
    # gives 21.74499, -9.809601 and 53.29959.
    found = forecast_target(SPEED, DISTANCE, deadline=10, target=0, comparator=">=")
    assert float(found.value) == pytest.approx(21.74499, abs=5e-6)
    assert float(found.low) == pytest.approx(-9.809601, abs=5e-7)
    assert float(found.high) == pytest.approx(53.29959, abs=5e-6)


@settings(max_examples=40)
@given(SERIES)
def test_the_interval_agrees_with_statsmodels(values: list[float]) -> None:
    if np.ptp(values) < 1:
        return
    periods = np.arange(len(values), dtype=float)
    fit = sm.OLS(values, sm.add_constant(periods)).fit()
    ahead = fit.get_prediction([[1.0, 15.0]]).summary_frame(alpha=0.1).iloc[0]
    found = forecast_target(periods, values, confidence=0.9, **UP)
    theirs = [ahead["mean"], ahead["obs_ci_lower"], ahead["obs_ci_upper"]]
    ours = [float(x) for x in (found.value, found.low, found.high)]
    assert ours == pytest.approx(theirs, rel=1e-6, abs=1e-6)


@settings(max_examples=40)
@given(SERIES)
def test_the_limit_of_the_interval_is_met_with_its_probability(values: list[float]) -> None:
    if np.ptp(values) < 1:
        return
    periods = np.arange(len(values))
    found = forecast_target(periods, values, **UP)
    at_low = forecast_target(periods, values, **UP | {"target": found.low})
    at_high = forecast_target(periods, values, **UP | {"target": found.high})
    if float(found.high - found.low) > 1e-6:
        assert float(at_low.probability) == pytest.approx(0.975)
        assert float(at_high.probability) == pytest.approx(0.025)


@settings(max_examples=40)
@given(SERIES)
def test_at_least_and_at_most_share_one(values: list[float]) -> None:
    periods = np.arange(len(values))
    more = forecast_target(periods, values, **UP)
    less = forecast_target(periods, values, **UP | {"comparator": "<"})
    assert float(more.probability + less.probability) == pytest.approx(1)


@settings(max_examples=40)
@given(SERIES)
def test_a_percentage_stays_within_its_bounds(values: list[float]) -> None:
    found = forecast_target(np.arange(len(values)), values, scale="logit", **UP | {"deadline": 60})
    assert 0 <= float(found.low) <= float(found.value) <= float(found.high) <= 100


def test_a_logit_forecast_is_the_linear_one_of_the_logits() -> None:
    values = np.array([80.0, 84.0, 90.0, 91.0, 95.0])
    logits = np.log(values / (100 - values))
    found = forecast_target(range(5), values, scale="logit", **UP | {"deadline": 7, "target": 98})
    goal = np.log(98 / 2)
    plain = forecast_target(range(5), logits, **UP | {"deadline": 7, "target": goal})
    assert float(found.low) == pytest.approx(100 / (1 + np.exp(-float(plain.low))))
    assert float(found.probability) == pytest.approx(float(plain.probability))


def test_a_hundred_per_cent_is_read_as_what_rounds_to_it() -> None:
    found = forecast_target(
        range(4), [99.9, 100, 100, 99.9], scale="logit", **UP | {"deadline": 5, "target": 100}
    )
    assert np.isfinite(found.value)
    assert 0 < float(found.probability) < 1


def test_a_straight_line_hits_or_misses_for_certain() -> None:
    line = [1.0, 2.0, 3.0, 4.0]
    for comparator, goal, chance in [
        (">=", 6, 1), (">", 6, 0), ("<=", 6, 1), ("<", 6, 0), (">=", 6.1, 0), ("<", 6.1, 1),
    ]:  # fmt: skip
        found = forecast_target(
            range(1, 5),
            line,
            deadline=6,
            target=goal,
            comparator=comparator,  # type: ignore[arg-type]
        )
        assert float(found.probability) == chance


def test_equal_within_precision_is_hit_only_around_the_goal() -> None:
    values = [10.0, 12.0, 13.0, 15.0, 16.5]
    options: dict[str, Any] = {"deadline": 6, "target": 20.0, "comparator": "="}
    lower = forecast_target(range(5), values, **options | {"target": 19.5, "comparator": ">="})
    upper = forecast_target(range(5), values, **options | {"target": 20.5, "comparator": ">="})
    found = forecast_target(
        range(5), values, meaning_of_equal="within_precision", precision=1.0, **options
    )
    assert float(found.probability) == pytest.approx(float(lower.probability - upper.probability))
    exact = forecast_target(range(5), values, meaning_of_equal="within_precision", **options)
    assert float(exact.probability) == 0


def test_every_row_is_a_series_of_its_own_with_its_own_gaps() -> None:
    first, second = [1.0, 3.0, 4.0, 4.5, 6.0], [9.0, np.nan, 7.0, 6.5, 4.0]
    table = np.array([first, second, [1.0, np.nan, np.nan, 2.0, 3.0]])
    goals = [7.0, 2.0, 4.0]
    together = forecast_target(range(5), table, deadline=7, target=goals, comparator=">=")
    for i in range(2):
        known = ~np.isnan(table[i])
        alone = forecast_target(
            np.arange(5)[known], table[i][known], deadline=7, target=goals[i], comparator=">="
        )
        assert float(together.value[i]) == pytest.approx(float(alone.value))
        assert float(together.probability[i]) == pytest.approx(float(alone.probability))
    assert together.n.tolist() == [5, 4, 3]
    assert np.isnan(together.value[2])
    assert np.isnan(together.probability[2])


def test_a_window_takes_the_last_periods_only() -> None:
    values = [50.0, 10.0, 12.0, 13.0, 15.0]
    windowed = forecast_target(range(5), values, window=4, **UP)
    later = forecast_target(range(1, 5), values[1:], **UP)
    assert float(windowed.value) == pytest.approx(float(later.value))
    assert int(windowed.n) == 4


def test_too_few_points_have_no_forecast() -> None:
    three = forecast_target(range(3), [1, 2, 4], **UP)
    assert np.isnan(three.value)
    assert np.isnan(three.probability)
    assert "3个点，太少" in three.summary()
    allowed = forecast_target(range(3), [1, 2, 4], minimum_points=3, **UP)
    assert np.isfinite(allowed.value)
    assert np.isnan(forecast_target([1, 1, 1, 1], [1, 2, 4, 5], **UP).value)


def test_the_summary_holds_the_numbers() -> None:
    found = forecast_target([1, 2, 3, 4], [10, 12, 13, 15], **UP | {"deadline": 6, "target": 16})
    assert "18.1" in found.summary("zh")
    assert "96 %" in found.summary("en")
    with pytest.raises(ValueError, match="one series"):
        forecast_target(range(4), [[1, 2, 3, 5], [1, 2, 3, 5]], **UP).summary()


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"comparator": "=="}, "comparator must be one of"),
        ({"meaning_of_equal": "exactly"}, "meaning_of_equal must be one of"),
        ({"scale": "log"}, "scale must be one of linear, logit"),
        ({"minimum_points": 2}, "at least 3"),
        ({"window": 2}, "at least 3"),
        ({"confidence": 1.0}, "confidence"),
        ({"deadline": np.nan}, "deadline"),
        ({"precision": -1}, "precision"),
        ({"target": np.inf}, "infinite"),
        ({"scale": "logit", "bounds": (0, 5)}, "within"),
        ({"scale": "logit", "edge": 60}, "edge"),
    ],
)
def test_bad_options_are_refused(options: dict[str, Any], match: str) -> None:
    with pytest.raises(ValueError, match=match):
        forecast_target(range(4), [1, 2, 3, 7], **UP | options)


def test_series_and_periods_must_fit() -> None:
    with pytest.raises(ValueError, match="one number a period"):
        forecast_target(range(3), [1, 2, 3, 4], **UP)
    with pytest.raises(ValueError, match="one number a period"):
        forecast_target([], [], **UP)
