from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from agriqa.assess.alternatives import Alternatives, IndicatorTable
from agriqa.assess.hierarchy import Hierarchy
from agriqa.assess.rebuilding import competition_ranks
from agriqa.assess.simulation import mean_rank_change, simulate
from agriqa.stats.grading import grade_points

RULE = {"grades": ["D", "C", "B", "A"], "cuts": [20, 40.5, 60]}


@pytest.fixture
def simulation(make):
    # The floor on what must be known leaves some units without a rank in some draws.
    return simulate(make(missing=True, minimum_share=0.4), draws=300, seed=7)


def known_ranks(simulation):
    return pd.DataFrame(simulation.ranks).where(simulation.ranks > 0)


def test_bands_are_the_quantiles_of_the_ranks_that_there_are(simulation):
    bands = simulation.rank_bands(level=0.8)
    ranks = known_ranks(simulation)
    missing = ranks.isna().sum()
    assert ((missing > 0) & (missing < 300)).any()
    assert (missing == 300).any()
    np.testing.assert_allclose(bands["low"], ranks.quantile(0.1))
    np.testing.assert_allclose(bands["high"], ranks.quantile(0.9))
    np.testing.assert_allclose(bands["median"], ranks.median())
    np.testing.assert_allclose(bands["mean"], ranks.mean())
    assert bands["draws"].tolist() == ranks.count().tolist()
    assert bands["nominal"].isna().tolist() == np.isnan(simulation.nominal_scores).tolist()


def test_the_probability_of_a_place_counts_draws_with_a_rank(simulation):
    ranks = known_ranks(simulation)
    expected = (ranks <= 3).sum() / ranks.count()
    np.testing.assert_allclose(simulation.probability_above(3), expected)
    known = ranks.notna().any()
    assert (simulation.probability_above(12)[known] == 1).all()


@pytest.mark.parametrize("belongs", ["band_above", "band_below"])
@pytest.mark.parametrize("named", [None, ("goalposts", "z_score")])
def test_grades_are_counted_over_draws_of_the_scale_of_the_cuts(simulation, belongs, named):
    found = simulation.grade_probabilities(**RULE, cut_belongs_to=belongs, normalisations=named)
    offered = np.array(simulation.alternatives.normalisations)
    own = np.isin(offered[simulation.design.normalisation], named or ("min_max",))
    assert found.draws == own.sum() < 300
    grades = grade_points(simulation.scores[own], **RULE, cut_belongs_to=belongs)
    known = np.array([[g is not None for g in row] for row in grades])
    for k, grade in enumerate(RULE["grades"]):
        counts = (grades == grade).sum(axis=0) / np.where(known.any(0), known.sum(0), np.nan)
        np.testing.assert_allclose(found.probability[:, k], counts)
    for unit, grade in enumerate(found.nominal):
        if grade is None:
            assert np.isnan(found.stability[unit])
        else:
            place = RULE["grades"].index(grade)
            assert found.stability[unit] == found.probability[unit, place]


def test_a_score_at_a_cut_belongs_where_the_rule_says(simulation):
    at = replace(
        simulation,
        scores=np.full_like(simulation.scores, 40.5),
        nominal_scores=np.full(12, 40.5),
    )
    assert at.grade_probabilities(**RULE).probability[0].tolist() == [0, 0, 1, 0]
    below = at.grade_probabilities(**RULE, cut_belongs_to="band_below")
    assert below.probability[0].tolist() == [0, 1, 0, 0]
    assert below.nominal[0] == "C"


@pytest.mark.parametrize("belongs", ["band_above", "band_below"])
@pytest.mark.parametrize("off", [-2e-6, -1e-8, -1e-12, 0, 1e-12, 1e-8, 2e-6])
def test_a_draw_with_the_nominal_score_has_the_nominal_grade(off, belongs):
    score = 90 + off
    share = (score - 1) / 99
    tables = {"none": IndicatorTable([[share]], worst=[0], best=[1])}
    choices = Alternatives(tables, Hierarchy(([0],), ([1],)), [1], ("goalposts",))
    found = simulate(choices, draws=3, seed=1).grade_probabilities(
        grades=["B", "A"], cuts=[90], cut_belongs_to=belongs
    )
    assert found.stability.tolist() == [1]


def test_grades_of_a_scale_that_no_draw_has_are_refused(make):
    simulation = simulate(make(), draws=1, seed=1)
    drawn = simulation.design.normalisation[0]
    other = simulation.alternatives.normalisations[drawn - 1]
    with pytest.raises(ValueError, match="no draw"):
        simulation.grade_probabilities(**RULE, normalisations=[other])


def test_scores_and_ranks_belong_together(simulation):
    for scores, ranks in zip(simulation.scores, simulation.ranks, strict=True):
        known = ranks > 0
        assert (np.isnan(scores) == ~known).all()
        assert (np.diff(scores[known][np.argsort(ranks[known])]) <= 1e-9).all()
    nominal = competition_ranks(simulation.nominal_scores[None])[0]
    np.testing.assert_array_equal(simulation.nominal_ranks, nominal)


def test_the_same_seed_gives_the_same_simulation(make):
    one, same, other = (simulate(make(), draws=20, seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.scores, same.scores)
    assert (one.scores != other.scores).any()


def test_larger_errors_make_wider_bands(make):
    def width(factor):
        choices = make(
            normalisations=("goalposts",), aggregations={"mean": 1}, drop=False, weight_noise=0
        )
        tables = {
            name: replace(table, errors=table.errors * factor)
            for name, table in list(choices.treatments.items())[:1]
        }
        bands = simulate(replace(choices, treatments=tables), draws=300, seed=1).rank_bands()
        return (bands["high"] - bands["low"]).mean()

    assert width(0) == 0 < width(0.2) < width(1)


def test_the_summary_gives_the_mean_change_and_the_width(simulation):
    change = np.nanmean(mean_rank_change(simulation.ranks, simulation.nominal_ranks))
    assert f"平均变动 {change:.1f} 位" in simulation.summary()
    assert f"move by {change:.1f} places" in simulation.summary("en")
    assert "300" in simulation.summary("en")


def test_without_any_rank_the_summary_says_so():
    tables = {"none": IndicatorTable([[1.0]])}
    found = simulate(Alternatives(tables, Hierarchy(([0],), ([1],)), [1]), draws=3, seed=1)
    assert "没有名次" in found.summary()
    assert "no unit has a rank" in found.summary("en")
    with pytest.raises(ValueError, match="zh, en"):
        found.summary("fr")


def test_rank_change_counts_units_that_have_both_ranks():
    ranks = np.array([[3, 1, 2, 0], [0, 0, 0, 5]], dtype=np.int16)
    nominal = np.array([1, 2, 0, 4], dtype=np.int16)
    assert mean_rank_change(ranks, nominal).tolist() == [1.5, 1.0]
    assert np.isnan(mean_rank_change(ranks[:1] * 0, nominal)).all()


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda s: s.rank_bands(level=1.0), "level must be between"),
        (lambda s: s.probability_above(0), "1 or above"),
        (lambda s: s.summary("fr"), "zh, en"),
        (lambda s: s.grade_probabilities(grades=["A"], cuts=[1]), "different grades"),
        (lambda s: s.grade_probabilities(**RULE, normalisations=["x"]), "must be one of min_max"),
    ],
)
def test_questions_that_have_no_answer_are_refused(simulation, ask, message):
    with pytest.raises(ValueError, match=message):
        ask(simulation)
