from dataclasses import fields, replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy
from scipy.stats import kstest

from agriqa.assess.alternatives import Alternatives, IndicatorTable
from agriqa.assess.design import Design, nominal_design, random_design
from agriqa.assess.hierarchy import Hierarchy
from agriqa.assess.realisations import error_realisations, weight_realisations
from agriqa.assess.rebuilding import competition_ranks, rebuild
from tests.assess import naive


def full_design(choices, *, weights=-1, errors=-1):
    """Take every combination of choices once."""
    sizes = (choices.treatments, choices.normalisations, choices.aggregations)
    places = [range(len(size)) for size in sizes]
    rows = np.array([*product(*places, range(-1, choices.hierarchy.n_indicators))])
    same = np.ones(len(rows), dtype=int)
    return Design(rows[:, 0], rows[:, 1], rows[:, 2], weights * same, rows[:, 3], errors * same)


def naive_draw(choices, design, d, *, seed):
    """Build the index of one draw from the plain statistics."""
    table = list(choices.treatments.values())[design.treatment[d]]
    noisy = np.any([t.errors.any(axis=0) for t in choices.treatments.values()], axis=0)
    shape = (noisy.sum(), choices.units)
    values = table.values.copy()
    realisation = error_realisations(design.errors[d : d + 1], shape, seed=seed)[0].T
    values[:, noisy] += table.errors[:, noisy] * realisation
    values = np.fmin(np.fmax(values, table.lowest), table.highest)
    values[np.isnan(table.values)] = np.nan
    given = choices.hierarchy.weights
    weights = given
    if design.weights[d] >= 0:
        sizes = [len(w) for w in given]
        noise = weight_realisations(design.weights[d] + 1, sum(sizes), seed=seed)[-1]
        parts = np.split(noise, np.cumsum(sizes)[:-1])
        levels = zip(given, choices.weight_noise, parts, strict=True)
        weights = [w * (1 + f * u) for w, f, u in levels]
    return naive.index(
        naive.scaled(values, table, choices.normalisations[design.normalisation[d]], choices),
        choices,
        powers=list(choices.aggregations.values())[design.aggregation[d]],
        weights=weights,
        dropped=design.dropped[d],
    )


@pytest.mark.parametrize(
    ("missing", "share", "realisation"),
    [(False, 0, -1), (False, 0, 3), (True, 0, 3), (True, 0.6, 3)],
)
def test_every_combination_of_choices_agrees_with_one_index_at_a_time(
    make, missing, share, realisation
):
    choices = make(missing=missing, minimum_share=share)
    design = full_design(choices, weights=realisation, errors=realisation)
    scores, ranks = rebuild(choices, design, seed=1)
    for d in range(design.draws):
        own = naive_draw(choices, design, d, seed=1)
        np.testing.assert_allclose(scores[d], own, rtol=1e-10)
        np.testing.assert_array_equal(ranks[d], naive.ranks(own))
    assert np.isnan(scores).any() == missing


def test_random_draws_agree_with_one_index_at_a_time(make):
    choices = make(missing=True)
    design = random_design(choices, 100, seed=2)
    scores, _ = rebuild(choices, design, seed=9)
    for d in range(design.draws):
        np.testing.assert_allclose(scores[d], naive_draw(choices, design, d, seed=9), rtol=1e-10)


def test_results_depend_neither_on_blocks_nor_on_threads(make):
    choices = make(missing=True, minimum_share=0.3)
    design = random_design(choices, 200, seed=3)
    scores, ranks = rebuild(choices, design, seed=4, block=1, threads=1)
    for block, threads in [(7, 2), (64, 3), (1000, 1)]:
        again = rebuild(choices, design, seed=4, block=block, threads=threads)
        np.testing.assert_array_equal(again[0], scores)
        np.testing.assert_array_equal(again[1], ranks)


def test_a_draw_does_not_depend_on_the_other_draws(make):
    choices = make()
    design = random_design(choices, 60, seed=3)
    some = Design(**{one.name: getattr(design, one.name)[20:30] for one in fields(design)})
    np.testing.assert_array_equal(
        rebuild(choices, some, seed=4)[0], rebuild(choices, design, seed=4)[0][20:30]
    )


def test_another_seed_gives_other_errors_and_weights(make):
    for choices in (make(weight_noise=0), make(errors=False)):
        design = random_design(choices, 20, seed=3)
        assert (rebuild(choices, design, seed=1)[0] != rebuild(choices, design, seed=2)[0]).any()


