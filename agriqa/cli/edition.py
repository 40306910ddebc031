"""Commands about the demo, the edition and the data dictionary."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agriqa.cli.shared import ProjectOption, app, progress, terminal, write_page
from agriqa.project import Language, Project

if TYPE_CHECKING:
    pass

PANEL = "演示与报告 Demo and reports"


@app.command(rich_help_panel=PANEL)
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
    with progress(terminal(), "写出 write") as advance:
        summary = write_demo(
            opened, out=out, seed=seed, progress=lambda done, total, _file: advance(done, total)
        )
    typer.echo(str(summary))


@app.command(rich_help_panel=PANEL)
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

    console = terminal()
    opened = Project.find(project)
    with progress(console, "县级报告 reports") as advance:
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


@app.command(rich_help_panel=PANEL)
def dictionary(
    out: Annotated[
        Path | None,
        typer.Option(help="写到文件，默认打印。 File to write; printed by default."),
    ] = None,
) -> None:
    """数据字典：全部数据集、列、单位和代码。 Print the data dictionary (Markdown)."""
    from agriqa.datasets.dictionary import dictionary_page

    write_page(dictionary_page(), out)


@app.command(rich_help_panel=PANEL)
def methods(
    out: Annotated[
        Path | None,
        typer.Option(help="写到文件，默认打印。 File to write; printed by default."),
    ] = None,
) -> None:
    """指标与方法：公式、单位、区间、依据。 Print the page of measures and methods (Markdown)."""
    from agriqa.measures.methods import methods_page

    write_page(methods_page(), out)
