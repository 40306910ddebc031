from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from agriqa.stats.funnel import funnel_proportions, funnel_ratios
from agriqa.stats.funnel_limits import proportion_limits, ratio_limits

# PHEindicatormethods, tests/testthat/testdata_funnel_prop_inputs.csv (a few of its 303
# trusts; the baseline is that of all of them).
PHE_TRUSTS = [
    (35078.4880, 41980, "above 99.8"),  # New Forest, "High (0.001)"
    (24803.6256, 31824, "below 99.8"),  # Norwich, "Low (0.001)"
    (50050.7443, 61921, "within"),  # South Gloucestershire, "Not significant"
    (26789.2380, 33012, "above 95"),  # West Norfolk, "High (0.025)"
    (30277.5312, 37828, "below 95"),  # North Devon, "Low (0.025)"
    (34502.0685, 42485, "above 95"),  # Mid-Hampshire, "High (0.025)"
    (36850.0492, 45449, "above 95"),  # North Tees, "High (0.025)"
]
AREAS = st.lists(
    st.integers(20, 400).flatmap(lambda n: st.tuples(st.integers(1, n - 1), st.just(n))),
    min_size=3,
    max_size=12,
)


def test_positions_are_those_of_public_health_england() -> None:
    x, n, positions = zip(*PHE_TRUSTS, strict=True)
    assert funnel_proportions(x, n, target=0.80642448).position.tolist() == list(positions)


@settings(max_examples=25, deadline=None)
@given(AREAS, st.sampled_from(["none", "multiplicative", "additive"]))
@pytest.mark.parametrize("transformation", ["none", "arcsine"])
def test_an_area_is_outside_its_limits_if_its_score_is(
    transformation: str, areas: list[tuple[int, int]], overdispersion: str
) -> None:
    x, n = np.array(areas).T
    funnel = funnel_proportions(x, n, transformation=transformation, overdispersion=overdispersion)
    size = np.abs(funnel.adjusted_z)
    safe = (np.abs(size - 1.959964) > 1e-4) & (np.abs(size - 3.090232) > 1e-4)
    sides = np.where(funnel.z < 0, "below", "above")
    expected = np.where(
        size < 1.96,
        "within",
        np.where(size < 3.0902, np.char.add(sides, " 95"), np.char.add(sides, " 99.8")),
    )
    assert funnel.position[safe].tolist() == expected[safe].tolist()
    assert funnel.p_value == pytest.approx(2 * stats.norm.sf(size))


@settings(max_examples=25, deadline=None)
@given(AREAS)
def test_the_default_target_is_the_pooled_rate(areas: list[tuple[int, int]]) -> None:
    x, n = np.array(areas).T
    funnel = funnel_proportions(x, n)
    low, high = proportion_limits(n, x.sum() / n.sum())
    assert funnel.target == pytest.approx(x.sum() / n.sum())
    assert funnel.low_95 == pytest.approx(low)
    assert funnel.high_95 == pytest.approx(high)


def test_z_scores_are_those_of_the_formulae() -> None:
    x, n = np.array([8.0, 30, 45]), np.array([10.0, 40, 50])
    plain = funnel_proportions(x, n, target=0.8)
    assert plain.z == pytest.approx((x / n - 0.8) / np.sqrt(0.8 * 0.2 / n))
    arcsine = funnel_proportions(x, n, target=0.8, transformation="arcsine")
    assert arcsine.z == pytest.approx(
        2 * np.sqrt(n) * (np.arcsin(np.sqrt(x / n)) - np.arcsin(np.sqrt(0.8)))
    )
    ratio = funnel_ratios(x, n, target=0.8)
    assert ratio.z == pytest.approx((x - 0.8 * n) / np.sqrt(0.8 * n))
    root = funnel_ratios(x, n, transformation="square_root")
    assert root.z == pytest.approx(2 * np.sqrt(n) * (np.sqrt(x / n) - 1))
    log = funnel_ratios(x, n, transformation="log")
    assert log.z == pytest.approx(np.sqrt(n) * np.log(x / n))


def test_multiplicative_adjustment_divides_scores_by_the_root_of_phi() -> None:
    x, n = np.array([10.0, 60, 45, 90]), np.full(4, 100.0)
    funnel = funnel_proportions(x, n, overdispersion="multiplicative", trimming="none")
    assert funnel.phi == pytest.approx(np.mean(funnel.z**2))
    assert funnel.adjusted_z == pytest.approx(funnel.z / np.sqrt(funnel.phi))
    assert np.mean(funnel.adjusted_z**2) == pytest.approx(1)


def test_no_adjustment_narrows_the_limits() -> None:
    x, n = np.array([50, 51, 49]), np.full(3, 100)
    plain = funnel_proportions(x, n)
    assert plain.phi < 1
    for overdispersion in ("multiplicative", "additive"):
        adjusted = funnel_proportions(x, n, overdispersion=overdispersion)
        assert adjusted.low_95.tolist() == plain.low_95.tolist()
        assert adjusted.adjusted_z == pytest.approx(plain.z)