def test_without_noise_every_draw_is_the_nominal_index(make):
    choices = make(errors=False, weight_noise=0)
    design = replace(nominal_design(40), weights=np.arange(40), errors=np.arange(40))
    scores, ranks = rebuild(choices, design, seed=1)
    nominal = rebuild(choices, nominal_design(), seed=2)
    np.testing.assert_array_equal(scores, np.repeat(nominal[0], 40, axis=0))
    np.testing.assert_array_equal(ranks, np.repeat(nominal[1], 40, axis=0))


def test_noise_moves_weights_up_to_its_bounds_and_at_its_levels_only():
    # Of two indicators at 100 and 0 the index is the weight of the first.
    tables = {"none": IndicatorTable([[1.0, 0], [0, 1]])}
    tree = Hierarchy(([0, 0],), ([1, 1],))
    share = {}
    for noise in (0.0, 0.5):
        choices = Alternatives(tables, tree, [1, 1], weight_noise=noise, lower=0, upper=1)
        design = replace(nominal_design(2000), weights=np.arange(2000))
        share[noise] = rebuild(choices, design, seed=1)[0][:, 0]
    assert (share[0.0] == 0.5).all()
    ratio = share[0.5] / (1 - share[0.5])
    assert 1 / 3 <= ratio.min() < 0.36
    assert 2.8 < ratio.max() <= 3


def test_perturbed_values_stay_within_bounds_and_have_their_errors():
    tables = {
        "none": IndicatorTable(
            [[50.0], [99], [1]], errors=[5.0], lowest=[0], highest=[100], worst=[0], best=[100]
        )
    }
    tree = Hierarchy(([0],), ([1],))
    choices = Alternatives(tables, tree, [1], ("goalposts",), lower=0, upper=100)
    design = replace(nominal_design(4000), errors=np.arange(4000))
    scores = rebuild(choices, design, seed=1)[0]
    assert scores.min() == 0
    assert scores.max() == 100
    # Four standard errors of mean and deviation.
    assert scores[:, 0].mean() == pytest.approx(50, abs=4 * 5 / 4000**0.5)
    assert scores[:, 0].std() == pytest.approx(5, abs=4 * 5 / 8000**0.5)


def test_perturbed_values_stay_within_bounds_of_each_unit():
    highest = np.array([[51.0], [np.nan], [2]])
    table = IndicatorTable(
        [[50.0], [60], [1]], errors=[5.0], highest=highest, worst=[0], best=[100]
    )
    choices = Alternatives(
        {"none": table}, Hierarchy(([0],), ([1],)), [1], ("goalposts",), lower=0, upper=100
    )
    design = replace(nominal_design(400), errors=np.arange(400))
    scores = rebuild(choices, design, seed=1)[0]
    assert scores[:, [0, 2]].max(axis=0).tolist() == [51, 2]
    assert scores[:, 1].max() > 70


def test_weight_noise_is_uniform_and_apart_from_the_sampling_errors():
    weights = weight_realisations(4000, 2, seed=1)
    errors = error_realisations(np.arange(4000), (2,), seed=1)
    assert kstest(weights.ravel(), "uniform", args=(-1, 2)).pvalue > 0.01
    assert kstest(errors.ravel(), "norm").pvalue > 0.01
    every = np.corrcoef(np.hstack([weights, errors]), rowvar=False)
    assert np.abs(every - np.eye(4)).max() < 4 / 4000**0.5


@given(
    st_numpy.arrays(
        float,
        st.tuples(st.integers(1, 3), st.integers(1, 9)),
        elements=st.sampled_from([0.0, 1.0, 1 + 1e-12, 2.5, np.nan]),
    )
)
@settings(max_examples=50)
def test_equal_scores_share_the_best_rank(scores):
    for row, own in zip(competition_ranks(scores), scores, strict=True):
        for rank, score in zip(row, own, strict=True):
            better = np.round(own, 9) > np.round(score, 9)
            assert rank == (0 if np.isnan(score) else 1 + better.sum())


@pytest.mark.parametrize("change", ["treatment", "normalisation", "aggregation", "dropped"])
def test_a_choice_that_is_not_there_is_refused(make, change):
    with pytest.raises(ValueError, match=f"{change} must be below"):
        rebuild(make(), replace(nominal_design(), **{change: [9]}), seed=1)


@pytest.mark.parametrize("bad", [{"block": 0}, {"threads": 0}, {"seed": -1}])
def test_numbers_out_of_range_are_refused(make, bad):
    with pytest.raises(ValueError, match="or above"):
        rebuild(make(), nominal_design(), **({"seed": 1} | bad))


def test_the_only_indicator_cannot_be_left_out():
    choices = Alternatives({"none": IndicatorTable([[1.0], [2]])}, Hierarchy(([0],), ([1],)), [1])
    with pytest.raises(ValueError, match="at least 2"):
        rebuild(choices, replace(nominal_design(), dropped=[0]), seed=1)
