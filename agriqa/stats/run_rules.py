"""Run rules: patterns on a control chart that chance seldom makes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from agriqa.stats.checks import Flags, Floats, Language, in_language, require_choice

PATTERNS = ("beyond", "trend", "alternating", "within", "outside")


@dataclass(frozen=True)
class Rule:
    """A pattern to look for.

    Attributes
    ----------
    pattern : {"beyond", "trend", "alternating", "within", "outside"}
        "beyond": on one side, further from the centre than `sigma`; a point on
        the centre is on neither side. "trend": each point above, or each below,
        the one before. "alternating": up and down in turn. "within" and
        "outside": nearer to, or further from, the centre than `sigma`, on
        either side.
    count : int
        Points that must show the pattern.
    window : int
        Successive points they are among; equal to `count` for all patterns
        but "beyond".
    sigma : float
        Distance from the centre [standard deviations]; a point exactly at it
        is neither within nor beyond.
    """

    pattern: Literal["beyond", "trend", "alternating", "within", "outside"]
    count: int
    window: int
    sigma: float = 0.0

    def __post_init__(self) -> None:
        if self.pattern not in PATTERNS:
            raise ValueError(f"pattern must be one of {PATTERNS}, got {self.pattern!r}")
        if not 1 <= self.count <= self.window:
            raise ValueError("count must be between 1 and window")
        if self.pattern != "beyond" and self.count != self.window:
            raise ValueError(f"count must equal window for the pattern {self.pattern!r}")


# Nelson (1984), J. Quality Technology 16: 237-239. A trend of six points has five steps.
NELSON: Mapping[str, Rule] = {
    "nelson_1": Rule("beyond", 1, 1, 3.0),
    "nelson_2": Rule("beyond", 9, 9),
    "nelson_3": Rule("trend", 6, 6),
    "nelson_4": Rule("alternating", 14, 14),
    "nelson_5": Rule("beyond", 2, 3, 2.0),
    "nelson_6": Rule("beyond", 4, 5, 1.0),
    "nelson_7": Rule("within", 15, 15, 1.0),
    "nelson_8": Rule("outside", 8, 8, 1.0),
}
# Western Electric (1956), Statistical Quality Control Handbook.
WESTERN_ELECTRIC: Mapping[str, Rule] = {
    "western_electric_1": Rule("beyond", 1, 1, 3.0),
    "western_electric_2": Rule("beyond", 2, 3, 2.0),
    "western_electric_3": Rule("beyond", 4, 5, 1.0),
    "western_electric_4": Rule("beyond", 8, 8),
}
_SETS: Mapping[str, Mapping[str, Rule]] = {"nelson": NELSON, "western_electric": WESTERN_ELECTRIC}


@dataclass(frozen=True)
class RunRules:
    """Which point is flagged by which rule.

    Attributes
    ----------
    rules : tuple of str
        Names of the rules applied.
    flags : ndarray of bool, shape (rules, ..., points)
        True where a rule flags a point.
    """

    rules: tuple[str, ...]
    flags: Flags

    @property
    def flagged(self) -> Flags:
        """Points flagged by any rule, shape (..., points)."""
        found: Flags = np.any(self.flags, axis=0)
        return found

    def points(self, rule: str) -> npt.NDArray[np.intp]:
        """Positions along the last axis that a rule flags, in any series."""
        require_choice("rule", rule, self.rules)
        return np.unique(np.nonzero(self.flags[self.rules.index(rule)])[-1])

    def summary(self, language: Language = "zh") -> str:
        """Say in a sentence how many points were flagged, and by which rules."""
        counts = {name: int(row.sum()) for name, row in zip(self.rules, self.flags, strict=True)}
        total = int(self.flagged.sum())
        found = {name: count for name, count in counts.items() if count}
        if not found:
            return in_language(language, zh="没有点被标出。", en="No point is flagged.")
        chinese = "、".join(f"{name} {count} 个" for name, count in found.items())
        english = ", ".join(f"{count} by {name}" for name, count in found.items())
        return in_language(
            language,
            zh=f"共标出 {total} 个点：{chinese}。",
            en=f"{total} points are flagged: {english}.",
        )


def run_rules(
    standardised: npt.ArrayLike,
    *,
    rules: str | Sequence[str] | Mapping[str, Rule] = "nelson",
    mark: Literal["last", "all"] = "last",
) -> RunRules:
    """Look for patterns in standardised values.

    Parameters
    ----------
    standardised : array_like, shape (..., points)
        Distances from the centre [standard deviations], in time order along
        the last axis, as in `ControlChart.standardised`. A missing value
        shows no pattern and ends every run.
    rules : str, sequence of str or mapping of str to Rule
        "nelson", "western_electric", names of rules out of either, or rules
        of one's own.
    mark : {"last", "all"}
        Flag the point at which a pattern is complete, or all its points.

    Returns
    -------
    RunRules

    Raises
    ------
    ValueError
        If a rule or an option is unknown.

    References
    ----------
    Nelson (1984), The Shewhart control chart: tests for special causes,
    J. Quality Technology 16; Western Electric (1956).

    Examples
    --------
    >>> run_rules([0.1, 2.4, 0.3, 2.2], rules="western_electric").points("western_electric_2")
    array([3])
    """
    require_choice("mark", mark, ("last", "all"))
    chosen = _chosen(rules)
    z = np.atleast_1d(np.asarray(standardised, dtype=np.float64))
    flags = np.zeros((len(chosen), *z.shape), dtype=bool)
    for row, rule in zip(flags, chosen.values(), strict=True):
        for shown in _shown(z, rule):
            row |= _complete(shown, rule, mark)
    return RunRules(tuple(chosen), flags)


def _chosen(rules: str | Sequence[str] | Mapping[str, Rule]) -> Mapping[str, Rule]:
    if isinstance(rules, Mapping):
        return rules
    known = {**NELSON, **WESTERN_ELECTRIC}
    if isinstance(rules, str) and rules in _SETS:
        return _SETS[rules]
    names = [rules] if isinstance(rules, str) else list(rules)
    unknown = [name for name in names if name not in known]
    if unknown:
        raise ValueError(f"rules must be among {[*_SETS, *known]}, got {unknown}")
    return {name: known[name] for name in names}


def _shown(z: Floats, rule: Rule) -> list[Flags]:
    """Mark what the pattern is made of: points, or steps at the point they lead to."""
    if rule.pattern == "beyond":
        return [z > rule.sigma, z < -rule.sigma]
    if rule.pattern == "within":
        return [np.abs(z) < rule.sigma]
    if rule.pattern == "outside":
        return [np.abs(z) > rule.sigma]
    step = np.diff(z, axis=-1, prepend=np.nan)
    rise, fall = step > 0, step < 0
    if rule.pattern == "trend":
        return [rise, fall]
    # Turned over at every other point, steps that alternate all point the same way.
    even = np.arange(z.shape[-1]) % 2 == 0
    return [np.where(even, rise, fall), np.where(even, fall, rise)]


def _complete(shown: Flags, rule: Rule, mark: str) -> Flags:
    # Steps are one fewer than the points they join.
    joined = 1 if rule.pattern in ("trend", "alternating") else 0
    window, count = rule.window - joined, rule.count - joined
    if count < 1:
        raise ValueError(f"the pattern {rule.pattern!r} needs a count of at least 2")
    if shown.shape[-1] == 0:
        return shown
    padding = np.zeros((*shown.shape[:-1], window - 1), dtype=bool)
    padded = np.concatenate([padding, shown], axis=-1)
    views = np.lib.stride_tricks.sliding_window_view(padded, window, axis=-1)
    last: Flags = shown & (views.sum(axis=-1) >= count)
    if mark == "last":
        return last
    marked = np.zeros_like(shown)
    for back in range(window):
        ahead = last[..., back:]
        marked[..., : ahead.shape[-1]] |= ahead & shown[..., : ahead.shape[-1]]
    if joined:
        marked[..., :-1] |= marked[..., 1:]
    return marked
