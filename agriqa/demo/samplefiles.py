"""Writes samples and residues as the CSV files laboratories send."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd

from agriqa.datasets import code_lists, dataset
from agriqa.demo.config import CountyStyle, DemoConfig, DemoError
from agriqa.demo.defects import Defect
from agriqa.demo.sampledefects import (
    CODE,
    COUNTY,
    KINDS,
    PREFECTURE,
    apply_changes,
    measured_header,
    residue_changes,
    sample_changes,
)
from agriqa.demo.sheets import SIMULATED
from agriqa.demo.streams import stream

FOLDER = "sampling"
DATE_FORMATS: tuple[Callable[[pd.Timestamp], str], ...] = (
    lambda d: f"{d:%Y-%m-%d}",
    lambda d: f"{d.year}/{d.month}/{d.day}",
    lambda d: f"{d.year}年{d.month}月{d.day}日",
    lambda d: f"{d:%Y%m%d}",
)


def write_sampling(
    folder: Path,
    samples: pd.DataFrame,
    residues: pd.DataFrame,
    config: DemoConfig,
    shared_names: frozenset[str],
    *,
    seed: int,
    scale: float = 1.0,
) -> list[Defect]:
    """Write 样品_<year>.csv and 残留_<year>.csv for the years in `samples`.

    Parameters
    ----------
    folder : Path
        The demo's folder; the files go to ``sampling`` in it.
    samples, residues : DataFrame
        As `build_samples` and `build_residues` return them.
    shared_names : frozenset of str
        County names that two counties have.
    scale : float
        Part of the full demo that is written (scales the number of defects).
    """
    if set(config.defects.sampling) != set(KINDS):
        raise DemoError(
            f"demo.toml 的抽样错误种类与程序不一致：{sorted(set(config.defects.sampling))}"
            f" / demo.toml must name these kinds of sampling defects: {sorted(KINDS)}"
        )
    (folder / FOLDER).mkdir(parents=True, exist_ok=True)
    years = [int(y) for y in samples["year"].unique()]
    share = _shares(years, config, scale, seed)
    defects: list[Defect] = []
    for year in years:
        encoding = "gb18030" if year in config.sampling.gb18030_years else "utf-8-sig"
        style = config.sampling.county_styles[year]
        shown = _sample_table(samples[samples["year"] == year], style, year)
        measured = _residue_table(residues[residues["year"] == year], config.sampling.markers[year])
        rng = stream(seed, "sampling defects", year)
        changes = {
            "样品": sample_changes(shown, style, config.defects, shared_names, share[year], rng),
            "残留": residue_changes(measured, share[year], rng),
        }
        for name, table in (("样品", shown), ("残留", measured)):
            relative = f"{FOLDER}/{name}_{year}.csv"
            final, found = apply_changes(table, changes[name], relative)
            text = final.to_csv(index=False, lineterminator="\n")
            (folder / relative).write_bytes(text.encode(encoding))
            defects += found
    return defects


def _shares(
    years: list[int], config: DemoConfig, scale: float, seed: int
) -> dict[int, dict[str, int]]:
    """Hand the defects of each kind to the years that can carry them."""
    rng = stream(seed, "sampling defects")
    share: dict[int, dict[str, int]] = {year: dict.fromkeys(KINDS, 0) for year in years}
    for kind, count in config.defects.sampling.items():
        able = years
        if kind == "ambiguous_county":  # a code is never ambiguous
            able = [y for y in years if config.sampling.county_styles[y] != "code"]
        scaled = max(1, round(count * scale)) if count else 0
        for year in rng.choice(able, scaled) if able else ():
            share[int(year)][kind] += 1
    return share


def _sample_table(samples: pd.DataFrame, style: CountyStyle, year: int) -> pd.DataFrame:
    """Show a year's samples as the columns of its file, all as text."""
    declared = dataset("sample")
    date = DATE_FORMATS[year % len(DATE_FORMATS)]
    table = pd.DataFrame({declared["sample_id"].label.zh: samples["sample_id"].to_numpy()})
    if style == "code":
        table[CODE] = samples["unit_code"].to_numpy()
    elif style == "split":
        table[PREFECTURE] = samples["prefecture"].to_numpy()
        table[COUNTY] = samples["unit_name"].to_numpy()
    else:
        table[COUNTY] = (samples["prefecture"] + samples["unit_name"]).to_numpy()
    dates = {d: date(d) for d in samples["sampled_on"].unique()}
    table[declared["sampled_on"].label.zh] = samples["sampled_on"].map(dates).to_numpy()
    table[declared["product"].label.zh] = samples["product"].to_numpy()
    for name in ("product_class", "stage", "scheme", "result"):
        codes = code_lists()[str(declared[name].codes)]
        labels = {code: codes.label_of(code) for code in codes.codes}
        table[declared[name].label.zh] = samples[name].map(labels).to_numpy()
    return table.assign(**{"数据性质": SIMULATED})


def _residue_table(residues: pd.DataFrame, marker: str) -> pd.DataFrame:
    """Show a year's residues as text; not detected is written with `marker`.

    The marker ``<`` is followed by the limit of detection.
    """
    declared = dataset("residue")
    lod = _texts(residues["lod_mg_kg"])
    absent = "<" + lod if marker == "<" else marker
    value = _texts(residues["value_mg_kg"]).where(residues["value_mg_kg"].notna(), absent)
    return pd.DataFrame(
        {
            declared["sample_id"].label.zh: residues["sample_id"].to_numpy(),
            declared["analyte"].label.zh: residues["analyte"].to_numpy(),
            measured_header("value_mg_kg"): value.to_numpy(),
            measured_header("lod_mg_kg"): lod.to_numpy(),
            measured_header("loq_mg_kg"): _texts(residues["loq_mg_kg"]).to_numpy(),
            measured_header("mrl_mg_kg"): _texts(residues["mrl_mg_kg"]).to_numpy(),
            "数据性质": SIMULATED,
        }
    )


def _texts(values: pd.Series) -> pd.Series:
    known = {v: "" if pd.isna(v) else f"{v:.8f}".rstrip("0") for v in values.unique()}
    return values.map({v: t + "0" if t.endswith(".") else t for v, t in known.items()}).fillna("")
