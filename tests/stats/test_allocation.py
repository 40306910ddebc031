from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agriqa.stats.allocation import (
    allocate,
    optimum_allocation,
    power_allocation,
    proportional_allocation,
    strata_values,
)

strata = st.lists(
    st.tuples(st.integers(1, 500), st.floats(0.01, 50), st.integers(0, 5)), min_size=1, max_size=8
)


def test_neyman_allocation_reproduces_cochran() -> None:
    # Cochran (1977), chapter 5: 64 cities in two strata of 16 and 48, S**2 53 843 and
    # 5581, n = 24: 6 and 18 in proportion, 12 and 12 at the optimum.
    spread = np.sqrt([53_843, 5581])
    assert proportional_allocation(24, [16, 48]).tolist() == [6, 18]
    assert optimum_allocation(24, [16, 48], spread).tolist() == [12, 12]


@given(strata, st.data())
@settings(max_examples=50)
def test_an_allocation_adds_up_and_keeps_its_bounds(
    rows: list[tuple[int, float, int]], data: st.DataObject
) -> None:
    size, scores, least = (np.array(column) for column in zip(*rows, strict=True))
    low = np.minimum(least, size)
    total = data.draw(st.integers(int(low.sum()), int(size.sum())))
    found = allocate(total, scores, minimum=low, maximum=size)
    assert found.sum() == total
    assert np.all((found >= low) & (found <= size))
    # Some scale brings scale x score, cut to the bounds, to within a unit everywhere.
    least_scale = np.max(((found - 1) / scores)[found > low], initial=0.0)
    most_scale = np.min(((found + 1) / scores)[found < size], initial=np.inf)
    assert least_scale <= most_scale * (1 + 1e-9)


@given(strata, st.data())
@settings(max_examples=50)
def test_what_a_full_stratum_cannot_take_goes_to_the_others(
    rows: list[tuple[int, float, int]], data: st.DataObject
) -> None:
    size, spread, _ = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    total = data.draw(st.integers(0, int(size.sum())))
    # Cochran's way: take the overfull strata whole, allocate the rest anew.
    full = np.zeros(len(size), dtype=bool)
    while True:
        scores = np.where(full, 0.0, size * spread)
        rest = total - size[full].sum()
        shares = np.where(full, size, rest * scores / scores.sum() if scores.sum() else 0.0)
        if not np.any((shares > size) & ~full):
            break
        full |= shares > size
    found = optimum_allocation(total, size, spread)
    assert np.all(np.abs(found - shares) < 1 + 1e-6)


def test_optimum_allocation_reproduces_lohr() -> None:
    # Lohr (1999), Sampling: Design and Analysis, chapter 4: caribou herd, n = 225.
    animals = [400, 30, 61, 18, 70, 120]
    deviation = [3000, 2000, 9000, 2000, 12000, 1000]
    assert optimum_allocation(225, animals, deviation).tolist() == [96, 5, 44, 3, 67, 10]


def test_no_other_allocation_of_three_strata_estimates_much_better() -> None:
    size, spread = np.array([40, 25, 60]), np.array([3.0, 9.0, 1.0])
    total = 30
    found = optimum_allocation(total, size, spread, minimum=1)
    variance = {
        (a, b, total - a - b): float(
            (size**2 * spread**2 / np.array([a, b, total - a - b])).sum() - (size * spread**2).sum()
        )
        for a in range(1, total - 1)
        for b in range(1, min(25, total - a - 1) + 1)
    }
    best = min(variance, key=lambda plan: variance[plan])
    assert variance[tuple(found.tolist())] <= 1.01 * variance[best]  # type: ignore[index]


def test_equal_remainders_go_to_the_larger_score_then_to_the_first() -> None:
    assert allocate(3, [1, 1]).tolist() == [2, 1]
    assert allocate(2, [1, 3]).tolist() == [0, 2]


def test_a_stratum_without_a_score_gets_its_minimum() -> None:
    assert allocate(10, [0, 2, 2], minimum=2).tolist() == [2, 4, 4]
    assert allocate(4, [0, 0], minimum=2).tolist() == [2, 2]


def test_a_stratum_smaller_than_the_minimum_is_taken_whole() -> None:
    assert proportional_allocation(20, [3, 100, 50], minimum=5).tolist() == [3, 11, 6]


def test_dear_strata_get_less_by_the_root_of_their_cost() -> None:
    assert optimum_allocation(30, [100, 100], [1, 1], cost=[4, 1]).tolist() == [10, 20]


def test_risk_multiplies_the_share_of_a_stratum() -> None:
    assert proportional_allocation(40, [100, 100], risk=[3, 1]).tolist() == [30, 10]
    assert optimum_allocation(40, [100, 100], [1, 1], risk=[3, 1]).tolist() == [30, 10]


def test_full_power_on_totals_is_neyman() -> None:
    size, mean = np.array([300, 500, 900]), np.array([4.0, 2.0, 7.0])
    spread = np.array([1.0, 2.0, 3.0])
    powered = power_allocation(120, size, spread / mean, importance=size * mean, power=1)
    assert powered.tolist() == optimum_allocation(120, size, spread).tolist()


def test_no_power_gives_as_much_to_the_small_as_to_the_large() -> None:
    assert power_allocation(60, [10_000, 400, 90], [1, 1, 1], power=0).tolist() == [20, 20, 20]


def test_many_areas_are_allocated_at_once() -> None:
    rng = np.random.default_rng(8)
    size = rng.integers(20, 5000, 3000)
    found = optimum_allocation(30_000, size, rng.random(3000), minimum=3)
    assert found.sum() == 30_000
    assert found.min() >= 3


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: allocate(1, [1, 1], minimum=1), "sum of the minima"),
        (lambda: allocate(9, [1, 1], maximum=4), "can take"),
        (lambda: allocate(9, [0, 1], maximum=4), "can take"),
        (lambda: allocate(-1, [1]), "whole number"),
        (lambda: allocate(2.5, [1]), "whole number"),  # type: ignore[arg-type]
        (lambda: allocate(2, [-1]), "scores"),
        (lambda: allocate(2, [1, np.nan]), "scores"),
        (lambda: allocate(2, [1], minimum=3, maximum=2), "not below minimum"),
        (lambda: allocate(2, [1], minimum=0.5), "whole numbers"),
        (lambda: optimum_allocation(2, [5], [1], cost=[0]), "cost"),
        (lambda: power_allocation(2, [5], [1], power=2), "power"),
        (lambda: strata_values([[1]], "size"), "size"),
    ],
)
def test_bad_input_is_refused(call: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()  # type: ignore[operator]
