"""The page that defends a declared index, made from its declaration."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from agriqa.assess.declaration import FOLDER, DeclaredIndicator, IndexDeclaration
from agriqa.assess.framework import Framework
from agriqa.assess.hierarchy import Hierarchy
from agriqa.datasets import Label

_HEAD = """# {label.zh} {label.en}

本页由 `data/config/{folder}/{id}.toml` 生成，不要手改。
Made from `data/config/{folder}/{id}.toml`; do not edit.

**{basis.zh}。**

**{basis.en}.**

## 它不是什么 What it is not

- 不是考核，也不代替考核：考核看规则和责任，有否决项；这里只看数据。
- 不是对农户、企业或某种产品的评价，也不能用来判断某个产品是否安全。
- 名次相邻不等于有差别：分数带着抽样误差和权重选择，名次要连同名次区间和等级概率一起看。
- 由模拟数据算出的分数不说明任何县。
- 名义权重不等于实际作用：各县差不多的指标权重再大也拉不开名次，二选一的指标拉得很开。
- No official assessment, and no substitute for one, which looks at rules and duties and has vetoes;
  this looks at data alone.
- No verdict on farmers, firms or a kind of produce, nor on whether a product is safe.
- Neighbours in rank need not differ: scores carry the error of sampling and the choice of weights.
  Read a rank with its band and a grade with its probability.
- Scores computed from simulated data say nothing of any county.
- A nominal weight is not influence: what all counties share parts nobody whatever it weighs, and
  what is either there or not parts them widely.
"""
_YEARS = """## 各年怎样比 How years compare
"""
_MISSING = """## 缺数怎样处理 How missing values are handled

- 缺数、不公开、样本太少和 0 是四件事：前三种没有值，不当作 0，原因随分数一起给出；
  名单类指标的 0 表示所收名单中没有。
- 达到 {screen:.0%} 的指标已知才评；一个维度至少知道 {least:.0%} 的指标才有分，指数同此。
- Missing, withheld, too few to tell and 0 are four things: the first three have no value, do not
  count as 0, and are named beside the score; a 0 of a list means not found on the lists at hand.
- A unit is scored if {screen:.0%} of the indicators are known; a dimension needs {least:.0%} of
  its indicators for a score, and so does the index of its dimensions.
