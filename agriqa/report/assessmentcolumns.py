"""What the workbook of an assessment shows of each table: columns and their headers.

CSV and Parquet hold all columns by their ids; a reader of the workbook sees these, in words.
A name with ``{}`` stands for the column in the workbook's language.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from agriqa.datasets import Label
from agriqa.project import Language

_COUNTY = {
    "code": ("代码", "Code"),
    "name": ("县", "County"),
    "prefecture": ("市州", "Prefecture"),
}
_SIMULATED = {"simulated": ("含模拟数据", "Simulated data in it")}
_ITEM = {"section_label": ("部分", "Section"), "item_label": ("条目", "Item")}

_COLUMNS: Mapping[str, Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "index": {
            "rank": ("名次", "Rank"),
            "rank_low": ("名次区间：最好（90%）", "Rank band, best (90 %)"),
            "rank_high": ("名次区间：最差（90%）", "Rank band, worst (90 %)"),
            **_COUNTY,
            "score": ("得分（0–100）", "Score (0–100)"),
            "grade": ("等级", "Grade"),
            "grade_probability": ("等级的概率（0–1）", "Probability of the grade (0–1)"),
            "known": ("有数的指标数", "Indicators known"),
            "of": ("指标总数", "Indicators"),
            **_SIMULATED,
        },
        "index_trace": {
            **_COUNTY,
            "label": ("指标或维度", "Indicator or dimension"),
            "value": ("数值", "Value"),
            "unit": ("单位", "Unit"),
            "n": ("样本量 n", "n"),
            "low": ("区间下限", "Interval, low"),
            "high": ("区间上限", "Interval, high"),
            "status_label": ("数据状态", "Status of the data"),
            "score": ("得分（0–100）", "Score (0–100)"),
            "weight": ("组内权重", "Weight in its group"),
            "effective": ("在指数中的权重", "Weight in the index"),
        },
        "card": {
            **_COUNTY,
            "points": ("得分", "Points"),
            "out_of": ("满分", "Out of"),
            "grade": ("等级", "Grade"),
            "rank": ("得分名次（不含误差）", "Rank of points (no error in it)"),
            "vetoed": ("否决", "Vetoed"),
            "key_items_met": ("★项全部达到", "Key items met"),
            "bonus": ("加分", "Bonus"),
            "penalty": ("扣分", "Penalty"),
            "self_points": ("自评总分", "Claimed points"),
            "difference": ("核定减自评", "Verified less claimed"),
            "missing_n": ("无证据的条目数", "Items without evidence"),
            "exempt_n": ("免评的条目数", "Items exempt"),
            "reasons_{}": ("理由", "Reasons"),
            "example": ("含示例条目或证据", "Made-up examples in it"),
            **_SIMULATED,
        },
        "card_trace": {
            **_COUNTY,
            **_ITEM,
            "value": ("证据", "Evidence"),
            "status_label": ("证据状态", "Status of the evidence"),
            "rule_{}": ("规则和处理", "Rule and treatment"),
            "points": ("得分", "Points"),
            "out_of": ("满分", "Out of"),
            "key": ("★项", "Key item"),
            "key_met": ("★达到", "Key item met"),
            "self_points": ("自评分", "Claimed points"),
            "adjustment": ("调整", "Adjustment"),
            "note": ("说明", "Note"),
            "example": ("示例", "Made-up example"),
        },
        "card_sections": {
            **_COUNTY,
            "section_label": ("部分", "Section"),
            "points": ("得分", "Points"),
            "available": ("可得分", "Points to be had"),
            "out_of": ("满分", "Out of"),
            "rescaled": ("折算后", "Rescaled"),
            **_SIMULATED,
        },
        "card_self_scores": {
            **_COUNTY,
            "item_label": ("条目", "Item"),
            "self_points": ("自评分", "Claimed points"),
            "points": ("核定分", "Verified points"),
            "difference": ("核定减自评", "Verified less claimed"),
            **_SIMULATED,
        },
        "disagreement": {
            **_COUNTY,
            "index_score": ("指数得分", "Index score"),
            "card_points": ("评分表得分", "Card points"),
            "index_rank": ("指数名次（区间见指数表）", "Index rank (band in the index table)"),
            "card_rank": ("评分表名次", "Card rank"),
            "difference": ("名次差（正：指数更宽）", "Rank difference (above 0: index kinder)"),
            "reasons_{}": ("评分表的理由", "Reasons of the card"),
            **_SIMULATED,
        },
        "targets": {
            "programme": ("规划或方案", "Programme"),
            "area": ("地区", "Area"),
            "indicator": ("目标", "Target"),
            "comparator_{}": ("要求", "Comparator"),
            "goal": ("目标值", "Goal"),
            "goal_text": ("定性要求", "Goal in words"),
            "unit": ("单位", "Unit"),
            "deadline": ("期限", "Deadline"),
            "base": ("基期值", "Base"),
            "base_period": ("基期", "Base year"),
            "value": ("当前值", "Current value"),
            "value_period": ("当前值年份", "Year of the value"),
            "low": ("下限", "Low"),
            "high": ("上限", "High"),
            "n": ("样本量 n", "n"),
            "status_label": ("数据状态", "Status of the data"),
            "state_{}": ("目标状态", "State"),
            "achievement": ("完成的路程（0–1）", "Part of the way (0–1)"),
            "pace": ("此后每年需要（同单位）", "Pace needed a year (same unit)"),
            "forecast": ("期限时预测值", "Forecast at the deadline"),
            "forecast_low": ("预测下限", "Forecast, low"),
            "forecast_high": ("预测上限", "Forecast, high"),
            "probability": ("达标概率（0–1）", "Probability of hitting (0–1)"),
            "reason_{}": ("理由", "Reason"),
            "source_{}": ("当前值来源", "Source of the value"),
        },
        "targets_counties": {
            "area": ("代码", "Code"),
            "name": ("县", "County"),
            "indicator": ("目标", "Target"),
            "value": ("本县值", "The county's value"),
            "unit": ("单位", "Unit"),
            "value_period": ("年份", "Year"),
            "n": ("样本量 n", "n"),
            "low": ("区间下限", "Interval, low"),
            "high": ("区间上限", "Interval, high"),
            "status_label": ("数据状态", "Status of the data"),
            "goal": ("目标值", "Goal"),
            "reaches": ("达到", "Reaches it"),
            "told": ("区间也支持", "The interval agrees"),
            "reading_{}": ("怎么读", "How to read it"),
        },
    }
)


def headers(kind: str, language: Language) -> dict[str, Label]:
    """Return the columns that the workbook shows of a kind of table, with their headers.

    Examples
    --------
    >>> headers("card_sections", "en")["available"].en
    'Points to be had'
    """
    return {name.format(language): Label(zh=zh, en=en) for name, (zh, en) in _COLUMNS[kind].items()}
