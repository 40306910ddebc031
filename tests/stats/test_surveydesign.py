from __future__ import annotations

from itertools import combinations, product
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agriqa.stats.survey import survey_mean
from agriqa.stats.surveydesign import SurveyDesign, survey_design

# Hours of the machines sampled in each plant, and the machines that it has.
PLANTS: dict[int, tuple[int, list[int]]] = {
    1: (50, [5, 7, 9, 0, 11, 2, 8, 4, 3, 5]),
    2: (65, [4, 3, 7, 2, 11, 0, 1, 9, 4, 3, 2, 1, 5]),
    3: (45, [5, 6, 4, 11, 12, 0, 1, 8, 4]),
    4: (48, [6, 4, 0, 1, 0, 9, 8, 4, 6, 10]),
    5: (52, [11, 4, 3, 1, 0, 2, 8, 6, 5, 3]),
    6: (58, [12, 11, 3, 4, 2, 0, 0, 1, 4, 3, 2, 4]),
    7: (42, [3, 7, 6, 7, 8, 4, 3, 2]),
    8: (66, [3, 6, 4, 3, 2, 2, 8, 4, 0, 4, 5, 6, 3]),
    9: (40, [6, 4, 7, 3, 9, 1, 4, 5]),
    10: (56, [6, 7, 5, 10, 11, 2, 1, 4, 0, 5, 4]),
}


def _plants() -> tuple[SurveyDesign, list[int]]:
    rows = [
        (plant, 9 * machines / len(hours), machines, hour)
        for plant, (machines, hours) in PLANTS.items()
        for hour in hours
    ]
    clusters, weights, machines, hours = (list(column) for column in zip(*rows, strict=True))
    design = survey_design(
        weights, clusters=clusters, population=[90] * len(rows), units_in_cluster=machines
    )
    return design, hours


def test_the_same_cluster_label_in_two_strata_is_two_clusters() -> None:
    design = survey_design([1] * 6, strata=list("aaabbb"), clusters=[1, 1, 2, 1, 2, 2])
    assert len(design.stratum_of_cluster) == 4
    assert design.degrees_of_freedom == 2


@given(st.integers(0, 10_000))
@settings(max_examples=30)
def test_variance_of_a_total_follows_its_formula(seed: int) -> None:
    generator = np.random.default_rng(seed)
    strata = generator.permutation(np.repeat([0, 1, 2], [9, 12, 15]))
    clusters = generator.integers(0, 4, size=36)
    weights, y = generator.uniform(1, 9, 36), generator.normal(size=36)
    population = np.array([10, 20, 30])[strata]
    design = survey_design(
        weights,
        strata=strata,
        clusters=clusters,
        population=population,
        single_unit="certainty",
    )
    expected = 0.0
    for stratum, size in enumerate([10, 20, 30]):
        inside = strata == stratum
        totals = [
            (weights * y)[inside & (clusters == one)].sum() for one in np.unique(clusters[inside])
        ]
        if len(totals) > 1:
            expected += (1 - len(totals) / size) * len(totals) * np.var(totals, ddof=1)
    assert design.total_variance(y) == pytest.approx(expected)


def test_two_stages_reproduce_scheaffer() -> None:
    # Scheaffer, Mendenhall and Ott, Elementary Survey Sampling, examples 9.1-9.3: hours
    # that machines of 10 of 90 plants stand still. With 4500 machines in all the mean is
    # 4.80 with variance 0.037094, without their number 4.60 with variance 0.049.
    design, hours = _plants()
    mean = survey_mean(hours, design, population_size=4500)
    assert round(mean.estimate, 2) == 4.80
    # The book rounds the means of the plants.
    assert mean.standard_error**2 == pytest.approx(0.037094, abs=5e-6)
    ratio = survey_mean(hours, design)
    assert round(ratio.estimate, 2) == 4.60
    assert round(ratio.standard_error**2, 3) == 0.049


