"""What `agriqa status` and `agriqa quarantine` print."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any

from rich.markup import escape
from rich.table import Table

from agriqa.store.asof import LoadHistory, Replacement
from agriqa.store.status import DatasetStatus, LoadEntry, SnapshotStatus, StoreStatus

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import Console

# How many problems fit a screen that is still read.
MOST_SHOWN = 200
EMPTY = "—"


def as_json(shown: Any) -> str:
    """Return a status, a ledger or a load's history as JSON."""
    plain = [_plain(s) for s in shown] if isinstance(shown, list) else _plain(shown)
    return json.dumps(plain, ensure_ascii=False, indent=1)


def _plain(shown: Any) -> dict[str, Any]:
    plain = dataclasses.asdict(shown)
    if isinstance(shown, StoreStatus) and shown.snapshot is not None:
        plain["snapshot"]["behind"] = shown.snapshot.behind
    return plain


def show(console: Console, shown: Any) -> None:
    """Print a status, a ledger or a load's history."""
    if isinstance(shown, StoreStatus):
        _show_status(console, shown)
    elif isinstance(shown, LoadHistory):
        _show_history(console, shown)
    else:
        _show_ledger(console, shown)


def _say(console: Console, text: str) -> None:
    console.print(text, markup=False, highlight=False)


def _show_status(console: Console, status: StoreStatus) -> None:
    _say(console, f"数据库 store：{status.url}（{status.kind}）")
    if status.state == "missing":
        _say(console, "还没有数据：请先运行 agriqa load。 Nothing is loaded yet: run agriqa load.")
        return
    size = f"{(status.bytes or 0) / 1e6:,.1f} MB"
    _say(console, f"大小 size {size}，结构版本 schema {status.revision}")
    if status.state == "older":
        _say(
            console,
            f"结构较旧，最新为 {status.newest_revision}：下次运行 agriqa load 或 agriqa freeze 时"
            "升级，升级前请先备份（agriqa backup）。 The schema is older than this agriqa's: the"
            " next agriqa load or agriqa freeze migrates it; back it up first (agriqa backup).",
        )
        return
    _say(console, _loads_line(status))
    table = _table(
        "数据集 dataset", "行 rows", "已替换 replaced", "隔离 quarantined", "存疑 warnings",
        "年份 years", "最近载入 newest load",
    )  # fmt: skip
    for one in status.datasets:
        table.add_row(*_dataset_cells(one))
    console.print(table)
    if status.unassigned:
        _say(console, f"不属于任何数据集的隔离行 rows of no dataset：{status.unassigned:,}")
    _say(console, _snapshot_line(status.snapshot))


def _loads_line(status: StoreStatus) -> str:
    if not status.loads:
        return "还没有载入文件：请运行 agriqa load。 No file is loaded yet: run agriqa load."
    senders = "、".join(f"{s or '未注明 unnamed'} {n}" for s, n in (status.senders or {}).items())
    return (
        f"载入 loads {status.loads:,}，最近 newest {_time(status.newest_load)}，"
        f"其中已被更正 corrected since {status.replaced_files:,}；报送者 senders：{senders}"
    )


def _dataset_cells(one: DatasetStatus) -> list[str]:
    years = EMPTY if one.first_year is None else f"{one.first_year}–{one.last_year}"
    counts = (one.rows, one.replaced, one.quarantined, one.warnings)
    return [
        f"{one.label} {one.name}",
        *[f"{n:,}" if n else EMPTY for n in counts],
        years,
        _time(one.newest_load),
    ]


def _snapshot_line(snapshot: SnapshotStatus | None) -> str:
    if snapshot is None:
        return "还没有快照：请运行 agriqa freeze。 There is no snapshot yet: run agriqa freeze."
    made = f"最新快照 latest snapshot {snapshot.id}（{_time(snapshot.created)}）"
    if not snapshot.behind:
        return f"{made}与数据库一致 is up to date"
    changed = "、".join(snapshot.changed)
    return f"{made}落后于数据库，请运行 agriqa freeze is behind the store ({changed}): run it"


def _time(text: str | None) -> str:
    return EMPTY if text is None else text[:19].replace("T", " ")


