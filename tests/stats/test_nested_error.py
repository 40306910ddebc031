from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from agriqa.stats.nested_error import complete_units, nested_error_fit
from tests.stats.landsat import CORN, COUNTY, PIXELS, SOYBEANS, WITHOUT_OUTLIER


def _case(seed: int, spread: float) -> tuple[npt.NDArray[Any], ...]:
    rng = np.random.default_rng(seed)
    areas = np.repeat(np.arange(8), rng.integers(1, 6, 8))
    x = rng.normal(size=areas.size) + rng.normal(size=8)[areas]
    y = 1 + 2 * x + rng.normal(0, spread, 8)[areas] + rng.normal(size=areas.size)
    return y, areas, x


def _log_density(
    y: npt.NDArray[Any], design: npt.NDArray[Any], areas: npt.NDArray[Any], v: float, e: float
) -> tuple[float, float]:
    """Full and restricted log likelihood from the dense covariance matrix."""
    total = e * np.eye(y.size) + v * (areas[:, None] == areas)
    precision = np.linalg.inv(total)
    information = design.T @ precision @ design
    beta = np.linalg.solve(information, design.T @ precision @ y)
    full = float(stats.multivariate_normal.logpdf(y, design @ beta, total))
    columns = design.shape[1]
    extra = np.linalg.slogdet(information)[1] - columns * np.log(2 * np.pi)
    return full, full - 0.5 * float(extra)


CASES = {"seed": st.integers(0, 10_000), "spread": st.sampled_from([0.0, 0.3, 2.0])}


def test_the_corn_variances_are_those_of_battese_harter_and_fuller() -> None:
    # Battese, Harter and Fuller (1988), section 3: 140 and 147 for corn, 247 and 190
    # for soybeans, the second segment of Hardin left out. Their estimator is another
    # (fitting of constants, modified); restricted likelihood agrees to their digits.
    keep = WITHOUT_OUTLIER
    corn = nested_error_fit(CORN[keep], COUNTY[keep], PIXELS[keep])
    assert corn.area_variance == pytest.approx(140, abs=0.5)
    assert corn.unit_variance == pytest.approx(147, abs=0.5)
    soybeans = nested_error_fit(SOYBEANS[keep], COUNTY[keep], PIXELS[keep])
    assert soybeans.area_variance == pytest.approx(247, abs=0.6)
    assert soybeans.unit_variance == pytest.approx(190, abs=0.5)


def test_fitting_of_constants_gives_the_coefficients_of_battese_harter_and_fuller() -> None:
    # Section 3: corn 51 (25), .329 (.050), -.134 (.056); soybeans -16 (29), .028 (.058),
    # .494 (.065).
    keep = WITHOUT_OUTLIER
    options = {"method": "fitting_of_constants"}
    corn = nested_error_fit(CORN[keep], COUNTY[keep], PIXELS[keep], **options)  # type: ignore[arg-type]
    soybeans = nested_error_fit(SOYBEANS[keep], COUNTY[keep], PIXELS[keep], **options)  # type: ignore[arg-type]
    assert corn.coefficients.round(3)[1:].tolist() == [0.329, -0.134]
    assert corn.standard_errors.round(3)[1:].tolist() == [0.050, 0.056]
    assert soybeans.coefficients.round(3)[1:].tolist() == [0.028, 0.494]
    assert soybeans.standard_errors.round(3)[1:].tolist() == [0.058, 0.065]
    assert [round(fit.coefficients[0]) for fit in (corn, soybeans)] == [51, -16]
    assert [round(fit.standard_errors[0]) for fit in (corn, soybeans)] == [25, 29]


def test_all_segments_give_the_coefficients_of_fastsae() -> None:
    # Example of eblup_bhf in the R package fastsae (all 37 segments).
    fit = nested_error_fit(CORN, COUNTY, PIXELS)
    assert fit.area_variance == pytest.approx(63.3149, abs=5e-5)
    assert fit.coefficients == pytest.approx([17.963979, 0.366335, -0.030364], abs=5e-7)
    assert fit.standard_errors == pytest.approx([30.974505, 0.064959, 0.067576], abs=1e-6)


@settings(max_examples=15, deadline=None)
@given(**CASES)
@pytest.mark.parametrize("method", ["ml", "reml"])
def test_no_other_variances_are_more_likely(method: str, seed: int, spread: float) -> None:
    y, areas, x = _case(seed, spread)
    design = np.column_stack([np.ones_like(x), x])
    fit = nested_error_fit(y, areas, x, method=method)
    which = ["ml", "reml"].index(method)
    found = _log_density(y, design, areas, fit.area_variance, fit.unit_variance)[which]
    assert fit.log_likelihood == pytest.approx(found)
    for v in (0, 0.5, 0.99, 1.01, 2):
        for e in (0.5, 0.99, 1.01, 2):
            point = (v * max(fit.area_variance, 0.05), e * fit.unit_variance)
            assert _log_density(y, design, areas, *point)[which] <= found + 1e-8


