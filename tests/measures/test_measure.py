"""Missing, withheld and zero are three things; a total that lacks a part is none."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from agriqa.errors import NoDataError
from agriqa.measures import compute
from agriqa.measures.parts import _usual
from agriqa.project import Project
from agriqa.store.engine import open_engine
from agriqa.store.freeze import freeze
from agriqa.store.load import load_files
from tests.conftest import lay_out

HEADER = "县（市、区）,年份,农药类别,商品量（吨）\n"
ROWS = """郫县,2014,杀虫剂,10
郫县,2014,除草剂,0
双流县,2014,杀虫剂,保密
双流县,2014,除草剂,4
新津县,2014,杀虫剂,3
大邑县,2014,杀虫剂,0
大邑县,2014,除草剂,0
"""
SAMPLES = """样品编号,县（市、区）,抽样日期,产品名称,产品大类,抽样环节,监测类型,判定结果
A1,郫县,2014-05-01,萝卜,蔬菜,生产基地,例行监测,合格
A2,郫县,2014-05-01,萝卜,蔬菜,生产基地,例行监测,不合格
A3,郫县,2014-05-01,萝卜,蔬菜,生产基地,监督抽查,不合格
"""
RESIDUES = """样品编号,检测项目,测定值（mg/kg）,限量值（mg/kg）
A1,毒死蜱,0.3,0.2
A1,多菌灵,未检出,0.5
A1,克百威,保密,0.02
A1,氟虫腈,,0.02
"""


@pytest.fixture(scope="module")
def values(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    project: Project = lay_out(tmp_path_factory.mktemp("measure") / "project")
    folder: Path = project.root
    (folder / "use.csv").write_text(HEADER + ROWS, "utf-8")
    (folder / "sample.csv").write_text(SAMPLES, "utf-8")
    (folder / "residue.csv").write_text(RESIDUES, "utf-8")
    (folder / "sown.csv").write_text(
        "县（市、区）,年份,作物类别,播种面积（亩）,数据性质\n"
        "郫县,2014,粮食,1500,模拟\n新津县,2014,粮食,1500,模拟\n",
        "utf-8",
    )
    engine = open_engine(project)
    load_files(engine, project, sorted(folder.glob("*.csv")))
    snapshot = freeze(engine, project)
    engine.dispose()
    names = ["pesticide_use_t", "pesticide_intensity_kg_ha", "pass_rate_pct", "exceedance_rate_pct"]
    return compute(snapshot, names).set_index(["measure", "area", "period"])


def test_a_whole_total_is_reported(values: pd.DataFrame) -> None:
    row = values.loc[("pesticide_use_t", "510117", 2014)]
    assert (row["value"], row["n"], row["status"]) == (10, 2, "reported")


def test_a_withheld_part_withholds_the_total(values: pd.DataFrame) -> None:
    row = values.loc[("pesticide_use_t", "510116", 2014)]
    assert pd.isna(row["value"])
    assert row["status"] == "withheld"


def test_a_total_that_lacks_a_category_is_missing(values: pd.DataFrame) -> None:
    row = values.loc[("pesticide_use_t", "510118", 2014)]
    assert pd.isna(row["value"])
    assert row["status"] == "missing"


def test_zero_is_zero(values: pd.DataFrame) -> None:
    row = values.loc[("pesticide_use_t", "510129", 2014)]
    assert (row["value"], row["status"]) == (0, "reported")


def test_a_county_without_return_is_missing(values: pd.DataFrame) -> None:
    assert values.loc[("pesticide_use_t", "510131", 2014)]["status"] == "missing"


def test_the_province_says_how_much_it_covers(values: pd.DataFrame) -> None:
    row = values.loc[("pesticide_use_t", "510000", 2014)]
    assert row["value"] == 10 + 4 + 3 + 0
    # Two of the 183 counties filed whole returns.
    assert row["coverage"] == pytest.approx(2 / 183)


def test_intensity_divides_by_the_converted_area(values: pd.DataFrame) -> None:
    # 10 t on 1,500 mu = 100 ha.
    row = values.loc[("pesticide_intensity_kg_ha", "510117", 2014)]
    assert row["value"] == pytest.approx(100)


def test_a_ratio_leaves_out_counties_that_lack_a_part(values: pd.DataFrame) -> None:
    # 新津县 lacks a category: its 3 t must not be set against its whole area.
    row = values.loc[("pesticide_intensity_kg_ha", "510100", 2014)]
    assert row["value"] == pytest.approx(100)
    assert row["coverage"] == pytest.approx(1 / 20)


def test_a_ratio_is_as_good_as_its_weaker_half(values: pd.DataFrame) -> None:
    assert values.loc[("pesticide_intensity_kg_ha", "510117", 2014)]["status"] == "simulated"


def test_what_was_not_measured_does_not_pass(values: pd.DataFrame) -> None:
    row = values.loc[("exceedance_rate_pct", "510117", 2014)]
    assert (row["value"], row["n"]) == (50, 2)


def test_a_snapshot_without_returns_says_what_to_load(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    project = lay_out(tmp_path_factory.mktemp("reference") / "project")
    engine = open_engine(project)
    load_files(engine, project, [project.reference / "bases.csv"])
    snapshot = freeze(engine, project)
    engine.dispose()
    with pytest.raises(NoDataError, match="agriqa freeze"):
        compute(snapshot)


@pytest.mark.parametrize(
    ("rows", "usual"),
    [
        ([("1", 2014, "a"), ("2", 2014, "a"), ("3", 2014, "a"), ("3", 2014, "b")], {"a"}),
        ([("1", 2014, "a"), ("1", 2014, "b"), ("1", 2015, "a")], {"a", "b"}),
    ],
)
def test_a_stray_category_makes_nobody_incomplete(
    rows: list[tuple[str, int, str]], usual: set[str]
) -> None:
    frame = pd.DataFrame(rows, columns=["county_code", "year", "category"])
    assert _usual(frame, "category") == usual


def test_the_pass_rate_counts_routine_monitoring_only(values: pd.DataFrame) -> None:
    row = values.loc[("pass_rate_pct", "510117", 2014)]
    assert (row["value"], row["n"]) == (50, 2)
    assert row["low"] < 10
    assert row["high"] > 90
