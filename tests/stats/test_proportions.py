from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agriqa.stats.proportions import wilson_interval

# Newcombe (1998), Statistics in Medicine 17, table I, method 3, 95 %.
NEWCOMBE = [
    (81, 263, 0.2553, 0.3662),
    (15, 148, 0.0624, 0.1605),
    (0, 20, 0.0000, 0.1611),
    (1, 29, 0.0061, 0.1718),
]


@pytest.mark.parametrize(("x", "n", "low", "high"), NEWCOMBE)
def test_wilson_reproduces_newcombe(x: int, n: int, low: float, high: float) -> None:
    found = wilson_interval(x, n)
    assert [round(float(limit), 4) for limit in found] == [low, high]


def test_no_trials_give_no_interval() -> None:
    low, high = wilson_interval([0, 3], [0, 4])
    assert np.isnan(low[0])
    assert np.isnan(high[0])
    assert low[1] > 0


def test_more_successes_than_trials_are_refused() -> None:
    with pytest.raises(ValueError, match="between 0 and n"):
        wilson_interval(5, 4)


def test_confidence_outside_its_range_is_refused() -> None:
    with pytest.raises(ValueError, match="95"):
        wilson_interval(1, 2, confidence=95)


@given(st.integers(1, 10_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_rate_is_inside_its_interval(case: tuple[int, int]) -> None:
    x, n = case
    low, high = wilson_interval(x, n)
    assert 0 <= low <= x / n + 1e-12
    assert x / n - 1e-12 <= high <= 1
