from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import comb
from scipy.stats import nchypergeom_fisher

from agriqa.stats.fisher import fisher_exact

GROUP = st.integers(1, 12).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


def test_tea_tasting_reproduces_fisher() -> None:
    # Agresti (2013), section 3.5.2, and R, help(fisher.test): 3 of 4 and 1 of 4 cups.
    found = fisher_exact(3, 4, 1, 4)
    assert round(float(found.p_value), 3) == 0.486
    assert round(float(found.odds_ratio), 4) == 6.4083
    assert round(float(fisher_exact(3, 4, 1, 4, alternative="greater").p_value), 3) == 0.243


def test_genotypes_reproduce_fagerland_lydersen_and_laake() -> None:
    # Fagerland et al. (2017), chapter 4, CHRNA4 genotype: P = 0.06287.
    assert round(float(fisher_exact(0, 16, 15, 72).p_value), 5) == 0.06287


@given(GROUP, GROUP)
@settings(max_examples=40)
def test_p_value_adds_up_the_tables_no_likelier(
    first: tuple[int, int], second: tuple[int, int]
) -> None:
    (a, m), (b, n) = first, second
    possible = np.arange(max(0, a + b - n), min(m, a + b) + 1)
    chances = comb(m, possible) * comb(n, a + b - possible) / comb(m + n, a + b)
    own = comb(m, a) * comb(n, b) / comb(m + n, a + b)
    assert float(fisher_exact(a, m, b, n).p_value) == pytest.approx(
        chances[chances <= own * (1 + 1e-7)].sum()
    )


def test_convictions_of_twins_reproduce_fisher() -> None:
    # R, help(fisher.test), Fisher's convictions of like-sex twins: 2 of 17 dizygotic and
    # 10 of 13 monozygotic; limits to the precision of R's search.
    found = fisher_exact(2, 17, 10, 13, alternative="less")
    assert round(float(found.p_value), 7) == 0.0004652
    assert round(float(found.odds_ratio), 6) == 0.046937
    assert float(found.low) == 0.0
    assert float(found.high) == pytest.approx(0.2849601, abs=1e-5)
    both = fisher_exact(2, 17, 10, 13)
    assert (float(both.low), float(both.high)) == pytest.approx(
        (0.003325764, 0.363182271), abs=1e-5
    )


def test_a_limit_of_one_side_leaves_all_the_error_there() -> None:
    less, greater = (fisher_exact(9, 13, 4, 14, alternative=side) for side in ("less", "greater"))
    assert nchypergeom_fisher.cdf(9, 27, 13, 13, float(less.high)) == pytest.approx(0.05, rel=1e-4)
    assert nchypergeom_fisher.sf(8, 27, 13, 13, float(greater.low)) == pytest.approx(0.05, rel=1e-4)
    assert float(greater.high) == np.inf


def test_limits_leave_half_the_error_in_each_tail() -> None:
    found = fisher_exact(9, 13, 4, 14, confidence=0.9)
    low, high = float(found.low), float(found.high)
    assert nchypergeom_fisher.sf(8, 27, 13, 13, low) == pytest.approx(0.05, rel=1e-4)
    assert nchypergeom_fisher.cdf(9, 27, 13, 13, high) == pytest.approx(0.05, rel=1e-4)


def test_pairs_are_tested_one_by_one_and_gaps_stay_gaps() -> None:
    found = fisher_exact([3, np.nan, 0], [4, 4, 0], 1, 4)
    assert found.p_value[0] == pytest.approx(float(fisher_exact(3, 4, 1, 4).p_value))
    assert np.isnan(found.p_value).tolist() == [False, True, True]


def test_bad_input_is_refused() -> None:
    with pytest.raises(ValueError, match="whole"):
        fisher_exact(1.5, 4, 1, 4)
    with pytest.raises(ValueError, match="between 0 and n"):
        fisher_exact(5, 4, 1, 4)
    with pytest.raises(ValueError, match="two-sided, greater, less"):
        fisher_exact(1, 4, 1, 4, alternative="up")
    with pytest.raises(ValueError, match="confidence"):
        fisher_exact(1, 4, 1, 4, confidence=2)
