"""Whether a load's rows are plausible beside the rows the store holds.

A county's value is compared with its own last years and with its neighbours,
and the total of a year that all counties have reported with published figures.
The rows are kept; what is doubtful is returned as warnings.
"""

from __future__ import annotations

import warnings
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import sqlalchemy as sa

from agriqa.areas import Register
from agriqa.datasets import Column, Dataset, dataset
from agriqa.datasets.rules import Jump, Neighbours, Published
from agriqa.datasets.units import convert, mistaken, unit_label
from agriqa.ingest.doubts import Doubt, Row, about, amount, county, doubt, gathered, listed, number
from agriqa.ingest.reading import WARNING_COLUMNS
from agriqa.project import Project
from agriqa.store.tables import in_force, tables

# Databases limit how many values a query may list.
_MOST_LISTED = 500
# Reported years are looked for in so many times the years wanted.
_SPAN = 2
_TO_SIGMA = 1.4826  # median absolute deviation of a normal distribution


def against_store(
    connection: sa.Connection, declared: Dataset, load_id: int, project: Project
) -> pd.DataFrame:
    """Find what is doubtful in the rows that a load brought, beside the store's others.

    Call it in the load's transaction after the rows were written. Its cost
    goes with the counties and years of the load; a dataset that declares no
    such rule costs nothing.

    Parameters
    ----------
    connection : sqlalchemy.Connection
        Inside the load's transaction.
    declared : Dataset
        The dataset.
    load_id : int
        The load; its rows in force are looked at.
    project : Project
        Gives register, neighbours and the jurisdiction's code.

    Returns
    -------
    DataFrame
        `WARNING_COLUMNS` and ``sheet``, in the order of the rows. A warning
        about the whole dataset stands at row 0, column 0 of its first sheet.
    """
    rules = declared.rules
    empty = pd.DataFrame(columns=[*WARNING_COLUMNS, "sheet"])
    if not rules.need_the_store:
        return empty
    rows = _loaded(connection, declared, load_id)
    if rows.empty:
        return empty
    found: list[pd.DataFrame] = []
    if rules.jump:
        years = _SPAN * max(rule.years for rule in rules.jump)
        span = (int(rows["year"].min()) - years, int(rows["year"].max()))
        held = _held(connection, declared, set(rows["county_code"]), span)
        series = _Series.of(held, declared, project.register)
        found += [_jumps(rows, rule, declared, series, project.register) for rule in rules.jump]
    if rules.neighbours:
        found += _beside(connection, rows, declared, project)
    for link in rules.published:
        found.append(_against_published(connection, rows, link, declared, project))
    return gathered(found, "sheet")


def _loaded(connection: sa.Connection, declared: Dataset, load_id: int) -> pd.DataFrame:
    table = tables().tables[declared.name]
    columns = [*_needed(declared), "sheet", "row", "col"]
    query = sa.select(*[table.c[name] for name in columns])
    query = query.where(table.c.load_id == load_id, in_force(table))
    return _fetch(connection, query, declared)


def _needed(declared: Dataset) -> list[str]:
    rules = declared.rules
    used = [rule.column for rule in (*rules.jump, *rules.neighbours, *rules.published)]
    return list(dict.fromkeys([*declared.key, *used]))


def _held(
    connection: sa.Connection,
    declared: Dataset,
    counties: Collection[str],
    years: tuple[int, int],
) -> pd.DataFrame:
    """Return the rows in force of some counties in a span of years."""
    table = tables().tables[declared.name]
    query = sa.select(*[table.c[name] for name in _needed(declared)]).where(in_force(table))
    return _fetch(connection, _narrowed(query, table, counties, years), declared)


def _narrowed(
    query: sa.Select[Any], table: sa.Table, counties: Collection[str], years: tuple[int, int]
) -> sa.Select[Any]:
    query = query.where(table.c.year.between(*years))
    if len(counties) <= _MOST_LISTED:
        query = query.where(table.c.county_code.in_(sorted(counties)))
    return query


def _fetch(connection: sa.Connection, query: sa.Select[Any], declared: Dataset) -> pd.DataFrame:
    result = connection.execute(query)
    names = list(result.keys())
    frame = pd.DataFrame(result.fetchall(), columns=names)
    amounts = [name for name in names if name in declared.columns and declared[name].is_amount]
    # A part of the key stays what it is: a quarter is no amount.
    return frame.astype({name: "float64" for name in amounts if name not in declared.key})


