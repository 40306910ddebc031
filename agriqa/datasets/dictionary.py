"""The data dictionary page, made from the declarations."""

from __future__ import annotations

from agriqa.datasets.declaration import Column, Dataset, code_lists, datasets

HEAD = """# 数据字典 Data dictionary

本页由数据集声明生成（`agriqa dictionary`），不要手改。 Made from the declarations; do not edit.

每个数据集另有 `source_file`、`sheet`、`row` 三列（快照中），指明该行来自哪个文件的哪一行。
In a snapshot each row also has `source_file`, `sheet` and `row`: where it came from.

缺失、不公开和零是三件事：空值为缺失；空值且列名在 `withheld` 中为不公开；0 就是零。
Missing, withheld and zero differ: empty is missing; empty and named in `withheld` is withheld.
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


def dictionary_page() -> str:
    """Return the data dictionary as Markdown: datasets, columns, units, limits, codes."""
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
    low = "" if column.min is None else f"{column.min:g}"
    high = "" if column.max is None else f"{column.max:g}"
    return f"{low}–{high}"
