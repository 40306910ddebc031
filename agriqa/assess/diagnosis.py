"""Whether an index holds together: what its indicators share, repeat and contradict."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from agriqa.assess.composite import CompositeIndex
from agriqa.stats.reliability import (
    Correlation,
    IndicatorPair,
    correlation_matrix,
    cronbach_alpha,
    opposed_pairs,
    redundant_pairs,
)

if TYPE_CHECKING:
    import pandas as pd


def diagnose(index: CompositeIndex, *, period: Any = None) -> pd.DataFrame:
    """Show what each indicator does in the index.

    Parameters
    ----------
    index : CompositeIndex
    period : optional
        Not for an index without periods.

    Returns
    -------
    DataFrame
        By indicator: missing [share of the units of the data without a value, before any is
        left out or filled in], at_worst and at_best [share of the known ones at the lowest
        and the highest score there are], effective (weight in the index), with_group and
        with_index (Spearman's correlation of its score with those), redundant_with and
        opposed_to (ids of indicators of the same group that it repeats or contradicts, by
        the limits of `redundant_pairs` and `opposed_pairs`, the furthest beyond first).

    References
    ----------
    COINr, `get_corr_flags` and `get_stats`.
    """
    import pandas as pd

    scores = index.scores.loc[index.at(period)]
    names = index.framework.levels[0]
    missing = _missing(index, period)
    correlation = _correlated(scores, "spearman")
    parents = [str(index.framework.node(name).parent) for name in names]
    table = scores[names].to_numpy(float)
    redundant = redundant_pairs(table, method="spearman", groups=parents)
    opposed = opposed_pairs(table, method="spearman", groups=parents)
    lines = []
    for place, (name, parent) in enumerate(zip(names, parents, strict=True)):
        own = scores[name].dropna()
        lines.append(
            {
                "id": name,
                "missing": missing[name],
                "at_worst": float((own <= own.min() + 1e-9).mean()),
                "at_best": float((own >= own.max() - 1e-9).mean()),
                "effective": index.effective_weights[name],
                "with_group": correlation.at[name, parent],
                "with_index": correlation.at[name, index.framework.top],
                "redundant_with": tuple(names[k] for k in _partners(redundant, place)),
                "opposed_to": tuple(names[k] for k in _partners(opposed, place)),
            }
        )
    return pd.DataFrame(lines).set_index("id")


def _missing(index: CompositeIndex, period: Any) -> pd.Series:
    """Return the share of the units that have no value, by indicator."""
    # A rate that lacks its denominator has no value either.
    values = index.steps["denominate"].table
    if values.index.nlevels > 1:
        values = values[values.index.get_level_values(1) == period]
    return values.isna().mean()


def _partners(pairs: Iterable[IndicatorPair], place: int) -> list[int]:
    return [
        pair.second if pair.first == place else pair.first
        for pair in pairs
        if place in (pair.first, pair.second)
    ]


def _correlated(scores: pd.DataFrame, method: Correlation) -> pd.DataFrame:
    import pandas as pd

    found = correlation_matrix(scores.to_numpy(float), method=method).coefficients
    return pd.DataFrame(found, index=scores.columns, columns=scores.columns)


def correlations(
    index: CompositeIndex,
    *,
    level: int = 0,
    period: Any = None,
    method: Correlation = "spearman",
) -> pd.DataFrame:
    """Return the correlations of the scores of a level, 0 for the indicators.

    Parameters
    ----------
    index : CompositeIndex
    level : int
        0 for the indicators, 1 for the groups above them, and so on.
    period : optional
        Not for an index without periods.
    method : {"pearson", "spearman", "kendall"}

    Raises
    ------
    ValueError
        If there is no such level or method.
    """
    levels = index.framework.levels
    if not 0 <= level < len(levels):
        raise ValueError(f"level must be 0 to {len(levels) - 1}, got {level}")
    return _correlated(index.scores.loc[index.at(period), levels[level]], method)


def consistency(index: CompositeIndex, *, period: Any = None) -> pd.Series:
    """Return Cronbach's alpha of every group with two children or more.

    A group that is meant as one thing seen from several sides should reach 0.7; one that
    adds up different duties need not.
    """
    import pandas as pd

    scores = index.scores.loc[index.at(period)]
    found = {}
    for level in index.framework.levels[1:]:
        for group in level:
            children = index.framework.children(group)
            if len(children) > 1:
                found[group] = cronbach_alpha(scores[children].to_numpy(float))
    return pd.Series(found, name="alpha", dtype=float)
