import numpy as np
import pytest

from agriqa.assess.alternatives import Alternatives, IndicatorTable
from agriqa.assess.design import nominal_design
from agriqa.assess.hierarchy import Hierarchy
from agriqa.assess.rebuilding import rebuild
from agriqa.assess.sensitivity import rank_sensitivity, remove_indicators, varying_factors
from agriqa.assess.sobol import sobol_indices

ALL = ("treatment", "normalisation", "aggregation", "weights", "dropped", "errors")


def test_the_ishigami_function_has_its_known_indices():
    # Ishigami and Homma (1990) with a = 7, b = 0.1; V = a^2/8 + b pi^4/5 + b^2 pi^8/18 + 1/2,
    # V1 = (1 + b pi^4/5)^2/2, V2 = a^2/8, V13 = b^2 pi^8 (1/18 - 1/50).
    a, b, pi = 7, 0.1, np.pi

    def ishigami(u):
        x = (2 * u - 1) * pi
        return np.sin(x[:, 0]) + a * np.sin(x[:, 1]) ** 2 + b * x[:, 2] ** 4 * np.sin(x[:, 0])

    v1, v2 = (1 + b * pi**4 / 5) ** 2 / 2, a**2 / 8
    v13 = b**2 * pi**8 * (1 / 18 - 1 / 50)
    v = v1 + v2 + v13
    found = sobol_indices(ishigami, ("x1", "x2", "x3"), base_draws=4096, seed=1)
    np.testing.assert_allclose(found.first, [v1 / v, v2 / v, 0], atol=0.02)
    np.testing.assert_allclose(found.total, [(v1 + v13) / v, v2 / v, v13 / v], atol=0.02)
    assert (found.first_error > 0).all()
    assert (found.first_error < 0.1).all()
    assert found.runs == 4096 * 5


def test_several_outputs_have_indices_of_their_own():
    def model(u):
        return np.column_stack([u[:, 0], 3 * u[:, 1], np.ones(len(u))])

    found = sobol_indices(model, ("a", "b"), base_draws=256, seed=0)
    np.testing.assert_allclose(found.total, [[1, 0], [0, 1], [0, 0]], atol=0.05)
    table = found.frame()
    assert table["output"].tolist() == [0, 0, 1, 1, 2, 2]
    assert table["factor"].tolist() == ["a", "b"] * 3
    np.testing.assert_array_equal(table["total"], found.total.ravel())


@pytest.mark.parametrize("seed", [0, 5])
def test_the_same_seed_gives_the_same_indices_and_intervals(seed):
    one, same = (
        sobol_indices(lambda u: u.sum(axis=1) ** 2, ("a", "b"), seed=seed) for _ in range(2)
    )
    np.testing.assert_array_equal(one.first, same.first)
    np.testing.assert_array_equal(one.total_error, same.total_error)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"base_draws": 100}, "power of 2"),
        ({"base_draws": 1}, "power of 2"),
        ({"resamples": 1}, "2 or above"),
        ({"confidence": 1}, "confidence"),
        ({"factors": ()}, "at least one factor"),
        ({"model": lambda u: u[:, 0] * np.nan}, "finite output"),
        ({"model": lambda u: u[:3, 0]}, "finite output"),
    ],
)
def test_what_sobol_indices_cannot_be_had_of_is_refused(options, message):
    given = {"model": lambda u: u[:, 0], "factors": ("a",)} | options
    with pytest.raises(ValueError, match=message):
        sobol_indices(given.pop("model"), given.pop("factors"), seed=1, **given)


def test_a_single_choice_has_all_the_variance():
    rng = np.random.default_rng(1)
    tables = {name: IndicatorTable(rng.random((9, 2))) for name in ("one", "other")}
    choices = Alternatives(tables, Hierarchy(([0, 0],), ([1, 1],)), [1, 1])
    found = rank_sensitivity(choices, base_draws=64, seed=1)
    assert found.overall.factors == ("treatment",)
    assert found.overall.total[0] == pytest.approx(1, abs=0.2)
    assert found.overall.first[0] == pytest.approx(1, abs=0.2)


