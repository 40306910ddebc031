"""What is true of the simulation: the file tests and evaluations compare with."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import pandas as pd

from agriqa.demo.config import DemoConfig
from agriqa.demo.defects import Defect
from agriqa.demo.structure import Structure

_SUMS = {
    "production": ("sown_ha", "output_t", "value_10k_cny"),
    "pesticide_use": ("use_t", "active_t", "treated_ha"),
    "fertiliser_use": ("pure_t", "product_t"),
    "greening": ("cultivated_ha", "high_standard_ha"),
    "enforcement": ("firms_n", "cases_n", "batches_tested_n", "batches_failed_n"),
    "capacity": ("testing_bodies_n", "platforms_n", "staff_n", "traceable_firms_n", "standards_n"),
}


def totals(frames: Mapping[str, pd.DataFrame]) -> dict[str, dict[str, dict[str, float]]]:
    """Sum by dataset, column and year, before any defect."""
    found: dict[str, dict[str, dict[str, float]]] = {}
    for name, columns in _SUMS.items():
        sums = frames[name].groupby("year")[list(columns)].sum().round(3)
        found[name] = {
            column: {str(year): float(value) for year, value in sums[column].items()}
            for column in columns
        }
    return found


def make_truth(
    structure: Structure,
    config: DemoConfig,
    frames: Mapping[str, pd.DataFrame],
    samples: pd.DataFrame,
    residues: pd.DataFrame,
    defects: Sequence[Defect],
    natural: Sequence[Mapping[str, object]],
    *,
    seed: int,
    complete: bool,
) -> dict[str, Any]:
    """Gather the truth of one demo as plain data.

    Returns
    -------
    dict
        ``seed``, ``complete`` (whether all counties and years were written),
        ``effect``, ``published`` and ``totals`` by year, ``sampling`` counts,
        ``natural`` (old and shared names that simply occur), ``defects``,
        and ``parameters`` (demo.toml).
    """
    first = structure.designated.reindex(structure.counties.index).dropna().astype(int)
    window = first.between(config.effect.window_first, config.effect.window_last)
    years = sorted({str(y) for y in frames["production"]["year"]})
    return {
        "note": "模拟数据的真值：全部为模拟，不代表任何县（市、区）。/ Truth of the simulation.",
        "seed": seed,
        "complete": complete,
        "effect": {
            "on": "log(sum of pesticide_use.use_t / sum of production.sown_ha)",
            "log_effect": config.effect.log_effect,
            "levels": list(config.effect.levels),
            "rule": (
                "permanent, from the year after the county's first dated designation whose status "
                "counts as in force, if that is window_last or earlier"
            ),
            "window": [config.effect.window_first, config.effect.window_last],
            "treated": {code: int(year) for code, year in first[window].items()},
            "earlier": {
                code: int(year) for code, year in first[first < config.effect.window_first].items()
            },
        },
        "published": {
            name: {str(y): float(v) for y, v in series.items() if str(y) in years}
            for name, series in structure.published.items()
        },
        "totals": totals(frames),
        "sampling": _sampling(samples, residues),
        "natural": list(natural),
        "defects": [asdict(d) for d in defects],
        "parameters": config.model_dump(mode="json"),
    }


def _sampling(samples: pd.DataFrame, residues: pd.DataFrame) -> dict[str, Any]:
    keys = ["year", "scheme", "product_class"]
    counted = samples.groupby(keys, as_index=False).agg(
        samples=("result", "size"), failed=("result", lambda r: int(r.eq("fail").sum()))
    )
    return {
        "samples": len(samples),
        "residues": len(residues),
        "below_lod": int(residues["value_mg_kg"].isna().sum()),
        "groups": json.loads(counted.to_json(orient="records")),
    }


def natural_names(
    frames: Mapping[str, pd.DataFrame],
    today: Mapping[str, str],
    shared_names: frozenset[str],
    files: Mapping[tuple[str, int], str],
) -> list[dict[str, object]]:
    """List the old and the shared county names of each workbook; all must be kept."""
    columns = ("prefecture_code", "year", "unit_name", "current_code")
    found: list[dict[str, object]] = []
    for prefecture, year, name, code in zip(
        *(frames["greening"][c].tolist() for c in columns), strict=True
    ):
        old = name != today[code]
        if old or name in shared_names:
            found.append(
                {
                    "file": files[prefecture, year],
                    "name": name,
                    "code": code,
                    "kind": "old_name" if old else "shared_name",
                    "expected": "kept",
                }
            )
    return found


def readme(config: DemoConfig) -> str:
    """Return the text that stands beside the files, Chinese and English."""
    published = config.published
    return f"""# 模拟上报数据（演示用） / Simulated returns

**本文件夹中的全部数据都是模拟数据**，由 `agriqa demo` 按固定随机种子生成，
不代表任何县（市、区）、任何单位或任何产品的真实情况，不得作为统计或执法依据引用。
每一行都在“数据性质”一栏注明“模拟”。

- `returns/`：{config.first_year}—{config.last_year} 年各市州的年度报表（每市州每年一个工作簿）。
- `sampling/`：{config.sampling_first_year}—{config.last_year} 年的样品与残留检测（CSV，编码不一）。
- `truth.json`：真值：参数、已知效应、分年合计、有意放入的错误清单。

校准到已公布省级数字的有：{published.pesticide_t.indicator}、{published.fertiliser_t.indicator}
（分年合计相等）；{published.grain_sown_ha.indicator}（有公布数的年份；其余年份为假设的趋势）；
例行监测分大类合格率（有公布数的年份，一位小数相等）。绿色防控、秸秆、粪污、农膜、高标准农田、
案件、检测机构、追溯主体等只在省级水平上接近公布值，其余均为假设，见 `data/config/demo.toml`。
农药、兽药名称是真实的，**检出限、定量限和限量值是模拟值**，不是国家标准的规定；
对标所用标准号、产品和企业都是虚构的。报表中有意放入了单位不一、旧县名、全角数字、重复行、
外省县等错误，用来检验读取程序。

**Everything in this folder is simulated** by `agriqa demo` from a fixed seed; it describes no real
county, body or product and every row says so (数据性质 = 模拟). Yearly sums of pesticide and
fertiliser use equal the published provincial figures; sown grain does where a figure is published
and follows a stated trend elsewhere; routine pass rates by product class equal the published ones
to the decimal where published. Other levels are assumptions near published figures. Analyte names
are real, **all limits are simulated and are not the national standards**. Defects were put in on
purpose; `truth.json` lists each with what a loader must do.
"""
