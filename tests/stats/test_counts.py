from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import poisson

from agriqa.stats.counts import byar_interval, poisson_exact_interval


def test_exact_limits_reproduce_poisson_test_of_r() -> None:
    # R, help(poisson.test): poisson.test(137, 24.19893).
    low, high = poisson_exact_interval(137, 24.19893)
    assert float(low) == pytest.approx(4.753125, abs=5e-7)
    assert float(high) == pytest.approx(6.692709, abs=5e-7)


def test_intervals_reproduce_the_horse_kicks_of_desctools() -> None:
    # R DescTools, help(PoissonCI): 196 deaths in 280 corps-years.
    exact = np.array(poisson_exact_interval(196, 280))
    assert exact == pytest.approx([0.6054271, 0.8051570], abs=5e-8)
    byar = np.array(byar_interval(196, 280, form="rothman_boice"))
    assert byar == pytest.approx([0.6070833, 0.8032497], abs=5e-8)


def test_no_events_leave_the_exact_upper_limit_of_r_epitools() -> None:
    # R epitools, help(pois.exact): 3.689 when x = 0.
    low, high = poisson_exact_interval(0)
    assert float(low) == 0
    assert round(float(high), 3) == 3.689


@given(st.integers(0, 3000), st.floats(0.5, 0.999))
def test_exact_limits_leave_half_the_error_in_each_tail(count: int, confidence: float) -> None:
    low, high = poisson_exact_interval(count, confidence=confidence)
    tail = (1 - confidence) / 2
    assert poisson.cdf(count, high) == pytest.approx(tail, rel=1e-6)
    if count:
        assert poisson.sf(count - 1, low) == pytest.approx(tail, rel=1e-6)


def test_byar_is_within_two_per_mille_of_exact_from_ten_events() -> None:
    # PHE Technical Guide Confidence Intervals (2018): "within 0.2% ... 10 or more".
    count = np.arange(10, 2000)
    for close, exact in zip(byar_interval(count), poisson_exact_interval(count), strict=True):
        assert close == pytest.approx(exact, rel=0.002)


@given(st.integers(0, 3000), st.sampled_from(["breslow_day", "rothman_boice"]))
def test_byar_holds_the_count(count: int, form: str) -> None:
    low, high = byar_interval(count, form=form)
    assert 0 <= low <= count <= high


def test_a_rate_is_its_count_over_its_exposure() -> None:
    for interval in (poisson_exact_interval, byar_interval):
        whole = np.array(interval([3, 20]))
        assert np.array(interval([3, 20], [2.0, 4.0])) == pytest.approx(whole / [2, 4])


def test_missing_counts_and_empty_exposures_have_no_limits() -> None:
    for interval in (poisson_exact_interval, byar_interval):
        assert np.isnan(interval([np.nan, 2, 2], [1, 0, np.nan])).all()


@pytest.mark.parametrize("interval", [poisson_exact_interval, byar_interval])
def test_negative_counts_and_bad_levels_are_refused(interval) -> None:
    with pytest.raises(ValueError, match="counts must be 0 or more"):
        interval(-1)
    with pytest.raises(ValueError, match="exposures must be 0 or more"):
        interval(1, -1)
    with pytest.raises(ValueError, match="confidence"):
        interval(1, confidence=1)


def test_an_unknown_form_of_byar_is_refused() -> None:
    with pytest.raises(ValueError, match="breslow_day, rothman_boice"):
        byar_interval(1, form="exact")
