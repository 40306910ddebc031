from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from agriqa.stats.funnel_limits import proportion_limits, ratio_limits
from agriqa.stats.proportions import wilson_interval

# PHEindicatormethods, tests/testthat/testdata_funnel_prop_outputs.csv: population, 95 %
# and 99.8 % limits [%] around a baseline of 80.642448 %.
PHE_PROPORTIONS = [
    (1, 3.204264, 100, 0, 100),
    (18, 62.390093, 98.894803, 51.864359, 100),
    (50, 69.691035, 91.593861, 63.375595, 97.909301),
    (1008, 78.203374, 83.081521, 76.796814, 84.488082),
    (110000, 80.408963, 80.875933, 80.274317, 81.010578),
]
# PHEindicatormethods, tests/testthat/testdata_funnel_ratio_outputs.csv: level, expected
# events, lower limit [%]; and expected events, upper limit [%]. They were found by
# iteration: the second expected count is 4e-7 off the chi-squared quantile it stands for.
PHE_RATIOS = [
    (0.95, 5.571644585, 17.94802207, 0.025317898, 3949.774946),
    (0.998, 9.233410143, 10.83023482, 0.04540199, 4405.093268),
    (0.95, 121.6268111, 82.21871402, 81.36400699, 122.9044681),
    (0.998, 134.9243187, 74.11562345, 71.92139974, 139.0406755),
    (0.95, 770.4222128, 92.93605352, 664.5083011, 107.7488421),
    (0.998, 802.60414, 89.20960712, 636.1521174, 112.5516964),
]


@pytest.mark.parametrize(("n", "low_95", "high_95", "low_998", "high_998"), PHE_PROPORTIONS)
def test_proportion_limits_are_those_of_public_health_england(
    n: int, low_95: float, high_95: float, low_998: float, high_998: float
) -> None:
    inner = proportion_limits(n, 0.80642448)
    outer = proportion_limits(n, 0.80642448, level=0.998)
    found = [100 * float(limit) for limit in (*inner, *outer)]
    assert found == pytest.approx([low_95, high_95, low_998, high_998], abs=2e-6)


@pytest.mark.parametrize(("level", "low_at", "low", "high_at", "high"), PHE_RATIOS)
def test_ratio_limits_are_those_of_public_health_england(
    level: float, low_at: float, low: float, high_at: float, high: float
) -> None:
    assert 100 * ratio_limits(low_at, level=level, method="exact_interval")[0] == pytest.approx(
        low, rel=2e-6
    )
    assert 100 * ratio_limits(high_at, level=level, method="exact_interval")[1] == pytest.approx(
        high, rel=2e-6
    )


@given(st.integers(1, 500), st.floats(0.01, 0.99))
def test_a_wilson_interval_at_a_normal_limit_just_reaches_the_target(n: int, target: float) -> None:
    low, high = proportion_limits(n, target)
    if low > 0:
        assert wilson_interval(low * n, n)[1] == pytest.approx(target)
    if high < 1:
        assert wilson_interval(high * n, n)[0] == pytest.approx(target)


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 300), st.floats(0.02, 0.98), st.sampled_from([0.95, 0.998]))
def test_exact_proportion_limits_share_out_a_count_s_probability(
    n: int, target: float, level: float
) -> None:
    low, high = proportion_limits(n, target, level=level, method="exact")
    cumulative = np.cumsum(stats.binom.pmf(np.arange(n + 1), n, target))
    for limit, probability in ((low, (1 - level) / 2), (high, (1 + level) / 2)):
        # By its definition: linear between P(r - 1 or fewer) at r - 1 and P(r or fewer) at r.
        expected = np.interp(probability, [0, *cumulative], np.arange(-1, n + 1), right=n)
        assert limit * n == pytest.approx(np.clip(expected, 0, n), abs=1e-5)


