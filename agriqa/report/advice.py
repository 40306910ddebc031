"""What a county should do next: rules that name the number that triggered them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from agriqa.datasets import dataset
from agriqa.figures.words import Language, number_text
from agriqa.report.absence import Absence, Gap
from agriqa.report.findings import FEW_SAMPLES, POOLED_YEARS, Standing
from agriqa.report.setaside import SetAside


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
    """What the rules look at.

    Attributes
    ----------
    standings, targets : mapping
        By measure.
    period : int
        The year.
    language : {"zh", "en"}
        Of the texts.
    absences : mapping
        Why a measure has no figure, by measure.
    wrong : sequence of SetAside
        The county's rows set aside, of all years.
    failed : mapping
        Samples of the year that did not pass, by product.
    rises : mapping
        By how much the use of each kind of pesticide lies above its mean of
        the three years before [t]; only those that rose, largest first.
    """

    standings: Mapping[str, Standing]
    targets: Mapping[str, Target]
    period: int
    language: Language
    absences: Mapping[str, Absence] | None = None
    wrong: Sequence[SetAside] = ()
    failed: Mapping[str, int] | None = None
    rises: Mapping[str, float] | None = None

    def value(self, measure: str) -> float | None:
        """Return the county's value, or None where there is none."""
        found = self.standings.get(measure)
        if found is None or found.row is None or not found.known:
            return None
        return float(found.row["value"])

    def say(self, zh: str, en: str) -> str:
        """Return the text in the report's language."""
        return zh if self.language == "zh" else en

    def gaps(self) -> list[tuple[Gap, list[str]]]:
        """Return each gap once, with the labels of the measures it takes away."""
        found: dict[tuple[str, int], tuple[Gap, list[str]]] = {}
        for absent in (self.absences or {}).values():
            for gap in absent.gaps:
                _, labels = found.setdefault((gap.dataset, gap.year), (gap, []))
                labels.append(absent.measure.label[self.language])
        return list(found.values())


Rule = Callable[[Case], Advice | None]


def advise(case: Case, *, most: int = 4) -> list[Advice]:
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
        if found.place == "few":
            zh, en = "样品太少，不判断是否达到", "not judged, for lack of samples"
        elif low >= target.value:
            zh, en = "已达到", "met"
        elif high < target.value:
            zh, en = "尚未达到", "not met"
        else:
            zh, en = "尚不能判定是否达到", "not yet decided"
        n, goal = f"n={found.row['n']:.0f}", target.words("%")
        due_zh = "" if target.deadline is None else f" {target.deadline} 年的"
        due_en = "" if target.deadline is None else f" for {target.deadline}"
        years = found.years_words(case.language)
        said.append(
            case.say(
                f"例行监测合格率{years and f' {years}'} {found.value_words()}"
                f"（95% 区间 {found.interval_words()}，{n}），{zh}{due_zh}目标 {goal}。",
                f"The pass rate{f', {years},' if years else ''} is {found.value_words('en')} "
                f"(95 % interval {found.interval_words()}, {n}); the target {goal}{due_en} is "
                f"{en}.",
            )
        )
    return said


def _corrections(case: Case) -> Advice | None:
    """Ask to correct the rows set aside of the year, or that a figure of it lacks."""
    gaps = [gap for gap in case.gaps() if gap[0].kind == "wrong"]
    rows = {row: None for gap, _ in gaps for row in gap.rows}
    rows |= {row: None for row in case.wrong if row.year == case.period}
    if not rows:
        return None
    first = list(rows)[:2]
    more = len(rows) - len(first)
    listed = case.say("；", "; ").join(row.words(case.language) for row in first)
    listed += case.say(f"；另有 {more} 行", f"; {more} more") if more else ""
    lacking = dict.fromkeys(label for _, labels in gaps for label in labels)
    names = case.say("、", ", ").join(lacking)
    why = case.say(
        f"已报但有误的 {len(rows)} 行没有采用" + (f"，因此缺数：{names}。" if names else "。"),
        f"{len(rows)} row(s) that were filed are wrong and not used"
        + (f"; for lack of them there is no figure of {names}." if names else "."),
    )
    what = case.say(f"更正并重报：{listed}。", f"Correct and file again: {listed}.")
    return Advice(what, why, "")


