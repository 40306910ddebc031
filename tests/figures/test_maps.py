"""The locator map."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.colors import to_hex

from agriqa.errors import UnknownNameError
from agriqa.figures.chart import Caption
from agriqa.figures.maps import choropleth, clusters, locator, thinned
from tests.figures.texts import texts

REFERENCE = Path(__file__).parents[2] / "data" / "reference"


def test_locator_says_that_the_map_is_not_approved() -> None:
    chart = locator(REFERENCE, "510117", name="郫都区", caption=Caption(""))
    assert "审图号未核实" in chart.svg()
    assert "审图号未核实" in chart.alt


def test_locator_refuses_a_code_without_a_boundary() -> None:
    with pytest.raises(UnknownNameError, match="999999"):
        locator(REFERENCE, "999999", name="?", caption=Caption(""))


@given(st.lists(st.tuples(st.floats(97, 109), st.floats(26, 35)), min_size=3, max_size=60))
def test_a_thinned_ring_keeps_its_ends_and_invents_no_point(
    points: list[tuple[float, float]],
) -> None:
    ring = np.array([*points, points[0]])
    cut = thinned(ring)
    assert (cut[0] == ring[0]).all()
    assert (cut[-1] == ring[-1]).all()
    assert {tuple(p) for p in cut} <= {tuple(p) for p in ring}


def test_clusters_are_counted_and_coloured(caption: Caption) -> None:
    classes = {"510117": "HH", "510181": "HH", "513301": "LL", "513322": None}
    chart = clusters(
        REFERENCE, classes, list(classes), what="用量", period="2021 年", caption=caption
    )
    said = texts(chart)
    assert "用量：高值聚集 2，低值聚集 1" in said
    assert "2021 年 · n=4 个县 · 灰为不显著，白为缺数" in said
    assert any("审图号未核实" in text for text in said)
    fills = [to_hex(c.get_facecolor()[0]) for c in chart.axes[0].collections]
    assert fills.count("#d55e00") == 2
    assert fills.count("#0072b2") == 1
    assert fills.count("#ffffff") == len(fills) - 4


def test_no_cluster_is_said_in_words() -> None:
    english = Caption("Source: returns", language="en")
    chart = clusters(REFERENCE, {"510117": None}, ["510117"], what="Use", period="2021",
                     caption=english)  # fmt: skip
    assert "Use: no significant local cluster" in texts(chart)


def test_an_unknown_class_of_clusters_is_refused(caption: Caption) -> None:
    with pytest.raises(UnknownNameError, match="XX"):
        clusters(REFERENCE, {"510117": "XX"}, [], what="用量", period="2021 年", caption=caption)


def test_ordered_classes_are_shaded_from_light_to_dark(caption: Caption) -> None:
    classes = {"510117": "高", "510181": "高", "513301": "低"}
    chart = choropleth(
        REFERENCE, classes, ["低", "中", "高"], what="指数", finding="高 2，低 1",
        period="2021 年", of=183, caption=caption,
    )  # fmt: skip
    said = texts(chart)
    assert "指数 · 2021 年 · n=3 县，共 183 县 · 白为缺数" in said
    assert {"高 2", "中 0", "低 1"} <= set(said)
    assert any("审图号未核实" in text for text in said)
    fills = [to_hex(c.get_facecolor()[0]) for c in chart.axes[0].collections]
    assert fills.count("#ffffff") == len(fills) - 3
    shades = {fill: sum(int(fill[k : k + 2], 16) for k in (1, 3, 5)) for fill in fills}
    [light], [dark] = ([fill for fill in shades if fills.count(fill) == count] for count in (1, 2))
    assert shades[light] > shades[dark]


def test_classes_that_cannot_be_told_apart_are_refused(caption: Caption) -> None:
    words = {"what": "指数", "finding": "", "period": "2021", "of": 1, "caption": caption}
    with pytest.raises(UnknownNameError, match="高"):
        choropleth(REFERENCE, {"510117": "高高"}, ["低", "高"], **words)
    with pytest.raises(ValueError, match="1 to 5"):
        choropleth(REFERENCE, {}, list("abcdef"), **words)
