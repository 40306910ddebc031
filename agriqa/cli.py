"""The command `agriqa`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agriqa import __version__
from agriqa.errors import AgriqaError
from agriqa.project import Language, Project

if TYPE_CHECKING:
    from rich.console import Console

    from agriqa.store.load import LoadOutcome
    from agriqa.store.pending import Waiting

app = typer.Typer(
    name="agriqa",
    help="农产品质量与品牌分析工作台。\n\nA workbench for agricultural quality and brand "
    "analytics: demo → load → freeze → report.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

LOG_WIDTH = 150

ProjectOption = Annotated[
    Path | None,
    typer.Option(
        "--project",
        "-p",
        help="项目文件夹，默认为当前或上级文件夹。 Project folder; the current one or one above it "
        "by default.",
    ),
]


def _console() -> Console:
    from rich.console import Console

    # Rich takes 80 columns where there is no terminal, too few for file names in a log.
    console = Console()
    return console if console.is_terminal else Console(width=LOG_WIDTH)


@contextmanager
def _progress(console: Console, label: str) -> Iterator[Callable[[int, int], None]]:
    """Show how far long work has come: a bar on a terminal, a line every tenth elsewhere."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeRemainingColumn as Remaining

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), Remaining())
    shown = -1
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as progress:
        task = progress.add_task(label, total=None)

        def advance(done: int, total: int) -> None:
            nonlocal shown
            progress.update(task, completed=done, total=total)
            tenth = 10 * done // total if total else 10
            if not console.is_terminal and tenth > shown:
                shown = tenth
                console.print(f"{label} {done}/{total}", highlight=False)

        try:
            yield advance
        except KeyboardInterrupt:
            progress.stop()
            console.print(
                "已中断；做完的部分保留，再次运行会接着做。"
                " Interrupted; what is done is kept, run it again to go on."
            )
            raise typer.Exit(130) from None


def _version(asked: bool) -> None:
    if asked:
        typer.echo(__version__)
        raise typer.Exit()


@app.callback()
def _root(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="版本。 The version."),
    ] = False,
) -> None:
    pass


@app.command()
def demo(
    project: ProjectOption = None,
    out: Annotated[
        Path | None,
        typer.Option(help="写到哪里，默认 data/demo。 Where to; data/demo by default."),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(
            min=0, help="随机种子，默认见 data/config/demo.toml。 Seed of the simulation."
        ),
    ] = None,
) -> None:
    """写出全部县的模拟报表。 Write the simulated returns of all counties.

    The files look like what a province really receives, defects included.
    Every row says that it is simulated.
    """
    from agriqa.demo import write_demo

    opened = Project.find(project)
    with _progress(_console(), "写出 write") as advance:
        summary = write_demo(
            opened, out=out, seed=seed, progress=lambda done, total, _file: advance(done, total)
        )
    typer.echo(str(summary))


@app.command()
def load(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            help="文件或文件夹；不给则载入 data/reference。 Files or folders; data/reference when "
            "none is given.",
            show_default=False,
        ),
    ] = None,
    project: ProjectOption = None,
    encoding: Annotated[
        str | None,
        typer.Option(help="强制 CSV 编码，如 gb18030。 Force the encoding of CSV files."),
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="读取进程数，默认为处理器数。 Reading processes.")
    ] = None,
) -> None:
    """把文件载入数据库。 Load files into the store.

    Each file is one transaction: its good rows are kept, its bad rows
    quarantined with the reason. Loading a file again changes nothing.
    Exit code 1 when a file was refused or holds no table that is known.
    """
    import os

    from agriqa.datasets.catalog import reference_files
    from agriqa.ingest import find_files, other_files
    from agriqa.store.engine import open_engine
    from agriqa.store.load import LoadOptions, load_files

    opened = Project.find(project)
    files = find_files(paths) if paths else reference_files(opened.reference)
    console = _console()
    if not files:
        console.print("没有可载入的文件。 No file to load.")
        raise typer.Exit(1)
    engine = open_engine(opened)
    done = count(1)
    with _progress(console, "载入 load") as advance:
        outcomes = load_files(
            engine,
            opened,
            files,
            LoadOptions(encoding=encoding),
            workers=workers or min(os.cpu_count() or 1, 8),
            on_done=lambda _outcome: advance(next(done), len(files)),
        )
    _print_outcomes(console, outcomes)
    for path in other_files(paths or []):
        console.print(f"未读取（格式不支持） not read, unsupported format: {path}", markup=False)
    if any(outcome.state in ("refused", "unrecognised") for outcome in outcomes):
        raise typer.Exit(1)


