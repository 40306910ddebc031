"""The register of counties and prefectures over the years."""

from __future__ import annotations

from collections.abc import Hashable
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from agriqa.areas.errors import UnknownAreaError
from agriqa.areas.names import PROVINCES, normalise, prefecture_names
from agriqa.areas.resolver import Match, Resolver, Unit
from agriqa.errors import AgriqaError, UnknownNameError

_LANGUAGES = {"zh": "name", "en": "name_en"}


class Register:
    """Every county-level unit of the jurisdiction, today and in earlier years.

    A unit's years are inclusive and follow the year-end convention: it stands
    in the official list at the end of those years.

    Attributes
    ----------
    counties : DataFrame
        In force today: code, name, name_en, prefecture_code, prefecture,
        economic_zone.
    prefectures : DataFrame
        code, name, name_en, economic_zone.
    units : DataFrame
        All units: the columns of ``counties.csv`` plus current_code, today's
        main successor. valid_from and valid_to are nullable integers.

    Examples
    --------
    >>> register = Register.load(Path("data/reference"))
    >>> register.resolve("郫县", year=2014).code
    '510117'
    """

    def __init__(
        self, prefectures: pd.DataFrame, units: pd.DataFrame, changes: pd.DataFrame
    ) -> None:
        self.prefectures = prefectures
        self._changes = changes
        self.units = units.assign(current_code=_current_codes(units))
        today = self.units[self.units["valid_to"].isna()]
        zones = prefectures[["code", "economic_zone"]].rename(columns={"code": "prefecture_code"})
        self.counties = today[["code", "name", "name_en", "prefecture_code", "prefecture"]].merge(
            zones, on="prefecture_code", how="left", validate="many_to_one"
        )
        self._first_year = int(changes["year"].min()) - 1
        self._names = pd.concat([self.counties, prefectures]).set_index("code")
        self._resolver = Resolver(self._make_units(), self._prefecture_spellings())

    @classmethod
    def load(cls, folder: Path) -> Register:
        """Read prefectures.csv, counties.csv and county_changes.csv of `folder`.

        Raises
        ------
        AgriqaError
            If a file is missing.
        """
        units = _read(folder, "counties.csv")
        for column in ("valid_from", "valid_to"):
            units[column] = pd.to_numeric(units[column]).astype("Int64")
        changes = _read(folder, "county_changes.csv")
        changes["year"] = changes["year"].astype("int64")
        changes["breaks_series"] = changes["breaks_series"].eq("true")
        return cls(_read(folder, "prefectures.csv"), units, changes)

    def resolve(
        self, text: object, *, year: int | None = None, prefecture: str | None = None
    ) -> Match:
        """Return the county of today that `text` means.

        Accepts codes and names of today and of earlier years, with or without
        province and prefecture before them, short names and pinyin. Exact
        names come before short ones.

        Parameters
        ----------
        text : str
            What stands in the cell.
        year : int, optional
            Prefer the units of that year; a unit that changed in the year is
            known by both names. Any other era is a fallback, with a remark.
        prefecture : str, optional
            Name or code of the prefecture the county must be in.

        Raises
        ------
        AmbiguousAreaError
            If several counties fit, if the unit was split into several, or if
            the text is a prefecture's name as well.
        UnknownAreaError
            If nothing fits.

        Examples
        --------
        >>> register = Register.load(Path("data/reference"))
        >>> [register.resolve(t).code for t in ("成都市郫都区", "510124", "Pidu")]
        ['510117', '510117', '510117']
        """
        return self._resolver.resolve(text, year, prefecture)

    def resolve_prefecture(self, text: object) -> str:
        """Return the code of the prefecture that `text` names, full, short or old.

        Raises
        ------
        UnknownAreaError
            If it is no prefecture of the register.
        """
        return self._resolver.prefecture(text)

    def in_force(self, year: int) -> pd.DataFrame:
        """Return the units that stood at the end of `year`, with current_code.

        Raises
        ------
        AgriqaError
            If `year` lies before the first list the register knows.
        """
        if year < self._first_year:
            raise AgriqaError(
                f"县级名录自 {self._first_year} 年底起可查，没有 {year} 年。"
                f" / The register begins at the end of {self._first_year}; {year} is before it."
            )
        begun = self.units["valid_from"].fillna(year) <= year
        lasting = self.units["valid_to"].fillna(year) >= year
        return self.units[begun & lasting].reset_index(drop=True)

    def changes(self, code: str) -> pd.DataFrame:
        """Return the changes that touched today's county `code` or its predecessors.

        Raises
        ------
        UnknownAreaError
            If `code` is not a county in force today.
        """
        if code not in set(self.counties["code"]):
            raise self._no_such_code(code)
        line = self.units[self.units["current_code"] == code]
        ours = set(zip(line["code"], line["name"], strict=True))
        old = zip(self._changes["old_code"], self._changes["old_name"], strict=True)
        new = zip(self._changes["new_code"], self._changes["new_name"], strict=True)
        touched = [a in ours or b in ours for a, b in zip(old, new, strict=True)]
        found = self._changes[touched]
        return found[found["level"] == "county"].sort_values(
            "year", kind="stable", ignore_index=True
        )

    @cached_property
    def breaks(self) -> dict[str, tuple[int, ...]]:
        """Years in which the territory of today's counties changed, by code, sorted.

        Counties whose territory never changed are left out. Figures of before
        and after are about different areas.
        """
        changed = self._changes[
            self._changes["breaks_series"] & (self._changes["level"] == "county")
        ]
        today = self.units.set_index(["code", "name"])["current_code"].to_dict()
        found: dict[str, set[int]] = {}
        for row in changed.to_dict("records"):
            for side in ("old", "new"):
                code = today.get((row[f"{side}_code"], row[f"{side}_name"]))
                if code is not None:
                    found.setdefault(code, set()).add(int(row["year"]))
        return {code: tuple(sorted(years)) for code, years in found.items()}

    def name(self, code: str, lang: str = "zh") -> str:
        """Return the name of a county, prefecture or province of today.

        Raises
        ------
        UnknownAreaError
            If `code` is none of them.
        UnknownNameError
            If `lang` is neither ``zh`` nor ``en``.
        """
        if lang not in _LANGUAGES:
            raise UnknownNameError("语言", "language", lang, _LANGUAGES)
        if code in self._names.index:
            return str(self._names.at[code, _LANGUAGES[lang]])
        province = PROVINCES.get(code[:2]) if code.endswith("0000") else None
        if province and code[:2] in set(self.prefectures["code"].str[:2]):
            return province[0] if lang == "zh" else province[2]
        raise self._no_such_code(code)

    def _no_such_code(self, code: str) -> UnknownAreaError:
        return UnknownAreaError(
            f"“{code}”不是本名录中现行的代码。 / {code!r} is not a code in force in this register.",
            name=code,
        )

    def _make_units(self) -> list[Unit]:
        # Plain records: a frame would be searched once for each of the units.
        records = self.units.to_dict("records")
        today = {row["code"]: row for row in records if pd.isna(row["valid_to"])}
        endings: dict[tuple[str, str, int], list[dict[Hashable, Any]]] = {}
        for change in self._changes[self._changes["level"] == "county"].to_dict("records"):
            key = (change["old_code"], change["old_name"], change["year"])
            endings.setdefault(key, []).append(change)
        units = []
        for row in records:
            current = today[row["current_code"]]
            last = None if pd.isna(row["valid_to"]) else int(row["valid_to"])
            ending = endings.get((row["code"], row["name"], -1 if last is None else last + 1), [])
            split = [c["new_code"] for c in ending if c["change"] == row["change"]]
            units.append(
                Unit(
                    code=row["code"],
                    name=row["name"],
                    name_en=row["name_en"],
                    prefecture_code=row["prefecture_code"],
                    prefecture=row["prefecture"],
                    first=None if pd.isna(row["valid_from"]) else int(row["valid_from"]),
                    last=last,
                    change=row["change"],
                    current_code=row["current_code"],
                    current_name=current["name"],
                    current_prefecture_code=current["prefecture_code"],
                    current_prefecture=current["prefecture"],
                    heirs=tuple(split) if len(split) > 1 else (row["current_code"],),
                    territory_changed=any(c["breaks_series"] for c in ending),
                )
            )
        return units

    def _prefecture_spellings(self) -> dict[str, tuple[str, ...]]:
        """Return every way to write each prefecture, by code; the full name first."""
        spellings = {}
        renamed = self._changes[self._changes["level"] == "prefecture"]
        for row in self.prefectures.to_dict("records"):
            own = renamed[renamed["new_code"] == row["code"]]
            suffix = "zhou" if row["name"].endswith("州") else "shi"
            old = [text for name in own["old_name"] for text in prefecture_names(name)]
            spellings[row["code"]] = (
                *prefecture_names(row["name"]),
                *old,
                normalise(row["name_en"]),
                normalise(row["name_en"]) + suffix,
                row["code"],
                *own["old_code"],
            )
        return spellings


def _read(folder: Path, file: str) -> pd.DataFrame:
    path = Path(folder) / file
    if not path.is_file():
        raise AgriqaError(f"缺少参考数据文件：{path} / Reference file not found: {path}")
    return pd.read_csv(path, dtype="str", keep_default_na=False)


def _current_codes(units: pd.DataFrame) -> list[str]:
    """Follow each unit's main successors to the unit in force today."""
    successor = {
        (row.code, row.name): (row.successor_code, row.successor_name)
        for row in units[["code", "name", "successor_code", "successor_name"]].itertuples(
            index=False
        )
    }
    codes = []
    for start in successor:
        unit, seen = start, {start}
        while successor[unit][0]:
            unit = successor[unit]
            if unit not in successor or unit in seen:
                raise AgriqaError(
                    f"县级名录中 {start} 的沿革断开于 {unit}。"
                    f" / The register's chain from {start} breaks at {unit}."
                )
            seen.add(unit)
        codes.append(str(unit[0]))
    return codes
