"""The index page: contents, states that must not be confused, and a real browser."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bs4 import BeautifulSoup

from agriqa.figures.words import NO_VALUE, STATUS, status_text
from agriqa.report.choropleth import outlines
from agriqa.report.content import Content
from agriqa.report.index import render_failure, render_index

MakeContent = Callable[..., Content]

EDITION = "2021-abcd1234"


@pytest.fixture
def content(make_content: MakeContent) -> Content:
    """Four counties: of one the pass rate is withheld, of one missing, of one zero."""
    made = make_content(4)
    rows = made.rows
    states = {
        "510104": (np.nan, "withheld"),
        "510105": (np.nan, "missing"),
        "510106": (0.0, "reported"),
    }
    for code, (value, status) in states.items():
        chosen = (rows["measure"] == "bases_n") & (rows["area"] == code)
        rows.loc[chosen, "value"] = value
        rows.loc[chosen, "status"] = status
    return made


def test_missing_withheld_and_zero_look_different(content: Content) -> None:
    page = render_index(content, edition=EDITION, errors={})
    cells = re.findall(r'<tr data-code="(\d+)">.*?<td class="num[^>]*>([^<]*)</td>', page, re.S)
    assert dict(cells) | {"510107": ""} == {
        "510104": "不公开", "510105": status_text("missing"), "510106": "0", "510107": "",
    }  # fmt: skip


def test_failed_report_is_listed_with_its_error_escaped(content: Content) -> None:
    page = render_index(content, edition=EDITION, errors={"510105": "ValueError: <script>x"})
    assert "ValueError: &lt;script&gt;x" in page
    assert "未能生成的报告" in page


def test_page_without_failures_has_no_list_of_them(content: Content) -> None:
    assert "未能生成的报告" not in render_index(content, edition=EDITION, errors={})


def test_simulated_data_are_announced_only_where_there_are_any(content: Content) -> None:
    assert "含模拟数据" in render_index(content, edition=EDITION, errors={})
    content.rows["status"] = "reported"
    assert "含模拟数据" not in render_index(content, edition=EDITION, errors={})


def test_published_totals_stand_beside_ours(content: Content) -> None:
    page = render_index(content, edition=EDITION, errors={})
    assert "40,974 吨" in page  # 中国农村统计年鉴 2022
    assert "207.2 万吨" in page


def test_unverified_map_approval_is_stated(content: Content) -> None:
    assert "审图号未核实" in render_index(content, edition=EDITION, errors={})


def test_failure_page_shows_no_figure(content: Content) -> None:
    page = render_failure(content, "510104", edition=EDITION)
    assert "未能生成" in page
    assert "锦江区" in page
    assert "<table" not in page


def test_english_page_has_english_labels(make_content: MakeContent) -> None:
    page = render_index(make_content(4, language="en"), edition=EDITION, errors={})
    assert '<html lang="en">' in page
    assert "Contains simulated data" in page
    assert "Jinjiang District" in page


def test_english_page_shows_no_chinese_but_the_source(make_content: MakeContent) -> None:
    page = render_index(make_content(1, language="en"), edition=EDITION, errors={"510104": "x"})
    body = page[page.index("<body>") : page.index('<script type="application/json" id="datat')]
    # the table's hidden column, which is there to be searched, and the publisher's title
    shown = re.sub(r'<td lang="zh-CN".*?</td>|<td>Jinjiang District 锦江区</td>', "", body)
    assert re.findall("[\u4e00-\u9fff（），：“”]+", shown) == []
    assert "covers 1 county." in page
    assert "kg/ha" in page
    assert "<td>Chengdu</td>" in page


def test_share_of_whole_counties_stands_on_the_card_only_below_all(content: Content) -> None:
    rows = content.rows
    chosen = (rows["level"] == "province") & (rows["measure"] == "green_control_pct")
    rows.loc[chosen, "coverage"] = 182 / 183
    page = render_index(content, edition=EDITION, errors={})
    cards = page[page.index('class="cards"') : page.index('class="plain')]
    assert re.findall(r"数据完整的县 [\d.]+%", cards) == ["数据完整的县 99.5%"]
    assert "县级一列相加可能少于全省合计" in cards


def test_rate_of_few_samples_is_grey(content: Content) -> None:
    rows = content.rows
    chosen = (rows["measure"] == "pass_rate_pct") & (rows["area"] == "510104")
    rows.loc[chosen, "n"] = 29.0  # the others have 40
    page = render_index(content, edition=EDITION, errors={})
    marked = [
        code
        for code, row in re.findall(r'<tr data-code="(\d+)">(.*?)</tr>', page, re.S)
        if " few" in row
    ]
    assert marked == ["510104"]
    assert "n 小于 30" in page


def test_legend_and_table_use_one_word_for_no_figure(content: Content) -> None:
    page = render_index(content, edition=EDITION, errors={})
    word = status_text("missing")
    assert f"&#34;missing&#34;:&#34;{word}&#34;" in page
    assert f"“{word}”：未报、报了但有误未采用，或缺比较年份，不等于 0。" in page


def test_basis_of_a_total_is_told_in_words(content: Content) -> None:
    content.rows.loc[content.rows["level"] == "province", "n"] = 1280.0
    page = render_index(content, edition=EDITION, errors={})
    assert "由 1,280 行报表汇总" in page
    assert "n = 1,280 个样品" in page


def test_every_county_has_an_outline_on_the_whole_map(make_content: MakeContent) -> None:
    content = make_content(None)
    drawn = outlines(content.boundaries, content.counties["code"])
    assert len(drawn.paths) == 183
    assert all(path.startswith("M") for path in drawn.paths.values())


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Start a headless Chromium."""
    executable = shutil.which("chromium") or shutil.which("chromium-browser")
    api = pytest.importorskip("playwright.sync_api")
    if executable is None:
        pytest.skip("needs chromium")
    arguments = [
        "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
        "--disable-background-networking", "--disable-component-update", "--disable-sync",
    ]  # fmt: skip
    with api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=executable, args=arguments)
        yield started
        started.close()


