"""Zip archives: their files are read like files in a folder of the archive's name.

A file in an archive is named by a path that leads through the archive:
``returns/2014.zip/成都/用量.xlsx``.
"""

from __future__ import annotations

import hashlib
import stat
import tempfile
import unicodedata
import zipfile
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import IO, BinaryIO, cast

from agriqa.ingest.errors import IngestError
from agriqa.ingest.readers.guards import Budget, damaged, open_zip, unpacked
from agriqa.ingest.readers.limits import MAX_ARCHIVE
from agriqa.safe import file_name

ARCHIVE_ENDING = ".zip"
_UTF8_FLAG = 0x800
# A member up to this size stays in memory [bytes].
_IN_MEMORY = 50_000_000


def in_archive(path: Path) -> tuple[Path, str] | None:
    """Split a path into the archive it leads through and the file in it, if it does."""
    for parent in path.parents:
        if parent.suffix.lower() == ARCHIVE_ENDING and parent.is_file():
            return parent, path.relative_to(parent).as_posix()
    return None


def members(archive: Path) -> dict[str, zipfile.ZipInfo]:
    """Return the files in an archive by name; hidden and lock files are left out.

    The names are safe: no ``..``, no control characters, none twice.

    Raises
    ------
    IngestError
        If the archive is damaged or built to overwhelm.
    """
    status = archive.stat()
    return _members(archive, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=8)
def _members(archive: Path, _changed: int, _size: int) -> dict[str, zipfile.ZipInfo]:
    with archive.open("rb") as stream, open_zip(archive, stream) as opened:
        infos = [info for info in opened.infolist() if not info.is_dir()]
    budget = Budget(archive, MAX_ARCHIVE)
    found: dict[str, zipfile.ZipInfo] = {}
    for info in infos:
        budget.spend(info.file_size)
        parts = PurePosixPath(_written_name(info).replace("\\", "/")).parts
        if "__MACOSX" in parts or parts[-1:] == () or parts[-1].startswith("~$"):
            continue
        if any(part.startswith(".") and part not in (".", "..") for part in parts):
            continue
        safe = "/".join(file_name(part) for part in parts if part not in ("/", ".", ".."))
        found[_unused(safe or file_name(""), found)] = info
    return found


def _unused(name: str, taken: dict[str, zipfile.ZipInfo]) -> str:
    path, number, free = PurePosixPath(name), 1, name
    while free in taken:
        number += 1
        free = str(path.with_name(f"{path.stem} ({number}){path.suffix}"))
    return free


def _written_name(info: zipfile.ZipInfo) -> str:
    """Return a member's name as its author wrote it; Windows in China writes GBK, unmarked."""
    if info.flag_bits & _UTF8_FLAG:
        return info.filename
    try:
        raw = info.filename.encode("cp437")
    except UnicodeEncodeError:
        return info.filename
    for encoding in ("utf-8", "gb18030"):
        try:
            return unicodedata.normalize("NFC", raw.decode(encoding))
        except UnicodeDecodeError:
            continue
    return info.filename


def open_file(path: Path) -> BinaryIO:
    """Open a file, or a file in an archive, for reading; the stream can be sought.

    Raises
    ------
    IngestError
        If it is no regular file, cannot be opened, or is a damaged, encrypted
        or oversized member of an archive.
    """
    inside = None if path.exists() else in_archive(path)
    if inside is not None:
        return _open_member(path, *inside)
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            kind = ("文件夹", "folder") if path.is_dir() else ("管道或设备", "pipe or device")
            raise IngestError(
                path,
                f"不是普通文件，而是{kind[0]}，无法读取。请给出工作簿或 CSV 文件。",
                f"is no regular file but a {kind[1]} and cannot be read; name a workbook or CSV.",
            )
        return path.open("rb")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise IngestError(
            path,
            f"打不开文件（{reason}），请检查路径和权限。",
            f"cannot open the file ({reason}); check path and permissions.",
        ) from error


def _open_member(path: Path, archive: Path, name: str) -> BinaryIO:
    info = members(archive).get(name)
    if info is None:
        raise IngestError(path, "压缩包里没有这个文件。", "there is no such file in the archive.")
    budget = Budget(path)
    out = cast(IO[bytes], tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY))  # noqa: SIM115
    try:
        with archive.open("rb") as stream, zipfile.ZipFile(stream) as opened:
            for chunk in unpacked(path, opened, info, budget):
                out.write(chunk)
    except BaseException as error:
        out.close()
        if isinstance(error, zipfile.BadZipFile):
            raise damaged(path, error) from error
        raise
    out.seek(0)
    return cast(BinaryIO, out)


def content_hash(path: Path) -> str:
    """Return the SHA-256 of a file, or of a file in an archive, in hexadecimal.

    Raises
    ------
    IngestError
        As `open_file`.
    """
    with open_file(path) as stream:
        return digest(stream)


def digest(stream: BinaryIO) -> str:
    """Return the SHA-256 of what a stream holds from here on, in hexadecimal."""
    sha256 = hashlib.sha256()
    while chunk := stream.read(1 << 20):
        sha256.update(chunk)
    return sha256.hexdigest()
