from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agriqa.stats.censored.grouped import grouped_kaplan_meier
from agriqa.stats.censored.kaplan_meier import ResidualMass, kaplan_meier

PROBABILITIES = (0.25, 0.5, 0.95)
ROWS = st.lists(
    st.tuples(st.integers(1, 6), st.booleans(), st.sampled_from("abc"), st.integers(1, 4)),
    min_size=1,
    max_size=40,
)


@given(ROWS, st.sampled_from(["smallest_detected", "smallest_value"]))
@settings(max_examples=50, deadline=None)
def test_each_group_is_estimated_as_if_it_were_alone(
    rows: list[tuple[int, bool, str, int]], residual_mass: ResidualMass
) -> None:
    values, censored, groups, counts = (np.array(column) for column in zip(*rows, strict=True))
    found = grouped_kaplan_meier(
        values, censored, groups, counts=counts, probabilities=PROBABILITIES,
        residual_mass=residual_mass,
    )  # fmt: skip
    assert found.groups.tolist() == sorted(set(groups.tolist()))
    for k, group in enumerate(found.groups):
        mine = np.repeat(np.flatnonzero(groups == group), counts[groups == group])
        alone = kaplan_meier(values[mine], censored[mine], residual_mass=residual_mass)
        np.testing.assert_allclose(found.mean[k], alone.mean)
        np.testing.assert_allclose(found.residual[k], alone.residual)
        np.testing.assert_array_equal(found.quantiles[k], alone.quantile(PROBABILITIES))
        assert (found.n[k], found.n_censored[k]) == (alone.n, alone.n_censored)


def test_without_censoring_the_mean_is_the_plain_mean() -> None:
    found = grouped_kaplan_meier([1.0, 2.0, 6.0, 5.0], [False] * 4, [1, 1, 1, 2])
    assert found.mean == pytest.approx([3.0, 5.0])


def test_a_missing_value_is_left_out() -> None:
    found = grouped_kaplan_meier([1.0, np.nan, 4.0], [False, False, False], list("aab"))
    assert found.n.tolist() == [1, 1]


def test_nothing_detected_in_any_group_has_no_mean() -> None:
    found = grouped_kaplan_meier([1.0, 2.0], [True, True], list("ab"), probabilities=[0.5])
    assert np.isnan(found.mean).all()
    assert np.isnan(found.quantiles).all()
    assert found.residual.tolist() == [1.0, 1.0]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"groups": ["a"]}, "length of values"),
        ({"counts": [1, 0]}, "whole numbers of at least 1"),
        ({"counts": [1, 1.5]}, "whole numbers of at least 1"),
        ({"probabilities": [1.0]}, "between 0 and 1"),
        ({"residual_mass": "zero"}, "smallest_detected, smallest_value"),
    ],
)
def test_bad_input_is_refused(options: dict[str, object], said: str) -> None:
    given_ = {"groups": ["a", "b"]} | options
    with pytest.raises(ValueError, match=said):
        grouped_kaplan_meier([1.0, 2.0], [True, False], **given_)  # type: ignore[arg-type]
