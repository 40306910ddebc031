"""Files made to overwhelm, and files damaged by accident: each gets its own message."""

from __future__ import annotations

import os
import random
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
import xlwt

from agriqa.ingest import IngestError, find_files, other_files
from agriqa.ingest.readers import content_hash, limits, read_grids
from agriqa.ingest.readers.guards import open_zip
from tests.ingest.parts import SHEET, STRINGS, packed, parts, sheet, strings, text_cell, write_xlsx

ONE = f'<row r="1">{text_cell("A1", "县名")}<c r="B1"><v>1</v></c></row>'
BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>'


def refusal(path: Path, encoding: str | None = None) -> str:
    """Read a file that must be refused; returns the message, in two languages."""
    with pytest.raises(IngestError) as caught:
        read_grids(path, encoding=encoding)
    message = str(caught.value)
    assert caught.value.zh in message
    assert caught.value.en in message
    assert len(message) < 2000
    return message


def _bytes(content: bytes) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        path.write_bytes(content)

    return write


def _parts(members: dict[str, str | bytes]) -> Callable[[Path], None]:
    return _bytes(packed(members))


def _rows(rows: str, **more: str) -> Callable[[Path], None]:
    return _parts(parts(rows, **more))


def _xls(path: Path) -> None:
    book = xlwt.Workbook()
    book.add_sheet("表").write(0, 0, "县名")
    book.save(str(path))


def _wide_xls(path: Path) -> None:
    book = xlwt.Workbook()
    added = book.add_sheet("表")
    added.write(0, 0, "县名")
    added.write(65_535, 255, 1)
    book.save(str(path))


def _ole_named(stream: str) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        _xls(path)
        old = "Workbook".encode("utf-16-le")
        # A directory entry has 64 bytes for the name, then the name's length.
        data = bytearray(path.read_bytes())
        at = data.find(old)
        data[at : at + 66] = stream.encode("utf-16-le").ljust(64, b"\0") + struct.pack(
            "<H", 2 * len(stream) + 2
        )
        path.write_bytes(bytes(data))

    return write


def _wrong_size(path: Path) -> None:
    """Claim that a member is small; readers that trust the header stop there."""
    data = bytearray(packed(parts(ONE, **{"xl/media/big.xml": "x" * 5_000_000})))
    for signature, at in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        entry = data.rfind(signature, 0, data.rfind(b"xl/media/big.xml") + 1)
        if signature == b"PK\x03\x04":
            entry = data.find(b"xl/media/big.xml") - 30
        data[entry + at : entry + at + 4] = struct.pack("<I", 10)
    path.write_bytes(bytes(data))


def _overlapping(path: Path) -> None:
    data = packed({**parts(ONE), "a.xml": os.urandom(500), "b.xml": os.urandom(500)})
    first, second = data.find(b"a.xml") - 30, data.rfind(b"b.xml") - 46
    path.write_bytes(data[: second + 42] + struct.pack("<I", first) + data[second + 46 :])


def _locked(path: Path) -> None:
    data = bytearray(packed(parts(ONE)))
    at = 0
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = 0
        while (at := data.find(signature, at)) >= 0:
            data[at + offset] |= 1
            at += 4
    path.write_bytes(bytes(data))


WIDE = "".join("<c><v>1</v></c>" for _ in range(20_000))
FAR = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
SPARSE = f'<row r="1">{text_cell("A1", "a")}</row>{FAR}'
CLAIM = '<sst uniqueCount="4294967295" '
RANGES = "".join(f'<mergeCell ref="A1:B{n}"/>' for n in range(2, 9))
OVERLAPPING = f"<mergeCells>{RANGES}</mergeCells>"
MHTML = b"MIME-Version: 1.0\r\nContent-Type: multipart/related\r\n\r\n--x"
SPREADSHEET_ML = (
    b'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>'
    b'<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"></Workbook>'
)

