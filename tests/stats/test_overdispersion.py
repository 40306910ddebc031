from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from statsmodels.stats.meta_analysis import combine_effects

from agriqa.stats.overdispersion import dispersion


@pytest.mark.parametrize("seed", range(5))
def test_tau_squared_is_dersimonian_and_laird_around_the_weighted_mean(seed: int) -> None:
    rng = np.random.default_rng(seed)
    effects, variances = rng.normal(0, 4, 9), rng.uniform(0.1, 3, 9)
    mean = np.average(effects, weights=1 / variances)
    expected = combine_effects(effects, variances, method_re="chi2").tau2
    found = dispersion((effects - mean) / np.sqrt(variances), np.sqrt(variances), trimming="none")
    assert expected > 0
    assert found.tau_squared == pytest.approx(expected)


def test_winsorising_moves_the_outer_scores_to_the_quantiles() -> None:
    z = np.arange(-5.0, 6)
    # Type-7 tenths of 11 equally spaced values are the second and the last but one.
    expected = np.array([-4, *range(-4, 5), 4.0])
    found = dispersion(z, np.ones(11))
    assert found.phi == pytest.approx(np.mean(expected**2))
    assert found.areas == 11


def test_truncating_leaves_out_the_outer_tenths_by_rank() -> None:
    # floor(10 rank / 21) is 0 for ranks 1, 2 and 9 for 19, 20, as in FunnelPlotR.
    z = np.arange(1.0, 21)
    found = dispersion(z[::-1], np.ones(20), trimming="truncate")
    assert found.areas == 16
    assert found.phi == pytest.approx(np.mean(np.arange(3.0, 19) ** 2))


def test_outliers_hardly_change_a_winsorised_ratio() -> None:
    z = np.random.default_rng(1).normal(size=100)
    z[0] = 3.0
    wild = z.copy()
    wild[0] = 300.0
    assert dispersion(wild, np.ones(100)) == dispersion(z, np.ones(100))
    assert dispersion(wild, np.ones(100), trimming="none").phi > 900


def test_known_variation_between_areas_is_found() -> None:
    rng = np.random.default_rng(8)
    errors = rng.uniform(0.5, 2, 20_000)
    z = rng.normal(0, np.sqrt(errors**2 + 4)) / errors
    assert dispersion(z, errors, trimming="none").tau_squared == pytest.approx(4, rel=0.05)


def test_missing_scores_and_no_excess_give_no_variance() -> None:
    found = dispersion([0.5, np.nan, -0.5], [1, np.nan, 1], trim=0)
    assert found.areas == 2
    assert found.phi == 0.25
    assert found.tau_squared == 0
    assert dispersion([2.0], [1.0]).tau_squared == 0


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (([1, 2], [1]), {}, "equal length"),
        (([1, 2], [1, 0]), {}, "above 0"),
        (([np.nan], [1]), {}, "at least one area"),
        (([1, 2], [1, 1]), {"trim": 0.5}, "below 0.5"),
        (([1, 2], [1, 1]), {"trimming": "drop"}, "winsorise, truncate"),
    ],
)
def test_unusable_scores_are_refused(
    arguments: tuple[Any, ...], options: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        dispersion(*arguments, **options)
