"""The county report: executed, its words, figures and page."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from bs4 import BeautifulSoup
from IPython.display import HTML

from agriqa.figures.chart import Chart
from agriqa.project import Project
from agriqa.report.county import CountyReport
from agriqa.report.page import PageMeta, render_page
from agriqa.report.parameters import ParameterValueError
from agriqa.report.sections import SECTIONS

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "reports" / "county.ipynb"
CALL = re.compile(r"report\.(\w+)\((?:\"(\w+)\")?\)$")
PAGE_LIMIT = 400_000  # bytes


def _notebook() -> nbformat.NotebookNode:
    return nbformat.read(NOTEBOOK, as_version=4)


def _calls() -> list[tuple[str, ...]]:
    """Return method and argument of every call, as the notebook makes them."""
    code = [cell.source for cell in _notebook().cells if cell.cell_type == "code"]
    return [_call(found) for source in code if (found := CALL.match(source))]


def _call(found: re.Match[str]) -> tuple[str, ...]:
    return tuple(part for part in found.groups() if part)


def _shown(report: CountyReport, call: tuple[str, ...]) -> HTML | Chart:
    shown = getattr(report, call[0])(*call[1:])
    assert isinstance(shown, HTML | Chart)
    return shown


@pytest.fixture(scope="module")
def report(small_project: Project) -> CountyReport:
    return CountyReport("郫都区", period=2021, project=str(small_project.root))


@pytest.fixture(scope="module")
def executed(report: CountyReport) -> nbformat.NotebookNode:
    """The notebook with every call's output, without starting a kernel."""
    notebook = _notebook()
    for cell in notebook.cells:
        if cell.cell_type == "code" and (found := CALL.match(cell.source)):
            shown = _shown(report, _call(found))
            data = (
                {"text/html": shown.data, "text/plain": ""}
                if isinstance(shown, HTML)
                else shown._repr_mimebundle_()
            )
            cell.outputs = [nbformat.v4.new_output("execute_result", data, execution_count=1)]
    return notebook


def _page(notebook: nbformat.NotebookNode) -> str:
    return render_page(
        notebook,
        meta=PageMeta(
            title="郫都区 2021 年", edition="2021-x", snapshot="x", period=2021, version="0",
            made_on="2026-01-01", simulated=True,
        ),
    )  # fmt: skip


@pytest.mark.parametrize("call", _calls(), ids="-".join)
def test_every_section_shows_itself_in_chinese(report: CountyReport, call: tuple[str, ...]) -> None:
    shown = _shown(report, call)
    text = shown.data if isinstance(shown, HTML) else shown.svg()
    assert re.search(r"[\u4e00-\u9fff]", text)


@pytest.mark.parametrize("call", _calls(), ids="-".join)
def test_every_section_shows_itself_in_english(
    small_project: Project, call: tuple[str, ...]
) -> None:
    english = CountyReport("510117", period=2021, language="en", project=str(small_project.root))
    shown = _shown(english, call)
    if isinstance(shown, Chart):
        assert not re.search(r"[\u4e00-\u9fff]", shown.svg())


def test_the_report_has_a_table_for_every_section() -> None:
    assert [call[1] for call in _calls() if call[0] == "figures_of"] == list(SECTIONS)


def test_headline_says_name_place_code_year_and_that_data_are_simulated(
    report: CountyReport,
) -> None:
    text = BeautifulSoup(report.headline().data, "html.parser").get_text()
    for part in ("郫都区", "成都市", "510117", "2021 年", "含模拟数据", "全省中位数"):
        assert part in text


def test_key_figures_list_every_measure(report: CountyReport) -> None:
    from agriqa.measures import core_measures

    body = BeautifulSoup(report.key_figures().data, "html.parser").find("tbody")
    assert body is not None
    assert len(body.find_all("tr")) == len(core_measures())


def test_notes_name_the_snapshot_and_the_map_status(
    report: CountyReport, small_project: Project
) -> None:
    text = report.data_notes().data
    assert report.evidence.snapshot.id in text
    assert "审图号" in text
    assert not re.search(r"https?:|www\.", text)


