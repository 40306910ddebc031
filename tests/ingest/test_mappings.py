from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from agriqa.ingest import Mappings, read_file
from agriqa.ingest.decisions import DecisionError, HeaderDecision, NameDecision
from agriqa.ingest.mappings import Reviewed
from tests.ingest.grids import REGISTER, USE, reasons, workbook

NAMES = "kind,sender,text,target,decision,decided_on,note\n"
HEADERS = "sender,dataset,header,column,unit,decision,decided_on,note\n"


def _load(folder: Path, names: str = "", headers: str = "", **known: object) -> Mappings:
    if names:
        (folder / "names.csv").write_text(NAMES + names, "utf-8")
    if headers:
        (folder / "headers.csv").write_text(HEADERS + headers, "utf-8")
    return Mappings.load(folder, REGISTER, **known)  # type: ignore[arg-type]


def _county(text: str, target: str, sender: str = "") -> Mappings:
    return Mappings.of([NameDecision("county", sender, text, target, "yes", "2024-05-01")])


def test_missing_files_decide_nothing(tmp_path: Path) -> None:
    mappings = _load(tmp_path)
    assert mappings == Mappings()
    assert mappings.name("county", "", "浦江县") is None
    assert mappings.header("", "pesticide_use", "商品两") is None


def test_only_yes_is_used(tmp_path: Path) -> None:
    mappings = _load(
        tmp_path,
        "county,,浦江县,510131,yes,2024-05-01,\n"
        "county,,岳迟县,511621,,,\n"
        "county,,西冲县,511325,no,2024-05-01,\n",
    )
    assert mappings.name("county", "眉山市", "浦江县") == "510131"
    assert mappings.name("county", "", "岳迟县") is None
    assert mappings.name("county", "", "西冲县") is None


def test_width_space_and_case_do_not_matter() -> None:
    assert _county("浦江县", "510131").name("county", "", " 浦　江县") == "510131"


def test_a_senders_own_decision_goes_first(tmp_path: Path) -> None:
    mappings = _load(
        tmp_path,
        "product,,红苕,甘薯,yes,2024-05-01,\n"
        "product,泸州市,红苕,红薯,yes,2024-05-01,\n"
        "product,内江市,红苕,甘薯,no,2024-05-01,\n",
    )
    assert mappings.name("product", "眉山市", "红苕") == "甘薯"
    assert mappings.name("product", "泸州市", "红苕") == "红薯"
    assert mappings.name("product", "内江市", "红苕") is None


def test_headers_are_mapped_or_ignored(tmp_path: Path) -> None:
    mappings = _load(
        tmp_path,
        headers="泸州市,pesticide_use,商品两,use_t,公斤,yes,2024-05-01,\n"
        ",pesticide_use,经办人,-,,yes,2024/5/1,\n",
    )
    assert mappings.header("泸州市", "pesticide_use", "商品 两") == ("use_t", "公斤")
    assert mappings.header("眉山市", "pesticide_use", "商品两") is None
    assert mappings.header("眉山市", "pesticide_use", "经办人") == (None, None)


def test_it_travels_to_other_processes() -> None:
    mappings = _county("浦江县", "510131")
    assert pickle.loads(pickle.dumps(mappings)) == mappings


def test_decisions_never_used_can_be_listed() -> None:
    mappings = Mappings.of(
        [NameDecision("county", "", text, "510131", "yes", "2024-05-01") for text in ("浦江", "甲")]
    )
    reviewed = Reviewed(mappings, "眉山市")
    assert reviewed.name("county", "浦江") == "510131"
    assert [d.text for d in mappings.unused(reviewed.used)] == ["甲"]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("countie,,甲,510131,yes,2024-05-01,", "county"),
        ("code:pesticide,,甲,insecticide,yes,2024-05-01,", "code:pesticide_category"),
        ("code:pesticide_category,,甲,insecticides,yes,2024-05-01,", "insecticide"),
        ("county,,郫县,510124,yes,2024-05-01,", "510117"),
        ("county,,市中区,510131,yes,2024-05-01,", "511102"),
        ("county,,市中区,,yes,2024-05-01,", "511102"),
        ("brand,,甲,brand-9,yes,2024-05-01,", "brand-1"),
        ("product,,甲,,yes,2024-05-01,", "empty"),
        ("product,,,乙,yes,2024-05-01,", "empty"),
        ("product,,甲,乙,ja,2024-05-01,", "yes, no"),
        ("product,,甲,乙,yes,,", "2024-05-01"),
        ("product,,甲,乙,yes,2024-13-01,", "2024-05-01"),
    ],
)
def test_what_agriqa_does_not_know_is_refused(tmp_path: Path, line: str, said: str) -> None:
    with pytest.raises(DecisionError, match=r"names.csv 第 2 行") as caught:
        _load(tmp_path, line + "\n", brands={"brand-1"})
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (",pesticide_us,商品两,use_t,,yes,2024-05-01,", "pesticide_use"),
        (",pesticide_use,商品两,use_tt,,yes,2024-05-01,", "use_t"),
        (",pesticide_use,商品两,use_t,公顷,yes,2024-05-01,", "公斤"),
        (",pesticide_use,商品两,,,yes,2024-05-01,", "use_t"),
        (",pesticide_use,经办人,-,公斤,yes,2024-05-01,", "unit"),
    ],
)
def test_headers_must_name_a_column_and_its_unit(tmp_path: Path, line: str, said: str) -> None:
    with pytest.raises(DecisionError, match=r"headers.csv 第 2 行") as caught:
        _load(tmp_path, headers=line + "\n")
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("product,,甲,乙,yes,2024-05-01,", "product,,甲,乙,yes,2024-05-02,"),
        ("product,,甲,乙,yes,2024-05-01,", "product,,甲,乙,no,2024-05-01,"),
        ("product,,甲,乙,yes,2024-05-01,", "product,, 甲 ,丙,yes,2024-05-01,"),
        ("product,,甲,乙,yes,2024-05-01,", "product,,甲,,no,2024-05-01,"),
    ],
)
def test_lines_must_not_contradict_or_repeat(tmp_path: Path, first: str, second: str) -> None:
    with pytest.raises(DecisionError, match=r"第 [23] 行.*第 [23] 行"):
        _load(tmp_path, f"{first}\n{second}\n")