CASES: list[tuple[str, Callable[[Path], None], str]] = [
    ("空.xlsx", _bytes(b""), "空的"),
    ("空白.csv", _bytes(b" \r\n\t\n" * 10), "空的"),
    ("很多空白.csv", _bytes(b" \r\n" * 10_000), "空的"),
    ("空.zip", _bytes(b""), "空的"),
    ("断.xlsx", _bytes(packed(parts(ONE))[:-300]), "不完整或已损坏"),
    ("断.zip", _bytes(packed({"a.csv": "县名,年份\n"})[:-30]), "不完整或已损坏"),
    ("改.xlsx", _bytes(packed(parts(ONE)).replace(b"\x01", b"\x02")), "损坏"),
    ("工作簿.csv", _parts(parts(ONE)), "改为 .xlsx"),
    ("旧工作簿.csv", _xls, "改为 .xls"),
    ("文本.xlsx", _bytes("县名,年份\n郫县,2014\n".encode()), "改为 .csv"),
    ("列.csv", _bytes(b"PAR1" + bytes(100) + b"PAR1"), "改为 .parquet"),
    ("列.parquet", _bytes(b"PAR1" + bytes(100) + b"PAR1"), "不是完好的 Parquet"),
    ("文本.parquet", _bytes("县名,年份\n".encode()), "改为 .csv"),
    ("压缩包.xlsx", _parts({"a.csv": "县名\n"}), "改为 .zip"),
    ("文.xlsx", _parts({"word/document.xml": "<w/>"}), "Word"),
    ("演示.xlsx", _parts({"ppt/presentation.xml": "<p/>"}), "演示文稿"),
    ("版式.xlsx", _parts({"OFD.xml": "<o/>"}), "OFD"),
    ("开放.xlsx", _parts({"content.xml": "<o/>", "mimetype": "x"}), "OpenDocument"),
    ("二进制.xlsx", _parts({"xl/workbook.bin": b"\0"}), "xlsb"),
    ("文.xls", _ole_named("WordDocument"), "Word 或 WPS 文字"),
    ("锁.xlsx", _ole_named("EncryptedPackage"), "已加密"),
    ("别的.xls", _ole_named("Contents"), "其他程序"),
    ("报告.xlsx", _bytes(b"%PDF-1.7\n"), "PDF"),
    ("照片.xls", _bytes(b"\xff\xd8\xff\xe0\x00\x10JFIF"), "图片"),
    ("图.csv", _bytes(b"\x89PNG\r\n\x1a\n\0\0"), "图片"),
    ("文.csv", _bytes(b"{\\rtf1\\ansi"), "RTF"),
    ("包.xlsx", _bytes(b"Rar!\x1a\x07\x00"), "解压"),
    ("网页.xls", _bytes(MHTML), "单个文件网页"),
    ("表.xls", _bytes(SPREADSHEET_ML), "XML 电子表格 2003"),
    ("配置.xls", _bytes(b"<?xml version='1.0'?><config/>"), "XML 文件"),
    ("没有表.xls", _bytes("<html><p>县</p></html>".encode()), "没有带数据的表格"),
    ("乱.xlsx", _bytes(bytes(range(1, 9)) * 50), "内容不是表格"),
    ("表.wps", _bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), "不支持的文件类型"),
    ("表", _bytes(b"1,2\n"), "不支持的文件类型"),
    ("表.ods", _bytes(b"PK\x03\x04"), "不支持的文件类型"),
    ("有密码.xlsx", _locked, "密码"),
    # made to overwhelm
    ("炸弹.xlsx", _rows(ONE, **{"docProps/app.xml": "a" * 40_000_000}), "压缩比"),
    ("撒谎.xlsx", _wrong_size, "损坏"),
    ("重叠.xlsx", _overlapping, "重叠"),
    ("零件.xlsx", _parts({f"{n}.xml": "" for n in range(10_001)}), "超过 10,000 个"),
    ("两份.xlsx", _rows(ONE, **{SHEET.upper(): sheet(ONE)}), "损坏"),
    ("实体.xlsx", _parts({**parts(ONE), SHEET: BOMB + sheet(ONE)}), "DOCTYPE"),
    ("实体2.xlsx", _rows(ONE, **{"docProps/core.xml": f"<a/>{BOMB}"}), "DOCTYPE"),
    ("实体3.xlsx", _rows(ONE, **{STRINGS: BOMB + strings("<si><t>&b;</t></si>")}), "DOCTYPE"),
    ("宽字.xlsx", _parts({**parts(ONE), SHEET: sheet(ONE).encode("utf-16")}), "损坏"),
    ("声称.xlsx", _rows(ONE, **{STRINGS: strings("<si/>").replace("<sst ", CLAIM)}), "损坏"),
    ("孤立.xlsx", _rows(SPARSE), "16,384 列"),
    ("孤立.xls", _wide_xls, "65,536 行 × 256 列"),
    ("百万列.xlsx", _rows(f'<row r="1">{WIDE}</row>'), "20,000 列"),
    ("坏地址.xlsx", _rows('<row r="1"><c r="ABCD99999999"><v>1</v></c></row>'), "损坏"),
    ("合并.xlsx", _parts({**parts(ONE), SHEET: sheet(ONE, after=OVERLAPPING)}), "互相重叠"),
    ("长行.csv", _bytes(b"a," + b"x" * 5_000_000 + b"\n"), "第 1 行超过"),
    ("长格.csv", _bytes(b'a,b\n1,"' + b"x" * 200_000 + b'"\n'), "第 2 行（文件第 2 行）"),
    ("多列.csv", _bytes(b"1\n" + b"," * 1_000_000 + b"\n"), "第 2 行"),
    ("参差.csv", _bytes(b"," * 9_999 + b"\n" + b"1\n" * 600), "超过 5,000,000 格"),
    ("引号.csv", _bytes('甲,乙\n1,2\n"3,4\n5,6\n'.encode()), "第 3 行（文件第 3 行）的引号"),
    ("引号2.csv", _bytes(b'a,b\n"1,2\n"3",4\n'), "第 2 行（文件第 2 行）的引号"),
    ("引号3.csv", _bytes(b'a,b\n"1,2\n' + b"3,4\n" * 500), "第 2 行（文件第 2 行）的引号"),
    ("大.html", _bytes(b"<table>" + b"<tr><td>1" * 1_100_000), "2,000,000 个"),
    ("深.html", _bytes(b"<div>" * 5_000 + b"<table><tr><td>1</table>"), "网页结构异常"),
    ("宽.html", _bytes(b"<table><tr>" + b"<td colspan=1000>1" * 20 + b"</table>"), "17,000 列"),
    ("高.html", _bytes(b"<table><tr>" + b"<td colspan=999 rowspan=9>1" * 16
                      + b"<tr><td>1" * 400 + b"</table>"), "超过 5,000,000 格"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "write", "said"), CASES, ids=[name for name, _, _ in CASES])
