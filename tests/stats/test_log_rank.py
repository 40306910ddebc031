from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.duration.survfunc import survdiff

from agriqa.stats.log_rank import log_rank_test
from tests.stats.test_survival import (
    MAINTAINED,
    MAINTAINED_EVENT,
    NOT_MAINTAINED,
    NOT_MAINTAINED_EVENT,
    PLACEBO,
    SIX_MP,
    SIX_MP_EVENT,
)

# Klein and Moeschberger (2003), table 1.2 (R package KMsurv, set kidney): months to infection
# with the catheter placed surgically or percutaneously; infected, then censored.
SURGICAL = [1.5, 3.5, 4.5, 4.5, 5.5, 8.5, 8.5, 9.5, 10.5, 11.5, 15.5, 16.5, 18.5, 23.5, 26.5]
SURGICAL_CENSORED = [
    2.5,
    2.5,
    3.5,
    3.5,
    3.5,
    4.5,
    5.5,
    6.5,
    6.5,
    7.5,
    7.5,
    7.5,
    7.5,
    8.5,
    9.5,
    10.5,
    11.5,
    12.5,
    12.5,
    13.5,
    14.5,
    14.5,
    21.5,
    21.5,
    22.5,
    22.5,
    25.5,
    27.5,
]
PERCUTANEOUS = [0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 2.5, 2.5, 3.5, 6.5, 15.5]
PERCUTANEOUS_CENSORED = [
    0.5,
    0.5,
    0.5,
    0.5,
    0.5,
    0.5,
    0.5,
    0.5,
    0.5,
    0.5,
    1.5,
    1.5,
    1.5,
    1.5,
    2.5,
    2.5,
    2.5,
    2.5,
    2.5,
    3.5,
    3.5,
    3.5,
    3.5,
    3.5,
    4.5,
    4.5,
    4.5,
    5.5,
    5.5,
    5.5,
    5.5,
    5.5,
    6.5,
    7.5,
    7.5,
    7.5,
    8.5,
    8.5,
    8.5,
    9.5,
    9.5,
    10.5,
    10.5,
    10.5,
    11.5,
    11.5,
    12.5,
    12.5,
    12.5,
    12.5,
    14.5,
    14.5,
    16.5,
    16.5,
    18.5,
    19.5,
    19.5,
    19.5,
    20.5,
    22.5,
    24.5,
    25.5,
    26.5,
    26.5,
    28.5,
]

UNITS = st.lists(
    st.tuples(
        st.integers(0, 4), st.integers(1, 8), st.booleans(), st.sampled_from("abc"), st.booleans()
    ),
    min_size=6,
    max_size=25,
)


def test_the_test_reproduces_the_6_mp_trial() -> None:
    # Kalbfleisch and Prentice; R: survdiff on MASS::gehan gives 16.8 on 1 df, observed 9
    # and 21, expected 19.25 and 10.75; to two places 16.79.
    found = log_rank_test(
        SIX_MP + PLACEBO, SIX_MP_EVENT + [1] * 21, ["6-MP"] * 21 + ["placebo"] * 21
    )
    assert round(found.chi_square, 2) == 16.79
    assert found.observed.tolist() == [9, 21]
    assert np.round(found.expected, 2).tolist() == [19.25, 10.75]


def test_the_test_reproduces_rs_leukaemia_example() -> None:
    # survdiff(Surv(time, status) ~ x, data = aml): 3.4 on 1 df, p = 0.07; observed 7 and
    # 11, expected 10.69 and 7.31.
    found = log_rank_test(
        MAINTAINED + NOT_MAINTAINED,
        MAINTAINED_EVENT + NOT_MAINTAINED_EVENT,
        ["maintained"] * 11 + ["not"] * 12,
    )
    assert round(found.chi_square, 1) == 3.4
    assert round(found.p_value, 2) == 0.07
    assert found.observed.tolist() == [7, 11]
    assert np.round(found.expected, 2).tolist() == [10.69, 7.31]


# Klein and Moeschberger (2003), table 7.3: chi-square and p of each weighting.
@pytest.mark.parametrize(
    ("options", "chi_square", "p_value"),
    [
        ({}, 2.53, 0.112),
        ({"weighting": "gehan"}, 0.002, 0.964),
        ({"weighting": "tarone_ware"}, 0.40, 0.526),
        ({"weighting": "peto_prentice"}, 1.40, 0.237),
        ({"gamma": 1}, 9.67, 0.002),
        ({"rho": 1}, 1.39, 0.239),
        ({"rho": 1, "gamma": 1}, 9.83, 0.002),
        ({"rho": 0.5, "gamma": 0.5}, 9.28, 0.002),
        ({"rho": 0.5, "gamma": 2}, 8.18, 0.004),
    ],
)
def test_the_weightings_reproduce_the_kidney_dialysis_trial(
    options: dict[str, Any], chi_square: float, p_value: float
) -> None:
    samples = (SURGICAL, SURGICAL_CENSORED, PERCUTANEOUS, PERCUTANEOUS_CENSORED)
    event = np.repeat([1, 0, 1, 0], [len(sample) for sample in samples])
    group = np.repeat(["surgical", "percutaneous"], [43, 76])
    found = log_rank_test(np.concatenate(samples), event, group, **options)
    digits = 3 if chi_square < 0.01 else 2
    assert round(found.chi_square, digits) == chi_square
    assert round(found.p_value, 3) == p_value


