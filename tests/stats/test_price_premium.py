from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import hyp0f1

from agriqa.stats.price_premium import hedonic_premium, premium_from_coefficient

# Stata's 1978 automobile data (sysuse auto): price, mpg, gear ratio, foreign.
AUTO = pd.DataFrame(
    [
        (4099, 22, 3.58, 0),
        (4749, 17, 2.53, 0),
        (3799, 22, 3.08, 0),
        (4816, 20, 2.93, 0),
        (7827, 15, 2.41, 0),
        (5788, 18, 2.73, 0),
        (4453, 26, 2.87, 0),
        (5189, 20, 2.93, 0),
        (10372, 16, 2.93, 0),
        (4082, 19, 3.08, 0),
        (11385, 14, 2.28, 0),
        (14500, 14, 2.19, 0),
        (15906, 21, 2.24, 0),
        (3299, 29, 2.93, 0),
        (5705, 16, 2.56, 0),
        (4504, 22, 2.73, 0),
        (5104, 22, 2.73, 0),
        (3667, 24, 2.73, 0),
        (3955, 19, 2.56, 0),
        (3984, 30, 3.54, 0),
        (4010, 18, 2.47, 0),
        (5886, 16, 2.47, 0),
        (6342, 17, 2.94, 0),
        (4389, 28, 3.15, 0),
        (4187, 21, 3.08, 0),
        (11497, 12, 2.47, 0),
        (13594, 12, 2.47, 0),
        (13466, 14, 2.47, 0),
        (3829, 22, 2.73, 0),
        (5379, 14, 2.75, 0),
        (6165, 15, 2.26, 0),
        (4516, 18, 2.43, 0),
        (6303, 14, 2.75, 0),
        (3291, 20, 3.08, 0),
        (8814, 21, 2.41, 0),
        (5172, 19, 2.93, 0),
        (4733, 19, 2.93, 0),
        (4890, 18, 2.73, 0),
        (4181, 19, 3.08, 0),
        (4195, 24, 2.73, 0),
        (10371, 16, 2.41, 0),
        (4647, 28, 3.05, 0),
        (4425, 34, 2.97, 0),
        (4482, 25, 3.37, 0),
        (6486, 26, 3.54, 0),
        (4060, 18, 3.23, 0),
        (5798, 18, 2.73, 0),
        (4934, 18, 3.08, 0),
        (5222, 19, 2.93, 0),
        (4723, 19, 2.93, 0),
        (4424, 19, 3.08, 0),
        (4172, 24, 2.73, 0),
        (9690, 17, 3.2, 1),
        (6295, 23, 3.7, 1),
        (9735, 25, 3.64, 1),
        (6229, 23, 3.89, 1),
        (4589, 35, 3.7, 1),
        (5079, 24, 3.54, 1),
        (8129, 21, 3.55, 1),
        (4296, 21, 3.37, 1),
        (5799, 25, 3.05, 1),
        (4499, 28, 3.3, 1),
        (3995, 30, 3.73, 1),
        (12990, 14, 3.58, 1),
        (3895, 26, 3.72, 1),
        (3798, 35, 3.81, 1),
        (5899, 18, 3.06, 1),
        (3748, 31, 3.21, 1),
        (5719, 18, 3.05, 1),
        (7140, 23, 3.74, 1),
        (5397, 41, 3.78, 1),
        (4697, 25, 3.78, 1),
        (6850, 25, 3.78, 1),
        (11995, 17, 2.98, 1),
    ],
    columns=["price", "mpg", "gear", "foreign"],
)


