from __future__ import annotations

from pathlib import Path

import pytest
from openpyxl import Workbook

from agriqa.assess.scorecard import Card, EvidenceError, read_evidence
from tests.assess.scorecard.handmade import item, make_card


@pytest.fixture(scope="module")
def card() -> Card:
    items = [
        item("plan", "yes_no", 10, exemptible=True),
        item("rate", "linear", 90, floor=90, target=98, minimum=0, maximum=100, unit="%"),
        item("events", "deduction", 5, per_event=1),
    ]
    return make_card(items)


def sheet(folder: Path, *lines: str) -> Path:
    path = folder / "证据.csv"
    path.write_text("\n".join(lines), "utf-8")
    return path


HEADER = "单位代码,条目,证据"


def test_a_sheet_tells_values_missing_withheld_and_exempt_apart(tmp_path: Path, card: Card) -> None:
    path = sheet(
        tmp_path, HEADER, "u,plan,是", "v,plan,否", "w,plan,不适用", "u,rate,97.5", "v,rate,保密",
        "w,rate,未报", "x,rate,", "u,events,0",
    )  # fmt: skip
    rows = read_evidence(path, card)
    assert rows["value"].fillna(-1).tolist() == [1, 0, -1, 97.5, -1, -1, -1, 0]
    assert rows["status"].tolist() == [
        "reported", "reported", "exempt", "reported", "withheld", "missing", "missing", "reported",
    ]  # fmt: skip


@pytest.mark.parametrize("title", ["示例（虚构）", "Example, made up"])
def test_a_title_marks_a_sheet_as_an_example(tmp_path: Path, card: Card, title: str) -> None:
    rows = read_evidence(sheet(tmp_path, title, HEADER, "u,rate,97", "u,plan,"), card)
    assert rows["status"].tolist() == ["example", "missing"]


def test_columns_may_be_in_english_with_claims_source_and_note(tmp_path: Path, card: Card) -> None:
    path = sheet(
        tmp_path, "unit,unit_name,item,value,self_points,self_value,source,note",
        "u,县,rate,96,80,,文件1,查过", "u,县,events,1,,0,,",
    )  # fmt: skip
    rows = read_evidence(path, card)
    assert rows["self_points"].tolist()[0] == 80
    assert rows["self_value"].tolist()[1] == 0
    assert rows["source"].tolist()[0] == "文件1"
    assert rows["source"].tolist()[1].startswith("证据.csv#")
    assert rows["note"].tolist()[0] == "查过"


def test_a_workbook_may_hold_a_sheet_a_unit(tmp_path: Path, card: Card) -> None:
    book = Workbook()
    for name in ("一", "二"):
        page = book.create_sheet(name)
        page.append(["unit", "item", "value"])
        page.append([name, "rate", 97])
    path = tmp_path / "证据.xlsx"
    book.save(path)
    assert read_evidence(path, card)["unit"].tolist() == ["一", "二"]


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ((HEADER, "u,rat,97"), ["第 2 行“条目”列：“rat”", "row 2, column '条目'", "nearest: rate"]),
        ((HEADER, "u,rate,97", "u,rate,98"), ["第 3 行", "stands in", "row 2"]),
        ((HEADER, "u,rate,101"), ["“101”", "0–100", "column '证据'", "0 to 100"]),
        ((HEADER, "u,rate,高"), ["“高”", "is '高' is not a number"]),
        ((HEADER, "u,plan,2"), ["“2”", "yes or no"]),
        ((HEADER, "u,events,1.5"), ["1.5", "whole number of 0 and more"]),
        ((HEADER, "u,rate,不适用"), ["不允许缺项", "may not be exempt"]),
        ((HEADER, ",rate,97"), ["单位不能为空", "is blank"]),
        ((HEADER, "51011,rate,97"), ["相近的有：510117", "no known unit"]),
        (("单位代码,条目",), ["证据", "no header with value"]),
        ((HEADER + ",自评份", "u,rate,97,1"), ["“自评份”列", "自评分"]),
        ((HEADER + ",证据", "u,rate,97,1"), ["列重复", "stands twice"]),
        ((HEADER + ",自评分", "u,rate,97,91"), ["0–90", "the points of rate"]),
        ((HEADER + ",自评分,自评证据", "u,rate,97,9,97"), ["只填一个", "one of the two"]),
    ],
)
def test_a_wrong_sheet_is_refused_whole_and_says_where(
    tmp_path: Path, card: Card, lines: tuple[str, ...], said: list[str]
) -> None:
    path = sheet(tmp_path, *lines)
    with pytest.raises(EvidenceError) as caught:
        read_evidence(path, card, known_units={"u", "510117"})
    assert "证据.csv" in str(caught.value)
    for text in said:
        assert text in str(caught.value)


def test_a_percentage_is_read_as_it_is_shown(tmp_path: Path, card: Card) -> None:
    book = Workbook()
    page = book.active
    assert page is not None
    for row in (["unit", "item", "value"], ["u", "rate", 0.98], ["v", "rate", "97.5%"]):
        page.append(row)
    page["C2"].number_format = "0%"
    path = tmp_path / "证据.xlsx"
    book.save(path)
    assert read_evidence(path, card)["value"].tolist() == [98, 97.5]
