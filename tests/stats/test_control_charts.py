from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, poisson

from agriqa.stats.control_charts import (
    c_chart,
    laney_p_chart,
    laney_u_chart,
    np_chart,
    p_chart,
    u_chart,
)

# Montgomery, Introduction to Statistical Quality Control: orange juice cans, n = 50.
CANS = [12, 15, 8, 10, 4, 7, 16, 9, 14, 10, 5, 6, 17, 12, 22]
CANS += [8, 10, 5, 13, 11, 20, 18, 24, 15, 9, 12, 7, 13, 9, 6]
# The 24 samples after the machine was adjusted (R package qcc, orangejuice2, trial).
ADJUSTED = [9, 6, 12, 5, 6, 4, 6, 3, 7, 6, 2, 4, 3, 6, 5, 4, 8, 5, 6, 7, 5, 6, 3, 5]
# Montgomery: nonconformities in samples of 100 circuit boards (qcc, circuit, trial).
BOARDS = [21, 24, 16, 12, 15, 5, 28, 20, 31, 25, 20, 24, 16]
BOARDS += [19, 10, 17, 13, 22, 18, 39, 30, 24, 16, 19, 17, 15]
# Montgomery: personal computers, 5 units a sample (qcc, pcmanufact).
COMPUTERS = [10, 12, 8, 14, 10, 16, 11, 7, 10, 15, 9, 5, 7, 11, 12, 6, 8, 10, 7, 5]
# Montgomery: dyed cloth, units of 50 square metres (qcc, dyedcloth).
CLOTH = [14, 12, 20, 11, 7, 10, 21, 16, 19, 23]
CLOTH_UNITS = [10, 8, 13, 10, 9.5, 10, 12, 10.5, 12, 12.5]
# Montgomery: purchase orders with errors, by week.
ORDERS = [12, 8, 6, 9, 10, 12, 11, 16, 10, 6, 20, 15, 9, 8, 6, 8, 10, 7, 5, 8, 5, 8, 10, 6, 9]
ORDER_SIZES = [100, 80, 80, 100, 110, 110, 100, 100, 90, 90, 110, 120, 120]
ORDER_SIZES += [120, 110, 80, 80, 80, 90, 100, 100, 100, 100, 90, 90]


def test_p_chart_reproduces_the_orange_juice_cans() -> None:
    chart = p_chart(CANS, 50)
    assert chart.centre[0] == pytest.approx(0.23133333, abs=1e-8)
    assert chart.lower[0] == pytest.approx(0.05242755, abs=1e-8)
    assert chart.upper[0] == pytest.approx(0.41023912, abs=1e-8)
    assert (np.flatnonzero(chart.signals) + 1).tolist() == [15, 23]


def test_points_left_out_stay_on_the_chart_with_revised_limits() -> None:
    chart = p_chart(CANS, 50, leave_out=[14, 22])
    assert chart.centre[0] == pytest.approx(0.215)
    assert chart.lower[0] == pytest.approx(0.04070284, abs=1e-8)
    assert chart.upper[0] == pytest.approx(0.38929716, abs=1e-8)
    # With these limits sample 21 (0.40) is outside as well, as Montgomery says.
    assert (np.flatnonzero(chart.signals) + 1).tolist() == [15, 21, 23]


def test_limits_of_a_baseline_hold_for_the_points_after_it() -> None:
    chart = p_chart(CANS + ADJUSTED, 50, baseline=range(30), leave_out=[14, 22])
    alone = p_chart(CANS, 50, leave_out=[14, 22])
    assert chart.upper[-1] == pytest.approx(alone.upper[0])
    # Montgomery: sample 41 is the one point below the old lower limit.
    assert (np.flatnonzero(chart.below) + 1).tolist() == [41]


def test_the_adjusted_machine_has_the_published_limits() -> None:
    chart = p_chart(ADJUSTED, 50)
    # Montgomery: centre 0.1108, upper limit 0.2440, lower limit -0.0224 put at 0.
    assert round(float(chart.centre[0]), 4) == 0.1108
    assert round(float(chart.upper[0]), 4) == 0.2440
    assert chart.lower[0] == 0


def test_p_chart_reproduces_the_purchase_orders() -> None:
    chart = p_chart(ORDERS, ORDER_SIZES)
    assert sum(ORDERS) == 234
    assert sum(ORDER_SIZES) == 2450
    # Montgomery: limits of week 1 (n = 100) 0.007 and 0.184, with centre 0.096 and
    # standard deviation 0.029; week 11 alone is outside.
    assert round(float(chart.sigma[0]), 3) == 0.029
    assert round(float(chart.lower[0]), 3) == 0.007
    assert round(float(chart.upper[0]), 3) == 0.184
    assert (np.flatnonzero(chart.signals) + 1).tolist() == [11]