def test_a_hostile_or_damaged_file_is_refused_with_its_reason(
    tmp_path: Path, name: str, write: Callable[[Path], None], said: str
) -> None:
    path = tmp_path / name
    write(path)
    message = refusal(path)
    assert said in message
    assert name in message


def test_a_container_that_unpacks_too_far_is_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agriqa.ingest.readers.ooxml.Budget.__init__.__defaults__", (200_000,))
    noise = {f"{n}.xml": random.Random(n).randbytes(50_000).hex() for n in range(5)}
    assert "解压后超过" in refusal(write_xlsx(tmp_path / "大.xlsx", ONE, noise))


def test_too_large_a_file_says_its_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agriqa.ingest.readers.MAX_FILE", 100)
    assert "最多 0 MB" in refusal(write_xlsx(tmp_path / "大.xlsx", ONE))


def test_too_many_shared_strings_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agriqa.ingest.readers.sheetxml.MAX_CELLS", 1000)
    monkeypatch.setattr("agriqa.ingest.readers.grid.MAX_CELLS", 1000)
    more: dict[str, str | bytes] = {STRINGS: strings("<si/>" * 1001)}
    assert "sharedStrings" in refusal(write_xlsx(tmp_path / "串.xlsx", ONE, more))


def test_one_long_text_in_many_cells_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agriqa.ingest.readers.sheetxml.MAX_TEXT", 100_000)
    rows = "".join(f'<row r="{n}"><c r="A{n}" t="s"><v>0</v></c></row>' for n in range(1, 101))
    more: dict[str, str | bytes] = {STRINGS: strings(f"<si><t>{'甲' * 1000}</t></si>")}
    assert "合计超过" in refusal(write_xlsx(tmp_path / "长.xlsx", rows, more))


def test_one_long_text_in_many_cells_of_an_old_workbook_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agriqa.ingest.readers.biff.MAX_TEXT", 1_000_000)
    book = xlwt.Workbook()
    added = book.add_sheet("表")
    for row in range(100):
        added.write(row, 0, f"{row}" if row % 2 else "甲" * 30_000)
    book.save(str(tmp_path / "长.xls"))
    assert "合计超过" in refusal(tmp_path / "长.xls")


def test_a_merged_range_is_cut_to_the_used_range(tmp_path: Path) -> None:
    after = '<mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>'
    path = write_xlsx(tmp_path / "合并.xlsx", ONE, {SHEET: sheet(ONE, after=after)})
    [grid] = read_grids(path)[1]
    assert grid.merges == (((0, 0), (0, 1)),)


