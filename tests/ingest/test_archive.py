"""A zip archive is read like a folder, file by file."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path

import pytest

from agriqa.ingest import IngestError, find_files, other_files, read_file
from agriqa.ingest.readers import content_hash, open_file, read_grids
from tests.ingest.grids import REGISTER, USE
from tests.ingest.parts import packed, parts, text_cell

CSV = ",".join(USE) + "\n郫县,2014,杀虫剂,1\n"
BOOK = packed(parts(f'<row r="1">{text_cell("A1", "县名")}</row>'))


def archive(path: Path, members: dict[str, str | bytes]) -> Path:
    """Write a zip archive."""
    path.write_bytes(packed(members))
    return path


def inside(path: Path) -> list[str]:
    """Return what is found in an archive, by the path in it."""
    return [found.relative_to(path).as_posix() for found in find_files([path])]


def test_each_file_of_an_archive_is_read_by_a_path_through_it(tmp_path: Path) -> None:
    path = archive(tmp_path / "报表.zip", {"成都/用量.csv": CSV, "表.xlsx": BOOK, "说明.txt": "x"})
    assert inside(path) == ["成都/用量.csv", "表.xlsx"]
    assert other_files([path]) == [path / "说明.txt"]
    reading = read_file(path / "成都" / "用量.csv", REGISTER)
    assert reading.kept == 1
    assert reading.sha256 == hashlib.sha256(CSV.encode()).hexdigest()
    assert content_hash(path / "表.xlsx") == hashlib.sha256(BOOK).hexdigest()


def test_archives_in_a_folder_are_opened(tmp_path: Path) -> None:
    path = archive(tmp_path / "报表.ZIP", {"a.csv": CSV})
    (tmp_path / "b.csv").write_text(CSV, "utf-8")
    assert find_files([tmp_path]) == sorted([path / "a.csv", tmp_path / "b.csv"])


def test_names_written_in_gbk_are_read(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as out:
        out.writestr(zipfile.ZipInfo("x" * len("郫县农药.csv".encode("gbk"))), CSV)
    data = (tmp_path / "a.zip").read_bytes()
    name = "郫县农药.csv".encode("gbk")
    (tmp_path / "a.zip").write_bytes(data.replace(b"x" * len(name), name))
    assert inside(tmp_path / "a.zip") == ["郫县农药.csv"]


def test_names_cannot_lead_out_of_the_archive(tmp_path: Path) -> None:
    names = ["../../etc/a.csv", "/root/b.csv", "C:\\temp\\c.csv", "d/../../e.csv", "<b>\u202e.csv"]
    path = archive(tmp_path / "a.zip", dict.fromkeys(names, CSV))
    found = inside(path)
    assert found == ["C/temp/c.csv", "b_.csv", "d/e.csv", "etc/a.csv", "root/b.csv"]
    assert all(read_file(path / name, REGISTER).kept == 1 for name in found)


def test_names_that_become_equal_are_kept_apart(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.zip", {"a?.csv": CSV, "a*.csv": CSV + "双流县,2014,杀虫剂,1\n"})
    assert len(inside(path)) == 2
    assert sorted(read_file(found, REGISTER).kept for found in find_files([path])) == [1, 2]


def test_what_programs_leave_behind_is_passed_over(tmp_path: Path) -> None:
    names = ["__MACOSX/._a.csv", "~$a.xlsx", ".DS_Store", "成都/.隐.csv", "a.csv"]
    path = archive(tmp_path / "a.zip", dict.fromkeys(names, CSV))
    assert inside(path) == ["a.csv"]
    assert other_files([path]) == []


def test_an_archive_in_an_archive_is_refused_and_the_rest_read(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.zip", {"b.zip": packed({"c.csv": CSV}), "d.csv": CSV})
    nested, good = find_files([path])
    with pytest.raises(IngestError, match=r"a\.zip/b\.zip：压缩包里还有压缩包"):
        read_grids(nested)
    assert read_file(good, REGISTER).kept == 1


def test_a_bad_member_does_not_stop_the_others(tmp_path: Path) -> None:
    data = packed({"a.csv": CSV * 50, "b.csv": CSV})
    at = data.find(b"a.csv") + 20
    path = tmp_path / "a.zip"
    path.write_bytes(data[:at] + bytes(10) + data[at + 10 :])
    bad, good = find_files([path])
    with pytest.raises(IngestError, match="损坏"):
        read_grids(bad)
    assert read_file(good, REGISTER).kept == 1


def test_a_bomb_in_an_archive_is_stopped_and_the_rest_read(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.zip", {"a.csv": "1,2\n" * 5_000_000, "b.csv": CSV})
    bomb, good = find_files([path])
    with pytest.raises(IngestError, match="压缩比"):
        read_grids(bomb)
    assert read_file(good, REGISTER).kept == 1


def test_an_archive_that_claims_too_much_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agriqa.ingest.readers.archive.MAX_ARCHIVE", 10)
    path = archive(tmp_path / "a.zip", {"a.csv": CSV})
    assert find_files([path]) == [path]
    with pytest.raises(IngestError):
        read_grids(path)


def test_an_archive_without_tables_says_so(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.zip", {})
    assert find_files([path]) == [path]
    with pytest.raises(IngestError, match="没有可读取的文件"):
        read_grids(path)


def test_a_file_that_is_not_in_the_archive_is_said(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.zip", {"a.csv": CSV})
    with pytest.raises(IngestError, match="没有这个文件"):
        open_file(path / "无.csv")
