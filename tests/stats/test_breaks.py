from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
import ruptures
from hypothesis import given, settings
from hypothesis import strategies as st

from agriqa.stats.breaks import bai_perron, design_matrix, segment_rss
from tests.stats.published import NILE, REAL_INTEREST

seeds = st.integers(0, 2**32 - 1)


def _least_squares_rss(y: np.ndarray, x: np.ndarray) -> float:
    return float(np.sum((y - x @ np.linalg.lstsq(x, y)[0]) ** 2))


def test_the_nile_breaks_in_1898() -> None:
    # R strucchange: summary(breakpoints(Nile ~ 1)) and confint(); Zeileis and others (2003).
    result = bai_perron(NILE, times=range(1871, 1971))
    assert (result.breaks, result.times.tolist()) == ((28,), [1898])
    assert np.round(result.rss).tolist() == [2835157, 1597457, 1552924, 1538097, 1507888, 1659994]
    assert np.round(result.bic).tolist() == [1318, 1270, 1276, 1285, 1292, 1311]
    assert result.candidates[2:5] == ((28, 83), (28, 68, 83), (28, 45, 68, 83))
    assert (result.low.tolist(), result.high.tolist()) == ([25], [32])


def test_the_real_interest_rate_breaks_in_1972_and_1980() -> None:
    # R strucchange, example(RealInt), h = 15; Bai and Perron (2003), table 1.
    result = bai_perron(REAL_INTEREST, minimum_segment=15)
    assert result.breaks == (47, 79)
    assert result.candidates[1:] == (
        (79,),
        (47, 79),
        (24, 47, 79),
        (24, 47, 64, 79),
        (16, 31, 47, 64, 79),
    )
    assert np.round(result.rss, 1).tolist() == [1214.9, 645.0, 456.0, 445.2, 444.9, 449.6]
    assert np.round(result.bic, 1).tolist() == [555.7, 499.8, 473.3, 480.1, 489.3, 499.7]
    # Bai and Perron: BIC and LWZ choose two breaks; segment means 1.36, -1.80, 5.64.
    assert bai_perron(REAL_INTEREST, minimum_segment=15, criterion="lwz").breaks == (47, 79)
    assert np.round(result.coefficients.ravel(), 2).tolist() == [1.36, -1.80, 5.64]


def test_three_breaks_have_the_segment_means_of_bai_and_perron() -> None:
    result = bai_perron(REAL_INTEREST, minimum_segment=15, breaks=3)
    expected = [1.8236167, 0.8660848, -1.7961384, 5.6428896]
    assert np.round(result.coefficients.ravel(), 7).tolist() == expected


@settings(max_examples=8)
@given(seeds, st.sampled_from(["mean", "linear"]))
def test_dynamic_programming_finds_the_best_of_all_segmentations(seed: int, model: str) -> None:
    rng = np.random.default_rng(seed)
    y = rng.normal(size=14) + np.repeat([0, 3, 1], [5, 4, 5])
    result = bai_perron(y, model, minimum_segment=3)
    _, x, _ = design_matrix(y, model, None)
    for m, breaks in enumerate(result.candidates):
        best = min(
            sum(
                _least_squares_rss(y[a:b], x[a:b]) for a, b in zip((0, *at), (*at, 14), strict=True)
            )
            for at in combinations(range(1, 14), m)
            if min(np.diff((0, *at, 14))) >= 3
        )
        assert result.rss[m] == pytest.approx(best, rel=1e-8)
        assert min(np.diff((0, *breaks, 14))) >= 3


@settings(max_examples=15)
@given(seeds)
def test_the_breaks_of_a_mean_are_those_of_ruptures(seed: int) -> None:
    y = np.random.default_rng(seed).normal(size=40) + np.repeat([0, 2, -1, 1], 10)
    search = ruptures.Dynp(model="l2", min_size=5, jump=1).fit(y)
    assert list(bai_perron(y, minimum_segment=5, breaks=3).breaks) == search.predict(3)[:-1]


@given(seeds)
@settings(max_examples=20)
def test_every_segment_has_its_least_squares_residuals(seed: int) -> None:
    rng = np.random.default_rng(seed)
    x = np.column_stack([np.ones(12), np.arange(2000.0, 2012), rng.integers(0, 2, 12)])
    y = rng.normal(size=12) + 1e4
    rss = segment_rss(y, x, 4)
    for first, last in combinations(range(12), 2):
        if last - first < 3:
            assert rss[first, last] == np.inf
        else:
            part = slice(first, last + 1)
            centred = x[part] - [0, 2006, 0]
            assert rss[first, last] == pytest.approx(
                _least_squares_rss(y[part] - 1e4, centred), rel=1e-6, abs=1e-9
            )


