"""A declared index over the measures of handmade data."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from agriqa.assess import declared as declared_module
from agriqa.assess.composite import CompositeIndex
from agriqa.assess.declaration import IndexDeclaration, load_index
from agriqa.assess.declared import (
    absences,
    declared_index,
    graded,
    standard_errors,
)
from agriqa.errors import NoDataError
from agriqa.measures import compute, measure, measure_table
from agriqa.project import Project
from agriqa.stats.proportions import wilson_interval
from agriqa.store import Snapshot
from tests.assess.declarations import declared
from tests.conftest import ROOT
from tests.measures.handmade import SAMPLES, frozen, sample_rows

PIDU, XINJIN, DAYI = "510117", "510118", "510129"
GREENING = "county_code,year,cultivated_ha,green_control_pct,straw_pct\n"
_TABLES: dict[str, pd.DataFrame] = {}
ROWS = [
    f"{PIDU},2018,1000,20,60",
    f"{PIDU},2020,1000,25,90",
    f"{PIDU},2021,1000,40,95",
    f"{XINJIN},2020,1000,60,不公开",
    f"{XINJIN},2021,1000,30,80",
]
TESTED = sample_rows("A", "郫县", "2020-05-01", 48, 2) + sample_rows(
    "B", "新津县", "2021-05-01", 9, 0
)


def _snapshot(folder: Path, rows: list[str], tested: str = TESTED) -> Snapshot:
    files = {"greening": GREENING + "\n".join(rows) + "\n", "sample": SAMPLES + tested}
    return frozen(folder / "project", files)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> IndexDeclaration:
    return declared(tmp_path_factory.mktemp("config"))


@pytest.fixture(autouse=True)
def few_measures(monkeypatch: pytest.MonkeyPatch, small: IndexDeclaration) -> None:
    """Compute the few measures of these tests instead of all that a snapshot's table has."""

    def table(snapshot: Snapshot) -> pd.DataFrame:
        if snapshot.id not in _TABLES:
            ids = [*small.measures, "pass_rate_weighted_pct"]
            _TABLES[snapshot.id] = compute(snapshot, ids)
        return _TABLES[snapshot.id]

    monkeypatch.setattr(declared_module, "measure_table", table)


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return _snapshot(tmp_path_factory.mktemp("declared"), ROWS)


def test_data_are_units_by_periods_and_measures(
    snapshot: Snapshot, small: IndexDeclaration
) -> None:
    data = declared_index(snapshot, small).data
    assert data.index.names == ["unit", "period"]
    assert list(data.columns) == ["green_control_pct", "straw_use_pct", "pass_rate_pct"]
    assert data.loc[(PIDU, 2020)].tolist() == pytest.approx([25, 90, 96])


def test_years_before_the_first_are_left_out(snapshot: Snapshot, small: IndexDeclaration) -> None:
    periods = declared_index(snapshot, small).data.index.get_level_values("period")
    assert periods.min() == 2020


def test_scores_follow_goalposts_and_weights(snapshot: Snapshot, small: IndexDeclaration) -> None:
    scores = declared_index(snapshot, small).scores.loc[(PIDU, 2020)]
    # Green: 25 of 0-50 is 50, 90 of 50-100 is 80, weighed 1 to 3; safe: 96 of 90-100.
    assert scores["green"] == pytest.approx(72.5)
    assert scores["safe"] == pytest.approx(60)
    assert scores["top"] == pytest.approx((3 * 72.5 + 60) / 4)


def test_an_absent_value_lends_its_weight_to_the_others_of_its_dimension(
    snapshot: Snapshot, small: IndexDeclaration
) -> None:
    index = declared_index(snapshot, small)
    assert np.isnan(index.data.loc[(XINJIN, 2020), "straw_use_pct"])
    assert index.scores.loc[(XINJIN, 2020), "green"] == 100


def test_absences_tell_withheld_from_missing(snapshot: Snapshot, small: IndexDeclaration) -> None:
    found = absences(snapshot, small)
    assert found.loc[(XINJIN, 2020), "straw_use_pct"] == "withheld"
    assert found.loc[(PIDU, 2021), "pass_rate_pct"] == "missing"
    assert found.loc[(DAYI, 2021), "green_control_pct"] == "missing"
    assert found.loc[(PIDU, 2020)].isna().all()


def test_absences_stand_exactly_where_values_do_not(
    snapshot: Snapshot, small: IndexDeclaration
) -> None:
    data = declared_index(snapshot, small).data
    found = absences(snapshot, small)
    pd.testing.assert_frame_equal(found.notna(), data.isna())


def test_a_standard_error_is_the_width_of_the_interval_over_twice_196(
    snapshot: Snapshot, small: IndexDeclaration
) -> None:
    found = standard_errors(snapshot, small)
    low, high = wilson_interval([48], [50])
    expected = 100 * float(high[0] - low[0]) / (2 * 1.959964)
    assert found.loc[(PIDU, 2020), "pass_rate_pct"] == pytest.approx(expected, rel=1e-6)
    assert found[["green_control_pct", "straw_use_pct"]].isna().all(axis=None)


