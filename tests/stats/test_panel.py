import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agriqa.stats.panel import (
    complete_rows,
    first_treated_periods,
    require_columns,
    require_panel,
)
from tests.stats.simulated_panels import staggered_panel

COLUMNS = {"unit": "unit", "time": "t", "cohort": "start"}


@given(st.lists(st.sampled_from([1.0, 2.5, np.nan, np.inf]), min_size=1, max_size=30))
def test_complete_rows_are_those_with_finite_values_and_weight(values):
    frame = pd.DataFrame({"y": values, "w": 1.0, "unit": "a"}).assign(w=lambda f: f.index % 2)
    expected = [i for i, value in enumerate(values) if np.isfinite(value) and i % 2]
    if not expected:
        with pytest.raises(ValueError, match="no complete row"):
            complete_rows(frame, ["y"], ["unit"], weights="w")
    else:
        assert complete_rows(frame, ["y"], ["unit"], weights="w").index.tolist() == expected


def test_complete_rows_do_not_change_the_frame():
    frame = pd.DataFrame({"y": [1, 2], "unit": ["a", None]})
    before = frame.copy()
    assert complete_rows(frame, ["y"], ["unit"], weights=None)["y"].tolist() == [1.0]
    assert frame.equals(before)


def test_missing_and_infinite_cohorts_are_never_treated():
    frame = pd.DataFrame({"unit": [1, 2, 3], "t": 1, "start": [2, np.inf, np.nan]})
    assert first_treated_periods(frame, **COLUMNS).tolist() == [2, np.inf, np.inf]
    nullable = frame.assign(start=pd.array([2, None, None], dtype="Int64"))
    assert first_treated_periods(nullable, **COLUMNS).tolist() == [2, np.inf, np.inf]


def test_zero_means_never_in_calendar_years_as_in_r_did() -> None:
    frame = pd.DataFrame({"unit": [1, 2], "t": [2019, 2019], "start": [0, 2020]})
    assert first_treated_periods(frame, **COLUMNS).tolist() == [np.inf, 2020]


def test_zero_is_a_cohort_where_it_may_be_a_period_and_refused_where_it_may_be_either() -> None:
    frame = pd.DataFrame({"unit": [1, 2], "t": [0, 0], "start": [0, 2]})
    assert first_treated_periods(frame, **COLUMNS).tolist() == [0, 2]
    with pytest.raises(ValueError, match="leave it missing"):
        first_treated_periods(frame.assign(t=1), **COLUMNS)


def test_bad_input_is_refused():
    frame = staggered_panel(1)
    with pytest.raises(ValueError, match="negative"):
        complete_rows(frame.assign(w=-1.0), ["y"], [], weights="w")
    with pytest.raises(ValueError, match="no column q"):
        require_columns(frame, ["q"])
    with pytest.raises(ValueError, match="more than one row for unit 0"):
        require_panel(pd.concat([frame, frame]), "unit", "t")
    with pytest.raises(ValueError, match="same in all rows"):
        first_treated_periods(frame.assign(start=frame["t"]), **COLUMNS)
