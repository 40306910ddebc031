"""Units: how people spell them, and conversion to the declared one by pint."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from agriqa.errors import AgriqaError

if TYPE_CHECKING:
    import pint


class UnitError(AgriqaError):
    """A unit cannot be converted to the declared one."""


class UnknownUnitError(UnitError):
    """A spelling that is no unit agriqa knows.

    Parameters
    ----------
    text : str
        The spelling.
    target : str
        The unit it was to be converted to; the message lists what fits it.
    """

    def __init__(self, text: str, target: str) -> None:
        self.text = text
        known = allowed(target) if canonical(target) else tuple(_UNITS)
        listed = "、".join(known)
        super().__init__(
            f"未知的单位“{text}”，允许：{listed}。 / Unknown unit {text!r}; allowed: {listed}."
        )


@dataclass(frozen=True, slots=True)
class _Unit:
    """A unit: its pint expression, English label and spellings, the Chinese label first."""

    expression: str
    en: str
    spellings: tuple[str, ...]


# An area treated several times is stated in 亩次: an area, summed over treatments.
_UNITS: dict[str, _Unit] = {
    "t": _Unit("tonne", "t", ("吨", "公吨", "ton", "tons", "tonne", "tonnes")),
    "10k_t": _Unit("10000 * tonne", "10,000 t", ("万吨",)),
    "100m_t": _Unit("100000000 * tonne", "100 million t", ("亿吨",)),
    "kg": _Unit("kilogram", "kg", ("公斤", "千克", "kilogram", "kilograms")),
    "10k_kg": _Unit("10000 * kilogram", "10,000 kg", ("万公斤", "万千克")),
    "jin": _Unit("jin", "jin", ("斤", "市斤")),
    "10k_jin": _Unit("10000 * jin", "10,000 jin", ("万斤",)),
    "g": _Unit("gram", "g", ("克", "gram", "grams")),
    "ha": _Unit("hectare", "ha", ("公顷", "公顷次", "hectare", "hectares", "hm2")),
    "k_ha": _Unit("1000 * hectare", "1,000 ha", ("千公顷", "千公顷次", "khm2")),
    "10k_ha": _Unit("10000 * hectare", "10,000 ha", ("万公顷", "万公顷次")),
    "mu": _Unit("mu", "mu", ("亩", "亩次", "市亩")),
    "10k_mu": _Unit("10000 * mu", "10,000 mu", ("万亩", "万亩次")),
    "100m_mu": _Unit("100000000 * mu", "100 million mu", ("亿亩", "亿亩次")),
    "m2": _Unit("meter ** 2", "m²", ("平方米",)),
    "km2": _Unit("kilometer ** 2", "km²", ("平方公里", "平方千米")),
    "cny": _Unit("cny", "CNY", ("元", "人民币元", "yuan")),
    "10k_cny": _Unit("10000 * cny", "10,000 CNY", ("万元",)),
    "100m_cny": _Unit("100000000 * cny", "100 million CNY", ("亿元",)),
    "%": _Unit("percent_share", "%", ("%", "百分比", "百分数", "percent", "pct")),
    "‰": _Unit("permille_share", "‰", ("‰", "千分比")),
    "mg/kg": _Unit("mg/kg", "mg/kg", ("mg/kg", "毫克/千克", "毫克/公斤", "毫克每千克", "mg·kg-1")),
    "mg/kg bw": _Unit("milligram / kilogram_body_weight", "mg/kg bw", ("毫克/千克体重",
                      "毫克/公斤体重", "mg/kg·bw", "mg/kgbw")),
    "ug/kg": _Unit("ug/kg", "μg/kg", ("μg/kg", "微克/千克", "微克/公斤", "微克每千克")),
    "share": _Unit("100 * percent_share", "share of 1", ("小数", "share", "fraction")),
    "kg/ha": _Unit("kilogram / hectare", "kg/ha", ("公斤/公顷", "千克/公顷", "公斤每公顷",
                   "千克每公顷", "每公顷公斤", "kg/hm2", "kg·hm-2", "kg·ha-1")),
    "t/ha": _Unit("tonne / hectare", "t/ha", ("吨/公顷", "吨每公顷", "t/hm2")),
    "g/ha": _Unit("gram / hectare", "g/ha", ("克/公顷", "克每公顷", "g/hm2")),
    "kg/mu": _Unit("kilogram / mu", "kg/mu", ("公斤/亩", "千克/亩", "公斤每亩", "千克每亩",
                   "每亩公斤", "kg/亩")),
    "jin/mu": _Unit("jin / mu", "jin/mu", ("斤/亩", "市斤/亩", "斤每亩", "每亩斤")),
    "g/mu": _Unit("gram / mu", "g/mu", ("克/亩", "克每亩", "g/亩")),
    "t/mu": _Unit("tonne / mu", "t/mu", ("吨/亩", "吨每亩", "t/亩")),
    "cny/mu": _Unit("cny / mu", "CNY/mu", ("元/亩", "元每亩")),
    "cny/ha": _Unit("cny / hectare", "CNY/ha", ("元/公顷", "元每公顷")),
    "grade": _Unit("soil_grade", "grade", ("等", "级", "等级")),
    "1": _Unit("pure_number", "", ("",)),
    **{
        word: _Unit("item", en, (word,))
        for word, en in {
            "次": "times", "家": "firms", "件": "cases", "个": "items", "项": "items",
            "人": "persons", "批次": "batches", "起": "cases", "户": "households", "名": "persons",
            "批": "batches",
        }.items()
    },
}  # fmt: skip

# Dimensions of our own; percentages are kept apart from mass ratios on purpose.
_DEFINITIONS = (
    "jin = 0.5 * kilogram",
    "mu = hectare / 15",
    "cny = [currency]",
    "percent_share = [share]",
    "permille_share = 0.1 * percent_share",
    "soil_grade = [soil_grade]",
    "item = [item]",
    "pure_number = [pure_number]",
    "kilogram_body_weight = [body_weight]",
)
_BRACKET = re.compile(r"^(.*?)[(\[【〔]([^()\[\]【】〔〕]*)[)\]】〕]$")
_TRAILER = re.compile(r"^(.+?)\s*[/,:、]\s*(.+)$")
_SIGNIFICANT = 12

# A percentage is often written as a fraction, which is no unit that could be stated.
_FRACTION = ("小数", "fractions", 100.0)
# Below, two units differ no more than honest values do.
_SLIP_LEAST = 12.0
_SLIP_NEAR = 1.6


def canonical(text: str) -> str | None:
    """Return agriqa's name of the unit that `text` spells, or None.

    Examples
    --------
    >>> canonical("万亩次"), canonical("ＫＧ"), canonical("担")
    ('10k_mu', 'kg', None)
    """
    return _spellings().get(_plain(text))


def factor(source: str, target: str) -> float:
    """Return how many `target` one `source` is.

    Parameters
    ----------
    source : str
        Any known spelling, e.g. ``公斤``.
    target : str
        A declared unit, e.g. ``t``.

    Raises
    ------
    UnknownUnitError
        If one of them is no known unit.
    UnitError
        If the two measure different things.

    Examples
    --------
    >>> factor("公斤", "t")
    0.001
    """
    wanted = _known(target, target)
    given = _known(source, wanted)
    ratio = _ratio(given, wanted)
    if ratio is None:
        listed = "、".join(filter(None, allowed(wanted))) or "不写单位 (no unit)"
        raise UnitError(
            f"单位“{source}”不能换算为“{unit_label(wanted) or wanted}”，允许：{listed}。"
            f" / Unit {source!r} cannot be converted to {wanted!r}; allowed: {listed}."
        )
    return ratio


def compatible(source: str, target: str) -> bool:
    """Whether `source` is a known unit of the same dimension as `target`."""
    given, wanted = canonical(source), canonical(target)
    return given is not None and wanted is not None and _ratio(given, wanted) is not None


def convert(value: float, source: str, target: str) -> float:
    """Convert one value and clear the noise of binary fractions (12 significant digits).

    Raises
    ------
    UnitError
        As :func:`factor`.

    Examples
    --------
    >>> convert(1234.5, "公斤", "t"), convert(30, "亩", "ha")
    (1.2345, 2.0)
    """
    scale = factor(source, target)
    return float(value) if scale == 1.0 else float(f"{value * scale:.{_SIGNIFICANT}g}")


def is_rate_of(source: str, target: str) -> bool:
    """Whether `source` is `target` per area: a rate where an amount is asked.

    Examples
    --------
    >>> is_rate_of("公斤/亩", "t"), is_rate_of("公斤", "t"), is_rate_of("毫克/千克", "t")
    (True, False, False)
    """
    given, wanted = canonical(source), canonical(target)
    return given is not None and wanted is not None and _per_area(given, wanted)


@cache
def allowed(target: str) -> tuple[str, ...]:
    """Return the spellings that can be converted to `target`, one per unit.

    Examples
    --------
    >>> allowed("10k_cny")
    ('元', '万元', '亿元')
    """
    return tuple(unit.spellings[0] for name, unit in _UNITS.items() if compatible(name, target))


def mistaken(ratio: float, unit: str) -> tuple[str, str] | None:
    """Say which mistake of units makes a value `ratio` times what was expected.

    Parameters
    ----------
    ratio : float
        The value as read, in `unit`, over what it should be about.
    unit : str
        The declared unit.

    Returns
    -------
    tuple of str, or None
        The mistake in Chinese and in English; None where no unit explains it.

    Examples
    --------
    >>> mistaken(980, "t")
    ('像是把公斤当成吨填报', 'as if kg were reported as t')
    >>> mistaken(3, "t") is None
    True
    """
    if not 0 < ratio < math.inf:
        return None
    found: list[tuple[float, int, tuple[str, str]]] = []
    own = (unit_label(unit), unit_label(unit, "en"))
    if canonical(unit) == "%":
        own = ("百分数", "percentages")
    for zh, en, scale in _confusable(unit):
        # Of two that fit alike, the one whose values were read in the declared unit.
        ways = ((1 / scale, (zh, en), own), (scale, own, (zh, en)))
        for rank, (expected, written, read) in enumerate(ways):
            off = abs(math.log(ratio / expected))
            if off <= math.log(_SLIP_NEAR):
                text = (
                    f"像是把{written[0]}当成{read[0]}填报",
                    f"as if {written[1]} were reported as {read[1]}",
                )
                found.append((round(off, 6), rank, text))
    return min(found)[2] if found else None


@cache
def _confusable(unit: str) -> list[tuple[str, str, float]]:
    """Return the units of the same kind far from `unit`, and how many of it each is."""
    others = [
        (spelled, unit_label(spelled, "en"), factor(spelled, unit)) for spelled in allowed(unit)
    ]
    if canonical(unit) == "%":
        others.append(_FRACTION)
    return [o for o in others if max(o[2], 1 / o[2]) >= _SLIP_LEAST]


def unit_label(unit: str, lang: str = "zh") -> str:
    """Return how a declared unit is written for readers.

    Raises
    ------
    UnknownUnitError
        If it is no known unit.

    Examples
    --------
    >>> unit_label("t"), unit_label("10k_cny", "en")
    ('吨', '10,000 CNY')
    """
    known = _UNITS[_known(unit, unit)]
    return known.spellings[0] if lang == "zh" else known.en


def split_unit(header: str) -> Iterator[tuple[str, str]]:
    """Yield the ways to read `header` as a name and a unit, the likeliest first.

    Whether the second part is a unit is for the caller to judge, except after
    a separator, where only a known unit counts.

    Examples
    --------
    >>> list(split_unit("施用量（折纯，吨）"))
    [('施用量(折纯)', '吨'), ('施用量', '折纯,吨')]
    >>> list(split_unit("商品量/吨"))
    [('商品量', '吨')]
    """
    text = re.sub(r"\s+", " ", unicodedata.normalize("NFKC", header)).strip()
    found = _BRACKET.match(text)
    if found:
        name, inside = found[1].strip(), found[2].strip()
        rest = _TRAILER.match(inside)
        if rest and canonical(inside) is None and canonical(rest[2]) is not None:
            yield f"{name}({rest[1]})", rest[2]
        yield name, re.sub(r"^(?:计量)?单位\s*:\s*", "", inside)
        return
    trailer = _TRAILER.match(text)
    if trailer and canonical(trailer[2]) is not None:
        yield trailer[1], trailer[2]


def _plain(text: str) -> str:
    # NFKC turns the micro sign into the Greek letter and the full-width % into %.
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).casefold()


@cache
def _spellings() -> dict[str, str]:
    return {_plain(text): name for name, unit in _UNITS.items() for text in (name, *unit.spellings)}


def _known(text: str, target: str) -> str:
    name = canonical(text)
    if name is None:
        raise UnknownUnitError(text, target)
    return name


@cache
def _registry() -> pint.UnitRegistry[float]:
    import pint

    registry: pint.UnitRegistry[float] = pint.UnitRegistry()
    for definition in _DEFINITIONS:
        registry.define(definition)
    return registry


@lru_cache(maxsize=1024)
def _ratio(source: str, target: str) -> float | None:
    """Return how many `target` one `source` is; None when dimensions differ."""
    if source == target:
        return 1.0
    import pint

    registry = _registry()
    ratio = registry.parse_expression(_UNITS[source].expression) / registry.parse_expression(
        _UNITS[target].expression
    )
    try:
        return float(ratio.m_as("dimensionless"))
    except pint.DimensionalityError:
        return None


@lru_cache(maxsize=1024)
def _per_area(source: str, target: str) -> bool:
    registry = _registry()
    rate, amount = (registry.parse_expression(_UNITS[name].expression) for name in (source, target))
    return bool((rate * registry.hectare / amount).dimensionless)
