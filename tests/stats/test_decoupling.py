from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agriqa.stats.decoupling import STATES, decoupling_state, tapio_decoupling

change = st.floats(-1, 1).filter(lambda x: x == 0 or abs(x) > 1e-6)

# One point inside every field of Tapio (2005), Transport Policy 12, figure 1.
FIELDS = [
    (-0.1, 0.1, "strong decoupling"),
    (0.05, 0.1, "weak decoupling"),
    (0.1, 0.1, "expansive coupling"),
    (0.2, 0.1, "expansive negative decoupling"),
    (-0.2, -0.1, "recessive decoupling"),
    (-0.1, -0.1, "recessive coupling"),
    (-0.05, -0.1, "weak negative decoupling"),
    (0.1, -0.1, "strong negative decoupling"),
]


@pytest.mark.parametrize(("u", "y", "state"), FIELDS)
def test_each_field_of_tapio_has_its_name(u: float, y: float, state: str) -> None:
    assert decoupling_state(u, y).item() == state


@pytest.mark.parametrize("sign", [1, -1])
def test_the_limits_belong_to_coupling(sign: int) -> None:
    states = decoupling_state([sign * 0.08, sign * 0.12], sign * 0.1)
    assert all(s.endswith(" coupling") for s in states)


def test_a_constant_pressure_is_weakly_decoupled() -> None:
    assert decoupling_state(0, [0.1, -0.1]).tolist() == [
        "weak decoupling",
        "weak negative decoupling",
    ]


def test_a_constant_output_leaves_the_state_undefined() -> None:
    result = tapio_decoupling([1, 1], [2, 1], 5, 5)
    assert result.state.tolist() == ["not defined"] * 2
    assert np.isnan(result.elasticity).all()


def test_a_missing_value_leaves_the_state_undefined() -> None:
    assert tapio_decoupling(np.nan, 2, 5, 6).state.item() == "not defined"


@given(change, change)
def test_the_state_follows_from_the_elasticity(u: float, y: float) -> None:
    state = decoupling_state(u, y).item()
    assert state in STATES
    if y == 0:
        assert state == "not defined"
        return
    elasticity = u / y
    if min(abs(elasticity - 0.8), abs(elasticity - 1.2)) < 1e-9:
        return
    band = int(np.searchsorted([0, 0.8, 1.2], elasticity, side="right"))
    growing = [
        "strong decoupling",
        "weak decoupling",
        "expansive coupling",
        "expansive negative decoupling",
    ]
    falling = [
        "strong negative decoupling",
        "weak negative decoupling",
        "recessive coupling",
        "recessive decoupling",
    ]
    assert state == (growing if y > 0 else falling)[band]


@given(st.floats(1, 100), st.floats(1, 100), st.floats(1, 100), st.floats(1, 100))
def test_the_elasticity_does_not_depend_on_the_units(
    u0: float, u1: float, y0: float, y1: float
) -> None:
    one = tapio_decoupling(u0, u1, y0, y1)
    other = tapio_decoupling(4 * u0, 4 * u1, y0 / 8, y1 / 8)
    np.testing.assert_allclose(other.elasticity, one.elasticity)
    assert other.state == one.state


@pytest.mark.parametrize("values", [(0, 1, 1, 1), (1, 1, -1, 1), (1, -1, 1, 1)])
def test_values_without_a_relative_change_are_refused(values: tuple) -> None:
    with pytest.raises(ValueError, match="values must be"):
        tapio_decoupling(*values)


def test_the_summary_tells_one_state_or_counts_many() -> None:
    assert "弱脱钩" in tapio_decoupling(100, 102, 50, 55).summary()
    many = tapio_decoupling([100, 100], [102, 90], 50, 55)
    assert many.summary("en") == "strong decoupling: 1; weak decoupling: 1."
    assert many.summary() == "强脱钩：1；弱脱钩：1。"
    with pytest.raises(ValueError, match="language"):
        many.summary("fr")  # type: ignore[arg-type]
