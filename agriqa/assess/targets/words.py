"""The sentences that say how a target stands and why."""

from __future__ import annotations

from typing import Literal

import numpy as np

from agriqa.datasets import Label
from agriqa.datasets.units import canonical, unit_label
from agriqa.stats.checks import Language

STATES = {
    "met": Label(zh="已达到", en="met"),
    "on_track": Label(zh="按进度", en="on track"),
    "at_risk": Label(zh="有风险", en="at risk"),
    "missed": Label(zh="未达到", en="missed"),
    "within_rounding": Label(zh="在修约范围内，无法判断", en="within rounding: cannot be told"),
    "open": Label(zh="尚未达到，无从判断进度", en="not yet met, pace cannot be judged"),
    "not_measurable": Label(zh="无法衡量", en="not measurable"),
}

COMPARATORS = {
    ">=": Label(zh="不低于", en="at least"),
    "<=": Label(zh="不高于", en="at most"),
    ">": Label(zh="高于", en="more than"),
    "<": Label(zh="低于", en="less than"),
}

# Units that are no units of measurement, in English in the plural.
UNITS = {
    "个": Label(zh="个", en=" items"),
    "项": Label(zh="项", en=" items"),
    "家": Label(zh="家", en=" organisations"),
    "处": Label(zh="处", en=" sites"),
    "种": Label(zh="种", en=" kinds"),
    "百分点": Label(zh="百分点", en=" percentage points"),
    "百分点(原文)": Label(zh="百分点", en=" percentage points"),
    "县": Label(zh="个县", en=" counties"),
    "分": Label(zh="分", en=" points"),
    "万个": Label(zh="万个", en=" × 10,000"),
}

# By the rule that gave the state; filled in with the target's own numbers.
RULES = {
    "reached": Label(
        zh="{at}年的值{value}达到目标（{goal}）",
        en="the value {value} of {at} meets the target of {goal}",
    ),
    "rounding": Label(
        zh="{at}年的值只知道在{low}至{high}之间，目标（{goal}）的界限在此范围内",
        en="the value of {at} is only known to lie in {low} to {high}, which holds the limit of "
        "the target, {goal}",
    ),
    "not_reached_by_deadline": Label(
        zh="期限{deadline}年已到，{at}年的值{value}未达到目标（{goal}）",
        en="the deadline {deadline} has come and the value {value} of {at} does not meet the "
        "target of {goal}",
    ),
    "no_value_at_deadline": Label(
        zh="期限{deadline}年已过，最近的值是{at}年的{value}，期限年没有值",
        en="the deadline {deadline} has passed; the latest value before it is {value} of {at}",
    ),
    "probability": Label(
        zh="{at}年为{value}，按趋势到{deadline}年达到目标（{goal}）的概率为{chance}",
        en="{value} in {at}; by its trend it is {goal} in {deadline} with probability {chance}",
    ),
    "pace": Label(
        zh="{at}年为{value}，已走完路程的{achieved}，时间已过{elapsed}",
        en="{value} in {at}: {achieved} of the way is gone and {elapsed} of the time",
    ),
    "no_deadline": Label(
        zh="{at}年为{value}，未达到目标（{goal}）；目标没有写明期限",
        en="{value} in {at}, where {goal} is asked; the target has no deadline",
    ),
    "nothing_to_judge_by": Label(
        zh="{at}年为{value}，未达到目标（{goal}）；点太少不能预测，也没有可比的基期",
        en="{value} in {at}, where {goal} is asked; too few points for a forecast, and no base to "
        "compare with",
    ),
    "base_only": Label(
        zh="只有基期{since}年的值，为{value}，还看不出向目标（{goal}）的进度",
        en="only the value of the base year {since} is known, {value}: no progress towards {goal} "
        "can be seen yet",
    ),
    "not_yet_set": Label(
        zh="{now}年尚未提出（{set_in}年提出）", en="not yet set in {now} (set in {set_in})"
    ),
    "partial_list": Label(
        zh="名单或公布数不全，{at}年所见至少{value}，不足以说是否达到目标（{goal}）",
        en="lists or figures are incomplete: at least {value} by {at}, which cannot tell whether "
        "the target of {goal} is met",
    ),
    "no_value": Label(zh="到{now}年没有可用的值", en="there is no value that counts up to {now}"),
    "not_begun": Label(
        zh="这是{deadline}年当年的目标，{now}年还无从衡量",
        en="a target for the year {deadline} itself, not to be measured in {now}",
    ),
    "without_source": Label(zh="没有对应的指标", en="nothing measures it"),
}

