"""Numbered lists in a page's text: notices often name counties that way."""

from __future__ import annotations

import re
from collections.abc import Iterable

from agriqa.ingest.reading import Note

_ITEM = re.compile(r"[（(]?(\d{1,4})[.．、)）]\s*(\S.*)")
_HEADER: list[object] = ["序号", "名称"]
# A shorter list is prose with numbered points.
_SHORTEST = 5

LIST_NOTE = Note(
    "list",
    "网页里没有表格，按编号名单读取为两列：序号、名称。",
    "the page has no table; its numbered list was read as two columns, number and name.",
)


def numbered(lines: Iterable[str]) -> list[list[object]]:
    """Return the longest run of lines numbered from 1 as rows, the line before it on top.

    Examples
    --------
    >>> numbered(["示范区名单", *(f"{n}.县{n}" for n in range(1, 6)), "完"])[:3]
    [['示范区名单'], ['序号', '名称'], [1.0, '县1']]
    """
    best: list[list[object]] = []
    run: list[list[object]] = []
    title = before = ""
    for line in lines:
        found = _ITEM.fullmatch(line.strip())
        number = int(found[1]) if found else None
        if found and number == len(run) + 1 and (run or number == 1):
            if not run:
                before = title
            run.append([float(number), found[2]])
            if len(run) > max(_SHORTEST - 1, len(best) - 2):
                best = [[before], _HEADER, *run]
        else:
            run = [[1.0, found[2]]] if found and number == 1 else []
            before, title = title, line
    return best
