import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st

from agriqa.stats.doubly_robust import effect_on_treated, logistic_fit

METHODS = ["doubly_robust", "regression", "weighting"]


def sample(seed: int, n: int = 300, effect: float = 2.0):
    random = np.random.default_rng(seed)
    x = random.normal(size=n)
    treated = random.uniform(size=n) < 1 / (1 + np.exp(-0.5 * x))
    change = 1.0 + 1.5 * x + effect * treated + random.normal(size=n)
    return change, treated, np.column_stack([np.ones(n), x]), random.uniform(0.5, 2, n)


@settings(max_examples=30)
@given(st.integers(0, 10**6), st.sampled_from(METHODS))
def test_without_covariates_every_method_is_the_difference_of_means(seed, method):
    change, treated, _, weights = sample(seed, 30)
    treated[:2] = [True, False]
    expected = np.average(change[treated], weights=weights[treated]) - np.average(
        change[~treated], weights=weights[~treated]
    )
    found, influence = effect_on_treated(
        change, treated, np.ones((30, 1)), weights=weights, method=method
    )
    assert found == pytest.approx(expected)
    assert influence.mean() == pytest.approx(0, abs=1e-10)


@settings(max_examples=20)
@given(st.integers(0, 10**6), st.sampled_from(METHODS))
def test_the_influence_is_the_derivative_in_each_weight(seed, method):
    change, treated, design, weights = sample(seed, 120)
    _, influence = effect_on_treated(change, treated, design, weights=weights, method=method)
    for unit in (0, 1, 2):
        step = np.zeros(120)
        step[unit] = 1e-5 * weights[unit]
        up, down = (
            effect_on_treated(
                change, treated, design, weights=weights + side * step, method=method
            )[0]
            for side in (1, -1)
        )
        # d estimate / d log weight = influence / n, as the influence carries the weight.
        assert (up - down) / 2e-5 == pytest.approx(influence[unit] / 120, abs=1e-6)


@pytest.mark.parametrize("method", METHODS)
def test_covariates_take_away_the_bias_of_unlike_groups(method):
    change, treated, design, _ = sample(1, 4000)
    plain, _ = effect_on_treated(change, treated, np.ones((4000, 1)))
    adjusted, influence = effect_on_treated(change, treated, design, method=method)
    error = np.sqrt((influence**2).mean() / 4000)
    assert abs(adjusted - 2.0) < 4 * error < 0.5
    assert plain - 2.0 > 0.4


def test_doubly_robust_stands_a_wrong_outcome_model():
    random = np.random.default_rng(2)
    x = random.normal(size=20000)
    treated = random.uniform(size=20000) < 1 / (1 + np.exp(-0.8 * x))
    change = x**2 + 2.0 * treated
    design = np.column_stack([np.ones(20000), x])
    both, _ = effect_on_treated(change, treated, design)
    regression, _ = effect_on_treated(change, treated, design, method="regression")
    assert abs(both - 2.0) < 0.1
    assert abs(regression - 2.0) > 0.3


def test_the_logistic_fit_is_that_of_statsmodels():
    _, treated, design, weights = sample(3)
    probabilities, inverse = logistic_fit(design, treated.astype(float), weights)
    fit = sm.GLM(
        treated.astype(float), design, family=sm.families.Binomial(), var_weights=weights
    ).fit()
    assert probabilities == pytest.approx(fit.fittedvalues, abs=1e-7)
    assert inverse == pytest.approx(fit.cov_params(), rel=1e-5)


def test_controls_too_few_for_the_covariates_give_a_missing_estimate():
    estimate, influence = effect_on_treated(
        [1.0, 2, 3], [True, True, False], np.column_stack([np.ones(3), [1.0, 2, 3]])
    )
    assert np.isnan(estimate)
    assert not influence.any()


def test_bad_input_is_refused():
    change, treated, design, _ = sample(4)
    with pytest.raises(ValueError, match="doubly_robust, regression, weighting"):
        effect_on_treated(change, treated, design, method="dr")
    with pytest.raises(ValueError, match="same length"):
        effect_on_treated(change[:-1], treated, design)
    with pytest.raises(ValueError, match="both be present"):
        effect_on_treated(change, np.ones(300), design)
    split = np.column_stack([np.ones(300), treated * 10 + np.linspace(0, 1, 300)])
    with pytest.raises(ValueError, match="separate"):
        effect_on_treated(change, treated, split)
