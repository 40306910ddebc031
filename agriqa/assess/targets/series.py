"""The yearly values that a target is compared with, from figures, measures or lists."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np

from agriqa.assess.targets.settings import Count, TargetSettings, Treatment
from agriqa.measures import compute, measure
from agriqa.measures.parts import counted_codes
from agriqa.measures.published import SECOND_HAND, yearly_figures
from agriqa.stats.precision import (
    PublishedFigures,
    figure_change,
    figure_difference,
    figure_mean,
)

if TYPE_CHECKING:
    import pandas as pd

    from agriqa.datasets import Label
    from agriqa.measures.measure import Level
    from agriqa.store import Snapshot

Range = Literal["rounding", "sampling", "none"]
_LIMITS = ["value", "low", "high"]


@dataclass(frozen=True)
class Goal:
    """What a target asks, as far as its values depend on it.

    Attributes
    ----------
    area, area_code : str
        Name, and code within the jurisdiction; the code is empty outside of it.
    unit : str
        Unit of the target.
    upward : bool
        Whether more meets it.
    base : float
        The base that it states itself; missing where it states none.
    """

    area: str
    area_code: str
    unit: str
    upward: bool
    base: float


@dataclass(frozen=True)
class Series:
    """Yearly values in the unit of the target.

    Attributes
    ----------
    yearly : DataFrame
        By ``period``: value, low, high, n, status, and ``of``, the year that the value is of.
    trace : DataFrame
        The rows behind them.
    range : {"rounding", "sampling", "none"}
        What low and high are.
    zh, en : str
        Where the values come from.
    base, base_period : float
        Value and year at the start; missing where there is none.
    """

    yearly: pd.DataFrame
    trace: pd.DataFrame
    range: Range
    zh: str
    en: str
    base: float = np.nan
    base_period: float = np.nan


class Evidence:
    """A snapshot's tables as the targets read them, up to a year, each read once.

    `tidy` is the measure table, where it is at hand.
    """

    def __init__(
        self,
        snapshot: Snapshot,
        settings: TargetSettings,
        period: int,
        tidy: pd.DataFrame | None = None,
    ) -> None:
        self.snapshot = snapshot
        self.settings = settings
        self.period = period
        self._tidy = tidy

    @cached_property
    def figures(self) -> pd.DataFrame:
        """Figures of whole years, as somebody published them."""
        rows = self.snapshot.table("published_figure")
        whole = rows["period"] == rows["year"].astype("Int64").astype("str")
        own = whole.fillna(False).astype(bool) & ~rows["qualifier"].isin(SECOND_HAND)
        return rows[own & (rows["year"] <= self.period).fillna(False).astype(bool)]

    @cached_property
    def lists(self) -> pd.DataFrame:
        """Entries of the lists of designations that have a year."""
        rows = self.snapshot.table("base")
        return rows[(rows["year_from"] <= self.period).fillna(False).astype(bool)]

    @cached_property
    def measures(self) -> pd.DataFrame:
        """The measures that targets are read from, up to the year."""
        tidy = self._tidy
        if tidy is None:
            named = self.snapshot.table("target", columns=["measure"])["measure"].dropna()
            own = [one.measure for one in self.settings.treatment if one.measure is not None]
            tidy = compute(self.snapshot, sorted({*named, *own}))
        return tidy[tidy["period"] <= self.period]

    def candidates(self, treatment: Treatment, goal: Goal, named: str | None) -> list[Series]:
        """Return the series a target may be read from, published ones first.

        `named` is the measure that the target itself names.
        """
        found = []
        if treatment.series:
            found.append(_published(self, treatment, goal))
        name = named or treatment.measure
        if name is not None and goal.area_code:
            found.append(_measured(self, treatment, goal, name))
        if treatment.count is not None:
            found.append(_counted(self, treatment, treatment.count, goal))
        return [_changed(one, treatment, goal) for one in found if one is not None]


def _published(evidence: Evidence, treatment: Treatment, goal: Goal) -> Series | None:
    """Return published figures; of several indicators the least favourable in each year."""
    import pandas as pd

    rows = evidence.figures
    rows = rows[rows["indicator"].isin(treatment.series) & (rows["area"] == goal.area)]
    if set(rows["indicator"]) != set(treatment.series):
        return None
    unit = treatment.unit or (goal.unit if treatment.change == "none" else None)
    counting = evidence.settings.counting_units
    frames = []
    for _, own in rows.groupby("indicator"):
        yearly = yearly_figures(
            own, unit or str(own["unit_of_value"].iloc[0]), counting_units=counting
        )
        yearly = yearly.rename(columns={"origin": "status"})
        frames.append(_difference(yearly, treatment))
    together = pd.concat(frames).reset_index()
    shared = together[together.groupby("period")["value"].transform("size") == len(frames)]
    worst = shared.sort_values("value", ascending=goal.upward).drop_duplicates("period")
    names = "、".join(treatment.series)
    return Series(
        worst.set_index("period").sort_index(), rows, "rounding",
        f"公布数：{goal.area}{names}", f"published figures: {goal.area}, {names}",
    )  # fmt: skip


def _measured(evidence: Evidence, treatment: Treatment, goal: Goal, name: str) -> Series | None:
    """Return a measure of the target's area, or its lowest value over smaller areas."""
    tidy = evidence.measures
    tidy = tidy[tidy["measure"] == name]
    if treatment.lowest_of is None:
        rows = tidy[tidy["area"] == goal.area_code]
    else:
        rows = tidy[tidy["level"] == treatment.lowest_of]
        have = rows.dropna(subset=["value"]).groupby("period")["area"].nunique()
        asked = [_areas(evidence, treatment.lowest_of, int(year)) for year in have.index]
        whole = have.index[have >= asked]
        rows = rows[rows["period"].isin(whole)]
    # A change within rounding has a range and no value: its middle only holds the place.
    middle = (rows["low"] + rows["high"]) / 2
    value = rows["value"].where(rows["value"].notna() | (not treatment.rounded), middle)
    rows = rows.assign(value=value).dropna(subset=["value"])
    if rows.empty:
        return None
    yearly = rows.sort_values(["value", "area"]).drop_duplicates("period").set_index("period")
    declared = measure(name)
    ranged = declared.interval is not None and bool(rows["low"].notna().any())
    label: Label = declared.label
    return Series(
        _difference(yearly[[*_LIMITS, "n", "status"]].sort_index(), treatment),
        rows,
        "rounding" if treatment.rounded else "sampling" if ranged else "none",
        f"指标：{label.zh}（{name}）",
        f"measure: {label.en} ({name})",
    )


