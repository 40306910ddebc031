from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import expm
from scipy.stats import chi

from agriqa.stats.break_tests import ols_cusum_test, sup_f_p_value, sup_f_test
from tests.stats.published import NILE, REAL_INTEREST

SPAN = (0.85 / 0.15) ** 2


def test_the_nile_has_the_tests_that_strucchange_prints() -> None:
    # sctest(Fstats(Nile ~ 1)): sup.F = 75.93, p-value = 2.22e-16 (its smallest number).
    result = sup_f_test(NILE, times=range(1871, 1971))
    assert round(result.statistic, 2) == 75.93
    assert (result.break_after, result.time) == (28, 1898)
    assert result.p < 2.22e-15
    # sctest(efp(Nile ~ 1, type = "OLS-CUSUM")): S0 = 2.9518, p-value = 5.409e-08.
    result = ols_cusum_test(NILE, times=range(1871, 1971))
    assert round(result.statistic, 4) == 2.9518
    assert f"{result.p:.3e}" == "5.409e-08"
    assert result.time == 1898


def test_the_real_interest_rate_has_the_classical_f_of_mbreaks() -> None:
    # R mbreaks, robust = 0: supF(1|0) = 89.245, break after 1980(3).
    result = sup_f_test(REAL_INTEREST)
    assert (round(result.statistic, 2), result.break_after) == (89.24, 79)


def test_the_p_value_is_near_the_critical_values_of_andrews() -> None:
    # Andrews (1993), table I, trim .15, 5 % and 1 %; simulated, hence not exact.
    for regressors, five, one in [(1, 8.85, 12.35), (2, 11.79, 15.51)]:
        assert sup_f_p_value(five, regressors, SPAN) == pytest.approx(0.05, abs=0.003)
        assert sup_f_p_value(one, regressors, SPAN) == pytest.approx(0.01, abs=0.001)


@pytest.mark.parametrize(("regressors", "statistic"), [(2, 6.0), (2, 11.0), (3, 9.0), (3, 14.0)])
def test_the_p_value_is_the_chance_that_the_radial_process_stays_below(
    regressors: int, statistic: float
) -> None:
    # The norm of an Ornstein-Uhlenbeck process on a grid, absorbed at the boundary.
    cells = 120
    width = np.sqrt(statistic) / cells
    edge = width * np.arange(cells + 1)
    # Fluxes through the edges in balance with the stationary chi density.
    mass = np.diff(chi(regressors).cdf(edge))
    flux = chi(regressors).pdf(edge) / 2 / width
    flux[-1] *= 2  # half a cell to the boundary
    generator = np.diag(flux[1:-1] / mass[:-1], 1) + np.diag(flux[1:-1] / mass[1:], -1)
    generator -= np.diag((flux[:-1] + flux[1:]) / mass)
    generator[0, 0] += flux[0] / mass[0]  # nothing leaves at the origin
    staying = mass @ expm(generator * np.log(SPAN)) @ np.ones(cells)
    assert sup_f_p_value(statistic, regressors, SPAN) == pytest.approx(1 - staying, rel=5e-3)


@given(st.floats(0.1, 60), st.integers(1, 6))
@settings(max_examples=50)
def test_the_p_value_falls_with_the_statistic_and_rises_with_the_span(c: float, k: int) -> None:
    from scipy.stats import chi2

    p = sup_f_p_value(c, k, SPAN)
    assert sup_f_p_value(1.05 * c, k, SPAN) <= p + 1e-12
    assert p <= sup_f_p_value(c, k, 1.5 * SPAN) + 1e-12
    # Looking at one date only has the chi-square tail.
    assert p >= chi2.sf(c, k) * (1 - 1e-9)


def test_without_choice_of_a_date_the_p_value_is_that_of_chi_square() -> None:
    from scipy.stats import chi2

    # The series converges slowly only here, where the watching time is 0.
    for c, k in [(1.0, 1), (3.84, 1), (5.99, 2)]:
        assert sup_f_p_value(c, k, 1.0) == pytest.approx(chi2.sf(c, k), rel=2e-3)


def test_the_tail_formula_continues_the_series() -> None:
    below, above = (sup_f_p_value(c, 1, SPAN) for c in (31.5, 32.5))
    assert below > 1e-6 > above
    # A tail of exp(-c / 2) falls by exp(-1/2), here times the root of c.
    assert above / below == pytest.approx(np.exp(-0.5), rel=0.05)


@settings(max_examples=20)
@given(st.integers(0, 2**32 - 1))
def test_the_f_process_compares_two_regressions(seed: int) -> None:
    rng = np.random.default_rng(seed)
    t = np.arange(20.0)
    y = rng.normal(size=20)
    result = sup_f_test(y, "linear", times=t, trim=0.2)
    x = np.column_stack([np.ones(20), t])

    def rss(part: slice) -> float:
        return float(np.linalg.lstsq(x[part], y[part])[1][0])

    whole = rss(slice(0, 20))
    for point, value in zip(result.points, result.process, strict=True):
        split = rss(slice(0, point)) + rss(slice(point, 20))
        assert value == pytest.approx((whole - split) / (split / 16), rel=1e-6, abs=1e-9)
    assert result.points.tolist() == list(range(4, 17))
    assert result.statistic == result.process.max()


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=20)
def test_the_cusum_ends_at_zero(seed: int) -> None:
    y = np.random.default_rng(seed).normal(size=25)
    result = ols_cusum_test(y)
    assert result.process[-1] == pytest.approx(0, abs=1e-9)
    assert result.statistic == np.abs(result.process).max()
    assert 0 <= result.p <= 1


def test_stable_series_are_rejected_about_as_often_as_promised() -> None:
    rng = np.random.default_rng(11)
    p = np.array([sup_f_test(rng.normal(size=100)).p for _ in range(150)])
    assert 1 <= np.sum(p <= 0.05) <= 16


def test_bad_break_tests_are_refused() -> None:
    with pytest.raises(ValueError, match="trim"):
        sup_f_test(NILE, trim=0.6)
    with pytest.raises(ValueError, match="too few"):
        sup_f_test([1, 2, 3])
    for test in (sup_f_test, ols_cusum_test):
        with pytest.raises(ValueError, match="without errors"):
            test([1, 2, 3, 4, 5, 6, 7, 8], "linear")
    for bad in [(-1, 1, 2), (1, 0, 2), (1, 1, 0.5)]:
        with pytest.raises(ValueError, match="must be 0 or more"):
            sup_f_p_value(*bad)


def test_the_break_test_summary_speaks_two_languages() -> None:
    assert sup_f_test(NILE).summary("en").startswith("A break is shown")
    assert "存在突变" in ols_cusum_test(NILE).summary()
    with pytest.raises(ValueError, match="language"):
        sup_f_test(NILE).summary("fr")  # type: ignore[arg-type]
