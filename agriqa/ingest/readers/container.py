"""A sound OLE container around one stream.

Senders' containers may claim sizes that a reader would reserve memory for, or
chain their sectors in a circle. The stream is taken out with care and handed on
in a container of our own.
"""

from __future__ import annotations

import struct

from agriqa.ingest.readers.kind import OLE

_SECTOR = 4096
_FREE, _END, _FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
_IN_HEADER = 109


def wrapped(stream: bytes, name: str = "Workbook") -> bytes:
    """Return an OLE container (version 4) that holds `stream` alone.

    Examples
    --------
    >>> import io, olefile
    >>> with olefile.OleFileIO(io.BytesIO(wrapped(b"x" * 5000))) as container:
    ...     container.openstream("Workbook").read() == b"x" * 5000
    True
    """
    # Below one sector a stream would be kept elsewhere.
    stream = stream.ljust(_SECTOR, b"\0")
    sectors = -(-len(stream) // _SECTOR)
    fats = 1
    while fats * _SECTOR // 4 < sectors + 1 + fats:
        fats += 1
    if fats > _IN_HEADER:
        raise ValueError(f"{len(stream):,} bytes")
    chain = [*range(1, sectors), _END, _END, *[_FAT] * fats]
    table = struct.pack(f"<{len(chain)}I", *chain).ljust(fats * _SECTOR, b"\xff")
    own = [*range(sectors + 1, sectors + 1 + fats)]
    header = struct.pack(
        "<8s16x5H6x9I109I",
        OLE, 0x3E, 4, 0xFFFE, 12, 6,
        1, fats, sectors, 0, 4096, _END, 0, _END, 0,
        *own, *[_FREE] * (_IN_HEADER - fats),
    )  # fmt: skip
    entries = _entry("Root Entry", 5, 1, 0, 0) + _entry(name, 2, _FREE, 0, len(stream))
    body = stream.ljust(sectors * _SECTOR, b"\0")
    return header.ljust(_SECTOR, b"\0") + body + entries.ljust(_SECTOR, b"\0") + table


def _entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
    text = name.encode("utf-16-le") + b"\0\0"
    return struct.pack(
        "<64sHBBIII36xIQ", text, len(text), kind, 1, _FREE, _FREE, child, start, size
    )