def test_a_break_in_the_slope_is_dated() -> None:
    t = np.arange(40.0)
    noise = np.random.default_rng(0).normal(scale=0.5, size=40)
    y = t + 4 * np.maximum(t - 19, 0) + 9 * (t >= 20) + noise
    result = bai_perron(y, "linear", times=t, breaks=1)
    assert result.breaks == (20,)
    assert np.round(result.coefficients[:, 1]).tolist() == [1, 5]


def test_scaling_and_shifting_leave_the_breaks_and_their_limits() -> None:
    one, other = bai_perron(NILE), bai_perron(NILE * 1e-3 + 50)
    assert one.breaks == other.breaks
    assert one.low.tolist() == other.low.tolist()


def test_reversing_time_mirrors_break_and_limits() -> None:
    one, other = bai_perron(NILE), bai_perron(NILE[::-1])
    assert other.breaks == (72,)
    assert [100 - int(other.high[0]), 100 - int(other.low[0])] == [
        int(one.low[0]),
        int(one.high[0]),
    ]


def test_common_errors_give_limits_that_are_symmetric_for_a_mean() -> None:
    # As strucchange for homogeneous errors: 1971(2) to 1973(4) around 1972(3).
    result = bai_perron(REAL_INTEREST, minimum_segment=15, common_errors=True)
    assert (int(result.low[0]), int(result.high[0])) == (42, 52)
    at = np.array(result.breaks)
    assert (at - result.low).tolist() == (result.high - at).tolist()


def test_limits_cover_the_true_break_about_as_often_as_promised() -> None:
    rng = np.random.default_rng(5)
    covered = 0
    for _ in range(60):
        y = rng.normal(size=80) + np.repeat([0, 2], 40)
        result = bai_perron(y, breaks=1, max_breaks=1, confidence=0.9, common_errors=True)
        covered += int(result.low[0] <= 40 <= result.high[0])
    assert 50 <= covered <= 60


def test_missing_values_are_left_out() -> None:
    gap = NILE.copy()
    gap[[3, 50]] = np.nan
    result = bai_perron(gap, times=range(1871, 1971))
    assert (result.n, result.times.tolist(), result.breaks) == (98, [1898], (27,))


def test_a_perfect_fit_has_a_certain_break() -> None:
    result = bai_perron([1, 1, 1, 1, 4, 4, 4, 4], minimum_segment=2, breaks=1)
    assert (result.breaks, result.low.tolist(), result.high.tolist()) == ((4,), [4], [4])


def test_a_share_of_few_points_leaves_a_segment_above_the_regressors() -> None:
    result = bai_perron([1, 2, 1, 2, 8, 9, 8, 9, 8])
    assert result.breaks == (4,)
    assert len(result.candidates) == 4


def test_a_quiet_series_has_no_break() -> None:
    y = np.random.default_rng(2).normal(size=50)
    result = bai_perron(y)
    assert result.breaks == ()
    assert result.low.size == result.times.size == 0
    assert result.summary("en") == "No break in 50 observations."
    assert "没有突变点" in result.summary()


def test_the_break_summary_names_the_times() -> None:
    result = bai_perron(NILE, times=range(1871, 1971))
    assert result.summary("en") == "1 break(s) in 100 observations, after 1898."
    assert "1898之后" in result.summary()
    with pytest.raises(ValueError, match="language"):
        result.summary("fr")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"minimum_segment": 1}, "minimum_segment must be above 1"),
        ({"minimum_segment": 200}, "at most 100"),
        ({"breaks": 9}, "breaks are possible"),
        ({"max_breaks": 99}, "breaks are possible"),
        ({"max_breaks": 1, "breaks": 2}, "breaks are possible"),
        ({"criterion": "aic"}, "bic, lwz"),
        ({"confidence": 2}, "confidence"),
        ({"regressors": "cubic"}, "'mean', 'linear'"),
        ({"regressors": [1, 2]}, "100 rows"),
        ({"times": [1, 2]}, "times must have"),
        ({"times": range(100, 0, -1)}, "must not fall"),
    ],
)
def test_bad_break_options_are_refused(options: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        bai_perron(NILE, **options)


def test_bad_series_have_no_breaks() -> None:
    with pytest.raises(ValueError, match="one series"):
        bai_perron([[1, 2], [3, 4]])
    with pytest.raises(ValueError, match="finite"):
        bai_perron([1, np.inf, 2, 3])
    with pytest.raises(ValueError, match="too few"):
        bai_perron([1])