def test_fitting_of_constants_is_unbiased() -> None:
    rng = np.random.default_rng(2)
    _, areas, x = _case(1, 0.0)
    fits = [
        nested_error_fit(
            x + rng.normal(0, 3, 8)[areas] + rng.normal(size=areas.size),
            areas,
            x,
            method="fitting_of_constants",
        )
        for _ in range(500)
    ]
    assert np.mean([fit.area_variance for fit in fits]) == pytest.approx(9, rel=0.1)
    assert np.mean([fit.unit_variance for fit in fits]) == pytest.approx(1, rel=0.1)


def test_the_variances_vary_as_stated_under_fitting_of_constants() -> None:
    rng = np.random.default_rng(5)
    areas = np.repeat(np.arange(20), 4)
    x = rng.normal(size=80)
    fits = [
        nested_error_fit(
            x + rng.normal(0, 2, 20)[areas] + rng.normal(size=80),
            areas,
            x,
            method="fitting_of_constants",
        )
        for _ in range(800)
    ]
    found = np.cov(np.array([(fit.area_variance, fit.unit_variance) for fit in fits]).T)
    stated = np.mean([fit.variance_covariance for fit in fits], axis=0)
    assert np.diag(stated) == pytest.approx(np.diag(found), rel=0.2)
    # The unit variance enters the area variance with a minus sign.
    assert found[0, 1] == pytest.approx(stated[0, 1], abs=0.02)
    assert stated[0, 1] < 0


@pytest.mark.parametrize("method", ["reml", "ml", "fitting_of_constants"])
def test_balanced_areas_give_the_analysis_of_variance(method: str) -> None:
    y = np.array([1.0, 3, 2, 7, 9, 8, 4, 6, 2])
    areas = np.repeat(["a", "b", "c"], 3)
    fit = nested_error_fit(y, areas, method=method)
    means = y.reshape(3, 3).mean(axis=1)
    within = float(np.sum((y.reshape(3, 3).T - means) ** 2)) / 6
    divisor = 3 if method == "ml" else 2
    between = float(np.sum((means - y.mean()) ** 2)) / divisor
    assert fit.unit_variance == pytest.approx(within)
    assert fit.area_variance == pytest.approx(between - within / 3)


def test_incomplete_units_are_left_out() -> None:
    y, areas, x = _case(4, 1.0)
    whole = nested_error_fit(y, areas, x)
    holes = nested_error_fit(
        [*y, np.nan, 1.0, 2.0], [*areas.astype(object), 1, 2, None], [*x, 0.0, np.nan, 1.0]
    )
    assert holes.coefficients == pytest.approx(whole.coefficients)
    assert holes.sizes.tolist() == whole.sizes.tolist()


def test_complete_units_keep_their_order() -> None:
    y, areas, design = complete_units([3, np.nan, 1], ["b", "a", "a"], [7, 8, 9], intercept=True)
    assert y.tolist() == [3, 1]
    assert areas.tolist() == ["b", "a"]
    assert design.tolist() == [[1, 7], [1, 9]]


def test_a_missing_label_among_texts_is_no_area() -> None:
    assert complete_units([3, 1], ["b", float("nan")], None, intercept=True)[1].tolist() == ["b"]


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (([1, 2], ["a"]), {}, "equal length"),
        (([1, 2, np.inf], ["a", "a", "b"]), {}, "finite"),
        (([1, 2, 3], ["a", "a", "a"]), {}, "two areas"),
        (([1, 2, 3], ["a", "b", "c"]), {}, "more units"),
        (([1, 2, 3, 5], ["a", "a", "b", "b"], [1, 2, 3]), {}, "one row for each unit"),
        (([1, 2, 3, 5], ["a", "a", "b", "b"], [1, 1, 1, 1]), {}, "collinear"),
        (([1, 1, 3, 3], ["a", "a", "b", "b"]), {}, "do not vary"),
        (([1, 2, 3], ["a", "a", "b"]), {"intercept": False}, "no intercept"),
        (([1, 2, 3], ["a", "a", "b"]), {"method": "anova"}, "fitting_of_constants"),
    ],
)
def test_unusable_units_are_refused(
    arguments: tuple[Any, ...], options: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        nested_error_fit(*arguments, **options)