def test_c_chart_reproduces_the_circuit_boards() -> None:
    chart = c_chart(BOARDS)
    # Montgomery: 19.85, 33.22, 6.48; samples 6 and 20 outside; revised 19.67, 32.97, 6.36.
    assert [round(float(v[0]), 2) for v in (chart.centre, chart.upper, chart.lower)] == [
        19.85,
        33.21,  # 33.22 from the rounded centre
        6.48,
    ]
    assert round(float(c_chart(BOARDS, centre=19.85).upper[0]), 2) == 33.22
    assert (np.flatnonzero(chart.signals) + 1).tolist() == [6, 20]
    revised = c_chart(BOARDS, leave_out=[5, 19])
    assert [round(float(v[0]), 2) for v in (revised.centre, revised.upper, revised.lower)] == [
        19.67,
        32.97,
        6.36,
    ]


def test_u_chart_reproduces_the_computers() -> None:
    chart = u_chart(COMPUTERS, 5)
    # Montgomery: 1.93, 3.79, 0.07.
    assert [round(float(v[0]), 2) for v in (chart.centre, chart.upper, chart.lower)] == [
        1.93,
        3.79,
        0.07,
    ]


def test_u_chart_reproduces_the_dyed_cloth() -> None:
    assert round(float(u_chart(CLOTH, CLOTH_UNITS).centre[0]), 2) == 1.42
    # Montgomery's table of limits by roll, from the rounded centre.
    chart = u_chart(CLOTH, CLOTH_UNITS, centre=1.42)
    assert np.round(chart.upper, 2).tolist() == [
        *(2.55, 2.68, 2.41, 2.55, 2.58, 2.55, 2.45, 2.52, 2.45, 2.43)
    ]
    assert np.round(chart.lower, 2).tolist() == [
        *(0.29, 0.16, 0.43, 0.29, 0.26, 0.29, 0.39, 0.32, 0.39, 0.41)
    ]
    assert not chart.signals.any()


counts = st.lists(
    st.tuples(st.integers(0, 40), st.integers(40, 400)), min_size=2, max_size=12
).filter(lambda rows: any(x for x, _ in rows))


@given(counts, st.floats(0.5, 4))
@settings(max_examples=50)
def test_an_np_chart_is_a_p_chart_times_its_sizes(rows: list[tuple[int, int]], k: float) -> None:
    x, n = (np.array(column) for column in zip(*rows, strict=True))
    whole, share = np_chart(x, n, k=k), p_chart(x, n, k=k)
    np.testing.assert_allclose(whole.statistic, x)
    np.testing.assert_allclose(whole.upper, share.upper * n)
    np.testing.assert_array_equal(whole.signals, share.signals)


@given(counts)
@settings(max_examples=50)
def test_probability_limits_keep_the_false_alarms_within_their_share(
    rows: list[tuple[int, int]],
) -> None:
    x, n = (np.array(column) for column in zip(*rows, strict=True))
    chart = p_chart(x, n, limits="probability", false_alarm=0.01)
    low, high = np.round(chart.lower * n), np.round(chart.upper * n)
    assert np.all(binom.cdf(low - 1, n, chart.centre) <= 0.005 + 1e-9)
    assert np.all(binom.sf(high, n, chart.centre) <= 0.005 + 1e-9)
    # One unit nearer the centre would be too near.
    assert np.all(binom.cdf(low, n, chart.centre) >= 0.005 - 1e-9)
    assert np.all(binom.sf(high - 1, n, chart.centre)[high > 0] >= 0.005 - 1e-9)


def test_poisson_limits_are_the_quantiles_of_the_count() -> None:
    chart = c_chart(BOARDS, limits="probability", false_alarm=0.002)
    mean = sum(BOARDS) / len(BOARDS)
    assert poisson.sf(chart.upper[0], mean) <= 0.001 < poisson.sf(chart.upper[0] - 1, mean)
    assert poisson.cdf(chart.lower[0] - 1, mean) < 0.001 <= poisson.cdf(chart.lower[0], mean)


def test_sigma_z_is_the_mean_moving_range_of_the_scores() -> None:
    x, n = np.array([90, 150, 60, 130, 110]), np.array([900, 1100, 800, 1000, 1000])
    p = x.sum() / n.sum()
    z = (x / n - p) / np.sqrt(p * (1 - p) / n)
    sigma_z = np.mean([abs(z[i] - z[i - 1]) for i in range(1, 5)]) / 1.128
    chart = laney_p_chart(x, n)
    assert chart.dispersion == pytest.approx(sigma_z)
    np.testing.assert_allclose(chart.upper, p + 3 * np.sqrt(p * (1 - p) / n) * sigma_z)
    np.testing.assert_allclose(chart.standardised, z / sigma_z)