def test_notes_name_no_column_and_say_each_caution_once(report: CountyReport) -> None:
    text = BeautifulSoup(report.data_notes().data, "html.parser").get_text("\n")
    assert not re.search(r"source_key|\bstatus\b|\bsource\b", text)
    assert sum("不少行取自转载页" in line for line in text.splitlines()) == 1


def test_formulas_are_folded_on_the_screen_and_there_for_paper(report: CountyReport) -> None:
    notes = BeautifulSoup(report.data_notes().data, "html.parser")
    folded, paper = notes.find("details"), notes.find(class_="on-paper")
    assert folded is not None
    assert paper is not None
    assert not folded.has_attr("open")
    for part in (folded, paper):
        assert "农药商品量 ÷ 农作物播种面积" in part.get_text()


def test_pass_rate_is_pooled_over_three_years(report: CountyReport) -> None:
    found = report.evidence.standings["pass_rate_pct"]
    rows = report.evidence.measure_rows("pass_rate_pct")
    rows = rows[rows["period"].between(2019, 2021)]
    assert found.row is not None
    assert found.row["n"] == rows["n"].sum()
    assert "2019—2021 年合计" in report.cards().data


def test_renamed_county_is_found_by_its_old_name_and_shows_the_change(
    small_project: Project,
) -> None:
    report = CountyReport("郫县", period=2014, project=str(small_project.root))
    assert report.evidence.name == "郫都区"
    assert "郫县→郫都区" in report.data_notes().data


def test_no_county_is_an_error(small_project: Project) -> None:
    with pytest.raises(ParameterValueError, match="没有指定县"):
        CountyReport("", period=2021, project=str(small_project.root))


def test_page_is_whole_light_and_asks_nobody(executed: nbformat.NotebookNode) -> None:
    html = _page(executed)
    assert len(html.encode()) < PAGE_LIMIT
    assert "CountyReport" not in html
    assert not re.search(r"(src|href)=\"(https?:)?//", html)
    soup = BeautifulSoup(html, "html.parser")
    assert len(soup.find_all("h1")) == 1
    assert len(soup.find_all("svg")) == sum(
        "image/svg+xml" in o.data for c in executed.cells for o in c.get("outputs", [])
    )
    assert all(svg.get("aria-label") for svg in soup.find_all("svg"))


def test_page_has_no_missing_glyph(executed: nbformat.NotebookNode) -> None:
    from agriqa.figures.fonts import missing_glyphs

    assert missing_glyphs(BeautifulSoup(_page(executed), "html.parser").get_text()) == ""


# The notebook itself


def test_notebook_starts_with_its_parameters_and_has_no_county() -> None:
    first = _notebook().cells[0]
    assert "parameters" in first.metadata.tags
    assert 'county = ""' in first.source


def test_notebook_is_thin_and_stripped() -> None:
    for cell in _notebook().cells:
        if cell.cell_type == "code":
            assert len(cell.source.splitlines()) <= 10
            assert not re.search(r"^\s*(def|class|lambda)\b", cell.source, re.M)
            assert cell.outputs == []
            assert cell.execution_count is None


def test_notebook_says_everything_in_both_languages() -> None:
    tags = [t for c in _notebook().cells if c.cell_type == "markdown" for t in c.metadata.tags]
    assert tags.count("zh") == tags.count("en") == len(tags) / 2


def test_every_public_method_stands_in_the_notebook() -> None:
    shown = {name for name in vars(CountyReport) if not name.startswith("_")}
    assert shown == {call[0] for call in _calls()}


def test_a_report_imports_nothing_slow_it_does_not_need() -> None:
    heavy = ["seaborn", "statsmodels", "geopandas", "scipy", "matplotlib.pyplot", "great_tables"]
    code = f"import sys, agriqa.report.county; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True,
        cwd=NOTEBOOK.parents[2],
    )  # fmt: skip
    assert done.stdout.strip() == "[]"
