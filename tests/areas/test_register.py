from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from agriqa.areas import Register, UnknownAreaError
from agriqa.errors import AgriqaError, UnknownNameError


def test_the_counts_of_today(register: Register) -> None:
    assert (len(register.counties), len(register.prefectures)) == (183, 21)
    assert register.counties["code"].is_unique


# 180 units until 2002; +1 when 遂宁市中区 was split (2003); +2 for 恩阳区 and 前锋区 (2013).
@pytest.mark.parametrize(
    ("year", "count"),
    [(1999, 180), (2002, 180), (2003, 181), (2012, 181), (2013, 183), (2024, 183)],
)
def test_the_counts_of_earlier_years(register: Register, year: int, count: int) -> None:
    standing = register.in_force(year)
    assert len(standing) == count
    assert standing["code"].is_unique


def test_in_force_gives_the_names_of_the_time(register: Register) -> None:
    standing = register.in_force(2014).set_index("code")
    assert standing.at["510124", "name"] == "郫县"
    assert standing.at["510124", "current_code"] == "510117"
    assert "510117" not in standing.index


def test_in_force_refuses_years_before_the_register(register: Register) -> None:
    with pytest.raises(AgriqaError, match="1999"):
        register.in_force(1990)


def test_every_unit_leads_to_a_county_of_today(register: Register) -> None:
    assert set(register.units["current_code"]) == set(register.counties["code"])


def test_every_county_has_a_prefecture_and_a_zone(register: Register) -> None:
    assert set(register.counties["prefecture_code"]) == set(register.prefectures["code"])
    assert register.counties["economic_zone"].nunique() == 5


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("成都市", "510100"),
        ("成都", "510100"),
        ("Chengdu", "510100"),
        ("510100", "510100"),
        ("四川省成都市", "510100"),
        ("凉山州", "513400"),
        ("凉山彝族自治州", "513400"),
        ("眉山地区", "511400"),
        ("513900", "512000"),
    ],
)
def test_spellings_of_a_prefecture(register: Register, text: str, code: str) -> None:
    assert register.resolve_prefecture(text) == code


def test_an_unknown_prefecture_is_refused(register: Register) -> None:
    with pytest.raises(UnknownAreaError, match="成都市"):
        register.resolve_prefecture("城都市")


def test_changes_follow_the_predecessors(register: Register) -> None:
    found = register.changes("511803")  # 名山县 513122 -> 511821 -> 名山区
    assert found["year"].tolist() == [2000, 2012]
    assert register.changes("510904")["breaks_series"].all()


def test_changes_of_an_old_code_are_refused(register: Register) -> None:
    with pytest.raises(UnknownAreaError, match="510124"):
        register.changes("510124")


def test_names_in_both_languages(register: Register) -> None:
    assert register.name("510117") == "郫都区"
    assert register.name("510117", "en") == "Pidu District"
    assert register.name("513300", "en") == "Ganzi"
    assert register.name("510000") == "四川省"


def test_names_refuse_unknown_codes_and_languages(register: Register) -> None:
    with pytest.raises(UnknownAreaError):
        register.name("330000")
    with pytest.raises(UnknownNameError):
        register.name("510117", "fr")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(AgriqaError, match=r"counties\.csv"):
        Register.load(tmp_path)


def test_a_broken_chain_of_successors_is_refused(reference: Path, tmp_path: Path) -> None:
    for file in ("prefectures.csv", "counties.csv", "county_changes.csv"):
        shutil.copy(reference / file, tmp_path)
    path = tmp_path / "counties.csv"
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text.replace("510117,郫都区,撤县设区", "519999,无名区,撤县设区"), encoding="utf-8"
    )
    with pytest.raises(AgriqaError, match="519999"):
        Register.load(tmp_path)
