from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats

from agriqa.stats.fay_herriot import fay_herriot

# fmt: off
# Expenditure on fresh milk in 43 areas: direct estimate, standard deviation, major
# area; Arora and Lahiri (1997), data set `milk` of the R package sae.
MILK = np.array([
    (1.099, 0.163, 1), (1.075, 0.08, 1), (1.105, 0.083, 1), (0.628, 0.109, 1),
    (0.753, 0.119, 1), (0.981, 0.141, 1), (1.257, 0.202, 1), (1.095, 0.127, 2),
    (1.405, 0.168, 2), (1.356, 0.178, 2), (0.615, 0.1, 2), (1.46, 0.201, 2),
    (1.338, 0.148, 2), (0.854, 0.143, 2), (1.176, 0.149, 3), (1.111, 0.145, 3),
    (1.257, 0.135, 3), (1.43, 0.172, 3), (1.278, 0.137, 3), (1.292, 0.163, 3),
    (1.002, 0.125, 3), (1.183, 0.247, 3), (1.044, 0.14, 3), (1.267, 0.171, 3),
    (1.193, 0.106, 3), (0.791, 0.121, 4), (0.795, 0.121, 4), (0.759, 0.259, 4),
    (0.796, 0.106, 4), (0.565, 0.089, 4), (0.886, 0.225, 4), (0.952, 0.205, 4),
    (0.807, 0.119, 4), (0.582, 0.067, 4), (0.684, 0.106, 4), (0.787, 0.126, 4),
    (0.44, 0.092, 4), (0.759, 0.132, 4), (0.77, 0.1, 4), (0.8, 0.113, 4),
    (0.756, 0.083, 4), (0.865, 0.121, 4), (0.64, 0.129, 4),
])
MAJOR = np.stack([MILK[:, 2] == area for area in (2, 3, 4)], axis=1).astype(float)

