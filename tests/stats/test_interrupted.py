from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agriqa.stats.interrupted import interrupted_time_series, newey_west_lags
from agriqa.stats.placebo import placebo_dates
from tests.stats.published import NILE, SICILY_EVENTS, SICILY_POPULATION

seeds = st.integers(0, 2**32 - 1)
SICILY = {
    "start": 37,
    "model": "quasi-poisson",
    "exposure": SICILY_POPULATION,
    "slope_change": False,
    "reference": "normal",
}


def _series(seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return 20 + 0.5 * np.arange(24) + 4 * (np.arange(24) >= 12) + rng.normal(size=24)


def test_the_smoking_ban_has_the_coefficients_of_bernal() -> None:
    # Bernal, Cummins and Gasparrini (2017), supplement, Poisson model 1: smokban
    # -0.1116284 (0.0172248), time 0.0049450 (0.0004992); RR 0.894 (0.864 to 0.925).
    result = interrupted_time_series(SICILY_EVENTS, **SICILY)
    assert np.round(result.parameters[1:3], 7).tolist() == [0.0049450, -0.1116284]
    poisson_error = np.sqrt(np.diag(result.covariance) / result.dispersion)
    assert np.round(poisson_error[1:3], 7).tolist() == [0.0004992, 0.0172248]
    assert round(result.ratio_at(37).value.item(), 3) == 0.894


def test_the_seasonally_adjusted_ratio_is_that_of_bernal() -> None:
    # The same, quasi-Poisson with two pairs of harmonics: RR 0.885 (0.839 to 0.933).
    result = interrupted_time_series(SICILY_EVENTS, **SICILY, period=12, harmonics=2)
    ratio = result.ratio_at(50)
    assert [round(x.item(), 3) for x in (ratio.value, ratio.low, ratio.high)] == [
        0.885,
        0.839,
        0.933,
    ]


@pytest.mark.parametrize(("n", "lags"), [(10, 2), (50, 3), (100, 4), (273, 5), (1000, 6)])
def test_the_number_of_lags_follows_newey_and_west(n: int, lags: int) -> None:
    assert newey_west_lags(n) == lags


@settings(max_examples=20)
@given(seeds, st.integers(0, 4))
def test_the_covariance_is_newey_wests(seed: int, lags: int) -> None:
    y = _series(seed)
    result = interrupted_time_series(y, start=13, lags=lags)
    since = np.arange(1, 25) - 13.0
    post = (since >= 0).astype(float)
    x = np.column_stack([np.ones(24), since, post, since * post])
    beta = np.linalg.lstsq(x, y)[0]
    scores = x * (y - x @ beta)[:, np.newaxis]
    meat = scores.T @ scores
    for lag in range(1, lags + 1):
        cross = scores[lag:].T @ scores[:-lag]
        meat += (1 - lag / (lags + 1)) * (cross + cross.T)
    bread = np.linalg.inv(x.T @ x)
    assert result.parameters == pytest.approx(beta)
    assert result.covariance == pytest.approx(bread @ meat @ bread)


@settings(max_examples=20)
@given(seeds, st.sampled_from(["linear", "log-linear", "quasi-poisson"]))
def test_effects_are_the_model_less_the_counterfactual(seed: int, model: str) -> None:
    y = np.round(_series(seed))
    result = interrupted_time_series(y, start=13, model=model)
    after = result.times >= 13
    gap = result.fitted - result.counterfactual
    assert gap[~after] == pytest.approx(0)
    assert result.effect.value == pytest.approx(gap[after])
    assert float(result.cumulative.value) == pytest.approx(gap.sum())
    last = result.effect_at(24)
    assert [last.value.item(), last.low.item()] == pytest.approx(
        [result.effect.value[-1], result.effect.low[-1]]
    )
    assert result.cumulative.low < result.cumulative.value < result.cumulative.high


def test_the_counterfactual_is_the_line_before_the_start() -> None:
    y = _series(1)
    result = interrupted_time_series(y, start=13)
    line = np.polyfit(np.arange(1, 13), y[:12], 1)
    assert result.counterfactual == pytest.approx(np.polyval(line, np.arange(1, 25)))
    assert float(result.level_change.value) == pytest.approx(float(result.effect.value[0]))


def test_an_exact_log_effect_is_found() -> None:
    t = np.arange(1, 25)
    y = np.exp(3 + 0.02 * t + 0.3 * (t >= 13) + 0.05 * np.maximum(t - 13, 0))
    y *= np.exp(0.001 * np.random.default_rng(0).normal(size=24))
    result = interrupted_time_series(y, start=13, model="log-linear")
    assert float(result.level_change.value) == pytest.approx(0.3, abs=0.01)
    assert result.ratio_at(15).value.item() == pytest.approx(np.exp(0.4), rel=0.01)
    assert result.effect_at(30).value.item() == pytest.approx(
        np.exp(3 + 0.02 * 30) * (np.exp(0.3 + 0.05 * 17) - 1), rel=0.05
    )


def test_a_season_does_not_pass_for_an_effect() -> None:
    t = np.arange(1, 49)
    wave = 5 * np.sin(2 * np.pi * t / 12) + 2 * np.cos(2 * np.pi * t / 6)
    y = 10 + wave + 3 * (t >= 25) + 0.01 * np.random.default_rng(3).normal(size=48)
    result = interrupted_time_series(y, start=25, period=12, harmonics=2)
    assert float(result.level_change.value) == pytest.approx(3, abs=0.02)
    assert interrupted_time_series(y, start=25, period=4, harmonics=2).parameters.size == 7


def test_calendar_years_and_a_shift_of_time_change_nothing() -> None:
    y = _series(4)
    one = interrupted_time_series(y, start=13)
    other = interrupted_time_series(y, np.arange(2001, 2025), start=2013)
    assert other.effect.low == pytest.approx(one.effect.low)
    assert float(other.slope_change.p) == pytest.approx(float(one.slope_change.p))


def test_missing_points_are_left_out_of_the_interrupted_series() -> None:
    y = _series(6)
    y[5] = np.nan
    result = interrupted_time_series(y, start=13)
    assert result.times.tolist() == [t for t in range(1, 25) if t != 6]


def test_without_a_slope_change_there_is_none_to_report() -> None:
    result = interrupted_time_series(_series(2), start=13, slope_change=False)
    assert np.isnan(result.slope_change.value)
    assert result.effect.value == pytest.approx(float(result.level_change.value))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"model": "cubic"}, "model must be one of"),
        ({"reference": "z"}, "t, normal"),
        ({"confidence": 95}, "confidence"),
        ({"harmonics": 1}, "period"),
        ({"harmonics": 7, "period": 12}, "period"),
        ({"lags": 24}, "lags"),
        ({"start": 24}, "too few"),
        ({"start": 1}, "too few"),
        ({"times": [1, 2]}, "equally long"),
        ({"times": [1] * 24}, "must rise"),
        ({"exposure": np.ones(24)}, "exposure"),
    ],
)
def test_bad_interrupted_options_are_refused(options: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        interrupted_time_series(_series(0), **{"start": 13, **options})


def test_values_must_suit_the_model() -> None:
    y = _series(0) - 30
    for model in ("log-linear", "quasi-poisson"):
        with pytest.raises(ValueError, match="needs values"):
            interrupted_time_series(y, start=13, model=model)
    with pytest.raises(ValueError, match="cannot be told apart"):
        interrupted_time_series(_series(0), np.arange(24) * 12.0, start=100, period=12, harmonics=1)
    with pytest.raises(ValueError, match="at least 1"):
        newey_west_lags(0)


def test_effects_exist_only_from_the_start_on() -> None:
    result = interrupted_time_series(_series(0), start=13)
    with pytest.raises(ValueError, match="13 or later"):
        result.effect_at(12)
    with pytest.raises(ValueError, match="no constant ratio"):
        result.ratio_at(13)
    log = interrupted_time_series(_series(0), start=13, model="log-linear")
    with pytest.raises(ValueError, match="13 or later"):
        log.ratio_at(12)


def test_the_interrupted_summary_speaks_two_languages() -> None:
    result = interrupted_time_series(_series(0), start=13)
    assert result.summary("en").startswith("From 13 on: effect at 24")
    assert "累计" in result.summary()
    with pytest.raises(ValueError, match="language"):
        result.summary("fr")  # type: ignore[arg-type]


def test_placebo_dates_lie_before_the_dam_and_look_smaller() -> None:
    result = placebo_dates(NILE, range(1871, 1971), start=1899, slope_change=False)
    assert result.dates.tolist() == list(range(1875, 1896))
    one = interrupted_time_series(NILE[:28], range(1871, 1899), start=1880, slope_change=False)
    at = result.dates.tolist().index(1880)
    assert result.level_change[at] == pytest.approx(float(one.level_change.value))
    larger = np.sum(np.abs(result.t) >= abs(result.actual_t))
    assert result.rank_p == (1 + larger) / (1 + result.dates.size)
    assert f"{larger} of 21" in result.summary("en")
    assert "21个安慰剂日期" in result.summary()


def test_placebo_dates_may_be_chosen() -> None:
    result = placebo_dates(NILE, range(1871, 1971), start=1899, dates=[1880, 1890])
    assert result.dates.tolist() == [1880, 1890]


def test_bad_placebo_dates_are_refused() -> None:
    with pytest.raises(ValueError, match="before the start"):
        placebo_dates(NILE, start=29, dates=[29])
    with pytest.raises(ValueError, match="no placebo date"):
        placebo_dates(NILE, start=6)
    with pytest.raises(ValueError, match="margin"):
        placebo_dates(NILE, start=29, margin=1)
    with pytest.raises(ValueError, match="exposure"):
        placebo_dates(NILE, start=29, exposure=NILE)
    with pytest.raises(ValueError, match="language"):
        placebo_dates(NILE, start=29).summary("fr")  # type: ignore[arg-type]
