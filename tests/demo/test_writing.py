from __future__ import annotations

import hashlib
import io
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from python_calamine import CalamineWorkbook

from agriqa.demo import DemoError, write_demo
from agriqa.errors import UnknownNameError
from agriqa.project import Project
from tests.demo.conftest import FEW, YEARS


def _hashes(folder: Path) -> dict[str, str]:
    return {
        str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in sorted(folder.rglob("*"))
        if p.is_file()
    }


def _grids(path: Path) -> dict[str, list[list[Any]]]:
    """All the sheets of a workbook, or a CSV file as one sheet with its name, header first."""
    if path.suffix == ".xlsx":
        book = CalamineWorkbook.from_path(path)
        return {n: book.get_sheet_by_name(n).to_python() for n in book.sheet_names}
    raw = path.read_bytes()
    encoding = "utf-8-sig" if raw.startswith(b"\xef\xbb\xbf") else "gb18030"
    table = pd.read_csv(io.StringIO(raw.decode(encoding)), dtype=str, keep_default_na=False)
    return {path.stem: [list(table.columns), *table.to_numpy().tolist()]}


def test_the_same_seed_gives_the_same_bytes(project: Project, few: Path, tmp_path: Path) -> None:
    write_demo(project, out=tmp_path / "again", counties=FEW, years=YEARS)
    assert _hashes(tmp_path / "again") == _hashes(few)


def test_another_seed_gives_other_numbers(project: Project, few: Path, tmp_path: Path) -> None:
    write_demo(project, out=tmp_path / "other", counties=FEW, years=YEARS, seed=7)
    old, new = _hashes(few), _hashes(tmp_path / "other")
    assert set(old) == set(new)
    assert all(old[name] != new[name] for name in old if name != "README.md")


def test_files_are_laid_out_by_prefecture_and_year(few: Path) -> None:
    names = set(_hashes(few))
    assert "returns/510100_成都市/成都市_2014年农业统计报表.xlsx" in names
    assert {"sampling/样品_2018.csv", "sampling/残留_2018.csv", "truth.json", "README.md"} <= names
    # 恩阳区 was part of 巴州区, which was not chosen, until 2013: no workbook for 2012
    assert len(names) == len(FEW) * len(YEARS) - 1 + 4


def test_each_defect_stands_where_the_truth_says(few: Path, truth: dict[str, Any]) -> None:
    cells = [d for d in truth["defects"] if d["row"] is not None and d["value"] is not None]
    assert len(cells) > 10
    for defect in cells:
        row = _grids(few / defect["file"])[defect["sheet"]][defect["row"] - 1]
        shown = [format(c, "g") if isinstance(c, float) else str(c) for c in row]
        wanted = defect["value"]
        if defect["kind"] in ("negative", "impossible_percent"):
            wanted = format(float(wanted), "g")
        assert wanted in shown, defect


def test_units_other_than_declared_stand_in_the_header(few: Path, truth: dict[str, Any]) -> None:
    converted = [d for d in truth["defects"] if d["expected"] == "converted"]
    assert {d["kind"] for d in converted} == {"kilogram", "mu", "ten_thousand_mu"}
    for defect in converted:
        leaf = _grids(few / defect["file"])[defect["sheet"]][3]
        assert any(defect["value"] in str(cell) for cell in leaf), defect


def test_every_row_of_every_file_is_marked(few: Path) -> None:
    for path in [*few.rglob("*.xlsx"), *few.rglob("*.csv")]:
        for sheet, grid in _grids(path).items():
            rows = [r for r in grid if len(r) > 1 and str(r[1]) + str(r[2]) != ""][1:]
            marked = [r for r in rows if str(r[-1]) == "模拟"]
            headers = [r for r in rows if r not in marked]
            assert len(headers) <= 2, (path.name, sheet)
            assert sheet == "填表说明" or marked, (path.name, sheet)


def test_old_and_shared_names_are_listed(truth: dict[str, Any]) -> None:
    listed = {(n["name"], n["code"], n["kind"]) for n in truth["natural"]}
    assert ("郫县", "510117", "old_name") in listed
    assert ("市中区", "511002", "shared_name") in listed


def test_a_countys_numbers_do_not_depend_on_the_selection(
    project: Project, few: Path, tmp_path: Path
) -> None:
    write_demo(project, out=tmp_path / "one", counties=["513301"], years=[2018])
    name = "returns/513300_甘孜藏族自治州/甘孜藏族自治州_2018年农业统计报表.xlsx"
    alone, among = _grids(tmp_path / "one" / name), _grids(few / name)
    assert alone["监管能力"] == among["监管能力"]


def test_an_older_demo_is_replaced_whole(project: Project, tmp_path: Path) -> None:
    out = tmp_path / "demo"
    write_demo(project, out=out, counties=["513301"], years=[2013])
    write_demo(project, out=out, counties=["513301"], years=[2014])
    assert [p.name for p in out.rglob("*.xlsx")] == ["甘孜藏族自治州_2014年农业统计报表.xlsx"]
    assert [p.name for p in tmp_path.iterdir()] == ["demo"]


def test_a_folder_with_something_else_is_left_alone(project: Project, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep", "utf-8")
    with pytest.raises(DemoError, match="neither empty nor a demo"):
        write_demo(project, out=tmp_path, counties=["513301"], years=[2014])
    assert (tmp_path / "mine.txt").read_text("utf-8") == "keep"


def test_a_file_in_the_way_is_left_alone(project: Project, tmp_path: Path) -> None:
    (tmp_path / "demo").write_text("keep", "utf-8")
    with pytest.raises(DemoError, match="neither empty nor a demo"):
        write_demo(project, out=tmp_path / "demo", counties=["513301"], years=[2014])


def test_a_file_put_into_a_demo_is_left_alone(project: Project, tmp_path: Path) -> None:
    out = tmp_path / "demo"
    write_demo(project, out=out, counties=["513301"], years=[2014])
    (out / "returns" / "mine.txt").write_text("keep", "utf-8")
    with pytest.raises(DemoError, match=r"returns/mine\.txt"):
        write_demo(project, out=out, counties=["513301"], years=[2014])
    assert (out / "returns" / "mine.txt").read_text("utf-8") == "keep"


def test_unknown_counties_and_years_are_refused(project: Project, tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="510124"):  # an old code: ask for today's
        write_demo(project, out=tmp_path / "x", counties=["510124"])
    with pytest.raises(UnknownNameError, match="1999"):
        write_demo(project, out=tmp_path / "x", years=[1999])
    with pytest.raises(DemoError, match="no county code was chosen"):
        write_demo(project, out=tmp_path / "x", counties=[])
    assert not (tmp_path / "x").exists()


def test_the_truth_names_effect_totals_and_completeness(truth: dict[str, Any]) -> None:
    assert truth["complete"] is False
    assert truth["effect"]["log_effect"] == -0.08
    assert len(truth["effect"]["treated"]) > 40
    assert set(truth["effect"]["treated"].values()) <= set(range(2014, 2021))
    assert set(truth["totals"]["pesticide_use"]["use_t"]) == {str(y) for y in YEARS}
    assert truth["published"]["pesticide_t"]["2014"] == 59385


def test_progress_is_told_for_each_workbook(project: Project, tmp_path: Path) -> None:
    told: list[tuple[int, int, str]] = []
    write_demo(
        project,
        out=tmp_path / "demo",
        counties=["513301"],
        years=[2013, 2014],
        progress=lambda done, total, file: told.append((done, total, file)),
    )
    assert [(done, total) for done, total, _ in told] == [(1, 2), (2, 2)]