# Results of sae::mseFH(yi ~ as.factor(MajorArea), SD^2), kept as reference in the tests
# of the Python package samplics (tests/sae/test_eblup_area_model.py). sae stops at a
# relative change of 1e-4, hence the comparison to 1e-6.
EBLUP = {
    "reml": [
        1.0219703, 1.0476018, 1.0679513, 0.7608170, 0.8461574, 0.9743727, 1.0584523,
        1.0977762, 1.2215449, 1.1951455, 0.7852155, 1.2139456, 1.2096593, 0.9834967,
        1.1864247, 1.1556982, 1.2263411, 1.2856486, 1.2363247, 1.2349600, 1.0903019,
        1.1923057, 1.1216470, 1.2230296, 1.1938054, 0.7627195, 0.7649550, 0.7338443,
        0.7699294, 0.6134418, 0.7695558, 0.7958250, 0.7723187, 0.6102302, 0.7001782,
        0.7592787, 0.5298867, 0.7434466, 0.7548996, 0.7701918, 0.7481164, 0.8040773,
        0.6810870,
    ],
    "ml": [
        1.0161733, 1.0436968, 1.0628168, 0.7753489, 0.8554903, 0.9735857, 1.0474786,
        1.0953436, 1.2054092, 1.1812565, 0.8033701, 1.1967756, 1.1961592, 0.9914053,
        1.1868829, 1.1590363, 1.2232369, 1.2755188, 1.2322850, 1.2304422, 1.0985768,
        1.1921598, 1.1279920, 1.2196285, 1.1936256, 0.7590651, 0.7611232, 0.7315647,
        0.7662730, 0.6191454, 0.7629389, 0.7863747, 0.7679782, 0.6141348, 0.7013109,
        0.7557564, 0.5406643, 0.7411316, 0.7524506, 0.7662423, 0.7465360, 0.7971405,
        0.6840976,
    ],
    "fay_herriot": [
        1.017975, 1.044963, 1.064480, 0.770692, 0.852512, 0.973826, 1.050856, 1.096165,
        1.210505, 1.185640, 0.797568, 1.202149, 1.200458, 0.988971, 1.186745, 1.157992,
        1.224223, 1.278680, 1.233565, 1.231860, 1.095955, 1.192212, 1.125997, 1.220694,
        1.193687, 0.760243, 0.762358, 0.732288, 0.767459, 0.617310, 0.764996, 0.789314,
        0.769376, 0.612861, 0.700961, 0.756890, 0.537193, 0.741881, 0.753251, 0.767518,
        0.747059, 0.799363, 0.683160,
    ],
}
MSE = {
    "reml": [
        0.013460220, 0.005372876, 0.005701990, 0.008541740, 0.009579594, 0.011670632,
        0.015926137, 0.010586518, 0.014184043, 0.014901472, 0.007694262, 0.016336469,
        0.012562726, 0.012117378, 0.012031229, 0.011709147, 0.010859780, 0.013690860,
        0.011034674, 0.013079686, 0.009948636, 0.017243977, 0.011292325, 0.013625297,
        0.008065787, 0.009205133, 0.009205133, 0.016476912, 0.007800626, 0.006098668,
        0.015441564, 0.014657866, 0.009024699, 0.003870786, 0.007800626, 0.009646139,
        0.006404335, 0.010155645, 0.007209937, 0.008470277, 0.005484860, 0.009205133,
        0.009903626,
    ],
    "ml": [
        0.013579953, 0.005512868, 0.005850584, 0.008735454, 0.009774528, 0.011840745,
        0.015934511, 0.010821811, 0.014345961, 0.015036089, 0.007911095, 0.016404523,
        0.012771021, 0.012334611, 0.012192499, 0.011877067, 0.011041285, 0.013805155,
        0.011213853, 0.013213712, 0.010138289, 0.017193729, 0.011467631, 0.013741841,
        0.008251436, 0.009344874, 0.009344874, 0.016390149, 0.007941642, 0.006222263,
        0.015404327, 0.014655741, 0.009165440, 0.003946977, 0.007941642, 0.009782385,
        0.006532467, 0.010285994, 0.007347143, 0.008612538, 0.005597690, 0.009344874,
        0.010037140,
    ],
    "fay_herriot": [
        0.012757016, 0.005314467, 0.005632201, 0.008323471, 0.009283520, 0.011178151,
        0.014867662, 0.010252709, 0.013470878, 0.014094867, 0.007558331, 0.015325274,
        0.012038944, 0.011640323, 0.011466958, 0.011181888, 0.010423673, 0.012914353,
        0.010580561, 0.012385544, 0.009599980, 0.015890240, 0.010810966, 0.012857861,
        0.007864537, 0.008855177, 0.008855177, 0.015041526, 0.007569376, 0.005975211,
        0.014211800, 0.013571949, 0.008691547, 0.003833361, 0.007569376, 0.009253153,
        0.006264329, 0.009709450, 0.007020470, 0.008185874, 0.005391055, 0.008855177,
        0.009484220,
    ],
}
# fmt: on
METHODS = ["reml", "ml", "fay_herriot", "prasad_rao"]


@pytest.mark.parametrize("method", ["reml", "ml", "fay_herriot"])
def test_the_milk_estimates_and_errors_are_those_of_sae(method: str) -> None:
    result = fay_herriot(MILK[:, 0], MILK[:, 1] ** 2, MAJOR, method=method)
    assert result.estimate == pytest.approx(np.array(EBLUP[method]), abs=1e-6)
    assert result.mse == pytest.approx(np.array(MSE[method]), abs=1e-7)


def test_the_milk_coefficients_are_those_of_sae() -> None:
    # Same source as EBLUP.
    reml = fay_herriot(MILK[:, 0], MILK[:, 1] ** 2, MAJOR)
    assert reml.coefficients == pytest.approx(
        [0.9681890, 0.1327801, 0.2269462, -0.2413011], abs=5e-7
    )
    assert reml.standard_errors == pytest.approx(
        [0.06936208, 0.10300072, 0.09232981, 0.08161707], abs=5e-7
    )
    ml = fay_herriot(MILK[:, 0], MILK[:, 1] ** 2, MAJOR, method="ml")
    assert ml.coefficients == pytest.approx([0.9677986, 0.1278756, 0.2266909, -0.2425804], abs=5e-7)
    assert ml.standard_errors == pytest.approx(
        [0.06590747, 0.09840939, 0.08813973, 0.07753875], abs=5e-7
    )