def _print_outcomes(console: Console, outcomes: list[LoadOutcome]) -> None:
    from rich.markup import escape
    from rich.table import Table

    table = Table(title="载入结果 Load（读入 = 入库 + 隔离 + 跳过）", show_footer=True)
    totals = [
        sum(getattr(o, name) for o in outcomes)
        for name in ("read", "kept", "quarantined", "skipped")
    ]
    table.add_column("文件 file", footer=f"合计 total：{len(outcomes)}", overflow="fold")
    headings = ("读入 read", "入库 kept", "隔离 quarantined", "跳过 skipped")
    for heading, total in zip(headings, totals, strict=True):
        table.add_column(heading, footer=f"{total:,}", justify="right")
    table.add_column("状态 state", overflow="fold")
    words = {
        "loaded": "已载入",
        "unchanged": "未变",
        "refused": "拒收",
        "unrecognised": "认不出 not recognised",
    }
    for o in outcomes:
        counts = [f"{value:,}" for value in (o.read, o.kept, o.quarantined, o.skipped)]
        table.add_row(escape(o.file), *counts, escape(f"{words[o.state]} {o.message}".strip()))
    console.print(table)
    for o in outcomes:
        for warning in o.warnings:
            console.print(f"注意 note {o.file} {warning}", markup=False, highlight=False)


@app.command()
def feedback(
    paths: Annotated[
        list[Path],
        typer.Argument(help="报送的文件，或其文件夹。 The files as sent, or a folder of them."),
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            help="写到哪个 .xlsx 文件或文件夹，默认在原文件旁。 File (.xlsx) or folder to write "
            "to; beside each file by default."
        ),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="覆盖已有的文件。 Replace a file that is there.")
    ] = False,
    project: ProjectOption = None,
    encoding: Annotated[
        str | None,
        typer.Option(help="强制 CSV 编码，如 gb18030。 Force the encoding of CSV files."),
    ] = None,
) -> None:
    """把报送的文件标出问题后退回。 Give files back with their bad cells marked.

    Writes a copy of each file that has findings: bad cells red, doubtful ones
    yellow, each with a comment, and a sheet that lists them all. Of a loaded
    file it tells what still waits in quarantine; another file is tried and
    not loaded. Exit code 1 when a row has an error or a file was refused.
    """
    from agriqa.ingest import find_files
    from agriqa.ingest.stamp import is_uncorrected
    from agriqa.store.engine import open_engine
    from agriqa.store.feedback import copies_in, give_back
    from agriqa.store.load import LoadOptions

    opened = Project.find(project)
    # A copy that nobody has corrected is in the folder because this command put it there.
    files = [path for path in find_files(paths) if path in paths or not is_uncorrected(path)]
    console = _console()
    if not files:
        console.print("没有可读取的文件。 No file to read.")
        raise typer.Exit(1)
    if out is not None and out.suffix.lower() == ".xlsx":
        if len(files) > 1:
            raise typer.BadParameter(
                "几个文件的反馈须写到文件夹。 The feedback of several files needs a folder.",
                param_hint="--out",
            )
        names = {files[0]: out}
    elif out is not None:
        out.mkdir(parents=True, exist_ok=True)
        names = copies_in(files, out)
    else:
        names = {}
    engine, options, wrong = open_engine(opened), LoadOptions(encoding=encoding), False
    for path in files:
        given = give_back(engine, opened, path, names.get(path), options=options, force=force)
        words = {
            "given": "已写出 written",
            "clean": "没有问题 nothing wrong",
            "refused": "拒收 refused",
        }
        counts = (
            f"有错 errors {given.errors}，核对 to check {given.warnings}，" if given.out else ""
        )
        line = f"{path.name}：{counts}{words[given.state]} {given.out or ''} {given.message}"
        console.print(line.strip(), markup=False, highlight=False)
        wrong = wrong or given.errors > 0 or given.state == "refused"
    if wrong:
        raise typer.Exit(1)


@app.command()
def retry(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            help="文件或文件夹；不给则为全部。 Files or folders; all that wait when none is given.",
            show_default=False,
        ),
    ] = None,
    project: ProjectOption = None,
    encoding: Annotated[
        str | None,
        typer.Option(help="强制 CSV 编码，如 gb18030。 Force the encoding of CSV files."),
    ] = None,
) -> None:
    """有行被隔离的文件再载入一次。 Load the files with quarantined rows again.

    For when a correction, a name or a header was decided on since: the new
    load takes the place of the earlier one. Exit code 1 when a file is not
    found, was changed or is refused.
    """
    from agriqa.ingest import find_files
    from agriqa.store.engine import open_engine
    from agriqa.store.load import LoadOptions, load_files
    from agriqa.store.retry import waiting

    opened = Project.find(project)
    engine, console = open_engine(opened), _console()
    found = waiting(engine, opened, find_files(paths) if paths else ())
    if not found:
        console.print("没有隔离中的行在等待。 No quarantined row is waiting.")
        return
    ready: dict[str | None, list[Path]] = {}
    for one in found:
        if one.path is not None and one.corrected_by is None:
            ready.setdefault(one.sender, []).append(one.path)
        else:
            console.print(one.hindrance(opened), markup=False, highlight=False)
    outcomes: list[LoadOutcome] = []
    for sender, files in ready.items():
        options = LoadOptions(encoding=encoding, sender=sender, again=True)
        outcomes += load_files(engine, opened, files, options)
    lost = any(one.path is None and one.corrected_by is None for one in found)
    if outcomes:
        _print_outcomes(console, outcomes)
    if lost or any(outcome.state in ("refused", "unrecognised") for outcome in outcomes):
        raise typer.Exit(1)