@pytest.mark.parametrize(
    ("name", "sampled"),
    [
        ("pass_rate_shrunk_pct", True),
        ("pesticide_trend_pct_year", True),
        ("residue_to_limit_mean_pct", False),
        ("residue_to_limit_p95_pct", False),
        ("hazard_index_pct", False),
        ("green_control_pct", False),
    ],
)
def test_a_range_of_treatments_is_no_interval_of_sampling(name: str, sampled: bool) -> None:
    assert measure(name).has_sampling_interval is sampled


def test_a_score_stays_when_another_year_and_county_are_added(
    tmp_path: Path, snapshot: Snapshot, small: IndexDeclaration
) -> None:
    rows = [*ROWS, f"{DAYI},2020,1000,80,100", f"{DAYI},2021,1000,1,51", f"{PIDU},2019,1000,2,52"]
    more = _snapshot(tmp_path, rows, TESTED + sample_rows("C", "大邑县", "2020-05-01", 5, 5))
    before = declared_index(snapshot, small).scores.dropna()
    after = declared_index(more, small).scores
    assert len(after.dropna()) > len(before)
    pd.testing.assert_frame_equal(after.loc[before.index], before)


def test_the_shipped_index_scores_a_row_the_same_alone_and_among_others() -> None:
    declaration = load_index(ROOT / "data" / "config", "county_quality")
    rng = np.random.default_rng(7)
    indicators = declaration.framework.indicators
    posts = np.array([(one.worst, one.best) for one in indicators], dtype=float)
    share = rng.uniform(-0.2, 1.2, size=(12, len(indicators)))
    rows = pd.MultiIndex.from_product([list("abcd"), [2019, 2020, 2021]], names=["unit", "period"])
    data = pd.DataFrame(
        posts[:, 0] + share * (posts[:, 1] - posts[:, 0]),
        index=rows,
        columns=[one.id for one in indicators],
    )
    whole = CompositeIndex(data, declaration.framework, declaration.choices).scores
    alone = CompositeIndex(data.iloc[[4]], declaration.framework, declaration.choices).scores
    pd.testing.assert_frame_equal(whole.iloc[[4]], alone)


def test_a_level_that_a_measure_lacks_is_refused(tmp_path: Path, snapshot: Snapshot) -> None:
    declaration = declared(
        tmp_path,
        ('measure = "pass_rate_pct"', 'measure = "pass_rate_weighted_pct"'),
        ("pass_rate_pct = 1", "pass_rate_weighted_pct = 1"),
    )
    with pytest.raises(NoDataError, match="pass_rate_weighted_pct"):
        declared_index(snapshot, declaration)
    assert declared_index(snapshot, declaration, level="prefecture").data.index[0][0] == "510100"


def test_a_snapshot_without_any_value_is_refused(tmp_path: Path, snapshot: Snapshot) -> None:
    later = declared(tmp_path, ("first_year = 2019", "first_year = 2030"))
    with pytest.raises(NoDataError, match="small"):
        declared_index(snapshot, later)


def test_grades_begin_at_their_cuts(small: IndexDeclaration) -> None:
    scores = pd.Series([80.0, 79.99, np.nan], index=["a", "b", "c"])
    assert graded(scores, small).tolist() == ["上", "下", None]
    assert graded(scores, small, language="en").tolist() == ["High", "Low", None]


def test_grades_that_are_not_declared_are_refused(tmp_path: Path) -> None:
    none = declared(
        tmp_path,
        ('grades_reason = { zh = "试验", en = "A trial" }\n', ""),
        ('  { label = { zh = "上", en = "High" }, at_least = 80 },\n', ""),
        ('  { label = { zh = "下", en = "Low" } },\n', ""),
    )
    with pytest.raises(NoDataError, match="no grades"):
        graded(pd.Series([1.0]), none)


def test_the_shipped_index_is_made_of_a_projects_measure_table(
    small_project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(declared_module, "measure_table", measure_table)
    snapshot = Snapshot.open(small_project)
    declaration = load_index(small_project.config, "county_quality")
    index = declared_index(snapshot, declaration)
    tidy = measure_table(snapshot)
    known = tidy[(tidy["level"] == "county") & tidy["value"].notna()]
    counted = known[known["measure"].isin(declaration.measures) & (known["period"] >= 2019)]
    assert int(index.data.notna().sum().sum()) == len(counted)
    assert index.score().between(0, 100).all()
    errors = standard_errors(snapshot, declaration)
    assert set(errors.columns[errors.notna().any()]) == {
        "pass_rate_shrunk_pct",
        "banned_detection_shrunk_pct",
        "input_batch_pass_pct",
    }