def _case(seed: int, spread: float) -> tuple[npt.NDArray[np.float64], ...]:
    rng = np.random.default_rng(seed)
    areas = int(rng.integers(6, 25))
    x = rng.normal(size=areas)
    variances = rng.uniform(0.2, 3, areas)
    y = 2 + x + rng.normal(0, spread, areas) + rng.normal(0, np.sqrt(variances))
    return y, variances, x


CASES = {"seed": st.integers(0, 10_000), "spread": st.sampled_from([0.0, 0.5, 3.0])}


@settings(max_examples=20, deadline=None)
@given(**CASES)
def test_no_other_variance_is_more_likely(seed: int, spread: float) -> None:
    y, variances, x = _case(seed, spread)
    design = np.column_stack([np.ones_like(x), x])
    # Independent form: REML is the density of contrasts free of the coefficients.
    contrasts = np.linalg.qr(design, mode="complete")[0][:, 2:]

    def restricted(area_variance: float) -> float:
        total = contrasts.T @ np.diag(variances + area_variance) @ contrasts
        value = stats.multivariate_normal.logpdf(y @ contrasts, cov=total)
        return float(value)

    found = restricted(fay_herriot(y, variances, x).area_variance)
    assert found >= max(restricted(v) for v in [0, *np.geomspace(1e-4, 100, 60)]) - 1e-8


@settings(max_examples=20, deadline=None)
@given(**CASES)
def test_the_ml_fit_has_the_likelihood_of_the_normal_model(seed: int, spread: float) -> None:
    y, variances, x = _case(seed, spread)
    result = fay_herriot(y, variances, x, method="ml")

    def loss(point: npt.NDArray[np.float64]) -> float:
        total = np.sqrt(variances + point[2] ** 2)
        return -float(stats.norm.logpdf(y, point[0] + point[1] * x, total).sum())

    start = [*result.coefficients, np.sqrt(result.area_variance) + 0.01]
    free = optimize.minimize(loss, start, method="Nelder-Mead", options={"fatol": 1e-10})
    assert result.log_likelihood >= -free.fun - 1e-6
    assert result.aic == pytest.approx(-2 * result.log_likelihood + 6)
    assert result.bic == pytest.approx(-2 * result.log_likelihood + 3 * np.log(y.size))


@settings(max_examples=20, deadline=None)
@given(**CASES)
def test_the_fay_herriot_variance_solves_the_moment_equation(seed: int, spread: float) -> None:
    y, variances, x = _case(seed, spread)
    result = fay_herriot(y, variances, x, method="fay_herriot")
    squares = float(np.sum((y - result.synthetic) ** 2 / (variances + result.area_variance)))
    if result.area_variance > 0:
        assert squares == pytest.approx(y.size - 2)
    else:
        assert squares <= y.size - 2


def test_the_prasad_rao_variance_is_right_on_average() -> None:
    rng = np.random.default_rng(3)
    x, variances = rng.normal(size=30), rng.uniform(0.2, 1, 30)
    found = [
        fay_herriot(
            x + rng.normal(0, 2, 30) + rng.normal(0, np.sqrt(variances)),
            variances,
            x,
            method="prasad_rao",
        ).area_variance
        for _ in range(400)
    ]
    assert np.mean(found) == pytest.approx(4, rel=0.05)


@pytest.mark.parametrize("method", METHODS)
@settings(max_examples=10, deadline=None)
@given(**CASES)
def test_an_estimate_lies_between_the_direct_and_the_synthetic_one(
    method: str, seed: int, spread: float
) -> None:
    y, variances, x = _case(seed, spread)
    result = fay_herriot(y, variances, x, method=method)
    low, high = np.minimum(y, result.synthetic), np.maximum(y, result.synthetic)
    assert np.all((low - 1e-9 <= result.estimate) & (result.estimate <= high + 1e-9))


@pytest.mark.parametrize("method", METHODS)
def test_estimates_follow_the_unit_of_measurement(method: str) -> None:
    plain = fay_herriot(MILK[:, 0], MILK[:, 1] ** 2, MAJOR, method=method)
    cents = fay_herriot(100 * MILK[:, 0], 1e4 * MILK[:, 1] ** 2, MAJOR, method=method)
    assert cents.estimate == pytest.approx(100 * plain.estimate, rel=1e-6)
    assert cents.mse == pytest.approx(1e4 * plain.mse, rel=1e-6)


