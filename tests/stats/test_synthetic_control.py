import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from agriqa.stats.synthetic_control import simplex_weights, synthetic_control
from tests.stats.published_panels import cigarette_sales


def made(seed: int, *, n_donors: int = 8, n_periods: int = 12, effect: float = 0.0):
    """A treated unit that mixes donors 0 and 1 before treatment at period 8."""
    random = np.random.default_rng(seed)
    donors = random.normal(size=(n_periods, n_donors)).cumsum(axis=0) + random.normal(size=n_donors)
    outcomes = pd.DataFrame(donors, columns=[f"donor {i}" for i in range(n_donors)])
    mix = 0.3 * outcomes["donor 0"] + 0.7 * outcomes["donor 1"]
    outcomes.insert(0, "treated", mix + effect * (outcomes.index >= 8))
    return outcomes


@settings(max_examples=40)
@given(st.integers(0, 10**6), st.integers(1, 8), st.integers(1, 15), st.sampled_from([0.0, 0.5]))
def test_weights_are_on_the_simplex_and_satisfy_the_optimality_conditions(seed, m, n, ridge):
    random = np.random.default_rng(seed)
    target, donors = 100 + random.normal(size=m) * 10, 100 + random.normal(size=(m, n)) * 10
    weights = simplex_weights(target, donors, ridge=ridge)
    assert weights.sum() == pytest.approx(1)
    assert (weights >= 0).all()
    slope = donors.T @ (donors @ weights - target) + ridge * weights
    # At the optimum every donor with weight has the least slope.
    assert slope[weights > 1e-8] == pytest.approx(slope.min(), abs=1e-4 * (1 + np.abs(slope).max()))


def test_weights_agree_with_a_general_optimiser():
    sales = cigarette_sales()
    before = sales.loc[:1988]
    target, donors = before["California"].to_numpy(), before.drop(columns="California").to_numpy()
    found = minimize(
        lambda w: ((donors @ w - target) ** 2).sum() / 100,
        np.full(6, 1 / 6),
        bounds=[(0, 1)] * 6,
        constraints={"type": "eq", "fun": lambda w: w.sum() - 1},
        method="SLSQP",
        options={"ftol": 1e-12, "maxiter": 500},
    )
    assert simplex_weights(target, donors) == pytest.approx(found.x, abs=1e-3)


def test_a_ridge_spreads_the_weights():
    donors = np.array([[1.0, 1.0, 3.0]])
    assert simplex_weights([1.0], donors, ridge=1e-6).round(3).tolist() == [0.5, 0.5, 0.0]
    assert simplex_weights([1.0], donors, ridge=1e6) == pytest.approx([1 / 3] * 3, abs=1e-3)


def test_proposition_99_has_its_published_effect_and_donors():
    # Matching sales only: six states, -19.5 packs a head on average 1989-2000 (Mendez 2026,
    # "Synthetic Difference-in-Differences in Stata", from synth2; -19.6 with a small ridge in
    # Arkhangelsky et al. 2021, Am. Econ. Rev. 111, table 1). States without weight cannot
    # change the optimum and are not in the data.
    study = synthetic_control(cigarette_sales(), treated="California", first_treated=1989)
    assert round(study.effect, 1) == -19.5
    assert (study.weights > 0.01).all()
    assert study.weights.sort_values(ascending=False).index[:4].tolist() == [
        "Utah",
        "Montana",
        "Nevada",
        "Connecticut",
    ]


def test_by_2000_proposition_99_took_about_26_packs():
    # Abadie, Diamond, Hainmueller (2010), abstract: "about 26 packs lower" in 2000, there with
    # further predictors; sales alone give the same to a pack.
    study = synthetic_control(cigarette_sales(), treated="California", first_treated=1989)
    assert study.paths["gap"][2000] == pytest.approx(-26, abs=1.0)


@settings(max_examples=25)
@given(st.integers(0, 10**6), st.floats(-5, 5))
def test_a_mix_of_donors_is_found_and_its_effect_recovered(seed, effect):
    study = synthetic_control(made(seed, effect=effect), treated="treated", first_treated=8)
    assert study.pre_error < 1e-6
    assert study.effect == pytest.approx(effect, abs=1e-4)


def test_the_paths_and_errors_are_those_of_the_weights():
    outcomes = made(1, effect=2.0)
    outcomes["treated"] += np.random.default_rng(1).normal(size=12)
    study = synthetic_control(outcomes, treated="treated", first_treated=8)
    synthetic = outcomes[study.weights.index] @ study.weights
    gap = outcomes["treated"] - synthetic
    assert study.paths["gap"].to_numpy() == pytest.approx(gap.to_numpy())
    assert study.pre_error == pytest.approx((gap[:8] ** 2).mean() ** 0.5)
    assert study.post_error == pytest.approx((gap[8:] ** 2).mean() ** 0.5)
    assert study.error_ratio == pytest.approx((gap[8:] ** 2).mean() / (gap[:8] ** 2).mean())