def _missing(case: Case) -> Advice | None:
    """Ask for returns without any row, and for the empty cells of others."""
    gaps = [gap for gap in case.gaps() if gap[0].kind != "wrong"]
    if not gaps:
        return None
    asked = []
    for kind, zh, en in (("none", "补报", "File"), ("partial", "补齐空项", "Fill the gaps of")):
        labels = [
            case.say("{} 年{}", "{} {}").format(g.year, dataset(g.dataset).label[case.language])
            for g, _ in gaps
            if g.kind == kind
        ]
        if labels:
            listed = case.say("、", ", ").join(labels)
            asked.append(case.say(f"{zh}：{listed}。", f"{en}: {listed}."))
    lacking = dict.fromkeys(label for _, labels in gaps for label in labels)
    names = case.say("、", ", ").join(lacking)
    why = case.say(
        f"{len(lacking)} 项指标因此缺数：{names}。",
        f"For lack of them {len(lacking)} measures have no figure: {names}.",
    )
    return Advice(case.say("", " ").join(asked), why, "")


def _pass_rate(case: Case) -> Advice | None:
    """Follow up failed samples; more so where the whole interval is too low."""
    found, target = case.standings.get("pass_rate_pct"), case.targets.get("pass_rate_pct")
    failed = dict(case.failed or {})
    count = sum(failed.values())
    listed = case.say("、", ", ").join(f"{p} {n}" for p, n in list(failed.items())[:4])
    known = found is not None and found.known and found.row is not None and found.place != "few"
    if known and found is not None and found.row is not None:
        missed = target is not None and float(found.row["high"]) < target.value
        if missed or found.poor:
            against = target.words("%") if missed and target is not None else ""
            below_zh = f"目标 {against}" if missed else f"{found.reference_words()}%"
            below_en = f"the target {against}" if missed else "that of the province"
            years = found.years_words(case.language)
            return Advice(
                case.say(
                    "逐一复查不合格样品的产品、环节和主体，复检前列为重点监管对象"
                    + (f"；{case.period} 年不合格的有：{listed}。" if count else "。"),
                    "Follow up each failed sample: product, stage and producer; put them on the "
                    "watch list until retested"
                    + (f". Failed in {case.period}: {listed}." if count else "."),
                ),
                case.say(
                    f"例行监测合格率{years and f' {years}'} {found.value_words()}，95% 区间 "
                    f"{found.interval_words()} 整个低于{below_zh}（n={found.row['n']:.0f}）。",
                    f"The pass rate{f', {years},' if years else ''} is {found.value_words('en')}; "
                    f"its 95 % interval {found.interval_words()} lies wholly below {below_en} "
                    f"(n={found.row['n']:.0f}).",
                ),
                "pass_rate_pct",
            )
    if not count:
        return None
    return Advice(
        case.say(
            f"复查不合格样品：{listed}；查清生产主体和用药，整改后复检。",
            f"Follow up the failed samples: {listed}; find the producer and the substance, retest.",
        ),
        case.say(
            f"{case.period} 年有 {count} 个样品不合格。",
            f"{count} sample(s) failed in {case.period}.",
        ),
        "pass_rate_pct",
    )


def _few_samples(case: Case) -> Advice | None:
    found = case.standings.get("pass_rate_pct")
    if found is None or found.row is None or not found.known:
        return None
    n = float(found.row["n"])
    if n >= FEW_SAMPLES * POOLED_YEARS:
        return None
    span = case.say(found.years_words() or f"{case.period} 年", found.years_words("en"))
    width = number_text(float(found.row["high"]) - float(found.row["low"]), 0)
    return Advice(
        case.say(
            f"例行监测每年抽样不少于 {FEW_SAMPLES} 个，覆盖主要产品。",
            f"Take at least {FEW_SAMPLES} routine samples a year, over the main products.",
        ),
        case.say(
            f"{span}只有 n={n:.0f} 个例行监测样品，合格率的 95% 区间宽 {width} 个百分点。",
            f"Only n={n:.0f} routine samples ({span or case.period}): the 95 % interval of the "
            f"pass rate is {width} points wide.",
        ),
        "samples_n",
    )


