"""Which value the numbers of a wide table are, when only its title can say."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from agriqa.datasets import Column, Dataset
from agriqa.datasets.units import compatible
from agriqa.ingest.context import stated_units, years_in
from agriqa.ingest.header import UNIT_LINE, bare_unit, plain
from agriqa.ingest.reading import Note

NUMERIC = ("integer", "number", "measurement")


def measure_named(
    declared: Dataset, unit: str | None, above: Sequence[str]
) -> tuple[Column, Note | None] | None:
    """Return the measure that the title names, else the only one that fits."""
    values = [c for c in declared if c.type in NUMERIC and c.name not in declared.key]
    units = [unit] if unit else list(stated_units(above))
    if units:
        values = [c for c in values if any(compatible(u, str(c.unit or "1")) for u in units)]
    title = "\n".join(plain(text) for text in above)
    named = {(c, text) for c in values for text in _labels(c) if _said(text, title)}
    longest = {(c, t) for c, t in named if not any(t != o and t in o for _, o in named)}
    columns = {c.name for c, _ in longest}
    if len(columns) == 1:
        column, text = next(iter(longest))
        others = [c for c in values if c is not column]
        refused = _qualified(title, text) or _speaks_of_another(title, others)
        return None if refused else (column, None)
    # A measure that nobody names is taken for the dataset's own only below its title.
    titled = any(plain(word) in title for word in declared.title_words)
    if columns or not titled or _speaks_of_another(title, values):
        return None
    chosen = values if len(values) == 1 else [c for c in values if c.required]
    return (chosen[0], _assumed(chosen[0])) if len(chosen) == 1 else None


def _said(text: str, title: str) -> bool:
    """Whether a title names a measure, and not one whose name goes on: 农膜使用量 for 农膜."""
    after = "(?![\u4e00-\u9fff])|情况|统计|汇总|调查|明细|一览|报表|表|及|和|与"
    return re.search(f"{re.escape(text)}(?:{after})", title) is not None


def _labels(column: Column) -> Iterator[str]:
    return (plain(text) for text in (column.label.zh, *column.synonyms) if len(text) > 1)


def _qualified(title: str, text: str) -> bool:
    """Whether a bracket after the measure says something about it: 农药使用量（折百）."""
    after = title[title.index(text) + len(text) :]
    found = re.match(r"\(([^)]*)\)", after)
    if found is None:
        return False
    inside = found[1]
    told = bare_unit(inside) or UNIT_LINE.search(inside) or inside.startswith("续")
    return not (told or years_in(inside))


def _speaks_of_another(title: str, values: Sequence[Column]) -> bool:
    """Whether the title has half the name of a measure that is not required: 折百, 实物."""
    halves = (c.label.zh.removesuffix("量") for c in values if not c.required)
    return any(len(half) > 1 and plain(half) in title for half in halves)


def _assumed(column: Column) -> Note:
    return Note(
        "measure",
        f"表头和标题没有写明指标，按“{column.label.zh}”读取；不对时请在标题或表头写明",
        f"neither header nor title names the measure; read as {column.name}; "
        "write it in the title or header if that is wrong",
        "warning",
    )
