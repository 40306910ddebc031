"""Certificates in force by scheme, those that end, directories and valued brands."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from agriqa.errors import NoDataError, UnknownNameError
from agriqa.measures import compute, measure
from agriqa.measures.certificates import CERTIFICATES, UNATTRIBUTED, brand_values
from agriqa.measures.source import Source
from agriqa.measures.values import values as values_of
from agriqa.project import Project
from agriqa.store import Snapshot
from tests.measures.handmade import frozen, production

YEARS = range(2013, 2018)
COLUMNS = [
    "cert_id", "brand_id", "product", "scheme", "scheme_kind", "number", "county_code",
    "prefecture_code", "year", "valid_from", "valid_to", "holder", "value_100m_cny", "value_year",
    "origin",
]  # fmt: skip
CERTIFIED = f"""{",".join(COLUMNS)}
c1,,甲米,绿色食品,绿色食品,G1,510117,510100,2014,2014-03-01,2017-02-28,甲社,,,published
c2,,甲米,绿色食品,绿色食品,G2,510117,510100,,2015-01-01,2015-12-31,甲社,,,reported
c3,,甲米,绿色食品,绿色食品,,510117,510100,2016,,,乙社,,,published
c4,,甲米,绿色食品,绿色食品,,510117,510100,2016,,,丙社,,,published
c5,,甲米,绿色食品,绿色食品,,510117,510100,2016,,,丙社,,,published
c6,,乙茶,有机,有机产品,O1,510116,510100,2014,2014-06-01,2015-06-01,丁社,,,published
c7,,乙茶,有机,有机产品,O1,510116,510100,2015,2015-06-01,2016-06-01,丁社,,,published
c8,,丙桃,登记,农产品地理标志,,,510100,2013,,,,,,published
c9,,丙桃,登记,农产品地理标志,,510117,510100,2014,,,,,,published
c10,,丁梨,保护,地理标志保护产品,,510117,510100,,,,,,,published
c11,,戊酒,全国目录,品牌目录,,510117,510100,2014,,,,,,published
c12,,戊酒,省目录,品牌目录,,510117,510100,2015,,,,,,published
c13,,己果,省目录,品牌目录,,,510100,2015,,,,,,published
c14,,戊酒,甲榜,品牌价值评估,,510117,510100,2015,,,,10.5,2014,published
c15,,戊酒,甲榜,品牌价值评估,,510117,510100,2015,,,,12.5,2015,published
c16,,己果,甲榜,品牌价值评估,,,510100,2015,,,,30,,published
c17,,戊酒,乙榜,品牌价值评估,,510117,510100,2016,,,,99,2016,published
c18,,庚菜,丙榜,品牌价值评估,,510117,510100,2016,,,,,2016,published
c19,,辛姜,品牌价值榜,品牌价值评估,,510116,510100,2016,,,,5,2016,published
c20,,壬豆,评选,评选,,510117,510100,2014,,,,,,published
"""
IDS = [
    *("gi_agri_n" if kind == "gi_agri" else f"certificates_{kind}_n" for kind in CERTIFICATES),
    "certificates_expiring_n",
    "catalogue_n",
    "brands_valued_n",
]


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    areas = {("510117", "grain"): dict.fromkeys(YEARS, "1")}
    files = {"certifications": CERTIFIED, "production": production(areas)}
    return frozen(tmp_path_factory.mktemp("certificates") / "project", files)


@pytest.fixture(scope="module")
def values(snapshot: Snapshot) -> pd.DataFrame:
    return compute(snapshot, IDS).set_index(["measure", "area", "period"]).sort_index()


def by_year(values: pd.DataFrame, name: str, area: str) -> list[float]:
    return [float(values.loc[(name, area, year), "value"]) for year in YEARS]


def test_a_certificate_counts_until_its_last_day(values: pd.DataFrame) -> None:
    # G1 from 2014 to February 2017, G2 on 31 December 2015; from 2016 on two without a
    # number, which are of two holders and one of them on two lists.
    found = by_year(values, "certificates_green_food_n", "510117")
    np.testing.assert_array_equal(found, [np.nan, 1, 2, 3, 2])


def test_a_certificate_without_a_last_day_counts_on(values: pd.DataFrame) -> None:
    found = by_year(values, "gi_agri_n", "510100")
    assert found == [1, 1, 1, 1, 1]


def test_one_certificate_on_two_lists_takes_the_county_of_either(values: pd.DataFrame) -> None:
    assert by_year(values, "gi_agri_n", "510117") == [1, 1, 1, 1, 1]


def test_a_renewed_certificate_counts_once(values: pd.DataFrame) -> None:
    found = by_year(values, "certificates_organic_n", "510116")
    np.testing.assert_array_equal(found, [np.nan, 1, 1, 0, 0])


def test_before_the_first_certificate_none_is_known(values: pd.DataFrame) -> None:
    row = values.loc[("certificates_green_food_n", "510000", 2013)]
    assert row["status"] == "missing"
    row = values.loc[("certificates_green_food_n", "510131", 2014)]
    assert (row["value"], row["status"]) == (0, "published")


def test_certificates_without_a_year_are_not_known(values: pd.DataFrame) -> None:
    assert set(values.loc["certificates_gi_product_n", "status"]) == {"missing"}
    assert set(values.loc["certificates_gi_other_n", "status"]) == {"missing"}


def test_a_count_is_as_good_as_its_weakest_row(values: pd.DataFrame) -> None:
    status = values.loc[("certificates_green_food_n", "510117"), "status"]
    assert status.tolist() == ["missing", "published", "reported", "published", "published"]


def test_those_that_end_in_the_next_year_are_counted(values: pd.DataFrame) -> None:
    # G1 ends in 2017; G2, in force on 31 December 2015, ends that day.
    found = by_year(values, "certificates_expiring_n", "510117")
    np.testing.assert_array_equal(found, [np.nan, 0, 0, 1, 0])
    # O1 ends in 2015 and, renewed, in 2016.
    found = by_year(values, "certificates_expiring_n", "510116")
    np.testing.assert_array_equal(found, [np.nan, 1, 1, 0, 0])


def test_a_certificate_renewed_ahead_ends_with_its_renewal(snapshot: Snapshot) -> None:
    source = Source(snapshot)
    rows = source.table("certification").copy()
    rows.loc[rows["cert_id"] == "c7", "valid_from"] = rows.loc[
        rows["cert_id"] == "c6", "valid_from"
    ].item()
    source._tables["certification"] = rows
    found = values_of([measure("certificates_expiring_n")], source, ["county"])
    rows = found[found["area"] == "510116"].set_index("period")["value"]
    np.testing.assert_array_equal(rows, [np.nan, 0, 1, 0, 0])


def test_a_brand_on_two_directories_counts_once(values: pd.DataFrame) -> None:
    np.testing.assert_array_equal(by_year(values, "catalogue_n", "510117"), [np.nan, 1, 1, 1, 1])
    np.testing.assert_array_equal(by_year(values, "catalogue_n", "510100"), [np.nan, 1, 2, 2, 2])


def test_a_valued_brand_counts_once_from_its_first_value(values: pd.DataFrame) -> None:
    np.testing.assert_array_equal(
        by_year(values, "brands_valued_n", "510117"), [np.nan, 1, 1, 1, 1]
    )
    np.testing.assert_array_equal(
        by_year(values, "brands_valued_n", "510100"), [np.nan, 1, 2, 3, 3]
    )


def test_the_values_of_one_list_stand_by_year_and_rank(snapshot: Snapshot) -> None:
    found = brand_values(Source(snapshot), "甲榜")
    assert found["product"].tolist() == ["戊酒", "己果", "戊酒"]
    assert found["value_year"].tolist() == [2014, 2015, 2015]
    assert found["value_100m_cny"].tolist() == [10.5, 30, 12.5]


def test_values_of_several_assessors_are_refused(snapshot: Snapshot) -> None:
    with pytest.raises(NoDataError, match="several assessors"):
        brand_values(Source(snapshot), UNATTRIBUTED)


def test_a_list_without_values_says_so(snapshot: Snapshot) -> None:
    with pytest.raises(NoDataError, match="丙榜 states no brand value"):
        brand_values(Source(snapshot), "丙榜")


def test_an_unknown_list_names_the_nearest(snapshot: Snapshot) -> None:
    with pytest.raises(UnknownNameError, match="甲榜"):
        brand_values(Source(snapshot), "甲榜单")
    with pytest.raises(UnknownNameError):
        brand_values(Source(snapshot), "评选")


def test_the_reference_keeps_its_values_under_a_name_that_is_refused(
    small_project: Project,
) -> None:
    rows = Snapshot.open(small_project).table("certification")
    valued = rows[rows["value_100m_cny"].notna()]
    assert set(valued["scheme"]) == {UNATTRIBUTED}


def test_in_force_agrees_with_a_count_by_hand(small_project: Project) -> None:
    rng = np.random.default_rng(8)
    source = Source(Snapshot.open(small_project))
    counties = sorted(source.prefecture_of)[:4]
    first = pd.Timestamp("2015-01-01")
    start = first + pd.to_timedelta(rng.integers(0, 2000, 80), unit="D")
    end = start + pd.to_timedelta(rng.integers(0, 1500, 80), unit="D")
    rows = pd.DataFrame(
        {
            "scheme_kind": "green_food",
            "number": [f"G{number}" for number in range(80)],
            "county_code": rng.choice(counties, 80),
            "valid_from": start.date,
            "valid_to": [None if i % 5 == 0 else day for i, day in enumerate(end.date)],
        }
    )
    table = source.table("certification").iloc[:80].reset_index(drop=True)
    missing = dict.fromkeys(("brand_id", "holder", "prefecture_code", "year"))
    source._tables["certification"] = table.assign(
        **missing, **{column: rows[column] for column in rows}, product="米", origin="published"
    ).astype({"holder": "str", "brand_id": "str", "prefecture_code": "str", "year": float})
    ids = ["certificates_green_food_n", "certificates_expiring_n"]
    found = values_of([measure(name) for name in ids], source, ["county"])
    found = found.set_index(["measure", "area", "period"]).sort_index()["value"]
    for year in range(2016, source.periods[-1] + 1):
        day = pd.Timestamp(year, 12, 31)
        ends = pd.to_datetime(rows["valid_to"])
        standing = (start.year <= year) & (ends.isna() | (ends >= day))
        expiring = standing & (ends > day) & (ends <= pd.Timestamp(year + 1, 12, 31))
        for county in counties:
            here = rows["county_code"] == county
            assert found["certificates_green_food_n", county, year] == (standing & here).sum()
            assert found["certificates_expiring_n", county, year] == (expiring & here).sum()
