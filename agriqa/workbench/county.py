"""One county of a workbench."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agriqa.datasets import dataset
from agriqa.errors import NoDataError
from agriqa.project import Language

if TYPE_CHECKING:
    import pandas as pd

    from agriqa.areas import Match
    from agriqa.workbench.workbench import Workbench


@dataclass(frozen=True)
class CountyView:
    """One county of a workbench."""

    workbench: Workbench
    match: Match

    def __repr__(self) -> str:
        return f"<{self.prefecture}{self.name} {self.code}>"

    @property
    def code(self) -> str:
        """Code in force today."""
        return self.match.code

    @property
    def name(self) -> str:
        """Name in force today."""
        return self.match.name

    @property
    def prefecture(self) -> str:
        """Name of its prefecture."""
        return self.workbench.register.name(self.match.prefecture_code)

    def measures(
        self,
        ids: str | Iterable[str] | None = None,
        *,
        period: int | None = None,
        language: Language = "zh",
    ) -> pd.DataFrame:
        """Return the county's measures, see :meth:`Workbench.measures`."""
        return self.workbench.measures(ids, period=period, area=self.code, language=language)

    def table(self, name: str) -> pd.DataFrame:
        """Return the county's rows of one dataset.

        Raises
        ------
        NoDataError
            If the dataset's rows do not belong to counties.
        """
        rows = self.workbench.table(name)
        if name == "brand":
            listed = rows["county_codes"].fillna("").str.split(";")
            return rows[[self.code in codes for codes in listed]]
        if name == "residue":
            samples = self.table("sample")["sample_id"]
            return rows[rows["sample_id"].isin(samples)]
        for column in dataset(name):
            if column.type == "county":
                return rows[rows[column.name] == self.code]
        raise NoDataError(
            f"数据集“{dataset(name).label.zh}”不按县记录。 / Dataset {name} is not kept by county."
        )
