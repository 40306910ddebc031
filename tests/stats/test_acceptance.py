from __future__ import annotations

from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from agriqa.stats.acceptance import (
    acceptance_probability,
    average_outgoing_quality,
    average_total_inspection,
    double_acceptance_probability,
    find_plan,
    smallest_plan,
    whole_lot_size,
)


def test_the_oc_curve_reproduces_montgomery() -> None:
    # Montgomery, Introduction to Statistical Quality Control, table 15.2: n = 89, c = 2.
    shares = [0.005, 0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.07, 0.08, 0.09]
    expected = [0.9897, 0.9397, 0.7366, 0.4985, 0.3042, 0.1721, 0.0919, 0.0468, 0.0230, 0.0109]
    np.testing.assert_allclose(acceptance_probability(shares, 89, 2), expected, atol=6e-5)


def test_rectifying_inspection_reproduces_montgomery() -> None:
    # Montgomery, section 15.2: N = 10 000, n = 89, c = 2 at 1 %: AOQ 0.0093, ATI 687.
    assert round(float(average_outgoing_quality(0.01, 89, 2, lot_size=10_000)), 4) == 0.0093
    assert round(float(average_total_inspection(0.01, 89, 2, lot_size=10_000))) == 687


def test_a_plan_too_small_for_the_producer_is_as_published() -> None:
    # R package AcceptanceSampling, manual: n = 20, c = 0 gives 0.358 and 0.039.
    found = acceptance_probability([0.05, 0.15], 20, 0)
    assert np.round(found, 3).tolist() == [0.358, 0.039]


def test_find_plan_reproduces_the_acceptance_sampling_manual() -> None:
    # R package AcceptanceSampling, manual, "Finding a sampling plan".
    plan = find_plan((0.05, 0.95), (0.15, 0.075))
    assert (plan.sample_size, plan.acceptance_number) == (80, 7)


@given(
    st.floats(0.01, 0.1),
    st.floats(0.12, 0.4),
    st.floats(0.8, 0.95),
    st.floats(0.05, 0.3),
    st.sampled_from(["binomial", "hypergeometric", "poisson"]),
)
@settings(max_examples=25, deadline=None)
def test_no_smaller_plan_keeps_both_risks(
    good: float, bad: float, least: float, most: float, distribution: str
) -> None:
    options = {"distribution": distribution, "lot_size": 60}
    n, c = (v.ravel() for v in np.meshgrid(np.arange(1, 61), np.arange(61), indexing="ij"))
    keeps = acceptance_probability(good, n, c, **options) >= least  # type: ignore[arg-type]
    keeps &= acceptance_probability(bad, n, c, **options) <= most  # type: ignore[arg-type]
    if not keeps.any():
        return
    first = int(np.argmax(keeps))
    plan = find_plan((good, least), (bad, most), **options)  # type: ignore[arg-type]
    assert (plan.sample_size, plan.acceptance_number) == (n[first], c[first])
    assert plan.producer_acceptance >= least
    assert plan.consumer_acceptance <= most


@given(st.integers(2, 30), st.data())
def test_hypergeometric_acceptance_counts_the_samples(lot: int, data: st.DataObject) -> None:
    failing, n = data.draw(st.integers(0, lot)), data.draw(st.integers(1, lot))
    c = data.draw(st.integers(0, n))
    ways = sum(comb(failing, k) * comb(lot - failing, n - k) for k in range(c + 1))
    found = acceptance_probability(failing / lot, n, c, distribution="hypergeometric", lot_size=lot)
    assert float(found) == pytest.approx(ways / comb(lot, n))


def test_a_large_lot_is_sampled_as_if_it_were_endless() -> None:
    near = acceptance_probability(0.05, 40, 3, distribution="hypergeometric", lot_size=10**6)
    assert float(near) == pytest.approx(float(acceptance_probability(0.05, 40, 3)), abs=1e-4)


