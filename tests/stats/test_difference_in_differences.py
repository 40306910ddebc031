import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from hypothesis import given, settings
from hypothesis import strategies as st

from agriqa.stats.difference_in_differences import (
    before_after,
    treatment_status,
    two_by_two,
    two_way_fixed_effects,
)
from tests.stats.published_panels import DONOR_MEAN, cigarette_sales, employment_panel
from tests.stats.simulated_panels import staggered_panel

CELLS = {"outcome": "y", "treated": "treated", "post": "post"}
PANEL = {"outcome": "y", "unit": "unit", "time": "t"}


def cells(seed: int, n: int = 40) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "y": random.normal(size=n),
            "treated": np.r_[0, 0, 0, 0, 1, 1, 1, 1, random.integers(0, 2, n - 8)],
            "post": np.r_[0, 0, 1, 1, 0, 0, 1, 1, random.integers(0, 2, n - 8)],
            "x": random.normal(size=n),
            "w": random.uniform(0.5, 2, n),
            "unit": random.integers(0, 9, n),
        }
    )
    return frame


@settings(max_examples=40)
@given(st.integers(0, 10**6))
def test_two_by_two_is_the_difference_of_the_differences_of_means(seed):
    frame = cells(seed)
    mean = frame.groupby(["treated", "post"])["y"].mean()
    expected = (mean[1, 1] - mean[1, 0]) - (mean[0, 1] - mean[0, 0])
    assert two_by_two(frame, **CELLS).estimate == pytest.approx(expected, abs=1e-10)


def test_the_default_error_sums_the_squared_errors_of_the_four_means():
    frame = cells(1)
    expected = (frame.groupby(["treated", "post"])["y"].sem() ** 2).sum() ** 0.5
    assert two_by_two(frame, **CELLS).standard_error == pytest.approx(expected)


def test_weighted_two_by_two_is_the_difference_of_weighted_means():
    frame = cells(2)
    mean = {
        cell: np.average(part["y"], weights=part["w"])
        for cell, part in frame.groupby(["treated", "post"])
    }
    expected = (mean[1, 1] - mean[1, 0]) - (mean[0, 1] - mean[0, 0])
    assert two_by_two(frame, weights="w", **CELLS).estimate == pytest.approx(expected)


def test_covariates_and_clusters_agree_with_the_formula_regression():
    frame = cells(3)
    fit = smf.ols("y ~ treated * post + x", frame).fit(
        cov_type="cluster", cov_kwds={"groups": frame["unit"]}, use_t=True
    )
    effect = two_by_two(frame, covariates=["x"], cluster="unit", **CELLS)
    assert effect.estimate == pytest.approx(fit.params["treated:post"])
    assert effect.standard_error == pytest.approx(fit.bse["treated:post"])
    assert effect.p_value == pytest.approx(fit.pvalues["treated:post"])


@pytest.mark.parametrize(("errors", "kind"), [("classical", "nonrobust"), ("hc1", "HC1")])
def test_errors_without_clusters_follow_their_convention(errors, kind):
    frame = cells(4)
    fit = smf.ols("y ~ treated * post", frame).fit(cov_type=kind)
    effect = two_by_two(frame, errors=errors, **CELLS)
    assert effect.standard_error == pytest.approx(fit.bse["treated:post"])


def test_proposition_99_has_its_published_difference_in_differences():
    # -27.3 packs: Arkhangelsky et al. (2021), Am. Econ. Rev. 111: 4088-4118, table 1.
    sales = pd.DataFrame({"California": cigarette_sales()["California"], "donors": DONOR_MEAN})
    rows = sales.reset_index().melt("year", var_name="state", value_name="y")
    rows["treated"] = (rows["state"] == "California").astype(int)
    rows["post"] = (rows["year"] >= 1989).astype(int)
    assert round(two_by_two(rows, **CELLS).estimate, 1) == -27.3


def test_two_by_two_recovers_a_planted_effect():
    frame = staggered_panel(5, starts=(3.0, np.nan), n_units=200, effect=2.0)
    frame["treated"] = frame["start"].notna().astype(int)
    frame["post"] = (frame["t"] >= 3).astype(int)
    effect = two_by_two(frame, cluster="unit", **CELLS)
    assert effect.low < 2.0 < effect.high
    assert effect.standard_error < 0.2
    assert effect.n_units == 200