@app.command()
def form(
    dataset: Annotated[
        str,
        typer.Argument(help="数据集，如 greening；见数据字典。 Dataset; see the data dictionary."),
    ],
    project: ProjectOption = None,
    prefecture: Annotated[
        str | None,
        typer.Option(help="只列这个市州的县，默认全部。 Only this prefecture's counties."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="写到哪个文件，默认在当前文件夹。 File to write; here by default."),
    ] = None,
    year: Annotated[
        int | None, typer.Option(help="年份，默认见 agriqa.toml。 Year the form is about.")
    ] = None,
    rows: Annotated[
        int,
        typer.Option(min=1, max=100_000, help="空行数。 Empty rows, where rows are not listed."),
    ] = 200,
) -> None:
    """写出空白填报表（Excel）。 Write the blank form of a dataset (Excel).

    A form that lists all counties and categories wants only its numbers. Filled
    in, it is read by `agriqa load`.
    """
    from agriqa.datasets import dataset as declared_as
    from agriqa.ingest.forms import write_form

    opened = Project.find(project)
    declared = declared_as(dataset)
    about = year if year is not None else opened.period
    register, place = opened.register, opened.name["zh"]
    if prefecture is not None:
        place = register.name(register.resolve_prefecture(prefecture))
    path = out or Path(f"{declared.label.zh}_{place}_{about}.xlsx")
    stamp = write_form(path, declared, register, year=about, prefecture=prefecture, rows=rows)
    typer.echo(f"空表 form {path}：{stamp.form}，表式版本 version {stamp.declaration}")


@app.command()
def sources(project: ProjectOption = None) -> None:
    """列出已声明的来源。 List the declared sources.

    Each is a foreign layout that `agriqa load` reads without code; see
    docs/sources.md for how to declare one.
    """
    from rich.markup import escape
    from rich.table import Table

    from agriqa.ingest.sources import Sources

    table = Table(title="来源 Sources（data/config/sources）")
    for heading in ("名称 name", "说明 label", "符合 matches", "数据集 datasets"):
        table.add_column(heading, overflow="fold")
    for source in Sources.load(Project.find(project).config):
        label = f"{source.label.zh}\n{source.label.en}"
        matches = "\n".join(source.match.summary())
        table.add_row(*map(escape, (source.name, label, matches, "\n".join(source.datasets))))
    _console().print(table)


@app.command()
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


@app.command()
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
    from agriqa import statuspage
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
        statuspage.show(_console(), shown)


@app.command()
def quarantine(
    project: ProjectOption = None,
    dataset: Annotated[str | None, typer.Option(help="只看这个数据集。 Only this dataset.")] = None,
    file: Annotated[
        str | None, typer.Option(help="只看这个文件，可用 *。 Only this file; * is any text.")
    ] = None,
    reason: Annotated[str | None, typer.Option(help="只看这个原因。 Only this reason.")] = None,
    county: Annotated[
        str | None, typer.Option(help="只看提到这个县的。 Only what names this county.")
    ] = None,
    resolved: Annotated[
        bool, typer.Option("--resolved", help="包括已更正的。 Also what has been corrected.")
    ] = False,
    csv: Annotated[
        Path | None, typer.Option(help="写成 CSV 文件。 Write a CSV file instead of a table.")
    ] = None,
) -> None:
    """列出隔离的行：位置、值、原因、允许的值。 List quarantined rows: where, what, why."""
    from agriqa import statuspage
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
        statuspage.show_quarantine(_console(), frame)
    else:
        csv.write_text(safe_csv(frame), "utf-8-sig", newline="")
        typer.echo(f"{len(frame)} 个问题 problems：{csv}")


@app.command()
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


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="agriqa backup 写出的文件。 A file of `backup`.")],
    project: ProjectOption = None,
) -> None:
    """用备份恢复数据库；原来的数据库另存。 Restore the store; the one replaced is kept aside."""
    from agriqa.store.backup import restore as put_back

    done = put_back(Project.find(project), file)
    kept = f"；原来的在 the one before is {done.aside}" if done.aside else ""
    typer.echo(f"已恢复 restored：{file}{kept}")


