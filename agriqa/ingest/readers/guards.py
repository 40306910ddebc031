"""Zip containers, archives and workbooks alike, opened with care.

What a header claims about a size is not believed: sizes are counted while reading.
"""

from __future__ import annotations

import copy
import struct
import zipfile
import zlib
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO

from agriqa.ingest.errors import IngestError
from agriqa.ingest.readers.limits import MAX_MEMBERS, MAX_RATIO, MAX_UNPACKED, RATIO_FROM

_CHUNK = 1 << 20
_END, _END_SIZE = b"PK\x05\x06", 22
# Bytes that an entry of the directory may have on average.
_MEAN_ENTRY = 512
_ENCRYPTED = 0x1


class Budget:
    """Bytes that may still be unpacked from one container.

    Examples
    --------
    >>> budget = Budget(Path("a.zip"), 10)
    >>> budget.spend(4)
    >>> budget.left
    6
    """

    def __init__(self, path: Path, limit: int = MAX_UNPACKED) -> None:
        self.path, self.limit, self.left = path, limit, limit

    def spend(self, size: int) -> None:
        """Take `size` bytes off; refuse when there are none left."""
        self.left -= size
        if self.left < 0:
            raise IngestError(
                self.path,
                f"解压后超过 {self.limit // 1_000_000:,} MB，已停止读取。"
                "请拆成几个文件，或把大表另存为 CSV 再载入；来历不明的文件请勿使用。",
                f"unpacks to more than {self.limit // 1_000_000:,} MB; reading was stopped. "
                "Split the file or save the large table as CSV; do not use a file you cannot "
                "trace.",
            )


def open_zip(path: Path, stream: BinaryIO) -> zipfile.ZipFile:
    """Open a zip container whose directory is sound: not too many members, none overlapping.

    Raises
    ------
    IngestError
        If it is truncated, damaged, encrypted or built to overwhelm.
    """
    _check_directory(path, stream)
    try:
        archive = zipfile.ZipFile(stream)
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise damaged(path, error) from error
    infos = sorted(archive.infolist(), key=lambda info: info.header_offset)
    if len(infos) > MAX_MEMBERS:
        raise _too_many(path)
    for first, second in pairwise(infos):
        if first.header_offset + first.compress_size > second.header_offset:
            raise IngestError(
                path,
                "压缩包里的文件互相重叠，是损坏或恶意的文件，已拒绝。请向报送单位要原文件。",
                "members of the zip container overlap: the file is damaged or malicious and "
                "was refused. Ask the sender for the original.",
            )
    return archive


def unpacked(
    path: Path, archive: zipfile.ZipFile, info: zipfile.ZipInfo, budget: Budget
) -> Iterator[bytes]:
    """Yield what a member holds, piece by piece, and refuse it when it unpacks too far.

    Raises
    ------
    IngestError
        If the member is encrypted, damaged or too large.
    """
    if info.flag_bits & _ENCRYPTED:
        raise IngestError(
            path,
            "压缩包有密码。请用密码解压后，直接载入解压出的文件。",
            "the zip container has a password. Unpack it with the password and load the files.",
        )
    # zipfile stops at the size the header claims; other readers do not.
    real = copy.copy(info)
    real.file_size = budget.limit + _CHUNK
    size = 0
    try:
        with archive.open(real) as stream:
            while chunk := stream.read(_CHUNK):
                size += len(chunk)
                budget.spend(len(chunk))
                if size > RATIO_FROM and size > MAX_RATIO * info.compress_size:
                    raise _bomb(path, info)
                yield chunk
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError) as error:
        raise damaged(path, error) from error
    except NotImplementedError as error:
        raise IngestError(
            path,
            f"压缩包用了不支持的压缩方法（{error}）。请解压后直接载入里面的文件。",
            f"the zip container uses a compression that is not supported ({error}). "
            "Unpack it and load the files.",
        ) from error
    if size != info.file_size:
        raise damaged(path, f"{info.file_size} ≠ {size}")


def damaged(path: Path, error: object) -> IngestError:
    """Return the error for a zip container that is cut off or damaged."""
    return IngestError(
        path,
        f"文件不完整或已损坏（{error}），可能没有下载或复制完。请重新下载或复制，"
        "或请报送单位重新发送。",
        f"the file is incomplete or damaged ({error}), perhaps not copied to the end. Copy or "
        "download it again, or ask the sender for it again.",
    )


def _check_directory(path: Path, stream: BinaryIO) -> None:
    """Look at the size of the directory before zipfile reads it whole."""
    size = stream.seek(0, 2)
    stream.seek(max(0, size - _END_SIZE - 0xFFFF))
    tail = stream.read()
    at = tail.rfind(_END)
    if at < 0 or len(tail) - at < _END_SIZE:
        raise damaged(path, "no end of directory")
    entries, length = struct.unpack_from("<HI", tail, at + 10)
    if entries > MAX_MEMBERS or length > MAX_MEMBERS * _MEAN_ENTRY:
        raise _too_many(path)
    stream.seek(0)


def _too_many(path: Path) -> IngestError:
    return IngestError(
        path,
        f"压缩包里的文件超过 {MAX_MEMBERS:,} 个，已拒绝。请解压后按文件夹分批载入。",
        f"the zip container holds more than {MAX_MEMBERS:,} files and was refused. "
        "Unpack it and load its folders in parts.",
    )


def _bomb(path: Path, info: zipfile.ZipInfo) -> IngestError:
    return IngestError(
        path,
        f"内容异常：压缩比超过 {MAX_RATIO} 倍（压缩炸弹），已停止读取。请向报送单位核实文件来历。",
        f"abnormal content: it unpacks to more than {MAX_RATIO} times its size (a zip bomb); "
        "reading was stopped. Ask the sender where the file comes from.",
    )