def _zero_growth(case: Case) -> Advice | None:
    value = case.value("pesticide_to_3y_mean_pct")
    if value is None or value <= 100:
        return None
    top = list((case.rises or {}).items())[:2]
    zh = "、".join(f"{kind}（多 {number_text(t, 1)} 吨）" for kind, t in top)
    en = ", ".join(f"{kind} (+{number_text(t, 1)} t)" for kind, t in top)
    return Advice(
        case.say(
            f"先减{zh}，查清用在哪些作物。"
            if zh
            else "查清用量增加的农药类别和作物，制定减量措施。",
            f"Cut {en} first and find the crops it goes to."
            if en
            else "Find which pesticides and crops drive the rise.",
        ),
        case.say(
            f"农药用量为前三年均值的 {number_text(value, 1)}%，高于零增长线 100%。",
            f"Pesticide use is {number_text(value, 1)} % of the mean of the three years before, "
            "above the zero-growth line of 100 %.",
        ),
        "pesticide_to_3y_mean_pct",
    )


def _why_outside(case: Case, found: Standing) -> str:
    """Name the value, and what it lies outside of."""
    label, value = found.measure.label[case.language], found.value_words(case.language)
    side = found.place_words(case.language)
    row, band = found.row, found.band
    if found.measure.kind == "proportion" and row is not None:
        held = f"{found.interval_words()}，n={row['n']:,.0f}；{found.reference_words()}%"
        held_en = f"{found.interval_words()}, n={row['n']:,.0f}; {found.reference_words('en')} %"
        return case.say(
            f"{label} {value}，{side}（95% 区间 {held}）。",
            f"{label} is {value}, {side} (95 % interval {held_en}).",
        )
    edge = 0.0 if band is None else band["q3"] if found.measure.direction < 0 else band["q1"]
    shown = number_text(float(edge), found.measure.decimals)
    return case.say(
        f"{label} {value}，{side}（全省中间一半的边界 {shown}）。",
        f"{label} is {value}, {side} (edge of the middle half: {shown}).",
    )


def _outside(measure: str, zh: str, en: str) -> Rule:
    """Make the rule for a measure on the bad side of what it is held against."""

    def rule(case: Case) -> Advice | None:
        found = case.standings.get(measure)
        if found is None or not found.judged or not found.poor:
            return None
        return Advice(case.say(zh, en), _why_outside(case, found), measure)

    return rule


def _pesticide(case: Case) -> Advice | None:
    """Advise only the kinds of control the county does not already do well."""
    found = case.standings.get("pesticide_intensity_kg_ha")
    if found is None or not found.judged or not found.poor:
        return None
    levers = {
        "green_control_pct": ("绿色防控", "green"),
        "unified_control_pct": ("统防统治", "unified"),
    }
    open_ = [
        words for id_, words in levers.items()
        if not (id_ in case.standings and case.standings[id_].good)
    ]  # fmt: skip
    zh, en = "和".join(w[0] for w in open_), " and ".join(w[1] for w in open_)
    what = case.say(
        f"扩大{zh}，先从用药最多的作物做起。"
        if zh
        else "防控覆盖率已不低，逐个作物核查用药次数和用量。",
        f"Extend {en} control, starting with the crops that take most pesticide."
        if en
        else "Coverage of control is high already: check number and rate of treatments by crop.",
    )
    return Advice(what, _why_outside(case, found), found.measure.id)


RULES: tuple[Rule, ...] = (
    _pass_rate,
    _corrections,
    _outside(
        "exceedance_rate_pct",
        "把超限的产品和药物列入风险监测，对用药主体开展约谈和培训。",
        "Put products and substances above the limit under risk monitoring; train the producers.",
    ),
    _zero_growth,
    _missing,
    _pesticide,
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
