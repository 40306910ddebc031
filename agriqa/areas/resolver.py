"""From the text in a cell to a county of today: codes, old names, short names, pinyin."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from agriqa.areas.errors import AmbiguousAreaError, UnknownAreaError
from agriqa.areas.names import (
    PROVINCES,
    as_code,
    normalise,
    pinyin_names,
    province_of,
    short_name,
)
from agriqa.areas.suggest import nearest_labels
from agriqa.errors import AgriqaError

# Ways to write a county, the stricter first: a short name never beats an exact one.
_TIERS = ("name", "short_name", "pinyin")
_MEMO_SIZE = 100_000


@dataclass(frozen=True, slots=True)
class Match:
    """The county a text stands for.

    Attributes
    ----------
    code, name : str
        The county in force today.
    prefecture_code : str
        Its prefecture today.
    unit_code, unit_name : str
        The unit that was meant, which may no longer be in force.
    how : str
        ``code``, ``name``, ``short_name``, ``old_name`` or ``pinyin``.
    remark : str or None
        What a careful reader should know about the match, in Chinese.
    """

    code: str
    name: str
    prefecture_code: str
    unit_code: str
    unit_name: str
    how: str
    remark: str | None = None


@dataclass(frozen=True, slots=True)
class Unit:
    """A county-level unit over the years it stood (`first`, `last` inclusive)."""

    code: str
    name: str
    name_en: str
    prefecture_code: str
    prefecture: str
    first: int | None
    last: int | None
    change: str
    current_code: str
    current_name: str
    current_prefecture_code: str
    current_prefecture: str
    heirs: tuple[str, ...]
    territory_changed: bool

    @property
    def in_force(self) -> bool:
        """Whether the unit stands today."""
        return self.last is None

    def stood_in(self, year: int | None) -> bool:
        """Whether the name was valid at any time in `year` (None: today)."""
        if year is None:
            return self.in_force
        begun = self.first is None or self.first <= year
        return begun and (self.last is None or year <= self.last + 1)

    @property
    def label(self) -> str:
        """The unit in words, with prefecture and today's code."""
        if self.in_force:
            return f"{self.name}（{self.prefecture} {self.code}）"
        return f"{self.name}（{self.prefecture}，今{self.current_name} {self.current_code}）"


