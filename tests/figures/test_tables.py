"""Tables: escaped, with words for what is not a number."""

from __future__ import annotations

import numpy as np
import pandas as pd
from bs4 import BeautifulSoup

from agriqa.figures import tables
from agriqa.measures import registry

BANDS = pd.DataFrame(
    {"q1": [4.0, 95.0], "median": [5.0, 98.0], "q3": [6.0, 100.0], "n": [183, 183]},
    index=["pesticide_intensity_kg_ha", "pass_rate_pct"],
)


def _rows(*made: tuple[str, float, float, str]) -> pd.DataFrame:
    frame = pd.DataFrame(made, columns=["measure", "value", "n", "status"])
    rate = frame["measure"] == "pass_rate_pct"
    return frame.assign(
        period=2021, low=np.where(rate, 91.2, np.nan), high=np.where(rate, 99.1, np.nan)
    )


def _cells(rows: pd.DataFrame, *ids: str) -> list[list[str]]:
    html = tables.key_figures(rows, BANDS, [registry()[i] for i in ids], caption="表")
    body = BeautifulSoup(html, "html.parser").find("tbody")
    assert body is not None
    return [[td.get_text() for td in tr.find_all("td")] for tr in body.find_all("tr")]


def test_rate_comes_with_interval_n_period_and_median() -> None:
    cells = _cells(_rows(("pass_rate_pct", 97.6, 41, "simulated")), "pass_rate_pct")
    assert cells == [
        ["例行监测合格率", "%", "97.6", "91.2–99.1", "41", "2021", "98.0", "95.0–100.0", "模拟"]
    ]


def test_zero_missing_withheld_and_unreported_are_four_different_cells() -> None:
    rows = _rows(
        ("pesticide_intensity_kg_ha", 0.0, 6, "reported"),
        ("pass_rate_pct", np.nan, np.nan, "missing"),
        ("green_control_pct", np.nan, np.nan, "withheld"),
    )
    ids = ("pesticide_intensity_kg_ha", "pass_rate_pct", "green_control_pct", "manure_use_pct")
    assert [row[2] for row in _cells(rows, *ids)] == ["0.00", "缺报", "不公开", "缺报"]


def test_cells_captions_headers_and_notes_are_escaped() -> None:
    frame = pd.DataFrame({"<h>": ["<script>alert(1)</script>"]})
    html = tables.html_table(frame, caption="<c>", notes=["<n>"])
    assert "<script>" not in html
    for text in ("&lt;h&gt;", "&lt;c&gt;", "&lt;n&gt;"):
        assert text in html


def test_headers_have_a_scope_and_numbers_stand_right() -> None:
    html = tables.html_table(pd.DataFrame({"a": ["1"], "b": ["x"]}), caption="c", numeric=["a"])
    assert '<th scope="col" class="num">a</th>' in html
    assert '<th scope="col">b</th>' in html
    assert "num" in html.split("<td")[1]
    assert "num" not in html.split("<td")[2]


def test_card_says_why_there_is_no_number() -> None:
    html = tables.card(
        registry()["pass_rate_pct"], None, verdict="无法比较", poor=False, notes=["2021 年"]
    )
    assert "缺报" in html
    assert "is-none" in html
