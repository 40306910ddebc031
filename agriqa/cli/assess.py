"""Commands about the assessment."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from agriqa.cli.shared import ProjectOption, app, write_page
from agriqa.project import Language, Project

PANEL = "评价 Assessment"


@app.command(rich_help_panel=PANEL)
def assess(
    project: ProjectOption = None,
    period: Annotated[
        int | None, typer.Option(help="年份，默认见 agriqa.toml。 Year that is assessed.")
    ] = None,
    indexes: Annotated[
        list[str] | None,
        typer.Option("--index", help="只做这些指数，可重复；默认全部。 Only these indexes."),
    ] = None,
    card: Annotated[
        list[str] | None,
        typer.Option(help="只做这些评分表，可重复；默认全部。 Only these score cards."),
    ] = None,
    evidence: Annotated[
        list[Path] | None,
        typer.Option(
            help="评分表的证据（CSV、Excel），可重复；须用 --card 指明一个评分表。"
            " Sheets of evidence; name the one card they belong to."
        ),
    ] = None,
    kind: Annotated[
        list[str] | None,
        typer.Option(
            "--format",
            help="csv、xlsx、parquet，可重复；默认全部。 Kinds of files.",
        ),
    ] = None,
    draws: Annotated[
        int, typer.Option(min=50, help="名次区间的重算次数，至少 50。 Rebuilds for the rank bands.")
    ] = 1000,
    seed: Annotated[int, typer.Option(min=0, help="随机种子。 Seed of the rebuilds.")] = 0,
    snapshot: Annotated[
        str | None, typer.Option(help="快照编号，默认最新。 Snapshot; the latest by default.")
    ] = None,
    language: Annotated[
        Language | None, typer.Option(help="zh 或 en。 Language of names and labels.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="写到哪个文件夹，默认 reports/assessment-年份。 Folder to write."),
    ] = None,
) -> None:
    """评价各县：综合指数、评分表、目标，连同逐项依据。 Assess counties, every number traced.

    Writes tables of the index (ranks with bands, grades with their probability),
    score cards, targets, and where index and score card disagree, as CSV, Excel
    and Parquet. The folder appears whole or not at all.
    """
    from agriqa.report.assessment import assess as assess_all
    from agriqa.report.assessmentfiles import check_output, write_assessment
    from agriqa.store import Snapshot

    opened = Project.find(project)
    frozen = Snapshot.open(opened, snapshot)
    year, spoken = period or opened.period, language or opened.language
    folder = out or opened.reports / f"assessment-{year}"
    kinds = tuple(kind) if kind else None
    check_output(folder, kinds)
    found = assess_all(
        frozen,
        period=year,
        indexes=indexes or None,
        cards=card or None,
        evidence=tuple(evidence or ()),
        draws=draws,
        seed=seed,
        language=spoken,
    )
    files = write_assessment(
        found, frozen, folder, kinds=kinds, language=spoken,
        draws=draws, seed=seed,
    )  # fmt: skip
    for sentence in (found.warning(spoken), *found.findings):
        if sentence:
            typer.echo(sentence)
    typer.echo(f"已写出 written：{folder}（{len(files)} 个文件 files）")


@app.command(rich_help_panel=PANEL)
def index(
    name: Annotated[
        str | None, typer.Argument(help="哪个指数，默认列出全部。 Which index; all are listed.")
    ] = None,
    project: ProjectOption = None,
    out: Annotated[
        Path | None,
        typer.Option(help="写到文件，默认打印。 File to write; printed by default."),
    ] = None,
) -> None:
    """指数的说明页：指标、权重、阈值和理由。 Print the page that defends an index (Markdown)."""
    from agriqa.assess.declaration import index_ids, load_index
    from agriqa.assess.defence import defence_page

    config = Project.find(project).config
    if name is None:
        for one in index_ids(config):
            declared = load_index(config, one)
            typer.echo(f"{one}  {declared.label.zh} {declared.label.en}")
        return
    write_page(defence_page(load_index(config, name)), out)
