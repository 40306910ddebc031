from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agriqa.stats.risk_allocation import risk_based_allocation, risk_share


@given(st.integers(0, 10_000), st.floats(0, 1))
def test_the_parts_add_up_and_are_within_half_a_unit(total: int, share: float) -> None:
    risk, random = risk_share(total, share=share)
    assert risk + random == total
    assert risk >= 0 <= random
    assert abs(risk - total * share) <= 0.5 + 1e-6


def test_a_half_unit_goes_to_the_random_part() -> None:
    assert risk_share(2) == (1, 1)
    assert risk_share(10) == (7, 3)


@given(
    st.lists(st.tuples(st.integers(5, 300), st.floats(0.1, 9)), min_size=1, max_size=7), st.data()
)
@settings(max_examples=50)
def test_no_stratum_gives_more_than_it_has(
    rows: list[tuple[int, float]], data: st.DataObject
) -> None:
    size, risk = (np.array(column) for column in zip(*rows, strict=True))
    total = data.draw(st.integers(8 * len(size), int(size.sum()))) if size.min() > 8 else None
    if total is None:
        return
    found = risk_based_allocation(total, size, risk, minimum=1)
    assert found.total.sum() == total
    assert np.all(found.total <= size)
    assert np.all(found.random >= 1)
    assert found.random.sum() == risk_share(total)[1]


def test_equal_risks_leave_both_parts_in_proportion() -> None:
    found = risk_based_allocation(400, [1000, 3000], [2, 2])
    assert found.random.tolist() == [25, 75]
    assert found.risk_based.tolist() == [75, 225]


def test_bad_input_is_refused() -> None:
    with pytest.raises(ValueError, match="share"):
        risk_share(10, share=1.5)
    with pytest.raises(ValueError, match="total"):
        risk_share(-1)
    with pytest.raises(ValueError, match="can take"):
        risk_based_allocation(30, [10, 10], [1, 1])
    with pytest.raises(ValueError, match="zh, en"):
        risk_based_allocation(4, [10, 10], [1, 1]).summary("fr")  # type: ignore[arg-type]


def test_the_summary_says_both_parts() -> None:
    found = risk_based_allocation(40, [100, 100], [3, 1])
    assert found.summary("en") == "Of 40 units 30 are chosen by risk and 10 at random."
    assert "风险抽样 30 个，随机抽样 10 个" in found.summary()
