"""What a sheet says outside its table: the year, the prefecture and the unit."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from agriqa.areas import Register
from agriqa.datasets.units import canonical, split_unit
from agriqa.ingest.header import UNIT_LINE

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
    doubtful : tuple of str
        The units stated above another table of the sheet: this one may mean them too.
    year_from, prefecture_from : str
        The line or name that says so.
    """

    years: tuple[int, ...]
    prefecture: str | None
    units: tuple[str, ...] = ()
    doubtful: tuple[str, ...] = ()
    year_from: str = ""
    prefecture_from: str = ""


def context_of(
    lines: Sequence[str],
    sheet: str,
    path: Path,
    register: Register,
    *,
    inherited: Sequence[str] = (),
) -> Context:
    """Read the context of a table.

    Parameters
    ----------
    lines : sequence of str
        What stands above its header.
    sheet : str
        Name of the sheet.
    path : Path
        The file; its name, and for the prefecture its folder's, say something too.
    register : Register
        Knows the prefectures.
    inherited : sequence of str
        What stands above the first table of the sheet. It says the year and the
        prefecture of a table below whose own lines do not.
    """
    own, above = [_nfkc(text) for text in lines], [_nfkc(text) for text in inherited]
    names = [_nfkc(sheet), _nfkc(path.stem)]
    titles = own if any(map(years_in, own)) else [*above, *own]
    said = [(text, years_in(text)) for text in (*titles, *names)]
    years = sorted({year for _, found in said for year in found})
    where = ("".join(own), "".join(above), *names, path.parent.name)
    named = [(text, found) for text in where if (found := prefecture_named(text, register))]
    return Context(
        years=tuple(years),
        prefecture=named[0][1] if named else None,
        units=stated_units(lines),
        doubtful=stated_units(inherited),
        year_from=next((text for text, found in said if found), ""),
        prefecture_from=next((t for t in (*own, *above) if named and named[0][1] in t), "")
        or (named[0][0] if named else ""),
    )


def years_in(text: str) -> set[int]:
    """Return the years that a title names; a full date names none.

    Examples
    --------
    >>> years_in("2014年农药使用（2015年1月15日填报）")
    {2014}
    """
    return {int(found) for found in _YEAR.findall(_DATE.sub(" ", _nfkc(text)))}


def prefecture_named(text: str, register: Register) -> str | None:
    """Return the prefecture that a text names, when it names just one."""
    found = [name for name in register.prefectures["name"] if name in text]
    return found[0] if len(found) == 1 else None


def stated_units(lines: Iterable[str]) -> tuple[str, ...]:
    """Return the units that lines above a table state; what is no unit is left out.

    Examples
    --------
    >>> stated_units(["单位：公斤、亩"]), stated_units(["填报单位：某局"])
    (('公斤', '亩'), ())
    """
    return tuple(dict.fromkeys(unit for line in lines for unit in _units(line)))


def _nfkc(text: str) -> str:
    return unicodedata.normalize("NFKC", text)


def _units(line: str) -> list[str]:
    stated = UNIT_LINE.search(_nfkc(line))
    if stated:
        words = [stated[1]] if _is_unit(stated[1]) else re.split("[、,和/]", stated[1])
        return [word for word in words if _is_unit(word)]
    return [unit for _, unit in split_unit(line) if _is_unit(unit)]


def _is_unit(word: str) -> bool:
    # A short word after "单位：" that is no unit is one we do not know, not an office's name.
    return bool(word) and (canonical(word) is not None or len(word) == 1)
