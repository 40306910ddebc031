"""The framework of an index: its indicators and the groups above them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

import numpy as np
from pydantic import Field, ValidationError, model_validator

from agriqa.assess.hierarchy import Hierarchy
from agriqa.datasets import Label
from agriqa.errors import AgriqaError, UnknownNameError
from agriqa.measures.settings import Settings, Text

if TYPE_CHECKING:
    import pandas as pd

Number = Annotated[float, Field(allow_inf_nan=False)]
Weight = Annotated[float, Field(ge=0, allow_inf_nan=False)]

# Column names of COINr's metadata table, and the kinds of its rows that are no indicators.
_COINR = {
    "iCode": "id",
    "iName": "label",
    "Direction": "direction",
    "Level": "level",
    "Weight": "weight",
    "Parent": "parent",
    "Type": "type",
    "Unit": "unit",
    "Target": "target",
    "Denominator": "denominator",
}
_INDICATOR, _GROUP = "indicator", "aggregate"
_BESIDE = ("denominator", "group", "other")
_OF_INDICATORS = ("direction", "unit", "worst", "best", "target", "denominator")


class FrameworkError(AgriqaError):
    """The framework of an index does not hold together."""


class Node(Settings):
    """What indicators and groups share.

    Attributes
    ----------
    id : str
    parent : str or None
        The group above; None for the index itself.
    label : Label
    weight : float
        Among those under the same parent; any sum.
    """

    id: Text
    parent: str | None = None
    label: Label
    weight: Weight = 1.0


class Indicator(Node):
    """One indicator: its id names a column of the data.

    Attributes
    ----------
    direction : {1, -1}
        Whether more is better or worse.
    unit : str
        Of the values.
    worst, best : float, optional
        Goalposts [unit]: the values that stand for the lowest and the highest score.
    target : float, optional
        Value to be reached [unit].
    denominator : str, optional
        Column of the data that it is divided by.
    possible : tuple of two floats or None
        Least and greatest value there can be [unit], e.g. 0 and 100 for a share.
    """

    parent: Text
    direction: Literal[1, -1] = 1
    unit: str = ""
    worst: Number | None = None
    best: Number | None = None
    target: Number | None = None
    denominator: str | None = None
    possible: tuple[float | None, float | None] = (None, None)

    @model_validator(mode="after")
    def _goalposts(self) -> Self:
        if (self.worst is None) != (self.best is None):
            raise ValueError(f"{self.id}: state both goalposts, worst and best, or neither")
        if self.worst is not None and self.best is not None:
            way = self.best - self.worst
            if way == 0 or np.sign(way) != self.direction:
                raise ValueError(
                    f"{self.id}: goalposts {self.worst} to {self.best} run against its direction"
                )
        return self


class Group(Node):
    """Indicators, or groups of them, that become one score."""


class Framework(Settings):
    """Indicators and groups, a tree of one depth.

    Attributes
    ----------
    indicators : tuple of Indicator
        The lowest level.
    groups : tuple of Group
        The levels above; exactly one has no parent: the index.
    beside : tuple of str
        Columns of the data that are no indicators: denominators, grouping, other.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"id": ["a", "b", "index"], "parent": ["index", "index", None],
    ...                       "type": ["indicator", "indicator", "aggregate"]})
    >>> Framework.from_table(table).levels
    [['a', 'b'], ['index']]
    """

    indicators: tuple[Indicator, ...] = Field(min_length=1)
    groups: tuple[Group, ...] = Field(min_length=1)
    beside: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _one_tree(self) -> Self:
        names = [node.id for node in (*self.indicators, *self.groups)]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"named twice: {', '.join(twice)}")
        groups = {group.id for group in self.groups}
        for node in (*self.indicators, *self.groups):
            if node.parent is not None and node.parent not in groups:
                raise ValueError(f"{node.id}: its parent {node.parent!r} is no group")
        tops = [group.id for group in self.groups if group.parent is None]
        if len(tops) != 1:
            raise ValueError(f"one group, the index, has no parent; found {len(tops)}: {tops}")
        parents = {node.parent for node in (*self.indicators, *self.groups)}
        empty = [group.id for group in self.groups if group.id not in parents]
        if empty:
            raise ValueError(f"groups without a child: {', '.join(empty)}")
        for group in self.groups:
            self._depth(group)
        for name in sorted(parents - {None}, key=str):
            if not any(
                node.weight for node in (*self.indicators, *self.groups) if node.parent == name
            ):
                raise ValueError(f"all weights under {name} are 0")
        depths = {indicator.id: self._depth(indicator) for indicator in self.indicators}
        deepest = max(depths.values())
        shallow = [name for name, depth in depths.items() if depth < deepest]
        if shallow:
            raise ValueError(
                f"all indicators stand at the same depth: put a group between "
                f"{', '.join(shallow)} and what is above"
            )
        return self

    def _depth(self, below: Node) -> int:
        above = {group.id: group.parent for group in self.groups}
        seen: list[str] = []
        node = below.parent
        while node is not None:
            if node in seen:
                raise ValueError(f"{' > '.join([*seen, node])} is a circle")
            seen.append(node)
            node = above[node]
        return len(seen)

    @classmethod
    def from_table(cls, table: pd.DataFrame) -> Framework:
        """Read a framework from a metadata table.

        Parameters
        ----------
        table : DataFrame
            One row per indicator and group. Columns: id, parent, type ("indicator",
            "aggregate"; "denominator", "group" and "other" name columns of the data that are
            none), label or label_zh and label_en, direction, weight, unit, worst, best,
            target, denominator. Only id and parent are needed; without a type, a row that
            is a parent is a group. COINr's names (iCode, Parent ...) are understood.

        Raises
        ------
        FrameworkError
            If a column or kind is unknown, or the tree does not hold together.
        """
        import pandas as pd

        known = ("id", "parent", "type", "label", "label_zh", "label_en", "direction", "weight",
                 "unit", "worst", "best", "target", "denominator", "level", "possible_low",
                 "possible_high")  # fmt: skip
        renamed = table.rename(columns=_COINR)
        for column in renamed.columns:
            if column not in known:
                raise UnknownNameError("框架表的列", "column of the framework", column, known)
        missing = [name for name in ("id", "parent") if name not in renamed.columns]
        if missing:
            raise FrameworkError(
                f"框架表缺列：{missing}。 / The framework table lacks columns {missing}."
            )
        # Text columns hold None, never NaN, whatever the table's types.
        rows = [
            {str(name): (None if pd.isna(value) else value) for name, value in row.items()}
            for row in renamed.to_dict("records")
        ]
        parents = {row["parent"] for row in rows}
        found: dict[str, list[dict[str, Any]]] = {_INDICATOR: [], _GROUP: []}
        beside = []
        for row in rows:
            kind = str(row.pop("type", None) or (_GROUP if row["id"] in parents else _INDICATOR))
            if kind.lower() in _BESIDE:
                beside.append(str(row["id"]))
            elif kind.lower() in found:
                found[kind.lower()].append(_fields(row, kind.lower()))
            else:
                raise UnknownNameError("行的类型", "type of row", kind, (*found, *_BESIDE))
        return cls.of(indicators=found[_INDICATOR], groups=found[_GROUP], beside=beside)

    @classmethod
    def of(cls, **parts: Any) -> Framework:
        """Make a framework; what is wrong is a `FrameworkError` instead of pydantic's own.

        Raises
        ------
        FrameworkError
            If the parts do not hold together.
        """
        try:
            return cls(**parts)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            text = f"{where}: {first['msg']}" if where else str(first["msg"])
            raise FrameworkError(f"指数框架有误：{text} / The framework is not valid.") from error

    def table(self) -> pd.DataFrame:
        """Return the framework as a metadata table, that `from_table` reads back."""
        import pandas as pd

        rows: list[dict[str, Any]] = [
            {
                "id": node.id,
                "parent": node.parent,
                "type": _INDICATOR if isinstance(node, Indicator) else _GROUP,
                "label_zh": node.label.zh,
                "label_en": node.label.en,
                "weight": node.weight,
            }
            for node in (*self.indicators, *self.groups)
        ]
        for row, one in zip(rows, self.indicators, strict=False):
            row |= {name: getattr(one, name) for name in _OF_INDICATORS}
            row["possible_low"], row["possible_high"] = one.possible
        rows += [{"id": name, "type": _BESIDE[-1]} for name in self.beside]
        return pd.DataFrame(rows)

    @cached_property
    def levels(self) -> list[list[str]]:
        """Ids level by level: the indicators first, the index alone last."""
        above = {group.id: group.parent for group in self.groups}
        found = [[indicator.id for indicator in self.indicators]]
        parents = [indicator.parent for indicator in self.indicators]
        while parents:
            found.append(list(dict.fromkeys(parents)))
            parents = [parent for name in found[-1] if (parent := above[name]) is not None]
        return found

    @property
    def top(self) -> str:
        """Id of the index."""
        return self.levels[-1][0]

    def node(self, name: str) -> Indicator | Group:
        """Return an indicator or group; an unknown id is an error with the nearest ones."""
        nodes: dict[str, Indicator | Group] = {one.id: one for one in self.indicators}
        nodes |= {one.id: one for one in self.groups}
        if name not in nodes:
            raise UnknownNameError("指标或维度", "indicator or group", name, nodes)
        return nodes[name]

    def children(self, group: str) -> list[str]:
        """Return the ids right under a group."""
        nodes = (*self.indicators, *self.groups)
        return [node.id for node in nodes if node.parent == group]

    @property
    def directions(self) -> list[int]:
        """Direction of each indicator."""
        return [indicator.direction for indicator in self.indicators]

    @property
    def weights(self) -> dict[str, float]:
        """Given weight of every indicator and group but the index, by id."""
        nodes = (*self.indicators, *self.groups)
        return {node.id: node.weight for node in nodes if node.parent is not None}

    def weighted(self, weights: Mapping[str, float]) -> Framework:
        """Return the framework with some weights changed.

        Raises
        ------
        UnknownNameError
            If an id is unknown.
        FrameworkError
            If a weight is negative, or nothing is left of a group.
        """
        for name in weights:
            if self.node(name).parent is None:
                raise FrameworkError(
                    f"“{name}”是指数本身，没有权重。 / {name} is the index: it has no weight."
                )

        def changed(nodes: Sequence[Node]) -> list[dict[str, Any]]:
            return [
                {**node.model_dump(), "weight": weights.get(node.id, node.weight)} for node in nodes
            ]

        return Framework.of(
            indicators=changed(self.indicators),
            groups=changed(self.groups),
            beside=self.beside,
        )

    def hierarchy(self, weights: Mapping[str, float] | None = None) -> Hierarchy:
        """Return the tree as arrays, with the given weights or those of the argument."""
        used = self.weights if weights is None else weights
        levels = self.levels
        return Hierarchy(
            parents=tuple(
                np.array([levels[k + 1].index(str(self.node(name).parent)) for name in level])
                for k, level in enumerate(levels[:-1])
            ),
            weights=tuple(
                np.array([used[name] for name in level], dtype=np.float64) for level in levels[:-1]
            ),
        )


def _fields(row: dict[str, Any], kind: str) -> dict[str, Any]:
    """Make the fields of a node from a row of the table."""
    row = dict(row)
    row.pop("level", None)  # follows from the parents
    plain = row.pop("label", None) or row["id"]
    zh, en = row.pop("label_zh", None) or plain, row.pop("label_en", None) or plain
    low, high = row.pop("possible_low", None), row.pop("possible_high", None)
    fields = {name: value for name, value in row.items() if value is not None}
    fields["id"], fields["label"] = str(row["id"]), {"zh": str(zh), "en": str(en)}
    if kind == _GROUP:
        return {
            name: fields[name] for name in ("id", "parent", "label", "weight") if name in fields
        }
    return {**fields, "possible": (low, high)}
