"""The parameters of the simulation: the model of ``data/config/demo.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Collection
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from agriqa.datasets import code_lists
from agriqa.errors import AgriqaError

FILE = "demo.toml"

Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0)]
Percent = Annotated[float, Field(ge=0, le=100)]
ByYear = dict[int, float]
CountyStyle = Literal["prefixed", "split", "code"]


class DemoError(AgriqaError):
    """The demo cannot be written: wrong settings, unknown county, folder in use."""


class _Frozen(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Published(_Frozen):
    """Which published figure a yearly sum is calibrated to; `scale` gives our unit."""

    indicator: str
    unit: str
    scale: Positive


class Targets(_Frozen):
    """The published figures used."""

    pesticide_t: Published
    fertiliser_t: Published
    grain_sown_ha: Published


class Trend(_Frozen):
    """Yearly growth rates and the county-year noise (logarithm)."""

    grain_area_growth: float
    price_growth: float
    yield_growth: float
    county_noise: Positive


class Landform(_Frozen):
    """How a landform class is farmed; crop shares add up to one."""

    sown_share: Positive
    cropping_index: Positive
    pesticide_kg_ha: Positive
    fertiliser_kg_ha: Positive
    crops: dict[str, Share]

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        _same_codes("crop_group", self.crops)
        if abs(sum(self.crops.values()) - 1) > 1e-9:
            raise ValueError("crop shares must add up to 1")
        return self


class Prefecture(_Frozen):
    """Landform class of a prefecture and tea's mean share of the sown area."""

    landform: str
    tea: Share = 0.0


class Crop(_Frozen):
    """Yield and value of a crop group in 2020."""

    yield_t_ha: Positive
    value_10k_cny_ha: Positive


class Pesticide(_Frozen):
    """Share of a category in 2015, its yearly change, content and dose."""

    share: Share
    change: float
    active: Share
    dose_kg_ha: Positive


class Nutrient(_Frozen):
    """Share in pure weight and content of the product."""

    share: Share
    content: Share


class Reduction(_Frozen):
    """The counties' own yearly reduction of pesticide use (logarithm)."""

    after: int
    mean: float
    spread: Annotated[float, Field(ge=0)]


class Effect(_Frozen):
    """The known effect of a base designation on pesticide use per sown area."""

    log_effect: float
    levels: tuple[str, ...]
    window_first: int
    window_last: int


class Enforcement(_Frozen):
    """Provincial yearly anchors and shares of enforcement."""

    cases: ByYear
    firms: ByYear
    case_shares: dict[str, Share]
    inspections_per_firm: Positive
    closed_rate: Share
    referred_rate: Share
    batches: dict[str, ByYear]
    batch_fail_rate: dict[str, Share]


class Comparison(_Frozen):
    """One simulated benchmark indicator."""

    subject: str
    kind: Literal["product", "firm"]
    indicator: str
    unit: str
    direction: Literal["higher", "lower"]
    national: float
    international: float
    start: float
    spread: Positive


class Routine(_Frozen):
    """Routine monitoring of one product class by year."""

    samples: dict[int, int]
    pass_rate: dict[int, Percent]


class Analyte(_Frozen):
    """A simulated analyte: limits [mg/kg], chance of detection, weight among failures."""

    lod: Positive
    mrl: Positive | None = None
    detect: Share
    weight: Annotated[float, Field(ge=0)]


class CountyRisk(_Frozen):
    """Beta distribution of the counties' failure risk."""

    a: Positive
    b: Positive


class Sampling(_Frozen):
    """Monitoring samples and residues."""

    routine_share_tolerance: Share
    other: dict[str, int]
    pass_rate_other: dict[str, dict[int, Percent]]
    county_risk: CountyRisk
    stages: dict[str, tuple[str, ...]]
    markers: dict[int, str]
    county_styles: dict[int, CountyStyle]
    gb18030_years: tuple[int, ...]
    routine: dict[str, Routine]
    products: dict[str, tuple[str, ...]]
    panel: dict[str, tuple[str, ...]]
    analytes: dict[str, Analyte]

    @model_validator(mode="after")
    def _known_analytes(self) -> Self:
        named = {name for panel in self.panel.values() for name in panel}
        if named != set(self.analytes):
            raise ValueError(f"panel and analytes differ: {sorted(named ^ set(self.analytes))}")
        for name, table in (("stages", self.stages), ("panel", self.panel)):
            if set(table) != set(self.routine):
                raise ValueError(f"{name} must name the product classes of routine")
        return self


class Defects(_Frozen):
    """How many defects of each kind and the names they use."""

    foreign_counties: tuple[str, ...]
    foreign_codes: tuple[str, ...]
    misspelt: dict[str, str]
    remarks: tuple[str, ...]
    workbooks: dict[str, Annotated[int, Field(ge=0)]]
    sampling: dict[str, Annotated[int, Field(ge=0)]]


class DemoConfig(_Frozen):
    """All parameters of the simulated returns."""

    seed: int
    first_year: int
    last_year: int
    sampling_first_year: int
    published: Targets
    trend: Trend
    landform: dict[str, Landform]
    prefectures: dict[str, Prefecture]
    counties: dict[str, str]
    crops: dict[str, Crop]
    pesticides: dict[str, Pesticide]
    nutrients: dict[str, Nutrient]
    reduction: Reduction
    effect: Effect
    greening: dict[str, ByYear]
    enforcement: Enforcement
    capacity: dict[str, ByYear]
    benchmark: tuple[Comparison, ...]
    sampling: Sampling
    defects: Defects

    @model_validator(mode="after")
    def _known_names(self) -> Self:
        _same_codes("crop_group", self.crops)
        _same_codes("pesticide_category", self.pesticides)
        _same_codes("nutrient", self.nutrients)
        _same_codes("product_class", self.sampling.routine)
        _same_codes("enforcement_field", self.enforcement.batches)
        used = {p.landform for p in self.prefectures.values()} | set(self.counties.values())
        if not used <= set(self.landform):
            raise ValueError(f"unknown landform {sorted(used - set(self.landform))}")
        return self

    @property
    def years(self) -> range:
        """The years of the yearly returns."""
        return range(self.first_year, self.last_year + 1)

    @property
    def sampling_years(self) -> range:
        """The years of the sampling files."""
        return range(self.sampling_first_year, self.last_year + 1)


def _same_codes(list_name: str, named: Collection[str]) -> None:
    known = set(code_lists()[list_name].codes)
    if set(named) != known:
        raise ValueError(f"{list_name}: named {sorted(named)}, declared {sorted(known)}")


def load_config(folder: Path) -> DemoConfig:
    """Read ``demo.toml`` of the configuration folder.

    Raises
    ------
    DemoError
        If the file is missing, has an unknown key or a value out of bounds.
    """
    path = folder / FILE
    try:
        return DemoConfig.model_validate(tomllib.loads(path.read_text("utf-8")))
    except FileNotFoundError as error:
        raise DemoError(f"找不到模拟参数文件 {path} / {path} is missing.") from error
    except (ValidationError, tomllib.TOMLDecodeError) as error:
        raise DemoError(f"{path} 有误：{error} / {FILE} is not valid: see above.") from error