@settings(max_examples=30, deadline=None)
@given(st.floats(0.5, 300), st.floats(0.2, 3), st.sampled_from([0.95, 0.998]))
def test_exact_ratio_limits_share_out_a_count_s_probability(
    expected: float, target: float, level: float
) -> None:
    low, high = ratio_limits(expected, target, level=level, method="exact")
    cumulative = stats.poisson.cdf(np.arange(-1, 1500), expected * target)
    for limit, probability in ((low, (1 - level) / 2), (high, (1 + level) / 2)):
        count = np.interp(probability, cumulative, np.arange(-1, 1500))
        assert limit * expected == pytest.approx(max(count, 0), abs=1e-5)


@settings(max_examples=30, deadline=None)
@given(st.integers(2, 300), st.floats(0.05, 0.95))
def test_exact_interval_limits_invert_clopper_and_pearson(n: int, target: float) -> None:
    low, high = proportion_limits(n, target, method="exact_interval")
    x_low, x_high = low * n, high * n
    if low > 0:
        assert stats.beta.ppf(0.975, x_low + 1, n - x_low) == pytest.approx(target, rel=1e-6)
    if high < 1:
        assert stats.beta.ppf(0.025, x_high, n - x_high + 1) == pytest.approx(target, rel=1e-6)


def test_chi_squared_limits_are_the_poisson_interval_of_the_expected_count() -> None:
    low, high = ratio_limits([5.0, 80.0], method="chi_squared")
    expected = np.array([5.0, 80.0])
    assert low == pytest.approx(stats.chi2.ppf(0.025, 2 * expected) / 2 / expected)
    assert high == pytest.approx(stats.chi2.ppf(0.975, 2 * expected + 2) / 2 / expected)


@pytest.mark.parametrize("method", ["normal", "exact", "exact_interval", "chi_squared"])
def test_all_ratio_limits_agree_for_large_counts(method: str) -> None:
    low, high = ratio_limits(1e6, 1.2, method=method)
    spread = 1.959964 * np.sqrt(1.2 / 1e6)
    assert low == pytest.approx(1.2 - spread, abs=3e-6)
    assert high == pytest.approx(1.2 + spread, abs=3e-6)


@pytest.mark.parametrize("method", ["normal", "exact", "exact_interval"])
def test_all_proportion_limits_agree_for_large_counts(method: str) -> None:
    low, high = proportion_limits(1_000_000, 0.9, method=method)
    assert low == pytest.approx(0.9 - 1.959964 * 3e-4, abs=2e-6)
    assert high == pytest.approx(0.9 + 1.959964 * 3e-4, abs=2e-6)


@pytest.mark.parametrize("method", ["normal", "exact", "exact_interval"])
def test_missing_sizes_have_missing_limits(method: str) -> None:
    for low, high in (
        proportion_limits([np.nan, 20], 0.9, method=method),
        ratio_limits([np.nan, 20], method=method),
    ):
        assert np.isnan(low).tolist() == [True, False]
        assert np.isnan(high).tolist() == [True, False]


@pytest.mark.parametrize("method", ["normal", "exact", "exact_interval"])
def test_a_sure_target_has_no_spread(method: str) -> None:
    for target in (0, 1):
        low, high = proportion_limits([7, 90], target, method=method)
        assert low.tolist() == high.tolist() == [target, target]


def test_a_normal_limit_below_zero_is_cut() -> None:
    assert ratio_limits(1.0)[0] == 0
    assert proportion_limits(3, 0.1)[0] == 0


@pytest.mark.parametrize(
    ("function", "arguments", "options", "message"),
    [
        (proportion_limits, (0, 0.5), {}, "n must be above 0"),
        (proportion_limits, (5, 1.5), {}, "target"),
        (proportion_limits, (5, 0.5), {"level": 95}, "level"),
        (proportion_limits, (5.5, 0.5), {"method": "exact"}, "whole"),
        (proportion_limits, (5, 0.5), {"method": "byar"}, "normal, exact"),
        (ratio_limits, (0,), {}, "expected must be above 0"),
        (ratio_limits, (5, -1), {}, "target"),
        (ratio_limits, (5,), {"method": "byar"}, "chi_squared"),
    ],
)
def test_unusable_limits_are_refused(
    function: Any, arguments: tuple[Any, ...], options: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        function(*arguments, **options)
