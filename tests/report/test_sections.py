"""The compact tables of a report's sections: what stands in them and why a figure is not there."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup

from agriqa.figures.words import Language
from agriqa.measures import registry
from agriqa.project import Project
from agriqa.report.evidence import CountyEvidence
from agriqa.report.parameters import CountyParameters
from agriqa.report.sections import SECTIONS, section_of, section_table

PERIOD = 2021
COUNTY = "510117"
Rewrite = Callable[..., CountyEvidence]


@pytest.fixture
def rewritten(small_project: Project) -> Rewrite:
    """Return a county's evidence with some of its figures rewritten.

    Rewrites are by measure, area and period, of what a tidy row holds.
    """

    def rewrite(
        changes: Mapping[tuple[str, str, int], Mapping[str, Any]] | None = None,
        *,
        language: Language = "zh",
    ) -> CountyEvidence:
        given = CountyParameters.given(
            county=COUNTY, period=PERIOD, language=language, project=str(small_project.root),
            snapshot="latest",
        )  # fmt: skip
        evidence = CountyEvidence(given)
        rows = evidence.rows.copy()
        for (measure, area, period), values in (changes or {}).items():
            chosen = (rows["measure"] == measure) & (rows["period"] == period)
            if area != "everyone":
                chosen &= rows["area"] == area
            assert chosen.any()
            rows.loc[chosen, list(values)] = list(values.values())
        evidence.rows = rows
        evidence.counties = rows[rows["level"] == "county"]
        evidence.own = evidence.counties[evidence.counties["area"] == COUNTY]
        return evidence

    return rewrite


def _value(value: float, **more: Any) -> dict[str, Any]:
    return {"value": value, "status": "reported", "n": np.nan, "low": np.nan, "high": np.nan} | more


def _absent(status: str, n: float = np.nan) -> dict[str, Any]:
    return _value(np.nan, status=status, n=n)


def _soup(evidence: CountyEvidence, section: str) -> BeautifulSoup:
    return BeautifulSoup(section_table(evidence, section), "html.parser")


def _table(evidence: CountyEvidence, section: str) -> dict[str, dict[str, str]]:
    """Return the cells of each measure by heading."""
    soup = _soup(evidence, section)
    heads = [th.get_text() for th in soup.select("thead th")]
    rows = [[td.get_text() for td in tr.find_all("td")] for tr in soup.select("tbody tr")]
    return {row[0]: dict(zip(heads, row, strict=True)) for row in rows}


def _label(id_: str, language: Language = "zh") -> str:
    return registry()[id_].label[language]


def test_every_measure_of_counties_has_a_section() -> None:
    assert {section_of(m) for m in registry().values() if "county" in m.levels} == set(SECTIONS)


@pytest.mark.parametrize("section", SECTIONS)
def test_a_table_lists_each_measure_that_any_county_has_and_no_other(
    rewritten: Rewrite, section: str
) -> None:
    evidence = rewritten()
    now = evidence.counties[evidence.counties["period"] == PERIOD].dropna(subset=["value"])
    expected = [m for m in registry().values() if section_of(m) == section]
    labels = [m.label.zh for m in expected if m.id in set(now["measure"])]
    assert list(_table(evidence, section)) == labels
    assert labels


def test_a_measure_that_nobody_has_is_left_out(rewritten: Rewrite) -> None:
    evidence = rewritten({("straw_use_pct", "everyone", PERIOD): _absent("missing")})
    assert _label("straw_use_pct") not in _table(evidence, "greening")


def test_a_section_that_nobody_has_is_empty(rewritten: Rewrite) -> None:
    ids = [m.id for m in registry().values() if section_of(m) == "bases"]
    evidence = rewritten({(i, "everyone", PERIOD): _absent("missing") for i in ids})
    assert section_table(evidence, "bases") == ""


def test_value_has_its_unit_and_stands_beside_the_year_before_and_the_province(
    rewritten: Rewrite,
) -> None:
    id_ = "pesticide_intensity_kg_ha"
    evidence = rewritten(
        {
            (id_, COUNTY, PERIOD): _value(3.0),
            (id_, COUNTY, PERIOD - 1): _value(4.0),
            (id_, "510000", PERIOD): _value(4.25),
        }
    )
    row = _table(evidence, "pesticides")[_label(id_)]
    assert [row[head] for head in ("2021 年", "2020 年", "比上年", "全省")] == [
        "3.00 公斤/公顷", "4.00 公斤/公顷", "−25.0%", "4.25 公斤/公顷",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("id_", "section", "new", "old", "change"),
    [
        ("green_control_pct", "greening", 41.5, 40.0, "+1.5 个百分点"),
        ("fertiliser_use_t", "fertilisers", 110.0, 100.0, "+10.0%"),
        ("fertiliser_use_t", "fertilisers", 110.0, 0.0, "—"),
        ("staff_n", "governance", 9.0, 12.0, "−3 人"),
        ("farmland_quality_grade", "greening", 4.25, 4.5, "−0.25 等"),
        ("straw_use_pct", "greening", 90.0, 90.0, "持平"),
        ("straw_use_pct", "greening", 90.0, 90.01, "持平"),
        ("base_coverage_pct", "bases", 100.0, 0.0, "—"),
        ("pesticide_zero_growth_pct", "pesticides", 100.0, 0.0, "—"),
    ],
)
def test_rates_change_by_points_amounts_by_a_share_and_counts_by_a_number(
    rewritten: Rewrite, id_: str, section: str, new: float, old: float, change: str
) -> None:
    years = {(id_, COUNTY, PERIOD): _value(new), (id_, COUNTY, PERIOD - 1): _value(old)}
    assert _table(rewritten(years), section)[_label(id_)]["比上年"] == change


@pytest.mark.parametrize(
    ("n", "change"), [(20.0, "（−10.0 个百分点）"), (2000.0, "−10.0 个百分点")]
)
def test_a_change_that_sampling_error_may_have_made_stands_in_brackets(
    rewritten: Rewrite, n: float, change: str
) -> None:
    rates = {
        ("pass_rate_pct", COUNTY, PERIOD): _value(85.0, n=n, low=60.0, high=95.0),
        ("pass_rate_pct", COUNTY, PERIOD - 1): _value(95.0, n=n, low=80.0, high=99.0),
    }
    row = _table(rewritten(rates), "sampling")[_label("pass_rate_pct")]
    assert row["比上年"] == change
    assert row["区间 (n)"] == f"60.0–95.0 (n={n:,.0f})"


def test_an_interval_below_zero_has_room_for_its_signs(rewritten: Rewrite) -> None:
    id_ = "pesticide_trend_pct_year"
    trend = _value(-2.0, n=8.0, low=-4.4, high=-0.2)
    row = _table(rewritten({(id_, COUNTY, PERIOD): trend}), "pesticides")[_label(id_)]
    assert row["区间 (n)"] == "−4.4 – −0.2 (n=8)"


def test_zero_growth_is_yes_or_no_and_a_share_of_counties_in_the_province(
    rewritten: Rewrite,
) -> None:
    id_ = "pesticide_zero_growth_pct"
    evidence = rewritten(
        {
            (id_, COUNTY, PERIOD): _value(0.0),
            (id_, COUNTY, PERIOD - 1): _value(100.0),
            (id_, "510000", PERIOD): _value(87.0),
        }
    )
    row = _table(evidence, "pesticides")[_label(id_)]
    assert (row["2021 年"], row["2020 年"], row["全省"]) == ("否", "是", "87%的县")


def test_a_figure_that_is_not_there_says_why_in_a_footnote(rewritten: Rewrite) -> None:
    ids = ("straw_use_pct", "film_recovery_pct", "manure_use_pct", "green_control_pct")
    statuses = ("withheld", "withheld", "missing", "too_few")
    evidence = rewritten(
        {(i, COUNTY, PERIOD): _absent(s) for i, s in zip(ids, statuses, strict=True)}
    )
    table = _table(evidence, "greening")
    # In the order of the registry, one number for each reason.
    assert [table[_label(i)]["2021 年"] for i in reversed(ids)] == [
        "样本太少①", "缺数②", "不公开③", "不公开③",
    ]  # fmt: skip
    notes = _soup(evidence, "greening").select(".foot")[0].get_text()
    assert re.fullmatch("① 数据太少，不足以估计　② .*绿色发展.*　③ 有数，不便公开", notes)


def test_too_few_samples_say_how_many_there_are_and_how_many_it_takes(rewritten: Rewrite) -> None:
    id_ = "pass_rate_product_class_vegetable_pct"
    evidence = rewritten({(id_, COUNTY, PERIOD): _absent("too_few", n=3.0)})
    row = _table(evidence, "sampling")[_label(id_)]
    assert row["2021 年"].startswith("样本太少")
    assert row["区间 (n)"] == "n=3"
    assert "n 不足 5" in section_table(evidence, "sampling")


def test_a_measure_without_a_province_value_shows_a_dash(rewritten: Rewrite) -> None:
    assert _table(rewritten(), "governance")[_label("standards_n")]["全省"] == "—"


def test_figures_that_are_not_simulated_are_told_apart(rewritten: Rewrite) -> None:
    evidence = rewritten({("straw_use_pct", COUNTY, PERIOD): _value(90.0)})
    foot = _soup(evidence, "greening").select(".foot")[-1].get_text()
    assert "模拟数据：" in foot
    assert _label("straw_use_pct") not in foot


@pytest.mark.parametrize("section", SECTIONS)
def test_the_english_table_has_no_chinese_but_the_countys_files(
    rewritten: Rewrite, section: str
) -> None:
    text = _soup(rewritten(language="en"), section).get_text()
    assert not re.search(r"[\u3000-\u9fff\uff00-\uffef]", text)


def test_an_unknown_section_is_refused(rewritten: Rewrite) -> None:
    with pytest.raises(ValueError, match="bases, pesticides"):
        section_table(rewritten(), "weather")


def test_the_table_leaves_the_evidence_as_it_was(rewritten: Rewrite) -> None:
    evidence = rewritten()
    before = evidence.rows.copy()
    section_table(evidence, "sampling")
    pd.testing.assert_frame_equal(evidence.rows, before)
