"""The locator map."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agriqa.errors import UnknownNameError
from agriqa.figures.chart import Caption
from agriqa.figures.maps import locator, thinned

REFERENCE = Path(__file__).parents[2] / "data" / "reference"


def test_locator_says_that_the_map_is_not_approved() -> None:
    chart = locator(REFERENCE, "510117", name="郫都区", caption=Caption(""))
    assert "审图号未核实" in chart.svg()
    assert "审图号未核实" in chart.alt


def test_locator_refuses_a_code_without_a_boundary() -> None:
    with pytest.raises(UnknownNameError, match="999999"):
        locator(REFERENCE, "999999", name="?", caption=Caption(""))


@given(st.lists(st.tuples(st.floats(97, 109), st.floats(26, 35)), min_size=3, max_size=60))
def test_a_thinned_ring_keeps_its_ends_and_invents_no_point(
    points: list[tuple[float, float]],
) -> None:
    ring = np.array([*points, points[0]])
    cut = thinned(ring)
    assert (cut[0] == ring[0]).all()
    assert (cut[-1] == ring[-1]).all()
    assert {tuple(p) for p in cut} <= {tuple(p) for p in ring}