def panel(seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    n = 160
    frame = pd.DataFrame(
        {
            "product": rng.integers(0, 6, n),
            "week": rng.integers(0, 5, n),
            "shop": rng.integers(0, 12, n),
            "mark": rng.integers(0, 2, n),
            "size": rng.normal(size=n),
            "form": rng.choice(["fresh", "dried", "tea"], n),
            "weight": rng.uniform(0.5, 2, n),
        }
    )
    noise = rng.normal(scale=0.2, size=n)
    frame["price"] = np.exp(
        2 + 0.15 * frame["mark"] + 0.1 * frame["product"] - 0.05 * frame["week"] + noise
    )
    return frame


def test_the_premium_reproduces_statas_example_of_kennedys_method() -> None:
    # Example on the automobile data, lnprice on foreign, mpg and gear: "Unbiased Estimated
    # Percentage Change in Dependent Variable, Kennedy's (1981) approximation":
    # 56.70733, standard error 17.6987 (Stata output kept in nvidia/Nemotron-CC-Math-v1).
    found = hedonic_premium(
        AUTO, price="price", mark="foreign", covariates=["mpg", "gear"], errors="classical"
    )
    assert round(100 * found.premium, 5) == 56.70733
    assert round(100 * found.premium_standard_error, 4) == 17.6987
    assert found.degrees_of_freedom == 70


@settings(deadline=None)
@given(st.floats(-2, 2), st.floats(1e-6, 0.5))
def test_kennedys_estimate_is_below_halvorsen_and_palmquists(c: float, v: float) -> None:
    kennedy = float(premium_from_coefficient(c, v))
    plain = float(premium_from_coefficient(c, v, estimator="halvorsen-palmquist"))
    assert kennedy < plain
    assert np.log1p(kennedy) == pytest.approx(c - v / 2)


def test_van_garderen_and_shahs_estimate_is_unbiased() -> None:
    # Mean over c ~ N(0.3, 0.04) and an independent V ~ 0.04 chi2(5)/5, by quadrature.
    nodes, mass = np.polynomial.hermite_e.hermegauss(60)
    t, w = np.polynomial.laguerre.laggauss(80)
    # chi2(5) = 2 gamma(2.5).
    density = w * t**1.5 / np.sum(w * t**1.5)
    c = 0.3 + 0.2 * nodes
    v = 0.04 * 2 * t / 5
    values = premium_from_coefficient(
        c[:, None], v[None, :], estimator="van-garderen-shah", degrees_of_freedom=5
    )
    mean = (mass / mass.sum()) @ values @ density
    assert mean == pytest.approx(np.expm1(0.3), abs=1e-4)


def test_van_garderen_and_shahs_series_is_the_hypergeometric_function() -> None:
    v = np.array([0.01, 0.3, 2.0])
    found = premium_from_coefficient(0.4, v, estimator="van-garderen-shah", degrees_of_freedom=9)
    assert found == pytest.approx(np.exp(0.4) * hyp0f1(4.5, -4.5 * v / 2) - 1)


def test_estimates_of_many_degrees_of_freedom_agree() -> None:
    exact = premium_from_coefficient(
        0.4, 0.05, estimator="van-garderen-shah", degrees_of_freedom=1e6
    )
    assert float(exact) == pytest.approx(float(premium_from_coefficient(0.4, 0.05)), abs=1e-6)


@pytest.mark.parametrize(
    ("effects", "terms"),
    [
        ([], ""),
        (["product"], " + C(product)"),
        (["product", "week"], " + C(product) + C(week)"),
        ([("product", "week")], " + C(product):C(week)"),
    ],
)
@pytest.mark.parametrize(("errors", "kind"), [("classical", "nonrobust"), ("hc1", "HC1")])
def test_swept_effects_agree_with_dummies(
    effects: list[str], terms: str, errors: str, kind: str
) -> None:
    frame = panel(1)
    found = hedonic_premium(
        frame,
        price="price",
        mark="mark",
        covariates=["size", "form"],
        fixed_effects=effects,
        errors=errors,  # type: ignore[arg-type]
        weight="weight",
    )
    fit = smf.wls(
        f"np.log(price) ~ mark + size + C(form){terms}", frame, weights=frame["weight"]
    ).fit(cov_type=kind)
    assert found.coefficient == pytest.approx(fit.params["mark"])
    assert found.standard_error == pytest.approx(fit.bse["mark"])


def test_clustered_errors_agree_with_statsmodels_dummies() -> None:
    frame = panel(2)
    found = hedonic_premium(
        frame, price="price", mark="mark", fixed_effects=["product", "week"], cluster="shop"
    )
    fit = smf.ols("np.log(price) ~ mark + C(product) + C(week)", frame).fit(
        cov_type="cluster", cov_kwds={"groups": frame["shop"]}
    )
    assert found.standard_error == pytest.approx(fit.bse["mark"])
    assert found.degrees_of_freedom == found.clusters - 1 == frame["shop"].nunique() - 1  # type: ignore[operator]


def test_effects_nested_in_the_clusters_take_no_degrees_of_freedom() -> None:
    frame = panel(3)
    found = hedonic_premium(
        frame, price="price", mark="mark", fixed_effects=["product"], cluster="product"
    )
    fit = smf.ols("np.log(price) ~ mark + C(product)", frame).fit(
        cov_type="cluster", cov_kwds={"groups": frame["product"], "use_correction": False}
    )
    groups, n = frame["product"].nunique(), len(frame)
    factor = groups / (groups - 1) * (n - 1) / (n - 2)
    assert found.standard_error == pytest.approx(fit.bse["mark"] * np.sqrt(factor))


def test_the_premium_does_not_depend_on_the_currency() -> None:
    frame = panel(4)
    one = hedonic_premium(frame, price="price", mark="mark", fixed_effects=["product"])
    frame["price"] *= 7.1
    other = hedonic_premium(frame, price="price", mark="mark", fixed_effects=["product"])
    assert other.premium == pytest.approx(one.premium)
    assert one.low < one.premium < one.high


def test_rows_with_missing_values_are_left_out() -> None:
    frame = panel(5)
    frame.loc[:9, "price"] = np.nan
    found = hedonic_premium(frame, price="price", mark="mark")
    assert found.observations == len(frame) - 10


def test_a_covariate_that_repeats_another_changes_nothing() -> None:
    frame = panel(6)
    frame["twice"] = 2 * frame["size"]
    once = hedonic_premium(frame, price="price", mark="mark", covariates=["size"])
    both = hedonic_premium(frame, price="price", mark="mark", covariates=["size", "twice"])
    assert both.standard_error == pytest.approx(once.standard_error)


def test_a_mark_that_does_not_vary_within_its_product_is_refused() -> None:
    frame = pd.DataFrame({"p": [1.0, 2, 3, 4], "m": [0, 0, 1, 1], "g": ["a", "a", "b", "b"]})
    with pytest.raises(ValueError, match="vary within"):
        hedonic_premium(frame, price="p", mark="m", fixed_effects=["g"])


@pytest.mark.parametrize(
    ("change", "options", "message"),
    [
        ({"price": 0.0}, {}, "above 0"),
        ({"mark": 2}, {}, "0 or 1"),
        ({"mark": 1}, {}, "and others"),
        ({}, {"covariates": ["colour"]}, "colour"),
        ({}, {"errors": "hc9"}, "hc1"),
        ({}, {"estimator": "smearing"}, "kennedy"),
        ({}, {"confidence": 95}, "between 0 and 1"),
        ({"shop": 1}, {"cluster": "shop"}, "two clusters"),
        ({"weight": 0.0}, {"weight": "weight"}, "above 0"),
    ],
)
def test_bad_input_is_refused(
    change: dict[str, float], options: dict[str, object], message: str
) -> None:
    frame = panel(7).assign(**change)
    with pytest.raises(ValueError, match=message):
        hedonic_premium(frame, price="price", mark="mark", **options)  # type: ignore[arg-type]


def test_a_negative_variance_is_refused() -> None:
    with pytest.raises(ValueError, match="0 or above"):
        premium_from_coefficient(0.1, -0.1)


def test_the_exact_estimate_needs_degrees_of_freedom() -> None:
    with pytest.raises(ValueError, match="degrees_of_freedom"):
        premium_from_coefficient(0.1, 0.1, estimator="van-garderen-shah")


def test_the_summary_gives_the_premium_in_two_languages_only() -> None:
    found = hedonic_premium(AUTO, price="price", mark="foreign", covariates=["mpg", "gear"])
    assert "56." in found.summary()
    assert "premium is 56." in found.summary("en")
    with pytest.raises(ValueError, match="zh"):
        found.summary("fr")  # type: ignore[arg-type]
