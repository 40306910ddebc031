import itertools

import numpy as np
import pytest

from agriqa.stats.difference_in_differences import two_way_fixed_effects
from agriqa.stats.fixed_effects import fit_fixed_effects
from agriqa.stats.wild_bootstrap import bootstrap_signs, wild_cluster_bootstrap
from tests.stats.simulated_panels import staggered_panel

PANEL = {"outcome": "y", "unit": "unit", "time": "t"}


def panel(seed: int, effect: float = 0.0):
    frame = staggered_panel(seed, n_units=18, effect=effect, gaps=0.1)
    return frame.assign(group=frame["unit"] % 5)


def t_square(frame, covariates, weights):
    effect = two_way_fixed_effects(
        frame, treatment="d", covariates=covariates, weights=weights, cluster="group", **PANEL
    )
    return (effect.estimate / effect.standard_error) ** 2


@pytest.mark.parametrize("weights", [None, "w"])
def test_the_p_value_is_that_of_refitting_every_draw(weights):
    frame = panel(1, effect=0.6)
    frame = frame[frame.groupby("unit")["t"].transform("count") > 1]
    null = fit_fixed_effects(
        frame, regressors=["x"], weights=weights, cluster="group", **PANEL
    ).residuals
    observed = t_square(frame, ["x"], weights)
    exceed = []
    for signs in itertools.product((-1.0, 1.0), repeat=5):
        drawn = frame.assign(y=frame["y"] - null + null * np.asarray(signs)[frame["group"]])
        exceed.append(t_square(drawn, ["x"], weights) > observed * (1 + 1e-9))
    found = wild_cluster_bootstrap(
        frame, treatment="d", covariates=["x"], weights=weights, cluster="group", **PANEL
    )
    assert found.n_draws == 32
    assert found.effect.p_value == pytest.approx(np.mean(exceed))


def test_without_the_null_draws_come_from_the_fitted_model():
    frame = panel(8, effect=0.6)
    fit = fit_fixed_effects(frame, regressors=["d"], cluster="group", **PANEL)
    frame = frame.loc[fit.residuals.index]
    observed = t_square(frame, [], None)
    exceed = []
    for signs in itertools.product((-1.0, 1.0), repeat=5):
        noise = fit.residuals * (np.asarray(signs)[frame["group"]] - 1)
        # The draw's estimate is compared with the one it was drawn from.
        drawn = frame.assign(y=frame["y"] + noise - fit.coefficients["d"] * frame["d"])
        exceed.append(t_square(drawn, [], None) > observed * (1 + 1e-9))
    found = wild_cluster_bootstrap(
        frame, treatment="d", cluster="group", null_imposed=False, **PANEL
    )
    assert found.effect.p_value == pytest.approx(np.mean(exceed))


def test_estimate_and_error_are_those_of_the_regression():
    frame = panel(2)
    found = wild_cluster_bootstrap(frame, treatment="d", cluster="group", **PANEL).effect
    plain = two_way_fixed_effects(frame, treatment="d", cluster="group", **PANEL)
    assert found.estimate == pytest.approx(plain.estimate)
    assert found.standard_error == pytest.approx(plain.standard_error)


@pytest.mark.parametrize("null_imposed", [True, False])
def test_the_interval_holds_the_values_that_are_not_rejected(null_imposed):
    frame = panel(3, effect=2.0)
    options = {"treatment": "d", "cluster": "group", "null_imposed": null_imposed}
    effect = wild_cluster_bootstrap(frame, **options, **PANEL).effect
    assert effect.low < effect.estimate < effect.high
    margin = 1e-3 * (effect.high - effect.low)
    for limit, inward in ((effect.low, 1), (effect.high, -1)):
        inside, outside = (
            wild_cluster_bootstrap(
                frame.assign(y=frame["y"] - (limit + side * inward * margin) * frame["d"]),
                **options,
                **PANEL,
            ).effect.p_value
            for side in (1, -1)
        )
        assert inside > 0.05 >= outside


def test_with_many_clusters_the_bootstrap_agrees_with_the_t_test():
    frame = staggered_panel(4, n_units=51, effect=0.35)
    plain = two_way_fixed_effects(frame, treatment="d", **PANEL)
    for signs in ("rademacher", "webb"):
        found = wild_cluster_bootstrap(
            frame, treatment="d", signs=signs, n_draws=1999, **PANEL
        ).effect
        assert found.p_value == pytest.approx(plain.p_value, abs=0.03)
        assert found.high - found.low == pytest.approx(plain.high - plain.low, rel=0.15)


def test_the_same_seed_gives_the_same_draws():
    first = bootstrap_signs("webb", 5, 200, 7)
    assert np.array_equal(first, bootstrap_signs("webb", 5, 200, 7))
    assert not np.array_equal(first, bootstrap_signs("webb", 5, 200, 8))


def test_signs_have_mean_zero_and_variance_one():
    webb = np.unique(bootstrap_signs("webb", 10, 500, 1))
    assert webb.tolist() == pytest.approx(
        [-np.sqrt(1.5), -1, -np.sqrt(0.5), np.sqrt(0.5), 1, np.sqrt(1.5)]
    )
    assert (webb**2).mean() == pytest.approx(1)
    everything = bootstrap_signs("rademacher", 4, 16, 0)
    assert len({tuple(row) for row in everything.tolist()}) == 16
    assert len(bootstrap_signs("rademacher", 5, 16, 0)) == 16


def test_with_two_clusters_nothing_can_be_excluded():
    frame = panel(5, effect=5.0).assign(group=lambda f: f["unit"] % 2)
    effect = wild_cluster_bootstrap(frame, treatment="d", cluster="group", **PANEL).effect
    assert effect.low == -np.inf or effect.p_value < 0.05


def test_the_summary_says_how_many_clusters_there_are():
    found = wild_cluster_bootstrap(panel(6), treatment="d", cluster="group", **PANEL)
    assert "wild bootstrap of 5 clusters" in found.summary("en")
    assert "5 个聚类" in found.summary()


def test_bad_input_is_refused():
    frame = panel(7)
    with pytest.raises(ValueError, match="rademacher, webb"):
        wild_cluster_bootstrap(frame, treatment="d", signs="normal", **PANEL)
    with pytest.raises(ValueError, match="one draw"):
        bootstrap_signs("webb", 5, 0, 0)
    with pytest.raises(ValueError, match="no column z"):
        wild_cluster_bootstrap(frame, treatment="z", **PANEL)
    with pytest.raises(ValueError, match="zh, en"):
        wild_cluster_bootstrap(frame, treatment="d", **PANEL).summary("fr")
