"""The tables that measures are computed from, each read and prepared once."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from agriqa.errors import NoDataError
from agriqa.store import Snapshot

if TYPE_CHECKING:
    import pandas as pd

T = TypeVar("T")


class Source:
    """A snapshot's tables, each read once while measures are computed."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self._tables: dict[str, pd.DataFrame] = {}
        self._made: dict[Callable[[Source], object], object] = {}

    def table(self, name: str) -> pd.DataFrame:
        """Return one dataset of the snapshot."""
        if name not in self._tables:
            self._tables[name] = self.snapshot.table(name)
        return self._tables[name]

    def once(self, make: Callable[[Source], T]) -> T:
        """Return what a function makes of this source, made once for all measures."""
        if make not in self._made:
            self._made[make] = make(self)
        return self._made[make]  # type: ignore[return-value]

    @cached_property
    def periods(self) -> list[int]:
        """Years that the county returns cover."""
        years = set(self.table("pesticide_use")["year"]) | set(self.table("production")["year"])
        years |= {day.year for day in self.table("sample")["sampled_on"]}
        if not years:
            raise NoDataError(
                "快照里还没有县级报表，指标无从计算：请载入报表后再 agriqa freeze。"
                " / The snapshot holds no county returns to measure: load some, then agriqa freeze."
            )
        return list(range(int(min(years)), int(max(years)) + 1))

    @cached_property
    def expected(self) -> pd.DataFrame:
        """Counties that exist in each period: county_code, period."""
        import pandas as pd

        register = self.snapshot.register
        frames = [
            pd.DataFrame({"county_code": register.in_force(year)["current_code"].unique()}).assign(
                period=year
            )
            for year in self.periods
        ]
        return pd.concat(frames, ignore_index=True)

    @cached_property
    def prefecture_of(self) -> dict[str, str]:
        """Prefecture code of each county in force."""
        counties = self.snapshot.register.counties
        return dict(zip(counties["code"], counties["prefecture_code"], strict=True))

    def prefectures(self, counties: pd.Series) -> pd.Series:
        """Return the prefecture of each county; missing where it has none."""
        import pandas as pd

        # Few counties stand in many rows: each is looked up once.
        codes, names = pd.factorize(counties)
        known = pd.array([*(self.prefecture_of.get(name) for name in names), None], dtype="str")
        return pd.Series(known.take(codes), index=counties.index)

    @cached_property
    def places(self) -> pd.DataFrame:
        """Every area of every level in each period: level, area, period."""
        return self.levelled(self.expected)[["level", "area", "period"]].drop_duplicates()

    def levelled(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Repeat rows with a county_code for every level of area they belong to.

        Returns
        -------
        DataFrame
            The rows with ``level`` and ``area``, to be grouped by.
        """
        import pandas as pd

        county = rows["county_code"]
        levels = [
            rows.assign(level="county", area=county),
            rows.assign(level="prefecture", area=self.prefectures(county)),
            rows.assign(level="province", area=self.snapshot.project.code),
        ]
        return pd.concat(levels, ignore_index=True)