def test_every_wrong_line_is_named(tmp_path: Path) -> None:
    with pytest.raises(DecisionError, match=r"(?s)第 2 行.*第 4 行"):
        _load(tmp_path, "x,,甲,乙,,,\nproduct,,甲,乙,,,\ny,,甲,乙,,,\n")


def test_a_file_excel_saved_in_another_encoding_is_refused(tmp_path: Path) -> None:
    (tmp_path / "names.csv").write_bytes((NAMES + "product,,甲,乙,,,\n").encode("gb18030"))
    with pytest.raises(DecisionError, match="UTF-8"):
        Mappings.load(tmp_path, REGISTER)


def test_other_columns_are_refused(tmp_path: Path) -> None:
    (tmp_path / "names.csv").write_text("kind,text\nproduct,甲\n", "utf-8")
    with pytest.raises(DecisionError, match="decided_on"):
        Mappings.load(tmp_path, REGISTER)


def _read(folder: Path, mappings: Mappings, *rows: list[object], header: list[str] = USE):  # type: ignore[no-untyped-def]
    path = workbook(folder / "file.xlsx", [header, *rows])
    return read_file(path, REGISTER, mappings=mappings).sheets[0]


def test_a_decided_county_is_kept_and_noted(tmp_path: Path) -> None:
    reading = _read(tmp_path, _county("浦江县", "510131"), ["浦江县", 2014, "杀虫剂", 1])
    assert reading.kept["county_code"].tolist() == ["510131"]
    [note] = [note for note in reading.notes if note.kind == "decision"]
    assert "浦江县" in note.message_zh
    assert "2024-05-01" in note.message_zh


def test_a_decision_on_one_prefecture_is_not_used_in_another(tmp_path: Path) -> None:
    header = ["市（州）", *USE]
    mappings = _county("浦江县", "510131")
    row = ["眉山市", "浦江县", 2014, "杀虫剂", 1]
    reading = _read(tmp_path, mappings, row, header=header)
    assert reasons(reading) == [(2, "county_code", "unknown_county")]


def test_a_decision_never_changes_what_the_register_knows(tmp_path: Path) -> None:
    reading = _read(tmp_path, _county("蒲江县", "510117"), ["蒲江县", 2014, "杀虫剂", 1])
    assert reading.kept["county_code"].tolist() == ["510131"]


def test_an_ambiguous_county_needs_a_decision_among_those_it_may_be(tmp_path: Path) -> None:
    row = ["市中区", 2014, "杀虫剂", 1]
    asked = _read(tmp_path, Mappings(), row)
    assert reasons(asked) == [(2, "county_code", "ambiguous_county")]
    wrong = _read(tmp_path, _county("市中区", "510802"), row)
    assert reasons(wrong) == [(2, "county_code", "ambiguous_county")]
    right = _read(tmp_path, _county("市中区", "511002"), row)
    assert right.kept["county_code"].tolist() == ["511002"]


def test_the_sender_is_the_prefecture_the_folder_names(tmp_path: Path) -> None:
    mappings = _county("浦江县", "510131", sender="成都市")
    for name, kept in (("成都市", 1), ("其他", 0)):
        (tmp_path / name).mkdir()
        assert len(_read(tmp_path / name, mappings, ["浦江县", 2014, "杀虫剂", 1]).kept) == kept


def test_a_decided_code_is_kept(tmp_path: Path) -> None:
    decided = NameDecision(
        "code:pesticide_category", "", "杀虫济", "insecticide", "yes", "2024-05-01"
    )
    reading = _read(tmp_path, Mappings.of([decided]), ["郫县", 2014, "杀虫济", 1])
    assert reading.kept["category"].tolist() == ["insecticide"]


def test_a_brand_written_by_name_becomes_its_id(tmp_path: Path) -> None:
    header = ["编号", "品牌编号", "产品或品牌", "认证项目", "认证类别"]
    decided = NameDecision("brand", "", "丹棱桔橙", "brand-0004", "yes", "2024-05-01")
    row = ["c1", "丹棱桔橙", "丹棱桔橙", "农产品地理标志", "农产品地理标志"]
    kept = _read(tmp_path, Mappings.of([decided]), row, header=header).kept
    assert kept["brand_id"].tolist() == ["brand-0004"]
    assert kept["product"].tolist() == ["丹棱桔橙"]


def test_header_decisions_are_made_from_checked_lines() -> None:
    decided = HeaderDecision("", "pesticide_use", "商品两", "use_t", "", "yes", "2024-05-01")
    assert Mappings.of(headers=[decided]).header("", "pesticide_use", "商品两") == ("use_t", None)
