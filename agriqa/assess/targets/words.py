"""The sentences that say how a target stands and why."""

from __future__ import annotations

from agriqa.datasets import Label

STATES = {
    "met": Label(zh="已达到", en="met"),
    "on_track": Label(zh="按进度", en="on track"),
    "at_risk": Label(zh="有风险", en="at risk"),
    "missed": Label(zh="未达到", en="missed"),
    "within_rounding": Label(zh="在修约范围内，无法判断", en="within rounding: cannot be told"),
    "open": Label(zh="尚未达到，无从判断进度", en="not yet met, pace cannot be judged"),
    "not_measurable": Label(zh="无法衡量", en="not measurable"),
}

# By the rule that gave the state; filled in with the target's own numbers.
RULES = {
    "reached": Label(
        zh="{at}年的值{value}达到目标{goal}",
        en="the value {value} of {at} meets the target {goal}",
    ),
    "rounding": Label(
        zh="{at}年的值只知道在{low}至{high}之间，目标{goal}在此范围内",
        en="the value of {at} is only known to lie in {low} to {high}, which holds the target "
        "{goal}",
    ),
    "not_reached_by_deadline": Label(
        zh="期限{deadline}年已到，值{value}未达到目标{goal}",
        en="the deadline {deadline} has come and the value {value} does not meet {goal}",
    ),
    "no_value_at_deadline": Label(
        zh="期限{deadline}年已过，最近的值是{at}年的{value}，期限年没有值",
        en="the deadline {deadline} has passed; the latest value before it is {value} of {at}",
    ),
    "probability": Label(
        zh="{at}年为{value}，按趋势到{deadline}年达到{goal}的概率为{chance}",
        en="{value} in {at}; by its trend it meets {goal} in {deadline} with probability {chance}",
    ),
    "pace": Label(
        zh="{at}年为{value}，已走完路程的{achieved}，时间已过{elapsed}",
        en="{value} in {at}: {achieved} of the way is gone and {elapsed} of the time",
    ),
    "no_deadline": Label(
        zh="{at}年为{value}，未到{goal}；目标没有写明期限",
        en="{value} in {at}, short of {goal}; the target has no deadline",
    ),
    "nothing_to_judge_by": Label(
        zh="{at}年为{value}，未到{goal}；点太少不能预测，也没有可比的基期",
        en="{value} in {at}, short of {goal}; too few points for a forecast, and no base to "
        "compare with",
    ),
    "partial_list": Label(
        zh="名单或公布数不全，所见至少{value}（{at}年），不足以说达到或未达到{goal}",
        en="lists or figures are incomplete: at least {value} by {at}, which cannot tell whether "
        "{goal} is met",
    ),
    "no_value": Label(zh="到{now}年没有可用的值", en="there is no value that counts up to {now}"),
    "not_begun": Label(
        zh="这是{deadline}年当年的目标，{now}年还无从衡量",
        en="a target for the year {deadline} itself, not to be measured in {now}",
    ),
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

INTERVAL = Label(
    zh="；样本率，95%区间{low}至{high}", en="; a sample's share, 95 % interval {low} to {high}"
)

COUNTY_READING = Label(
    zh="参考：目标是全省或全国的，不是各县的任务",
    en="for reference: the goal is the province's or the nation's, not the county's duty",
)