def test_double_sampling_is_close_to_montgomery() -> None:
    # Montgomery, section 15.3: n1 = 50, c1 = 1, n2 = 100, c2 = 3 at 5 %: 0.279 + 0.010 =
    # 0.289 from parts cut to three digits (0.009 and 0.001).
    both = float(double_acceptance_probability(0.05, (50, 100), (1, 3)))
    assert round(float(acceptance_probability(0.05, 50, 1)), 3) == 0.279
    assert both == pytest.approx(0.289, abs=0.0015)


def test_double_sampling_enumerates_both_samples() -> None:
    # AS 1199.1 plan E at an AQL of 4 %: 8 and 8, accept 0 and 1, reject 2.
    p = np.linspace(0, 1, 11)
    expected = binom.pmf(0, 8, p) + binom.pmf(1, 8, p) * binom.pmf(0, 8, p)
    found = double_acceptance_probability(p, (8, 8), (0, 1), rejection_number=2)
    np.testing.assert_allclose(found, expected, atol=1e-12)


def test_double_sampling_that_never_rejects_early_may_be_seen_as_one_sample() -> None:
    # With no acceptance but on both samples together, the second is always drawn.
    options = {"distribution": "hypergeometric", "lot_size": 40}
    p = np.arange(41) / 40
    first_fails = acceptance_probability(p, 10, 0, **options)  # type: ignore[arg-type]
    found = double_acceptance_probability(p, (10, 15), (0, 3), **options)  # type: ignore[arg-type]
    single = acceptance_probability(p, 25, 3, **options)  # type: ignore[arg-type]
    # Both accept on at most 3 in 25; double also on 0 in the first 10 whatever follows.
    assert np.all(found >= single - 1e-12)
    assert np.all(found <= single + first_fails + 1e-12)


def test_smallest_plan_gives_up_at_the_largest_sample() -> None:
    with pytest.raises(ValueError, match="up to 3"):
        smallest_plan(lambda n, c: 0.0, 0.5, lambda n, c: 0.0, 0.5, largest=3)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: acceptance_probability(0.1, 5, 1, distribution="normal"), "binomial, "),  # type: ignore[arg-type]
        (lambda: acceptance_probability(1.1, 5, 1), "between 0 and 1"),
        (lambda: acceptance_probability(0.1, 0, 1), "at least 1"),
        (lambda: acceptance_probability(0.1, 5.5, 1), "whole"),
        (lambda: acceptance_probability(0.1, 5, 1, distribution="hypergeometric"), "lot_size is"),
        (
            lambda: acceptance_probability(0.1, 5, 1, distribution="hypergeometric", lot_size=4),
            "not be above lot_size",
        ),
        (lambda: whole_lot_size(2.5), "whole number"),
        (lambda: average_outgoing_quality(0.1, 5, 1, lot_size=4), "not be above"),
        (lambda: average_total_inspection(0.1, 5, 1, lot_size=4), "not be above"),
        (lambda: double_acceptance_probability(0.1, (5, 5), (2, 1)), "fewer failures"),
        (lambda: double_acceptance_probability(0.1, (5, 5), (0, 1), lot_size=9), "together"),
        (lambda: find_plan((0.1, 0.95), (0.05, 0.1)), "above the producer's"),
        (
            lambda: find_plan(
                (0.1, 0.95), (0.104, 0.1), distribution="hypergeometric", lot_size=100
            ),
            "keeps both",
        ),
        (lambda: find_plan((0.05, 0.95), (0.15, 0.075)).summary("fr"), "zh, en"),  # type: ignore[arg-type]
    ],
)
def test_bad_input_is_refused(call: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()  # type: ignore[operator]


def test_the_summary_says_the_plan() -> None:
    plan = find_plan((0.05, 0.95), (0.15, 0.075))
    assert plan.summary("en").startswith("Examine 80 units and accept if at most 7 fail")
    assert "抽取 80 个样本，不合格不超过 7 个" in plan.summary()
