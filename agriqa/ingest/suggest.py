"""What an unknown name may mean: suggestions for a person, never decisions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from agriqa.areas import AmbiguousAreaError, Register
from agriqa.areas.names import normalise, prefecture_names, short_name
from agriqa.areas.suggest import scored_names
from agriqa.datasets import CodeList, Dataset
from agriqa.datasets.units import split_unit
from agriqa.errors import AgriqaError
from agriqa.ingest.brandpairs import brand_likeness

# How many meanings are suggested; equal ones are never parted, so it may be more.
MOST = 3
LEAST = 70.0
_EARLIER = 5.0


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A possible meaning: what to put down, in words, and how alike it is (0 to 100)."""

    target: str
    label: str
    score: float
    unit: str = ""

    def __str__(self) -> str:
        return f"{self.label} {self.score:.0f}"


def _best(
    text: str, names: Mapping[str, str], labels: Mapping[str, str], *, limit: int = MOST
) -> list[Suggestion]:
    scores = scored_names(text, names, least=LEAST)
    return likeliest([Suggestion(t, labels[t], score) for t, score in scores.items()], limit)


def likeliest(found: list[Suggestion], limit: int = MOST) -> list[Suggestion]:
    """Keep the best `limit`, and what is as good as the last of them: no tie is broken."""
    found = sorted(found, key=lambda s: -s.score)
    if len(found) <= limit:
        return found
    return [s for s in found if s.score >= found[limit - 1].score]


def suggest_county(
    text: str, register: Register, *, prefecture: str | None = None, limit: int = MOST
) -> list[Suggestion]:
    """Suggest the counties of today that `text` may mean, best first.

    Where the text itself is ambiguous, all that it may mean come first with
    one score: there is no winner without the prefecture.

    Parameters
    ----------
    text : str
        The unknown or ambiguous name.
    register : Register
        The counties, with their earlier names.
    prefecture : str, optional
        Name or code of the prefecture they must be in; one that the text
        starts with goes before it.
    limit : int
        At most so many, unless several are equal.

    Examples
    --------
    >>> from pathlib import Path
    >>> register = Register.load(Path("data/reference"))
    >>> [str(s) for s in suggest_county("市中区", register)]
    ['市中区（乐山市 511102） 100', '市中区（内江市 511002） 100', ...]
    >>> [str(s) for s in suggest_county("市中区", register, prefecture="内江市")]
    ['市中区（内江市 511002） 100']
    """
    area, body = _split(text, register)
    if area is None and prefecture is not None:
        area = register.resolve_prefecture(prefecture)
    counties = register.counties
    if area is not None:
        counties = counties[counties["prefecture_code"] == area]
    labels = {
        code: f"{name}（{where} {code}）"
        for code, name, where in zip(
            counties["code"], counties["name"], counties["prefecture"], strict=True
        )
    }
    meant = [code for code in _may_mean(body, register, area) if code in labels]
    best = {code: Suggestion(code, labels[code], 100.0) for code in meant}
    units = register.units[register.units["current_code"].isin(list(labels))]
    rows = zip(units["name"], units["current_code"], units["valid_to"].notna(), strict=True)
    for name, code, old in rows:
        spellings = dict.fromkeys(filter(None, (name, short_name(name))), code)
        for target, score in scored_names(body, spellings, least=LEAST).items():
            # An earlier name is less likely meant, and never as good as one of today.
            score -= _EARLIER if old else 0.0
            if target not in best or score > best[target].score:
                label = f"{labels[code]}旧称{name}" if old else labels[code]
                best[target] = Suggestion(target, label, score)
    ordered = sorted(best.values(), key=lambda s: s.label)
    return likeliest(ordered, max(limit, len(meant)))


def _split(text: str, register: Register) -> tuple[str | None, str]:
    """Return the prefecture a text starts with, and the rest."""
    bare = normalise(text)
    spelled = {
        spelling: code
        for code, name in zip(
            register.prefectures["code"], register.prefectures["name"], strict=True
        )
        for spelling in prefecture_names(name)
    }
    for spelling in sorted(spelled, key=len, reverse=True):
        if bare.startswith(spelling) and len(bare) > len(spelling) + 1:
            return spelled[spelling], bare.removeprefix(spelling)
    return None, text


def _may_mean(text: str, register: Register, area: str | None) -> tuple[str, ...]:
    try:
        return (register.resolve(text, prefecture=area).code,)
    except AmbiguousAreaError as error:
        return error.codes
    except AgriqaError:
        return ()


def suggest_code(text: str, codes: CodeList, *, limit: int = MOST) -> list[Suggestion]:
    """Suggest the codes of a list that `text` may mean, best first.

    Examples
    --------
    >>> from agriqa.datasets import code_lists
    >>> [str(s) for s in suggest_code("杀虫济", code_lists()["pesticide_category"], limit=1)]
    ['杀虫剂 97']
    """
    labels = {code: entry.label.zh for code, entry in codes.codes.items()}
    return _best(text, codes.spelling(), labels, limit=limit)


def suggest_column(header: str, declared: Dataset, *, limit: int = MOST) -> list[Suggestion]:
    """Suggest the columns of a dataset that a header may mean, best first.

    A unit that the header states is suggested with the column.

    Examples
    --------
    >>> from agriqa.datasets import dataset
    >>> suggest_column("商品两（公斤）", dataset("pesticide_use"), limit=1)
    [Suggestion(target='use_t', label='商品量', score=93.3, unit='公斤')]
    """
    names: dict[str, str] = {}
    for column in declared:
        for spelling in (column.name, column.label.zh, column.label.en, *column.synonyms):
            names.setdefault(spelling, column.name)
    labels = {column.name: column.label.zh for column in declared}
    parts = next(((name, unit) for name, unit in split_unit(header) if unit), (header, ""))
    found = _best(parts[0], names, labels, limit=limit)
    return [
        Suggestion(s.target, s.label, s.score, parts[1] if declared[s.target].unit else "")
        for s in found
    ]


def suggest_brand(text: str, brands: pd.DataFrame, *, limit: int = MOST) -> list[Suggestion]:
    """Suggest the brands that `text` may mean, best first.

    Parameters
    ----------
    text : str
        The unknown name.
    brands : DataFrame
        brand_id, name.
    limit : int
        At most so many, unless several are equal: one name may stand for
        several brands (a public brand and a geographical indication).
    """
    labels = {
        brand_id: f"{name}（{brand_id}）"
        for brand_id, name in zip(brands["brand_id"], brands["name"], strict=True)
    }
    found = []
    for brand_id, name in zip(brands["brand_id"], brands["name"], strict=True):
        score = brand_likeness(text, name)
        if score >= LEAST:
            found.append(Suggestion(brand_id, labels[brand_id], score))
    return likeliest(found, limit)
