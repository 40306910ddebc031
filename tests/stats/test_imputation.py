from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from agriqa.stats.imputation import Imputation, impute_mean, impute_median, impute_panel

GAP = np.nan
NUMBERS = st.one_of(st.just(np.nan), st.integers(-9, 9).map(float))
TABLES = arrays(float, (6, 3), elements=NUMBERS)
PANELS = arrays(float, (2, 5, 2), elements=NUMBERS)
TIMES = np.array([2010.0, 2011.0, 2013.0, 2014.0, 2018.0])


@given(TABLES, st.lists(st.sampled_from(["a", "b", None]), min_size=6, max_size=6))
def test_gaps_are_filled_from_the_group_alone(table: np.ndarray, groups: list[str | None]) -> None:
    for impute, typical in ((impute_mean, np.mean), (impute_median, np.median)):
        done = impute(table, groups=groups)
        for (i, k), x in np.ndenumerate(table):
            peers = [table[j, k] for j in range(6) if groups[j] == groups[i]]
            peers = [p for p in peers if not np.isnan(p)]
            lost = groups[i] is None or not peers
            expected = x if not np.isnan(x) or lost else typical(peers)
            np.testing.assert_allclose(done.values[i, k], expected)
            assert done.imputed[i, k] == (np.isnan(x) and not lost)


@given(TABLES)
def test_without_groups_all_units_are_one(table: np.ndarray) -> None:
    for impute in (impute_mean, impute_median):
        one = impute(table, groups=["all"] * 6)
        np.testing.assert_array_equal(impute(table).values, one.values)


def test_a_group_without_values_is_not_filled_from_others() -> None:
    done = impute_mean([[1, 2], [3, GAP], [GAP, GAP]], groups=["a", "a", "b"])
    np.testing.assert_array_equal(done.values, [[1, 2], [3, 2], [GAP, GAP]])
    assert done.imputed.tolist() == [[False, False], [False, True], [False, False]]


def test_the_summary_says_what_was_filled_and_what_is_missing() -> None:
    done = impute_mean([[1, GAP], [GAP, GAP]])
    assert done.summary() == "4个值中，插补1个，仍缺失2个。"
    assert done.summary("en") == "Of 4 values, 1 were imputed and 2 are missing still."
    with pytest.raises(ValueError, match="language"):
        done.summary("fr")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("method", "expected"),
    # COINr, tests/testthat/test-impute_panel.R, "linear_imp_works" and "constant_imp_works".
    [
        ("linear", [[1, 2, 3], [3, 4, 5], [5, 5, 6], [7, 8, 8]]),
        ("constant", [[1, 2, 3], [3, 3, 5], [5, 5, 6], [7, 8, 8]]),
        ("latest", [[1, 2, 3], [3, 3, 5], [GAP, 5, 6], [7, 8, 8]]),
    ],
)
def test_gaps_in_time_are_filled_as_by_coinr(method: str, expected: list[list[float]]) -> None:
    series = [[1, 2, 3], [3, GAP, 5], [GAP, 5, 6], [7, 8, GAP]]
    done = impute_panel(series, method=method, periods=[2020, 2021, 2022])
    np.testing.assert_array_equal(done.values, expected)


@given(PANELS, st.sampled_from(["latest", "constant", "linear"]), st.sampled_from([None, 1, 2, 4]))
def test_a_panel_is_filled_series_by_series(
    panel: np.ndarray, method: str, max_gap: float | None
) -> None:
    done = impute_panel(panel, method=method, periods=TIMES, max_gap=max_gap)
    for i, k in np.ndindex(2, 2):
        series = panel[i, :, k]
        expected = [fill(series, t, method, max_gap or np.inf) for t in range(5)]
        np.testing.assert_allclose(done.values[i, :, k], expected)
    np.testing.assert_array_equal(done.imputed, np.isnan(panel) & ~np.isnan(done.values))


def fill(series: np.ndarray, t: int, method: str, max_gap: float) -> float:
    """Fill one value by looking about, one step at a time."""
    if not np.isnan(series[t]):
        return float(series[t])
    known = [s for s in range(len(series)) if not np.isnan(series[s])]
    before, after = [s for s in known if s < t][-1:], [s for s in known if s > t][:1]
    if method == "latest":
        sources = before
    elif method == "constant":
        sources = before or after
    else:
        sources = before + after
    if not sources or any(abs(TIMES[s] - TIMES[t]) > max_gap for s in sources):
        return np.nan
    return float(np.interp(TIMES[t], TIMES[sources], series[sources]))


def test_one_indicator_may_come_without_its_axis() -> None:
    series = [[1, GAP, 3, GAP], [GAP, GAP, GAP, GAP]]
    flat = impute_panel(series, method="linear")
    deep = impute_panel(np.array(series)[:, :, None], method="linear")
    np.testing.assert_array_equal(flat.values, deep.values[:, :, 0])
    np.testing.assert_array_equal(flat.values[0], [1, 2, 3, 3])
    assert np.isnan(flat.values[1]).all()


def test_what_is_given_stays_as_it_was() -> None:
    table = np.array([[1.0, GAP], [GAP, 4.0]])
    kept = table.copy()
    done = [impute_mean(table), impute_median(table), impute_panel(table)]
    np.testing.assert_array_equal(table, kept)
    assert all(isinstance(d, Imputation) and not np.shares_memory(d.values, table) for d in done)


def test_impossible_input_is_refused() -> None:
    with pytest.raises(ValueError, match="groups must be one for each of 2"):
        impute_mean([[1], [2]], groups=["a"])
    with pytest.raises(ValueError, match="method must be one of latest, constant, linear"):
        impute_panel([[1]], method="spline")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="shape"):
        impute_panel([1, 2])
    with pytest.raises(ValueError, match="infinite"):
        impute_panel([[np.inf]])
    for periods in ([1], [2, 1], [1, 1], [1, GAP]):
        with pytest.raises(ValueError, match="2 ascending times"):
            impute_panel([[1, 2]], periods=periods)
    for max_gap in (0, -1, GAP):
        with pytest.raises(ValueError, match="max_gap"):
            impute_panel([[1, 2]], max_gap=max_gap)