class Resolver:
    """Indexes over all units, built once; `resolve` is a few dictionary look-ups."""

    def __init__(self, units: Iterable[Unit], prefectures: dict[str, tuple[str, ...]]) -> None:
        self._units = tuple(units)
        self._by_code: dict[str, list[Unit]] = {}
        self._by_name: dict[str, dict[str, list[Unit]]] = {tier: {} for tier in _TIERS}
        for unit in self._units:
            self._by_code.setdefault(unit.code, []).append(unit)
            self._index("name", unit.name, unit)
            if short := short_name(unit.name):
                self._index("short_name", short, unit)
            for latin in pinyin_names(unit.name, unit.name_en):
                self._index("pinyin", latin, unit)
        self._prefecture_keys = {
            normalise(text): code for code, texts in prefectures.items() for text in texts
        }
        self._prefixes = sorted(self._prefecture_keys, key=len, reverse=True)
        self._prefecture_labels = {code: texts[0] for code, texts in prefectures.items()}
        self._home = {code[:2] for code in prefectures}
        self._memo: dict[tuple[object, int | None, str | None], Match | AgriqaError] = {}

    def _index(self, tier: str, text: str, unit: Unit) -> None:
        self._by_name[tier].setdefault(normalise(text), []).append(unit)

    def resolve(self, text: object, year: int | None, prefecture: str | None) -> Match:
        """Return the match; see `Register.resolve`."""
        memo_key = (text, year, prefecture)
        found = self._memo.get(memo_key)
        if found is None:
            try:
                found = self._resolve(str(text), year, prefecture)
            except AgriqaError as error:
                found = error.with_traceback(None)
            if len(self._memo) >= _MEMO_SIZE:
                self._memo.clear()
            self._memo[memo_key] = found
        if isinstance(found, AgriqaError):
            raise copy.copy(found)
        return found

    def prefecture(self, text: object) -> str:
        """Return the prefecture's code; see `Register.resolve_prefecture`."""
        key = as_code(text) or self._without_province(normalise(text))
        code = self._prefecture_keys.get(key)
        if code is None:
            names = self._prefecture_labels
            near = nearest_labels(str(text), {name: name for name in names.values()})
            zh, en = "不是本名录中的市（州）", "is not a prefecture of this register"
            raise _unknown(str(text), near, zh, en)
        return code

    def _resolve(self, text: str, year: int | None, prefecture: str | None) -> Match:
        wanted = self.prefecture(prefecture) if prefecture else None
        if code := as_code(text):
            return self._resolve_code(text, code, year, wanted)
        elsewhere: list[Unit] = []
        key = normalise(text)
        for body, prefix in self._readings(key):
            if prefix and wanted and prefix != wanted:
                continue
            area = prefix or wanted
            for tier in _TIERS:
                units = self._by_name[tier].get(body, [])
                inside = [u for u in units if _belongs(u, area)]
                if inside:
                    self._refuse_prefecture_name(text, body, inside, tier, year, area)
                    return self._decide(text, inside, tier, year)
                elsewhere += units
        raise self._not_found(text, elsewhere)

    def _resolve_code(self, text: str, code: str, year: int | None, wanted: str | None) -> Match:
        units = self._by_code.get(code, [])
        inside = [u for u in units if _belongs(u, wanted)]
        if not inside:
            raise self._not_found(text, units)
        return self._decide(text, inside, "code", year)

    def _without_province(self, key: str) -> str:
        for digits in self._home:
            for name in PROVINCES[digits]:
                if key.startswith(normalise(name)) and key != normalise(name):
                    return key.removeprefix(normalise(name))
        return key

    def _readings(self, key: str) -> Iterator[tuple[str, str | None]]:
        """Yield (county part, prefecture code): as written, then without prefixes."""
        yield key, None
        bare = self._without_province(key)
        if bare != key:
            yield bare, None
        if bare.endswith(")") and "(" in bare:
            body, _, bracket = bare[:-1].rpartition("(")
            if bracket in self._prefecture_keys:
                yield body, self._prefecture_keys[bracket]
        for prefix in self._prefixes:
            if bare.startswith(prefix) and bare != prefix:
                yield bare.removeprefix(prefix), self._prefecture_keys[prefix]

    def _refuse_prefecture_name(
        self,
        text: str,
        body: str,
        units: list[Unit],
        tier: str,
        year: int | None,
        area: str | None,
    ) -> None:
        """Refuse a text that is the name of a whole prefecture as much as of a county.

        A total row called after the prefecture must never become the county
        that once bore the same name.
        """
        code = self._prefecture_keys.get(body)
        if code is None:
            return
        if any(u.stood_in(year) for u in units) and (tier == "name" or area):
            return
        labels = (f"{self._prefecture_labels[code]}（市州级 {code}）", *_labels(units))
        raise _ambiguous(text, labels, (code, *_codes(units)))

    def _decide(self, text: str, units: list[Unit], tier: str, year: int | None) -> Match:
        live = [u for u in units if u.stood_in(year)]
        chosen = live or [u for u in units if u.in_force] or units
        codes = _codes(chosen)
        if len(codes) > 1:
            labels = _labels(chosen)
            if len({u.code for u in chosen}) == 1:
                labels = tuple(self._by_code[c][-1].label for c in codes)
            raise _ambiguous(text, labels, codes)
        unit = max(chosen, key=lambda u: (u.in_force, u.last or 0))
        how = tier
        if tier == "name" and unit.name != unit.current_name:
            how = "old_name"
        return Match(
            code=unit.current_code,
            name=unit.current_name,
            prefecture_code=unit.current_prefecture_code,
            unit_code=unit.code,
            unit_name=unit.name,
            how=how,
            remark=_remark(unit, year, "代码" if tier == "code" else "名"),
        )

    def _not_found(self, text: str, elsewhere: list[Unit]) -> UnknownAreaError:
        if elsewhere:
            where = _labels(elsewhere)
            return _unknown(
                text, list(where), "不在所写的市（州）", "is not in the prefecture given"
            )
        key = self._without_province(normalise(text))
        code = self._prefecture_keys.get(as_code(text) or key)
        if code:
            label = self._prefecture_labels[code]
            return _unknown(
                text, [], f"是市（州）级（{label}），不是县级单位", "is a prefecture, not a county"
            )
        if normalise(text) in {normalise(n) for d in self._home for n in PROVINCES[d]}:
            return _unknown(text, [], "是全省，不是县级单位", "is the whole province, not a county")
        province = province_of(text)
        if province and province not in {PROVINCES[d][0] for d in self._home}:
            en = "belongs to another province, not in this register"
            return _unknown(text, [], f"属{province}，不在本名录中", en)
        near = nearest_labels(key, {u.name: u.label for u in self._units})
        return _unknown(text, near, "不在县级名录中", "is not in the county register")


def _belongs(unit: Unit, prefecture: str | None) -> bool:
    return prefecture is None or prefecture in (unit.prefecture_code, unit.current_prefecture_code)


def _codes(units: Iterable[Unit]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(code for u in units for code in u.heirs))


def _labels(units: Iterable[Unit]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(u.label for u in units))


def _remark(unit: Unit, year: int | None, what: str) -> str | None:
    notes: list[str] = []
    if unit.last is None:
        return None if unit.stood_in(year) else f"{year} 年尚无此{what}，按今{what}识别"
    ended = unit.last + 1
    if not unit.stood_in(year):
        if year is not None and unit.first is not None and year < unit.first:
            notes.append(f"{year} 年尚无此{what}")
        kind = "旧代码" if unit.name == unit.current_name else "旧名"
        notes.append(
            f"{kind}，{ended} 年{unit.change}，今为{unit.current_name} {unit.current_code}"
        )
    if unit.territory_changed:
        notes.append(f"{ended} 年区域有划出，前后数字不宜直接比较")
    return "；".join(notes) or None


def _ambiguous(text: str, labels: tuple[str, ...], codes: tuple[str, ...]) -> AmbiguousAreaError:
    listed = "、".join(labels)
    return AmbiguousAreaError(
        f"“{text}”可指：{listed}，请写明市（州）或代码。"
        f" / {text!r} is ambiguous ({listed}); give the prefecture or the code.",
        codes=codes,
        candidates=labels,
    )


def _unknown(text: str, near: list[str], zh: str, en: str) -> UnknownAreaError:
    listed = "、".join(near)
    hint_zh, hint_en = (f"，相近的有：{listed}", f"; nearest known: {listed}") if near else ("", "")
    return UnknownAreaError(
        f"“{text}”{zh}{hint_zh}。 / {text!r} {en}{hint_en}.", name=text, nearest=tuple(near)
    )
