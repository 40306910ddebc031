"""What a sheet says outside its table: the year and the prefecture."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from agriqa.areas import Register
from agriqa.ingest.readers import Grid

_YEAR = re.compile(r"(?<!\d)((?:19|20)\d{2})(?!\d)")


@dataclass(frozen=True)
class Context:
    """The years and the prefecture named in the title, the sheet's or the file's name."""

    years: tuple[int, ...]
    prefecture: str | None


def context_of(grid: Grid, above: int, path: Path, register: Register) -> Context:
    """Read the context of a table whose header starts at row `above`."""
    title = "".join(str(c) for row in grid.rows[:above] for c in row if isinstance(c, str))
    places = [unicodedata.normalize("NFKC", text) for text in (title, grid.name, path.stem)]
    years: tuple[int, ...] = ()
    for text in places:
        years = tuple(sorted({int(found) for found in _YEAR.findall(text)}))
        if years:
            break
    prefecture = next(
        filter(None, (_prefecture(t, register) for t in (*places, path.parent.name))), None
    )
    return Context(years, prefecture)


def _prefecture(text: str, register: Register) -> str | None:
    found = [name for name in register.prefectures["name"] if name in text]
    return found[0] if len(found) == 1 else None