def test_laney_charts_of_data_without_excess_variation_are_the_plain_charts() -> None:
    rng = np.random.default_rng(3)
    x = rng.poisson(400, size=20_000)
    assert laney_u_chart(x, 40.0).dispersion == pytest.approx(1, abs=0.02)
    assert laney_p_chart(rng.binomial(4000, 0.1, 20_000), 4000).dispersion == pytest.approx(
        1, abs=0.02
    )


def test_laney_limits_widen_with_the_variation_between_points() -> None:
    rng = np.random.default_rng(4)
    rates = rng.beta(50, 450, size=400)
    x = rng.binomial(20_000, rates)
    assert p_chart(x, 20_000).signals.mean() > 0.5
    assert laney_p_chart(x, 20_000).signals.mean() < 0.02


def test_a_series_that_never_fails_has_no_excess_variation_and_no_signal() -> None:
    chart = laney_p_chart([0, 0, 0], [50, 60, 70])
    assert chart.dispersion == 0
    assert not chart.signals.any()


def test_several_areas_are_charted_as_if_each_were_alone() -> None:
    rng = np.random.default_rng(1)
    x, n = rng.integers(0, 30, (4, 12)), rng.integers(50, 90, (4, 12))
    for chart in (p_chart, np_chart, u_chart, laney_p_chart, laney_u_chart):
        together = chart(x, n, leave_out=[2])
        for row in range(4):
            alone = chart(x[row], n[row], leave_out=[2])
            np.testing.assert_allclose(together.upper[row], alone.upper)
            np.testing.assert_allclose(together.standardised[row], alone.standardised)


def test_areas_may_have_each_a_known_centre() -> None:
    chart = p_chart([[1, 2], [3, 4]], 50, centre=[[0.02], [0.08]])
    for row, centre in enumerate([0.02, 0.08]):
        alone = p_chart([1, 2], 50, centre=centre)
        np.testing.assert_allclose(chart.upper[row], alone.upper)


def test_a_gap_is_not_plotted_and_in_no_baseline() -> None:
    chart = p_chart([5, np.nan, 7, 3], [50, 60, np.nan, 50])
    assert chart.centre[0] == pytest.approx(8 / 100)
    assert np.isnan(chart.statistic[1:3]).all()
    assert np.isfinite(chart.upper[1])
    assert not chart.signals.any()
    assert chart.baseline.tolist() == [True, False, False, True]


def test_a_baseline_may_be_named_by_position_or_by_a_mask() -> None:
    by_position = u_chart([5, 9, 7], 10, baseline=[0, 2])
    by_mask = u_chart([5, 9, 7], 10, baseline=[True, False, True])
    assert by_position.centre[1] == by_mask.centre[1] == pytest.approx(0.6)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: p_chart([-1, 2], 10), "negative"),
        (lambda: p_chart([11, 2], 10), "above their sizes"),
        (lambda: u_chart([1, 2], [0, 5]), "above 0"),
        (lambda: p_chart([1, 2], 10, limits="three"), "'sigma', 'probability'"),  # type: ignore[arg-type]
        (lambda: p_chart([1, 2], 10, k=0), "k must"),
        (lambda: c_chart([1, 2], limits="probability", false_alarm=2), "false_alarm"),
        (lambda: p_chart([1, 2], 10, centre=1.5), "centre"),
        (lambda: p_chart([1, 2], 10, baseline=[2]), "positions from 0 to 1"),
        (lambda: p_chart([1, 2], 10, baseline=[True]), "each of the 2 points"),
        (lambda: p_chart([1, 2], 10, leave_out=[0, 1]), "at least one point"),
        (lambda: laney_p_chart([1, 2], 10, leave_out=[0]), "two points"),
        (lambda: p_chart([1, 2, 3], [10, 10]), "broadcast"),
        (lambda: p_chart([1, 2], 10).summary("fr"), "zh, en"),  # type: ignore[arg-type]
    ],
)
def test_bad_input_is_refused(call: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()  # type: ignore[operator]


def test_the_summary_counts_the_points_outside() -> None:
    chart = p_chart(CANS, 50)
    assert chart.summary("en").startswith("Of the 30 points of the p chart, 2 lie above")
    assert "30 个点，2 个高于上限，0 个低于下限" in chart.summary()
