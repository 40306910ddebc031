"""What the commands share: the application, its options, progress and tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agriqa import __version__

if TYPE_CHECKING:
    from rich.console import Console

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


def terminal() -> Console:
    """Return the terminal, wide enough where there is none."""
    from rich.console import Console

    # Rich takes 80 columns where there is no terminal, too few for file names in a log.
    console = Console()
    return console if console.is_terminal else Console(width=LOG_WIDTH)


def write_page(page: str, out: Path | None) -> None:
    """Write a page to a file, or print it."""
    if out is None:
        typer.echo(page)
    else:
        out.write_text(page, "utf-8")


@contextmanager
def progress(console: Console, label: str) -> Iterator[Callable[[int, int], None]]:
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
