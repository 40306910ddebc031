"""Foreign sheets and declarations for the tests of sources."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from agriqa.ingest import FileReading, read_file
from agriqa.ingest.sourcemodel import Source
from agriqa.ingest.sources import Sources, read_source
from tests.conftest import ROOT
from tests.ingest.grids import REGISTER, workbook

SHIPPED = Sources.load(ROOT / "data" / "config")

HEAD = """
name = "figures"
label = { zh = "数字", en = "Figures" }
publisher = "某局"
licence = { zh = "公开", en = "Public" }
"""
MATCH = """
[match]
headers = ["地区", "数量"]
"""
COLUMNS = """
figure_id = { template = "f-{地区}" }
indicator = { value = "数量" }
area_level = { from = "地区", read_as = "province_level" }
area = { from = "地区", read_as = "province_name" }
area_code = { from = "地区", read_as = "province_code" }
period = { value = "2020" }
value = { from = "数量", unit = "吨", to = "t" }
unit_of_value = { unit_of = "value" }
"""
TABLE = f"""
[[table]]
dataset = "published_figure"
[table.column]
{COLUMNS}
"""
FIGURES = HEAD + MATCH + TABLE


def declare(folder: Path, text: str = FIGURES) -> Source:
    """Read a declaration from text."""
    path = folder / "declared.toml"
    path.write_text(text, "utf-8")
    return read_source(path)


def read_as(
    folder: Path,
    rows: Sequence[Sequence[object]],
    declaration: str | None = None,
    *,
    file: str = "file.xlsx",
    sheet: str = "Sheet1",
    source: str | None = None,
) -> FileReading:
    """Write rows to a workbook and read it by a declaration, or by the shipped ones."""
    sources = SHIPPED
    if declaration is not None:
        declared = declare(folder, declaration)
        sources = Sources({declared.name: declared})
    path = workbook(folder / file, rows, sheet)
    reading = read_file(path, REGISTER, sources=sources, source=source)
    assert reading.read == reading.kept + reading.quarantined + reading.skipped
    return reading