def test_formatted_empty_cells_far_away_do_no_harm(tmp_path: Path) -> None:
    far = f'{ONE}<row r="1048576"><c r="XFD1048576" s="0"/></row>'
    [grid] = read_grids(write_xlsx(tmp_path / "远.xlsx", far))[1]
    assert grid.rows == [["县名", 1]]


def test_too_many_members_are_counted_before_they_are_listed(tmp_path: Path) -> None:
    end = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, 5, 5, 0xFFFFFFF, 0, 0)
    path = tmp_path / "多.zip"
    path.write_bytes(b"PK\x03\x04" + end)
    with path.open("rb") as stream, pytest.raises(IngestError, match="超过 10,000 个"):
        open_zip(path, stream)


@pytest.mark.parametrize("make", [write_xlsx, None], ids=["xlsx", "xls"])
def test_a_file_with_random_damage_is_read_or_refused(
    tmp_path: Path, make: Callable[[Path, str], Path] | None
) -> None:
    path = tmp_path / ("a.xlsx" if make else "a.xls")
    make(path, ONE) if make else _xls(path)
    sound, dice = path.read_bytes(), random.Random(1)
    for _ in range(150):
        data = bytearray(sound)
        for _ in range(dice.randint(1, 30)):
            data[dice.randrange(len(data))] = dice.randrange(256)
        path.write_bytes(bytes(data[: dice.choice([len(data), dice.randrange(len(data))])]))
        try:
            read_grids(path)
        except IngestError:
            continue


def test_a_directory_in_a_circle_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "圈.xls"
    _xls(path)
    data = bytearray(path.read_bytes())
    at = data.find("Workbook".encode("utf-16-le"))
    # a folder that holds itself
    data[at + 66] = 1
    own = (at - data.find("Root Entry".encode("utf-16-le"))) // 128
    data[at + 68 : at + 80] = struct.pack("<3I", own, own, own)
    path.write_bytes(bytes(data))
    assert "其他程序" in refusal(path)


def test_a_claim_of_memory_does_not_end_the_process(tmp_path: Path) -> None:
    path = tmp_path / "声称.xls"
    _xls(path)
    data = bytearray(path.read_bytes())
    # the number of sectors of small streams, for which the reader would reserve memory
    data[64:68] = struct.pack("<I", 0x7FFFFFFF)
    path.write_bytes(bytes(data))
    try:
        assert read_grids(path)[1][0].rows == [["县名"]]
    except IngestError as error:
        assert "损坏" in str(error)  # noqa: PT017


def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "管道.csv")
    assert "管道或设备" in refusal(tmp_path / "管道.csv")
    assert find_files([tmp_path]) == []
    assert other_files([tmp_path]) == [tmp_path / "管道.csv"]
    with pytest.raises(IngestError):
        content_hash(tmp_path / "管道.csv")


def test_a_device_is_refused() -> None:
    assert "管道或设备" in refusal(Path("/dev/zero"))


def test_a_folder_is_not_read_as_a_file(tmp_path: Path) -> None:
    (tmp_path / "表.xlsx").mkdir()
    (tmp_path / "表.xlsx" / "a.csv").write_text("县名\n", "utf-8")
    assert "文件夹" in refusal(tmp_path / "表.xlsx")
    assert find_files([tmp_path]) == [tmp_path / "表.xlsx" / "a.csv"]


def test_what_may_not_be_opened_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.csv"
    path.write_text("县名\n", "utf-8")

    def closed(*_args: object, **_kwargs: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", closed)
    assert "检查路径和权限" in refusal(path)


def test_a_folder_that_may_not_be_opened_is_not_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "锁").mkdir()
    may = os.access
    monkeypatch.setattr(os, "access", lambda p, mode: Path(p).name != "锁" and may(p, mode))
    assert find_files([tmp_path]) == [tmp_path / "锁"]


def test_links_in_a_circle_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("县名\n", "utf-8")
    (tmp_path / "回").symlink_to(tmp_path)
    (tmp_path / "己.csv").symlink_to(tmp_path / "己.csv")
    assert find_files([tmp_path]) == [tmp_path / "a.csv"]
    assert other_files([tmp_path]) == [tmp_path / "回", tmp_path / "己.csv"]


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(IngestError, match="没有这个文件"):
        find_files([tmp_path / "无.xlsx"])


def test_limits_are_ordered() -> None:
    assert limits.MAX_CELL_TEXT < limits.MAX_LINE
    assert limits.MAX_FILE < limits.MAX_UNPACKED < limits.MAX_ARCHIVE
