"""What a measure is, and how its parts become values for areas."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np

from agriqa.datasets import Label
from agriqa.errors import NoDataError
from agriqa.stats import wilson_interval
from agriqa.store import Snapshot

if TYPE_CHECKING:
    import pandas as pd

Kind = Literal["sum", "ratio", "proportion"]
Level = Literal["county", "prefecture", "province"]
Theme = Literal["bases", "inputs", "sampling", "brands"]

# Columns of the parts a measure is computed from: one row per county and period
# (county_code is missing for what is known of a prefecture or the province only).
# An `entity` column beside them names what may stand in several counties, to be
# counted once where they are added up.
PARTS = [
    "county_code", "prefecture_code", "period", "numerator", "denominator", "rows", "origin",
    "withheld", "complete",
]  # fmt: skip

TIDY = [
    "measure", "level", "area", "period", "value", "n", "low", "high", "status", "coverage",
]  # fmt: skip

# Weakest first: an area's figure is as good as its weakest part.
ORIGINS = ["simulated", "estimated", "reported", "published"]


class Source:
    """A snapshot's tables, each read once while measures are computed."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self._tables: dict[str, pd.DataFrame] = {}

    def table(self, name: str) -> pd.DataFrame:
        """Return one dataset of the snapshot."""
        if name not in self._tables:
            self._tables[name] = self.snapshot.table(name)
        return self._tables[name]

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


@dataclass(frozen=True)
class Measure:
    """One indicator of the registry.

    Attributes
    ----------
    id : str
        Name in tables and parameters; ends in its unit.
    label, formula : Label
        Chinese and English.
    unit : str
        Unit of the value, as a reader sees it.
    direction : {1, -1, 0}
        Whether more is better, worse or neither.
    kind : {"sum", "ratio", "proportion"}
        How parts of several counties become one value: added; the ratio of
        the added numerators and denominators; the same with a Wilson interval.
    scale : float
        Factor of a ratio, e.g. 100 for percent.
    zero_if_absent : bool
        Whether a county without a row has none (lists), not a missing return.
    parts : callable
        From the snapshot's tables to a frame of ``PARTS``.
    """

    id: str
    label: Label
    unit: str
    direction: Literal[1, -1, 0]
    theme: Theme
    kind: Kind
    formula: Label
    datasets: tuple[str, ...]
    reference: str
    parts: Callable[[Source], pd.DataFrame]
    scale: float = 1.0
    decimals: int = 1
    zero_if_absent: bool = False

    def values(self, source: Source, level: Level) -> pd.DataFrame:
        """Compute the measure for every area of one level.

        Returns
        -------
        DataFrame
            Columns ``TIDY``: value in ``unit``; n is samples for a
            proportion, else source rows; low and high are the 95 % limits of
            a proportion; coverage is the share of counties whose part is whole.
        """
        import pandas as pd

        parts = self._complete(self.parts(source), source)
        area = self._area(parts, level, source)
        parts = parts.assign(area=area)[area.notna()]
        if "entity" in parts:
            again = parts.duplicated(["area", "period", "entity"]) & parts["entity"].notna()
            parts = parts[~again]
        given = parts["numerator"].notna() & (parts["denominator"].notna() | (self.kind == "sum"))
        # A county's total that lacks one of its rows is no total, and a ratio must
        # not set one county's part against another's whole.
        whole = given & parts["complete"] & ~parts["withheld"]
        counted = parts[given if self.kind == "sum" and level != "county" else whole]
        keys = ["area", "period"]
        sums = counted.groupby(keys)[["numerator", "denominator", "rows"]].sum()
        every = parts.groupby(keys).agg(
            counties=("county_code", "nunique"), withheld=("withheld", "any")
        )
        origin = counted.assign(rank=counted["origin"].map(ORIGINS.index)).groupby(keys)["rank"]
        result = every.join(sums).join(origin.min().rename("rank"))
        result = result.join(parts[whole].groupby(keys)["county_code"].nunique().rename("have"))
        frame = pd.DataFrame(index=result.index)
        frame["value"], frame["n"], frame["low"], frame["high"] = self._evaluate(result)
        origins = result["rank"].map(lambda r: None if pd.isna(r) else ORIGINS[int(r)])
        absent = np.where(result["withheld"], "withheld", "missing")
        frame["status"] = origins.where(frame["value"].notna(), absent)
        frame["coverage"] = result["have"].fillna(0) / result["counties"].where(
            result["counties"] > 0
        )
        frame = frame.reset_index().assign(measure=self.id, level=level)
        return frame[TIDY].astype({"period": "int64", "n": "float64"})

    def _complete(self, parts: pd.DataFrame, source: Source) -> pd.DataFrame:
        """Add a row for every county that should be there and is not."""
        import pandas as pd

        have = parts.dropna(subset=["county_code"])[["county_code", "period"]]
        wanted = source.expected[source.expected["period"].isin(parts["period"].unique())]
        gaps = wanted.merge(have, how="left", indicator=True, on=["county_code", "period"])
        gaps = gaps[gaps["_merge"] == "left_only"][["county_code", "period"]]
        if gaps.empty:
            return parts
        fill = 0.0 if self.zero_if_absent else np.nan
        gaps = gaps.assign(
            prefecture_code=gaps["county_code"].map(source.prefecture_of),
            numerator=fill,
            denominator=np.nan,
            rows=0,
            origin="published" if self.zero_if_absent else "reported",
            withheld=False,
            complete=True,
        )
        return pd.concat([parts, gaps[PARTS]], ignore_index=True)

    def _area(self, parts: pd.DataFrame, level: Level, source: Source) -> pd.Series:
        import pandas as pd

        if level == "county":
            return parts["county_code"]
        if level == "prefecture":
            return parts["prefecture_code"].fillna(parts["county_code"].map(source.prefecture_of))
        return pd.Series(source.snapshot.project.code, index=parts.index)

    def _evaluate(
        self, sums: pd.DataFrame
    ) -> tuple[pd.Series, pd.Series, pd.Series | float, pd.Series | float]:
        import pandas as pd

        if self.kind == "sum":
            return sums["numerator"], sums["rows"], np.nan, np.nan
        below = sums["denominator"].where(sums["denominator"] > 0)
        value = self.scale * (sums["numerator"] / below)
        if self.kind == "ratio":
            return value, sums["rows"], np.nan, np.nan
        low, high = wilson_interval(sums["numerator"].fillna(0), below.fillna(0))
        limits = [pd.Series(self.scale * limit, index=sums.index) for limit in (low, high)]
        return value, sums["denominator"], limits[0], limits[1]
