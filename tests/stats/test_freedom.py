from __future__ import annotations

from fractions import Fraction
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agriqa.stats.freedom import (
    detection_probability,
    failures_in_lot,
    freedom_plan,
    freedom_sample_size,
    zero_acceptance_sample_size,
)


def test_freedom_sample_sizes_reproduce_rsurveillance() -> None:
    # R package RSurveillance, n.freedom, example output.
    lots = [100, 500, 1000, 5000, 10000, 100000, np.nan]
    found = freedom_sample_size(0.01, population=lots)
    assert found.tolist() == [95, 226, 259, 291, 296, 300, 299]
    tests = [0.5, 0.6, 0.7, 0.8, 0.9, 0.99, 1]
    found = freedom_sample_size(0.01, population=500, sensitivity=tests)
    assert found.tolist() == [451, 376, 322, 282, 251, 228, 226]


def test_freecalc_reproduces_rsurveillance() -> None:
    # R package RSurveillance, n.freecalc: N 65, n 10, c 1, se 0.95, sp 0.99, 5 %.
    found = detection_probability(
        10, 1, prevalence=0.05, sensitivity=0.95, specificity=0.99, population=65
    )
    assert found == pytest.approx(0.4411522, abs=5e-8)
    clear = 1 - detection_probability(10, 1, prevalence=0, specificity=0.99, population=65)
    assert clear == pytest.approx(0.9043821, abs=5e-8)
    # n.c.freecalc: N 120, n 27, c 1, se 0.9, sp 0.99, 10 %.
    found = detection_probability(
        27, 1, prevalence=0.1, sensitivity=0.9, specificity=0.99, population=120
    )
    assert found == pytest.approx(0.9555394, abs=5e-8)


def test_freecalc_plan_reproduces_epir() -> None:
    # R package epiR, rsu.sssep.rsfreecalc, example 1: 194 herds and a "cut point" of 7,
    # which by its code is the most positives still held to be none: 8 show failures.
    plan = freedom_plan(0.05, sensitivity=0.95, specificity=0.98, population=5000)
    assert (plan.sample_size, plan.cut_point) == (194, 8)
    seven = detection_probability(194, 7, prevalence=0, specificity=0.98, population=5000)
    assert 1 - seven < 0.95
    assert plan.detection >= 0.95
    assert plan.acquittal >= 0.95


def test_zero_acceptance_sizes_are_the_known_ones() -> None:
    # 95 % confidence of finding 10, 5, 2, 1 and 0.1 %: the table in every handbook.
    found = zero_acceptance_sample_size([0.1, 0.05, 0.02, 0.01, 0.001])
    assert found.tolist() == [29, 59, 149, 299, 2995]


@given(st.integers(1, 80), st.data())
@settings(max_examples=50)
def test_a_zero_acceptance_sample_is_the_smallest_that_will_do(
    lot: int, data: st.DataObject
) -> None:
    failing = data.draw(st.integers(1, lot))
    percent = data.draw(st.integers(50, 99))
    n = int(zero_acceptance_sample_size(failing / lot, confidence=percent / 100, lot_size=lot))

    def missed(size: int) -> Fraction:
        return Fraction(comb(lot - failing, size), comb(lot, size))

    allowed = 1 - Fraction(percent, 100)
    assert missed(n) <= allowed
    assert n == 1 or missed(n - 1) > allowed


def test_a_limit_met_exactly_asks_for_no_further_unit() -> None:
    assert int(zero_acceptance_sample_size(0.5, confidence=0.75)) == 2
    assert int(zero_acceptance_sample_size(0.05, lot_size=20)) == 19
    assert int(zero_acceptance_sample_size(1.0)) == 1


@given(st.integers(4, 30), st.data())
@settings(max_examples=40)
def test_detection_in_a_population_is_close_to_its_definition(
    population: int, data: st.DataObject
) -> None:
    failing = data.draw(st.integers(0, population))
    n = data.draw(st.integers(1, population))
    cut = data.draw(st.integers(1, 4))
    se, sp = data.draw(st.floats(0, 1)), data.draw(st.floats(0, 1))
    total = 0.0
    for drawn in range(max(0, n - population + failing), min(n, failing) + 1):
        weight = comb(failing, drawn) * comb(population - failing, n - drawn) / comb(population, n)
        # The number of positives by adding one unit after the other.
        positives = np.array([1.0])
        for chance in [se] * drawn + [1 - sp] * (n - drawn):
            positives = np.convolve(positives, [1 - chance, chance])
        total += weight * positives[cut:].sum()
    found = detection_probability(
        n,
        cut,
        prevalence=failing / population,
        sensitivity=se,
        specificity=sp,
        population=population,
    )
    assert found == pytest.approx(total, abs=1e-9)


def test_no_smaller_survey_does() -> None:
    options = {"sensitivity": 0.9, "specificity": 0.97, "population": 50}
    plan = freedom_plan(0.2, **options)  # type: ignore[arg-type]
    for n in range(1, plan.sample_size):
        for cut in range(1, n + 1):
            clear = 1 - detection_probability(n, cut, prevalence=0, **options)  # type: ignore[arg-type]
            found = detection_probability(n, cut, prevalence=0.2, **options)  # type: ignore[arg-type]
            assert clear < 0.95 or found < 0.95


def test_a_perfect_test_needs_the_zero_acceptance_sample() -> None:
    assert freedom_plan(0.02).sample_size == 149
    assert freedom_plan(0.02, population=300).sample_size == int(
        zero_acceptance_sample_size(0.02, lot_size=300)
    )


def test_whole_failures_are_rounded_as_asked_and_never_none() -> None:
    assert float(failures_in_lot(0.07, 100)) == 7
    assert float(failures_in_lot(0.055, 100, "down")) == 5
    assert float(failures_in_lot(0.001, 100, "nearest")) == 1


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: zero_acceptance_sample_size(0), "above 0"),
        (lambda: zero_acceptance_sample_size(0.1, confidence=1), "confidence"),
        (lambda: failures_in_lot(0.1, 10, "half"), "up, nearest, down"),  # type: ignore[arg-type]
        (lambda: freedom_sample_size(0.1, sensitivity=0), "sensitivity"),
        (lambda: freedom_sample_size(0.1, confidence=0), "confidence"),
        (lambda: detection_probability(5, prevalence=2), "between 0 and 1"),
        (lambda: detection_probability(0, prevalence=0.1), "at least 1"),
        (lambda: detection_probability(5, prevalence=0.1, population=4), "above population"),
        (lambda: freedom_plan(0.1, detection=1), "detection"),
        (lambda: freedom_plan(0.1, sensitivity=0.1, specificity=0.8), "sensitivity above"),
        (lambda: freedom_plan(0.01, specificity=0.9, population=50), "keeps both"),
        (lambda: freedom_plan(0.1).summary("fr"), "zh, en"),  # type: ignore[arg-type]
    ],
)
def test_bad_input_is_refused(call: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()  # type: ignore[operator]


def test_a_population_too_small_for_its_test_has_no_sample_size() -> None:
    assert np.isnan(freedom_sample_size(0.01, sensitivity=0.5, population=100))


def test_the_summary_says_the_plan() -> None:
    plan = freedom_plan(0.05, sensitivity=0.95, specificity=0.98, population=5000)
    assert plan.summary("en").startswith("Test 194 units and hold failures to be present from 8")
    assert "检测 194 个样本，阳性达到 8 个" in plan.summary()