def test_additive_limits_follow_the_formulae_of_funnelplotr() -> None:
    # R/build_limits_lookup.R: exp(-+1.959964 sqrt(1 / E + tau2)) for "SHMI" and
    # (1 -+ 1.959964 sqrt((1 / (2 sqrt(E)))^2 + tau2))^2 for "CQC".
    observed = np.array([100.0, 150, 180, 80, 120, 225, 60, 90, 40, 310])
    expected = np.array([108.0, 112, 165, 95, 100, 220, 80, 50, 55, 250])
    log = funnel_ratios(
        observed, expected, transformation="log", trimming="truncate", overdispersion="additive"
    )
    assert log.tau_squared > 0
    reach = 1.959964 * np.sqrt(1 / expected + log.tau_squared)
    assert log.low_95 == pytest.approx(np.exp(-reach), rel=1e-6)
    assert log.high_95 == pytest.approx(np.exp(reach), rel=1e-6)
    root = funnel_ratios(
        observed, expected, transformation="square_root", overdispersion="additive"
    )
    reach = 3.090232 * np.sqrt(1 / (4 * expected) + root.tau_squared)
    assert root.low_998 == pytest.approx((1 - reach) ** 2, rel=1e-6)
    assert root.high_998 == pytest.approx((1 + reach) ** 2, rel=1e-6)


@pytest.mark.parametrize("method", ["exact", "exact_interval"])
def test_exact_limits_come_with_exact_p_values(method: str) -> None:
    x, n = np.array([1, 18, 20]), np.array([10, 20, 20])
    funnel = funnel_proportions(x, n, target=0.9, limits=method)
    assert (
        funnel.low_998.tolist() == proportion_limits(n, 0.9, level=0.998, method=method)[0].tolist()
    )
    assert funnel.p_value[0] == pytest.approx(2 * stats.binom.cdf(1, 10, 0.9))
    assert funnel.p_value[1] == 1
    assert funnel.p_value[2] == pytest.approx(2 * 0.9**20)
    ratios = funnel_ratios([3, 0], [1.0, 6.0], limits=method)
    assert ratios.high_95.tolist() == ratio_limits([1.0, 6.0], method=method)[1].tolist()
    assert ratios.p_value == pytest.approx([2 * stats.poisson.sf(2, 1), 2 * np.exp(-6)])


def test_the_curve_passes_through_the_areas_limits() -> None:
    observed, expected = [30, 10, 60, 25], [20.0, 14, 55, 40]
    funnel = funnel_ratios(
        observed, expected, overdispersion="additive", transformation="square_root"
    )
    low, high = funnel.limits(expected, level=0.998)
    assert low == pytest.approx(funnel.low_998)
    assert high == pytest.approx(funnel.high_998)
    with pytest.raises(ValueError, match="level"):
        funnel.limits(expected, level=95)
    with pytest.raises(ValueError, match="size"):
        funnel.limits([0.0])


@pytest.mark.parametrize("limits", ["normal", "exact"])
def test_areas_without_data_have_no_position(limits: str) -> None:
    funnel = funnel_proportions([5, 0, np.nan, 9], [10, 0, 10, 10], limits=limits)
    assert funnel.position.tolist() == ["within", "no data", "no data", "within"]
    assert np.isnan(funnel.p_value).tolist() == [False, True, True, False]
    assert funnel.target == pytest.approx(0.7)


@pytest.mark.parametrize("limits", ["normal", "exact", "exact_interval"])
@pytest.mark.parametrize("passed", [0, 1])
def test_areas_that_all_pass_are_all_within(passed: int, limits: str) -> None:
    n = np.array([10, 30, 5])
    funnel = funnel_proportions(passed * n, n, limits=limits)
    assert funnel.position.tolist() == ["within"] * 3
    assert funnel.z.tolist() == [0, 0, 0]
    assert funnel.p_value.tolist() == [1, 1, 1]


def test_a_rate_can_be_pooled_from_counts_and_exposures() -> None:
    funnel = funnel_ratios([4, 12], [1000.0, 3000.0], target=None)
    assert funnel.target == pytest.approx(0.004)
    assert funnel.z == pytest.approx([0, 0])


def test_a_summary_counts_the_outliers() -> None:
    funnel = funnel_proportions([90, 480, 70], [100, 500, 100])
    assert "3 个地区中 1 个低于、1 个高于" in funnel.summary()
    assert "1 of 3 areas are below and 1 above" in funnel.summary(language="en")
    with pytest.raises(ValueError, match="zh"):
        funnel.summary(language="fr")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("function", "arguments", "options", "message"),
    [
        (funnel_proportions, ([1, 2], [3]), {}, "equal length"),
        (funnel_proportions, ([5, 2], [3, 3]), {}, "between 0 and n"),
        (funnel_proportions, ([-1, 2], [3, 3]), {}, "0 or above"),
        (funnel_proportions, ([0], [0]), {}, "at least one area"),
        (funnel_proportions, ([1, 2], [3, 3]), {"target": 1.0}, "target"),
        (funnel_proportions, ([1, 2], [3, 3]), {"limits": "byar"}, "exact_interval"),
        (funnel_proportions, ([1, 2], [3, 3]), {"overdispersion": "yes"}, "additive"),
        (funnel_proportions, ([1, 2], [3, 3]), {"transformation": "log"}, "arcsine"),
        (funnel_proportions, ([1, 2], [3, 3]), {"trimming": "drop"}, "winsorise"),
        (
            funnel_proportions,
            ([1, 2], [3, 3]),
            {"limits": "exact", "overdispersion": "additive"},
            "no overdispersion",
        ),
        (funnel_ratios, ([1, 2], [3, np.inf]), {}, "finite"),
        (funnel_ratios, ([1, 2], [3, 3]), {"target": 0.0}, "target"),
        (funnel_ratios, ([0, 2], [3, 3]), {"transformation": "log"}, "log"),
    ],
)
def test_unusable_funnels_are_refused(
    function: Any, arguments: tuple[Any, ...], options: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        function(*arguments, **options)
