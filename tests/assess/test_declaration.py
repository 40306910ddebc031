"""Declarations of indexes: what a file must state, and the one that is shipped."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from agriqa.assess.declaration import IndexDeclaration, index_ids, load_index
from agriqa.errors import UnknownNameError
from agriqa.measures import measure
from agriqa.measures.settings import SettingsError
from tests.assess.declarations import declared
from tests.conftest import ROOT


@pytest.fixture(scope="module")
def shipped() -> IndexDeclaration:
    return load_index(ROOT / "data" / "config", "county_quality")


def test_labels_units_and_directions_come_from_the_registry(tmp_path: Path) -> None:
    one = declared(tmp_path).framework.node("straw_use_pct")
    known = measure("straw_use_pct")
    assert (one.label, one.unit, one.direction) == (known.label, known.unit, known.direction)  # type: ignore[union-attr]


def test_a_direction_is_stated_where_the_registry_has_none(tmp_path: Path) -> None:
    change = ('measure = "pass_rate_pct"', 'measure = "cases_n", direction = 1')
    left = ("pass_rate_pct = 1", "cases_n = 1")
    framework = declared(tmp_path, change, left).framework
    assert framework.node("cases_n").direction == 1  # type: ignore[union-attr]


def test_a_folder_lists_its_indexes(tmp_path: Path) -> None:
    declared(tmp_path)
    assert index_ids(tmp_path) == ["small"]
    assert index_ids(tmp_path / "nowhere") == []


def test_an_unknown_index_is_named_with_the_nearest(tmp_path: Path) -> None:
    declared(tmp_path)
    with pytest.raises(UnknownNameError, match="small"):
        load_index(tmp_path, "smal")


@pytest.mark.parametrize(
    ("old", "new", "nearest"),
    [
        ('measure = "straw_use_pct"', 'measure = "straw_us_pct"', "straw_use_pct"),
        ("straw_use_pct = 0", "straw_use = 0", "straw_use_pct"),
        ("[reasons]", "[reasons]\nscren = { zh = '', en = '' }", "screen"),
        ('measures = ["samples_n"]', 'measures = ["sample_n"]', "samples_n"),
    ],
)
def test_an_unknown_name_is_an_error_with_the_nearest(
    tmp_path: Path, old: str, new: str, nearest: str
) -> None:
    with pytest.raises(UnknownNameError, match=nearest):
        declared(tmp_path, (old, new))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('measure = "pass_rate_pct"', 'measure = "cases_n"', "state 1 or -1"),
        ("worst = 0, best = 50", "direction = 1, worst = 0, best = 50", "registry's"),
        ("worst = 0, best = 50", "worst = 50, best = 0", "against its direction"),
        ("worst = 0, best = 50", "worst = 0", "both goalposts"),
        ('goalposts_reason = { zh = "目标", en = "A goal" }, ', "", "go together"),
        (
            'worst = 90, best = 100, reason = { zh = "合格", en = "Passing" }, '
            'goalposts_reason = { zh = "要求", en = "Asked for" }',
            'reason = { zh = "合格", en = "Passing" }',
            "pass_rate_pct have none",
        ),
        ("straw_use_pct = 0\n", "", "other: straw_use_pct not stated"),
        ("pass_rate_pct = 1", "pass_rate_pct = 0", "all weights under safe are 0"),
        ("pass_rate_pct = 1", "pass_rate_pct = -1", "greater than or equal to 0"),
        ('screen = { zh = "screen之故", en = "why screen" }\n', "", "screen not stated"),
        ('measures = ["samples_n"]', 'measures = ["straw_use_pct"]', "at once"),
        (', reason = { zh = "安轻", en = "Safe less" }', "", "reason of its weight"),
        ("first_year = 2019\n", "", "first_year and its reason"),
        ("at_least = 80 }", "at_least = 80 },\n { label = { zh = 'a', en = 'a' } }", "highest"),
        ('label = { zh = "下", en = "Low" } }', 'label = { zh = "上", en = "Low" } }', "twice"),
        ('parent = "safe"', 'parent = "saf"', "is no group"),
        ('measure = "straw_use_pct"', 'measure = "pass_rate_pct"', "named twice"),
        ('method = "none"', 'methods = "none"', "methods"),
        ('id = "small"', 'id = "large"', "must be the file's name"),
    ],
)
def test_a_wrong_file_is_refused_with_the_reason(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    with pytest.raises(SettingsError, match=rf"(?s)small\.toml.*{said}"):
        declared(tmp_path, (old, new))


def test_other_weights_are_found_by_their_id(tmp_path: Path) -> None:
    declaration = declared(tmp_path)
    assert declaration.alternative("other").values["straw_use_pct"] == 0
    with pytest.raises(UnknownNameError, match="other"):
        declaration.alternative("othr")


def test_the_shipped_index_has_its_five_dimensions(shipped: IndexDeclaration) -> None:
    dimensions = [shipped.framework.node(name).label.zh for name in shipped.framework.levels[1]]
    assert dimensions == ["基地", "绿色生产", "质量安全", "品牌", "监管能力"]


def test_every_shipped_indicator_is_a_county_measure(shipped: IndexDeclaration) -> None:
    assert [name for name in shipped.measures if "county" not in measure(name).levels] == []


def test_shipped_weights_are_parts_of_a_hundred(shipped: IndexDeclaration) -> None:
    framework = shipped.framework
    for group in (framework.top, *framework.levels[1]):
        total = sum(framework.weights[name] for name in framework.children(group))
        assert total == pytest.approx(100), group


def test_shipped_goalposts_are_possible_values(shipped: IndexDeclaration) -> None:
    for one in shipped.framework.indicators:
        low, high = one.possible
        posts = [post for post in (one.worst, one.best) if post is not None]
        assert len(posts) == 2, one.id
        assert low is None or min(posts) >= low, one.id
        assert high is None or max(posts) <= high, one.id


def test_shipped_sources_are_published_targets_and_figures(shipped: IndexDeclaration) -> None:
    known = set()
    for name, key in (("targets", "target_id"), ("published_figures", "figure_id")):
        with (ROOT / "data" / "reference" / f"{name}.csv").open(encoding="utf-8-sig") as file:
            known |= {row[key] for row in csv.DictReader(file)}
    assert {name for one in shipped.indicator for name in one.sources} <= known


@pytest.mark.parametrize(
    ("name", "value", "points"),
    [
        ("high_standard_farmland_pct", 44.6, 60),
        ("farmland_quality_grade", 4.58, 60),
        ("pesticide_active_kg_ha", 1.9, 60),
        ("pesticide_to_3y_mean_pct", 100, 60),
        ("fertiliser_intensity_kg_ha", 225, 60),
        ("fertiliser_to_3y_mean_pct", 100, 60),
        ("green_control_pct", 30, 60),
        ("unified_control_pct", 40, 62),
        ("straw_use_pct", 86, 60),
        ("manure_use_pct", 75, 60),
        ("film_recovery_pct", 80, 60),
        ("pass_rate_shrunk_pct", 98, 60),
        ("input_batch_pass_pct", 94.1, 60),
    ],
)
def test_a_published_requirement_stands_at_sixty_points(
    shipped: IndexDeclaration, name: str, value: float, points: float
) -> None:
    one = next(one for one in shipped.indicator if one.measure == name)
    assert one.worst is not None
    assert one.best is not None
    assert 100 * (value - one.worst) / (one.best - one.worst) == pytest.approx(points, abs=1.5)
