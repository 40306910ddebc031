from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import expon, geom

from agriqa.stats.rare_event_charts import g_chart, t_chart

spacings = st.lists(st.integers(1, 400), min_size=2, max_size=12)


def test_g_chart_limits_follow_kaminsky() -> None:
    # Kaminsky et al. (1992): mean + 3 sqrt((mean - a)(mean - a + 1)), with the
    # number of cases counted from a; here mean 30 with a = 0 and with a = 1.
    assert g_chart([20, 40], limits="sigma").upper[0] == pytest.approx(30 + 3 * (30 * 31) ** 0.5)
    counted = g_chart([20, 40], limits="sigma", minimum=1)
    assert counted.upper[0] == pytest.approx(30 + 3 * (29 * 30) ** 0.5)
    assert counted.lower[0] == 1


@given(spacings)
def test_counting_the_event_itself_moves_a_g_chart_by_one(values: list[int]) -> None:
    without = g_chart(np.array(values) - 1, false_alarm=0.01)
    including = g_chart(values, minimum=1, false_alarm=0.01)
    np.testing.assert_allclose(including.upper, without.upper + 1)
    np.testing.assert_allclose(including.sigma, without.sigma, atol=1e-9)
    np.testing.assert_array_equal(including.signals, without.signals)


@given(spacings)
@settings(max_examples=50)
def test_g_chart_quantiles_keep_the_false_alarms_within_their_share(values: list[int]) -> None:
    chart = g_chart(values, minimum=1, false_alarm=0.02)
    p = min(1 / chart.centre[0], 1 - 1e-12)
    assert geom.sf(chart.upper[0], p) <= 0.01 + 1e-9
    assert geom.cdf(chart.lower[0] - 1, p) <= 0.01 + 1e-9


def test_events_that_follow_each_other_fast_are_below_the_limit() -> None:
    chart = g_chart([900, 1100, 1000, 0], baseline=[0, 1, 2])
    assert chart.below.tolist() == [False, False, False, True]


@given(st.lists(st.floats(0.5, 500), min_size=2, max_size=12))
def test_t_chart_quantiles_are_exponential(times: list[float]) -> None:
    chart = t_chart(times, false_alarm=0.01)
    mean = np.mean(times)
    assert chart.upper[0] == pytest.approx(expon.ppf(0.995, scale=mean))
    assert chart.lower[0] == pytest.approx(expon.ppf(0.005, scale=mean))


def test_a_known_centre_sets_the_limits() -> None:
    # Quantiles of the exponential distribution of mean 100, at 0.00135 and 0.99865.
    chart = t_chart([40.0, 70.0], centre=100.0)
    assert chart.centre.tolist() == pytest.approx([100, 100])
    assert float(chart.lower[0]) == pytest.approx(0.1350912, rel=1e-6)
    assert float(chart.upper[0]) == pytest.approx(660.7650, rel=1e-6)
    both = g_chart([[3, 4], [5, 6]], centre=[[30.0], [50.0]])
    assert both.centre.tolist() == [[30, 30], [50, 50]]


def test_t_chart_by_sigma_is_an_individuals_chart_of_transformed_times() -> None:
    times = np.array([10.0, 40.0, 25.0, 3.0, 60.0])
    y = times ** (1 / 3.6)
    spread = np.abs(np.diff(y)).mean() / 1.128
    chart = t_chart(times, limits="sigma")
    assert chart.upper[0] == pytest.approx((y.mean() + 3 * spread) ** 3.6)
    assert chart.lower[0] == pytest.approx(max(y.mean() - 3 * spread, 0) ** 3.6)
    assert chart.centre[0] == pytest.approx(y.mean() ** 3.6)
    np.testing.assert_allclose(chart.standardised, (y - y.mean()) / spread)


def test_t_chart_rescales_with_the_unit_of_time() -> None:
    times = np.array([10.0, 40.0, np.nan, 25.0])
    for limits in ("sigma", "probability"):
        days, hours = t_chart(times, limits=limits), t_chart(24 * times, limits=limits)
        np.testing.assert_allclose(hours.upper, 24 * days.upper)
        np.testing.assert_allclose(hours.standardised, days.standardised)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: g_chart([0, 3], minimum=1), "below 1"),
        (lambda: g_chart([1, 3], minimum=2), "one of 0, 1"),  # type: ignore[arg-type]
        (lambda: g_chart([1, 3], centre=-1), "centre"),
        (lambda: g_chart([1, 3], limits="x"), "'sigma', 'probability'"),  # type: ignore[arg-type]
        (lambda: t_chart([-1.0, 2.0]), "below 0"),
        (lambda: t_chart([1.0]), "two points"),
        (lambda: t_chart([1.0, 2.0], centre=2, limits="sigma"), "probability limits only"),
    ],
)
def test_bad_input_is_refused(call: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()  # type: ignore[operator]