def _others(declared: Dataset) -> list[str]:
    """Return what tells a county's rows of one year apart."""
    return [name for name in declared.key if name not in ("county_code", "year")]


def _identity(frame: pd.DataFrame, names: list[str]) -> pd.Index:
    if not names:
        return pd.Index(np.zeros(len(frame), dtype="int64"))
    if len(names) == 1:
        return pd.Index(frame[names[0]])
    return pd.MultiIndex.from_frame(frame[names])


@dataclass(frozen=True)
class _Series:
    """What each county reported over the years, as a table: a line a series, a column a year."""

    lines: pd.Index
    first: int
    values: dict[str, np.ndarray]
    # How often the county's territory had changed by each year.
    era: np.ndarray

    @classmethod
    def of(cls, held: pd.DataFrame, declared: Dataset, register: Register) -> _Series:
        names = ["county_code", *_others(declared)]
        codes, lines = pd.factorize(_identity(held, names))
        first, last = int(held["year"].min()), int(held["year"].max())
        shape = (len(lines), last - first + 1)
        at = held["year"].to_numpy(dtype="int64") - first
        values = {}
        for rule in declared.rules.jump:
            table = np.full(shape, np.nan)
            table[codes, at] = held[rule.column].to_numpy()
            values[rule.column] = table
        counties = lines.get_level_values(0)
        breaks = [register.breaks.get(str(code), ()) for code in counties]
        years = np.arange(first, last + 1)
        era = np.array([np.searchsorted(changed, years, side="right") for changed in breaks])
        return cls(pd.Index(lines), first, values, era.reshape(shape))

    def before(
        self, rows: pd.DataFrame, rule: Jump, declared: Dataset
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return each row's last reported values, newest first, and their years."""
        names = ["county_code", *_others(declared)]
        line = self.lines.get_indexer(_identity(rows, names))
        at = rows["year"].to_numpy(dtype="int64") - self.first
        table, width = self.values[rule.column], self.era.shape[1]
        # The years before each row, newest first; places before the table are nan.
        back = at[:, None] - np.arange(1, _SPAN * rule.years + 1)
        there = back >= 0
        back = np.clip(back, 0, width - 1)
        same = self.era[line[:, None], back] == self.era[line, at][:, None]
        values = np.where(there & same, table[line[:, None], back], np.nan)
        given = ~np.isnan(values)
        values = np.where(given & (np.cumsum(given, axis=1) <= rule.years), values, np.nan)
        return values, back + self.first


def _jumps(
    rows: pd.DataFrame, rule: Jump, declared: Dataset, series: _Series, register: Register
) -> pd.DataFrame:
    """Find the rows far from their county's own last years."""
    column = declared[rule.column]
    value = rows[rule.column].to_numpy()
    values, years = series.before(rows, rule, declared)
    expected = _median(values)
    ratio = np.maximum(value, rule.floor) / np.maximum(expected, rule.floor)
    odd = (ratio > rule.factor) | (ratio < 1 / rule.factor)
    if not odd.any():
        return gathered([], "sheet")
    evidence = [
        [(int(y), float(v)) for y, v in zip(ys, vs, strict=True) if not np.isnan(v)]
        for ys, vs in zip(years[odd], values[odd], strict=True)
    ]
    doubtful = rows[odd].assign(expected=expected[odd], evidence=evidence)

    def words(row: Row) -> dict[str, object]:
        return _jump_words(row, rule, column, declared, register)

    return listed(doubtful, column, Doubt.JUMP, words)


def _jump_words(
    row: Row, rule: Jump, column: Column, declared: Dataset, register: Register
) -> dict[str, object]:
    zh, en = about(row, declared, register)
    value, expected, before = row[column.name], row["expected"], row["evidence"]
    low, high = expected / rule.factor, max(expected, rule.floor) * rule.factor
    low = 0.0 if expected <= rule.factor * rule.floor else low
    count = len(before)
    if count == 1:
        known_zh, known_en = f"{before[0][0]} 年的", f"that of {before[0][0]}"
    else:
        known_zh = f"此前 {count} 个填报年中位数"
        known_en = f"the median of the {count} years reported before"
    times_zh, times_en = _times(value, expected)
    slip = mistaken(value / expected, column.unit or "1") if expected > 0 and column.unit else None
    slip_zh, slip_en = (f"，{slip[0]}", f", {slip[1]}") if slip else ("", "")
    seen_zh = "、".join(f"{year} 年 {number(v)}" for year, v in before)
    seen_en = ", ".join(f"{year}: {number(v)}" for year, v in before)
    low_high = f"{amount(low, column)}–{amount(high, column)}"
    return doubt(
        Doubt.JUMP,
        column,
        value,
        zh=f"{zh}{column.label.zh} {amount(value, column)}，是{known_zh} "
        f"{amount(expected, column)} 的{times_zh}{slip_zh}（{seen_zh}），请核对",
        en=f"{en}: {column.label.en} is {amount(value, column, 'en')}, {times_en} {known_en}, "
        f"{amount(expected, column, 'en')}{slip_en} ({seen_en}); please check",
        allowed=f"按历年 by earlier years {low_high}",
    )


def _times(value: float, expected: float) -> tuple[str, str]:
    if expected == 0:
        return "无数倍", "not to be compared with"
    ratio = value / expected
    shown = f"{ratio:,.0f}" if ratio >= 10 else f"{ratio:.2g}"
    return f" {shown} 倍", f"{shown} times"


def _median(values: np.ndarray) -> np.ndarray:
    """Return the median of each line, nan where a line has no value."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a line without any value
        return np.asarray(np.nanmedian(values, axis=1))


def _beside(
    connection: sa.Connection, rows: pd.DataFrame, declared: Dataset, project: Project
) -> list[pd.DataFrame]:
    """Apply the rules that compare with the neighbours of the same year."""
    own = set(rows["county_code"])
    around = own.union(*(project.neighbours.get(code, ()) for code in own))
    years = (int(rows["year"].min()), int(rows["year"].max()))
    held = _held(connection, declared, around, years)
    bases: dict[str, pd.Series] = {}
    for rule in declared.rules.neighbours:
        if rule.per is not None and rule.per not in bases:
            bases[rule.per] = _base(connection, rule.per, around, years)
    return [
        _odd_ones(rows, held, rule, bases.get(rule.per or ""), declared, project)
        for rule in declared.rules.neighbours
    ]


def _base(
    connection: sa.Connection, per: str, counties: Collection[str], years: tuple[int, int]
) -> pd.Series:
    """Return what amounts are divided by, by county and year."""
    name, column = per.split(".")
    table = tables().tables[name]
    query = (
        sa.select(table.c.county_code, table.c.year, sa.func.sum(table.c[column]))
        .where(in_force(table))
        .group_by(table.c.county_code, table.c.year)
    )
    found = connection.execute(_narrowed(query, table, counties, years)).fetchall()
    frame = pd.DataFrame(found, columns=["county_code", "year", "base"])
    return frame.set_index(["county_code", "year"])["base"].astype("float64")


def _odd_ones(
    rows: pd.DataFrame,
    held: pd.DataFrame,
    rule: Neighbours,
    base: pd.Series | None,
    declared: Dataset,
    project: Project,
) -> pd.DataFrame:
    """Find the rows far from the neighbours' median."""
    names = ["county_code", "year", *_others(declared)]
    compared = _comparable(held, rule, base)
    value = _comparable(rows, rule, base)
    known = pd.Series(compared, index=_identity(held, names))
    near = _neighbours_values(rows, known, names, project.neighbours)
    if near.shape[1] == 0:
        return gathered([], "sheet")
    expected = _median(near)
    spread = np.log(rule.spread) if rule.per else rule.spread
    reach = rule.z * np.maximum(_TO_SIGMA * _median(np.abs(near - expected[:, None])), spread)
    enough = (~np.isnan(near)).sum(axis=1) >= rule.least
    odd = enough & (np.abs(value - expected) > reach)
    if not odd.any():
        return gathered([], "sheet")
    scale = np.exp if rule.per else np.asarray
    doubtful = rows[odd].assign(
        own=scale(value[odd]),
        expected=scale(expected[odd]),
        low=scale(expected[odd] - reach[odd]),
        high=scale(expected[odd] + reach[odd]),
        near=[list(line) for line in scale(near[odd])],
    )
    column = declared[rule.column]
    return listed(
        doubtful,
        column,
        Doubt.NEIGHBOURS,
        lambda row: _neighbour_words(row, rule, column, declared, project),
    )


def _comparable(frame: pd.DataFrame, rule: Neighbours, base: pd.Series | None) -> np.ndarray:
    """Return what is compared: the value, or the logarithm of its ratio to the base."""
    value = frame[rule.column].to_numpy()
    if base is None:
        return value
    place = pd.MultiIndex.from_frame(frame[["county_code", "year"]])
    under = base.reindex(place).to_numpy()
    good = (value > 0) & (under > 0)
    ratio = np.divide(value, under, out=np.full(len(frame), np.nan), where=good)
    return np.log(ratio)


def _neighbours_values(
    rows: pd.DataFrame,
    known: pd.Series,
    names: list[str],
    neighbours: dict[str, tuple[str, ...]],
) -> np.ndarray:
    """Return a line a row with what each of its county's neighbours has, nan for none."""
    lists = [neighbours.get(code, ()) for code in rows["county_code"]]
    most = max(map(len, lists), default=0)
    near = np.full((len(rows), most), np.nan)
    for place in range(most):
        codes = [codes[place] if place < len(codes) else "" for codes in lists]
        near[:, place] = known.reindex(_identity(rows.assign(county_code=codes), names)).to_numpy()
    return near


def _neighbour_words(
    row: Row, rule: Neighbours, column: Column, declared: Dataset, project: Project
) -> dict[str, object]:
    register = project.register
    zh, en = about(row, declared, register)
    unit_zh, unit_en, scale = _ratio_unit(rule, column)

    def shown(value: float) -> str:
        return f"{value * scale:,.4g}"

    codes = project.neighbours[row["county_code"]]
    near = [(c, v) for c, v in zip(codes, row["near"], strict=False) if not np.isnan(v)]
    seen_zh = "、".join(f"{county(c, register)} {shown(v)}" for c, v in near)
    seen_en = ", ".join(f"{county(c, register, 'en')} {shown(v)}" for c, v in near)
    slip = mistaken(row["own"] / row["expected"], column.unit or "1") if rule.per else None
    slip_zh, slip_en = (f"，{slip[0]}", f", {slip[1]}") if slip else ("", "")
    per_zh = f"（{amount(row[column.name], column)}）" if rule.per else ""
    per_en = f" ({amount(row[column.name], column, 'en')})" if rule.per else ""
    what_zh, what_en = _ratio_name(rule, column)
    return doubt(
        Doubt.NEIGHBOURS,
        column,
        row[column.name],
        zh=f"{zh}{what_zh}{per_zh}为 {shown(row['own'])} {unit_zh}，{len(near)} 个相邻县的中位数为 "
        f"{shown(row['expected'])} {unit_zh}{slip_zh}（{seen_zh}），请核对",
        en=f"{en}: {what_en}{per_en} is {shown(row['own'])} {unit_en}; the median of "
        f"{len(near)} neighbouring counties is {shown(row['expected'])} {unit_en}{slip_en} "
        f"({seen_en}); please check",
        allowed=f"按相邻县 by neighbours {shown(row['low'])}–{shown(row['high'])} {unit_zh}",
    )


def _ratio_name(rule: Neighbours, column: Column) -> tuple[str, str]:
    if rule.per is None:
        return column.label.zh, column.label.en
    base = _base_column(rule.per)
    return f"每单位{base.label.zh}的{column.label.zh}", f"{column.label.en} per {base.label.en}"


def _ratio_unit(rule: Neighbours, column: Column) -> tuple[str, str, float]:
    """Return how a compared value is written, and how many of it one is."""
    unit = column.unit or "1"
    if rule.per is None:
        return unit_label(unit), unit_label(unit, "en"), 1.0
    under = _base_column(rule.per).unit or "1"
    # Tonnes on a hectare are too large to be read.
    shown, scale = ("kg", 1000.0) if unit == "t" else (unit, 1.0)
    zh = f"{unit_label(shown)}/{unit_label(under)}"
    return zh, f"{unit_label(shown, 'en')}/{unit_label(under, 'en')}", scale


def _base_column(per: str) -> Column:
    name, column = per.split(".")
    return dataset(name)[column]


def _against_published(
    connection: sa.Connection,
    rows: pd.DataFrame,
    link: Published,
    declared: Dataset,
    project: Project,
) -> pd.DataFrame:
    """Compare the years that this load made whole, or changed, with published figures."""
    column = declared[link.column]
    years = sorted({int(year) for year in rows["year"]})
    figures = _figures(connection, link, project.code, years)
    if figures.empty:
        return gathered([], "sheet")
    sums = _whole_totals(connection, column, declared, sorted(set(figures["year"])), project)
    found = []
    for year, ours in sums.items():
        known = [
            (convert(f["value"], f["unit_of_value"], column.unit or "1"), f)
            for f in figures[figures["year"] == year].to_dict("records")
        ]
        near = [value for value, _ in known if _close(ours, value, link)]
        if near:
            continue
        said = _published_words(ours, year, known, link, column, declared, project)
        found.append({"sheet": rows["sheet"].iloc[0], "row": 0, "col": 0} | said)
    return gathered([pd.DataFrame(found)], "sheet")


def _close(ours: float, published: float, link: Published) -> bool:
    return abs(ours - published) <= link.tolerance_pct / 100 * abs(published)


def _figures(
    connection: sa.Connection, link: Published, code: str, years: list[int]
) -> pd.DataFrame:
    table = tables().tables["published_figure"]
    query = sa.select(table.c.year, table.c.value, table.c.unit_of_value, table.c.source).where(
        in_force(table),
        table.c.indicator == link.indicator,
        table.c.area_code == code,
        table.c.year.between(years[0], years[-1]),
        table.c.value.is_not(None),
    )
    result = connection.execute(query.order_by(table.c.figure_id))
    frame = pd.DataFrame(result.fetchall(), columns=list(result.keys()))
    return frame[frame["year"].isin(years)]


def _whole_totals(
    connection: sa.Connection,
    column: Column,
    declared: Dataset,
    years: list[int],
    project: Project,
) -> dict[int, float]:
    """Return the sum of each year that all counties have reported, nothing missing."""
    table = tables().tables[declared.name]
    value = table.c[column.name]
    query = (
        sa.select(
            table.c.year,
            sa.func.sum(value),
            sa.func.count(table.c.county_code.distinct()),
            sa.func.count() - sa.func.count(value),
        )
        .where(in_force(table), table.c.year.in_(years))
        .group_by(table.c.year)
    )
    for part in declared:
        if part.name in declared.key and part.default is not None:
            # Its default stands for all of them; the others are counted in it.
            query = query.where(table.c[part.name] == part.default)
    return {
        int(year): float(total)
        for year, total, counties, missing in connection.execute(query)
        if counties >= _expected_counties(project, int(year)) and not missing
    }


def _expected_counties(project: Project, year: int) -> int:
    """Return how many counties of today the counties of a year are."""
    return int(project.register.in_force(year)["current_code"].nunique())


def _published_words(
    ours: float,
    year: int,
    known: list[tuple[float, dict[Any, Any]]],
    link: Published,
    column: Column,
    declared: Dataset,
    project: Project,
) -> dict[str, object]:
    area = project.register.name(project.code), project.register.name(project.code, "en")
    seen_zh = "、".join(f"{amount(value, column)}（{row['source']}）" for value, row in known)
    seen_en = ", ".join(f"{amount(value, column, 'en')} ({row['source']})" for value, row in known)
    off = 100 * (ours / known[0][0] - 1) if known[0][0] else np.inf
    slip = mistaken(ours / known[0][0], column.unit or "1") if known[0][0] else None
    slip_zh, slip_en = (f"，{slip[0]}", f", {slip[1]}") if slip else ("", "")
    return doubt(
        Doubt.PUBLISHED,
        column,
        ours,
        zh=f"{area[0]} {year} 年各县“{declared.label.zh}”已填齐，{column.label.zh}合计 "
        f"{amount(ours, column)}，公开的“{link.indicator}”为 {seen_zh}，相差 {off:+.1f}%{slip_zh}，"
        "请核对",
        en=f"{area[1]} {year}: all counties have reported {declared.label.en.lower()}; "
        f"{column.label.en} sums to {amount(ours, column, 'en')}, published is {seen_en}, "
        f"a difference of {off:+.1f}%{slip_en}; please check",
        allowed=f"公开数字 published ±{link.tolerance_pct:g}%",
    )
