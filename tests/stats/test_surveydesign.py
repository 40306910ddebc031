from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agriqa.stats.surveydesign import survey_design


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
    with pytest.raises(ValueError, match="refuse, average, certainty"):
        survey_design([1, 1], single_unit="adjust")
    with pytest.raises(ValueError, match="several units"):
        survey_design([1], single_unit="average")
