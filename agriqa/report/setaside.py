"""The county's own rows that were set aside for an error: where they stand and why."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import pandas as pd

from agriqa.areas import UnknownAreaError
from agriqa.datasets import dataset, datasets
from agriqa.errors import AgriqaError
from agriqa.figures.words import Language

if TYPE_CHECKING:
    from agriqa.areas import Register
    from agriqa.store.snapshot import Snapshot

_FIRST_CELLS = 4  # a row names its county among its first cells


@dataclass(frozen=True)
class SetAside:
    """One row of a return that was not used.

    Attributes
    ----------
    dataset : str
        The return.
    year : int or None
        The year the row is about, where that is known.
    file, sheet, row, header : str, str, int, str
        Where the wrong cell stands; rows count from 1.
    value : str
        What was written there; may be empty.
    why_zh, why_en : str
        What is wrong with it.
    sure : bool
        False where the county's name is misspelt and only resembles this one.
    """

    dataset: str
    year: int | None
    file: str
    sheet: str
    row: int
    header: str
    value: str
    why_zh: str
    why_en: str
    sure: bool = True

    def place(self, language: Language = "zh") -> str:
        """Say in which file, sheet and row it stands."""
        if language == "zh":
            return f"{self.file}“{self.sheet}”第 {self.row} 行"
        return f"{self.file}, sheet “{self.sheet}”, row {self.row}"

    def words(self, language: Language = "zh") -> str:
        """Say where it stands, what was written and what is wrong."""
        place = self.place(language)
        if language == "zh":
            if not self.sure:
                return f"{place}，县名写作“{self.value}”，名录中没有，疑为本县"
            read = "" if self.value in self.why_zh else f"填为 {self.value}"
            return f"{place}，“{self.header}”{read}：{self.why_zh.rstrip('。')}"
        if not self.sure:
            return f"{place}: no county is called “{self.value}”; probably this one"
        read = "" if self.value in self.why_en else f" reads {self.value}"
        return f"{place}, “{self.header}”{read}: {self.why_en.rstrip('.')}"


def set_aside(snapshot: Snapshot, code: str) -> tuple[SetAside, ...]:
    """Return the rows of a county's returns that were set aside, by file and row.

    Parameters
    ----------
    snapshot : Snapshot
        The frozen data, with its quarantine.
    code : str
        Code of the county in force today.
    """
    every = snapshot.table("quarantine")
    found = [
        row
        for name, rows in every.groupby("dataset")
        if name in datasets() and dataset(str(name)).kind == "return"
        for row in _own(snapshot, str(name), rows, code)
    ]
    return tuple(sorted(found, key=lambda r: (r.file, r.sheet, r.row)))


def _own(snapshot: Snapshot, name: str, rows: pd.DataFrame, code: str) -> Iterator[SetAside]:
    register = snapshot.register
    home = str(register.counties.set_index("code").at[code, "prefecture_code"])
    sheets = _sheets(snapshot, name, code)
    for row in rows.fillna({"value": ""}).itertuples():
        sheet = sheets.of(str(row.source_file), str(row.sheet))
        cells = [str(v) for v in json.loads(str(row.raw)).values() if v not in (None, "")]
        year = _year(name, json.loads(str(row.raw)), sheet.year)
        if any(cell in sheets.samples for cell in cells):
            sure = True
        elif sheet.prefecture not in (None, home):
            continue
        elif row.column == "county_code":
            if not _resembles(str(row.value), code, register, year, sheet.prefecture):
                continue
            sure = False
        elif _named(cells[:_FIRST_CELLS], register, year, sheet.prefecture) == code:
            sure = True
        else:
            continue
        yield SetAside(
            dataset=name, year=year, file=PurePosixPath(str(row.source_file)).name,
            sheet=str(row.sheet), row=int(str(row.row)), header=str(row.header),
            value=str(row.value), why_zh=str(row.message_zh), why_en=str(row.message_en),
            sure=sure,
        )  # fmt: skip


@dataclass(frozen=True)
class _Sheet:
    """What the rows kept from a sheet agree on."""

    year: int | None = None
    prefecture: str | None = None


@dataclass(frozen=True)
class _Sheets:
    known: dict[tuple[str, str], _Sheet]
    samples: frozenset[str]

    def of(self, file: str, sheet: str) -> _Sheet:
        return self.known.get((file, sheet), _Sheet())


def _sheets(snapshot: Snapshot, name: str, code: str) -> _Sheets:
    """Read the year and the prefecture of each sheet from its kept rows."""
    declared = dataset(name)
    if "county_code" not in declared.columns:
        # Its rows name a sample, and the sample its county.
        samples = snapshot.table("sample", columns=["sample_id", "county_code"])
        ours = samples.loc[samples["county_code"] == code, "sample_id"]
        return _Sheets({}, frozenset(ours))
    time = "year" if "year" in declared.columns else "sampled_on"
    time = time if time in declared.columns else "county_code"
    kept = snapshot.table(name, columns=["source_file", "sheet", "county_code", time])
    prefectures = snapshot.register.counties.set_index("code")["prefecture_code"]
    kept = kept.assign(
        year=pd.to_datetime(kept[time]).dt.year if time == "sampled_on" else kept[time],
        prefecture=kept["county_code"].map(prefectures),
    )
    distinct = kept[["source_file", "sheet", "year", "prefecture"]].drop_duplicates()
    known = {}
    for (file, sheet), group in distinct.groupby(["source_file", "sheet"]):
        years, places = group["year"].unique(), group["prefecture"].unique()
        known[str(file), str(sheet)] = _Sheet(
            int(years[0]) if len(years) == 1 and time != "county_code" else None,
            str(places[0]) if len(places) == 1 else None,
        )
    return _Sheets(known, frozenset())


def _year(name: str, raw: dict[str, object], otherwise: int | None) -> int | None:
    """Return the year that the row names in a column of years, or its sheet's."""
    spelt = {
        text for column in dataset(name) if column.type == "year"
        for text in (column.name, column.label.zh, column.label.en, *column.synonyms)
    }  # fmt: skip
    named = [str(value) for header, value in raw.items() if header in spelt]
    return int(named[0]) if named and named[0].isdigit() else otherwise


def _named(
    cells: list[str], register: Register, year: int | None, prefecture: str | None
) -> str | None:
    """Return the code of the county that one of the cells names."""
    for cell in cells:
        try:
            prefecture = prefecture or register.resolve_prefecture(cell)
        except AgriqaError:
            continue
    for cell in cells:
        try:
            return register.resolve(cell, year=year, prefecture=prefecture).code
        except AgriqaError:
            continue
    return None


def _resembles(
    text: str, code: str, register: Register, year: int | None, prefecture: str | None
) -> bool:
    """Whether a name that is in no register is nearest to this county's."""
    try:
        register.resolve(text, year=year, prefecture=prefecture)
    except UnknownAreaError as error:
        return bool(error.nearest) and code in error.nearest[0]
    except AgriqaError:
        return False
    return False
