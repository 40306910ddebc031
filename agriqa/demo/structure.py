"""The latent counties: what every simulated return is drawn from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from agriqa.datasets import code_lists
from agriqa.demo.config import DemoConfig, DemoError, Published
from agriqa.demo.streams import Floats, stream
from agriqa.project import Project

TEA_SPREAD = 0.8


@dataclass(frozen=True)
class Structure:
    """Today's counties and the units that reported for them in each year.

    Attributes
    ----------
    counties : DataFrame
        One row per county of today, index code: name, prefecture_code,
        landform, area_km2, sown_ha (before calibration), cropping_index,
        pesticide_kg_ha, fertiliser_kg_ha, and a column ``crop_<group>`` with
        its share of the sown area.
    designated : Series
        First designation year by county code, dated counted ones only.
    units : DataFrame
        Year x county: code, year, unit_code, unit_name, current_code (of the
        unit), prefecture_code, prefecture. Two counties that were one unit in
        a year share a unit.
    published : dict of str to Series
        Published totals by year in our units.
    """

    counties: pd.DataFrame
    designated: pd.Series
    units: pd.DataFrame
    published: dict[str, pd.Series]

    def under_effect(self, config: DemoConfig, year: int) -> Floats:
        """Return 1.0 for each county in which the designation is at work in `year`."""
        first = self.designated.reindex(self.counties.index)
        counted = first.le(config.effect.window_last)
        at_work: Floats = (counted & first.lt(year)).to_numpy().astype(np.float64)
        return at_work


def build_structure(project: Project, config: DemoConfig, *, seed: int) -> Structure:
    """Draw the latent counties of the project's register.

    Raises
    ------
    DemoError
        If a prefecture has no landform, or a published total is missing.
    """
    counties = _draw_counties(project, config, seed)
    return Structure(
        counties=counties,
        designated=_first_designations(project, config),
        units=_reporting_units(project, config),
        published={
            name: _published(project, getattr(config.published, name))
            for name in ("pesticide_t", "fertiliser_t", "grain_sown_ha")
        },
    )


def _draw_counties(project: Project, config: DemoConfig, seed: int) -> pd.DataFrame:
    from agriqa.areas import area_km2, load_boundaries

    register = project.register
    counties = register.counties.set_index("code").sort_index()[["name", "prefecture_code"]]
    missing = sorted(set(counties["prefecture_code"]) - set(config.prefectures))
    if missing:
        raise DemoError(
            f"demo.toml 未给出这些市州的地貌类型：{'、'.join(missing)}"
            f" / demo.toml names no landform for the prefectures {missing}"
        )
    classes = [
        config.counties.get(code, config.prefectures[prefecture].landform)
        for code, prefecture in zip(
            counties.index.tolist(), counties["prefecture_code"].tolist(), strict=True
        )
    ]
    rng = stream(seed, "structure")
    n = len(counties)
    area = area_km2(load_boundaries(project.reference)).reindex(counties.index).round(1)
    of_class = [config.landform[name] for name in classes]
    frame = counties.assign(
        landform=classes,
        area_km2=area.to_numpy(),
        sown_ha=area.to_numpy() * 100 * [c.sown_share for c in of_class] * _spread(rng, n, 0.18),
        cropping_index=np.array([c.cropping_index for c in of_class]) * _spread(rng, n, 0.06),
        pesticide_kg_ha=np.array([c.pesticide_kg_ha for c in of_class]) * _spread(rng, n, 0.25),
        fertiliser_kg_ha=np.array([c.fertiliser_kg_ha for c in of_class]) * _spread(rng, n, 0.15),
    )
    tea = np.array([config.prefectures[p].tea for p in counties["prefecture_code"]])
    shares = pd.DataFrame([c.crops for c in of_class], index=frame.index)
    shares *= _spread(rng, n * shares.shape[1], 0.15).reshape(n, -1)
    shares["tea"] = tea * rng.lognormal(0.0, TEA_SPREAD, n)
    shares = shares.div(shares.sum(axis=1), axis=0)
    return frame.join(shares.add_prefix("crop_"))


def _spread(rng: np.random.Generator, n: int, sigma: float) -> Floats:
    return np.exp(np.clip(rng.normal(0.0, sigma, n), -2.5 * sigma, 2.5 * sigma))


def _first_designations(project: Project, config: DemoConfig) -> pd.Series:
    """Find the first year of a counted designation at the levels of the effect, by county code."""
    bases = pd.read_csv(project.reference / "bases.csv", dtype=str, keep_default_na=False)
    statuses = code_lists()["base_status"]
    levels = code_lists()["base_level"].spelling()
    counted = {text for text, code in statuses.spelling().items() if statuses.codes[code].counts}
    rows = bases[
        bases["status"].isin(counted)
        & bases["level"].map(levels).isin(config.effect.levels)
        & bases["county_code"].ne("")
        & bases["year_from"].ne("")
    ]
    first: pd.Series = rows["year_from"].astype(int).groupby(rows["county_code"]).min()
    return first


def _reporting_units(project: Project, config: DemoConfig) -> pd.DataFrame:
    """Name for each year and county of today the unit that reported for it then."""
    register = project.register
    codes = sorted(register.counties["code"])
    frames = []
    for year in config.years:
        units = register.in_force(year)
        by_current = dict(zip(units["current_code"], units["code"], strict=True))
        known = set(units["code"])
        own = [by_current.get(code) or _parent(project, code, year, known) for code in codes]
        frames.append(
            pd.DataFrame({"code": codes, "year": year, "unit_code": own}).merge(
                units.rename(columns={"code": "unit_code", "name": "unit_name"})[
                    ["unit_code", "unit_name", "current_code", "prefecture_code", "prefecture"]
                ],
                on="unit_code",
            )
        )
    return pd.concat(frames, ignore_index=True)


def _parent(project: Project, code: str, year: int, known: set[str]) -> str:
    """Find the unit that held the land of a county set up after `year`."""
    changes = project.register.changes(code)
    later = changes[(changes["new_code"] == code) & (changes["year"] > year)]
    for old in later.sort_values("year")["old_code"]:
        if old in known:
            return str(old)
    raise DemoError(
        f"{year} 年末没有 {code}，名录中也找不到它的来源县"
        f" / {code} did not stand at the end of {year} and the register names no parent"
    )


def _published(project: Project, figure: Published) -> pd.Series:
    """Read one published provincial figure by year, in our unit."""
    path = project.reference / "published_figures.csv"
    figures = pd.read_csv(path, dtype=str, keep_default_na=False)
    rows = figures[
        (figures["indicator"] == figure.indicator)
        & (figures["area_code"] == project.code)
        & (figures["unit_of_value"] == figure.unit)
        & figures["year"].ne("")
    ]
    series = pd.Series(
        rows["value"].astype(float).to_numpy() * figure.scale,
        index=pd.Index(rows["year"].astype(int), name="year"),
    ).sort_index()
    if series.empty or series.index.has_duplicates:
        raise DemoError(
            f"{path.name} 中“{figure.indicator}”（{figure.unit}）没有或不止一个值"
            f" / no single value by year of {figure.indicator!r} [{figure.unit}] in {path.name}"
        )
    return series
