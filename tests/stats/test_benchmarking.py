from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agriqa.stats.benchmarking import benchmark

AREAS = st.lists(st.tuples(st.floats(0.1, 10), st.floats(0.1, 10)), min_size=1, max_size=8)


@pytest.mark.parametrize("method", ["ratio", "difference"])
@given(areas=AREAS, target=st.floats(0.1, 100))
def test_the_weighted_sum_reaches_the_target(
    method: str, areas: list[tuple[float, float]], target: float
) -> None:
    estimates, weights = np.array(areas).T
    adjusted = benchmark(estimates, weights=weights, target=target, method=method)
    assert np.sum(adjusted * weights) == pytest.approx(target)


def test_the_ratio_keeps_proportions_and_the_difference_keeps_distances() -> None:
    estimates, weights = [2.0, 4.0], [0.5, 0.5]
    by_ratio = benchmark(estimates, weights=weights, target=6)
    by_difference = benchmark(estimates, weights=weights, target=6, method="difference")
    assert by_ratio.tolist() == [4.0, 8.0]
    assert by_difference.tolist() == [5.0, 7.0]


def test_a_missing_estimate_stays_missing_and_out_of_the_sum() -> None:
    adjusted = benchmark([1.0, np.nan, 3.0], weights=[1, 5, 1], target=8)
    assert adjusted[[0, 2]].tolist() == [2.0, 6.0]
    assert np.isnan(adjusted[1])


@pytest.mark.parametrize(
    ("estimates", "options", "message"),
    [
        ([1.0, 2.0], {"weights": [1.0], "target": 1}, "equal length"),
        ([1.0], {"weights": [-1.0], "target": 1}, "weights"),
        ([1.0], {"weights": [np.nan], "target": 1}, "weights"),
        ([1.0], {"weights": [1.0], "target": np.inf}, "finite"),
        ([0.0], {"weights": [1.0], "target": 1}, "no ratio"),
        ([1.0], {"weights": [0.0], "target": 1, "method": "difference"}, "no difference"),
        ([1.0], {"weights": [1.0], "target": 1, "method": "raking"}, "ratio, difference"),
    ],
)
def test_unusable_benchmarks_are_refused(
    estimates: list[float], options: dict, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        benchmark(estimates, **options)
