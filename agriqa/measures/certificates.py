"""Measures of certificates, the brand directories and valuations.

Schemes are never added: each has its own measure. Awards and lists of a day are
no certificates and are left out.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from agriqa.datasets import Label, code_lists
from agriqa.errors import NoDataError, UnknownNameError
from agriqa.measures.measure import Measure
from agriqa.measures.parts import each_once, in_force, weakest
from agriqa.measures.source import Source

if TYPE_CHECKING:
    import pandas as pd

# A geographical indication is one registration of a product's name; of the other
# schemes each holder has a certificate of its own.
INDICATIONS = ("gi_agri", "gi_product", "gi_trademark", "gi_other")
CERTIFICATES = (*INDICATIONS, "green_food", "organic")
# What the reference calls every list of brand values, whoever assessed them.
UNATTRIBUTED = "品牌价值榜"


def _certificates(source: Source) -> pd.DataFrame:
    """Return every row with the certificate it tells of and the span of years it is valid in.

    A certificate may stand in several rows, one per source, some without a county.
    """
    import pandas as pd

    rows = source.table("certification")
    valid_from, valid_to = (pd.to_datetime(rows[name]) for name in ("valid_from", "valid_to"))
    new_year = (valid_to.dt.month == 12) & (valid_to.dt.day == 31)
    number, holder, county = (rows[name].fillna("") for name in ("number", "holder", "county_code"))
    own = number.where(number != "", rows["product"] + "\n" + holder + "\n" + county)
    name = rows["product"].where(rows["scheme_kind"].isin(INDICATIONS), own)
    dated = rows.assign(
        certificate=rows["scheme_kind"] + "\n" + name,
        year_from=valid_from.dt.year.fillna(rows["year"]).astype(float),
        # The last year on whose 31 December it is valid.
        year_to=(valid_to.dt.year - (~new_year).astype(float)).astype(float),
        valid_to=valid_to,
    )
    by_certificate = dated.groupby("certificate")
    return dated.assign(
        **{
            name: by_certificate[name].transform("first")
            for name in ("county_code", "prefecture_code")
        }
    )


def _standing(source: Source) -> pd.DataFrame:
    return in_force(source.once(_certificates), source)


def _once(rows: pd.DataFrame, entity: str) -> pd.DataFrame:
    """Take each thing once a year and county, with the weakest origin of its rows."""
    keys = ["county_code", "prefecture_code", "period", entity]
    return weakest(rows, keys).reset_index().rename(columns={entity: "entity"})


def _first(rows: pd.DataFrame) -> int | None:
    """Return the first year of a list; None where nothing on it is dated."""
    return None if rows["year_from"].isna().all() else int(rows["year_from"].min())


def _in_force(source: Source, *, kind: str) -> pd.DataFrame:
    listed = source.once(_certificates)
    listed = listed[listed["scheme_kind"] == kind]
    standing = source.once(_standing)
    found = _once(standing[standing["scheme_kind"] == kind], "certificate")
    return each_once(found, source, periods=source.periods, first=_first(listed))


def _expiring(source: Source) -> pd.DataFrame:
    """Name the certificates in force at year end that end in the year after."""
    standing = source.once(_standing)
    dated = standing[standing["scheme_kind"].isin(CERTIFICATES)].dropna(subset=["valid_to"])
    # One that is renewed already ends with its renewal.
    last = dated.groupby(["certificate", "period"])["valid_to"].transform("max")
    ending = dated[last.dt.year == dated["period"] + 1]
    first = None if dated.empty else int(dated["period"].min())
    return each_once(_once(ending, "certificate"), source, periods=source.periods, first=first)


def _catalogue(source: Source) -> pd.DataFrame:
    """Name the brands that are on a directory; one that is on several counts once."""
    listed = source.once(_certificates)
    listed = listed[listed["scheme_kind"] == "catalogue"]
    standing = source.once(_standing)
    entries = standing[standing["scheme_kind"] == "catalogue"]
    brand = entries["brand_id"].fillna(entries["product"])
    found = _once(entries.assign(brand=brand), "brand")
    return each_once(found, source, periods=source.periods, first=_first(listed))


def _valued(source: Source) -> pd.DataFrame:
    """Name the brands of which a value has been published."""
    rows = source.once(_certificates)
    values = rows[rows["value_100m_cny"].notna()]
    brand = values["brand_id"].fillna(values["product"])
    dated = values.assign(
        brand=brand,
        year_from=values["value_year"].fillna(values["year"]),
        year_to=np.nan,
        **{
            name: values.groupby(brand)[name].transform("first")
            for name in ("county_code", "prefecture_code")
        },
    )
    found = _once(in_force(dated, source), "brand")
    return each_once(found, source, periods=source.periods, first=_first(dated))


def brand_values(source: Source, scheme: str) -> pd.DataFrame:
    """Return the brand values of one assessor's list.

    Values of different assessors measure different things and are never added or
    ranked together; so are those of different years.

    Parameters
    ----------
    source : Source
        The snapshot's tables.
    scheme : str
        Name of the list, as in the column ``scheme``.

    Returns
    -------
    DataFrame
        One row per brand and year: brand_id, product, county_code, value_year,
        value_100m_cny and origin; by year, the highest value first.

    Raises
    ------
    UnknownNameError
        If there is no list of that name.
    NoDataError
        If the name stands for lists of several assessors, or the list has no value.
    """
    rows = source.table("certification")
    lists = rows[rows["scheme_kind"] == "valuation"]
    if scheme not in set(lists["scheme"]):
        raise UnknownNameError("品牌价值榜单", "list of brand values", scheme, lists["scheme"])
    if scheme == UNATTRIBUTED:
        raise NoDataError(
            f"“{scheme}”收录了多个评估方的值，不可放在一起比较：请先按评估方分别命名认证项目。"
            f" / {scheme} holds values of several assessors, which are not compared: give each "
            "assessor's list its own scheme first."
        )
    values = lists[(lists["scheme"] == scheme) & lists["value_100m_cny"].notna()]
    if values.empty:
        raise NoDataError(f"“{scheme}”没有写出品牌价值。 / {scheme} states no brand value.")
    columns = ["brand_id", "product", "county_code", "value_year", "value_100m_cny", "origin"]
    found = values.assign(value_year=values["value_year"].fillna(values["year"]))[columns]
    return found.sort_values(
        ["value_year", "value_100m_cny"], ascending=[True, False], kind="stable"
    ).reset_index(drop=True)


def _measure(id_: str, label: Label, formula: Label, reference: str, **given: object) -> Measure:
    return Measure(
        id=id_,
        label=label,
        unit="个",
        theme="brands",
        kind="sum",
        formula=formula,
        datasets=("certification",),
        reference=reference,
        decimals=0,
        zero_if_absent=True,
        **given,  # type: ignore[arg-type]
    )


_DATES = Label(
    zh="有失效日的计到失效日，没有的从生效年起一直计；年份不明的不计；未落实到县的只计入市州和省；"
    "第一个有年份的证书以前为缺数；名单不全，0 表示所收名单中没有",
    en="one with a last day until then, one without from its year on; those without a year are "
    "left out; one without a county is in no county's count; no value before the first that has "
    "a year; the lists are incomplete, 0 means none on the lists held",
)


def _of_kind(kind: str) -> Measure:
    label = code_lists()["scheme_kind"].codes[kind].label
    registered = kind == "gi_agri"
    once = (
        Label(zh="同一产品只计一次", en="each product's once")
        if kind in INDICATIONS
        else Label(
            zh="证书号相同的只计一次，没有证书号的按产品、持有人和县",
            en="each number once, those without one by product, holder and county",
        )
    )
    return _measure(
        "gi_agri_n" if registered else f"certificates_{kind}_n",
        Label(
            zh=f"{label.zh}登记" if registered else f"有效证书·{label.zh}",
            en=f"{label.en.capitalize()}s" if registered else f"Certificates, {label.en}",
        ),
        Label(
            zh=f"12 月 31 日有效的{label.zh}证书数，{once.zh}，只计这一类别（不同类别不可相加）；"
            f"{_DATES.zh}",
            en=f"certificates of one scheme ({label.en}) in force on 31 December, {once.en} "
            f"(schemes are never added); {_DATES.en}",
        ),
        "农产品地理标志登记公告" if registered else f"{label.zh}的公告和名单",
        direction=1,
        parts=partial(_in_force, kind=kind),
        core=registered,
    )


MEASURES = (
    *(_of_kind(kind) for kind in CERTIFICATES),
    _measure(
        "certificates_expiring_n",
        Label(zh="下一年到期的证书", en="Certificates that end in the next year"),
        Label(
            zh="12 月 31 日有效、失效日在下一年的证书数，是各类证书续证的工作量；"
            "已续证的按续证后的失效日；资料没有写失效日的不计，所收证书都没有写时为缺数",
            en="certificates in force on 31 December whose last day is in the next year: the work "
            "of renewal over all schemes, no level of quality; one renewed already ends with its "
            "renewal; those without a last day are left out, no value where none has one",
        ),
        "各认证项目的证书有效期",
        direction=0,
        parts=_expiring,
    ),
    _measure(
        "catalogue_n",
        Label(zh="入选品牌目录的品牌", en="Brands in a directory"),
        Label(
            zh="到年末入选过国家或省农业品牌目录的品牌数，入选几个目录的只计一次；目录有有效期而资料没有"
            "写出的，入选后一直计；第一个目录以前为缺数；目录多为摘录，0 表示所收目录中没有",
            en="brands that entered a national or provincial directory of agricultural brands by "
            "year end, one on several counts once; kept on where the directory's term is not "
            "stated; no value before the first directory; these are excerpts, 0 means none on "
            "those held",
        ),
        "中国农业品牌目录、四川省农业品牌目录",
        direction=1,
        parts=_catalogue,
    ),
    _measure(
        "brands_valued_n",
        Label(zh="公布过品牌价值的品牌", en="Brands with a published value"),
        Label(
            zh="到年末由任一评估方公布过品牌价值的品牌数，每个品牌只计一次；不同评估方的价值不可相加、"
            "不可排名，故只计数；第一次公布以前为缺数；资料为摘录，0 表示所收资料中没有",
            en="brands of which any assessor has published a value by year end, each once; values "
            "of different assessors are never added or ranked, so they are counted only; no value "
            "before the first; the material is an excerpt, 0 means none in that held",
        ),
        "各品牌价值榜",
        direction=1,
        parts=_valued,
    ),
)
