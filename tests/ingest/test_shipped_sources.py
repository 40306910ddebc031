"""The sources that come with the project, on small sheets and on the real files."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agriqa.ingest import SheetReading, read_file
from agriqa.ingest.foreign import locate
from agriqa.ingest.mapped import read_mapped
from agriqa.ingest.readers import Grid
from tests.conftest import ROOT
from tests.ingest.foreigners import SHIPPED, read_as
from tests.ingest.grids import REGISTER, reasons, skips

# --- the yearbook ----------------------------------------------------------------------


def figures(sheet: SheetReading) -> dict[tuple[str, str, str], float]:
    keys = zip(sheet.kept["area"], sheet.kept["period"], sheet.kept["indicator"], strict=True)
    return dict(zip(keys, sheet.kept["value"], strict=True))


def test_a_yearbook_table_becomes_figures_in_tonnes(tmp_path: Path) -> None:
    rows = [
        ["3-11 各地区农用柴油和农药使用量"],
        ["地 区", "农用柴油使用量(万吨)", None, "农药使用量(吨)", None],
        [None, "2020年", "2021年", "2020年", "2021年"],
        ["全 国", 1848.2, 1802, 1313303, 1239177],
        ["北 京", "1.7", "1.6", 2149, "…"],
        ["四　川", 47.1, 47.0, 42130, 40974],
        ["摘编自《中国农村统计年鉴2022》"],
    ]
    [sheet] = read_as(tmp_path, rows).sheets
    found = figures(sheet)
    assert found["四川省", "2021", "农药使用量"] == 40974
    assert found["四川省", "2020", "农用柴油使用量"] == 471_000
    assert set(sheet.kept["unit_of_value"]) == {"t"}
    assert set(sheet.kept["origin"]) == {"published"}
    levels = dict(zip(sheet.kept["area"], sheet.kept["area_level"], strict=True))
    assert levels == {"全国": "national", "北京市": "other_province", "四川省": "province"}
    assert skips(sheet) == [(1, "title"), (2, "header"), (3, "header"), (7, "note")]
    assert [(row, reason) for row, _, reason in reasons(sheet)] == [(5, "required")]


def test_a_yearbook_table_of_one_year_takes_it_from_the_title(tmp_path: Path) -> None:
    rows = [
        ["各地区农用化肥施用量（2019年）"],
        ["单位：万吨"],
        ["地区", "农用化肥施用量", None, None],
        [None, "合计", "氮肥", "有效灌溉面积(千公顷)"],
        ["四川", 222.8, 100.1, 3.0],
    ]
    [sheet] = read_as(tmp_path, rows).sheets
    kept = sheet.kept[["indicator", "period", "value", "unit_of_value"]]
    assert kept.to_numpy().tolist() == [
        ["农用化肥施用量/合计", "2019", 2_228_000.0, "t"],
        ["农用化肥施用量/氮肥", "2019", 1_001_000.0, "t"],
        ["农用化肥施用量/有效灌溉面积", "2019", 3000.0, "ha"],
    ]


@pytest.mark.parametrize(
    ("name", "year", "pesticide", "diesel", "kept", "quarantined"),
    [
        ("04-pesticide__raw-2020-2021.xlsx", "2021", 40_974, 470_000, 128, 0),
        ("04-pesticide__raw-2020-2021.xls", "2021", 40_974, 470_000, 128, 0),
        ("04-pesticide__raw-2022-2023.xlsx", "2023", 40_000, 468_000, 126, 2),
    ],
)
def test_the_real_yearbook_files(
    shared: Path, name: str, year: str, pesticide: int, diesel: int, kept: int, quarantined: int
) -> None:
    file = read_file(shared / "samples" / "yearbook" / name, REGISTER, sources=SHIPPED)
    [sheet] = file.sheets
    assert (file.kept, file.quarantined) == (kept, quarantined)
    assert set(sheet.kept["unit_of_value"]) == {"t"}
    found = figures(sheet)
    assert found["四川省", year, "农药使用量"] == pesticide
    assert found["四川省", year, "农用柴油使用量"] == diesel
    assert sheet.kept["area"].nunique() == 32


def test_the_provinces_of_the_real_yearbook_add_up_to_the_nation(shared: Path) -> None:
    path = shared / "samples" / "yearbook" / "04-pesticide__raw-2020-2021.xlsx"
    [sheet] = read_file(path, REGISTER, sources=SHIPPED).sheets
    table = sheet.kept.pivot_table(
        values="value", index=["indicator", "period"], columns=sheet.kept["area"] == "全国",
        aggfunc="sum",
    )  # fmt: skip
    # The yearbook rounds its own figures: 100 t in diesel's case 1000.
    assert (table[True] - table[False]).abs().max() / table[True].max() < 0.001


def test_the_yearbook_s_figures_are_named_as_the_reference_s(tmp_path: Path) -> None:
    reference = pd.read_csv(ROOT / "data" / "reference" / "published_figures.csv", dtype="str")
    rows = [
        ["各地区农药使用量"], ["地区", "农药使用量(万吨)"], [None, "2019年"], ["四川", 4.2],
    ]  # fmt: skip
    row = read_as(tmp_path, rows).sheets[0].kept.iloc[0]
    alike = reference[reference["indicator"] == row["indicator"]]
    assert row["unit_of_value"] in set(alike["unit_of_value"])
    home = reference[reference["area_level"] == "province"].iloc[0]
    assert row["area_code"] == home["area_code"]
    assert (row["area"], row["area_level"]) == (home["area"], home["area_level"])


# --- the national lists ----------------------------------------------------------------


def test_a_list_keeps_the_province_s_counties_and_filters_the_others(tmp_path: Path) -> None:
    rows = [
        ["year", "batch", "id", "index", "province", "county"],
        [2012, "第一批", 1, 1, "北京", "延庆区"],
        [2012, "第一批", 2, 21, "四川", "郫县"],
        [2012, "第一批", 3, 21, "四川", "内江市市中区"],
        [2012, "第一批", 4, 21, "四川", "红星农场有限公司"],
        [2012, "第一批", 5, 21, "四川", "市中区"],
        [2012, "第一批", 6, 29, "黑龙江", "红星农场有限公司"],
    ]
    file = "moa-machine-county__xlsx__list-year-2012.xlsx"
    [sheet] = read_as(tmp_path, rows, file=file).sheets
    assert sheet.kept["county_code"].tolist() == ["510117", "511002"]
    assert sheet.kept["year_from"].tolist() == [2012, 2012]
    assert skips(sheet) == [(1, "header"), (2, "filtered"), (7, "filtered")]
    assert reasons(sheet) == [
        (5, "county_code", "unknown_county"), (6, "county_code", "ambiguous_county"),
    ]  # fmt: skip
    assert sheet.kept["base_id"].is_unique


def test_a_list_of_an_unknown_programme_is_quarantined(tmp_path: Path) -> None:
    rows = [["year", "index", "name", "province"], [2022, 1, "四川省三台县", "四川"]]
    [sheet] = read_as(tmp_path, rows, file="moa-new-zone__xlsx__list-year-2022.xlsx").sheets
    assert reasons(sheet) == [(2, "programme", "unknown_code")]


@pytest.mark.parametrize(
    ("name", "counties", "filtered"),
    [
        ("moa-agrimodern-zone__xlsx__list-year-2022.xlsx",
         ["511803", "510722", "510981", "510117", "510824"], 95),
        ("moa-machine-county__xlsx__list-year-2022.xlsx",
         ["510113", "510118", "510981", "511402"], 110),
        ("moa-machine-county__html__list-year-2022.html",
         ["510113", "510118", "510981", "511402"], 110),
    ],
)  # fmt: skip
def test_the_real_lists(shared: Path, name: str, counties: list[str], filtered: int) -> None:
    file = read_file(shared / "samples" / "lists" / name, REGISTER, sources=SHIPPED)
    [sheet] = [sheet for sheet in file.sheets if sheet.dataset == "base"]
    assert sheet.kept["county_code"].tolist() == counties
    assert (sheet.skipped["reason"] == "filtered").sum() == filtered
    assert file.quarantined == 0


def test_the_page_and_the_table_of_a_list_say_the_same(shared: Path) -> None:
    folder = shared / "samples" / "lists"
    names = [f"moa-machine-county__{kind}__list-year-2022.{kind}" for kind in ("html", "xlsx")]
    page, table = (
        read_file(folder / name, REGISTER, sources=SHIPPED).sheets[0].kept for name in names
    )
    places = ["sheet", "row", "col"]
    pd.testing.assert_frame_equal(page.drop(columns=places), table.drop(columns=places))


# --- a wide residue sheet --------------------------------------------------------------

WIDE = [
    "样品编号",
    "抽样地点",
    "抽样日期",
    "样品名称",
    "样品类别",
    "抽样环节",
    "监测类型",
    "判定结果",
]


def test_a_wide_residue_sheet_becomes_samples_and_measurements(tmp_path: Path) -> None:
    rows = [
        ["2021年农药残留检测结果（单位：mg/kg）"],
        [*WIDE, "毒死蜱", "克百威(μg/kg)", "氧乐果", "备注"],
        ["S1", "成都市郫都区", "2021-05-06", "芹菜", "蔬菜", "基地", "例行", "合格", 0.02, "<10",
         "ND", None],
        ["S2", "三台县", "2021-05-07", "李", "水果", "市场", "监督", "不合格", "N.D", 30, None,
         "复检"],
        ["S3", "某某农场", "2021-05-07", "李", "水果", "市场", "监督", "合格", "疑似", 0, "未检出",
         None],
    ]  # fmt: skip
    samples, residues = read_as(tmp_path, rows).sheets
    assert samples.kept["sample_id"].tolist() == ["S1", "S2"]
    assert samples.kept["county_code"].tolist() == ["510117", "510722"]
    assert reasons(samples) == [(5, "county_code", "unknown_county")]
    kept = residues.kept[["sample_id", "analyte", "value_mg_kg", "censored", "lod_mg_kg"]]
    assert [tuple(None if pd.isna(v) else v for v in row) for row in kept.to_numpy()] == [
        ("S1", "毒死蜱", 0.02, False, None),
        ("S1", "克百威", None, True, 0.01),
        ("S1", "氧乐果", None, True, None),
        ("S2", "毒死蜱", None, True, None),
        ("S2", "克百威", 0.03, False, None),
        ("S3", "克百威", 0.0, False, None),
        ("S3", "氧乐果", None, True, None),
    ]
    assert reasons(residues) == [(5, "value_mg_kg", "not_a_number")]
    # What was not tested is no measurement, and is accounted for.
    assert skips(residues)[-1] == (4, "blank")


# --- a notice --------------------------------------------------------------------------

NOTICE = [
    "序号", "标称生产企业名称", "被抽样单位名称", "被抽样单位地址", "食品名称", "规格型号",
    "生产日期/批号", "分类", "不合格项目║检验结果║标准值",
]  # fmt: skip


def notice(*rows: list[object]) -> list[list[object]]:
    return [["监督抽检不合格产品信息"], NOTICE, *rows]


def row(number: int, where: str, food: str, when: str, failed: str) -> list[object]:
    return [number, "/", "某超市", where, food, "散装", when, "食用农产品", failed]


def test_a_notice_becomes_failed_samples_and_their_residues(tmp_path: Path) -> None:
    rows = notice(
        row(1, "四川省成都市郫都区德源街道1号", "芹菜", "2020-03-05（购进日期）",
            "毒死蜱║0.15mg/kg║≤0.02mg/kg"),
        row(2, "内江市市中区某路", "草鱼", "2020/4/7",
            "孔雀石绿║检出║不得检出；恩诺沙星║120μg/kg║≤100μg/kg"),
        row(3, "绵阳市三台县", "韭菜", "2020年4月8日", "氧乐果║0.05 mg/kg║0.02mg/kg\n克百威║0.1║/"),
    )  # fmt: skip
    samples, residues = read_as(tmp_path, rows, file="2020-12.xlsx").sheets
    assert samples.quarantined == residues.quarantined == 0
    assert samples.kept["county_code"].tolist() == ["510117", "511002", "510722"]
    assert samples.kept["sampled_on"].dt.strftime("%Y-%m-%d").tolist() == [
        "2020-03-05", "2020-04-07", "2020-04-08",
    ]  # fmt: skip
    assert samples.kept["product_class"].tolist() == ["vegetable", "aquatic", "vegetable"]
    assert set(samples.kept["result"]) == {"fail"}
    kept = residues.kept[["analyte", "value_mg_kg", "censored", "mrl_mg_kg", "row", "col"]]
    assert [tuple(None if pd.isna(v) else v for v in one) for one in kept.to_numpy()] == [
        ("毒死蜱", 0.15, False, 0.02, 3, 1),
        ("孔雀石绿", None, False, None, 4, 1),
        ("恩诺沙星", 0.12, False, 0.1, 4, 2),
        ("氧乐果", 0.05, False, 0.02, 5, 1),
        ("克百威", 0.1, False, None, 5, 2),
    ]
    assert set(residues.kept["sample_id"]) == set(samples.kept["sample_id"])


def test_what_a_notice_leaves_open_is_quarantined_with_the_reason(tmp_path: Path) -> None:
    rows = notice(
        row(1, "云南省昆明市官渡区", "芹菜", "2020-03-05", "毒死蜱║0.15mg/kg║≤0.02mg/kg"),
        row(2, "成都市", "芹菜", "2020-03-05", "毒死蜱║0.15mg/kg"),
        row(3, "绵阳市三台县", "竹荪", "2020-03-05", "菌落总数║2×10^5CFU/g║≤10^5CFU/g"),
        row(4, "绵阳市三台县", "芹菜", "/", "毒死蜱║0.15mg/kg║≤0.02mg/kg"),
    )
    samples, residues = read_as(tmp_path, rows, file="2020-13.xlsx").sheets
    assert samples.kept.empty
    assert [(at, reason) for at, _, reason in reasons(samples)] == [
        (3, "unknown_county"), (4, "unknown_county"), (5, "unknown_code"), (6, "not_a_date"),
    ]  # fmt: skip
    assert residues.kept["row"].tolist() == [3, 6]
    assert {(at, reason) for at, _, reason in reasons(residues)} == {
        (4, "uneven_lists"), (5, "not_a_number"),
    }  # fmt: skip


# --- all of them -----------------------------------------------------------------------

HEADERS: dict[str, list[list[object]]] = {
    "rural-yearbook-by-province": [
        ["各地区用量"], ["地区", "油(万吨)", None, "药(吨)"], [None, "2020年", "2021年", "2021年"],
    ],
    "national-list-by-name": [["year", "index", "name", "province"]],
    "national-list-by-county": [["year", "batch", "id", "index", "province", "county"]],
    "residue-wide": [["农药残留"], [*WIDE, "毒死蜱", "克百威(μg/kg)"]],
    "supervision-notice": [NOTICE],
}  # fmt: skip
CELLS = st.one_of(
    st.none(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(
        [
            *("四川", "全国", "北 京", "合计", "郫县", "市中区", "成都市郫都区", "ND", "-"),
            *("保密", "2020", "2020-03-05", "芹菜", "蔬菜", "基地", "例行", "合格", "S1", "<0.01"),
            *("毒死蜱║0.15mg/kg║≤0.02", "毒死蜱║检出║不得检出;氧乐果║<1║/", "║║", "1,234.5"),
        ]
    ),
    st.text(max_size=6),
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(name=st.sampled_from(sorted(HEADERS)), data=st.data())
def test_whatever_stands_below_the_header_every_record_is_accounted_for(
    name: str, data: st.DataObject
) -> None:
    header = HEADERS[name]
    width = max(map(len, header))
    rows = data.draw(st.lists(st.lists(CELLS, min_size=width, max_size=width), max_size=6))
    cells = [[*row, *[None] * (width - len(row))] for row in [*header, *rows]]
    [found] = locate([Grid("表", cells)], Path("moa-machine-county__x.xlsx"), SHIPPED, forced=name)  # type: ignore[arg-type]
    assert found is not None
    readings = read_mapped(found, REGISTER)
    assert [reading.dataset for reading in readings] == list(SHIPPED[name].datasets)
    for reading in readings:
        # SheetReading itself refuses numbers that do not add up.
        assert reading.rows_read >= len(cells)
        assert len(reading.kept) + reading.quarantined + len(reading.skipped) == reading.rows_read
        assert set(reading.skipped["row"]) <= set(range(1, len(cells) + 1))
