"""How a unit stands: what its score is made of, its strengths and weaknesses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from agriqa.assess.composite import CompositeIndex
from agriqa.assess.framework import Framework
from agriqa.errors import NoDataError, UnknownNameError

if TYPE_CHECKING:
    import pandas as pd


def breakdown(
    index: CompositeIndex,
    unit: Any,
    *,
    period: Any = None,
    peers: str | Sequence[Any] | None = None,
) -> pd.DataFrame:
    """Show a unit's score from the index down to its indicators, beside its peers.

    Parameters
    ----------
    index : CompositeIndex
    unit : label
        A row of the data.
    period : optional
        Not for an index without periods.
    peers : str or sequence, optional
        Whom it is compared with: the units that share its value in a column of the data,
        or the units named, of which those without a score in the period are left out; all
        units by default. The unit itself is among them.

    Returns
    -------
    DataFrame
        By id, the index first, then each group with what is under it: level, parent, value
        [unit of the indicator], score, weight within its group, effective (weight in the
        index), rank and of (place among the peers that have a score), peers (their median
        score), difference from it.

    Raises
    ------
    NoDataError
        If the unit is not among the rows of the period, or lacks a value in the column of
        peers.
    UnknownNameError
        If there is no such column of peers, or the data have no such unit in any period.
    """
    import pandas as pd

    rows = index.at(period)
    label = unit if index.scores.index.nlevels == 1 else (unit, period)
    if label not in rows:
        raise NoDataError(
            f"指数中没有 {unit}（{period}）：没有这个单元，或数据太少。"
            f" / The index has no {unit} ({period}): no such unit, or too little data."
        )
    among = index.scores.loc[_peers(index, label, rows, peers)]
    framework, own = index.framework, index.scores.loc[label]
    effective = {framework.top: 1.0, **index.effective_weights}
    raw = index.steps["denominate"].table.loc[label]
    depth = {name: at for at, level in enumerate(framework.levels) for name in level}
    lines = []
    for name in downwards(framework, framework.top):
        scores = among[name].round(9)
        better = int((scores > round(own[name], 9)).sum()) + 1
        lines.append(
            {
                "id": name,
                "level": depth[name],
                "parent": framework.node(name).parent,
                "value": raw[name] if depth[name] == 0 else None,
                "score": own[name],
                "weight": index.weights.get(name, 1.0),
                "effective": effective[name],
                "rank": pd.NA if pd.isna(own[name]) else better,
                "of": int(scores.notna().sum()),
                "peers": scores.median(),
                "difference": round(own[name], 9) - scores.median(),
            }
        )
    table = pd.DataFrame(lines).set_index("id")
    return table.astype({"rank": "Int64", "value": float})


def downwards(framework: Framework, name: str) -> list[str]:
    """Return a node and all below it, each group before its children."""
    found = [name]
    for child in framework.children(name):
        found += downwards(framework, child)
    return found


def _peers(
    index: CompositeIndex, label: Any, rows: list[Any], peers: str | Sequence[Any] | None
) -> list[Any]:
    import pandas as pd

    if peers is None:
        return rows
    if isinstance(peers, str):
        if peers not in index.data.columns:
            raise UnknownNameError("分组列", "grouping column", peers, map(str, index.data.columns))
        group = index.data.loc[rows, peers]
        if pd.isna(group.loc[label]):
            raise NoDataError(
                f"{label} 在分组列“{peers}”中没有值。 / {label} has no value in the column {peers}."
            )
        return group[group == group.loc[label]].index.tolist()
    named = {label, *peers}
    units = {*index.data.index, *index.data.index.get_level_values(0)}
    for name in named - units:
        raise UnknownNameError("单元", "unit", name, map(str, units))
    return [row for row in rows if row in named or (isinstance(row, tuple) and row[0] in named)]


def strengths(table: pd.DataFrame, *, n: int = 3) -> pd.DataFrame:
    """Return the indicators in which a unit is furthest above its peers.

    Parameters
    ----------
    table : DataFrame
        From `breakdown`.
    n : int
        At most so many, the furthest first; none that is not above the peers' median.
    """
    indicators = table[(table["level"] == 0) & (table["difference"] > 0)]
    return indicators.sort_values("difference", ascending=False, kind="stable").head(n)


def weaknesses(table: pd.DataFrame, *, n: int = 3) -> pd.DataFrame:
    """Return the indicators in which a unit is furthest below its peers, see `strengths`."""
    indicators = table[(table["level"] == 0) & (table["difference"] < 0)]
    return indicators.sort_values("difference", kind="stable").head(n)
