from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.duration.survfunc import CumIncidenceRight

from agriqa.stats.competing_risks import cumulative_incidence
from agriqa.stats.survival import kaplan_meier

UNITS = st.lists(
    st.tuples(st.integers(0, 4), st.integers(1, 8), st.integers(0, 2)), min_size=2, max_size=15
).filter(lambda units: any(cause for _, _, cause in units))


@settings(deadline=None)
@given(UNITS)
def test_incidences_and_survival_sum_to_one(units: list[tuple[int, int, int]]) -> None:
    start, length, cause = (np.array(c) for c in zip(*units, strict=True))
    found = cumulative_incidence(start + length, cause, entry=start)
    assert found.incidence.sum(axis=1) + found.survival == pytest.approx(1)
    assert found.survival == pytest.approx(
        kaplan_meier(start + length, cause > 0, entry=start).survival, abs=1e-12
    )


@settings(deadline=None, max_examples=50)
@given(UNITS)
def test_the_incidence_agrees_with_statsmodels(units: list[tuple[int, int, int]]) -> None:
    _, length, cause = (np.array(c) for c in zip(*units, strict=True))
    found = cumulative_incidence(length, cause)
    with np.errstate(all="ignore"):
        other = CumIncidenceRight(length, cause)
    known = np.isin(found.time, other.times)
    for j, code in enumerate(found.causes):
        assert found.incidence[known, j] == pytest.approx(other.cinc[code - 1], abs=1e-9)


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(1, 8), st.booleans()), min_size=2, max_size=15))
def test_a_single_cause_has_greenwoods_error(units: list[tuple[int, bool]]) -> None:
    duration, event = (np.array(c) for c in zip(*units, strict=True))
    if not event.any():
        return
    found = cumulative_incidence(duration, event.astype(int))
    curve = kaplan_meier(duration, event)
    known = curve.survival > 0
    assert found.standard_error[known, 0] == pytest.approx(curve.standard_error[known], abs=1e-9)
    assert found.low[known, 0] == pytest.approx(1 - curve.high[known], abs=1e-9)


def test_without_censoring_the_error_is_that_of_a_proportion() -> None:
    duration, cause = np.arange(1, 21), np.array([1, 2, 2, 1] * 5)
    found = cumulative_incidence(duration, cause)
    part = np.cumsum(cause[:, None] == [1, 2], axis=0) / 20
    assert found.incidence == pytest.approx(part)
    # Marubini and Valsecchi's variance exceeds p(1-p)/n by little before the last unit.
    expected = np.sqrt(part * (1 - part) / 20)
    assert found.standard_error[:-1] == pytest.approx(expected[:-1], rel=0.03, abs=1e-9)


@settings(deadline=None)
@given(UNITS)
def test_the_incidence_is_inside_its_limits(units: list[tuple[int, int, int]]) -> None:
    start, length, cause = (np.array(c) for c in zip(*units, strict=True))
    found = cumulative_incidence(start + length, cause, entry=start)
    known = found.incidence < 1 - 1e-9
    assert np.all(found.low[known] <= found.incidence[known] + 1e-9)
    assert np.all(found.incidence[known] <= found.high[known] + 1e-9)


@pytest.mark.parametrize(
    ("duration", "cause", "options", "message"),
    [
        ([1, 2], [1], {}, "one length"),
        ([1, 2], [1, -1], {}, "whole number"),
        ([1, 2], [0, 0], {}, "no event"),
        ([1, 2], [1, 2], {"interval": "arcsine"}, "log-log"),
        ([1, 2], [1, 2], {"confidence": 95}, "between 0 and 1"),
    ],
)
def test_bad_input_is_refused(
    duration: list[float], cause: list[int], options: dict[str, object], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        cumulative_incidence(duration, cause, **options)  # type: ignore[arg-type]
