from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agriqa.stats.shewhart import (
    baseline_points,
    control_limits,
    known_centre,
    mean_moving_range,
)


@given(st.lists(st.booleans(), min_size=1, max_size=12), st.data())
def test_a_baseline_holds_what_is_present_chosen_and_not_left_out(
    present: list[bool], data: st.DataObject
) -> None:
    places = st.sets(st.integers(0, len(present) - 1))
    chosen, left = data.draw(places), data.draw(places)
    expected = [here and i in chosen and i not in left for i, here in enumerate(present)]
    if any(expected):
        found = baseline_points(np.array(present), sorted(chosen), sorted(left))
        assert found.tolist() == expected
    else:
        with pytest.raises(ValueError, match="at least one"):
            baseline_points(np.array(present), sorted(chosen), sorted(left))


@given(st.lists(st.floats(-100, 100), min_size=2, max_size=12))
def test_a_moving_range_skips_what_is_not_used(values: list[float]) -> None:
    gapped = np.array([part for value in values for part in (value, np.nan)])
    expected = sum(abs(b - a) for a, b in pairwise(values))
    found = mean_moving_range(gapped, np.isfinite(gapped))
    assert found == pytest.approx(expected / (len(values) - 1), abs=1e-9)


def test_limits_at_quantiles_share_the_false_alarms() -> None:
    low, high = control_limits(
        np.zeros(1),
        np.ones(1),
        lambda level: np.array([level]),
        limits="probability",
        k=3,
        false_alarm=0.1,
    )
    assert (low[0], high[0]) == pytest.approx((0.05, 0.95))


def test_a_known_centre_is_within_its_range_and_of_the_points_shape() -> None:
    assert known_centre(0.5, (3,), 0, 1).tolist() == [0.5, 0.5, 0.5]
    for wrong in (-0.1, 1.1, np.nan):
        with pytest.raises(ValueError, match="between 0 and 1"):
            known_centre([[0.5], [wrong]], (2, 3), 0, 1)