# The same in a few words, to stand beside the code.
RULE_NAMES = {
    "reached": Label(zh="值符合目标", en="the value meets the target"),
    "rounding": Label(zh="修约范围跨过目标", en="the target lies within the rounding"),
    "not_reached_by_deadline": Label(zh="期限已到而值不符合", en="not reached by the deadline"),
    "no_value_at_deadline": Label(zh="期限年没有值", en="no value at the deadline"),
    "probability": Label(zh="按达标概率", en="by the probability of meeting it"),
    "pace": Label(zh="按路程与时间之比", en="by the way gone and the time gone"),
    "no_deadline": Label(zh="没有期限", en="no deadline"),
    "base_only": Label(zh="只有基期的值", en="only the base year is known"),
    "nothing_to_judge_by": Label(zh="点太少，没有基期", en="too few points and no base"),
    "not_yet_set": Label(zh="当年尚未提出", en="not yet set in that year"),
    "partial_list": Label(zh="名单不全", en="the lists are incomplete"),
    "no_value": Label(zh="没有可用的值", en="no value that counts"),
    "not_begun": Label(zh="还没到目标的年份", en="the target's year has not come"),
    "without_source": Label(zh="没有对应的指标", en="nothing measures it"),
}

# Why a target has no measure.
REASONS = {
    "not_collected": Label(zh="没有收集数据", en="no data is collected"),
    "qualitative": Label(zh="定性目标，没有数量", en="a target in words, without a number"),
    "other_jurisdiction": Label(zh="不是本省的目标", en="another jurisdiction's target"),
    "definition": Label(zh="口径不明或不同", en="its definition is unclear or another"),
    "partial_list": Label(zh="名单不全", en="the lists are incomplete"),
    "each_unit": Label(zh="对每个单位的要求", en="asked of each unit"),
    "elsewhere": Label(zh="由本系统其他部分评定", en="assessed elsewhere in agriqa"),
}

ORIENTATION = Label(zh="；{at}年的值{value}只供参考", en="; {value} of {at} is for orientation")

INTERVAL = Label(
    zh="；样本率，95%区间{low}至{high}", en="; a sample's share, 95 % interval {low} to {high}"
)

COUNTY_READING = Label(
    zh="参考：目标是全省、全市或全国的，不是各县的任务",
    en="for reference: the goal is the province's, the prefecture's or the nation's, no duty of "
    "the county",
)


def comparator_words(comparator: str, meaning_of_equal: Literal["at_least", "at_most"]) -> Label:
    """Return a comparator in words; "=" as it is read.

    Examples
    --------
    >>> comparator_words("=", "at_least").zh
    '不低于'
    """
    read = {"at_least": ">=", "at_most": "<="}[meaning_of_equal]
    return COMPARATORS[read if comparator == "=" else comparator]


def quantity(value: float, unit: str, language: Language) -> str:
    """Write a value with at most two decimals and its unit; a missing one is empty.

    Examples
    --------
    >>> quantity(-27.2387, "%", "zh"), quantity(1000, "家", "zh"), quantity(60, "万亩", "en")
    ('-27.24%', '1000家', '60 × 10,000 mu')
    >>> quantity(1, "县", "en"), quantity(-0.001, "百分点", "en")
    ('1 county', '0 percentage points')
    """
    if np.isnan(value):
        return ""
    # Adding 0 takes the sign off a rounded -0.
    number = f"{round(value, 2) + 0.0:.2f}".rstrip("0").rstrip(".")
    known = canonical(unit) if unit else None
    if unit in UNITS:
        word = UNITS[unit].zh if language == "zh" else UNITS[unit].en
        if number == "1" and language == "en":
            word = word[:-3] + "y" if word.endswith("ies") else word.removesuffix("s")
        return number + word
    if language == "zh":
        return number + (unit if known is None else unit_label(known))
    if known is None:
        return number
    label = unit_label(known, "en")
    return number + (label if label == "%" else f" × {label}" if label[0] == "1" else f" {label}")
