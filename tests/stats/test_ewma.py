from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agriqa.stats.ewma import ewma
from tests.stats.test_cusum import OBSERVATIONS


def test_ewma_reproduces_montgomery() -> None:
    # Montgomery, section 9.2: lambda 0.10, L 2.7; z1 = 9.945, z2 = 9.7495; limits 9.73
    # and 10.27 at the first point, 9.64 and 10.36 at the second, 9.38 and 10.62 in the
    # end. By the recursion the average is 10.5731 at observation 28, still inside, and
    # first passes its limit of 10.6187 at 29.
    chart = ewma(OBSERVATIONS, target=10, sigma=1, weight=0.1, width=2.7)
    np.testing.assert_allclose(chart.statistic[:2], [9.945, 9.7495])
    assert np.round(chart.upper[:2], 2).tolist() == [10.27, 10.36]
    assert np.round(chart.lower[:2], 2).tolist() == [9.73, 9.64]
    assert int(np.flatnonzero(chart.signals)[0]) + 1 == 29
    assert chart.statistic[27:29].round(4).tolist() == [10.5731, 10.6468]
    final = ewma(OBSERVATIONS, target=10, sigma=1, weight=0.1, width=2.7, limits="asymptotic")
    assert round(float(final.upper[0]), 2) == 10.62
    assert round(float(final.lower[0]), 2) == 9.38


@given(st.lists(st.floats(-50, 50), min_size=1, max_size=12), st.floats(0.05, 1))
def test_an_average_is_the_weighted_sum_of_all_values(x: list[float], weight: float) -> None:
    chart = ewma(x, target=3, sigma=2, weight=weight)
    for i in range(len(x)):
        weights = [weight * (1 - weight) ** (i - j) for j in range(i + 1)]
        expected = sum(w * v for w, v in zip(weights, x, strict=False)) + (1 - sum(weights)) * 3
        assert chart.statistic[i] == pytest.approx(expected, abs=1e-9)
        closed = 4 * weight / (2 - weight) * (1 - (1 - weight) ** (2 * (i + 1)))
        assert chart.upper[i] == pytest.approx(3 + 3 * closed**0.5)


def test_exact_limits_weigh_the_spread_of_every_point() -> None:
    chart = ewma([0.0, 0.0], target=0, sigma=[1.0, 3.0], weight=0.5, width=1)
    assert chart.upper[1] == pytest.approx((0.25 * 9 + 0.0625 * 1) ** 0.5)


def test_a_weight_of_one_is_the_plain_chart() -> None:
    chart = ewma([1.0, -4.0], target=0, sigma=1, weight=1)
    assert chart.statistic.tolist() == [1.0, -4.0]
    assert chart.upper.tolist() == [3.0, 3.0]
    assert chart.signals.tolist() == [False, True]


def test_the_average_stands_still_at_a_gap() -> None:
    chart = ewma([[1.0, np.nan, 2.0], [1.0, 2.0, np.nan]], target=0, sigma=1)
    assert np.isnan(chart.statistic[0, 1])
    assert chart.statistic[0, 2] == chart.statistic[1, 1]
    assert chart.upper[0, 1] == chart.upper[0, 0]
    assert not chart.signals.any()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"weight": 0.0}, "weight"),
        ({"width": 0.0}, "width"),
        ({"limits": "final"}, "exact, asymptotic"),
        ({"sigma": 0.0}, "sigma"),
    ],
)
def test_bad_input_is_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ewma([1.0], **{"target": 0.0, "sigma": 1.0, **options})  # type: ignore[arg-type]


def test_the_summary_counts_the_points_outside() -> None:
    chart = ewma([9.0, 0.0], target=0, sigma=1, weight=1)
    assert "共 2 个点，1 个超出" in chart.summary()
    assert chart.summary("en").endswith("1 lie outside the limits.")
    with pytest.raises(ValueError, match="zh, en"):
        chart.summary("fr")  # type: ignore[arg-type]
