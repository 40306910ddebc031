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

RATES = {"pass_rate_pct": 99.3}


def _rows(*made: tuple[str, float, float, str]) -> pd.DataFrame:
    frame = pd.DataFrame(made, columns=["measure", "value", "n", "status"])
    rate = frame["measure"] == "pass_rate_pct"
    return frame.assign(
        period=2021, low=np.where(rate, 91.2, np.nan), high=np.where(rate, 99.1, np.nan)
    )


def _cells(rows: pd.DataFrame, *ids: str) -> list[list[str]]:
    html = tables.key_figures(
        rows, BANDS, [registry()[i] for i in ids], caption="表", references=RATES
    )
    body = BeautifulSoup(html, "html.parser").find("tbody")
    assert body is not None
    return [[td.get_text() for td in tr.find_all("td")] for tr in body.find_all("tr")]


def test_rate_comes_with_interval_n_period_and_the_rate_of_the_whole() -> None:
    cells = _cells(_rows(("pass_rate_pct", 97.6, 41, "simulated")), "pass_rate_pct")
    assert cells == [
        ["例行监测合格率", "%", "97.6", "91.2–99.1", "41", "2021", "99.3", "—", "模拟"]
    ]


def test_zero_missing_withheld_and_unreported_are_four_different_cells() -> None:
    rows = _rows(
        ("pesticide_intensity_kg_ha", 0.0, 6, "reported"),
        ("pass_rate_pct", np.nan, np.nan, "missing"),
        ("green_control_pct", np.nan, np.nan, "withheld"),
    )
    ids = ("pesticide_intensity_kg_ha", "pass_rate_pct", "green_control_pct", "manure_use_pct")
    assert [row[2] for row in _cells(rows, *ids)] == ["0.00", "缺数", "不公开", "缺数"]


def test_the_note_says_what_no_figure_means_and_values_carry_their_tone() -> None:
    ids = ("pesticide_intensity_kg_ha", "pass_rate_pct")
    rows = _rows((ids[0], 3.0, 6, "reported"), (ids[1], 97.6, 4, "reported"))
    html = tables.key_figures(
        rows, BANDS, [registry()[i] for i in ids], caption="表", tones={ids[0]: "good"}
    )
    assert "未报、报了但有误未采用，或缺比较年份，不等于 0" in html
    cells = BeautifulSoup(html, "html.parser").select("td.own")
    assert [c["class"][-2] if "num" in c["class"][-1] else c["class"][-1] for c in cells] == [
        "is-good", "is-none",
    ]  # fmt: skip


def test_only_a_table_of_many_columns_scrolls_on_a_phone() -> None:
    narrow = tables.html_table(pd.DataFrame([["x"] * 5], columns=list("abcde")), caption="c")
    wide = tables.html_table(pd.DataFrame([["x"] * 6], columns=list("abcdef")), caption="c")
    assert 'class="scroll short"' in narrow
    assert 'class="scroll wide short"' in wide


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
        registry()["pass_rate_pct"], None, verdict="无法比较", tone="near", notes=["2021 年"]
    )
    assert "缺数" in html
    assert "is-none" in html
