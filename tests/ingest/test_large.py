"""A file read in parts gives what it gives when it is read whole."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from agriqa.ingest import IngestError, SheetReading, large, read_file
from tests.ingest.grids import REGISTER, USE

ROWS = st.lists(
    st.one_of(
        st.tuples(
            st.sampled_from(["郫县", "双流县", "市中区", "510117", "无此县"]),
            st.integers(2010, 2020).map(str),
            st.sampled_from(["杀虫剂", "除草剂", "生物农药", "农药"]),
            st.sampled_from(["1", "2.5", "1,234", "保密", "—", "约3", "", "9e9", "<1", '"5"']),
        ).map(list),
        st.sampled_from(
            [["合计", "", "", "9"], ["成都市", "2014", "", "7"], USE, ["注：x", "", "", ""]]
        ),
    ),
    max_size=25,
)  # fmt: skip


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a part as small as a few rows."""
    monkeypatch.setattr(large, "BLOCK", 120)
    monkeypatch.setattr(large, "ROWS", 3)


def parts_of(path: Path, **options: str) -> list[SheetReading]:
    return list(large.read_large(path, REGISTER, **options).sheets)


def places(frames: list[pd.DataFrame]) -> list[tuple[int, int]]:
    rows = pd.concat([frame[["row", "col"]] for frame in frames])
    return sorted({(int(r), int(c)) for r, c in zip(rows["row"], rows["col"], strict=True)})


def assert_alike(path: Path, **options: str) -> list[SheetReading]:
    """Compare the parts with the whole; rows that share a key are for the store to find."""
    whole = read_file(path, REGISTER, **options)
    parts = parts_of(path, **options)
    assert sum(part.rows_read for part in parts) == whole.read
    kept, problems, skipped = (
        pd.concat([getattr(sheet, name) for sheet in whole.sheets])
        for name in ("kept", "problems", "skipped")
    )
    shared, again = problems["reason"] == "conflicting_rows", skipped["reason"] == "duplicate"
    taken = [kept, problems[shared], skipped[again]]
    assert places([part.kept for part in parts]) == places(taken)
    assert places([part.problems for part in parts]) == places([problems[~shared]])
    assert places([part.skipped for part in parts]) == places([skipped[~again]])
    together = pd.concat([part.kept for part in parts]).set_index("row")
    columns = [name for name in together.columns if name != "sheet"]
    values = kept.set_index("row")[columns]
    pd.testing.assert_frame_equal(together.loc[values.index, columns], values)
    return parts


@pytest.mark.usefixtures("small_parts")
@settings(
    max_examples=25,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(rows=ROWS, title=st.booleans(), ragged=st.booleans())
def test_parts_give_what_the_whole_gives(
    tmp_path: Path, rows: list[list[str]], title: bool, ragged: bool
) -> None:
    lines = [["2014年农药使用", "", "", ""]] * title + [USE, ["郫县", "2009", "杀虫剂", "3"], *rows]
    lines.append(["双流县", "2009", "杀虫剂", "4"])
    if ragged:
        lines.insert(len(lines) // 2 + 1, ["双流县", "2008"])
    path = tmp_path / "用量.csv"
    path.write_text("".join(",".join(line) + "\n" for line in lines), "utf-8")
    assert_alike(path)


@pytest.mark.usefixtures("small_parts")
@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_every_encoding_and_line_end(tmp_path: Path, encoding: str, end: str) -> None:
    rows = [USE, *[["郫县", str(year), "杀虫剂", f"{year / 1000}"] for year in range(1995, 2024)]]
    path = tmp_path / "用量.csv"
    path.write_bytes("".join(",".join(row) + end for row in rows).encode(encoding))
    assert len(assert_alike(path)) > 3


@pytest.mark.usefixtures("small_parts")
def test_a_quoted_line_end_in_header_or_cell_moves_no_row(tmp_path: Path) -> None:
    path = tmp_path / "用量.csv"
    header = '"县（市、区）",年份,农药类别,"商品量\n（吨）"\n'
    rows = [f'"郫县",{year},"杀虫\n剂",1\n' for year in range(1995, 2024)]
    path.write_text(header + "".join(rows), "utf-8")
    parts = assert_alike(path)
    assert sum(len(part.kept) for part in parts) == 29


@pytest.mark.usefixtures("small_parts")
def test_parquet_is_read_in_parts(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            "county_code": "510117",
            "year": range(1995, 2024),
            "category": "insecticide",
            "use_t": [float(n) if n else None for n in range(29)],
        }
    )
    path = tmp_path / "use.parquet"
    frame.to_parquet(path)
    parts = assert_alike(path)
    assert sum(part.quarantined for part in parts) == 1


@pytest.mark.usefixtures("small_parts")
def test_a_quote_that_is_never_closed_names_its_row(tmp_path: Path) -> None:
    path = tmp_path / "用量.csv"
    rows = [f"郫县,{year},杀虫剂,1\n" for year in range(1995, 2010)]
    path.write_text(",".join(USE) + "\n" + "".join(rows) + '郫县,2011,"杀虫剂,1\n', "utf-8")
    with pytest.raises(IngestError, match="17"):
        parts_of(path)


def test_a_large_file_of_an_unknown_table_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("甲,乙\n1,2\n", "utf-8")
    with pytest.raises(IngestError, match="长表"):
        large.read_large(path, REGISTER)


def test_a_file_is_large_by_its_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.csv"
    path.write_text("甲,乙\n1,2\n", "utf-8")
    assert not large.is_large(path)
    monkeypatch.setattr(large, "LARGE", 5)
    assert large.is_large(path)
    assert not large.is_large(tmp_path / "none.csv")