def test_before_after_counts_the_common_trend_as_effect():
    frame = staggered_panel(6, starts=(3.0, np.nan), n_units=200, noise=0.1)
    frame["y"] += 5.0 * (frame["t"] >= 3)
    frame["post"] = (frame["t"] >= 3).astype(int)
    treated = frame[frame["start"].notna()]
    naive = before_after(treated, outcome="y", post="post", cluster="unit")
    mean = treated.groupby("post")["y"].mean()
    assert naive.estimate == pytest.approx(mean[1] - mean[0])
    honest = two_way_fixed_effects(frame, treatment="d", **PANEL)
    assert abs(honest.estimate) < 0.1


def test_before_after_without_clusters_has_the_error_of_two_means():
    frame = cells(7)
    expected = (frame.groupby("post")["y"].sem() ** 2).sum() ** 0.5
    effect = before_after(frame, outcome="y", post="post")
    assert effect.standard_error == pytest.approx(expected)


def test_two_way_fixed_effects_with_two_periods_is_two_by_two():
    frame = staggered_panel(8, n_periods=2, starts=(1.0, np.nan))
    frame["treated"] = frame["start"].notna().astype(int)
    effect = two_way_fixed_effects(frame, treatment="d", **PANEL)
    same = two_by_two(frame.assign(post=frame["t"]), **CELLS)
    assert effect.estimate == pytest.approx(same.estimate)


def test_the_employment_panel_has_its_two_way_fixed_effects_coefficient():
    # R fixest, feols(lemp ~ post | countyreal + year, cluster = "countyreal"), in B. Callaway's
    # material on two-way fixed effects weights: post -0.036549 0.013265 -2.75526 0.006079.
    panel = employment_panel()
    panel["d"] = treatment_status(panel, unit="unit", time="year", cohort="start")
    effect = two_way_fixed_effects(panel, outcome="y", treatment="d", unit="unit", time="year")
    assert round(effect.estimate, 6) == -0.036549
    assert round(effect.standard_error, 6) == 0.013265
    assert round(effect.p_value, 6) == 0.006079
    assert (effect.n_observations, effect.n_units) == (2500, 500)


@settings(max_examples=20)
@given(st.integers(0, 10**6), st.floats(-5, 5))
def test_two_way_fixed_effects_move_with_a_constant_effect_added(seed, effect):
    frame = staggered_panel(seed, gaps=0.1)
    moved = frame.assign(y=frame["y"] + effect * frame["d"])
    first = two_way_fixed_effects(frame, treatment="d", covariates=["x"], **PANEL)
    second = two_way_fixed_effects(moved, treatment="d", covariates=["x"], **PANEL)
    assert second.estimate - first.estimate == pytest.approx(effect, abs=1e-8)
    assert second.standard_error == pytest.approx(first.standard_error)


def test_treatment_starts_with_the_cohort_less_anticipation():
    frame = pd.DataFrame(
        {"unit": [1, 1, 1, 2, 1], "t": [1, 2, 3, 3, None], "start": [3, 3, 3, np.inf, 3]}
    )
    columns = {"unit": "unit", "time": "t", "cohort": "start"}
    assert treatment_status(frame, **columns).tolist()[:4] == [0, 0, 1, 0]
    early = treatment_status(frame, anticipation=1, **columns)
    assert early.tolist()[:4] == [0, 1, 1, 0]
    assert np.isnan(early.iloc[4])


def test_bad_input_is_refused():
    frame = cells(9)
    with pytest.raises(ValueError, match="0 or 1"):
        two_by_two(frame.assign(post=2), **CELLS)
    with pytest.raises(ValueError, match="every combination"):
        two_by_two(frame[frame["post"] == 1], **CELLS)
    with pytest.raises(ValueError, match="classical, hc1, hc2"):
        two_by_two(frame, errors="HC3", **CELLS)
    with pytest.raises(ValueError, match="collinear"):
        two_by_two(frame.assign(x=frame["post"] * 2), covariates=["x"], **CELLS)
    with pytest.raises(ValueError, match="too few"):
        two_by_two(frame.drop_duplicates(["treated", "post"]), **CELLS)
    with pytest.raises(ValueError, match="two clusters"):
        two_by_two(frame.assign(unit=1), cluster="unit", **CELLS)
    with pytest.raises(ValueError, match="no column z"):
        before_after(frame, outcome="z", post="post")
    with pytest.raises(ValueError, match="no column z"):
        treatment_status(frame, unit="unit", time="z", cohort="y")
