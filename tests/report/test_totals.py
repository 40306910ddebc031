"""The province's totals against the published ones, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from agriqa.figures.words import Language
from agriqa.measures import registry
from agriqa.project import Project
from agriqa.report.evidence import CountyEvidence
from agriqa.report.parameters import CountyParameters
from agriqa.report.totals import published_totals

CHANGE = "pesticide_use_published_change_pct"
TO_MEAN = "pesticide_use_published_to_3y_mean_pct"


def _evidence(
    project: Project,
    id_: str = "",
    row: Mapping[str, Any] | None = None,
    *,
    language: Language = "zh",
) -> CountyEvidence:
    """Return the evidence of a county of 2021 with one row of the province rewritten."""
    given = CountyParameters.given(
        county="510117", period=2021, language=language, project=str(project.root),
        snapshot="latest",
    )  # fmt: skip
    evidence = CountyEvidence(given)
    rows = evidence.rows.copy()
    chosen = (rows["measure"] == id_) & (rows["period"] == 2021)
    assert chosen.any() or not id_
    if row is not None:
        rows.loc[chosen, list(row)] = list(row.values())
    evidence.rows = rows
    return evidence


def _line(evidence: CountyEvidence, id_: str) -> str:
    label = registry()[id_].label[evidence.language]
    [line] = [line for line in published_totals(evidence) if line.startswith(label)]
    return line[len(label) :].lstrip("：: ")


def test_there_is_a_line_for_every_measure_of_published_totals(small_project: Project) -> None:
    known = [m for m in registry().values() if "published_figure" in m.datasets]
    assert len(published_totals(_evidence(small_project))) == len(known) == 8


def test_a_change_within_rounding_is_not_known_and_says_the_rounding(
    small_project: Project,
) -> None:
    hidden = {"value": np.nan, "low": -2.47, "high": 2.53, "status": "within_rounding"}
    assert _line(_evidence(small_project, CHANGE, hidden), CHANGE) == (
        "公布数修约到 1 吨，变化在 −2.5% 与 +2.5% 之间，增减不可知"
    )
    english = _line(_evidence(small_project, CHANGE, hidden, language="en"), CHANGE)
    assert "rounded to 1 t" in english
    assert "up or down is not known" in english


def test_fertiliser_is_rounded_to_a_thousand_tonnes(small_project: Project) -> None:
    # 210.8 and 207.2 万吨, 中国农村统计年鉴 2021 and 2022
    id_ = "fertiliser_use_published_change_pct"
    assert _line(_evidence(small_project), id_) == (
        "−1.71%（公布数修约到 0.1 万吨，在 −1.75% 与 −1.66% 之间）"
    )
    assert "rounded to 1,000 t" in _line(_evidence(small_project, language="en"), id_)


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (95.9, 99.1, "零增长达标"), (99.0, 100.0, "零增长达标"),
        (99.5, 100.5, "是否达标不可知"), (100.2, 101.0, "零增长未达标"),
    ],
)  # fmt: skip
def test_zero_growth_of_the_province_is_judged_by_the_whole_range(
    small_project: Project, low: float, high: float, verdict: str
) -> None:
    row = {"value": (low + high) / 2, "low": low, "high": high}
    assert _line(_evidence(small_project, TO_MEAN, row), TO_MEAN).endswith("，" + verdict)


def test_a_range_that_reads_as_the_value_is_not_repeated(small_project: Project) -> None:
    row = {"value": 88.0, "low": 87.99, "high": 88.01}
    assert _line(_evidence(small_project, TO_MEAN, row), TO_MEAN) == "88.0%，零增长达标"


def test_our_missing_total_is_said_to_be_missing(small_project: Project) -> None:
    id_ = "pesticide_use_gap_pct"
    row = {"value": np.nan, "status": "missing"}
    assert _line(_evidence(small_project, id_, row), id_) == "缺数"


def test_the_year_rather_than_another_is_shown(small_project: Project) -> None:
    evidence = _evidence(small_project)
    evidence.period = 2012
    assert not any("比上年" in line and "−1.71" in line for line in published_totals(evidence))
