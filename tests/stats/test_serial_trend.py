from __future__ import annotations

import numpy as np
import pymannkendall
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agriqa.stats.serial_trend import (
    hamed_rao_mann_kendall,
    prewhitened_mann_kendall,
    yue_wang_mann_kendall,
)
from agriqa.stats.trend import mann_kendall
from tests.stats.published import NILE

seeds = st.integers(0, 2**32 - 1)
CORRECTIONS = [hamed_rao_mann_kendall, yue_wang_mann_kendall, prewhitened_mann_kendall]


def _persistent(seed: int) -> np.ndarray:
    noise = np.random.default_rng(seed).normal(size=30)
    for i in range(1, 30):
        noise[i] += 0.6 * noise[i - 1]
    return noise + np.arange(30) / 20


@settings(max_examples=25)
@given(seeds, st.sampled_from([1, 3]))
def test_the_corrections_agree_with_pymannkendall(seed: int, lags: int) -> None:
    x = _persistent(seed)
    pairs = [
        (
            hamed_rao_mann_kendall(x, lags=lags),
            pymannkendall.hamed_rao_modification_test(x, lag=lags),
        ),
        (
            yue_wang_mann_kendall(x, lags=lags),
            pymannkendall.yue_wang_modification_test(x, lag=lags),
        ),
        (prewhitened_mann_kendall(x), pymannkendall.pre_whitening_modification_test(x)),
        (
            prewhitened_mann_kendall(x, trend_free=True),
            pymannkendall.trend_free_pre_whitening_modification_test(x),
        ),
    ]
    for ours, theirs in pairs:
        if theirs.var_s > 0:
            assert [float(ours.s), float(ours.variance), float(ours.p)] == pytest.approx(
                [theirs.s, theirs.var_s, theirs.p]
            )
        else:
            assert np.isnan(ours.p)


def test_all_lags_are_the_default() -> None:
    theirs = pymannkendall.hamed_rao_modification_test(NILE)
    ours = hamed_rao_mann_kendall(NILE)
    assert float(ours.variance) == pytest.approx(theirs.var_s)
    theirs = pymannkendall.yue_wang_modification_test(NILE)
    assert float(yue_wang_mann_kendall(NILE).variance) == pytest.approx(theirs.var_s)


@pytest.mark.parametrize("function", CORRECTIONS)
def test_a_gap_written_out_equals_a_gap_in_the_times(function) -> None:
    x, years = _persistent(4).cumsum(), np.arange(30) * 2.0 + 1960
    gap = x.copy()
    gap[[7, 20]] = np.nan
    keep = ~np.isnan(gap)
    assert float(function(gap).p) == float(function(x[keep], years[keep]).p)
    assert float(function(gap).p) != float(function(x[keep]).p)


@pytest.mark.parametrize("function", CORRECTIONS)
def test_malformed_series_cannot_be_corrected(function) -> None:
    with pytest.raises(ValueError, match="regular grid"):
        function([1, 2, 3, 5], [0, 1, 2, 3.3])
    with pytest.raises(ValueError, match="distinct"):
        function([1, 2, 3], [0, 0, 1])
    with pytest.raises(ValueError, match="three points"):
        function([1, 2, np.nan])
    with pytest.raises(ValueError, match="one series"):
        function([[1, 2, 3, 4]])


def test_correction_options_out_of_range_are_refused() -> None:
    with pytest.raises(ValueError, match="lags must be between 1 and 99"):
        yue_wang_mann_kendall(NILE, lags=100)
    with pytest.raises(ValueError, match="significance"):
        hamed_rao_mann_kendall(NILE, significance=5)


@pytest.mark.parametrize("function", CORRECTIONS)
def test_a_constant_series_shows_no_trend(function) -> None:
    assert float(function([2.0] * 8).p) == 1


def test_persistence_makes_a_trend_less_certain() -> None:
    plain = mann_kendall(NILE, method="normal")
    corrected = yue_wang_mann_kendall(NILE, lags=1)
    assert float(corrected.s) == float(plain.s)
    assert float(corrected.p) > float(plain.p)
    assert corrected.method.item() == "yue-wang"
    assert float(corrected.smallest_p) <= float(corrected.p)
