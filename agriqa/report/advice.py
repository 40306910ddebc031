"""What a county should do next: rules that name the number that triggered them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from agriqa.datasets import dataset
from agriqa.figures.words import Language, number_text
from agriqa.report.findings import FEW_SAMPLES, Standing, samples_needed


@dataclass(frozen=True)
class Advice:
    """A thing to do, the number that calls for it, and the measure it is of."""

    what: str
    why: str
    measure: str


@dataclass(frozen=True)
class Target:
    """A published target of a measure.

    Attributes
    ----------
    value : float
        In the measure's unit.
    comparator : str
        One of >=, <=, >, <, =.
    deadline : int or None
        The year.
    programme : str
        The document that sets it.
    """

    value: float
    comparator: str
    deadline: int | None
    programme: str

    def words(self, unit: str) -> str:
        """Return the target as a sign, a number and the unit.

        Examples
        --------
        >>> Target(98.0, ">=", 2025, "").words("%")
        '≥98%'
        """
        sign = {">=": "≥", "<=": "≤"}.get(self.comparator, self.comparator)
        return f"{sign}{self.value:g}{unit}"


@dataclass(frozen=True)
class Case:
    """What the rules look at."""

    standings: Mapping[str, Standing]
    targets: Mapping[str, Target]
    period: int
    language: Language

    def value(self, measure: str) -> float | None:
        """Return the county's value, or None where there is none."""
        found = self.standings.get(measure)
        if found is None or found.row is None or not found.known:
            return None
        return float(found.row["value"])

    def say(self, zh: str, en: str) -> str:
        """Return the text in the report's language."""
        return zh if self.language == "zh" else en


Rule = Callable[[Case], Advice | None]


def advise(case: Case, *, most: int = 6) -> list[Advice]:
    """Return what to do, most urgent first, at most `most` items."""
    found = [advice for rule in RULES if (advice := rule(case)) is not None]
    return found[:most]


def verdicts(case: Case) -> list[str]:
    """Say in a sentence each whether zero growth and the pass-rate target are met."""
    said = []
    growth = case.value("pesticide_to_3y_mean_pct")
    if growth is not None:
        shown = number_text(growth, 1)
        kept = growth <= 100
        said.append(
            case.say(
                f"农药用量为前三年均值的 {shown}%，{'守住了' if kept else '没有守住'}零增长。",
                f"Pesticide use is {shown} % of the mean of the three years before: zero growth is "
                f"{'kept' if kept else 'not kept'}.",
            )
        )
    target, found = case.targets.get("pass_rate_pct"), case.standings.get("pass_rate_pct")
    if target is not None and found is not None and found.known and found.row is not None:
        low, high = float(found.row["low"]), float(found.row["high"])
        if low >= target.value:
            zh, en = "已达到", "met"
        elif high < target.value:
            zh, en = "尚未达到", "not met"
        else:
            zh, en = "样品偏少，尚不能判定是否达到", "not yet decided, for lack of samples"
        span = f"{number_text(low, 1)}–{number_text(high, 1)}%"
        n, goal = f"n={found.row['n']:.0f}", target.words("%")
        due_zh = "" if target.deadline is None else f" {target.deadline} 年的"
        due_en = "" if target.deadline is None else f" for {target.deadline}"
        said.append(
            case.say(
                f"例行监测合格率 {found.value_words()}（95% 区间 {span}，{n}），"
                f"{zh}{due_zh}目标 {goal}。",
                f"The pass rate is {found.value_words('en')} (95 % interval {span}, {n}); the "
                f"target {goal}{due_en} is {en}.",
            )
        )
    return said


def _pass_rate(case: Case) -> Advice | None:
    """Compare the interval of the pass rate, not the rate, with the target."""
    target, found = case.targets.get("pass_rate_pct"), case.standings.get("pass_rate_pct")
    if target is None or found is None or not found.known or found.row is None:
        return None
    low, high, n = (float(found.row[c]) for c in ("low", "high", "n"))
    span = f"{number_text(low, 1)}–{number_text(high, 1)}%"
    goal = f"{number_text(target.value, 0)}%"
    if high < target.value:
        return Advice(
            case.say(
                "逐一复查不合格样品的产品、环节和主体，复检前列为重点监管对象。",
                "Follow up each failed sample: product, stage and producer; put them on the "
                "watch list until retested.",
            ),
            case.say(
                f"例行监测合格率 {found.value_words()}，95% 区间 {span} 整个低于目标 {goal}"
                f"（n={n:.0f}）。",
                f"The pass rate is {found.value_words('en')}; its 95 % interval {span} lies wholly "
                f"below the target {goal} (n={n:.0f}).",
            ),
            "pass_rate_pct",
        )
    if low < target.value:
        need = samples_needed(target.value)
        return Advice(
            case.say(
                f"增加例行监测样品：即使全部合格，也要约 {need} 个样品才能证明达到 {goal}。",
                f"Take more routine samples: even if all pass, about {need} are needed to show "
                f"that {goal} is met.",
            ),
            case.say(
                f"例行监测合格率 {found.value_words()}，但 n={n:.0f}，95% 区间 {span} 包含"
                f"目标 {goal}，尚不能判定是否达到。",
                f"The pass rate is {found.value_words('en')}, but with n={n:.0f} the 95 % interval "
                f"{span} holds the target {goal}: it cannot be told whether it is met.",
            ),
            "pass_rate_pct",
        )
    return None


