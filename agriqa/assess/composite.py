"""The composite index: data, framework and choices in one object that can be built anew."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import ValidationError

from agriqa.assess import groups, steps
from agriqa.assess.choices import Choices
from agriqa.assess.framework import Framework, FrameworkError, Node
from agriqa.errors import NoDataError, UnknownNameError

if TYPE_CHECKING:
    import pandas as pd

    from agriqa.assess.hierarchy import Hierarchy


@dataclass(frozen=True)
class CompositeIndex:
    """An index of units by the scores of their indicators.

    Everything follows from data, framework and choices; a step is computed when it is asked
    for. `changed` gives a copy with other choices, which `agriqa.assess.comparison` sets
    beside this one.

    Attributes
    ----------
    data : DataFrame
        One row per unit, or per unit and period (two index levels); columns hold at least
        the indicators.
    framework : Framework
        Indicators and groups.
    choices : Choices
        How each step is done.

    Examples
    --------
    >>> import pandas as pd
    >>> data = pd.DataFrame({"a": [1.0, 2, 3], "b": [30.0, 10, 20]}, index=["x", "y", "z"])
    >>> meta = pd.DataFrame({"id": ["a", "b", "index"], "parent": ["index", "index", None],
    ...                      "direction": [1, -1, None]})
    >>> index = CompositeIndex.from_tables(data, meta)
    >>> index.scores["index"].tolist()
    [0.0, 75.0, 75.0]
    >>> index.changed(aggregate={"methods": ["geometric"]}).ranks().tolist()
    [3, 1, 1]
    """

    data: pd.DataFrame
    framework: Framework
    choices: Choices = field(default_factory=Choices)

    def __post_init__(self) -> None:
        """Refuse data that do not fit the framework."""
        # Nobody else's changes reach the index.
        object.__setattr__(self, "data", self.data.copy())
        if self.data.index.nlevels > 2:
            raise FrameworkError(
                "数据的行是单元，或单元与时期。 / Rows are units, or units by periods."
            )
        if self.data.index.has_duplicates:
            twice = self.data.index[self.data.index.duplicated()].unique().tolist()
            raise FrameworkError(f"行重复：{twice[:5]} / Rows stand twice: {twice[:5]}")
        if any(self.data.index.get_level_values(k).hasnans for k in range(self.data.index.nlevels)):
            raise FrameworkError("单元或时期有缺。 / A unit or period has no name.")
        if self.data.columns.has_duplicates:
            twice = self.data.columns[self.data.columns.duplicated()].tolist()
            raise FrameworkError(f"列重复：{twice} / Columns stand twice: {twice}")
        for indicator in self.framework.indicators:
            if indicator.id not in self.data.columns:
                raise UnknownNameError(
                    "数据列", "column of the data", indicator.id, map(str, self.data.columns)
                )
        self._check_judgements()
        count = len(self.choices.aggregate.methods)
        depth = len(self.framework.levels) - 1
        if count not in (1, depth):
            raise FrameworkError(
                f"合成方法给出 1 个或每层 1 个（共 {depth} 层），现有 {count} 个。"
                f" / State one aggregation, or one for each of {depth} levels; got {count}."
            )

    def _check_judgements(self) -> None:
        weigh, framework = self.choices.weigh, self.framework
        judged = framework.levels[1:] if weigh.levels == "all" else framework.levels[1:2]
        allowed = [group for level in judged for group in level]
        for group in weigh.judgements:
            if group not in allowed:
                raise UnknownNameError("判断所属的维度", "group of judgements", group, allowed)

    @classmethod
    def from_tables(
        cls, data: pd.DataFrame, metadata: pd.DataFrame, choices: Choices | None = None
    ) -> CompositeIndex:
        """Make an index of two tables.

        Parameters
        ----------
        data : DataFrame
            One row per unit, named by the index or by a column uCode (and Time), as in COINr.
        metadata : DataFrame
            See `Framework.from_table`.
        choices : Choices, optional
        """
        keys = [name for name in ("uCode", "Time") if name in data.columns]
        if keys == ["Time"]:
            raise UnknownNameError("数据列", "column of the data", "uCode", map(str, data.columns))
        table = data.set_index(keys) if keys else data
        return cls(table, Framework.from_table(metadata), choices or Choices())

    def changed(
        self,
        *,
        weights: Mapping[str, float] | None = None,
        framework: Framework | None = None,
        **choices: Any,
    ) -> CompositeIndex:
        """Return a copy with some choices changed.

        Parameters
        ----------
        weights : mapping of str to float, optional
            Given weights of indicators or groups; the others stay.
        framework : Framework, optional
            Another framework over the same data.
        **choices
            By step, a mapping of what changes: ``normalise={"method": "rank"}``.

        Raises
        ------
        UnknownNameError
            If an id, a step or a field of a step is unknown.
        FrameworkError
            If a value is not allowed.
        """
        fields = self.choices.model_dump()
        for step, changes in choices.items():
            if step not in fields:
                raise UnknownNameError("步骤", "step", step, fields)
            for name in changes:
                if name not in fields[step]:
                    raise UnknownNameError(
                        f"“{step}”的选项", f"choice of {step}", name, fields[step]
                    )
            fields[step] = {**fields[step], **changes}
        try:
            chosen = Choices.model_validate(fields)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            raise FrameworkError(f"{where}：{first['msg']} / not allowed: {where}") from error
        tree = framework or self.framework
        return replace(self, framework=tree.weighted(weights) if weights else tree, choices=chosen)

    def without(self, indicator: str) -> CompositeIndex:
        """Return a copy that leaves one indicator out; a group left empty goes too."""
        self.framework.node(indicator)
        gone = {indicator}
        nodes: list[Node] = [*self.framework.indicators, *self.framework.groups]
        for level in self.framework.levels[1:-1]:
            gone |= {name for name in level if set(self.framework.children(name)) <= gone}
        kept = [node for node in nodes if node.id not in gone]
        split = len(self.framework.indicators) - sum(
            node.id in gone for node in self.framework.indicators
        )
        framework = Framework.of(
            indicators=kept[:split], groups=kept[split:], beside=self.framework.beside
        )
        weigh = self.choices.weigh
        judgements = {
            group: {
                pair: times
                for pair, times in pairs.items()
                if not gone & {part.strip() for part in pair.split("/")}
            }
            for group, pairs in weigh.judgements.items()
            if group not in gone
        }
        choices = self.choices.model_copy(
            update={"weigh": weigh.model_copy(update={"judgements": judgements})}
        )
        return replace(self, framework=framework, choices=choices)

    @cached_property
    def steps(self) -> dict[str, steps.Step]:
        """The table after every step, by the step's name, up to the normalised one."""
        import pandas as pd

        choices, framework = self.choices, self.framework
        raw = self.data[framework.levels[0]].apply(pd.to_numeric).astype(float)
        under = [one.denominator for one in framework.indicators if one.denominator in self.data]
        numbers = self.data[[*framework.levels[0], *dict.fromkeys(under)]]
        if np.isinf(numbers.apply(pd.to_numeric).to_numpy(dtype=float)).any():
            raise FrameworkError("数据含无穷值。 / The data hold an infinite value.")
        done = {"raw": steps.Step(raw)}
        done["denominate"] = steps.denominated(raw, self.data, framework, choices.denominate)
        done["screen"] = steps.screened(done["denominate"].table, choices.screen)
        done["impute"] = steps.imputed(done["screen"].table, self.data, choices.impute)
        done["treat"] = steps.treated(done["impute"].table, choices.treat)
        done["normalise"] = steps.normalised(done["treat"].table, framework, choices.normalise)
        return done

    @property
    def normalised(self) -> pd.DataFrame:
        """Indicators on their common scale, more better."""
        return self.steps["normalise"].table

    @cached_property
    def _aggregated(self) -> tuple[pd.DataFrame, dict[str, float], tuple[str, ...]]:
        """Return the scores of all nodes, the weights that were used, and the log."""
        choice = self.choices.aggregate
        log: list[str] = []
        table = self.normalised.copy()
        used: dict[str, float] = {}
        for depth, level in enumerate(self.framework.levels[1:]):
            method = choice.methods[min(depth, len(choice.methods) - 1)]
            for group in level:
                names = self.framework.children(group)
                weights, lines = groups.group_weights(
                    table, self.framework, group, self.choices.weigh, lowest=depth == 0
                )
                if method in groups.UNWEIGHTED:
                    weights = dict.fromkeys(names, 1 / len(names))
                    lines = (f"{group}: {method} uses no weights",)
                used |= weights
                log += lines
                w = np.array([weights[name] for name in names])
                # Contests and distances are of the units of one period.
                for _, rows in steps.by_period(table):
                    table.loc[rows.index, group] = groups.group_score(
                        rows[names].to_numpy(float), w, method, self.choices, group
                    )
                missing = int(table[group].isna().sum())
                if missing:
                    log.append(f"{group}: no score for {missing} rows")
        return table, used, tuple(log)

    @property
    def scores(self) -> pd.DataFrame:
        """Scores of indicators, groups and the index, one column each."""
        return self._aggregated[0]

    @property
    def weights(self) -> dict[str, float]:
        """The weights that were used, by id; they sum to 1 within each group."""
        return self._aggregated[1]

    @property
    def hierarchy(self) -> Hierarchy:
        """The tree with the weights that were used, as arrays."""
        return self.framework.hierarchy(self.weights)

    @cached_property
    def effective_weights(self) -> dict[str, float]:
        """Weight of every indicator and group in the index: the product up the tree."""
        tree = self.hierarchy
        return {
            name: weight
            for depth, level in enumerate(self.framework.levels[:-1])
            for name, weight in zip(level, tree.effective(depth).tolist(), strict=True)
        }

    def ranks(self, node: str | None = None) -> pd.Series:
        """Return places within each period, 1 the highest score; ties share the better place.

        Parameters
        ----------
        node : str, optional
            An indicator or group; the index by default.
        """
        score = self.score(node)
        # Noise of floating-point sums must not part equal units.
        rounded = score.round(9)
        grouped = rounded if score.index.nlevels == 1 else rounded.groupby(level=1)
        return grouped.rank(ascending=False, method="min").astype("Int64").rename("rank")

    def score(self, node: str | None = None) -> pd.Series:
        """Return the scores of the index, or of one indicator or group."""
        name = node or self.framework.top
        self.framework.node(name)
        return self.scores[name]

    @property
    def log(self) -> pd.DataFrame:
        """What every step did, one line each: step, choice, what was done."""
        import pandas as pd

        rows = []
        for step, done in self.steps.items():
            choice = "" if step == "raw" else _said(getattr(self.choices, step))
            size = f"{done.table.shape[0]} rows, {done.table.shape[1]} indicators"
            rows += [(step, choice, line) for line in (size, *done.log)]
        rows.append(("weigh", _said(self.choices.weigh), f"{len(self.weights)} weights"))
        scored = f"{self.score().notna().sum()} rows with a score"
        rows += [
            ("aggregate", _said(self.choices.aggregate), line)
            for line in (scored, *self._aggregated[2])
        ]
        return pd.DataFrame(rows, columns=["step", "choice", "done"])

    def at(self, period: Any = None) -> list[Any]:
        """Return the row labels of one period, in the order of the scores.

        Raises
        ------
        NoDataError
            If the period is not in the data, or not stated where there are several.
        """
        rows = self.scores.index
        if rows.nlevels == 1:
            if period is not None:
                raise NoDataError(
                    f"指数不分时期，没有 {period}。 / The index has no periods, so no {period}."
                )
            return rows.tolist()
        periods = sorted(rows.get_level_values(1).unique())
        if period not in periods:
            raise NoDataError(
                f"指数没有 {period} 这一期，有 {periods}。"
                f" / The index has no period {period}: {periods}."
            )
        return rows[rows.get_level_values(1) == period].tolist()


def _said(choice: Any) -> str:
    """Say a step's choice: what differs from the plain one."""
    default = type(choice)()
    fields = choice.model_dump()
    named = {
        name: value
        for name, value in fields.items()
        if name in ("method", "methods") or value != getattr(default, name)
    }
    return ", ".join(f"{name} {_plain(value)}" for name, value in named.items())


def _plain(value: Any) -> str:
    return "/".join(map(str, value)) if isinstance(value, tuple) else str(value)
