from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from statsmodels.duration.survfunc import survdiff

from agriqa.stats.censored.groups import WEIGHTINGS, compare_groups

from .strategies import OBSERVATION

# Remission times [weeks] of leukaemia, 6-mercaptopurine (+ censored) and placebo: Freireich et
# al. (1963). Right-censored times t become left-censored values 40 - t.
TREATED = [6, 6, 6, 7, 10, 13, 16, 22, 23]
TREATED_CENSORED = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
PLACEBO = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]
VALUES = 40.0 - np.array(TREATED + TREATED_CENSORED + PLACEBO)
CENSORED = np.array([False] * 9 + [True] * 12 + [False] * 21)
GROUPS = ["treated"] * 21 + ["untreated"] * 21


@pytest.mark.parametrize(
    ("weighting", "chi_square"),
    [
        # Kleinbaum and Klein (2012), Survival Analysis, 3rd ed., ch. 2, Stata's tests.
        ("log_rank", 16.79),
        ("gehan", 13.46),
        ("tarone_ware", 15.12),
        ("peto_prentice", 14.08),
    ],
)
def test_the_leukaemia_remissions_as_published(weighting: str, chi_square: float) -> None:
    found = compare_groups(VALUES, CENSORED, GROUPS, weighting=weighting)
    assert round(found.statistic, 2) == chi_square


def test_the_expected_remissions_as_published() -> None:
    # Kleinbaum and Klein, same place: 9 and 21 observed, 19.25 and 10.75 expected.
    found = compare_groups(VALUES, CENSORED, GROUPS, weighting="log_rank")
    assert found.observed.tolist() == [9, 21]
    assert found.expected.round(2).tolist() == [19.25, 10.75]
    assert (found.groups, found.n.tolist()) == (("treated", "untreated"), [21, 21])
    assert found.n_censored.tolist() == [12, 0]


GROUPED = st.lists(st.tuples(OBSERVATION, st.sampled_from("abc")), min_size=4, max_size=25)


def _columns(cases: list) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    values = np.array([case[0][0] for case in cases])
    censored = np.array([case[0][1] for case in cases])
    groups = np.array([case[1] for case in cases])
    assume(np.unique(groups).size > 1)
    assume(not censored.all())
    return values, censored, groups


@settings(max_examples=50, deadline=None)
@given(GROUPED, st.sampled_from(["log_rank", "gehan", "tarone_ware", "peto_peto"]))
def test_the_statistic_is_that_of_the_flipped_values(cases: list, weighting: str) -> None:
    values, censored, groups = _columns(cases)
    found = compare_groups(values, censored, groups, weighting=weighting)
    # statsmodels cannot invert a covariance where a group never has a part.
    assume(np.linalg.matrix_rank(found.covariance[1:, 1:]) == found.degrees_of_freedom)
    assume(np.linalg.cond(found.covariance[1:, 1:]) < 1e8)
    options = {
        "log_rank": {},
        "gehan": {"weight_type": "gb"},
        "tarone_ware": {"weight_type": "tw"},
        "peto_peto": {"weight_type": "fh", "fh_p": 1},
    }[weighting]
    with np.errstate(divide="ignore"):  # it takes the logarithm of a curve that ends at 0
        statistic, p_value = survdiff(10 - values, ~censored, groups, **options)
    assert found.statistic == pytest.approx(statistic, rel=1e-6, abs=1e-9)
    assert found.p_value == pytest.approx(p_value, rel=1e-6, abs=1e-9)


@settings(deadline=None)
@given(GROUPED, st.sampled_from(WEIGHTINGS))
def test_observed_and_expected_agree_in_sum_and_only_ranks_count(
    cases: list, weighting: str
) -> None:
    values, censored, groups = _columns(cases)
    found = compare_groups(values, censored, groups, weighting=weighting)
    assert found.observed.sum() == pytest.approx(found.expected.sum())
    assert found.covariance.sum(axis=1) == pytest.approx(np.zeros(len(found.groups)), abs=1e-9)
    again = compare_groups(np.exp(values), censored, groups, weighting=weighting)
    assert again.statistic == pytest.approx(found.statistic)


@pytest.mark.parametrize("weighting", WEIGHTINGS)
def test_without_a_difference_one_test_in_twenty_rejects(weighting: str) -> None:
    rng = np.random.default_rng(1)
    groups = np.repeat(["a", "b", "c"], 25)
    rejected = 0
    for _ in range(200):
        values, limits = rng.lognormal(size=75), rng.choice([0.5, 1.0], size=75)
        censored = values < limits
        observed = np.where(censored, limits, values)
        rejected += compare_groups(observed, censored, groups, weighting=weighting).p_value < 0.05
    assert 2 <= rejected <= 20


def test_missing_values_and_groups_are_left_out_and_counted() -> None:
    found = compare_groups(
        [1.0, 2.0, np.nan, 3.0, 4.0], [False] * 5, ["a", "b", "a", None, float("nan")]
    )
    assert found.n_missing == 3
    assert found.n.tolist() == [1, 1]


@pytest.mark.parametrize(
    ("values", "censored", "groups", "option", "message"),
    [
        ([1.0, 2.0], [False, False], ["a"], {}, "length"),
        ([1.0, 2.0], [False, False], ["a", "a"], {}, "two groups"),
        ([1.0, 2.0], [True, True], ["a", "b"], {}, "detected"),
        ([1.0, 2.0], [False, False], ["a", "b"], {"weighting": "wilcoxon"}, "peto_peto"),
    ],
)
def test_bad_input_is_refused(
    values: list, censored: list, groups: list, option: dict, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        compare_groups(values, censored, groups, **option)


def test_the_summary_speaks_both_languages() -> None:
    found = compare_groups(VALUES, CENSORED, GROUPS)
    assert "有差异" in found.summary()
    assert "groups differ at the 5% level (χ²=14.5" in found.summary("en")
    with pytest.raises(ValueError, match="zh, en"):
        found.summary("fr")