def _table(*headings: str) -> Table:
    table = Table()
    for number, heading in enumerate(headings):
        table.add_column(heading, overflow="fold", justify="left" if number == 0 else "right")
    return table


def _show_ledger(console: Console, entries: list[LoadEntry]) -> None:
    table = Table(title="载入记录 ledger（时间为世界时 times in UTC）")
    for heading in ("编号 id", "时间 time", "文件 file", "报送者 sender", "第几次 attempt",
                    "更正 replaces", "读入 read", "入库 kept", "隔离 quarantined", "跳过 skipped",
                    "已被替换 replaced by"):  # fmt: skip
        left = heading.startswith(("时间", "文件", "报送者", "已被替换"))
        table.add_column(heading, overflow="fold", justify="left" if left else "right")
    for e in entries:
        by = "；".join(f"#{load}：{rows:,}" for load, rows in e.replaced.items())
        counts = [f"{n:,}" for n in (e.read, e.kept, e.quarantined, e.skipped)]
        named = escape(e.sender or e.source or "")
        table.add_row(
            str(e.load_id), _time(e.loaded_at), escape(e.file), named, str(e.attempt),
            "" if e.replaces is None else f"#{e.replaces}", *counts, by,
        )  # fmt: skip
    console.print(table)


def _show_history(console: Console, history: LoadHistory) -> None:
    _say(console, f"载入 load #{history.load_id} {history.file}（{_time(history.loaded_at)}）")
    kept = "、".join(f"{name} {rows:,}" for name, rows in history.kept.items())
    _say(console, f"带来的行 rows it brought：{kept or EMPTY}")
    _say(console, f"替换了 it replaced：{_replacements(history.replaced)}")
    _say(console, f"被替换 replaced by：{_replacements(history.replaced_by)}")
    for words, chain in (
        ("更正了 corrects", history.earlier),
        ("更正者 corrected by", history.later),
    ):
        _say(console, f"{words}：{' → '.join(f'#{n}' for n in chain) or EMPTY}")


def _replacements(found: tuple[Replacement, ...]) -> str:
    return "；".join(f"#{r.load_id} {r.file}：{r.dataset} {r.rows:,}" for r in found) or EMPTY


def show_quarantine(console: Console, frame: pd.DataFrame) -> None:
    """Print quarantined rows as a table, the first `MOST_SHOWN` of them."""
    title = f"隔离 quarantine：{len(frame):,} 个问题 problems"
    _show_findings(console, frame, title, {**_PLACED, "reason": "原因 reason", **_SAID,
                                           "state": "状态 state"})  # fmt: skip


def show_warnings(console: Console, frame: pd.DataFrame) -> None:
    """Print the doubts about kept rows as a table, the first `MOST_SHOWN` of them."""
    title = f"存疑 doubtful：{len(frame):,}"
    _show_findings(console, frame, title, {**_PLACED, "rule": "规则 rule", **_SAID})


_PLACED = {
    "file": "文件 file",
    "sheet": "表 sheet",
    "row": "行 row",
    "header": "列 column",
    "value": "值 value",
}
_SAID = {"message_zh": "说明 message", "allowed": "允许 allowed"}


def _show_findings(
    console: Console, frame: pd.DataFrame, title: str, columns: dict[str, str]
) -> None:
    if frame.empty:
        _say(console, f"{title}。没有要看的行。 Nothing to look at.")
        return
    table = Table(title=title)
    for heading in columns.values():
        table.add_column(heading, overflow="fold")
    shown = frame.head(MOST_SHOWN).astype(object)
    named = shown["header"].where(shown["header"].astype(bool), shown["column"])
    shown = shown.assign(header=named).where(shown.notna(), None)
    for one in shown[list(columns)].itertuples(index=False, name=None):
        table.add_row(*[escape("" if cell is None else str(cell)) for cell in one])
    console.print(table)
    if len(frame) > MOST_SHOWN:
        _say(
            console,
            f"只显示前 {MOST_SHOWN} 个；用 --csv 写出全部。"
            f" Only the first {MOST_SHOWN} are shown; --csv writes all of them.",
        )