def _counted(evidence: Evidence, treatment: Treatment, count: Count, goal: Goal) -> Series | None:
    """Count entries of the lists, each once from its first year."""
    import pandas as pd

    rows = evidence.lists
    rows = rows[
        rows["programme"].isin(count.programme)
        & rows["status"].isin(count.status or counted_codes("base_status"))
    ]
    if count.level is not None:
        rows = rows[rows["level"] == count.level]
    if count.counties:
        rows = rows[rows["county_code"].isin(count.counties)]
    elif goal.area_code != evidence.snapshot.project.code:
        inside = (rows["prefecture_code"], rows["county_code"])
        rows = rows[(inside[0] == goal.area_code) | (inside[1] == goal.area_code)]
    if rows.empty:
        return None
    same = ["county_code"] if count.share else ["name", "county_code", "prefecture_code"]
    first = rows.groupby(same, dropna=False)["year_from"].min().astype(int)
    years = pd.RangeIndex(int(first.min()), evidence.period + 1, name="period")
    reached = np.equal if treatment.mode == "in_year" else np.less_equal
    number = [float(reached(first, year).sum()) for year in years]
    yearly = pd.DataFrame({"value": number, "n": number, "status": "published"}, index=years)
    if count.share:
        whole = goal.area_code == evidence.snapshot.project.code
        within = "" if whole else goal.area_code[:4]
        counties = {year: _areas(evidence, "county", year, within) for year in years}
        yearly["value"] *= 100 / yearly.index.map(counties).to_numpy(dtype=float)
        yearly["n"] = yearly.index.map(counties).to_numpy(dtype=float)
    yearly = yearly.assign(low=yearly["value"], high=yearly["value"])
    names = "、".join(count.programme)
    return Series(yearly, rows, "none", f"名单：{names}", f"lists of designations: {names}")