@pytest.fixture
def opened(browser: Any, make_content: MakeContent, tmp_path: Path) -> Iterator[Any]:
    """Open the whole index page; the test fails on a request or a console message."""
    content = make_content(None)
    (tmp_path / "counties").mkdir()
    (tmp_path / "index.html").write_text(render_index(content, edition=EDITION, errors={}), "utf-8")
    failure = render_failure(content, "510117", edition=EDITION)
    (tmp_path / "counties" / "510117.html").write_text(failure, "utf-8")
    page = browser.new_page()
    troubles: list[str] = []
    page.on(
        "request",
        lambda r: r.url.startswith(("file:", "blob:null", "data:")) or troubles.append(r.url),
    )
    page.on("console", lambda message: troubles.append(message.text))
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.goto((tmp_path / "index.html").as_uri())
    page.wait_for_selector("html[data-ready=yes]")
    yield page
    page.close()
    assert troubles == []


def found(page: Any, count: int) -> list[str]:
    """Wait for so many rows; return their county names."""
    page.wait_for_function(
        f"document.querySelectorAll('#county-table tbody tr').length === {count}"
    )
    return page.locator("#county-table tbody tr td:first-child").all_inner_texts()


@pytest.mark.parametrize("query", ["郫都", "pidu", "510117"])
def test_search_finds_by_name_pinyin_and_code(opened: Any, query: str) -> None:
    opened.fill(".dt-search input", query)
    assert found(opened, 1) == ["郫都区"]
    assert opened.locator("#map a.dim").count() == 182


def test_click_on_a_heading_sorts_by_the_figure(opened: Any) -> None:
    cells = "[...document.querySelectorAll('#county-table tbody tr td:nth-child(5)')]"
    figures = f"{cells}.map(td => +td.dataset.order)"
    opened.locator("#county-table thead th").nth(4).click()
    opened.wait_for_function(f"(v => v.length && v.every((x, i) => !i || v[i-1] <= x))({figures})")
    opened.locator("#county-table thead th").nth(4).click()
    opened.wait_for_function(f"(v => v.length && v.every((x, i) => !i || v[i-1] >= x))({figures})")


def test_map_shows_name_figure_and_unit_and_leads_to_the_page(opened: Any) -> None:
    opened.select_option("#measure", "pass_rate_pct")
    opened.hover('#map a[data-code="510112"]')
    text = opened.inner_text("#hover")
    assert text.startswith("龙泉驿区")
    assert re.search(r"例行监测合格率：[\d.]+ %，95% 区间 [\d.]+–[\d.]+，n=40，模拟", text)
    opened.click('#map a[data-code="510117"]')
    opened.wait_for_selector("text=本县报告未能生成")


def test_print_shows_every_row_and_folded_part(opened: Any) -> None:
    opened.evaluate("dispatchEvent(new Event('beforeprint'))")
    found(opened, 183)
    assert opened.locator("details:not([open])").count() == 0
    opened.evaluate("dispatchEvent(new Event('afterprint'))")
    found(opened, 25)
    assert opened.locator("details[open]").count() == 0


def test_phone_has_no_sideways_scroll_and_a_whole_search_box(opened: Any) -> None:
    opened.set_viewport_size({"width": 375, "height": 800})
    assert opened.evaluate("document.documentElement.scrollWidth") == 375
    box = opened.locator(".dt-search input").bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 375


def test_page_weighs_less_than_three_megabytes(make_content: MakeContent) -> None:
    assert len(render_index(make_content(None), edition=EDITION, errors={}).encode()) < 3e6


def test_every_status_is_explained_on_the_page_in_both_languages(
    make_content: MakeContent,
) -> None:
    for language in ("zh", "en"):
        content = make_content(2, language=language)
        assert set(content.statuses()) == {status_text(s, language) for s in STATUS}
        soup = BeautifulSoup(render_index(content, edition="x", errors={}), "html.parser")
        [shown] = [d for d in soup.find_all("details") if d.find("dl", class_="facts")]
        words = [dt.get_text() for dt in shown.find_all("dt")]
        meanings = [dd.get_text() for dd in shown.find_all("dd")]
        assert dict(zip(words, meanings, strict=True)) == content.statuses()
        assert all(meanings)


def test_the_map_has_a_word_and_a_colour_for_every_status_without_a_value(
    make_content: MakeContent,
) -> None:
    html = render_index(make_content(2), edition="x", errors={})
    legend = BeautifulSoup(html, "html.parser").find(id="legend")
    assert legend is not None
    words = json.loads(str(legend["data-absent"]))
    assert words == {status: status_text(status) for status in NO_VALUE}
    assert all(re.search(rf"\.k{status}[ ,]", html) for status in NO_VALUE)
