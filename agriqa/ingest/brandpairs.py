"""Brands that stand twice in a list under names that differ a little."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

import pandas as pd

from agriqa.areas import Register
from agriqa.areas.names import prefecture_names, short_name
from agriqa.areas.suggest import change, likeness, sounds

PAIR_COLUMNS = ("name", "brand_id", "other_name", "other_id", "score")
# From here on a pair is shown to a person.
LEAST = 80.0
# What the rest of the rows says about a pair of names.
_SAME_COUNTY, _SAME_PREFECTURE, _ELSEWHERE = 8.0, 3.0, -20.0
_OTHER_CATEGORY, _OTHER_PRODUCT = -10.0, -20.0
# The word before 牌 is the brand, what follows the product.
_MARKED = 95.0
_SIGNS = re.compile(r"[\s\"'“”‘’《》〈〉「」()·・\-]+")
_SHORTEST_MARK, _SHORTEST_NAME = 3, 4
# 东坡泡菜 is probably 眉山东坡泡菜.
_WITHOUT_PLACE = 10.0


def brand_likeness(one: str, other: str) -> float:
    """Say how alike two brand names are, from 0 to 100.

    Quotation marks and brackets do not count, and 牌 does not. A name that is
    another's part before 牌 is nearly the same; names of another last word are
    of another product.

    Examples
    --------
    >>> brand_likeness("丹棱桔橙", "丹棱橘橙"), brand_likeness("秦巴茗籣", "秦巴茗兰牌青芽茶")
    (97.5, 92.5)
    >>> brand_likeness("“文宫”牌枇杷", "文宫枇杷"), brand_likeness("四川泡菜", "四川泡椒")
    (100.0, 55.0)
    """
    (mark, whole), (other_mark, other_whole) = _read(one), _read(other)
    score = likeness(whole, other_whole)
    if whole and other_whole and change(whole[-1], other_whole[-1]) == 1.0:
        score += _OTHER_PRODUCT
    if bool(mark) != bool(other_mark):
        marks = (mark or whole, other_mark or other_whole)
        if min(map(len, marks)) >= _SHORTEST_MARK:
            score = max(score, likeness(*marks) - (100 - _MARKED))
    return max(score, 0.0)


@lru_cache(maxsize=65536)
def _read(name: str) -> tuple[str, str]:
    """Return the word before 牌 ("" without one) and the whole name without signs."""
    plain = _SIGNS.sub("", unicodedata.normalize("NFKC", name)).casefold()
    mark, sign, rest = plain.partition("牌")
    return (mark if sign else ""), mark + rest


def brand_pairs(
    brands: pd.DataFrame, register: Register | None = None, *, least: float = LEAST
) -> pd.DataFrame:
    """Find brands that are probably one, under names that differ.

    Equal names of several kinds (a public brand and a geographical indication)
    are no pair: a list has one row for each. The same county makes a pair
    likelier, another county or category less likely.

    Parameters
    ----------
    brands : DataFrame
        brand_id, name, kind, category, county_codes (codes parted by
        semicolons), prefecture_code.
    register : Register, optional
        Knows a place's other names: 安县魔芋 and 安州魔芋 begin with one county.
    least : float
        Leave out pairs that score less.

    Returns
    -------
    DataFrame
        `PAIR_COLUMNS`, the likeliest first. ``name`` is the one listed first,
        to be kept if nobody says otherwise; where it stands for several
        brands, ``brand_id`` is the one of the other's kind.

    Examples
    --------
    >>> brands = pd.DataFrame({
    ...     "brand_id": ["b1", "b2", "b3"], "name": ["丹棱橘橙", "丹棱桔橙", "安岳柠檬"],
    ...     "kind": "product", "category": "果品", "prefecture_code": "",
    ...     "county_codes": ["511424", "511424", "512021"],
    ... })
    >>> brand_pairs(brands)[["name", "other_name", "score"]].values.tolist()
    [['丹棱橘橙', '丹棱桔橙', 100.0]]
    """
    columns = ["brand_id", "name", "kind", "category", "county_codes", "prefecture_code"]
    table = brands[columns].fillna("").astype(str).sort_values("brand_id")
    rows = [dict(zip(columns, row, strict=True)) for row in table.itertuples(index=False)]
    places = _places(register)
    names = [_placed(row["name"], places) for row in rows]
    heard = [sounds(row["name"]) for row in rows]
    best: dict[tuple[str, str], tuple[float, dict[str, str], dict[str, str]]] = {}
    for at, row in enumerate(rows):
        for beside in range(at + 1, len(rows)):
            other = rows[beside]
            # Whatever is alike enough has two sounds in common; most pairs have none.
            common = min(2, len(heard[at]), len(heard[beside]))
            if row["name"] == other["name"] or len(heard[at] & heard[beside]) < common:
                continue
            score = max(
                brand_likeness(one, two) - less - less_too
                for one, less in names[at]
                for two, less_too in names[beside]
            )
            if score + _SAME_COUNTY < least:
                continue
            score = min(100.0, round(score + _context(row, other), 1))
            found = (score, row, other)
            held = best.get((row["name"], other["name"]))
            if score >= least and (held is None or _rank(found) > _rank(held)):
                best[row["name"], other["name"]] = found
    found_rows = [
        (a["name"], a["brand_id"], b["name"], b["brand_id"], score)
        for score, a, b in sorted(best.values(), key=lambda f: (-f[0], f[1]["brand_id"]))
    ]
    return pd.DataFrame(found_rows, columns=list(PAIR_COLUMNS))


def _rank(found: tuple[float, dict[str, str], dict[str, str]]) -> tuple[bool, float]:
    score, one, other = found
    return one["kind"] == other["kind"], score


def _context(one: dict[str, str], other: dict[str, str]) -> float:
    """Return what place and category add to the likeness of the names."""
    score = 0.0
    counties, others = (set(filter(None, r["county_codes"].split(";"))) for r in (one, other))
    prefectures = {one["prefecture_code"], other["prefecture_code"]} - {""}
    if counties & others:
        score += _SAME_COUNTY
    elif (counties and others) or len(prefectures) > 1:
        score += _ELSEWHERE
    elif one["prefecture_code"] and one["prefecture_code"] == other["prefecture_code"]:
        score += _SAME_PREFECTURE
    categories = {one["category"], other["category"]} - {""}
    return score + (_OTHER_CATEGORY if len(categories) > 1 else 0.0)


def _places(register: Register | None) -> dict[str, str]:
    """Return how a brand's name may begin -> the place, "" where it may be several."""
    if register is None:
        return {}
    found: dict[str, set[str]] = {}
    units = register.units
    for name, code in zip(units["name"], units["current_code"], strict=True):
        for spelling in filter(None, (name, short_name(name))):
            found.setdefault(spelling, set()).add(code)
    for name, code in zip(
        register.prefectures["name"], register.prefectures["code"], strict=True
    ):  # fmt: skip
        for spelling in prefecture_names(name):
            found.setdefault(spelling, set()).add(code)
    return {text: codes.pop() if len(codes) == 1 else "" for text, codes in found.items()}


def _placed(name: str, places: dict[str, str]) -> list[tuple[str, float]]:
    """Return the ways to compare a name, each with what it lessens the likeness by.

    As written; with today's code for its place; and without the place, when
    what stays is a name of its own.
    """
    longest = max((p for p in places if name.startswith(p)), key=len, default="")
    rest = name.removeprefix(longest)
    if not longest or len(rest) < 2:
        return [(name, 0.0)]
    # Two signs stand for the place: as much of the name as a place mostly is.
    code = places[longest]
    coded = f"{chr(0xE000 + int(code[2:4]))}{chr(0xE100 + int(code[4:]))}{rest}" if code else name
    bare = [(rest, _WITHOUT_PLACE)] if len(rest) >= _SHORTEST_NAME else []
    return [(name, 0.0), (coded, 0.0), *bare]
