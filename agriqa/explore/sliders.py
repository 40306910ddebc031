"""Sliders for the weights of an index, and the ranking that follows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from agriqa.workbench.index import IndexView


class WeightSliders:
    """Sliders for the dimensions of an index, redrawing its ranking at once.

    The bands beside the ranks are those of the index the sliders began from: 1,000 versions
    take longer than a hand does. `version` is the index as the sliders stand, with bands of
    its own.

    Parameters
    ----------
    view : IndexView
        The index to begin from.
    county : str, optional
        Name or code of a county to follow.
    top : int
        How many of the first counties to list.

    Attributes
    ----------
    sliders : dict of str to FloatSlider
        By id of the dimension.
    panel : VBox
        Sliders, buttons and table; what a notebook shows.

    Examples
    --------
    >>> WeightSliders(wb.index(2021), county="郫都区")  # doctest: +SKIP
    """

    def __init__(self, view: IndexView, *, county: str | None = None, top: int = 15) -> None:
        import ipywidgets as widgets

        self.view, self.top = view, top
        self.code = None if county is None else view.code(county)
        self._quick = _one_year(view)
        self._scheme: str | None = None
        self._setting = False
        zh = view.language == "zh"
        self.sliders: dict[str, Any] = {
            name: widgets.FloatSlider(
                min=0.0, max=100.0, step=1.0, description=view.label(name),
                continuous_update=True, readout_format=".0f",
                style={"description_width": "9em"}, layout={"width": "34em"},
            )
            for name in view.dimensions
        }  # fmt: skip
        schemes: list[tuple[str | None, str]] = [(None, "恢复" if zh else "Reset")]
        schemes += [(one.id, one.label[view.language]) for one in view.declaration.weights]
        buttons = []
        for scheme, label in schemes:
            button = widgets.Button(description=label)
            button.on_click(lambda _, chosen=scheme: self.use(chosen))
            buttons.append(button)
        self.table = widgets.HTML()
        self.panel = widgets.VBox([*self.sliders.values(), widgets.HBox(buttons), self.table])
        for slider in self.sliders.values():
            slider.observe(self._on_change, names="value")
        self.use(None)

    @property
    def weights(self) -> dict[str, float]:
        """Weights of the dimensions as the sliders stand."""
        return {name: float(slider.value) for name, slider in self.sliders.items()}

    @property
    def version(self) -> IndexView:
        """The index with these weights."""
        return self.view.what_if(scheme=self._scheme, weights=self.weights)

    def use(self, scheme: str | None) -> None:
        """Set all sliders: to a declared set of weights, or to the index's own."""
        chosen = self.view if scheme is None else self.view.what_if(scheme=scheme)
        total = sum(chosen.index.weights[name] for name in self.sliders)
        self._scheme = scheme
        self._setting = True  # one table for all of them
        for name, slider in self.sliders.items():
            slider.value = 100 * chosen.index.weights[name] / total
        self._setting = False
        self.redraw()

    def redraw(self) -> None:
        """Compute the ranking of these weights and show it."""
        self.table.value = self.html()

    def ranking(self) -> pd.DataFrame:
        """Return the counties by rank, with the places each has moved.

        Returns
        -------
        DataFrame
            By code: rank, county, prefecture, score, moved (places gained against the
            index the sliders began from), low and high (90 % rank band of that).

        Raises
        ------
        FrameworkError
            If all weights are 0.
        """
        version = self._quick.what_if(scheme=self._scheme, weights=self.weights)
        ranks = version.ranks().dropna()
        table = self.view.counties[["county", "prefecture"]].join(ranks, how="right")
        top = self.view.index.framework.top
        table["score"] = version.scores[top]
        table["moved"] = self._quick.ranks() - ranks
        order = ["rank", "county", "prefecture", "score", "moved"]
        return table[order].join(self.view.bands()).sort_values("rank")

    def html(self) -> str:
        """Return the first counties, and the one that is followed, as a table."""
        import pandas as pd

        from agriqa.figures.words import number_text, signed_text

        zh = self.view.language == "zh"
        if sum(self.weights.values()) <= 0:
            return "<p>权重不能全为 0。</p>" if zh else "<p>Not all weights can be 0.</p>"
        table = self.ranking()
        shown = table.head(self.top)
        if self.code is not None and self.code in table.index and self.code not in shown.index:
            shown = table.loc[[*shown.index, self.code]]
        headers = ("名次", "县", "市州", "得分", "升降", "原名次区间") if zh else (
            "Rank", "County", "Prefecture", "Score", "Moved", "Original band")  # fmt: skip
        lines = [_row(headers, "th")]
        for code, row in shown.iterrows():
            cells = (
                str(row["rank"]), row["county"], row["prefecture"],
                number_text(row["score"], 1), signed_text(float(row["moved"]), 0),
                "—" if row["low"] is pd.NA else f"{row['low']}–{row['high']}",
            )  # fmt: skip
            lines.append(_row(cells, "td", bold=code == self.code))
        return f"<p>{escape(self._said(table))}</p><table>{''.join(lines)}</table>"

    def _said(self, table: pd.DataFrame) -> str:
        zh, moved = self.view.language == "zh", table["moved"].abs()
        total = sum(self.weights.values())
        shares = {name: 100 * value / total for name, value in self.weights.items()}
        told = ("，" if zh else ", ").join(
            f"{self.view.label(name)} {share:.0f}%" for name, share in shares.items()
        )
        mean, most = f"{moved.mean():.1f}", f"{moved.max():.0f}"
        mark = ("含模拟数据。" if zh else " Partly simulated.") if self.view.simulated else ""
        if zh:
            return (
                f"{self.view.period} 年，n={len(table)} 县；{told}。"
                f"平均变动 {mean} 位，最多 {most} 位。{mark}"
            )
        return (
            f"{self.view.period}, n={len(table)} counties; {told}. "
            f"{mean} places moved on average, {most} at most.{mark}"
        )

    def _on_change(self, _: object) -> None:
        if not self._setting:
            self.redraw()

    def _repr_mimebundle_(self, **options: Any) -> Any:
        return self.panel._repr_mimebundle_(**options)


def _one_year(view: IndexView) -> IndexView:
    """Leave other years out where the scores of this one do not rest on them."""
    choices = view.index.choices
    own_scale = choices.normalise.scope == "period" or choices.normalise.method == "goalposts"
    across = choices.treat.method != "none" or choices.impute.method in ("latest", "linear")
    if across or not own_scale:
        return view
    data = view.index.data
    rows = data[data.index.get_level_values(1) == view.period]
    return replace(view, index=replace(view.index, data=rows))


def _row(cells: Sequence[str], tag: str, *, bold: bool = False) -> str:
    style = ' style="font-weight:bold"' if bold else ""
    return f"<tr{style}>{''.join(f'<{tag}>{escape(cell)}</{tag}>' for cell in cells)}</tr>"
