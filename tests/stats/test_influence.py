import numpy as np
import pytest

from agriqa.stats.influence import influence_covariance, multiplier_bootstrap


def test_the_band_of_one_estimate_is_pointwise_and_of_many_near_bonferroni():
    values = np.random.default_rng(1).normal(size=(500, 20))
    clusters = np.arange(500)
    one = multiplier_bootstrap(values[:, :1], clusters, n_draws=5000)[1]
    many = multiplier_bootstrap(values, clusters, n_draws=5000)[1]
    assert one == pytest.approx(1.96, abs=0.1)
    assert many == pytest.approx(3.02, abs=0.15)  # normal quantile at 1 - 0.05 / 40
    errors, _ = multiplier_bootstrap(np.zeros((5, 1)), np.arange(5), n_draws=100)
    assert np.isnan(errors).all()


def test_the_covariance_of_the_influence_is_that_of_means():
    values = np.random.default_rng(2).normal(size=(50, 3))
    values -= values.mean(axis=0)
    expected = np.cov(values.T, ddof=0) / 50
    assert influence_covariance(values, np.arange(50)) == pytest.approx(expected)


def test_units_of_one_cluster_count_as_one():
    values = np.random.default_rng(3).normal(size=(30, 2))
    pairs = np.repeat(values, 2, axis=0)
    found = influence_covariance(pairs, np.repeat(np.arange(30), 2))
    assert found == pytest.approx(influence_covariance(values, np.arange(30)))
    draws = [
        multiplier_bootstrap(part, clusters, n_draws=200, seed=1)[0].tolist()
        for part, clusters in ((pairs, np.repeat(np.arange(30), 2)), (values, np.arange(30)))
    ]
    assert draws[0] == pytest.approx(draws[1])


def test_too_few_draws_are_refused():
    with pytest.raises(ValueError, match="at least 100"):
        multiplier_bootstrap(np.ones((5, 1)), np.arange(5), n_draws=99)
