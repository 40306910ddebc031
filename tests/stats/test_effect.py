import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from agriqa.stats.effect import (
    Effect,
    effect_from_standard_error,
    minimum_detectable_effect,
    per_cent_of_log,
    pretrend_sentence,
)


def make(estimate: float, standard_error: float, **options: float) -> Effect:
    return effect_from_standard_error(
        estimate, standard_error, n_observations=100, n_units=10, **options
    )


@given(st.floats(-1e3, 1e3), st.floats(1e-3, 1e3), st.floats(1, 200))
def test_the_interval_excludes_zero_exactly_where_the_test_rejects(estimate, error, freedom):
    effect = make(estimate, error, degrees_of_freedom=freedom)
    assert effect.low <= estimate <= effect.high
    if abs(effect.p_value - 0.05) > 1e-9:
        assert (effect.p_value < 0.05) == (effect.low > 0 or effect.high < 0)


def test_the_interval_is_that_of_student():
    effect = make(2.0, 0.5, degrees_of_freedom=9)
    assert (effect.low, effect.high) == pytest.approx(stats.t.interval(0.95, 9, 2.0, 0.5))
    assert effect.p_value == pytest.approx(2 * stats.t.sf(4.0, 9))


def test_an_effect_without_error_is_certain():
    assert make(1.0, 0.0).p_value == 0
    assert make(0.0, 0.0).p_value == 1
    assert np.isnan(make(1.0, np.nan).p_value)


@given(st.floats(-0.9, 5))
def test_per_cent_of_a_log_effect_inverts_the_logarithm(change):
    assert per_cent_of_log(np.log1p(change)) == pytest.approx(100 * change, abs=1e-9)


def test_a_log_effect_is_said_in_per_cent():
    effect = make(np.log(0.923), 0.008)
    assert effect.summary("en", log_outcome=True) == (
        "Estimate −7.7 % (95 % −9.1 % to −6.2 %, p<0.001), clearly different from zero;"
        " from 10 units and 100 observations."
    )
    assert effect.summary(log_outcome=True).startswith(
        "估计效应 −7.7 %(95 % 区间 −9.1 % 至 −6.2 %,p<0.001)"
    )


def test_an_unclear_effect_is_called_so():
    assert "not distinguishable from zero" in make(0.1, 1.0).summary("en")
    assert "尚不能与零区分" in make(0.1, 1.0).summary("zh")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_three_outcomes_of_a_pretrend_test_read_differently(language):
    sentences = {pretrend_sentence(p, 0.95, language) for p in (0.01, 0.5, np.nan)}
    assert len(sentences) == 3


def test_the_minimum_detectable_effect_is_found_with_the_stated_power():
    found = minimum_detectable_effect(0.7, power=0.8)
    # Power of the upper one of the two rejections; the other is negligible.
    assert stats.norm.sf(stats.norm.ppf(0.975) - found / 0.7) == pytest.approx(0.8)


@settings(max_examples=20)
@given(st.floats(0.3, 0.9), st.floats(3, 100))
def test_more_power_needs_a_larger_effect(power, freedom):
    less = minimum_detectable_effect(1, power=power, degrees_of_freedom=freedom)
    assert minimum_detectable_effect(1, power=power + 0.05, degrees_of_freedom=freedom) > less


def test_bad_options_are_refused():
    with pytest.raises(ValueError, match="zh, en"):
        make(1, 1).summary("fr")
    with pytest.raises(ValueError, match="confidence"):
        make(1, 1, confidence=95)
    with pytest.raises(ValueError, match="positive"):
        minimum_detectable_effect(0)
    with pytest.raises(ValueError, match="between 0 and 1"):
        minimum_detectable_effect(1, power=80)
