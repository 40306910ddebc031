import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.datasets import grunfeld

from agriqa.stats.fixed_effects import (
    cluster_scores,
    fit_fixed_effects,
    small_sample_factor,
    without_two_way_means,
)
from tests.stats.simulated_panels import staggered_panel

COLUMNS = {"outcome": "y", "unit": "unit", "time": "t"}


def dummy_regression(frame, regressors, cluster, weights=None):
    design = np.column_stack(
        [
            frame[regressors],
            pd.get_dummies(frame["unit"], dtype=float),
            pd.get_dummies(frame["t"], dtype=float).iloc[:, 1:],
        ]
    )
    weight = np.ones(len(frame)) if weights is None else frame[weights]
    groups = pd.factorize(frame[cluster])[0]
    return sm.WLS(frame["y"].to_numpy(), design, weights=weight).fit(
        cov_type="cluster", cov_kwds={"groups": groups}
    )


@settings(max_examples=25)
@given(st.integers(0, 10**6), st.sampled_from([None, "w"]), st.sampled_from(["unit", "group"]))
def test_the_within_fit_is_the_regression_on_dummies(seed, weights, cluster):
    frame = staggered_panel(seed, n_units=12, gaps=0.2)
    fit = fit_fixed_effects(
        frame,
        regressors=["d", "x"],
        cluster=cluster,
        weights=weights,
        small_sample="full",
        drop_singletons=False,
        **COLUMNS,
    )
    other = dummy_regression(frame, ["d", "x"], cluster, weights)
    assert fit.coefficients.to_numpy() == pytest.approx(other.params[:2], abs=1e-8)
    assert np.sqrt(np.diag(fit.covariance)) == pytest.approx(other.bse[:2], rel=1e-6)


def test_the_grunfeld_investment_equation_has_its_published_coefficients():
    # Baltagi, Econometric Analysis of Panel Data, table 3.1: ten firms, two-way within.
    data = grunfeld.load_pandas().data
    firms = data[data["firm"] != "American Steel"]
    fit = fit_fixed_effects(
        firms, outcome="invest", regressors=["value", "capital"], unit="firm", time="year"
    )
    assert fit.coefficients.round(3).tolist() == [0.118, 0.358]
    assert (fit.n_observations, fit.n_units, fit.n_periods) == (200, 10, 20)


@settings(max_examples=30)
@given(st.integers(0, 10**6))
def test_residualised_columns_have_no_unit_or_period_mean(seed):
    frame = staggered_panel(seed, gaps=0.3)
    units, periods = pd.factorize(frame["unit"])[0], pd.factorize(frame["t"])[0]
    left = without_two_way_means(frame["y"], units, periods, weights=frame["w"]) * frame["w"]
    assert np.abs(np.bincount(units, left)).max() < 1e-9
    assert np.abs(np.bincount(periods, left)).max() < 1e-9


def test_the_small_sample_factors_count_parameters_as_documented():
    counts = {"n_observations": 60, "n_regressors": 2}
    counts |= {"n_units": 10, "n_periods": 6, "n_clusters": 10}
    assert small_sample_factor("none", units_nested=True, **counts) == 1
    assert small_sample_factor("clusters", units_nested=True, **counts) == pytest.approx(10 / 9)
    nested = small_sample_factor("nested", units_nested=True, **counts)
    assert nested == pytest.approx(10 / 9 * 59 / (60 - 2 - 6))
    full = small_sample_factor("full", units_nested=True, **counts)
    assert full == pytest.approx(10 / 9 * 59 / (60 - 2 - 15))
    assert small_sample_factor("nested", units_nested=False, **counts) == full


def test_singletons_change_the_error_but_not_the_estimate():
    frame = staggered_panel(3, gaps=0.0)
    alone = pd.DataFrame({"unit": [99], "t": [2.0], "y": [5.0], "d": [0.0]})
    both = pd.concat([frame, alone], ignore_index=True)
    dropped = fit_fixed_effects(both, regressors=["d"], **COLUMNS)
    kept = fit_fixed_effects(both, regressors=["d"], drop_singletons=False, **COLUMNS)
    assert dropped.n_observations == len(frame)
    assert kept.n_clusters == dropped.n_clusters + 1
    assert kept.coefficients["d"] == pytest.approx(dropped.coefficients["d"])


def test_rows_with_a_missing_value_or_no_weight_are_left_out():
    frame = staggered_panel(4)
    holed = frame.assign(
        y=frame["y"].where(frame.index != 7), w=frame["w"].where(frame.index != 9, 0)
    )
    fit = fit_fixed_effects(holed, regressors=["d"], weights="w", **COLUMNS)
    same = fit_fixed_effects(frame.drop([7, 9]), regressors=["d"], weights="w", **COLUMNS)
    assert fit.coefficients["d"] == pytest.approx(same.coefficients["d"], abs=1e-12)
    assert fit.n_observations == len(frame) - 2


def test_scores_are_summed_within_clusters():
    scores = cluster_scores(
        np.array([[1.0], [2.0], [3.0]]),
        np.array([1.0, 1.0, -1.0]),
        np.array([0, 1, 1]),
        np.array([1.0, 2.0, 1.0]),
    )
    assert scores.tolist() == [[1.0], [1.0]]


def test_a_regressor_that_the_effects_explain_is_refused():
    frame = staggered_panel(1).assign(fixed=lambda f: f["unit"] * 1.0)
    with pytest.raises(ValueError, match="fixed cannot be told apart"):
        fit_fixed_effects(frame, regressors=["d", "fixed"], **COLUMNS)
    twin = frame.assign(twin=lambda f: 2 * f["x"] + f["fixed"])
    with pytest.raises(ValueError, match="cannot be told apart"):
        fit_fixed_effects(twin, regressors=["x", "twin"], **COLUMNS)


def test_bad_input_is_refused():
    frame = staggered_panel(1)
    with pytest.raises(ValueError, match="no column z"):
        fit_fixed_effects(frame, regressors=["z"], **COLUMNS)
    with pytest.raises(ValueError, match="more than one row"):
        fit_fixed_effects(pd.concat([frame, frame]), regressors=["d"], **COLUMNS)
    with pytest.raises(ValueError, match="distinct"):
        fit_fixed_effects(frame, regressors=["d", "d"], **COLUMNS)
    with pytest.raises(ValueError, match="nested, full, clusters, none"):
        fit_fixed_effects(frame, regressors=["d"], small_sample="stata", **COLUMNS)
    with pytest.raises(ValueError, match="two clusters"):
        fit_fixed_effects(frame.assign(one=1), regressors=["d"], cluster="one", **COLUMNS)
    with pytest.raises(ValueError, match="two periods"):
        fit_fixed_effects(frame[frame["t"] == 0], regressors=["x"], **COLUMNS)
    with pytest.raises(ValueError, match="regressor must be one of d"):
        fit_fixed_effects(frame, regressors=["d"], **COLUMNS).effect("e")
    with pytest.raises(ValueError, match="degrees of freedom"):
        small_sample_factor(
            "full",
            n_observations=5,
            n_regressors=1,
            n_units=4,
            n_periods=2,
            n_clusters=4,
            units_nested=True,
        )
