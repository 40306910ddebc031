"""The sheet of a form that says how to fill it in.

No line has more than two cells: rows of more would look like a table to the
reader, and the example must never be read as data.
"""

from __future__ import annotations

from agriqa.datasets import Dataset
from agriqa.ingest.forms.fields import absent, allowed, example, form_columns, header
from agriqa.ingest.forms.rows import Area, choices

GUIDE = "填表说明"
Line = tuple[str, ...]


def guide_lines(declared: Dataset, area: Area, year: int, *, filled: bool) -> list[Line]:
    """Return the lines of the sheet: the rules, then a line for each column.

    `filled` says whether the form lists the expected rows already.
    """
    sheet = sheet_name(declared)
    rows = (
        "灰底的格子已填好并锁定，只填白底的格子；没有填任何数的行按“未填报”处理，不算错误。"
        if filled
        else f"一行填一项：{declared.grain.zh}。中间不要空行，不要加合计行。"
    )
    rules = (
        f"只在“{sheet}”表中填写。表头、锁定的格子和工作表名称不要改，不要加列。",
        rows,
        "表头带 * 的列必须填写。有下拉列表的列从列表中选，不要另写。",
        "数量按表头括号中的单位填，只填数字，不要写单位。",
        "缺失、不公开和零是三件事：没有数据填“—”，有数据但不公开填“保密”，确实为零才填 0。",
        "百分比填百分数本身：98.5% 填 98.5；填成小于 1 的数时格子会变黄，请核对。",
        "复制数据时用“选择性粘贴—数值”，直接粘贴会盖掉下拉列表和检查。",
        "填好后存为 .xlsx，不要加密码，文件名可改，发回下发本表的单位。",
    )
    lines: list[Line] = [(f"{GUIDE}：{year}年{area.name}{declared.label.zh}",)]
    lines += [(f"{number}. {text}",) for number, text in enumerate(rules, start=1)]
    lines += [(), ("各栏怎么填（“示例”只作说明，不是数据，不要抄进表里）",)]
    for column in form_columns(declared):
        told = [column.meaning.zh if column.meaning else "", allowed(column)]
        told.append(absent(column, declared.key))
        shown = example(column, year, choices(column, area))
        text = "；".join(part for part in told if part)
        lines.append((header(column), f"{text}。\n示例：{shown}"))
    return lines


def sheet_name(declared: Dataset) -> str:
    """Return the dataset's label as the name of a sheet, which takes 31 characters."""
    return "".join(letter for letter in declared.label.zh if letter not in "[]:*?/\\")[:31]
