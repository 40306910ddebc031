"""The table of substances: complete for the simulated analytes, and its bans in order."""

from __future__ import annotations

import re

import pandas as pd
import pytest

from agriqa.datasets import code_lists
from agriqa.demo import load_config
from agriqa.project import Project
from tests.conftest import ROOT

SUBSTANCES = pd.read_csv(
    ROOT / "data" / "reference" / "substances.csv", dtype="str", keep_default_na=False
).set_index("name")


def test_every_simulated_analyte_is_described(project: Project) -> None:
    assert set(load_config(project.config).sampling.analytes) <= set(SUBSTANCES.index)


def test_cas_numbers_have_their_check_digit() -> None:
    for cas in SUBSTANCES["cas"]:
        assert re.fullmatch(r"\d{2,7}-\d\d-\d", cas)
        *digits, check = (int(digit) for digit in cas.replace("-", ""))
        assert sum(n * digit for n, digit in enumerate(reversed(digits), 1)) % 10 == check
    assert SUBSTANCES["cas"].is_unique


@pytest.mark.parametrize(
    ("column", "codes"),
    [("kind", "substance_kind"), ("mechanism", "mechanism"), ("ban_scope", "ban_scope")],
)
def test_codes_are_declared_and_all_used(column: str, codes: str) -> None:
    assert set(SUBSTANCES[column]) - {""} == set(code_lists()[codes].codes)


def test_an_intake_has_its_source_and_a_source_its_intake() -> None:
    assert ((SUBSTANCES["adi_mg_kg_bw"] == "") == (SUBSTANCES["adi_source"] == "")).all()
    values = pd.to_numeric(SUBSTANCES["adi_mg_kg_bw"].replace("", None).dropna())
    assert values.gt(0).all()
    assert values.le(2).all()


def test_the_scope_of_a_ban_says_which_dates_there_are() -> None:
    dates = SUBSTANCES[["restricted_from", "banned_from"]] != ""
    scope = SUBSTANCES["ban_scope"]
    assert ((scope == "all") == dates["banned_from"]).all()
    assert ((scope == "some") == (dates["restricted_from"] & ~dates["banned_from"])).all()
    assert ((scope != "none") == (SUBSTANCES["ban_text"] != "")).all()


def test_a_restriction_comes_before_the_ban_and_names_known_classes() -> None:
    both = SUBSTANCES[(SUBSTANCES["restricted_from"] != "") & (SUBSTANCES["banned_from"] != "")]
    assert (both["restricted_from"] < both["banned_from"]).all()
    classes = {
        code for cell in SUBSTANCES["restricted_classes"] for code in cell.split(";") if code
    }
    assert classes <= set(code_lists()["product_class"].codes)
    unrestricted = SUBSTANCES["restricted_from"] == ""
    assert (SUBSTANCES.loc[unrestricted, "restricted_classes"] == "").all()


# The announcements themselves: 322 (five organophosphates), 1586, 536, 736, 2445, 2552, 193.
@pytest.mark.parametrize(
    ("name", "banned_from", "number"),
    [
        ("甲胺磷", "2007-01-01", "322"),
        ("磷胺", "2007-01-01", "322"),
        ("特丁硫磷", "2013-10-31", "1586"),
        ("甲拌磷", "2024-09-01", "536"),
        ("水胺硫磷", "2024-09-01", "536"),
        ("氧乐果", "2026-06-01", "736"),
        ("克百威", "2026-06-01", "736"),
        ("灭多威", "2026-06-01", "736"),
        ("涕灭威", "2026-06-01", "736"),
        ("三氯杀螨醇", "2018-10-01", "2445"),
        ("硫丹", "2019-03-26", "2552"),
        ("孔雀石绿", "2002-05-15", "193"),
    ],
)
def test_bans_begin_as_announced(name: str, banned_from: str, number: str) -> None:
    row = SUBSTANCES.loc[name]
    assert row["banned_from"] == banned_from
    assert f"第{number}号" in str(row["announcement"])


def test_carbofuran_was_banned_on_vegetables_long_before_all_uses() -> None:
    carbofuran = SUBSTANCES.loc["克百威"]
    assert carbofuran["restricted_from"] == "2002-05-24"
    assert carbofuran["restricted_classes"] == "vegetable;fruit;tea"
