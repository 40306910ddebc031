"""Which known names a misspelt one may have meant."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache

# What a changed character costs, by how alike the two sound. Typing errors, variant and
# traditional characters keep the sound; another sound is another word.
_SAME_TONE, _SAME_SOUND, _SAME_DIALECT, _OTHER = 0.1, 0.2, 0.35, 1.0
# Sounds that many speakers of the south-west do not tell apart.
_DIALECT = (
    (re.compile("^([zcs])h"), r"\1"),
    (re.compile("^n"), "l"),
    (re.compile("^hu"), "f"),
    (re.compile("ng$"), "n"),
)

_LATIN = re.compile(r"[\s\x21-\x7e]+")


def likeness(one: str, other: str) -> float:
    """Say how alike two names are, from 0 to 100, by characters and by sound.

    A character in place of one of the same sound (homophones, variant and
    traditional characters) counts little, any other change counts in full.

    Parameters
    ----------
    one, other : str
        The names; width and case do not matter.

    Examples
    --------
    >>> likeness("丹棱桔橙", "丹棱橘橙"), likeness("商品两", "商品量")
    (97.5, 93.3)
    >>> likeness("四川泡菜", "四川泡椒"), likeness("安岳柠檬", "安岳红薯")
    (75.0, 50.0)
    """
    from rapidfuzz.distance import Levenshtein

    one, other = _plain(one), _plain(other)
    longest = max(len(one), len(other))
    if not longest:
        return 0.0
    cost = sum(
        change(one[edit.src_pos], other[edit.dest_pos]) if edit.tag == "replace" else _OTHER
        for edit in Levenshtein.editops(one, other)
    )
    return round(100 * (1 - cost / longest), 1)


@lru_cache(maxsize=65536)
def change(one: str, other: str) -> float:
    """Return what a character in place of another costs: 0 for the same, 1 for another sound.

    Examples
    --------
    >>> change("兰", "籣"), change("两", "量"), change("菜", "椒")
    (0.1, 0.2, 1.0)
    """
    if one == other:
        return 0.0
    tones, others = _sounds(one), _sounds(other)
    if tones & others:
        return _SAME_TONE
    bare, bare_others = ({s.rstrip("12345") for s in sounds} for sounds in (tones, others))
    if bare & bare_others:
        return _SAME_SOUND
    return _SAME_DIALECT if _levelled(bare) & _levelled(bare_others) else _OTHER


@lru_cache(maxsize=65536)
def _sounds(char: str) -> frozenset[str]:
    """Return every way to say a character, with its tone: 桔 is jie and ju."""
    from pypinyin import Style, pinyin

    # Only what has a pinyin sounds; a Latin letter or a digit is itself.
    found = pinyin(char, style=Style.TONE3, heteronym=True, errors="ignore")
    return frozenset(found[0]) if found else frozenset({char})


def _levelled(sounds: set[str]) -> set[str]:
    levelled = set()
    for sound in sounds:
        for pattern, instead in _DIALECT:
            sound = pattern.sub(instead, sound)
        levelled.add(sound)
    return levelled


def sounds(text: str) -> frozenset[str]:
    """Return the sounds of a name's characters; names without a common one are not alike.

    Examples
    --------
    >>> sorted(sounds("蒲江") & sounds("浦江"))
    ['jian', 'pu']
    """
    found: set[str] = set()
    for char in _plain(text):
        found |= _levelled({sound.rstrip("12345") for sound in _sounds(char)})
    return frozenset(found)


def _plain(text: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).casefold()


def scored_names(text: str, names: Mapping[str, str], *, least: float = 50) -> dict[str, float]:
    """Score known names against `text`, best first; several names may mean the same.

    Chinese names are compared by characters and by sound, because Chinese
    typing errors are mostly homophones; a text in Latin letters is compared
    with their pinyin as well.

    Parameters
    ----------
    text : str
        The unknown name.
    names : mapping of str to str
        Known name -> what it stands for.
    least : float
        Leave out what scores less.

    Returns
    -------
    dict of str to float
        What the names stand for -> the best score of its names, from 0 to 100.
    """
    from rapidfuzz import fuzz

    latin = _LATIN.fullmatch(text) is not None
    best: dict[str, tuple[float, float]] = {}
    for name, meant in names.items():
        same = fuzz.ratio(text, name)
        # Pinyin is held against pinyin; Chinese sounds are compared character by character.
        heard = fuzz.ratio(_heard(text), _heard(name)) if latin else 0.0
        score = round(max(likeness(text, name), same, heard), 1)
        if score >= least:
            best[meant] = max(best.get(meant, (0.0, 0.0)), (score, same))
    order = sorted(best, key=lambda meant: (*(-value for value in best[meant]), meant))
    return {meant: best[meant][0] for meant in order}


@lru_cache(maxsize=65536)
def _heard(name: str) -> str:
    from pypinyin import lazy_pinyin

    return "".join(lazy_pinyin(name)).casefold().replace(" ", "")


def nearest_labels(text: str, labels: Mapping[str, str], *, limit: int = 5) -> list[str]:
    """Return the labels of the names closest to `text`, best first.

    Parameters
    ----------
    text : str
        The unknown name.
    labels : mapping of str to str
        Known name -> how to show it.
    limit : int
        At most so many.

    Examples
    --------
    >>> nearest_labels("浦江县", {"蒲江县": "蒲江县（成都市）", "荣县": "荣县（自贡市）"}, limit=1)
    ['蒲江县（成都市）']
    """
    return list(scored_names(text, labels))[:limit]
