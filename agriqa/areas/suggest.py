"""Which known names a misspelt one may have meant."""

from __future__ import annotations

from collections.abc import Mapping


def nearest_labels(text: str, labels: Mapping[str, str], *, limit: int = 5) -> list[str]:
    """Return the labels of the names closest to `text`, best first.

    Names are compared by characters and by sound (pinyin), because Chinese
    typing errors are mostly homophones.

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
    from pypinyin import lazy_pinyin
    from rapidfuzz import fuzz

    sound = "".join(lazy_pinyin(text)).lower()

    def score(name: str) -> float:
        heard = fuzz.ratio(sound, "".join(lazy_pinyin(name)))
        return max(fuzz.ratio(text, name), heard) + heard / 1000

    scored = sorted(((score(name), name) for name in labels), reverse=True)
    best = [labels[name] for value, name in scored if value >= 50]
    return list(dict.fromkeys(best))[:limit]
