"""What a sheet says outside its table: the year, the prefecture and the unit."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from agriqa.areas import Register
from agriqa.datasets.units import canonical, split_unit
from agriqa.ingest.header import UNIT_LINE
from agriqa.ingest.readers import Grid

_YEAR = re.compile(r"(?<!\d)((?:19|20)\d{2})(?!\d)")
# A full date says when the form was filled in, not which year it is about.
_DATE = re.compile(
    r"[〔\[(]\d{4}[〕\])]\s*\d+\s*号|"  # the number of a document
    r"\d{4}\s*(?:年\s*\d{1,2}\s*月\s*\d{1,2}|[-/.]\s*\d{1,2}\s*[-/.]\s*\d{1,2})"
)


@dataclass(frozen=True)
class Context:
    """What the title, the sheet's and the file's name say.

    Attributes
    ----------
    years : tuple of int
        Every year they name.
    prefecture : str or None
        Name of the prefecture, when they name just one.
    units : tuple of str
        The units stated above the table ("单位：公斤"), as written.
    """

    years: tuple[int, ...]
    prefecture: str | None
    units: tuple[str, ...] = ()


def context_of(grid: Grid, above: int, path: Path, register: Register) -> Context:
    """Read the context of a table whose header starts at row `above`."""
    lines = [str(c) for row in grid.rows[:above] for c in row if isinstance(c, str)]
    places = [unicodedata.normalize("NFKC", text) for text in (*lines, grid.name, path.stem)]
    years = {int(found) for text in places for found in _YEAR.findall(_DATE.sub(" ", text))}
    where = ("".join(places[:-2]), *places[-2:], path.parent.name)
    prefecture = next(filter(None, (prefecture_named(text, register) for text in where)), None)
    units = tuple(dict.fromkeys(unit for line in lines for unit in _units(line)))
    return Context(tuple(sorted(years)), prefecture, units)


def prefecture_named(text: str, register: Register) -> str | None:
    """Return the prefecture that a text names, None for none or several."""
    found = [name for name in register.prefectures["name"] if name in text]
    return found[0] if len(found) == 1 else None


def _units(line: str) -> list[str]:
    """Return the units that a line above the table states; what is no unit is left out."""
    stated = UNIT_LINE.search(unicodedata.normalize("NFKC", line))
    if stated:
        words = [stated[1]] if _is_unit(stated[1]) else re.split("[、,和/]", stated[1])
        return [word for word in words if _is_unit(word)]
    return [unit for _, unit in split_unit(line) if _is_unit(unit)]


def _is_unit(word: str) -> bool:
    # A short word after "单位：" that is no unit is one we do not know, not an office's name.
    return bool(word) and (canonical(word) is not None or len(word) == 1)
