from __future__ import annotations

from agriqa.measures import registry
from agriqa.measures.methods import methods_page
from tests.conftest import ROOT


def test_the_page_of_methods_is_current() -> None:
    page = (ROOT / "docs" / "methods.md").read_text("utf-8")
    assert page == methods_page(), "run: agriqa methods --out docs/methods.md"


def test_every_measure_has_its_formula_unit_and_reference_on_the_page() -> None:
    page = methods_page()
    for one in registry().values():
        section = page.split(f"`{one.id}`\n")[1].split("\n### ")[0]
        assert one.formula.zh in section
        assert f"单位 unit：{one.unit}" in section
        assert one.reference in section
