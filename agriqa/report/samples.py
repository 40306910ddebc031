"""The table of a year's samples by monitoring scheme and product class."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from agriqa.datasets import code_lists
from agriqa.figures.tables import html_table
from agriqa.figures.words import Language, number_text
from agriqa.stats.proportions import wilson_interval

_HEADERS: Mapping[Language, list[str]] = {
    "zh": ["监测类型", "产品大类", "样品数 n", "不合格", "合格率 %", "95% 区间"],
    "en": ["Scheme", "Product class", "Samples n", "Failed", "Pass rate %", "95 % interval"],
}


def samples_table(samples: pd.DataFrame, period: int, language: Language = "zh") -> str:
    """Return pass rates with their intervals as an HTML table.

    Parameters
    ----------
    samples : DataFrame
        Rows of the dataset ``sample``, one county and year, at least one.
    period : int
        The year, for the caption.
    """
    zh = language == "zh"
    passed = samples.assign(ok=samples["result"] == "pass")
    counts = passed.groupby(["scheme", "product_class"])["ok"].agg(["sum", "size"]).reset_index()
    low, high = (100 * limit for limit in wilson_interval(counts["sum"], counts["size"]))
    schemes, classes = code_lists()["sample_scheme"], code_lists()["product_class"]
    columns = [
        [schemes.label_of(code, language) for code in counts["scheme"]],
        [classes.label_of(code, language) for code in counts["product_class"]],
        [f"{n:,}" for n in counts["size"]],
        [f"{n:,}" for n in counts["size"] - counts["sum"]],
        [number_text(v, 1) for v in 100 * counts["sum"] / counts["size"]],
        [f"{number_text(a, 1)}–{number_text(b, 1)}" for a, b in zip(low, high, strict=True)],
    ]
    notes = [
        "不同监测类型的抽样目的不同，合格率不可合并或互比。"
        if zh
        else "Schemes sample for different ends: never pool or compare their rates."
    ]
    if (samples["origin"] == "simulated").any():
        notes.append("本表为模拟数据。" if zh else "The samples are simulated.")
    heads = _HEADERS[language]
    return html_table(
        pd.DataFrame(dict(zip(heads, columns, strict=True))),
        caption=f"{period} 年样品：按监测类型和产品大类（共 {len(samples)} 个）"
        if zh
        else f"Samples of {period} by scheme and product class ({len(samples)} in all)",
        numeric=heads[2:],
        notes=notes,
    )