"""
_SCREENED = ("missing", "missing_or_zero")
_STEPS = {
    "denominate": Label(zh="分母", en="Denominators"),
    "screen": Label(zh="筛选", en="Screening"),
    "impute": Label(zh="填补", en="Imputation"),
    "treat": Label(zh="离群值", en="Outliers"),
    "normalise": Label(zh="归一化", en="Normalisation"),
    "weigh": Label(zh="权重", en="Weights"),
    "aggregate": Label(zh="合成", en="Aggregation"),
}


def defence_page(declaration: IndexDeclaration) -> str:
    """Return the page as Markdown: what is in the index, what it weighs, and why."""
    parts = [
        _HEAD.format(
            label=declaration.label, basis=declaration.basis, id=declaration.id, folder=FOLDER
        ),
        _steps(declaration),
        _dimensions(declaration),
        *(_indicators(declaration, name) for name in declaration.framework.levels[1]),
        _years(declaration),
        _missing(declaration),
        _grades(declaration),
        _alternatives(declaration),
        _left_out(declaration),
    ]
    return "\n".join(part for part in parts if part)


def _steps(declaration: IndexDeclaration) -> str:
    lines = ["## 怎样算 How it is computed\n"]
    for step, label in _STEPS.items():
        lines += [f"- **{label.zh} {label.en}**（{_said(declaration, step)}）"]
        lines += _both(declaration.reasons[step], indent="  ")
    return "\n".join(lines) + "\n"


def _said(declaration: IndexDeclaration, step: str) -> str:
    choice = getattr(declaration.choices, step)
    return "`" + "、".join(getattr(choice, "methods", None) or (choice.method,)) + "`"


def _dimensions(declaration: IndexDeclaration) -> str:
    framework = declaration.framework
    weights = _effective(framework.hierarchy(), framework.levels)
    rows = [
        (f"{one.label.zh} {one.label.en}", f"{100 * weights[one.id]:.1f}", *_texts(one.reason))
        for one in declaration.group
        if one.parent is not None
    ]
    return "## 维度 Dimensions\n\n" + _table(
        ("维度 dimension", "权重 weight %", "理由", "reason"), rows
    )


def _indicators(declaration: IndexDeclaration, group: str) -> str:
    framework = declaration.framework
    inside = framework.weights
    total = sum(inside[name] for name in framework.children(group))
    effective = _effective(framework.hierarchy(), framework.levels)
    declared = [one for one in declaration.indicator if one.parent == group]
    rows = []
    for one in declared:
        indicator = one.indicator()
        rows.append(
            (
                f"{indicator.label.zh} {indicator.label.en} `{one.measure}`",
                indicator.unit,
                "越高越好 more" if indicator.direction == 1 else "越低越好 less",
                *("—" if post is None else f"{post:g}" for post in (one.worst, one.best)),
                f"{100 * one.weight / total:.1f}",
                f"{100 * effective[one.measure]:.1f}",
            )
        )
    label = framework.node(group).label
    head = ("指标 indicator", "单位 unit", "方向 better", "0 分 worst", "100 分 best",
            "本维权重 in dimension %", "总权重 in index %")  # fmt: skip
    text = "\n".join(_reasons(one) for one in declared)
    return f"## {label.zh} {label.en}\n\n{_table(head, rows)}\n{text}\n"


def _reasons(one: DeclaredIndicator) -> str:
    label = one.registered.label
    lines = [f"- **{label.zh} {label.en}**", *_both(one.reason, indent="  ")]
    if one.goalposts_reason is not None:
        zh, en = one.goalposts_reason.zh, one.goalposts_reason.en
        lines += _both(Label(zh=f"阈值：{zh}", en=f"Goalposts: {en}"), indent="  ")
    if one.sources:
        lines.append(f"  依据编号 sources：{'、'.join(f'`{name}`' for name in one.sources)}")
    return "\n".join(lines)


def _years(declaration: IndexDeclaration) -> str:
    lines = [_YEARS, *_both(declaration.reasons["normalise"], indent="- ")]
    if declaration.first_year_reason is not None:
        zh, en = declaration.first_year_reason.zh, declaration.first_year_reason.en
        year = declaration.first_year
        lines += _both(Label(zh=f"自 {year} 年起。{zh}", en=f"From {year} on. {en}"), indent="- ")
    return "\n".join(lines) + "\n"


def _missing(declaration: IndexDeclaration) -> str:
    screen, aggregate = declaration.choices.screen, declaration.choices.aggregate
    screened = screen.minimum_share if screen.method in _SCREENED else 0.0
    return _MISSING.format(screen=screened, least=aggregate.minimum_share)


def _grades(declaration: IndexDeclaration) -> str:
    if declaration.grades_reason is None:
        return ""
    rows = [
        (
            f"{one.label.zh} {one.label.en}",
            "其余 the rest" if one.at_least is None else f"≥ {one.at_least:g}",
        )
        for one in declaration.grade
    ]
    reason = "\n".join(_both(declaration.grades_reason, indent=""))
    return f"## 分级 Grades\n\n{_table(('等级 grade', '分数 score'), rows)}\n{reason}\n"


def _alternatives(declaration: IndexDeclaration) -> str:
    if not declaration.weights:
        return ""
    framework = declaration.framework
    sets = [
        _effective(tree.hierarchy(), tree.levels)
        for tree in (framework, *(framework.weighted(one.values) for one in declaration.weights))
    ]
    rows = []
    for name in _under(framework, framework.top):
        label = framework.node(name).label
        bold = "**" if framework.children(name) else ""
        shares = [f"{bold}{100 * one[name]:.1f}{bold}" for one in sets]
        rows.append((f"{bold}{label.zh} {label.en}{bold}", *shares))
    head = ("总权重 weight in the index, %", "本指数 this index",
            *(f"{one.label.zh} {one.label.en}" for one in declaration.weights))  # fmt: skip
    reasons: list[str] = []
    for one in declaration.weights:
        reasons += [f"- **{one.label.zh} {one.label.en}** `{one.id}`"]
        reasons += _both(one.reason, indent="  ")
    text = "\n".join(reasons)
    return f"## 另外的权重 Other weights\n\n{text}\n\n{_table(head, rows)}"


def _left_out(declaration: IndexDeclaration) -> str:
    if not declaration.left_out:
        return ""
    rows = [
        ("、".join(f"`{name}`" for name in one.measures), one.reason.zh, one.reason.en)
        for one in declaration.left_out
    ]
    head = ("指标 measures", "理由", "reason")
    return "## 考虑过而没有采用的 Considered and left out\n\n" + _table(head, rows)


def _under(framework: Framework, group: str) -> Iterator[str]:
    """Give all that is under a group, each group before what it holds."""
    for name in framework.children(group):
        yield name
        yield from _under(framework, name)


def _effective(tree: Hierarchy, levels: list[list[str]]) -> dict[str, float]:
    """Return the weight of every indicator and group in the index, of sum 1 a level."""
    return {
        name: float(weight)
        for depth, level in enumerate(levels[:-1])
        for name, weight in zip(level, tree.effective(depth), strict=True)
    }


def _texts(reason: Label | None) -> tuple[str, str]:
    return ("", "") if reason is None else (reason.zh, reason.en)


def _both(text: Label, *, indent: str) -> list[str]:
    """Return a text in both languages, a line each, ended by their stops."""
    return [f"{indent}{text.zh}。", f"{indent}{text.en}."]


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"
