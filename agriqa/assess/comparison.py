"""Two versions of an index, or two of its years: who moved, and what moved them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from agriqa.assess.alternatives import MEANS
from agriqa.assess.composite import CompositeIndex
from agriqa.assess.framework import Framework, FrameworkError
from agriqa.errors import NoDataError
from agriqa.stats.checks import Language, in_language

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Comparison:
    """Scores and places of two versions or two periods, side by side.

    Attributes
    ----------
    table : DataFrame
        By unit: score_before, score_after, score_change, rank_before, rank_after and
        rank_change (places gained); missing where a unit stands in one of them only.
    """

    table: pd.DataFrame

    @property
    def mean_shift(self) -> float:
        """Mean number of places that a unit moved; missing without units in common."""
        return float(self.table["rank_change"].abs().astype(float).mean())

    def summary(self, language: Language = "zh") -> str:
        """Return how far the ranks moved, in one sentence."""
        moved = self.table["rank_change"].abs().dropna()
        if moved.empty:
            return in_language(
                language, zh="没有两边都有名次的单元。", en="No unit has a rank in both."
            )
        units, still, most = len(moved), int((moved == 0).sum()), int(moved.max())
        return in_language(
            language,
            zh=(
                f"{units}个单元名次平均变动{self.mean_shift:.1f}位，{still}个不变，"
                f"最多变动{most}位。"
            ),
            en=(
                f"{units} units moved {self.mean_shift:.1f} places on average; {still} stayed, "
                f"the largest move is {most} places."
            ),
        )


def compare(
    before: CompositeIndex,
    after: CompositeIndex,
    *,
    period: Any = None,
    period_before: Any = None,
) -> Comparison:
    """Set two versions of an index, or two periods, side by side.

    Parameters
    ----------
    before, after : CompositeIndex
        The same one for two periods of it.
    period : optional
        Period of `after`; not for an index without periods.
    period_before : optional
        Period of `before`; by default that of `after`.

    Raises
    ------
    NoDataError
        If a period is not in the data.

    Examples
    --------
    >>> import pandas as pd
    >>> data = pd.DataFrame({"a": [1.0, 2, 3], "b": [30.0, 10, 20]}, index=["x", "y", "z"])
    >>> meta = pd.DataFrame({"id": ["a", "b", "top"], "parent": ["top", "top", None]})
    >>> index = CompositeIndex.from_tables(data, meta)
    >>> compare(index, index.changed(weights={"a": 3})).table["rank_change"].tolist()
    [-1, 1, 0]
    """
    earlier = period if period_before is None else period_before
    first, second = _standing(before, earlier), _standing(after, period)
    table = first.add_suffix("_before").join(second.add_suffix("_after"), how="outer")
    table.insert(2, "score_change", table["score_after"] - table["score_before"])
    table["rank_change"] = table["rank_before"] - table["rank_after"]
    order = ["score_before", "score_after", "score_change"]
    return Comparison(table[[*order, "rank_before", "rank_after", "rank_change"]])


def _standing(index: CompositeIndex, period: Any) -> pd.DataFrame:
    rows = index.at(period)
    table = index.score().to_frame("score").join(index.ranks()).loc[rows]
    return table if table.index.nlevels == 1 else table.droplevel(1)


def contributions(
    before: CompositeIndex,
    after: CompositeIndex,
    unit: Any,
    *,
    period: Any = None,
    period_before: Any = None,
) -> pd.DataFrame:
    """Split a unit's change of score into what moved it.

    A mean of power p changes by the sum over children of the change of w f(x), f the
    power or the logarithm; each is split at the midpoint into the part of the value and
    the part of the weight, and carried down the tree. The parts add up to the change of
    the score exactly; where a value is known in one of the two only, its coming or going
    counts as a change of weight.

    Parameters
    ----------
    before, after : CompositeIndex
        Of the same framework, weights and means may differ; aggregated by means.
    unit : label
        A row of the data.
    period, period_before : optional
        As for `compare`.

    Returns
    -------
    DataFrame
        By id, indicators and groups: by_value (what the indicator's own score did; 0 for
        groups), by_weight (what changed weights did) and total [points of the index].

    Raises
    ------
    FrameworkError
        If the trees of the two differ, or a group is not aggregated by a mean.
    NoDataError
        If the unit has no score in one of the two.

    References
    ----------
    Ang (2005), Energy Policy 33, 867-871: the logarithmic mean, of which this is the
    form for other powers.
    """
    import pandas as pd

    tree = after.framework
    nodes = list(_parents(tree))
    if _parents(tree) != _parents(before.framework):
        raise FrameworkError(
            "两个指数的框架不同，不能分解。 / The frameworks differ: the change cannot be split."
        )
    earlier = period if period_before is None else period_before
    first, second = _unit(before, unit, earlier), _unit(after, unit, period)
    by_value, by_weight = dict.fromkeys(nodes, 0.0), dict.fromkeys(nodes, 0.0)
    factor = {tree.top: 1.0}
    for depth in range(len(tree.levels) - 1, 0, -1):
        old, new = _mean(before, depth), _mean(after, depth)
        if old != new:
            raise FrameworkError(
                "两个指数的合成方法不同，不能分解。 / The means differ: the change cannot be split."
            )
        for group in tree.levels[depth]:
            # A group known in one of the two only has come or gone as a whole.
            if factor.get(group, 0.0) == 0.0 or np.isnan(second[group] - first[group]):
                continue
            children = tree.children(group)
            rate = _rate(first[group], second[group], _Power(new.power, None))
            if rate == 0.0:
                continue
            parts = _parts(first, second, children, (before, after), new)
            for name, part in zip(children, parts, strict=True):
                by_weight[name] = factor[group] / rate * part.weight
                factor[name] = factor[group] / rate * part.slope
    for name in tree.levels[0]:
        change = second[name] - first[name]
        by_value[name] = factor.get(name, 0.0) * (0.0 if np.isnan(change) else change)
    table = pd.DataFrame({"by_value": by_value, "by_weight": by_weight})
    return table.assign(total=table["by_value"] + table["by_weight"])


def _parents(framework: Framework) -> dict[str, str | None]:
    return {name: framework.node(name).parent for level in framework.levels[:-1] for name in level}


class _Power(NamedTuple):
    """A mean's power, and the floor under its values."""

    power: float
    floor: float | None

    def f(self, x: float) -> float:
        raised = x if self.floor is None else max(x, self.floor)
        return float(np.log(raised) if self.power == 0 else raised**self.power)

    def derivative(self, x: float) -> float:
        if self.floor is not None and x < self.floor:
            return 0.0
        # Without end for powers below 1, but what stays at 0 moves nothing.
        if x == 0 and self.power != 1:
            return 0.0
        return float(1 / x if self.power == 0 else self.power * x ** (self.power - 1))


