"""Why a whole file cannot be read."""

from __future__ import annotations

from pathlib import Path

from agriqa.errors import AgriqaError


def display_name(path: Path) -> str:
    """Return a file's name; one in an archive is named with the archive.

    Examples
    --------
    >>> display_name(Path("in/用量.xlsx")), display_name(Path("in/2014.zip/成都/用量.xlsx"))
    ('用量.xlsx', '2014.zip/成都/用量.xlsx')
    """
    for parent in path.parents:
        if parent.suffix.lower() == ".zip":
            return path.relative_to(parent.parent).as_posix()
    return path.name


class IngestError(AgriqaError):
    """A file that cannot be read at all; the message says what to do.

    Parameters
    ----------
    path : Path
        The file.
    zh, en : str
        What is wrong and what to do, in Chinese and English.
    """

    def __init__(self, path: Path, zh: str, en: str) -> None:
        self.path = path
        self.zh = zh
        self.en = en
        name = display_name(path)
        super().__init__(f"{name}：{zh} / {name}: {en}")

    def __reduce__(self) -> tuple[type[IngestError], tuple[Path, str, str]]:
        # Readings may come from another process.
        return type(self), (self.path, self.zh, self.en)
