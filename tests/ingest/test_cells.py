from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agriqa.datasets import dataset
from agriqa.ingest.cells import Converted, converter


def one(name: str, column: str, cell: object, unit: str | None = None) -> Converted:
    return converter(dataset(name)[column], unit)(cell)  # type: ignore[arg-type]


@pytest.mark.parametrize("cell", ["未检出", "ND", "n.d.", " nd "])
def test_not_detected_is_censored(cell: str) -> None:
    found = one("residue", "value_mg_kg", cell)
    assert (found.value, found.censored, found.trouble) == (None, True, None)


@pytest.mark.parametrize("cell", ["<0.01", "＜０．０１", "< 0.01"])
def test_below_a_limit_is_censored_at_it(cell: str) -> None:
    found = one("residue", "value_mg_kg", cell)
    assert (found.value, found.censored, found.limit) == (None, True, 0.01)


def test_a_measured_value_is_not_censored() -> None:
    assert one("residue", "value_mg_kg", 0.2) == Converted(0.2, censored=False)
    assert one("residue", "value_mg_kg", 200, "μg/kg").value == 0.2


@pytest.mark.parametrize(
    "cell",
    [dt.date(2019, 5, 3), dt.datetime(2019, 5, 3), "2019-05-03", "2019/5/3", "2019年5月3日",
     "20190503", 20190503.0],
)  # fmt: skip
def test_ways_to_write_a_date(cell: object) -> None:
    assert one("sample", "sampled_on", cell).value == dt.date(2019, 5, 3)


@pytest.mark.parametrize("cell", ["五月中旬", "2019-13-01", "待补"])
def test_what_is_no_date_is_refused(cell: str) -> None:
    assert one("sample", "sampled_on", cell).trouble is not None


@pytest.mark.parametrize(("cell", "year"), [(2019, 2019), (2019.0, 2019), ("2019年", 2019)])
def test_ways_to_write_a_year(cell: object, year: int) -> None:
    assert one("production", "year", cell).value == year


@pytest.mark.parametrize(
    ("cell", "value"), [("是", True), ("达标", True), ("否", False), (0, False)]
)
def test_ways_to_say_yes_and_no(cell: object, value: bool) -> None:
    assert one("benchmark", "met", cell).value is value


@pytest.mark.parametrize("cell", ["98.5%", 98.5, "98.5", "９８．５％"])
def test_ways_to_write_a_percentage(cell: object) -> None:
    assert one("greening", "straw_pct", cell, "%").value == 98.5


def test_half_a_case_is_refused() -> None:
    assert one("enforcement", "cases_n", 1.5).trouble is not None


@given(st.one_of(st.text(), st.floats(), st.integers(), st.none(), st.booleans(), st.dates()))
def test_any_cell_gives_a_value_or_a_reason(cell: object) -> None:
    for column in dataset("benchmark"):
        if column.type not in ("county", "prefecture"):
            found = one("benchmark", column.name, cell)
            assert found.trouble is None or found.value is None
