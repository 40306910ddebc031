"""Why a whole file cannot be read."""

from __future__ import annotations

from pathlib import Path

from agriqa.errors import AgriqaError


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
        super().__init__(f"{path.name}：{zh} / {path.name}: {en}")

    def __reduce__(self) -> tuple[type[IngestError], tuple[Path, str, str]]:
        # Readings may come from another process.
        return type(self), (self.path, self.zh, self.en)
