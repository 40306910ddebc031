from __future__ import annotations

import numpy as np
import pytest

from agriqa.stats.censored.observations import left_censored


def test_missing_values_are_left_out_and_counted() -> None:
    found = left_censored([1.0, np.nan, 3.0], [True, False, False])
    assert found.values.tolist() == [1.0, 3.0]
    assert found.kept.tolist() == [True, False, True]
    assert found.missing == 1


def test_flags_may_be_zero_and_one() -> None:
    assert left_censored([1.0, 2.0], [1, 0]).detected.tolist() == [2.0]


@pytest.mark.parametrize(
    ("values", "censored", "message"),
    [
        ([1.0, 2.0], [True], "one length"),
        ([[1.0]], [[True]], "one-dimensional"),
        ([1.0], [2], "true and false"),
        ([np.inf], [False], "finite"),
        ([np.nan], [False], "at least one value"),
    ],
)
def test_bad_observations_are_refused(values: list, censored: list, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        left_censored(values, censored)
