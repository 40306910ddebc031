"""Which files there are to read, in folders and archives."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from agriqa.ingest.errors import IngestError
from agriqa.ingest.readers.archive import ARCHIVE_ENDING, in_archive, members

WORKBOOK_ENDINGS = (".xlsx", ".xlsm", ".xls", ".et")
HTML_ENDINGS = (".html", ".htm")
PARQUET_ENDINGS = (".parquet",)
# What holds tables itself.
TABLE_ENDINGS = (*WORKBOOK_ENDINGS, ".csv", *PARQUET_ENDINGS, *HTML_ENDINGS)
ENDINGS = (*TABLE_ENDINGS, ARCHIVE_ENDING)


def find_files(paths: Iterable[Path]) -> list[Path]:
    """Return the loadable files among `paths`, in folders and in archives, sorted.

    Hidden files and the lock files of an open workbook (``~$…``) are left out.
    A file in an archive has a path that leads through it,
    ``returns.zip/成都/用量.xlsx``; `open_file` opens it. A file that is named
    itself is always returned, so that reading it says why it cannot be read,
    and so are archives and folders that cannot be opened; for the other files
    inside folders and archives see `other_files`.

    Raises
    ------
    IngestError
        If a path does not exist.
    """
    named = list(paths)
    found = {p for path in named for p in _expand(path) if p == path or _loadable(p)}
    return sorted(found)


def other_files(paths: Iterable[Path]) -> list[Path]:
    """Return what is in the folders and archives among `paths` and is not loadable, sorted.

    Files of other kinds, links to folders (which are not followed), broken links and pipes.
    """
    return sorted({p for path in paths for p in _expand(path) if p != path and not _loadable(p)})


def _loadable(path: Path) -> bool:
    if path.is_symlink() and not path.is_file():
        return False
    # A nested archive is refused when it is read, and a folder that cannot be opened too.
    return (path.suffix.lower() in ENDINGS and (path.is_file() or not path.exists())) or _shut(path)


def _shut(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink() and not os.access(path, os.R_OK | os.X_OK)


def _expand(path: Path) -> list[Path]:
    if not os.path.lexists(path):
        if in_archive(path):
            return [path]
        raise IngestError(path, "没有这个文件或文件夹。", "no such file or folder.")
    if not path.is_dir():
        return _opened(path)
    if _shut(path):
        return [path]
    found: list[Path] = []
    for folder, folders, files in os.walk(path):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        here = Path(folder)
        found += [here / name for name in folders if (here / name).is_symlink()]
        found += [here / name for name in folders if _shut(here / name)]
        for name in files:
            if not name.startswith((".", "~$")):
                found += _opened(here / name)
    return found


def _opened(path: Path) -> list[Path]:
    """Return the files in an archive, or the file itself when it is none or cannot be opened."""
    if path.suffix.lower() != ARCHIVE_ENDING or not path.is_file():
        return [path]
    try:
        inner = members(path)
    except (IngestError, OSError):
        return [path]
    return [path.joinpath(*name.split("/")) for name in inner] or [path]
