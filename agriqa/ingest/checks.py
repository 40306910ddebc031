"""Whether the reviewed decisions name only what agriqa knows and do not contradict."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence

from agriqa.areas import AmbiguousAreaError, Register
from agriqa.areas.names import normalise, short_name
from agriqa.datasets import code_lists, datasets
from agriqa.datasets.units import allowed, compatible
from agriqa.errors import AgriqaError, nearest
from agriqa.ingest.decisions import (
    HEADERS,
    IGNORE,
    NAMES,
    Decision,
    HeaderDecision,
    NameDecision,
    spelled,
)
from agriqa.ingest.suggest import suggest_county

KINDS = ("county", "brand", "analyte", "product")
VERDICTS = ("yes", "no", "")
# Excel writes a date its own way.
_DAY = re.compile(r"\d{4}([-/])(0?[1-9]|1[0-2])\1(0?[1-9]|[12]\d|3[01])")


def check_names(
    lines: Sequence[tuple[int, NameDecision]],
    register: Register,
    brands: Collection[str] | None,
) -> list[str]:
    """Return what is wrong with the lines of names.csv, one message for each thing."""
    kinds = [*KINDS, *(f"code:{name}" for name in code_lists())]
    found = [*_shared(NAMES, lines)]
    for line, d in lines:
        if d.kind not in kinds:
            found.append(_unknown(NAMES, line, "kind", d.kind, kinds))
        elif not spelled(d.text):
            found.append(_wrong(NAMES, line, "text", d.text, "不能为空", "must not be empty"))
        elif d.decision == "yes":
            found += _target(line, d, register, brands)
    return found


def check_headers(lines: Sequence[tuple[int, HeaderDecision]]) -> list[str]:
    """Return what is wrong with the lines of headers.csv, one message for each thing."""
    found = [*_shared(HEADERS, lines)]
    for line, d in lines:
        if d.dataset not in datasets():
            found.append(_unknown(HEADERS, line, "dataset", d.dataset, datasets()))
            continue
        declared = datasets()[d.dataset]
        if not spelled(d.header):
            found.append(_wrong(HEADERS, line, "header", d.header, "不能为空", "must not be empty"))
        if not d.column:
            if d.decision == "yes":
                known = [IGNORE, *declared.columns]
                found.append(_unknown(HEADERS, line, "column", d.column, known))
        elif d.column != IGNORE and d.column not in declared.columns:
            found.append(_unknown(HEADERS, line, "column", d.column, declared.columns))
        elif d.unit:
            target = None if d.column == IGNORE else declared[d.column].unit
            if target is None or not compatible(d.unit, target):
                units = [] if target is None else allowed(target)
                found.append(_unknown(HEADERS, line, "unit", d.unit, units))
    return found


def _shared(file: str, lines: Sequence[tuple[int, Decision]]) -> Iterator[str]:
    """Yield what can be wrong in either file: decision, day, repeats and contradictions."""
    seen: dict[tuple[tuple[str, str, str], str], tuple[int, Decision]] = {}
    settled: dict[tuple[str, str, str], tuple[int, Decision]] = {}
    for line, d in lines:
        if d.decision not in VERDICTS:
            allowed_zh, allowed_en = "允许：yes、no 或留空", "allowed: yes, no or empty"
            yield _wrong(file, line, "decision", d.decision, allowed_zh, allowed_en)
            continue
        if (d.decision or d.decided_on) and not _DAY.fullmatch(d.decided_on):
            form = ("须写日期，如 2024-05-01", "must be a date like 2024-05-01")
            yield _wrong(file, line, "decided_on", d.decided_on, *form)
        before = seen.setdefault((d.key, d.answer[0]), (line, d))
        if before[0] != line:
            alike = before[1].decision == d.decision
            zh, en = ("重复", "repeats") if alike else ("矛盾", "contradicts")
            yield _against(file, line, d, before[0], zh, en)
        elif d.decision == "yes" and (first := settled.setdefault(d.key, (line, d)))[0] != line:
            yield _against(file, line, d, first[0], "矛盾", "contradicts")
    for key, (line, d) in settled.items():
        # A "no" without a target refuses every meaning.
        if (key, "") in seen and seen[key, ""][1].decision == "no" and d.answer[0]:
            yield _against(file, line, d, seen[key, ""][0], "矛盾", "contradicts")


def _target(
    line: int, d: NameDecision, register: Register, brands: Collection[str] | None
) -> Iterator[str]:
    """Yield what is wrong with the meaning that was decided on."""
    if d.kind == "county":
        if d.target not in set(register.counties["code"]):
            shown = "、".join(s.label for s in suggest_county(d.text, register)) or "—"
            zh = f"不是现行的县级代码；与“{d.text}”相近的有：{shown}"
            en = f"is no county code in force; nearest to {d.text!r}: {shown}"
            yield _wrong(NAMES, line, "target", d.target, zh, en)
        elif (fits := _candidates(d.text, register)) and d.target not in fits:
            shown = "、".join(fits)
            yield _wrong(
                NAMES, line, "target", d.target,
                f"不在“{d.text}”可指的县之中：{shown}",
                f"is none of the counties that {d.text!r} may mean: {shown}",
            )  # fmt: skip
    elif d.kind == "brand":
        if not d.target or (brands is not None and d.target not in brands):
            yield _unknown(NAMES, line, "target", d.target, brands or ())
    elif d.kind.startswith("code:"):
        known = code_lists()[d.kind.removeprefix("code:")].codes
        if d.target not in known:
            yield _unknown(NAMES, line, "target", d.target, known)
    elif not d.target:
        yield _wrong(NAMES, line, "target", "", "不能为空", "must not be empty")


def _candidates(text: str, register: Register) -> tuple[str, ...]:
    """Return the codes of the counties that an ambiguous text may mean, in any year."""
    try:
        register.resolve(text)
    except AmbiguousAreaError as error:
        units = register.units
        called = units[units["name"].eq(normalise(text)) | units["name"].map(short_name).eq(text)]
        return tuple(dict.fromkeys((*error.codes, *called["current_code"])))
    except AgriqaError:
        return ()
    return ()


def _unknown(file: str, line: int, column: str, value: str, known: Iterable[str]) -> str:
    known = list(known)
    shown = "、".join(nearest(value, known) or known[:8]) or "—"
    zh, en = f"未知；相近或允许：{shown}", f"is unknown; nearest or allowed: {shown}"
    return _wrong(file, line, column, value, zh, en)


def _against(file: str, line: int, d: Decision, other: int, zh: str, en: str) -> str:
    shown = f"{d.key[-1]} → {d.answer[0]}"
    return (
        f"{file} 第 {line} 行：“{shown}”与第 {other} 行{zh}，请只留一行"
        f" / {file} line {line}: {shown!r} {en} line {other}; keep one of them"
    )


def _wrong(file: str, line: int, column: str, value: str, zh: str, en: str) -> str:
    return (
        f"{file} 第 {line} 行 {column}：“{value}”{zh}"
        f" / {file} line {line}, {column}: {value!r} {en}"
    )
