"""What a declaration may say; each rule has a test that breaks it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agriqa.datasets import datasets
from agriqa.errors import UnknownNameError
from agriqa.ingest import sourcemodel as module
from agriqa.ingest.sourcemodel import keys_of
from agriqa.ingest.sources import SourceError, Sources
from tests.conftest import ROOT
from tests.ingest.foreigners import COLUMNS, FIGURES, HEAD, MATCH, SHIPPED, TABLE, declare

MODELS = (
    module.Source, module.Match, module.Header, module.TableMap, module.Value, module.Condition,
    module.Wide, module.Split,
)  # fmt: skip


def test_the_sound_declaration_is_read(tmp_path: Path) -> None:
    assert declare(tmp_path).datasets == ("published_figure",)


@pytest.mark.parametrize(
    ("old", "new", "key", "says"),
    [
        ('publisher = "某局"', 'publsher = "某局"', "publsher", "publisher"),
        ("headers =", "heders =", "match.heders", "headers"),
        ('publisher = "某局"', "publisher = 3", "publisher", "string"),
        ('publisher = "某局"', "", "publisher", "必须写"),
        ('name = "figures"', 'name = "数字"', "name", "pattern"),
        ('name = "figures"', 'name = "figures', "", "TOML"),
        ('label = { zh = "数字", ', "label = { ", "label.zh", "必须写"),
        ('"published_figure"', '"published_figur"', "table.0.dataset", "published_figure"),
        ("period =", "perod =", "table.0.column.perod", "period"),
        ("read_as =", "red_as =", "table.0.column.area_level.red_as", "read_as"),
        ('"province_level"', '"province"', "table.0.column.area_level.read_as", "province_level"),
        ('period = { value = "2020" }', "", "table.0.column", "period"),
        ('unit = "吨"', 'unit = "顿"', "table.0.column.value.unit", "吨"),
        ('unit = "吨"', 'unit = "亩"', "table.0.column.value.unit", "to"),
        ('to = "t"', 'to = "担"', "table.0.column.value.to", "kg"),
        ('unit_of = "value"', 'unit_of = "area"', "column.unit_of_value.unit_of", "value"),
        ('"f-{地区}"', '"f"', "table.0.column.figure_id", "template"),
        ('"f-{地区}"', '"f-{地区!r}"', "table.0.column.figure_id", "花括号"),
        ('{ value = "数量" }', '{ value = "数量", from = "地区" }', "column.indicator", "恰有一个"),
        ('{ value = "数量" }', "{ }", "column.indicator", "恰有一个"),
        ('{ value = "数量" }', '{ value = "数量", digits = 3 }', "column.indicator", "from"),
        ('{ value = "数量" }', '{ from = "数量", closed = true }', "column.indicator", "replace"),
        ('{ value = "数量" }', '{ from = "数量", digits = 0 }', "indicator.digits", "1"),
        ('{ value = "数量" }', '{ from = "数量", unit = "吨" }', "indicator.unit", "没有单位"),
        ('{ value = "数量" }', '{ from = "数量", replace = { "(" = "" } }', "replace", "正则"),
        ('{ value = "数量" }', '{ from = "数量", replace = { "（x" = "" } }', "replace", "半角"),
        ('area_level = { from = "地区", read_as = "province_level" }',
         'area_level = { value = "nationl" }', "column.area_level.value", "全国"),
        ('area_level = { from = "地区", read_as = "province_level" }',
         'area_level = { from = "地区", replace = { "国" = "nationl" } }', "replace", "全国"),
        ('area = { from = "地区", read_as = "province_name" }',
         'area = { from = "地区", read_as = "county_in_text" }', "area.read_as", "县"),
        ('indicator = {', 'year = { from = "地区", read_as = "province_code" }\nindicator = {',
         "year.read_as", "不能用于"),
        (MATCH, "[match]\nfile = 'x.xlsx'\n", "", "headers"),
        (MATCH, MATCH + "sheet = '('\n", "match.sheet", "正则"),
        (MATCH, MATCH + "title = '（'\n", "match.title", "半角"),
        (MATCH, MATCH + "[header]\nrow = 0\n", "header.row", "1"),
        (MATCH, MATCH + '[header]\nrow = "3"\n', "header.row", "integer"),
        (MATCH, MATCH + "[header]\nrows = 6\n", "header.rows", "5"),
        (MATCH, MATCH + '[header]\nnames = ["a"]\nrow = 2\n', "header", "names"),
        (MATCH, MATCH + '[header]\nnames = ["a", "a"]\n', "header", "重复"),
        (MATCH, '[match]\n[header]\nnames = ["a"]\n', "", "match.file"),
        (MATCH, MATCH + "[context]\nyear = '['\n", "context.year", "正则"),
        (MATCH, MATCH + "[where]\n\"数量\" = { in = ['1'], matches = '1' }\n", "where.数量",
         "恰有一个"),
        (MATCH, MATCH + "[where]\n\"数量\" = { amon = ['1'] }\n", "where.数量.amon", "in"),
        ("[table.column]", "wide = { columns = '.+' }\n[table.column]", "wide", "命名组"),
        ("[table.column]", "wide = { colums = '.+' }\n[table.column]", "wide", "columns"),
        ("[table.column]", "split = { items = ';' }\n[table.column]", "split", "lists"),
        ("[table.column]", "split = { items = ';', field = 'a' }\n[table.column]", "split", "by"),
        ("[table.column]", "split = { items = ';', by = '|', lists = { a = 'b' } }\n[table.column]",
         "split", "lists"),
        ("[table.column]",
         "wide = { columns = '(?P<a>.)' }\nsplit = { items = ';', lists = { a = 'b' } }\n"
         "[table.column]", "table.0", "wide"),
        (TABLE, "", "table", "必须写"),
        (TABLE, "table = []\n", "table", "1"),
    ],
)  # fmt: skip
def test_a_wrong_declaration_is_refused_with_file_key_and_what_is_allowed(
    tmp_path: Path, old: str, new: str, key: str, says: str
) -> None:
    assert old in FIGURES
    text = FIGURES.replace(old, new, 1)
    if new == "table = []\n":
        text = new + FIGURES.replace(TABLE, "")
    with pytest.raises(SourceError, match=re.escape("declared.toml")) as error:
        declare(tmp_path, text)
    assert key in str(error.value)
    assert says in str(error.value)


def test_a_number_whose_unit_is_stored_needs_the_unit_it_is_written_in(tmp_path: Path) -> None:
    text = HEAD + '[match]\nheaders = ["县"]\n[[table]]\ndataset = "pesticide_use"\n'
    column = next(
        c for c in datasets()["pesticide_use"] if c.type == "number" and c.required is False
    )
    text += "[table.column]\n"
    text += (
        'county_code = "县"\nyear = "年"\ncategory = "类"\nuse_t = { from = "量", unit = "吨" }\n'
    )
    assert declare(tmp_path, text).datasets == ("pesticide_use",)
    with pytest.raises(SourceError, match=r"use_t\.unit.*公斤"):
        declare(tmp_path, text.replace(', unit = "吨"', ""))
    with pytest.raises(SourceError, match=f"{column.name}.to"):
        declare(tmp_path, text + f'{column.name} = {{ from = "x", unit = "吨", to = "t" }}\n')
    with pytest.raises(SourceError, match=r"use_t\.unit.*亩"):
        declare(tmp_path, text.replace('"吨"', '"亩"'))


def test_two_sources_of_one_name_are_refused(tmp_path: Path) -> None:
    folder = tmp_path / "sources"
    folder.mkdir()
    for name in ("a", "b"):
        (folder / f"{name}.toml").write_text(FIGURES, "utf-8")
    with pytest.raises(SourceError, match=r"b\.toml.*figures"):
        Sources.load(tmp_path)


def test_a_project_without_sources_has_none(tmp_path: Path) -> None:
    assert list(Sources.load(tmp_path)) == []


def test_an_unknown_source_is_an_error_with_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="rural-yearbook-by-province"):
        SHIPPED["rural-yearbook"]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    key=st.from_regex(r"[a-z_]{1,12}", fullmatch=True),
    part=st.sampled_from(["", "[match]", "[table.column.indicator]"]),
)
def test_no_key_beyond_the_declared_ones_is_ever_taken(tmp_path: Path, key: str, part: str) -> None:
    models = {"": module.Source, "[match]": module.Match}
    known = keys_of(models.get(part, module.Value))
    if key in known:
        return
    columns = COLUMNS.replace('indicator = { value = "数量" }\n', "")
    text = {
        "": f"{key} = 1\n" + FIGURES,
        "[match]": HEAD + MATCH + f"{key} = 1\n" + TABLE,
    }.get(
        part,
        HEAD + MATCH + "[[table]]\ndataset = 'published_figure'\n[table.column]\n" + columns
        + f"[table.column.indicator]\nvalue = '数量'\n{key} = 1\n",
    )  # fmt: skip
    with pytest.raises(SourceError, match=key):
        declare(tmp_path, text)


def test_every_key_stands_in_the_documentation() -> None:
    page = (ROOT / "docs" / "sources.md").read_text("utf-8")
    missing = [key for model in MODELS for key in keys_of(model) if f"`{key}`" not in page]
    assert missing == []


def test_every_shipped_source_stands_in_the_documentation() -> None:
    page = (ROOT / "docs" / "sources.md").read_text("utf-8")
    assert [source.name for source in SHIPPED if f"`{source.name}`" not in page] == []


def test_the_declarations_in_the_documentation_are_sound(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "sources.md").read_text("utf-8")
    whole = [text for text in re.findall(r"```toml\n(.*?)```", page, re.DOTALL) if "name =" in text]
    assert whole
    for text in whole:
        declare(tmp_path, text)
