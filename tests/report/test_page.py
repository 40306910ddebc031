"""The page: whole, offline, without code, safe."""

from __future__ import annotations

import base64
import io
import re

import nbformat
import pytest
from bs4 import BeautifulSoup
from fontTools.ttLib import TTFont
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from agriqa.report.page import PageMeta, css_string, render_page

SVG = '<svg role="img" aria-label="图"><text>噁</text></svg>'


def _meta(**changes: object) -> PageMeta:
    given: dict[str, object] = {
        "title": "郫都区 2021 年", "edition": "2021-1a2b", "snapshot": "c0ffee", "period": 2021,
        "version": "0.1.0", "made_on": "2026-01-02", "simulated": True, "project": "四川",
    }  # fmt: skip
    return PageMeta(**{**given, **changes})  # type: ignore[arg-type]


@pytest.fixture
def notebook() -> nbformat.NotebookNode:
    result = new_output("execute_result", {"text/html": "<p>结果</p>", "text/plain": "plain"})
    drawn = new_output("display_data", {"image/svg+xml": SVG, "text/plain": "图"})
    picture = new_output("display_data", {"image/png": "AAAA", "text/plain": 'a "quoted" alt'})
    noise = new_output("stream", name="stderr", text="noise on stderr")
    return new_notebook(
        cells=[
            new_code_cell("county = 'secret_code'", metadata={"tags": ["parameters"]}),
            new_markdown_cell("## 农药", metadata={"tags": ["zh"]}),
            new_markdown_cell("## Pesticides", metadata={"tags": ["en"]}),
            new_code_cell("secret_code()", execution_count=7, outputs=[noise, result]),
            new_code_cell("secret_code()", outputs=[drawn], metadata={"tags": ["map"]}),
            new_code_cell("secret_code()", outputs=[picture]),
        ]
    )


def test_page_shows_results_but_no_code_prompt_or_stream(notebook: nbformat.NotebookNode) -> None:
    html = render_page(notebook, meta=_meta())
    assert "结果" in html
    for hidden in ("secret_code", "noise on stderr", "In [", "Out[", "plain</"):
        assert hidden not in html


def test_page_asks_nobody_for_anything(notebook: nbformat.NotebookNode) -> None:
    soup = BeautifulSoup(render_page(notebook, meta=_meta()), "html.parser")
    assert not soup.find_all(["script", "link", "iframe"])
    for tag in soup.find_all(True):
        for name in ("src", "href", "xlink:href"):
            value = str(tag.get(name, ""))
            assert not re.match(r"(https?:)?//", value), f"{tag.name} {name}={value}"
    style = "".join(s.get_text() for s in soup.find_all("style"))
    assert set(re.findall(r"url\((\w+):", style)) == {"data"}


def test_font_has_every_character_of_the_page(notebook: nbformat.NotebookNode) -> None:
    html = render_page(notebook, meta=_meta())
    found = re.search(r"font/woff2;base64,([^)]+)\)", html)
    assert found
    font = TTFont(io.BytesIO(base64.b64decode(found[1])))
    text = BeautifulSoup(html, "html.parser").get_text()
    drawn = {chr(c) for c in font.getBestCmap()}
    assert {c for c in text if not c.isspace()} <= drawn
    assert "噁" in drawn


def test_page_is_in_the_language_asked_for(notebook: nbformat.NotebookNode) -> None:
    zh = render_page(notebook, meta=_meta())
    en = render_page(notebook, meta=_meta(language="en"))
    assert '<html lang="zh-CN">' in zh
    assert "农药" in zh
    assert "Pesticides" not in zh
    assert '<html lang="en">' in en
    assert "Pesticides" in en
    assert "农药" not in en


@pytest.mark.parametrize("simulated", [True, False])
def test_banner_stands_only_where_data_are_simulated(
    notebook: nbformat.NotebookNode, simulated: bool
) -> None:
    html = render_page(notebook, meta=_meta(simulated=simulated))
    assert ("含模拟数据" in html) is simulated


def test_provenance_stands_at_the_foot(notebook: nbformat.NotebookNode) -> None:
    html = render_page(notebook, meta=_meta(notebook="../notebooks/510117.ipynb"))
    foot = BeautifulSoup(html, "html.parser").find("footer")
    assert foot is not None
    text = foot.get_text()
    for part in ("2021-1a2b", "c0ffee", "0.1.0", "2026-01-02", "2021"):
        assert part in text
    assert foot.find("a", href="../notebooks/510117.ipynb")


def test_back_link_is_there_unless_the_page_stands_alone(notebook: nbformat.NotebookNode) -> None:
    assert 'href="../index.html"' in render_page(notebook, meta=_meta())
    assert "index.html" not in render_page(notebook, meta=_meta(back=None))


def test_meta_is_escaped(notebook: nbformat.NotebookNode) -> None:
    html = render_page(notebook, meta=_meta(title='</style><script>"x"', project="<b>"))
    assert "<script>" not in html
    assert html.count("</style>") == html.count("<style")


def test_pictures_have_words(notebook: nbformat.NotebookNode) -> None:
    soup = BeautifulSoup(render_page(notebook, meta=_meta()), "html.parser")
    image = soup.find("img")
    assert image is not None
    assert image["alt"] == 'a "quoted" alt'


def test_same_notebook_gives_the_same_bytes(notebook: nbformat.NotebookNode) -> None:
    assert render_page(notebook, meta=_meta()) == render_page(notebook, meta=_meta())


def test_css_string_cannot_be_left() -> None:
    assert re.fullmatch(r'"[^"<>;{}]*"', css_string('a"b</style>;}{\\'))
