"""Files mangled the ways people mangle them, each made from a number alone."""

from __future__ import annotations

import html
import random
from pathlib import Path

import openpyxl
import pandas as pd
import xlwt

Row = list[object]
COUNTIES = ["郫县", "郫都区", "510117", "双流县", "成都市新津县", "市中区", "内江市市中区", "会理县",
            "浦江县", " 荣 县", "重庆市潼南区", "东坡区", "安县", "简阳市"]  # fmt: skip
NUMBERS: list[object] = [0, 1.5, "12", "１２．５", "1,234", "300公斤", "—", "", None, "保密", "约30", -3, "98.5%",
                         "0.985", 9e9, "=1+1", "#DIV/0!", "12吨半", "2018.0", "\u200b7"]  # fmt: skip
TABLES: dict[str, tuple[list[list[str]], list[list[object]]]] = {
    "农药使用": (
        [["县（市、区）", "县 名", "单位名称*"], ["年份", "年度"], ["农药类别", "类别"],
         ["商品量（吨）", "商品量(公斤)", "农药使用量/吨", "使 用 量", "商品量（公斤/亩）"],
         ["折百量（吨）", "折百两"]],
        [list(COUNTIES), [2014, "2015年", "去年", 2099, None], ["杀虫剂", "除草剂", "生物农药", "除虫剂"],
         NUMBERS, NUMBERS],
    ),
    "绿色发展": (
        [["县（市、区）"], ["年份"], ["耕地面积（亩）", "耕地面积（万公顷）"], ["绿色防控覆盖率（%）", "绿色防控覆盖率"],
         ["农膜回收率（%）", "农膜"]],
        [list(COUNTIES), [2014, 2015, "二〇一四"], NUMBERS, NUMBERS, NUMBERS],
    ),
    "抽样": (
        [["样品编号"], ["被抽样县", "县（市、区）"], ["抽样日期"], ["产品名称"], ["产品大类"], ["抽样环节"],
         ["监测类型"], ["判定结果", "结论"]],
        [["S1", "S2", "S3", "S4", "S5", None], list(COUNTIES), ["2014-03-01", "2014年3月1日", "20140301", "3月"],
         ["萝卜", "茶叶", "=cmd|' /C calc'!A0"], ["蔬菜", "茶叶", "荤菜"], ["生产基地", "市场"],
         ["例行监测", "监督抽查"], ["合格", "不合格", "不知道"]],
    ),
}  # fmt: skip
FORMATS = ("xlsx", "xlsx", "csv", "gb18030", "utf-16", "tsv", "html", "parquet", "xls")


def mangled(folder: Path, number: int) -> Path:
    """Write the `number`-th file of the family."""
    dice = random.Random(number)
    rows = _stacked(dice)
    form = dice.choice(FORMATS)
    return _write(folder / f"{number:03d}成都市2014年", form, _squared(rows), dice)


def _stacked(dice: random.Random) -> list[Row]:
    rows: list[Row] = []
    for at in range(dice.choice([1, 1, 1, 2, 3])):
        if at:
            rows += [[]] * dice.randint(0, 2)
        block = _table(dice)
        if dice.random() < 0.15:
            block = _beside(block, _table(dice))
        rows += block
    return rows


def _table(dice: random.Random) -> list[Row]:
    name = dice.choice(list(TABLES))
    headers, values = TABLES[name]
    columns = [dice.choice(texts) for texts in headers]
    body: list[Row] = [[dice.choice(cells) for cells in values] for _ in range(dice.randint(1, 9))]
    if dice.random() < 0.7:
        # Mostly sound rows, as real files have.
        body += [[cells[0] for cells in values] for _ in range(2)]
    order = list(range(len(columns)))
    if dice.random() < 0.3:
        dice.shuffle(order)
    if dice.random() < 0.1:
        order.pop()
    header: Row = [columns[at] for at in order]
    body = [[row[at] for at in order] for row in body]
    rows: list[Row] = []
    if dice.random() < 0.6:
        rows.append([f"成都市2014年{name}情况表"])
    if dice.random() < 0.4:
        rows.append(
            ["填报单位：成都市农业农村局", None, dice.choice(["单位：公斤", "计量单位：见表头"])]
        )
    if dice.random() < 0.2:
        rows.append([f"{name}量" if at else None for at in range(len(header))])
    rows.append(header)
    if dice.random() < 0.15:
        rows.append(["甲", "乙", *range(1, len(header) - 1)])
    for row in body:
        rows.append(row)
        if dice.random() < 0.06:
            rows.append(dice.choice([header, [], ["续表"], ["合　计", None, None, 12], ["全市"]]))
    if dice.random() < 0.4:
        rows.append(["合计", None, None, *[dice.choice([1, 99.5]) for _ in header[3:]]])
    if dice.random() < 0.4:
        rows.append(["注：部分为估计数。"])
    return rows


def _beside(left: list[Row], right: list[Row]) -> list[Row]:
    width = max(map(len, left)) + 1
    height = max(len(left), len(right))
    left, right = ([*rows, *[[]] * (height - len(rows))] for rows in (left, right))
    return [[*a, *[None] * (width - len(a)), *b] for a, b in zip(left, right, strict=True)]


def _squared(rows: list[Row]) -> list[Row]:
    width = max(map(len, rows))
    return [[*row, *[None] * (width - len(row))] for row in rows]


def _write(stem: Path, form: str, rows: list[Row], dice: random.Random) -> Path:
    texts = [["" if cell is None else str(cell) for cell in row] for row in rows]
    if form == "xlsx":
        book = openpyxl.Workbook()
        for row in rows:
            book.active.append(row)
        if dice.random() < 0.3 and len(rows[0]) > 1:
            book.active.merge_cells(start_row=1, end_row=1, start_column=1, end_column=len(rows[0]))
        path = stem.with_suffix(".xlsx")
        book.save(path)
    elif form == "xls":
        sheet = (old := xlwt.Workbook()).add_sheet("表")
        for at, row in enumerate(rows):
            for column, cell in enumerate(row):
                sheet.write(at, column, cell)
        path = stem.with_suffix(".xls")
        old.save(str(path))
    elif form == "html":
        lines = ("".join(f"<td>{html.escape(text)}</td>" for text in row) for row in texts)
        path = stem.with_suffix(".html")
        page = "".join(f"<tr>{line}</tr>" for line in lines)
        path.write_text(f'<meta charset="utf-8"><table>{page}</table>', "utf-8")
    elif form == "parquet":
        path = stem.with_suffix(".parquet")
        names = [f"{text or '列'}{at}" if texts[0].count(text) > 1 else text or f"列{at}"
                 for at, text in enumerate(texts[0])]  # fmt: skip
        pd.DataFrame(texts[1:], columns=names).to_parquet(path)
    else:
        path = stem.with_suffix(".csv")
        frame = pd.DataFrame(texts)
        separator = "\t" if form == "tsv" else ","
        encoding = form if form in ("gb18030", "utf-16") else "utf-8"
        frame.to_csv(path, header=False, index=False, sep=separator, encoding=encoding)
    return path