@pytest.mark.parametrize("method", ["reml", "ml"])
def test_an_area_without_an_estimate_is_the_limit_of_a_useless_one(method: str) -> None:
    y, variances = MILK[:, 0].copy(), MILK[:, 1] ** 2
    variances[3] = 1e7
    useless = fay_herriot(y, variances, MAJOR, method=method)
    y[3] = np.nan
    missing = fay_herriot(y, variances, MAJOR, method=method)
    assert missing.estimate == pytest.approx(useless.estimate, rel=1e-5)
    assert missing.mse == pytest.approx(useless.mse, rel=1e-5)


@pytest.mark.parametrize("method", METHODS)
def test_an_area_without_an_estimate_has_no_part_in_the_fit(method: str) -> None:
    y, variances = MILK[:, 0].copy(), MILK[:, 1] ** 2
    y[3] = np.nan
    missing = fay_herriot(y, variances, MAJOR, method=method)
    kept = np.arange(43) != 3
    others = fay_herriot(y[kept], variances[kept], MAJOR[kept], method=method)
    assert missing.area_variance == others.area_variance
    assert missing.mse[kept] == pytest.approx(others.mse)
    assert missing.estimate[3] == pytest.approx(missing.coefficients[0])
    assert missing.weight[3] == 0
    assert missing.sampled.tolist() == kept.tolist()


@pytest.mark.parametrize("method", METHODS)
def test_no_variation_between_areas_gives_the_regression(method: str) -> None:
    x = np.arange(8.0)
    y = 1 + 2 * x + np.array([0.1, -0.1] * 4)
    result = fay_herriot(y, np.full(8, 4.0), x, method=method)
    assert result.area_variance == 0
    assert result.estimate.tolist() == result.synthetic.tolist()
    assert np.all(result.mse > 0)


@pytest.mark.parametrize("method", METHODS)
def test_errors_estimated_match_errors_made(method: str) -> None:
    rng = np.random.default_rng(11)
    x, variances = rng.normal(size=25), np.tile([0.3, 1.0, 2.0, 0.5, 0.8], 5)
    made, estimated = [], []
    for _ in range(150):
        truth = 1 + x + rng.normal(0, 1, 25)
        result = fay_herriot(truth + rng.normal(0, np.sqrt(variances)), variances, x, method=method)
        made.append(np.mean((result.estimate - truth) ** 2))
        estimated.append(np.mean(result.mse))
    assert np.mean(estimated) == pytest.approx(np.mean(made), rel=0.1)


def test_without_covariates_all_share_a_mean() -> None:
    result = fay_herriot([1.0, 2.0, 4.0], [1.0, 1.0, 1.0])
    assert result.coefficients == pytest.approx([7 / 3])
    assert result.coefficient_of_variation == pytest.approx(np.sqrt(result.mse) / result.estimate)


def test_a_summary_counts_the_areas() -> None:
    result = fay_herriot([1.0, 2.0, 4.0, np.nan], [1.0, 1.0, 1.0, np.nan])
    assert "4 个地区中 3 个有直接估计" in result.summary()
    assert "3 of 4 areas" in result.summary(language="en")
    with pytest.raises(ValueError, match="zh"):
        result.summary(language="fr")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (([1, 2], [1]), {}, "equal length"),
        (([1, 2, 3], [1, 0, 1]), {}, "above 0"),
        (([1, 2, np.inf], [1, 1, 1]), {}, "finite"),
        (([1, 2, 3], [1, 1, 1], [1, 2]), {}, "one row for each area"),
        (([1, 2, 3], [1, 1, 1], [1, 2, np.nan]), {}, "known and finite"),
        (([1, 2], [1, 1], [1, 2]), {}, "must outnumber"),
        (([1, 2, 3], [1, 1, 1], [1, 1, 1]), {}, "collinear"),
        (([1, 2, 3], [1, 1, 1]), {"intercept": False}, "no intercept"),
        (([1, 2, 3], [1, 1, 1]), {"method": "bayes"}, "reml, ml"),
    ],
)
def test_unusable_areas_are_refused(
    arguments: tuple[Any, ...], options: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        fay_herriot(*arguments, **options)
