"""The data dictionary page, made from the declarations."""

from __future__ import annotations

from agriqa.datasets.declaration import Column, Dataset, code_lists, datasets

HEAD = """# 数据字典 Data dictionary

本页由数据集声明生成（`agriqa dictionary`），不要手改。 Made from the declarations; do not edit.

每个数据集另有 `source_file`、`sheet`、`row` 三列（快照中），指明该行来自哪个文件的哪一行。
In a snapshot each row also has `source_file`, `sheet` and `row`: where it came from.

缺失、不公开和零是三件事：空值为缺失；空值且列名在 `withheld` 中为不公开；0 就是零。
Missing, withheld and zero differ: empty is missing; empty and named in `withheld` is withheld.

超出“允许”的行待处理；超出“通常”的行照收，并列在 `warning` 表中。
A row outside the allowed limits is set aside; one outside the usual ones is kept and listed in
`warning`.
"""

_TYPES = {
    "text": "文本 text",
    "integer": "整数 integer",
    "number": "数 number",
    "measurement": "测定值 measurement",
    "date": "日期 date",
    "year": "年 year",
    "code": "代码 code",
    "county": "县 county",
    "prefecture": "市州 prefecture",
    "boolean": "是否 yes/no",
}

_SEVERITIES = {
    "error": "不符的行待处理 set aside",
    "warning": "不符的行照收并列为存疑 kept, doubtful",
}
_DOUBT = _SEVERITIES["warning"]


def dictionary_page() -> str:
    """Return the data dictionary as Markdown: datasets, columns, units, limits, rules, codes."""
    parts = [HEAD, *[_dataset_section(d) for d in datasets().values()], "## 代码表 Code lists\n"]
    for entry in code_lists().values():
        parts.append(f"### {entry.label.zh} {entry.label.en} `{entry.name}`\n")
        rows = [
            f"| `{code}` | {c.label.zh} | {c.label.en} | {'、'.join(c.synonyms)} |"
            for code, c in entry.codes.items()
        ]
        header = ["| 代码 | 中文 | English | 也写作 also |", "| --- | --- | --- | --- |"]
        parts.append("\n".join([*header, *rows]) + "\n")
    return "\n".join(parts)


def _dataset_section(declared: Dataset) -> str:
    lines = [
        f"## {declared.label.zh} {declared.label.en} `{declared.name}`\n",
        f"{declared.description.zh}。 {declared.description.en}.\n",
        f"一行是 one row is：{declared.grain.zh}（{declared.grain.en}）；"
        f"主键 key：{', '.join(f'`{k}`' for k in declared.key)}\n",
        "| 列 column | 名称 label | 类型 type | 单位 unit | 必填 required | 允许 allowed "
        "| 含义 meaning |",
        "| --- | --- | --- | --- | --- | --- | --- |",
        *[_column_row(column) for column in declared],
        *_rule_lines(declared),
    ]
    return "\n".join(lines) + "\n"


def _column_row(column: Column) -> str:
    meaning = f"{column.meaning.zh} {column.meaning.en}" if column.meaning else ""
    required = "是 yes" if column.required else ""
    cells = [
        f"`{column.name}`",
        f"{column.label.zh} {column.label.en}",
        _TYPES[column.type],
        column.unit or "",
        required,
        _allowed(column),
        meaning,
    ]
    return "| " + " | ".join(cells) + " |"


def _allowed(column: Column) -> str:
    if column.codes is not None:
        return f"代码表 `{column.codes}`"
    if column.references is not None:
        return f"见 `{column.references}`"
    if column.min is None and column.max is None:
        return ""
    if column.past:
        return f"{column.min:g}–今 today"
    allowed = _span(column.min, column.max)
    if not column.has_usual:
        return allowed
    return f"{allowed}；通常 usually {_span(column.usual_min, column.usual_max)}"


def _span(low: float | None, high: float | None) -> str:
    return f"{'' if low is None else f'{low:.10g}'}–{'' if high is None else f'{high:.10g}'}"


def _rule_lines(declared: Dataset) -> list[str]:
    """Describe what the rows keep to beside the limits of each column."""
    sums = [f"`{column.name}`" for column in declared if column.additive]
    lines = [f"- 合计行应等于各行之和 total rows are sums：{'、'.join(sums)}"] if sums else []
    rules = declared.rules
    for relation in rules.relation:
        times = "" if relation.factor == 1 else f"{relation.factor:g} × "
        lines.append(
            f"- `{relation.left}` ≤ {times}`{relation.right}`：{_SEVERITIES[relation.severity]}"
        )
    for parts in rules.parts:
        lines.append(
            f"- `{parts.column}`：`{parts.over}` 各行之和不大于 rows add up to at most "
            f"`{parts.whole}` 行：{_DOUBT}"
        )
    for jump in rules.jump:
        lines.append(
            f"- `{jump.column}`：与本县近 {jump.years} 个填报年中位数相差不超过 {jump.factor:g} 倍"
            f"（不足 {jump.floor:g} 的按 {jump.floor:g}）within {jump.factor:g} times the median "
            f"of the county's last {jump.years} reported years (floor {jump.floor:g})：{_DOUBT}"
        )
    for near in rules.neighbours:
        per = f" ÷ `{near.per}`" if near.per else ""
        lines.append(
            f"- `{near.column}`{per}：与至少 {near.least} 个相邻县同年的中位数相差不超过离散度的 "
            f"{near.z:g} 倍 within {near.z:g} spreads of the median of at least {near.least} "
            f"neighbours：{_DOUBT}"
        )
    for published in rules.published:
        lines.append(
            f"- `{published.column}`：各县填齐后，合计与公开数字“{published.indicator}”相差不超过 "
            f"{published.tolerance_pct:g}% the whole total is within that of the published figure："
            f"{_DOUBT}"
        )
    return ["", *lines] if lines else []
