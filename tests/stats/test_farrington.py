from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from agriqa.stats.farrington import farrington, outbreak_weights

MONTHLY = {"period": 12, "half_window": 1, "blocks": 4, "excluded": 3}
FIRST_FORM = {
    "blocks": 1, "excluded": 3, "reweight_above": 1, "trend_p": 0.05, "bound": "power",
    "alpha": 0.005,
}  # fmt: skip


def _counts(size: int | tuple[int, ...], mean: float = 10.0, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).negative_binomial(mean, 0.5, size).astype(float)


def _reference_by_hand(t: int, period: int, years: int, w: int, blocks: int, excluded: int) -> dict:
    """Level of every reference time point, as Salmon et al. (2016) describe."""
    levels = dict.fromkeys(range(t - w, t + 1), "season")
    for year in range(1, years + 1):
        centre = t - year * period
        for i in range(centre - w, centre + w + 1):
            levels[i] = "season"
        rest = list(range(centre + w + 1, centre + period - w))
        if blocks > 1:
            length, longer = divmod(len(rest), blocks - 1)
            for level in range(blocks - 1):
                size = length + (level < longer)
                for i in rest[:size]:
                    levels[i] = f"block {level}"
                rest = rest[size:]
    return {i: level for i, level in levels.items() if i < t - excluded}


def _expected_by_statsmodels(counts: np.ndarray, t: int, options: dict) -> tuple[float, ...]:
    """Expectation, its log standard error and dispersion, always with a trend."""
    levels = _reference_by_hand(
        t, options["period"], options["years"], options["half_window"], options["blocks"],
        options["excluded"],
    )  # fmt: skip
    points = np.array(sorted(i for i in levels if not np.isnan(counts[i])))
    names = sorted({levels[i] for i in points} - {"season"})
    design = np.array([[1.0, i - t, *(levels[i] == name for name in names)] for i in points])
    family, y = sm.families.Poisson(), counts[points]
    model = sm.GLM(y, design, family=family).fit(scale="X2", tol=1e-12)
    mu, h = model.fittedvalues, model.get_hat_matrix_diag()
    anscombe = 1.5 * (y ** (2 / 3) - mu ** (2 / 3)) / mu ** (1 / 6)
    s = anscombe / np.sqrt(max(model.scale, 1) * (1 - h))
    weights = np.where(s > options["reweight_above"], 1 / s**2, 1)
    weights *= weights.size / weights.sum()
    model = sm.GLM(y, design, family=family, var_weights=weights).fit(scale="X2", tol=1e-12)
    dispersion = max(model.scale, 1)
    error = np.sqrt(model.cov_params()[0, 0] / model.scale * dispersion)
    return float(np.exp(model.params[0])), float(error), float(dispersion)


@pytest.mark.parametrize(
    "options",
    [
        {"period": 52, "years": 5, "half_window": 3, "blocks": 10, "excluded": 26},
        {"period": 52, "years": 4, "half_window": 2, "blocks": 1, "excluded": 2},
        {"period": 12, "years": 6, "half_window": 1, "blocks": 4, "excluded": 3},
        {"period": 4, "years": 5, "half_window": 0, "blocks": 3, "excluded": 1},
    ],
)
def test_the_expectation_is_that_of_a_model_built_by_hand(options: dict) -> None:
    options = options | {"reweight_above": 1.5}
    t = options["period"] * options["years"] + options["half_window"] + 2
    counts = _counts(t + 1, seed=3)
    counts[[t - 2 * options["period"], 1]] = [60, np.nan]
    counts[t] = 20
    found = farrington(counts, bound="power", start=t, **options)
    expected, error, dispersion = _expected_by_statsmodels(counts, t, options)
    assert found.expected[t] == pytest.approx(expected, rel=1e-6)
    assert found.dispersion[t] == pytest.approx(dispersion, rel=1e-6)
    # The bound on the power scale, from the numbers of the model built by hand.
    tau = dispersion + error**2 * expected
    half = stats.norm.isf(0.01) * np.sqrt(4 / 9 * expected ** (1 / 3) * tau)
    assert found.upper[t] == pytest.approx((expected ** (2 / 3) + half) ** 1.5, rel=1e-6)
    assert found.score[t] == pytest.approx((20 - expected) / (found.upper[t] - expected), rel=1e-5)


def test_weights_as_checked_by_hand_in_surveillance() -> None:
    # R package surveillance, tests of farringtonFlexible, "A case that was checked by hand".
    found = outbreak_weights([0.0] * 5 + [2.0] * 5, above=0)
    assert found == pytest.approx([1.6] * 5 + [0.4] * 5)
    assert outbreak_weights([0.0] * 10, above=0).tolist() == [1.0] * 10


@settings(deadline=None)
@given(st.lists(st.floats(-5, 5), min_size=1, max_size=20), st.floats(1, 3))
def test_weights_sum_to_their_number_and_only_fall_above_the_limit(
    residuals: list[float], above: float
) -> None:
    found = outbreak_weights(residuals, above=above)
    assert found.sum() == pytest.approx(len(residuals))
    low = np.asarray(residuals) <= above
    if low.any():
        assert np.ptp(found[low]) == pytest.approx(0)
        assert np.all(found[~low] < found[low][0])


