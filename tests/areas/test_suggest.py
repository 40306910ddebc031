from __future__ import annotations

from agriqa.areas.suggest import nearest_labels


def test_homophones_come_first() -> None:
    labels = {name: name for name in ("蒲江县", "罗江县", "荣县")}
    assert nearest_labels("浦江县", labels)[0] == "蒲江县"


def test_nothing_like_it_gives_nothing() -> None:
    assert nearest_labels("xyz", {"蒲江县": "蒲江县"}) == []
