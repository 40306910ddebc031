"""Measures of sampling: how many samples, and how many of them passed."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from agriqa.datasets import Label, code_lists, dataset
from agriqa.measures.measure import PARTS, Measure
from agriqa.measures.parts import shares
from agriqa.measures.source import Source

if TYPE_CHECKING:
    import pandas as pd

# With fewer samples a rate by class or stage says nothing and is not shown.
LEAST = 5
ROUTINE = "农产品质量安全例行监测的合格率口径（合格样品数 ÷ 样品数，不加权）"


def samples(source: Source) -> pd.DataFrame:
    """Return the samples with the year they were taken in."""
    import pandas as pd

    rows = source.table("sample")
    return rows.assign(year=pd.to_datetime(rows["sampled_on"]).dt.year)


def routine(source: Source) -> pd.DataFrame:
    """Return the samples of routine monitoring, which were not chosen on suspicion."""
    rows = source.once(samples)
    return rows[rows["scheme"] == "routine"]


def _count(source: Source) -> pd.DataFrame:
    rows = source.once(samples)
    parts = shares(rows, source, rows["sample_id"].notna())
    return parts.assign(denominator=np.nan)[PARTS]


def passed(source: Source) -> pd.DataFrame:
    """Return the passed samples of routine monitoring among all by county and year."""
    rows = source.once(routine)
    return shares(rows, source, rows["result"] == "pass")


def _passed_where(source: Source, *, column: str, code: str) -> pd.DataFrame:
    rows = source.once(samples if column == "scheme" else routine)
    chosen = rows[rows[column] == code]
    return shares(chosen, source, chosen["result"] == "pass")


def _by_code(column: str, *, but: str | None = None) -> tuple[Measure, ...]:
    """Return the pass rate by each code of a column of the samples, routine monitoring only.

    By scheme it is that of the scheme itself; routine monitoring has its own measure.
    """
    listed = code_lists()[str(dataset("sample")[column].codes)].codes
    scheme = Label(zh="", en="") if column == "scheme" else Label(zh="例行监测", en="routine ")
    return tuple(
        Measure(
            id=f"pass_rate_{column}_{code}_pct",
            label=Label(
                zh=f"{entry.label.zh}合格率" if column == "scheme" else f"合格率·{entry.label.zh}",
                en=f"Pass rate, {entry.label.en}",
            ),
            unit="%",
            direction=1,
            theme="sampling",
            kind="proportion",
            scale=100.0,
            formula=Label(
                zh=f"{entry.label.zh}：{scheme.zh}合格样品数 ÷ 样品数；区间为 95% Wilson 区间",
                en=f"{entry.label.en}: passed samples ÷ {scheme.en}samples; 95 % Wilson interval",
            ),
            datasets=("sample",),
            reference=ROUTINE,
            parts=partial(_passed_where, column=column, code=code),
            minimum_n=LEAST,
        )
        for code, entry in listed.items()
        if code != but
    )


MEASURES = (
    Measure(
        id="samples_n",
        label=Label(zh="监测样品数", en="Samples"),
        unit="个",
        direction=0,
        theme="sampling",
        kind="sum",
        formula=Label(
            zh="例行监测、监督抽查和风险监测的样品数之和",
            en="samples of routine, supervisory and risk monitoring",
        ),
        datasets=("sample",),
        reference="监测样品登记",
        parts=_count,
        decimals=0,
        core=True,
    ),
    Measure(
        id="pass_rate_pct",
        label=Label(zh="例行监测合格率", en="Pass rate, routine monitoring"),
        unit="%",
        direction=1,
        theme="sampling",
        kind="proportion",
        scale=100.0,
        formula=Label(
            zh="例行监测合格样品数 ÷ 样品数；区间为 95% Wilson 区间",
            en="passed samples ÷ samples of routine monitoring; 95 % Wilson interval",
        ),
        datasets=("sample",),
        reference=ROUTINE,
        parts=passed,
        core=True,
    ),
    *_by_code("product_class"),
    *_by_code("stage"),
    *_by_code("scheme", but="routine"),
)
