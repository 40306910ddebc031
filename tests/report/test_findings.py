"""Findings and advice: by rule, with the numbers in them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from agriqa.measures import registry
from agriqa.report.advice import Case, Target, advise, verdicts
from agriqa.report.findings import Standing, samples_needed, standing, summary
from agriqa.stats import wilson_interval

BAND = pd.Series({"q1": 95.0, "median": 98.0, "q3": 99.0, "n": 183})
TARGET = Target(98.0, ">=", 2025, "方案")


def _row(value: float, low: float = np.nan, high: float = np.nan, n: float = 40) -> pd.Series:
    return pd.Series({"value": value, "low": low, "high": high, "n": n, "status": "reported"})


def _at(measure: str, row: pd.Series | None, band: pd.Series | None = BAND) -> Standing:
    return standing(registry()[measure], row, band)


def _case(*found: Standing, language: str = "zh") -> Case:
    by_id = {s.measure.id: s for s in found}
    return Case(by_id, {"pass_rate_pct": TARGET}, 2021, language)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("value", "place"), [(99.5, "above"), (94.0, "below"), (95.0, "near"), (98.9, "near")]
)
def test_place_is_by_the_middle_half(value: float, place: str) -> None:
    assert _at("green_control_pct", _row(value)).place == place


def test_an_interval_that_holds_the_median_is_not_told_apart() -> None:
    assert _at("pass_rate_pct", _row(90.0, 80.0, 98.5)).place == "unsure"
    assert _at("pass_rate_pct", _row(90.0, 85.0, 94.0)).place == "below"


def test_low_is_good_where_less_is_better() -> None:
    found = _at("pesticide_intensity_kg_ha", _row(90.0))
    assert found.good
    assert not found.poor


def test_missing_is_never_placed() -> None:
    row = _row(np.nan)
    row["status"] = "withheld"
    assert _at("pass_rate_pct", row).place == "none"
    assert _at("pass_rate_pct", None).place == "none"


def test_summary_names_values_medians_and_what_is_missing() -> None:
    text = summary(
        "郫都区", 2021,
        [_at("green_control_pct", _row(99.5)), _at("manure_use_pct", _row(90.0)),
         _at("pass_rate_pct", None)],
    )  # fmt: skip
    assert "2 项指标" in text
    assert "绿色防控覆盖率 99.5%（全省中位数 98.0）" in text
    assert "畜禽粪污综合利用率 90.0%" in text
    assert "1 项没有数据：例行监测合格率" in text


def test_summary_without_data_says_so() -> None:
    assert "无法判断" in summary("郫都区", 2021, [_at("pass_rate_pct", None)])


def test_pass_rate_wholly_below_the_target_calls_for_follow_up() -> None:
    advice = advise(_case(_at("pass_rate_pct", _row(90.0, 84.0, 94.0, n=120))))
    assert "复查不合格样品" in advice[0].what
    assert "84.0–94.0%" in advice[0].why
    assert "n=120" in advice[0].why


def test_pass_rate_that_may_meet_the_target_calls_for_samples() -> None:
    advice = advise(_case(_at("pass_rate_pct", _row(100.0, 84.0, 100.0, n=20))))
    assert "189" in advice[0].what
    assert "尚不能判定" in advice[0].why


def test_pass_rate_above_the_target_calls_for_nothing() -> None:
    assert advise(_case(_at("pass_rate_pct", _row(99.6, 98.4, 99.9, n=900)))) == []


def test_zero_growth_advice_names_the_number() -> None:
    found = advise(_case(_at("pesticide_to_3y_mean_pct", _row(104.2))))
    assert any("104.2%" in a.why for a in found)


def test_missing_return_is_asked_for_by_its_name() -> None:
    found = advise(_case(_at("pesticide_intensity_kg_ha", None)))
    assert found[0].what == "补报 2021 年报表：农药使用、种植业生产。"


def test_a_return_that_another_measure_rests_on_is_not_asked_for() -> None:
    case = _case(
        _at("pesticide_intensity_kg_ha", None), _at("fertiliser_intensity_kg_ha", _row(97.0))
    )
    assert advise(case)[0].what == "补报 2021 年报表：农药使用。"


def test_withheld_is_not_asked_for() -> None:
    row = _row(np.nan)
    row["status"] = "withheld"
    assert advise(_case(_at("pesticide_intensity_kg_ha", row))) == []


def test_verdicts_in_english_have_the_same_numbers() -> None:
    said = verdicts(
        _case(
            _at("pass_rate_pct", _row(90.0, 84.0, 94.0)),
            _at("pesticide_to_3y_mean_pct", _row(97.0)),
            language="en",
        )
    )  # fmt: skip
    assert "97.0 %" in said[0]
    assert "kept" in said[0]
    assert "84.0–94.0%" in said[1]
    assert "not met" in said[1]


@pytest.mark.parametrize("target", [90.0, 97.0, 98.0, 99.0])
def test_samples_needed_is_the_least_number_that_reaches_the_target(target: float) -> None:
    need = samples_needed(target)
    low, _ = wilson_interval([need, need - 1], [need, need - 1])
    assert 100 * low[0] >= target > 100 * low[1]
