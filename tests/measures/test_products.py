from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from agriqa.areas.names import normalise
from agriqa.measures.products import FILE, load_products
from agriqa.measures.settings import SettingsError
from agriqa.project import Project

HEAD = "product,crop_group,note\n"


def test_every_product_of_the_bases_has_been_reviewed(project: Project) -> None:
    bases = pd.read_csv(project.reference / "bases.csv", dtype="str")
    named = {normalise(product) for product in bases["product"].dropna()}
    assert named == set(load_products(project.config))


def test_a_product_that_is_not_judged_says_why(project: Project) -> None:
    table = pd.read_csv(project.config / FILE, dtype="str")
    assert table.loc[table["crop_group"].isna(), "note"].notna().all()


def test_a_product_may_stand_for_several_groups(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text(HEAD + "粮、油,grain;oil,\n牦牛,,不是作物\n", "utf-8-sig")
    assert load_products(tmp_path) == {"粮油": ("grain", "oil"), "牦牛": ()}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (HEAD + "柑橘,fruits,\n", r"第 2 行.*\n?(?s:.)*'fruits'(?s:.)*'fruit'"),
        (HEAD + "柑橘,fruit,\n 柑橘 ,fruit,\n", "第 3 行.*stands twice.*line 3"),
        (HEAD + "柑橘,fruit\n", "第 2 行.*columns"),
        (HEAD + "柑橘,fruit,,\n", "第 2 行.*columns"),
        (HEAD + ",fruit,\n", "第 2 行"),
        ("product,group,note\n", "第 1 行.*crop_group"),
        ("", "第 1 行.*crop_group"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / FILE).write_text(text, "utf-8")
    with pytest.raises(SettingsError, match=said):
        load_products(tmp_path)


def test_a_file_of_another_encoding_is_refused(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes((HEAD + "柑橘,fruit,\n").encode("gb18030"))
    with pytest.raises(SettingsError, match=r"products\.csv"):
        load_products(tmp_path)


def test_a_missing_table_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"找不到参数文件.*products\.csv is missing"):
        load_products(tmp_path)
