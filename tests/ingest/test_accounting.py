"""Every row read is kept, quarantined or skipped, whatever the file looks like."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agriqa.ingest import IngestError, read_file
from tests.ingest.grids import REGISTER, USE, tables

CELLS = st.one_of(
    st.none(),
    st.sampled_from([*USE, "合计", "注：", "郫县", "双流县", "市中区", "杀虫剂", "保密", "—",
                     "2014年农药使用", "1,000", "约30", "％"]),
    st.integers(2010, 2020).map(float),
    st.floats(-10, 10_000),
    st.text(max_size=5),
)  # fmt: skip
ROWS = st.lists(st.lists(CELLS, min_size=4, max_size=4), max_size=12)


@given(above=ROWS, below=ROWS, header=st.permutations(USE))
@settings(deadline=None, max_examples=150)
def test_rows_add_up(
    above: list[list[object]], below: list[list[object]], header: list[str]
) -> None:
    rows = [*above, list(header), *below]
    assert tables(rows)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("空.xlsx", b"", "空的"),
        ("断.xlsx", b"PK\x03\x04 cut off", "损坏"),
        ("网页.xls", "<html><p>县</p></html>".encode(), "网页"),
        ("文本.xlsx", "不是工作簿".encode(), "文本"),
        ("乱.csv", b"\xff\xff\x81", "编码"),
    ],
)
def test_a_file_that_cannot_be_read_says_what_to_do(
    tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(IngestError) as caught:
        read_file(path, REGISTER)
    assert name in str(caught.value)
    assert said in str(caught.value)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_csv_is_read_in_the_encodings_people_use(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "用量.csv"
    path.write_bytes(",".join(USE).encode(encoding) + "\n郫县,2014,杀虫剂,1\n".encode(encoding))
    [sheet] = read_file(path, REGISTER).sheets
    assert sheet.kept["use_t"].tolist() == [1]


def test_a_forced_encoding_is_used(tmp_path: Path) -> None:
    path = tmp_path / "用量.csv"
    path.write_bytes((",".join(USE) + "\n郫县,2014,杀虫剂,1\n").encode("utf-16-le"))
    with pytest.raises(IngestError, match="utf-16-le"):
        read_file(path, REGISTER)
    [sheet] = read_file(path, REGISTER, encoding="utf-16-le").sheets
    assert len(sheet.kept) == 1


@pytest.mark.parametrize("years", ["2018-2019", "2019-2020"])
def test_encrypted_yearbooks_are_refused_with_a_reason(shared: Path, years: str) -> None:
    [path] = (shared / "samples" / "yearbook").glob(f"*{years}.xls")
    with pytest.raises(IngestError, match="加密"):
        read_file(path, REGISTER)


def test_a_yearbook_table_loses_no_row(shared: Path) -> None:
    for path in (shared / "samples" / "yearbook").glob("*.xlsx"):
        reading = read_file(path, REGISTER)
        assert reading.read == reading.skipped
        assert reading.kept == 0
