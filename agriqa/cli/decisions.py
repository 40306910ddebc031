"""Commands about what people declare and decide."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from agriqa.cli.shared import ProjectOption, app, terminal
from agriqa.project import Project

if TYPE_CHECKING:
    from rich.console import Console

    from agriqa.store.pending import Waiting

PANEL = "决定 Declarations and decisions"


@app.command(rich_help_panel=PANEL)
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
    terminal().print(table)


@app.command(rich_help_panel=PANEL)
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
    from agriqa.store.engine import opened_store
    from agriqa.store.pending import known_brands, unwritable, waiting, write_pending

    console = terminal()
    opened = Project.find(project)
    with opened_store(opened) as engine:
        brands = set(known_brands(engine)["brand_id"])
        # Without any brand in the store there is nothing to hold their ids against.
        mappings = Mappings.load(opened.config, opened.register, brands=brands or None)
        found = [] if check else waiting(engine, opened.register, mappings)
    if check:
        console.print(
            f"复核文件无误：名称 {len(mappings.names)} 条、表头 {len(mappings.headers)} 条生效。 "
            f"The reviewed files are right: {len(mappings.names)} names and "
            f"{len(mappings.headers)} headers in force.",
            highlight=False,
        )
        return
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
