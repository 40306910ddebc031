from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agriqa.stats.concentration import (
    concentration_band,
    concentration_ratio,
    concentration_table,
    effective_number,
    herfindahl_hirschman_index,
    normalised_herfindahl,
    shannon_entropy,
)
from agriqa.stats.inequality import gini_coefficient, theil_index

# The first from the US merger guidelines' explanation of the index (justice.gov,
# "Herfindahl-Hirschman Index": 30, 30, 20 and 20 per cent), the second a textbook example.
HHI = [([30, 30, 20, 20], 2600), ([10, 9, 12, 15, 12, 11, 15, 16], 1296)]

SIZES = st.lists(st.floats(0.001, 1e6), min_size=2, max_size=12)


@pytest.mark.parametrize(("shares", "expected"), HHI)
def test_the_index_reproduces_the_published_points(shares: list[int], expected: int) -> None:
    assert float(herfindahl_hirschman_index(shares, given="percentages")) == expected


@pytest.mark.parametrize(("shares", "expected"), HHI)
def test_the_index_of_fractions_and_of_sizes_is_the_same(shares: list[int], expected: int) -> None:
    fractions = np.array(shares) / 100
    assert float(herfindahl_hirschman_index(fractions, given="fractions", scale=1)) == (
        pytest.approx(expected / 10_000)
    )
    sizes = np.array(shares) * 7.5
    assert float(herfindahl_hirschman_index(sizes, given="sizes")) == pytest.approx(expected)


def test_shares_that_leave_out_small_units_are_taken_as_they_are() -> None:
    assert float(herfindahl_hirschman_index([40, 30], given="percentages")) == 2500


def test_shares_above_the_whole_are_refused() -> None:
    with pytest.raises(ValueError, match="more than 1"):
        herfindahl_hirschman_index([30, 20], given="fractions")


def test_incomplete_shares_have_no_effective_number() -> None:
    with pytest.raises(ValueError, match="every unit"):
        effective_number([0.4, 0.3], given="fractions")


def test_an_unknown_kind_of_value_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match="sizes"):
        herfindahl_hirschman_index([1.0], given="tons")  # type: ignore[arg-type]


def test_no_units_are_refused() -> None:
    with pytest.raises(ValueError, match="at least one unit"):
        herfindahl_hirschman_index([], given="sizes")


def test_a_market_without_sales_has_no_index() -> None:
    found = herfindahl_hirschman_index([[0, 0], [1, 1]], given="sizes")
    assert np.isnan(found[0])
    assert found[1] == 5000


def test_missing_units_are_left_out_of_every_measure() -> None:
    padded, plain = [3.0, np.nan, 1.0], [3.0, 1.0]
    for measure in (normalised_herfindahl, effective_number, shannon_entropy):
        assert float(measure(padded, given="sizes")) == pytest.approx(
            float(measure(plain, given="sizes"))
        )


@settings(deadline=None)
@given(SIZES)
def test_the_index_lies_between_equal_shares_and_one_unit(sizes: list[float]) -> None:
    index = float(herfindahl_hirschman_index(sizes, given="sizes", scale=1))
    assert 1 / len(sizes) - 1e-12 <= index <= 1 + 1e-12
    assert 0 <= float(normalised_herfindahl(sizes, given="sizes")) <= 1
    assert float(effective_number(sizes, given="sizes")) == pytest.approx(1 / index)


def test_the_normalised_index_of_two_unequal_units() -> None:
    # H = 0.625; (0.625 - 0.5) / 0.5.
    assert float(normalised_herfindahl([3, 1], given="sizes")) == pytest.approx(0.25)


def test_a_single_unit_has_no_normalised_index() -> None:
    assert np.isnan(normalised_herfindahl([3], given="sizes"))


@settings(deadline=None)
@given(SIZES, st.integers(1, 15))
def test_the_concentration_ratio_is_the_best_choice_of_k(sizes: list[float], k: int) -> None:
    found = float(concentration_ratio(sizes, k, given="sizes"))
    best = sum(sorted(sizes, reverse=True)[:k]) / sum(sizes)
    assert found == pytest.approx(best)


def test_a_concentration_ratio_of_no_unit_is_refused() -> None:
    with pytest.raises(ValueError, match="1 or more"):
        concentration_ratio([1], 0, given="sizes")


def test_bands_follow_the_2023_guidelines_at_their_limits() -> None:
    points = [0, 999.9, 1000, 1800, 1800.1, np.nan]
    expected = ["low", "low", "moderate", "moderate", "high", None]
    assert concentration_band(points).tolist() == expected
    assert concentration_band(0.26, scale=1).item() == "high"


def test_an_index_beyond_its_scale_has_no_band() -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        concentration_band(2600, scale=1)


@settings(deadline=None)
@given(SIZES)
def test_entropy_is_the_logarithm_of_the_units_less_theil(sizes: list[float]) -> None:
    entropy = float(shannon_entropy(sizes, given="sizes"))
    assert entropy == pytest.approx(np.log(len(sizes)) - float(theil_index(sizes)), abs=1e-9)
    relative = float(shannon_entropy(sizes, given="sizes", relative=True))
    assert relative == pytest.approx(entropy / np.log(len(sizes)))


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 9)), min_size=1, max_size=15))
def test_the_table_agrees_with_each_group_alone(units: list[tuple[str, int]]) -> None:
    groups, sizes = [group for group, _ in units], [size for _, size in units]
    table = concentration_table(sizes, groups, k=2)
    for group, row in table.iterrows():
        own = [size for name, size in units if name == group]
        assert row["units"] == len(own)
        assert row["hhi"] == pytest.approx(float(herfindahl_hirschman_index(own, given="sizes")))
        assert row["gini"] == pytest.approx(float(gini_coefficient(own)), abs=1e-12)
        assert row["concentration_ratio"] == pytest.approx(
            float(concentration_ratio(own, 2, given="sizes"))
        )


def test_a_table_with_a_missing_group_is_refused() -> None:
    with pytest.raises(ValueError, match="group is missing"):
        concentration_table([1, 2], ["a", None])
