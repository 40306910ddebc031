"""How each target stands in a year: value, achievement, pace, forecast and state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from agriqa.assess.targets.series import Evidence, Goal, Series
from agriqa.assess.targets.settings import TargetSettings, Treatment, load_target_settings
from agriqa.assess.targets.words import (
    INTERVAL,
    ORIENTATION,
    REASONS,
    RULE_NAMES,
    RULES,
    STATES,
    comparator_words,
    quantity,
)
from agriqa.errors import UnknownNameError
from agriqa.measures.settings import SettingsError
from agriqa.stats.checks import Language, in_language
from agriqa.stats.target_forecast import Comparator, Forecast, forecast_target
from agriqa.stats.target_progress import required_pace, target_state

if TYPE_CHECKING:
    import pandas as pd

    from agriqa.store import Snapshot

COLUMNS = [
    "target_id", "programme", "level", "area", "area_code", "indicator", "comparator",
    "comparator_zh", "comparator_en", "goal", "goal_text", "unit", "set_in", "deadline", "base",
    "base_period", "value", "value_period", "low", "high", "range", "n", "status", "achievement",
    "elapsed", "pace", "pace_pct", "forecast", "forecast_low", "forecast_high", "probability",
    "state", "state_zh", "state_en", "rule", "rule_zh", "rule_en", "source_zh", "source_en",
    "reason_zh", "reason_en",
]  # fmt: skip
_WRITTEN = ("value", "low", "high", "goal")
# What is concluded from a value, and is not of a target that is not yet set.
_CONCLUDED = [
    "achievement", "elapsed", "pace", "pace_pct", "forecast", "forecast_low", "forecast_high",
    "probability",
]  # fmt: skip


@dataclass(frozen=True)
class TargetResult:
    """How the targets stand in a year.

    Attributes
    ----------
    period : int
        The year; nothing later is used.
    frame : DataFrame
        One row a target, columns ``COLUMNS``: goal, base, value and forecast [unit of the
        target], pace [unit of the target a year], pace_pct [% a year], achievement, elapsed
        and probability [fractions]; ``value_period`` is the year of the value, ``status`` its
        origin, and ``range`` what low and high are. ``set_in`` is the year in which the target
        was set, where it is known. Columns in "_zh" and "_en" are words.
    traces : mapping of str to DataFrame
        By target, the rows its value was read from.
    """

    period: int
    frame: pd.DataFrame
    traces: Mapping[str, pd.DataFrame]

    @property
    def counts(self) -> dict[str, int]:
        """Number of targets by state, in the order of ``STATES``."""
        found = self.frame["state"].value_counts()
        return {state: int(found.get(state, 0)) for state in STATES}

    def summary(self, language: Language = "zh") -> str:
        """Return how many targets stand how."""
        in_language(language, zh="", en="")
        listed = [(STATES[state][language], n) for state, n in self.counts.items() if n]
        simulated = int((self.frame["status"] == "simulated").sum())
        return in_language(
            language,
            zh=(
                f"{self.period}年{len(self.frame)}项目标："
                + "，".join(f"{label}{n}项" for label, n in listed)
                + f"；其中{simulated}项的值为模拟数据。"
            ),
            en=(
                f"{len(self.frame)} targets in {self.period}: "
                + "; ".join(f"{n} {label}" for label, n in listed)
                + f". Values of {simulated} are simulated."
            ),
        )

    def explain(self, target_id: str, language: Language = "zh") -> str:
        """Return how one target stands, why, and where its value comes from.

        Raises
        ------
        UnknownNameError
            If there is no such target.
        """
        rows = self.frame[self.frame["target_id"] == target_id]
        if rows.empty:
            raise UnknownNameError("目标", "target", target_id, self.frame["target_id"])
        row = rows.iloc[0]
        state = STATES[row["state"]][language]
        source = row[f"source_{language}"]
        return in_language(
            language,
            zh=f"{row['area']}{row['indicator']}：{state}。{row['reason_zh']}。"
            + (f"{source}，{_status(row['status'], language)}。" if source else ""),
            en=f"{row['area']} {row['indicator']}: {state}; {row['reason_en']}."
            + (f" From {source}; {_status(row['status'], language)}." if source else ""),
        )


def track_targets(
    snapshot: Snapshot, *, period: int, tidy: pd.DataFrame | None = None
) -> TargetResult:
    """Say how every target of a snapshot stands in a year.

    Each target is read from its published figures, else from a measure, else from a list, as
    ``data/config/targets.toml`` says; the latest value up to the year and the deadline counts.

    Parameters
    ----------
    snapshot : Snapshot
        The frozen data.
    period : int
        The year of the judgement. Nothing later is used.
    tidy : DataFrame, optional
        The measure table of the snapshot, where it is at hand; else the measures that are
        needed are computed.

    Returns
    -------
    TargetResult

    Raises
    ------
    SettingsError
        If ``targets.toml`` is missing or not valid, or repeats a measure that a target names.
    """
    import pandas as pd

    settings = load_target_settings(snapshot.project.config)
    evidence = Evidence(snapshot, settings, period, tidy)
    treatments, years_set = settings.by_target, settings.year_set
    rows: list[dict[str, Any]] = []
    traces = {}
    for target in snapshot.table("target").to_dict("records"):
        treatment = treatments.get(target["target_id"])
        row, trace = _track(target, treatment, evidence)
        row["set_in"] = years_set.get(target["target_id"], np.nan)
        if period < row["set_in"]:
            row |= dict.fromkeys(_CONCLUDED, np.nan)
            row |= {"state": "not_measurable", "rule": "not_yet_set"}
        rows.append(_explained(row, treatment, period))
        if trace is not None:
            traces[str(target["target_id"])] = trace
    return TargetResult(period, pd.DataFrame(rows, columns=COLUMNS), traces)


def _track(
    target: Mapping[Any, Any], treatment: Treatment | None, evidence: Evidence
) -> tuple[dict[str, Any], pd.DataFrame | None]:
    now = evidence.period
    goal, deadline = _number(target["value"]), _number(target["deadline_year"])
    row: dict[str, Any] = dict.fromkeys(COLUMNS, np.nan)
    row |= {name: _text(target[name]) for name in COLUMNS[: COLUMNS.index("comparator") + 1]}
    row |= {"goal_text": _text(target["value_text"]), "unit": _text(target["unit_of_value"])}
    row |= {"deadline": deadline, "source_zh": "", "source_en": "", "status": "", "range": "none"}
    named = _text(target["measure"]) or None
    if treatment is not None and treatment.goal is not None:
        goal = treatment.goal
    row |= {"goal": goal, "base": _base(target, treatment)}
    if treatment is None or treatment.why is not None:
        row |= {"state": "not_measurable", "rule": "without_source"}
        if treatment is not None:
            row["rule"] = treatment.why
        return row, None
    if named is not None and treatment.measure is not None:
        raise SettingsError(
            f"{row['target_id']} 的指标已在目标表中写明，targets.toml 不应再写。"
            f" / {row['target_id']} names its measure itself; targets.toml must not."
        )
    upward = _upward(row["comparator"], treatment)
    asked = Goal(row["area"], row["area_code"], row["unit"], upward, row["base"])
    chosen, at = _choose(evidence.candidates(treatment, asked, named), treatment, deadline, now)
    if chosen is None or at is None:
        early = treatment.mode == "in_year" and now < deadline
        row |= {"state": "not_measurable", "rule": "not_begun" if early else "no_value"}
        return row, None
    row |= _judged(row, chosen, at, treatment, evidence.settings, now)
    return row, chosen.trace


def _choose(
    found: list[Series], treatment: Treatment, deadline: float, now: int
) -> tuple[Series | None, int | None]:
    """Return the first series that has a value in time, and the year of its last such value."""
    last = now if np.isnan(deadline) else min(now, int(deadline))
    for series in found:
        years = series.yearly.index[series.yearly["value"].notna()]
        years = years[years <= last]
        if treatment.mode == "in_year":
            years = years[years == deadline]
        if len(years):
            return series, int(years.max())
    return None, None


def _judged(
    row: Mapping[str, Any],
    series: Series,
    at: int,
    treatment: Treatment,
    settings: TargetSettings,
    now: int,
) -> dict[str, Any]:
    """Return what is known of a target that has a value."""
    own: dict[Any, Any] = series.yearly.loc[at].to_dict()
    value, goal = float(own["value"]), float(row["goal"])
    # A value that is asked for every year is judged by its own year.
    deadline = float(at) if treatment.mode == "every_year" else float(row["deadline"])
    comparator: Comparator = row["comparator"]
    forecast = None
    if at < deadline and not treatment.partial:
        forecast = _forecast(series, deadline, goal, comparator, treatment, settings, row["unit"])
    rounded = series.range == "rounding"
    found = target_state(
        value,
        target=goal,
        comparator=comparator,
        meaning_of_equal=treatment.meaning_of_equal,
        period=at,
        now=at if treatment.mode == "every_year" else now,
        deadline=deadline,
        low=float(own["low"]) if rounded else None,
        high=float(own["high"]) if rounded else None,
        base=series.base,
        base_period=series.base_period,
        probability=np.nan if forecast is None else forecast.probability,
        on_track_from=settings.on_track_from,
    )
    state, rule = str(found.state), str(found.rule)
    if treatment.partial and state != "met":
        state, rule = "not_measurable", "partial_list"
    untold = own["status"] == "within_rounding"
    judged = {
        "state": state,
        "rule": rule,
        "value": np.nan if untold else value,
        "value_period": float(own["of"]),
        "low": float(own["low"]) if series.range != "none" else np.nan,
        "high": float(own["high"]) if series.range != "none" else np.nan,
        "range": series.range,
        "n": float(own["n"]),
        "status": "published" if untold else str(own["status"]),
        "base": series.base,
        "base_period": series.base_period,
        "achievement": float(found.achievement),
        "elapsed": float(found.elapsed),
        "source_zh": series.zh,
        "source_en": series.en,
    }
    if state in ("on_track", "at_risk", "open"):
        pace = required_pace(value, target=goal, period=at, deadline=deadline)
        judged |= {"pace": float(pace.absolute), "pace_pct": float(pace.percent)}
    if forecast is not None:
        judged |= {
            "forecast": float(forecast.value),
            "forecast_low": float(forecast.low),
            "forecast_high": float(forecast.high),
            "probability": float(forecast.probability),
        }
    return judged


def _forecast(
    series: Series,
    deadline: float,
    goal: float,
    comparator: Comparator,
    treatment: Treatment,
    settings: TargetSettings,
    unit: str,
) -> Forecast | None:
    """Extrapolate the yearly values; a share itself, unlike its change, stays within 0-100."""
    known = series.yearly["value"].dropna()
    known = known[known.index < deadline]
    share = unit == "%" and treatment.change == "none"
    return forecast_target(
        known.index.to_numpy(dtype=float),
        known.to_numpy(dtype=float),
        deadline=deadline,
        target=goal,
        comparator=comparator,
        meaning_of_equal=treatment.meaning_of_equal,
        scale="logit" if share and known.between(0, 100).all() else "linear",
        window=settings.window,
        minimum_points=settings.minimum_points,
    )


def _upward(comparator: str, treatment: Treatment) -> bool:
    if comparator == "=":
        return treatment.meaning_of_equal == "at_least"
    return comparator in (">=", ">")


def _explained(row: dict[str, Any], treatment: Treatment | None, now: int) -> dict[str, Any]:
    """Add comparator, state and rule in words, and the reason of the state."""
    without = treatment is not None and row["rule"] == treatment.why
    text = (REASONS if without else RULES)[row["rule"]]
    names = REASONS if without else RULE_NAMES
    row |= {"rule_zh": names[row["rule"]].zh, "rule_en": names[row["rule"]].en}
    row |= {"state_zh": STATES[row["state"]].zh, "state_en": STATES[row["state"]].en}
    row |= {"comparator_zh": "", "comparator_en": ""}
    if not np.isnan(row["goal"]):
        equal = "at_least" if treatment is None else treatment.meaning_of_equal
        words = comparator_words(row["comparator"], equal)
        row |= {"comparator_zh": words.zh, "comparator_en": words.en}
    early = row["rule"] == "not_yet_set"
    extra = [ORIENTATION] if early and not np.isnan(row["value"]) else []
    extra += [INTERVAL] if row["range"] == "sampling" else []
    parts = [text, *extra]
    zh = "".join(part.zh for part in parts).format(**_numbers(row, "zh", now))
    en = "".join(part.en for part in parts).format(**_numbers(row, "en", now))
    if treatment is not None and treatment.note is not None and not (early and not extra):
        zh, en = f"{zh}（{treatment.note.zh}）", f"{en} ({treatment.note.en})"
    return row | {"reason_zh": zh, "reason_en": en}


def _numbers(row: Mapping[str, Any], language: Language, now: int) -> dict[str, str]:
    """Write what the sentences are filled in with."""
    due = row["value_period"] if np.isnan(row["deadline"]) else row["deadline"]
    written = {name: quantity(row[name], row["unit"], language) for name in _WRITTEN}
    between = "" if language == "zh" else " "
    return written | {
        "goal": row[f"comparator_{language}"] + between + written["goal"],
        "since": f"{row['base_period']:.0f}",
        "set_in": f"{row['set_in']:.0f}",
        "at": f"{row['value_period']:.0f}",
        "deadline": f"{due:.0f}",
        "chance": f"{row['probability']:.0%}",
        "achieved": f"{row['achievement']:.0%}",
        "elapsed": f"{row['elapsed']:.0%}",
        "now": str(now),
    }


def _status(status: str, language: Language) -> str:
    words = {"simulated": "模拟", "estimated": "估算", "reported": "上报", "published": "公布"}
    return words[status] if language == "zh" else status


def _base(target: Mapping[Any, Any], treatment: Treatment | None) -> float:
    """Return the base that a target states: as declared, else a number in its own column."""
    if treatment is not None and treatment.base is not None:
        return treatment.base
    try:
        return float(_text(target["baseline"]) or np.nan)
    except ValueError:
        return np.nan  # it is stated in words


def _number(value: Any) -> float:
    import pandas as pd

    return np.nan if pd.isna(value) else float(value)


def _text(value: Any) -> str:
    import pandas as pd

    return "" if pd.isna(value) else str(value)
