import json
import shutil
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from typer.testing import CliRunner

from agriqa.cli import app
from agriqa.errors import AgriqaError, NoDataError, UnknownNameError
from agriqa.project import Project
from agriqa.report.assessment import Assessment, assess
from agriqa.report.assessmentfiles import check_output, write_assessment
from agriqa.store import Snapshot
from tests.conftest import SMALL

YEAR = 2021


@pytest.fixture(scope="module")
def snapshot(small_project: Project) -> Snapshot:
    return Snapshot.open(small_project)


@pytest.fixture(scope="module")
def assessment(snapshot: Snapshot) -> Assessment:
    return assess(snapshot, period=YEAR, draws=50)


def write(assessment: Assessment, snapshot: Snapshot, folder: Path, **options) -> list[Path]:
    return write_assessment(assessment, snapshot, folder, draws=50, seed=0, **options)


def test_a_rank_stands_with_its_band_and_a_grade_with_its_probability(assessment: Assessment):
    table = assessment.table("index_county_quality")
    assert set(table["code"]) <= set(SMALL)
    assert (table["rank_low"] <= table["rank_high"]).all()
    assert table["rank_low"].dtype == "Int64"
    assert table["grade_probability"].between(0, 1).all()
    assert table["simulated"].all()


def test_the_trace_leads_from_the_index_to_the_values(assessment: Assessment, snapshot: Snapshot):
    from agriqa.measures import measure_table

    trace = assessment.table("index_county_quality_trace")
    tidy = measure_table(snapshot)
    row = trace[(trace["indicator"] == "green_control_pct") & trace["value"].notna()].iloc[0]
    value = tidy[
        (tidy["measure"] == "green_control_pct")
        & (tidy["area"] == row["code"])
        & (tidy["period"] == YEAR)
    ]["value"].item()
    assert row["value"] == value
    assert row["unit"] == "%"
    gaps = trace[(trace["level"] == 0) & trace["value"].isna()]
    assert gaps["status"].isin(["missing", "withheld", "too_few", "within_rounding"]).all()


def test_weights_in_the_index_sum_to_one(assessment: Assessment):
    trace = assessment.table("index_county_quality_trace")
    weights = trace[trace["level"] == 0].groupby("code")["effective"].sum()
    assert weights.to_numpy() == pytest.approx(1)


def test_a_card_is_scored_with_its_trace(assessment: Assessment):
    totals = assessment.table("card_safety_county").set_index("code")
    points = assessment.table("card_safety_county_trace").groupby("code")["points"].sum()
    county = SMALL[0]
    assert totals.loc[county, "exact"] == pytest.approx(points[county])
    assert assessment.example


def test_index_and_card_are_set_side_by_side(assessment: Assessment):
    table = assessment.table("disagreement_county_quality_safety_county")
    assert (table["difference"] == table["card_rank"] - table["index_rank"]).all()


def test_every_target_is_there_with_a_measure_or_a_reason(
    assessment: Assessment, snapshot: Snapshot
):
    table = assessment.table("targets")
    assert len(table) == len(snapshot.table("target"))
    unmeasured = table[table["value"].isna()]
    assert unmeasured["reason_zh"].str.len().gt(0).all()


def test_findings_name_index_card_and_targets(assessment: Assessment):
    text = "\n".join(assessment.findings)
    for words in ("县域农业质量指数", "国家农产品质量安全县", "项目标", "没有证据"):
        assert words in text


def test_an_unknown_index_or_card_is_refused(snapshot: Snapshot):
    with pytest.raises(UnknownNameError, match="county_quality"):
        assess(snapshot, period=YEAR, indexes=["county_qualty"], cards=[])
    with pytest.raises(AgriqaError, match="safety_county"):
        assess(snapshot, period=YEAR, indexes=[], cards=["safety_conty"])
    with pytest.raises(NoDataError, match="1999"):
        assess(snapshot, period=1999, cards=[])


def test_evidence_needs_the_one_card_it_belongs_to(snapshot: Snapshot, tmp_path: Path):
    with pytest.raises(NoDataError, match="--card"):
        assess(snapshot, period=YEAR, indexes=[], evidence=[tmp_path / "sheet.csv"])


def test_evidence_of_a_sheet_counts(snapshot: Snapshot):
    sheet = snapshot.project.config / "scorecards" / "example_safety_county.csv"
    found = assess(snapshot, period=YEAR, indexes=[], cards=["safety_county"], evidence=[sheet])
    trace = found.table("card_safety_county_trace")
    assert (trace["status"] == "example").any()