def test_over_all_two_stage_samples_the_variance_is_right() -> None:
    clusters = [[1.0, 4.0, 6.0], [2.0, 9.0], [5.0, 5.0, 8.0, 0.0]]
    totals, variances = [], []
    for pair in combinations(clusters, 2):
        for units in product(*(combinations(cluster, 2) for cluster in pair)):
            sizes = np.repeat([len(cluster) for cluster in pair], 2)
            design = survey_design(
                3 / 2 * sizes / 2,
                clusters=[0, 0, 1, 1],
                population=[3] * 4,
                units_in_cluster=sizes,
            )
            y = np.ravel(units)
            # Pairs of clusters are equally likely, whatever samples they have.
            chance = 1 / np.prod([comb(len(cluster), 2) for cluster in pair]) / 3
            totals.append((chance, (design.weights * y).sum()))
            variances.append((chance, design.total_variance(y)))
    chance, total = np.transpose(totals)
    true = (chance * total**2).sum() - (chance * total).sum() ** 2
    assert (chance * total).sum() == pytest.approx(40)
    assert np.prod(variances, axis=1).sum() == pytest.approx(true)


def test_clusters_of_a_single_unit_follow_the_stated_policy() -> None:
    def variance(single_unit: str) -> float:
        design = survey_design(
            [6, 6, 9, 9, 12],
            clusters=[1, 1, 2, 2, 3],
            population=[9] * 5,
            units_in_cluster=[4, 4, 6, 6, 4],
            single_unit=single_unit,
        )
        return design.total_variance([1.0, 2.0, 4.0, 7.0, 1.0])

    with pytest.raises(ValueError, match="1 clusters have a single"):
        variance("refuse")
    within = 1 / 3 * (0.5 * 2 * np.var([6, 12], ddof=1) + 2 / 3 * 2 * np.var([36, 63], ddof=1))
    assert variance("average") - variance("certainty") == pytest.approx(within / 2)


def test_a_missing_stratum_among_texts_is_refused() -> None:
    with pytest.raises(ValueError, match="strata must not be missing"):
        survey_design([1, 1, 1], strata=["a", float("nan"), "a"])


def test_single_unit_strata_follow_the_stated_policy() -> None:
    strata, y = list("aabbbc"), [1.0, 2.0, 4.0, 7.0, 1.0, 9.0]
    with pytest.raises(ValueError, match="1 strata have a single"):
        survey_design([2] * 6, strata=strata)
    certain = survey_design([2] * 6, strata=strata, single_unit="certainty").total_variance(y)
    average = survey_design([2] * 6, strata=strata, single_unit="average").total_variance(y)
    first_five = survey_design([2] * 5, strata=strata[:5]).total_variance(y[:5])
    assert certain == pytest.approx(first_five)
    assert average == pytest.approx(first_five * 3 / 2)


def test_a_stratum_sampled_whole_adds_no_variance_and_needs_no_policy() -> None:
    design = survey_design([2, 2, 1], strata=list("aab"), population=[4, 4, 1])
    assert design.total_variance([1, 3, 50]) == pytest.approx(0.5 * 2 * np.var([2, 6], ddof=1))


def test_bad_input_is_refused() -> None:
    with pytest.raises(ValueError, match="above 0"):
        survey_design([1, 0])
    with pytest.raises(ValueError, match="above 0"):
        survey_design([1, np.nan])
    with pytest.raises(ValueError, match="strata must be as long"):
        survey_design([1, 1], strata=["a"])
    with pytest.raises(ValueError, match="clusters must not be missing"):
        survey_design([1, 1], clusters=["a", None])
    with pytest.raises(ValueError, match="same throughout"):
        survey_design([1, 1], population=[5, 6])
    with pytest.raises(ValueError, match="at least the units"):
        survey_design([1, 1], population=[1, 1])
    with pytest.raises(ValueError, match="population must be as long"):
        survey_design([1, 1], population=[5])
    with pytest.raises(ValueError, match="units_in_cluster needs"):
        survey_design([1, 1], units_in_cluster=[1, 1])
    with pytest.raises(ValueError, match="at least the units sampled in each cluster"):
        survey_design([1, 1], clusters=[1, 1], population=[1, 1], units_in_cluster=[1, 1])
    with pytest.raises(ValueError, match="refuse, average, certainty"):
        survey_design([1, 1], single_unit="adjust")
    with pytest.raises(ValueError, match="several units"):
        survey_design([1], single_unit="average")
