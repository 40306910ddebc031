from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agriqa.stats.precision import (
    PublishedFigures,
    change_verdict,
    compare_with_limit,
    figure_change,
    figure_difference,
    figure_mean,
    figure_ratio,
    parse_figures,
    published_figures,
    rounding_unit,
)

# China Rural Statistical Yearbook, editions 2013-2024: pesticide use of Sichuan [t];
# from 2022 it is printed in units of 10 000 t with one decimal, "4.0" both years.
USE_2012_2014 = ["60317", "59954", "59385"]
USE_2017, USE_2021 = "55751", "40974"
TENTHS_OF_10000_T = published_figures(40_000, 1000)

number = st.floats(-1000, 1000).map(lambda x: round(x, 1))
unit = st.sampled_from([0.0, 0.1, 1.0, 10.0])
figure = st.tuples(number, unit)
share = st.floats(0, 1)


def test_the_published_mean_and_targets_of_a_province_are_reproduced() -> None:
    mean = figure_mean(parse_figures(USE_2012_2014))
    assert round(float(mean.value), 3) == 59885.333
    assert compare_with_limit(parse_figures([USE_2017]), mean).tolist() == ["met"]


def test_equal_rounded_figures_do_not_tell_a_change() -> None:
    change = figure_change(TENTHS_OF_10000_T, TENTHS_OF_10000_T)
    assert (float(change.value), change_verdict(change).item()) == (0, "not known")
    assert float(change.low) == pytest.approx(100 * (39.5 / 40.5 - 1))
    assert float(change.high) == pytest.approx(100 * (40.5 / 39.5 - 1))


def test_a_fall_within_the_rounding_is_known_only_when_the_range_is_left() -> None:
    fall = figure_difference(TENTHS_OF_10000_T, parse_figures([USE_2021]))
    assert (float(fall.low[0]), float(fall.high[0])) == (-1474.5, -473.5)
    assert change_verdict(fall).tolist() == ["decrease"]


@pytest.mark.parametrize(
    ("text", "value", "expected"),
    [
        ("4.0", 4.0, 0.1),
        ("40000", 40000, 1),
        ("59,885", 59885, 1),
        ("1 234.50", 1234.5, 0.01),
        ("-0.30", -0.3, 0.01),
        ("１２．５", 12.5, 0.1),
        ("−3", -3, 1),
        ("1.20e3", 1200, 10),
        ("5.", 5, 1),
        ("0", 0, 1),
    ],
)
def test_the_unit_is_read_from_the_text(text: str, value: float, expected: float) -> None:
    assert rounding_unit(text) == (value, expected)


def test_trailing_zeros_may_be_read_as_not_significant() -> None:
    assert rounding_unit("40000", trailing_zeros="not significant") == (40000, 10000)
    assert rounding_unit("4.0", trailing_zeros="not significant") == (4, 0.1)


def test_known_significant_digits_override_the_text() -> None:
    assert rounding_unit("40000", significant_digits=2) == (40000, 1000)
    assert rounding_unit("0.0413", significant_digits=2) == (0.0413, 0.001)


@pytest.mark.parametrize("text", ["", "abc", "4.0吨", "1,23", "--1", "nan"])
def test_text_that_is_not_a_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a printed number"):
        rounding_unit(text)


@given(st.integers(-(10**6), 10**6), st.integers(0, 4))
def test_a_printed_number_returns_its_decimals(digits: int, decimals: int) -> None:
    value, step = rounding_unit(f"{digits / 10**decimals:.{decimals}f}")
    assert value == pytest.approx(digits / 10**decimals)
    assert step == pytest.approx(10.0**-decimals)


@given(figure, figure, share, share)
def test_the_difference_of_any_true_values_is_in_the_range(
    a: tuple, b: tuple, s: float, t: float
) -> None:
    one, other = published_figures(*a), published_figures(*b)
    x = float(one.low + s * (one.high - one.low))
    y = float(other.low + t * (other.high - other.low))
    found = figure_difference(one, other)
    assert found.low - 1e-9 <= x - y <= found.high + 1e-9


