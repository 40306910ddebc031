from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st

from agriqa.stats.quasi_poisson import quasi_poisson


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000))
def test_the_fit_is_that_of_statsmodels(seed: int) -> None:
    rng = np.random.default_rng(seed)
    design = np.column_stack([np.ones(40), rng.normal(size=40), rng.integers(0, 2, 40)])
    people, weights = rng.uniform(50, 100, 40), rng.uniform(0.2, 2, 40)
    counts = rng.negative_binomial(3, 0.4, 40)
    counts[0] += 1
    found = quasi_poisson(counts, design, weights=weights, offset=np.log(people))
    family = sm.families.Poisson()
    model = sm.GLM(counts, design, family=family, offset=np.log(people), var_weights=weights).fit(
        scale="X2", tol=1e-12
    )
    assert found is not None
    assert found.coefficients == pytest.approx(model.params, abs=1e-7)
    assert found.dispersion == pytest.approx(model.scale)
    covariance = found.dispersion * found.unscaled_covariance
    assert covariance == pytest.approx(model.cov_params(), rel=1e-5, abs=1e-10)
    assert found.leverages == pytest.approx(model.get_hat_matrix_diag(), rel=1e-5)


def test_a_level_of_zeros_does_not_disturb_the_others() -> None:
    design = np.column_stack([np.ones(6), np.repeat([0, 1], 3)])
    found = quasi_poisson([1, 2, 3, 0, 0, 0], design)
    assert found is not None
    assert found.fitted == pytest.approx([2, 2, 2, 0, 0, 0], abs=1e-6)


@pytest.mark.parametrize(
    ("counts", "design"),
    [([0, 0, 0], [[1], [1], [1]]), ([1, 2, 3], [[1, 1]] * 3), ([1], [[1, 2]])],
)
def test_what_cannot_be_fitted_is_none(counts: list, design: list) -> None:
    assert quasi_poisson(counts, design) is None


@pytest.mark.parametrize(
    ("counts", "options", "message"),
    [
        ([1, 2, 3], {"offset": [1, 2]}, "length"),
        ([1, 2], {}, "length"),
        ([-1, 2, 3], {}, "negative"),
        ([np.nan, 2, 3], {}, "missing"),
        ([1, 2, 3], {"weights": [0, 1, 1]}, "positive"),
    ],
)
def test_bad_input_is_refused(counts: list, options: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        quasi_poisson(counts, [[1], [1], [1]], **options)
