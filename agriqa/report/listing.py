"""Rows of a reference dataset as a table, in the words of its declaration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from agriqa.datasets import Column, code_lists, dataset
from agriqa.figures.tables import html_table
from agriqa.figures.words import Language

_NOTES: Mapping[str, Mapping[Language, str]] = {
    "certification": {
        "zh": "不同认证类别的数量不可相加，不同评估方的品牌价值不可相加或排序。",
        "en": "Counts of different schemes are never added, nor brand values of different "
        "assessors.",
    }
}


def listing_table(
    rows: pd.DataFrame,
    name: str,
    columns: Sequence[str],
    *,
    caption: str,
    language: Language = "zh",
) -> str:
    """Return rows of a dataset as an HTML table.

    Parameters
    ----------
    rows : DataFrame
        Rows of the dataset.
    name : str
        The dataset: gives column labels and code labels.
    columns : sequence of str
        Which columns, in this order.
    caption : str
        What the table shows.

    Raises
    ------
    UnknownNameError
        If there is no such dataset, column or code.
    """
    declared = [dataset(name)[column] for column in columns]
    shown = {c.label[language]: _texts(rows[c.name], c, language) for c in declared}
    notes = [_NOTES[name][language]] if name in _NOTES else []
    return html_table(pd.DataFrame(shown), caption=caption, notes=notes)


def _texts(values: pd.Series, column: Column, language: Language) -> list[str]:
    if column.codes is not None:
        listed = code_lists()[column.codes]
        return ["—" if pd.isna(v) else listed.label_of(str(v), language) for v in values]
    if column.type == "year":
        return ["—" if pd.isna(v) else f"{v:.0f}" for v in values]
    return ["—" if pd.isna(v) or v == "" else str(v) for v in values]