def test_predictors_are_matched_in_units_of_their_spread():
    outcomes = made(2)
    predictors = pd.DataFrame(
        {"level": outcomes.iloc[:8].mean(), "last": outcomes.iloc[7], "same": 1.0}
    )
    study = synthetic_control(outcomes, treated="treated", first_treated=8, predictors=predictors)
    rescaled = synthetic_control(
        outcomes, treated="treated", first_treated=8, predictors=predictors * [1000.0, 1.0, 1.0]
    )
    assert study.weights.to_numpy() == pytest.approx(rescaled.weights.to_numpy(), abs=1e-6)
    matched = predictors.loc[study.weights.index, ["level", "last"]].T @ study.weights
    assert matched.tolist() == pytest.approx(predictors.loc["treated", ["level", "last"]].tolist())


def test_a_predictor_without_importance_is_not_matched():
    outcomes = made(3)
    predictors = pd.DataFrame({"level": outcomes.iloc[:8].mean(), "last": outcomes.iloc[7]})
    options = {"treated": "treated", "first_treated": 8, "ridge": 1e-6}
    first = synthetic_control(outcomes, predictors=predictors, predictor_weights=[1, 0], **options)
    same = synthetic_control(outcomes, predictors=predictors[["level"]], **options)
    assert first.weights.to_numpy() == pytest.approx(same.weights.to_numpy(), abs=1e-6)


def test_donors_with_gaps_before_treatment_are_left_out():
    outcomes = made(4)
    outcomes.loc[3, "donor 5"] = np.nan
    outcomes.loc[2, "treated"] = np.nan
    study = synthetic_control(outcomes, treated="treated", first_treated=8)
    assert "donor 5" not in study.weights.index
    assert np.isnan(study.paths["gap"][2])
    assert study.effect == pytest.approx(0, abs=1e-4)


def test_a_donor_without_weight_may_be_missing_afterwards():
    outcomes = made(5, effect=1.0)
    outcomes.loc[10, "donor 6"] = np.nan
    study = synthetic_control(outcomes, treated="treated", first_treated=8)
    assert study.effect == pytest.approx(1.0, abs=1e-4)
    outcomes.loc[10, "donor 1"] = np.nan
    study = synthetic_control(outcomes, treated="treated", first_treated=8)
    assert np.isnan(study.paths["gap"][10])
    assert study.effect == pytest.approx(1.0, abs=1e-4)


def test_the_summary_names_the_chief_donors():
    study = synthetic_control(cigarette_sales(), treated="California", first_treated=1989)
    assert study.summary("en").startswith("From 1989 on California differs")
    assert "Utah 0.39" in study.summary("en")
    assert "Utah 0.39" in study.summary()


def test_bad_input_is_refused():
    outcomes = made(6)
    options = {"treated": "treated", "first_treated": 8}
    with pytest.raises(ValueError, match="absent"):
        synthetic_control(outcomes, treated="nobody", first_treated=8)
    with pytest.raises(ValueError, match="different columns"):
        synthetic_control(outcomes, donors=["treated"], **options)
    with pytest.raises(ValueError, match="before and from"):
        synthetic_control(outcomes, treated="treated", first_treated=99)
    with pytest.raises(ValueError, match="in order"):
        synthetic_control(outcomes[::-1], **options)
    with pytest.raises(ValueError, match="no donor"):
        synthetic_control(outcomes.assign(**{"donor 1": np.nan}), donors=["donor 1"], **options)
    predictors = pd.DataFrame({"level": outcomes.mean()})
    with pytest.raises(ValueError, match="need predictors"):
        synthetic_control(outcomes, predictor_weights=[1.0], **options)
    with pytest.raises(ValueError, match="predictors lack"):
        synthetic_control(outcomes, predictors=predictors.iloc[:3], **options)
    with pytest.raises(ValueError, match="one non-negative"):
        synthetic_control(outcomes, predictors=predictors, predictor_weights=[-1.0], **options)
    with pytest.raises(ValueError, match="missing"):
        synthetic_control(outcomes, predictors=predictors * np.nan, **options)
    with pytest.raises(ValueError, match="one row per value"):
        simplex_weights([1.0], [[1.0], [2.0]])
    with pytest.raises(ValueError, match="missing"):
        simplex_weights([np.nan], [[1.0]])
    with pytest.raises(ValueError, match="ridge"):
        simplex_weights([1.0], [[1.0]], ridge=-1)
    with pytest.raises(ValueError, match="zh, en"):
        synthetic_control(outcomes, **options).summary("fr")
