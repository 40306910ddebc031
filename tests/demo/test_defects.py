from __future__ import annotations

import pytest

from agriqa.demo import DemoConfig, DemoError
from agriqa.demo.defects import RULES, plan_edits
from agriqa.demo.returns import Frames
from agriqa.demo.structure import Structure


@pytest.fixture(scope="module")
def edits(frames: Frames, structure: Structure, config: DemoConfig):  # type: ignore[no-untyped-def]
    today = structure.counties["name"].to_dict()
    return plan_edits(frames, today, config.defects, seed=config.seed)


def test_each_kind_occurs_as_often_as_told(edits, config: DemoConfig) -> None:  # type: ignore[no-untyped-def]
    kinds = [e.kind for found in edits.values() for e in found]
    assert {kind: kinds.count(kind) for kind in RULES} == config.defects.workbooks


def test_no_row_carries_two_defects(edits) -> None:  # type: ignore[no-untyped-def]
    for key, found in edits.items():
        rows = [e.position for e in found if e.position >= 0]
        assert len(rows) == len(set(rows)), key
        assert not (rows and any(e.action == "units" for e in found)), key


@pytest.mark.parametrize(
    ("name", "column"), [("pesticide_use", "use_t"), ("fertiliser_use", "pure_t")]
)
def test_rows_lost_to_defects_hardly_touch_the_totals(  # type: ignore[no-untyped-def]
    edits, frames: Frames, name: str, column: str
) -> None:
    frame = frames[name]
    lost = [
        e.position
        for (_, _, dataset), found in edits.items()
        for e in found
        if dataset == name and e.action == "set" and e.expected == "quarantined"
    ]
    assert lost
    by_year = frame.loc[lost].groupby("year")[column].sum()
    share = by_year / frame.groupby("year")[column].sum().reindex(by_year.index)
    assert (share < 0.001).all()  # the requirement is 0.5 %


def test_a_new_name_stands_in_a_year_before_it(edits, frames: Frames) -> None:  # type: ignore[no-untyped-def]
    renamed = [
        (e, frames[dataset].loc[e.position])
        for (_, _, dataset), found in edits.items()
        for e in found
        if e.kind == "new_name"
    ]
    assert renamed
    assert all(edit.value != row["unit_name"] for edit, row in renamed)


def test_an_unknown_kind_is_refused(
    frames: Frames, structure: Structure, config: DemoConfig
) -> None:
    settings = config.defects.model_copy(update={"workbooks": {"typo": 1}})
    with pytest.raises(DemoError, match="typo"):
        plan_edits(frames, {}, settings, seed=1)
