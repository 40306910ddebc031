"""Findings and advice: by rule, with the numbers in them."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from agriqa.measures import registry
from agriqa.report.absence import Absence, Filing, absence
from agriqa.report.advice import Case, Target, advise, verdicts
from agriqa.report.findings import Standing, pooled, standing, summary
from agriqa.report.setaside import SetAside
from agriqa.stats.proportions import wilson_interval

BAND = pd.Series({"q1": 95.0, "median": 98.0, "q3": 99.0, "n": 183})
TARGET = Target(98.0, ">=", 2025, "方案")


def _row(value: float, low: float = np.nan, high: float = np.nan, n: float = 40) -> pd.Series:
    return pd.Series({"value": value, "low": low, "high": high, "n": n, "status": "reported"})


def _at(
    measure: str,
    row: pd.Series | None,
    band: pd.Series | None = BAND,
    *,
    province: float | None = 99.0,
    samples: float | None = None,
) -> Standing:
    return standing(registry()[measure], row, band, province=province, samples=samples)


def _case(*found: Standing, language: str = "zh", **more: object) -> Case:
    by_id = {s.measure.id: s for s in found}
    target = {"pass_rate_pct": TARGET}
    return Case(by_id, target, 2021, language, **more)  # type: ignore[arg-type]


def _wrong(year: int = 2021, name: str = "pesticide_use") -> SetAside:
    return SetAside(
        name, year, "绵阳市_2021年农业统计报表.xlsx", "农药使用", 59, "商品量（吨）", "-6.741",
        "-6.741 超出允许范围 0–5000 吨", "-6.741 is outside 0–5000 t",
    )  # fmt: skip


def _lacking(
    *measures: str, wrong: tuple[SetAside, ...] = (), nothing: tuple[str, ...] = ()
) -> dict[str, Absence]:
    def filing(name: str, year: int) -> Filing:
        return "lacking" if name in nothing else "filed"

    return {
        m: absence(registry()[m], 2021, wrong=wrong, filing=filing) for m in measures
    }  # fmt: skip


@pytest.mark.parametrize(
    ("value", "place"), [(99.5, "above"), (94.0, "below"), (95.0, "near"), (98.9, "near")]
)
def test_place_is_by_the_middle_half(value: float, place: str) -> None:
    assert _at("green_control_pct", _row(value)).place == place


def test_a_rate_is_placed_by_its_whole_interval_against_the_province() -> None:
    assert _at("pass_rate_pct", _row(96.6, 82.8, 99.4)).place == "unsure"
    assert _at("pass_rate_pct", _row(90.0, 85.0, 98.9)).place == "below"
    assert _at("detection_rate_pct", _row(20.0, 12.0, 30.0), province=10.8).poor


def test_one_failure_is_not_poor_because_most_counties_have_none() -> None:
    all_passed = pd.Series({"q1": 100.0, "median": 100.0, "q3": 100.0, "n": 183})
    found = _at("pass_rate_pct", _row(96.6, 82.8, 99.4), all_passed)
    assert not found.poor
    assert found.tone == "near"


@pytest.mark.parametrize(("samples", "place"), [(9, "few"), (10, "below")])
def test_residues_are_judged_from_ten_samples_on(samples: int, place: str) -> None:
    found = _at("detection_rate_pct", _row(2.0, 1.0, 4.0, 120), province=10.8, samples=samples)
    assert found.place == place
    assert (found.tone == "none") is (place == "few")


@pytest.mark.parametrize(("value", "place"), [(99.9, "kept"), (100.0, "kept"), (100.1, "broken")])
def test_zero_growth_is_held_against_100_only(value: float, place: str) -> None:
    low = pd.Series({"q1": 80.0, "median": 88.0, "q3": 90.0, "n": 183})
    found = _at("pesticide_to_3y_mean_pct", _row(value), low)
    assert found.place == place
    assert found.reference == 100.0


def test_low_is_good_where_less_is_better() -> None:
    found = _at("pesticide_intensity_kg_ha", _row(90.0))
    assert found.good
    assert not found.poor


def test_a_total_and_a_zero_of_incomplete_lists_are_not_judged() -> None:
    assert _at("fertiliser_use_t", _row(999.0)).tone == "none"
    assert _at("bases_n", _row(0.0)).place == "unlisted"
    assert _at("bases_n", _row(0.0)).tone == "none"


def test_missing_is_never_placed() -> None:
    row = _row(np.nan)
    row["status"] = "withheld"
    assert _at("pass_rate_pct", row).place == "none"
    assert _at("pass_rate_pct", None).place == "none"


def test_pooled_rates_add_samples_and_passes() -> None:
    rows = pd.DataFrame(
        {"period": [2019, 2020, 2021], "value": [100.0, 95.0, np.nan], "n": [20.0, 40.0, np.nan]}
    )
    found = pooled(rows)
    assert found is not None
    assert found["n"] == 60
    low, high = wilson_interval(58, 60)
    assert found["low"] == pytest.approx(100 * float(low))
    assert found["high"] == pytest.approx(100 * float(high))
    assert pooled(rows.iloc[2:]) is None


def test_summary_counts_add_up_and_name_values_and_what_is_missing() -> None:
    text = summary(
        "郫都区", 2021,
        [_at("green_control_pct", _row(99.5)), _at("manure_use_pct", _row(90.0)),
         _at("detection_rate_pct", _row(2.0, 1.0, 4.0), samples=3), _at("pass_rate_pct", None)],
    )  # fmt: skip
    assert "3 项指标可与全省对照：1 项较好，1 项较差，1 项样品太少不作判断。" in text
    assert "绿色防控覆盖率 99.5%（全省中位数 98.0）" in text
    assert "畜禽粪污综合利用率 90.0%" in text
    assert "1 项缺数：例行监测合格率" in text


def test_summary_without_data_says_so() -> None:
    assert "无法判断" in summary("郫都区", 2021, [_at("pass_rate_pct", None)])


def test_pass_rate_wholly_below_the_target_calls_for_follow_up() -> None:
    advice = advise(_case(_at("pass_rate_pct", _row(90.0, 84.0, 94.0, n=120))))
    assert "复查不合格样品" in advice[0].what
    assert "84.0–94.0%" in advice[0].why
    assert "n=120" in advice[0].why


def test_a_pass_rate_that_cannot_be_told_asks_for_one_number_only() -> None:
    advice = advise(_case(_at("pass_rate_pct", _row(100.0, 84.0, 100.0, n=20))))
    assert [a.what for a in advice] == ["例行监测每年抽样不少于 10 个，覆盖主要产品。"]
    assert "n=20" in advice[0].why


@pytest.mark.parametrize(("low", "n"), [(94.0, 60), (98.4, 900)])
def test_enough_samples_without_failures_call_for_nothing(low: float, n: float) -> None:
    assert advise(_case(_at("pass_rate_pct", _row(100.0, low, 100.0, n=n)))) == []


def test_failed_samples_are_followed_up_by_product() -> None:
    found = advise(_case(failed={"芹菜": 2, "鸡肉": 1}))
    assert "芹菜 2、鸡肉 1" in found[0].what
    assert "3 个样品不合格" in found[0].why


def test_zero_growth_advice_names_the_number_and_what_rose() -> None:
    found = advise(_case(_at("pesticide_to_3y_mean_pct", _row(104.2)), rises={"除草剂": 3.21}))
    assert "104.2%" in found[0].why
    assert "除草剂（多 3.2 吨）" in found[0].what


def test_what_the_county_does_better_than_most_is_not_advised() -> None:
    poor = pd.Series({"q1": 2.0, "median": 3.0, "q3": 4.0, "n": 183})
    found = advise(
        _case(
            _at("pesticide_intensity_kg_ha", _row(5.0), poor),
            _at("green_control_pct", _row(99.9)),
            _at("unified_control_pct", _row(96.0)),
        )
    )
    assert [a.what for a in found] == ["扩大统防统治，先从用药最多的作物做起。"]


def test_advice_is_at_most_four_items() -> None:
    names = ("fertiliser_intensity_kg_ha", "pesticide_to_3y_mean_pct", "pesticide_intensity_kg_ha")
    low = ("green_control_pct", "unified_control_pct", "manure_use_pct")
    case = _case(*(_at(m, _row(200.0)) for m in names), *(_at(m, _row(1.0)) for m in low))
    assert len(advise(case)) == 4


def test_a_row_with_an_error_is_to_be_corrected_not_filed_again_as_missing() -> None:
    found = advise(
        _case(absences=_lacking("pesticide_use_t", wrong=(_wrong(),)), wrong=(_wrong(),))
    )
    assert len(found) == 1
    assert found[0].what.startswith("更正并重报：绵阳市_2021年农业统计报表.xlsx“农药使用”第 59 行")
    assert "-6.741 超出允许范围" in found[0].what
    assert "补报" not in found[0].what
    assert "农药使用量（商品量）" in found[0].why


def test_a_return_without_a_row_is_asked_for_by_its_name() -> None:
    absences = _lacking("pesticide_intensity_kg_ha", nothing=("pesticide_use",))
    assert [a.what for a in advise(_case(absences=absences))] == ["补报：2021 年农药使用。"]


def test_a_return_with_empty_cells_is_to_be_completed() -> None:
    found = advise(_case(absences=_lacking("pesticide_use_t")))
    assert found[0].what == "补齐空项：2021 年农药使用。"


@pytest.mark.parametrize(("founded", "asked"), [(2018, True), (2019, False)])
def test_nothing_is_asked_for_a_figure_that_cannot_exist_yet(founded: int, asked: bool) -> None:
    measure = registry()["pesticide_to_3y_mean_pct"]
    found = absence(
        measure,
        2021,
        wrong=(_wrong(),),
        filing=lambda name, year: "lacking" if year == 2018 else "filed",
        founded=founded,
    )
    assert bool(found.gaps) is asked
    assert ("年数不够" in found.words()) is not asked


def test_a_return_that_nobody_filed_is_not_asked_for() -> None:
    found = absence(registry()["samples_n"], 2015, wrong=(), filing=lambda n, y: "not due")
    assert found.gaps == ()


def test_the_three_year_ratio_names_the_year_that_lacks() -> None:
    measure = registry()["pesticide_to_3y_mean_pct"]
    found = absence(measure, 2021, wrong=(_wrong(2019),), filing=lambda name, year: "filed")
    assert [(g.year, g.kind) for g in found.gaps] == [(2019, "wrong")]


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


def test_too_few_samples_give_no_verdict_on_the_target() -> None:
    said = verdicts(_case(_at("pass_rate_pct", _row(50.0, 15.0, 85.0, n=4))))
    assert "样品太少，不判断是否达到" in said[0]


@pytest.mark.parametrize("status", ["withheld", "too_few", "within_rounding"])
def test_what_is_not_missing_has_its_own_reason(status: str) -> None:
    measure = registry()["pass_rate_scheme_risk_pct"]
    zh, en = (Absence(measure, status=status).words(language) for language in ("zh", "en"))
    others = [s for s in ("missing", "withheld", "too_few", "within_rounding") if s != status]
    assert zh not in {Absence(measure, status=other).words() for other in others}
    assert re.search(r"[\u4e00-\u9fff]", zh)
    assert not re.search(r"[\u4e00-\u9fff]", en)


def test_too_few_says_how_many_it_takes_where_the_measure_says_so() -> None:
    few = Absence(registry()["pass_rate_scheme_risk_pct"], status="too_few")
    assert few.words() == "n 不足 5，样本太少，不给值"
    assert Absence(registry()["bases_n"], status="too_few").words("en") == "too few to estimate"


def test_the_ratio_to_the_base_years_asks_for_those_and_no_year_between() -> None:
    measure = registry()["pesticide_to_2012_14_mean_pct"]
    found = absence(measure, 2021, wrong=(), filing=lambda name, year: "lacking")
    assert [g.year for g in found.gaps] == [2012, 2013, 2014, 2021]


def test_a_rate_of_a_kind_that_was_not_sampled_says_so() -> None:
    measure = registry()["pass_rate_product_class_tea_pct"]
    found = absence(measure, 2021, wrong=(), filing=lambda name, year: "filed")
    assert found.words() == "没有这一类的样品"
