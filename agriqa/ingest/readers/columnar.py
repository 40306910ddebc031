"""Parquet files as grids: the column names are the first row."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from agriqa.ingest.errors import IngestError
from agriqa.ingest.readers.grid import Grid, check_size, make_grid
from agriqa.ingest.readers.limits import MAX_TEXT, MAX_UNPACKED
from agriqa.ingest.readers.text import too_much_text

# Few rows at a time: a long text that is stored once may stand in every row.
_BATCH = 1024


def read_parquet(path: Path, stream: BinaryIO) -> Grid:
    """Read a Parquet file whole, as one sheet named like the file.

    Raises
    ------
    IngestError
        If it is damaged or larger than a grid may be.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(stream)
        about = file.metadata
        check_size(path, path.stem, about.num_rows + 1, about.num_columns)
        size = sum(about.row_group(i).total_byte_size for i in range(about.num_row_groups))
        if size > MAX_UNPACKED:
            raise too_much_text(path)
        return make_grid(path, path.stem, _rows(path, file))
    except (pa.ArrowException, OSError, ValueError, MemoryError) as error:
        raise IngestError(
            path,
            f"不是完好的 Parquet 文件（{error}），请重新导出。",
            f"not a well-formed Parquet file ({error}); export it again.",
        ) from error


def _rows(path: Path, file: Any) -> Iterator[list[object]]:
    yield list(file.schema_arrow.names)
    held = 0
    for batch in file.iter_batches(batch_size=_BATCH):
        columns = [[_plain(value) for value in column.to_pylist()] for column in batch.columns]
        held += sum(len(v) for column in columns for v in column if isinstance(v, str))
        if held > MAX_TEXT:
            raise too_much_text(path)
        yield from map(list, zip(*columns, strict=True)) if columns else ()


def _plain(value: object) -> object:
    from decimal import Decimal

    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return value
