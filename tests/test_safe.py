from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agriqa.safe import file_name, inert


@pytest.mark.parametrize(
    "text", ["=1", "+1+1", "-1+cmd", "@x", "\tx", "\rx", "\n=1", "＝1", "-", "=cmd|'/c calc'!A1"]
)
def test_each_start_of_a_formula_is_escaped(text: str) -> None:
    assert inert(text) == f"'{text}"


@pytest.mark.parametrize("value", ["郫都区", "", "-1.5", "+3", "-98.5%", "-1e-3", -1.5, 2, None])
def test_numbers_and_other_values_stay(value: object) -> None:
    assert inert(value) == value


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("../../etc/passwd", "etc_passwd"),
        ("C:\\temp\\a.xlsx", "C_temp_a.xlsx"),
        ("a\0b\u202egnp.exe", "abgnp.exe"),
        ("<img src=x>", "img_src=x"),
        ("NUL", "_NUL"),
        ("com1.txt", "_com1.txt"),
        ("", "_"),
        ("  .. ", "_"),
        (".bashrc", "bashrc"),
        ("埇桥区 浉河区.xlsx", "埇桥区_浉河区.xlsx"),
    ],
)
def test_a_file_name_is_made_of_any_text(text: str, name: str) -> None:
    assert file_name(text) == name


@given(st.text(max_size=400))
def test_a_file_name_stays_in_its_folder(text: str) -> None:
    name = file_name(text)
    assert name
    assert not set(name) & set('/\\:*?"<>|\0\n\r\t')
    assert not name.startswith(".")
    assert len(name.encode()) <= 255
    assert file_name(name) == name
