from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agriqa.stats.censored.bounds import STATUSES, substitution_bounds


def test_the_bounds_follow_the_system_of_detection_and_quantification_limits() -> None:
    # MCRA: not detected f LOD, not quantified LOD + f (LOQ - LOD), with f = 1/2.
    found = substitution_bounds(
        [0.5, np.nan, np.nan],
        ["detected", "not_detected", "not_quantified"],
        detection_limit=0.02,
        quantification_limit=0.06,
    )
    assert found.lower.tolist() == [0.5, 0.0, 0.02]
    assert found.middle == pytest.approx([0.5, 0.01, 0.04])
    assert found.upper.tolist() == [0.5, 0.02, 0.06]


def test_with_one_limit_only_that_one_is_used() -> None:
    found = substitution_bounds(
        [0.0, 0.0], ["not_detected", "not_quantified"], quantification_limit=[0.1, 0.2]
    )
    assert found.lower.tolist() == [0.0, 0.0]
    assert found.upper.tolist() == [0.1, 0.2]


@pytest.mark.parametrize(("censored", "reported"), [(6, "middle"), (7, "lower_upper")])
def test_above_sixty_percent_lower_and_upper_bound_are_reported(
    censored: int, reported: str
) -> None:
    flags = np.arange(10) < censored
    found = substitution_bounds(np.full(10, 1.0), flags, detection_limit=0.5)
    assert found.reported == reported
    low, high = found.mean
    assert low == (found.middle_mean if reported == "middle" else found.lower_mean)
    assert high == (found.middle_mean if reported == "middle" else found.upper_mean)


def test_the_share_has_the_interval_of_wilson() -> None:
    # Newcombe (1998), table I, method 3: 15 of 148.
    found = substitution_bounds(np.full(148, 1.0), np.arange(148) < 15, detection_limit=0.5)
    assert (round(found.share_low, 4), round(found.share_high, 4)) == (0.0624, 0.1605)


def test_missing_values_are_left_out_and_counted() -> None:
    found = substitution_bounds([1.0, np.nan, 3.0], [False, False, False])
    assert (found.n, found.n_missing, found.middle_mean) == (2, 1, 2.0)
    assert np.isnan(found.middle[1])


CASE = st.tuples(st.sampled_from(STATUSES), st.floats(0, 10), st.floats(0, 1), st.floats(0, 1))


@settings(deadline=None)
@given(st.lists(CASE, min_size=1, max_size=20), st.floats(0, 1))
def test_the_bounds_are_in_order_and_enclose_every_value_possible(
    cases: list[tuple[str, float, float, float]], fraction: float
) -> None:
    status = [case[0] for case in cases]
    values = np.array([case[1] for case in cases])
    lod = np.array([case[2] for case in cases])
    loq = lod + np.array([case[3] for case in cases])
    found = substitution_bounds(
        values, status, detection_limit=lod, quantification_limit=loq, fraction=fraction
    )
    assert np.all(found.lower <= found.middle + 1e-12)
    assert np.all(found.middle <= found.upper + 1e-12)
    assert found.lower_mean <= found.middle_mean + 1e-9 <= found.upper_mean + 2e-9
    detected = np.array(status) == "detected"
    assert np.array_equal(found.upper[detected], values[detected])
    assert found.share_low <= found.censored_share <= found.share_high


@pytest.mark.parametrize(
    ("values", "status", "options", "message"),
    [
        ([1.0], ["absent"], {}, "detected, not_quantified, not_detected"),
        ([1.0, 2.0], [True], {}, "one length"),
        ([1.0], [True], {}, "needs a detection"),
        ([1.0], ["not_quantified"], {"detection_limit": 1.0}, "quantification limit"),
        ([-1.0], [False], {}, "negative"),
        ([1.0], [True], {"detection_limit": -1.0}, "negative"),
        ([1.0], [True], {"detection_limit": [1.0, 2.0]}, "as long as values"),
        ([1.0], [True], {"detection_limit": 2.0, "quantification_limit": 1.0}, "exceed"),
        ([1.0], [False], {"fraction": 2.0}, "fraction"),
        ([1.0], [False], {"middle_up_to": 60}, "middle_up_to"),
        ([np.nan], [False], {}, "not be missing"),
    ],
)
def test_bad_input_is_refused(values: list, status: list, options: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        substitution_bounds(values, status, **options)


def test_the_summary_speaks_both_languages() -> None:
    few = substitution_bounds([2.0, 0.0], [False, True], detection_limit=1.0)
    many = substitution_bounds([2.0, 0, 0], [False, True, True], detection_limit=1.0)
    assert few.summary() == "2个数据中50.0%未检出，均值（中界）1.25。"
    assert many.summary("en").endswith(
        "the mean lies between 0.6667 (lower bound) and 1.333 (upper bound)."
    )
    assert "上界" in many.summary()
    assert "middle-bound" in few.summary("en")
    with pytest.raises(ValueError, match="zh, en"):
        few.summary("fr")