@given(figure, figure, share, share)
def test_the_ratio_of_any_true_values_is_in_the_range(
    a: tuple, b: tuple, s: float, t: float
) -> None:
    one, other = published_figures(*a), published_figures(*b)
    x = float(one.low + s * (one.high - one.low))
    y = float(other.low + t * (other.high - other.low))
    found = figure_ratio(one, other)
    if float(other.low) <= 0 <= float(other.high):
        assert np.isnan(found.low)
    else:
        tolerance = 1e-9 * max(1, abs(x / y))
        assert found.low - tolerance <= x / y <= found.high + tolerance


@given(figure, figure)
def test_difference_and_change_agree_on_the_verdict(a: tuple, b: tuple) -> None:
    new, old = published_figures(*a), published_figures(*b)
    change = change_verdict(figure_change(new, old)).item()
    if old.low > 0:
        assert change == change_verdict(figure_difference(new, old)).item()
    else:
        assert change == "not known"


@given(st.lists(figure, min_size=1, max_size=5))
def test_the_mean_lies_in_the_middle_of_its_range(values: list) -> None:
    mean = figure_mean(published_figures(*np.array(values).T))
    assert float(mean.low + mean.high) / 2 == pytest.approx(float(mean.value), abs=1e-9)


@given(figure, figure)
def test_verdicts_on_a_limit_mirror_each_other(a: tuple, b: tuple) -> None:
    one, other = published_figures(*a), published_figures(*b)
    at_most = compare_with_limit(one, other, sense="at most").item()
    assert at_most == compare_with_limit(other, one, sense="at least").item()


def test_figures_that_touch_do_not_tell_a_change() -> None:
    # 4.0 is at most 4.05 and 4.1 at least 4.05.
    difference = figure_difference(parse_figures(["4.1"]), parse_figures(["4.0"]))
    assert float(difference.low[0]) == 0
    assert change_verdict(difference).tolist() == ["not known"]


def test_exact_equal_figures_are_unchanged() -> None:
    exact = published_figures(7, 0)
    assert change_verdict(figure_difference(exact, exact)).item() == "no change"


def test_figures_cut_off_towards_zero_reach_one_unit_further() -> None:
    cut = published_figures([1200, -1200, 0], 100, rounding="down")
    assert cut.low.tolist() == [1200, -1300, -100]
    assert cut.high.tolist() == [1300, -1200, 100]


def test_a_missing_figure_tells_nothing() -> None:
    missing = published_figures(np.nan, 1)
    assert change_verdict(missing).item() == "not known"
    assert compare_with_limit(missing, 3).item() == "not known"


def test_a_weighted_mean_follows_its_weights() -> None:
    mean = figure_mean(parse_figures(["1", "4"]), weights=[3, 1])
    assert (float(mean.value), float(mean.low), float(mean.high)) == (1.75, 1.25, 2.25)


def test_bad_figures_are_refused() -> None:
    with pytest.raises(ValueError, match="0 or more"):
        published_figures(1, -1)
    with pytest.raises(ValueError, match="at least one"):
        figure_mean(published_figures([], 1))
    with pytest.raises(ValueError, match="weights"):
        figure_mean(published_figures([1, 2], 1), weights=[1, -1])


def test_unknown_precision_options_are_refused() -> None:
    with pytest.raises(ValueError, match="nearest, down"):
        published_figures(1, 1, rounding="up")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="at most, at least"):
        compare_with_limit(published_figures(1, 1), 2, sense="below")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="one of significant"):
        rounding_unit("10", trailing_zeros="maybe")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="significant_digits"):
        rounding_unit("10", significant_digits=0)


def test_the_summary_says_when_the_sign_is_open() -> None:
    difference = figure_difference(TENTHS_OF_10000_T, TENTHS_OF_10000_T)
    assert "not known" in difference.summary("en")
    assert "-1000至1000" in difference.summary()
    assert "not known" not in published_figures(4, 0.1).summary("en")
    with pytest.raises(ValueError, match="language"):
        difference.summary("fr")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="one figure"):
        PublishedFigures(np.zeros(2), np.zeros(2), np.zeros(2)).summary()