class _Part(NamedTuple):
    """A child's part in its group's change: by weight, and per point of its own score."""

    weight: float
    slope: float


def _mean(index: CompositeIndex, depth: int) -> _Power:
    choice = index.choices.aggregate
    method = choice.methods[min(depth - 1, len(choice.methods) - 1)]
    power = choice.power if method == "generalised" else MEANS.get(method)
    if power is None:
        raise FrameworkError(
            f"“{method}”合成的得分不能分解。 / Scores aggregated by {method} cannot be split."
        )
    return _Power(power, choice.floor if power <= 0 else None)


def _rate(x0: float, x1: float, mean: _Power) -> float:
    """Return the change of f per point of x."""
    if abs(x1 - x0) < 1e-12:
        return mean.derivative((x0 + x1) / 2)
    return (mean.f(x1) - mean.f(x0)) / (x1 - x0)


def _parts(
    first: pd.Series,
    second: pd.Series,
    children: list[str],
    indexes: tuple[CompositeIndex, CompositeIndex],
    mean: _Power,
) -> list[_Part]:
    w0, w1 = (
        _known_weights(row, children, index)
        for row, index in zip((first, second), indexes, strict=True)
    )
    x0 = first[children].to_numpy(float)
    x1 = second[children].to_numpy(float)
    # A value known once stands for both: only its weight comes or goes.
    x0, x1 = np.where(np.isnan(x0), x1, x0), np.where(np.isnan(x1), x0, x1)
    known = ~np.isnan(x0)
    f0 = np.array([mean.f(x) if ok else 0.0 for x, ok in zip(x0, known, strict=True)])
    f1 = np.array([mean.f(x) if ok else 0.0 for x, ok in zip(x1, known, strict=True)])
    # Weights sum to 1 in both: what matters is a child's distance from its group.
    middle = (w0 @ f0 + w1 @ f1) / 2
    weight = (w1 - w0) * ((f0 + f1) / 2 - middle)
    slope = [
        (a + b) / 2 * _rate(x, y, mean) if ok else 0.0
        for a, b, x, y, ok in zip(w0, w1, x0, x1, known, strict=True)
    ]
    return [
        _Part(float(w) if ok else 0.0, s) for w, s, ok in zip(weight, slope, known, strict=True)
    ]


def _known_weights(row: pd.Series, children: list[str], index: CompositeIndex) -> Any:
    known = row[children].notna().to_numpy()
    w = np.where(known, [index.weights[name] for name in children], 0.0)
    return w / w.sum() if w.sum() > 0 else w


def _unit(index: CompositeIndex, unit: Any, period: Any) -> pd.Series:
    rows = index.at(period)
    label = unit if index.scores.index.nlevels == 1 else (unit, period)
    row = index.scores.loc[label] if label in rows else None
    if row is None or np.isnan(row[index.framework.top]):
        raise NoDataError(f"{unit} 没有得分（{period}）。 / {unit} has no score ({period}).")
    return row
