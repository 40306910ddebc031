"""The steps from raw data to scores, each a function of frames and a choice.

Rows are units, or units by periods (two index levels, unit and period); columns are
indicators. Missing values are NaN throughout.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from agriqa.assess.choices import Denominate, Impute, Normalise, Screen, Treat
from agriqa.assess.framework import Framework, FrameworkError
from agriqa.errors import NoDataError, UnknownNameError

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Step:
    """The table after a step, and what was done.

    Attributes
    ----------
    table : DataFrame
    log : tuple of str
        One line for each thing that was done.
    """

    table: pd.DataFrame
    log: tuple[str, ...] = ()


def by_period(table: pd.DataFrame) -> Iterator[tuple[Any, pd.DataFrame]]:
    """Give the rows of each period; all rows at once where there are no periods."""
    if table.index.nlevels == 1:
        yield None, table
    else:
        yield from table.groupby(level=1, sort=True)


def _each_period(
    table: pd.DataFrame, change: Callable[[pd.DataFrame], pd.DataFrame]
) -> pd.DataFrame:
    import pandas as pd

    return pd.concat([change(rows) for _, rows in by_period(table)]).loc[table.index]


def denominated(
    table: pd.DataFrame, data: pd.DataFrame, framework: Framework, choice: Denominate
) -> Step:
    """Divide indicators by their denominators; a denominator of 0 or below gives no value."""
    if choice.method == "none":
        return Step(table)
    result, log = table.copy(), []
    for indicator in framework.indicators:
        if indicator.denominator is None:
            continue
        if indicator.denominator not in data.columns:
            raise UnknownNameError("分母列", "denominator", indicator.denominator, data.columns)
        under = data[indicator.denominator].astype(float)
        result[indicator.id] = table[indicator.id] * choice.scale / under.where(under > 0)
        log.append(f"{indicator.id} = {indicator.id} × {choice.scale:g} / {indicator.denominator}")
    return Step(result, tuple(log))


def screened(table: pd.DataFrame, choice: Screen) -> Step:
    """Leave out the rows of which too little is known."""
    if choice.method == "none":
        return Step(table)
    kept = np.ones(len(table), dtype=bool)
    least = choice.minimum_share - 1e-12
    known = table.notna()
    if choice.method in ("missing", "missing_or_zero"):
        kept &= known.mean(axis=1).to_numpy() >= least
    if choice.method in ("zero", "missing_or_zero"):
        # Of the known values, as many as asked for must differ from 0.
        share = ((table != 0) & known).sum(axis=1) / known.sum(axis=1).clip(lower=1)
        kept &= share.to_numpy() >= least
    out = table.index[~kept]
    if not kept.any():
        raise NoDataError(
            f"没有单元达到数据要求（至少 {choice.minimum_share:.0%}）。"
            f" / No unit has enough data (at least {choice.minimum_share:.0%})."
        )
    return Step(table[kept], tuple(f"{unit}: too little data, left out" for unit in out))


def imputed(table: pd.DataFrame, data: pd.DataFrame, choice: Impute) -> Step:
    """Fill gaps in, by the choice."""
    if choice.method == "none":
        return Step(table)
    gaps = table.isna()
    if choice.method in ("mean", "median"):
        filled = _each_period(table, lambda rows: _group_filled(rows, data, choice))
    elif choice.method == "constant":
        if choice.value is None:
            raise FrameworkError("常数填补需给出 value。 / Imputing a constant needs its value.")
        filled = table.fillna(choice.value)
    else:
        filled = _panel_filled(table, choice)
    done = gaps & filled.notna()
    log = [
        f"{name}: {count} imputed ({choice.method})" for name, count in done.sum().items() if count
    ]
    return Step(filled, tuple(log))


def _group_filled(rows: pd.DataFrame, data: pd.DataFrame, choice: Impute) -> pd.DataFrame:
    from agriqa.stats.imputation import impute_mean, impute_median

    if choice.group is not None and choice.group not in data.columns:
        raise UnknownNameError("分组列", "grouping column", choice.group, data.columns)
    groups = None if choice.group is None else data.loc[rows.index, choice.group].to_numpy()
    impute = impute_mean if choice.method == "mean" else impute_median
    return _framed(impute(rows.to_numpy(float), groups=groups).values, rows)


def _panel_filled(table: pd.DataFrame, choice: Impute) -> pd.DataFrame:
    if table.index.nlevels == 1:
        raise FrameworkError(
            f"“{choice.method}”填补需要多年数据。 / Imputing by {choice.method} needs periods."
        )
    from agriqa.stats.imputation import impute_panel

    periods = sorted(table.index.get_level_values(1).unique())
    filled = table.copy()
    for name in table.columns:
        wide = table[name].unstack().reindex(columns=periods)
        result = impute_panel(
            wide.to_numpy(),
            method="latest" if choice.method == "latest" else "linear",
            periods=_times(periods),
            max_gap=choice.max_gap,
        )
        long = wide.copy()
        long[:] = result.values
        filled[name] = long.stack().reindex(table.index)
    return filled


def _times(periods: list[Any]) -> Any:
    """Return years as they are, and other periods by their place."""
    try:
        return np.array(periods, dtype=np.float64)
    except ValueError:
        return np.arange(len(periods), dtype=np.float64)


def treated(table: pd.DataFrame, choice: Treat) -> Step:
    """Winsorise or log-transform the indicators that fail the outlier test, years pooled."""
    if choice.method == "none":
        return Step(table)
    from agriqa.stats.outliers import treat_outliers

    result = treat_outliers(
        table.to_numpy(),
        max_points=0 if choice.method == "log" else choice.max_points,
        skewness_limit=choice.skewness,
        kurtosis_limit=choice.kurtosis,
        transform=None if choice.method == "winsorise" else "log",
    )
    log = [
        f"{name}: {method}, {points} points; skewness {before:.2f} to {after:.2f}"
        for name, method, points, before, after in zip(
            table.columns, result.method, result.winsorised.sum(axis=0), result.skewness_before,
            result.skewness, strict=True,
        )
        if method != "none"
    ]  # fmt: skip
    frame = table.copy()
    frame[:] = result.values
    return Step(frame, tuple(log))


def normalised(table: pd.DataFrame, framework: Framework, choice: Normalise) -> Step:
    """Bring the indicators to one scale, more always better."""
    log: tuple[str, ...] = ()
    if choice.scope == "pooled" or choice.method == "goalposts":
        scaled = _scaled(table, table, framework, choice)
    elif choice.scope == "fixed":
        scaled = _scaled(table, _base_rows(table, choice), framework, choice)
        log = (f"scale of {choice.fixed}",)
    else:
        scaled = _each_period(table, lambda rows: _scaled(rows, rows, framework, choice))
    lost = (table.notna() & scaled.isna()).sum()
    log += tuple(f"{name}: {n} values without a scale" for name, n in lost.items() if n)
    return Step(scaled, log)


def _base_rows(table: pd.DataFrame, choice: Normalise) -> pd.DataFrame:
    periods = [] if table.index.nlevels == 1 else list(table.index.get_level_values(1).unique())
    if choice.fixed not in periods:
        raise NoDataError(
            f"基期 {choice.fixed} 不在数据中，有 {periods}。"
            f" / The base period {choice.fixed} is not in the data: {periods}."
        )
    return table[table.index.get_level_values(1) == choice.fixed]


def _scaled(
    rows: pd.DataFrame, pool: pd.DataFrame, framework: Framework, choice: Normalise
) -> pd.DataFrame:
    from agriqa.stats import normalisation, ordinal_scales, reference_scales

    x, over, directions = rows.to_numpy(float), pool.to_numpy(float), framework.directions
    low, width = choice.lower, choice.upper - choice.lower
    method = choice.method
    if method == "min_max":
        unit = normalisation.min_max(x, directions=directions, over=over)
    elif method == "z_score":
        z = normalisation.standardise(x, directions=directions, over=over)
        unit = 0.5 + z / (2 * choice.deviations)
    elif method in ("rank", "borda"):
        _only_own(method, choice)
        scores = (ordinal_scales.ranks if method == "rank" else ordinal_scales.borda)(
            x, directions=directions
        )
        return _framed(scores, rows)  # places, whatever the scale
    elif method == "percentile":
        unit = ordinal_scales.percentile_rank(x, directions=directions, ties="average", over=over)
    elif method == "goalposts":
        worst, best = _stated(framework, "worst"), _stated(framework, "best")
        unit = reference_scales.goalposts(x, worst=worst, best=best)
    elif method == "distance_to_target":
        target = _stated(framework, "target")
        unit = reference_scales.distance_to_target(
            x, target=target, directions=directions, capped=choice.capped, over=over
        )
    elif method == "distance_to_reference":
        _only_own(method, choice, pooled=False)
        place = _place(rows, choice.reference)
        unit = reference_scales.distance_to_reference(x, reference=place, directions=directions)
    else:
        unit = reference_scales.fraction_of_maximum(x, directions=directions, over=over)
    return _framed(low + width * unit, rows)


def _framed(values: Any, rows: pd.DataFrame) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(values, index=rows.index, columns=rows.columns)


def _place(rows: pd.DataFrame, reference: str | None) -> int:
    units = rows.index.get_level_values(0).map(str).tolist()
    if reference not in units:
        raise UnknownNameError("参照单元", "unit of reference", reference, units)
    return units.index(reference)


def _only_own(method: str, choice: Normalise, *, pooled: bool = True) -> None:
    if choice.scope == "fixed" or (choice.scope == "pooled" and not pooled):
        raise FrameworkError(
            f"“{method}”没有“{choice.scope}”的算法，可用 percentile 或 min_max。"
            f" / {method} has no scope {choice.scope}; percentile and min_max have."
        )


def _stated(framework: Framework, name: str) -> list[float]:
    """Return what every indicator must state for this normalisation."""
    lacking = [one.id for one in framework.indicators if getattr(one, name) is None]
    if lacking:
        raise FrameworkError(
            f"这种归一化要求每个指标给出 {name}，缺：{'、'.join(lacking)}。"
            f" / This normalisation needs {name} of every indicator; lacking: {', '.join(lacking)}."
        )
    return [float(getattr(one, name)) for one in framework.indicators]
