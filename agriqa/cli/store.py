"""Commands about the store."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agriqa.cli.shared import ProjectOption, app, terminal
from agriqa.project import Project

if TYPE_CHECKING:
    pass

PANEL = "数据库 Store"

DatasetOption = Annotated[str | None, typer.Option(help="只看这个数据集。 Only this dataset.")]
FileOption = Annotated[
    str | None, typer.Option(help="只看这个文件，可用 *。 Only this file; * is any text.")
]
CsvOption = Annotated[
    Path | None, typer.Option(help="写成 CSV 文件。 Write a CSV file instead of a table.")
]


@app.command(rich_help_panel=PANEL)
def status(
    project: ProjectOption = None,
    loads: Annotated[
        int | None,
        typer.Option(min=1, help="列出最近 N 次载入。 List the newest N loads of the ledger."),
    ] = None,
    load: Annotated[
        int | None, typer.Option(help="这次载入替换了谁、被谁替换。 Who replaced what in a load.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON。 Print JSON.")] = False,
) -> None:
    """数据库现状：数据、隔离、载入记录、快照。 How the store stands; changes nothing."""
    from agriqa.cli import statuspage
    from agriqa.store.asof import load_history
    from agriqa.store.status import ledger, open_as_it_is, store_status

    opened = Project.find(project)
    standing = store_status(opened)
    shown: object = standing
    if standing.state == "ready" and (load is not None or loads is not None):
        with open_as_it_is(opened) as connection:
            assert connection is not None
            shown = (
                load_history(connection, load)
                if load is not None
                else ledger(connection, newest=loads)
            )
    if as_json:
        typer.echo(statuspage.as_json(shown))
    else:
        statuspage.show(terminal(), shown)


@app.command(rich_help_panel=PANEL)
def quarantine(
    project: ProjectOption = None,
    dataset: DatasetOption = None,
    file: FileOption = None,
    reason: Annotated[str | None, typer.Option(help="只看这个原因。 Only this reason.")] = None,
    county: Annotated[
        str | None, typer.Option(help="只看提到这个县的。 Only what names this county.")
    ] = None,
    resolved: Annotated[
        bool, typer.Option("--resolved", help="包括已更正的。 Also what has been corrected.")
    ] = False,
    csv: CsvOption = None,
) -> None:
    """列出隔离的行：位置、值、原因、允许的值。 List quarantined rows: where, what, why."""
    from agriqa.cli import statuspage
    from agriqa.store.engine import opened_store, reading
    from agriqa.store.quarantine import quarantined, safe_csv
    from agriqa.store.status import is_there

    opened = Project.find(project)
    if not is_there(opened):
        typer.echo("还没有数据：请先运行 agriqa load。 Nothing is loaded yet: run agriqa load.")
        return
    with opened_store(opened) as engine, reading(engine).connect() as connection:
        frame = quarantined(
            connection,
            dataset=dataset,
            file=file,
            reason=reason,
            county=county,
            register=opened.register,
            resolved=resolved,
        )
    if csv is None:
        statuspage.show_quarantine(terminal(), frame)
    else:
        csv.write_text(safe_csv(frame), "utf-8-sig", newline="")
        typer.echo(f"{len(frame)} 个问题 problems：{csv}")


@app.command(rich_help_panel=PANEL)
def warnings(
    project: ProjectOption = None,
    dataset: DatasetOption = None,
    file: FileOption = None,
    rule: Annotated[str | None, typer.Option(help="只看这条规则。 Only this rule.")] = None,
    csv: CsvOption = None,
) -> None:
    """列出入库但存疑的行：位置、值、依据。 List the rows that were kept in doubt, and why."""
    from agriqa.cli import statuspage
    from agriqa.store.engine import opened_store, reading
    from agriqa.store.quarantine import doubted, safe_csv
    from agriqa.store.status import is_there

    opened = Project.find(project)
    if not is_there(opened):
        typer.echo("还没有数据：请先运行 agriqa load。 Nothing is loaded yet: run agriqa load.")
        return
    with opened_store(opened) as engine, reading(engine).connect() as connection:
        frame = doubted(connection, dataset=dataset, file=file, rule=rule)
    if csv is None:
        statuspage.show_warnings(terminal(), frame)
    else:
        csv.write_text(safe_csv(frame), "utf-8-sig", newline="")
        typer.echo(f"{len(frame)} 处存疑 doubts：{csv}")


@app.command(rich_help_panel=PANEL)
def backup(
    file: Annotated[
        Path | None,
        typer.Argument(
            help="写到哪个文件，默认 data/backups/。 File to write.", show_default=False
        ),
    ] = None,
    project: ProjectOption = None,
    force: Annotated[
        bool, typer.Option("--force", help="覆盖已有的文件。 Write over a file that is there.")
    ] = False,
) -> None:
    """备份数据库；载入可以同时进行。 Back up the store, also while files are being loaded."""
    from agriqa.store.backup import backup as back_up

    written = back_up(Project.find(project), file, force=force)
    typer.echo(f"已备份 backed up：{written}（{written.stat().st_size:,} 字节 bytes）")


@app.command(rich_help_panel=PANEL)
def restore(
    file: Annotated[Path, typer.Argument(help="agriqa backup 写出的文件。 A file of `backup`.")],
    project: ProjectOption = None,
) -> None:
    """用备份恢复数据库；原来的数据库另存。 Restore the store; the one replaced is kept aside."""
    from agriqa.store.backup import restore as put_back

    done = put_back(Project.find(project), file)
    kept = f"；原来的在 the one before is {done.aside}" if done.aside else ""
    typer.echo(f"已恢复 restored：{file}{kept}")


@app.command(rich_help_panel=PANEL)
def freeze(
    project: ProjectOption = None,
    as_of: Annotated[
        str | None,
        typer.Option(
            help="某日或某时已知的数据，如 2026-05-01（至当日世界时 24 时）或 2026-05-01T12:00。"
            " What was known on a day (to its end in UTC) or at a time."
        ),
    ] = None,
) -> None:
    """把数据库冻结为快照。 Freeze the store into a snapshot.

    The snapshot is named by its content: an unchanged store gives the same one.
    One of the past (--as-of) does not become the latest: name it to `agriqa
    report --snapshot`.
    """
    from agriqa.store.asof import moment
    from agriqa.store.engine import opened_store
    from agriqa.store.freeze import freeze as freeze_store

    opened = Project.find(project)
    when = None if as_of is None else moment(as_of)
    with opened_store(opened) as engine:
        snapshot = freeze_store(engine, opened, as_of=when)
    rows = {name: table["rows"] for name, table in snapshot.manifest["tables"].items()}
    held, loads = rows.pop("quarantine"), rows.pop("load")
    then = "" if when is None else f"截至 as of {when.isoformat(timespec='seconds')}，"
    typer.echo(
        f"快照 snapshot {snapshot.id}：{then}数据 {sum(rows.values()):,} 行 rows，"
        f"来自 {loads} 个文件 files，隔离中的问题 problems in quarantine {held}；{snapshot.folder}"
    )
