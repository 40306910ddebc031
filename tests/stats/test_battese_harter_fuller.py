from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from agriqa.stats.battese_harter_fuller import AreaMeans, battese_harter_fuller, bootstrap_mse
from tests.stats.landsat import CORN, COUNTIES, COUNTY, PIXELS, WITHOUT_OUTLIER

METHODS = ["reml", "ml", "fitting_of_constants"]


def _corn(keep: npt.NDArray[np.bool_], **options: Any) -> AreaMeans:
    return battese_harter_fuller(
        CORN[keep],
        COUNTY[keep],
        PIXELS[keep],
        target_areas=COUNTIES[:, 0].astype(int),
        target_means=COUNTIES[:, 2:],
        **options,
    )


def test_the_county_means_of_corn_are_those_of_sae() -> None:
    # Molina and Marhuenda (2015), R Journal 7(1), example 4 (eblupBHF, REML).
    means = _corn(WITHOUT_OUTLIER, population_sizes=COUNTIES[:, 1])
    # fmt: off
    assert means.estimate.round(4).tolist() == [
        122.1954, 126.2280, 106.6638, 108.4222, 144.3072, 112.1586,
        112.7801, 122.0020, 115.3438, 124.4144, 106.8883, 143.0312,
    ]
    # fmt: on


def test_the_corn_errors_are_near_the_bootstrap_of_sae() -> None:
    # Same example: bootstrap coefficients of variation [%] from 200 replicates, so each
    # is itself uncertain by about 5 %.
    # fmt: off
    published = np.array([
        8.066110, 7.825271, 9.333344, 7.598736, 4.875002, 6.020232,
        5.951520, 5.700670, 4.808813, 4.495448, 4.532518, 3.504340,
    ])
    # fmt: on
    means = _corn(WITHOUT_OUTLIER, population_sizes=COUNTIES[:, 1])
    ratio = 100 * means.coefficient_of_variation / published
    assert np.mean(ratio) == pytest.approx(1, abs=0.04)
    assert np.all((ratio > 0.85) & (ratio < 1.2))


def test_all_segments_give_the_county_means_of_fastsae() -> None:
    # Example of eblup_bhf in the R package fastsae (first six counties, 37 segments).
    means = _corn(np.full(37, True), population_sizes=COUNTIES[:, 1])
    assert means.estimate[:6].round(4).tolist() == [
        122.5825, 123.5274, 113.0343, 114.9901, 137.2660, 108.9807,
    ]  # fmt: skip


@pytest.mark.parametrize("method", METHODS)
def test_an_estimate_is_the_regression_plus_the_area_effect(method: str) -> None:
    means = _corn(WITHOUT_OUTLIER, method=method)
    fit = means.fit
    assert means.estimate == pytest.approx(means.synthetic + fit.area_effects)
    residual = fit.y_means - fit.x_means @ fit.coefficients
    assert fit.area_effects == pytest.approx(means.weight * residual)


def test_an_area_sampled_in_full_is_its_sample_mean_without_error() -> None:
    y, areas = [1.0, 3, 5, 8, 2, 2.5], ["a", "a", "b", "b", "c", "c"]
    x = [1.0, 2, 3, 4, 1, 2]
    means = battese_harter_fuller(
        y, areas, x, target_areas=["b", "a"], target_means=[3.5, 9.0], population_sizes=[2, 50]
    )
    assert means.estimate[0] == pytest.approx(6.5)
    assert means.mse[0] == 0
    assert means.mse[1] > 0


@pytest.mark.parametrize("method", METHODS)
def test_a_huge_population_is_an_infinite_one(method: str) -> None:
    infinite = _corn(WITHOUT_OUTLIER, method=method)
    huge = _corn(WITHOUT_OUTLIER, method=method, population_sizes=np.full(12, 1e12))
    assert huge.estimate == pytest.approx(infinite.estimate)
    assert huge.mse == pytest.approx(infinite.mse)


@pytest.mark.parametrize("method", METHODS)
def test_an_area_without_units_gets_the_regression(method: str) -> None:
    means = battese_harter_fuller(
        CORN, COUNTY, PIXELS, target_areas=[99], target_means=[[300, 200]], method=method
    )
    fit = means.fit
    x = np.array([1, 300, 200])
    assert means.estimate == pytest.approx([x @ fit.coefficients])
    assert means.sizes.tolist() == [0]
    assert means.weight.tolist() == [0]
    expected = fit.area_variance + x @ fit.covariance @ x - fit.variance_bias[0]
    assert means.mse == pytest.approx([expected])