@app.command()
def report(
    project: ProjectOption = None,
    county: Annotated[
        list[str] | None,
        typer.Option(
            "--county", "-c", help="只做这些县，可重复；名称或代码。 Only these counties."
        ),
    ] = None,
    period: Annotated[
        int | None, typer.Option(help="年份，默认见 agriqa.toml。 Year of the edition.")
    ] = None,
    language: Annotated[
        Language | None, typer.Option(help="zh 或 en。 Language of the pages.")
    ] = None,
    snapshot: Annotated[
        str | None, typer.Option(help="快照编号，默认最新。 Snapshot; the latest by default.")
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="并行数，默认为处理器数。 Reports at a time.")
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="不用已完成的结果，全部重做。 Make every report anew.")
    ] = False,
) -> None:
    """生成全部县的质量报告并整体发布。 Build the edition and publish it whole.

    An interrupted run goes on where it stopped. Exit code 1 when a county's
    report failed; the others are published all the same.
    """
    from agriqa.report import build_edition

    console = _console()
    opened = Project.find(project)
    with _progress(console, "县级报告 reports") as advance:
        result = build_edition(
            opened,
            snapshot=snapshot,
            period=period,
            language=language,
            counties=county,
            workers=workers,
            force=force,
            progress=advance,
        )
    console.print(str(result), markup=False, highlight=False)
    if result.failures:
        raise typer.Exit(1)


@app.command()
def dictionary(
    out: Annotated[
        Path | None,
        typer.Option(help="写到文件，默认打印。 File to write; printed by default."),
    ] = None,
) -> None:
    """数据字典：全部数据集、列、单位和代码。 Print the data dictionary (Markdown)."""
    from agriqa.datasets.dictionary import dictionary_page

    page = dictionary_page()
    if out is None:
        typer.echo(page)
    else:
        out.write_text(page, "utf-8")


@app.command()
def names(
    project: ProjectOption = None,
    write: Annotated[
        bool,
        typer.Option(
            "--write", help="把待定的写入复核文件。 Add what waits to the reviewed files."
        ),
    ] = False,
    check: Annotated[
        bool, typer.Option("--check", help="只检查复核文件。 Only check the reviewed files.")
    ] = False,
) -> None:
    """待人工决定的名称、表头和品牌。 List the names, headers and brands that wait for a decision.

    Suggestions come from characters and sound; nothing is merged before a
    person writes yes into data/config/names.csv or headers.csv.
    """
    from agriqa.ingest.mappings import Mappings
    from agriqa.store.engine import open_engine
    from agriqa.store.pending import known_brands, unwritable, waiting, write_pending

    console = _console()
    opened = Project.find(project)
    engine = open_engine(opened)
    brands = set(known_brands(engine)["brand_id"])
    # Without any brand in the store there is nothing to hold their ids against.
    mappings = Mappings.load(opened.config, opened.register, brands=brands or None)
    if check:
        console.print(
            f"复核文件无误：名称 {len(mappings.names)} 条、表头 {len(mappings.headers)} 条生效。 "
            f"The reviewed files are right: {len(mappings.names)} names and "
            f"{len(mappings.headers)} headers in force.",
            highlight=False,
        )
        return
    found = waiting(engine, opened.register, mappings)
    _print_waiting(console, found)
    if write:
        added = write_pending(opened.config, found)
        console.print(f"已写入 {added} 行 lines added: {opened.config}", highlight=False)
        for one in unwritable(found):
            console.print(
                f"未写入（像公式、过长或含控制字符） not written, reads like a formula, too long "
                f"or not printable: {one.text!r}",
                markup=False,
                highlight=False,
            )


def _print_waiting(console: Console, found: list[Waiting]) -> None:
    from rich.markup import escape
    from rich.table import Table

    if not found:
        console.print("没有待决定的名称。 No name waits for a decision.")
        return
    table = Table(title="待人工决定 Waiting for a decision")
    for heading in ("种类 kind", "报送方 sender", "文本 text"):
        table.add_column(heading, overflow="fold")
    table.add_column("行数 rows", justify="right")
    table.add_column("建议（相似度） suggestions (likeness)", overflow="fold")
    for one in found:
        kind = f"{one.kind} {one.dataset}".strip()
        shown = "\n".join(map(str, one.suggestions)) or "—"
        cells = (kind, one.sender or "—", one.text, f"{one.rows or '—'}", shown)
        table.add_row(*map(escape, cells))
    console.print(table)


def main() -> None:
    """Run the command; an agriqa error is a message, not a traceback."""
    import sys

    try:
        app()
    except AgriqaError as error:
        typer.secho(f"错误 error: {error}", fg=typer.colors.RED, err=True)
        sys.exit(2)
    except OSError as error:
        # A full disk, a missing right: the system's own words and the file say it best.
        typer.secho(f"系统错误 system error: {error}", fg=typer.colors.RED, err=True)
        sys.exit(2)