def _areas(evidence: Evidence, level: Level, year: int, within: str = "") -> int:
    """Count the areas of a level in a year, of the jurisdiction or of one prefecture."""
    codes = evidence.snapshot.register.in_force(year)["current_code"]
    codes = codes[codes.str.startswith(within)]
    return int((codes if level == "county" else codes.str[:4]).nunique())


def _figures(yearly: pd.DataFrame) -> PublishedFigures:
    value = yearly["value"].to_numpy(dtype=float)
    ends = (yearly[c].fillna(yearly["value"]).to_numpy(dtype=float) for c in ("low", "high"))
    return PublishedFigures(value, *ends)


def _difference(yearly: pd.DataFrame, treatment: Treatment) -> pd.DataFrame:
    """Take the change that the target is about; years without their base are left out."""
    change = treatment.change
    if change == "none":
        return yearly
    if change.endswith("from_base"):
        if not set(treatment.base_years) <= set(yearly.index):
            return yearly.iloc[:0]
        now = yearly[yearly.index >= max(treatment.base_years)]
        base = figure_mean(_figures(yearly.loc[list(treatment.base_years)]))
    else:
        now = yearly[yearly.index.isin(yearly.index + 1)]
        base = _figures(yearly.loc[now.index - 1])
    compare = figure_change if change.startswith("percent") else figure_difference
    found = compare(_figures(now), base)
    result = now.assign(value=found.value, low=found.low, high=found.high)
    if treatment.base_years:
        # The base set against itself is no change, whatever its rounding leaves open.
        alone = (result.index == treatment.base_years[0]) & (len(treatment.base_years) == 1)
        result.loc[alone, _LIMITS] = 0.0
    return result


def _changed(series: Series, treatment: Treatment, goal: Goal) -> Series:
    """Bring a series to the target's unit, sum or worst year, and find its base."""
    yearly = series.yearly.copy()
    scaled = yearly[_LIMITS] * treatment.factor
    yearly["value"] = scaled["value"]
    yearly["low"], yearly["high"] = scaled[["low", "high"]].min(axis=1), scaled.max(axis=1)
    yearly.loc[series.yearly["low"].isna(), ["low", "high"]] = np.nan
    if treatment.since is not None:
        yearly = yearly[yearly.index >= treatment.since]
    if treatment.mode == "cumulative":
        if not treatment.partial:
            whole = yearly.index == np.arange(len(yearly)) + (treatment.since or 0)
            yearly = yearly[whole]
        yearly[_LIMITS] = yearly[_LIMITS].cumsum()
    yearly["of"] = yearly.index
    if treatment.mode == "every_year" and treatment.since is not None:
        yearly = _worst_so_far(yearly, goal)
    base, since = goal.base, np.nan
    if treatment.base_years:
        since = float(max(treatment.base_years))
        own = yearly["value"].reindex(list(treatment.base_years))
        base = float(own.mean(skipna=False)) if np.isnan(base) else base
    if treatment.change != "none":
        # A base is stated of the series itself, and a change begins at nothing.
        base = 0.0 if treatment.change.endswith("from_base") else np.nan
    return Series(yearly, series.trace, series.range, series.zh, series.en, base, since)


def _worst_so_far(yearly: pd.DataFrame, goal: Goal) -> pd.DataFrame:
    """Set the least favourable value up to each year in its place, with the year it is of."""
    good = yearly["value"] if goal.upward else -yearly["value"]
    new = good.cummin().ffill().diff().ne(0)
    of = yearly["of"].where(new).ffill().astype(int)
    ends = yearly[["low", "high"]]
    worst = yearly.loc[of].set_axis(yearly.index, axis="index")
    worst[["low", "high"]] = ends.cummin() if goal.upward else ends.cummax()
    return worst