@pytest.mark.parametrize("method", METHODS)
def test_errors_estimated_match_errors_made(method: str) -> None:
    rng = np.random.default_rng(6)
    sizes = np.tile([1, 2, 3, 4, 6], 4)
    areas = np.repeat(np.arange(20), sizes)
    population = sizes * 4
    made, estimated = [], []
    for _ in range(60):
        effects, x = rng.normal(0, 1, 20), rng.normal(size=(20, 24))
        values = 1 + x + effects[:, None] + rng.normal(size=(20, 24))
        inside = np.arange(24) < population[:, None]
        drawn = np.arange(24) < sizes[:, None]
        truth = np.where(inside, values, 0).sum(axis=1) / population
        means = battese_harter_fuller(
            values[drawn],
            areas,
            x[drawn],
            target_areas=np.arange(20),
            target_means=np.where(inside, x, 0).sum(axis=1) / population,
            population_sizes=population,
            method=method,
        )
        made.append(np.mean((means.estimate - truth) ** 2))
        estimated.append(np.mean(means.mse))
    assert np.mean(estimated) == pytest.approx(np.mean(made), rel=0.1)


def test_the_bootstrap_agrees_with_the_formula_and_repeats() -> None:
    arguments = {
        "target_areas": COUNTIES[:, 0].astype(int),
        "target_means": COUNTIES[:, 2:],
        "population_sizes": COUNTIES[:, 1],
        "method": "fitting_of_constants",
    }
    keep = WITHOUT_OUTLIER
    drawn = bootstrap_mse(CORN[keep], COUNTY[keep], PIXELS[keep], replicates=300, **arguments)
    again = bootstrap_mse(CORN[keep], COUNTY[keep], PIXELS[keep], replicates=300, **arguments)
    other = bootstrap_mse(
        CORN[keep], COUNTY[keep], PIXELS[keep], replicates=300, seed=1, **arguments
    )
    assert drawn.tolist() == again.tolist()
    assert drawn.tolist() != other.tolist()
    formula = _corn(keep, population_sizes=COUNTIES[:, 1], method="fitting_of_constants").mse
    assert np.mean(drawn / formula) == pytest.approx(1, abs=0.12)


def test_the_bootstrap_covers_areas_without_units() -> None:
    errors = bootstrap_mse(
        CORN, COUNTY, PIXELS, target_areas=[99], target_means=[[300, 200]], replicates=200,
        method="fitting_of_constants",
    )  # fmt: skip
    means = battese_harter_fuller(
        CORN, COUNTY, PIXELS, target_areas=[99], target_means=[[300, 200]],
        method="fitting_of_constants",
    )  # fmt: skip
    assert errors == pytest.approx(means.mse, rel=0.3)


def test_a_summary_names_the_share_between_areas() -> None:
    means = _corn(WITHOUT_OUTLIER)
    assert "49%" in means.summary()
    assert "49%" in means.summary(language="en")
    with pytest.raises(ValueError, match="zh"):
        means.summary(language="fr")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"target_areas": [1, 1], "target_means": [[1, 2], [1, 2]]}, "once"),
        ({"target_areas": [1]}, "every covariate"),
        ({"target_areas": [1], "target_means": [[1, np.nan]]}, "finite mean"),
        ({"target_areas": [1], "target_means": [[1, 2], [3, 4]]}, "one row"),
        (
            {"target_areas": [12], "target_means": [[1, 2]], "population_sizes": [5]},
            "at least the sample",
        ),
        (
            {"target_areas": [12], "target_means": [[1, 2]], "population_sizes": [9, 9]},
            "one number",
        ),
    ],
)
def test_unusable_targets_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        battese_harter_fuller(CORN, COUNTY, PIXELS, **options)


def test_a_bootstrap_without_replicates_is_refused() -> None:
    with pytest.raises(ValueError, match="replicates"):
        bootstrap_mse([1, 3, 5, 7], ["a", "a", "b", "b"], target_areas=["a"], replicates=0)
