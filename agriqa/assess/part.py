"""A part of an index: one of its groups or indicators as an index of its own."""

from __future__ import annotations

from dataclasses import replace

from agriqa.assess.composite import CompositeIndex
from agriqa.assess.framework import Framework, Group, Indicator


def part(index: CompositeIndex, node: str) -> CompositeIndex:
    """Return the index that ends at one of the nodes.

    It has the same rows, scales and weights, so that its scores are those of the node;
    units that were left out stay out. As an index of its own it can be redrawn and
    compared.

    Parameters
    ----------
    index : CompositeIndex
    node : str
        Id of an indicator or group.

    Raises
    ------
    UnknownNameError
        If there is no such indicator or group.

    Examples
    --------
    >>> import pandas as pd
    >>> data = pd.DataFrame({"a": [1.0, 2, 3], "b": [30.0, 10, 20]}, index=["x", "y", "z"])
    >>> meta = pd.DataFrame({"id": ["a", "b", "top"], "parent": ["top", "top", None]})
    >>> part(CompositeIndex.from_tables(data, meta), "a").score().tolist()
    [0.0, 50.0, 100.0]
    """
    framework = index.framework.weighted(index.weights)
    top = framework.node(node)
    groups: list[Group] = []
    if isinstance(top, Indicator):
        own = Group(id=f"{node} alone", label=top.label)
        indicators = [top.model_copy(update={"parent": own.id})]
        groups, methods = [own], index.choices.aggregate.methods[:1]
    else:
        groups = [top.model_copy(update={"parent": None})]
        for group in groups:
            groups += [one for one in framework.groups if one.parent == group.id]
        names = {group.id for group in groups}
        indicators = [one for one in framework.indicators if one.parent in names]
        depth = next(k for k, level in enumerate(framework.levels) if node in level)
        methods = index.choices.aggregate.methods[:depth]
    kept = index.steps["screen"].table
    data = index.data.loc[kept.index].assign(**{name: kept[name] for name in kept.columns})
    choices = index.choices.model_copy(
        update={
            "denominate": index.choices.denominate.model_copy(update={"method": "none"}),
            "screen": index.choices.screen.model_copy(update={"method": "none"}),
            "weigh": index.choices.weigh.model_copy(update={"method": "given"}),
            "aggregate": index.choices.aggregate.model_copy(update={"methods": methods}),
        }
    )
    return replace(
        index,
        data=data,
        framework=Framework.of(indicators=indicators, groups=groups),
        choices=choices,
    )
