"""Measures of residues: found, above their limit, banned, several in one sample."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from agriqa.datasets import Label
from agriqa.measures.measure import PARTS, Measure, origin_of, origin_rank
from agriqa.measures.parts import hides, weakest
from agriqa.measures.sampling import samples
from agriqa.measures.shrinkage import REFERENCE, in_percent, interval_of, shrunk_rates
from agriqa.measures.source import Source

if TYPE_CHECKING:
    import pandas as pd

# Expanded uncertainty of a measured value, as a share of it.
EXPANDED_UNCERTAINTY = 0.5
SANTE = "SANTE/11312/2021：扩展不确定度默认取 50%，测定值减去它仍高于限量才判为超限"
VERDICT = "判定所用限量见残留检测数据集的限量值列"
# What is in soil and feed is no residue of a treatment.
NOT_APPLIED = ("heavy_metal", "contaminant")


def residues(source: Source) -> pd.DataFrame:
    """Return the measurements with what is known of their sample.

    Returns
    -------
    DataFrame
        Columns of the residue dataset; ``unit`` (row number of the sample),
        county_code, year, scheme, product_class and sampled_on; ``measured``,
        ``detected``, ``judged`` (measured, with a limit), ``exceeded`` and
        ``hidden`` (not measured because the value is withheld).
    """
    columns = ["sample_id", "county_code", "year", "scheme", "product_class", "sampled_on"]
    taken = source.once(samples)[columns].reset_index(drop=True)
    rows = source.table("residue").merge(
        taken.rename_axis("unit").reset_index(), on="sample_id", how="inner"
    )
    measured = rows["censored"].notna()
    below = rows["censored"].fillna(False).astype(bool)
    judged = rows["mrl_mg_kg"].notna() & (rows["value_mg_kg"].notna() | below)
    return rows.assign(
        measured=measured,
        detected=measured & ~below,
        judged=judged,
        exceeded=judged & (rows["value_mg_kg"].where(~below, 0.0) > rows["mrl_mg_kg"]),
        hidden=~measured & hides(rows, "value_mg_kg"),
    )


def forbidden(rows: pd.DataFrame, substances: pd.DataFrame) -> pd.Series:
    """Tell which measurements are of a substance forbidden in the sample when it was taken.

    Forbidden is what no use is allowed of from that day or earlier, and what no use
    is allowed of in the sample's product class; a ban on single crops does not count.
    """
    import pandas as pd

    listed = substances.set_index("name")
    day = pd.to_datetime(rows["sampled_on"])
    wholly = day >= pd.to_datetime(rows["analyte"].map(listed["banned_from"]))
    restricted = day >= pd.to_datetime(rows["analyte"].map(listed["restricted_from"]))
    classes = listed["restricted_classes"].dropna().str.split(";").explode()
    named = pd.MultiIndex.from_arrays([classes.index, classes.str.strip()])
    pairs = pd.MultiIndex.from_frame(rows[["analyte", "product_class"]])
    return wholly | (restricted & pairs.isin(named))


def _by_sample(source: Source) -> pd.DataFrame:
    """Count the measurements of each sample by what is known of them.

    Returns
    -------
    DataFrame
        county_code, period, the weakest origin, and the numbers of measurements that
        are ``measured``, ``detected``, ``judged``, ``exceeded``, ``certain`` (above
        the limit even less the uncertainty), ``within`` (above it only without),
        ``unlimited`` (detected, with no limit), ``banned``, ``applied`` (measured for
        a pesticide or drug), ``several`` (those detected) and ``hidden``.
    """
    rows, substances = source.once(residues), source.table("substance")
    detected, value, limit = rows["detected"], rows["value_mg_kg"], rows["mrl_mg_kg"]
    certain = rows["exceeded"] & (value * (1 - EXPANDED_UNCERTAINTY) > limit)
    kinds = rows["analyte"].map(substances.set_index("name")["kind"])
    applied = ~kinds.isin(NOT_APPLIED)
    flags = rows[["measured", "detected", "judged", "exceeded", "hidden"]].assign(
        certain=certain,
        within=rows["exceeded"] & ~certain,
        unlimited=detected & limit.isna(),
        banned=forbidden(rows[detected], substances).reindex(rows.index, fill_value=False),
        applied=rows["measured"] & applied,
        several=detected & applied,
    )
    counts = flags.groupby(rows["unit"]).sum()
    origin = origin_of(origin_rank(rows)["rank"].groupby(rows["unit"]).min())
    taken = source.once(samples).reset_index(drop=True)
    return counts.assign(origin=origin, county_code=taken["county_code"], period=taken["year"])


def _tally(source: Source) -> pd.DataFrame:
    """Add the counts up by county, year and origin, and the samples that have any of a sort.

    The samples stand in columns ``samples_exceeded`` and so on; ``samples_several``
    are those with two or more.
    """
    counts = source.once(_by_sample)
    keys = ["county_code", "period", "origin"]
    sorts = counts.columns.difference(keys)
    having = counts[sorts].ge(1).assign(several=counts["several"] >= 2).add_prefix("samples_")
    return counts.join(having).groupby(keys).sum().reset_index()


def _share(source: Source, *, hit: str, among: str) -> pd.DataFrame:
    """Set what is counted of one sort against another: the parts of a proportion.

    A county-year of which nothing can be told and something is hidden is withheld.
    """
    import pandas as pd

    keys = ["county_code", "period"]
    rows = source.once(_tally)
    some = rows[rows[among] > 0]
    parts = some.groupby(keys)[[hit, among]].sum().astype(float).join(weakest(some, keys))
    closed = rows[rows["hidden"] > 0].groupby(keys)[["hidden"]].sum()
    closed = closed[~closed.index.isin(parts.index)].join(weakest(rows, keys))
    parts = pd.concat([parts, closed]).reset_index()
    return parts.assign(
        numerator=parts[hit],
        denominator=parts[among],
        prefecture_code=source.prefectures(parts["county_code"]),
        rows=parts[among],
        withheld=parts[among].isna(),
        complete=True,
    )[PARTS]


def _banned(source: Source) -> pd.DataFrame:
    found = _share(source, hit="samples_banned", among="samples_measured")
    # Without the list nothing can be told of any sample.
    return found if len(source.table("substance")) else found.iloc[:0]


def _banned_shrunk(source: Source) -> pd.DataFrame:
    return in_percent(shrunk_rates(source.once(_banned), source))


def _rate(id_: str, zh: str, en: str, **given: object) -> Measure:
    return Measure(
        id=id_, label=Label(zh=zh, en=en), unit="%", theme="sampling",
        **{"direction": -1, "kind": "proportion", "scale": 100.0, "datasets": ("residue", "sample")}
        | given,  # type: ignore[arg-type]
    )  # fmt: skip


_NOT_INDEPENDENT = Label(
    zh="区间为 95% Wilson 区间，同一样品的测定并不独立",
    en="95 % Wilson interval, though measurements of one sample are not independent",
)
_OF_SAMPLES = Label(
    zh="n 为样品数，含例行监测、监督抽查和风险监测；区间为 95% Wilson 区间",
    en="n counts samples of routine, supervisory and risk monitoring; 95 % Wilson interval",
)


MEASURES = (
    _rate(
        "detection_rate_pct",
        "残留检出率",
        "Residue detection rate",
        formula=Label(
            zh=f"检出的测定数 ÷ 测定数（样品 × 项目）；{_NOT_INDEPENDENT.zh}",
            en=f"detected ÷ all measurements (sample × analyte); {_NOT_INDEPENDENT.en}",
        ),
        reference="EFSA 2010, Management of left-censored data",
        parts=partial(_share, hit="detected", among="measured"),
        core=True,
    ),
    _rate(
        "exceedance_rate_pct",
        "残留超限率",
        "Residue exceedance rate",
        formula=Label(
            zh=f"测定值高于判定限量的测定数 ÷ 有限量的测定数，不扣不确定度；{_NOT_INDEPENDENT.zh}",
            en="measurements above their limit ÷ measurements that have one, no uncertainty "
            f"deducted; {_NOT_INDEPENDENT.en}",
        ),
        reference=VERDICT,
        parts=partial(_share, hit="exceeded", among="judged"),
        decimals=2,
        core=True,
    ),
    _rate(
        "exceedance_certain_rate_pct",
        "残留确定超限率",
        "Residue exceedance rate beyond uncertainty",
        formula=Label(
            zh="扣除扩展不确定度（测定值的 50%）后仍高于限量的测定数（即测定值高于 2 倍限量）"
            f"÷ 有限量的测定数；{_NOT_INDEPENDENT.zh}",
            en="measurements above their limit less an expanded uncertainty of 50 % of the value "
            "(above twice the limit, that is) ÷ measurements that have one; "
            f"{_NOT_INDEPENDENT.en}",
        ),
        reference=SANTE,
        parts=partial(_share, hit="certain", among="judged"),
        decimals=2,
    ),
    _rate(
        "exceedance_within_uncertainty_pct",
        "不确定度之内的超限占比",
        "Exceedance within uncertainty",
        formula=Label(
            zh="测定值高于限量但不高于 2 倍限量的测定数 ÷ 有限量的测定数；与确定超限率之和"
            f"为超限率；{_NOT_INDEPENDENT.zh}",
            en="measurements above their limit but at most twice it ÷ measurements that have one; "
            "with the rate beyond uncertainty it adds up to the exceedance rate; "
            f"{_NOT_INDEPENDENT.en}",
        ),
        reference=SANTE,
        parts=partial(_share, hit="within", among="judged"),
        decimals=2,
    ),
    _rate(
        "no_limit_rate_pct",
        "检出而无限量占比",
        "Detected without a limit",
        direction=0,
        formula=Label(
            zh="没有限量规定的检出数 ÷ 检出数：既不合格也非不合格，单列；没有检出则缺数；"
            f"{_NOT_INDEPENDENT.zh}",
            en="detections that have no limit ÷ detections: neither passed nor failed, a state of "
            f"its own; no value where nothing is detected; {_NOT_INDEPENDENT.en}",
        ),
        reference=VERDICT,
        parts=partial(_share, hit="unlimited", among="detected"),
    ),
    _rate(
        "exceeding_samples_pct",
        "超限样品率",
        "Samples above a limit",
        formula=Label(
            zh=f"至少一项高于限量的样品数 ÷ 至少一项有限量的样品数；{_OF_SAMPLES.zh}",
            en="samples with a measurement above its limit ÷ samples with one that has a limit; "
            f"{_OF_SAMPLES.en}",
        ),
        reference=VERDICT,
        parts=partial(_share, hit="samples_exceeded", among="samples_judged"),
        decimals=2,
    ),
    _rate(
        "banned_detection_rate_pct",
        "禁用物质检出率",
        "Samples with a banned substance",
        formula=Label(
            zh="检出禁用物质的样品数 ÷ 有测定的样品数；抽样当日已全面禁用，或已在该产品大类整类"
            "禁用的为禁用，只禁个别作物的和检测物质表没有的不计；检出以检出限为准；"
            f"{_OF_SAMPLES.zh}",
            en="samples in which a banned substance is detected ÷ samples measured; banned is what "
            "on the day of sampling no use was allowed of, at all or in the sample's product "
            "class; bans on single crops and substances that are not listed do not count; "
            f"detected is above the limit of detection; {_OF_SAMPLES.en}",
        ),
        datasets=("residue", "sample", "substance"),
        reference="检测物质表所列公告；农质发〔2014〕15号（国家农产品质量安全县：不得检出禁用药物）",
        parts=_banned,
        decimals=2,
    ),
    _rate(
        "banned_detection_shrunk_pct",
        "收缩禁用物质检出率（三年）",
        "Samples with a banned substance, shrunk, three years",
        kind="estimate",
        scale=1.0,
        formula=Label(
            zh="当年和前两年合并：(α + 检出禁用物质的样品数) ÷ (α + β + 有测定的样品数)；禁用以各"
            "样品抽样当日为准，口径同禁用物质检出率，含例行监测、监督抽查和风险监测；先验 α、β 由"
            "同级各地区（县对县、市州对市州）的三年样品以最大似然估计，各地区差异不超过随机波动时都取合并"
            "检出率；全省为三年合并的检出率，不收缩；数据头两年窗口较短；测定值不公开的县年不计入，"
            "三年都不公开的地区为不公开；n 为三年样品数",
            en="the year and the two before together: (α + samples in which a banned substance is "
            "detected) ÷ (α + β + samples measured); banned is what was on the day each sample was "
            "taken, as in the rate of one year, and routine, supervisory and risk monitoring "
            "count; the prior's α and β by maximum likelihood from the three years' samples of "
            "all areas of the level (counties, prefectures); where the areas vary no more than "
            "chance all take the pooled rate; the province has its pooled rate, not shrunk; "
            "windows are shorter in the first two years of the data; county-years of withheld "
            "measurements are left out, and an area that has no others in three years is "
            "withheld; n counts samples of the three years",
        ),
        interval=interval_of(Label(zh="检出率", en="rate")),
        datasets=("residue", "sample", "substance"),
        reference=f"检测物质表所列公告；{REFERENCE}",
        estimate=_banned_shrunk,
        decimals=2,
    ),
    _rate(
        "multi_residue_rate_pct",
        "多残留检出率",
        "Samples with several residues",
        formula=Label(
            zh="检出两种及以上农药、兽药的样品数 ÷ 测定过农药、兽药的样品数；重金属和污染物不计，"
            f"检测物质表没有的项目计入；{_OF_SAMPLES.zh}",
            en="samples with two or more pesticides or veterinary drugs detected ÷ samples "
            "measured for them; heavy metals and contaminants do not count, analytes that are "
            f"not listed do; {_OF_SAMPLES.en}",
        ),
        datasets=("residue", "sample", "substance"),
        reference="EFSA 年度农药残留报告的 multiple residues 口径",
        parts=partial(_share, hit="samples_several", among="samples_applied"),
    ),
)
