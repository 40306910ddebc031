"""Commands about the files that counties send."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agriqa.cli.shared import ProjectOption, app, progress, terminal
from agriqa.project import Project

if TYPE_CHECKING:
    from rich.console import Console
    from sqlalchemy import Engine

    from agriqa.store.outcome import LoadOptions, LoadOutcome

PANEL = "报表 Files"

EncodingOption = Annotated[
    str | None,
    typer.Option(help="强制 CSV 编码，如 gb18030、big5。 Force the encoding of CSV files."),
]
SenderOption = Annotated[
    str | None,
    typer.Option(
        help="报送单位；决定用哪些已确认的名称和表头，默认取文件名或文件夹中的市州。 Who sent the "
        "files; decides which reviewed names and headers apply."
    ),
]


@app.command(rich_help_panel=PANEL)
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


@app.command(rich_help_panel=PANEL)
def load(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            help="文件、文件夹或压缩包；不给则载入 data/reference。 Files, folders or archives; "
            "data/reference when none is given.",
            show_default=False,
        ),
    ] = None,
    project: ProjectOption = None,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run",
            help="只看不载入：读懂了什么、没读懂什么。 Show what was understood and "
            "what was not; nothing is loaded.",
        ),
    ] = False,
    sender: SenderOption = None,
    source: Annotated[
        str | None,
        typer.Option(help="按这个来源声明读取，见 agriqa sources。 Read by this declared source."),
    ] = None,
    replaces: Annotated[
        str | None,
        typer.Option(
            help="更正的是哪个已载入的文件：台账里的名称或载入号。 Which loaded file these "
            "correct: its name in the ledger or its load id."
        ),
    ] = None,
    encoding: EncodingOption = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="读取进程数，默认为处理器数。 Reading processes.")
    ] = None,
) -> None:
    """把文件载入数据库。 Load files into the store.

    Each file is one transaction: its good rows are kept, its bad rows
    quarantined with the reason, doubtful ones kept and listed. Loading a file
    again changes nothing; a file that comes again under its name in the
    project, or a marked copy that comes back, replaces the rows it corrects.
    Exit code 1 when a file was refused or holds no table that is known.
    """
    import os

    from agriqa.datasets.catalog import reference_files
    from agriqa.ingest import find_files, other_files
    from agriqa.store.engine import opened_store
    from agriqa.store.load import LoadOptions, load_files

    opened = Project.find(project)
    files = find_files(paths) if paths else reference_files(opened.reference)
    console = terminal()
    if not files:
        console.print("没有可载入的文件。 No file to load.")
        raise typer.Exit(1)
    options = LoadOptions(encoding, sender, source, replaces)
    done = count(1)
    with opened_store(opened) as engine, progress(console, "载入 load") as advance:
        if dry_run:
            outcomes = list(_tried(engine, opened, files, options, console))
        else:
            outcomes = load_files(
                engine,
                opened,
                files,
                options,
                workers=workers or min(os.cpu_count() or 1, 8),
                on_done=lambda _outcome: advance(next(done), len(files)),
            )
    if dry_run:
        _print_outcomes(console, outcomes, "试读，没有载入 Tried, not loaded", loaded="可载入")
    else:
        _print_outcomes(console, outcomes, "载入结果 Load")
    for path in other_files(paths or []):
        console.print(f"未读取 not read: {path}", markup=False)
    if any(outcome.state in ("refused", "unrecognised") for outcome in outcomes):
        raise typer.Exit(1)


def _tried(
    engine: Engine, project: Project, files: list[Path], options: LoadOptions, console: Console
) -> Iterator[LoadOutcome]:
    """Print what is understood of each file, and yield what loading it would give."""
    from agriqa.store.load import try_file

    for path in files:
        trial = try_file(engine, project, path, options)
        for line in trial.preview().lines():
            # A line of a table is cut by the terminal's user, not by us.
            console.print(line, markup=False, highlight=False, soft_wrap=True)
        yield trial.outcome


def _print_outcomes(
    console: Console, outcomes: list[LoadOutcome], title: str, *, loaded: str = "已载入"
) -> None:
    from rich.markup import escape
    from rich.table import Table

    table = Table(title=f"{title}（读入 = 入库 + 隔离 + 跳过）", show_footer=True)
    columns = {
        "read": "读入 read",
        "kept": "入库 kept",
        "quarantined": "隔离 quarantined",
        "skipped": "跳过 skipped",
        "replaced": "取代 replaced",
        "warned": "存疑 doubtful",
    }
    table.add_column("文件 file", footer=f"合计 total：{len(outcomes)}", overflow="fold")
    for name, heading in columns.items():
        total = sum(getattr(o, name) for o in outcomes)
        table.add_column(heading, footer=f"{total:,}", justify="right")
    table.add_column("状态 state", overflow="fold")
    words = {
        "loaded": loaded,
        "unchanged": "未变",
        "refused": "拒收",
        "unrecognised": "认不出 not recognised",
    }
    for o in outcomes:
        counts = [f"{getattr(o, name):,}" for name in columns]
        table.add_row(escape(o.file), *counts, escape(f"{words[o.state]} {o.message}".strip()))
    console.print(table)
    for o in outcomes:
        for warning in o.warnings:
            console.print(f"注意 note {o.file} {warning}", markup=False, highlight=False)
    doubtful, waiting = (sum(getattr(o, n) for o in outcomes) for n in ("warned", "quarantined"))
    if waiting or doubtful:
        console.print(
            "逐行查看：agriqa quarantine、agriqa warnings；退回报送单位：agriqa feedback"
            " / row by row: agriqa quarantine, agriqa warnings; for the sender: agriqa feedback",
            markup=False,
            highlight=False,
        )


@app.command(rich_help_panel=PANEL)
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
    sender: SenderOption = None,
    encoding: EncodingOption = None,
) -> None:
    """把报送的文件标出问题后退回。 Give files back with their bad cells marked.

    Writes a copy of each file that has findings: bad cells red, doubtful ones
    yellow, each with a comment, and a sheet that lists them all. Of a loaded
    file it tells what still waits in quarantine; another file is tried and
    not loaded. Exit code 1 when a row has an error or a file was refused.
    """
    from agriqa.ingest import find_files
    from agriqa.ingest.stamp import is_uncorrected
    from agriqa.store.engine import opened_store
    from agriqa.store.feedback import copies_in, give_back
    from agriqa.store.load import LoadOptions

    opened = Project.find(project)
    # A copy that nobody has corrected is in the folder because this command put it there.
    files = [path for path in find_files(paths) if path in paths or not is_uncorrected(path)]
    console = terminal()
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
    options, wrong = LoadOptions(encoding, sender), False
    words = {
        "given": "已写出 written",
        "clean": "没有问题 nothing wrong",
        "refused": "拒收 refused",
    }
    with opened_store(opened) as engine:
        for path in files:
            given = give_back(engine, opened, path, names.get(path), options=options, force=force)
            counts = (
                f"有错 errors {given.errors}，核对 to check {given.warnings}，" if given.out else ""
            )
            line = f"{path.name}：{counts}{words[given.state]} {given.out or ''} {given.message}"
            console.print(line.strip(), markup=False, highlight=False)
            wrong = wrong or given.errors > 0 or given.state == "refused"
    if wrong:
        raise typer.Exit(1)


@app.command(rich_help_panel=PANEL)
def retry(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            help="文件或文件夹；不给则为全部。 Files or folders; all that wait when none is given.",
            show_default=False,
        ),
    ] = None,
    project: ProjectOption = None,
    encoding: EncodingOption = None,
) -> None:
    """有行被隔离的文件再载入一次。 Load the files with quarantined rows again.

    For when a correction, a name or a header was decided on since: the new
    load takes the place of the earlier one. Exit code 1 when a file is not
    found, was changed or is refused.
    """
    from agriqa.ingest import find_files
    from agriqa.store.engine import opened_store
    from agriqa.store.load import LoadOptions, load_files
    from agriqa.store.retry import waiting

    opened = Project.find(project)
    console = terminal()
    ready: dict[str | None, list[Path]] = {}
    outcomes: list[LoadOutcome] = []
    with opened_store(opened) as engine:
        found = waiting(engine, opened, find_files(paths) if paths else ())
        if not found:
            console.print("没有隔离中的行在等待。 No quarantined row is waiting.")
            return
        for one in found:
            if one.path is not None and one.corrected_by is None:
                ready.setdefault(one.sender, []).append(one.path)
            else:
                console.print(one.hindrance(opened), markup=False, highlight=False)
        for sender, files in ready.items():
            options = LoadOptions(encoding=encoding, sender=sender, again=True)
            outcomes += load_files(engine, opened, files, options)
    lost = any(one.path is None and one.corrected_by is None for one in found)
    if outcomes:
        _print_outcomes(console, outcomes, "再次载入 Loaded again")
    if lost or any(outcome.state in ("refused", "unrecognised") for outcome in outcomes):
        raise typer.Exit(1)