def test_the_folder_holds_every_table_in_every_kind(
    assessment: Assessment, snapshot: Snapshot, tmp_path: Path
):
    files = write(assessment, snapshot, tmp_path / "out")
    names = {path.name for path in files}
    for table in assessment.tables:
        assert {f"{table.name}.csv", f"{table.name}.parquet"} <= names
        stored = pd.read_parquet(tmp_path / "out" / f"{table.name}.parquet")
        assert len(stored) == len(table.frame)
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text("utf-8"))
    assert manifest["snapshot"] == snapshot.id
    assert set(manifest["files"]) == names - {"manifest.json"}


def test_every_sheet_says_that_the_data_are_simulated(
    assessment: Assessment, snapshot: Snapshot, tmp_path: Path
):
    write(assessment, snapshot, tmp_path / "out", kinds=["xlsx"])
    book = openpyxl.load_workbook(tmp_path / "out" / "assessment.xlsx", read_only=True)
    assert len(book.sheetnames) == sum(bool(one.headers) for one in assessment.tables) + 1
    for sheet in book:
        assert "模拟" in next(sheet.iter_rows(values_only=True))[0]


def test_the_workbook_of_another_language_has_its_own_words(snapshot: Snapshot, tmp_path: Path):
    found = assess(snapshot, period=YEAR, cards=["safety_county"], draws=50, language="en")
    write(found, snapshot, tmp_path / "out", kinds=["xlsx"], language="en")
    book = openpyxl.load_workbook(tmp_path / "out" / "assessment.xlsx", read_only=True)
    assert len({name.casefold() for name in book.sheetnames}) == len(book.sheetnames)
    for sheet in book.worksheets[1:]:
        headers = next(sheet.iter_rows(values_only=True, min_row=2, max_row=2))
        assert all(header.isascii() or "–" in header or "%" in header for header in headers)
    assert not any("一" <= letter <= "鿿" for text in found.findings for letter in text)


def test_every_table_by_county_says_whether_it_is_simulated(assessment: Assessment):
    for table in assessment.tables:
        if "code" in table.frame:
            assert {"simulated", "status"} & set(table.frame.columns), table.name


def test_a_card_without_sheets_says_how_much_evidence_it_lacks(assessment: Assessment):
    assert any("项没有证据" in finding for finding in assessment.findings)


def test_a_folder_that_cannot_be_made_is_refused_first(snapshot: Snapshot, tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(AgriqaError, match="No folder can be made"):
        check_output(tmp_path / "file" / "out", None)


def test_only_the_kinds_asked_for_are_written(
    assessment: Assessment, snapshot: Snapshot, tmp_path: Path
):
    files = write(assessment, snapshot, tmp_path / "out", kinds=["csv"])
    assert {path.suffix for path in files} == {".csv", ".json"}
    with pytest.raises(UnknownNameError, match="parquet"):
        write(assessment, snapshot, tmp_path / "other", kinds=["parket"])


def test_the_same_assessment_gives_the_same_bytes_and_replaces_the_one_before(
    assessment: Assessment, snapshot: Snapshot, tmp_path: Path
):
    folder = tmp_path / "out"
    write(assessment, snapshot, folder)
    first = {path.name: path.read_bytes() for path in folder.iterdir()}
    write(assessment, snapshot, folder)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == first
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_dir()) == ["out"]


def test_another_folder_is_never_written_over(
    assessment: Assessment, snapshot: Snapshot, tmp_path: Path
):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("keep")
    with pytest.raises(AgriqaError, match="nothing was written"):
        write(assessment, snapshot, tmp_path / "mine")
    assert (tmp_path / "mine" / "letter.txt").read_text() == "keep"


def test_a_failure_leaves_the_folder_before_as_it_was(
    assessment: Assessment, snapshot: Snapshot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    folder = tmp_path / "out"
    write(assessment, snapshot, folder, kinds=["csv"])
    before = sorted(path.name for path in folder.iterdir())

    def full(*_args: object, **_options: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(pd.DataFrame, "to_parquet", full)
    with pytest.raises(OSError, match="No space"):
        write(assessment, snapshot, folder)
    assert sorted(path.name for path in folder.iterdir()) == before
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == ["out"]


def test_the_command_says_what_it_found_and_where(small_project: Project, tmp_path: Path):
    out = tmp_path / "assessed"
    arguments = ["assess", "--project", str(small_project.root), "--period", str(YEAR)]
    arguments += ["--draws", "50", "--format", "csv", "--language", "en", "--out", str(out)]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    assert "simulated" in result.output
    assert str(out) in result.output
    assert (out / "index_county_quality.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    shutil.rmtree(out)
