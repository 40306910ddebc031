from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from agriqa.stats.location_quotient import location_quotient, poisson_interval

# Garwood (1936), table: 95 % limits of a Poisson mean.
GARWOOD = [(0, 0.000, 3.689), (1, 0.025, 5.572), (5, 1.623, 11.668), (10, 4.795, 18.390)]

AREAS = st.lists(
    st.integers(0, 30).flatmap(lambda x: st.tuples(st.just(x), st.integers(max(x, 1), 400))),
    min_size=2,
    max_size=8,
).filter(lambda areas: any(x for x, _ in areas))


@pytest.mark.parametrize(("count", "low", "high"), GARWOOD)
def test_exact_poisson_limits_reproduce_garwood(count: int, low: float, high: float) -> None:
    found = poisson_interval(count)
    assert [round(float(limit), 3) for limit in found] == pytest.approx([low, high], abs=1e-9)


@settings(deadline=None)
@given(st.integers(1, 200), st.sampled_from([0.8, 0.95, 0.99]))
def test_an_exact_limit_leaves_half_the_error_in_each_tail(count: int, confidence: float) -> None:
    low, high = poisson_interval(count, confidence=confidence)
    tail = (1 - confidence) / 2
    assert stats.poisson.sf(count - 1, low) == pytest.approx(tail, rel=1e-6)
    assert stats.poisson.cdf(count, high) == pytest.approx(tail, rel=1e-6)


@settings(deadline=None)
@given(st.integers(5, 500))
def test_byar_is_close_to_the_exact_limits(count: int) -> None:
    exact, byar = poisson_interval(count), poisson_interval(count, method="byar")
    assert float(byar[0]) == pytest.approx(float(exact[0]), rel=0.02)
    assert float(byar[1]) == pytest.approx(float(exact[1]), rel=0.02)


@pytest.mark.parametrize("mean", [0.5, 2.0, 7.3])
def test_the_poisson_interval_covers_at_least_its_level(mean: float) -> None:
    counts = np.arange(60)
    low, high = poisson_interval(counts)
    covered = stats.poisson.pmf(counts[(low <= mean) & (mean <= high)], mean).sum()
    assert covered >= 0.95


@settings(deadline=None)
@given(
    AREAS,
    st.sampled_from(["poisson", "byar", "binomial"]),
    st.sampled_from(["whole", "rest"]),
)
def test_the_quotient_is_inside_its_interval(
    areas: list[tuple[int, int]], method: str, compared_with: str
) -> None:
    x, n = np.array(areas).T
    found = location_quotient(x, n, method=method, compared_with=compared_with)  # type: ignore[arg-type]
    known = np.isfinite(found.estimate)
    assert np.all(found.low[known] <= found.estimate[known] + 1e-12)
    assert np.all(found.estimate[known] <= found.high[known] + 1e-12)


@settings(deadline=None)
@given(AREAS)
def test_quotients_weighted_by_the_expected_count_average_to_one(
    areas: list[tuple[int, int]],
) -> None:
    x, n = np.array(areas).T
    found = location_quotient(x, n)
    assert np.sum(found.estimate * found.expected) == pytest.approx(found.expected.sum())


def test_against_the_rest_the_quotient_is_the_ratio_of_the_two_rates() -> None:
    found = location_quotient(8, 100, reference_count=20, reference_total=500, compared_with="rest")
    assert float(found.estimate) == pytest.approx((8 / 100) / (12 / 400))


def test_the_binomial_interval_is_that_of_the_areas_part_in_the_count() -> None:
    found = location_quotient(8, 100, reference_count=20, reference_total=500, method="binomial")
    part = stats.binomtest(8, 20).proportion_ci(0.95, method="exact")
    assert float(found.low) == pytest.approx(part.low / 0.2)
    assert float(found.high) == pytest.approx(part.high / 0.2)


def test_an_area_with_none_has_a_quotient_of_zero_and_an_upper_limit() -> None:
    for method in ("poisson", "byar", "binomial"):
        found = location_quotient([0, 5], [100, 100], method=method)  # type: ignore[arg-type]
        assert found.estimate[0] == found.low[0] == 0
        assert found.high[0] > 0


def test_an_area_with_all_has_no_upper_limit_against_the_rest() -> None:
    found = location_quotient([5, 0], [100, 100], method="binomial", compared_with="rest")
    assert found.estimate[0] == np.inf
    assert found.high[0] == np.inf
    assert 0 < found.low[0] < np.inf
    known = location_quotient([5, 0], [100, 100], compared_with="rest")
    assert known.estimate[0] == np.inf
    assert np.isnan([known.low[0], known.high[0]]).all()


def test_a_reference_of_zero_leaves_every_quotient_missing() -> None:
    found = location_quotient([0, 0], [10, 20])
    assert np.isnan([found.estimate, found.low, found.high]).all()


def test_missing_and_empty_areas_are_missing_and_not_in_the_reference() -> None:
    found = location_quotient([8, np.nan, 2, 0], [100, 50, 100, 0])
    assert found.estimate[[0, 2]].tolist() == [1.6, 0.4]
    assert np.isnan(found.estimate[[1, 3]]).all()


@pytest.mark.parametrize(
    ("count", "total", "options", "message"),
    [
        (-1, 10, {}, "whole number"),
        (1.5, 10, {}, "whole number"),
        (1, -10, {}, "0 or above"),
        (1, 0, {}, "total of 0"),
        (1, 10, {"reference_count": 5}, "both"),
        (7, 10, {"reference_count": 5, "reference_total": 100}, "exceeds"),
        (1, 10, {"method": "wald"}, "byar"),
        (1, 10, {"compared_with": "others"}, "rest"),
        (1, 10, {"confidence": 95}, "between 0 and 1"),
    ],
)
def test_bad_input_is_refused(
    count: float, total: float, options: dict[str, object], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        location_quotient(count, total, **options)  # type: ignore[arg-type]


def test_an_unknown_poisson_method_is_refused() -> None:
    with pytest.raises(ValueError, match="byar"):
        poisson_interval(3, method="wald")  # type: ignore[arg-type]
