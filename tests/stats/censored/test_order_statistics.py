from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from scipy import stats

from agriqa.stats.censored.order_statistics import (
    plotting_positions,
    regression_on_order_statistics,
)

from .published import OAHU, OAHU_CENSORED, PYRENE, PYRENE_CENSORED
from .strategies import samples


def test_oahu_arsenic_as_helsel_prints_it() -> None:
    fit = regression_on_order_statistics(OAHU, OAHU_CENSORED)
    assert fit.median == 0.7
    assert fit.mean == pytest.approx(0.97246324, abs=5e-9)
    assert fit.sd == pytest.approx(0.71801225, abs=5e-9)


def test_pyrene_as_cenros_prints_it() -> None:
    # NADA2, vignette Censored Data Analysis.
    fit = regression_on_order_statistics(PYRENE, PYRENE_CENSORED)
    assert fit.mean == pytest.approx(163.2494, abs=5e-5)
    assert fit.sd == pytest.approx(393.1068, abs=5e-5)
    assert fit.quantile([0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95]) == pytest.approx(
        [30.78771, 33.0, 63.45761, 90.5, 132.25, 255.5, 312.75], abs=6e-6
    )


def _positions_by_hand(values: np.ndarray, censored: np.ndarray) -> list[float]:
    """Helsel and Cohn's formulas one observation at a time."""
    limits = sorted(set(values[censored]))
    detected = values[~censored]
    if not limits or min(detected, default=np.inf) < limits[0]:
        limits = [-np.inf, *limits]
    exceed = [0.0] * (len(limits) + 1)
    for j in reversed(range(len(limits))):
        top = limits[j + 1] if j + 1 < len(limits) else np.inf
        a = sum(limits[j] <= v < top for v in detected)
        b = sum(v < limits[j] for v in detected) + sum(v <= limits[j] for v in values[censored])
        exceed[j] = exceed[j + 1] + (a / (a + b) * (1 - exceed[j + 1]) if a else 0.0)
    found = []
    for i, (v, c) in enumerate(zip(values, censored, strict=True)):
        j = max(k for k in range(len(limits)) if limits[k] <= v)
        if c:
            same = [k for k in range(len(values)) if censored[k] and values[k] == v]
            found.append((1 - exceed[j]) * (same.index(i) + 1) / (len(same) + 1))
        else:
            top = limits[j + 1] if j + 1 < len(limits) else np.inf
            same = sorted(
                (values[k], k)
                for k in range(len(values))
                if not censored[k] and limits[j] <= values[k] < top
            )
            rank = same.index((v, i)) + 1
            found.append(1 - exceed[j] + (exceed[j] - exceed[j + 1]) * rank / (len(same) + 1))
    return found


@settings(deadline=None)
@given(samples())
def test_positions_follow_the_formulas_of_helsel_and_cohn(
    sample: tuple[list[float], list[bool]],
) -> None:
    values, censored = np.array(sample[0]), np.array(sample[1])
    assert plotting_positions(values, censored) == pytest.approx(
        _positions_by_hand(values, censored)
    )


def test_positions_keep_the_place_of_missing_values() -> None:
    found = plotting_positions([2.0, np.nan, 1.0], [False, False, False])
    assert found[[0, 2]] == pytest.approx([2 / 3, 1 / 3])
    assert np.isnan(found[1])


@settings(deadline=None)
@given(samples(least=3))
def test_the_detected_values_stay_and_the_fitted_lie_on_the_line(
    sample: tuple[list[float], list[bool]],
) -> None:
    values, censored = np.array(sample[0]), np.array(sample[1])
    assume(np.unique(values[~censored]).size > 1)
    fit = regression_on_order_statistics(values, censored)
    assert sorted(fit.modelled[~fit.censored]) == sorted(values[~censored])
    line = fit.intercept + fit.slope * stats.norm.ppf(fit.positions)
    assert np.log(fit.modelled[fit.censored]) == pytest.approx(line[fit.censored])
    # The line itself by an independent least squares.
    x = stats.norm.ppf(fit.positions[~fit.censored])
    assert fit.slope == pytest.approx(stats.linregress(x, np.log(fit.values[~fit.censored])).slope)


@settings(deadline=None)
@given(samples(least=3))
def test_the_normal_fit_follows_a_change_of_unit(sample: tuple[list[float], list[bool]]) -> None:
    values, censored = np.array(sample[0]), np.array(sample[1])
    assume(np.unique(values[~censored]).size > 1)
    one = regression_on_order_statistics(values, censored, distribution="normal")
    two = regression_on_order_statistics(3 * values - 50, censored, distribution="normal")
    assert two.mean == pytest.approx(3 * one.mean - 50)
    assert two.sd == pytest.approx(3 * one.sd)


def test_limits_above_every_detected_value_are_left_out_and_counted() -> None:
    fit = regression_on_order_statistics([1.0, 2.0, 3.0, np.nan], [False, False, True, True])
    assert (fit.n, fit.n_above, fit.n_missing) == (2, 1, 1)


@pytest.mark.parametrize(
    ("values", "censored", "option", "message"),
    [
        ([1.0, 2.0], [True, False], {}, "two different detected"),
        ([1.0, 2.0], [True, True], {}, "two different detected"),
        ([0.0, 1.0, 2.0], [False] * 3, {}, "positive"),
        ([1.0, 2.0], [False, False], {"distribution": "gamma"}, "log-normal, normal"),
    ],
)
def test_bad_input_is_refused(
    values: list[float], censored: list[bool], option: dict[str, str], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        regression_on_order_statistics(values, censored, **option)


def test_a_quantile_outside_its_range_is_refused() -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        regression_on_order_statistics([1.0, 2.0], [False, False]).quantile(1.5)


def test_the_summary_speaks_both_languages() -> None:
    fit = regression_on_order_statistics(OAHU, OAHU_CENSORED)
    assert "54.2%" in fit.summary()
    assert "the mean is 0.9725" in fit.summary("en")
    with pytest.raises(ValueError, match="zh, en"):
        fit.summary("fr")
