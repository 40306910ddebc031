"""A load's rows beside the store's: own history, neighbours, published totals."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from agriqa.datasets import Column, code_lists, dataset, datasets
from agriqa.project import Project
from agriqa.store.plausible import against_store
from agriqa.store.tables import tables
from tests.conftest import ROOT

PIDU = "510117"
JUMPS = [(d.name, r) for d in datasets().values() for r in d.rules.jump]
NEIGHBOURS = [(d.name, r) for d in datasets().values() for r in d.rules.neighbours]
PUBLISHED = [(d.name, r) for d in datasets().values() for r in d.rules.published]


class Store:
    """An empty store in memory that rows are put into by load."""

    def __init__(self, connection: sa.Connection, project: Project) -> None:
        self.connection, self.project = connection, project
        self.row = 1
        tables().create_all(connection)
        for load_id in (1, 2):
            connection.execute(
                tables().tables["load"].insert(),
                {"load_id": load_id, "file": f"{load_id}.xlsx", "sha256": str(load_id),
                 "loaded_at": "2022-01-01", "agriqa_version": "1", "rows_read": 0,
                 "rows_kept": 0, "rows_quarantined": 0, "rows_skipped": 0},
            )  # fmt: skip

    def put(self, name: str, *records: dict[str, Any], load: int = 1) -> None:
        declared = dataset(name)
        key = {c: _value(declared[c]) for c in declared.key} | {"origin": "reported"}
        for record in records:
            self.row += 1
            place = {"load_id": load, "sheet": "表", "row": self.row}
            self.connection.execute(tables().tables[name].insert(), key | place | record)

    def doubts(self, name: str, rule: str | None = None) -> list[dict[Any, Any]]:
        found = against_store(self.connection, dataset(name), 2, self.project)
        return [r for r in found.to_dict("records") if rule is None or r["rule"] == rule]

    def series(self, name: str, column: str, values: list[float | None], last: float) -> None:
        """A county's earlier years, the newest last, and what load 2 brings for 2021."""
        for lag, value in enumerate(reversed(values), 1):
            self.put(name, {"county_code": PIDU, "year": 2021 - lag, column: value})
        self.put(name, {"county_code": PIDU, "year": 2021, column: last}, load=2)


def _value(column: Column) -> Any:
    if column.codes is not None:
        return next(iter(code_lists()[column.codes].codes))
    return column.default or {"county": PIDU, "integer": 1, "year": 2021}.get(column.type, "甲")


@pytest.fixture
def store(project: Project) -> Iterator[Store]:
    with sa.create_engine("sqlite://").begin() as connection:
        yield Store(connection, project)


@pytest.mark.parametrize(("name", "rule"), JUMPS, ids=str)
def test_every_declared_jump_fires_on_a_jump_and_not_below_it(
    store: Store, name: str, rule: Any
) -> None:
    most = dataset(name)[rule.column].max or 1e9
    usual = max(rule.floor * 1.1, most / rule.factor / 2)
    store.series(name, rule.column, [usual] * 3, usual * rule.factor * 0.9)
    assert store.doubts(name, "jump") == []
    store.connection.execute(
        tables().tables[name].update().where(tables().tables[name].c.year == 2021),
        {rule.column: usual * rule.factor * 1.5},
    )
    [doubt] = store.doubts(name, "jump")
    assert (doubt["column"], doubt["sheet"], doubt["row"]) == (rule.column, "表", store.row)


@pytest.mark.parametrize(("name", "rule"), NEIGHBOURS, ids=str)
def test_every_declared_rule_of_neighbours_fires(store: Store, name: str, rule: Any) -> None:
    near = store.project.neighbours[PIDU]
    middle = 20.0
    far = middle * rule.spread ** (rule.z + 1) if rule.per else middle + rule.spread * rule.z + 5
    counties = [PIDU, *near]
    if rule.per:
        base, column = rule.per.split(".")
        store.put(base, *[{"county_code": c, "year": 2021, column: 1000.0} for c in counties])
    store.put(name, *[{"county_code": c, "year": 2021, rule.column: middle} for c in near])
    store.put(name, {"county_code": PIDU, "year": 2021, rule.column: far}, load=2)
    [doubt] = store.doubts(name, "neighbours")
    assert doubt["column"] == rule.column
    assert store.project.register.name(near[0]) in doubt["message_zh"]


@pytest.mark.parametrize(("name", "rule"), PUBLISHED, ids=str)
def test_every_published_link_fires_once_all_counties_are_in(
    store: Store, name: str, rule: Any
) -> None:
    counties = store.project.register.counties["code"].tolist()
    store.put(
        "published_figure",
        {"figure_id": "1", "indicator": rule.indicator, "area_code": "510000", "year": 2021,
         "value": len(counties) / 1e4, "unit_of_value": "万吨", "source": "年鉴"},
    )  # fmt: skip
    rows = [{"county_code": c, "year": 2021, rule.column: 1.5} for c in counties]
    store.put(name, *rows[:-1], load=2)
    assert store.doubts(name, "published") == []
    store.put(name, rows[-1], load=2)
    [doubt] = store.doubts(name, "published")
    assert (doubt["row"], doubt["col"]) == (0, 0)
    assert "相差 +50.0%" in doubt["message_zh"]
    assert "年鉴" in doubt["message_zh"]