def test_the_false_alarms_are_about_as_many_as_alpha_says() -> None:
    counts = _counts((20, 84), mean=20, seed=5)
    found = farrington(counts, alpha=0.05, **MONTHLY)
    tested = np.sum(~np.isnan(found.upper))
    assert tested == 20 * (84 - 61)
    # A discrete bound is kept more often than 95 %, a plugged-in one less.
    assert 0.015 < found.alarm.sum() / tested < 0.08


def test_the_first_form_finds_a_planted_outbreak_and_its_past_does_not_hide_the_next() -> None:
    counts = _counts(300, seed=6)
    counts[290] = 60
    found = farrington(counts, start=290, **FIRST_FORM)
    assert found.alarm[290]
    past = counts.copy()
    past[290 - 52 : 290 - 49] = 60
    plain = farrington(past, start=290, **(FIRST_FORM | {"reweight": False}))
    weighed = farrington(past, start=290, **FIRST_FORM)
    assert weighed.upper[290] < plain.upper[290]


def test_seasons_and_trend_are_followed() -> None:
    months = np.arange(96)
    truth = np.exp(4 - 0.01 * months + np.sin(2 * np.pi * months / 12))
    options = MONTHLY | {"half_window": 0, "blocks": 12}
    found = farrington(np.round(truth), trend_p=0.05, **options)
    late = slice(60, None)
    assert found.expected[late] == pytest.approx(truth[late], rel=0.15)
    assert np.median(found.trend[late]) == pytest.approx(-0.01, abs=0.002)
    without = farrington(np.round(truth), trend=False, **MONTHLY)
    assert np.nanmax(np.abs(without.trend)) == 0


def test_a_trend_that_exceeds_every_past_count_is_left_out() -> None:
    counts = np.round(np.exp(np.arange(62) / 20))
    found = farrington(counts, **(MONTHLY | {"blocks": 1}))
    assert found.trend[61] == 0
    assert found.expected[61] <= counts[:58].max()


def test_two_years_are_too_few_for_a_trend() -> None:
    found = farrington(_counts(40), years=2, **MONTHLY)
    assert np.nanmax(np.abs(found.trend)) == 0


@pytest.mark.parametrize("factor", [0.5, 7.0])
def test_the_unit_of_the_population_does_not_matter(factor: float) -> None:
    counts = _counts(70, seed=7)
    people = np.linspace(100, 200, 70)
    one = farrington(counts, population=people, **MONTHLY)
    two = farrington(counts, population=factor * people, **MONTHLY)
    plain = farrington(counts, **MONTHLY)
    assert two.expected == pytest.approx(one.expected, rel=1e-6, nan_ok=True)
    assert not np.allclose(one.expected, plain.expected, equal_nan=True)


def test_twice_the_population_lets_expect_twice_the_count() -> None:
    counts = np.full(62, 10.0)
    people = np.full(62, 1.0)
    people[-1] = 2.0
    assert farrington(counts, population=people, **MONTHLY).expected[-1] == pytest.approx(20)


def test_series_are_tested_independently_of_each_other() -> None:
    counts = _counts((2, 3, 64), seed=8)
    together = farrington(counts, **MONTHLY)
    one = farrington(counts[1, 2], **MONTHLY)
    assert np.array_equal(together.upper[1, 2], one.upper, equal_nan=True)
    assert np.array_equal(together.alarm[1, 2], one.alarm)


def test_few_cases_never_signal() -> None:
    counts = np.zeros(70)
    counts[68] = 4
    found = farrington(counts, **MONTHLY)
    assert found.expected[68] == 0
    assert not found.alarm.any()
    counts[67] = 1
    assert farrington(counts, **MONTHLY).alarm[68]


def test_missing_counts_are_neither_tested_nor_reference() -> None:
    counts = _counts(65, seed=9)
    counts[[20, 63]] = np.nan
    found = farrington(counts, **MONTHLY)
    assert np.isnan(found.upper[63])
    assert not np.isnan(found.upper[[62, 64]]).any()
    assert not found.alarm[63]


def test_no_result_before_there_is_enough_history() -> None:
    found = farrington(_counts(65), **MONTHLY)
    assert np.isnan(found.expected[:61]).all()
    assert not np.isnan(found.expected[61:]).any()


@pytest.mark.parametrize(
    ("counts", "options", "message"),
    [
        ([-1.0], {}, "negative"),
        (1.0, {}, "time axis"),
        ([1.0], {"years": 0}, "years"),
        ([1.0], {"half_window": 26}, "window"),
        ([1.0], {"blocks": 60}, "at most 46"),
        ([1.0], {"period": 12}, "at most 6 .* got 10"),
        ([1.0], {"bound": "delta"}, "power, negative_binomial"),
        ([1.0], {"power": "3"}, "2/3, 1/2, 1"),
        ([1.0], {"alpha": 0.9}, "alpha"),
        ([1.0], {"start": 5}, "start must be at least 263"),
        ([1.0], {"population": 0.0}, "population"),
        ([1.0], {"minimum_span": 0}, "minimum_span"),
    ],
)
def test_bad_input_is_refused(counts: object, options: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        farrington(counts, **options)


def test_the_summary_speaks_both_languages() -> None:
    found = farrington([4.0] * 61 + [40.0], **MONTHLY)
    assert found.summary() == "Farrington法：1个时点中1个预警。"
    assert found.summary("en") == "Farrington's method signals at 1 of 1 time points."
    with pytest.raises(ValueError, match="zh, en"):
        found.summary("fr")