@settings(deadline=None, max_examples=50)
@given(UNITS, st.sampled_from(["entry", "strata", "rho"]))
def test_the_test_agrees_with_statsmodels(
    units: list[tuple[int, int, bool, str, bool]], option: str
) -> None:
    # One option at a time: statsmodels cannot join late entry with strata or weights.
    start, length, event, group, stratum = (np.array(c) for c in zip(*units, strict=True))
    end = start + length
    ours: dict[str, Any] = {"entry": {"entry": start}, "strata": {"strata": stratum}}.get(
        option, {"rho": 1.0}
    )
    theirs = {"weight_type": "fh", "fh_p": 1.0} if option == "rho" else ours
    try:
        found = log_rank_test(end, event, group, **ours)
    except ValueError:
        return
    if found.degrees_of_freedom < len(found.groups) - 1:
        return
    with np.errstate(all="ignore"):
        other = survdiff(end, event.astype(int), group, **theirs)
    assert found.chi_square == pytest.approx(other[0], rel=1e-6, abs=1e-9)


@settings(deadline=None)
@given(UNITS)
def test_expected_and_observed_events_have_one_sum(
    units: list[tuple[int, int, bool, str, bool]],
) -> None:
    start, length, event, group, stratum = (np.array(c) for c in zip(*units, strict=True))
    try:
        found = log_rank_test(start + length, event, group, entry=start, strata=stratum)
    except ValueError:
        return
    assert found.expected.sum() == pytest.approx(found.observed.sum())
    assert found.observed.sum() == event.sum()


def test_units_with_missing_times_are_left_out() -> None:
    plain = log_rank_test([1, 2, 3, 4], [1, 1, 1, 1], list("aabb"))
    gaps = log_rank_test([1, np.nan, 2, 3, 4], [1, 1, 1, 1, 1], list("ababb"))
    assert gaps.units.tolist() == [2, 2]
    assert gaps.chi_square == pytest.approx(plain.chi_square)


def test_strata_add_up() -> None:
    once = log_rank_test([1, 2, 3, 4], [1, 1, 1, 1], list("abab"))
    twice = log_rank_test(
        [1, 2, 3, 4, 10, 20, 30, 40], [1] * 8, list("abab") * 2, strata=[0] * 4 + [1] * 4
    )
    assert twice.expected == pytest.approx(2 * once.expected)
    assert twice.chi_square == pytest.approx(2 * once.chi_square)


@pytest.mark.parametrize(
    ("duration", "event", "group", "message"),
    [
        ([1, 2], [1, 1], ["a"], "one length"),
        ([1, 2], [1, 1], ["a", None], "missing"),
        ([1, 2], [1, 1], ["a", "a"], "two groups"),
        ([1, 2], [0, 0], ["a", "b"], "no event"),
        ([1, 2], [1, 3], ["a", "b"], "0 or 1"),
    ],
)
def test_bad_input_is_refused(
    duration: list[float], event: list[int], group: list[str], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        log_rank_test(duration, event, group)


def test_the_summary_gives_the_statistic_in_two_languages_only() -> None:
    found = log_rank_test([1, 2, 3, 4], [1, 1, 1, 1], list("aabb"))
    assert "2.88" in found.summary()
    assert "2.88" in found.summary("en")
    with pytest.raises(ValueError, match="zh"):
        found.summary("fr")  # type: ignore[arg-type]


def test_the_summary_says_when_the_test_is_weighted() -> None:
    found = log_rank_test([1, 2, 3, 4], [1, 1, 1, 1], list("aabb"), weighting="gehan")
    assert found.summary("en").startswith("Weighted log-rank test")
    assert "加权对数秩检验" in found.summary()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"weighting": "peto"}, "weighting must be one of"),
        ({"rho": -1}, "0 or above"),
        ({"weighting": "gehan", "gamma": 1}, "fleming_harrington only"),
    ],
)
def test_bad_weightings_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        log_rank_test([1, 2, 3, 4], [1, 1, 1, 1], list("aabb"), **options)