def test_a_total_near_one_of_the_published_figures_is_no_doubt(store: Store) -> None:
    counties = store.project.register.counties["code"].tolist()
    for figure, value in (("1", 500.0), ("2", float(len(counties)))):
        store.put(
            "published_figure",
            {"figure_id": figure, "indicator": "农药使用量", "area_code": "510000", "year": 2021,
             "value": value, "unit_of_value": "吨", "source": "年鉴"},
        )  # fmt: skip
    rows = [{"county_code": c, "year": 2021, "use_t": 1.0} for c in counties]
    store.put("pesticide_use", *rows, load=2)
    assert store.doubts("pesticide_use", "published") == []


def test_the_message_gives_value_history_and_the_likely_slip(store: Store) -> None:
    store.series("pesticide_use", "use_t", [1.2, 1.25, 1.3], 1250.0)
    [doubt] = store.doubts("pesticide_use", "jump")
    assert doubt["message_zh"] == (
        "郫都区 2021 年 杀虫剂商品量 1,250 吨，是此前 3 个填报年的中位数（1.25 吨）的 1,000 倍，"
        "像是把公斤当成吨填报（2020 年 1.3、2019 年 1.25、2018 年 1.2），请核对"
    )
    assert "1,000 times the median of the 3 years reported before, 1.25 t" in doubt["message_en"]
    assert doubt["allowed"] == "按历年 by earlier years 0 吨–7.5 吨"


def test_zero_after_years_of_use_is_doubtful(store: Store) -> None:
    store.series("pesticide_use", "use_t", [50.0, 52.0], 0.0)
    [doubt] = store.doubts("pesticide_use", "jump")
    assert "而此前 2 个填报年的中位数为 51 吨" in doubt["message_zh"]


def test_small_amounts_may_vary_freely(store: Store) -> None:
    store.series("pesticide_use", "use_t", [0.1, 0.1, 0.1], 0.9)
    assert store.doubts("pesticide_use", "jump") == []


def test_one_odd_year_before_is_no_evidence(store: Store) -> None:
    store.series("pesticide_use", "use_t", [20.0, 21_000.0, 20.5], 20.0)
    assert store.doubts("pesticide_use", "jump") == []


def test_years_without_a_value_are_passed_over(store: Store) -> None:
    store.series("pesticide_use", "use_t", [20.0, None, None], 20_000.0)
    [doubt] = store.doubts("pesticide_use", "jump")
    assert "是 2018 年（20 吨）的 1,000 倍" in doubt["message_zh"]


def test_replaced_rows_are_no_history(store: Store) -> None:
    store.series("pesticide_use", "use_t", [20.0], 2000.0)
    table = tables().tables["pesticide_use"]
    store.connection.execute(table.update().where(table.c.load_id == 1), {"superseded_by": 2})
    assert store.doubts("pesticide_use", "jump") == []


def test_a_change_of_territory_ends_the_history(store: Store) -> None:
    code, years = next(iter(store.project.register.breaks.items()))
    year = max(years[-1], 2001)
    column = "cultivated_ha"
    store.put("greening", {"county_code": code, "year": year - 1, column: 90_000.0})
    store.put("greening", {"county_code": code, "year": year, column: 9_000.0}, load=2)
    assert store.doubts("greening", "jump") == []
    store.put("greening", {"county_code": code, "year": year + 1, column: 90_000.0}, load=2)
    assert len(store.doubts("greening", "jump")) == 1


def test_too_few_neighbours_are_no_evidence(store: Store) -> None:
    near = store.project.neighbours[PIDU][:3]
    store.put("greening", *[{"county_code": c, "year": 2021, "straw_pct": 90.0} for c in near])
    store.put("greening", {"county_code": PIDU, "year": 2021, "straw_pct": 1.0}, load=2)
    assert store.doubts("greening", "neighbours") == []


def test_without_the_area_the_neighbours_say_nothing(store: Store) -> None:
    near = store.project.neighbours[PIDU]
    store.put("pesticide_use", *[{"county_code": c, "year": 2021, "use_t": 1.0} for c in near])
    store.put("pesticide_use", {"county_code": PIDU, "year": 2021, "use_t": 900.0}, load=2)
    assert store.doubts("pesticide_use") == []


@pytest.mark.parametrize("name", [d.name for d in datasets().values() if not d.rules.compared])
def test_a_dataset_without_such_rules_asks_the_store_nothing(project: Project, name: str) -> None:
    engine = sa.create_engine("sqlite://")
    with engine.connect() as connection:  # has no tables at all
        assert against_store(connection, dataset(name), 1, project).empty


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(value=st.floats(0, 4000), years=st.integers(0, 6), scale=st.floats(0.01, 1))
def test_a_constant_series_is_never_doubtful(value: float, years: int, scale: float) -> None:
    project = Project.find(ROOT)
    with sa.create_engine("sqlite://").begin() as connection:
        store = Store(connection, project)
        store.series("pesticide_use", "use_t", [value * scale] * years, value * scale)
        assert store.doubts("pesticide_use") == []


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    values=st.lists(st.floats(50, 500), min_size=1, max_size=6),
    last=st.floats(50, 4000),
    scale=st.floats(0.2, 1),
)
def test_other_sizes_of_the_same_history_are_judged_alike(
    values: list[float], last: float, scale: float
) -> None:
    rule = next(r for r in dataset("pesticide_use").rules.jump if r.column == "use_t")
    ratio = last / median(values[-rule.years :])
    for bound in (rule.factor, 1 / rule.factor):
        assume(abs(ratio / bound - 1) > 1e-9)  # on the bound, rounding decides
    project = Project.find(ROOT)
    judged = []
    for by in (1.0, scale):
        with sa.create_engine("sqlite://").begin() as connection:
            store = Store(connection, project)
            store.series("pesticide_use", "use_t", [by * v for v in values], by * last)
            judged.append(len(store.doubts("pesticide_use", "jump")))
    assert judged[0] == judged[1]