def test_a_choice_that_changes_nothing_has_no_share(make):
    table = {"same": make(errors=False).treatments["none"]}
    choices = make(errors=False, treatments=table | {"again": table["same"]}, weight_noise=0)
    found = rank_sensitivity(choices, base_draws=64, seed=1)
    assert found.overall.factors == ("treatment", "normalisation", "aggregation", "dropped")
    assert found.overall.first[0] == found.overall.total[0] == 0
    assert (found.overall.total[1:] > 0).all()


def test_all_factors_are_told_of_each_unit_too(make):
    choices = make()
    assert varying_factors(choices) == ALL
    found = rank_sensitivity(choices, base_draws=32, seed=3, by_unit=True)
    assert found.overall.runs == 32 * 8
    assert found.overall.total.shape == (6,)
    assert found.by_unit.total.shape == (12, 6)
    assert found.frame()["factor"].tolist() == list(ALL)
    assert found.mean_change > 0
    alone = rank_sensitivity(choices, base_draws=32, seed=3)
    assert alone.by_unit is None
    np.testing.assert_array_equal(alone.overall.total, found.overall.total)


def test_the_summary_names_the_choice_that_matters_most(make):
    found = rank_sensitivity(make(errors=False, weight_noise=0, drop=False), base_draws=64, seed=1)
    most = found.overall.factors[int(found.overall.total.argmax())]
    words = {
        "treatment": ("异常值处理", "treatment of outliers"),
        "normalisation": ("标准化方法", "normalisation"),
        "aggregation": ("合成方法", "aggregation"),
    }
    zh, en = words[most]
    assert zh in found.summary()
    assert en in found.summary("en")
    assert f"{found.overall.total.max():.2f}" in found.summary("en")
    with pytest.raises(ValueError, match="zh, en"):
        found.summary("fr")


def test_nothing_to_vary_is_refused(make):
    tables = {"none": make(errors=False).treatments["none"]}
    still = make(
        treatments=tables,
        normalisations=("min_max",),
        aggregations={"mean": 1},
        weight_noise=0,
        drop=False,
    )
    with pytest.raises(ValueError, match="at least one factor"):
        rank_sensitivity(still, seed=1)


def test_removing_an_indicator_is_the_index_of_the_others(make):
    choices = make(missing=True)
    found = remove_indicators(choices)
    nominal = rebuild(choices, nominal_design(), seed=0)[1][0]
    table = choices.treatments["none"]
    for k in range(6):
        # An indicator that no unit has is left out as well, by another way.
        values = table.values.copy()
        values[:, k] = np.nan
        tables = {"none": IndicatorTable(values, pool=table.pool)}
        without = Alternatives(tables, choices.hierarchy, choices.directions)
        ranks = rebuild(without, nominal_design(), seed=0)[1][0]
        both = (ranks > 0) & (nominal > 0)
        np.testing.assert_array_equal(found.changes[k][both], (ranks - nominal)[both])
        assert np.isnan(found.changes[k][~both]).all()
        assert found.mean_change[k] == pytest.approx(np.abs(ranks - nominal)[both].mean())


def test_an_indicator_without_weight_changes_no_rank(make):
    found = remove_indicators(make())
    assert found.mean_change[4] == 0
    assert (found.mean_change[[0, 1, 5]] > 0).all()
    frame = found.frame()
    assert frame["largest_change"].tolist() == np.abs(found.changes).max(axis=1).tolist()
    most = int(found.mean_change.argmax())
    assert f"第 {most + 1} 个" in found.summary()
    assert f"number {most + 1} " in found.summary("en")


def test_a_removal_that_moves_no_rank_there_is_says_so():
    choices = Alternatives(
        {"none": IndicatorTable([[1.0, 2.0]])}, Hierarchy(([0, 0],), ([1, 1],)), [1, 1]
    )
    found = remove_indicators(choices)
    assert np.isnan(found.mean_change).all()
    assert "没有名次" in found.summary()
    assert "no unit has a rank" in found.summary("en")
    with pytest.raises(ValueError, match="zh, en"):
        found.summary("fr")