def _few_samples(case: Case) -> Advice | None:
    count = case.value("samples_n")
    if count is None or count >= FEW_SAMPLES:
        return None
    return Advice(
        case.say(
            f"下一年度抽样计划不少于 {FEW_SAMPLES} 个样品，覆盖主要产品。",
            f"Plan at least {FEW_SAMPLES} samples next year, over the main products.",
        ),
        case.say(
            f"{case.period} 年只有 {count:.0f} 个样品，各项比率只供参考。",
            f"Only {count:.0f} samples in {case.period}: rates are for orientation only.",
        ),
        "samples_n",
    )


def _zero_growth(case: Case) -> Advice | None:
    value = case.value("pesticide_to_3y_mean_pct")
    if value is None or value <= 100:
        return None
    return Advice(
        case.say(
            "查清用量增加的农药类别和作物，制定减量措施，下一年回到前三年均值以下。",
            "Find which pesticides and crops drive the rise and bring use back below the mean of "
            "the three years before.",
        ),
        case.say(
            f"农药用量为前三年均值的 {number_text(value, 1)}%，高于零增长线 100%。",
            f"Pesticide use is {number_text(value, 1)} % of the mean of the three years before, "
            "above the zero-growth line of 100 %.",
        ),
        "pesticide_to_3y_mean_pct",
    )


def _outside(measure: str, zh: str, en: str) -> Rule:
    """Make the rule for a measure on the bad side of the middle half of counties."""

    def rule(case: Case) -> Advice | None:
        found = case.standings.get(measure)
        if found is None or not found.poor or found.band is None:
            return None
        edge = found.band["q3"] if found.measure.direction < 0 else found.band["q1"]
        shown = number_text(float(edge), found.measure.decimals)
        label, value = found.measure.label[case.language], found.value_words(case.language)
        side = found.place_words(case.language)
        why = case.say(
            f"{label} {value}，{side}（全省中间一半的边界 {shown}）。",
            f"{label} is {value}, {side} (edge of the middle half: {shown}).",
        )
        return Advice(case.say(zh, en), why, measure)

    return rule


def _missing(case: Case) -> Advice | None:
    absent = [
        s for s in case.standings.values()
        if not s.known and (s.row is None or str(s.row["status"]) == "missing")
    ]  # fmt: skip
    filed = {name for s in case.standings.values() if s.known for name in s.measure.datasets}
    names = dict.fromkeys(n for s in absent for n in s.measure.datasets if n not in filed)
    returns = [dataset(n).label[case.language] for n in names if dataset(n).kind == "return"]
    if not returns:
        return None
    lacking = case.say("、", ", ").join(s.measure.label[case.language] for s in absent)
    files = case.say("、", ", ").join(returns)
    return Advice(
        case.say(
            f"补报 {case.period} 年报表：{files}。", f"File the {case.period} returns: {files}."
        ),
        case.say(
            f"{len(absent)} 项指标缺报：{lacking}。",
            f"{len(absent)} measures are missing: {lacking}.",
        ),
        absent[0].measure.id,
    )


RULES: tuple[Rule, ...] = (
    _pass_rate,
    _outside(
        "exceedance_rate_pct",
        "把超限的产品和药物列入风险监测，对用药主体开展约谈和培训。",
        "Put products and substances above the limit under risk monitoring; train the producers.",
    ),
    _zero_growth,
    _missing,
    _outside(
        "pesticide_intensity_kg_ha",
        "扩大绿色防控和统防统治，先从用药最多的作物做起。",
        "Extend green and unified control, starting with the crops that take most pesticide.",
    ),
    _outside(
        "fertiliser_intensity_kg_ha",
        "推行测土配方施肥和有机肥替代，核实用量最高的作物。",
        "Extend soil-test based fertilising and organic substitution; check the heaviest users.",
    ),
    _outside(
        "green_control_pct",
        "把绿色防控列入园区和基地的必备条件，逐年提高覆盖率。",
        "Make green control a condition of parks and bases and raise coverage year by year.",
    ),
    _outside(
        "unified_control_pct",
        "培育统防统治服务组织，优先覆盖粮油主产乡镇。",
        "Build up unified control services, main grain townships first.",
    ),
    _outside(
        "manure_use_pct",
        "补齐畜禽粪污处理设施短板，推动粪肥就近还田。",
        "Close gaps in manure treatment and return manure to nearby fields.",
    ),
    _few_samples,
)
