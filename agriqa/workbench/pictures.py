"""The pictures of an index."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from agriqa.errors import UnknownNameError
from agriqa.figures.maps import choropleth
from agriqa.figures.rankings import rank_bands, ranking, shortfall_bars

if TYPE_CHECKING:
    import pandas as pd

    from agriqa.figures.chart import Chart
    from agriqa.workbench.index import IndexView

PICTURES = ("bands", "ranking", "shortfalls", "map")


def draw(view: IndexView, kind: str, *, counties: Sequence[str], top: int) -> Chart:
    """Draw one kind of picture, see `IndexView.plot`."""
    if kind not in PICTURES:
        raise UnknownNameError("图", "picture", kind, PICTURES)
    words = {"what": view.title, "period": _year(view), "caption": view.caption()}
    if kind == "map":
        return _map(view)
    if kind == "shortfalls":
        return _shortfalls(view, _chosen(view, counties, top))
    table = view.counties.rename(columns={"county": "name"}).join(view.ranks())
    table = table.join(view.bands())
    if kind == "bands":
        return rank_bands(table, highlight=counties, **words)  # type: ignore[arg-type]
    score = view.scores[view.index.framework.top]
    table = table.assign(score=score, of=int(score.notna().sum()))
    return ranking(table.loc[_chosen(view, counties, top)], **words)  # type: ignore[arg-type]


def _year(view: IndexView) -> str:
    return f"{view.period} 年" if view.language == "zh" else str(view.period)


def _chosen(view: IndexView, counties: Sequence[str], top: int) -> list[str]:
    """Return the counties named, or the first ones, in order of rank."""
    ranks = view.ranks().dropna()
    if counties:
        ranks = ranks[ranks.index.isin(counties)]
    order = ranks.sort_values(kind="stable").index
    return list(order if counties else order[:top])


def _shortfalls(view: IndexView, codes: list[str]) -> Chart:
    parts = view.shortfalls().loc[codes].rename(columns=view.label)
    names = view.counties.loc[codes, "county"]
    # Names that two counties share would fall together.
    twice = names.duplicated(keep=False)
    labels = names.where(~twice, names + " " + view.counties.loc[codes, "prefecture"])
    scores = view.scores.loc[codes, view.index.framework.top].set_axis(labels)
    return shortfall_bars(
        parts.set_axis(labels), scores, what=view.title, period=_year(view),
        of=len(view.counties), caption=view.caption(),
    )  # fmt: skip


def _map(view: IndexView) -> Chart:
    zh, score = view.language == "zh", view.scores[view.index.framework.top].dropna()
    if view.has_grades:
        names = [one.label[view.language] for one in view.declaration.grade[::-1]]
        classes = view.grades().dropna()
        counts = classes.value_counts()
        found = [f"{name} {counts[name]}" for name in reversed(names) if name in counts]
        finding = ("，" if zh else ", ").join(found)
    else:
        classes, names = _fifths(score, zh)
        finding = "按得分分为五等份" if zh else "Fifths by score"
    return choropleth(
        view.workbench.project.reference, {str(code): own for code, own in classes.items()}, names,
        what=view.title, finding=finding, period=_year(view), of=len(view.counties),
        caption=view.caption(),
    )  # fmt: skip


def _fifths(score: pd.Series, zh: bool) -> tuple[pd.Series, list[str]]:
    """Cut the counties into fifths by rank, ties into one."""
    import numpy as np
    import pandas as pd

    share = score.rank(pct=True, method="max").to_numpy()
    place = np.ceil(5 * share - 1e-9).astype(int) - 1
    names = (
        ["最低的五分之一", "次低", "中间", "次高", "最高的五分之一"]
        if zh
        else ["lowest fifth", "second", "middle", "fourth", "highest fifth"]
    )
    return pd.Series([names[k] for k in place], index=score.index), names
