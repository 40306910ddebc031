"""The page that defends an index."""

from __future__ import annotations

from pathlib import Path

import pytest

from agriqa.assess.declaration import load_index
from agriqa.assess.defence import defence_page
from tests.assess.declarations import STEPS, declared
from tests.conftest import ROOT


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    return defence_page(declared(tmp_path_factory.mktemp("config")))


def test_the_page_of_the_shipped_index_is_current() -> None:
    declaration = load_index(ROOT / "data" / "config", "county_quality")
    page = (ROOT / "docs" / "quality-index.md").read_text("utf-8")
    assert page == defence_page(declaration), "write docs/quality-index.md anew from defence_page"


def test_an_indicator_stands_with_posts_and_weights(page: str) -> None:
    row = next(line for line in page.splitlines() if "`straw_use_pct`" in line)
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    # Three quarters of green, which is three quarters of the index.
    assert cells[1:] == ["%", "越高越好 more", "50", "100", "75.0", "56.2"]


def test_every_reason_is_on_the_page_in_both_languages(page: str) -> None:
    for text in ("绿重", "Green matters", "秸秆。", "  Straw.", "阈值：另一目标。",
                 "Goalposts: Another goal.", "`target-0050`"):  # fmt: skip
        assert text in page, text
    for step in STEPS:
        assert f"{step}之故。" in page
        assert f"why {step}." in page


def test_other_weights_stand_beside_the_index(page: str) -> None:
    section = page.split("## 另外的权重")[1]
    row = next(line for line in section.splitlines() if "秸秆综合利用率" in line)
    assert [cell.strip() for cell in row.strip("|").split("|")][1:] == ["56.2", "0.0"]


def test_grades_years_and_what_was_left_out_are_on_the_page(page: str) -> None:
    assert "| 上 High | ≥ 80 |" in page
    assert "| 下 Low | 其余 the rest |" in page
    assert "自 2019 年起。此前无数。" in page
    assert "| `samples_n` | 规模 | Size |" in page


def test_a_bare_declaration_has_no_empty_sections(tmp_path: Path) -> None:
    page = defence_page(
        declared(
            tmp_path,
            (
                'left_out = [{ measures = ["samples_n"], reason = { zh = "规模", en = "Size" } }]',
                "",
            ),
            ('grades_reason = { zh = "试验", en = "A trial" }\n', ""),
            ('  { label = { zh = "上", en = "High" }, at_least = 80 },\n', ""),
            ('  { label = { zh = "下", en = "Low" } },\n', ""),
        )
    )
    assert "## 分级" not in page
    assert "没有采用的" not in page
